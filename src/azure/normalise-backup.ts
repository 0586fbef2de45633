/**
 * Recovery Services vaults, Azure Backup's policies, items and recovery points, in REST and in Resource Graph spelling
 * (facts ).
 */
import type { BackupItem, BackupPoint, BackupPolicy, BackupState, Redundancy, Vault } from '../core/estate.ts';
import { known, unknown, type Fact } from '../core/fact.ts';
import { bareId, keyOf, parseId } from '../core/ids.ts';
import { at, flagAt, given, instantAt, isRecord, listAt, numberAt, textAt, wordAt } from './raw.ts';
import { consistencyWord } from './normalise-points.ts';
import { weekdays, type Weekday } from '../core/time.ts';
import {
  isProvisioned,
  item,
  other,
  resourceOf,
  unintelligible,
  vaultIdOf,
  type Normaliser,
} from './normalise-resource.ts';

const redundancies: Readonly<Record<string, Redundancy>> = {
  locallyredundant: 'locally-redundant',
  zoneredundant: 'zone-redundant',
  georedundant: 'geo-redundant',
  readaccessgeozoneredundant: 'geo-redundant',
};
const switches = { enabled: true, disabled: false } as const;
const softDeleteStates = { enabled: 'enabled', disabled: 'disabled', alwayson: 'always-on' } as const;
const immutabilities = { disabled: 'disabled', unlocked: 'unlocked', locked: 'locked' } as const;

const notTold = (what: string): Fact<never> => unknown('not-answered', `The vault's answer holds no ${what}.`);

export const normaliseVault: Normaliser<Vault> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  if (resource.parsed.type?.toLowerCase() !== 'microsoft.recoveryservices/vaults') return other;
  const { parsed: _, ...common } = resource;
  const p = at(raw, 'properties');
  const redundancy = wordAt(redundancies, p, 'redundancySettings', 'standardTierStorageRedundancy');
  const crossRegion = wordAt(switches, p, 'redundancySettings', 'crossRegionRestore');
  return item({
    ...common,
    provisioned: isProvisioned(raw),
    redundancy: redundancy === undefined ? notTold('storage redundancy') : known(redundancy),
    crossRegionRestore: crossRegion === undefined ? notTold('cross-region restore setting') : known(crossRegion),
    softDelete: softDeleteOf(at(p, 'securitySettings', 'softDeleteSettings')),
    immutability: immutabilityOf(at(p, 'securitySettings')),
  });
};

const softDeleteOf = (settings: unknown): Vault['softDelete'] => {
  const state = wordAt(softDeleteStates, settings, 'softDeleteState');
  if (state === undefined) return notTold('soft delete setting');
  return known({ state, ...given('retainDays', numberAt(settings, 'softDeleteRetentionPeriodInDays')) });
};

/** Security settings without an immutability state mean that none was ever set. */
const immutabilityOf = (settings: unknown): Vault['immutability'] => {
  if (!isRecord(settings)) return notTold('immutability setting');
  const said = textAt(settings, 'immutabilitySettings', 'state');
  if (said === undefined) return known('disabled');
  const state = wordAt(immutabilities, settings, 'immutabilitySettings', 'state');
  return state === undefined
    ? unknown('unintelligible', `Azure says the immutability state is "${said}".`)
    : known(state);
};

export const normaliseBackupPolicy: Normaliser<BackupPolicy> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const vaultId = vaultIdOf(resource.id);
  if (vaultId === undefined) return other;
  const p = at(raw, 'properties');
  const schedule = at(p, 'schedulePolicy');
  const v2 =
    textAt(p, 'policyType')?.toLowerCase() === 'v2' ||
    textAt(schedule, 'schedulePolicyType')?.toLowerCase() === 'simpleschedulepolicyv2';
  const retainDays = retentionDays(at(p, 'retentionPolicy'));
  return item({
    id: resource.id,
    key: resource.key,
    vaultKey: keyOf(vaultId),
    name: resource.name,
    workload: textAt(p, 'backupManagementType')?.toLowerCase() === 'azureiaasvm' ? 'virtual-machine' : 'other',
    tier: v2 ? 'enhanced' : 'standard',
    schedule: scheduleOf(schedule, textAt(p, 'timeZone') ?? 'UTC'),
    ...given('retainDays', retainDays),
    ...given('instantRestoreDays', numberAt(p, 'instantRpRetentionRangeInDays')),
    crashConsistentOnly: textAt(p, 'snapshotConsistencyType')?.toLowerCase() === 'onlycrashconsistent',
    ...given('protectedItemsCount', numberAt(p, 'protectedItemsCount')),
  });
};

const scheduleOf = (schedule: unknown, timeZone: string): BackupPolicy['schedule'] => {
  const frequency =
    wordAt({ hourly: 'hourly', daily: 'daily', weekly: 'weekly' } as const, schedule, 'scheduleRunFrequency') ??
    'daily';
  const runs = [
    ...listAt(schedule, 'scheduleRunTimes'),
    ...listAt(schedule, 'dailySchedule', 'scheduleRunTimes'),
    ...listAt(schedule, 'weeklySchedule', 'scheduleRunTimes'),
    at(schedule, 'hourlySchedule', 'scheduleWindowStartTime'),
  ];
  const runTimes = runs.flatMap((run) => instantAt({ run }, 'run') ?? []);
  return {
    frequency,
    ...given('intervalHours', numberAt(schedule, 'hourlySchedule', 'interval')),
    ...given('windowHours', numberAt(schedule, 'hourlySchedule', 'scheduleWindowDuration')),
    ...given('days', frequency === 'weekly' ? daysOf(schedule) : undefined),
    runTimes,
    timeZone,
  };
};

/** Of a standard policy beside its frequency, of an enhanced one within its weekly schedule; one in words not known leaves all untold. */
const daysOf = (schedule: unknown): readonly Weekday[] | undefined => {
  const said = [...listAt(schedule, 'scheduleRunDays'), ...listAt(schedule, 'weeklySchedule', 'scheduleRunDays')];
  const days = said.map((one) => weekdays.find((day) => day.toLowerCase() === String(one).toLowerCase()));
  return days.length > 0 && days.every((day) => day !== undefined) ? days : undefined;
};

/**
 * A month counts 31 days, as Azure counts (facts B-19); a year 12 of them.
 * https://learn.microsoft.com/azure/backup/backup-instant-restore-capability
 */
const durationDays: Readonly<Record<string, number>> = { days: 1, weeks: 7, months: 31, years: 372 };

const retentionDays = (retention: unknown): number | undefined => {
  for (const path of [
    ['dailySchedule', 'retentionDuration'],
    ['weeklySchedule', 'retentionDuration'],
    ['retentionDuration'],
  ]) {
    const duration = at(retention, ...path);
    const count = numberAt(duration, 'count');
    const unit = wordAt(durationDays, duration, 'durationType');
    if (count !== undefined && unit !== undefined) return count * unit;
  }
  return undefined;
};

const states: Readonly<Record<string, BackupState>> = {
  // REST
  irpending: 'pending',
  protected: 'protected',
  protectionerror: 'error',
  protectionstopped: 'stopped',
  protectionpaused: 'paused',
  backupssuspended: 'suspended',
  // Resource Graph's currentProtectionState, in the portal's words
  configuringprotection: 'pending',
  protectionconfigured: 'protected',
  configuringprotectionfailed: 'error',
  softdeleted: 'soft-deleted',
};

const healths: Readonly<Record<string, NonNullable<BackupItem['health']>>> = {
  passed: 'passed',
  healthy: 'passed',
  actionrequired: 'action-required',
  actionsuggested: 'action-suggested',
  unhealthy: 'unhealthy',
};

/** Only items that protect Azure virtual machines; databases, file shares and classic machines are other things. */
export const normaliseBackupItem: Normaliser<BackupItem> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const p = at(raw, 'properties');
  const machineId =
    textAt(p, 'sourceResourceId') ?? textAt(p, 'virtualMachineId') ?? textAt(p, 'dataSourceInfo', 'resourceID');
  const management = textAt(p, 'backupManagementType')?.toLowerCase();
  if (management !== undefined && otherWorkloads.has(management)) return other;
  const machineType = machineId === undefined ? undefined : parseId(machineId)?.type?.toLowerCase();
  if (machineType !== undefined && machineType !== 'microsoft.compute/virtualmachines') return other;
  if (machineId === undefined || machineType === undefined)
    return unintelligible(`the protected item ${resource.id} names no machine`);
  const named = machinesNamed(p);
  if (named.length > 1)
    return unintelligible(
      `the protected item ${resource.id} names ${named.length} machines: ${named.join(', ')}`,
      named,
    );
  if (management !== undefined && management !== 'azureiaasvm')
    return unintelligible(
      `the protected item ${resource.id} is of a management type "${management}" that is not known`,
      named,
    );
  const vaultId = bareId(textAt(p, 'vaultId') ?? '') || vaultIdOf(resource.id) || '';
  const policyId = textAt(p, 'policyId');
  return item({
    id: resource.id,
    key: resource.key,
    vaultId,
    vaultKey: keyOf(vaultId),
    machineKey: keyOf(machineId),
    ...given('policyKey', policyId === undefined ? undefined : keyOf(policyId)),
    ...given('policyName', textAt(p, 'policyName')),
    ...stateOf(p),
    ...given('health', wordAt(healths, p, 'healthStatus') ?? wordAt(healths, p, 'protectionStatus')),
    ...given('lastBackupStatus', textAt(p, 'lastBackupStatus')),
    ...given('lastBackupAt', instantAt(p, 'lastBackupTime')),
    ...given('lastPointAt', instantAt(p, 'lastRecoveryPoint')),
    ...given('deletedAt', instantAt(p, 'deferredDeleteTimeInUTC')),
    ...exclusionOf(at(p, 'extendedProperties', 'diskExclusionProperties')),
    points: unknown('not-read', 'Recovery points are read with --deep.'),
  });
};

/** Other things than Azure virtual machines, by what manages them: a database inside a machine names the machine too. */
const otherWorkloads = new Set([
  'azureworkload',
  'azuresql',
  'azurestorage',
  'mab',
  'dpm',
  'azurebackupserver',
  'defaultbackup',
]);

/** Azure spells the machine in up to three places, and always the same one. */
const machinesNamed = (p: unknown): readonly string[] => {
  const ids = [textAt(p, 'sourceResourceId'), textAt(p, 'virtualMachineId'), textAt(p, 'dataSourceInfo', 'resourceID')];
  return [...new Set(ids.flatMap((id) => (id === undefined ? [] : [keyOf(id)])))];
};

/**
 * A soft-deleted item stays listed as ProtectionStopped with a flag beside it (observed: deferred delete). Of REST's
 * word and the portal's beside it, neither is believed where they contradict each other.
 */
const stateOf = (p: unknown): Pick<BackupItem, 'state' | 'rawState'> => {
  const said = [textAt(p, 'protectionState'), textAt(p, 'currentProtectionState')].filter((word) => word !== undefined);
  const rawState = [...new Set(said)].join(' and ');
  if (flagAt(p, 'isScheduledForDeferredDelete') === true) return { state: 'soft-deleted', rawState };
  const folded = [...new Set(said.map((word) => wordAt(states, { word }, 'word') ?? 'unknown'))];
  const state = folded.length === 1 ? folded[0]! : agreed(folded);
  const deletedAt = instantAt(p, 'deferredDeleteTimeInUTC');
  if (deletedAt === undefined || state === 'soft-deleted') return { state, rawState };
  return { state: 'unknown', rawState: `${rawState}, and a deferred deletion on ${deletedAt}` };
};

/**
 * `[REST's, the portal's]`. The portal's ProtectionConfigured says nothing about a first backup or how it goes, so
 * REST's IRPending or ProtectionError beside it wins (facts Q-03), as its SoftDeleted does over REST's
 * ProtectionStopped.
 */
const agreed = ([rest, portal]: readonly BackupState[]): BackupState => {
  if (portal === 'protected' && (rest === 'pending' || rest === 'error')) return rest;
  if (portal === 'error' && rest === 'pending') return portal;
  return rest === 'stopped' && portal === 'soft-deleted' ? portal : 'unknown';
};

/** LUNs come as numbers; a list that is not one of LUNs leaves open which disks are in. */
const exclusionOf = (raw: unknown): Pick<BackupItem, 'diskExclusion' | 'disksUnknown'> => {
  if (raw === undefined) return {};
  const list = at(raw, 'diskLunList');
  const luns = Array.isArray(list) ? list.map((lun) => numberAt({ lun }, 'lun')) : [undefined];
  const said = at(raw, 'isInclusionList');
  const inclusion = said === undefined ? false : flagAt(raw, 'isInclusionList');
  if (inclusion === undefined || !luns.every((lun) => lun !== undefined && Number.isInteger(lun) && lun >= 0)) {
    return {
      disksUnknown: unknown('unintelligible', 'Azure tells which disks it leaves out in a form that is not known.'),
    };
  }
  return { diskExclusion: { luns: luns as readonly number[], inclusion } };
};

/** Strings since 2021-11-15, numbers before (observed: enum fields). */
const tiers: Readonly<Record<string, BackupPoint['tiers'][number]>> = {
  instantrp: 'snapshot',
  hardenedrp: 'vault',
  archivedrp: 'archive',
  1: 'snapshot',
  2: 'vault',
  3: 'archive',
};
const tierStates: Readonly<Record<string, 'present' | 'gone'>> = {
  valid: 'present',
  rehydrated: 'present',
  1: 'present',
  4: 'present',
  invalid: 'gone',
  disabled: 'gone',
  deleted: 'gone',
  0: 'gone',
  2: 'gone',
  3: 'gone',
};

/** A point that is in no tier any more is no point. */
export const normaliseBackupPoint: Normaliser<BackupPoint> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const p = at(raw, 'properties');
  const disks = at(p, 'recoveryPointDiskConfiguration');
  const details = listAt(p, 'recoveryPointTierDetails');
  const stands = details.map((tier) => wordAt(tierStates, tier, 'status'));
  if (details.length > 0 && !stands.includes('present')) {
    return stands.includes(undefined)
      ? unintelligible(`the recovery point ${resource.id} has no tier of a known status`)
      : other;
  }
  const told = details.flatMap((tier, i) => {
    const kind = wordAt(tiers, tier, 'type');
    return kind !== undefined && stands[i] === 'present' ? [kind] : [];
  });
  return item({
    id: resource.id,
    ...given('at', instantAt(p, 'recoveryPointTime')),
    consistency: consistencyWord(p, 'recoveryPointType'),
    ...given('disksIncluded', numberAt(disks, 'numberOfDisksIncludedInBackup')),
    ...given('disksAttached', numberAt(disks, 'numberOfDisksAttachedToVm')),
    tiers: [...new Set(told)],
    ...given('expiresAt', instantAt(p, 'recoveryPointProperties', 'expiryTime')),
  });
};
