/** What `replicate` asks for: Site Recovery for the machines named, whatever the guidance thinks that they need. */
import { assessEstate, isUsable, unknownText, type Assessment } from './assessment.ts';
import { blocking } from './findings/required.ts';
import type { Guidance } from './guidance.ts';
import type { ResourceId, ResourceKey } from './ids.ts';
import type { Reason } from './option.ts';
import { siteRecovery } from './options/site-recovery.ts';
import { collect, contextFor, type DraftedNeed, type DraftInput, type PlanDraft } from './planning.ts';
import { refusalReason, type Drafted } from './planners/draft.ts';
import { makePlanners } from './planners/index.ts';
import { routeOf } from './planners/site-recovery.ts';
import { sources } from './sources.ts';

export interface ReplicateWishes {
  /** Region, as Azure writes it. */
  readonly to?: string;
  readonly networkId?: ResourceId;
  readonly makeNetwork?: boolean;
  readonly groupByApplication?: boolean;
}

/** The plan carries the guidance that it was made by, so what the flags say becomes part of it. */
export const withReplication = (
  guidance: Guidance,
  { to, networkId, makeNetwork, groupByApplication }: ReplicateWishes,
): Guidance => {
  const { siteRecovery: defaults } = guidance.plan;
  if (defaults === undefined) return guidance;
  return {
    ...guidance,
    plan: {
      ...guidance.plan,
      siteRecovery: {
        ...defaults,
        ...(to === undefined ? {} : { targetRegions: { '*': { value: to, source: sources.A2A } } }),
        ...(networkId === undefined ? {} : { networks: { '*': networkId } }),
        ...(makeNetwork === true ? { network: 'make' as const } : {}),
        ...(groupByApplication === true ? { groupByApplication } : {}),
      },
    },
  };
};

export const draftReplicate =
  (machines: ReadonlySet<ResourceKey>): PlanDraft =>
  (input) => {
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
      asked.flatMap((assessment): readonly DraftedNeed[] => {
        const need = { assessment, option: 'site-recovery' as const };
        const before = standing(assessment, input);
        if (before === 'there') return [];
        const blind = before === undefined ? unseen(assessment, input) : undefined;
        const drafted = before ?? planners['site-recovery'](need);
        if (blind === undefined) return [{ need, drafted }];
        // Azure's check answers only for what could be planned: what is in the way besides is told first.
        return [
          {
            need,
            drafted: { kind: 'refused', reasons: [...(drafted.kind === 'refused' ? drafted.reasons : []), blind] },
          },
        ];
      }),
    );
  };

/** What is there already, in order or on its way, is nothing to do; what does not fit is refused. */
const standing = (assessment: Assessment, { estate, guidance }: DraftInput): Drafted | 'there' | undefined => {
  const { machine } = assessment;
  const [present] = siteRecovery.present(machine, estate);
  if (present !== undefined && (present.healthy || present.pending)) {
    const route = routeOf(machine, { guidance });
    if (!('target' in route) || route.target === present.recoveryRegion) return 'there';
    const text =
      `${machine.name} is replicated to ${present.recoveryRegion ?? 'an untold region'} already, and a machine is ` +
      `replicated to one region: end that replication first (\`holdfast replicate --disable\`).`;
    return { kind: 'refused', reasons: [refusalReason('replicated-elsewhere', text, sources.A2APS)] };
  }
  if (!isUsable(assessment, 'site-recovery'))
    return {
      kind: 'refused',
      reasons: blocking(assessment, 'site-recovery'),
    };
  return undefined;
};

/** Where another replication may be out of sight. Azure keeps it with the machine, and its own check looks there whatever vault it is in. */
const unseen = ({ machine }: Assessment, { estate, preflight }: DraftInput): Reason | undefined => {
  const [present] = siteRecovery.present(machine, estate);
  const blind = present === undefined ? siteRecovery.blindSpot(machine, estate) : undefined;
  if (blind === undefined || preflight.replication.eligibility.get(machine.key)?.known === true) return undefined;
  const text =
    `Whether ${machine.name} is replicated cannot be told: ${unknownText(blind)}. A second replication is not set ` +
    'up on a guess.';
  return refusalReason('presence-unknown', text, sources.A2APS);
};
