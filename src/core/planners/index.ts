/** THE list: who drafts the steps of each option. Made anew for each plan, since shared things (vaults, policies) are counted. */
import type { ExecutableOption } from '../executable.ts';
import { BackupPlanner } from './azure-backup.ts';
import { draftSnapshot } from './disk-snapshot.ts';
import type { DraftContext, Drafted, Need } from './draft.ts';
import { draftRestorePoint } from './restore-point.ts';

export type Planners = { readonly [K in ExecutableOption]: (need: Need) => Drafted };

export const makePlanners = (context: DraftContext): Planners => {
  const backup = new BackupPlanner(context);
  return {
    'azure-backup': (need) => backup.draft(need),
    'disk-snapshot': (need) => draftSnapshot(need, context),
    'restore-point': (need) => draftRestorePoint(need, context),
  };
};
