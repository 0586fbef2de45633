/** Which vault keeps a machine's replication: one in the target region that is there, else one made once. */
import { compareText } from '../../assessment.ts';
import type { Machine, Vault } from '../../estate.ts';
import { gapOver } from '../../fact.ts';
import { bareId, keyOf, resourceGroupId, shortHash, type ResourceId } from '../../ids.ts';
import { nameFor } from '../../names.ts';
import type { Step } from '../../plan.ts';
import { emptySetup, type ReplicationSetup } from '../../replication.ts';
import { sources } from '../../sources.ts';
import { lockedBy, type DraftContext } from '../draft.ts';
import { groupStep } from '../resource-group.ts';
import { after, found, made, plain, refused, there, unread, type Part, type Piece, type Route } from './piece.ts';

export interface VaultOfRoute {
  readonly vault: Piece;
  readonly name: string;
  readonly setup: ReplicationSetup;
}

/** The group that the guidance names, in the machine's subscription; made first where it is known not to be there. */
export const groupFor = (
  context: DraftContext,
  { machine }: Pick<Route, 'machine'>,
  template: string,
  location: string,
): Part => {
  const name = template.replaceAll('{region}', location).replaceAll('{group}', machine.resourceGroup);
  const id = `/subscriptions/${machine.subscriptionId}/resourceGroups/${name}`;
  const { resourceGroups } = context.estate;
  const exists = resourceGroups.items.find(({ key }) => key === keyOf(id));
  if (exists !== undefined || gapOver(resourceGroups, id) !== undefined) return found(there(exists?.id ?? id));
  return made(context, groupStep(context, id, machine, 'site-recovery', location), []);
};

export class ReplicationVaults {
  readonly #context: DraftContext;
  readonly #chosen = new Map<string, Part<VaultOfRoute>>();

  constructor(context: DraftContext) {
    this.#context = context;
  }

  choose(route: Route): Part<VaultOfRoute> {
    const { machine, target } = route;
    const like = `${machine.subscriptionId}|${machine.location}|${target}`.toLowerCase();
    const chosen = this.#chosen.get(like) ?? this.#choose(route);
    this.#chosen.set(like, chosen);
    return chosen;
  }

  #choose(route: Route): Part<VaultOfRoute> {
    const { machine, target } = route;
    const { estate, preflight } = this.#context;
    const read = this.#candidates(route).map((vault) => ({
      vault,
      setup: preflight.replication.setups.get(vault.key),
    }));
    const known = read.flatMap(({ vault, setup }) => (setup?.known === true ? [{ vault, setup: setup.value }] : []));
    const fabrics = ({ setup }: { setup: ReplicationSetup }): number =>
      setup.fabrics.filter(({ location }) => location === machine.location || location === target).length;
    const best = known.toSorted((a, b) => fabrics(b) - fabrics(a) || compareText(a.vault.key, b.vault.key))[0];
    const hidden = read.find(({ setup }) => setup?.known !== true);
    if (hidden !== undefined && (best === undefined || fabrics(best) === 0)) {
      return unread(
        `What vault ${hidden.vault.name} in ${target} replicates`,
        hidden.setup?.known === false ? hidden.setup.detail : undefined,
      );
    }
    if (best !== undefined)
      return found({ vault: there(bareId(best.vault.id)), name: best.vault.name, setup: best.setup });
    const gap = gapOver(estate.vaults, `/subscriptions/${machine.subscriptionId}`);
    return gap === undefined ? this.#make(route) : unread(`The vaults of ${machine.name}'s subscription`, gap.detail);
  }

  /** Facts R-02: neither vault nor its group in the region that may be lost. */
  #candidates({ machine, target }: Route): readonly Vault[] {
    const { estate } = this.#context;
    const groups = new Map(estate.resourceGroups.items.map((group) => [group.key, group.location]));
    return estate.vaults.items.filter(
      (vault) =>
        vault.provisioned &&
        vault.location === target &&
        vault.subscriptionId.toLowerCase() === machine.subscriptionId.toLowerCase() &&
        groups.get(keyOf(resourceGroupId(vault.id))) !== machine.location &&
        lockedBy(estate, vault.id).length === 0,
    );
  }

  #make(route: Route): Part<VaultOfRoute> {
    const { machine, target, defaults } = route;
    const context = this.#context;
    const group = groupFor(context, route, defaults.resourceGroup, target);
    if (group.kind === 'refused') return group;
    const standing = context.estate.resourceGroups.items.find(({ key }) => key === keyOf(group.value.id));
    if (standing?.location === machine.location) {
      const text =
        `Resource group ${standing.name} is in ${machine.location}, and a vault's group may not be in the region ` +
        'of the machines it replicates: name another in the guidance.';
      return refused('group-in-source-region', text, sources.A2APS, 'R-02');
    }
    const distinct = `${machine.subscriptionId}|${target}|replication`;
    const name = nameFor('vault', target, context.asOf, context.seed, distinct);
    const step = vaultStep(context, route, group.value, name, distinct);
    const vault = made(context, step, [group.value]);
    return vault.kind === 'refused' ? vault : found({ vault: vault.value, name, setup: emptySetup });
  }
}

const vaultStep = (
  context: DraftContext,
  { machine, target }: Route,
  group: Piece,
  name: string,
  distinct: string,
): Step => {
  const { vault } = context.guidance.plan;
  const id = `${group.id}/providers/Microsoft.RecoveryServices/vaults/${name}`;
  const besides: readonly ResourceId[] = context.estate.vaults.items
    .filter(({ location }) => location === target)
    .map((other) => bareId(other.id));
  return {
    ...plain,
    id: context.ids.take(['vault', target, 'replication'], distinct),
    kind: 'vault.create',
    subject: id,
    reason:
      `No vault in ${target} of this subscription can take replication from ${machine.location}, and it may not be ` +
      'in that region itself.',
    source: sources.A2APS,
    resourceId: id,
    assumes: [{ kind: 'no-other-vault', location: target, besides }],
    goal: { kind: 'exists', resourceId: id },
    dependsOn: after(group),
    cost: { monthlyUsd: 0, basis: 'an empty vault is free; what it holds is billed' },
    input: {
      location: target,
      redundancy: vault.redundancy.value,
      crossRegionRestore: vault.redundancy.value === 'geo-redundant' && vault.crossRegionRestore.value,
      softDeleteDays: vault.softDeleteDays.value,
      tags: { 'holdfast-made-by': context.madeBy, 'holdfast-run': shortHash(context.seed, 12) },
    },
  };
};

export const subscriptionVaults = ({ estate }: DraftContext, machine: Machine): readonly ResourceId[] =>
  estate.vaults.items
    .filter(
      (vault) =>
        vault.location !== machine.location &&
        vault.subscriptionId.toLowerCase() === machine.subscriptionId.toLowerCase(),
    )
    .map((vault) => bareId(vault.id));
