/** A long wait is seen at the terminal, with its reason and its end, however progress is shown. */
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { makeBar, startProgress } from '../../src/cli/progress.ts';
import { makeWaits, type Waiting } from '../../src/cli/waits.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { bench, firstTimes } from '../engine/bench.ts';
import { planOf, snapshotStep } from '../engine/plan-builder.ts';

const plan = planOf(['a', 'b', 'c'].map((id) => snapshotStep(id)));

const linesOf = async (events: readonly EngineEvent[]): Promise<readonly string[]> => {
  const said: string[] = [];
  const terminal = { live: false, interactive: false, width: 200, colour: false };
  const context = { err: (text: string) => void said.push(text), out: () => undefined, terminal } as unknown as Context;
  const progress = await startProgress(plan, context, 'table');
  for (const event of events) progress.emit(event);
  await progress.end();
  return said;
};

/** What the engine says of three snapshots, the first of which Azure turns away for twenty minutes. */
const turnedAway = async (): Promise<readonly EngineEvent[]> => {
  const b = bench({ fault: firstTimes(1, (request) => request.kind === 'begin', 'throttled-long') });
  expect(await b.run(plan, { concurrency: 1 })).toEqual(['a: done', 'b: done', 'c: done']);
  return b.events;
};

describe('twenty minutes of Retry-After', () => {
  it('are told once in lines, with when they end, for all that wait for the same', async () => {
    const lines = await linesOf(await turnedAway());
    expect(lines.join('')).toContain('Azure asks for patience on test until 2026-06-03T01:20:00Z');
    const waits = lines.filter((line) => line.includes('waiting until'));
    expect(waits).toHaveLength(1);
    expect(waits[0]).toMatch(/waiting until 2026-06-03T01:2\d:\d\d(?:\.\d+)?Z \(Azure asked to stay away\)/);
  });

  it('stand beside the bar of a live terminal, with how many wait and why', async () => {
    const bars = (await turnedAway()).map(makeBar(plan, 200));
    const told = /waiting, at the longest until 2026-06-03T01:2\d:\d\d(?:\.\d+)?Z \(Azure asked to stay away\)/;
    expect(bars.filter((bar) => told.test(bar)).length).toBeGreaterThan(0);
    expect(bars.at(-1)).toMatch(/3\/3$/);
  });
});

describe('which waits are news', () => {
  const wait = (step: string, until: string, more: Partial<Waiting> = {}): Waiting => ({
    kind: 'step.waiting',
    at: '2026-06-03T01:00:00Z',
    step,
    until: `2026-06-03T${until}Z`,
    why: 'why',
    ...more,
  });

  it('a shared one only where it lasts longer than was told, one of a step’s own once for each reason', () => {
    const waits = makeWaits();
    const shared = { shared: true } as const;
    expect(
      [wait('a', '01:02:00', shared), wait('b', '01:02:30', shared), wait('c', '01:03:10', shared)].map((each) =>
        waits.news(each),
      ),
    ).toEqual([true, false, true]);
    expect(
      [wait('a', '01:02:00'), wait('a', '01:09:00'), wait('b', '01:02:00'), wait('a', '01:09:00', { why: 'else' })].map(
        (each) => waits.news(each),
      ),
    ).toEqual([true, false, true, true]);
  });

  it('and one is over when its step goes on, or its end has come', () => {
    const waits = makeWaits();
    waits.news(wait('a', '01:20:00'));
    waits.news(wait('b', '01:30:00'));
    expect(waits.current('2026-06-03T01:05:00Z')).toMatchObject({ count: 2, wait: { step: 'b' } });
    waits.news({ kind: 'step.accepted', at: '2026-06-03T01:06:00Z', step: 'b' });
    expect(waits.current('2026-06-03T01:06:00Z')).toMatchObject({ count: 1, wait: { step: 'a' } });
    expect(waits.current('2026-06-03T01:21:00Z')).toBeUndefined();
  });
});
