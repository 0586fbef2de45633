/**
 * Whether somebody did the step's work since the plan looked: a plan made from what Resource Graph knew, or one applied after
 * another, must not do it twice. Answered by Azure's own lists, which do not lag.
 */
import { keyOf, nameOf, sameResource, subscriptionOf, type ResourceId } from '../core/ids.ts';
import type { Assumption, Step } from '../core/plan.ts';
import { instantMs } from '../core/time.ts';
import type { AssumptionState, Refused, Throttled, Uncertain } from '../engine/ports.ts';
import { unanswered, type Arm } from './ask.ts';
import { apiVersions } from './kinds.ts';
import { at, listAt, textAt } from './raw.ts';
import { provisioningOf } from './resource.ts';
import { madeFor } from './steps/made-for.ts';
import type { ArmRequest } from './transport.ts';

type AssumptionOf<K extends Assumption['kind']> = Extract<Assumption, { kind: K }>;
type Listing = Pick<ArmRequest, 'provider' | 'path' | 'apiVersion'>;
type Listed = { readonly kind: 'items'; readonly items: readonly unknown[] } | Refused | Throttled | Uncertain;

/** Lists of resources, each kept for a minute: a thousand disks of one resource group do not ask a thousand times. */
export interface Lists {
  all(listing: Listing, signal: AbortSignal): Promise<Listed>;
}

const keptMs = 60_000;

/** `now`: Azure's clock, ms; while it is not known, nothing is kept. */
export const makeLists = (arm: Arm, now: () => number | undefined): Lists => {
  const kept = new Map<string, { readonly askedAt: number; readonly answer: Promise<Listed> }>();
  return {
    all(listing, signal) {
      const key = (listing.path ?? '').toLowerCase();
      const askedAt = now();
      const found = kept.get(key);
      if (found && askedAt !== undefined && askedAt - found.askedAt < keptMs) return found.answer;
      const answer = listAll(arm, listing, signal).then(
        (listed) => {
          if (listed.kind !== 'items') kept.delete(key);
          return listed;
        },
        (error: unknown) => {
          kept.delete(key);
          throw error;
        },
      );
      if (askedAt !== undefined) kept.set(key, { askedAt, answer });
      return answer;
    },
  };
};

/** All pages. What holds the list (a group, a vault) may not be there yet: then it is empty. */
const listAll = async (arm: Arm, { provider, ...first }: Listing, signal: AbortSignal): Promise<Listed> => {
  const items: unknown[] = [];
  let page: Partial<ArmRequest> | undefined = first;
  while (page) {
    const answer = await arm.ask({ provider, method: 'GET', ...page, signal });
    if (answer.kind === 'not-found') return { kind: 'items', items };
    if (answer.kind !== 'answer') return unanswered(answer);
    items.push(...listAt(answer.response.body, 'value'));
    const url = textAt(answer.response.body, 'nextLink');
    page = url === undefined ? undefined : { url };
  }
  return { kind: 'items', items };
};

const holds: AssumptionState = { kind: 'holds' };
const idOf = (item: unknown): ResourceId => textAt(item, 'id') ?? '';

/** Plan and list may round the same moment differently. */
const roundingMs = 1_000;

export const noNewerSnapshot = async (
  lists: Lists,
  { diskId, groupId, than }: AssumptionOf<'no-newer-snapshot'>,
  step: Step,
  signal: AbortSignal,
): Promise<AssumptionState> => {
  const listed = await lists.all(
    { provider: 'compute', path: `${groupId}/providers/Microsoft.Compute/snapshots`, apiVersion: apiVersions.snapshot },
    signal,
  );
  if (listed.kind !== 'items') return listed;
  const known = than === null ? -Infinity : (instantMs(than) ?? -Infinity) + roundingMs;
  const newer = listed.items.find(
    (item) =>
      sameResource(textAt(item, 'properties', 'creationData', 'sourceResourceId') ?? '', diskId) &&
      !sameResource(idOf(item), step.resourceId) &&
      mayServe(item) &&
      (instantMs(textAt(item, 'properties', 'timeCreated')) ?? Infinity) > known,
  );
  if (newer === undefined) return holds;
  const when = textAt(newer, 'properties', 'timeCreated');
  return moved(
    `snapshot ${nameOf(idOf(newer))} of disk ${nameOf(diskId)} was made since the plan looked${when === undefined ? '' : `, at ${when}`}`,
  );
};

/** Whole, or on its way there. One that failed, or leans on its disk for good (facts S-12), does not do this step's work. */
const mayServe = (snapshot: unknown): boolean =>
  provisioningOf(snapshot) !== 'failed' &&
  at(at(snapshot, 'properties'), 'copyCompletionError') === undefined &&
  textAt(snapshot, 'properties', 'snapshotAccessState')?.toLowerCase() !== 'instantaccess';

/** Another vault of the plan itself carries the same run's tag and does not count. */
export const noOtherVault = async (
  lists: Lists,
  { location, besides }: AssumptionOf<'no-other-vault'>,
  step: Step,
  signal: AbortSignal,
): Promise<AssumptionState> => {
  const path = `/subscriptions/${subscriptionOf(step.resourceId)}/providers/Microsoft.RecoveryServices/vaults`;
  const listed = await lists.all({ provider: 'recovery-services', path, apiVersion: apiVersions.vault }, signal);
  if (listed.kind !== 'items') return listed;
  const run = 'tags' in step.input ? step.input.tags['holdfast-run'] : undefined;
  const known = new Set([...besides, step.resourceId].map(keyOf));
  const other = listed.items.find(
    (item) =>
      fold(textAt(item, 'location') ?? '') === fold(location) &&
      !known.has(keyOf(idOf(item))) &&
      provisioningOf(item) !== 'failed' &&
      (run === undefined || textAt(item, 'tags', 'holdfast-run') !== run),
  );
  return other === undefined
    ? holds
    : moved(`vault ${nameOf(idOf(other))} appeared in ${location} since the plan looked`);
};

/** Azure gives every new vault policies of its own, so only one that says the same as the step's counts. */
export const noLikePolicy = async (
  lists: Lists,
  { vaultId, besides }: AssumptionOf<'no-like-policy'>,
  step: Step,
  signal: AbortSignal,
): Promise<AssumptionState> => {
  const listed = await lists.all(
    { provider: 'backup', path: `${vaultId}/backupPolicies`, apiVersion: apiVersions.backup },
    signal,
  );
  if (listed.kind !== 'items') return listed;
  const known = new Set([...besides, step.resourceId].map(keyOf));
  const like = listed.items.find((item) => !known.has(keyOf(idOf(item))) && madeFor(step, item));
  return like === undefined
    ? holds
    : moved(`policy ${nameOf(idOf(like))} in vault ${nameOf(vaultId)} has said the same since the plan looked`);
};

const moved = (detail: string): AssumptionState => ({ kind: 'moved', detail });

const fold = (location: string): string => location.replaceAll(' ', '').toLowerCase();
