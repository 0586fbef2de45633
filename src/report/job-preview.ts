/** What a job would do, for people: when it is due, what each machine would get, and what is refused. */
import { counted, durationText, listed } from '../core/duration.ts';
import type { JobPreview, Moment, PreviewedMachine } from '../core/job/preview.ts';
import { optionName } from '../core/option-name.ts';
import { instantMs } from '../core/time.ts';
import { layout, painter, sentence, wrap, type Cell, type Column, type Paint, type Style } from './layout.ts';
import type { RenderOptions } from './model.ts';

export const jobPreviewText = (preview: JobPreview, { width, colour }: RenderOptions): string => {
  const paint = painter(colour);
  const head = `Job ${preview.job}, as of ${preview.asOf}`;
  const sections = [
    sentence(head, width, paint, 'bold', `Job ${preview.job}`),
    dues(preview, width, paint),
    machineTable(preview.machines, width, paint),
    reasons(preview.machines, width, paint),
    summary(preview, width),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const dues = ({ window, nextDue, timeZone }: JobPreview, width: number, paint: Paint): string => {
  const moments = [window.due, ...nextDue];
  const local = timeZone !== 'UTC';
  const rows = moments.map((moment, i): readonly Cell[] => [
    { text: i === 0 ? 'this window, since' : i === 1 ? 'then' : '' },
    ...(local ? [{ text: moment.local.replace('T', ' ') }] : []),
    { text: moment.utc },
    { text: gap(moments, i) },
  ]);
  const columns: readonly Column[] = [
    { title: 'DUE', least: 18, elide: 'end' },
    ...(local ? [{ title: timeZone, least: 25, elide: 'end' } as const] : []),
    { title: 'UTC', least: 20, elide: 'end' },
    { title: 'UNTIL THE NEXT', least: 8, elide: 'end' },
  ];
  return layout(columns, rows, width, paint);
};

const gap = (moments: readonly Moment[], i: number): string => {
  const next = moments[i + 1];
  return next === undefined ? '' : durationText(instantMs(next.utc)! - instantMs(moments[i]!.utc)!);
};

const words: Readonly<
  Record<PreviewedMachine['outcome'], { readonly text: string; readonly many?: string; readonly style: Style }>
> = {
  due: { text: 'would be taken', style: 'green' },
  existing: { text: 'has its point', many: 'have their point', style: 'green' },
  refused: { text: 'refused', style: 'red' },
  skipped: { text: 'skipped', style: 'dim' },
  unknown: { text: 'unknown', style: 'yellow' },
};

/** Only restore points have a mode. */
const machineTable = (machines: readonly PreviewedMachine[], width: number, paint: Paint): string => {
  if (machines.length === 0) return '';
  const modes = machines.some(({ mode }) => mode !== undefined);
  const columns: readonly Column[] = [
    { title: 'MACHINE', least: 10, elide: 'middle' },
    { title: 'CLASS', least: 8, elide: 'end' },
    { title: 'OPTION', least: 13, elide: 'end' },
    ...(modes ? [{ title: 'MODE', least: 5, elide: 'end' } as const] : []),
    { title: 'CONSISTENCY', least: 11, elide: 'end' },
    { title: 'NOW', least: 20, elide: 'end' },
  ];
  const rows = machines.map(({ name, class: classId, option, mode, consistency, outcome, late }): readonly Cell[] => [
    { text: name },
    { text: classId },
    { text: optionName[option] },
    ...(modes ? [{ text: mode ?? '-' }] : []),
    { text: consistency ?? '-' },
    { text: `${words[outcome].text}${late ? ', late' : ''}`, style: words[outcome].style },
  ]);
  return layout(columns, rows, width, paint);
};

/** Machines of one reason are told together: a floor holds for all alike. */
const reasons = (machines: readonly PreviewedMachine[], width: number, paint: Paint): string =>
  [...Map.groupBy(machines, ({ reason }) => reason)]
    .flatMap(([reason, alike]) => {
      if (reason === undefined) return [];
      const names = alike.map(({ name }) => name);
      const subject = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : listed(names);
      return [sentence(`${subject}: ${reason}`, width, paint, words[alike[0]!.outcome].style, subject)];
    })
    .join('\n');

const summary = ({ machines }: JobPreview, width: number): string => {
  const parts = (Object.keys(words) as readonly PreviewedMachine['outcome'][]).flatMap((outcome) => {
    const count = machines.filter((machine) => machine.outcome === outcome).length;
    const { text, many = text } = words[outcome];
    return count === 0 ? [] : [`${count} ${count === 1 ? text : many}`];
  });
  return wrap(
    `${counted(machines.length, 'machine')} selected${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`,
    width,
  );
};
