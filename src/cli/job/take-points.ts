/** The points that are due, taken: those that Azure makes now, then those that it makes in a while. */
import { answerPreflight } from '../../azure/preflight.ts';
import type { Estate } from '../../core/estate.ts';
import { dueOf, selectedBy, type MachineDue } from '../../core/job/due.ts';
import { assessEstate, unknownText } from '../../core/assessment.ts';
import { keyOf, type ResourceId, type ResourceKey } from '../../core/ids.ts';
import { awaited, type Openings } from '../../core/job/opening.ts';
import { draftTake, type TakeDrafts } from '../../core/job/take.ts';
import { counted } from '../../core/duration.ts';
import type { Refusal, Step, StepOutcome } from '../../core/plan.ts';
import type { PreflightFacts } from '../../core/preflight.ts';
import { noReplicationQuestions } from '../../core/replication.ts';
import { StepIds } from '../../core/planners/draft.ts';
import { momentText, toInstant, type Instant } from '../../core/time.ts';
import type { PartName } from './run-store.ts';
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
      onWait: connection.onWait,
    },
  );
  return answers.taken;
};

export const takePoints = async (session: Session, seen: Standing): Promise<TakenPoints> => {
  const { job, window, connection } = session;
  const [standing, first] = await withHidden(session, seen);
  const soon = awaited(job, window, connection.clock.now(), first.opens);
  const groups = [...Map.groupBy(soon.keys(), (key) => soon.get(key)!)].toSorted(([a], [b]) => a - b);
  tellWaits(session, groups);
  const ids = new StepIds();
  const now = soon.size === 0 ? first : draft(session, without(standing, soon), { ids });
  // Each goes its own way: a floor, or a machine that takes long, holds up no other.
  const parts = await allOf([
    carriedOut(session, 'take', now, standing),
    ...groups.map(([openMs, keys], i) =>
      takeLater(session, `take${i + 2}`, only(standing, new Set(keys)), { first, openMs, ids }),
    ),
  ]);
  return {
    standing,
    steps: parts.flatMap(({ steps }) => steps),
    refusals: parts.flatMap(({ refusals }) => refusals),
    outcomes: new Map(parts.flatMap(({ outcomes }) => [...outcomes])),
    notes: new Map(parts.flatMap(({ notes }) => [...notes])),
  };
};

type TakenPart = Omit<TakenPoints, 'standing'>;

const carriedOut = async (
  session: Session,
  name: PartName,
  drafts: TakeDrafts,
  { estate }: Standing,
): Promise<TakenPart> => {
  const { end } = await carryOut(session, name, () => drafts, estate);
  return { ...drafts, outcomes: end.outcomes };
};

interface Later {
  /** What was drafted of all: why Azure makes no point of these now. */
  readonly first: TakeDrafts;
  readonly openMs: number;
  readonly ids: StepIds;
}

const takeLater = async (
  session: Session,
  name: PartName,
  standing: Standing,
  { first, openMs, ids }: Later,
): Promise<TakenPart> => {
  const { connection, context, terms } = session;
  const { clock } = connection;
  try {
    await clock.sleep(Math.max(0, openMs - clock.now()), context.signal);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    const keys = new Set(standing.due.map(({ assessment }) => assessment.machine.key));
    const refusals = first.refusals.filter(({ subject }) => keys.has(keyOf(subject)));
    return { steps: [], refusals, outcomes: new Map(), notes: new Map() };
  }
  const asOf = toInstant(Math.max(openMs, clock.now()));
  // A terminal has room for one bar.
  const quiet = { ...terms, context: { ...context, terminal: { ...context.terminal, live: false } } };
  return carriedOut({ ...session, terms: quiet }, name, draft(session, standing, { asOf, ids }), standing);
};

/** All have ended before one that broke is told: nothing is written any more then. */
const allOf = async <T>(parts: readonly Promise<T>[]): Promise<readonly T[]> => {
  const ends = await Promise.allSettled(parts);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
};

const tellWaits = (
  { connection, context }: Session,
  groups: readonly (readonly [number, readonly ResourceKey[]])[],
): void => {
  const last = groups.at(-1);
  if (last === undefined) return;
  const [openMs] = last;
  const seconds = Math.max(0, Math.ceil((openMs - connection.clock.now()) / 1000));
  const of = counted(groups.flatMap(([, keys]) => keys).length, 'machine', 'machines');
  const each = groups.length === 1 ? '' : `, the first of them at ${momentText(toInstant(groups[0]![0]))}`;
  context.err(`Waiting ${seconds} s: Azure makes no point of ${of} before ${toInstant(openMs)}${each}\n`);
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

const without = (standing: Standing, keys: Openings): Standing => ({
  ...standing,
  due: standing.due.filter(({ assessment }) => !keys.has(assessment.machine.key)),
});

const only = (standing: Standing, keys: ReadonlySet<ResourceKey>): Standing => ({
  ...standing,
  due: standing.due.filter(({ assessment }) => keys.has(assessment.machine.key)),
});

const draft = (
  session: Session,
  { estate, due }: Standing,
  { asOf = estate.asOf, ids }: { readonly asOf?: Instant; readonly ids?: StepIds } = {},
): TakeDrafts =>
  draftTake({
    job: session.job,
    due: session.window.due,
    runId: session.runId,
    machines: due,
    ...(ids === undefined ? {} : { ids }),
  })({ ...draftInputOf(session, estate), asOf });
