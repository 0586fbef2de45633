/** Which policy of a vault a machine goes under: one that is there and has room, else one made once for all machines like it. */
import { nextRunBy } from '../backup-schedule.ts';
import type { BackupPolicy, Machine } from '../estate.ts';
import type { Objective } from '../guidance.ts';
import { type ResourceId } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import { canonicalJson } from '../plan-digest.ts';
import type { StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import type { BackupPolicyInput } from '../steps/backup.ts';
import { instantMs } from '../time.ts';
import { mostMachinesPerPolicy, policyFor, suits } from './backup-policy.ts';
import { obstacles, refusalReason, type DraftContext } from './draft.ts';
import type { VaultInUse } from './vault.ts';

/** A policy that machines of this plan go under, and how full it is getting. */
export interface PolicyInUse {
  readonly id: ResourceId;
  readonly name: string;
  readonly tier: BackupPolicyInput['tier'];
  /** What makes it; absent when it is there. */
  readonly step?: StepOf<'backup-policy.create'>;
  readonly schedule: BackupPolicy['schedule'];
  machines: number;
}

export type PolicyChoice =
  | { readonly kind: 'policy'; readonly policy: PolicyInUse }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

export class PolicyChooser {
  readonly #context: DraftContext;
  readonly #policies = new Map<string, PolicyInUse[]>();
  readonly #alike = new Map<string, ResourceId[]>();
  readonly #used: ReadonlyMap<string, number>;

  constructor(context: DraftContext) {
    this.#context = context;
    this.#used = new Map(
      [...Map.groupBy(context.estate.backupItems.items, ({ policyKey }) => policyKey ?? '')].map(([key, items]) => [
        key,
        items.length,
      ]),
    );
  }

  /** As the objective asks, of at least that tier. */
  choose(vault: VaultInUse, tier: BackupPolicyInput['tier'], objective: Objective): PolicyChoice {
    const found = this.#existing(vault, tier, objective);
    if (found) return { kind: 'policy', policy: found };
    const wish = policyFor(tier, objective, this.#context.guidance);
    if (wish.kind === 'refused') return wish;
    const like = `${vault.key}|${canonicalJson(wish.input)}`;
    const made = this.#policies.get(like) ?? [];
    const roomy = made.find(({ machines }) => machines < mostMachinesPerPolicy);
    if (roomy) return { kind: 'policy', policy: roomy };
    const drafted = this.#make(vault, wish.input, made.length + 1, like);
    if (drafted.kind === 'policy') this.#policies.set(like, [...made, drafted.policy]);
    return drafted;
  }

  /** The very policy that was asked for, if the machine may go under it and there is room. */
  named(policy: BackupPolicy, machine: Machine, least: BackupPolicyInput['tier']): PolicyChoice {
    const refused = (code: string, text: string, source: string, fact: string): PolicyChoice => ({
      kind: 'refused',
      reasons: [refusalReason(code, text, source, fact)],
    });
    if (policy.workload !== 'virtual-machine')
      return refused('policy-unfit', `Policy ${policy.name} is not one for virtual machines.`, sources.FAQ, 'B-72');
    if (least === 'enhanced' && policy.tier === 'standard') {
      return refused(
        'policy-unfit',
        `Policy ${policy.name} is a standard one, and ${machine.name} needs an enhanced one.`,
        sources.BSM,
        'B-41',
      );
    }
    const inUse = this.#inUse(policy);
    if (inUse.machines < mostMachinesPerPolicy) return { kind: 'policy', policy: inUse };
    return refused(
      'policy-full',
      `Policy ${policy.name} has ${inUse.machines} machines, and Azure allows ${mostMachinesPerPolicy}.`,
      sources.BGEN,
      'B-12',
    );
  }

  /** A policy that is there, with room in it; the more used one first, so that machines are not scattered. */
  #existing(vault: VaultInUse, tier: BackupPolicyInput['tier'], objective: Objective): PolicyInUse | undefined {
    const inUse = vault.policies
      .filter((policy) => suits(policy, tier, objective))
      .map((policy) => this.#inUse(policy));
    return inUse
      .filter(({ machines }) => machines < mostMachinesPerPolicy)
      .toSorted((a, b) => b.machines - a.machines)[0];
  }

  #inUse(policy: BackupPolicy): PolicyInUse {
    const known = this.#policies.get(policy.key)?.[0];
    if (known) return known;
    // Azure's own count may lag and ours may miss items out of sight: the larger is the safer.
    const machines = Math.max(policy.protectedItemsCount ?? 0, this.#used.get(policy.key) ?? 0);
    const inUse: PolicyInUse = {
      id: policy.id,
      name: policy.name,
      tier: policy.tier,
      schedule: policy.schedule,
      machines,
    };
    this.#policies.set(policy.key, [inUse]);
    return inUse;
  }

  #make(vault: VaultInUse, input: BackupPolicyInput, number: number, like: string): PolicyChoice {
    const context = this.#context;
    const stem = stemOf(input, number);
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
    if (reasons.length > 0) return { kind: 'refused', reasons };
    return { kind: 'policy', policy: { id, name, tier: input.tier, step, schedule: scheduleOf(input), machines: 0 } };
  }
}

/** `enhanced-4h-30d-2`: how often, how long, and the how-manieth of its kind. */
const stemOf = ({ tier, schedule, retain }: BackupPolicyInput, number: number): string => {
  const every = schedule.frequency === 'hourly' ? `${schedule.intervalHours}h` : schedule.frequency;
  const kept = retain.dailyDays === undefined ? `${retain.weeklyWeeks ?? 0}w` : `${retain.dailyDays}d`;
  return `${tier}-${every}-${kept}${number > 1 ? `-${number}` : ''}`;
};

/** As Azure writes it: a run time is a moment of some day, of which the clock time alone counts. */
const scheduleOf = ({
  schedule: { frequency, intervalHours, windowHours, days = ['Sunday'], at },
  timeZone,
}: BackupPolicyInput): BackupPolicy['schedule'] => ({
  frequency,
  ...(intervalHours === undefined ? {} : { intervalHours }),
  ...(windowHours === undefined ? {} : { windowHours }),
  ...(frequency === 'weekly' ? { days } : {}),
  runTimes: [`2026-01-01T${at}:00Z`],
  timeZone,
});

/** When the policy first makes a point by itself; where the guidance asks for one at once, a step of its own says so. */
export const firstPoint = ({ schedule }: PolicyInUse, { guidance, asOf }: DraftContext): string => {
  if (guidance.plan.firstBackup === 'now') return '';
  const next = nextRunBy({ schedule }, instantMs(asOf)!);
  return next.kind === 'due'
    ? ` Its first backup starts by ${next.by}.`
    : ` When its first backup starts cannot be told: ${next.why}.`;
};
