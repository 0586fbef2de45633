/** A live Azure (or a simulator): connected, with its clock, and a way to read the fleet. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { readCloud, type Cloud } from '../azure/cloud.ts';
import { makeInquiry, type OnWait } from '../azure/inquiry.ts';
import { apiVersions } from '../azure/kinds.ts';
import { connect as connectTransport } from '../azure/connect.ts';
import type { Exchange, Transport } from '../azure/transport.ts';
import { readEstate, type ReadOptions, type Reading } from '../azure/read-estate.ts';
import type { Problem } from '../core/problem.ts';
import { minuteMs } from '../core/time.ts';
import type { Clock } from '../engine/ports.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import { azureClock } from './clock.ts';
import type { Context } from './context.ts';
import { tellProblems } from './show-problems.ts';
import { makeThrottleMeter, type ThrottleMeter } from './throttle-meter.ts';

export interface Connection {
  readonly cloud: Cloud;
  readonly transport: Transport;
  /** Follows Azure's own Date header once an answer was heard; before that, this machine's clock. */
  readonly clock: Clock;
  /** What every request carries, so that Azure's activity log can be searched for one command's writes. */
  readonly correlationId: string;
  /** Of everything that the command does by this connection. */
  readonly throttle: ThrottleMeter;
  /** Says that a question waits, and counts it. */
  readonly onWait: OnWait;
  read(options: ReadOptions): Promise<Extract<Reading, { kind: 'read' }>>;
  /** Azure's own time, asked for when no answer has told it yet. Throws AzureUnreachableError. */
  azureNow(): Promise<number>;
}

export const connect = async (
  flags: { readonly cloud: string | undefined; readonly debug: boolean },
  context: Context,
): Promise<Connection> => {
  const named = flags.cloud ?? context.env['HOLDFAST_CLOUD'] ?? 'AzurePublic';
  const cloud = await readCloud(/\.json$|\//.test(named) ? resolve(context.cwd, named) : named);
  const correlationId = context.correlationId ?? randomUUID();
  const transport =
    context.link?.transport(cloud) ??
    connectTransport(cloud, {
      elapsedMs: () => performance.now(),
      userAgent: `holdfast/${context.version}`,
      correlationId,
      ...(flags.debug ? { onAnswer: (exchange: Exchange) => tellExchange(exchange, context) } : {}),
    });
  const local = context.link?.clock ?? azureClock(Date.now(), cloud.timeScale);
  // Azure's machines tell the time in whole seconds and differ by some: once heard, it does not go back by that.
  const correctionMs = 60_000 * Math.max(1, cloud.timeScale);
  let latest = 0;
  const throttle = makeThrottleMeter();
  let toldScope = false;
  const now = (): number => {
    const azure = transport.azureNow();
    if (azure === undefined) return local.now();
    // A correction is another thing: the machine slept, or the first Date was a proxy's.
    latest = latest - azure > correctionMs ? azure : Math.max(latest, azure);
    return latest;
  };
  const clock: Clock = { now, sleep: (ms, signal) => local.sleep(ms, signal) };
  const saidAt = new Map<string, number>();
  const onWait: OnWait = (waitMs, failure) => {
    // Many questions wait for one and the same thing, one after the other: a line a minute says it.
    const { summary } = failure.problem;
    if (waitMs >= minuteMs || now() - (saidAt.get(summary) ?? -Infinity) >= minuteMs) {
      context.err(`Waiting ${Math.ceil(waitMs / 1000)} s: ${summary}\n`);
      saidAt.set(summary, now());
    }
    // Of questions that stand in line together, one is told the limit's name and the others a quota's: it is one wait.
    if (failure.kind === 'throttled') throttle.waited('reading', now(), now() + waitMs);
  };
  return {
    cloud,
    transport,
    clock,
    correlationId,
    throttle,
    onWait,
    async azureNow() {
      if (transport.azureNow() === undefined) {
        // Patiently, as everything after it: one lost answer would cost a scheduled run.
        const inquiry = makeInquiry(transport, clock, {
          concurrency: 1,
          patienceMs: minuteMs,
          signal: context.signal,
          onWait,
        });
        const answer = await inquiry.one({
          provider: 'subscriptions',
          method: 'GET',
          path: '/subscriptions',
          apiVersion: apiVersions.subscriptions,
        });
        // A refusal tells the time as well.
        if (!answer.ok && transport.azureNow() === undefined)
          throw new AzureUnreachableError(inCloud(answer.failure.problem, cloud));
      }
      return clock.now();
    },
    async read(options) {
      const progress = progressOf(context);
      const subscriptions =
        options.filter.subscriptions?.length || options.filter.managementGroup
          ? options.filter.subscriptions
          : cloud.subscriptions;
      const filter = { ...options.filter, ...(subscriptions ? { subscriptions } : {}) };
      const reading = await readEstate(
        { ...options, filter },
        {
          transport,
          clock,
          signal: context.signal,
          onRow: progress.row,
          onWait,
        },
      );
      progress.end();
      if (reading.kind === 'failed') throw new AzureUnreachableError(inCloud(reading.problem, cloud));
      if (context.link === undefined) warnOfSkew(transport, cloud, context);
      tellProblems(reading.problems, context);
      // A job reads twice.
      if (!options.filter.subscriptions?.length && !toldScope) {
        toldScope = true;
        const n = reading.estate.scope.subscriptions.length;
        context.err(
          `No --subscription given: read the ${n === 1 ? 'one subscription' : `${n} subscriptions`} this login can see.\n`,
        );
      }
      return reading;
    },
  };
};

export const tellExchange = (exchange: Exchange, { err, log }: Context): void =>
  log ? log.write({ kind: 'request', ...exchange }) : err(`${JSON.stringify(exchange)}\n`);

/** The cloud's name belongs to any failure to reach it: a forgotten --cloud is the commonest cause. */
const inCloud = (problem: Problem, cloud: Cloud): Problem => ({
  ...problem,
  summary: `${problem.summary} (cloud ${cloud.name}, ${cloud.resourceManager})`,
});

/** A count of rows on a terminal, redrawn at most ten times a second; silence elsewhere. */
const progressOf = (context: Context): { row: () => void; end: () => void } => {
  if (!context.terminal.live) return { row: () => undefined, end: () => undefined };
  let rows = 0;
  let drawnAt = -Infinity;
  return {
    row: () => {
      rows += 1;
      if (performance.now() - drawnAt < 100) return;
      drawnAt = performance.now();
      context.err(`\rReading: ${rows} resources`);
    },
    end: () => {
      if (rows > 0) context.err('\r\u001b[2K');
    },
  };
};

const tolerableSkewMs = 5 * 60_000;

/** A machine whose clock is off schedules and signs wrongly; the audit itself goes by Azure's clock. */
const warnOfSkew = (transport: Transport, cloud: Cloud, context: Context): void => {
  const azure = transport.azureNow();
  // A simulator runs on a time of its own.
  if (azure === undefined || cloud.timeScale !== 1 || cloud.ca !== undefined) return;
  const skew = Date.now() - azure;
  if (Math.abs(skew) > tolerableSkewMs) {
    context.err(
      `warning: this machine's clock is ${Math.round(Math.abs(skew) / 60_000)} min ${skew > 0 ? 'ahead of' : 'behind'} Azure's; Azure's is used.\n`,
    );
  }
};
