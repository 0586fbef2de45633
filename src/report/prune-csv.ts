/** The rows of `prune`: one per point. */
import type { PruneReport } from '../core/retention/prune-table.ts';
import type { Row } from './sheet.ts';

export const pruneColumns = [
  'machine',
  'at',
  'option',
  'region',
  'isCopy',
  'complete',
  'consistency',
  'action',
  'until',
  'reasons',
  'outcome',
  'members',
  'id',
  'machineId',
] as const;

export const pruneRows = ({ points }: PruneReport): readonly Row[] =>
  points.map((point) => ({
    ...point,
    isCopy: point.isCopy ? 'yes' : 'no',
    complete: point.complete ? 'yes' : 'no',
    reasons: point.reasons.join('; '),
    outcome: point.outcome ?? null,
    members: point.members.length,
  }));
