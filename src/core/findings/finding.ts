/** How findings are made: ids, severities and order, in one place. */
import type { Finding, FindingCode } from '../audit.ts';
import { compareText } from '../assessment.ts';
import { keyOf, shortHash, type ResourceId } from '../ids.ts';
import type { OptionId } from '../option.ts';
import { severities, type Severity } from '../problem.ts';
import type { Instant } from '../time.ts';

interface FindingParts {
  readonly code: FindingCode;
  readonly option?: OptionId;
  readonly severity: Severity;
  /** What is wrong, with names, numbers and ages. */
  readonly summary: string;
  /** What to do next. */
  readonly remedy: string;
  readonly dueBy?: Instant;
}

/** The id outlives runs and rewordings: it depends on the resource, the code and the option alone. */
export const findingOn = (resource: ResourceId, parts: FindingParts): Finding => ({
  id: shortHash(`${keyOf(resource)}|${parts.code}|${parts.option ?? ''}`, 12),
  ...parts,
});

/** One step milder, for what weakens protection without taking it away. */
export const milder = (severity: Severity): Severity =>
  severity === 'info' ? 'info' : severities[Math.min(severities.indexOf(severity) + 1, severities.indexOf('low'))]!;

export const worse = (a: Severity, b: Severity): Severity => (severities.indexOf(a) <= severities.indexOf(b) ? a : b);

/** Worst first, then by code and id; of two with one id the worse stays. */
export const inOrder = (findings: readonly Finding[]): readonly Finding[] => {
  const sorted = findings.toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      compareText(a.code, b.code) ||
      compareText(a.id, b.id) ||
      compareText(a.summary, b.summary),
  );
  const seen = new Set<string>();
  return sorted.filter(({ id }) => !seen.has(id) && seen.add(id));
};
