/** What is told is true by then: an event never runs ahead of the journal that a crash would leave. */
import { describe, expect, it } from 'vitest';
import { apply } from '../../src/engine/apply.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { bench } from './bench.ts';
import { memoryJournal } from './memory-journal.ts';
import { backupStep, planOf, snapshotStep } from './plan-builder.ts';

/** A disk that takes its time: a line is there only some turns after it was given. */
const slowDisk = () => {
  const journal = memoryJournal();
  const onDisk: string[] = [];
  return {
    onDisk,
    journal: {
      ...journal,
      append: async (line: string) => {
        for (let turn = 0; turn < 3; turn += 1) await new Promise((go) => setImmediate(go));
        onDisk.push(line);
        await journal.append(line);
      },
    },
  };
};

describe('an event', () => {
  it('of a step that Azure took, and of one that came to its end, comes after its line is on the disk', async () => {
    const { azure, clock, stop } = bench({
      fault: (r) => (r.kind === 'begin' && r.step === 'bad!' ? 'operation-fails' : undefined),
      moved: new Set(['away']),
    });
    const { journal, onDisk } = slowDisk();
    const early: EngineEvent[] = [];
    let heard = 0;
    const lineOf = (event: EngineEvent): string | undefined => {
      if (event.kind === 'step.accepted') return `"event":"accepted","step":"${event.step}"`;
      return event.kind === 'step.settled' ? `"event":"settled","step":"${event.step}"` : undefined;
    };
    const emit = (event: EngineEvent): void => {
      const line = lineOf(event);
      if (line === undefined) return;
      heard += 1;
      if (!onDisk.some((written) => written.includes(line))) early.push(event);
    };
    const steps = [
      snapshotStep('good'),
      backupStep('backup'),
      snapshotStep('bad'),
      snapshotStep('away', { assumes: [{ kind: 'absent', resourceId: '/x' }] }),
    ];
    const outcomes = await apply(planOf(steps), { azure, clock, journal, emit, signal: stop.signal, concurrency: 4 });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'failed', 'moved']);
    expect(early).toEqual([]);
    expect(heard).toBeGreaterThanOrEqual(7);
  });

  it('that a request is under way never comes true before its intent is on the disk', async () => {
    const { journal, onDisk } = slowDisk();
    const sentEarly: string[] = [];
    const { azure, clock, stop } = bench({
      onRequest: ({ kind, step }, when) => {
        if (kind !== 'begin' || when !== 'before') return;
        if (!onDisk.some((line) => line.includes(`"event":"intended","step":"${step}"`))) sentEarly.push(step);
      },
    });
    const plan = planOf([snapshotStep('a'), backupStep('b')]);
    await apply(plan, { azure, clock, journal, emit: () => {}, signal: stop.signal, concurrency: 4 });
    expect(azure.taken.map(({ step }) => step).toSorted()).toEqual(['a', 'b']);
    expect(sentEarly).toEqual([]);
  });
});
