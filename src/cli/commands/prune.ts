import { defineCommand } from '../command.ts';
import { retentionFlags, trashFlag } from '../retention-flags.ts';
import { namedOrSelected, shortcutExits, shortcutFlags } from '../shortcut-flags.ts';

export const prune = defineCommand({
  name: 'prune',
  summary: 'Let the points go that no retention policy keeps.',
  description: [
    'Looks at every set of snapshots and every VM restore point that holdfast made of the machines, and at their copies in other',
    'regions, and says of each whether it is kept and why. What goes is marked first, and deleted by a later run once its grace is',
    'over; what is kept again loses its mark. The policy is what the --keep flags say, else what the guidance says of each',
    'machine’s class; without one nothing goes. Never deleted: the last complete point of a machine in a region, what a lock, the tag',
    'holdfast-hold or a copy under way holds, what Azure Backup owns, and what somebody else made (unless it carries the tag',
    'holdfast-adopt: true). Images stay: see `holdfast remove`.',
  ].join('\n'),
  positionals: [namedOrSelected],
  flags: {
    ...shortcutFlags,
    'max-deletes': {
      ...shortcutFlags['max-deletes'],
      describe:
        'Refuse when more snapshots and restore points than this would be deleted, or marked; P% of those in scope',
    },
    ...retentionFlags,
    ...trashFlag,
    'time-zone': {
      type: 'string',
      value: 'ZONE',
      default: 'UTC',
      group: 'Retention',
      describe: 'In which hours, days, weeks, months and years are told apart: Europe/Berlin',
    },
    job: { type: 'string', value: 'NAME', group: 'Retention', describe: 'Only points that this job made' },
    'unsafe-remove-last-point': {
      type: 'boolean',
      group: 'Consent',
      describe: 'Let the last complete point of a machine go too, where no rule keeps it',
    },
  },
  examples: [
    {
      line: 'holdfast prune web01 --keep-daily 7 --keep-weekly 4',
      says: 'shows what would go; the plan stays in its file',
    },
    {
      line: 'holdfast prune --tag env=dev --keep-within 14d --max-deletes 10% --allow all-destructive --yes',
      says: 'from a script',
    },
  ],
  exits: shortcutExits,
  run: async (flags, _, context, rest) => {
    const { prunePoints } = await import('../prune-run.ts');
    return prunePoints(rest, flags, context);
  },
});
