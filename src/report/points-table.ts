/** A machine's recovery points for people: one table, newest first, then what to know of them and what is unknown. */
import { counted, durationText, listed } from '../core/duration.ts';
import { nameOf } from '../core/ids.ts';
import type { OptionId } from '../core/option.ts';
import { optionName } from '../core/option-name.ts';
import type { Points } from '../core/points.ts';
import type { PointState, RecoveryPoint, Restores } from '../core/points/point.ts';
import { layout, painter, sentence, wrap, type Cell, type Column, type Paint, type Style } from './layout.ts';
import type { RenderOptions } from './model.ts';

export const pointsTable = (report: Points, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const { machine, points } = report;
  const head = `Recovery points of ${machine.name}, as of ${report.asOf}`;
  const sections = [
    sentence(head, width, paint, 'bold', 'Recovery points'),
    points.length === 0 ? '' : pointTable(points, width, paint),
    ...(brief ? [] : [notes(points, width, paint)]),
    unread(report, width, paint),
    summary(report, width, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

interface PointColumn extends Column {
  /** The least width of a terminal that has room for it. */
  readonly from?: number;
  readonly cell: (point: RecoveryPoint) => Cell;
}

const columns: readonly PointColumn[] = [
  { title: 'AT', least: 16, elide: 'end', cell: ({ at }) => ({ text: minute(at) ?? 'not told' }) },
  {
    title: 'AGE',
    least: 6,
    elide: 'end',
    cell: ({ ageSeconds }) => ({ text: ageSeconds === null ? '?' : shortAge(ageSeconds) }),
  },
  { title: 'OPTION', least: 13, elide: 'end', cell: ({ option }) => ({ text: optionName[option] }) },
  { title: 'CONSISTENCY', least: 11, elide: 'end', cell: ({ consistency }) => ({ text: consistency }) },
  {
    title: 'DISKS',
    least: 5,
    elide: 'end',
    align: 'right',
    cell: (point) => styled(point, `${point.disksIncluded ?? '?'}/${point.disksAttached ?? '?'}`),
  },
  {
    title: 'GIB',
    least: 3,
    elide: 'end',
    align: 'right',
    from: 110,
    cell: ({ sizeGiB }) => ({ text: sizeGiB === null ? '?' : String(sizeGiB) }),
  },
  {
    title: 'EXPIRES',
    least: 10,
    elide: 'end',
    from: 90,
    cell: ({ expiresAt }) => ({ text: expiresAt?.slice(0, 10) ?? '-' }),
  },
  { title: 'WHERE', least: 5, elide: 'end', from: 110, cell: (point) => ({ text: whereOf(point) }) },
  { title: 'RESTORES', least: 8, elide: 'end', cell: (point) => styled(point, restoresText(point)) },
  { title: 'POINT', least: 5, elide: 'middle', cell: ({ id }) => ({ text: nameOf(id) }) },
];

const pointTable = (points: readonly RecoveryPoint[], width: number, paint: Paint): string => {
  const shown = columns.filter(({ from }) => width >= (from ?? 0));
  return layout(
    shown,
    points.map((point) => shown.map(({ cell }) => cell(point))),
    width,
    paint,
  );
};

const stateStyles: Readonly<Record<PointState, Style | undefined>> = {
  available: undefined,
  incomplete: 'yellow',
  copying: 'cyan',
  failed: 'red',
  unknown: 'yellow',
};

const styled = ({ state }: RecoveryPoint, text: string): Cell => {
  const style = stateStyles[state];
  return { text, ...(style === undefined ? {} : { style }) };
};

const restoreWords: Readonly<Record<Restores, string>> = {
  machine: 'VM',
  disks: 'disks',
  files: 'files',
  'another-region': 'elsewhere',
  'many-machines': 'many VMs',
};

/** What is unfinished or broken is said in the place of what it could restore. */
const restoresText = ({ state, restores }: RecoveryPoint): string => {
  const words = restores.map((one) => restoreWords[one]).join(', ');
  if (state === 'copying' || state === 'failed' || state === 'unknown')
    return words === '' ? state : `${state} (${words})`;
  return words === '' ? 'nothing' : words;
};

/** `26 h`: the whole age stands in JSON. */
const shortAge = (seconds: number): string => {
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 2 * 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
};

/** `2026-06-03 02:10`: the seconds decide nothing here, and JSON has them. */
const minute = (at: string | null): string | undefined => at?.slice(0, 16).replace('T', ' ');

const whereOf = ({ region, vaultId, tiers = [] }: RecoveryPoint): string =>
  [
    region ?? 'not told',
    ...(vaultId === undefined ? [] : [nameOf(vaultId)]),
    ...(tiers.length === 0 ? [] : [tiers.join('+')]),
  ].join(' ');

const mostNamed = 4;

/** What is left out, and what else to know; points that share a note are told together. */
const notes = (points: readonly RecoveryPoint[], width: number, paint: Paint): string => {
  const told = points.flatMap((point) => [
    ...(point.disksLeftOut.length === 0 ? [] : [{ point, text: `without ${listed(point.disksLeftOut)}` }]),
    ...point.notes.map((text) => ({ point, text })),
  ]);
  if (told.length === 0) return '';
  const lines = [...Map.groupBy(told, ({ text }) => text)].map(([text, same]) => {
    const names = same.map(({ point }) => nameOf(point.id));
    const shown =
      names.length > mostNamed
        ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`
        : listed(names);
    return wrap(`${shown}: ${text}.`, width, '  ');
  });
  return [paint('bold', 'TO KNOW'), ...lines].join('\n');
};

const unread = ({ unknowns }: Points, width: number, paint: Paint): string =>
  unknowns.length === 0
    ? ''
    : [
        paint('bold', 'UNKNOWN: there may be more points than these'),
        ...unknowns.map(({ subject, fact, reason }) => wrap(`${nameOf(subject)}: ${fact}: ${reason}`, width, '  ')),
      ].join('\n');

const summary = (report: Points, width: number, paint: Paint): string => {
  const { machine, points, complete, unknowns } = report;
  const lines: string[] = [];
  if (points.length === 0) {
    lines.push(
      sentence(
        `No recovery point of ${machine.name} was found.`,
        width,
        paint,
        complete ? 'red' : 'yellow',
        'No recovery point',
      ),
    );
  } else {
    const options = [...new Set(points.map(({ option }) => option))];
    const newest = points.find(
      ({ state, ageSeconds, restores }) => state === 'available' && ageSeconds !== null && restores.includes('machine'),
    );
    lines.push(
      wrap(
        `${counted(points.length, 'point')} from ${listed(options.map((option: OptionId) => optionName[option]))}.`,
        width,
      ),
    );
    lines.push(
      newest === undefined
        ? sentence(
            `None of them, as far as is known, brings ${machine.name} back whole.`,
            width,
            paint,
            'red',
            'None of them',
          )
        : wrap(
            `The newest that brings the whole machine back is ${durationText(newest.ageSeconds! * 1000)} old: ` +
              `${optionName[newest.option]}, consistency ${newest.consistency}${newest.disksIncluded === null ? '; which disks it holds is not told' : ''}.`,
            width,
          ),
    );
  }
  if (!complete) {
    lines.push(
      sentence(
        `This list is incomplete: ${counted(unknowns.length, 'thing')} could not be read.`,
        width,
        paint,
        'yellow',
        'incomplete',
      ),
    );
  }
  return lines.join('\n');
};
