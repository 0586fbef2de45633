import { defineCommand } from '../command.ts';
import { outputFlags, stateFlags } from '../flags.ts';

export const history = defineCommand({
  name: 'history',
  summary: 'Show what ran and what came of it, newest first; of one machine, its points over time.',
  description: [
    'Every run of a job, every plan that was applied and every audit of Azure is recorded on this host, in a file of yours.',
    'Reads that file alone: nothing is asked of Azure, so points that others made or deleted are not in it.',
  ].join('\n'),
  flags: {
    machine: {
      type: 'string',
      value: 'NAME|ID',
      group: 'Selection',
      describe: 'What became of this machine, with its points and the gaps between them',
    },
    job: { type: 'string', value: 'NAME', group: 'Selection', describe: 'Runs of this job alone' },
    since: {
      type: 'string',
      value: 'RFC3339|36h|7d|4w',
      group: 'Selection',
      describe: 'Runs that began since then, or within that time',
    },
    limit: {
      type: 'number',
      default: 20,
      least: 1,
      most: 100_000,
      value: 'N',
      group: 'Selection',
      describe: 'Records shown; the totals count older ones too',
    },
    ...stateFlags,
    output: { ...outputFlags.output, choices: ['table', 'json', 'ndjson', 'csv'] },
    'output-file': outputFlags['output-file'],
  },
  examples: [
    { line: 'holdfast history --since 7d', says: 'what ran this week' },
    { line: 'holdfast history --machine web01', says: 'its points, and the windows without one' },
    { line: 'holdfast history --job nightly --output json --limit 100', says: 'for a program' },
  ],
  exits: [
    '0  fine, also with nothing recorded yet',
    '1  the history cannot be read',
    '2  wrong usage, no such machine in it, or no history kept',
    '6  incomplete: some records are not what was written',
  ],
  run: async (flags, _, context) => {
    const { runHistory } = await import('../history-run.ts');
    return runHistory(flags, context);
  },
});
