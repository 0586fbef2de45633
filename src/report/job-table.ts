/** A job's run for people: a line per machine, and one line for the whole. */
import { frozenCode } from '../core/job/hooks.ts';
import { damagedPartCode, leftToOthers, leftUnpruned, type JobMachine, type JobRun } from '../core/job/job-run.ts';
import { counted, listed } from '../core/duration.ts';
import { optionName } from '../core/option-name.ts';
import { overLimit } from '../core/plan-limits.ts';
import { severities, type Problem } from '../core/problem.ts';
import { momentText } from '../core/time.ts';
import { layout, oneLine, painter, wrap, type Cell, type Column, type Style } from './layout.ts';
import type { RenderOptions } from './model.ts';

const styles: Readonly<Record<JobMachine['outcome'], Style | undefined>> = {
  created: 'green',
  existing: undefined,
  failed: 'red',
  skipped: 'dim',
};

export const jobTable = (run: JobRun, { width, colour, brief }: RenderOptions): string => {
  const line = `${jobLine(run)}\n`;
  if (brief === true || run.machines.length === 0) return line;
  const rows = run.machines.map(({ name, outcome, late, option, consistency, newestPoint }): readonly Cell[] => {
    const style = styles[outcome];
    return [
      { text: name },
      { text: late === true ? `${outcome}, late` : outcome, ...(style === undefined ? {} : { style }) },
      { text: option === undefined ? '' : optionName[option] },
      { text: consistency ?? '' },
      { text: newestPoint === undefined ? '' : newestPoint.at.slice(0, 16).replace('T', ' ') },
    ];
  });
  const table = layout(columns, rows, width, painter(colour));
  return [table, reasons(run.machines, width), line].filter((part) => part !== '').join('\n\n');
};

const columns: readonly Column[] = [
  { title: 'MACHINE', least: 12, elide: 'middle' },
  { title: 'OUTCOME', least: 13, elide: 'end' },
  { title: 'OPTION', least: 8, elide: 'end' },
  { title: 'CONSISTENCY', least: 11, elide: 'end' },
  { title: 'NEWEST POINT', least: 16, elide: 'end' },
];

/** A table would cut them. Machines of one cause are told together; Azure's whole text is for who asks for it. */
const reasons = (machines: readonly JobMachine[], width: number): string => {
  const told = [...Map.groupBy(machines, (machine) => whyOf(machine))]
    .filter(([why]) => why !== '')
    .map(([why, alike]) => wrap(`${namesOf(alike)}: ${why}`, width));
  return [...told, ...hints(machines, width)].join('\n');
};

const whyOf = (machine: JobMachine): string =>
  [...lateness(machine), machine.cause ?? machine.reason ?? ''].filter((part) => part !== '').join('; ');

const namesOf = (machines: readonly JobMachine[]): string => {
  const names = machines.map(({ name }) => oneLine(name));
  if (names.length <= 4) return listed(names);
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more machines for the same reason`;
};

/** What to do next, where causes were cut short or name an action that a role lacks. */
const hints = (machines: readonly JobMachine[], width: number): readonly string[] => {
  const cut = machines.find(({ cause }) => cause !== undefined);
  if (cut === undefined) return [];
  const lacks = machines.some(({ cause }) => /\(\w*AuthorizationFailed\)/.test(cause ?? ''));
  const role = lacks ? ' `holdfast roles --for JOB.yaml` prints a role that suffices.' : '';
  const name = oneLine(cut.name);
  const whole = `All that Azure said of one: \`holdfast history --machine ${name} --output json\`.`;
  return ['', wrap(whole + role, width)];
};

const lateness = ({ late, missedWindows }: JobMachine): readonly string[] => {
  if (late !== true || missedWindows === undefined) return [];
  return [`late, after ${counted(missedWindows, 'missed window')}`];
};

/** What else makes the exit code what it is: a line that says only what went well would be taken for good news. */
const troubles = (run: JobRun): readonly string[] => {
  const of = (wanted: string): number => run.problems.filter(({ code }) => code === wanted).length;
  const frozen = of(frozenCode);
  return [
    ...(of(overLimit) > 0 ? ["nothing deleted, since it is more than the job's maxDeletes"] : []),
    ...(leftToOthers(run).length > 0 ? [`${counted(leftToOthers(run).length, 'machine')} left to another run`] : []),
    ...(leftUnpruned(run) ? ['not all was pruned'] : []),
    ...(frozen > 0 ? [`${counted(frozen, 'machine')} may still be frozen`] : []),
    ...(of(damagedPartCode) > 0 ? ['a damaged part of an earlier run stands there'] : []),
    ...(of('machines-unread') > 0 ? ['machines may be out of sight'] : []),
    ...(of('no-permission') > 0 ? ['not all could be read'] : []),
  ];
};

const gravestOf = (problems: readonly Problem[]): string | undefined =>
  severities.flatMap((severity) => problems.filter((problem) => problem.severity === severity))[0]?.summary;

/** The whole run in one line. */
export const jobLine = (run: JobRun): string => {
  const head = `Job ${run.job}, window of ${momentText(run.due)}`;
  if (run.outcome === 'held') {
    const { host, pid, since } = run.heldBy ?? {};
    const who = [pid === undefined ? 'another run' : `process ${pid}`, ...(host === undefined ? [] : [`on ${host}`])];
    return `${head}: ${who.join(' ')} has been at work${since === undefined ? '' : ` since ${momentText(since)}`}; nothing was done.`;
  }
  const { copies } = run;
  const copied = copies.begun + copies.underWay + copies.complete + copies.failed;
  const parts = [
    `${run.created} created`,
    `${run.existing} existing`,
    ...(run.failed > 0 ? [`${run.failed} failed`] : []),
    ...(run.skipped > 0 ? [`${run.skipped} skipped`] : []),
    ...(run.late > 0 ? [`${run.late} late`] : []),
    ...(run.pruned > 0 ? [`${run.pruned} pruned`] : []),
    ...(run.trashed > 0 ? [`${run.trashed} to be deleted later`] : []),
    ...troubles(run),
    ...(copied > 0
      ? [
          `copies: ${copies.begun} begun, ${copies.underWay} under way, ${copies.complete} complete, ${copies.failed} failed`,
        ]
      : []),
  ];
  const why = run.outcome === 'failed' && run.machines.length === 0 ? gravestOf(run.problems) : undefined;
  if (why !== undefined) return `${head}: failed: ${oneLine(why)}`;
  return `${head}: ${run.outcome === 'ended' ? '' : `${run.outcome}; `}${parts.join(', ')}.`;
};
