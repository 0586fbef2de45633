import { typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeThrottle } from '../throttling.ts';
import { machineState } from './instance-view.ts';
import { disksOf } from './machine-disks.ts';

const POINT_TYPE = 'Microsoft.Compute/restorePointCollections/restorePoints';
const PER_HOUR = 3;
const HOUR_MS = 3_600_000;
const PER_MACHINE = 500;

/**
 * What Azure refuses to take a restore point of, and how often it takes one.
 * https://learn.microsoft.com/azure/virtual-machines/concepts-restore-points#limitations
 * https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points
 */
export function requireRestorable(
  call: Call,
  vm: Stored,
  mode: string | undefined,
  excluded: ReadonlySet<string>,
): void {
  const { store, clock } = call.world;
  if (mode !== undefined && mode !== 'CrashConsistent') {
    throw new AzureError(400, 'InvalidParameter', `The value '${mode}' of parameter 'consistencyMode' is not valid.`, {
      target: 'consistencyMode',
    });
  }
  const points = store.list(POINT_TYPE).filter((point) => point.hidden['vmId'] === vm.id.toLowerCase());
  if (points.some((point) => point.body['properties'].provisioningState === 'Creating')) {
    throw new AzureError(
      409,
      'VMRestorePointClientError',
      "Restore Point creation failed since a concurrent 'Create Restore Point' operation was triggered on the VM.",
    );
  }
  if (points.length >= PER_MACHINE)
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `VM '${typeAndName(vm.id).name}' already has ${PER_MACHINE} restore points, which is the limit.`,
    );
  const kind = mode === undefined ? 'app' : mode;
  const recent = points.filter((point) => point.hidden['mode'] === kind && point.createdAt > clock.now() - HOUR_MS);
  if (recent.length >= PER_HOUR) {
    const oldest = Math.min(...recent.map((point) => point.createdAt));
    const name = mode === undefined ? 'CreateApplicationConsistentRestorePoint' : 'CreateCrashConsistentRestorePoint';
    throw computeThrottle(
      call,
      { name, size: PER_HOUR },
      Math.max(1, Math.ceil((oldest + HOUR_MS - clock.now()) / 1000)),
      clock.now(),
    );
  }
  refuseDisks(call, vm, mode, excluded);
  if (mode === undefined && machineState(vm).power === 'running' && machineState(vm).agent !== 'ready') {
    throw new AzureError(
      409,
      'VMAgentStatusCommunicationError',
      'VM agent is unable to communicate with compute service.',
    );
  }
}

function refuseDisks(call: Call, vm: Stored, mode: string | undefined, excluded: ReadonlySet<string>): void {
  const refuse = (disk: Mutable, why: string): never => {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `Restore points are not supported for disk '${String(disk['name'])}': ${why}.`,
    );
  };
  for (const disk of disksOf(vm)) {
    const id = String(disk['managedDisk']?.id ?? '');
    if (excluded.has(id.toLowerCase())) continue;
    if (disk['managedDisk'] === undefined) refuse(disk, 'it is not a managed disk');
    if (disk['diffDiskSettings']?.option === 'Local') refuse(disk, 'it is an ephemeral OS disk');
    const stored = call.world.store.get(id);
    if (Number(stored?.body['properties']?.maxShares ?? 1) > 1) refuse(disk, 'it is a shared disk');
    if (mode !== 'CrashConsistent') continue;
    if (disk['writeAcceleratorEnabled'] === true)
      refuse(disk, 'crash consistency is not supported with write accelerator');
    if (/^(?:UltraSSD|PremiumV2)_/.test(String(stored?.body['sku']?.name ?? '')))
      refuse(disk, 'crash consistency is not supported for its type');
  }
}

/**
 * What an application-consistent request becomes: VSS on Windows, file systems on Linux, nothing of a machine that is
 * off.
 */
export function consistencyOf(vm: Stored): string {
  if (machineState(vm).power !== 'running') return 'CrashConsistent';
  const windows = vm.body['properties']?.storageProfile?.osDisk?.osType === 'Windows';
  return windows ? 'ApplicationConsistent' : 'FileSystemConsistent';
}
