import { defineCommand } from '../command.ts';
import { idFlags, shortcutExits } from '../shortcut-flags.ts';

export const clone = defineCommand({
  name: 'clone',
  summary: 'Make many machines from one image.',
  description: [
    'Each machine gets an interface in the subnet and managed disks of its own; no storage account is used, no',
    'public address is given. At most 20 machines are under way at a time, as Azure allows of one managed image;',
    'every one is reported.',
  ].join('\n'),
  flags: {
    ...idFlags,
    image: { type: 'string', value: 'ID', group: 'Machines', describe: 'Managed image or gallery image version' },
    count: { type: 'number', value: 'N', least: 1, most: 1000, group: 'Machines', describe: 'How many' },
    name: {
      type: 'string',
      value: 'PATTERN',
      group: 'Machines',
      describe: 'Names: {n} is the number, {n:3} the number with three digits: web-{n:3}',
    },
    from: { type: 'number', value: 'N', default: 1, group: 'Machines', describe: 'First number' },
    size: { type: 'string', value: 'SIZE', group: 'Machines', describe: 'VM size: Standard_D2s_v5' },
    subnet: { type: 'string', value: 'ID', group: 'Machines', describe: 'Subnet of their interfaces' },
    into: {
      type: 'string',
      value: 'GROUP-ID',
      group: 'Machines',
      describe: 'Resource group they go into; must exist (default: the image’s)',
    },
    location: { type: 'string', value: 'REGION', group: 'Machines', describe: 'Region (default: the image’s)' },
    zone: { type: 'string', value: 'N', group: 'Machines', describe: 'Availability zone' },
    'admin-username': {
      type: 'string',
      value: 'NAME',
      group: 'Machines',
      describe: 'Account to make (generalized Linux images)',
    },
    'ssh-key-file': { type: 'string', value: 'FILE', group: 'Machines', describe: 'Its public key' },
  },
  examples: [
    {
      line: 'holdfast clone --image ID --count 200 --name web-{n:3} --size Standard_D2s_v5 --subnet ID --admin-username ops --ssh-key-file ~/.ssh/id_ed25519.pub',
      says: 'two hundred machines, twenty at a time',
    },
  ],
  exits: shortcutExits,
  run: async (flags, _, context) => {
    const { runClone } = await import('../clone-run.ts');
    return runClone(flags, context);
  },
});
