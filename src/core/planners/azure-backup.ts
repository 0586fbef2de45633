/** Azure Backup for machines without it: a vault and a policy, found or made, and protection enabled. */
import type { Assessment } from '../assessment.ts';
import { nextRunBy } from '../backup-schedule.ts';
import type { BackupPolicy, Machine } from '../estate.ts';
import type { Objective } from '../guidance.ts';
import { nameOf, type ResourceId } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import { identityUnknown, machineAssumptions, obstacles, refuse, type DraftContext, type Drafted, type Need } from './draft.ts';
import { canonicalJson } from '../plan-digest.ts';
import { mostMachinesPerPolicy, policyFor, suits, tierFor } from './backup-policy.ts';
import { VaultChooser, type VaultInUse } from './vault.ts';
import type { Assumption, Step, StepOf } from '../plan.ts';
import type { BackupPolicyInput } from '../steps/backup.ts';
import { sources } from '../sources.ts';
import { dayMs, instantMs, toInstant } from '../time.ts';

/** Facts B-72: how long the portal keeps a backup on demand. */
const onDemandDays = 30;

interface PolicyInUse {
  readonly id: ResourceId;
  readonly name: string;
  readonly step?: StepOf<'backup-policy.create'>;
  readonly schedule: BackupPolicy['schedule'];
  machines: number;
}

type PolicyChoice = { readonly kind: 'policy'; readonly policy: PolicyInUse } | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

export class BackupPlanner {
  readonly #context: DraftContext;
  readonly #vaults: VaultChooser;
  readonly #policies = new Map<string, PolicyInUse[]>();
  readonly #alike = new Map<string, ResourceId[]>();
  readonly #used: ReadonlyMap<string, number>;

  constructor(context: DraftContext) {
    this.#context = context;
    this.#vaults = new VaultChooser(context);
    this.#used = new Map(
      [...Map.groupBy(context.estate.backupItems.items, ({ policyKey }) => policyKey ?? '')].map(([key, items]) => [key, items.length]),
    );
  }

  /** Steps for one machine, shared ones (vault, policy, group) included each time: the caller keeps the first of each. */
  draft({ assessment }: Need): Drafted {
    const { machine, objective } = assessment;
    const owner = this.#context.preflight.owners.get(machine.key);
    if (owner?.known && owner.value.protected) {
      const policy = owner.value.policyName === undefined ? '' : ` (policy ${owner.value.policyName})`;
      const text = `Azure says that vault ${nameOf(owner.value.vaultId)} protects or still holds ${machine.name}${policy}; one vault at a time may. Make that vault readable, or release the machine there first.`;
      return refuse('owned-by-vault', text, sources.BSM, 'B-04');
    }
    const pinned = machineAssumptions(machine);
    if (pinned === undefined) return identityUnknown(machine);
    const chosen = this.#vaults.choose(machine, objective);
    if (chosen.kind === 'refused') return chosen;
    const policy = this.#policyIn(chosen.vault, machine, objective);
    if (policy.kind === 'refused') return policy;
    const itemId = itemIdOf(chosen.vault.id, machine);
    const steps = this.#steps(assessment, chosen.vault, policy.policy, itemId, pinned);
    const reasons = steps.filter(({ kind }) => kind === 'backup.enable').flatMap((step) => obstacles(this.#context, step));
    if (reasons.length > 0) return { kind: 'refused', reasons };
    chosen.vault.machines += 1;
    chosen.vault.registered += 1;
    policy.policy.machines += 1;
    return { kind: 'steps', steps };
  }

  #policyIn(vault: VaultInUse, machine: Machine, objective: Objective): PolicyChoice {
    const tier = tierFor(machine, objective, this.#context.guidance);
    const found = this.#existing(vault, tier, objective);
    if (found) return { kind: 'policy', policy: found };
    const wish = policyFor(tier, objective, this.#context.guidance);
    if (wish.kind === 'refused') return wish;
    const like = `${vault.key}|${canonicalJson(wish.input)}`;
    const made = this.#policies.get(like) ?? [];
    const roomy = made.find(({ machines }) => machines < mostMachinesPerPolicy);
    if (roomy) return { kind: 'policy', policy: roomy };
    const drafted = this.#makePolicy(vault, wish.input, made.length + 1, like);
    if (drafted.kind === 'policy') this.#policies.set(like, [...made, drafted.policy]);
    return drafted;
  }

  /** A policy that is there, with room in it; the more used one first, so that machines are not scattered. */
  #existing(vault: VaultInUse, tier: BackupPolicyInput['tier'], objective: Objective): PolicyInUse | undefined {
    const inUse = vault.policies.filter((policy) => suits(policy, tier, objective)).map((policy) => this.#inUse(policy));
    return inUse.filter(({ machines }) => machines < mostMachinesPerPolicy).toSorted((a, b) => b.machines - a.machines)[0];
  }

  #inUse(policy: BackupPolicy): PolicyInUse {
    const known = this.#policies.get(policy.key)?.[0];
    if (known) return known;
    // Azure's own count may lag and ours may miss items out of sight: the larger is the safer.
    const machines = Math.max(policy.protectedItemsCount ?? 0, this.#used.get(policy.key) ?? 0);
    const inUse: PolicyInUse = { id: policy.id, name: policy.name, schedule: policy.schedule, machines };
    this.#policies.set(policy.key, [inUse]);
    return inUse;
  }

  #makePolicy(vault: VaultInUse, input: BackupPolicyInput, number: number, like: string): PolicyChoice {
    const context = this.#context;
    const every = input.schedule.frequency === 'hourly' ? `${input.schedule.intervalHours}h` : input.schedule.frequency;
    const stem = `${input.tier}-${every}-${input.retain.dailyDays}d${number > 1 ? `-${number}` : ''}`;
    const name = nameFor('backup-policy', stem, context.asOf, context.seed, `${like}|${number}`);
    const id = `${vault.id}/backupPolicies/${name}`;
    // All policies of one kind hold this one list: steps that make them run side by side, and none may mind another.
    const besides = this.#alike.get(like) ?? vault.policies.map((policy) => policy.id);
    besides.push(id);
    this.#alike.set(like, besides);
    const step: StepOf<'backup-policy.create'> = {
      id: context.ids.take(['policy', vault.steps.length > 0 ? 'new-vault' : vault.name, stem], id),
      kind: 'backup-policy.create',
      option: 'azure-backup',
      subject: vault.id,
      reason: `No policy of vault ${vault.name} with room for another machine backs up as often and keeps as long as the guidance asks.`,
      source: sources.ENH,
      method: 'PUT',
      resourceId: id,
      assumes: [{ kind: 'no-like-policy', vaultId: vault.id, besides }],
      goal: { kind: 'exists', resourceId: id },
      dependsOn: vault.steps.filter(({ kind }) => kind === 'vault.create').map((made) => made.id),
      runs: 'on-success',
      destructive: false,
      cost: { monthlyUsd: 0, basis: 'policies are free' },
      input,
    };
    const reasons = obstacles(context, step);
    return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'policy', policy: { id, name, step, schedule: scheduleOf(input), machines: 0 } };
  }

  #steps(assessment: Assessment, vault: VaultInUse, policy: PolicyInUse, itemId: ResourceId, pinned: readonly Assumption[]): readonly Step[] {
    const { machine, objective, classification } = assessment;
    const context = this.#context;
    const shared = [...vault.steps, ...(policy.step === undefined ? [] : [policy.step])];
    const enable: StepOf<'backup.enable'> = {
      id: context.ids.take(['backup', machine.name], machine.key),
      kind: 'backup.enable',
      option: 'azure-backup',
      subject: machine.id,
      reason: `${machine.name} is of class ${classification.classId}, needs Azure Backup and has none: vault ${vault.name}, policy ${policy.name}.${firstPoint(policy, context)}`,
      source: sources.BREST,
      method: 'PUT',
      resourceId: itemId,
      assumes: [...pinned, { kind: 'protected-by', machineId: machine.id, location: machine.location, vaultId: null }],
      goal: { kind: 'backup-configured', machineId: machine.id, itemId, policyId: policy.id },
      dependsOn: shared.filter(({ kind }) => kind !== 'resource-group.create').map(({ id }) => id),
      runs: 'on-success',
      destructive: false,
      cost: { monthlyUsd: 'unknown', basis: 'a fee per machine by its used size, and what its points take up' },
      input: { machineId: machine.id, policyId: policy.id },
    };
    if (context.guidance.plan.firstBackup !== 'now') return [...shared, enable];
    const keepDays = Math.max(onDemandDays, objective.retainDays.value);
    const trigger: StepOf<'backup.trigger'> = {
      id: context.ids.take(['first-backup', machine.name], machine.key),
      kind: 'backup.trigger',
      option: 'azure-backup',
      subject: machine.id,
      reason: `The guidance asks for the first backup at once: until it is done, ${machine.name} has no point to go back to.`,
      source: sources.FAQ,
      method: 'POST',
      resourceId: itemId,
      assumes: [pinned[0]!, { kind: 'protected-by', machineId: machine.id, location: machine.location, vaultId: vault.id }],
      goal: { kind: 'backup-point-since', machineId: machine.id, itemId, since: context.asOf },
      dependsOn: [enable.id],
      runs: 'on-success',
      destructive: false,
      cost: { monthlyUsd: 'unknown', basis: 'part of what its points take up' },
      input: { machineId: machine.id, expiresAt: toInstant(instantMs(context.asOf)! + keepDays * dayMs) },
    };
    return [...shared, enable, trigger];
  }
}

/** When the policy first makes a point by itself; where the guidance asks for one at once, a step of its own says so. */
const firstPoint = ({ schedule }: PolicyInUse, { guidance, asOf }: DraftContext): string => {
  if (guidance.plan.firstBackup === 'now') return '';
  const next = nextRunBy({ schedule }, instantMs(asOf)!);
  return next.kind === 'due' ? ` Its first backup starts by ${next.by}.` : ` When its first backup starts cannot be told: ${next.why}.`;
};

/** As Azure writes it: a run time is a moment of some day, of which the clock time alone counts. */
const scheduleOf = ({ schedule: { frequency, intervalHours, windowHours, at }, timeZone }: BackupPolicyInput): BackupPolicy['schedule'] => ({
  frequency,
  ...(intervalHours === undefined ? {} : { intervalHours }),
  ...(windowHours === undefined ? {} : { windowHours }),
  runTimes: [`2026-01-01T${at}:00Z`],
  timeZone,
});

/** Facts B-110; Azure spells the group and machine inside these names in lower case, whatever their own spelling. */
export const itemIdOf = (vaultId: ResourceId, machine: Pick<Machine, 'resourceGroup' | 'name'>): ResourceId => {
  const names = `iaasvmcontainerv2;${machine.resourceGroup};${machine.name}`.toLowerCase();
  return `${vaultId}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${names}/protectedItems/vm;${names}`;
};
