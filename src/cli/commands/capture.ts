import { defineCommand } from '../command.ts';
import { shortcutExits, shortcutFlags } from '../shortcut-flags.ts';

export const capture = defineCommand({
  name: 'capture',
  summary: 'Make an image of a machine, a disk, a snapshot or a VHD, to make machines from.',
  description: [
    'A machine that is generalized already is captured as it is, deallocated first. One that is not is left alone:',
    'by default a temporary copy is made from snapshots, started in a network that leads nowhere, generalized,',
    'captured and removed. --specialized makes a gallery version of the machine as it is, accounts and name',
    'included, without generalizing anything. --in-place generalizes the machine ITSELF: it never starts again,',
    'and every such step needs --allow with its own name.',
    '',
    'With --from-vhd, --from-disk or --from-snapshot no machine is needed: name what the image must say of itself.',
  ].join('\n'),
  positionals: [{ name: 'vm', describe: 'Names or resource ids of machines', optional: true, variadic: true }],
  flags: {
    ...shortcutFlags,
    as: {
      type: 'string',
      choices: ['managed-image', 'gallery-image'],
      group: 'Image',
      describe: 'Kind of image (default: a managed image where it can hold the machine, else a gallery version)',
    },
    specialized: {
      type: 'boolean',
      group: 'Image',
      describe: 'As it is: a specialized gallery version; nothing is generalized',
    },
    'in-place': { type: 'boolean', group: 'Image', describe: 'Generalize the machine itself, which ends it' },
    gallery: {
      type: 'string',
      value: 'ID',
      group: 'Image',
      describe: 'Gallery for versions (default: one of its own beside the image)',
    },
    region: {
      type: 'string',
      repeatable: true,
      value: 'NAME',
      group: 'Image',
      describe: 'Also replicate a gallery version there',
    },
    'zone-resilient': {
      type: 'boolean',
      group: 'Image',
      describe: 'Keep a managed image on zone-redundant storage (regions with zones only)',
    },
    'from-vhd': {
      type: 'string',
      value: 'BLOB-URI',
      group: 'Without a machine',
      describe: 'Make the image of a VHD in a storage account',
    },
    'from-disk': {
      type: 'string',
      value: 'ID',
      group: 'Without a machine',
      describe: 'Make the image of an operating system disk',
    },
    'from-snapshot': {
      type: 'string',
      value: 'ID',
      group: 'Without a machine',
      describe: 'Make the image of a snapshot of one',
    },
    'os-type': { type: 'string', choices: ['linux', 'windows'], group: 'Without a machine', describe: 'Its system' },
    generation: {
      type: 'string',
      choices: ['V1', 'V2'],
      group: 'Without a machine',
      describe: 'Its Hyper-V generation',
    },
    'os-state': {
      type: 'string',
      choices: ['generalized', 'specialized'],
      group: 'Without a machine',
      describe: 'Whether it was generalized',
    },
    into: {
      type: 'string',
      value: 'GROUP-ID',
      group: 'Without a machine',
      describe: 'Resource group of the image (default: that of the disk or snapshot)',
    },
    location: {
      type: 'string',
      value: 'REGION',
      group: 'Without a machine',
      describe: 'Region of the VHD; of a disk or snapshot its own is read',
    },
  },
  examples: [
    { line: 'holdfast capture golden-web', says: 'an image of a machine that stays in use, by way of a copy' },
    {
      line: 'holdfast capture build-01 --specialized --region northeurope',
      says: 'a machine in use as it is, in two regions',
    },
    {
      line: 'holdfast capture --from-snapshot ID --os-type linux --generation V2 --os-state generalized',
      says: 'without a machine',
    },
  ],
  exits: shortcutExits,
  run: async (flags, _, context, rest) => {
    const { runCapture } = await import('../capture-run.ts');
    return runCapture(flags, rest, context);
  },
});
