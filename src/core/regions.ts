/** Whether Azure offers a subscription the regions that a plan would write to: a slip in a name is told before anything is made. */
import { distance } from './file-issue.ts';
import type { Estate } from './estate.ts';
import type { Fact } from './fact.ts';
import { subscriptionOf } from './ids.ts';
import type { Step } from './plan.ts';
import type { Problem } from './problem.ts';

export interface OfferedRegion {
  /** `northeurope`. */
  readonly name: string;
  /** `North Europe`. */
  readonly displayName: string;
}

export interface RegionQuestion {
  /** Lower-cased, as the key of the answer. */
  readonly subscriptionId: string;
  /** As the step writes it. */
  readonly region: string;
}

/** By subscription, lower-cased. */
export type OfferedRegions = ReadonlyMap<string, Fact<readonly OfferedRegion[]>>;

export const regionName = (text: string): string => text.replaceAll(' ', '').toLowerCase();

/** Regions in which nothing stands that was read: where something does, the region is there. */
export const regionQuestions = (steps: readonly Step[], { machines, vaults }: Estate): readonly RegionQuestion[] => {
  const stands = new Set(
    [...machines.items, ...vaults.items].map(({ id, location }) => `${subscriptionOf(id)} ${regionName(location)}`),
  );
  const questions = steps.flatMap((step) =>
    regionsIn(step).map((region) => ({ subscriptionId: subscriptionOf(step.resourceId), region: regionName(region) })),
  );
  const unknown = questions.filter(({ subscriptionId, region }) => !stands.has(`${subscriptionId} ${region}`));
  return [...new Map(unknown.map((one) => [`${one.subscriptionId} ${one.region}`, one])).values()];
};

/** Whatever a kind of write calls it. */
const regionsIn = ({ input }: Step): readonly string[] => {
  const { location, targetLocation, targetRegions } = input as Readonly<Record<string, unknown>>;
  return [location, targetLocation, ...(Array.isArray(targetRegions) ? (targetRegions as unknown[]) : [])].filter(
    (one): one is string => typeof one === 'string',
  );
};

/** Regions that are not offered. An unknown answer is none: Azure refuses what it does not have when it is written. */
export const regionProblems = (questions: readonly RegionQuestion[], offered: OfferedRegions): readonly Problem[] => {
  const wrong = questions.flatMap((question) => {
    const answer = offered.get(question.subscriptionId);
    if (answer === undefined || !answer.known) return [];
    return answer.value.some(({ name }) => regionName(name) === question.region)
      ? []
      : [{ question, of: answer.value }];
  });
  return [...new Map(wrong.map((one) => [one.question.region, one])).values()].map(
    ({ question: { region, subscriptionId }, of }) => ({
      code: 'unknown-region',
      severity: 'high',
      subject: region,
      summary: `"${region}" is no region that Azure offers to subscription ${subscriptionId}`,
      remedy: suggestion(region, of),
    }),
  );
};

/** Questions that Azure did not answer, for another reason than a missing right, which is told by itself. */
export const untoldRegions = (questions: readonly RegionQuestion[], offered: OfferedRegions): readonly Problem[] =>
  questions.flatMap(({ subscriptionId, region }) => {
    const answer = offered.get(subscriptionId);
    if (answer === undefined || answer.known || answer.reason === 'no-permission') return [];
    return [
      {
        code: 'region-not-checked',
        severity: 'low' as const,
        subject: region,
        summary: `whether Azure offers "${region}" to subscription ${subscriptionId} could not be told`,
        detail: answer.detail,
      },
    ];
  });

const suggestion = (region: string, offered: readonly OfferedRegion[]): string => {
  const near = offered
    .map(({ name, displayName }) => ({ name, displayName, apart: distance(regionName(name), region) }))
    .filter(({ apart }) => apart <= 3)
    .toSorted((a, b) => a.apart - b.apart)
    .slice(0, 3)
    .map(({ name, displayName }) => `${name} (${displayName})`);
  const all = 'az account list-locations --query [].name';
  return near.length === 0 ? `${all} lists those there are` : `did you mean ${near.join(' or ')}? ${all} lists all`;
};
