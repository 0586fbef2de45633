import { nameOf } from '../../core/ids.ts';
import { text, type StepWords } from './words.ts';

type Kinds = 'machine.generalize' | 'run-command.create';

export const guestWords: { readonly [K in Kinds]: StepWords<K> } = {
  'machine.generalize': {
    noun: ['machine generalized', 'machines generalized'],
    writes: ({ resourceId }) => `generalizes ${nameOf(resourceId)}`,
    settings: () => ['Generalizes the machine: it can **never start again**'],
  },
  'run-command.create': {
    noun: ['script run in a machine', 'scripts run in machines'],
    writes: ({ input }) => `script in ${nameOf(input.machineId)}`,
    settings: ({ input: { script, timeoutSeconds } }) => [
      `Runs inside the machine, for ${timeoutSeconds} s at most: \`${text(script)}\``,
    ],
  },
};
