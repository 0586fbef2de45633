import { nameOf } from '../../core/ids.ts';
import { text, type StepWords } from './words.ts';

export const tagWords: { readonly 'tags.update': StepWords<'tags.update'> } = {
  'tags.update': {
    noun: ['change of tags', 'changes of tags'],
    writes: ({ input: { targetId, set, remove } }) =>
      `${nameOf(targetId)}: ${[...Object.keys(set).map((name) => `sets ${name}`), ...Object.keys(remove).map((name) => `takes out ${name}`)].join(', ')}`,
    settings: ({ input: { set, remove } }) => [
      ...Object.entries(set).map(([name, value]) => `Sets the tag ${text(name)} to ${text(value)}; other tags stay`),
      ...Object.keys(remove).map((name) => `Takes out the tag ${text(name)}; other tags stay`),
    ],
  },
};
