import { nameOf } from '../../core/ids.ts';
import { text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds = 'restore-point-collection.create' | 'restore-point.create' | 'restore-point.copy';

export const restorePointWords: { readonly [K in Kinds]: StepWords<K> } = {
  'restore-point-collection.create': {
    noun: ['restore point collection', 'restore point collections'],
    writes: ({ resourceId }) => `collection ${nameOf(resourceId)}`,
    settings: ({ input: { location, machineId, copyOf } }) => [
      `Restore point collection: ${location}, ${copyOf === undefined ? 'of' : 'for copies of the points of'} ${text(nameOf(machineId))}`,
    ],
  },
  'restore-point.create': {
    noun: ['VM restore point', 'VM restore points'],
    writes: ({ resourceId }) => `restore point ${nameOf(resourceId)}`,
    settings: ({ input: { mode, excludeDiskIds } }) => [
      `Restore point: ${mode}-consistent mode, all managed disks at one moment; it does not expire by itself`,
      ...(excludeDiskIds.length === 0
        ? []
        : [`**Leaves out** ${excludeDiskIds.map((id) => text(nameOf(id))).join(', ')}`]),
    ],
  },
  'restore-point.copy': {
    noun: ['VM restore point copied to another region', 'VM restore points copied to another region'],
    writes: ({ resourceId, input }) => `copy ${nameOf(resourceId)} in ${input.location}`,
    settings: ({ input }) => [
      `Copy: of ${text(nameOf(input.sourcePointId))}, in ${text(input.location)}; done when every disk is at 100 %`,
    ],
  },
};

type Assumed = 'no-other-collection' | 'no-newer-point';

export const restorePointAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'no-other-collection': ({ machineId, location, copiesOf }) =>
    copiesOf === undefined
      ? `${text(nameOf(machineId))} has got no other restore point collection in ${location}`
      : `${text(nameOf(copiesOf))} has got no other collection of copies in ${location}`,
  'no-newer-point': ({ collectionId, than }) =>
    `collection ${text(nameOf(collectionId))} holds no restore point${than === null ? '' : ` younger than ${than}`}`,
};
