/** Which points are a job's: by the tags of snapshots and the names of restore points, and by nothing else. */
import { describe, expect, it } from 'vitest';
import type { RestorePoint, Snapshot } from '../../../src/core/estate.ts';
import { known } from '../../../src/core/fact.ts';
import { keyOf, shortHash } from '../../../src/core/ids.ts';
import { jobPointsOf, seedOf } from '../../../src/core/job/identity.ts';
import { nameFor } from '../../../src/core/names.ts';
import { anEstate } from '../estate-builder.ts';
import { aMachine } from '../machine-builder.ts';
import { anId, machineId } from '../place-builder.ts';
import { aRestorePoint, aRestorePointCollection, aSnapshot } from '../protection-builder.ts';

const due = '2026-06-03T02:30:00Z';
const machine = aMachine();

const pointOf = (job: string, attempt = 0, over: Partial<RestorePoint> = {}, of = machine): RestorePoint => {
  const name = nameFor('restore-point', of.name, due, seedOf(job, due, attempt), of.key);
  const id = `${aRestorePointCollection().id}/restorePoints/${name}`;
  return aRestorePoint({ id, key: keyOf(id), name, at: '2026-06-03T02:31:10Z', ...over });
};
const withPoints = (...points: readonly RestorePoint[]) =>
  anEstate({ machines: [machine], restorePointCollections: [aRestorePointCollection({ points: known(points) })] });

const memberOf = (job: string, disk: string, attempt = 0, over: Partial<Snapshot> = {}): Snapshot =>
  aSnapshot({
    id: anId('Microsoft.Compute/snapshots', `hf-${job}-${disk}-${attempt}`),
    createdAt: '2026-06-03T02:31:00Z',
    tags: {
      'holdfast-job': job,
      'holdfast-window': due,
      'holdfast-set': shortHash(`${seedOf(job, due, attempt)}|${machine.key}`, 12),
      'holdfast-machine': shortHash(machine.key, 12),
      'holdfast-disks': '2',
      'holdfast-consistency': 'crash',
    },
    ...over,
  });
const withSnapshots = (...snapshots: readonly Snapshot[]) => anEstate({ machines: [machine], snapshots });
const states = (estate: Parameters<typeof jobPointsOf>[1], job = 'nightly') =>
  jobPointsOf(aMachine(), estate, job).map(({ due: of, attempt, state }) => [of, attempt, state]);

describe('restore points', () => {
  it('are told by their names, with window and attempt, in any letter case', () => {
    const named = pointOf('nightly', 3);
    expect(states(withPoints({ ...named, name: named.name.toUpperCase() }))).toEqual([[due, 3, 'complete']]);
  });

  it('of another job, of a snapshot by hand, and of another machine are none of it', () => {
    const other = aMachine({ id: machineId('web02'), name: 'web02' });
    const strangers = [
      pointOf('hourly'),
      aRestorePoint({ name: 'hf-web01-202606030230-0123456789' }),
      pointOf('nightly', 0, {}, other),
    ];
    expect(states(withPoints(...strangers))).toEqual([]);
  });

  it('are whole, being made, or broken', () => {
    const all = [
      pointOf('nightly', 0, { failed: true, provisioned: false }),
      pointOf('nightly', 1, { provisioned: false }),
      pointOf('nightly', 2),
    ];
    expect(states(withPoints(...all)).map(([, , state]) => state)).toEqual(['broken', 'being-made', 'complete']);
  });

  it('older than their machine are of an earlier one of its name', () => {
    const estate = withPoints(pointOf('nightly'));
    expect(jobPointsOf(aMachine({ createdAt: '2026-06-03T02:40:00Z' }), estate, 'nightly')).toEqual([]);
  });

  it('copied elsewhere are whole when Azure says that all of it is there, and as old as their original', () => {
    const original = pointOf('nightly');
    const own = aRestorePointCollection({ points: known([original]) });
    const away = (copiedPercent?: number) =>
      aRestorePointCollection({
        name: 'away',
        location: 'northeurope',
        sourceKey: own.key,
        points: known([
          aRestorePoint({
            id: `${own.id}-away/restorePoints/${original.name}`,
            name: original.name,
            at: '2026-06-03T09:00:00Z',
            sourcePointKey: original.key,
            ...(copiedPercent === undefined ? {} : { copiedPercent }),
          }),
        ]),
      });
    const copies = (...collections: Parameters<typeof aRestorePointCollection>[0][]) =>
      jobPointsOf(
        machine,
        anEstate({
          machines: [machine],
          restorePointCollections: collections.map((one) => aRestorePointCollection(one)),
        }),
        'nightly',
      )
        .filter(({ isCopy }) => isCopy)
        .map(({ state, at }) => [state, at]);
    for (const [percent, state] of [
      [40, 'being-made'],
      [undefined, 'being-made'],
      [100, 'complete'],
    ] as const)
      expect(copies(own, away(percent)), String(percent)).toEqual([[state, original.at]]);
    const orphaned = { ...own, points: known([]) };
    expect(copies(orphaned, away(100))).toEqual([['complete', '2026-06-03T09:00:00Z']]);
  });
});

describe('sets of snapshots', () => {
  it('are one point with all their members, and broken without one', () => {
    expect(states(withSnapshots(memberOf('nightly', 'os'), memberOf('nightly', 'data')))).toEqual([
      [due, 0, 'complete'],
    ]);
    expect(states(withSnapshots(memberOf('nightly', 'os')))).toEqual([[due, 0, 'broken']]);
  });

  it('stay whole when the machine gets another disk', () => {
    const estate = withSnapshots(memberOf('nightly', 'os'), memberOf('nightly', 'data'));
    const grown = jobPointsOf(aMachine({ dataDisks: 3 }), estate, 'nightly');
    expect(grown.map(({ state, consistency }) => [state, consistency])).toEqual([['complete', 'crash']]);
  });

  it('older than their machine are of an earlier one of its name', () => {
    const estate = withSnapshots(memberOf('nightly', 'os'), memberOf('nightly', 'data'));
    expect(jobPointsOf(aMachine({ createdAt: '2026-06-03T02:40:00Z' }), estate, 'nightly')).toEqual([]);
    expect(jobPointsOf(aMachine({ createdAt: '2026-06-03T02:20:00Z' }), estate, 'nightly')).toHaveLength(1);
  });

  it('are as old as their oldest member, and a copy as its original while that is there', () => {
    const members = [
      memberOf('nightly', 'os', 0, { createdAt: '2026-06-03T02:33:00Z' }),
      memberOf('nightly', 'data', 0, { createdAt: '2026-06-03T02:32:00Z' }),
    ];
    const copies = members.map(({ id, key, tags }) =>
      aSnapshot({
        id: `${id}-away`,
        createdAt: '2026-06-03T09:00:00Z',
        location: 'northeurope',
        sourceSnapshotKey: key,
        tags,
      }),
    );
    const moments = (...snapshots: readonly Snapshot[]) =>
      jobPointsOf(machine, withSnapshots(...snapshots), 'nightly').map(({ isCopy, at }) => [isCopy, at]);
    expect(moments(...members, ...copies)).toEqual([
      [false, '2026-06-03T02:32:00Z'],
      [true, '2026-06-03T02:32:00Z'],
    ]);
    expect(moments(...copies)).toEqual([[true, '2026-06-03T09:00:00Z']]);
  });

  it('of two attempts are two points, and of another job none', () => {
    const first = [memberOf('nightly', 'os')];
    const second = [memberOf('nightly', 'os', 1), memberOf('nightly', 'data', 1)];
    const estate = withSnapshots(...first, ...second, memberOf('hourly', 'os'), memberOf('hourly', 'data'));
    expect(states(estate)).toEqual([
      [due, 0, 'broken'],
      [due, 1, 'complete'],
    ]);
    expect(states(estate, 'hourly')).toEqual([[due, 0, 'complete']]);
  });

  it('are being made while Azure copies one of them, and broken when that failed', () => {
    const copying = memberOf('nightly', 'data', 0, { completionPercent: 40 });
    expect(states(withSnapshots(memberOf('nightly', 'os'), copying))).toEqual([[due, 0, 'being-made']]);
    const failed = memberOf('nightly', 'data', 0, { failed: true, provisioned: false });
    expect(states(withSnapshots(memberOf('nightly', 'os'), failed))).toEqual([[due, 0, 'broken']]);
  });
});
