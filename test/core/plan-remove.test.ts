/** What may be deleted, and what never is. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Estate, RestorePoint, Snapshot } from '../../src/core/estate.ts';
import { known } from '../../src/core/fact.ts';
import { keyOf, type ResourceId } from '../../src/core/ids.ts';
import { draftRemoval } from '../../src/core/plan-remove.ts';
import { planBy } from '../../src/core/planning.ts';
import type { Plan } from '../../src/core/plan.ts';
import { limitProblems } from '../../src/core/plan-limits.ts';
import { noPreflight, permissionKey } from '../../src/core/preflight.ts';
import {
  aBackupItem,
  aGalleryImageVersion,
  aLock,
  aMachine,
  anEstate,
  anImage,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  asOf,
  diskId,
  machineId,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const ours = { 'holdfast-made-by': 'holdfast 0.0.0', 'holdfast-run': 'run-1' };
const remove = (estate: Estate, ids: readonly ResourceId[], allowLast = false, preflight = noPreflight): Plan =>
  planBy(draftRemoval({ ids, allowLast }), {
    estate,
    audit: auditEstate(estate, shippedGuidance, asOf),
    guidance: shippedGuidance,
    asOf,
    preflight,
    madeBy: 'holdfast 0.0.0',
    limits: {},
  });
const codesOf = (plan: Plan) => plan.refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));
const deleted = (plan: Plan) => plan.steps.map(({ resourceId }) => resourceId.split('/').at(-1));

const machine = aMachine({ tags: { env: 'dev' } });
const two = aMachine({ tags: { env: 'dev' }, dataDisks: 1, power: known('deallocated') });
const one = (name: string, over: Partial<Snapshot> = {}) => aSnapshot({ name, tags: ours, ...over });
const member = (name: string, disk: string, set: string, over: Partial<Snapshot> = {}) =>
  aSnapshot({
    name,
    sourceDiskKey: keyOf(diskId(disk)),
    sourceUniqueId: `unique-${disk}`,
    tags: { ...ours, 'holdfast-set': set, 'holdfast-disks': '2', 'holdfast-consistency': 'crash' },
    ...over,
  });

describe('remove', () => {
  it('deletes one of several points: a destructive step that looks again whether it is still ours', () => {
    const plan = remove(anEstate({ machines: [machine], snapshots: [one('a'), one('b')] }), [one('a').id]);
    expect(plan.steps).toMatchObject([
      {
        kind: 'resource.delete',
        method: 'DELETE',
        destructive: true,
        resourceId: one('a').id,
        subject: machine.id,
        assumes: [{ kind: 'made-by-holdfast', taggedId: one('a').id, run: 'run-1' }],
        goal: { kind: 'gone', resourceId: one('a').id },
        input: { what: 'snapshot' },
      },
    ]);
    expect(limitProblems({ ...plan, limits: { maxDeletes: { count: 0 } } })).toHaveLength(1);
  });

  it('takes a set as one point, whichever member is named, however often', () => {
    const set = (id: string) => [member(`${id}-os`, 'web01-os', id), member(`${id}-data`, 'web01-data-0', id)];
    const estate = anEstate({ machines: [two], snapshots: [...set('s1'), ...set('s2')] });
    const [os, data] = set('s1');
    expect(new Set(deleted(remove(estate, [os!.id])))).toEqual(new Set(['s1-data', 's1-os']));
    expect(remove(estate, [data!.id, os!.id, os!.id]).steps).toHaveLength(2);
  });

  it('leaves the copies of a set alone, and a source that is still copied', () => {
    const copy = (completionPercent: number) =>
      member('s1-os-copy', 'none', 's1', {
        location: 'northeurope',
        sourceSnapshotKey: one('s1-os').key,
        completionPercent,
      });
    const snapshots = [member('s1-os', 'web01-os', 's1', { tags: { ...ours, 'holdfast-set': 's1' } }), one('b')];
    expect(
      deleted(remove(anEstate({ machines: [machine], snapshots: [...snapshots, copy(100)] }), [snapshots[0]!.id])),
    ).toEqual(['s1-os']);
    expect(
      codesOf(remove(anEstate({ machines: [machine], snapshots: [...snapshots, copy(70)] }), [snapshots[0]!.id])),
    ).toEqual(['in-use']);
  });

  it.each([
    ['it does not carry our tags', {}, [], 'not-ours'],
    ['it carries only some of them', { 'holdfast-made-by': 'x' }, [], 'not-ours'],
    [
      'a lock holds its group',
      ours,
      [
        aLock({
          level: 'can-not-delete',
          scope: keyOf(`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`),
        }),
      ],
      'locked',
    ],
    ['a lock holds it', ours, [aLock({ level: 'can-not-delete', scope: one('a').key })], 'locked'],
    [
      'a read-only lock holds its subscription',
      ours,
      [aLock({ level: 'read-only', scope: `/subscriptions/${subscriptionId}` })],
      'locked',
    ],
  ] as const)('never deletes where %s, whatever is allowed', (_name, tags, locks, code) => {
    const plan = remove(
      anEstate({ machines: [machine], snapshots: [one('a', { tags }), one('b')], locks }),
      [one('a').id],
      true,
    );
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toContain(code);
  });

  it('never leaves a machine without a whole point unasked: not by one, not by two named together', () => {
    const estate = anEstate({ machines: [machine], snapshots: [one('a'), one('b')] });
    expect(codesOf(remove(anEstate({ machines: [machine], snapshots: [one('a')] }), [one('a').id]))).toEqual([
      'last-point',
    ]);
    expect(codesOf(remove(estate, [one('a').id, one('b').id]))).toEqual(['last-point', 'last-point']);
    expect(deleted(remove(estate, [one('a').id, one('b').id], true))).toEqual(['a', 'b']);
    // A failed one, or one that is not whole, does not stand for a point.
    expect(
      codesOf(
        remove(anEstate({ machines: [machine], snapshots: [one('a'), one('b', { completionPercent: 40 })] }), [
          one('a').id,
        ]),
      ),
    ).toEqual(['last-point']);
    // The point of another option does.
    const pointed = anEstate({
      machines: [machine],
      snapshots: [one('a')],
      restorePointCollections: [aRestorePointCollection()],
    });
    expect(deleted(remove(pointed, [one('a').id]))).toEqual(['a']);
  });

  it('is as careful with the last point of a machine that is gone', () => {
    const gone = (name: string) =>
      one(name, { sourceDiskKey: keyOf(diskId('gone-os')), tags: { ...ours, 'holdfast-machine': 'm' } });
    expect(codesOf(remove(anEstate({ machines: [], snapshots: [gone('a')] }), [gone('a').id]))).toEqual(['last-point']);
    expect(deleted(remove(anEstate({ machines: [], snapshots: [gone('a'), gone('b')] }), [gone('a').id]))).toEqual([
      'a',
    ]);
  });
});

describe('what counts as the last whole point', () => {
  const restorePoints = (over: Partial<Parameters<typeof aRestorePoint>[0]>) => [
    aRestorePointCollection({ points: known([aRestorePoint(over)]) }),
  ];

  it.each([
    [
      'a backup that was stopped, whatever points it kept',
      { backupItems: [aBackupItem({ state: 'stopped', rawState: 'ProtectionStopped' })] },
    ],
    [
      'a backup that has made no point yet',
      {
        backupItems: [
          aBackupItem({
            state: 'pending',
            rawState: 'IRPending',
            points: known([]),
            lastPointAt: undefined as unknown as string,
          }),
        ],
      },
    ],
    ['a restore point that failed', { restorePointCollections: restorePoints({ provisioned: false, failed: true }) }],
  ] as const)('is not %s', (_name, others) => {
    const estate = anEstate({ machines: [machine], snapshots: [one('a')], ...others });
    expect(codesOf(remove(estate, [one('a').id]))).toEqual(['last-point']);
  });

  it('is not a restore point that lacks a disk', () => {
    const set = [member('s-os', 'web01-os', 's'), member('s-data', 'web01-data-0', 's')];
    const left = (names: readonly string[]) =>
      anEstate({
        machines: [two],
        snapshots: set,
        restorePointCollections: restorePoints({ diskKeys: names.map((name) => keyOf(diskId(name))) }),
      });
    expect(codesOf(remove(left(['web01-os']), [set[0]!.id]))).toEqual(['last-point']);
    expect(remove(left(['web01-os', 'web01-data-0']), [set[0]!.id]).steps).toHaveLength(2);
  });

  it('is, of a machine that is gone, no snapshot that is still copied, and no restore point that is still made', () => {
    const gone = (name: string, over: Partial<Snapshot> = {}) =>
      one(name, { sourceDiskKey: keyOf(diskId('gone-os')), tags: { ...ours, 'holdfast-machine': 'm' }, ...over });
    expect(
      codesOf(
        remove(anEstate({ machines: [], snapshots: [gone('a'), gone('b', { completionPercent: 40 })] }), [
          gone('a').id,
        ]),
      ),
    ).toEqual(['last-point']);
    const points = [aRestorePoint({ name: 'hf-1' }), aRestorePoint({ name: 'hf-2', provisioned: false })];
    const estate = anEstate({
      machines: [],
      restorePointCollections: [aRestorePointCollection({ tags: ours, points: known(points) })],
    });
    expect(codesOf(remove(estate, [points[0]!.id]))).toEqual(['last-point']);
  });
});

describe('a set', () => {
  const copy = (name: string, location: string) =>
    member(name, 'none', 's', { location, sourceSnapshotKey: one('s-os').key });

  it('in one region is not removed with its copies in another, nor one region’s copies with another’s', () => {
    const estate = anEstate({
      machines: [machine],
      snapshots: [
        member('s-os', 'web01-os', 's'),
        copy('ne', 'northeurope'),
        copy('uk', 'uksouth'),
        copy('here', 'westeurope'),
        one('b'),
      ],
    });
    expect(deleted(remove(estate, [copy('ne', '').id], true))).toEqual(['ne']);
    expect(deleted(remove(estate, [one('s-os').id], true))).toEqual(['s-os']);
  });

  it('of which one member is not ours is left as it is', () => {
    const [os, data] = [
      member('s-os', 'web01-os', 's'),
      member('s-data', 'web01-data-0', 's', { tags: { 'holdfast-set': 's' } }),
    ];
    const plan = remove(anEstate({ machines: [two], snapshots: [os, data] }), [os.id], true);
    expect([plan.steps, codesOf(plan)]).toEqual([[], ['not-ours']]);
  });

  it.each(['holdfast-made-by', 'holdfast-run'] as const)('without the tag %s is somebody else’s', (tag) => {
    const { [tag]: _, ...rest } = ours;
    expect(
      codesOf(
        remove(anEstate({ machines: [machine], snapshots: [one('a', { tags: rest }), one('b')] }), [one('a').id], true),
      ),
    ).toEqual(['not-ours']);
  });

  it('is left as it is where the login may not delete it', () => {
    const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    const preflight = {
      ...noPreflight,
      permissions: new Map([[permissionKey('Microsoft.Compute/snapshots/delete', scope), known(false)]]),
    };
    const plan = remove(
      anEstate({ machines: [machine], snapshots: [one('a'), one('b')] }),
      [one('a').id],
      true,
      preflight,
    );
    expect([plan.steps, codesOf(plan)]).toEqual([[], ['no-permission']]);
  });
});

describe('restore points', () => {
  const pointsOf = (names: readonly string[], over: Parameters<typeof aRestorePointCollection>[0] = {}) =>
    aRestorePointCollection({ tags: ours, points: known(names.map((name) => aRestorePoint({ name }))), ...over });
  const idOf = (name: string) => aRestorePoint({ name }).id;

  it('go one by one, and the collection of ours with the last of them, after it', () => {
    const estate = anEstate({
      machines: [machine],
      snapshots: [one('a')],
      restorePointCollections: [pointsOf(['hf-1', 'hf-2'])],
    });
    expect(deleted(remove(estate, [idOf('hf-1')]))).toEqual(['hf-1']);
    const all = remove(estate, [idOf('hf-1'), idOf('hf-2')]);
    expect(deleted(all)).toEqual(['hf-1', 'hf-2', 'web01-points']);
    expect(all.steps.at(-1)).toMatchObject({
      dependsOn: all.steps.slice(0, 2).map(({ id }) => id),
      assumes: [{ kind: 'made-by-holdfast' }, { kind: 'collection-empty' }],
    });
  });

  it('are needed while a copy of them is not whole', () => {
    const source = pointsOf(['hf-1', 'hf-2']);
    const plan = (copy: Partial<RestorePoint>) => {
      const copies = aRestorePointCollection({
        name: 'copies',
        location: 'northeurope',
        sourceKey: source.key,
        points: known([aRestorePoint({ name: 'hf-c', sourcePointKey: keyOf(idOf('hf-1')), ...copy })]),
      });
      const estate = anEstate({ machines: [machine], restorePointCollections: [source, copies] });
      return remove(estate, [idOf('hf-1')], true);
    };
    expect(codesOf(plan({ provisioned: false }))).toEqual(['in-use']);
    expect(codesOf(plan({ provisioned: true, copiedPercent: 99 }))).toEqual(['in-use']);
    expect(codesOf(plan({ provisioned: true })), 'how far it is nobody knows').toEqual(['in-use']);
    expect(deleted(plan({ provisioned: true, copiedPercent: 100 }))).toEqual(['hf-1']);
    expect(deleted(plan({ provisioned: false, failed: true }))).toEqual(['hf-1']);
  });

  it('leave a collection that copies elsewhere still name', () => {
    const source = pointsOf(['hf-1']);
    const copies = aRestorePointCollection({
      name: 'copies',
      location: 'northeurope',
      sourceKey: source.key,
      points: known([]),
    });
    expect(
      deleted(
        remove(anEstate({ machines: [machine], restorePointCollections: [source, copies] }), [idOf('hf-1')], true),
      ),
    ).toEqual(['hf-1']);
  });

  it.each([
    ['of a collection that Azure Backup owns', ['hf-1'], { ownedByBackup: true }, 'service-owned'],
    ['of a collection that is not ours', ['hf-1'], { tags: {} }, 'not-ours'],
    ['that somebody else put into ours', ['by-hand'], {}, 'not-ours'],
  ] as const)('%s are never deleted', (_name, names, over, code) => {
    const plan = remove(
      anEstate({ machines: [machine], snapshots: [one('a')], restorePointCollections: [pointsOf(names, over)] }),
      [idOf(names[0])],
      true,
    );
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual([code]);
  });
});

describe('images', () => {
  it('and gallery versions of ours are deleted, the last of a machine only when it is named as such', () => {
    const image = anImage({ tags: ours, sourceMachineKey: keyOf(machineId()) });
    const version = aGalleryImageVersion({ tags: ours });
    const estate = anEstate({ machines: [machine], images: [image], galleryImageVersions: [version] });
    expect(remove(estate, [image.id], true).steps).toMatchObject([
      { option: 'managed-image', input: { what: 'managed-image' } },
    ]);
    expect(remove(estate, [version.id], true).steps).toMatchObject([
      { option: 'gallery-image', input: { what: 'gallery-image-version' } },
    ]);
    expect(codesOf(remove(anEstate({ machines: [], images: [image] }), [image.id]))).toEqual(['last-point']);
    expect(codesOf(remove(anEstate({ machines: [machine], images: [anImage()] }), [anImage().id], true))).toEqual([
      'not-ours',
    ]);
  });
});
