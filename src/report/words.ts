/** Words that several renderers share. */
import type { AuditedMachine, AuditedProtection, Finding } from '../core/audit.ts';
import { durationText } from '../core/duration.ts';
import { optionName } from '../core/option-name.ts';
import type { Severity } from '../core/problem.ts';
import type { Standing } from '../core/standing.ts';
import { instantMs, type Instant } from '../core/time.ts';
import type { Style } from './layout.ts';

export const severityStyle: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'dim',
};

export const standingWords: Readonly<Record<Standing, { readonly text: string; readonly style: Style }>> = {
  protected: { text: 'protected', style: 'green' },
  'protection-pending': { text: 'pending', style: 'cyan' },
  'at-risk': { text: 'AT RISK', style: 'red' },
  unknown: { text: 'unknown', style: 'yellow' },
  excluded: { text: 'excluded', style: 'dim' },
  'nothing-required': { text: 'not required', style: 'dim' },
};

/** `3 days`, or `never`. */
export const ageOf = (at: Instant | undefined, asOf: Instant): string => {
  const then = instantMs(at);
  const now = instantMs(asOf);
  if (then === undefined || now === undefined) return 'never';
  return durationText(Math.max(0, now - then));
};

export const protectionsText = (machine: AuditedMachine, asOf: Instant): string =>
  machine.protections.map((protection) => protectionText(protection, asOf)).join(', ') || 'none found';

/** For Site Recovery the newest point is not read: its lag says how fresh the replica is. */
const protectionText = (protection: AuditedProtection, asOf: Instant): string => {
  const title = optionName[protection.option];
  if (protection.newestPoint) return `${title} ${ageOf(protection.newestPoint.at, asOf)} ago`;
  if (protection.rpoSeconds !== undefined) return `${title} ${durationText(protection.rpoSeconds * 1000)} behind`;
  return `${title} (${protection.state})`;
};

/** Each code once, worst first (findings come in that order): `unprotected, vault-redundancy`. */
export const codesText = (findings: readonly Finding[]): string =>
  [...new Set(findings.map((finding) => finding.code))].join(', ');
