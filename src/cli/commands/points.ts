import { defineCommand } from '../command.ts';
import { exits } from '../exit.ts';
import { outputFlags, scopeFlags, sourceFlags } from '../flags.ts';

/** Points are what it is for, so they are always read. */
const { deep: _, ...source } = sourceFlags;

export const points = defineCommand({
  name: 'points',
  summary: 'List every recovery point of one machine, newest first.',
  description: [
    'Vault points, snapshot sets, restore points and their copies, Site Recovery points, and images; each with',
    'the consistency and the disks it really has, when it expires, and what can be restored from it.',
    'What could not be read is said at the end, and makes the exit code 6.',
  ].join('\n'),
  positionals: [{ name: 'vm', describe: 'Name or resource id of the machine' }],
  flags: { ...scopeFlags, ...source, ...outputFlags },
  examples: [
    { line: 'holdfast points web01 --resource-group shop', says: 'what web01 could be brought back from' },
    { line: 'holdfast points web01 --output json', says: 'the same as data, with whole ids' },
  ],
  exits: [
    '0  fine',
    '2  no such machine, or several of that name',
    '6  incomplete: a point could be missing from the list',
  ],
  run: async (flags, { vm = '' }, context) => {
    const { readFleet } = await import('../estate-source.ts');
    const { checkOutput, putReport } = await import('../output.ts');
    const { theMachine } = await import('../one-machine.ts');
    const { machinesNamed } = await import('../../core/explain.ts');
    const { pointsOf } = await import('../../core/points.ts');
    await checkOutput(flags, context);
    const { estate, asOf } = await readFleet({ ...flags, deep: true }, context, {
      pointsOf: (read) => machinesNamed(read, vm),
    });
    const report = pointsOf(theMachine(estate, vm), estate, asOf);
    await putReport(report, flags, context);
    return report.complete ? exits.fine : exits.incomplete;
  },
});
