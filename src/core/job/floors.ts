/**
 * Azure's floors under a schedule: how close together points may be, and how many of them are kept. What cannot fit is refused
 * before the first point, with the number that forbids it.
 */
import { counted, durationText } from '../duration.ts';
import type { Problem } from '../problem.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import { sources } from '../sources.ts';
import type { RestorePointMode } from '../steps/restore-point.ts';
import { dayMs, hourMs, minuteMs, momentText, toInstant } from '../time.ts';
import { modeFor } from './consistency.ts';
import type { TakenOption } from './due.ts';
import type { Job } from './job.ts';
import { countedAtMost, hasEnd, steadyCount } from './steady-count.ts';
import { duesBetween, rhythmOf, windowAt, windowsBetween, type Rhythm } from './windows.ts';

/** Facts P-11. */
const floorHours: Readonly<Record<RestorePointMode, number>> = { application: 3, crash: 1 };
/** Facts P-13 of a machine, S-04 of a disk: alike by chance. */
const mostPoints = { 'restore-point': 500, 'disk-snapshot': 500 } as const;
/** Facts B-15: a day of UTC. */
const backups = { intended: 3, most: 9 };
/** Facts P-18: into one collection, which is one machine's copies in one region. */
const copiesAnHour = 3;

/** What is taken, as far as it is known before machines are: with `auto`, and where the mode follows from the machine, after. */
export interface Taking {
  readonly option: TakenOption;
  readonly mode?: RestorePointMode;
  /** As the guidance has it; full ones neither count towards the limit of a disk, nor can they be copied. */
  readonly incremental: boolean;
}

/** `high`: it cannot go well. `medium`: it will not for ever, or not always. */
export const floorProblems = (job: Job, taking: Taking, nowMs: number): readonly Problem[] => {
  if (taking.option === 'azure-backup') return backupFloors(job, nowMs);
  return [
    ...(taking.option === 'restore-point' ? restorePointFloors(job, taking, rhythmOf(job.timing, nowMs)) : []),
    ...copiesOfFull(job, taking),
    ...countFloors(job, taking, nowMs),
  ];
};

/** What the job says by itself; `undefined`: each machine decides. */
export const takingOf = ({ option, consistency: { want } }: Job, incremental: boolean): Taking | undefined => {
  if (option === 'auto') return undefined;
  if (option !== 'restore-point') return { option, incremental };
  // Crash-consistency is what every restore point comes to, so its floor holds whatever the machine gives.
  return { option, mode: want === 'application' || want === 'file-system' ? 'application' : 'crash', incremental };
};

const problem = (code: string, severity: 'high' | 'medium', fact: string, source: string, summary: string) => ({
  code,
  severity,
  subject: 'schedule',
  summary,
  detail: `${fact}: ${source}`,
});

const restorePointFloors = (job: Job, taking: Taking, rhythm: Rhythm): readonly Problem[] => {
  const { mode = modeFor(job) } = taking;
  const floor = floorHours[mode];
  const perHour = Math.ceil(hourMs / rhythm.shortestMs);
  const gap = `windows are ${gapText(rhythm.shortestMs)} apart from ${momentText(rhythm.at)}`;
  return [
    ...(rhythm.shortestMs < floor * hourMs
      ? [
          {
            ...problem(
              'floor-frequency',
              'high',
              'P-11',
              sources.RPM,
              `${gap}, and Azure makes ${mode}-consistent restore points of a machine at least ${floor} h apart`,
            ),
            remedy: remedyFor(job, mode, rhythm),
          },
        ]
      : []),
    ...(job.copies.length > 0 && perHour > copiesAnHour
      ? [
          {
            ...problem(
              'floor-copies',
              'high',
              'P-18',
              sources.RPMAN,
              `${gap}, and Azure copies ${copiesAnHour} restore points an hour of a machine into a region`,
            ),
            remedy: 'lengthen the windows, or leave the copies out',
          },
        ]
      : []),
  ];
};

const remedyFor = (job: Job, mode: RestorePointMode, { shortestMs }: Rhythm): string => {
  if (mode === 'crash' || shortestMs < floorHours.crash * hourMs) return 'lengthen the windows';
  return job.consistency.want === 'crash'
    ? 'lengthen the windows: Azure makes crash-consistent points not of every disk and size (P-04, P-05), and these machines have others'
    : 'lengthen the windows, count them in UTC where only a clock change shortens one, or want crash-consistency';
};

const gapText = (ms: number): string =>
  ms % hourMs === 0 ? `${ms / hourMs} h` : ms < 2 * hourMs ? counted(ms / minuteMs, 'minute') : durationText(ms);

const copiesOfFull = (job: Job, { option, incremental }: Taking): readonly Problem[] =>
  option === 'disk-snapshot' && !incremental && job.copies.length > 0
    ? [
        {
          ...problem(
            'floor-copy-full',
            'high',
            'S-08',
            sources.XREG,
            'the guidance makes full snapshots, and Azure copies only incremental ones to other regions',
          ),
          remedy: 'set plan.snapshot.incremental in the guidance, or leave the copies out',
        },
      ]
    : [];

const limits = {
  'restore-point': { fact: 'P-13', source: sources.RP, what: 'restore points of a machine' },
  'disk-snapshot': { fact: 'S-04', source: sources.INCR, what: 'incremental snapshots of a disk' },
} as const;

const countFloors = (job: Job, { option, incremental }: Taking, nowMs: number): readonly Problem[] => {
  if (option === 'azure-backup' || (option === 'disk-snapshot' && !incremental)) return [];
  const { fact, source, what } = limits[option];
  const most = mostPoints[option];
  const judge = (policy: RetentionPolicy, where: string): readonly Problem[] => {
    if (!hasEnd(policy)) {
      const fullAt = fullAfter(job, most, nowMs);
      const summary = `nothing is ever removed${where}: after ${most} points, from ${fullAt}, none can be taken, since Azure keeps ${most} ${what}`;
      return [
        { ...problem('floor-count', 'medium', fact, source, summary), remedy: 'give a retention, or prune by hand' },
      ];
    }
    const kept = steadyCount(job.timing, policy, nowMs);
    const trash = windowsBetween(job.timing, nowMs - job.trashDays * dayMs, nowMs);
    // A point is taken before one goes.
    const needed = kept + trash + 1;
    if (needed <= most) return [];
    const keeps = kept >= countedAtMost ? `${countedAtMost} points or more` : counted(kept, 'point');
    const summary = `the retention comes to keep ${keeps}${where}, ${trash} more wait in the trash and one is being taken, and Azure keeps ${most} ${what}`;
    return [
      {
        ...problem('floor-count', 'high', fact, source, summary),
        remedy: 'keep fewer, empty the trash sooner, or lengthen the windows',
      },
    ];
  };
  return [
    ...judge(job.retention, ''),
    ...job.copies.flatMap(({ region, retention }) =>
      retention === undefined ? [] : judge(retention, ` in ${region}`),
    ),
  ];
};

/** The day of the last that fits, were there none today. */
const fullAfter = ({ timing }: Job, most: number, nowMs: number): string => {
  const last = duesBetween(timing, nowMs, nowMs + 100 * 365 * dayMs)
    .drop(most - 1)
    .next().value;
  return last === undefined ? 'a century from now' : toInstant(last).slice(0, 10);
};

const backupFloors = (job: Job, nowMs: number): readonly Problem[] => {
  const { perDay, day } = busiestDay(job, nowMs);
  if (perDay <= backups.intended) return [];
  const over = perDay > backups.most;
  const azure = over
    ? `takes ${backups.most} backups of a machine a day (UTC) when asked, failed attempts counted`
    : `means ${backups.intended} backups of a machine a day (UTC) to be asked for, and lets ${backups.most} attempts through`;
  return [
    {
      ...problem(
        'floor-backups',
        over ? 'high' : 'medium',
        'B-15',
        sources.BSM,
        `${counted(perDay, 'window begins', 'windows begin')} on ${day}, and Azure Backup ${azure}`,
      ),
      remedy: 'lengthen the windows, or take restore points',
    },
  ];
};

/** Within a year; looked for no further once over what Azure takes. */
const busiestDay = ({ timing }: Job, nowMs: number): { readonly perDay: number; readonly day: string } => {
  let most = { perDay: 0, day: momentText(windowAt(timing, nowMs).due).slice(0, 10) };
  let today = { perDay: 0, day: '' };
  const from = nowMs - (nowMs % dayMs);
  for (const due of duesBetween(timing, from - 1, from + 366 * dayMs)) {
    const day = toInstant(due).slice(0, 10);
    if (day !== today.day && most.perDay > backups.most) break;
    today = day === today.day ? { perDay: today.perDay + 1, day } : { perDay: 1, day };
    if (today.perDay > most.perDay) most = today;
  }
  return most;
};
