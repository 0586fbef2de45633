/** What becomes of each point of a series: kept, marked, waiting in the trash, taken out of it again, or deleted. Pure. */
import type { Problem } from '../problem.ts';
import { instantMs } from '../time.ts';
import type { RetentionPolicy } from './policy.ts';
import { retain, type RetainContext } from './retain.ts';
import type { Series, SeriesPoint } from './series.ts';

/**
 * `trash`: marked now. `trashed`: marked before, and its grace is not over. `remove`: deleted now. `rescue`: it was marked, and
 * something keeps it again.
 */
export type PruneAction = 'keep' | 'rescue' | 'trash' | 'trashed' | 'remove';

export interface Judged {
  readonly point: SeriesPoint;
  readonly region: string;
  readonly isCopy: boolean;
  readonly action: PruneAction;
  readonly reasons: readonly string[];
  readonly problem?: Problem;
}

export interface JudgeContext extends RetainContext {
  readonly trashDays: number;
}

export const judgeSeries = (
  { points, region, isCopy }: Series,
  policy: RetentionPolicy | undefined,
  context: JudgeContext,
): readonly Judged[] => {
  const ours = points.filter(({ foreign }) => foreign === undefined);
  const strangers = points.flatMap((point): readonly Judged[] =>
    point.foreign === undefined ? [] : [{ point, region, isCopy, action: 'keep', reasons: [point.foreign.text] }],
  );
  const judged = retain(ours, policy ?? {}, context).map(({ point, keep, reasons, problem }): Judged => {
    const told = policy === undefined && keep ? ['no policy is given for it', ...reasons.slice(1)] : reasons;
    return {
      point,
      region,
      isCopy,
      ...(keep ? kept(point, reasons) : gone(point, context)),
      reasons: told,
      ...(problem === undefined ? {} : { problem }),
    };
  });
  return [...judged, ...strangers];
};

/** What only a lock or a copy under way holds stays as it is marked: that passes, and its grace would begin anew each time. */
const passing: ReadonlySet<string> = new Set(['locked', 'in-use', 'under-way', 'copy-untold', 'awaits-copy', 'unread']);

const kept = ({ marks, held }: SeriesPoint, reasons: readonly string[]): Pick<Judged, 'action'> => {
  const heldAlone = held !== undefined && passing.has(held.code) && reasons.length === 1;
  return { action: marks.size > 0 && !heldAlone ? 'rescue' : 'keep' };
};

const gone = ({ trashed }: SeriesPoint, { trashDays, asOf }: JudgeContext): Pick<Judged, 'action'> => {
  if (trashDays === 0) return { action: 'remove' };
  if (trashed === undefined) return { action: 'trash' };
  return { action: instantMs(trashed.until)! <= instantMs(asOf)! ? 'remove' : 'trashed' };
};
