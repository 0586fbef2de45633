/** A prune for people: every point, oldest first within its machine and region, and one line for the whole. */
import stringWidth from 'string-width';
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
  { title: 'OPTION', least: 8, elide: 'end', from: 95, cell: ({ option }) => ({ text: optionName[option] }) },
  {
    title: 'REGION',
    least: 8,
    elide: 'end',
    cell: ({ region, isCopy }) => ({ text: isCopy ? `${region}*` : region }),
  },
  { title: 'POINT', least: 8, elide: 'middle', from: 150, cell: ({ id }) => ({ text: nameOf(id) }) },
  {
    title: 'DECISION',
    least: 8,
    elide: 'end',
    cell: ({ action }) => {
      const style = styles[action];
      return { text: action, ...(style === undefined ? {} : { style }) };
    },
  },
];

/** A reason cut short is none: where it is too long for its line it goes on in the next. */
const why: Column = { title: 'WHY', least: 24, elide: 'end' };

const whyText = ({ action, until, reasons }: PrunedPoint): string => {
  const day = until?.slice(0, 10) ?? '';
  const grace = action === 'trash' || action === 'trashed' ? [`deleted from ${day} on`] : [];
  return [...reasons, ...grace].join('; ');
};

export const pruneTable = (report: PruneReport, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const shown = columns.filter(({ from }) => width >= (from ?? 0));
  const cells = report.points.map((point) => shown.map(({ cell }) => cell(point)));
  const taken = shown.map(
    ({ title }, i) => Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[i]!.text))) + 2,
  );
  const room = Math.max(why.least, width - taken.reduce((a, b) => a + b, 0));
  const rows = report.points.flatMap((point, i) => {
    const [first = '', ...more] = wrap(whyText(point), room).split('\n');
    return [[...cells[i]!, { text: first }], ...more.map((text) => [...shown.map(() => ({ text: '' })), { text }])];
  });
  const copies = report.points.some(({ isCopy }) => isCopy) ? ['* a copy from another region'] : [];
  const sections = [
    brief || rows.length === 0 ? '' : [layout([...shown, why], rows, width, paint), ...copies].join('\n'),
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
