import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/problem.ts';
import { makeSchedule } from '../../src/engine/schedule.ts';
import { snapshotStep } from './plan-builder.ts';

const ids = (steps: readonly { id: string }[]) => steps.map((s) => s.id);

describe('schedule', () => {
  it('frees a step when all it depends on is done', () => {
    const schedule = makeSchedule([snapshotStep('a'), snapshotStep('b'), snapshotStep('c', { dependsOn: ['a', 'b'] })]);
    expect(ids(schedule.start())).toEqual(['a', 'b']);
    expect(ids(schedule.settle('a', true).ready)).toEqual([]);
    expect(ids(schedule.settle('b', true).ready)).toEqual(['c']);
  });

  it('skips down the whole line at once, and frees always-steps when all is over', () => {
    const schedule = makeSchedule([
      snapshotStep('a'),
      snapshotStep('b', { dependsOn: ['a'] }),
      snapshotStep('c', { dependsOn: ['b'] }),
      snapshotStep('d'),
      snapshotStep('thaw', { dependsOn: ['c', 'd'], runs: 'always' }),
    ]);
    const { ready, skipped } = schedule.settle('a', false);
    expect(skipped.map((s) => `${s.step.id} because of ${s.because}`)).toEqual(['b because of a', 'c because of b']);
    expect(ready).toEqual([]);
    expect(ids(schedule.settle('d', true).ready)).toEqual(['thaw']);
  });

  it('frees a step that only comes after others when they are over, done or not, and skips it for none of them', () => {
    const schedule = makeSchedule([
      snapshotStep('freeze'),
      snapshotStep('place'),
      snapshotStep('point', { dependsOn: ['place'], after: ['freeze'] }),
      snapshotStep('copy', { dependsOn: ['freeze'] }),
      snapshotStep('last', { after: ['copy'] }),
    ]);
    expect(ids(schedule.start())).toEqual(['freeze', 'place']);
    expect(ids(schedule.settle('place', true).ready)).toEqual([]);
    const { ready, skipped } = schedule.settle('freeze', false);
    expect(ids(ready)).toEqual(['point', 'last']);
    expect(ids(skipped.map(({ step }) => step))).toEqual(['copy']);
  });

  it('skips a step that comes after one and needs another, when the other fails', () => {
    const schedule = makeSchedule([
      snapshotStep('freeze'),
      snapshotStep('place'),
      snapshotStep('point', { dependsOn: ['place'], after: ['freeze'] }),
    ]);
    expect(ids(schedule.settle('place', false).skipped.map(({ step }) => step))).toEqual(['point']);
    expect(ids(schedule.settle('freeze', true).ready)).toEqual([]);
  });

  it('refuses a circle, a stranger and a double', () => {
    expect(() =>
      makeSchedule([snapshotStep('a', { dependsOn: ['b'] }), snapshotStep('b', { dependsOn: ['a'] })]),
    ).toThrow(UsageError);
    expect(() => makeSchedule([snapshotStep('a', { dependsOn: ['x'] })])).toThrow(/no step of the plan/);
    expect(() => makeSchedule([snapshotStep('a', { after: ['x'] })])).toThrow(/no step of the plan/);
    expect(() => makeSchedule([snapshotStep('a', { after: ['b'] }), snapshotStep('b', { dependsOn: ['a'] })])).toThrow(
      /waits, through others, for itself/,
    );
    expect(() => makeSchedule([snapshotStep('a'), snapshotStep('a')])).toThrow(/two steps/);
  });

  it('skips a line of fifty thousand without running out of stack', () => {
    const steps = Array.from({ length: 50_000 }, (_, i) =>
      snapshotStep(`s${i}`, i === 0 ? {} : { dependsOn: [`s${i - 1}`] }),
    );
    expect(makeSchedule(steps).settle('s0', false).skipped).toHaveLength(49_999);
  });
});
