import { counted } from '../../core/duration.ts';
import { nameOf } from '../../core/ids.ts';
import type { BackupPolicyInput } from '../../core/steps/backup.ts';
import { onOff, text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds = 'vault.create' | 'backup-policy.create' | 'backup.enable' | 'backup.trigger';

export const backupWords: { readonly [K in Kinds]: StepWords<K> } = {
  'vault.create': {
    noun: ['Recovery Services vault', 'Recovery Services vaults'],
    writes: ({ resourceId }) => `vault ${nameOf(resourceId)}`,
    settings: ({ input: { location, redundancy, crossRegionRestore, softDeleteDays } }) => [
      `Vault: ${location}, ${redundancy}, cross-region restore ${onOff(crossRegionRestore)}, soft delete ${softDeleteDays} days`,
    ],
  },
  'backup-policy.create': {
    noun: ['backup policy', 'backup policies'],
    writes: ({ resourceId }) => `policy ${nameOf(resourceId)}`,
    settings: ({ input }) => [policySetting(input)],
  },
  'backup.enable': {
    noun: ['machine put under Azure Backup', 'machines put under Azure Backup'],
    writes: ({ resourceId }) => `protection in ${vaultName(resourceId)}`,
    settings: ({ input: { policyId, excludeLuns = [] } }) => [
      `Policy: \`${policyId}\``,
      ...(excludeLuns.length === 0 ? [] : [`**Leaves out** the disks at LUN ${excludeLuns.join(', ')}`]),
    ],
  },
  'backup.trigger': {
    noun: ['first backup', 'first backups'],
    writes: ({ resourceId }) => `backup now in ${vaultName(resourceId)}`,
    settings: ({ input }) => [`A backup now; its point is kept until ${input.expiresAt}`],
  },
};

/** Azure's names of protected items repeat group and machine in a cipher; vault and machine say the same in words. */
const vaultName = (id: string): string => /\/vaults\/([^/]+)/i.exec(id)?.[1] ?? nameOf(id);

const policySetting = ({ tier, schedule, timeZone, instantRestoreDays, retain }: BackupPolicyInput): string => {
  const every = schedule.frequency === 'hourly' ? `every ${schedule.intervalHours} hours from` : `${schedule.frequency} at`;
  const kept = [
    retain.dailyDays && counted(retain.dailyDays, 'day'),
    retain.weeklyWeeks && counted(retain.weeklyWeeks, 'week'),
    retain.monthlyMonths && counted(retain.monthlyMonths, 'month'),
    retain.yearlyYears && counted(retain.yearlyYears, 'year'),
  ].filter((part) => part !== undefined);
  const keeps = `kept ${kept.join(' / ')}; instant restore ${instantRestoreDays} days`;
  return `Policy: ${tier}, ${every} ${schedule.at} ${text(timeZone)}; ${keeps}`;
};

type Assumed = 'protected-by' | 'no-other-vault' | 'no-like-policy';

export const backupAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'protected-by': ({ vaultId }) => (vaultId === null ? 'no vault protects it' : `vault ${text(nameOf(vaultId))} protects it`),
  'no-other-vault': ({ location, besides }) => {
    const known = besides.length === 0 ? 'no vault' : `no vault but ${besides.map((id) => text(nameOf(id))).join(', ')}`;
    return `${text(location)} has ${known} and this plan's own`;
  },
  'no-like-policy': ({ vaultId }) => `vault ${text(nameOf(vaultId))} has no such policy of somebody else's making`,
};
