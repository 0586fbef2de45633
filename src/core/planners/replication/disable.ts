/** The end of a machine's replication, cleanly: what must be put right first is refused, what stays is told (facts R-63). */
import { compareText } from '../../assessment.ts';
import { counted } from '../../duration.ts';
import type { Estate, Lock, Machine, ReplicatedItem } from '../../estate.ts';
import { gapOver } from '../../fact.ts';
import { bareId, nameOf, type ResourceKey } from '../../ids.ts';
import type { Reason } from '../../option.ts';
import type { Step } from '../../plan.ts';
import type { Refusal } from '../../plan.ts';
import { contextFor, type PlanDraft } from '../../planning.ts';
import { sources } from '../../sources.ts';
import { obstacles, refusalReason, type DraftContext } from '../draft.ts';

/** Nothing is planned for a machine that no vault replicates; where a vault cannot be read, that cannot be told. */
export const draftReplicationEnd =
  (machines: ReadonlySet<ResourceKey>): PlanDraft =>
  (input) => {
    const { estate } = input;
    const asked = estate.machines.items
      .filter(({ key }) => machines.has(key))
      .toSorted((a, b) => compareText(a.key, b.key));
    const context = contextFor(
      input,
      asked.map(({ key }) => key),
    );
    const steps: Step[] = [];
    const refusals: Refusal[] = [];
    for (const machine of asked) {
      const items = estate.replicatedItems.items.filter(
        ({ machineKey, provider }) => machineKey === machine.key && /^a2a$/i.test(provider),
      );
      const reasons =
        items.length === 0 ? hidden(machine, estate) : items.flatMap((item) => against(machine, item, estate));
      const drafted = items.map((item) => endStep(machine, item, context));
      const barred = [...reasons, ...drafted.flatMap((step) => obstacles(context, step))];
      if (barred.length > 0) refusals.push({ subject: machine.id, option: 'site-recovery', reasons: barred });
      else steps.push(...drafted);
    }
    return { steps, refusals };
  };

const hidden = (machine: Machine, { replicatedItems }: Estate): readonly Reason[] => {
  const gap = gapOver(replicatedItems, '/') ?? replicatedItems.gaps[0];
  if (gap === undefined) return [];
  return [
    refusalReason(
      'presence-unknown',
      `Whether ${machine.name} is replicated cannot be told: ${gap.detail}.`,
      sources.A2APS,
    ),
  ];
};

const against = (machine: Machine, item: ReplicatedItem, { locks }: Estate): readonly Reason[] => [
  ...(item.testMachineKey === undefined
    ? []
    : [
        refusalReason(
          'test-failover-open',
          `The test failover of ${machine.name} is not cleaned up: machine ${nameOf(item.testMachineKey)} would be ` +
            'left behind. Clean it up first.',
          sources.A2APS,
          'R-59',
        ),
      ]),
  ...(/^(?:unplanned|planned|failover|switch)/i.test(item.protectionState)
    ? [
        refusalReason(
          'failed-over',
          `${machine.name} is failed over (${item.protectionState}): ending replication now would leave it so. ` +
            'Finish that in its vault first.',
          sources.A2APS,
          'R-60',
        ),
      ]
    : []),
  ...locks.items
    .filter((lock) => [machine.key, item.key, ...item.targetDiskKeys].some((key) => covers(lock, key)))
    .map(({ name, scope }) =>
      refusalReason(
        'locked',
        `The lock ${name} at ${scope} keeps Site Recovery from cleaning up, and what is left behind would keep ` +
          `${machine.name} from being replicated again: remove it first.`,
        sources.LOCK,
        'R-63',
      ),
    ),
];

const covers = ({ scope }: Lock, key: ResourceKey): boolean => key === scope || key.startsWith(`${scope}/`);

const endStep = (machine: Machine, item: ReplicatedItem, context: DraftContext): Step => {
  const itemId = bareId(item.id);
  const account = item.cacheAccountKeys?.map(nameOf).join(', ');
  return {
    id: context.ids.take(['end-replication', machine.name], item.key),
    kind: 'replication.disable',
    option: 'site-recovery',
    subject: machine.id,
    reason:
      `Replication of ${machine.name} to ${item.recoveryRegion ?? 'the other region'} is to end: its ${counted(item.protectedDiskKeys.length, 'replica disk')} and all its points there are deleted. ` +
      `The vault, its fabrics and policies, cache account${account === undefined ? '' : ` ${account}`}, networks and groups stay, and so does the Site Recovery extension in the machine.`,
    source: sources.A2APS,
    method: 'POST',
    resourceId: itemId,
    assumes: [{ kind: 'replicates-machine', machineId: machine.id, itemId }],
    goal: { kind: 'not-replicated', itemId },
    dependsOn: [],
    runs: 'on-success',
    destructive: true,
    cost: { monthlyUsd: 0, basis: 'what its replication costs ends' },
    input: { machineId: machine.id },
  };
};
