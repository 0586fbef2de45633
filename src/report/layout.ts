/** Text in columns for a terminal: aware of wide characters, cut to a width, never wrapped by the terminal itself. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';

export interface Column {
  readonly title: string;
  /** Below this it is not shrunk; the widest content wins where there is room. */
  readonly least: number;
  /** Which end may go when it does not fit: ids keep both ends, since the differing part is often the last. */
  readonly elide: 'middle' | 'end';
  readonly align?: 'right';
}

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export type Style = 'red' | 'yellow' | 'green' | 'cyan' | 'dim' | 'bold';

/** Colour only where it was asked for: pipes, files and `NO_COLOR` get plain text. */
export type Paint = (style: Style | undefined, text: string) => string;

export const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour && style !== undefined ? styleText(style, text, { validateStream: false }) : text;

const gutter = 2;
const ellipsis = '…';

export const layout = (
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
): string => {
  const widths = fit(columns, rows, width);
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, i) => {
        const column = columns[i]!;
        const text = elide(oneLine(cell.text), widths[i]!, column.elide);
        const padding = ' '.repeat(Math.max(0, widths[i]! - stringWidth(text)));
        return column.align === 'right' ? padding + paint(cell.style, text) : paint(cell.style, text) + padding;
      })
      .join(' '.repeat(gutter))
      .trimEnd();
  const head = line(columns.map(({ title }): Cell => ({ text: title, style: 'bold' })));
  return [head, ...rows.map(line)].join('\n');
};

/** Shrinks the widest column that may still shrink, one cell at a time, until the whole fits. */
const fit = (columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): readonly number[] => {
  const widths = columns.map((column, i) =>
    Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(oneLine(row[i]!.text)))),
  );
  const least = columns.map((column, i) => Math.min(widths[i]!, Math.max(column.least, stringWidth(column.title))));
  let over = sum(widths) + gutter * (columns.length - 1) - width;
  while (over > 0) {
    let widest = -1;
    for (const [i, w] of widths.entries()) {
      if (w > least[i]! && (widest < 0 || w > widths[widest]!)) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = widths[widest]! - 1;
    over -= 1;
  }
  return widths;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Names and tags are the user's: a line break, an escape sequence or a change of direction in one must not reach the terminal. */
export const oneLine = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- taking control characters out is the point
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');

/** Cuts `text` to `width` terminal cells. */
export const elide = (text: string, width: number, where: 'middle' | 'end'): string => {
  if (stringWidth(text) <= width) return text;
  if (width <= 1) return ellipsis.slice(0, width);
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map((s) => s.segment);
  const room = width - 1;
  const tailRoom = where === 'middle' ? Math.floor(room / 2) : 0;
  const head = takeWidth(characters, room - tailRoom);
  const tail = takeWidth(characters.toReversed(), tailRoom).toReversed();
  return [...head, ellipsis, ...tail].join('');
};

const takeWidth = (characters: readonly string[], width: number): string[] => {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += stringWidth(character);
    if (used > width) break;
    taken.push(character);
  }
  return taken;
};

/** Breaks a sentence at spaces; a word longer than the line is left whole, so that an id can still be copied. */
export const wrap = (text: string, width: number, indent = ''): string => {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text).split(' ')) {
    if (line !== '' && stringWidth(`${indent}${line} ${word}`) > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line].join('\n');
};

/** A wrapped sentence in which `part`, where it stands whole on one line, is painted. */
export const sentence = (text: string, width: number, paint: Paint, style: Style, part: string): string =>
  wrap(text, width).replace(part, (found) => paint(style, found));
