import { counted } from '../../core/duration.ts';
import { nameOf } from '../../core/ids.ts';
import type { BackupPolicyInput } from '../../core/steps/backup.ts';
import { onOff, text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds =
  | 'vault.create'
  | 'vault.lock'
  | 'backup-policy.create'
  | 'backup.enable'
  | 'backup.reconfigure'
  | 'backup.stop'
  | 'backup.delete'
  | 'backup.undelete'
  | 'backup.trigger';

export const backupWords: { readonly [K in Kinds]: StepWords<K> } = {
  'vault.create': {
    noun: ['Recovery Services vault', 'Recovery Services vaults'],
    writes: ({ resourceId }) => `vault ${nameOf(resourceId)}`,
    settings: ({
      input: {
        location,
        redundancy,
        crossRegionRestore,
        softDelete = 'enabled',
        softDeleteDays,
        immutability = 'disabled',
      },
    }) => [
      `Vault: ${location}, ${redundancy}, cross-region restore ${onOff(crossRegionRestore)}, soft delete ${softDelete === 'always-on' ? 'always on, ' : ''}${softDeleteDays} days${immutability === 'disabled' ? '' : `, immutability ${immutability}`}`,
      'Its redundancy **cannot be changed** any more once the first machine is protected by it',
      ...(softDelete === 'always-on' ? ['Soft delete that is always on **can never be turned off**'] : []),
    ],
  },
  'vault.lock': {
    noun: ['vault locked immutable', 'vaults locked immutable'],
    writes: ({ resourceId }) => `lock of immutability of vault ${nameOf(resourceId)}`,
    settings: () => [
      'Immutability locked **for good**: no point can be deleted before its time, no retention be shortened, and nobody can unlock it',
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
    settings: ({ input }) => protectionSettings(input),
  },
  'backup.reconfigure': {
    noun: ['protection changed or resumed', 'protections changed or resumed'],
    writes: ({ resourceId, input }) => `policy ${nameOf(input.policyId)} in ${vaultName(resourceId)}`,
    settings: ({ input }) => protectionSettings(input),
  },
  'backup.stop': {
    noun: ['protection stopped', 'protections stopped'],
    writes: ({ resourceId }) => `stop in ${vaultName(resourceId)}, points kept`,
    settings: () => ['Points are kept and billed until somebody deletes them; none are made any more'],
  },
  'backup.delete': {
    noun: ['backup deleted', 'backups deleted'],
    writes: ({ resourceId }) => `deletion in ${vaultName(resourceId)}`,
    settings: () => [
      "**Deletes every recovery point**: they can be undeleted only while the vault's soft delete keeps them",
    ],
  },
  'backup.undelete': {
    noun: ['backup undeleted', 'backups undeleted'],
    writes: ({ resourceId }) => `undeletion in ${vaultName(resourceId)}`,
    settings: () => ['Points come back; protection stays stopped until it is resumed'],
  },
  'backup.trigger': {
    noun: ['backup now', 'backups now'],
    writes: ({ resourceId }) => `backup now in ${vaultName(resourceId)}`,
    settings: ({ input }) => [`A backup now; its point is kept until ${input.expiresAt}`],
  },
};

const protectionSettings = ({
  policyId,
  excludeLuns = [],
}: {
  readonly policyId: string;
  readonly excludeLuns?: readonly number[];
}): readonly string[] => [
  `Policy: \`${policyId}\``,
  ...(excludeLuns.length === 0
    ? []
    : [
        `**Leaves out** the disks at LUN ${excludeLuns.join(', ')}; restores are of disks only then, never of a whole machine`,
      ]),
];

/** Azure's names of protected items repeat group and machine in a cipher; vault and machine say the same in words. */
const vaultName = (id: string): string => /\/vaults\/([^/]+)/i.exec(id)?.[1] ?? nameOf(id);

const policySetting = ({ tier, schedule, timeZone, instantRestoreDays, retain }: BackupPolicyInput): string => {
  const daily =
    schedule.frequency === 'weekly' ? `${(schedule.days ?? ['Sunday']).join(', ')} at` : `${schedule.frequency} at`;
  const every = schedule.frequency === 'hourly' ? `every ${schedule.intervalHours} hours from` : daily;
  const kept = [
    retain.dailyDays && counted(retain.dailyDays, 'day'),
    retain.weeklyWeeks && counted(retain.weeklyWeeks, 'week'),
    retain.monthlyMonths && counted(retain.monthlyMonths, 'month'),
    retain.yearlyYears && counted(retain.yearlyYears, 'year'),
  ].filter((part) => part !== undefined);
  const keeps = `kept ${kept.join(' / ')}; instant restore ${instantRestoreDays} days`;
  return `Policy: ${tier}, ${every} ${schedule.at} ${text(timeZone)}; ${keeps}`;
};

type Assumed = 'protected-by' | 'backup-item-is' | 'no-other-vault' | 'no-like-policy';

export const backupAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'protected-by': ({ vaultId }) =>
    vaultId === null ? 'no vault protects it' : `vault ${text(nameOf(vaultId))} protects it`,
  'backup-item-is': ({ state, policyId }) =>
    `its backup is ${state === 'active' ? 'in force' : state}${policyId === undefined ? '' : ` under policy ${text(nameOf(policyId))}`}`,
  'no-other-vault': ({ location, besides }) => {
    const known =
      besides.length === 0 ? 'no vault' : `no vault but ${besides.map((id) => text(nameOf(id))).join(', ')}`;
    return `${text(location)} has ${known} and this plan's own`;
  },
  'no-like-policy': ({ vaultId }) => `vault ${text(nameOf(vaultId))} has no such policy of somebody else's making`,
};
