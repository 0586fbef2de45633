/** A step that takes back another's effect: a machine stopped for its snapshots is started again, and no other one is. */
import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/core/plan.ts';
import { bench, firstTimes } from './bench.ts';
import { snapshotStep } from './plan-builder.ts';

const stop = snapshotStep('stop', { assumes: [{ kind: 'absent', resourceId: '/x' }] });
const work = snapshotStep('work', { dependsOn: ['stop'], assumes: [{ kind: 'absent', resourceId: '/x' }] });
const start: Step = { ...snapshotStep('start', { dependsOn: ['stop', 'work'], runs: 'always' }), undoes: 'stop' };
const steps = [stop, work, start];
const takenBy = (b: ReturnType<typeof bench>) => b.azure.taken.map(({ step }) => step);

describe('what takes back another step', () => {
  it('runs when that one is done, and after it whatever became of the steps between', async () => {
    const b = bench({ moved: new Set(['work']) });
    expect(await b.run(steps)).toEqual(['stop: done', 'work: moved', 'start: done']);
    expect(takenBy(b)).toEqual(['stop', 'start']);
  });

  it('runs when that one failed after it was sent, or nobody can tell what became of it', async () => {
    const failed = bench({ fault: (r) => (r.kind === 'begin' && r.step === 'stop!' ? 'operation-fails' : undefined) });
    expect(await failed.run(steps)).toEqual(['stop: failed', 'work: skipped', 'start: done']);
    const lost = bench({
      fault: (r) =>
        r.step === 'stop' && r.kind !== 'goal' ? (r.kind === 'begin' ? 'lost-after' : 'server-error') : undefined,
    });
    const outcomes = await lost.run([{ ...stop, assumes: [] }, work, start]);
    expect(outcomes).toEqual(['stop: in-doubt', 'work: skipped', 'start: done']);
  });

  it('runs after Azure is done with that one, also where nobody may ask about its operation', async () => {
    const b = bench({
      operationMs: () => 60_000,
      fault: (r) => (r.kind === 'poll' && r.step === 'stop!' ? 'forbidden' : undefined),
    });
    expect(await b.run(steps)).toEqual(['stop: done', 'work: done', 'start: done']);
    const [stopped, worked] = b.azure.taken;
    expect(worked!.at).toBeGreaterThanOrEqual(stopped!.endsAt);
    const never = bench({
      operationMs: () => 60_000,
      fault: (r) =>
        r.step === 'stop!'
          ? r.kind === 'poll'
            ? 'forbidden'
            : r.kind === 'begin'
              ? 'operation-fails'
              : undefined
          : undefined,
    });
    expect(await never.run(steps)).toEqual(['stop: in-doubt', 'work: skipped', 'start: done']);
    expect(never.azure.taken[1]!.at).toBeGreaterThanOrEqual(never.azure.taken[0]!.endsAt);
  });

  it('does not run when that one wrote nothing: somebody else did it, or it was never its turn', async () => {
    const moved = bench({ moved: new Set(['stop']) });
    expect(await moved.run(steps)).toEqual(['stop: moved', 'work: skipped', 'start: moved']);
    expect(takenBy(moved)).toEqual([]);
    const before = snapshotStep('before');
    const skipped = bench({
      fault: (r) => (r.kind === 'begin' && r.step === 'before!' ? 'operation-fails' : undefined),
    });
    expect(await skipped.run([before, { ...stop, dependsOn: ['before'] }, work, start])).toEqual([
      'before: failed',
      'stop: skipped',
      'work: skipped',
      'start: moved',
    ]);
    const already = bench();
    already.azure.taken.push({ step: 'stop', at: 0, method: 'PUT', endsAt: 1, ok: true });
    expect(await already.run(steps)).toEqual(['stop: already-done', 'work: done', 'start: moved']);
  });

  it('runs after a crash that came between the two, by what the journal holds', async () => {
    const b = bench({
      onRequest: (r, when) => {
        if (r.kind === 'begin' && r.step === 'work' && when === 'before') b.stop.abort(new Error('killed'));
      },
    });
    expect(await b.run(steps)).toContain('start: interrupted');
    expect(takenBy(b)).not.toContain('start');
    const again = bench();
    again.journal.lines.push(...b.journal.lines);
    again.azure.taken.push(...b.azure.taken);
    expect((await again.run(steps)).at(-1)).toBe('start: done');
  });

  it('is not followed by the other once more: a second apply leaves all as it is', async () => {
    const b = bench();
    expect(await b.run(steps)).toEqual(['stop: done', 'work: done', 'start: done']);
    // Started again, it is no longer stopped.
    b.azure.taken.splice(0, 1);
    expect(await b.run(steps)).toEqual(['stop: already-done', 'work: already-done', 'start: already-done']);
    expect(takenBy(b)).toEqual(['work', 'start']);
  });

  it('leaves a step in doubt alone once it has run: doing that again would leave nobody to take it back', async () => {
    const b = bench({
      fault: firstTimes(60, (r) => r.step === 'stop' && (r.kind === 'begin' || r.kind === 'reconcile'), 'lost-before'),
    });
    const first = await b.run([{ ...stop, assumes: [] }, work, start]);
    expect(first).toEqual(['stop: in-doubt', 'work: skipped', 'start: done']);
    expect((await b.run([{ ...stop, assumes: [] }, work, start])).slice(0, 2)).toEqual([
      'stop: moved',
      'work: skipped',
    ]);
    expect(takenBy(b)).toEqual(['start']);
  });

  it('covers what was done to the thing that it deleted: a second apply finds nothing amiss, and does nothing to it again', async () => {
    const copy = snapshotStep('copy');
    const script: Step = {
      ...snapshotStep('script', { dependsOn: ['copy'] }),
      resourceId: `${copy.resourceId}/runCommands/clean`,
    };
    const image = snapshotStep('image', { dependsOn: ['script'] });
    const remove: Step = {
      ...snapshotStep('remove', { dependsOn: ['copy', 'image'], runs: 'always' }),
      resourceId: copy.resourceId,
      method: 'DELETE',
      undoes: 'copy',
    };
    const b = bench();
    expect(await b.run([copy, script, image, remove])).toEqual([
      'copy: done',
      'script: done',
      'image: done',
      'remove: done',
    ]);
    b.azure.taken.splice(0, 2);
    expect(await b.run([copy, script, image, remove])).toEqual([
      'copy: already-done',
      'script: already-done',
      'image: already-done',
      'remove: already-done',
    ]);
    expect(takenBy(b)).toEqual(['image', 'remove']);
    // What was not done before the removal is not begun after it.
    const failing = bench({
      fault: (r) => (r.kind === 'begin' && r.step === 'script!' ? 'operation-fails' : undefined),
    });
    expect(await failing.run([copy, script, image, remove])).toEqual([
      'copy: done',
      'script: failed',
      'image: skipped',
      'remove: done',
    ]);
    expect((await failing.run([copy, script, image, remove])).slice(0, 3)).toEqual([
      'copy: already-done',
      'script: moved',
      'image: skipped',
    ]);
  });

  it('must wait for the step it takes back', async () => {
    await expect(bench().run([stop, { ...start, dependsOn: [] }])).rejects.toThrow(
      /takes back stop, for which it does not wait/,
    );
  });

  it('may be several: what one of them began to take back is not done again, whichever it was', async () => {
    const tidy: Step = { ...snapshotStep('tidy', { dependsOn: ['stop', 'start'], runs: 'always' }), undoes: 'stop' };
    const all = [stop, work, start, tidy];
    const b = bench();
    expect(await b.run(all)).toEqual(['stop: done', 'work: done', 'start: done', 'tidy: done']);
    b.azure.taken.splice(0, 1);
    expect(await b.run(all)).toEqual([
      'stop: already-done',
      'work: already-done',
      'start: already-done',
      'tidy: already-done',
    ]);
    expect(takenBy(b)).toEqual(['work', 'start', 'tidy']);
    // Only the first of them had begun.
    const cut = bench({
      onRequest: (r, when) => {
        if (r.kind === 'begin' && r.step === 'tidy' && when === 'before') cut.stop.abort(new Error('killed'));
      },
    });
    await cut.run(all);
    const again = bench();
    again.journal.lines.push(...cut.journal.lines.filter((line) => !line.includes('"tidy"')));
    again.azure.taken.push(...cut.azure.taken.filter(({ step }) => step !== 'stop' && step !== 'tidy'));
    expect(await again.run(all)).toEqual([
      'stop: already-done',
      'work: already-done',
      'start: already-done',
      'tidy: done',
    ]);
    expect(takenBy(again)).not.toContain('stop');
  });
});
