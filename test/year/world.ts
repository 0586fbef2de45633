/** The simulated Azure of the year, and holdfast's command line in this process upon it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import type { Context } from '../../src/cli/context.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { yearClock, type YearClock } from './clock.ts';
import { yearFleet } from './fleet.ts';
import { jobs, subscriptionsOf } from './jobs.ts';
import { linkTo } from './link.ts';

const root = join(import.meta.dirname, '..', '..');

const always = (fault: FaultRule['fault'], chance: number, more: Partial<FaultRule> = {}): FaultRule => ({
  fault,
  chance,
  times: 1_000_000,
  ...more,
});
const makes = { method: 'PUT', path: '/(?:snapshots|restorePoints)/hf-' } as const;
const scripts = { method: 'PUT', path: '/runCommands/hf-' } as const;
const deletes = { method: 'DELETE', path: '/hf-' } as const;

/** What goes wrong, and how often: a few in a thousand requests, writes more often than reads. */
const yearFaults: readonly FaultRule[] = [
  always('throttled', 0.002),
  always('throttled-by-compute', 0.001),
  always('throttled-without-header', 0.0005),
  always('token-expired', 0.0005),
  always('internal-error', 0.001),
  always('bad-gateway', 0.0005),
  always('unavailable', 0.001),
  always('gateway-timeout', 0.0005),
  always('reset-before', 0.001),
  always('truncated', 0.001, { method: 'GET' }),
  always('reset-after', 0.004, makes),
  always('busy', 0.002, makes),
  always('operation-fails', 0.003, makes),
  always('operation-vanishes', 0.003, makes),
  always('operation-never-ends', 0.0003, makes),
  always('quota-exceeded', 0.0005, makes),
  always('reset-after', 0.01, scripts),
  always('operation-fails', 0.005, scripts),
  always('operation-vanishes', 0.01, scripts),
  always('reset-after', 0.004, deletes),
  always('operation-fails', 0.002, deletes),
  always('operation-vanishes', 0.002, deletes),
];

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface YearWorld {
  readonly simulator: Simulator;
  readonly clock: YearClock;
  /** `host` has a state folder of its own. */
  run(job: string, host: string, signal: AbortSignal): Promise<Ran>;
  end(): void;
}

export const startYear = (
  seed: number,
  startsAt: number,
  onExchange: (line: ExchangeLine) => void,
  faults = yearFaults,
): YearWorld => {
  const subscriptions = subscriptionsOf(seed);
  const simulator = createSimulator({
    seed,
    startsAt,
    fleet: yearFleet(seed, startsAt),
    faults,
    onExchange,
    // Logins are not what is looked at, and signing a token an hour is dear.
    tokenLifetimeSeconds: 10 * 366 * 86_400,
    listLagMs: 20_000,
    graphPageSize: 500,
    pageSize: 100,
    retryAfterSeconds: 20,
    // Were it never, one hung restore point would keep its machine without any for the rest of the year.
    hungOperationEndsMs: 36 * 3_600_000,
  });
  const clock = yearClock(startsAt, (ms) => simulator.clock.advance(ms));
  const link = linkTo(simulator, clock);
  // Journals are synced line by line: in memory that costs nothing.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-year-'));
  const cloud = join(folder, 'cloud.json');
  const address = 'https://localhost:1';
  writeFileSync(
    cloud,
    JSON.stringify({
      name: 'Simulated',
      resourceManager: address,
      authority: `${address}/adfs`,
      audience: `${address}/`,
      subscriptions: Object.values(subscriptions),
    }),
  );
  for (const { name, subscription, file } of jobs) {
    const selector = { ...file.selector, subscriptions: [subscriptions[subscription]] };
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ ...file, selector }));
  }
  return {
    simulator,
    clock,
    run: async (job, host, signal) => {
      let out = '';
      let err = '';
      const state = join(folder, host);
      mkdirSync(state, { recursive: true });
      const context: Context = {
        env: {},
        cwd: folder,
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        terminal: { live: false, interactive: false, width: 200, colour: false },
        ask: async () => '',
        signal,
        link,
        root,
        version: '0.0.0',
      };
      const argv = ['job', 'run', `${job}.yaml`, '--yes', '--cloud', cloud, '--state-dir', state, '--output', 'json'];
      const code = await main(argv, context);
      return { code, out, err };
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
};
