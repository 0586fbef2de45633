import { defineCommand } from '../command.ts';
import { logFlag, outputFlags, sourceFlags, writeFlags } from '../flags.ts';

export const apply = defineCommand({
  name: 'apply',
  summary: 'Carry out a plan, then audit again what it touched.',
  description: [
    'Reads the plan and nothing else. Each step is checked again just before its write and journaled before it is sent: kill it at',
    'any moment and run the same command to resume. A second apply of a finished plan reports already-done throughout.',
  ].join('\n'),
  positionals: [{ name: 'plan', describe: 'Plan file made by `holdfast plan --output-file`' }],
  flags: {
    ...writeFlags,
    resend: {
      type: 'string',
      repeatable: true,
      value: 'STEP-ID',
      group: 'Consent',
      describe: 'Send a step that ended in-doubt again, although Azure may have done it already',
    },
    cloud: sourceFlags.cloud,
    concurrency: sourceFlags.concurrency,
    output: { ...outputFlags.output, describe: 'Format of the outcome; ndjson also prints every event as it happens' },
    'output-file': outputFlags['output-file'],
    debug: outputFlags.debug,
    ...logFlag,
  },
  examples: [
    { line: 'holdfast apply gap.json', says: 'asks once, then works; the same line resumes' },
    { line: 'holdfast apply gap.json --yes --output json', says: 'from cron or CI' },
  ],
  exits: [
    '0  every step done or already done',
    '1  failed',
    '2  no consent, an invalid plan or journal, or --resend of a step that is not in doubt',
    '3  partly done: some steps failed, moved or are in doubt, or another run is at work on the plan or a machine; the',
    '   resume command is shown',
    '5  the plan has expired, or is over a limit; nothing was written',
    '6  done, and the audit afterwards is incomplete',
    '130  interrupted: the same command resumes',
  ],
  run: async (flags, { plan = '' }, context) => {
    const { applyFile } = await import('../apply-run.ts');
    return (await applyFile(plan, flags, context)).code;
  },
});
