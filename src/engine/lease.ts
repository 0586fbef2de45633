/**
 * One run at a time on a machine, across hosts. The mark is a tag without compare-and-swap, so taking it is Fischer's protocol:
 * find it free, write one's own at once, wait until every write of somebody who found it free has landed and shows, look again.
 * Whoever stands there then holds it. https://doi.org/10.1145/7351.7352
 */
import { keyOf, nameOf, parseId, type ResourceId } from '../core/ids.ts';
import { heldText, leaseFor, leaseMs, leaseText, standingOf, type Lease } from '../core/lease.ts';
import type { Plan, Step } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { Asking } from '../core/step-requests.ts';
import { isLeased } from '../core/steps/index.ts';
import { instantMs, minuteMs, toInstant } from '../core/time.ts';
import { backoffMs } from './patience.ts';
import type { LeaseState } from './events.ts';
import type { LeaseStore, LeaseTerms, Refused, Throttled, Uncertain } from './ports.ts';
import { heard, inLane, sentence, sleep, type Denied, type Leases, type Means } from './work.ts';

type Unanswered = Refused | Throttled | Uncertain;

/** A mark that took longer from look to answer may have landed after somebody else's wait: it is withdrawn. */
export const promptMs = 10_000;
/** How far a read of one machine may lag a write of its tags. Azure documents no bound. */
export const readLagMs = 10_000;
/** Twice: the other's look may have lagged, and ours may. */
const settleMs = promptMs + 2 * readLagMs;
/** With less left than a request may take, nothing more is sent on its strength. */
const marginMs = 3 * minuteMs;
const renewLeftMs = leaseMs / 2;
const mostTries = 4;

interface Held {
  readonly kind: 'held';
  readonly lease: Lease;
}

type Hold = Held | { readonly kind: 'without' } | { readonly kind: 'denied'; readonly denied: Denied };

interface Machine {
  readonly id: ResourceId;
  /** Any step of it, for the line it stands in. */
  readonly step: Step;
  readonly left: Set<string>;
  hold?: Hold | undefined;
  taking?: Promise<void> | undefined;
  renewing?: Promise<void> | undefined;
}

export const noLeases: Leases = {
  covers: () => true,
  take: async () => undefined,
  settled: async () => {},
  end: async () => {},
};

export const makeLeases = (
  plan: Plan,
  run: Means,
  store: LeaseStore,
  terms: LeaseTerms,
  me: string,
  resumed: boolean,
): Leases => {
  const { clock, emit } = run.ports;
  const machines = machinesIn(plan);
  const ended = new AbortController();
  const tell = (
    machine: Machine,
    state: LeaseState,
    more: { readonly until?: string; readonly why?: string; readonly problem?: Problem } = {},
  ): void => emit({ kind: 'lease', at: toInstant(clock.now()), machine: machine.id, state, ...more });

  /** An answer, or why there is none. */
  const ask = async <T extends { readonly kind: string }>(
    machine: Machine,
    asking: Asking,
    act: () => Promise<T | Unanswered>,
  ): Promise<T | Refused> => {
    const at = { run, step: machine.step };
    for (let tries = 1; ; tries += 1) {
      const answer = (await inLane(at, asking, () => heard(at, asking, act() as Promise<T | Throttled>))) as
        T | Unanswered;
      if (isAnswer(answer)) return answer;
      if (answer.kind === 'throttled') {
        if (tries < mostTries) continue;
        return {
          kind: 'refused',
          problem: {
            code: 'azure-throttled',
            severity: 'medium',
            subject: machine.id,
            summary: `Azure turns such requests away (${answer.bucket})`,
          },
        };
      }
      if (tries >= mostTries) return { kind: 'refused', problem: answer.problem };
      await sleep(at, Math.max(answer.retryAfterMs ?? 0, backoffMs(tries)), answer.problem.summary);
    }
  };
  const look = (machine: Machine) => ask(machine, 'lease-read', () => store.read(machine.id, run.stop));
  const write = (machine: Machine, lease: Lease) =>
    ask(machine, 'lease-write', () => store.write(machine.id, leaseText(lease), run.stop));

  const without = (machine: Machine, problem: Problem): Hold => {
    if (terms.need === 'require')
      return {
        kind: 'denied',
        denied: { held: false, why: `its lease could not be taken: ${sentence(problem)}. Nothing was written.` },
      };
    tell(machine, 'without', { why: sentence(problem), problem });
    return { kind: 'without' };
  };
  const held = (machine: Machine, lease: Lease): Hold => {
    tell(machine, 'taken', { until: lease.until });
    return { kind: 'held', lease };
  };

  const acquire = async (machine: Machine): Promise<Hold> => {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const askedAt = clock.now();
      const seen = await look(machine);
      if (seen.kind === 'refused') return without(machine, seen.problem);
      const standing = standingOf(seen.text, me, clock.now());
      if (standing.kind === 'held')
        return { kind: 'denied', denied: { held: true, why: heldBy(machine, standing.lease) } };
      const lease = leaseFor(me, terms.host, clock.now(), standing.kind === 'ours' ? standing.lease.since : undefined);
      const written = await write(machine, lease);
      if (written.kind === 'refused') return without(machine, written.problem);
      // What was ours all along kept others away all along.
      if (standing.kind === 'ours') return held(machine, lease);
      const prompt = clock.now() - askedAt <= promptMs;
      if (!prompt) await ask(machine, 'lease-write', () => store.remove(machine.id, leaseText(lease), run.stop));
      await sleep(
        { run, step: machine.step },
        settleMs,
        `making sure that no other run marked ${nameOf(machine.id)} at the same time`,
      );
      if (!prompt) continue;
      const after = await look(machine);
      if (after.kind === 'refused') return without(machine, after.problem);
      const now = standingOf(after.text, me, clock.now());
      if (now.kind === 'ours') return held(machine, lease);
      if (now.kind === 'held') return { kind: 'denied', denied: { held: true, why: heldBy(machine, now.lease) } };
    }
    return without(machine, {
      code: 'lease',
      severity: 'medium',
      subject: machine.id,
      summary: `the mark on ${nameOf(machine.id)} did not last, or took too long`,
    });
  };

  /** Taken away, or not to be had: whoever writes next takes it anew, and hears who holds it now. */
  const lose = (machine: Machine, why?: string): void => {
    machine.hold = undefined;
    tell(machine, 'lost', why === undefined ? {} : { why });
  };
  const renew = async (machine: Machine, { lease: { since } }: Held): Promise<void> => {
    const seen = await look(machine);
    if (seen.kind === 'refused') return lose(machine, sentence(seen.problem));
    const standing = standingOf(seen.text, me, clock.now());
    if (standing.kind !== 'ours')
      return lose(machine, standing.kind === 'held' ? heldBy(machine, standing.lease) : undefined);
    const lease = leaseFor(me, terms.host, clock.now(), since);
    const written = await write(machine, lease);
    if (written.kind === 'refused') return lose(machine, sentence(written.problem));
    machine.hold = { kind: 'held', lease };
  };
  const takeOnce = async (machine: Machine): Promise<void> => {
    machine.hold = await acquire(machine);
    if (machine.hold.kind === 'held') void keepUp(machine);
  };
  /** Until the machine is given back: a step may wait for hours. */
  const keepUp = async (machine: Machine): Promise<void> => {
    const stop = AbortSignal.any([ended.signal, run.stop]);
    try {
      for (let { hold } = machine; hold?.kind === 'held'; { hold } = machine) {
        await clock.sleep(Math.max(0, (instantMs(hold.lease.until) ?? 0) - clock.now() - renewLeftMs), stop);
        if (machine.hold !== hold) return;
        machine.renewing = renew(machine, hold);
        await machine.renewing;
      }
    } catch {
      // Stopped; or what broke it breaks the next write too, which is where it is told.
      if (!stop.aborted) machine.hold = undefined;
    } finally {
      machine.renewing = undefined;
    }
  };

  const giveBack = async (machine: Machine): Promise<void> => {
    // What broke a renewal was noted by the loop that renews (`hold` went with it); here it is only waited for.
    await machine.renewing?.catch(() => {});
    const { hold } = machine;
    machine.hold = undefined;
    if (hold !== undefined && hold.kind !== 'held') return;
    let text = hold && leaseText(hold.lease);
    if (text === undefined) {
      // Nothing to do for it this time: what a run that was killed left behind goes all the same.
      if (!resumed || run.stop.aborted) return;
      const seen = await look(machine);
      if (seen.kind === 'refused' || seen.text?.startsWith(`${me} `) !== true) return;
      text = seen.text;
    }
    const said = text;
    const gone = run.stop.aborted
      ? await store.remove(machine.id, said, neverAborted)
      : await ask(machine, 'lease-write', () => store.remove(machine.id, said, run.stop));
    if (gone.kind === 'written') tell(machine, 'given-back');
    else
      tell(machine, 'kept', {
        until: hold?.lease.until ?? '',
        why: gone.kind === 'throttled' ? gone.bucket : sentence(gone.problem),
      });
  };

  const machineOf = (step: Step): Machine | undefined =>
    isLeased(step.kind) && step.runs === 'on-success' ? machines.get(keyOf(step.subject)) : undefined;

  return {
    covers: (step) => {
      const machine = machineOf(step);
      if (machine === undefined || machine.hold?.kind === 'without') return true;
      return machine.hold?.kind === 'held' && (instantMs(machine.hold.lease.until) ?? 0) - clock.now() > marginMs;
    },
    async take(step) {
      const machine = machineOf(step);
      if (machine === undefined) return undefined;
      if (machine.hold?.kind !== 'denied') {
        machine.taking ??= takeOnce(machine).finally(() => {
          machine.taking = undefined;
        });
        await machine.taking;
      }
      return machine.hold?.kind === 'denied' ? machine.hold.denied : undefined;
    },
    async settled(id) {
      for (const machine of machines.values())
        if (machine.left.delete(id) && machine.left.size === 0) await giveBack(machine);
    },
    async end(how) {
      ended.abort(new Error('apply has ended'));
      if (how === 'keep') {
        for (const machine of machines.values())
          if (machine.hold?.kind === 'held') tell(machine, 'kept', { until: machine.hold.lease.until });
        return;
      }
      await Promise.all([...machines.values()].filter(({ left }) => left.size > 0).map(giveBack));
    },
  };
};

const neverAborted = new AbortController().signal;

const isAnswer = <T extends { readonly kind: string }>(answer: T | Unanswered): answer is T | Refused =>
  answer.kind !== 'throttled' && answer.kind !== 'uncertain';

const heldBy = ({ id }: Machine, lease: Lease): string => heldText(nameOf(id), lease);

/** With the steps after which each is no longer needed: its leased ones, and what takes them back. */
const machinesIn = ({ steps }: Plan): ReadonlyMap<string, Machine> => {
  const machines = new Map<string, Machine>();
  for (const step of steps) {
    if (
      !isLeased(step.kind) ||
      step.runs !== 'on-success' ||
      parseId(step.subject)?.type?.toLowerCase() !== 'microsoft.compute/virtualmachines'
    )
      continue;
    const key = keyOf(step.subject);
    if (!machines.has(key)) machines.set(key, { id: step.subject, step, left: new Set() });
  }
  for (const { id, kind, runs, subject } of steps)
    if (isLeased(kind) || runs === 'always') machines.get(keyOf(subject))?.left.add(id);
  return machines;
};
