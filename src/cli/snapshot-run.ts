/** `holdfast snapshot`: flags into a request, and the request into a draft. */
import type { PlanDefaults } from '../core/guidance.ts';
import { draftPoints, type PointRequest } from '../core/plan-snapshot.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';
import { runShortcut, type ShortcutFlags } from './shortcut-run.ts';

export interface SnapshotFlags extends ShortcutFlags {
  readonly option: string;
  readonly full: boolean;
  readonly sku: string | undefined;
  readonly 'copy-to': string | undefined;
  readonly 'allow-downtime': boolean;
  readonly 'allow-inconsistent': boolean;
}

export const takePoints = (named: readonly string[], flags: SnapshotFlags, context: Context): Promise<ExitCode> => {
  const settings = settingsOf(flags);
  const option = flags.option as PointRequest['option'];
  return runShortcut(
    {
      verb: 'snapshot',
      named,
      draft: (machines) => draftPoints({ machines: new Set(machines.map(({ key }) => key)), option, settings }),
    },
    flags,
    context,
  );
};

const settingsOf = (flags: SnapshotFlags): Partial<PlanDefaults['snapshot']> => {
  if (flags['allow-downtime'] && flags['allow-inconsistent'])
    throw usage('--allow-downtime and --allow-inconsistent contradict each other', 'give one of them');
  const region = flags['copy-to']?.replaceAll(' ', '').toLowerCase();
  if (region !== undefined && !/^[a-z0-9]+$/.test(region))
    throw usage(`--copy-to ${flags['copy-to']} is no region`, 'write it as Azure spells it: northeurope');
  return {
    ...(flags.full ? { incremental: false } : {}),
    ...(flags.sku === undefined ? {} : { sku: flags.sku as NonNullable<PlanDefaults['snapshot']['sku']> }),
    ...(region === undefined ? {} : { copyTo: region }),
    ...(flags['allow-downtime'] ? { severalDisks: 'downtime' } : {}),
    ...(flags['allow-inconsistent'] ? { severalDisks: 'independent' } : {}),
  };
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'snapshot', summary, remedy }]);
