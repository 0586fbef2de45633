import { nameOf } from '../../core/ids.ts';
import { text, type StepWords } from './words.ts';

type Kinds = 'network-interface.create' | 'disk.create' | 'machine.create';

export const cloneWords: { readonly [K in Kinds]: StepWords<K> } = {
  'network-interface.create': {
    noun: ['network interface', 'network interfaces'],
    writes: ({ resourceId }) => `interface ${nameOf(resourceId)}`,
    settings: ({ input: { subnetId } }) => [
      `Network interface: in subnet ${text(nameOf(subnetId))}, no public address`,
    ],
  },
  'disk.create': {
    noun: ['disk', 'disks'],
    writes: ({ resourceId }) => `disk ${nameOf(resourceId)}`,
    settings: ({ input: { snapshotId, sku } }) => [`Disk: ${sku}, of snapshot ${text(nameOf(snapshotId))}; no export`],
  },
  'machine.create': {
    noun: ['machine', 'machines'],
    writes: ({ resourceId }) => `machine ${nameOf(resourceId)}`,
    settings: ({ input: { size, zones, storage } }) => [
      `Machine: ${size}${zones.length === 0 ? '' : `, zone ${zones.join(', ')}`}, ${
        storage.kind === 'image'
          ? `of image ${text(nameOf(storage.imageId))}`
          : `on ${storage.dataDisks.length + 1} disks of its own`
      }`,
    ],
  },
};
