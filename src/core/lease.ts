/**
 * A run's mark on a machine that it works on, as a tag: whoever finds another's leaves the machine alone until it expires.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
 */
import { hourMs, instantMs, minuteMs, toSecond, type Instant } from './time.ts';

/** One name, whoever holds it: tools that manage tags can be told to leave it alone. */
export const leaseTag = 'holdfast-lease';

/** What taking, renewing and giving back need of the login, beside reading the machine. */
export const leaseActions = ['Microsoft.Resources/tags/write'] as const;

export interface Lease {
  /** The run that holds it: the same one when a plan is resumed. */
  readonly run: string;
  readonly host: string;
  readonly since: Instant;
  readonly until: Instant;
}

/** How long a lease lasts that nobody renews: what a machine waits for at most after a run that was killed. */
export const leaseMs = 20 * minuteMs;

/** No run takes one for longer; a moment beyond is a mistake, and binds nobody. */
const longestMs = hourMs;

/** To people, and to a job, which counts a machine that another run works on as no failure of its own. */
export const heldText = (machine: string, { run, host, since, until }: Lease): string =>
  `${machine} is held by run ${run} on host ${host} since ${since}, until ${until} unless that is renewed. Nothing was written.`;

/** Who holds the machine by such a text; `undefined` of any other. */
export const holderIn = (text: string): Pick<Lease, 'run' | 'host' | 'since'> | undefined => {
  const [, run, host, since] = / is held by run (\S+) on host (\S+) since ([^\s,]+),/.exec(text) ?? [];
  return run === undefined || host === undefined || since === undefined ? undefined : { run, host, since };
};

export const leaseText = ({ run, host, since, until }: Lease): string => `${run} ${host} ${since} ${until}`;

export const leaseFor = (run: string, host: string, nowMs: number, since = toSecond(nowMs)): Lease => ({
  run,
  host: hostName(host),
  since,
  until: toSecond(nowMs + leaseMs),
});

const hostName = (host: string): string => host.replaceAll(/[^\w.-]/g, '-').slice(0, 64) || 'unknown';

export type Standing =
  /** `stale`: what an earlier run left, or what is no lease at all. */
  | { readonly kind: 'free'; readonly stale?: string }
  | { readonly kind: 'ours'; readonly lease: Lease }
  | { readonly kind: 'held'; readonly lease: Lease };

/** What a machine's tag says to the run called `run` at a moment of Azure's clock, ms. */
export const standingOf = (text: string | undefined, run: string, nowMs: number): Standing => {
  if (text === undefined) return { kind: 'free' };
  const lease = parseLease(text);
  const leftMs = (instantMs(lease?.until) ?? 0) - nowMs;
  if (lease === undefined || leftMs <= 0 || leftMs > longestMs) return { kind: 'free', stale: text };
  return { kind: lease.run === run ? 'ours' : 'held', lease };
};

const parseLease = (text: string): Lease | undefined => {
  const [run, host, since, until, ...more] = text.trim().split(' ');
  if (!run || !host || !since || !until || more.length > 0) return undefined;
  return instantMs(since) === undefined || instantMs(until) === undefined ? undefined : { run, host, since, until };
};

/** The machine's tag among its tags; Azure compares their names without regard to case. */
export const leaseIn = (tags: Readonly<Record<string, unknown>>): string | undefined => {
  const found = Object.entries(tags).find(([name]) => name.toLowerCase() === leaseTag)?.[1];
  return typeof found === 'string' ? found : undefined;
};
