import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/problem.ts';
import { apply } from '../../src/engine/apply.ts';
import type { Azure, GoalState } from '../../src/engine/ports.ts';
import { bench, firstTimes, named, start } from './bench.ts';
import { problem, type FakeOptions } from './fake-azure.ts';
import { backupStep, planOf, snapshotStep } from './plan-builder.ts';

describe('apply', () => {
  it('performs steps in order and ends a second time with already-done and no write', async () => {
    const b = bench();
    const steps = [snapshotStep('a'), backupStep('b', { dependsOn: ['a'] })];
    expect(await b.run(steps)).toEqual(['a: done', 'b: done']);
    expect(b.azure.taken.map((t) => t.step)).toEqual(['a', 'b']);
    expect(b.azure.taken[1]!.at).toBeGreaterThanOrEqual(b.azure.taken[0]!.endsAt);
    expect(await b.run(steps)).toEqual(['a: already-done', 'b: already-done']);
    expect(b.azure.taken).toHaveLength(2);
  });

  it('never takes a 202 for success: it waits for the operation, the job it hands over to, and the goal beyond both', async () => {
    const b = bench({ operationMs: () => 600_000, goalMs: () => 3_600_000 });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: done']);
    expect(b.clock.now()).toBeGreaterThanOrEqual(start + 4_200_000);
    expect(b.journal.lines.filter((l) => l.includes('"accepted"'))).toHaveLength(2);
  });

  it('writes the intent before the request and the operation URL verbatim after it', async () => {
    const seen: string[][] = [];
    const b = bench({
      onRequest: (r, when) => {
        if (r.kind === 'begin' && when === 'before') seen.push([...b.journal.lines]);
      },
    });
    await b.run([snapshotStep('a')]);
    expect(seen[0]!.at(-1)).toContain('"event":"intended","step":"a"');
    expect(b.journal.lines[2]).toContain('https://azure.test/operations/a/0');
  });

  it('shows an operation without its query, which is signed', async () => {
    const b = bench();
    const runner = b.azure.runner.bind(b.azure);
    const signed: Azure = {
      ...b.azure,
      runner: (s) => ({
        ...runner(s),
        begin: async (...args) => {
          const r = await runner(s).begin(...args);
          return r.kind === 'accepted' ? { ...r, operationUrl: `${r.operationUrl}?t=1&s=secret` } : r;
        },
        poll: (o, signal) =>
          runner(s).poll({ ...o, ...(o.operationUrl ? { operationUrl: o.operationUrl.split('?')[0]! } : {}) }, signal),
      }),
    };
    await b.run([snapshotStep('a')], { azure: signed });
    expect(JSON.stringify(b.events)).not.toContain('secret');
    expect(b.journal.lines.join('')).toContain('s=secret');
  });

  it('one failed step skips what depends on it and stops nothing else; always-steps run whatever happened', async () => {
    const b = bench({ fault: (r) => (r.kind === 'begin' && r.step === 'a!' ? 'operation-fails' : undefined) });
    const steps = [
      snapshotStep('a'),
      snapshotStep('b', { dependsOn: ['a'] }),
      snapshotStep('c', { dependsOn: ['b'] }),
      snapshotStep('thaw', { dependsOn: ['a', 'c'], runs: 'always' }),
      snapshotStep('other'),
    ];
    expect(await b.run(steps)).toEqual(['a: failed', 'b: skipped', 'c: skipped', 'thaw: done', 'other: done']);
  });

  it('tries a failed step again when the plan is applied again', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin' && r.step === 'a!', 'operation-fails') });
    const steps = [backupStep('a'), snapshotStep('b', { dependsOn: ['a'] })];
    expect(await b.run(steps)).toEqual(['a: failed', 'b: skipped']);
    expect(await b.run(steps)).toEqual(['a: done', 'b: done']);
  });

  it('says what moved, writes nothing, and skips only the dependants', async () => {
    const b = bench({ moved: new Set(['a']) });
    const assumes = [{ kind: 'absent', resourceId: '/x' }] as const;
    expect(
      await b.run([
        snapshotStep('a', { assumes }),
        snapshotStep('b', { dependsOn: ['a'] }),
        snapshotStep('c', { assumes }),
      ]),
    ).toEqual(['a: moved', 'b: skipped', 'c: done']);
    expect(b.azure.taken.map((t) => t.step)).toEqual(['c']);
    expect(b.journal.lines.join('\n')).toContain('the machine was made again');
  });

  it('waits out a throttled lane for everybody, longer than asked and never twice', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'throttled') });
    expect(await b.run([snapshotStep('a'), snapshotStep('b'), snapshotStep('c')], { concurrency: 1 })).toEqual([
      'a: done',
      'b: done',
      'c: done',
    ]);
    expect(named(b.events, 'throttled')).toHaveLength(1);
    expect(Math.min(...b.azure.taken.map((t) => t.at))).toBeGreaterThanOrEqual(start + 30_000);
    expect(named(b.events, 'step.waiting').length).toBeGreaterThan(0);
  });

  it('waits while Azure is busy with something else, and gives up as failed after two hours of it', async () => {
    const passing = bench({ fault: firstTimes(5, (r) => r.kind === 'begin', 'busy') });
    expect(await passing.run([snapshotStep('a')])).toEqual(['a: done']);
    const lasting = bench({ fault: (r) => (r.kind === 'begin' ? 'busy' : undefined) });
    expect(await lasting.run([backupStep('a')])).toEqual(['a: failed']);
    expect(lasting.azure.taken).toHaveLength(0);
  });

  it('keeps polling through server errors and throttling', async () => {
    const b = bench({ fault: firstTimes(4, (r) => r.kind === 'poll', 'server-error') });
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(named(b.events, 'step.retried')).toHaveLength(4);
  });

  it('does not send a lost backup again when Azure took it, even while lists lag five minutes', async () => {
    const b = bench({
      fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-after'),
      lagMs: () => 300_000,
      operationMs: () => 2_460_000,
    });
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
  });

  it.each(['lost-before', 'lost-after'] as const)(
    'never sends a lost backup again by itself, however long nothing shows of it: %s',
    async (lost) => {
      const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', lost), lagMs: () => 10 * 86_400_000 });
      expect(await b.run([backupStep('a'), snapshotStep('b', { dependsOn: ['a'] })])).toEqual([
        'a: in-doubt',
        'b: skipped',
      ]);
      // Not before its list could have shown it.
      expect(b.clock.now() - start).toBeGreaterThanOrEqual(360_000);
      await b.clock.sleep(86_400_000);
      expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
      expect(b.azure.requests.filter((r) => r.kind === 'begin' && r.step === 'a')).toHaveLength(1);
    },
  );

  it('sends at once again what never left, for want of a connection', async () => {
    const b = bench();
    let refused = 5;
    const azure: Azure = {
      ...b.azure,
      runner: (s) => ({
        ...b.azure.runner(s),
        begin: (...args) =>
          (refused -= 1) > 0
            ? Promise.resolve({ kind: 'uncertain', unsent: true, problem: problem('a', 'no connection') })
            : b.azure.runner(s).begin(...args),
      }),
    };
    expect(await b.run([backupStep('a')], { azure })).toEqual(['a: done']);
    expect(b.azure.taken[0]!.at - start).toBeLessThan(60_000);
    expect(b.azure.requests.filter((r) => r.kind === 'reconcile')).toEqual([]);
  });

  it('says failed, and that nothing was written, where no connection ever came about', async () => {
    const b = bench();
    const azure: Azure = {
      ...b.azure,
      runner: (s) => ({
        ...b.azure.runner(s),
        begin: () => Promise.resolve({ kind: 'uncertain', unsent: true, problem: problem('a', 'no connection') }),
      }),
    };
    expect(await b.run([backupStep('a')], { azure })).toEqual(['a: failed']);
  });

  it('finds a lost write that Azure took, which shows only after 40 s, though every further send fails', async () => {
    for (const step of [snapshotStep('a'), backupStep('a')]) {
      let sends = 0;
      const fault: FakeOptions['fault'] = (r) =>
        r.kind !== 'begin' || r.step.endsWith('!') ? undefined : (sends += 1) === 1 ? 'lost-after' : 'server-error';
      const b = bench({ fault, lagMs: () => 40_000, operationMs: () => 60_000 });
      expect(await b.run([step])).toEqual(['a: done']);
      if (step.method === 'POST') expect(sends).toBe(1);
    }
  });

  it('sends a repeatable write again a few seconds after its answer was lost, and one that Azure takes once only when its absence is sure', async () => {
    const sentAt = async (repeatable: boolean): Promise<number> => {
      const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-before'), lagMs: () => 300_000 });
      const azure: Azure = { ...b.azure, runner: (s) => ({ ...b.azure.runner(s), repeatable }) };
      expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
      return b.azure.taken[0]!.at - start;
    };
    expect(await sentAt(true)).toBeLessThan(10_000);
    expect(await sentAt(false)).toBeGreaterThanOrEqual(360_000);
  });

  it('waits for its own lost write where the one sent after it finds Azure busy with the first', async () => {
    const b = bench({
      fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-after'),
      lagMs: () => 300_000,
      operationMs: () => 120_000,
    });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: done']);
    expect(b.azure.requests.filter((r) => r.kind === 'begin').length).toBeGreaterThan(2);
    // Azure took the same write once more when the first was over: one effect.
    expect(b.azure.taken.every((t, i, all) => i === 0 || t.at >= all[i - 1]!.endsAt)).toBe(true);
  });

  it('does not push a repeatable write that Azure is known to have taken: it is sent again only when its absence is sure', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'poll' && r.step.endsWith('!'), 'vanished') });
    const hidden = (at: number): boolean => b.azure.taken.length === 1 && at < start + 3_600_000;
    const azure: Azure = {
      ...b.azure,
      goal: (...args) => (hidden(b.clock.now()) ? Promise.resolve({ kind: 'absent' }) : b.azure.goal(...args)),
      runner: (s) => ({ ...b.azure.runner(s), reconcile: () => Promise.resolve({ kind: 'absent' }) }),
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(2);
    expect(b.azure.taken[1]!.at - b.azure.taken[0]!.at).toBeGreaterThanOrEqual(360_000);
  });

  it.each([snapshotStep('a'), backupStep('a')])(
    'leaves a write in doubt, never failed, when every send of it was lost: $kind',
    async (step) => {
      const b = bench({ fault: (r) => (r.kind === 'begin' ? 'lost-before' : undefined) });
      expect(await b.run([step])).toEqual(['a: in-doubt']);
      expect(b.journal.lines.join('\n')).not.toContain('"failed"');
      // The first few sends of a repeatable write come promptly, the rest when its absence is sure; of the other there is one.
      expect(b.azure.requests.filter((r) => r.kind === 'begin')).toHaveLength(step.method === 'POST' ? 1 : 8);
      expect(b.clock.now() - start).toBeGreaterThan((step.method === 'POST' ? 1 : 4) * 360_000);
    },
  );

  it('finds what a lost write made even where the next one is refused because of it, and is not shown yet', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-after'), lagMs: () => 300_000 });
    let begins = 0;
    const azure: Azure = {
      ...b.azure,
      runner: (s) => ({
        ...b.azure.runner(s),
        begin: (...args) =>
          (begins += 1) === 1 ? b.azure.runner(s).begin(...args) : Promise.resolve({ kind: 'settled', ok: false }),
      }),
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(begins).toBe(2);
  });

  it('says in doubt, not failed, where a write was lost and Azure is busy for too long afterwards', async () => {
    let begins = 0;
    const b = bench({
      fault: (r) => (r.kind === 'begin' ? ((begins += 1) === 1 ? 'lost-before' : 'busy') : undefined),
    });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: in-doubt']);
  });

  it('leaves a write in doubt when Azure refuses it after an earlier send of it was lost', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-before') });
    const runner = b.azure.runner.bind(b.azure);
    let begins = 0;
    const refusing: Azure = {
      ...b.azure,
      runner: (s) => ({
        ...runner(s),
        begin: (...args) =>
          (begins += 1) === 1 ? runner(s).begin(...args) : Promise.resolve({ kind: 'settled', ok: false }),
      }),
    };
    expect(await b.run([snapshotStep('a')], { azure: refusing })).toEqual(['a: in-doubt']);
  });

  it('leaves an operation that never ends in doubt, and follows it again when the plan is applied again', async () => {
    let stuck = true;
    const b = bench({ operationMs: () => 26 * 3_600_000 });
    const runner = b.azure.runner.bind(b.azure);
    const hanging: Azure = {
      ...b.azure,
      runner: (s) => ({
        ...runner(s),
        poll: (...args) => (stuck ? Promise.resolve({ kind: 'running' }) : runner(s).poll(...args)),
      }),
    };
    expect(await b.run([backupStep('a')], { azure: hanging })).toEqual(['a: in-doubt']);
    expect(b.clock.now() - start).toBeGreaterThan(24 * 3_600_000);
    stuck = false;
    expect(await b.run([backupStep('a')], { azure: hanging })).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
  });

  describe('a backup that Azure does not begin, having another in hand', () => {
    const forestalled = (goal: (atMs: number) => GoalState) => {
      const b = bench();
      const runner = b.azure.runner.bind(b.azure);
      let polls = 0;
      const azure: Azure = {
        ...b.azure,
        goal: async () => (polls === 0 ? { kind: 'absent' } : goal(b.clock.now() - start)),
        runner: (s) => ({
          ...runner(s),
          poll: async () => {
            polls += 1;
            const summary = 'another backup operation is currently in progress';
            const problem = { code: 'operation-failed', severity: 'high', subject: s.resourceId, summary } as const;
            return { kind: 'settled', ok: false, forestalled: true, problem };
          },
        }),
      };
      return { b, azure };
    };

    it('is waited for as that other one, and is done already when that is', async () => {
      const { b, azure } = forestalled((ms) =>
        ms < 1_800_000 ? { kind: 'coming', phase: 'a backup is running' } : { kind: 'holds' },
      );
      expect(await b.run([backupStep('a')], { azure })).toEqual(['a: already-done']);
      expect(b.clock.now() - start).toBeGreaterThan(1_800_000);
      expect(b.azure.taken).toHaveLength(1);
    });

    it('has failed with Azure’s own words where that one makes no point either, and is not sent again by itself', async () => {
      const { b, azure } = forestalled(() => ({ kind: 'absent' }));
      expect(await b.run([backupStep('a')], { azure })).toEqual(['a: failed']);
      expect(b.journal.lines.at(-1)).toContain('another backup operation is currently in progress');
      expect(b.azure.taken).toHaveLength(1);
    });
  });

  it('leaves a backup in doubt, unsent, when nobody can tell whether Azure took it; a later apply asks again', async () => {
    let outage = true;
    const b = bench({
      fault: (r) =>
        outage ? (r.kind === 'begin' ? 'lost-after' : r.kind === 'reconcile' ? 'server-error' : undefined) : undefined,
    });
    expect(await b.run([backupStep('a'), snapshotStep('b', { dependsOn: ['a'] })])).toEqual([
      'a: in-doubt',
      'b: skipped',
    ]);
    expect(b.azure.taken).toHaveLength(1);
    outage = false;
    expect(await b.run([backupStep('a'), snapshotStep('b', { dependsOn: ['a'] })])).toEqual(['a: done', 'b: done']);
    expect(b.azure.taken.filter((t) => t.step === 'a')).toHaveLength(1);
  });

  it('finds the result by its goal when the operation URL vanishes', async () => {
    const b = bench({ fault: (r) => (r.kind === 'poll' && r.step.endsWith('!') ? 'vanished' : undefined) });
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
  });

  it('leaves an accepted backup in doubt when its operation and every trace of it are gone: it is not sent again', async () => {
    const b = bench({
      fault: (r) => (r.kind === 'poll' && r.step.endsWith('!') ? 'vanished' : undefined),
      lagMs: () => 86_400_000,
    });
    expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
    expect(b.azure.taken).toHaveLength(1);
  });

  it('does not take its own lost write, seen before the goal shows it, for something that moved', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-after'), lagMs: () => 120_000 });
    const assumption: Azure['assumption'] = () =>
      Promise.resolve(b.azure.taken.length > 0 ? { kind: 'moved', detail: 'it exists already' } : { kind: 'holds' });
    const steps = [snapshotStep('a', { assumes: [{ kind: 'absent', resourceId: '/x' }] })];
    expect((await b.run(steps, { azure: { ...b.azure, assumption } })).join()).toMatch(/^a: (already-)?done$/);
    expect(b.azure.taken).toHaveLength(1);
  });

  it('gives up reading before a write as failed, having written nothing', async () => {
    const b = bench({ fault: (r) => (r.kind === 'goal' ? 'server-error' : undefined) });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: failed']);
    expect(b.azure.taken).toHaveLength(0);
  });

  it('does not resend what was done and is gone: it says so as moved', async () => {
    const b = bench();
    await b.run([backupStep('a')]);
    b.azure.taken.length = 0;
    await b.clock.sleep(3_600_000);
    expect(await b.run([backupStep('a')])).toEqual(['a: moved']);
    expect(b.azure.taken).toHaveLength(0);
    expect(b.journal.lines.filter((l) => l.includes('"settled"'))).toHaveLength(1);
  });

  it('stops at the first signal: no new writes, running operations noted, and resume follows them', async () => {
    const b = bench({ operationMs: () => 100_000 });
    const steps = [snapshotStep('a'), snapshotStep('b', { dependsOn: ['a'] })];
    const running = b.run(steps);
    void b.clock.sleep(20_000).then(() => b.stop.abort(new Error('stopped')));
    expect(await running).toEqual(['a: interrupted', 'b: interrupted']);
    expect(b.azure.taken).toHaveLength(1);
    expect(b.journal.lines.at(-1)).toContain('"interrupted"');
    const again = {
      azure: b.azure,
      clock: b.clock,
      journal: b.journal,
      emit: () => {},
      signal: new AbortController().signal,
      concurrency: 4,
    };
    expect((await apply(planOf(steps), again)).map((o) => o.outcome)).toEqual(['done', 'done']);
    expect(b.azure.taken).toHaveLength(2);
  });

  it('refuses a journal of another plan and one torn in the middle; a torn last line is dropped', async () => {
    const b = bench();
    await b.run(planOf([snapshotStep('a')], 'e'.repeat(64)));
    await expect(b.run([snapshotStep('a')])).rejects.toThrow(UsageError);
    const whole = [...b.journal.lines];
    b.journal.lines[1] = b.journal.lines[1]!.slice(0, 20);
    await expect(b.run(planOf([snapshotStep('a')], 'e'.repeat(64)))).rejects.toThrow(/cannot be read/);
    b.journal.lines.splice(0, b.journal.lines.length, ...whole.slice(0, 2), whole[2]!.slice(0, 30));
    expect(await b.run(planOf([snapshotStep('a')], 'e'.repeat(64)))).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
    expect(b.journal.lines.every((l) => JSON.parse(l) !== undefined)).toBe(true);
  });

  it('sends nothing when the intent cannot be noted', async () => {
    const b = bench();
    const append = b.journal.append.bind(b.journal);
    b.journal.append = (line) => (line.includes('"intended"') ? Promise.reject(new Error('disk full')) : append(line));
    await expect(b.run([snapshotStep('a'), snapshotStep('b')])).rejects.toThrow('disk full');
    expect(b.azure.taken).toHaveLength(0);
  });

  it('begins nothing more once the journal cannot be written, of steps that have nothing to do with it either', async () => {
    const b = bench();
    const append = b.journal.append.bind(b.journal);
    b.journal.append = (line) => (line.includes('"step":"a"') ? Promise.reject(new Error('disk full')) : append(line));
    const steps = [snapshotStep('a'), snapshotStep('b'), snapshotStep('c', { dependsOn: ['b'] })];
    await expect(b.run(steps)).rejects.toThrow('disk full');
    expect(b.azure.taken.map(({ step }) => step)).not.toContain('c');
  });

  it('fills a later step with an earlier one’s output, and fails it when there is none', async () => {
    const b = bench();
    const inputs: unknown[] = [];
    const runner = b.azure.runner.bind(b.azure);
    const spying: Azure = {
      ...b.azure,
      runner: (s) => {
        inputs.push(s.input);
        return runner(s);
      },
    };
    expect(
      await b.run(
        [
          snapshotStep('a'),
          snapshotStep('b', { dependsOn: ['a'], tags: { of: '${a.id}' } }),
          snapshotStep('c', { dependsOn: ['a'], tags: { of: '${a.nothing}' } }),
        ],
        { azure: spying },
      ),
    ).toEqual(['a: done', 'b: done', 'c: failed']);
    expect(JSON.stringify(inputs[1])).toContain('/snapshots/a"');
  });

  it('performs a thousand steps within the request budget', async () => {
    const b = bench();
    const steps = Array.from({ length: 1000 }, (_, i) =>
      snapshotStep(`s${i}`, i % 3 === 0 ? {} : { dependsOn: [`s${i - 1}`] }),
    );
    const outcomes = await b.run(steps, { concurrency: 8 });
    expect(new Set(outcomes.map((o) => o.split(': ')[1]))).toEqual(new Set(['done']));
    expect(b.clock.now() - start).toBeGreaterThan((1000 - 200) * 125);
  });
});
