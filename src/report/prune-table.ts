/** A prune for people: every point, oldest first within its machine and region, and one line for the whole. */
import { counted } from '../core/duration.ts';
import { nameOf } from '../core/ids.ts';
import { optionName } from '../core/option-name.ts';
import type { PruneAction } from '../core/retention/judge.ts';
import type { PrunedPoint, PruneReport } from '../core/retention/prune-table.ts';
import { layout, painter, wrap, type Cell, type Column, type Style } from './layout.ts';
import type { RenderOptions } from './model.ts';

const styles: Readonly<Record<PruneAction, Style | undefined>> = {
  keep: undefined,
  rescue: 'green',
  trash: 'yellow',
  trashed: 'dim',
  remove: 'red',
};

interface PruneColumn extends Column {
  /** The least width of a terminal that has room for it. */
  readonly from?: number;
  readonly cell: (point: PrunedPoint) => Cell;
}

const columns: readonly PruneColumn[] = [
  { title: 'MACHINE', least: 8, elide: 'middle', cell: ({ machine }) => ({ text: machine }) },
  {
    title: 'AT',
    least: 16,
    elide: 'end',
    cell: ({ at }) => ({ text: at?.slice(0, 16).replace('T', ' ') ?? 'not told' }),
  },
  { title: 'OPTION', least: 8, elide: 'end', cell: ({ option }) => ({ text: optionName[option] }) },
  {
    title: 'REGION',
    least: 8,
    elide: 'end',
    from: 100,
    cell: ({ region, isCopy }) => ({ text: isCopy ? `${region} (copy)` : region }),
  },
  { title: 'POINT', least: 8, elide: 'middle', from: 120, cell: ({ id }) => ({ text: nameOf(id) }) },
  {
    title: 'DECISION',
    least: 8,
    elide: 'end',
    cell: (point) => {
      const style = styles[point.action];
      return { text: decision(point), ...(style === undefined ? {} : { style }) };
    },
  },
  { title: 'WHY', least: 20, elide: 'end', cell: ({ reasons }) => ({ text: reasons.join('; ') }) },
];

const decision = ({ action, until }: PrunedPoint): string => {
  const day = until?.slice(0, 10) ?? '';
  if (action === 'trash') return `trash to ${day}`;
  return action === 'trashed' ? `in trash to ${day}` : action;
};

export const pruneTable = (report: PruneReport, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const shown = columns.filter(({ from }) => width >= (from ?? 0));
  const rows = report.points.map((point) => shown.map(({ cell }) => cell(point)));
  const sections = [
    brief || rows.length === 0 ? '' : layout(shown, rows, width, paint),
    wrap(pruneLine(report), width),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

/** `31 points: 20 kept, 1 taken out of the trash, 4 into the trash, 5 in it, 1 deleted.` */
export const pruneLine = ({ points, totals }: PruneReport): string => {
  const parts = [
    [totals.keep, 'kept'],
    [totals.rescue, 'taken out of the trash'],
    [totals.trash, 'into the trash'],
    [totals.trashed, 'waiting in the trash'],
    [totals.remove, 'to be deleted'],
  ] as const;
  const told = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return told.length === 0 ? 'No points.' : `${counted(points.length, 'point')}: ${told.join(', ')}.`;
};
