/** Copies of restore points in another region: where they go, when they are refused, and what they rest on. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import type { Disk, RestorePointCollection } from '../../../src/core/estate.ts';
import { known } from '../../../src/core/fact.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { draftPoints } from '../../../src/core/plan-snapshot.ts';
import type { StepKind, StepOf } from '../../../src/core/plan.ts';
import type { Drafts } from '../../../src/core/planning.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import {
  aDataDisk,
  aMachine,
  anEstate,
  anOsDisk,
  aRestorePoint,
  aRestorePointCollection,
  asOf,
  resourceGroup,
  subscriptionId,
} from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

const machine = aMachine({ tags: { env: 'dev' }, dataDisks: 1 });
const own = aRestorePointCollection({ points: known([aRestorePoint({ at: '2026-06-02T00:00:00Z' })]) });
const hourAgo = (n: number) => new Date(Date.parse(asOf) - n * 600_000).toISOString();
/** `ages` in tens of minutes. */
const copies = (ages: readonly number[], over: Partial<RestorePointCollection> = {}): RestorePointCollection =>
  aRestorePointCollection({
    name: 'copies',
    location: 'northeurope',
    sourceKey: own.key,
    points: known(ages.map((age, i) => aRestorePoint({ name: `c-${i}`, at: hourAgo(age) }))),
    ...over,
  });

const drafted = (
  collections: readonly RestorePointCollection[],
  disk: Partial<Disk> = {},
  copyTo = 'northeurope',
): Drafts => {
  const data = aDataDisk(0);
  const disks = [anOsDisk(), data.disk.known ? { ...data, disk: known({ ...data.disk.value, ...disk }) } : data];
  const estate = anEstate({ machines: [{ ...machine, disks }], restorePointCollections: collections });
  const input = {
    estate,
    audit: auditEstate(estate, shippedGuidance, asOf),
    guidance: shippedGuidance,
    asOf,
    preflight: noPreflight,
    madeBy: 'holdfast 0.0.0',
  };
  return draftPoints({ machines: new Set([machine.key]), option: 'restore-point', settings: { copyTo } })(input);
};
const of = <K extends StepKind>({ steps }: Drafts, kind: K) =>
  steps.filter((step): step is StepOf<K> => step.kind === kind);
const codes = ({ refusals }: Drafts) => refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));

describe('a copy of a restore point', () => {
  it('follows its point, into a collection of that region which names the point’s own, each looked for again before it is written', () => {
    const drafts = drafted([own]);
    const [point] = of(drafts, 'restore-point.create');
    const [collection] = of(drafts, 'restore-point-collection.create');
    const [copy] = of(drafts, 'restore-point.copy');
    expect(collection!.input).toMatchObject({ location: 'northeurope', copyOf: own.id, machineId: machine.id });
    expect(collection!.assumes).toEqual([
      { kind: 'no-other-collection', machineId: machine.id, location: 'northeurope', besides: [], copiesOf: own.id },
    ]);
    expect(copy!.dependsOn).toEqual([point!.id, collection!.id]);
    expect(copy!.assumes).toEqual([{ kind: 'absent', resourceId: copy!.resourceId }]);
    expect(copy!.goal).toEqual({
      kind: 'restore-point-copied',
      resourceId: copy!.resourceId,
      sourcePointId: point!.resourceId,
    });
    expect(copy!.resourceId.startsWith(`${collection!.resourceId}/restorePoints/`)).toBe(true);
  });

  it('goes into the collection of copies that is there, and into no other', () => {
    expect(of(drafted([own, copies([])]), 'restore-point-collection.create')).toEqual([]);
    expect(of(drafted([own, copies([])]), 'restore-point.copy')[0]!.resourceId.startsWith(copies([]).id)).toBe(true);
    const others = [
      copies([], { ownedByBackup: true }),
      copies([], { location: 'uksouth' }),
      copies([], {
        sourceKey: keyOf(
          `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/restorePointCollections/another`,
        ),
      }),
    ];
    for (const other of others) {
      const [collection] = of(drafted([own, other]), 'restore-point-collection.create');
      expect(collection!.resourceId).not.toBe(other.id);
    }
  });

  it.each([
    ["of a disk under a customer's key", { encryption: 'customer-key' }, 'copy-encryption'],
    ['of a disk behind a private link', { networkAccess: 'allow-private' }, 'copy-private'],
  ] as const)('%s is refused, and the point with it: the copy would be weaker', (_name, disk, code) => {
    const refused = drafted([own], disk);
    expect(refused.steps).toEqual([]);
    expect(codes(refused)).toEqual([code]);
  });

  it('into its own region is refused', () => {
    const refused = drafted([own], {}, machine.location);
    expect(refused.steps).toEqual([]);
    expect(codes(refused)).toEqual(['copy-same-region']);
  });

  it('is the third within an hour and not the fourth', () => {
    expect(of(drafted([own, copies([1, 2])]), 'restore-point.copy')).toHaveLength(1);
    expect(of(drafted([own, copies([1, 2, 6])]), 'restore-point.copy')).toHaveLength(1);
    const refused = drafted([own, copies([1, 2, 5])]);
    expect(refused.steps).toEqual([]);
    expect(codes(refused)).toEqual(['copy-rate']);
  });
});
