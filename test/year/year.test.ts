/**
 * Forty machines for 45 days (400 with HOLDFAST_WHOLE=1, `npm run test:year`), on a clock that jumps: see year.ts. HOLDFAST_SEED=n
 * is another life. The time it took is printed and decides nothing.
 */
import { describe, expect, it } from 'vitest';
import { exchangesOf, report } from '../conformance/exchange-report.ts';
import { createValidator } from '../conformance/openapi.ts';
import { live, type Lived } from './lived.ts';

const whole = process.env['HOLDFAST_WHOLE'] === '1';
const seed = Number(process.env['HOLDFAST_SEED'] ?? 1);
const days = whole ? 400 : 45;
/**
 * Morocco puts its clocks back on 15 February 2026 and forward on 22 March, for Ramadan; Germany forward on 29 March: 45 days from
 * here hold all three, 400 every change of both.
 */
const startsAt = Date.UTC(2026, 1, 13);

describe(`${days} days of scheduled jobs`, () => {
  it('leave every machine with the points its policy promises, and nothing else', { timeout: 7_200_000 }, async () => {
    const lived = await live({ seed, startsAt, days, sparing: !whole, share: 0.01 });
    const { counts, requests, throttled, violations, seconds, cpuSeconds } = lived;
    const time = `${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s of a processor`;
    console.log({ seed, days, ...counts, requests, throttled }, `violations ${violations.length}, ${time}`);
    console.log('runs', lived.ways, 'events', lived.events.length, 'points of machines that are gone', lived.ofGone);
    console.log('cost by job', lived.costs);
    console.log('faults', lived.faults);
    const told = violations.map(
      ({ rule, machine, day, text }) => `seed ${seed}, day ${day}, ${machine}: ${rule}: ${text}`,
    );
    expect(told.slice(0, 20)).toEqual([]);
    // A year in which nothing happened would show nothing.
    expect(Math.min(counts.made, counts.pruned, counts.trashed, counts.copied)).toBeGreaterThan(days);
    expect(Object.keys(lived.faults).length).toBeGreaterThan(10);

    const validator = await createValidator();
    // createValidator printed why.
    if (validator === undefined) return;
    const judged = await report(exchangesOf(lived.sampled), validator);
    console.log(
      `${judged.judged} of ${requests} exchanges (${((100 * judged.judged) / requests).toFixed(2)} %) held against Azure's documents: ` +
        `${judged.valid} as documented, ${judged.listed} with listed deviations`,
    );
    expect(judged.problems).toEqual([]);
    expect(judged.valid).toBeGreaterThan(0);
  });

  it('go the same way each time that one seed is lived', { timeout: 600_000 }, async () => {
    const once = { seed: 7, startsAt, days: 1, sparing: false, share: 0 };
    const [first, second] = [await live(once), await live(once)];
    // The one thing that is told of a run and is drawn anew.
    const told = ({ log }: Lived): readonly string[] => log.map((line) => line.replaceAll(/run [\da-f-]{17}/g, 'run'));
    expect(first.ways['two-hosts']).toBeGreaterThan(0);
    expect(told(second)).toEqual(told(first));
    expect(second.requests).toBe(first.requests);
  });
});
