import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { cloudWords } from '../cloud-words.ts';
import { exits } from '../exit.ts';
import { auditExit, findingsOf } from '../audit-exit.ts';
import { failOnFlag, guidanceFlag, outputFlags, pricesFlag, scopeFlags, sourceFlags, writeFlags } from '../flags.ts';

export const plan = defineCommand({
  name: 'plan',
  summary: 'Write down, step by step, what would close the gaps. Changes nothing.',
  description: [
    'A dry run is a plan file. Each step is one write with its reason, what it takes for granted and what will be true after it.',
    'What is required and cannot be carried out stands in the plan as a refusal, never as a weaker substitute.',
  ].join('\n'),
  flags: {
    ...scopeFlags,
    ...guidanceFlag,
    ...sourceFlags,
    ...pricesFlag,
    output: { ...outputFlags.output, choices: ['table', 'json', 'ndjson', 'csv'] },
    'output-file': {
      ...outputFlags['output-file'],
      value: 'P',
      describe: 'Write the plan as JSON to P and its summary for people to P.md',
    },
    debug: outputFlags.debug,
    'first-backup': {
      type: 'string',
      choices: ['now', 'on-schedule'],
      group: 'Guidance',
      describe:
        'Start the first backup of newly protected machines at once, or leave it to the schedule (default: the guidance)',
    },
    ...failOnFlag,
    'max-changes': writeFlags['max-changes'],
    'max-deletes': writeFlags['max-deletes'],
  },
  examples: [
    { line: 'holdfast plan --output-file gap.json', says: 'then read gap.json.md, and `holdfast apply gap.json`' },
    { line: 'holdfast plan --tag environment=dev --max-changes 20', says: 'a small step first' },
  ],
  exits: [
    '0  a plan was made, refusals included',
    '2  wrong usage or invalid guidance',
    '4  findings at or above --fail-on',
    '5  over --max-changes or --max-deletes',
    '6  incomplete: something unknown could change the plan',
  ],
  run: async (flags, _, context) => {
    const { makePlan } = await import('../plan-run.ts');
    const { putReport } = await import('../output.ts');
    const { tellProblems } = await import('../show-problems.ts');
    const file = flags['output-file'];
    if (file !== undefined) {
      const path = resolve(context.cwd, file);
      await (await import('../files.ts')).checkWritable(path);
      await (await import('../journal-of.ts')).makeRoom(path, file);
    }
    const { unreadIn } = await import('../../core/unread.ts');
    const { plan: made, problems, complete, audit, estate, unasked } = await makePlan(flags, context);
    tellProblems([...unreadIn(estate), ...unasked], context);
    if (file === undefined) await putReport(made, flags, context);
    else {
      const { writeFileAtomically } = await import('../files.ts');
      const { planText } = await import('../../core/plan-file.ts');
      const { planMarkdown } = await import('../../report/plan-markdown.ts');
      const path = resolve(context.cwd, file);
      const command = `${file}${cloudWords(flags.cloud)}`;
      await writeFileAtomically(`${path}.md`, planMarkdown(made, file, cloudWords(flags.cloud)));
      await writeFileAtomically(path, planText(made));
      await putReport(made, { output: 'table', 'output-file': undefined }, context);
      const next = made.steps.length === 0 ? '' : `Next: holdfast apply ${command}\n`;
      context.err(`Plan written to ${file}, its summary to ${file}.md.\n${next}`);
    }
    if (problems.length > 0) {
      tellProblems(problems, context);
      return exits.overLimit;
    }
    return auditExit(complete, findingsOf(audit), flags['fail-on']);
  },
});
