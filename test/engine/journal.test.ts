import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/problem.ts';
import { entryLine, headerLine, isOpen, replay, type JournalEntry } from '../../src/engine/journal.ts';

const at = (second: number): string => `2026-06-03T00:00:${String(second).padStart(2, '0')}Z`;
const ms = (second: number): number => Date.parse(at(second));
const intended = (second: number): JournalEntry => ({ event: 'intended', step: 'a', at: at(second) });
const accepted: JournalEntry = {
  event: 'accepted',
  step: 'a',
  at: at(2),
  operation: { operationUrl: 'https://x?s=1' },
};
const settled = (outcome: 'done' | 'failed' | 'in-doubt', second = 9): JournalEntry => ({
  event: 'settled',
  step: 'a',
  at: at(second),
  outcome,
  startedAt: at(0),
});
const linesOf = (...entries: readonly JournalEntry[]) => [headerLine('plan', ms(0)), ...entries.map(entryLine)];
const recordOf = (...entries: readonly JournalEntry[]) => replay(linesOf(...entries), 'plan').records.get('a')!;

describe('replaying a journal', () => {
  it('knows what was intended, accepted and settled', () => {
    expect(isOpen(recordOf(intended(1)))).toBe(true);
    expect(recordOf(intended(1), accepted)).toMatchObject({
      intendedAt: ms(1),
      operation: { kind: 'accepted', operationUrl: 'https://x?s=1' },
    });
    expect(isOpen(recordOf(intended(1), accepted, settled('done')))).toBe(false);
  });

  it('remembers the first and the last intent of a write whose fate is open, so that neither send is missed', () => {
    expect(recordOf(intended(1), intended(5))).toMatchObject({ intendedAt: ms(1), lastIntendedAt: ms(5) });
  });

  it('keeps the operation of a step left in doubt, and starts afresh after a failure', () => {
    expect(isOpen(recordOf(intended(1), accepted, settled('in-doubt')))).toBe(true);
    expect(recordOf(intended(1), accepted, settled('in-doubt')).operation).toBeDefined();
    expect(recordOf(intended(1), accepted, settled('failed'), intended(20))).toEqual({
      intendedAt: ms(20),
      lastIntendedAt: ms(20),
    });
  });

  it('drops only a torn last line', () => {
    const lines = linesOf(intended(1), accepted);
    const torn = [...lines.slice(0, -1), lines.at(-1)!.slice(0, 25)];
    expect(replay(torn, 'plan')).toMatchObject({ whole: 2, started: true });
    expect(replay([lines[0]!.slice(0, 10)], 'plan')).toMatchObject({ whole: 0, started: false });
  });

  it('takes a last line for torn only where no newline follows it, and never a whole one', () => {
    const lines = linesOf(intended(1), accepted);
    const cut = lines.at(-1)!.slice(0, 40);
    expect(() => replay([...lines.slice(0, -1), cut, ''], 'plan')).toThrow(/not torn as a crash tears one/);
    expect(() => replay([...lines.slice(0, -1), `${lines.at(-1)!}x`], 'plan')).toThrow(/not torn as a crash tears one/);
    expect(replay(lines, 'plan')).toMatchObject({ whole: 3, ragged: false });
    expect(replay([...lines, ''], 'plan')).toMatchObject({ whole: 3, ragged: false });
    expect(replay([...lines, cut], 'plan')).toMatchObject({ whole: 3, ragged: true });
  });

  it.each([
    ['another step', '"step":"a"', '"step":"b"'],
    ['another moment', '00:00:01Z', '00:00:51Z'],
    ['another operation', 'https://x?s=1', 'https://y?s=1'],
    ['another outcome', '"failed"', '"done"'],
    ['another sum', '"sum":"', '"sum":"0'],
    ['the sum left out and a member besides', '"sum"', '"sun"'],
  ])('refuses a line that was changed to name %s', (_name, from, to) => {
    const lines = linesOf(intended(1), accepted, settled('failed'));
    const at = lines.findIndex((line, index) => index > 0 && line.includes(from));
    expect(() => replay(lines.with(at, lines[at]!.replace(from, to)), 'plan')).toThrow(
      /changed after it was written|no line of a journal/,
    );
  });

  it('reads lines without a check sum, as earlier versions wrote them', () => {
    const bare = linesOf(intended(1), accepted).map((line) => line.replace(/,"sum":"[^"]*"/, ''));
    expect(replay(bare, 'plan').records.get('a')).toEqual(recordOf(intended(1), accepted));
  });

  it('takes an editor’s byte order mark and blank lines at the end for nothing', () => {
    const lines = linesOf(intended(1), accepted);
    const edited = [`\uFEFF${lines[0]}`, ...lines.slice(1), '', '  '];
    expect(replay(edited, 'plan')).toMatchObject({ whole: 3, started: true });
    expect(replay(edited, 'plan').records.get('a')?.operation).toBeDefined();
  });

  it.each([
    [
      'a torn line that is not the last',
      [linesOf(intended(1))[0]!, '{"ev', entryLine(intended(1))],
      /cannot be read/,
      2,
    ],
    ['another plan’s journal', [headerLine('other', 0)], /belongs to plan other/, 1],
    [
      'a later schema',
      [headerLine('plan', 0).replace('"schemaVersion":1', '"schemaVersion":2')],
      /schema version 2/,
      1,
    ],
    ['another file', ['{"kind":"holdfast.plan"}'], /not a holdfast journal/, 1],
    [
      'a line that is no entry',
      [
        headerLine('plan', 0),
        '{"event":"settled","step":"a","at":"2026-06-03T00:00:00Z","outcome":"great","startedAt":"2026-06-03T00:00:00Z"}',
        entryLine(intended(1)),
      ],
      /no line of a journal/,
      2,
    ],
  ])('refuses %s, with file and line', (_name, lines, message, line) => {
    const error = (() => {
      try {
        replay(lines, 'plan', 'p.journal.ndjson');
        return undefined;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).problems[0]!.at).toEqual({ file: 'p.journal.ndjson', line, column: 1 });
  });
});
