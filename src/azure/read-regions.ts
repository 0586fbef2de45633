/** The regions that a subscription is offered. https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations */
import { known, unknown, type Fact } from '../core/fact.ts';
import type { OfferedRegion, OfferedRegions, RegionQuestion } from '../core/regions.ts';
import { gapAfter, type Inquiry } from './inquiry.ts';
import { apiVersions } from './kinds.ts';
import { listAt, textAt } from './raw.ts';

export const regionsAction = 'Microsoft.Resources/subscriptions/locations/read';

/** Each subscription is asked once, whatever the number of regions. */
export const readRegions = async (inquiry: Inquiry, questions: readonly RegionQuestion[]): Promise<OfferedRegions> => {
  const subscriptions = [...new Set(questions.map(({ subscriptionId }) => subscriptionId))];
  return new Map(await Promise.all(subscriptions.map(async (id) => [id, await offeredTo(inquiry, id)] as const)));
};

const offeredTo = async (inquiry: Inquiry, subscriptionId: string): Promise<Fact<readonly OfferedRegion[]>> => {
  const scope = `/subscriptions/${subscriptionId}`;
  const answer = await inquiry.one({
    provider: 'subscriptions',
    method: 'GET',
    path: `${scope}/locations`,
    apiVersion: apiVersions.subscriptions,
  });
  if (!answer.ok) {
    const missed = gapAfter(answer.failure, scope, regionsAction);
    return unknown(missed?.reason ?? 'not-answered', missed?.detail ?? answer.failure.problem.summary, {
      action: regionsAction,
      scope,
    });
  }
  const regions = listAt(answer.response.body, 'value').flatMap((row) => {
    const name = textAt(row, 'name');
    // Nothing can be made in `europe` or `global`: they stand for many regions.
    if (name === undefined || textAt(row, 'metadata', 'regionType')?.toLowerCase() === 'logical') return [];
    return [{ name, displayName: textAt(row, 'displayName') ?? name }];
  });
  return regions.length > 0 ? known(regions) : unknown('unintelligible', 'Azure named no region', { scope });
};
