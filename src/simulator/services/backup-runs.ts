import type { Mutable, Stored, World } from '../service.ts';
import { viewMachine } from './backup-machine.ts';
import { endJob, isRunning, setTasks, startJob, type JobTask } from './backup-jobs.ts';
import { keyOfMachine, parseMachineId, isSoftDeleted, vaultOfChild } from './backup-names.ts';
import { addPoint, expirePoints, moveToVault, rememberPoint } from './backup-points.ts';
import { nextRun, retentionMs } from './backup-schedule.ts';
import { azureTime } from './recovery-services-vault.ts';

/** As one small machine took: 41 minutes, of which 7.6 for the snapshot and 33.6 for the transfer. */
const SNAPSHOT_MS = 456_046;
const TRANSFER_MS = 2_018_251;
const CLOSING_MS = 1_341;
/** How long a job goes on calling the transfer NotStarted, though it has begun. */
const HANDOVER_MS = 190_000;
/**
 * A scheduled job may start up to two hours late: https://learn.microsoft.com/azure/backup/backup-azure-vm-backup-faq
 */
const MAX_DELAY_SECONDS = 7_200;

export interface RunRequest {
  /** When the point goes; `undefined` leaves that to the policy. */
  readonly expiresAt: number | undefined;
  readonly toVault: boolean;
}

export function policyOf(world: World, item: Stored): Mutable | undefined {
  const id: unknown = item.body['properties']?.['policyId'];
  return typeof id === 'string' && id !== '' ? world.store.get(id)?.body['properties'] : undefined;
}

/** The job that is backing an item up right now. */
export function runningBackup(world: World, item: Stored): Stored | undefined {
  const job = world.store.get(String(item.hidden['backupJobId']));
  return isRunning(job) ? job : undefined;
}

/** Runs one backup: job, snapshot, point, transfer, and what the item then says of itself. */
export function runBackup(world: World, itemId: string, request: RunRequest): Stored | undefined {
  const item = world.store.get(itemId);
  const vault = vaultOfChild(world, itemId);
  const machineId = parseMachineId(item?.body['properties']?.['sourceResourceId']);
  if (item === undefined || vault === undefined || machineId === undefined) return undefined;
  const startedAt = world.clock.now();
  const job = startJob(world, vault, keyOfMachine(machineId), {
    operation: 'Backup',
    friendlyName: item.body['properties']['friendlyName'] ?? machineId.name,
    bag:
      request.expiresAt === undefined ? {} : { 'Recovery Point Expiry Time in UTC': americanTime(request.expiresAt) },
    tasks: tasksOf(request, 'snapshot', startedAt, 0),
    cancellable: true,
    instant: true,
  });
  world.store.update(itemId, (stored) => {
    stored.hidden['backupJobId'] = job.id;
  });
  world.clock.at(startedAt + SNAPSHOT_MS, () => snapshotTaken(world, itemId, job.id, request, startedAt));
  return job;
}

function snapshotTaken(world: World, itemId: string, jobId: string, request: RunRequest, startedAt: number): void {
  if (!isRunning(world.store.get(jobId))) return;
  const item = world.store.get(itemId);
  const stored = world.store.get(String(item?.body['properties']?.['sourceResourceId']));
  if (item === undefined || stored === undefined) return failBackup(world, itemId, jobId, startedAt);
  const policy = policyOf(world, item) ?? {};
  const takenAt = startedAt + 3_917;
  const keepMs = request.expiresAt === undefined ? retentionMs(policy, takenAt) : request.expiresAt - takenAt;
  const machine = viewMachine(world, stored);
  const point = addPoint(world, item, machine, policy, takenAt, keepMs);
  rememberPoint(world, itemId, point.id);
  const now = world.clock.now();
  setTasks(world, jobId, tasksOf(request, request.toVault ? 'handover' : 'done', startedAt, now));
  if (request.toVault) {
    world.clock.at(now + HANDOVER_MS, () => {
      if (isRunning(world.store.get(jobId))) setTasks(world, jobId, tasksOf(request, 'transfer', startedAt, now));
    });
  }
  const size = Math.max(1, Math.round(machine.disks.reduce((sum, disk) => sum + disk.sizeGiB, 0) * 0.09 * 1024));
  const finish = (): void => {
    if (!isRunning(world.store.get(jobId))) return;
    if (request.toVault) moveToVault(world, point.id);
    setTasks(world, jobId, tasksOf(request, 'done', startedAt, world.clock.now() - CLOSING_MS));
    endJob(world, jobId, 'Completed', { bag: { 'Backup Size': `${size} MB` } });
    completeItem(world, itemId, startedAt, takenAt);
  };
  world.clock.at(now + (request.toVault ? TRANSFER_MS : 0) + CLOSING_MS, finish);
}

function completeItem(world: World, itemId: string, startedAt: number, takenAt: number): void {
  const item = world.store.get(itemId);
  if (item === undefined) return;
  const updated = world.store.update(itemId, (stored) => {
    const properties: Mutable = stored.body['properties'];
    if (['IRPending', 'ProtectionError'].includes(properties['protectionState']))
      properties['protectionState'] = 'Protected';
    properties['protectionStatus'] = 'Healthy';
    properties['healthStatus'] = 'Passed';
    properties['healthDetails'] = [
      {
        code: 400_239,
        title: 'IaasVmHealthGreenDefault',
        message: 'Backup pre-check status of this virtual machine is OK.',
        recommendations: [],
      },
    ];
    properties['lastBackupStatus'] = 'Completed';
    properties['lastBackupTime'] = azureTime(startedAt);
    properties['lastRecoveryPoint'] = azureTime(takenAt);
  });
  expirePoints(world, updated);
}

function failBackup(world: World, itemId: string, jobId: string, startedAt: number): void {
  const message = 'The virtual machine was not found. Backup of a deleted virtual machine fails.';
  endJob(world, jobId, 'Failed', {
    error: {
      code: 'UserErrorVirtualMachineNotFound',
      message,
      recommendation: 'Stop protection of the deleted virtual machine.',
    },
  });
  if (world.store.get(itemId) === undefined) return;
  world.store.update(itemId, (stored) => {
    const properties: Mutable = stored.body['properties'];
    properties['protectionStatus'] = 'Unhealthy';
    properties['protectionState'] = 'ProtectionError';
    properties['healthStatus'] = 'ActionRequired';
    properties['lastBackupStatus'] = 'Failed';
    properties['lastBackupTime'] = azureTime(startedAt);
  });
}

function tasksOf(
  request: RunRequest,
  phase: 'snapshot' | 'handover' | 'transfer' | 'done',
  startedAt: number,
  now: number,
): JobTask[] {
  const snapshotStart = startedAt + 1_028;
  const snapshotEnd = startedAt + SNAPSHOT_MS;
  const snapshot: JobTask =
    phase === 'snapshot'
      ? { taskId: 'Take Snapshot', startedAt: snapshotStart, status: 'InProgress' }
      : { taskId: 'Take Snapshot', startedAt: snapshotStart, endedAt: snapshotEnd, status: 'Completed' };
  if (!request.toVault) return [snapshot];
  const begun = { taskId: 'Transfer data to vault', startedAt: snapshotEnd + 204 };
  if (phase === 'transfer') return [snapshot, { ...begun, status: 'InProgress' }];
  if (phase === 'done') return [snapshot, { ...begun, endedAt: now, status: 'Completed' }];
  return [snapshot, { taskId: 'Transfer data to vault', status: 'NotStarted' }];
}

/** `6/12/2024 12:00:00 AM`, as the job's property bag writes it. */
function americanTime(ms: number): string {
  const date = new Date(ms);
  const hour = date.getUTCHours();
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  const half = hour < 12 ? 'AM' : 'PM';
  return `${day} ${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${half}`;
}

/**
 * Keeps an item's next scheduled backup on the clock. Each call supersedes the earlier one, so that a changed policy or
 * a
 * stopped protection leaves no run behind.
 */
export function scheduleNext(world: World, itemId: string, after: number = world.clock.now()): void {
  const item = world.store.get(itemId);
  if (item === undefined) return;
  const turn = Number(item.hidden['scheduleTurn'] ?? 0) + 1;
  world.store.update(itemId, (stored) => {
    stored.hidden['scheduleTurn'] = turn;
  });
  const policy = policyOf(world, item);
  const active = ['IRPending', 'Protected', 'ProtectionError'].includes(item.body['properties']?.['protectionState']);
  const run = policy === undefined || !active || isSoftDeleted(item) ? undefined : nextRun(policy, after);
  if (run === undefined) return;
  const at = run.at + world.random.int(0, MAX_DELAY_SECONDS) * 1000;
  world.clock.at(Math.max(at, world.clock.now()), () => {
    const current = world.store.get(itemId);
    if (current?.hidden['scheduleTurn'] !== turn) return;
    if (runningBackup(world, current) === undefined)
      runBackup(world, itemId, { expiresAt: undefined, toVault: run.toVault });
    scheduleNext(world, itemId, run.at);
  });
}

/** On-demand attempts in the running UTC day. */
export function attemptsToday(world: World, item: Stored): number {
  const today = Math.floor(world.clock.now() / 86_400_000);
  const attempts = (item.hidden['onDemandAt'] ?? []) as readonly number[];
  return attempts.filter((at) => Math.floor(at / 86_400_000) === today).length;
}
