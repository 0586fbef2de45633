import { defineCommand } from '../command.ts';
import { namedOrSelected, shortcutExits, shortcutFlags } from '../shortcut-flags.ts';

export const snapshot = defineCommand({
  name: 'snapshot',
  summary: 'Take a point of machines now: of each a set of snapshots, or a VM restore point.',
  description: [
    'Makes a plan, shows it, asks, carries it out and audits again. All disks of a machine or none: one disk gets a snapshot where its class asks for no more,',
    'several get a restore point, or a set of snapshots while the machine is off. What cannot be consistent is refused with what',
    'could be done instead; a point weaker than asked for is never made in silence.',
  ].join('\n'),
  positionals: [namedOrSelected],
  flags: {
    ...shortcutFlags,
    option: {
      type: 'string',
      choices: ['auto', 'disk-snapshot', 'restore-point'],
      default: 'auto',
      group: 'Points',
      describe: 'What to take; auto: what the guidance would have of the two, machine by machine',
    },
    full: {
      type: 'boolean',
      group: 'Points',
      describe: 'Full snapshots instead of incremental ones (not of Ultra and Premium SSD v2 disks)',
    },
    sku: {
      type: 'string',
      choices: ['auto', 'Standard_LRS', 'Standard_ZRS', 'Premium_LRS'],
      group: 'Points',
      describe: 'Where snapshots are stored (default: the guidance); Premium_LRS takes full ones only',
    },
    'copy-to': {
      type: 'string',
      value: 'REGION',
      group: 'Points',
      describe: 'Also copy the points to this region, and wait until the copies are whole',
    },
    'allow-downtime': {
      type: 'boolean',
      group: 'Consent',
      describe:
        'Where nothing else does: stop the machine, snapshot its disks, start it again. Each stop needs --allow deallocate-NAME besides',
    },
    'allow-inconsistent': {
      type: 'boolean',
      group: 'Consent',
      describe:
        'Take snapshots of a running machine that do not agree with each other, and label them so; never of disks that may be striped',
    },
  },
  examples: [
    { line: 'holdfast snapshot web01 --yes', says: 'before a risky change' },
    { line: 'holdfast snapshot --tag environment=dev --copy-to northeurope', says: 'with copies in another region' },
    {
      line: 'holdfast snapshot sql07 --allow-downtime --allow deallocate-sql07',
      says: 'off for some minutes, started again whatever happens',
    },
  ],
  exits: shortcutExits,
  run: async (flags, _, context, rest) => {
    const { takePoints } = await import('../snapshot-run.ts');
    return takePoints(rest, flags, context);
  },
});
