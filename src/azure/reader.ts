/** What every part of a fleet's reading shares. */
import type { Inquiry } from './inquiry.ts';
import type { Intake } from './intake.ts';
import type { RawKind } from './kinds.ts';
import type { Graph } from './read-graph.ts';

export type Source = 'auto' | 'graph' | 'arm';
export type ListedKind = Exclude<
  RawKind,
  'replicationPolicies' | 'restorePoints' | 'recoveryPoints' | 'replicationRecoveryPoints'
>;

export interface Reader {
  readonly inquiry: Inquiry;
  readonly graph: Graph;
  readonly intake: Intake;
  readonly source: Source;
  /** Lower-cased names; empty means all. */
  readonly resourceGroups: readonly string[];
  /** Told of every row, for progress. */
  readonly onRow: (kind: RawKind) => void;
}
