import { apiVersions } from '../generated/api-versions.ts';
import { operationUrl, retryAfter } from '../operations.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { parseFilter, wants } from './backup-filter.ts';
import { JOB_TYPE, invalidInput, shortName, type MachineKey } from './backup-names.ts';
import { NO_TIME, operationResult, operationStatus } from './backup-operations.ts';
import { VAULT_PATH, azureTime, requireVault } from './recovery-services-vault.ts';

export type JobOperation = 'ConfigureBackup' | 'Backup' | 'DisableBackup' | 'DeleteBackupData' | 'Undelete';
export interface JobTask {
  readonly taskId: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly status: 'NotStarted' | 'InProgress' | 'Completed' | 'Failed' | 'Cancelled';
}

/** Starts a job's record; its times are kept as ms in `hidden` and written out when read. */
export function startJob(
  world: World,
  vault: Stored,
  key: MachineKey,
  spec: {
    operation: JobOperation;
    friendlyName: string;
    bag: Mutable;
    tasks?: readonly JobTask[];
    cancellable?: boolean;
    instant?: boolean;
  },
): Stored {
  const name = world.random.uuid();
  const now = world.clock.now();
  return world.store.put({
    id: `${vault.id}/backupJobs/${name}`,
    type: JOB_TYPE,
    hidden: { startedAt: now, tasks: spec.tasks ?? [] },
    body: {
      name,
      properties: {
        jobType: 'AzureIaaSVMJob',
        ...(spec.cancellable === true ? { actionsInfo: ['Cancellable'] } : {}),
        containerName: shortName(key),
        virtualMachineVersion: 'Compute',
        extendedInfo: {
          tasksList: [],
          propertyBag: { 'VM Name': spec.friendlyName, ...spec.bag },
          ...(spec.instant === true ? { internalPropertyBag: { IsInstantRpJob: 'True' } } : {}),
        },
        entityFriendlyName: spec.friendlyName,
        backupManagementType: 'AzureIaasVM',
        operation: spec.operation,
        status: 'InProgress',
        startTime: azureTime(now),
        activityId: world.random.uuid(),
      },
    },
  });
}

export function setTasks(world: World, jobId: string, tasks: readonly JobTask[]): void {
  world.store.update(jobId, (job) => {
    job.hidden['tasks'] = tasks;
  });
}

export function endJob(
  world: World,
  jobId: string,
  status: 'Completed' | 'Failed' | 'Cancelled',
  more: { bag?: Mutable; error?: { code: string; message: string; recommendation?: string } } = {},
): void {
  if (world.store.get(jobId) === undefined) return;
  world.store.update(jobId, (job) => {
    const now = world.clock.now();
    const properties: Mutable = job.body['properties'];
    job.hidden['endedAt'] = now;
    properties['status'] = status;
    properties['endTime'] = azureTime(now);
    Object.assign(properties['extendedInfo']['propertyBag'], more.bag ?? {});
    if (more.error === undefined) return;
    const { code, message, recommendation } = more.error;
    properties['errorDetails'] = [
      {
        errorCode: 400_000,
        errorTitle: code,
        errorString: message,
        recommendations: recommendation === undefined ? [] : [recommendation],
      },
    ];
  });
}

export const isRunning = (job: Stored | undefined): boolean => job?.body['properties']?.['status'] === 'InProgress';

/** `PT41M16.8697952S`. */
export function isoDuration(ms: number): string {
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1000];
  return `PT${hours > 0 ? `${hours}H` : ''}${hours > 0 || minutes > 0 ? `${minutes}M` : ''}${seconds}S`;
}

/** Recorded: numbers up to 2019-06-15 and at 2022-06-01-preview, words from 2021-11-15 on. */
function writesEnumsAsNumbers(apiVersion: string): boolean {
  return apiVersion < '2021-11-15' || (apiVersion < '2022-09-01' && apiVersion.endsWith('-preview'));
}

const ACTION_NUMBERS: Readonly<Record<string, number>> = { Invalid: 0, Cancellable: 1, Retriable: 2 };

/** A job as its GET answers it; a job of a bundle goes out as recorded. */
export function renderJob(job: Stored, now: number, apiVersion = '9999'): Mutable {
  const body: Mutable = structuredClone(job.body);
  const startedAt: unknown = job.hidden['startedAt'];
  const actions: unknown = body['properties']['actionsInfo'];
  if (Array.isArray(actions) && writesEnumsAsNumbers(apiVersion)) {
    body['properties']['actionsInfo'] = actions.map((action) => ACTION_NUMBERS[String(action)] ?? action);
  }
  if (typeof startedAt === 'number') {
    const endedAt: number = job.hidden['endedAt'] ?? now;
    body['properties']['duration'] = isoDuration(endedAt - startedAt);
    body['properties']['extendedInfo']['tasksList'] = (job.hidden['tasks'] as readonly JobTask[]).map((task) =>
      renderTask(task, now, apiVersion),
    );
  }
  return { id: job.id, type: JOB_TYPE, ...body };
}

function renderTask(task: JobTask, now: number, apiVersion: string): Mutable {
  const { startedAt, endedAt } = task;
  return {
    taskId: task.taskId,
    startTime: startedAt === undefined ? NO_TIME : azureTime(startedAt),
    endTime: endedAt === undefined ? NO_TIME : azureTime(endedAt),
    duration: startedAt === undefined ? 'PT0S' : isoDuration((endedAt ?? now) - startedAt),
    status: task.status,
    ...(apiVersion < '2023-01-01' ? {} : { taskType: 'Normal' }),
  };
}

function listJobs(call: Call): Answer {
  const vault = requireVault(call);
  const filter = parseFilter(call, ['status', 'operation', 'backupManagementType', 'startTime', 'endTime', 'jobId']);
  const [from, to] = [moment(filter.get('starttime')), moment(filter.get('endtime'))];
  const jobs = call.world.store
    .listed(JOB_TYPE, call.world.options.listLagMs, vault.id)
    .toReversed()
    .filter((job) => {
      const properties: Mutable = job.body['properties'];
      const startedAt = Date.parse(properties['startTime']);
      const inWindow = (from === undefined || startedAt >= from) && (to === undefined || startedAt <= to);
      const fits = ['status', 'operation', 'backupManagementType'].every((name) =>
        wants(filter, name, properties[name]),
      );
      return inWindow && fits && wants(filter, 'jobId', job.body['name']);
    });
  return page(
    call,
    jobs,
    (job) => job.id,
    (job) => listedJob(job, call.world.clock.now(), call.apiVersion),
  );
}

/** A list row lacks the details. */
function listedJob(job: Stored, now: number, apiVersion: string): Mutable {
  const body = renderJob(job, now, apiVersion);
  delete body['properties']['extendedInfo'];
  return body;
}

/** `2016-01-01 04:00:15 AM`, always UTC; a plain date-time is taken too. */
function moment(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const found = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d) (AM|PM)$/i.exec(text.trim());
  const hour = found === null ? 0 : (Number(found[2]) % 12) + (found[5]!.toUpperCase() === 'PM' ? 12 : 0);
  const parsed = Date.parse(
    found === null ? text : `${found[1]}T${String(hour).padStart(2, '0')}:${found[3]}:${found[4]}Z`,
  );
  if (Number.isNaN(parsed)) throw invalidInput(`'${text}' is not a moment in time.`, '$filter');
  return parsed;
}

function requireJob(call: Call): Stored {
  const vault = requireVault(call);
  const job = call.world.store.get(`${vault.id}/backupJobs/${call.params['jobName']}`);
  if (job === undefined)
    throw new AzureError(404, 'BMSUserErrorObjectNotFound', `The job '${call.params['jobName']}' was not found.`);
  return job;
}

function cancelJob(call: Call): Answer {
  const { world } = call;
  const job = requireJob(call);
  const vault = requireVault(call);
  if (!isRunning(job) || job.body['properties']['actionsInfo'] === undefined) {
    throw new AzureError(400, 'BMSUserErrorJobNotCancellable', 'The job cannot be cancelled in its current state.');
  }
  const operation = world.operations.start({
    kind: 'backup-cancel',
    scope: job.id,
    durationMs: 5_000,
    data: { vaultId: vault.id },
    finish: () => endJob(world, job.id, 'Cancelled'),
  });
  const path = (word: string): string => operationUrl(call, `${job.id}/${word}/${operation.id}`);
  return {
    status: 202,
    headers: {
      'Azure-AsyncOperation': path('operationsStatus'),
      Location: path('operationResults'),
      ...retryAfter(call),
    },
  };
}

const JOB_PATH = `${VAULT_PATH}/backupJobs/{jobName}`;

export const backupJobRoutes: readonly Route[] = [
  { method: 'GET', path: `${VAULT_PATH}/backupJobs`, handle: listJobs },
  {
    method: 'GET',
    path: JOB_PATH,
    handle: (call: Call): Answer => ({
      status: 200,
      body: renderJob(requireJob(call), call.world.clock.now(), call.apiVersion),
    }),
  },
  { method: 'POST', path: `${JOB_PATH}/cancel`, handle: cancelJob },
  { method: 'GET', path: `${JOB_PATH}/operationsStatus/{operationId}`, handle: operationStatus },
  {
    method: 'GET',
    path: `${JOB_PATH}/operationResults/{operationId}`,
    handle: (call: Call): Answer => operationResult(call),
  },
].map((route) => ({ ...route, method: route.method as Route['method'], apiVersions: apiVersions.backup }));
