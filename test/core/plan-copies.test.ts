/** Which copies of a job's points begin, which wait and which cannot be: one condition at a time. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Disk, Estate, Machine, RestorePointCollection, Snapshot } from '../../src/core/estate.ts';
import { known } from '../../src/core/fact.ts';
import { keyOf, shortHash } from '../../src/core/ids.ts';
import { copySummary, heldForCopies } from '../../src/core/job/copy-summary.ts';
import { seedOf } from '../../src/core/job/identity.ts';
import type { Job } from '../../src/core/job/job.ts';
import { nameFor } from '../../src/core/names.ts';
import { chooseCopies, draftCopies } from '../../src/core/plan-copies.ts';
import { draftPrune } from '../../src/core/plan-prune.ts';
import type { Step, StepOf, StepOutcome } from '../../src/core/plan.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { hourMs, instantMs, toInstant } from '../../src/core/time.ts';
import {
  aDataDisk,
  aLock,
  aMachine,
  anEstate,
  anOsDisk,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  asOf,
  read,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const away = 'northeurope';
const job: Job = {
  name: 'nightly',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'disk-snapshot',
  consistency: { want: 'any', otherwise: 'weaker-with-finding' },
  timing: { kind: 'window', lengthMinutes: 60, timeZone: 'UTC' },
  retention: {},
  trashDays: 0,
  copies: [{ region: away }],
  limits: {},
  notify: [],
};

const gap = { known: false, reason: 'no-permission', detail: 'it may not' } as const;
const machine = aMachine({ disks: [anOsDisk()] });
const dueAgo = (hours: number) => toInstant(instantMs(asOf)! - hours * hourMs);
const diskOf = ({ disks }: Machine, at = 0): Disk => {
  const { disk } = disks[at]!;
  if (!disk.known) throw new Error('no disk');
  return disk.value;
};

/** One of a set of the job, of the window that began so many hours ago. */
const taken = (hours: number, of: Machine = machine, disk = diskOf(of), over: Partial<Snapshot> = {}): Snapshot => {
  const due = dueAgo(hours);
  return aSnapshot({
    name: `hf-${disk.name}-${hours}`,
    sourceDiskKey: disk.key,
    createdAt: due,
    tags: {
      'holdfast-set': shortHash(`${seedOf(job.name, due, 0)}|${of.key}`, 12),
      'holdfast-disks': String(of.disks.length),
      'holdfast-machine': shortHash(of.key, 12),
      'holdfast-disk': shortHash(disk.key, 12),
      'holdfast-run': 'aaaaaaaaaaaa',
      'holdfast-made-by': 'holdfast 0',
      'holdfast-consistency': 'crash',
      'holdfast-job': job.name,
      'holdfast-window': due,
      'holdfast-trash': due,
      'holdfast-expires': due,
      owner: 'me',
    },
    ...over,
  });
};

/** Its copy, as holdfast makes it. */
const copied = (source: Snapshot, percent: number, over: Partial<Snapshot> = {}, region = away): Snapshot => {
  const { sourceDiskKey: _, ...rest } = source;
  return {
    ...rest,
    ...aSnapshot({ name: `${source.name}-${region}` }),
    sourceDiskKey: undefined as never,
    sourceSnapshotKey: source.key,
    location: region,
    createdAt: asOf,
    completionPercent: percent,
    tags: { ...source.tags, 'holdfast-copy-of': shortHash(source.key, 12) },
    ...over,
  };
};

/** Each reading has machines of its own: what is known of one is of its estate. */
const readAgain = (over: Parameters<typeof anEstate>[0]): Estate => {
  const estate = anEstate(over);
  return { ...estate, machines: read(estate.machines.items.map((one) => ({ ...one }))) };
};
const world = (snapshots: readonly Snapshot[], over: Parameters<typeof anEstate>[0] = {}): Estate =>
  readAgain({ machines: [machine], snapshots, ...over });
const requestOf = (estate: Estate, changes: Partial<Job> = {}) => ({
  machines: new Set(estate.machines.items.map(({ key }) => key)),
  job: { ...job, ...changes },
});
const draft = (estate: Estate, changes: Partial<Job> = {}, at = asOf, only?: ReadonlySet<string>) =>
  draftCopies({ ...requestOf(estate, changes), ...(only === undefined ? {} : { machines: only }) })({
    estate,
    audit: auditEstate(estate, shippedGuidance, asOf),
    guidance: shippedGuidance,
    asOf: at,
    preflight: noPreflight,
    madeBy: 'holdfast 0.0.0',
  });
const isCopy = (step: Step): step is StepOf<'snapshot.copy'> => step.kind === 'snapshot.copy';
const copiesOf = (estate: Estate, changes: Partial<Job> = {}) => draft(estate, changes).steps.filter(isCopy);
const sources = (steps: readonly StepOf<'snapshot.copy'>[]) => steps.map(({ input }) => input.sourceSnapshotId);
const choices = (estate: Estate, changes: Partial<Job> = {}) =>
  chooseCopies(requestOf(estate, changes), { estate, asOf }).map((choice) =>
    choice.kind === 'begin' ? 'begin' : `${choice.kind} ${choice.reason.code}`,
  );

describe('copies of snapshots', () => {
  it('begin with the oldest of a disk; the others wait for their turn', () => {
    const [old, young] = [taken(5), taken(2)];
    const estate = world([young, old]);
    expect(sources(copiesOf(estate))).toEqual([old.id]);
    expect(choices(estate)).toEqual(['begin', 'wait copy-in-progress']);
  });

  it('wait for one that was only just accepted, and tells nothing yet of how far it is', () => {
    const [first, second] = [taken(3), taken(2)];
    const { completionPercent: _, ...accepted } = copied(first, 0, { provisioned: false });
    expect(choices(world([first, second, accepted]))).toEqual(['wait copy-in-progress']);
  });

  it('wait while one of the disk is under way, whoever began it and into whichever region', () => {
    const [old, young] = [taken(5), taken(2)];
    expect(choices(world([old, young, copied(old, 40)]))).toEqual(['wait copy-in-progress']);
    const foreign = copied(old, 40, { tags: {}, location: 'uksouth' });
    expect(choices(world([old, young, foreign]))).toEqual(['wait copy-in-progress', 'wait copy-in-progress']);
    expect(choices(world([old, young, copied(old, 100)]))).toEqual(['begin']);
  });

  it('of several disks go side by side, and of several machines', () => {
    const set = aMachine({ disks: [anOsDisk(), aDataDisk(0)] });
    const both = set.disks.map((_, at) => taken(3, set, diskOf(set, at)));
    expect(sources(copiesOf(world(both, { machines: [set] }))).toSorted()).toEqual(both.map(({ id }) => id).toSorted());
  });

  it('are of whole points only', () => {
    const set = aMachine({ disks: [anOsDisk(), aDataDisk(0)] });
    expect(copiesOf(world([taken(3, set)], { machines: [set] }))).toEqual([]);
    expect(copiesOf(world([taken(3, machine, diskOf(machine), { completionPercent: 50 })]))).toEqual([]);
  });

  it('are of what the region would keep, and of nothing else: by its own retention, or else the job’s', () => {
    const points = [taken(5), taken(3), taken(1)];
    const keepLast = (n: number) => ({ copies: [{ region: away, retention: { keepLast: n } }] });
    expect(choices(world(points), keepLast(1))).toEqual(['begin']);
    expect(sources(copiesOf(world(points), keepLast(1)))).toEqual([points[2]!.id]);
    expect(choices(world(points), keepLast(2))).toHaveLength(2);
    expect(sources(copiesOf(world(points), { retention: { keepLast: 1 } }))).toEqual([points[2]!.id]);
  });

  it('count what is there already: an old point that copies of later ones push out is not copied', () => {
    const [old, young] = [taken(5), taken(1)];
    const retention = { copies: [{ region: away, retention: { keepLast: 1 } }] };
    expect(choices(world([old, young, copied(young, 100)]), retention)).toEqual([]);
    // Also where what it is a copy of is gone.
    expect(choices(world([old, copied(young, 100)]), retention)).toEqual([]);
  });

  it('are not made in the region that the point lies in', () => {
    expect(copiesOf(world([taken(3)]), { copies: [{ region: 'westeurope' }] })).toEqual([]);
  });

  it('have names and tags that hang on source and region alone: two hosts at two moments begin the same one', () => {
    const estate = world([taken(3)]);
    const [mine] = copiesOf(estate);
    const other = readAgain({
      ...estate,
      machines: [machine, aMachine({ name: 'other' })],
      scope: { ...estate.scope, description: 'something else' },
    });
    const [theirs] = draft(other, {}, toInstant(instantMs(asOf)! + hourMs)).steps.filter(isCopy);
    expect(theirs).toEqual(mine);
    const [elsewhere] = copiesOf(estate, { copies: [{ region: 'uksouth' }] });
    expect(elsewhere!.resourceId).not.toBe(mine!.resourceId);
  });

  it('carry what makes them a point of the job, and nothing that says when the source goes', () => {
    const source = taken(3);
    const [{ input, goal, runs }] = copiesOf(world([source])) as [StepOf<'snapshot.copy'>];
    expect(Object.keys(input.tags).toSorted()).toEqual(
      ['set', 'disks', 'machine', 'disk', 'run', 'made-by', 'consistency', 'job', 'window', 'copy-of']
        .map((name) => `holdfast-${name}`)
        .toSorted(),
    );
    expect(input).toMatchObject({ location: away, networkAccess: 'deny-all', hyperVGeneration: 'V2' });
    expect([goal.kind, runs]).toEqual(['snapshot-copy-begun', 'on-success']);
  });

  it('that failed are deleted if they are still failed, and begun again under another name', () => {
    const source = taken(3);
    const failed = copied(source, 90, { copyError: 'CopySourceNotFound: lost' });
    const { steps } = draft(world([source, failed]));
    const [deletion, copy] = steps as [StepOf<'resource.delete'>, StepOf<'snapshot.copy'>];
    expect(deletion).toMatchObject({ kind: 'resource.delete', resourceId: failed.id, destructive: true });
    expect(deletion.assumes).toEqual([
      { kind: 'made-by-holdfast', taggedId: failed.id, run: 'aaaaaaaaaaaa' },
      { kind: 'copy-failed', copyId: failed.id },
    ]);
    expect(copy.after).toEqual([deletion.id]);
    expect(copy.dependsOn).toEqual([]);
    const [first] = copiesOf(world([source]));
    expect(copy.resourceId).not.toBe(first!.resourceId);
    expect(copy.input.tags['holdfast-copy-attempt']).toBe('1');
    const after = (attempt: number) =>
      copied(source, 0, { copyError: 'x', tags: { ...failed.tags, 'holdfast-copy-attempt': String(attempt) } });
    expect(choices(world([source, after(8)]))).toEqual(['begin']);
    expect(choices(world([source, after(9)]))).toEqual(['skip copy-given-up']);
  });

  it('that failed and are held or locked are begun again all the same, and not deleted', () => {
    const source = taken(3);
    const failed = copied(source, 90, { copyError: 'lost' });
    const scope = failed.key;
    const { steps } = draft(world([source, failed], { locks: [aLock({ level: 'can-not-delete', scope })] }));
    expect(steps.map(({ kind }) => kind)).toEqual(['snapshot.copy']);
  });

  it.each<[string, string, () => Estate]>([
    [
      'copy-encryption',
      'a disk with a customer’s key',
      () => {
        const keyed = aMachine({ disks: [anOsDisk({}, { encryption: 'customer-key' })] });
        return world([taken(3, keyed)], { machines: [keyed] });
      },
    ],
    [
      'copy-not-incremental',
      'a full snapshot',
      () => world([taken(3, machine, diskOf(machine), { incremental: false })]),
    ],
    ['disk-unknown', 'a disk that is gone', () => world([taken(3)], { disks: [] })],
    [
      'copy-order',
      'a point older than one that was copied',
      () => {
        const [old, young] = [taken(5), taken(2)];
        return world([old, young, copied(young, 100)]);
      },
    ],
    [
      'unread',
      'snapshots that could not all be read',
      () =>
        world([], {
          snapshots: {
            items: [taken(3)],
            gaps: [{ ...gap, scope: `/subscriptions/${subscriptionId}` }],
          },
        }),
    ],
  ])('are skipped for %s: %s', (code, _what, estate) => {
    expect(choices(estate())).toContain(`skip ${code}`);
    const { steps, refusals } = draft(estate());
    expect(steps.filter(isCopy)).toEqual([]);
    expect(refusals.flatMap(({ reasons }) => reasons.map((reason) => reason.code))).toContain(code);
  });

  it('are refused where a lock refuses them', () => {
    const scope = keyOf(`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`);
    const { steps, refusals } = draft(world([taken(3)], { locks: [aLock({ level: 'read-only', scope })] }));
    expect(steps).toEqual([]);
    expect(refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code))).toEqual(['locked']);
  });

  it('are a hundred at once into a region, what is under way already taken off', () => {
    const machines = Array.from({ length: 102 }, (_, at) => {
      const name = `m${at}`;
      return aMachine({ name, disks: [anOsDisk({ name: `${name}-os` }, { name: `${name}-os` })] });
    });
    const points = machines.map((one) => taken(3, one));
    const found = choices(world(points, { machines }));
    expect([
      found.filter((each) => each === 'begin').length,
      found.filter((each) => each === 'wait copy-limit').length,
    ]).toEqual([100, 2]);
    const less = choices(world([...points, copied(points[0]!, 10)], { machines }));
    expect(less.filter((each) => each === 'begin').length).toBe(99);
  });
});

describe('copies of restore points', () => {
  const app = aMachine({ disks: [anOsDisk(), aDataDisk(0)] });
  const pointOf = (hours: number) => {
    const due = dueAgo(hours);
    const name = nameFor('restore-point', app.name, due, seedOf(job.name, due, 0), app.key);
    return aRestorePoint({ name, at: due, diskKeys: app.disks.map(({ key }) => key!) });
  };
  const own = (hours: readonly number[]) => aRestorePointCollection({ points: known(hours.map(pointOf)) });
  const there = (source: RestorePointCollection, points: Parameters<typeof aRestorePoint>[0][]) =>
    aRestorePointCollection({
      name: 'copies',
      location: away,
      sourceKey: source.key,
      tags: { 'holdfast-made-by': 'holdfast 0', 'holdfast-run': 'bbbbbbbbbbbb' },
      points: known(
        points.map((point) => aRestorePoint({ id: `${source.id}-copies/restorePoints/${point!.name}`, ...point })),
      ),
    });
  const estateOf = (...collections: readonly RestorePointCollection[]) =>
    readAgain({ machines: [app], restorePointCollections: collections });

  it('are three of an hour, oldest first, in one new collection', () => {
    const { steps } = draft(estateOf(own([6, 5, 4, 3])));
    expect(steps.map(({ kind }) => kind)).toEqual([
      'restore-point-collection.create',
      ...Array.from({ length: 3 }, () => 'restore-point.copy'),
    ]);
    const [collection, ...points] = steps;
    for (const [at, step] of points.entries()) {
      expect(step.dependsOn).toEqual([collection!.id]);
      expect(step.resourceId).toContain(pointOf([6, 5, 4][at]!).name);
    }
    expect(draft(estateOf(own([6, 5, 4, 3])), {}, toInstant(instantMs(asOf)! + hourMs / 4)).steps[0]!.resourceId).toBe(
      collection!.resourceId,
    );
  });

  it('are in a collection of each region', () => {
    const { steps } = draft(estateOf(own([6, 5])), { copies: [{ region: away }, { region: 'uksouth' }] });
    const collections = steps.filter(({ kind }) => kind === 'restore-point-collection.create');
    const regions = collections.map(({ input }) => ('location' in input ? input.location : undefined));
    expect(new Set(regions)).toEqual(new Set([away, 'uksouth']));
    expect(collections).toHaveLength(2);
    for (const { id, resourceId } of collections) {
      const its = steps.filter(({ dependsOn }) => dependsOn.includes(id));
      expect(its.map((step) => step.resourceId.startsWith(`${resourceId}/`))).toEqual([true, true]);
    }
  });

  it('are none where a collection of the machine cannot be read, unless it is Azure Backup’s', () => {
    const closed = (ownedByBackup: boolean) => aRestorePointCollection({ name: 'closed', points: gap, ownedByBackup });
    expect(choices(estateOf(own([5]), closed(false)))).toEqual(['skip unread']);
    expect(choices(estateOf(own([5]), closed(true)))).toEqual(['begin']);
  });

  it('count those of the last hour, and are never begun a second time', () => {
    const source = own([6, 5, 4, 3]);
    const [first, second] = [pointOf(6), pointOf(5)];
    const copies = there(source, [
      { name: first.name, at: dueAgo(0.5), sourcePointKey: first.key, provisioned: false },
      { name: second.name, at: dueAgo(0.4), sourcePointKey: second.key, copiedPercent: 40 },
    ]);
    const steps = draft(estateOf(source, copies)).steps;
    expect(steps.map(({ kind }) => kind)).toEqual(['restore-point.copy']);
    expect(steps[0]!.resourceId).toContain(pointOf(4).name);
  });

  it('that failed have to be gone before another can have their name', () => {
    const source = own([6]);
    const copies = there(source, [
      { name: pointOf(6).name, sourcePointKey: pointOf(6).key, failed: true, provisioned: false },
    ]);
    const { steps } = draft(estateOf(source, copies));
    const [deletion, copy] = steps;
    expect(steps.map(({ kind }) => kind)).toEqual(['resource.delete', 'restore-point.copy']);
    expect(copy!.dependsOn).toEqual([deletion!.id]);
    const scope = keyOf(`${source.id}-copies`);
    const locked = { ...estateOf(source, copies), locks: read([aLock({ level: 'can-not-delete', scope })]) };
    expect(choices(locked)).toEqual(['skip locked']);
  });
});

describe('what a prune leaves for copies', () => {
  it('is what begins now, and of a machine and region the newest that waits', () => {
    const points = [taken(6), taken(4), taken(2)];
    const estate = world(points);
    const held = heldForCopies(requestOf(estate), { estate, asOf });
    expect([...held.keys()].toSorted()).toEqual([points[0]!.key, points[2]!.key].toSorted());
    expect([...held.values()][0]!.code).toBe('awaits-copy');
  });

  it('is left by the prune itself, which deletes the others', () => {
    const points = [taken(6), taken(4), taken(2), taken(1)];
    const estate = world(points);
    const request = requestOf(estate, { copies: [{ region: away, retention: { keepLast: 3 } }] });
    const prune = (held: ReturnType<typeof heldForCopies> | undefined) =>
      draftPrune({
        machines: request.machines,
        policyFor: () => ({ keepLast: 1 }),
        timeZone: 'UTC',
        trashDays: 0,
        job: job.name,
        unsafe: { lastPoint: false },
        ...(held === undefined ? {} : { held }),
      })({
        estate,
        audit: auditEstate(estate, shippedGuidance, asOf),
        guidance: shippedGuidance,
        asOf,
        preflight: noPreflight,
        madeBy: 'holdfast 0.0.0',
      }).steps.flatMap(({ kind, resourceId }) => (kind === 'resource.delete' ? [resourceId] : []));
    expect(prune(undefined)).toEqual(points.slice(0, 3).map(({ id }) => id));
    // Of the three that are wanted there the oldest begins, and the newest is the last point anyway.
    expect(prune(heldForCopies(request, { estate, asOf }))).toEqual([points[0]!.id, points[2]!.id]);
  });

  it('is nothing that cannot be copied, or is already', () => {
    const source = taken(3);
    const done = world([source, copied(source, 100)]);
    expect(heldForCopies(requestOf(done), { estate: done, asOf }).size).toBe(0);
    const gone = world([source], { disks: [] });
    expect(heldForCopies(requestOf(gone), { estate: gone, asOf }).size).toBe(0);
  });
});

describe('the summary of copies', () => {
  const summary = (estate: Estate, outcome: StepOutcome['outcome'] = 'done') => {
    const { steps } = draft(estate);
    const outcomes = new Map(steps.map(({ id }) => [id, { id, outcome, detail: 'because' }]));
    return copySummary(requestOf(estate), { estate, asOf }, { steps, outcomes });
  };

  it('counts points, each where it stands', () => {
    const [a, b, c] = [taken(9), taken(6), taken(3)];
    expect(summary(world([a, b, c, copied(a, 100), copied(b, 40)])).counts).toEqual({
      begun: 0,
      underWay: 1,
      complete: 1,
      failed: 0,
    });
    expect(summary(world([a, b, c, copied(a, 100), copied(b, 100)])).counts).toEqual({
      begun: 1,
      underWay: 0,
      complete: 2,
      failed: 0,
    });
  });

  it('counts a failed copy as failed also where it was begun again, and one that could not be begun', () => {
    const source = taken(3);
    const failed = copied(source, 90, { copyError: 'lost' });
    expect(summary(world([source, failed])).counts).toMatchObject({ begun: 1, failed: 1 });
    const refused = summary(world([source]), 'failed');
    expect(refused.counts).toMatchObject({ begun: 0, failed: 1 });
    expect([...refused.notes.values()][0]).toContain('could not be begun (failed: because)');
  });

  it('counts whole copies whose originals are gone: what copies are for', () => {
    const source = taken(3);
    const orphan = copied(source, 100);
    expect(summary(world([orphan])).counts).toMatchObject({ complete: 1 });
  });

  it('says of a machine what is under way, what waits and what cannot be', () => {
    const [a, b] = [taken(6), taken(3)];
    const { notes } = summary(world([a, b, copied(a, 40)]));
    expect([...notes.values()][0]).toBe(
      `the copy of its point of ${dueAgo(6)} in ${away} is at 40 %; one copy waits for its turn`,
    );
    expect([...summary(world([taken(3)], { disks: [] })).notes.values()][0]).toContain('was not read');
  });
});
