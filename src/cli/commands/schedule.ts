import { UsageError } from '../../core/problem.ts';
import { defineCommand } from '../command.ts';
import { exits } from '../exit.ts';
import { outputFlags } from '../flags.ts';

export const schedule = defineCommand({
  name: 'schedule',
  summary: 'Print what a scheduler needs to run a job: lines of cron, units of systemd, a workflow.',
  description: [
    'print  writes text for you to read, edit and install; nothing is installed or asked of Azure',
    '',
    'Runs are set a minute after each due moment. More runs than needed do no harm: one that finds its point there makes none.',
  ].join('\n'),
  positionals: [
    { name: 'action', describe: 'What to do', choices: ['print'] },
    { name: 'file', describe: 'Job file' },
  ],
  flags: {
    for: {
      type: 'string',
      choices: ['cron', 'systemd', 'github-actions'],
      group: 'Scheduler',
      describe: 'Which scheduler it is for (required)',
    },
    command: {
      type: 'string',
      value: 'COMMAND',
      group: 'Scheduler',
      describe:
        'How holdfast is called there (default: /usr/local/bin/holdfast; of GitHub: node holdfast/src/cli/bin.mjs)',
    },
    'job-file': {
      type: 'string',
      value: 'PATH',
      group: 'Scheduler',
      describe: 'The job file as seen from there (default: /etc/holdfast/jobs/NAME.yaml; of GitHub: as given)',
    },
    'working-directory': { type: 'string', value: 'DIR', group: 'Scheduler', describe: 'Folder to run in' },
    'host-zone': {
      type: 'string',
      value: 'ZONE',
      default: 'UTC',
      group: 'Scheduler',
      describe: "Zone that the host's cron keeps; only of cron",
    },
    delay: {
      type: 'number',
      value: 'MINUTES',
      default: 1,
      most: 59,
      group: 'Scheduler',
      describe: "After each due moment, as the host's clock may be ahead of Azure's",
    },
    'output-file': outputFlags['output-file'],
  },
  examples: [
    { line: 'holdfast schedule print dev-daily.yaml --for cron', says: 'lines for crontab -e' },
    { line: 'holdfast schedule print dev-daily.yaml --for systemd', says: 'a service and a timer' },
    {
      line: 'holdfast schedule print jobs/dev-daily.yaml --for github-actions',
      says: 'a workflow with a federated login',
    },
  ],
  exits: ['0  fine', '2  wrong usage, an invalid job, or a schedule that the scheduler cannot say'],
  run: async (flags, { file = '' }, context) => {
    if (flags.for === undefined) throw noScheduler();
    const { printSchedule } = await import('../schedule-print.ts');
    const { checkOutput, putText } = await import('../output.ts');
    await checkOutput(flags, context);
    await putText(await printSchedule(file, flags.for, flags, context), flags, context);
    return exits.fine;
  },
});

const noScheduler = (): UsageError =>
  new UsageError([
    {
      code: 'usage',
      severity: 'high',
      subject: '--for',
      summary: 'schedule print needs to know the scheduler',
      remedy: 'give --for cron, --for systemd or --for github-actions',
    },
  ]);
