/** A year, day by day: life goes on, jobs are run as cron and people run them, and the checker looks after each run and day. */
import type { JobRun } from '../../src/core/job/job-run.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import type { Mutable, Random } from '../../src/simulator/service.ts';
import { day, duesIn, hour, isNearChange } from './calendar.ts';
import { jobs, type YearJob } from './jobs.ts';
import type { Sight } from './eyes.ts';
import { judgeRequest, type Heard } from './judge-request.ts';
import { judgeRun, wholeIn } from './judge-run.ts';
import { judgeDay } from './judge-day.ts';
import { isWhole, Ledger, type Violation } from './ledger.ts';
import { Life } from './life.ts';
import { startYear, type Ran } from './world.ts';

export interface YearOptions {
  readonly seed: number;
  readonly startsAt: number;
  readonly days: number;
  /** Hourly runs only on the days around a clock change: they are two thirds of all. */
  readonly sparing: boolean;
  readonly onExchange?: (line: ExchangeLine) => void;
  /** Told what happens; for looking into a violation. */
  readonly tell?: (line: string) => void;
  /** Told how many days are over. */
  readonly onDay?: (days: number, violations: readonly Violation[]) => void;
}

/** How a run came to be. */
type Way = 'on-time' | 'late' | 'again' | 'two-hosts' | 'cut-short';

interface Planned {
  readonly at: number;
  readonly job: YearJob;
  readonly way: Way;
}

export const liveAYear = async (options: YearOptions) => {
  const { seed, startsAt, days, tell = () => {} } = options;
  const random = seededRandom(seed);
  const heard: Heard = { faults: new Map(), hurt: new Set(), requests: 0, throttled: 0 };
  const ways = new Map<Way | 'missed', number>();
  const count = (way: Way | 'missed'): void => void ways.set(way, (ways.get(way) ?? 0) + 1);
  let cutAfter = Infinity;
  let cut: AbortController | undefined;
  const world = startYear(seed, startsAt, (line) => {
    options.onExchange?.(line);
    judgeRequest(line, ledger, heard);
    if ((cutAfter -= 1) <= 0) cut?.abort(new Error('cut short'));
  });
  const { simulator, clock } = world;
  const ledger = new Ledger(
    () => simulator.world.store.all(),
    () => clock.now(),
  );
  const life = new Life(simulator, seed, random);
  const events: string[] = [];
  const costs: Record<string, { runs: number; requests: number; ms: number }> = {};
  const began = { at: performance.now(), cpu: process.cpuUsage() };

  const attend = async ({ job, way }: Planned): Promise<void> => {
    const before = ledger.look();
    heard.hurt.clear();
    const startedAt = clock.now();
    const [locked, heldFast] = [life.locked('ReadOnly'), life.locked('CanNotDelete')];
    cut = new AbortController();
    cutAfter = way === 'cut-short' ? random.int(2, job.name === 'hourly' ? 40 : 500) : Infinity;
    const hosts = way === 'two-hosts' ? ['host-a', 'host-b'] : ['host-a'];
    const spent = { ms: -performance.now(), requests: -heard.requests };
    const ran = await Promise.all(
      hosts.map(async (host, i) => {
        // Two hosts of one kernel would meet at its locks; seconds apart they plan by different moments.
        await clock.sleep(i * random.int(2_000, 30_000));
        return world.run(job.name, host, cut!.signal);
      }),
    );
    cutAfter = Infinity;
    const cost = (costs[job.name] ??= { runs: 0, requests: 0, ms: 0 });
    cost.runs += 1;
    cost.requests += spent.requests + heard.requests;
    cost.ms += Math.round(spent.ms + performance.now());
    tell(`${new Date(startedAt).toISOString()} ${job.name} ${way}: ${ran.map(shown).join(' | ')}`);
    const whole = way !== 'cut-short' && ran.some(({ code, out }) => code !== 130 && outcomeOf(out) === 'ended');
    // Both hosts here are one kernel's: the second may find the first at the very same plan.
    const judged = ran.filter(({ err }) => way !== 'two-hosts' || !err.includes('is being applied by'));
    for (const one of judged) if (way !== 'cut-short') judgeEnd(one, job, ledger);
    if (whole && hosts.length === 1) judgeWords(ran[0]!, job, before, heard.hurt.size, ledger);
    judgeRun(
      {
        job,
        startedAt,
        before,
        wholeBefore: wholeIn(before, startedAt),
        hurt: heard.hurt,
        locked,
        heldFast,
        toldFrozen: new Set(ran.flatMap(toldFrozen)),
        whole,
      },
      ledger,
    );
    count(way);
  };

  try {
    for (let today = 0; today < days; today += 1) {
      const from = startsAt + today * day;
      const planned = planRuns(from, random, options.sparing, count).map((one) => ({
        at: one.at,
        act: () => attend(one),
      }));
      const happens = life.eventsOf(from).map(({ at, act }) => ({
        at,
        act: async () => {
          const what = act();
          if (what === undefined) return;
          events.push(what);
          tell(`${new Date(clock.now()).toISOString()} ${what}`);
          // Resource Graph shows it half a minute later: until then nobody can know.
          await clock.sleep(60_000);
        },
      }));
      for (const { at, act } of [...planned, ...happens].toSorted((a, b) => a.at - b.at)) {
        if (at > clock.now()) await clock.sleep(at - clock.now());
        await act();
      }
      if (from + day > clock.now()) await clock.sleep(from + day - clock.now());
      judgeDay(ledger);
      options.onDay?.(today + 1, ledger.violations);
      if (ledger.violations.length > 200) break;
    }
  } finally {
    world.end();
  }
  const alive = new Set(ledger.look().machines.map(({ id }) => id));
  const ofGone = [...ledger.entries.values()].filter(({ point }) => !alive.has(point.machine)).length;
  return {
    ofGone,
    costs,
    ledger,
    heard,
    ways,
    events,
    seconds: (performance.now() - began.at) / 1000,
    cpuSeconds: cpuSeconds(process.cpuUsage(began.cpu)),
    violations: ledger.violations,
  };
};

const cpuSeconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

/** Cron starts a run at its moment or soon after; a host that is down all day starts none. */
const planRuns = (
  from: number,
  random: Random,
  sparing: boolean,
  count: (way: 'missed') => void,
): readonly Planned[] => {
  const down = random.next() < 0.03;
  const isSpared = ({ rhythm }: YearJob): boolean =>
    sparing && rhythm.kind === 'every' && rhythm.hours === 1 && !isNearChange(from + day / 2, 1.5, rhythm.zone);
  return jobs
    .filter((job) => !isSpared(job))
    .flatMap((job): readonly Planned[] =>
      duesIn(job.rhythm, from, from + day).flatMap((due): readonly Planned[] => {
        const often = job.rhythm.kind === 'daily' ? 1 : job.rhythm.hours === 4 ? 0.6 : 0.2;
        const drawn = random.next() / often;
        if (down || drawn < 0.02) {
          count('missed');
          return [];
        }
        const length = job.rhythm.kind === 'daily' ? day : job.rhythm.hours * hour;
        const at = due + (random.next() < 0.7 ? 0 : random.int(0, 180_000));
        const later = due + length * (0.1 + 0.6 * random.next());
        // At once, while copies of the first are under way, or hours after it.
        const again = random.next() < 0.5 ? at + random.int(120_000, 420_000) : later;
        if (drawn < 0.08) return [{ at: later, job, way: 'late' }];
        if (drawn < 0.14)
          return [
            { at, job, way: 'on-time' },
            { at: again, job, way: 'again' },
          ];
        if (drawn < 0.18) return [{ at, job, way: 'two-hosts' }];
        if (drawn < 0.22)
          return [
            { at, job, way: 'cut-short' },
            { at: again, job, way: 'again' },
          ];
        if (drawn < 0.24) return [{ at, job, way: 'cut-short' }];
        return [{ at, job, way: 'on-time' }];
      }),
    );
};

/** The points that it says it made are there, and so are the copies that it says failed. */
const judgeWords = ({ out }: Ran, { name }: YearJob, before: Sight, hurt: number, ledger: Ledger): void => {
  // What an earlier run began and this one found whole is none of its own.
  const { created, copies } = JSON.parse(out) as JobRun;
  ledger.look();
  const known = new Set(before.points.map(({ key }) => key));
  const made = [...ledger.entries.values()].filter(
    (entry) => entry.job === name && entry.point.copyOf === undefined && isWhole(entry) && !known.has(entry.point.key),
  ).length;
  if (created !== made) ledger.violate('told', '', `${name} says it made ${created} points, and made ${made}`);
  const failed = before.points.filter(({ copyOf, state }) => copyOf !== undefined && state === 'failed').length;
  if (copies.failed > failed + hurt)
    ledger.violate('told', '', `${name} says that ${copies.failed} copies failed, and ${failed} had`);
};

const toldFrozen = ({ out }: Ran): readonly string[] =>
  out.startsWith('{')
    ? (JSON.parse(out) as JobRun).problems.flatMap(({ code, subject }) =>
        code === 'may-be-frozen' ? [subject.toLowerCase()] : [],
      )
    : [];

const outcomeOf = (out: string): JobRun['outcome'] | undefined =>
  out.startsWith('{') ? (JSON.parse(out) as JobRun).outcome : undefined;

const shown = ({ code, out, err }: Ran): string => {
  if (!out.startsWith('{')) return `${code} ${err.slice(0, 300)}`;
  const { created, existing, pruned, trashed, failed, skipped, copies, outcome, machines } = JSON.parse(out) as JobRun;
  const counts = { created, existing, pruned, trashed, failed, skipped, copies };
  const why = machines
    .filter((one) => one.outcome === 'failed' || one.outcome === 'skipped')
    .map((one) => `${one.name}: ${one.reason}`);
  const problems = (JSON.parse(out) as JobRun).problems.map(
    ({ subject, summary }) => `[${subject.split('/').at(-1)}: ${summary}]`,
  );
  const words = (outcome === 'failed' ? err.slice(-300) : '') + problems.join(' ');
  return `${code} ${outcome} ${JSON.stringify(counts)} ${why.join('; ')}${words}`;
};

/** What a run says of itself must be so, and a run that could do nothing must have had its reason. */
const judgeEnd = ({ code, out, err }: Ran, job: YearJob, ledger: Ledger): void => {
  if (!out.startsWith('{')) {
    ledger.violate('ended', '', `${job.name} ended ${code}: ${err.slice(-500)}`);
    return;
  }
  const run = JSON.parse(out) as JobRun & Mutable;
  if (![0, 1, 3].includes(code) || run.outcome === 'failed')
    ledger.violate('ended', '', `${job.name} ended ${code}, ${run.outcome}: ${err.slice(-500)}`);
  const told = run.created + run.existing + run.failed + run.skipped;
  if (run.outcome === 'ended' && told !== run.machines.length)
    ledger.violate('told', '', `${job.name} counts ${told} of ${run.machines.length} machines`);
};
