/**
 * Forty machines for 45 days (400 with HOLDFAST_WHOLE=1, `npm run test:year`), on a clock that jumps: see year.ts. HOLDFAST_SEED=n
 * is another life. The time it took is printed and decides nothing.
 */
import { describe, expect, it } from 'vitest';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import { exchangesOf, report } from '../conformance/exchange-report.ts';
import { createValidator } from '../conformance/openapi.ts';
import { liveAYear } from './year.ts';

const whole = process.env['HOLDFAST_WHOLE'] === '1';
const seed = Number(process.env['HOLDFAST_SEED'] ?? 1);
const days = whole ? 400 : 45;
/**
 * Morocco puts its clocks back on 15 February 2026 and forward on 22 March, for Ramadan; Germany forward on 29 March: 45 days from
 * here hold all three, 400 every change of both.
 */
const startsAt = Date.UTC(2026, 1, 13);
const share = 0.01;

describe(`${days} days of scheduled jobs`, () => {
  it('leave every machine with the points its policy promises, and nothing else', { timeout: 3_600_000 }, async () => {
    const random = seededRandom(seed + 2);
    const sampled: ExchangeLine[] = [];
    const onExchange = (line: ExchangeLine): void => void (random.next() < share && sampled.push(line));
    const year = await liveAYear({ seed, startsAt, days, sparing: !whole, onExchange });
    const { ledger, heard, ways, events, seconds, violations, costs, ofGone } = year;
    const figures = { seed, days, ...ledger.counts, requests: heard.requests, throttled: heard.throttled };
    console.log(figures, `violations ${violations.length}, ${seconds.toFixed(0)} s`);
    console.log('runs', Object.fromEntries(ways), 'events', events.length, 'points of machines that are gone', ofGone);
    console.log('cost by job', costs);
    console.log('faults', Object.fromEntries(heard.faults));
    const told = violations.map(
      ({ rule, machine, day, text }) => `seed ${seed}, day ${day}, ${machine}: ${rule}: ${text}`,
    );
    expect(told.slice(0, 20)).toEqual([]);
    // A year in which nothing happened would show nothing.
    expect(
      Math.min(ledger.counts.made, ledger.counts.pruned, ledger.counts.trashed, ledger.counts.copied),
    ).toBeGreaterThan(days);
    expect(heard.faults.size).toBeGreaterThan(10);

    const validator = await createValidator();
    // createValidator printed why.
    if (validator === undefined) return;
    const judged = await report(exchangesOf(sampled), validator);
    console.log(
      `${judged.judged} of ${heard.requests} exchanges (${((100 * judged.judged) / heard.requests).toFixed(2)} %) held against Azure's documents: ` +
        `${judged.valid} as documented, ${judged.listed} with listed deviations`,
    );
    expect(judged.problems).toEqual([]);
    expect(judged.valid).toBeGreaterThan(0);
  });
});
