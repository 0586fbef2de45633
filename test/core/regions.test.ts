import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../src/core/fact.ts';
import type { Step } from '../../src/core/plan.ts';
import { regionProblems, regionQuestions, untoldRegions } from '../../src/core/regions.ts';
import { aMachine, anEstate, subscriptionId } from './estate-builder.ts';

const id = `/subscriptions/${subscriptionId.toUpperCase()}/resourceGroups/rg/providers/Microsoft.Compute/snapshots/s`;
const step = (input: object): Step => ({ id: 's', kind: 'snapshot.create', resourceId: id, input }) as unknown as Step;
const estate = anEstate({ machines: [aMachine({ location: 'westeurope' })] });
const offered = new Map([
  [
    subscriptionId,
    known([
      { name: 'northeurope', displayName: 'North Europe' },
      { name: 'norwayeast', displayName: 'Norway East' },
    ]),
  ],
]);
const about = (region: string) => [{ subscriptionId, region }];

describe('the regions a plan asks about', () => {
  it('are those it would write to, by whatever name, where nothing stands; each once', () => {
    const steps = [
      step({ location: 'westeurope' }),
      step({ location: 'West Europe' }),
      step({ location: 'northeurope' }),
      step({ targetLocation: 'North Europe' }),
      step({ location: 'westeurope', targetRegions: ['westeurope', 'eastus'] }),
      step({}),
    ];
    expect(regionQuestions(steps, estate)).toEqual([...about('northeurope'), ...about('eastus')]);
  });
});

describe('a region that is not offered', () => {
  it('is told with what is spelled like it, nearest first', () => {
    expect(regionProblems(about('nortwayeast'), offered)).toEqual([
      expect.objectContaining({
        code: 'unknown-region',
        subject: 'nortwayeast',
        remedy: expect.stringContaining('did you mean norwayeast (Norway East)?') as string,
      }),
    ]);
    expect(regionProblems(about('atlantis'), offered)[0]?.remedy).not.toContain('did you mean');
  });

  it('is no problem where it is offered, or where the answer is not known', () => {
    expect(regionProblems(about('northeurope'), offered)).toEqual([]);
    expect(regionProblems(about('atlantis'), new Map())).toEqual([]);
    expect(regionProblems(about('atlantis'), new Map([[subscriptionId, unknown('not-answered', 'a fault')]]))).toEqual(
      [],
    );
  });

  it('is said not to have been checked where Azure did not answer; a missing right is told by itself', () => {
    const answer = (reason: 'not-answered' | 'no-permission') =>
      new Map([[subscriptionId, unknown(reason, 'a fault')]]);
    expect(untoldRegions(about('northeurope'), answer('not-answered'))).toMatchObject([
      { code: 'region-not-checked', detail: 'a fault' },
    ]);
    expect(untoldRegions(about('northeurope'), answer('no-permission'))).toEqual([]);
    expect(untoldRegions(about('northeurope'), offered)).toEqual([]);
  });
});
