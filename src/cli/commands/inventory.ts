import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { exits } from '../exit.ts';
import { outputFlags, scopeFlags, sourceFlags } from '../flags.ts';

export const inventory = defineCommand({
  name: 'inventory',
  summary: 'List the machines with their disks, tags, power and operating system.',
  description:
    'Reads, judges nothing. --export writes everything read, exactly as Azure answered, as a bundle for --offline.',
  flags: {
    ...scopeFlags,
    ...sourceFlags,
    ...outputFlags,
    export: {
      type: 'string',
      value: 'DIR',
      group: 'Output',
      describe: 'Also write an offline bundle into this new folder',
    },
  },
  examples: [
    { line: 'holdfast inventory --output csv --output-file fleet.csv', says: 'the fleet as a spreadsheet' },
    { line: 'holdfast inventory --export bundle --deep', says: 'a bundle for an auditor without a login' },
  ],
  exits: ['0  fine', '2  wrong usage', '6  incomplete: something could not be read'],
  run: async (flags, _, context) => {
    const { readFleet } = await import('../estate-source.ts');
    const { checkOutput, putReport } = await import('../output.ts');
    await checkOutput(flags, context);
    const { inventoryOf } = await import('../../report/model.ts');
    const { exportFleet } = await import('../export.ts');
    const folder = flags.export === undefined ? undefined : resolve(context.cwd, flags.export);
    const { estate } =
      folder === undefined ? await readFleet(flags, context) : await exportFleet(folder, flags, context);
    const report = inventoryOf(estate);
    await putReport(report, flags, context);
    const { unreadIn } = await import('../../core/unread.ts');
    const { tellProblems } = await import('../show-problems.ts');
    tellProblems(unreadIn(estate), context);
    return report.complete ? exits.fine : exits.incomplete;
  },
});
