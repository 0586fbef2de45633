/** Where a machine stands, in one word: the answer a newcomer wants first, and what verification compares. */
import type { AuditedMachine, AuditedProtection, FindingCode } from './audit.ts';

export type Standing =
  | 'protected'
  /** Set up; the first point is still to come. */
  | 'protection-pending'
  | 'at-risk'
  /** Could not be judged. Never counted as at risk, nor as protected. */
  | 'unknown'
  | 'excluded'
  /** Its class asks for nothing and it has nothing. */
  | 'nothing-required';

/** Findings that say: this machine could not be got back as its class demands. */
export const atRiskCodes: ReadonlySet<FindingCode> = new Set([
  'unprotected',
  'stale',
  'inconsistent',
  'partial',
  'wrong-option',
  'stopped',
  'soft-deleted',
  'replication-unhealthy',
]);

/** Findings that keep a machine from counting as protected or on its way there. */
export const standingCodes: ReadonlySet<FindingCode> = new Set([...atRiskCodes, 'unknown']);

/** The worst that is certain comes first: a machine with one real gap is at risk, whatever else is unknown about it. */
export const standingOf = (
  machine: Pick<AuditedMachine, 'excluded' | 'findings' | 'verdicts' | 'protections'>,
): Standing => {
  if (machine.excluded) return 'excluded';
  const codes = new Set(machine.findings.map((finding) => finding.code));
  if ([...codes].some((code) => atRiskCodes.has(code))) return 'at-risk';
  if (codes.has('unknown')) return 'unknown';
  if (codes.has('protection-pending')) return 'protection-pending';
  const asked = machine.verdicts.some((verdict) => verdict.verdict === 'required');
  return asked || machine.protections.length > 0 ? 'protected' : 'nothing-required';
};

/** A backup whose newest point is known by its moment alone: protected as far as that tells. */
export const isConsistencyUnread = ({ option, newestPoint }: AuditedProtection): boolean =>
  option === 'azure-backup' && newestPoint?.id === null && newestPoint.consistency === 'unknown';
