import { nameOf } from '../../core/ids.ts';
import { text, type AssumptionWords, type StepWords } from './words.ts';

export const placeWords: { readonly 'resource-group.create': StepWords<'resource-group.create'> } = {
  'resource-group.create': {
    noun: ['resource group', 'resource groups'],
    writes: ({ resourceId }) => `resource group ${nameOf(resourceId)}`,
    settings: ({ input }) => [`Resource group: ${input.location}`],
  },
};

export const placeAssumptionWords: { readonly absent: AssumptionWords<'absent'> } = {
  absent: ({ resourceId }) => `${text(nameOf(resourceId))} does not exist`,
};
