/** Which vault a machine goes to: one that is there and fit, else one made once for all machines like it. */
import { satisfiesRedundancy } from '../findings/vault.ts';
import { compareText } from '../assessment.ts';
import type { BackupPolicy, Estate, Machine, Redundancy, Vault } from '../estate.ts';
import { listed } from '../duration.ts';
import { gapOver } from '../fact.ts';
import type { Objective } from '../guidance.ts';
import { bareId, keyOf, nameOf, shortHash, type ResourceId, type ResourceKey } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import { lockedBy, obstacles, placeFor, refusalReason, type DraftContext } from './draft.ts';
import { groupStep } from './resource-group.ts';
import type { Step, StepOf } from '../plan.ts';
import { sources } from '../sources.ts';

/** Facts B-11. */
export const mostMachinesPerVault = 1000;
export const mostRegistrationsPerDay = 250;
/** Facts B-10. */
const mostVaultsPerSubscription = 500;

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

export type VaultChoice =
  | { readonly kind: 'vault'; readonly vault: VaultInUse }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

export class VaultChooser {
  readonly #context: DraftContext;
  readonly #existing: readonly { readonly vault: Vault; readonly inUse: VaultInUse }[];
  readonly #made = new Map<string, VaultInUse[]>();
  /** How many machines were sent to a later day so far, by what they wait for. */
  readonly #queues = new Map<string, number>();

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

  /**
   * Same region and subscription (facts B-01, B-02); redundancy and soft delete as the objective wants them, for certain. Where
   * the day's registrations of the fit ones are used up, another vault is made: a machine without backup is worse than one more
   * vault. Only past the vaults that guidance or Azure allow does it wait for another day.
   */
  choose(machine: Machine, objective: Objective): VaultChoice {
    const fit = this.#existing
      .filter(
        ({ vault }) =>
          inPlace(vault, machine) && isFit(vault, objective) && lockedBy(this.#context.estate, vault.id).length === 0,
      )
      .toSorted((a, b) => near(b.vault, machine) - near(a.vault, machine) || b.inUse.machines - a.inUse.machines)
      .map(({ inUse }) => inUse);
    const roomy = fit.find(hasRoom);
    if (roomy) return { kind: 'vault', vault: roomy };
    const gap = gapOver(this.#context.estate.vaults, `/subscriptions/${machine.subscriptionId}`);
    if (gap) {
      const text = `No fit vault was found in ${machine.location}, and not all vaults of the subscription could be read: ${gap.detail}. A second one is not made on a guess.`;
      return { kind: 'refused', reasons: [refusalReason('vaults-unknown', text, sources.BGEN)] };
    }
    return this.#make(machine, objective, fit);
  }

  /** A vault that is there, whatever the objective would choose. */
  named(key: ResourceKey, machine: Machine): VaultChoice {
    const refused = (code: string, text: string, fact: string): VaultChoice => ({
      kind: 'refused',
      reasons: [refusalReason(code, text, sources.BGEN, fact)],
    });
    const found = this.#existing.find(({ vault }) => vault.key === key);
    if (found === undefined) return refused('vault-unknown', `The vault of the policy (${key}) was not read.`, 'B-03');
    const { vault, inUse } = found;
    if (!inPlace(vault, machine))
      return refused(
        'vault-elsewhere',
        `Vault ${vault.name} is not in ${machine.location} of the subscription of ${machine.name}.`,
        'B-01',
      );
    if (inUse.machines >= mostMachinesPerVault)
      return refused(
        'vault-full',
        `Vault ${vault.name} holds ${inUse.machines} machines, and Azure allows ${mostMachinesPerVault}.`,
        'B-11',
      );
    return inUse.registered >= mostRegistrationsPerDay
      ? laterDay(machine, [inUse], this.#waiting(inUse.key))
      : { kind: 'vault', vault: inUse };
  }

  inUse(id: ResourceId): VaultInUse | undefined {
    return this.#existing.find(({ vault }) => vault.key === keyOf(id))?.inUse;
  }

  #waiting(forWhat: string): number {
    const before = this.#queues.get(forWhat) ?? 0;
    this.#queues.set(forWhat, before + 1);
    return before;
  }

  #make(machine: Machine, objective: Objective, fit: readonly VaultInUse[]): VaultChoice {
    const { guidance } = this.#context;
    const wanted = objective.vault?.redundancy.value ?? guidance.plan.vault.redundancy.value;
    const redundancy = satisfiesRedundancy(guidance.plan.vault.redundancy.value, wanted)
      ? guidance.plan.vault.redundancy.value
      : wanted;
    const like = `${machine.subscriptionId}|${machine.location}|${redundancy}`;
    const made = this.#made.get(like) ?? [];
    const roomy = made.find(hasRoom);
    if (roomy) return { kind: 'vault', vault: roomy };
    if (
      fit.length + made.length >= (guidance.plan.vault.mostPerRegion?.value ?? Infinity) ||
      this.#vaultsIn(machine) >= mostVaultsPerSubscription
    ) {
      return laterDay(machine, [...fit, ...made], this.#waiting(like));
    }
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
    const softDelete = vault.softDelete?.value ?? 'enabled';
    const immutability = vault.immutability?.value ?? 'disabled';
    const forGood = [
      `its redundancy cannot be changed once a machine is protected by it`,
      ...(softDelete === 'always-on' ? ['its soft delete can never be turned off'] : []),
    ];
    const step: StepOf<'vault.create'> = {
      id: context.ids.take(['vault', machine.location], distinct),
      kind: 'vault.create',
      option: 'azure-backup',
      subject: id,
      reason: `${this.#whyAnother(machine, redundancy, distinct)} For good: ${forGood.join('; ')}.`,
      source: sources.BGEN,
      method: 'PUT',
      resourceId: id,
      assumes: [{ kind: 'no-other-vault', location: machine.location, besides: this.#vaultsNear(machine) }],
      goal: { kind: 'exists', resourceId: id },
      dependsOn: group === undefined ? [] : [group.id],
      runs: 'on-success',
      destructive: softDelete === 'always-on',
      cost: { monthlyUsd: 0, basis: 'an empty vault is free; what it holds is billed' },
      input: {
        location: machine.location,
        redundancy,
        crossRegionRestore,
        softDeleteDays: vault.softDeleteDays.value,
        ...(softDelete === 'enabled' ? {} : { softDelete }),
        ...(immutability === 'disabled' ? {} : { immutability: 'unlocked' as const }),
        tags: { 'holdfast-made-by': context.madeBy, 'holdfast-run': shortHash(context.seed, 12) },
      },
    };
    const lock = immutability === 'locked' ? [lockStep(context, step)] : [];
    const steps = [...(group === undefined ? [] : [group]), step, ...lock];
    const reasons = steps.flatMap((each) => obstacles(context, each));
    if (reasons.length > 0) return { kind: 'refused', reasons };
    return { kind: 'vault', vault: { id, key: keyOf(id), name, steps, policies: [], machines: 0, registered: 0 } };
  }

  #whyAnother(machine: Machine, redundancy: Redundancy, distinct: string): string {
    const asWanted = `vault in ${machine.location} of this subscription is ${redundancy} with soft delete`;
    if (distinct.endsWith('|0'))
      return `No ${asWanted} and has room today, and a vault must be where its machines are.`;
    return `Every ${asWanted.replace(' is ', ' that is ')} takes ${mostRegistrationsPerDay} machines a day and ${mostMachinesPerVault} in all (facts B-11), and more machines come after them.`;
  }

  #vaultsIn({ subscriptionId }: Machine): number {
    const there = this.#existing.filter(
      ({ vault }) => vault.subscriptionId.toLowerCase() === subscriptionId.toLowerCase(),
    ).length;
    const prefix = `${subscriptionId}|`;
    return there + [...this.#made].reduce((sum, [like, made]) => sum + (like.startsWith(prefix) ? made.length : 0), 0);
  }

  /** Looked at and found unfit or full: their being there changes nothing. */
  #vaultsNear(machine: Machine): readonly ResourceId[] {
    return this.#existing.filter(({ vault }) => inRegion(vault, machine)).map(({ inUse }) => inUse.id);
  }
}

const hasRoom = ({ machines, registered }: VaultInUse): boolean =>
  machines < mostMachinesPerVault && registered < mostRegistrationsPerDay;

/** Facts B-95: locking is a write of its own, and takes a vault that is immutable already. */
const lockStep = (context: DraftContext, vault: StepOf<'vault.create'>): StepOf<'vault.lock'> => ({
  id: context.ids.take(['lock', vault.id], vault.resourceId),
  kind: 'vault.lock',
  option: 'azure-backup',
  subject: vault.resourceId,
  reason: `The guidance wants new vaults locked immutable. This can never be taken back: nobody, Microsoft included, can then delete a point of ${nameOf(vault.resourceId)} before its time or shorten its retention.`,
  source: sources.IMM,
  method: 'PATCH',
  resourceId: vault.resourceId,
  assumes: [],
  goal: { kind: 'vault-locked', vaultId: vault.resourceId },
  dependsOn: [vault.id],
  runs: 'on-success',
  destructive: true,
  cost: { monthlyUsd: 0, basis: 'immutability is free; points that cannot be deleted go on being billed' },
  input: { location: vault.input.location },
});

/** Facts B-11: when nothing else fits, a later day does; the plan of that day takes the next machines by itself. */
const laterDay = (machine: Machine, vaults: readonly VaultInUse[], before: number): VaultChoice => {
  const open = vaults.filter(({ machines }) => machines < mostMachinesPerVault);
  const names = listed(vaults.map(({ name }) => name));
  const reason = (code: string, text: string): VaultChoice => ({
    kind: 'refused',
    reasons: [refusalReason(code, text, sources.BGEN, 'B-11')],
  });
  if (open.length === 0) {
    return reason(
      'vaults-full',
      `${names} hold the ${mostMachinesPerVault} machines that Azure allows each, and no more vaults may be made in ${machine.location}; ${machine.name} comes after them.`,
    );
  }
  const days = 1 + Math.floor(before / (open.length * mostRegistrationsPerDay));
  const when = days === 1 ? 'tomorrow' : `in ${days} days`;
  return reason(
    'registration-limit',
    `${names} take ${mostRegistrationsPerDay} machines a day each, no more vaults may be made in ${machine.location}, and ${machine.name} comes after them: plan again ${when}.`,
  );
};

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
  new Map(
    [...Map.groupBy(backupItems.items, ({ vaultKey }) => vaultKey)].map(([vault, items]) => [vault, items.length]),
  );
