/** Goals, assumptions, discovery and the fate of a lost backup: what is asked of Azure, and how answers are judged. */
import { describe, expect, it } from 'vitest';
import { checkAssumption } from '../../../src/azure/assumptions/index.ts';
import { headroomOf } from '../../../src/azure/ask.ts';
import { failureOf } from '../../../src/azure/failure.ts';
import { makeDiscovery } from '../../../src/azure/discovery.ts';
import { readGoal } from '../../../src/azure/goals/index.ts';
import { makeLists, type Lists } from '../../../src/azure/made-since.ts';
import { policyBody } from '../../../src/azure/steps/backup-policy-body.ts';
import { runnerFor } from '../../../src/azure/steps/index.ts';
import type { Goal, Step } from '../../../src/core/plan.ts';
import type { ArmRequest } from '../../../src/azure/transport.ts';
import { backupStep, snapshotStep } from '../../engine/plan-builder.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const machineId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/web';
const notFound: Reply = { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } };
const snapshot = snapshotStep('a');
const backup = backupStep('web');
const noLists: Lists = { all: () => Promise.resolve({ kind: 'items', items: [] }) };
const goalState = (step: Step, answer: (r: ArmRequest) => Reply, goal: Goal = step.goal) =>
  readGoal({ arm: stubArm(answer), now: () => undefined, signal }, goal, step);

describe('goals', () => {
  const sourceResourceId = snapshot.kind === 'snapshot.create' ? snapshot.input.sourceDiskId.toUpperCase() : '';
  const made = (tags: object, more: object) => ({
    status: 200,
    body: {
      tags,
      properties: { creationData: { sourceResourceId }, incremental: true, provisioningState: 'Succeeded', ...more },
    },
  });
  const body = (more: object) => made({ 'holdfast-run': 'run' }, more);

  it.each([
    ['holds when it is provisioned and copied', body({}), 'holds'],
    ['is coming while Azure provisions it', body({ provisioningState: 'Updating' }), 'coming'],
    ['is coming while its background copy runs', body({ completionPercent: 40 }), 'coming'],
    [
      'is coming while it leans on its source disk',
      body({ completionPercent: 100, snapshotAccessState: 'InstantAccess' }),
      'coming',
    ],
    [
      'is absent after a failed copy',
      body({ copyCompletionError: { errorCode: 'CopySourceNotFound', errorMessage: 'gone' } }),
      'absent',
    ],
    ['is absent when nothing is there', notFound, 'absent'],
    [
      'is refused when another disk’s snapshot has the name',
      { status: 200, body: { properties: { creationData: { sourceResourceId: '/other' } } } },
      'refused',
    ],
    [
      'is refused when this run’s own snapshot of another disk has the name',
      body({ creationData: { sourceResourceId: '/other' } }),
      'refused',
    ],
    ['is absent when it was never wholly made', body({ provisioningState: 'Failed' }), 'absent'],
    [
      'is absent when its copy failed with a code alone',
      body({ copyCompletionError: { errorCode: 'Gone' } }),
      'absent',
    ],
    ['is coming before it begins to lean less', body({ snapshotAccessState: 'Pending' }), 'coming'],
    ['holds when it leans no more', body({ completionPercent: 100, snapshotAccessState: 'Available' }), 'holds'],
    ['is refused when a stranger’s snapshot of the disk has the name', made({}, {}), 'refused'],
    ['is refused when another run’s snapshot has the name', made({ 'holdfast-run': 'other' }, {}), 'refused'],
    [
      'is refused when a full snapshot stands where an incremental one was planned',
      body({ incremental: false }),
      'refused',
    ],
    ['is unclear on a 503', { status: 503, body: { error: { code: 'x', message: '' } } }, 'uncertain'],
  ] as const)('a snapshot %s', async (_name, reply, wanted) => {
    expect((await goalState(snapshot, inTurn(reply))).kind).toBe(wanted);
  });

  it.each([
    ['snapshot-taken', 'is there at its moment, whatever is still copied', body({ completionPercent: 1 }), 'holds'],
    ['snapshot-taken', 'is not there when it failed', body({ provisioningState: 'Failed' }), 'absent'],
    ['snapshot-taken', 'is not there before it is made', body({ provisioningState: 'Creating' }), 'coming'],
  ] as const)('of a snapshot, %s: %s', async (kind, _name, reply, wanted) => {
    const goal: Goal = { kind, resourceId: snapshot.resourceId, sourceDiskId: sourceResourceId };
    expect((await goalState(snapshot, inTurn(reply), goal)).kind).toBe(wanted);
  });

  it.each([
    ['does not tell how far it is', body({}), 'coming'],
    ['is under way', body({ completionPercent: 99 }), 'coming'],
    ['is whole', body({ completionPercent: 100 }), 'holds'],
    ['failed', body({ copyCompletionError: { errorCode: 'CopySourceNotFound' } }), 'absent'],
    ['is of another snapshot', body({ creationData: { sourceResourceId: '/other' } }), 'refused'],
  ] as const)('a copy that %s', async (_name, reply, wanted) => {
    const copy = { ...snapshot, kind: 'snapshot.copy' } as unknown as Step;
    const goal: Goal = { kind: 'snapshot-copied', resourceId: snapshot.resourceId, sourceSnapshotId: sourceResourceId };
    expect((await goalState(copy, inTurn(reply), goal)).kind).toBe(wanted);
  });

  const pointId =
    '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/restorePointCollections/c/restorePoints/p';
  const diskId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/disks/OS';
  const complete = {
    kind: 'restore-point-complete',
    resourceId: pointId,
    machineId,
    diskIds: [diskId.toLowerCase()],
    consistency: 'application',
  } as const;
  const pointOf = (properties: object): Reply => ({
    status: 200,
    body: {
      id: pointId,
      name: 'p',
      properties: {
        provisioningState: 'Succeeded',
        consistencyMode: 'ApplicationConsistent',
        sourceMetadata: { storageProfile: { osDisk: { managedDisk: { id: diskId } } } },
        ...properties,
      },
    },
  });
  it.each([
    ['holds when it is finished and whole', pointOf({}), { kind: 'holds', outputs: { consistency: 'application' } }],
    [
      'holds, and says so, when it came out weaker than asked for',
      pointOf({ consistencyMode: 'CrashConsistent' }),
      { kind: 'holds', detail: 'weaker than asked for: crash-consistent, not application-consistent' },
    ],
    ['is coming while Azure makes it', pointOf({ provisioningState: 'Creating' }), { kind: 'coming' }],
    [
      'is refused after it failed, since none can be made over it',
      pointOf({ provisioningState: 'Failed' }),
      { kind: 'refused' },
    ],
    [
      'is refused without one of the disks',
      pointOf({ sourceMetadata: {} }),
      { kind: 'refused', problem: { detail: 'it does not hold os of web' } },
    ],
    ['is refused with one of the disks left out', pointOf({ excludeDisks: [{ id: diskId }] }), { kind: 'refused' }],
    ['is absent when nothing is there', notFound, { kind: 'absent' }],
  ] as const)('a restore point %s', async (_name, reply, wanted) => {
    expect(await goalState(snapshot, inTurn(reply), complete)).toMatchObject(wanted);
  });

  const collectionOf = (machine: string, over: object = {}) => ({
    id: `${pointId.replace(/\/restorePoints.*/, '')}-other`,
    name: 'c-other',
    location: 'westeurope',
    properties: { source: { id: machine } },
    ...over,
  });
  it.each([
    ['moved when the machine has got one', collectionOf(machineId.toUpperCase()), 'moved'],
    ['kept when it is another machine’s', collectionOf(`${machineId}2`), 'holds'],
    ['kept when it holds copies elsewhere', collectionOf(machineId, { location: 'northeurope' }), 'holds'],
    [
      'kept when it is Azure Backup’s',
      collectionOf(machineId, {
        id: '/subscriptions/S/resourceGroups/AzureBackupRG_we_1/providers/Microsoft.Compute/restorePointCollections/AzureBackup_web_1',
        name: 'AzureBackup_web_1',
      }),
      'holds',
    ],
  ])('the absence of other collections is %s', async (_name, there, wanted) => {
    const arm = stubArm(inTurn({ status: 200, body: { value: [there] } }));
    const step = { ...snapshot, resourceId: pointId.replace(/\/restorePoints.*/, '') };
    expect(
      await checkAssumption(
        arm,
        { kind: 'no-other-collection', machineId, location: 'westeurope', besides: [] },
        signal,
        step,
        makeLists(arm, () => 0),
      ),
    ).toMatchObject({ kind: wanted });
  });

  it.each([
    ['moved when one was made since', { timeCreated: '2026-06-03T01:00:00Z' }, 'moved'],
    ['moved while one is being made', { timeCreated: '2026-06-03T01:00:00Z', provisioningState: 'Creating' }, 'moved'],
    ['kept by an older one', { timeCreated: '2026-06-02T23:00:00Z' }, 'holds'],
    ['kept by one that failed', { timeCreated: '2026-06-03T01:00:00Z', provisioningState: 'Failed' }, 'holds'],
    ['moved by one that does not say when it was made', {}, 'moved'],
    ['kept by the one it knows, rounded otherwise', { timeCreated: '2026-06-03T00:00:00.9Z' }, 'holds'],
  ])('the absence of newer restore points is %s', async (_name, properties, wanted) => {
    const body = { properties: { restorePoints: [{ id: `${pointId}2`, name: 'p2', properties }] } };
    const arm = stubArm(inTurn({ status: 200, body }));
    const asked = {
      kind: 'no-newer-point',
      collectionId: pointId.replace(/\/restorePoints.*/, ''),
      than: '2026-06-03T00:00:00Z',
    } as const;
    expect(
      await checkAssumption(
        arm,
        asked,
        signal,
        { ...snapshot, resourceId: pointId },
        makeLists(arm, () => 0),
      ),
    ).toMatchObject({ kind: wanted });
    expect(arm.sent[0]!.query).toEqual({ $expand: 'restorePoints' });
  });

  it('the absence of newer restore points is kept by the step’s own, and by a collection that is not there; any is newer than none', async () => {
    const collectionId = pointId.replace(/\/restorePoints.*/, '');
    const checked = async (than: string | null, reply: Reply) => {
      const arm = stubArm(inTurn(reply));
      const step = { ...snapshot, resourceId: pointId };
      const asked = { kind: 'no-newer-point', collectionId, than } as const;
      return (
        await checkAssumption(
          arm,
          asked,
          signal,
          step,
          makeLists(arm, () => 0),
        )
      ).kind;
    };
    const of = (id: string): Reply => ({
      status: 200,
      body: { properties: { restorePoints: [{ id, name: 'p', properties: { timeCreated: '2026-06-03T01:00:00Z' } }] } },
    });
    expect(await checked('2026-06-03T00:00:00Z', of(pointId.toUpperCase()))).toBe('holds');
    expect(await checked('2026-06-03T00:00:00Z', notFound)).toBe('holds');
    expect(await checked(null, of(`${pointId}2`))).toBe('moved');
    expect(await checked(null, { status: 503, body: {} })).toBe('uncertain');
  });

  it('the absence of other collections is kept by those the plan knows and by the step’s own', async () => {
    const own = pointId.replace(/\/restorePoints.*/, '');
    const checked = async (resourceId: string, besides: readonly string[]) => {
      const arm = stubArm(inTurn({ status: 200, body: { value: [collectionOf(machineId)] } }));
      const asked = { kind: 'no-other-collection', machineId, location: 'westeurope', besides } as const;
      return (
        await checkAssumption(
          arm,
          asked,
          signal,
          { ...snapshot, resourceId },
          makeLists(arm, () => 0),
        )
      ).kind;
    };
    expect(await checked(own, [`${own}-OTHER`])).toBe('holds');
    expect(await checked(`${own}-Other`, [])).toBe('holds');
    expect(await checked(own, [])).toBe('moved');
  });

  it('a restore point waits its turn while another of the machine is made', () => {
    const refused = (message: string) =>
      failureOf({
        status: 409,
        headers: {},
        text: '',
        subject: pointId,
        body: { error: { code: 'VMRestorePointClientError', message } },
      });
    expect(refused("failed since a concurrent 'Create Restore Point' operation was triggered on the VM")).toMatchObject(
      { kind: 'busy' },
    );
    expect(refused('the disk is not supported')).toMatchObject({ kind: 'failed' });
  });

  const run = { 'holdfast-run': 'run' };
  const existing = async (step: Step, body: object): Promise<string> =>
    (await goalState(step, inTurn({ status: 200, body }), { kind: 'exists', resourceId: step.resourceId })).kind;

  it.each([
    ['of the same machine, region and run', machineId.toUpperCase(), 'West Europe', run, 'holds'],
    ['not of another machine', `${machineId}2`, 'westeurope', run, 'refused'],
    ['not in another region', machineId, 'northeurope', run, 'refused'],
    ['not of another run', machineId, 'westeurope', { 'holdfast-run': 'other' }, 'refused'],
    ['not when it carries no run', machineId, 'westeurope', {}, 'refused'],
  ])('a collection under a planned name is the step’s own: %s', async (_name, id, location, tags, wanted) => {
    const collectionId = pointId.replace(/\/restorePoints.*/, '');
    const step: Step = {
      ...snapshot,
      kind: 'restore-point-collection.create',
      option: 'restore-point',
      resourceId: collectionId,
      input: { machineId, location: 'westeurope', tags: run },
    };
    expect(
      await existing(step, { location, tags, properties: { provisioningState: 'Succeeded', source: { id } } }),
    ).toBe(wanted);
  });

  it.each([
    ['of the run, as redundant as planned', run, 'West Europe', 'GeoRedundant', 'holds'],
    ['not of another run', { 'holdfast-run': 'other' }, 'westeurope', 'GeoRedundant', 'refused'],
    ['not when it carries no run', {}, 'westeurope', 'GeoRedundant', 'refused'],
    ['not in another region', run, 'northeurope', 'GeoRedundant', 'refused'],
    ['not less redundant than planned', run, 'westeurope', 'LocallyRedundant', 'refused'],
    ['not when its redundancy is not told', run, 'westeurope', undefined, 'refused'],
  ])('a vault under a planned name is the step’s own: %s', async (_name, tags, location, redundancy, wanted) => {
    const resourceId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/v';
    const input = {
      location: 'westeurope',
      redundancy: 'geo-redundant',
      crossRegionRestore: false,
      softDeleteDays: 14,
      tags: run,
    } as const;
    const step: Step = { ...snapshot, kind: 'vault.create', option: 'azure-backup', resourceId, input };
    const properties = {
      provisioningState: 'Succeeded',
      redundancySettings: { standardTierStorageRedundancy: redundancy },
    };
    expect(await existing(step, { location, tags, properties })).toBe(wanted);
  });

  it.each<[string, (properties: Record<string, Record<string, unknown> | string>) => void, string]>([
    [
      'when it says the same, in Azure’s spelling',
      (p) => void ((p['schedulePolicy'] as Record<string, unknown>)['scheduleRunFrequency'] = 'daily'),
      'holds',
    ],
    [
      'also with what Azure adds',
      (p) => void (p['tieringPolicy'] = { ArchivedRP: { tieringMode: 'TierRecommended' } }),
      'holds',
    ],
    [
      'not when it keeps points for less',
      (p) => void ((p['retentionPolicy'] as Record<string, unknown>)['dailySchedule'] = {}),
      'refused',
    ],
    [
      'not when it keeps yearly points besides',
      (p) =>
        void ((p['retentionPolicy'] as Record<string, unknown>)['yearlySchedule'] = {
          retentionDuration: { count: 9 },
        }),
      'refused',
    ],
    [
      'not when its points are only crash-consistent',
      (p) => void (p['snapshotConsistencyType'] = 'OnlyCrashConsistent'),
      'refused',
    ],
    ['not when it runs in another time zone', (p) => void (p['timeZone'] = 'Tokyo Standard Time'), 'refused'],
  ])('a policy under a planned name is the step’s own %s', async (_name, change, wanted) => {
    const resourceId =
      '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/v/backupPolicies/p';
    const input = {
      tier: 'enhanced',
      schedule: { frequency: 'daily', at: '23:00' },
      timeZone: 'UTC',
      instantRestoreDays: 7,
      retain: { dailyDays: 30 },
    } as const;
    const step: Step = { ...snapshot, kind: 'backup-policy.create', option: 'azure-backup', resourceId, input };
    const properties = structuredClone(policyBody(input).properties) as unknown as Record<
      string,
      Record<string, unknown> | string
    >;
    change(properties);
    expect(await existing(step, { properties })).toBe(wanted);
  });

  const itemId = backup.resourceId;
  const configured = { kind: 'backup-configured', machineId, itemId, policyId: '/P' } as const;
  it.each([
    ['holds in IRPending, the policy in any case', { protectionState: 'IRPending', policyId: '/p' }, 'holds'],
    ['is absent under another policy', { protectionState: 'Protected', policyId: '/q' }, 'absent'],
    ['is absent when stopped', { protectionState: 'ProtectionStopped', policyId: '/p' }, 'absent'],
    [
      'is absent when soft-deleted',
      { protectionState: 'IRPending', policyId: '/p', isScheduledForDeferredDelete: true },
      'absent',
    ],
    [
      'is refused when the item is another machine’s',
      { protectionState: 'Protected', policyId: '/p', sourceResourceId: `${machineId}2` },
      'refused',
    ],
    [
      'is refused when the item names no machine',
      { protectionState: 'Protected', policyId: '/p', sourceResourceId: '' },
      'refused',
    ],
    ['holds after one backup failed', { protectionState: 'ProtectionError', policyId: '/p' }, 'holds'],
    ['is absent in a state nobody knows', { protectionState: 'Odd', policyId: '/p' }, 'absent'],
    ['is absent in no state', { policyId: '/p' }, 'absent'],
    ['is absent under no policy', { protectionState: 'Protected' }, 'absent'],
  ])('protection %s', async (_name, properties, wanted) => {
    expect(
      (
        await goalState(
          backup,
          inTurn({ status: 200, body: { properties: { sourceResourceId: machineId.toLowerCase(), ...properties } } }),
          configured,
        )
      ).kind,
    ).toBe(wanted);
  });

  const job = (status: string, more = {}) => ({
    name: 'j',
    properties: {
      operation: 'Backup',
      status,
      startTime: '2026-06-03T00:00:05Z',
      containerName: 'iaasvmcontainerv2;rg;WEB',
      ...more,
    },
  });
  const point = (jobs: readonly unknown[], lastRecoveryPoint?: string) =>
    goalState(backup, (r) =>
      r.path?.endsWith('/backupJobs')
        ? { status: 200, body: { value: jobs } }
        : { status: 200, body: { properties: { lastRecoveryPoint } } },
    );

  it('a recovery point since then holds by the item, or by a job that ended well', async () => {
    expect((await point([], '2026-06-03T01:00:00Z')).kind).toBe('holds');
    expect((await point([job('Completed')], '2001-01-01T00:00:00Z')).kind).toBe('holds');
  });

  it('a recovery point of before then is none; one of that very moment is', async () => {
    const { goal } = backup;
    const since = goal.kind === 'backup-point-since' ? Date.parse(goal.since) : Number.NaN;
    const at = (ms: number) => new Date(since + ms).toISOString();
    expect((await point([], at(-1000))).kind).toBe('absent');
    expect((await point([], at(0))).kind).toBe('holds');
    expect((await point([])).kind).toBe('absent');
  });

  it('a recovery point is coming while its machine’s job runs, and absent when only others run or all failed', async () => {
    expect((await point([job('InProgress')])).kind).toBe('coming');
    expect((await point([job('InProgress', { containerName: 'iaasvmcontainerv2;rg;other' })])).kind).toBe('absent');
    expect((await point([job('Failed')])).kind).toBe('absent');
  });

  it('a backup that began before then is waited for, since Azure takes none beside it; ended, it is not the one', async () => {
    const before = { startTime: '2026-06-02T23:00:00Z' };
    expect((await point([job('InProgress', before)])).kind).toBe('coming');
    expect((await point([job('Completed', before)])).kind).toBe('absent');
  });

  it('a backup that Azure did not begin, having another in hand, is told from one that failed', async () => {
    const polled = (code: string) =>
      runnerFor(backup, {
        arm: stubArm(() => ({ status: 200, body: { status: 'Failed', error: { code, message: 'no' } } })),
        discovery: makeDiscovery(stubArm(() => notFound)),
        now: () => undefined,
      }).poll({ kind: 'accepted', operationUrl: 'https://management.azure.com/o' }, signal);
    const forestalled = await polled('UserErrorBackupOperationInProgress');
    expect(forestalled).toMatchObject({ kind: 'settled', ok: false, forestalled: true });
    expect(await polled('UserErrorVmNotFound')).not.toHaveProperty('forestalled');
  });
});

describe('assumptions', () => {
  const check = (assumption: Parameters<typeof checkAssumption>[1], reply: Reply) =>
    checkAssumption(stubArm(inTurn(reply)), assumption, signal, snapshot, noLists);

  it('tell what moved', async () => {
    expect(
      await check({ kind: 'machine-is', machineId, vmId: 'A' }, { status: 200, body: { properties: { vmId: 'a' } } }),
    ).toEqual({ kind: 'holds' });
    expect(
      await check({ kind: 'machine-is', machineId, vmId: 'A' }, { status: 200, body: { properties: { vmId: 'b' } } }),
    ).toMatchObject({ kind: 'moved', detail: expect.stringContaining('made again') });
    expect(await check({ kind: 'machine-is', machineId, vmId: 'A' }, notFound)).toMatchObject({
      kind: 'moved',
      detail: 'web is gone',
    });
    expect(
      await check(
        {
          kind: 'disk-is',
          diskId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d',
          uniqueId: 'u',
        },
        { status: 200, body: { properties: { uniqueId: 'v' } } },
      ),
    ).toMatchObject({ kind: 'moved' });
  });

  it('compare the disk set without regard to case or order, and name what came and went', async () => {
    const disk = (n: string) => `/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/disks/${n}`;
    const storageProfile = {
      osDisk: { managedDisk: { id: disk('OS') } },
      dataDisks: [{ managedDisk: { id: disk('d2') } }],
    };
    const asked = (diskIds: readonly string[]) =>
      check(
        { kind: 'machine-disks-are', machineId, diskIds },
        { status: 200, body: { properties: { storageProfile } } },
      );
    expect(await asked([disk('D2'), disk('os')])).toEqual({ kind: 'holds' });
    expect(await asked([disk('os'), disk('d1')])).toMatchObject({
      kind: 'moved',
      detail: expect.stringMatching(/now also d2; no longer d1/),
    });
  });

  it('know who protects a machine now, in any vault', async () => {
    const vault = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/v';
    const by = (vaultId: string | null, body: object) =>
      check({ kind: 'protected-by', machineId, location: 'westeurope', vaultId }, { status: 200, body });
    expect(await by(null, { protectionStatus: 'NotProtected' })).toEqual({ kind: 'holds' });
    expect(await by(null, { protectionStatus: 'Protected', vaultId: vault })).toMatchObject({ kind: 'moved' });
    expect(await by(vault.toUpperCase(), { protectionStatus: 'Protected', vaultId: vault })).toEqual({ kind: 'holds' });
    expect(await by(vault, { protectionStatus: 'NotProtected' })).toMatchObject({ kind: 'moved' });
  });

  it('read the power state from the instance view, and never take a refusal for a change', async () => {
    const statuses = [{ code: 'ProvisioningState/succeeded' }, { code: 'PowerState/deallocated' }];
    expect(
      await check(
        { kind: 'power-is', machineId, power: 'deallocated' },
        { status: 200, body: { properties: { instanceView: { statuses } } } },
      ),
    ).toEqual({ kind: 'holds' });
    expect(
      await check(
        { kind: 'power-is', machineId, power: 'running' },
        { status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } },
      ),
    ).toMatchObject({ kind: 'refused' });
  });
});

describe('work done since the plan looked', () => {
  const list = (...items: readonly object[]): Reply => ({ status: 200, body: { value: items } });
  const check = (assumption: Parameters<typeof checkAssumption>[1], step: Step, reply: Reply) => {
    const arm = stubArm(inTurn(reply));
    return checkAssumption(
      arm,
      assumption,
      signal,
      step,
      makeLists(arm, () => undefined),
    );
  };
  const group = '/subscriptions/S/resourceGroups/RG';
  const diskId = `${group}/providers/Microsoft.Compute/disks/d`;
  const shot = (name: string, timeCreated: string, more: object = {}) => ({
    id: `${group}/providers/Microsoft.Compute/snapshots/${name}`,
    properties: {
      provisioningState: 'Succeeded',
      timeCreated,
      creationData: { sourceResourceId: diskId.toUpperCase() },
      ...more,
    },
  });
  const newer = (than: string | null, ...shots: readonly object[]) =>
    check({ kind: 'no-newer-snapshot', diskId, groupId: group, than }, snapshot, list(...shots));

  it('is a newer snapshot of the disk, and is named', async () => {
    expect(await newer(null)).toEqual({ kind: 'holds' });
    expect(await newer(null, shot('s1', '2026-06-03T01:00:00Z'))).toMatchObject({
      kind: 'moved',
      detail: expect.stringContaining('s1'),
    });
    expect(await newer('2026-06-03T01:00:00Z', shot('s1', '2026-06-03T01:00:00.1234567+00:00'))).toEqual({
      kind: 'holds',
    });
    expect(
      await newer('2026-06-03T01:00:00Z', shot('s1', '2026-06-03T01:00:00Z'), shot('s2', '2026-06-03T01:03:00Z')),
    ).toMatchObject({ kind: 'moved', detail: expect.stringContaining('s2') });
  });

  it('is no snapshot of another disk, none that failed or leans on its disk, and not the step’s own', async () => {
    const at = '2026-06-03T01:00:00Z';
    expect(
      await newer(
        null,
        shot('s', at, { creationData: { sourceResourceId: '/other' } }),
        shot('f', at, { provisioningState: 'Failed' }),
        shot('i', at, { snapshotAccessState: 'InstantAccess' }),
      ),
    ).toEqual({ kind: 'holds' });
    expect(await newer(null, { ...shot('s', at), id: snapshot.resourceId.toUpperCase() })).toEqual({ kind: 'holds' });
  });

  it('asks once a minute for all disks of a group, over all pages, and takes a missing group for an empty one', async () => {
    let now = 0;
    const arm = stubArm((r) =>
      r.url === undefined
        ? { status: 200, body: { value: [], nextLink: 'https://next' } }
        : list(shot('s', '2026-06-03T01:00:00Z')),
    );
    const lists = makeLists(arm, () => now);
    const asked = () =>
      checkAssumption(arm, { kind: 'no-newer-snapshot', diskId, groupId: group, than: null }, signal, snapshot, lists);
    expect((await Promise.all([asked(), asked()])).map(({ kind }) => kind)).toEqual(['moved', 'moved']);
    expect(arm.sent).toHaveLength(2);
    now = 61_000;
    await asked();
    expect(arm.sent).toHaveLength(4);
    expect(await check({ kind: 'no-newer-snapshot', diskId, groupId: group, than: null }, snapshot, notFound)).toEqual({
      kind: 'holds',
    });
  });

  it('is a vault that the plan did not know and did not make', async () => {
    const vaults = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults';
    const vault = {
      ...snapshot,
      kind: 'vault.create',
      resourceId: `${vaults}/own`,
      input: {
        location: 'westeurope',
        redundancy: 'zone-redundant',
        crossRegionRestore: false,
        softDeleteDays: 14,
        tags: { 'holdfast-run': 'run' },
      },
    } as Step;
    const found = (name: string, location: string, tags = {}) =>
      check(
        { kind: 'no-other-vault', location: 'westeurope', besides: [`${vaults}/known`] },
        vault,
        list({ id: `${vaults}/${name}`, location, tags, properties: {} }),
      );
    expect(await found('other', 'West Europe')).toMatchObject({
      kind: 'moved',
      detail: expect.stringContaining('other'),
    });
    expect(await found('other', 'northeurope')).toEqual({ kind: 'holds' });
    expect(await found('KNOWN', 'westeurope')).toEqual({ kind: 'holds' });
    expect(await found('own', 'westeurope')).toEqual({ kind: 'holds' });
    expect(await found('sibling', 'westeurope', { 'holdfast-run': 'run' })).toEqual({ kind: 'holds' });
  });

  it('is a policy that says the same, not one of Azure’s own', async () => {
    const vaultId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/v';
    const policy = {
      ...snapshot,
      kind: 'backup-policy.create',
      method: 'PUT',
      resourceId: `${vaultId}/backupPolicies/own`,
      input: {
        tier: 'enhanced',
        schedule: { frequency: 'daily', at: '01:00' },
        timeZone: 'UTC',
        instantRestoreDays: 2,
        retain: { dailyDays: 30 },
      },
    } as const satisfies Step;
    const found = (name: string, properties: object) =>
      check(
        { kind: 'no-like-policy', vaultId, besides: [`${vaultId}/backupPolicies/known`] },
        policy,
        list({ id: `${vaultId}/backupPolicies/${name}`, properties }),
      );
    const same = policyBody(policy.input).properties;
    expect(await found('other', same)).toMatchObject({ kind: 'moved', detail: expect.stringContaining('other') });
    expect(await found('known', same)).toEqual({ kind: 'holds' });
    expect(await found('own', same)).toEqual({ kind: 'holds' });
    expect(await found('DefaultPolicy', { ...same, instantRpRetentionRangeInDays: 5 })).toEqual({ kind: 'holds' });
  });
});

describe('discovery', () => {
  const vault = '/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v';
  const listed = (...ids: string[]): Reply => ({
    status: 200,
    body: { value: ids.map((virtualMachineId) => ({ properties: { virtualMachineId } })) },
  });

  it('lists once for all machines of a vault, over all pages', async () => {
    const arm = stubArm((r) =>
      r.url === undefined ? { status: 200, body: { value: [], nextLink: 'https://next' } } : listed(machineId),
    );
    const discovery = makeDiscovery(arm);
    expect(
      await Promise.all([
        discovery.find(vault, machineId, signal),
        discovery.find(vault, machineId.toLowerCase(), signal),
      ]),
    ).toEqual([undefined, undefined]);
    expect(arm.sent).toHaveLength(2);
  });

  it('refreshes once for a machine that is not listed, waits for it without holding on, and then leaves the judgement to Azure', async () => {
    const replies = [
      listed(),
      { status: 202, headers: { location: 'https://refresh', 'retry-after': '60' } },
      { status: 202 },
      { status: 204 },
      listed(),
    ];
    const arm = stubArm(inTurn(...replies));
    const discovery = makeDiscovery(arm);
    expect(await discovery.find(vault, machineId, signal)).toMatchObject({ kind: 'not-yet', retryAfterMs: 60_000 });
    expect(await discovery.find(vault, machineId, signal)).toMatchObject({ kind: 'not-yet' });
    expect(await discovery.find(vault, machineId, signal)).toBeUndefined();
    expect(arm.sent.map((r) => r.method)).toEqual(['GET', 'POST', 'GET', 'GET', 'GET']);
  });

  it('passes throttling on, and names the right that is missing where it is refused', async () => {
    const busy = makeDiscovery(stubArm(inTurn({ status: 429, headers: { 'retry-after': '9' }, body: {} })));
    expect(await busy.find(vault, machineId, signal)).toMatchObject({ kind: 'throttled', retryAfterMs: 9000 });
    const refused = makeDiscovery(
      stubArm(inTurn({ status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } })),
    );
    expect(await refused.find(vault, machineId, signal)).toMatchObject({
      kind: 'settled',
      ok: false,
      problem: { code: 'azure-forbidden' },
    });
  });
});

describe('a lost backup', () => {
  const fate = (jobs: readonly unknown[]) => {
    const arm = stubArm(inTurn({ status: 200, body: { value: jobs } }));
    return {
      arm,
      found: runnerFor(backup, {
        arm,
        discovery: makeDiscovery(arm),
        now: () => Date.UTC(2026, 5, 3, 13, 30),
      }).reconcile(backup, Date.UTC(2026, 5, 3, 13), signal),
    };
  };
  const job = (name: string, status: string, startTime: string) => ({
    name,
    properties: { operation: 'Backup', status, startTime, containerName: 'iaasvmcontainerv2;rg;web' },
  });

  it('is found by its job, a running one before an ended one', async () => {
    expect(
      await fate([job('old', 'Failed', '2026-06-03T12:59:00Z'), job('new', 'InProgress', '2026-06-03T13:00:02Z')])
        .found,
    ).toEqual({ kind: 'accepted', jobId: 'new' });
  });

  it('is absent when the vault has no such job since then, and asks in the only form the filter takes', async () => {
    const { arm, found } = fate([job('yesterday', 'Completed', '2026-06-02T13:00:00Z')]);
    expect(await found).toEqual({ kind: 'absent' });
    expect(arm.sent[0]!.query!['$filter']).toContain(
      "startTime eq '2026-06-03 12:58:00 PM' and endTime eq '2026-06-03 02:30:00 PM'",
    );
  });
});

describe('headroom', () => {
  it('is read from ARM’s and Compute’s headers', () => {
    const headers = {
      'x-ms-ratelimit-remaining-subscription-writes': '199',
      'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/HighCost3Min;9,Microsoft.Compute/HighCost30Min;7997',
    };
    const found = headroomOf(
      { provider: 'compute', method: 'PUT', path: machineId },
      { status: 202, headers, body: undefined, text: '', subject: machineId },
    );
    expect(found.map((h) => `${h.subscriptionId} ${h.kind} ${h.bucket} ${h.remaining}`)).toEqual([
      's write subscription-writes 199',
      's write Microsoft.Compute/HighCost3Min 9',
      's write Microsoft.Compute/HighCost30Min 7997',
    ]);
  });
});

describe('a lost write', () => {
  const tools = {
    arm: stubArm(inTurn(notFound)),
    discovery: makeDiscovery(stubArm(inTurn(notFound))),
    now: () => undefined,
  };
  const runnerOf = (kind: Step['kind']) =>
    runnerFor({ ...snapshot, kind, input: { excludeDiskIds: [] } } as unknown as Step, tools);
  const repeatable = (kind: Step['kind']): boolean => runnerOf(kind).repeatable;
  const once = [
    'backup.trigger',
    'restore-point.create',
    'restore-point.copy',
    'machine.generalize',
    'run-command.create',
  ] as const;

  it('is sent again at once only where twice is as once', () => {
    expect((['vault.create', 'resource-group.create', 'network-interface.create'] as const).map(repeatable)).toEqual([
      true,
      true,
      true,
    ]);
    expect(once.filter(repeatable)).toEqual([]);
  });

  it('is never sent again unasked where it is a POST that would be done twice; what has a name Azure refuses itself', () => {
    const atMostOnce = once.filter((kind) => runnerOf(kind).atMostOnce);
    expect(atMostOnce).toEqual(['backup.trigger', 'machine.generalize']);
  });
});
