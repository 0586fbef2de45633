/** Azure Backup for machines without it: a vault and a policy, found or made, and protection enabled. */
import type { Assessment } from '../assessment.ts';
import type { BackupPolicy, Machine } from '../estate.ts';
import { nameOf, type ResourceId } from '../ids.ts';
import type { Reason } from '../option.ts';
import type { Assumption, Step, StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import type { BackupPolicyInput } from '../steps/backup.ts';
import { dayMs, instantMs, toInstant } from '../time.ts';
import { disksLeftOut } from './backup-disks.ts';
import { tierFor } from './backup-policy.ts';
import { firstPoint, PolicyChooser, type PolicyChoice, type PolicyInUse } from './backup-policies.ts';
import {
  identityUnknown,
  machineAssumptions,
  namedAt,
  obstacles,
  refuse,
  type DraftContext,
  type Drafted,
  type Need,
} from './draft.ts';
import { VaultChooser, type VaultChoice, type VaultInUse } from './vault.ts';

/** Facts B-72: how long the portal keeps a backup on demand. */
const onDemandDays = 30;

/** What was asked for beside the guidance. */
export interface BackupWish {
  /** This very one, and so its vault. */
  readonly policy?: BackupPolicy;
  /** Beside the disks tagged for it. */
  readonly excludeLuns?: readonly number[];
}

export class BackupPlanner {
  readonly #context: DraftContext;
  readonly #vaults: VaultChooser;
  readonly #policies: PolicyChooser;

  constructor(context: DraftContext) {
    this.#context = context;
    this.#vaults = new VaultChooser(context);
    this.#policies = new PolicyChooser(context);
  }

  /** Steps for one machine, shared ones (vault, policy, group) included each time: the caller keeps the first of each. */
  draft({ assessment }: Need, wish: BackupWish = {}): Drafted {
    const { machine } = assessment;
    const context = this.#context;
    const owner = context.preflight.owners.get(machine.key);
    if (owner?.known && owner.value.protected) {
      const policy = owner.value.policyName === undefined ? '' : ` (policy ${owner.value.policyName})`;
      const text = `Azure says that vault ${nameOf(owner.value.vaultId)} protects or still holds ${machine.name}${policy}; one vault at a time may. Make that vault readable, or release the machine there first.`;
      return refuse('owned-by-vault', text, sources.BSM, 'B-04');
    }
    const pinned = machineAssumptions(machine);
    if (pinned === undefined) return identityUnknown(machine);
    const left = disksLeftOut(assessment, context.guidance, wish.excludeLuns);
    if (left.kind === 'refused') return left;
    const chosen = this.#vaultFor(assessment, wish);
    if (chosen.kind === 'refused') return chosen;
    const policy = this.policyIn(chosen.vault, assessment, left.luns, wish.policy);
    if (policy.kind === 'refused') return policy;
    const itemId = itemIdOf(chosen.vault.id, machine);
    const steps = this.#steps({
      assessment,
      vault: chosen.vault,
      policy: policy.policy,
      itemId,
      pinned,
      luns: left.luns,
    });
    const reasons = steps
      .filter(({ kind }) => kind === 'backup.enable')
      .flatMap((step) => [...obstacles(context, step), ...refusedByAzure(context, machine)]);
    if (reasons.length > 0) return { kind: 'refused', reasons };
    chosen.vault.machines += 1;
    chosen.vault.registered += 1;
    policy.policy.machines += 1;
    return { kind: 'steps', steps };
  }

  /** A policy in a vault that is settled: the one asked for, or as the guidance has it. */
  policyIn(
    vault: VaultInUse,
    { machine, objective }: Assessment,
    luns: readonly number[],
    named: BackupPolicy | undefined,
  ): PolicyChoice {
    const tier = leastTier(machine, luns) ?? tierFor(machine, objective, this.#context.guidance);
    if (named !== undefined) return this.#policies.named(named, machine, leastTier(machine, luns) ?? 'standard');
    return this.#policies.choose(vault, tier, objective);
  }

  /** The vault of an item that is there. */
  vaultOf(vaultId: ResourceId): VaultInUse | undefined {
    return this.#vaults.inUse(vaultId);
  }

  #vaultFor({ machine, objective }: Assessment, { policy }: BackupWish): VaultChoice {
    return policy === undefined
      ? this.#vaults.choose(machine, objective)
      : this.#vaults.named(policy.vaultKey, machine);
  }

  #steps({ assessment, vault, policy, itemId, pinned, luns }: Enabling): readonly Step[] {
    const { machine, classification } = assessment;
    const context = this.#context;
    const shared = [...vault.steps, ...(policy.step === undefined ? [] : [policy.step])];
    const enable: StepOf<'backup.enable'> = {
      id: context.ids.take(['backup', machine.name], machine.key),
      kind: 'backup.enable',
      option: 'azure-backup',
      subject: machine.id,
      reason: `${machine.name} is of class ${classification.classId}, needs Azure Backup and has none: vault ${vault.name}, policy ${policy.name}.${firstPoint(policy, context)}${leftOutText(luns)}`,
      source: sources.BREST,
      method: 'PUT',
      resourceId: itemId,
      assumes: [...pinned, { kind: 'protected-by', machineId: machine.id, location: machine.location, vaultId: null }],
      goal: {
        kind: 'backup-configured',
        machineId: machine.id,
        itemId,
        policyId: policy.id,
        ...(luns.length === 0 ? {} : { excludeLuns: luns }),
      },
      dependsOn: shared
        .filter(({ kind }) => kind === 'vault.create' || kind === 'backup-policy.create')
        .map(({ id }) => id),
      runs: 'on-success',
      destructive: false,
      cost: { monthlyUsd: 'unknown', basis: 'a fee per machine by its used size, and what its points take up' },
      input: { machineId: machine.id, policyId: policy.id, ...(luns.length === 0 ? {} : { excludeLuns: luns }) },
    };
    if (context.guidance.plan.firstBackup !== 'now') return [...shared, enable];
    const reason = `The guidance asks for the first backup at once: until it is done, ${machine.name} has no point to go back to.`;
    const assumes: readonly Assumption[] = [
      pinned[0]!,
      { kind: 'protected-by', machineId: machine.id, location: machine.location, vaultId: vault.id },
    ];
    return [
      ...shared,
      enable,
      {
        ...triggerStep(assessment, itemId, context),
        id: context.ids.take(['first-backup', machine.name], machine.key),
        reason,
        assumes,
        dependsOn: [enable.id],
      },
    ];
  }
}

interface Enabling {
  readonly assessment: Assessment;
  readonly vault: VaultInUse;
  readonly policy: PolicyInUse;
  readonly itemId: ResourceId;
  readonly pinned: readonly Assumption[];
  readonly luns: readonly number[];
}

/** A backup now; its id, its reason and what it takes for granted are the caller's. */
export const triggerStep = (
  { machine, objective }: Assessment,
  itemId: ResourceId,
  context: DraftContext,
): Omit<StepOf<'backup.trigger'>, 'id' | 'reason' | 'assumes' | 'dependsOn'> => ({
  kind: 'backup.trigger',
  option: 'azure-backup',
  subject: machine.id,
  source: sources.FAQ,
  method: 'POST',
  resourceId: itemId,
  goal: { kind: 'backup-point-since', machineId: machine.id, itemId, since: namedAt(context) },
  runs: 'on-success',
  destructive: false,
  cost: { monthlyUsd: 'unknown', basis: 'part of what its points take up' },
  input: {
    machineId: machine.id,
    expiresAt: toInstant(instantMs(context.asOf)! + Math.max(onDemandDays, objective.retainDays.value) * dayMs),
  },
});

/** Restoring is of disks alone once any is left out (facts B-56): to be known before, not at the restore. */
export const leftOutText = (luns: readonly number[]): string =>
  luns.length === 0
    ? ''
    : ` Left out: LUN ${luns.join(', ')}; from then on restores are of disks, not of a whole machine.`;

/** Leaving out a shared disk, or any disk of an encrypted machine, takes an enhanced policy (facts B-42, B-48). */
const leastTier = (machine: Machine, luns: readonly number[]): BackupPolicyInput['tier'] | undefined => {
  if (luns.length === 0) return undefined;
  const disks = machine.disks.flatMap(({ lun, disk }) => (disk.known ? [{ lun, disk: disk.value }] : []));
  const encrypted = disks.some(({ disk }) => disk.azureDiskEncryption);
  const shared = disks.some(({ lun, disk }) => disk.maxShares > 1 && lun !== undefined && luns.includes(lun));
  return encrypted || shared ? 'enhanced' : undefined;
};

/** Azure's own answers beforehand, in its words (facts B-113). What it did not answer is no obstacle. */
const refusedByAzure = ({ preflight }: DraftContext, machine: Machine): readonly Reason[] => {
  const answer = preflight.backupChecks?.get(machine.key);
  if (!answer?.known || answer.value.kind === 'allowed') return [];
  const { code, text, recommendation } = answer.value;
  const said = [text, recommendation].filter((part) => part !== undefined).map((part) => part.replace(/[.\s]*$/, '.'));
  return [
    {
      code: 'refused-by-azure',
      fact: 'B-113',
      text: `Azure says beforehand that it would refuse ${machine.name} (${code}): ${said.join(' ')}`,
      source: preValidateSource,
    },
  ];
};

const preValidateSource = 'https://learn.microsoft.com/rest/api/backup/protection-intent/validate';

/** Facts B-110; Azure spells the group and machine inside these names in lower case, whatever their own spelling. */
export const itemIdOf = (vaultId: ResourceId, machine: Pick<Machine, 'resourceGroup' | 'name'>): ResourceId => {
  const names = `iaasvmcontainerv2;${machine.resourceGroup};${machine.name}`.toLowerCase();
  return `${vaultId}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${names}/protectedItems/vm;${names}`;
};
