import { nameOf } from '../../core/ids.ts';
import { text, type StepWords } from './words.ts';

export const tagWords: { readonly 'tags.update': StepWords<'tags.update'> } = {
  'tags.update': {
    noun: ['change of tags', 'changes of tags'],
    writes: ({ input: { targetId, operation, tags } }) =>
      `${nameOf(targetId)}: ${verbs[operation]} ${Object.keys(tags).join(', ')}`,
    settings: ({ input: { operation, tags } }) =>
      Object.entries(tags).map(([name, value]) =>
        operation === 'merge'
          ? `Sets the tag ${text(name)} to ${text(value)}; other tags stay`
          : `Takes out the tag ${text(name)}; other tags stay`,
      ),
  },
};

const verbs = { merge: 'sets', delete: 'takes out' } as const;
