import { join } from 'node:path';
import { defineCommand } from '../command.ts';
import { exits } from '../exit.ts';
import { guidanceFlag } from '../flags.ts';
import { UsageError } from '../../core/problem.ts';

export const guidance = defineCommand({
  name: 'guidance',
  summary: 'Show or check the rule book that machines are judged by.',
  description: [
    'show    prints the whole guidance in force, defaults included, as YAML',
    'check   says what is wrong with a guidance file, by line and column',
    'schema  prints its JSON Schema, for editors',
  ].join('\n'),
  positionals: [{ name: 'action', describe: 'What to do', choices: ['show', 'check', 'schema'] }],
  flags: {
    ...guidanceFlag,
    'output-file': {
      type: 'string',
      value: 'FILE',
      group: 'Output',
      describe: 'Write there instead of standard output',
    },
  },
  examples: [
    { line: 'holdfast guidance show > mine.yaml', says: 'start from the shipped guidance' },
    { line: 'holdfast guidance check --config mine.yaml', says: 'find mistakes before cron does' },
  ],
  exits: ['0  fine', '2  the file is invalid (file:line:column)'],
  run: async (flags, { action }, context) => {
    const { readInput, writeFileAtomically } = await import('../files.ts');
    const put = async (text: string): Promise<void> => {
      if (flags['output-file'] === undefined) context.out(text);
      else await writeFileAtomically(flags['output-file'], text);
    };
    if (action === 'schema') {
      await put(await readInput(join(context.root, 'config', 'guidance.schema.json'), 'guidance schema'));
      return exits.fine;
    }
    const { readGuidance } = await import('../guidance-source.ts');
    const { tellProblems } = await import('../show-problems.ts');
    const { guidance: parsed, problems } = await readGuidance(context, flags.config);
    if (parsed === undefined) throw new UsageError(problems);
    tellProblems(problems, context);
    if (action === 'check') {
      const notes =
        problems.length === 0 ? '' : `, with ${problems.length} note${problems.length === 1 ? '' : 's'} above`;
      context.err(`${flags.config ?? 'The shipped guidance'} is valid${notes}: ${parsed.classes.length} classes.\n`);
      return exits.fine;
    }
    if (flags.config === undefined) {
      // As it stands in the file: its comments are half of what it says.
      await put(await readInput(join(context.root, 'config', 'guidance.yaml'), 'shipped guidance'));
      return exits.fine;
    }
    const { guidanceYaml } = await import('../guidance-source.ts');
    await put(guidanceYaml(parsed));
    return exits.fine;
  },
});
