import type { Outcome, ReplayResult } from './replay-flow.ts';

export interface Tally {
  readonly matched: number;
  /** Exchanges that were compared. */
  readonly compared: number;
  readonly given: number;
  readonly outside: number;
  readonly notComparable: number;
}

export function tallyOf({ exchanges }: ReplayResult): Tally {
  const count = (kind: Outcome['kind']): number => exchanges.filter(({ outcome }) => outcome.kind === kind).length;
  const matched = count('matched');
  return {
    matched,
    compared: matched + count('mismatch'),
    given: count('given'),
    outside: count('outside'),
    notComparable: count('not-comparable'),
  };
}

/** One flow: the figure, then every mismatch once with the exchanges that showed it, then what stands apart. */
export function printFlow(name: string, result: ReplayResult): string {
  const { matched, compared, given, outside, notComparable } = tallyOf(result);
  const lines = [
    `${name}: ${matched}/${compared} matched (${given} given, ${outside} outside scope, ${notComparable} not comparable)`,
  ];
  const { things, different } = result.sequences;
  lines.push(
    `  states of polled things: ${things - different.length}/${things} alike`,
    ...different.map((each) => `    ${each}`),
  );
  lines.push(...grouped(result).map((each) => `  ${each}`));
  for (const [why, exchanges] of apart(result)) lines.push(`  apart, ${why}: ${exchanges}`);
  for (const trouble of result.troubles) lines.push(`  prerequisite: ${trouble}`);
  return `${lines.join('\n')}\n`;
}

function grouped(result: ReplayResult): readonly string[] {
  const found = new Map<string, number[]>();
  for (const { recorded, route, outcome } of result.exchanges) {
    if (outcome.kind !== 'mismatch') continue;
    for (const difference of outcome.differences) {
      const key = `${route}: ${difference}`;
      found.set(key, [...(found.get(key) ?? []), recorded.i]);
    }
  }
  return [...found].map(
    ([text, at]) =>
      `${text} (${at
        .slice(0, 6)
        .map((i) => `#${i}`)
        .join(' ')}${at.length > 6 ? ` and ${at.length - 6} more` : ''})`,
  );
}

function apart(result: ReplayResult): ReadonlyMap<string, string> {
  const found = new Map<string, number>();
  for (const { outcome } of result.exchanges) {
    if (outcome.kind === 'outside' || outcome.kind === 'not-comparable')
      found.set(outcome.why, (found.get(outcome.why) ?? 0) + 1);
  }
  return new Map([...found].map(([why, count]) => [why, `${count} exchange${count === 1 ? '' : 's'}`]));
}

/** All flows, one a line, and their sum. */
export function printTable(results: readonly { readonly name: string; readonly result: ReplayResult }[]): string {
  const rows = results.map(({ name, result }) => ({ name, tally: tallyOf(result), sequences: result.sequences }));
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  const line = (name: string, cells: readonly (string | number)[]): string =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(9))].join('  ');
  const sum = (pick: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + pick(row), 0);
  const cells = (
    matched: number,
    compared: number,
    alike: number,
    things: number,
    rest: readonly number[],
  ): readonly (string | number)[] => [
    `${matched}/${compared}`,
    compared === 0 ? '-' : `${Math.round((100 * matched) / compared)} %`,
    `${alike}/${things}`,
    ...rest,
  ];
  return [
    line('flow', ['matched', '', 'states', 'given', 'outside', 'unclear']),
    ...rows.map(({ name, tally, sequences }) =>
      line(
        name,
        cells(tally.matched, tally.compared, sequences.things - sequences.different.length, sequences.things, [
          tally.given,
          tally.outside,
          tally.notComparable,
        ]),
      ),
    ),
    line(
      'all',
      cells(
        sum(({ tally }) => tally.matched),
        sum(({ tally }) => tally.compared),
        sum(({ sequences }) => sequences.things - sequences.different.length),
        sum(({ sequences }) => sequences.things),
        [sum(({ tally }) => tally.given), sum(({ tally }) => tally.outside), sum(({ tally }) => tally.notComparable)],
      ),
    ),
    '',
  ].join('\n');
}
