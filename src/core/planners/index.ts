/** THE list: who drafts the steps of each option. Made anew for each plan, since shared things (vaults, policies) are counted. */
import { BackupPlanner } from './azure-backup.ts';
import { draftImage } from './capture.ts';
import { draftSnapshots, draftStopped } from './disk-snapshot.ts';
import type { OptionId, Reason } from '../option.ts';
import type { DraftContext, Drafted, Need } from './draft.ts';
import { SiteRecoveryPlanner } from './site-recovery.ts';
import { insteadOfRestorePoint, type Rungs } from './instead-of-restore-point.ts';
import { draftRestorePoint } from './restore-point.ts';

export type Planners = { readonly [K in OptionId]: (need: Need) => Drafted } & {
  /** For a need that no option meets as the machine is. */
  readonly lastResort: (need: Need, reasons: readonly Reason[]) => Drafted;
};

export const makePlanners = (context: DraftContext): Planners => {
  const backup = new BackupPlanner(context);
  const rungs: Rungs = { backup: (need) => backup.draft(need), stopped: (need) => draftStopped(need, context) };
  const siteRecovery = new SiteRecoveryPlanner(context);
  return {
    'azure-backup': (need) => backup.draft(need),
    'site-recovery': (need) => siteRecovery.draft(need),
    'disk-snapshot': (need) => draftSnapshots(need, context),
    'managed-image': (need) => draftImage(need, context),
    'gallery-image': (need) => draftImage(need, context),
    'restore-point': (need) =>
      draftRestorePoint(need, context, (reasons) => insteadOfRestorePoint(need, reasons, context, rungs)),
    lastResort: (need, reasons) => insteadOfRestorePoint(need, reasons, context, rungs),
  };
};
