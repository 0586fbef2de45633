/** For verbs that are about a resource group and no machine: its machines, locks and the like are all that is read. */
import { nameOf, subscriptionOf, type ResourceId } from '../core/ids.ts';
import type { PreflightPorts } from '../azure/preflight.ts';
import { readAndAudit, type Audited } from './audit-run.ts';
import type { Context } from './context.ts';
import type { PlanFlags } from './plan-run.ts';
import type { ShortcutFlags } from './shortcut-run.ts';

export interface GroupReading {
  readonly audited: Audited;
  readonly reading: PlanFlags;
  /** To ask Azure more. */
  readonly ports: PreflightPorts;
}

export const readInGroup = async (
  groupId: ResourceId,
  flags: ShortcutFlags,
  context: Context,
): Promise<GroupReading> => {
  const reading: PlanFlags = {
    ...flags,
    subscription: [subscriptionOf(groupId)],
    'management-group': undefined,
    'resource-group': [nameOf(groupId)],
    tag: [],
    'exclude-tag': [],
    offline: undefined,
    'as-of': undefined,
    deep: false,
    'first-backup': undefined,
  };
  const audited = await readAndAudit(reading, context);
  // Nothing offline comes here.
  const { transport, clock } = audited.connection!;
  return {
    audited,
    reading,
    ports: { transport, clock, concurrency: Math.max(1, flags.concurrency), signal: context.signal },
  };
};
