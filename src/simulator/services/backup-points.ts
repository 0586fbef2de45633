import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { parseFilter } from './backup-filter.ts';
import { isExcluded, type DiskView, type MachineView } from './backup-machine.ts';
import { ITEM_PATH, POINT_TYPE, invalidInput, requireItem } from './backup-names.ts';
import { azureTime } from './recovery-services-vault.ts';

const DAY_MS = 24 * 3_600_000;

/** Adds the point that a snapshot made; it lies in the snapshot tier until the transfer ends. */
export function addPoint(
  world: World,
  item: Stored,
  machine: MachineView,
  policy: Mutable,
  takenAt: number,
  keepMs: number,
): Stored {
  const { random } = world;
  // A number of 15 digits: https://learn.microsoft.com/rest/api/backup/recovery-points has longer ones too.
  const name = String(random.int(100_000_000, 999_999_999)) + String(random.int(100_000, 999_999));
  const properties: Mutable = item.body['properties'];
  return world.store.put({
    id: `${item.id}/recoveryPoints/${name}`,
    type: POINT_TYPE,
    hidden: {
      takenAt,
      expiresAt: takenAt + keepMs,
      snapshotUntil: takenAt + Number(policy['instantRpRetentionRangeInDays'] ?? 2) * DAY_MS,
    },
    body: {
      name,
      properties: {
        objectType: 'IaasVMRecoveryPoint',
        recoveryPointType: consistencyOf(machine, policy),
        recoveryPointTime: azureTime(takenAt),
        recoveryPointAdditionalInfo: '',
        sourceVMStorageType: machine.disks.some((disk) => disk.sku.startsWith('Premium'))
          ? 'PremiumVMOnPartialPremiumStorage'
          : 'NormalStorage',
        isSourceVMEncrypted: machine.disks.some((disk) => disk.isEncryptedInGuest),
        isInstantIlrSessionActive: false,
        recoveryPointTierDetails: [{ type: 'InstantRP', status: 'Valid' }],
        isManagedVirtualMachine: machine.disks.every((disk) => disk.isManaged),
        virtualMachineSize: machine.size,
        originalStorageAccountOption: false,
        osType: machine.isWindows ? 'Windows' : 'Linux',
        ...diskConfiguration(properties, machine),
        ...(machine.stored.body['zones'] === undefined ? {} : { zones: machine.stored.body['zones'] }),
        recoveryPointMoveReadinessInfo: {
          ArchivedRP: {
            isReadyForMove: false,
            additionalInfo:
              "We're still determining if this Recovery Point can be moved.. Please check again after some time.",
          },
        },
        securityType: machine.securityType === 'Standard' ? 'None' : machine.securityType,
        isPrivateAccessEnabledOnAnyDisk: false,
        createdWithPolicyType: policy['policyType'] ?? 'V1',
        threatStatus: 0,
      },
    },
  });
}

/** https://learn.microsoft.com/azure/backup/backup-azure-vms-introduction#snapshot-consistency */
function consistencyOf(machine: MachineView, policy: Mutable): string {
  if (!machine.isRunning || policy['snapshotConsistencyType'] === 'OnlyCrashConsistent' || !machine.agentReady)
    return 'CrashConsistent';
  return machine.isWindows ? 'AppConsistent' : 'FileSystemConsistent';
}

/** Only an item with disks left out says which disks its points hold, as recorded. */
function diskConfiguration(item: Mutable, machine: MachineView): Mutable {
  if (item['extendedProperties']?.['diskExclusionProperties'] === undefined) return {};
  const describe = (disk: DiskView): Mutable => ({ lun: disk.lun ?? -1, name: disk.name });
  const included = machine.disks.filter((disk) => !isExcluded(item, disk));
  return {
    recoveryPointDiskConfiguration: {
      numberOfDisksIncludedInBackup: included.length,
      numberOfDisksAttachedToVm: machine.disks.length,
      includedDiskList: included.map(describe),
      excludedDiskList: machine.disks.filter((disk) => isExcluded(item, disk)).map(describe),
    },
  };
}

export function moveToVault(world: World, pointId: string): void {
  if (world.store.get(pointId) === undefined) return;
  world.store.update(pointId, (point) => {
    (point.body['properties']['recoveryPointTierDetails'] as Mutable[]).push({ type: 'HardenedRP', status: 'Valid' });
  });
}

/** Lets an item remember its points, so that none has to be looked for among those of every other item. */
export function rememberPoint(world: World, itemId: string, pointId: string): void {
  world.store.update(itemId, (item) => {
    item.hidden['points'] = [...((item.hidden['points'] ?? []) as readonly string[]), pointId];
  });
}

/** An item's points, those that a fleet brought included. */
export function pointsOf(world: World, item: Stored): readonly Stored[] {
  return ((item.hidden['points'] ?? []) as readonly string[]).flatMap((id) => world.store.get(id) ?? []);
}

/** Drops points past their retention, and snapshots past theirs; points of a bundle are never dropped. */
export function expirePoints(world: World, item: Stored): void {
  const kept = ((item.hidden['points'] ?? []) as readonly string[]).filter((id) => expirePoint(world, id));
  world.store.update(item.id, (stored) => {
    stored.hidden['points'] = kept;
  });
}

/** Whether the point is still there afterwards. */
function expirePoint(world: World, id: string): boolean {
  const now = world.clock.now();
  const point = world.store.get(id);
  if (point === undefined) return false;
  const { expiresAt, snapshotUntil } = point.hidden;
  if (typeof expiresAt !== 'number') return true;
  const tiers: readonly Mutable[] = point.body['properties']['recoveryPointTierDetails'] ?? [];
  const inVault = tiers.some((tier) => tier['type'] === 'HardenedRP');
  if (expiresAt <= now || (!inVault && snapshotUntil <= now)) {
    world.store.delete(id);
    return false;
  }
  if (snapshotUntil <= now && tiers.length > 1) {
    world.store.update(id, (stored) => {
      stored.body['properties']['recoveryPointTierDetails'] = [{ type: 'HardenedRP', status: 'Valid' }];
    });
  }
  return true;
}

/** Properties that older api-versions did not answer. */
const NEW_PROPERTIES = ['securityType', 'isPrivateAccessEnabledOnAnyDisk', 'createdWithPolicyType', 'threatStatus'];

function renderPoint(point: Stored, apiVersion: string): Mutable {
  const body: Mutable = structuredClone(point.body);
  if (apiVersion < '2023-01-01') for (const name of NEW_PROPERTIES) delete body['properties'][name];
  return { id: point.id, type: POINT_TYPE, ...body };
}

function listPoints(call: Call): Answer {
  const item = requireItem(call);
  const filter = parseFilter(call, ['startDate', 'endDate', 'extendedInfo', 'restorePointQueryType']);
  const [from, to] = [filter.get('startdate'), filter.get('enddate')].map((text) =>
    text === undefined ? undefined : parseMoment(text),
  );
  const points = pointsOf(call.world, item)
    .toSorted((a, b) => timeOf(b) - timeOf(a))
    .filter((point) => (from === undefined || timeOf(point) >= from) && (to === undefined || timeOf(point) <= to));
  return page(
    call,
    points,
    (point) => point.id,
    (point) => renderPoint(point, call.apiVersion),
  );
}

const timeOf = (point: Stored): number => Date.parse(point.body['properties']?.['recoveryPointTime'] ?? '') || 0;

function parseMoment(text: string): number {
  const parsed = Date.parse(/[ap]m$/i.test(text) ? `${text} UTC` : text);
  if (Number.isNaN(parsed)) throw invalidInput(`'${text}' is not a moment in time.`, '$filter');
  return parsed;
}

function getPoint(call: Call): Answer {
  const item = requireItem(call);
  const name = call.params['recoveryPointId'] ?? '';
  const point = call.world.store.get(`${item.id}/recoveryPoints/${name}`);
  if (point === undefined)
    throw new AzureError(404, 'BMSUserErrorRecoveryPointNotFound', `The recovery point '${name}' was not found.`);
  return { status: 200, body: renderPoint(point, call.apiVersion) };
}

export const backupPointRoutes: readonly Route[] = [
  { method: 'GET', path: `${ITEM_PATH}/recoveryPoints`, apiVersions: apiVersions.backup, handle: listPoints },
  {
    method: 'GET',
    path: `${ITEM_PATH}/recoveryPoints/{recoveryPointId}`,
    apiVersions: apiVersions.backup,
    handle: getPoint,
  },
];
