import { defineCommand } from '../command.ts';
import { shortcutExits, shortcutFlags } from '../shortcut-flags.ts';

export const protect = defineCommand({
  name: 'protect',
  summary: 'Back machines up: enable, back up now, stop, resume, delete, undelete, change policy or disks.',
  description: [
    'Makes a plan for the machines named or selected, shows it, asks, applies and verifies. Without a verb it',
    'enables what the guidance chooses for each machine (Azure Backup, a snapshot or a restore point).',
    'Deleting a backup, going from a standard to an enhanced policy, and whatever else cannot be undone needs',
    '--allow with the name of the step.',
  ].join('\n'),
  positionals: [{ name: 'machine', describe: 'Names or resource ids of machines', optional: true, variadic: true }],
  flags: {
    ...shortcutFlags,
    option: {
      type: 'string',
      choices: ['azure-backup', 'disk-snapshot', 'restore-point'],
      group: 'Backup',
      describe: 'What to protect with (default: the choice of the guidance)',
    },
    now: { type: 'boolean', group: 'Backup', describe: 'Make a backup now, beside the schedule' },
    stop: {
      type: 'string',
      choices: ['retain', 'delete'],
      group: 'Backup',
      describe: 'Stop: keep the points, or delete them into soft delete',
    },
    resume: {
      type: 'boolean',
      group: 'Backup',
      describe: 'Resume a backup that was stopped; with --undelete, right after undeleting',
    },
    undelete: {
      type: 'boolean',
      group: 'Backup',
      describe: 'Undelete a backup that soft delete still keeps; it stays stopped unless --resume is given too',
    },
    policy: {
      type: 'string',
      value: 'NAME|ID',
      group: 'Backup',
      describe: 'Under this policy; of a machine that is backed up already, change to it',
    },
    'exclude-lun': {
      type: 'number',
      repeatable: true,
      value: 'N',
      group: 'Backup',
      describe: 'Leave out the data disk at this LUN; never done where disks are striped or may be. May be repeated',
    },
    'all-disks': {
      type: 'boolean',
      group: 'Backup',
      describe: 'Back up every disk again, but those whose own tag leaves them out',
    },
  },
  examples: [
    { line: 'holdfast protect shop-web-01', says: 'vault and policy are found or made; asks before writing' },
    {
      line: 'holdfast protect --tag env=prod --resource-group rg-shop --yes',
      says: 'every machine so tagged in that group',
    },
    { line: 'holdfast protect db-01 --now', says: 'and tells what consistency the point has' },
    { line: 'holdfast protect old-07 --stop delete --allow all-destructive', says: 'into soft delete' },
  ],
  exits: shortcutExits,
  run: async (flags, _, context, machines) => {
    const { runShortcut } = await import('../shortcut-run.ts');
    const { askedOf, optionOf } = await import('../protect-flags.ts');
    const { draftProtecting } = await import('../../core/plan-backup.ts');
    const asked = askedOf(flags);
    const option = optionOf(flags, asked);
    return runShortcut(
      {
        verb: 'protect',
        named: machines,
        draft: (chosen) => draftProtecting(new Set(chosen.map(({ key }) => key)), option, asked),
      },
      flags,
      context,
    );
  },
});
