/** A write whose fate nobody can tell: it stays in doubt over any number of runs, and only a person has it sent again. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/problem.ts';
import { entryLine, headerLine } from '../../src/engine/journal.ts';
import { toInstant } from '../../src/core/time.ts';
import type { Azure } from '../../src/engine/ports.ts';
import { bench, firstTimes, start } from './bench.ts';
import { problem } from './fake-azure.ts';
import { backupStep, planOf, snapshotStep } from './plan-builder.ts';

const steps = [
  backupStep('a'),
  snapshotStep('b', { dependsOn: ['a'] }),
  snapshotStep('thaw', { dependsOn: ['b'], runs: 'always' }),
];

/** The first send's answer is lost, and nobody answers what became of it; then the outage is over. */
const outageOf = (lost: 'lost-before' | 'lost-after', lagMs = 0) => {
  const state = { outage: true };
  const b = bench({
    lagMs: () => lagMs,
    fault: (r) =>
      !state.outage || r.step !== 'a'
        ? undefined
        : r.kind === 'begin'
          ? lost
          : r.kind === 'reconcile'
            ? 'server-error'
            : undefined,
  });
  return { ...b, over: () => (state.outage = false) };
};
const countOf = (b: { readonly azure: { readonly taken: readonly { step: string }[] } }, step: string): number =>
  b.azure.taken.filter((t) => t.step === step).length;

describe('a step in doubt', () => {
  it('holds back what depends on it, while what must run always still runs', async () => {
    const b = outageOf('lost-before');
    expect(await b.run(steps)).toEqual(['a: in-doubt', 'b: skipped', 'thaw: done']);
  });

  it('is not sent again by applying again, however long ago it was sent and however clearly nothing shows', async () => {
    const b = outageOf('lost-before');
    await b.run(steps);
    b.over();
    for (let days = 0; days < 3; days += 1) {
      await b.clock.sleep(86_400_000);
      expect(await b.run(steps)).toEqual(['a: in-doubt', 'b: skipped', 'thaw: already-done']);
    }
    expect(b.azure.requests.filter((r) => r.kind === 'begin' && r.step === 'a')).toHaveLength(1);
  });

  it('is done when applying again finds that Azure took it after all', async () => {
    const b = outageOf('lost-after', 86_400_000);
    expect(await b.run(steps)).toContain('a: in-doubt');
    b.over();
    expect(await b.run(steps)).toContain('a: in-doubt');
    await b.clock.sleep(2 * 86_400_000);
    expect(await b.run(steps)).toContain('a: done');
    expect(countOf(b, 'a')).toBe(1);
  });

  it('is sent again when a person asks for it, once, with the consent noted before anything is sent; the rest goes on', async () => {
    const b = outageOf('lost-before');
    await b.run(steps);
    b.over();
    const before = b.journal.lines.length;
    expect(await b.run(steps, { options: { resend: ['a'] } })).toEqual(['a: done', 'b: done', 'thaw: already-done']);
    expect(countOf(b, 'a')).toBe(1);
    expect(b.journal.lines[before]).toContain('"event":"resend","step":"a"');
    expect(await b.run(steps)).toEqual(['a: already-done', 'b: already-done', 'thaw: already-done']);
  });

  it('is followed instead of sent again, asked for or not, where Azure turns out to have it', async () => {
    const b = outageOf('lost-after');
    await b.run(steps);
    b.over();
    expect(await b.run(steps, { options: { resend: ['a'] } })).toContain('a: done');
    expect(countOf(b, 'a')).toBe(1);
  });

  it('is in doubt once more when the second send is lost too, and the consent does not outlive its run', async () => {
    const b = outageOf('lost-before');
    await b.run(steps);
    expect(await b.run(steps, { options: { resend: ['a'] } })).toContain('a: in-doubt');
    b.over();
    expect(await b.run(steps)).toContain('a: in-doubt');
    expect(b.azure.requests.filter((r) => r.kind === 'begin' && r.step === 'a')).toHaveLength(2);
  });

  it('is what a lost backup is whose answer nobody gave, in this run and in one that was killed before it could ask', async () => {
    const lost = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-before') });
    expect(await lost.run(steps)).toEqual(['a: in-doubt', 'b: skipped', 'thaw: done']);
    const killed = bench();
    killed.journal.lines.push(
      headerLine(planOf(steps).digest, start),
      entryLine({ event: 'intended', step: 'a', at: toInstant(start) }),
    );
    expect(await killed.run(steps)).toEqual(['a: in-doubt', 'b: skipped', 'thaw: done']);
    for (const b of [lost, killed]) {
      expect(await b.run(steps, { options: { resend: ['a'] } })).toEqual(['a: done', 'b: done', 'thaw: already-done']);
      expect(countOf(b, 'a')).toBe(1);
    }
  });

  it('is sent once for one consent, and is in doubt again where that send is lost as well', async () => {
    const b = bench({ fault: (r) => (r.kind === 'begin' && r.step === 'a' ? 'lost-before' : undefined) });
    await b.run(steps);
    expect(await b.run(steps, { options: { resend: ['a'] } })).toContain('a: in-doubt');
    expect(b.azure.requests.filter((r) => r.kind === 'begin' && r.step === 'a')).toHaveLength(2);
  });

  it('is sent again even while nobody can tell, since that is what was asked for', async () => {
    const b = bench({
      fault: (r) =>
        r.kind === 'reconcile'
          ? 'server-error'
          : r.kind === 'begin' && b.azure.requests.filter((q) => q.kind === 'begin').length === 1
            ? 'lost-before'
            : undefined,
    });
    expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
    expect(await b.run([backupStep('a')], { options: { resend: ['a'] } })).toEqual(['a: done']);
  });

  it('stays in doubt, and never becomes failed, where after the consent nothing may be asked any more', async () => {
    const b = outageOf('lost-after');
    await b.run(steps);
    const blind: Azure = {
      ...b.azure,
      goal: (goal, step, signal) =>
        step.id === 'a'
          ? Promise.resolve({ kind: 'refused', problem: problem('a', 'no protectedItems/read') })
          : b.azure.goal(goal, step, signal),
    };
    expect(await b.run(steps, { azure: blind, options: { resend: ['a'] } })).toContain('a: in-doubt');
    expect(countOf(b, 'a')).toBe(1);
  });

  it.each([
    ['ended otherwise', 'thaw', /thaw is not in doubt: it ended done/],
    ['was never sent', 'b', /b is not in doubt: it was never sent/],
    ['does not exist', 'nobody', /no step nobody/],
  ])('is what the step asked for must be: one that %s is refused, and nothing is sent', async (_, id, words) => {
    const b = outageOf('lost-before');
    await b.run(steps);
    const [requests, lines] = [b.azure.requests.length, b.journal.lines.length];
    const refused = b.run(steps, { options: { resend: ['a', id] } });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(words);
    expect([b.azure.requests.length, b.journal.lines.length]).toEqual([requests, lines]);
  });

  it('that Azure is seen to be at is waited for, not sent again', async () => {
    const b = bench({ operationMs: () => 60 * 3_600_000 });
    expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
    expect(await b.run([backupStep('a')], { options: { resend: ['a'] } })).toEqual(['a: in-doubt']);
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(countOf(b, 'a')).toBe(1);
  });
});
