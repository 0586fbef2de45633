/**
 * The oracle of facts P-01 … P-10: which mode makes a restore point of a machine truly consistent, or why none does. Decided
 * before anything is written; what Azure made of it is read afterwards (facts P-02).
 */
import { unknownText, type Assessment } from './assessment.ts';
import { applicationModePossible, fails } from './check.ts';
import type { Consistency } from './estate.ts';
import { consistencyText, isAtLeast, weakestAllowed } from './findings/quality.ts';
import type { Check, Reason } from './option.ts';
import type { RestorePointMode } from './steps/restore-point.ts';
import type { Rule } from './rule.ts';
import { restorePointConfidential } from './rules/restore-point-confidential.ts';
import { crashModeDisks } from './rules/restore-point-crash-mode-disks.ts';
import { crashModeSize } from './rules/restore-point-crash-mode-size.ts';
import { restorePointEphemeralOs } from './rules/restore-point-ephemeral-os.ts';
import { restorePointSharedDisk } from './rules/restore-point-shared-disk.ts';
import { crashModeSkew } from './rules/restore-point-skewed-crash-mode.ts';
import { restorePointTrustedLaunchDataDisk } from './rules/restore-point-trusted-launch-data-disk.ts';
import { restorePointUniformScaleSet } from './rules/restore-point-uniform-scale-set.ts';
import { restorePointUnmanagedDisk } from './rules/restore-point-unmanaged-disk.ts';
import { sources } from './sources.ts';

/** `consistency`: what the point should turn out as. `why`: a clause for people. */
export type ModeDecision =
  | { readonly kind: 'mode'; readonly mode: RestorePointMode; readonly consistency: Consistency; readonly why: string }
  | { readonly kind: 'none'; readonly reasons: readonly Reason[] };

type Judged = Pick<Assessment, 'machine' | 'objective' | 'classification' | 'context'>;

/** Rules that hold in either mode. A disk that a point cannot hold rules the point out: a partial one is not made. */
const eitherMode: readonly Rule[] = [
  restorePointUnmanagedDisk,
  restorePointEphemeralOs,
  restorePointSharedDisk,
  restorePointConfidential,
  restorePointTrustedLaunchDataDisk,
  restorePointUniformScaleSet,
];

export const decideMode = (judged: Judged, prefer: RestorePointMode = 'application'): ModeDecision => {
  const { machine, context } = judged;
  const blocked = eitherMode.flatMap((rule) => against(rule.check(machine, context), rule.id, rule.fact, rule.source));
  if (blocked.length > 0) return { kind: 'none', reasons: blocked };
  if (prefer === 'crash') {
    const crash = tryCrash(judged);
    return crash.kind === 'mode' ? crash : orElse(tryApplication(judged), crash.reasons);
  }
  const application = tryApplication(judged);
  return application.kind === 'mode' ? application : orElse(tryCrash(judged), application.reasons);
};

/** The first choice wherever it can be had: what the guest has in memory comes along. */
const tryApplication = (judged: Judged): ModeDecision => {
  const { machine } = judged;
  const possible = applicationModePossible(machine);
  const sentence =
    possible.kind === 'fails'
      ? fails(`No application-consistent point of ${machine.name} can be made: ${possible.text}.`)
      : possible;
  const reasons = against(sentence, 'application-mode', 'P-03', sources.RP);
  if (reasons.length > 0) return { kind: 'none', reasons };
  const consistency = expected(judged);
  return isAtLeast(consistency, weakestAllowed(judged))
    ? { kind: 'mode', mode: 'application', consistency, why: 'it runs and its VM agent is ready' }
    : { kind: 'none', reasons: [tooWeak(judged, consistency)] };
};

const tryCrash = (judged: Judged): ModeDecision => {
  const { machine } = judged;
  if (!isAtLeast('crash', weakestAllowed(judged))) return { kind: 'none', reasons: [tooWeak(judged, 'crash')] };
  const reasons = [
    ...against(crashModeDisks(machine), 'crash-mode-disks', 'P-05', sources.RPM),
    ...against(crashModeSize(machine), 'crash-mode-size', 'P-04', sources.RPM),
    ...against(crashModeSkew(machine), 'crash-mode-skew', 'P-06', sources.RPM),
  ];
  if (reasons.length > 0) return { kind: 'none', reasons };
  const off = machine.power.known && machine.power.value !== 'running';
  const why = off
    ? `it is ${machine.power.value}, with nothing in flight`
    : 'its class allows crash consistency, and its disks agree in that mode';
  return { kind: 'mode', mode: 'crash', consistency: 'crash', why };
};

const orElse = (other: ModeDecision, reasons: readonly Reason[]): ModeDecision =>
  other.kind === 'mode' ? other : { kind: 'none', reasons: [...reasons, ...other.reasons] };

/** VSS makes Windows application-consistent; Linux needs scripts for that, and else gets its file systems (facts P-02, P-03). */
const expected = ({ machine, classification }: Judged): Consistency => {
  const windows = machine.os.known && machine.os.value === 'windows';
  return windows || classification.prePostScripts ? 'application' : 'file-system';
};

const tooWeak = ({ machine, objective, classification }: Judged, got: Consistency): Reason => ({
  code: 'consistency-unreachable',
  fact: 'P-02',
  text: `A restore point of ${machine.name} would be ${consistencyText(got)}, and it needs ${consistencyText(weakestAllowed({ machine, objective, classification }))}.`,
  source: sources.RP,
});

/** What could not be judged stands against a write as much as what fails. */
const against = (check: Check, code: string, fact: string, source: string): readonly Reason[] => {
  if (check.kind === 'holds') return [];
  const text =
    check.kind === 'fails'
      ? check.text
      : `Whether a restore point can be consistent cannot be told: ${check.fact} is not known, ${unknownText(check.unknown)}.`;
  return [{ code, fact, text, source }];
};
