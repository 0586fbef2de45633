/** The points that are due, taken: those that Azure makes now, then those that it makes in a while. */
import { answerPreflight } from '../../azure/preflight.ts';
import type { Estate } from '../../core/estate.ts';
import { dueOf, selectedBy, type MachineDue } from '../../core/job/due.ts';
import { assessEstate, unknownText } from '../../core/assessment.ts';
import { keyOf, type ResourceId, type ResourceKey } from '../../core/ids.ts';
import { draftTake, type TakeDrafts } from '../../core/job/take.ts';
import { counted } from '../../core/duration.ts';
import type { Refusal, Step, StepOutcome } from '../../core/plan.ts';
import type { PreflightFacts } from '../../core/preflight.ts';
import { noReplicationQuestions } from '../../core/replication.ts';
import { instantMs, toInstant } from '../../core/time.ts';
import { carryOut, draftInputOf, readScope, type Session } from './session.ts';

export interface TakenPoints {
  /** As of the reading that was planned by. */
  readonly standing: Standing;
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  readonly notes: ReadonlyMap<ResourceKey, string>;
}

export interface Standing {
  readonly estate: Estate;
  readonly due: readonly MachineDue[];
}

export const standingIn = ({ job, guidance, window, connection }: Session, estate: Estate): Standing => {
  const selected = selectedBy(job, assessEstate(estate, guidance, estate.asOf));
  return { estate, due: dueOf(job, window, selected, estate, connection.clock.now()) };
};

interface Hidden {
  /** Snapshots that are there, and that no list shows yet. */
  readonly there: readonly ResourceId[];
  /** Machines of whose snapshots nobody can say whether they are there, with why. */
  readonly unsure: ReadonlyMap<ResourceKey, string>;
}

/**
 * Resource Graph lags writes, so a set that an earlier run left broken may not show yet, and would be topped up at another moment
 * under the names of its first attempt. Where a set of several is to be made, Azure is asked for those names first.
 */
const hiddenSets = async (session: Session, { steps }: TakeDrafts): Promise<Hidden> => {
  const sets = Map.groupBy(
    steps.filter(({ kind }) => kind === 'snapshot.create'),
    ({ subject }) => keyOf(subject),
  );
  const asked = [...sets.values()].filter((set) => set.length > 1).flat();
  if (asked.length === 0) return { there: [], unsure: new Map() };
  const answers = await whichExist(
    session,
    asked.map(({ resourceId }) => resourceId),
  );
  const there: ResourceId[] = [];
  const unsure = new Map<ResourceKey, string>();
  for (const { resourceId, subject } of asked) {
    const answer = answers.get(keyOf(resourceId));
    if (answer?.known === false) unsure.set(keyOf(subject), unknownText(answer));
    else if (answer?.value === true) there.push(resourceId);
  }
  return { there, unsure };
};

const whichExist = async (
  { connection, terms, context }: Session,
  taken: readonly ResourceId[],
): Promise<PreflightFacts['taken']> => {
  const answers = await answerPreflight(
    { owners: [], permissions: [], taken, replication: noReplicationQuestions },
    {
      transport: connection.transport,
      clock: connection.clock,
      concurrency: terms.concurrency,
      signal: context.signal,
    },
  );
  return answers.taken;
};

export const takePoints = async (session: Session, seen: Standing): Promise<TakenPoints> => {
  const { connection, context } = session;
  const [standing, first] = await withHidden(session, seen);
  const soon = comingUp(session, first.opens);
  const now = soon.size === 0 ? first : draft(session, without(standing, soon));
  const done = await carryOut(session, 'take', () => now, standing.estate);
  const taken = { ...now, standing, outcomes: done.end.outcomes };
  if (soon.size === 0 || context.signal.aborted) return taken;
  const openMs = Math.max(...soon.values());
  const waitMs = openMs - connection.clock.now();
  if (waitMs > 0) {
    const of = counted(soon.size, 'machine', 'machines');
    context.err(`Waiting ${Math.ceil(waitMs / 1000)} s: Azure makes no point of ${of} before ${toInstant(openMs)}\n`);
    await connection.clock.sleep(waitMs, context.signal);
  }
  const later = draft(session, only(standing, soon), toInstant(Math.max(openMs, connection.clock.now())));
  const rest = await carryOut(session, 'take2', () => later, standing.estate);
  return {
    standing,
    steps: [...taken.steps, ...later.steps],
    refusals: [...taken.refusals, ...later.refusals],
    outcomes: new Map([...taken.outcomes, ...rest.end.outcomes]),
    notes: new Map([...taken.notes, ...later.notes]),
  };
};

const withHidden = async (session: Session, seen: Standing): Promise<readonly [Standing, TakeDrafts]> => {
  const drafted = draft(session, seen);
  const { there, unsure } = await hiddenSets(session, drafted);
  if (there.length + unsure.size === 0) return [seen, drafted];
  const fresh = there.map((id) => ({ kind: 'snapshots' as const, id }));
  const shown = there.length === 0 ? seen : standingIn(session, await readScope(session, fresh));
  const standing = withUnsure(shown, unsure);
  return [standing, draft(session, standing)];
};

const withUnsure = (standing: Standing, unsure: Hidden['unsure']): Standing => ({
  ...standing,
  due: standing.due.map((each) => {
    const { key, name } = each.assessment.machine;
    const why = unsure.get(key);
    if (why === undefined) return each;
    return {
      ...each,
      standing: { kind: 'unknown', reason: `whether ${name} has its point already cannot be told: ${why}` },
    };
  }),
});

/** Runs follow each other as closely as Azure lets points be made, so some have to wait a little; no longer than makes them late. */
const comingUp = (
  { window, connection }: Session,
  opens: ReadonlyMap<ResourceKey, number>,
): ReadonlyMap<ResourceKey, number> => {
  const latest = Math.min(connection.clock.now() + window.toleranceMs, (instantMs(window.end) ?? Infinity) - 1);
  return new Map([...opens].filter(([, at]) => at <= latest));
};

const without = (standing: Standing, keys: ReadonlyMap<ResourceKey, number>): Standing => ({
  ...standing,
  due: standing.due.filter(({ assessment }) => !keys.has(assessment.machine.key)),
});

const only = (standing: Standing, keys: ReadonlyMap<ResourceKey, number>): Standing => ({
  ...standing,
  due: standing.due.filter(({ assessment }) => keys.has(assessment.machine.key)),
});

const draft = (session: Session, { estate, due }: Standing, asOf = estate.asOf): TakeDrafts =>
  draftTake({ job: session.job, due: session.window.due, runId: session.runId, machines: due })({
    ...draftInputOf(session, estate),
    asOf,
  });
