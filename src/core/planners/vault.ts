/** Which vault a machine goes to: one that is there and fit, else one made once for all machines like it. */
import { satisfiesRedundancy } from '../findings/vault.ts';
import { compareText } from '../assessment.ts';
import type { BackupPolicy, Estate, Machine, Redundancy, Vault } from '../estate.ts';
import { gapOver } from '../fact.ts';
import type { Objective } from '../guidance.ts';
import { bareId, keyOf, shortHash, type ResourceId, type ResourceKey } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import { lockedBy, obstacles, placeFor, refusalReason, type DraftContext } from './draft.ts';
import { groupStep } from './resource-group.ts';
import type { Step, StepOf } from '../plan.ts';
import { sources } from '../sources.ts';

/** Facts B-11. */
const mostMachinesPerVault = 1000;
const mostRegistrationsPerDay = 250;

/** A vault that machines of this plan go to, and how full it is getting. */
export interface VaultInUse {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  /** Steps that make it; empty when it is there already. */
  readonly steps: readonly Step[];
  /** Policies read in it; none in a new one. */
  readonly policies: readonly BackupPolicy[];
  machines: number;
  registered: number;
}

export type VaultChoice = { readonly kind: 'vault'; readonly vault: VaultInUse } | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

export class VaultChooser {
  readonly #context: DraftContext;
  readonly #existing: readonly { readonly vault: Vault; readonly inUse: VaultInUse }[];
  readonly #made = new Map<string, VaultInUse[]>();

  constructor(context: DraftContext) {
    this.#context = context;
    const used = usage(context.estate);
    const policies = Map.groupBy(context.estate.backupPolicies.items, ({ vaultKey }) => vaultKey);
    this.#existing = context.estate.vaults.items
      .toSorted((a, b) => compareText(a.key, b.key))
      .map((vault) => ({
        vault,
        inUse: {
          id: bareId(vault.id),
          key: vault.key,
          name: vault.name,
          steps: [],
          policies: (policies.get(vault.key) ?? []).toSorted((a, b) => compareText(a.key, b.key)),
          machines: used.get(vault.key) ?? 0,
          registered: 0,
        },
      }));
  }

  /** Same region and subscription (facts B-01, B-02); redundancy and soft delete as the objective wants them, for certain. */
  choose(machine: Machine, objective: Objective): VaultChoice {
    const fit = this.#existing
      .filter(({ vault, inUse }) => inPlace(vault, machine) && isFit(vault, objective) && inUse.machines < mostMachinesPerVault)
      .filter(({ vault }) => lockedBy(this.#context.estate, vault.id).length === 0)
      .toSorted((a, b) => near(b.vault, machine) - near(a.vault, machine) || b.inUse.machines - a.inUse.machines);
    const roomy = fit.find(({ inUse }) => inUse.registered < mostRegistrationsPerDay);
    if (roomy) return { kind: 'vault', vault: roomy.inUse };
    if (fit.length > 0) return tomorrow(machine, fit[0]!.inUse);
    const gap = gapOver(this.#context.estate.vaults, `/subscriptions/${machine.subscriptionId}`);
    if (gap) {
      const text = `No fit vault was found in ${machine.location}, and not all vaults of the subscription could be read: ${gap.detail}. A second one is not made on a guess.`;
      return { kind: 'refused', reasons: [refusalReason('vaults-unknown', text, sources.BGEN)] };
    }
    return this.#make(machine, objective);
  }

  #make(machine: Machine, objective: Objective): VaultChoice {
    const { guidance } = this.#context;
    const wanted = objective.vault?.redundancy.value ?? guidance.plan.vault.redundancy.value;
    const redundancy = satisfiesRedundancy(guidance.plan.vault.redundancy.value, wanted) ? guidance.plan.vault.redundancy.value : wanted;
    const like = `${machine.subscriptionId}|${machine.location}|${redundancy}`;
    const made = this.#made.get(like) ?? [];
    const roomy = made.find(({ machines }) => machines < mostMachinesPerVault);
    if (roomy && roomy.registered >= mostRegistrationsPerDay) return tomorrow(machine, roomy);
    if (roomy) return { kind: 'vault', vault: roomy };
    const drafted = this.#draft(machine, redundancy, `${like}|${made.length}`);
    if (drafted.kind === 'vault') this.#made.set(like, [...made, drafted.vault]);
    return drafted;
  }

  #draft(machine: Machine, redundancy: Redundancy, distinct: string): VaultChoice {
    const context = this.#context;
    const { vault } = context.guidance.plan;
    const { groupId, missing } = placeFor(context.estate, vault.resourceGroup, machine);
    const name = nameFor('vault', machine.location, context.asOf, context.seed, distinct);
    const id = `${groupId}/providers/Microsoft.RecoveryServices/vaults/${name}`;
    const group = missing ? groupStep(context, groupId, machine, 'azure-backup') : undefined;
    const crossRegionRestore = redundancy === 'geo-redundant' && vault.crossRegionRestore.value;
    const step: StepOf<'vault.create'> = {
      id: context.ids.take(['vault', machine.location], distinct),
      kind: 'vault.create',
      option: 'azure-backup',
      subject: id,
      reason: `No vault in ${machine.location} of this subscription is ${redundancy} with soft delete, and a vault must be where its machines are.`,
      source: sources.BGEN,
      method: 'PUT',
      resourceId: id,
      assumes: [{ kind: 'no-other-vault', location: machine.location, besides: this.#vaultsNear(machine) }],
      goal: { kind: 'exists', resourceId: id },
      dependsOn: group === undefined ? [] : [group.id],
      runs: 'on-success',
      destructive: false,
      cost: { monthlyUsd: 0, basis: 'an empty vault is free; what it holds is billed' },
      input: {
        location: machine.location,
        redundancy,
        crossRegionRestore,
        softDeleteDays: vault.softDeleteDays.value,
        tags: { 'holdfast-made-by': context.madeBy, 'holdfast-run': shortHash(context.seed, 12) },
      },
    };
    const steps = group === undefined ? [step] : [group, step];
    const reasons = steps.flatMap((each) => obstacles(context, each));
    if (reasons.length > 0) return { kind: 'refused', reasons };
    return { kind: 'vault', vault: { id, key: keyOf(id), name, steps, policies: [], machines: 0, registered: 0 } };
  }

  /** Looked at and found unfit or full: their being there changes nothing. */
  #vaultsNear(machine: Machine): readonly ResourceId[] {
    return this.#existing.filter(({ vault }) => inRegion(vault, machine)).map(({ inUse }) => inUse.id);
  }
}

/** Facts B-11: registrations beyond this many a day are refused, and a second vault would only scatter the machines. */
const tomorrow = (machine: Machine, { name }: VaultInUse): VaultChoice => ({
  kind: 'refused',
  reasons: [
    refusalReason(
      'registration-limit',
      `Vault ${name} takes ${mostRegistrationsPerDay} machines a day, and ${machine.name} comes after them: plan again tomorrow.`,
      sources.BGEN,
      'B-11',
    ),
  ],
});

const inPlace = (vault: Vault, machine: Machine): boolean => vault.provisioned && inRegion(vault, machine);

const inRegion = (vault: Vault, machine: Machine): boolean =>
  vault.location === machine.location && vault.subscriptionId.toLowerCase() === machine.subscriptionId.toLowerCase();

/** What is not known of a vault does not count in its favour. */
const isFit = ({ redundancy, softDelete }: Vault, objective: Objective): boolean => {
  const wanted = objective.vault?.redundancy.value;
  if (wanted !== undefined && !(redundancy.known && satisfiesRedundancy(redundancy.value, wanted))) return false;
  return objective.vault?.softDelete.value !== true || (softDelete.known && softDelete.value.state !== 'disabled');
};

const near = (vault: Vault, machine: Machine): number =>
  Number(vault.resourceGroup.toLowerCase() === machine.resourceGroup.toLowerCase());

/** Soft-deleted and stopped items still take up their place in a vault. */
const usage = ({ backupItems }: Estate): ReadonlyMap<ResourceKey, number> =>
  new Map([...Map.groupBy(backupItems.items, ({ vaultKey }) => vaultKey)].map(([vault, items]) => [vault, items.length]));
