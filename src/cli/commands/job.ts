import { UsageError } from '../../core/problem.ts';
import { defineCommand } from '../command.ts';
import { worst } from '../exit.ts';
import { guidanceFlag, logFlag, outputFlags, sourceFlags, stateFlags, tellingFlags, writeFlags } from '../flags.ts';
import { jobFlags } from '../job-flags.ts';

const { deep: _, ...source } = sourceFlags;

export const job = defineCommand({
  name: 'job',
  summary: 'Take a point of each selected machine in every window, keep what the policy keeps: for cron.',
  description: [
    'run    takes the points that this window still lacks, copies, prunes and tells; twice or late does no harm',
    'check  says what is wrong with a job, when it is due next and what each machine would get; touches nothing',
    '',
    'A job is a file (docs/jobs.md), or flags alone.',
  ].join('\n'),
  positionals: [
    { name: 'action', describe: 'What to do', choices: ['run', 'check'] },
    { name: 'file', describe: 'Job file; none: the job is said with flags', optional: true },
  ],
  flags: {
    ...jobFlags,
    ...guidanceFlag,
    ...source,
    ...stateFlags,
    output: { ...outputFlags.output, describe: 'Format of the data on standard output; check: table or json' },
    'output-file': outputFlags['output-file'],
    debug: outputFlags.debug,
    ...logFlag,
    ...tellingFlags,
    yes: writeFlags.yes,
    lease: writeFlags.lease,
  },
  examples: [
    { line: 'holdfast job check dev-daily.yaml', says: 'before cron does it' },
    { line: 'holdfast job check dev-daily.yaml --notify-test', says: 'do messages arrive?' },
    { line: 'holdfast job run dev-daily.yaml --yes', says: 'as a line of cron has it' },
    {
      line: 'holdfast job run --tag environment=dev --window 24h --keep-daily 7 --keep-weekly 4 --yes',
      says: 'without a file',
    },
  ],
  exits: [
    '0  run: every machine has its point; check: it can run',
    '1  run: all machines failed, or the run did',
    "2  wrong usage, an invalid job or guidance, or no consent; check: Azure's floors forbid the schedule",
    '3  run: some machines or copies failed, or another run is at work; check: some machines would get no point,',
    '   or a receiver did not take its test message',
    '5  more machines than --max-machines: nothing was written; more deletions than --max-deletes: nothing was deleted',
    '6  incomplete: something that matters could not be read',
    '130  interrupted; the same line goes on',
  ],
  run: async (flags, { action, file }, context) => {
    const { readJob } = await import('../job-source.ts');
    if (action === 'run') {
      const offline = flags.offline === undefined ? flags['as-of'] && '--as-of' : '--offline';
      if (offline) throw onlyForCheck(offline);
      if (flags['notify-test']) throw onlyForCheck('--notify-test');
      const { runJob } = await import('../job-run.ts');
      return runJob(await readJob(file, flags, context), flags, context);
    }
    if (flags.output === 'ndjson' || flags.output === 'csv') throw onlyForRun(`--output ${flags.output}`);
    const { checkJob } = await import('../job-check.ts');
    const checked = await readJob(file, flags, context);
    if (!flags['notify-test']) return checkJob(checked, flags, context);
    const { testReceivers } = await import('../notify-test.ts');
    const reached = await testReceivers(checked, context);
    return worst([reached, await checkJob(checked, flags, context)]);
  },
});

const onlyForRun = (flag: string): UsageError =>
  new UsageError([
    {
      code: 'usage',
      severity: 'high',
      subject: flag,
      summary: `${flag} is for job run`,
      remedy: 'give --output json',
    },
  ]);

const onlyForCheck = (flag: string): UsageError =>
  new UsageError([
    {
      code: 'usage',
      severity: 'high',
      subject: flag,
      summary: `${flag} is for job check: a run works on Azure as it is now`,
      remedy: `leave ${flag} out`,
    },
  ]);
