/** Points that an operator asks for by name, whatever the guidance thinks: of each machine a snapshot set or a restore point. */
import { assessEstate, verdictNow, verdictOf, type Assessment } from './assessment.ts';
import { blocking } from './findings/required.ts';
import type { Guidance, PlanDefaults } from './guidance.ts';
import type { ResourceKey } from './ids.ts';
import { collect, contextFor, type DraftInput, type Drafts, type PlanDraft } from './planning.ts';
import { refusalReason, type Drafted, type Need } from './planners/draft.ts';
import { makePlanners, type Planners } from './planners/index.ts';
import { sources } from './sources.ts';

const pointOptions = ['disk-snapshot', 'restore-point'] as const;
export type PointOption = (typeof pointOptions)[number];

export interface PointRequest {
  readonly machines: ReadonlySet<ResourceKey>;
  /** `auto`: what the guidance would have, of the two; failing that what fits the machine. */
  readonly option: PointOption | 'auto';
  /** In the place of what the guidance says of snapshots. */
  readonly settings: Partial<PlanDefaults['snapshot']>;
}

export const draftPoints =
  (request: PointRequest): PlanDraft =>
  (input) =>
    draftAll(request, { ...input, guidance: withSettings(input.guidance, request.settings) });

const withSettings = (guidance: Guidance, settings: PointRequest['settings']): Guidance => ({
  ...guidance,
  plan: { ...guidance.plan, snapshot: { ...guidance.plan.snapshot, ...settings } },
});

const draftAll = ({ machines, option }: PointRequest, input: DraftInput): Drafts => {
  const asked = assessEstate(input.estate, input.guidance, input.asOf).filter(({ machine }) =>
    machines.has(machine.key),
  );
  const planners = makePlanners(
    contextFor(
      input,
      asked.map(({ machine }) => machine.key),
    ),
  );
  return collect(
    asked.map((assessment) => {
      const need: Need = { assessment, option: option === 'auto' ? choosePoint(assessment) : option, asked: true };
      return { need, drafted: draftPoint(need, planners, input.guidance) };
    }),
  );
};

/** Nothing fits: a restore point, whose planner knows what else could be done. */
export const choosePoint = (assessment: Assessment): PointOption => {
  const wanted = assessment.results
    .flatMap(({ requirement }) => requirement.anyOf)
    .filter((each) => each === 'disk-snapshot' || each === 'restore-point');
  const inOrder = [...new Set<PointOption>([...wanted, ...pointOptions])];
  const judged = (...verdicts: readonly string[]) =>
    inOrder.find((each) => verdicts.includes(verdictNow(assessment, each)));
  return judged('suitable') ?? judged('unknown') ?? 'restore-point';
};

export const draftPoint = (need: Need, planners: Planners, guidance: Guidance): Drafted => {
  const { assessment, option } = need;
  const draft = option === 'disk-snapshot' ? planners['disk-snapshot'] : planners['restore-point'];
  if (!isRuledOut(need, guidance)) return draft(need);
  const reasons = blocking(assessment, option);
  return planners.lastResort(
    need,
    reasons.length > 0 ? reasons : [refusalReason('unfit', `It does not fit ${assessment.machine.name}.`, sources.BDR)],
  );
};

/**
 * What a running machine's snapshots lack does not count against them while it is off, nor where weaker ones are accepted; the
 * planner of snapshots still refuses what may be striped and runs.
 */
const isRuledOut = ({ assessment, option }: Need, { plan }: Guidance): boolean => {
  const verdict = verdictOf(assessment, option);
  if (verdict === 'impossible') return true;
  if (verdict !== 'unsuitable') return false;
  if (option !== 'disk-snapshot') return true;
  const { power } = assessment.machine;
  const off = power.known && power.value === 'deallocated';
  return !off && plan.snapshot.severalDisks !== 'independent';
};
