/**
 * Site Recovery that would not do when it is needed: `replication-unhealthy`, one finding with everything that is wrong; and
 * `drill-overdue`, where nobody has tried it for too long.
 */
import { presenceOf, unknownText, type Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { durationText } from '../duration.ts';
import type { EstateView } from '../estate-view.ts';
import type { Severity } from '../problem.ts';
import { isToCome, type Protection } from '../protection.ts';
import { dayMs, instantMs, minuteMs, momentText } from '../time.ts';
import { findingOn, milder, worse } from './finding.ts';

/** Azure reckons the lag every few minutes, so a reckoning may be this old before its age counts as lag. Our choice. */
const reckonedWithinMs = 15 * minuteMs;

interface Trouble {
  readonly severity: Severity;
  readonly text: string;
}

export const replicationFindings = (assessment: Assessment, view: EstateView): readonly Finding[] =>
  assessment.results.flatMap((result) => {
    const presence = presenceOf(assessment, result, view.estate);
    if (presence.kind !== 'present' || presence.protection.option !== 'site-recovery') return [];
    const { protection } = presence;
    if (protection.pending && protection.detail === undefined) return [];
    const troubles = protection.pending
      ? ailing(assessment, protection)
      : [...ailing(assessment, protection), ...lag(assessment, protection, view)];
    const doubt =
      protection.pointsUnknown === undefined ? [] : [unknownLag(assessment, unknownText(protection.pointsUnknown))];
    const drills = protection.pending ? [] : drill(assessment, protection, view);
    if (troubles.length === 0) return [...doubt, ...drills];
    return [
      ...doubt,
      ...drills,
      findingOn(assessment.machine.id, {
        code: 'replication-unhealthy',
        option: 'site-recovery',
        severity: troubles.map(({ severity }) => severity).reduce(worse),
        summary: `Replication of ${assessment.machine.name}: ${troubles.map(({ text }) => text).join('; ')}.`,
        remedy: 'look at the replicated item in its vault and repair what it names',
      }),
    ];
  });

const unknownLag = ({ machine }: Assessment, why: string): Finding =>
  findingOn(machine.id, {
    code: 'unknown',
    option: 'site-recovery',
    severity: 'medium',
    summary: `How far the replica of ${machine.name} is behind cannot be told: ${why}.`,
    remedy: 'look at the replicated item in its vault, and audit again',
  });

const ailing = ({ objective }: Assessment, { healthy, detail, state }: Protection): readonly Trouble[] =>
  healthy ? [] : [{ severity: objective.severity, text: detail ?? `its state is ${state}` }];

/** The replica is as old as the last reckoning less the lag of then: a replication that died quietly keeps its last good lag. */
const lag = ({ objective }: Assessment, { rpoSeconds, rpoAt }: Protection, view: EstateView): readonly Trouble[] => {
  const { severity, siteRecovery } = objective;
  if (rpoSeconds === undefined || siteRecovery === undefined) return [];
  const allowed = siteRecovery.rpoMinutes.value;
  const lagMs = rpoSeconds * 1000;
  if (lagMs > allowed * minuteMs)
    return [{ severity, text: `it is ${durationText(lagMs)} behind, ${allowed} minutes are allowed` }];
  const reckonedAt = instantMs(rpoAt);
  const sinceMs = reckonedAt === undefined ? 0 : Math.max(0, view.asOfMs - reckonedAt);
  if (sinceMs + lagMs <= allowed * minuteMs + reckonedWithinMs) return [];
  return [
    {
      severity,
      text: `its lag was last reckoned ${durationText(sinceMs)} ago, so it may be ${durationText(sinceMs + lagMs)} behind; ${allowed} minutes are allowed`,
    },
  ];
};

/** A healthy replica that nobody has tried may still do: said by itself, and not counted as a machine that could not be got back. */
const drill = (
  { machine, objective }: Assessment,
  { lastDrillAt }: Protection,
  view: EstateView,
): readonly Finding[] => {
  const days = objective.siteRecovery?.drillDays.value;
  if (days === undefined) return [];
  const overdue = (text: string): readonly Finding[] => [
    findingOn(machine.id, {
      code: 'drill-overdue',
      option: 'site-recovery',
      severity: milder(objective.severity),
      summary: `Replication of ${machine.name}: ${text} (one every ${days} days is wanted).`,
      remedy: 'rehearse a test failover, and clean it up afterwards',
    }),
  ];
  const at = instantMs(lastDrillAt);
  if (at === undefined) return overdue('no test failover was ever made');
  if (isToCome(lastDrillAt, view.estate)) {
    return overdue(
      `its last test failover is dated ${momentText(lastDrillAt!)}, after the fleet was read, and is not believed`,
    );
  }
  return view.asOfMs - at <= days * dayMs
    ? []
    : overdue(`the last test failover was ${durationText(view.asOfMs - at)} ago`);
};
