/** Two regions made a pair in a vault: a fabric and a container for each, a policy, and mappings both ways (facts ). */
import { keyOf, nameOf, shortHash, type ResourceId } from '../../ids.ts';
import { stepId } from '../../names.ts';
import type { Step } from '../../plan.ts';
import type { ReplicationPolicy, ReplicationSetup } from '../../replication.ts';
import { sources } from '../../sources.ts';
import type { DraftContext } from '../draft.ts';
import { after, found, made, plain, refused, there, type Part, type Piece, type Route } from './piece.ts';
import type { VaultOfRoute } from './vault.ts';

export interface Pair extends VaultOfRoute {
  readonly sourceFabric: Piece;
  readonly targetFabric: Piece;
  readonly sourceContainer: Piece;
  readonly targetContainer: Piece;
  readonly policy: Piece;
  /** There and back: the way back is needed on the day of failing over, when it is late to make it. */
  readonly mappings: readonly Piece[];
}

/** Facts R-55: fixed. */
const crashConsistentMinutes = 5;

/**
 * Names of these pieces do not change from plan to plan, unlike those of what a plan makes anew: two plans at once make one
 * fabric, and a plan made from a list that lagged finds its piece there.
 */
export const pairFor = (context: DraftContext, route: Route, of: VaultOfRoute): Part<Pair> => {
  const { machine, target } = route;
  const sourceFabric = fabricFor(context, of, machine.location);
  if (sourceFabric.kind === 'refused') return sourceFabric;
  const targetFabric = fabricFor(context, of, target);
  if (targetFabric.kind === 'refused') return targetFabric;
  const policy = policyFor(context, route, of);
  if (policy.kind === 'refused') return policy;
  const [from, to] = containersOf(of.setup, sourceFabric.value, targetFabric.value, policy.value);
  const sourceContainer =
    from === undefined ? makeContainer(context, sourceFabric.value, machine.location) : found(there(from));
  if (sourceContainer.kind === 'refused') return sourceContainer;
  const targetContainer = to === undefined ? makeContainer(context, targetFabric.value, target) : found(there(to));
  if (targetContainer.kind === 'refused') return targetContainer;
  const ends = [sourceContainer.value, targetContainer.value] as const;
  const forth = mappingFor(context, of.setup, ends, policy.value, target);
  if (forth.kind === 'refused') return forth;
  const back = mappingFor(context, of.setup, [ends[1], ends[0]], policy.value, machine.location);
  if (back.kind === 'refused') return back;
  return found({
    ...of,
    sourceFabric: sourceFabric.value,
    targetFabric: targetFabric.value,
    sourceContainer: ends[0],
    targetContainer: ends[1],
    policy: policy.value,
    mappings: [forth.value, back.value],
  });
};

const fabricFor = (context: DraftContext, { vault, name, setup }: VaultOfRoute, location: string): Part => {
  const exists = setup.fabrics.find((fabric) => fabric.location === location);
  if (exists) return found(there(exists.id));
  const id = `${vault.id}/replicationFabrics/hf-${location}`;
  const step: Step = {
    ...plain,
    id: stepId('fabric', location, vaultMark(vault.id)),
    kind: 'replication-fabric.create',
    subject: vault.id,
    reason: `Vault ${name} has no fabric yet, which stands for a region in it, for ${location}.`,
    source: sources.A2APS,
    resourceId: id,
    assumes: [{ kind: 'no-other-fabric', vaultId: vault.id, location }],
    goal: { kind: 'exists', resourceId: id },
    dependsOn: after(vault),
    cost: free('fabrics'),
    input: { location },
  };
  return made(context, step, [vault]);
};

const free = (what: string) => ({ monthlyUsd: 0, basis: `${what} are free` });

/** Those that a mapping with the policy joins already; else the first of each fabric. */
const containersOf = (
  setup: ReplicationSetup,
  source: Piece,
  target: Piece,
  policy: Piece,
): readonly [ResourceId | undefined, ResourceId | undefined] => {
  const inside = (fabric: Piece) => setup.containers.filter(({ fabricKey }) => fabricKey === keyOf(fabric.id));
  const ids = new Map(setup.containers.map(({ id, key }) => [key, id]));
  const joins = setup.mappings.filter(
    ({ paired, containerKey, targetContainerKey }) =>
      paired &&
      inside(source).some(({ key }) => key === containerKey) &&
      inside(target).some(({ key }) => key === targetContainerKey),
  );
  const join = joins.find(({ policyKey }) => policyKey === keyOf(policy.id)) ?? joins[0];
  if (join) return [ids.get(join.containerKey), ids.get(join.targetContainerKey)];
  return [inside(source)[0]?.id, inside(target)[0]?.id];
};

const makeContainer = (context: DraftContext, fabric: Piece, location: string): Part => {
  const id = `${fabric.id}/replicationProtectionContainers/hf-${location}`;
  const step: Step = {
    ...plain,
    id: stepId('container', location, vaultMark(id)),
    kind: 'replication-container.create',
    subject: vaultIdOf(id),
    reason: `Replicated machines lie in a container of their region's fabric, and ${nameOf(fabric.id)} has none yet.`,
    source: sources.A2APS,
    resourceId: id,
    assumes: [],
    goal: { kind: 'exists', resourceId: id },
    dependsOn: after(fabric),
    cost: free('containers'),
    input: {},
  };
  return made(context, step, [fabric]);
};

const vaultIdOf = (id: ResourceId): ResourceId => /^.*?\/vaults\/[^/]+/i.exec(id)?.[0] ?? id;

/** Tells the pieces of one vault from those of another, in step ids that stay short. */
export const vaultMark = (id: ResourceId): string => shortHash(keyOf(vaultIdOf(id)), 6);

/** Long enough and often enough, and no longer kept than need be. */
export const policySuits = (
  policy: ReplicationPolicy,
  { retainHours, appConsistentHours, groupByApplication }: Route['defaults'],
): boolean =>
  policy.retainMinutes >= retainHours.value * 60 &&
  (appConsistentHours.value === 0 ||
    (policy.appConsistentMinutes > 0 && policy.appConsistentMinutes <= appConsistentHours.value * 60)) &&
  (policy.multiMachine || !groupByApplication);

const policyFor = (context: DraftContext, { defaults }: Route, { vault, name, setup }: VaultOfRoute): Part => {
  const used = (policy: ReplicationPolicy): number =>
    setup.mappings.filter(({ policyKey }) => policyKey === policy.key).length;
  const [exists] = setup.policies
    .filter((policy) => policySuits(policy, defaults))
    .toSorted((a, b) => a.retainMinutes - b.retainMinutes || used(b) - used(a) || (a.key < b.key ? -1 : 1));
  if (exists) return found(there(exists.id));
  const { retainHours, appConsistentHours } = defaults;
  const label = `${retainHours.value}h-app-${appConsistentHours.value}h`;
  const id = `${vault.id}/replicationPolicies/hf-${label}`;
  if (setup.policies.some(({ key }) => key === keyOf(id))) {
    const text =
      `Replication policy hf-${label} in vault ${name} no longer says what its name says: put it right, or name ` +
      'other values in the guidance.';
    return refused('policy-changed', text, sources.A2APS, 'R-42');
  }
  const step: Step = {
    ...plain,
    id: stepId('replication-policy', label, vaultMark(vault.id)),
    kind: 'replication-policy.create',
    subject: vault.id,
    reason: `No replication policy of vault ${name} keeps points as long and makes them as often as the guidance asks.`,
    source: sources.A2AQ,
    resourceId: id,
    assumes: [],
    goal: { kind: 'exists', resourceId: id },
    dependsOn: after(vault),
    cost: free('policies'),
    input: {
      retainMinutes: retainHours.value * 60,
      appConsistentMinutes: appConsistentHours.value * 60,
      crashConsistentMinutes,
    },
  };
  return made(context, step, [vault]);
};

const mappingFor = (
  context: DraftContext,
  setup: ReplicationSetup,
  [from, to]: readonly [Piece, Piece],
  policy: Piece,
  toward: string,
): Part => {
  const exists = setup.mappings.find(
    (mapping) =>
      mapping.containerKey === keyOf(from.id) &&
      mapping.targetContainerKey === keyOf(to.id) &&
      mapping.policyKey === keyOf(policy.id),
  );
  if (exists?.paired === true) return found(there(exists.id));
  if (exists) {
    return refused(
      'mapping-not-paired',
      `Container mapping ${nameOf(exists.id)} is not paired: look at it in its vault, and plan again.`,
      sources.A2APS,
      'R-43',
    );
  }
  const label = `to-${toward}-${nameOf(policy.id).replace(/^hf-/, '')}`;
  const id = `${from.id}/replicationProtectionContainerMappings/hf-${label}`;
  const step: Step = {
    ...plain,
    id: stepId('mapping', nameOf(from.id), label, vaultMark(id)),
    kind: 'replication-mapping.create',
    subject: vaultIdOf(id),
    reason: `Container ${nameOf(from.id)} is not yet mapped to ${nameOf(to.id)} with policy ${nameOf(policy.id)}.`,
    source: sources.A2APS,
    resourceId: id,
    assumes: [],
    goal: { kind: 'paired', resourceId: id },
    dependsOn: after(from, to, policy),
    cost: free('mappings'),
    input: { targetContainerId: to.id, policyId: policy.id },
  };
  return made(context, step, [from, to, policy]);
};
