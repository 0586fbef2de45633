/** A job's run for people: a line per machine, and one line for the whole. */
import type { JobMachine, JobRun } from '../core/job/job-run.ts';
import { counted } from '../core/duration.ts';
import { optionName } from '../core/option-name.ts';
import { momentText } from '../core/time.ts';
import { layout, oneLine, painter, wrap, type Cell, type Style } from './layout.ts';
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
  const rows = run.machines.map((machine): readonly Cell[] => {
    const style = styles[machine.outcome];
    return [
      { text: machine.name },
      { text: machine.outcome, ...(style === undefined ? {} : { style }) },
      { text: machine.option === undefined ? '' : optionName[machine.option] },
      { text: machine.consistency ?? '' },
      { text: machine.newestPoint === undefined ? '' : momentText(machine.newestPoint.at) },
      { text: [...lateness(machine), ...(machine.reason === undefined ? [] : [machine.reason])].join('; ') },
    ];
  });
  const columns = [
    { title: 'MACHINE', least: 12, elide: 'middle' as const },
    { title: 'OUTCOME', least: 8, elide: 'end' as const },
    { title: 'OPTION', least: 8, elide: 'end' as const },
    { title: 'CONSISTENCY', least: 11, elide: 'end' as const },
    { title: 'NEWEST POINT', least: 12, elide: 'end' as const },
    { title: 'REASON', least: 20, elide: 'end' as const },
  ];
  // The table cuts what does not fit, and of a failure every word counts.
  const whole = run.machines
    .filter(({ outcome, reason }) => outcome === 'failed' && reason !== undefined)
    .map(({ name, reason }) => `${wrap(`${oneLine(name)}: ${reason ?? ''}`, width)}\n`);
  return `${layout(columns, rows, width, painter(colour))}\n\n${whole.join('')}${whole.length > 0 ? '\n' : ''}${line}`;
};

const lateness = ({ late, missedWindows }: JobMachine): readonly string[] => {
  if (late !== true) return [];
  return [
    missedWindows === undefined ? 'late' : `late, after ${counted(missedWindows, 'missed window', 'missed windows')}`,
  ];
};

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
    ...(copied > 0
      ? [
          `copies: ${copies.begun} begun, ${copies.underWay} under way, ${copies.complete} complete, ${copies.failed} failed`,
        ]
      : []),
  ];
  return `${head}: ${run.outcome === 'ended' ? '' : `${run.outcome}; `}${parts.join(', ')}.`;
};
