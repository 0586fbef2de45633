/**
 * The safe way to an image: snapshot the machine's disks, start a temporary copy where it can reach nothing, take the copy's
 * identity away, capture it, clean up. The machine itself is only read.
 * https://learn.microsoft.com/azure/virtual-machines/capture-image-resource advises a copy for whoever still needs the machine.
 */
import type { Assessment } from '../assessment.ts';
import type { AttachedDisk, Machine } from '../estate.ts';
import { nameOf, shortHash, type ResourceId } from '../ids.ts';
import { nameFor, stepId, type NamedKind } from '../names.ts';
import type { OptionId } from '../option.ts';
import type { Step, StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import type { Removable } from '../steps/removal.ts';
import { jobOf, type Capture } from './capture-job.ts';
import { deprovisionStep, generalizeStep } from './capture-generalize.ts';
import { draftSnapshot } from './disk-snapshot.ts';
import { refuse, type DraftContext, type Drafted } from './draft.ts';
import { imageSteps, tagsFor } from './image-steps.ts';

/** Any private range will do: nothing is ever connected to it. */
const prefix = '10.255.255.0/28';
const subnet = 'copy';

export const draftCopy = (capture: Capture, assessment: Assessment, context: DraftContext): Drafted => {
  const { machine } = capture;
  if (!machine.size.known)
    return refuse('size-unknown', `The size of ${machine.name} is not known, and its copy needs one.`, sources.IMG);
  const off = machine.power.known && machine.power.value === 'deallocated';
  if (machine.disks.length > 1 && !off) {
    const text = `${machine.name} has ${machine.disks.length} disks and is not known to be deallocated: a copy of disks taken one by one is no machine. Deallocate it first, or capture it --specialized.`;
    return refuse('several-disks', text, sources.BDR, 'S-14');
  }
  const drafted = draftSnapshot({ assessment, option: 'disk-snapshot' }, context);
  if (drafted.kind === 'refused') return drafted;
  const snapshots = drafted.steps.filter((step) => step.kind === 'snapshot.create');
  const copied = machine.disks.map((attached) => ({
    attached,
    snapshot: snapshots.find(({ input }) => input.sourceDiskId.toLowerCase() === attached.id?.toLowerCase()),
  }));
  const missing = copied.find(({ snapshot }) => snapshot === undefined);
  if (missing)
    return refuse(
      'disk-not-copied',
      `No snapshot is planned of disk ${missing.attached.name}, so the copy would lack it.`,
      sources.SNAP,
    );
  // What the guidance would keep is the snapshots of backups; these are of this plan, and go with it.
  const others = drafted.steps.filter((step) => step.kind !== 'snapshot.create');
  const temporary = snapshots.map((step) => ({
    ...step,
    reason: `A snapshot of ${nameOf(step.input.sourceDiskId)} for a temporary copy of ${machine.name}; it is deleted at the end.`,
  }));
  const copy = copyOf(
    capture,
    machine.size.value,
    copied.flatMap(({ attached, snapshot }) => (snapshot ? [{ attached, snapshot }] : [])),
    context,
  );
  const clean = deprovisionStep(capture, copy.machineId, [copy.machine.id], false, context);
  const stop = stopCopy(capture, copy.machineId, [clean.id], context);
  const generalize = generalizeStep(capture, copy.machineId, [stop.id], false, context);
  const image = imageSteps(
    jobOf(capture),
    { kind: 'machine', id: copy.machineId },
    'generalized',
    [...capture.group.map(({ id }) => id), generalize.id],
    context,
  );
  const end = image.at(-1)!.id;
  const removed = [
    ...remove(capture, [copy.machine], 'machine', [end], context),
    ...remove(capture, copy.disks, 'disk', [removalId(copy.machineId)], context),
    ...remove(capture, [copy.nic], 'network-interface', [removalId(copy.machineId)], context),
    ...remove(capture, [copy.network], 'virtual-network', [removalId(copy.nic.resourceId)], context),
    ...remove(capture, temporary, 'snapshot', [end], context),
  ];
  return {
    kind: 'steps',
    steps: [...capture.group, ...others, ...temporary, ...copy.steps, clean, stop, generalize, ...image, ...removed],
  };
};

const ofMachine = (machine: Machine, option: OptionId) =>
  ({ option, subject: machine.id, method: 'PUT', runs: 'on-success', destructive: false }) as const;

interface Copy {
  readonly steps: readonly Step[];
  readonly machine: Step;
  readonly machineId: ResourceId;
  readonly disks: readonly Step[];
  readonly nic: Step;
  readonly network: Step;
}

interface CopiedDisk {
  readonly attached: AttachedDisk;
  readonly snapshot: StepOf<'snapshot.create'>;
}

const copyOf = (capture: Capture, size: string, copied: readonly CopiedDisk[], context: DraftContext): Copy => {
  const { machine, option, groupId, group, traits } = capture;
  const tags = tagsFor(machine.key, context);
  const named = (kind: NamedKind, provider: string, distinct: string): ResourceId =>
    `${groupId}/providers/${provider}/${nameFor(kind, `copy-${machine.name}`, context.asOf, context.seed, distinct)}`;
  const shared = ofMachine(machine, option);
  const networkId = named('virtual-network', 'Microsoft.Network/virtualNetworks', machine.key);
  const interfaceId = named('network-interface', 'Microsoft.Network/networkInterfaces', machine.key);
  const machineId = named('machine', 'Microsoft.Compute/virtualMachines', machine.key);
  const network: Step = {
    ...shared,
    id: context.ids.take(['copy-network', machine.name], networkId),
    kind: 'virtual-network.create',
    reason: `The copy of ${machine.name} would start the same services under the same name: it gets a network of its own that leads nowhere.`,
    source: 'https://learn.microsoft.com/azure/virtual-network/virtual-networks-overview',
    resourceId: networkId,
    assumes: [],
    goal: { kind: 'exists', resourceId: networkId },
    dependsOn: group.map(({ id }) => id),
    input: {
      location: machine.location,
      addressPrefixes: [prefix],
      subnets: [{ name: subnet, addressPrefixes: [prefix] }],
      tags,
    },
  };
  const nic: Step = {
    ...shared,
    id: context.ids.take(['copy-interface', machine.name], interfaceId),
    kind: 'network-interface.create',
    reason: 'A machine needs an interface to run at all.',
    source: 'https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface',
    resourceId: interfaceId,
    assumes: [],
    goal: { kind: 'exists', resourceId: interfaceId },
    dependsOn: [network.id],
    input: { location: machine.location, subnetId: `${networkId}/subnets/${subnet}`, tags },
  };
  const disks = copied.map(({ attached, snapshot }): StepOf<'disk.create'> => {
    const resourceId = named('disk', 'Microsoft.Compute/disks', attached.key ?? attached.name);
    return {
      ...shared,
      id: context.ids.take(['copy-disk', machine.name, attached.name], resourceId),
      kind: 'disk.create',
      reason: `Disk ${attached.name} of the copy, from its snapshot.`,
      source: sources.SNAP,
      resourceId,
      assumes: [],
      goal: { kind: 'exists', resourceId },
      dependsOn: [snapshot.id],
      input: {
        location: machine.location,
        zones: machine.zones,
        snapshotId: snapshot.resourceId,
        sku: (attached.disk.known ? attached.disk.value.sku : undefined) ?? 'Standard_LRS',
        tags,
      },
    };
  });
  const [os, ...data] = disks.map(({ resourceId }) => resourceId);
  const made: Step = {
    ...shared,
    id: context.ids.take(['copy', machine.name], machineId),
    kind: 'machine.create',
    reason: `A temporary copy of ${machine.name}, to be generalized in its place.`,
    source: sources.IMG,
    resourceId: machineId,
    assumes: [],
    goal: { kind: 'exists', resourceId: machineId },
    dependsOn: [nic.id, ...disks.map(({ id }) => id)],
    input: {
      location: machine.location,
      zones: machine.zones,
      size,
      interfaceId,
      storage: {
        kind: 'disks',
        osType: traits.osType,
        osDiskId: os!,
        dataDisks: data.map((diskId, i) => ({ lun: copied[i + 1]!.attached.lun ?? i, diskId })),
      },
      ...(machine.securityType === 'standard' ? {} : { securityType: machine.securityType }),
      tags,
    },
  };
  return { steps: [network, nic, ...disks, made], machine: made, machineId, disks, nic, network };
};

const stopCopy = (
  { machine, option }: Capture,
  machineId: ResourceId,
  after: readonly string[],
  context: DraftContext,
): Step => ({
  ...ofMachine(machine, option),
  id: context.ids.take(['deallocate', nameOf(machineId)], machineId),
  kind: 'machine.deallocate',
  method: 'POST',
  reason: 'An image is made of a deallocated machine; this is the copy.',
  source: sources.GEN,
  resourceId: machineId,
  assumes: [],
  goal: { kind: 'machine-power', machineId, power: 'deallocated' },
  dependsOn: after,
  input: { machineId, location: machine.location, downtimeSeconds: null },
});

const removalId = (id: ResourceId): string => stepId('remove', nameOf(id));

/** Whatever became of the capture, nothing temporary stays: neither bill nor twin. */
const remove = (
  { machine, option }: Capture,
  made: readonly Step[],
  what: Removable,
  after: readonly string[],
  context: DraftContext,
): readonly Step[] =>
  made.map(({ id, resourceId }): Step => ({
    ...ofMachine(machine, option),
    id: removalId(resourceId),
    kind: 'resource.delete',
    method: 'DELETE',
    reason: `This ${what.replace('-', ' ')} was made for the copy of ${machine.name} and has served.`,
    source: 'https://learn.microsoft.com/azure/azure-resource-manager/management/delete-resource-group',
    resourceId,
    assumes: [{ kind: 'made-by-holdfast', taggedId: resourceId, run: shortHash(context.seed, 12) }],
    goal: { kind: 'gone', resourceId },
    dependsOn: [...new Set([...after, id])],
    runs: 'always',
    undoes: id,
    input: { what },
  }));
