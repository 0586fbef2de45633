import { durationText } from '../../core/duration.ts';
import { nameOf } from '../../core/ids.ts';
import { text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds = 'machine.deallocate' | 'machine.start';

export const machineWords: { readonly [K in Kinds]: StepWords<K> } = {
  'machine.deallocate': {
    noun: ['machine stopped for its snapshots', 'machines stopped for their snapshots'],
    writes: ({ input: { machineId, downtimeSeconds } }) =>
      `${nameOf(machineId)} off${downtimeSeconds === null ? '' : ` for about ${durationText(downtimeSeconds * 1000)}`}`,
    settings: ({ input: { machineId, downtimeSeconds } }) => [
      downtimeSeconds === null
        ? `**Deallocates** ${text(nameOf(machineId))}, which does not run today; it is not started afterwards`
        : `**Downtime**: ${text(nameOf(machineId))} is shut down and deallocated, and off for about ${durationText(downtimeSeconds * 1000)}`,
      'Deallocating loses what is on its temporary disk and any dynamic public address',
    ],
    consent: 'STOPS A MACHINE',
  },
  'machine.start': {
    noun: ['machine started again', 'machines started again'],
    writes: ({ input: { machineId } }) => `${nameOf(machineId)} on again`,
    settings: ({ input: { machineId } }) => [
      `Starts ${text(nameOf(machineId))} again, only if this plan stopped it; Azure may lack capacity for its size at that moment`,
    ],
  },
};

type Assumed = 'machine-is' | 'machine-disks-are' | 'power-is';

export const machineAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'machine-is': ({ machineId, vmId }) => `${text(nameOf(machineId))} is still the machine with instance id \`${vmId}\``,
  'machine-disks-are': ({ diskIds }) =>
    `it has exactly ${diskIds.map((id) => text(nameOf(id))).join(', ') || 'no managed disks'}`,
  'power-is': ({ power }) => `it is ${power}`,
};
