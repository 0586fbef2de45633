/** `holdfast remove`: reads the subscriptions that the ids lie in, finds what they name, and deletes it by a plan. */
import { parseId } from '../core/ids.ts';
import { draftRemoval } from '../core/plan-remove.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { findPoint } from '../core/removal.ts';
import { unreadIn } from '../core/unread.ts';
import { readAndAudit } from './audit-run.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';
import type { PlanFlags } from './plan-run.ts';
import { runDraft, type ShortcutFlags } from './shortcut-run.ts';

export type RemoveFlags = Omit<ShortcutFlags, 'management-group' | 'resource-group' | 'tag' | 'exclude-tag'> & {
  readonly 'allow-last': boolean;
};

export const removePoints = async (ids: readonly string[], flags: RemoveFlags, context: Context): Promise<ExitCode> => {
  if (ids.length === 0)
    throw new UsageError([
      problem('remove', 'remove was told of no point', 'give whole ids: `holdfast points NAME --output json` has them'),
    ]);
  const strange = ids.filter((id) => parseId(id)?.type === undefined);
  if (strange.length > 0)
    throw new UsageError(
      strange.map((id) =>
        problem(id, `${id} is no resource id`, 'give whole ids: `holdfast points NAME --output json` has them'),
      ),
    );
  const subscription =
    flags.subscription.length > 0
      ? flags.subscription
      : [...new Set(ids.map((id) => parseId(id)!.subscriptionId.toLowerCase()))];
  const shortcut: ShortcutFlags = {
    ...flags,
    subscription,
    'management-group': undefined,
    'resource-group': [],
    tag: [],
    'exclude-tag': [],
  };
  const reading: PlanFlags = {
    ...shortcut,
    offline: undefined,
    'as-of': undefined,
    deep: false,
    'first-backup': undefined,
  };
  // What a copy that is under way is made of is not deleted, and only the copy itself tells.
  const audited = await readAndAudit(reading, context, { copiesOf: ({ machines }) => machines.items });
  const missing = ids.filter((id) => findPoint(audited.estate, id) === undefined);
  if (missing.length > 0) {
    const remedy = 'look at `holdfast points`; what is gone already needs no removing';
    throw new UsageError([
      ...missing.map((id) => problem(id, `${id} is no point that could be read`, remedy)),
      ...unreadIn(audited.estate, missing),
    ]);
  }
  return runDraft(
    'remove',
    draftRemoval({ ids, allowLast: flags['allow-last'] }),
    ids,
    audited,
    reading,
    shortcut,
    context,
  );
};

const problem = (subject: string, summary: string, remedy: string): Problem => ({
  code: 'usage',
  severity: 'high',
  subject,
  summary,
  remedy,
});
