/** The trash: marks first, deletions when their grace is over, and limits that count both. */
import { describe, expect, it } from 'vitest';
import type { Tags } from '../../src/core/estate.ts';
import { known } from '../../src/core/fact.ts';
import { shortHash } from '../../src/core/ids.ts';
import { limitProblems } from '../../src/core/plan-limits.ts';
import type { Plan } from '../../src/core/plan.ts';
import { trashOfPoint } from '../../src/core/retention/trash.ts';
import { aLock, anEstate, aRestorePointCollection } from './estate-builder.ts';
import { machine, two, ours, moment, snap, setOf, point, holding, prune, actions, last } from './prune-builder.ts';

describe('the trash', () => {
  const inTrash = (until: string) => ({ 'holdfast-trash': until });
  const week = { trashDays: 7 };
  const until = '2026-06-10T12:00:00Z';

  it('is a mark first, and a deletion when its grace is over, which looks for that very mark again', () => {
    const b = snap('b', moment(2));
    const plan = prune(anEstate({ machines: [machine], snapshots: [snap('a', moment(1)), b] }), last, week);
    expect(plan.steps).toMatchObject([
      {
        kind: 'tags.update',
        method: 'PATCH',
        destructive: false,
        input: { operation: 'merge', tags: inTrash(until) },
        goal: { kind: 'tags-are', tags: inTrash(until) },
      },
    ]);
    const marked = (at: string) =>
      anEstate({ machines: [machine], snapshots: [snap('a', moment(1), { tags: inTrash(at) }), b] });
    expect(prune(marked('2026-06-03T12:00:01Z'), last, week).steps).toEqual([]);
    expect(prune(marked('2026-06-03T12:00:00Z'), last, week).steps).toMatchObject([
      {
        kind: 'resource.delete',
        assumes: [{ kind: 'made-by-holdfast' }, { kind: 'in-trash', mark: '2026-06-03T12:00:00Z' }],
      },
    ]);
    expect(prune(marked('2026-07-01T00:00:00Z'), last, { trashDays: 0 }).steps).toMatchObject([
      { kind: 'resource.delete' },
    ]);
    // What is no moment would never run out.
    expect(prune(marked('soon'), last, week).steps).toMatchObject([
      { kind: 'tags.update', input: { operation: 'merge', tags: inTrash(until) } },
    ]);
  });

  it('holds a set only with all its members: what lacks a mark gets one', () => {
    const [os, data] = setOf('old', moment(1), inTrash('2026-06-01T00:00:00Z'));
    const unmarked = { ...data!, tags: setOf('old', moment(1))[1]!.tags };
    const snapshots = [os!, unmarked, ...setOf('new', moment(2))];
    const plan = prune(anEstate({ machines: [two], snapshots }), last, week);
    expect(plan.steps).toMatchObject([
      { kind: 'tags.update', input: { targetId: data!.id, operation: 'merge', tags: inTrash(until) } },
    ]);
  });

  it('gives back what is kept again, and forgets nothing of what only a lock or a copy holds for now', () => {
    const a = snap('a', moment(1), { tags: { 'Holdfast-Trash': '2026-06-01T00:00:00Z' } });
    const snapshots = [a, snap('b', moment(2))];
    const plan = prune(anEstate({ machines: [machine], snapshots }), { keepLast: 2 }, week);
    expect(plan.steps).toMatchObject([
      {
        kind: 'tags.update',
        input: { operation: 'delete', tags: { 'Holdfast-Trash': '2026-06-01T00:00:00Z' } },
        goal: { without: ['Holdfast-Trash'] },
      },
    ]);
    const locked = anEstate({ machines: [machine], snapshots, locks: [aLock({ scope: a.key })] });
    expect(prune(locked, last, week).steps).toEqual([]);
    const held = [snap('a', moment(1), { tags: { ...a.tags, 'holdfast-hold': 'x' } }), snap('b', moment(2))];
    expect(actions(anEstate({ machines: [machine], snapshots: held }), last, week)['a']).toBe('rescue');
  });

  it('of restore points stands on their collection, in one write for all of them', () => {
    const points = Array.from({ length: 40 }, (_, i) =>
      point(`hf-${i}`, new Date(Date.parse(moment(1)) - i * 3_600_000).toISOString()),
    );
    const estate = (tags: Tags) =>
      anEstate({ machines: [machine], restorePointCollections: [holding(points, { tags: { ...ours, ...tags } })] });
    const plan = prune(estate({}), last, week);
    expect(plan.steps).toHaveLength(1);
    const [step] = plan.steps;
    if (step?.kind !== 'tags.update') throw new Error('no tags.update');
    expect(Object.keys(step.input.tags)).toEqual(['holdfast-trash-1', 'holdfast-trash-2', 'holdfast-trash-3']);
    expect(Object.values(step.input.tags).every((value) => value.length <= 256)).toBe(true);
    expect(trashOfPoint('HF-39', step.input.tags)?.until).toBe(until);
    expect(trashOfPoint('hf-0', step.input.tags)).toBe(undefined);
    expect(plan.points).toEqual({ inScope: 40, marked: 39 });
    expect(prune(estate(step.input.tags), last, week).steps).toEqual([]);
    // All are wanted again: the marks go, each only while it says what was read.
    expect(prune(estate(step.input.tags), { keepLast: 40 }, week).steps).toMatchObject([
      { input: { operation: 'delete', tags: step.input.tags } },
    ]);
  });

  it('takes no mark of a restore point for one that is beyond all calendars, and stops no prune for it', () => {
    const marked = (minutes: string) => {
      const tags = { ...ours, 'holdfast-trash-1': `${shortHash('hf-a', 8)}.${minutes}` };
      return anEstate({
        machines: [machine],
        restorePointCollections: [holding([point('hf-a', moment(1)), point('hf-b', moment(2))], { tags })],
      });
    };
    for (const minutes of ['zzzzzzzzzzzz', 'z'.repeat(240), '0', '-1'])
      expect(actions(marked(minutes), last, week), minutes).toEqual({ 'hf-a': 'trash', 'hf-b': 'keep' });
    const longAgo = Math.floor(Date.UTC(2026, 0, 1) / 60_000).toString(36);
    expect(actions(marked(longAgo), last, week)).toEqual({ 'hf-a': 'remove', 'hf-b': 'keep' });
  });

  it('forgets points that are gone at the next writing, in a write of its own for tags that are left over', () => {
    const points = [point('hf-1', moment(1)), point('hf-2', moment(2))];
    const tags = { ...ours, 'holdfast-trash-1': '00000000.abcde', 'holdfast-trash-2': '11111111.abcde' };
    const plan = prune(
      anEstate({ machines: [machine], restorePointCollections: [holding(points, { tags })] }),
      last,
      week,
    );
    expect(plan.steps).toHaveLength(2);
    const [set, remove] = plan.steps;
    expect(remove).toMatchObject({
      dependsOn: [set!.id],
      input: { operation: 'delete', tags: { 'holdfast-trash-2': '11111111.abcde' } },
    });
    expect(set).toMatchObject({ input: { operation: 'merge' } });
    if (set?.kind !== 'tags.update') throw new Error('no tags.update');
    expect(Object.keys(set.input.tags)).toEqual(['holdfast-trash-1']);
    expect(set.input.tags['holdfast-trash-1']).not.toContain('00000000');
  });

  it('empties collections, which then go as well, unless copies elsewhere name them', () => {
    const source = holding([point('hf-1', moment(1))]);
    const newer = snap('newer', moment(2));
    const estate = anEstate({ machines: [machine], snapshots: [newer], restorePointCollections: [source] });
    const [gone, collection] = prune(estate, last).steps;
    expect(collection).toMatchObject({
      dependsOn: [gone!.id],
      assumes: [{}, { kind: 'collection-empty' }],
      input: { what: 'restore-point-collection' },
    });
    const copies = aRestorePointCollection({ name: 'copies', sourceKey: source.key, points: known([]), tags: ours });
    const named = anEstate({ machines: [machine], snapshots: [newer], restorePointCollections: [source, copies] });
    expect(prune(named, last).steps).toHaveLength(1);
  });
});

describe('limits', () => {
  const ten = Array.from({ length: 10 }, (_, i) => snap(`s${i}`, `2026-05-${10 + i}T02:00:00Z`));
  const over = (trashDays: number, keepLast: number, maxDeletes: Plan['limits']['maxDeletes']) => {
    const plan = prune(anEstate({ machines: [machine], snapshots: ten }), { keepLast }, { trashDays });
    return limitProblems({ ...plan, limits: maxDeletes === undefined ? {} : { maxDeletes } }).map(
      ({ summary }) => summary,
    );
  };

  it('count deletions and marks, and take percentages of the points in scope', () => {
    for (const trashDays of [0, 7]) {
      expect(over(trashDays, 8, { percent: 20 })).toEqual([]);
      expect(over(trashDays, 7, { percent: 20 })).toHaveLength(1);
      expect(over(trashDays, 8, { count: 2 })).toEqual([]);
      expect(over(trashDays, 8, { count: 1 })).toHaveLength(1);
    }
    expect(over(7, 7, { percent: 20 })).toEqual([
      '30 % of the points in scope would be marked to be deleted; --max-deletes allows 20 %',
    ]);
    expect(over(0, 7, { percent: 20 })).toEqual([
      '30 % of the points in scope would be deleted; --max-deletes allows 20 %',
    ]);
  });
});
