/** The history for people: a line for each run, the newest first; of one machine also its points, and where they are missing. */
import { counted, durationText, listed } from '../core/duration.ts';
import {
  applyOutcomeOf,
  type ApplyEntry,
  type AuditEntry,
  type HistoryEntry,
  type JobEntry,
} from '../core/history/entry.ts';
import type { HistoryReport } from '../core/history/history.ts';
import type { MachineTrend } from '../core/history/trend.ts';
import { nameOf } from '../core/ids.ts';
import { severities } from '../core/problem.ts';
import type { Standing } from '../core/standing.ts';
import { instantMs } from '../core/time.ts';
import {
  elide,
  layout,
  oneLine,
  painter,
  sentence,
  wrap,
  type Cell,
  type Column,
  type Paint,
  type Style,
} from './layout.ts';
import type { RenderOptions } from './model.ts';
import { standingWords } from './words.ts';

export const historyTable = (history: HistoryReport, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const { entries, trend } = history;
  const table = entries.length === 0 ? '' : entryTable(entries, width, paint);
  const sections = [
    sentence(headOf(history), width, paint, 'bold', 'History'),
    table,
    ...(trend === undefined || brief ? [] : [trendText(trend, width, paint)]),
    summary(history, width, paint, table.includes('…')),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const headOf = ({ machine, job, since, file }: HistoryReport): string => {
  const of = machine === undefined ? '' : ` of ${machine.name}`;
  const runs = job === undefined ? '' : ` in job ${job}`;
  const from = since === undefined ? '' : `, since ${since}`;
  return `History${of}${runs}${from} (${file})`;
};

const columns: readonly Column[] = [
  { title: 'BEGUN (UTC)', least: 16, elide: 'end' },
  { title: 'TOOK', least: 6, elide: 'end', align: 'right' },
  { title: 'RUN', least: 8, elide: 'end' },
  { title: 'OUTCOME', least: 7, elide: 'end' },
  { title: 'WHAT', least: 16, elide: 'end' },
];

const entryTable = (entries: readonly HistoryEntry[], width: number, paint: Paint): string =>
  layout(
    columns,
    entries.map((entry) => [
      { text: minute(entry.startedAt) },
      { text: tookText(entry) },
      { text: runText(entry) },
      outcomeCell(entry),
      { text: whatText(entry) },
    ]),
    width,
    paint,
  );

/** `2026-06-03 02:10`: the seconds decide nothing here, and JSON has them. */
const minute = (at: string): string => at.slice(0, 16).replace('T', ' ');

const tookText = ({ entry, startedAt, endedAt }: HistoryEntry): string => {
  const seconds = ((instantMs(endedAt) ?? 0) - (instantMs(startedAt) ?? 0)) / 1000;
  if (entry === 'audit' || seconds < 0) return '-';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
};

const runText = (entry: HistoryEntry): string => {
  if (entry.entry === 'job') return `job ${entry.job}`;
  return entry.entry === 'apply' ? entry.command : 'audit';
};

const outcomeStyles: Readonly<Record<string, Style>> = {
  failed: 'red',
  partly: 'yellow',
  interrupted: 'yellow',
  held: 'dim',
  skipped: 'yellow',
  incomplete: 'yellow',
};

const styled = (text: string, style: Style | undefined): Cell => ({ text, ...(style === undefined ? {} : { style }) });

/** Of the machine that was asked for, else of the whole run. */
const outcomeCell = (entry: HistoryEntry): Cell => {
  if (entry.entry === 'audit') {
    if (entry.machine !== undefined) return standingWords[entry.machine.standing];
    const text = entry.complete ? 'complete' : 'incomplete';
    return styled(text, outcomeStyles[text]);
  }
  if (entry.entry === 'job' && entry.machine !== undefined)
    return styled(entry.machine.outcome, outcomeStyles[entry.machine.outcome]);
  if (entry.entry === 'apply' && entry.machine !== undefined) {
    const outcome = applyOutcomeOf(entry.machine);
    return styled(outcome, outcomeStyles[outcome]);
  }
  const some = entry.entry === 'job' && entry.outcome === 'ended' && entry.failed > 0;
  return some ? { text: 'partly', style: 'yellow' } : styled(entry.outcome, outcomeStyles[entry.outcome]);
};

const whatText = (entry: HistoryEntry): string => {
  if (entry.entry === 'job') return entry.machine === undefined ? jobText(entry) : jobMachineText(entry);
  return entry.entry === 'apply' ? applyText(entry) : auditText(entry);
};

/** Only what there is of it: `12 made, 1 failed`. */
const counts = (parts: readonly (readonly [number, string])[]): string =>
  parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');

/** Of a run that came to no machine. */
const nothing: Readonly<Record<JobEntry['outcome'], string>> = {
  ended: 'nothing to do',
  held: 'another run was at work',
  interrupted: 'stopped before anything was made',
  failed: 'could not be carried out',
};

const jobText = (entry: JobEntry): string => {
  const done = counts([
    [entry.failed, 'failed'],
    [entry.late, 'late'],
    [entry.created, 'made'],
    [entry.existing, 'there already'],
    [entry.skipped, 'skipped'],
    [entry.copies.failed, 'copies failed'],
    [entry.copies.begun, 'copies begun'],
    [entry.pruned, 'pruned'],
    [entry.trashed, 'in the trash'],
  ]);
  return [done || nothing[entry.outcome], ...(entry.problems ?? [])].join('; ');
};

const jobMachineText = ({ machine }: JobEntry): string => {
  const { late, missedWindows = 0, pointId, newestPoint, consistency, reason, cause } = machine!;
  const point = pointId ?? newestPoint?.id;
  return [
    ...(late === true ? ['late'] : []),
    ...(missedWindows > 0 ? [`${counted(missedWindows, 'window')} missed`] : []),
    ...(cause === undefined && reason === undefined ? [] : [cause ?? reason!]),
    ...(point === undefined ? [] : [nameOf(point)]),
    ...(consistency === undefined ? [] : [consistency]),
  ].join('; ');
};

const applyText = ({ steps, machine, file }: ApplyEntry): string => {
  if (machine !== undefined) return machine.map(({ id, outcome }) => `${id} ${outcome}`).join(', ');
  const order = ['failed', 'in-doubt', 'moved', 'interrupted', 'skipped', 'done', 'already-done'] as const;
  return `${counts(order.map((outcome) => [steps[outcome] ?? 0, outcome] as const))} (${file})`;
};

const auditText = (entry: AuditEntry): string => {
  if (entry.machine !== undefined)
    return listed([...new Set(entry.machine.findings.map(({ code }) => code))]) || 'no findings';
  const found = counts(severities.map((severity) => [entry.severities[severity] ?? 0, severity] as const));
  const atRisk = entry.standings['at-risk'] ?? 0;
  return `${counted(entry.machines, 'machine')}, ${atRisk} at risk; ${found || 'no findings'}`;
};

const mostGaps = 10;
const mostStandings = 10;

const trendText = (trend: MachineTrend, width: number, paint: Paint): string => {
  const { gaps, standings } = trend;
  const parts = [
    ...(gaps.length === 0
      ? []
      : [
          paint('bold', 'WITHOUT A POINT, the latest first'),
          ...gaps
            .slice(0, mostGaps)
            .map(({ job, from, to, seconds, missedWindows }) =>
              wrap(
                `${minute(from)} to ${minute(to)}: ${durationText(seconds * 1000)}, ${counted(missedWindows, 'window')} of job ${oneLine(job)} missed`,
                width,
                '  ',
              ),
            ),
          ...more(gaps.length - mostGaps),
        ]),
    ...(standings.length < 2
      ? []
      : [
          paint('bold', 'STANDING in audits, where it changed'),
          ...standings.slice(0, mostStandings).map(({ at, standing }) => `  ${minute(at)} ${standingText(standing)}`),
          ...more(standings.length - mostStandings),
        ]),
  ];
  return parts.join('\n');
};

const standingText = (standing: Standing): string => standingWords[standing].text;

const more = (left: number): readonly string[] =>
  left > 0 ? [`  … and ${left} more; --output json holds them all`] : [];

const summary = (history: HistoryReport, width: number, paint: Paint, cut: boolean): string => {
  const { entries, leftOut, notCounted, unreadable, machine } = history;
  if (entries.length === 0 && unreadable === 0) {
    const what =
      machine === undefined ? 'Nothing that was asked for is recorded.' : `Nothing is recorded of ${machine.name}.`;
    return sentence(what, width, paint, 'yellow', what);
  }
  const lines = [wrap(totalsText(history), width)];
  const { trend } = history;
  if (trend !== undefined) lines.push(...pointLines(trend, width));
  if (leftOut > 0)
    lines.push(wrap(`${counted(leftOut, 'older record')} not shown, but counted: --limit shows more.`, width));
  if (notCounted > 0)
    lines.push(
      wrap(
        `${counted(notCounted, 'record')} older still ${notCounted === 1 ? 'is' : 'are'} not counted: --since narrows.`,
        width,
      ),
    );
  if (unreadable > 0)
    lines.push(
      sentence(
        `${counted(unreadable, 'record')} could not be read, and ${unreadable === 1 ? 'is' : 'are'} in no number above.`,
        width,
        paint,
        'yellow',
        'could not be read',
      ),
    );
  if (cut) lines.push(wrap('… What does not fit is cut; --output json has it whole.', width));
  return lines.join('\n');
};

const totalsText = ({ totals, machine }: HistoryReport): string => {
  const { jobs, applies, audits, created, failed, late, pruned } = totals;
  const sum = (of: Readonly<Record<string, number>>): number => Object.values(of).reduce((a, b) => a + b, 0);
  const runs = sum(jobs);
  const applied = sum(applies);
  const bad = counts([
    [jobs.failed ?? 0, 'failed'],
    [jobs.interrupted ?? 0, 'interrupted'],
    [jobs.held ?? 0, 'held'],
  ]);
  const parts = [
    ...(runs > 0 ? [`${counted(runs, 'run')} of jobs${bad === '' ? '' : ` (${bad})`}`] : []),
    ...(applied > 0 ? [counted(applied, 'plan applied', 'plans applied')] : []),
    ...(audits > 0 ? [counted(audits, 'audit')] : []),
  ];
  const ofMachines = failed === 1 ? 'machine failed' : 'machines failed';
  const points = counts([
    [created, created === 1 ? 'point made' : 'points made'],
    [failed, machine === undefined ? ofMachines : failed === 1 ? 'failure' : 'failures'],
    [late, 'late'],
    [pruned, 'pruned'],
  ]);
  return `${listed(parts)}${points === '' ? '' : `; ${points}`}.`;
};

const pointLines = ({ points, longestGapSeconds }: MachineTrend, width: number): readonly string[] => {
  const [newest] = points;
  if (newest === undefined) return [wrap('No job told of a point of it.', width)];
  const longest =
    longestGapSeconds === undefined ? '' : `; at most ${durationText(longestGapSeconds * 1000)} between two of them`;
  const name = elide(nameOf(newest.id), width, 'middle');
  return [
    wrap(
      `${counted(points.length, 'point')} told of by jobs, the newest ${minute(newest.at)} (${name})${longest}.`,
      width,
    ),
  ];
};
