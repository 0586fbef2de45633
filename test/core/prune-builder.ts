/** Points of one machine, and what a prune makes of them. */
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Estate, RestorePoint, RestorePointCollection, Snapshot, Tags } from '../../src/core/estate.ts';
import { known } from '../../src/core/fact.ts';
import { keyOf, shortHash } from '../../src/core/ids.ts';
import { draftPrune, judgePoints, type PruneRequest } from '../../src/core/plan-prune.ts';
import { planBy } from '../../src/core/planning.ts';
import type { Plan } from '../../src/core/plan.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import type { RetentionPolicy } from '../../src/core/retention/policy.ts';
import {
  aMachine,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  asOf,
  diskId,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

export const machine = aMachine();
export const two = aMachine({ dataDisks: 1 });
export const ours = { 'holdfast-made-by': 'holdfast 0.0.0', 'holdfast-run': 'run-1' };
export const mark = shortHash(machine.key, 12);
export const moment = (day: number, hour = 2) =>
  `2026-0${day < 0 ? 5 : 6}-${String(day < 0 ? 31 + day : day).padStart(2, '0')}T0${hour}:00:00Z`;

/** A snapshot of a set of its own, of one disk, unless told otherwise. */
export const snap = (
  name: string,
  createdAt: string,
  over: Partial<Snapshot> & { readonly tags?: Tags } = {},
): Snapshot =>
  aSnapshot({
    name,
    createdAt,
    ...over,
    tags: {
      ...ours,
      'holdfast-set': name,
      'holdfast-disks': '1',
      'holdfast-machine': mark,
      'holdfast-disk': `d-${name}`,
      ...over.tags,
    },
  });
export const setOf = (name: string, createdAt: string, tags: Tags = {}): readonly Snapshot[] => [
  snap(`${name}-os`, createdAt, {
    tags: { 'holdfast-set': name, 'holdfast-disks': '2', 'holdfast-disk': 'os', ...tags },
  }),
  snap(`${name}-data`, createdAt, {
    sourceDiskKey: keyOf(diskId('web01-data-0')),
    sourceUniqueId: 'unique-web01-data-0',
    tags: { 'holdfast-set': name, 'holdfast-disks': '2', 'holdfast-disk': 'data', ...tags },
  }),
];
export const idIn = (collection: string, name: string) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/restorePointCollections/${collection}/restorePoints/${name}`;
export const point = (name: string, at: string, over: Partial<RestorePoint> = {}): RestorePoint =>
  aRestorePoint({ id: idIn('web01-points', name), name, at, ...over });
export const holding = (points: readonly RestorePoint[], over: Partial<RestorePointCollection> = {}) =>
  aRestorePointCollection({ tags: ours, points: known(points), ...over });

const requestOf = (policy: RetentionPolicy, over: Partial<PruneRequest> = {}): PruneRequest => ({
  machines: new Set([machine.key]),
  policyFor: () => policy,
  timeZone: 'UTC',
  trashDays: 0,
  unsafe: { lastPoint: false },
  ...over,
});
const inputOf = (estate: Estate, preflight = noPreflight) => ({
  estate,
  audit: auditEstate(estate, shippedGuidance, asOf),
  guidance: shippedGuidance,
  asOf,
  preflight,
  madeBy: 'holdfast 0.0.0',
});
export const prune = (
  estate: Estate,
  policy: RetentionPolicy,
  over: Partial<PruneRequest> = {},
  preflight = noPreflight,
): Plan => planBy(draftPrune(requestOf(policy, over)), { ...inputOf(estate, preflight), limits: {} });
export const told = (estate: Estate, policy: RetentionPolicy, over: Partial<PruneRequest> = {}) =>
  judgePoints(requestOf(policy, over), inputOf(estate));
export const names = ({ steps }: Plan) =>
  steps.map(({ goal }) => ('resourceId' in goal ? goal.resourceId.split('/').at(-1) : ''));
export const actions = (...args: Parameters<typeof told>) =>
  Object.fromEntries(told(...args).map(({ point: { id }, action }) => [id.split('/').at(-1), action]));
export const why = (...args: Parameters<typeof told>) =>
  Object.fromEntries(told(...args).map(({ point: { id }, reasons }) => [id.split('/').at(-1), reasons.join('; ')]));
export const last: RetentionPolicy = { keepLast: 1 };
