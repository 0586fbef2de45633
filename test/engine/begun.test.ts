/** What was begun and is taken up again: asked about as often as it takes, and sent again only where that may be. */
import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/core/plan.ts';
import { hourMs, minuteMs, toInstant } from '../../src/core/time.ts';
import { apply } from '../../src/engine/apply.ts';
import { entryLine, headerLine } from '../../src/engine/journal.ts';
import type { Azure, Reconciled, StepRunner } from '../../src/engine/ports.ts';
import { bench, firstTimes, start, type Bench } from './bench.ts';
import { problem } from './fake-azure.ts';
import { planOf, snapshotStep } from './plan-builder.ts';

/** A run that was killed between intending a step and hearing of it, so long ago. */
const killed = (b: Bench, steps: readonly Step[], agoMs: number): void =>
  void b.journal.lines.push(
    headerLine(planOf(steps).digest, start - agoMs),
    entryLine({ event: 'intended', step: steps[0]!.id, at: toInstant(start - agoMs) }),
  );

/** Steps with a name of their own that Azure takes once: neither harmless twice, nor done twice. */
const named = ({ azure }: Bench, reconcile: StepRunner['reconcile']): Azure => ({
  ...azure,
  runner: (step) => ({ ...azure.runner(step), repeatable: false, reconcile }),
});
const inTurn = (...answers: readonly Reconciled[]) => {
  let at = 0;
  return () => Promise.resolve(answers[Math.min(at++, answers.length - 1)]!);
};
const begins = (b: Bench): number => b.azure.requests.filter(({ kind }) => kind === 'begin').length;

describe('a write of a killed run', () => {
  const steps = [snapshotStep('a')];

  it('is not believed absent on one look, however long ago it was', async () => {
    const b = bench();
    killed(b, steps, 24 * hourMs);
    const made: Azure = {
      ...named(b, inTurn({ kind: 'absent' }, { kind: 'settled', ok: true })),
      goal: () => Promise.resolve(b.clock.now() > start ? { kind: 'holds' } : { kind: 'absent' }),
    };
    expect(await b.run(steps, { azure: made })).toEqual(['a: done']);
    expect(begins(b)).toBe(0);
  });

  it('is sent again when two looks found no trace of it after its time', async () => {
    const b = bench();
    killed(b, steps, 24 * hourMs);
    expect(await b.run(steps, { azure: named(b, inTurn({ kind: 'absent' })) })).toEqual(['a: done']);
    expect(begins(b)).toBe(1);
  });

  it('that is found to have failed has failed, and is not sent again', async () => {
    const b = bench();
    killed(b, steps, hourMs);
    const found = inTurn({ kind: 'settled', ok: false, problem: problem('a', 'no quota') });
    expect(await b.run(steps, { azure: named(b, found) })).toEqual(['a: failed']);
    expect(begins(b)).toBe(0);
    expect(b.journal.lines.at(-1)).toContain('no quota');
  });
});

describe('a lost write', () => {
  it('that a clock put back dates in the future is not waited for until then', async () => {
    const b = bench();
    killed(b, [snapshotStep('a')], -2 * hourMs);
    expect(await b.run([snapshotStep('a')], { azure: named(b, inTurn({ kind: 'absent' })) })).toEqual(['a: done']);
    expect(b.azure.taken[0]!.at - start).toBeLessThan(15 * minuteMs);
  });

  it('left in doubt by an earlier run is not sent again unasked, however long nothing shows of it; asked for, it is', async () => {
    const b = bench();
    const at = toInstant(start - 24 * hourMs);
    killed(b, [snapshotStep('a')], 24 * hourMs);
    b.journal.lines.push(entryLine({ event: 'settled', step: 'a', at, outcome: 'in-doubt', startedAt: at }));
    const azure = named(b, inTurn({ kind: 'absent' }));
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: in-doubt']);
    expect(begins(b)).toBe(0);
    expect(await b.run([snapshotStep('a')], { azure, options: { resend: ['a'] } })).toEqual(['a: done']);
    expect(begins(b)).toBe(1);
  });

  it('is none where the user stopped while its intent was noted: it is not sent at all', async () => {
    const b = bench();
    const { azure, clock, stop } = b;
    const journal = {
      ...b.journal,
      append: (line: string) => {
        if (line.includes('"intended"')) stop.abort(new Error('stopped'));
        return b.journal.append(line);
      },
    };
    const ports = { azure, clock, journal, emit: () => {}, signal: stop.signal, concurrency: 1 };
    expect(await apply(planOf([snapshotStep('a')]), ports)).toMatchObject([{ outcome: 'interrupted' }]);
    expect(begins(b)).toBe(0);
  });

  it('is this run’s own doing where its goal shows before its operation is found: done, and not done already', async () => {
    const b = bench({ fault: firstTimes(1, (r) => r.kind === 'begin', 'lost-after') });
    const azure: Azure = {
      ...b.azure,
      runner: (step) => ({ ...b.azure.runner(step), reconcile: inTurn({ kind: 'absent' }) }),
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
  });

  it('is not sent without end where each loss is followed by a clear answer', async () => {
    let sends = 0;
    const b = bench({
      fault: (r) =>
        r.kind === 'begin' && !r.step.endsWith('!') ? ((sends += 1) % 2 ? 'lost-before' : 'busy') : undefined,
    });
    void b.clock.sleep(48 * hourMs).then(() => b.stop.abort(new Error('too late')));
    expect(await b.run([snapshotStep('a')])).toEqual(['a: in-doubt']);
    expect(b.journal.lines.at(-1)).toContain('was lost 8 times');
    expect(sends).toBe(15);
  });
});

describe('a run that may begin nothing new', () => {
  const undo: Step = { ...snapshotStep('undo', { dependsOn: ['a'], runs: 'always' }), undoes: 'a' };
  const steps = [snapshotStep('a'), undo, snapshotStep('b')];
  const options = { begin: 'nothing-new' } as const;

  it('does not send a lost write again, takes it back, and leaves out what was not begun', async () => {
    const b = bench();
    killed(b, steps, hourMs);
    expect(await b.run(steps, { options })).toEqual(['a: moved', 'undo: done', 'b: skipped']);
    expect(b.azure.taken.map(({ step }) => step)).toEqual(['undo']);
  });

  it('follows to its end what Azure took', async () => {
    const b = bench({ operationMs: () => 600_000 });
    const first = b.run([steps[0]!]);
    await b.clock.sleep(3_000);
    b.stop.abort(new Error('stopped'));
    expect(await first).toEqual(['a: interrupted']);
    const again = bench({ operationMs: () => 600_000 });
    again.journal.lines.push(...b.journal.lines);
    again.azure.taken.push(...b.azure.taken);
    expect(await again.run([steps[0]!], { options })).toEqual(['a: done']);
    expect(again.azure.taken).toHaveLength(1);
  });
});

describe('a step that an earlier run did', () => {
  it('gives later steps what it gave then, though its resource tells less now', async () => {
    const b = bench();
    const steps = [snapshotStep('a'), snapshotStep('b', { dependsOn: ['a'], tags: { of: '${a.consistency}' } })];
    killed(b, steps, hourMs);
    const at = toInstant(start - hourMs);
    const outputs = { consistency: 'application' };
    b.journal.lines.push(entryLine({ event: 'settled', step: 'a', at, outcome: 'done', startedAt: at, outputs }));
    const given: string[] = [];
    const azure: Azure = {
      ...b.azure,
      goal: (goal, step, signal) =>
        step.id === 'a' ? Promise.resolve({ kind: 'holds' }) : b.azure.goal(goal, step, signal),
      runner: (step) => {
        given.push(JSON.stringify(step.input));
        return b.azure.runner(step);
      },
    };
    expect(await b.run(steps, { azure })).toEqual(['a: already-done', 'b: done']);
    expect(given.at(-1)).toContain('"of":"application"');
  });
});
