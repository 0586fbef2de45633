import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { guidFrom } from '../random.ts';
import { azureTime } from './recovery-services-vault.ts';
import {
  REPLICATED_TYPE,
  renderReplication,
  replicationNotFound,
  replicationPage,
  requireReplication,
  tailOf,
} from './site-recovery-operations.ts';

/** Points that a bundle brings; those of items made here are reckoned. */
const POINT_TYPE = `${REPLICATED_TYPE}/recoveryPoints`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CRASH_EVERY_MS = 5 * MINUTE;
/** A policy in which nothing is told keeps points for a day. */
const DEFAULT_HISTORY_MINUTES = 24 * 60;

/**
 * How points thin out with age: all for two hours, then one an hour, from the second day one in two hours, from the
 * eighth one in four. https://learn.microsoft.com/azure/site-recovery/azure-to-azure-common-questions
 */
function spacingAt(ageMs: number): number {
  if (ageMs <= 2 * HOUR) return CRASH_EVERY_MS;
  if (ageMs <= 24 * HOUR) return HOUR;
  return ageMs <= 7 * 24 * HOUR ? 2 * HOUR : 4 * HOUR;
}

interface Point {
  readonly name: string;
  readonly at: number;
  readonly isApplication: boolean;
}

export function listPoints(call: Call): Answer {
  const item = requireReplication(call, tailOf(call).replace(/\/recoveryPoints$/i, ''));
  const recorded = call.world.store.list(POINT_TYPE, item.id);
  if (recorded.length > 0) return replicationPage(call, recorded, renderReplication);
  const points = pointsOf(call.world, item);
  const answer = page(
    call,
    points,
    ({ name }) => name,
    (point) => render(item, point),
  );
  return { ...answer, body: { nextLink: null, ...(answer.body as Mutable) } };
}

export function getPoint(call: Call): Answer {
  const item = requireReplication(call, tailOf(call).replace(/\/recoveryPoints\/[^/]+$/i, ''));
  const name = call.params['recoveryPointName'] ?? '';
  const recorded = call.world.store.get(`${item.id}/recoveryPoints/${name}`);
  if (recorded !== undefined) return { status: 200, body: renderReplication(recorded) };
  const found = pointsOf(call.world, item).find((point) => point.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw replicationNotFound(name);
  return { status: 200, body: render(item, found) };
}

function render(item: Stored, { name, at, isApplication }: Point): Mutable {
  const details: Mutable = item.body['properties'].providerSpecificDetails;
  const disks: readonly Mutable[] = details['protectedManagedDisks'] ?? [];
  const isGroup = details['multiVmGroupCreateOption'] === 'UserSpecified';
  return {
    id: `${item.id}/recoveryPoints/${name}`,
    name,
    type: POINT_TYPE,
    properties: {
      recoveryPointTime: azureTime(at),
      recoveryPointType: isApplication ? 'ApplicationConsistent' : 'CrashConsistent',
      providerSpecificDetails: {
        instanceType: 'A2A',
        recoveryPointSyncType: isGroup ? 'MultiVmSyncRecoveryPoint' : 'PerVmRecoveryPoint',
        disks: disks.map((disk) => disk['diskId']),
      },
    },
  };
}

/** Newest first. A replication in trouble makes none after its last good moment. */
function pointsOf(world: World, item: Stored): readonly Point[] {
  const since: unknown = item.hidden['pointsSince'];
  if (typeof since !== 'number') {
    if (item.hidden['made'] === true || item.hidden['reckonedAt'] !== undefined) return [];
    throw new AzureError(400, 'OperationNotAllowed', 'The recovery points of a recorded item are not known.');
  }
  const now = world.clock.now();
  const policy: Mutable =
    world.store.get(String(item.body['properties']?.policyId))?.body['properties']?.providerSpecificDetails ?? {};
  const history = Number(policy['recoveryPointHistory'] ?? DEFAULT_HISTORY_MINUTES) * MINUTE;
  const applicationEvery = Number(policy['appConsistentFrequencyInMinutes'] ?? 0) * MINUTE;
  const newest = Math.min(now, Number(item.hidden['pointsUntil'] ?? now));
  const points: Point[] = [];
  const last = newest - ((newest - since) % CRASH_EVERY_MS);
  for (let at = last; at >= since; at -= CRASH_EVERY_MS) {
    const age = now - at;
    if (age > history && points.length > 0) break;
    const isApplication = applicationEvery > 0 && (at - since) % applicationEvery === 0;
    const kept = (at - since) % spacingAt(age) === 0 || at === last;
    if (isApplication || kept) points.push({ name: guidFrom(`${item.id}#${at}`), at, isApplication });
  }
  return points;
}
