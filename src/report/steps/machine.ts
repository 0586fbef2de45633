import { nameOf } from '../../core/ids.ts';
import { text, type AssumptionWords } from './words.ts';

type Kinds = 'machine-is' | 'machine-disks-are' | 'power-is';

export const machineAssumptionWords: { readonly [K in Kinds]: AssumptionWords<K> } = {
  'machine-is': ({ machineId, vmId }) => `${text(nameOf(machineId))} is still the machine with instance id \`${vmId}\``,
  'machine-disks-are': ({ diskIds }) => `it has exactly ${diskIds.map((id) => text(nameOf(id))).join(', ') || 'no managed disks'}`,
  'power-is': ({ power }) => `it is ${power}`,
};
