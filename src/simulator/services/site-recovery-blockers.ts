import type { Mutable, Stored, World } from '../service.ts';
import type { MachineView } from './backup-machine.ts';
import { machineState } from './instance-view.ts';
import { REPLICATED_TYPE } from './site-recovery-operations.ts';

/** What stands in the way, as `replicationEligibilityResults` tells it; codes are Azure's where a page names them. */
export interface Blocker {
  readonly code: string;
  readonly message: string;
  readonly recommendedAction: string;
  /** A disk that may be left out of replication; `undefined` for the machine as a whole. */
  readonly diskId?: string;
}

const MAX_DATA_DISKS = 64;
const MAX_DATA_GIB = 32_767;
const MAX_OS_GIB = 4095;

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix */
export function blockersOf(world: World, view: MachineView): readonly Blocker[] {
  return [...machineBlockers(world, view), ...diskBlockers(world, view)];
}

function machineBlockers(world: World, view: MachineView): readonly Blocker[] {
  const { stored } = view;
  const properties: Mutable = stored.body['properties'] ?? {};
  const storage: Mutable = properties['storageProfile'] ?? {};
  const holder = itemOf(world, stored.id);
  const dataDisks = view.disks.filter(({ lun }) => lun !== undefined);
  const found: readonly (readonly [boolean, string])[] = [
    [storage['diskControllerType'] === 'NVMe', 'Virtual machines with NVMe disk controllers are not supported.'],
    [view.securityType === 'ConfidentialVM', 'Confidential virtual machines are not supported.'],
    [
      storage['osDisk']?.['diffDiskSettings']?.['option'] === 'Local',
      'Ephemeral operating system disks are not supported.',
    ],
    [
      properties['host'] !== undefined || properties['hostGroup'] !== undefined,
      'Virtual machines on dedicated hosts are not supported.',
    ],
    [
      /^arm64$/i.test(String(stored.hidden['architecture'] ?? '')),
      'Virtual machines with ARM64 processors are not supported.',
    ],
    [
      dataDisks.length > MAX_DATA_DISKS,
      `Virtual machines with more than ${MAX_DATA_DISKS} data disks are not supported.`,
    ],
    [machineState(stored).generalized, 'The virtual machine is generalized.'],
    [!view.isRunning, 'The virtual machine is not running: the mobility service cannot be installed.'],
    [!view.agentReady, "The virtual machine's agent is not ready: the mobility service cannot be installed."],
    [holder !== undefined, `The virtual machine is already replicated as '${String(holder?.body['name'])}'.`],
  ];
  return [
    ...systemBlocker(stored),
    ...found.flatMap(([stands, message]) =>
      stands ? [{ code: 'A2AVirtualMachineNotSupported', message, recommendedAction: ADVICE }] : [],
    ),
  ];
}

const ADVICE = 'See the support matrix of replication between Azure regions.';

function diskBlockers(world: World, view: MachineView): readonly Blocker[] {
  const storage: Mutable = view.stored.body['properties']?.storageProfile ?? {};
  const attached: readonly Mutable[] = [storage['osDisk'] ?? {}, ...(storage['dataDisks'] ?? [])];
  return view.disks.flatMap((disk, index) => {
    const sent = attached[index] ?? {};
    const id: unknown = sent['managedDisk']?.id;
    const limit = disk.lun === undefined ? MAX_OS_GIB : MAX_DATA_GIB;
    const found: readonly (readonly [boolean, string])[] = [
      [sent['writeAcceleratorEnabled'] === true, 'Disks with write accelerator are not supported.'],
      [disk.isShared, 'Shared disks are replicated with all machines of their cluster only.'],
      [!disk.isManaged, 'Unmanaged disks are not simulated.'],
      [disk.sizeGiB > limit, `The disk is larger than ${limit} GiB.`],
    ];
    return found.flatMap(([stands, text]) =>
      stands
        ? [
            {
              code: 'A2ADiskNotSupported',
              message: `${text} Disk: '${disk.name}'.`,
              recommendedAction: disk.lun === undefined ? ADVICE : 'Leave the disk out of replication.',
              ...(typeof id === 'string' ? { diskId: id } : {}),
            },
          ]
        : [],
    );
  });
}

/** Distributions by the name their agent tells, with the newest release listed. */
const SYSTEMS: readonly { readonly name: RegExp; readonly upTo: number; readonly from: number }[] = [
  { name: /^ubuntu/i, from: 14.04, upTo: 24.04 },
  { name: /^debian/i, from: 7, upTo: 12.99 },
  { name: /^(?:rhel|red ?hat)/i, from: 6.7, upTo: 10.1 },
  { name: /^(?:sles|suse)/i, from: 11, upTo: 15.99 },
  { name: /^(?:oracle|ol$)/i, from: 6.4, upTo: 9.99 },
  { name: /^(?:rocky|alma|centos)/i, from: 6.5, upTo: 10.99 },
  { name: /^(?:microsoft )?windows/i, from: 0, upTo: Infinity },
];

/** A system that nothing tells of is nobody's blocker. */
function systemBlocker(vm: Stored): readonly Blocker[] {
  const { osName, osVersion } = machineState(vm);
  if (osName === undefined) return [];
  const known = SYSTEMS.find(({ name }) => name.test(osName));
  const release = Number.parseFloat(osVersion ?? '');
  if (known !== undefined && (Number.isNaN(release) || (release >= known.from && release <= known.upTo))) return [];
  return [
    {
      code: 'A2AOperatingSystemNotSupported',
      message:
        `The A2A operation could not be completed as the virtual machine is running OS '${osName}' with version ` +
        `'${osVersion ?? ''}' which is not supported for replication.`,
      recommendedAction:
        'The virtual machine is running unsupported Operating system. Refer to the documentation for supported OS ' +
        'versions - https://aka.ms/a2a-os-support-matrix.',
    },
  ];
}

/** The replication a machine already has, in whichever vault. */
export function itemOf(world: World, machineId: string): Stored | undefined {
  const wanted = machineId.toLowerCase();
  return world.store
    .list(REPLICATED_TYPE)
    .find(
      ({ body }) =>
        String(body['properties']?.providerSpecificDetails?.fabricObjectId).toLowerCase() === wanted &&
        body['properties'].activeLocation !== 'Recovery',
    );
}
