/** What goes, what never does, and by which writes: the floors under every policy. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../src/core/assessment.ts';
import type { Machine, RestorePoint, Snapshot } from '../../src/core/estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf, shortHash } from '../../src/core/ids.ts';
import { seedOf } from '../../src/core/job/identity.ts';
import { nameFor } from '../../src/core/names.ts';
import { policyOfClass } from '../../src/core/plan-prune.ts';
import { noPreflight, permissionKey } from '../../src/core/preflight.ts';
import {
  aLock,
  aMachine,
  anEstate,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  asOf,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { guidanceWith } from './guidance-shipped.ts';
import {
  machine,
  two,
  ours,
  mark,
  moment,
  snap,
  setOf,
  idIn,
  point,
  holding,
  prune,
  told,
  names,
  actions,
  why,
  last,
} from './prune-builder.ts';

/** In another region, of the machine's own points. */
const copiesOf = (points: readonly RestorePoint[]) =>
  aRestorePointCollection({
    name: 'copies',
    location: 'northeurope',
    tags: ours,
    sourceKey: holding([]).key,
    points: known(points),
  });

describe('a set of snapshots', () => {
  it('lives or dies as one, by deletions that look again whether it is still ours', () => {
    const estate = anEstate({ machines: [two], snapshots: [...setOf('old', moment(1)), ...setOf('new', moment(2))] });
    const plan = prune(estate, last);
    expect(new Set(names(plan))).toEqual(new Set(['old-data', 'old-os']));
    expect(plan.steps.every(({ destructive, method }) => destructive && method === 'DELETE')).toBe(true);
    expect(plan.steps[0]!.assumes).toMatchObject([{ kind: 'made-by-holdfast', run: 'run-1' }]);
  });

  it('of which a lock holds one member stays whole', () => {
    const [os, data] = setOf('old', moment(1));
    const locks = [aLock({ scope: data!.key })];
    const estate = anEstate({ machines: [two], snapshots: [os!, data!, ...setOf('new', moment(2))], locks });
    expect(prune(estate, last).steps).toEqual([]);
    expect(why(estate, last)['old-data']).toContain('The lock keep');
  });

  it('that lacks a member is no point: it goes once a newer one is whole, and never pushes out one that is', () => {
    const broken = setOf('broken', moment(2)).slice(0, 1);
    const snapshots = [...setOf('good', moment(1)), ...broken];
    expect(actions(anEstate({ machines: [two], snapshots }), last)).toEqual({
      'good-data': 'keep',
      'broken-os': 'keep',
    });
    const later = anEstate({ machines: [two], snapshots: [...snapshots, ...setOf('new', moment(3))] });
    expect(actions(later, { keepLast: 2 })).toEqual({ 'good-data': 'keep', 'broken-os': 'remove', 'new-data': 'keep' });
  });

  it('whose only snapshot failed, and so tells no moment, is dated by its name and goes once a newer one is whole', () => {
    const name = 'hf-web01-202606010200-0123456789';
    const { createdAt: _, ...untold } = snap(name, moment(1), { provisioned: false, failed: true });
    expect(actions(anEstate({ machines: [machine], snapshots: [untold] }), last)).toEqual({ [name]: 'keep' });
    const later = anEstate({ machines: [machine], snapshots: [untold, snap('b', moment(2))] });
    expect(actions(later, last)).toEqual({ [name]: 'remove', b: 'keep' });
    const odd = anEstate({
      machines: [machine],
      snapshots: [{ ...untold, failed: false, provisioned: true }, snap('b', moment(2))],
    });
    expect(actions(odd, last)[name]).toBe('keep');
  });

  it('made before the machine got another disk is whole as it was made, and is kept as such', () => {
    const snapshots = [snap('one-disk', moment(1)), ...setOf('two-disks', moment(2))];
    expect(actions(anEstate({ machines: [two], snapshots }), { keepLast: 2 })).toEqual({
      'one-disk': 'keep',
      'two-disks-data': 'keep',
    });
  });

  it('still being copied in is left alone, whatever else is whole', () => {
    const making = snap('making', moment(1), { completionPercent: 50 });
    expect(actions(anEstate({ machines: [machine], snapshots: [making, snap('b', moment(2))] }), last).making).toBe(
      'keep',
    );
    const failed = snap('making', moment(1), { completionPercent: 50, failed: true });
    expect(actions(anEstate({ machines: [machine], snapshots: [failed, snap('b', moment(2))] }), last).making).toBe(
      'remove',
    );
  });
});

describe('never deleted', () => {
  const [a, b] = [snap('a', moment(1)), snap('b', moment(2))];

  it('is the last complete point, unless the unsafe flag says so and no rule keeps it', () => {
    const estate = anEstate({ machines: [machine], snapshots: [a, b] });
    const policy = { keepTag: ['golden'] };
    expect(actions(estate, policy)).toEqual({ a: 'remove', b: 'keep' });
    expect(actions(estate, policy, { unsafe: { lastPoint: true } })).toEqual({ a: 'remove', b: 'remove' });
    expect(actions(estate, last, { unsafe: { lastPoint: true } })).toEqual({ a: 'remove', b: 'keep' });
  });

  it('is what a lock on it, its group or its subscription holds, of either level', () => {
    const group = `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}`;
    for (const scope of [a.key, group, `/subscriptions/${subscriptionId}`])
      for (const level of ['can-not-delete', 'read-only'] as const) {
        const estate = anEstate({ machines: [machine], snapshots: [a, b], locks: [aLock({ scope, level })] });
        expect(prune(estate, last).steps, `${level} at ${scope}`).toEqual([]);
      }
  });

  it('is what the tag holdfast-hold holds, whatever it says', () => {
    const held = snap('a', moment(1), { tags: { 'Holdfast-Hold': 'case 4711' } });
    const estate = anEstate({ machines: [machine], snapshots: [held, b] });
    expect(prune(estate, last).steps).toEqual([]);
    expect(why(estate, last)['a']).toContain('case 4711');
    const collection = holding([point('hf-1', moment(1)), point('hf-2', moment(2))], {
      tags: { ...ours, 'holdfast-hold': '' },
    });
    expect(prune(anEstate({ machines: [machine], restorePointCollections: [collection] }), last).steps).toEqual([]);
  });

  it('is the source of a copy under way, until it is whole or has failed', () => {
    const copy = (over: Partial<Snapshot>): Snapshot =>
      snap('hf-web01-northeurope-202606010200-0123456789', moment(2), {
        location: 'northeurope',
        sourceSnapshotKey: a.key,
        tags: { 'holdfast-set': 'a', 'holdfast-copy-of': 'x' },
        ...over,
      });
    const doing = (over: Partial<Snapshot>) =>
      actions(anEstate({ machines: [machine], snapshots: [a, b, copy(over)] }), last)['a'];
    expect(doing({ completionPercent: 99 })).toBe('keep');
    expect(doing({ provisioned: false })).toBe('keep');
    expect(doing({ completionPercent: 100 })).toBe('remove');
    expect(doing({ completionPercent: 10, copyError: 'gone wrong' })).toBe('remove');
  });

  it('is the source of a restore point’s copy under way, nor where Azure does not tell how far it is', () => {
    const source = holding([point('hf-1', moment(1)), point('hf-2', moment(2))]);
    const doing = (over: Partial<RestorePoint>) => {
      const copies = copiesOf([
        aRestorePoint({
          id: idIn('copies', 'hf-1'),
          name: 'hf-1',
          at: moment(1),
          sourcePointKey: keyOf(idIn('web01-points', 'hf-1')),
          ...over,
        }),
      ]);
      const judged = told(anEstate({ machines: [machine], restorePointCollections: [source, copies] }), last);
      return judged.map(({ isCopy, action }) => `${isCopy ? 'copy ' : ''}${action}`);
    };
    expect(doing({ copiedPercent: 40 })).toEqual(['keep', 'keep', 'copy keep']);
    expect(doing({})).toEqual(['keep', 'keep', 'copy keep']);
    expect(doing({ provisioned: false })).toEqual(['keep', 'keep', 'copy keep']);
    expect(doing({ copiedPercent: 100 })).toEqual(['remove', 'keep', 'copy keep']);
  });

  it('is a restore point, or a copy of one, that is still being made', () => {
    const made = (over: Partial<RestorePoint>) =>
      actions(
        anEstate({
          machines: [machine],
          restorePointCollections: [holding([point('hf-1', moment(1), over), point('hf-2', moment(2))])],
        }),
        last,
      )['hf-1'];
    expect(made({ provisioned: false })).toBe('keep');
    expect(made({ provisioned: false, failed: true })).toBe('remove');
    const copied = (over: Partial<RestorePoint>) => {
      const copies = copiesOf([
        aRestorePoint({ id: idIn('copies', 'hf-1'), name: 'hf-1', at: moment(1), ...over }),
        aRestorePoint({ id: idIn('copies', 'hf-2'), name: 'hf-2', at: moment(2), copiedPercent: 100 }),
      ]);
      return actions(anEstate({ machines: [machine], restorePointCollections: [holding([]), copies] }), last)['hf-1'];
    };
    expect(copied({ copiedPercent: 40 })).toBe('keep');
    expect(copied({})).toBe('keep');
    expect(copied({ copiedPercent: 100 })).toBe('remove');
  });

  it('is pushed out by a copy that is not whole yet', () => {
    const doing = (percent: number) => {
      const copies = copiesOf([
        aRestorePoint({ id: idIn('copies', 'hf-1'), name: 'hf-1', at: moment(1), copiedPercent: 100 }),
        aRestorePoint({ id: idIn('copies', 'hf-2'), name: 'hf-2', at: moment(2), copiedPercent: percent }),
      ]);
      return actions(anEstate({ machines: [machine], restorePointCollections: [holding([]), copies] }), last);
    };
    expect(doing(99)).toEqual({ 'hf-1': 'keep', 'hf-2': 'keep' });
    expect(doing(100)).toEqual({ 'hf-1': 'remove', 'hf-2': 'keep' });
  });

  it('is what holdfast did not make; nor does it count, so it pushes nothing out', () => {
    const theirs = aSnapshot({ name: 'theirs', createdAt: moment(3) });
    const half = aSnapshot({ name: 'half', createdAt: moment(3), tags: { 'holdfast-run': 'x' } });
    const estate = anEstate({ machines: [machine], snapshots: [a, b, theirs, half] });
    expect(actions(estate, { keepLast: 2 })).toEqual({ a: 'keep', b: 'keep', theirs: 'keep', half: 'keep' });
    expect(actions(estate, last)).toEqual({ a: 'remove', b: 'keep', theirs: 'keep', half: 'keep' });
    const collection = holding([point('theirs', moment(1)), point('hf-2', moment(2)), point('hf-3', moment(3))]);
    expect(actions(anEstate({ machines: [machine], restorePointCollections: [collection] }), last)).toEqual({
      theirs: 'keep',
      'hf-2': 'remove',
      'hf-3': 'keep',
    });
    const strange = holding([point('hf-1', moment(1)), point('hf-2', moment(2))], { tags: {} });
    expect(prune(anEstate({ machines: [machine], restorePointCollections: [strange] }), last).steps).toEqual([]);
  });

  it('is what somebody else made, unless its tag adopts it; the deletion looks for that tag again', () => {
    const adopted = (value: string) =>
      aSnapshot({ name: 'theirs', createdAt: moment(1), tags: { 'Holdfast-Adopt': value } });
    const plan = (value: string) => prune(anEstate({ machines: [machine], snapshots: [adopted(value), b] }), last);
    expect(plan('false').steps).toEqual([]);
    expect(plan('True').steps).toMatchObject([{ assumes: [{ kind: 'adopted', taggedId: adopted('True').id }] }]);
    // Of several disks nobody can tell what it belongs to, unless it is told.
    const lone = anEstate({ machines: [two], snapshots: [adopted('true'), ...setOf('new', moment(2))] });
    expect(why(lone, last)['theirs']).toContain('belongs to no set');
    const points = holding([point('by-hand', moment(1)), point('hf-2', moment(2))], {
      tags: { 'holdfast-adopt': 'true' },
    });
    expect(actions(anEstate({ machines: [machine], restorePointCollections: [points] }), last)['by-hand']).toBe(
      'remove',
    );
  });

  it('is anything in a collection that Azure Backup owns', () => {
    const collection = holding([point('hf-1', moment(1)), point('hf-2', moment(2))], { ownedByBackup: true });
    const adopted = holding([point('hf-1', moment(1))], {
      ownedByBackup: true,
      tags: { ...ours, 'holdfast-adopt': 'true' },
    });
    for (const owned of [collection, adopted]) {
      const estate = anEstate({ machines: [machine], restorePointCollections: [owned] });
      expect(prune(estate, { keepTag: ['none'] }, { unsafe: { lastPoint: true } }).steps).toEqual([]);
      expect(told(estate, last)).toEqual([]);
    }
  });

  it('is what may be of an earlier machine of that name, nor a capture’s own snapshot', () => {
    const early = '2026-01-01T00:00:00Z';
    const capture = aSnapshot({ name: 'temporary', createdAt: moment(1), tags: { ...ours, 'holdfast-machine': mark } });
    const estate = anEstate({
      machines: [machine],
      snapshots: [snap('early', early), capture, b],
      restorePointCollections: [holding([point('hf-early', early)])],
    });
    expect(actions(estate, last)).toEqual({ b: 'keep', 'hf-early': 'keep' });
  });

  it('is a copy of an earlier machine’s point; one of a machine made within the window that its name tells of is its own', () => {
    const born = aMachine({ ...machine, createdAt: '2026-05-03T00:30:00Z' });
    const names = ['hf-web01-202605030000-0123456789', 'hf-web01-202605040000-0123456789'] as const;
    const doing = (at: string | undefined, originals: readonly RestorePoint[] = []) => {
      const copies = copiesOf(
        names.map((name, i) => {
          const { at: _, ...untold } = aRestorePoint({
            id: idIn('copies', name),
            name,
            copiedPercent: 100,
            sourcePointKey: keyOf(idIn('web01-points', name)),
          });
          const its = i === 0 ? at : '2026-05-04T00:30:00Z';
          return { ...untold, ...(its === undefined ? {} : { at: its }) };
        }),
      );
      const estate = anEstate({ machines: [born], restorePointCollections: [holding(originals), copies] });
      return told(estate, last).find(({ isCopy, point: { name } }) => isCopy && name === names[0])?.action;
    };
    expect(doing('2026-05-03T00:40:00Z')).toBe('remove');
    expect(doing('2026-05-03T00:20:00Z')).toBe('keep');
    // Where Azure does not tell when it was made, its name has to do.
    expect(doing(undefined)).toBe('keep');
    expect(doing('2026-05-03T00:40:00Z', [point(names[0], '2026-05-03T00:10:00Z')])).toBe('keep');
  });

  it('is anything where some of its kind could not be read: a copy may be out of sight', () => {
    const snapshots = {
      items: [a, b],
      gaps: [gap(`/subscriptions/${subscriptionId}`, 'no-permission', 'not allowed')],
    };
    expect(prune(anEstate({ machines: [machine], snapshots }), last).steps).toEqual([]);
    const restorePointCollections = {
      items: [holding([point('hf-1', moment(1)), point('hf-2', moment(2))])],
      gaps: [],
    };
    const estate = (gaps: typeof snapshots.gaps) =>
      anEstate({ machines: [machine], restorePointCollections: { ...restorePointCollections, gaps } });
    expect(names(prune(estate([]), last))).toEqual(['hf-1']);
    expect(prune(estate(snapshots.gaps), last).steps).toEqual([]);
  });

  it('is a machine’s points that no policy is given for', () => {
    const estate = anEstate({ machines: [machine], snapshots: [a, b] });
    expect(prune(estate, last, { policyFor: () => undefined }).steps).toEqual([]);
    expect(why(estate, last, { policyFor: () => undefined })).toEqual({
      a: 'no policy is given for it',
      b: 'no policy is given for it',
    });
    expect(prune(estate, last, { machines: new Set() }).steps).toEqual([]);
  });

  it('is what the login may not delete: that is refused once, and the rest is done', () => {
    const snapshots = [a, snap('a2', moment(1, 3)), b];
    const collection = holding([point('hf-1', moment(-1))]);
    const action = 'Microsoft.Compute/snapshots/delete';
    const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    const plan = prune(
      anEstate({ machines: [machine], snapshots, restorePointCollections: [collection] }),
      last,
      {},
      {
        ...noPreflight,
        permissions: new Map([[permissionKey(action, scope), known(false)]]),
      },
    );
    expect(plan.refusals).toMatchObject([{ subject: machine.id, reasons: [{ code: 'no-permission' }] }]);
    expect(names(plan)).toEqual(['hf-1', 'web01-points']);
  });
});

describe('policies of classes', () => {
  it('hold of machines whose class is known for certain, and of no others', () => {
    const guidance = guidanceWith('objectives: { dev-test: { retention: { keepLast: 1 } } }');
    const of = (machine: Machine) =>
      assessEstate(anEstate({ machines: [machine] }), guidance, asOf).map(policyOfClass)[0];
    expect(of(aMachine({ tags: { env: 'dev' } }))).toEqual({ keepLast: 1 });
    expect(of(aMachine({ tags: { env: 'prod' } }))).toBe(undefined);
    const generalized = unknown('no-permission', 'its state could not be read');
    expect(of(aMachine({ tags: { env: 'dev' }, generalized }))).toBe(undefined);
  });
});

describe('series', () => {
  it('are by machine and region: snapshots and restore points together, copies apart with a policy of their own', () => {
    const copy = (name: string, day: number): Snapshot =>
      snap(name, moment(3), {
        location: 'northeurope',
        sourceSnapshotKey: 'gone',
        tags: { 'holdfast-set': `s${day}` },
      });
    const estate = anEstate({
      machines: [machine],
      snapshots: [
        snap('own', moment(1)),
        copy('hf-web01-northeurope-202606010200-0123456789', 1),
        copy('hf-web01-northeurope-202606020200-0123456789', 2),
      ],
      restorePointCollections: [holding([point('hf-1', moment(2))])],
    });
    const by = (here: number, there: number) =>
      told(estate, last, { policyFor: (_, region) => ({ keepLast: region === 'northeurope' ? there : here }) }).map(
        ({ region, isCopy, action }) => `${region} ${isCopy ? 'copy ' : ''}${action}`,
      );
    expect(by(1, 2)).toEqual([
      'westeurope remove',
      'westeurope keep',
      'northeurope copy keep',
      'northeurope copy keep',
    ]);
    expect(by(2, 1)).toEqual([
      'westeurope keep',
      'westeurope keep',
      'northeurope copy remove',
      'northeurope copy keep',
    ]);
  });

  it('date a copy by what it is a copy of, whether that is still there or not', () => {
    const source = snap('s', '2026-05-31T23:50:00Z');
    const copy = snap('hf-web01-northeurope-202605312350-0123456789', '2026-06-01T00:20:00Z', {
      location: 'northeurope',
      sourceSnapshotKey: source.key,
      tags: { 'holdfast-copy-of': 'x' },
    });
    const at = (snapshots: readonly Snapshot[]) =>
      told(anEstate({ machines: [machine], snapshots }), last).find(({ isCopy }) => isCopy)!.point.at;
    expect(at([source, copy])).toBe('2026-05-31T23:50:00Z');
    expect(at([copy])).toBe('2026-05-31T23:50:00Z');
  });

  it('of a job hold its points alone, told by tags and names', () => {
    const due = '2026-06-01T02:00:00Z';
    const set = shortHash(`${seedOf('nightly', due, 0)}|${machine.key}`, 12);
    const tags = { 'holdfast-set': set, 'holdfast-job': 'nightly', 'holdfast-window': due };
    const named = nameFor('restore-point', machine.name, due, seedOf('nightly', due, 1), machine.key);
    const estate = anEstate({
      machines: [machine],
      snapshots: [snap('by-hand', moment(1)), snap('by-job', moment(1), { tags })],
      restorePointCollections: [holding([point('hf-by-hand', moment(2)), point(named, moment(2))])],
    });
    expect(actions(estate, last, { job: 'nightly' })).toEqual({ 'by-job': 'remove', [named]: 'keep' });
    expect(told(estate, last, { job: 'weekly' })).toEqual([]);
  });

  it('go oldest first, whatever machine they are of', () => {
    const other = aMachine({ name: 'app02' });
    const of = (name: string, at: string) => snap(name, at, { tags: { 'holdfast-machine': shortHash(other.key, 12) } });
    const snapshots = [
      snap('w1', moment(1)),
      snap('w2', moment(2)),
      of('a1', moment(1, 1)),
      of('a2', moment(1, 3)),
      snap('w3', moment(3)),
      of('a3', moment(3)),
    ];
    const plan = prune(anEstate({ machines: [machine, other], snapshots }), last, {
      machines: new Set([machine.key, other.key]),
    });
    expect(names(plan)).toEqual(['a1', 'w1', 'a2', 'w2']);
  });
});
