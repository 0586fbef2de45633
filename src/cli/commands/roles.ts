import { defineCommand } from '../command.ts';
import { outputFlags } from '../flags.ts';

export const roles = defineCommand({
  name: 'roles',
  summary: 'Print the least an Azure role must allow, for a command, a plan or a job.',
  description: [
    'A custom role with exactly the actions needed: to read the fleet, to write what the command writes, and',
    'to follow each write to its end. Asks Azure nothing and needs no login. Without --for: which roles there are.',
    'With --subscription the role can be assigned there; without, put your own into AssignableScopes.',
  ].join('\n'),
  flags: {
    for: {
      type: 'string',
      value: 'NAME|FILE',
      group: 'Role',
      describe:
        'audit, plan, snapshot, protect, replicate, capture (clone too), remove, prune, hooks; a plan file, to apply just that; or a job file (.yaml), to run it',
    },
    format: {
      type: 'string',
      choices: ['json', 'bicep'],
      default: 'json',
      group: 'Role',
      describe: 'As `az role definition create` takes it, or as Bicep',
    },
    subscription: {
      type: 'string',
      repeatable: true,
      value: 'ID',
      group: 'Role',
      describe: 'Subscription in which the role can be assigned; may be repeated',
    },
    'output-file': outputFlags['output-file'],
  },
  examples: [
    {
      line: 'holdfast roles --for audit --subscription ID --output-file role.json',
      says: 'then `az role definition create --role-definition role.json`',
    },
    { line: 'holdfast roles --for gap.json --format bicep', says: 'what applying that plan needs, and no more' },
    { line: 'holdfast roles --for jobs/nightly.yaml', says: 'what the identity that cron runs it with needs' },
  ],
  exits: ['0  printed', '2  no such role, or an invalid plan or job file'],
  run: async (flags, _, context) => {
    const { printRole } = await import('../roles-run.ts');
    return printRole(flags, context);
  },
});
