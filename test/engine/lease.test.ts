/** Two runs and one machine: marks on it that lag, come late, expire and get lost, over one clock. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseFor, leaseMs, leaseText, standingOf } from '../../src/core/lease.ts';
import type { Step } from '../../src/core/plan.ts';
import { instantMs } from '../../src/core/time.ts';
import { start } from './bench.ts';
import { problem } from './fake-azure.ts';
import { machine, minutes, standsNow, step, worldOf } from './lease-world.ts';
import { backupStep, snapshotStep } from './plan-builder.ts';

describe('the lease of a machine', () => {
  it('is taken before the first write, given back after the last step, and costs two writes', async () => {
    const world = worldOf();
    const run = world.runOf('aa', [step]);
    expect(await run.go()).toEqual(['vm: done']);
    expect(world.writes.map(({ text }) => text?.split(' ').slice(0, 2).join(' '))).toEqual(['aa host-aa', undefined]);
    expect(world.writes[0]!.at).toBeLessThan(run.azure.taken[0]!.at);
    expect(world.writes[1]!.at).toBeGreaterThanOrEqual(run.azure.taken[0]!.endsAt);
  });

  it('is given back as soon as its own machine is done with, while others are still at work', async () => {
    const world = worldOf();
    const run = world.runOf('aa', [step, snapshotStep('slow')], {
      operationMs: (id) => minutes(id === 'slow' ? 60 : 1),
    });
    const going = run.go();
    await world.clock.sleep(minutes(5));
    expect(standsNow(world)).toBeUndefined();
    expect(await going).toEqual(['vm: done', 'slow: done']);
  });

  it('is not asked for where nothing is left to do', async () => {
    const world = worldOf();
    const run = world.runOf('aa', [step]);
    await run.go();
    const marked = world.writes.length;
    expect(await run.go()).toEqual(['vm: already-done']);
    expect(world.writes).toHaveLength(marked);
  });

  it('keeps another plan away, which says who holds it and until when, and writes nothing; afterwards it may', async () => {
    const world = worldOf();
    const first = world.runOf('aa', [step], { operationMs: () => minutes(60) });
    const second = world.runOf('bb', [step, snapshotStep('other')]);
    const going = first.go();
    await world.clock.sleep(minutes(5));
    const outcomes = await second.go();
    expect(outcomes[0]).toMatch(/^vm: moved \(vm is held by run aa on host host-aa since \S+Z, until \S+Z/);
    expect(outcomes[1]).toBe('other: done');
    expect(second.azure.taken.map((t) => t.step)).toEqual(['other']);
    expect(await going).toEqual(['vm: done']);
    expect(await second.go()).toEqual(['vm: done', 'other: already-done']);
  });

  it('is renewed while a step waits for hours, and every other run stays away all that time', async () => {
    const world = worldOf();
    const first = world.runOf('aa', [step], { operationMs: () => minutes(180) });
    const going = first.go();
    for (let n = 0; n < 17; n += 1) {
      await world.clock.sleep(minutes(10));
      expect((await world.runOf(`b${n}`, [step]).go())[0]).toContain('held by run aa');
    }
    expect(await going).toEqual(['vm: done']);
    expect(world.marks(machine).length).toBeGreaterThan(10);
    expect(world.marks(machine).length).toBeLessThan(25);
  });

  it('expires with a run that was killed, and not before', async () => {
    const world = worldOf();
    world.writes.push({ machine, text: leaseText(leaseFor('dead', 'gone', start)), at: start });
    await world.clock.sleep(leaseMs - 5_000);
    expect((await world.runOf('bb', [step]).go())[0]).toContain('held by run dead on host gone');
    await world.clock.sleep(10_000);
    expect(await world.runOf('cc', [step]).go()).toEqual(['vm: done']);
    expect(standsNow(world)).toBeUndefined();
  });

  it('never keeps the same run from going on: interrupted, it is kept, resumed at once, and given back', async () => {
    const world = worldOf();
    const run = world.runOf(
      'aa',
      [step, snapshotStep('vm2', { dependsOn: ['vm'] })].map((s) => ({ ...s, subject: machine })),
      { operationMs: () => minutes(10) },
    );
    const going = run.go();
    await world.clock.sleep(minutes(2));
    run.stop();
    expect(await going).toEqual(['vm: interrupted', 'vm2: interrupted']);
    expect(standsNow(world)).toMatch(/^aa /);
    expect(run.events).toContainEqual(expect.objectContaining({ kind: 'lease', state: 'kept' }));
    expect((await world.runOf('bb', [step]).go())[0]).toContain('held by run aa');
    const before = world.clock.now();
    expect(await run.go()).toEqual(['vm: done', 'vm2: done']);
    expect(world.clock.now() - before).toBeLessThan(minutes(20));
    expect(standsNow(world)).toBeUndefined();
  });

  it('left by a killed run goes when that run is resumed, also where nothing was left to do', async () => {
    const world = worldOf();
    const run = world.runOf('aa', [step]);
    await run.go();
    world.writes.push({
      machine,
      text: leaseText(leaseFor('aa', 'host-aa', world.clock.now())),
      at: world.clock.now(),
    });
    expect(await run.go()).toEqual(['vm: already-done']);
    expect(standsNow(world)).toBeUndefined();
  });

  it('is given back after a failure too', async () => {
    const world = worldOf();
    const run = world.runOf('aa', [step], {
      fault: (r) => (r.kind === 'begin' && r.step === 'vm!' ? 'operation-fails' : undefined),
    });
    expect((await run.go())[0]).toMatch(/^vm: failed/);
    expect(standsNow(world)).toBeUndefined();
  });

  it('is not needed to take back what was done: a machine is started again whoever holds it', async () => {
    const world = worldOf();
    const start0: Step = {
      ...snapshotStep('start', { dependsOn: ['vm'], runs: 'always' }),
      subject: machine,
      undoes: 'vm',
    };
    const run = world.runOf('aa', [step, start0], { operationMs: () => minutes(5) });
    const going = run.go();
    await world.clock.sleep(minutes(2));
    world.writes.push({ machine, text: leaseText(leaseFor('bb', 'rude', world.clock.now())), at: world.clock.now() });
    expect(await going).toEqual(['vm: done', 'start: done']);
    expect(standsNow(world)).toMatch(/^bb /);
  });

  it('that is lost on the way lets nothing more be written on its strength', async () => {
    const world = worldOf();
    const later = { ...snapshotStep('later', { dependsOn: ['vm'] }), subject: machine };
    const run = world.runOf('aa', [step, later], { operationMs: () => minutes(15) });
    const going = run.go();
    await world.clock.sleep(minutes(2));
    world.writes.push({
      machine,
      text: leaseText(leaseFor('bb', 'rude', world.clock.now() + minutes(10))),
      at: world.clock.now(),
    });
    const outcomes = await going;
    expect(outcomes[0]).toBe('vm: done');
    expect(outcomes[1]).toContain('later: moved (vm is held by run bb');
    expect(run.events).toContainEqual(expect.objectContaining({ kind: 'lease', state: 'lost' }));
  });

  it('is done without where it may not be written, which is told; or, where it is required, nothing is', async () => {
    const world = worldOf({ refused: true });
    const easy = world.runOf('aa', [step]);
    expect(await easy.go()).toEqual(['vm: done']);
    expect(easy.events).toContainEqual(
      expect.objectContaining({
        kind: 'lease',
        state: 'without',
        why: expect.stringContaining('tags/write') as string,
      }),
    );
    const strict = world.runOf('bb', [step], {}, 'require');
    expect((await strict.go())[0]).toMatch(/^vm: failed \(its lease could not be taken: .*tags\/write/);
    expect(strict.azure.taken).toEqual([]);
  });

  it('of another run is left alone by one that is resumed and has nothing to do, also where their names begin alike', async () => {
    for (const other of ['bb', 'aab']) {
      const world = worldOf();
      const run = world.runOf('aa', [step]);
      await run.go();
      const text = leaseText(leaseFor(other, 'elsewhere', world.clock.now()));
      world.writes.push({ machine, text, at: world.clock.now() });
      expect(await run.go()).toEqual(['vm: already-done']);
      expect(standsNow(world)).toBe(text);
    }
  });

  it('is taken anew before a write that it might not outlast, where its renewal is under way and nobody knows since when', async () => {
    const world = worldOf({ wayMs: (_, nth) => (nth === 2 ? minutes(120) : 200) });
    const later = { ...snapshotStep('later', { dependsOn: ['vm'] }), subject: machine };
    const run = world.runOf('aa', [step, later], { operationMs: (id) => minutes(id === 'vm' ? 18 : 1) });
    expect(await run.go()).toEqual(['vm: done', 'later: done']);
    const sentAt = run.azure.taken[1]!.at;
    const mark = world.marks(machine).findLast(({ at }) => at <= sentAt)!;
    const until = instantMs(
      standingOf(mark.text, 'bb', mark.at).kind === 'held' ? mark.text!.split(' ')[3] : undefined,
    )!;
    expect(until - sentAt).toBeGreaterThan(minutes(3));
  });

  it('is looked at again no earlier than an unclear answer asks', async () => {
    const world = worldOf({
      look: (nth) =>
        nth === 1 ? { kind: 'uncertain', problem: problem('vm', '503'), retryAfterMs: 45_000 } : undefined,
    });
    expect(await world.runOf('aa', [step]).go()).toEqual(['vm: done']);
    expect(world.looks[1]! - world.looks[0]!).toBeGreaterThanOrEqual(45_000);
  });

  it('is not asked for a write that has one effect whoever sends it', async () => {
    const world = worldOf();
    const { kind: _kind, input: _input, ...rest } = backupStep('vm');
    const enable = {
      ...rest,
      kind: 'backup.enable',
      method: 'PUT',
      input: { machineId: machine, policyId: '/p', excludeLuns: [] },
    } as unknown as Step;
    expect(await world.runOf('aa', [enable]).go()).toEqual(['vm: done']);
    expect(world.writes).toEqual([]);
  });
});

describe('two runs at once', () => {
  it('never write for one machine at the same time, whenever they begin, while reads lag and writes take as long as is reckoned with', async () => {
    let both = 0;
    let none = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(120_000),
        fc.nat(10_000),
        fc.nat(60_000),
        fc.nat(60_000),
        async (apartMs, lagMs, wayA, wayB) => {
          const world = worldOf({ lagMs, wayMs: (run) => (run === 'aa' ? wayA : wayB) });
          const runs = [
            world.runOf('aa', [step], { operationMs: () => minutes(30) }),
            world.runOf('bb', [step], { operationMs: () => minutes(30) }),
          ] as const;
          const first = runs[0].go();
          await world.clock.sleep(apartMs);
          await Promise.all([first, runs[1].go()]);
          const [a, b] = runs.map((run) => run.times()[0]);
          if (a && b) both += 1;
          if (!a && !b) none += 1;
          // Slower than is reckoned with, the mark is withdrawn, and the run goes on without: that is told.
          const blind = runs.some(({ events }) => events.some((e) => e.kind === 'lease' && e.state === 'without'));
          expect(!blind && a && b && a[0] < b[1] && b[0] < a[1]).toBeFalsy();
        },
      ),
      { numRuns: 120, seed: 20261122 },
    );
    expect([both, none]).not.toEqual([120, 0]);
    expect(none).toBe(0);
  });
});

describe('what a machine’s tag says', () => {
  const lease = leaseFor('aa', 'ops 1/é', start);
  const text = leaseText(lease);
  it.each([
    ['another run at work', text, 'bb', start, 'held'],
    ['the run itself', text, 'aa', start, 'ours'],
    ['another run until the last second', text, 'bb', start + leaseMs - 1_000, 'held'],
    ['nobody, once it has expired', text, 'bb', start + leaseMs, 'free'],
    ['nobody, where it is no lease', 'do not touch', 'bb', start, 'free'],
    [
      'nobody, where it ends later than any run takes one for: somebody’s clock was wrong',
      leaseText({ ...lease, until: '2099-01-01T00:00:00Z' }),
      'bb',
      start,
      'free',
    ],
    [
      'another run whose clock is some minutes ahead',
      leaseText(leaseFor('aa', 'h', start + 5 * 60_000)),
      'bb',
      start,
      'held',
    ],
  ] as const)('%s', (_, said, me, now, kind) => {
    expect(standingOf(said, me, now).kind).toBe(kind);
  });
  it('fits a tag, whatever the host is called', () => {
    expect(leaseText(leaseFor('a'.repeat(24), 'x'.repeat(300), start)).length).toBeLessThan(256);
    expect(text.split(' ')).toHaveLength(4);
  });
});
