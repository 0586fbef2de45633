/** `replicate`: its flags become part of the guidance that the plan carries. */
import { draftReplicate, withReplication } from '../core/plan-replicate.ts';
import { draftReplicationEnd } from '../core/planners/replication/disable.ts';
import { parseId } from '../core/ids.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';
import { runShortcut, type ShortcutFlags } from './shortcut-run.ts';

export interface ReplicateFlags extends ShortcutFlags {
  readonly to: string | undefined;
  readonly network: string | undefined;
  readonly 'make-network': boolean;
  readonly 'group-by-application': boolean;
  readonly disable: boolean;
}

export const runReplicate = async (
  flags: ReplicateFlags,
  named: readonly string[],
  context: Context,
): Promise<ExitCode> => {
  const wishes = wishesOf(flags);
  return runShortcut(
    {
      verb: 'replicate',
      named,
      guidance: (guidance) => withReplication(guidance, wishes),
      draft: (machines) => {
        const keys = new Set(machines.map(({ key }) => key));
        return flags.disable ? draftReplicationEnd(keys) : draftReplicate(keys);
      },
    },
    flags,
    context,
  );
};

const wishesOf = ({ to, network, disable, ...flags }: ReplicateFlags): Parameters<typeof withReplication>[1] => {
  const region = to?.replaceAll(' ', '').toLowerCase();
  if (disable && (to !== undefined || network !== undefined))
    throw usage(
      '--disable',
      '--disable ends replication, so it goes with neither --to nor --network',
      'give one or the other',
    );
  if (region !== undefined && !/^[a-z0-9]+$/.test(region))
    throw usage('--to', `--to ${to} is no region`, 'write it as Azure does: northeurope');
  if (network !== undefined && parseId(network)?.type?.toLowerCase() !== 'microsoft.network/virtualnetworks') {
    throw usage(
      '--network',
      `--network ${network} is not the id of a virtual network`,
      'copy the id from `az network vnet list`',
    );
  }
  return {
    ...(region === undefined ? {} : { to: region }),
    ...(network === undefined ? {} : { networkId: network }),
    makeNetwork: flags['make-network'],
    groupByApplication: flags['group-by-application'],
  };
};

const usage = (subject: string, summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject, summary, remedy }]);
