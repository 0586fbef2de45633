/**
 * A year as a process of its own: `node main.ts <options as JSON> <file> [log]`, the file for what became of it, the log for what
 * happens and what is found wrong, as it comes. Under a test runner every lazily loaded module is asked for at another process, in
 * real time, and no two years of one seed would be alike.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import type { Lived, LivedOptions } from './lived.ts';
import { liveAYear } from './year.ts';

const [options, file, logFile] = process.argv.slice(2) as [string, string, string?];
const { share, ...given } = JSON.parse(options) as LivedOptions;
const { seed, days } = given;

const random = seededRandom(seed + 2);
const sampled: ExchangeLine[] = [];
const log: string[] = [];
const tell = (line: string): void => {
  log.push(line);
  if (logFile !== undefined) appendFileSync(logFile, `${line}\n`);
};
let told = 0;
const year = await liveAYear({
  ...given,
  onExchange: (line) => void (random.next() < share && sampled.push(line)),
  tell,
  onDay: (day, violations) => {
    for (const one of violations.slice(told)) {
      const wrong = `day ${one.day}: ${one.machine.split('/').at(-1)}: ${one.rule}: ${one.text}`;
      process.stderr.write(`${wrong}\n`);
      tell(wrong);
    }
    told = violations.length;
    if (day % 50 === 0 && day < days) process.stderr.write(`day ${day} of ${days}\n`);
  },
});
const { ledger, heard, ways, ...rest } = year;
const lived: Lived = {
  ...rest,
  log,
  sampled,
  counts: ledger.counts,
  requests: heard.requests,
  throttled: heard.throttled,
  faults: Object.fromEntries(heard.faults),
  ways: Object.fromEntries(ways),
};
writeFileSync(file, JSON.stringify(lived));
