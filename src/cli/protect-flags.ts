/** What the flags of `protect` ask for: one verb, or a usage error that says which do not go together. */
import { protectOptions, type ProtectOption } from '../core/plan-backup.ts';
import type { AskedOfBackup, BackupVerb } from '../core/planners/backup-verbs.ts';
import { UsageError } from '../core/problem.ts';

export interface ProtectFlags {
  readonly option: string | undefined;
  readonly now: boolean;
  readonly stop: string | undefined;
  readonly resume: boolean;
  readonly undelete: boolean;
  readonly policy: string | undefined;
  readonly 'exclude-lun': readonly number[];
  readonly 'all-disks': boolean;
}

export const askedOf = (flags: ProtectFlags): AskedOfBackup => {
  const verbs = [
    ...(flags.now ? ['--now'] : []),
    ...(flags.stop === undefined ? [] : ['--stop']),
    ...(flags.undelete ? ['--undelete'] : flags.resume ? ['--resume'] : []),
  ];
  if (verbs.length > 1)
    throw usage(`${verbs.join(' and ')} cannot be asked for at once`, 'give them one after the other');
  if (flags['all-disks'] && flags['exclude-lun'].length > 0)
    throw usage('--all-disks and --exclude-lun contradict each other', 'give one of them');
  const verb = verbOf(flags);
  const sets = [
    ...(flags.policy === undefined ? [] : ['--policy']),
    ...(flags['exclude-lun'].length === 0 ? [] : ['--exclude-lun']),
    ...(flags['all-disks'] ? ['--all-disks'] : []),
  ];
  const says = verb.kind === 'enable' || verb.kind === 'resume' || (verb.kind === 'undelete' && verb.resume);
  if (sets.length > 0 && !says)
    throw usage(
      `${sets.join(' and ')} means nothing with ${verbs.join()}`,
      'leave it out; --resume and enabling take it',
    );
  return {
    verb,
    ...(flags.policy === undefined ? {} : { policy: flags.policy }),
    ...(flags['all-disks'] || flags['exclude-lun'].length > 0 ? { excludeLuns: flags['exclude-lun'] } : {}),
  };
};

const verbOf = ({ now, stop, resume, undelete }: ProtectFlags): BackupVerb => {
  if (now) return { kind: 'now' };
  if (stop !== undefined) return { kind: stop === 'delete' ? 'delete' : 'stop' };
  if (undelete) return { kind: 'undelete', resume };
  return { kind: resume ? 'resume' : 'enable' };
};

/** Verbs, policies and disks are Azure Backup's; only enabling leaves the choice to the guidance. */
export const optionOf = (
  { option }: Pick<ProtectFlags, 'option'>,
  { verb, policy, excludeLuns }: AskedOfBackup,
): ProtectOption | undefined => {
  const given = protectOptions.find((id) => id === option);
  if (verb.kind === 'enable' && policy === undefined && excludeLuns === undefined) return given;
  if (given === undefined || given === 'azure-backup') return 'azure-backup';
  throw usage(`--option ${given} goes with none of Azure Backup's verbs, policies and disks`, 'leave one of them out');
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'command line', summary, remedy }]);
