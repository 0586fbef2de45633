import { defineCommand } from '../command.ts';
import { shortcutExits, shortcutFlags } from '../shortcut-flags.ts';

export const replicate = defineCommand({
  name: 'replicate',
  summary: 'Replicate machines to another region with Azure Site Recovery, or end that.',
  description: [
    'Makes a plan, shows it, asks, applies it and verifies. What is there already (vault, fabrics, policy,',
    'mappings, networks, cache account) is used; what is missing is made. Every managed disk of a machine is',
    'replicated, or the machine is refused. The first copy takes from half an hour to days: the command waits',
    'for it, shows how far it is, and after an interruption prints the line that goes on.',
    '--disable deletes the replicas and all their points, and needs --allow for every machine.',
  ].join('\n'),
  positionals: [{ name: 'vm', describe: 'Names or resource ids of machines', optional: true, variadic: true }],
  flags: {
    ...shortcutFlags,
    to: {
      type: 'string',
      value: 'REGION',
      group: 'Replication',
      describe: 'Region to replicate to (default: the guidance)',
    },
    network: {
      type: 'string',
      value: 'ID',
      group: 'Replication',
      describe: 'Virtual network there to recover into (default: the mapped one, else the guidance)',
    },
    'make-network': {
      type: 'boolean',
      group: 'Replication',
      describe: "Make a network like the machine's own where it has no counterpart there",
    },
    'group-by-application': {
      type: 'boolean',
      group: 'Replication',
      describe: 'Machines of one application become a group of up to 16 whose points agree',
    },
    disable: {
      type: 'boolean',
      group: 'Replication',
      describe: 'End replication: replica disks and points are deleted',
    },
  },
  examples: [
    {
      line: 'holdfast replicate web01 web02 --to northeurope --make-network',
      says: 'two machines, from nothing if need be',
    },
    {
      line: 'holdfast replicate --tag application=shop --group-by-application',
      says: 'an application, its points in step',
    },
    { line: 'holdfast replicate web01 --disable --allow all-destructive', says: 'no longer' },
  ],
  exits: shortcutExits,
  run: async (flags, _, context, rest) => {
    const { runReplicate } = await import('../replicate-run.ts');
    return runReplicate(flags, rest, context);
  },
});
