import { defineCommand } from '../command.ts';
import { idFlags, shortcutExits } from '../shortcut-flags.ts';

export const remove = defineCommand({
  name: 'remove',
  summary: 'Delete points that holdfast made.',
  description: [
    'Snapshots (a whole set where they are one), VM restore points with the collection they leave empty, images and image versions.',
    'Only what carries holdfast’s tags; never what Azure Backup or a lock holds, and never the last whole point of a machine',
    'without --allow-last. Every deletion is a step of a plan and needs consent of its own.',
  ].join('\n'),
  positionals: [
    {
      name: 'point',
      describe: 'Resource ids of points, whole, as `holdfast points NAME --output json` has them',
      optional: true,
      variadic: true,
    },
  ],
  flags: {
    ...idFlags,
    'allow-last': { type: 'boolean', group: 'Consent', describe: 'Delete a machine’s last whole point too' },
  },
  examples: [
    { line: 'holdfast remove ID', says: 'shows what would go; the plan stays in its file' },
    { line: 'holdfast remove ID ID --allow all-destructive --max-deletes 4 --yes', says: 'from a script' },
  ],
  exits: shortcutExits,
  run: async (flags, _, context, rest) => {
    const { removePoints } = await import('../remove-run.ts');
    return removePoints(rest, flags, context);
  },
});
