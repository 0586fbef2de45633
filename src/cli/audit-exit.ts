/** What an audit's result means for the exit code. */
import type { Audit, Finding } from '../core/audit.ts';
import { severities, type Severity } from '../core/problem.ts';
import { exits, worst, type ExitCode } from './exit.ts';

export const findingsOf = (audit: Audit): readonly Finding[] =>
  [...audit.machines, ...audit.orphans, ...audit.vaults].flatMap(({ findings }) => findings);

/** 6 when incomplete, 4 for a finding at or above `failOn`; 6 wins. */
export const auditExit = (
  complete: boolean,
  findings: readonly Pick<Finding, 'severity'>[],
  failOn: string | undefined,
): ExitCode => {
  const limit = failOn === undefined ? -1 : severities.indexOf(failOn as Severity);
  const failing = findings.some(({ severity }) => severities.indexOf(severity) <= limit);
  return worst([complete ? exits.fine : exits.incomplete, failing ? exits.findings : exits.fine]);
};
