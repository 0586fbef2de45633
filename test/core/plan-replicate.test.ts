/** What `replicate` and `replicate --disable` ask for: what is there already, what cannot be told, what must be put right first. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Estate, Lock, ReplicatedItem } from '../../src/core/estate.ts';
import { gap, known } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { limitProblems } from '../../src/core/plan-limits.ts';
import { draftReplicate, withReplication } from '../../src/core/plan-replicate.ts';
import { draftReplicationEnd } from '../../src/core/planners/replication/disable.ts';
import { planBy, type PlanDraft } from '../../src/core/planning.ts';
import { noPreflight, type PreflightFacts } from '../../src/core/preflight.ts';
import { noReplicationFacts } from '../../src/core/replication.ts';
import { aLock, aMachine, anEstate, aReplicatedItem, asOf, machineId, subscriptionId } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const machine = aMachine();
const keys = new Set([machine.key]);
const itemId = aReplicatedItem().id;

const planOf = (draft: PlanDraft, estate: Estate, to = 'northeurope', preflight: PreflightFacts = noPreflight) => {
  const guidance = withReplication(shippedGuidance, { to });
  return planBy(draft, {
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight,
    limits: { maxDeletes: { count: 0 } },
    madeBy: 'holdfast 0.0.0',
  });
};
const with_ = (item: Partial<ReplicatedItem>, more: Parameters<typeof anEstate>[0] = {}): Estate =>
  anEstate({ machines: [machine], replicatedItems: [aReplicatedItem(item)], ...more });
const codes = (plan: ReturnType<typeof planOf>) =>
  plan.refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));

describe('replicate', () => {
  it.each<[string, Partial<ReplicatedItem>]>([
    ['is replicated in order', {}],
    ['has its first copy under way', { protectionState: 'InitialReplicationInProgress' }],
  ])('has nothing to do for a machine that %s', (_name, item) => {
    const plan = planOf(draftReplicate(keys), with_(item));
    expect([plan.steps, plan.refusals]).toEqual([[], []]);
  });

  it.each<[string, Estate, string]>([
    ['is replicated to another region', with_({ recoveryRegion: 'uksouth' }), 'replicated-elsewhere'],
    ['has an item that ails', with_({ protectionState: 'EnablingFailed' }), 'replicated-already'],
    [
      'cannot be replicated at all',
      anEstate({ machines: [aMachine({ diskController: known('nvme') })] }),
      'replication-nvme',
    ],
  ])('refuses a machine that %s', (_name, estate, code) => {
    const plan = planOf(draftReplicate(keys), estate);
    expect(plan.steps).toEqual([]);
    expect(codes(plan)).toEqual([code]);
  });

  it('refuses a machine that may be replicated out of sight, and first tells what else is in the way', () => {
    const hidden: Estate = {
      ...anEstate({ machines: [machine] }),
      replicatedItems: { items: [], gaps: [gap('/subscriptions/other', 'no-permission', 'not allowed')] },
    };
    const plan = planOf(draftReplicate(keys), hidden, machine.location);
    expect(plan.steps).toEqual([]);
    expect(codes(plan)).toEqual(['same-region', 'presence-unknown']);
  });

  it('goes on where Azure’s own check has answered for what is out of sight', () => {
    const hidden: Estate = {
      ...anEstate({ machines: [machine] }),
      replicatedItems: { items: [], gaps: [gap('/subscriptions/other', 'no-permission', 'not allowed')] },
    };
    const answered = {
      ...noPreflight,
      replication: { ...noReplicationFacts, eligibility: new Map([[machine.key, known([])]]) },
    };
    // Networks were not read here: that is what is left to refuse.
    expect(codes(planOf(draftReplicate(keys), hidden, 'northeurope', answered))).toEqual(['replication-unread']);
  });

  it('makes what its flags say part of the guidance that the plan carries', () => {
    const { plan } = withReplication(shippedGuidance, {
      to: 'northeurope',
      networkId: '/n',
      makeNetwork: true,
      groupByApplication: true,
    });
    expect(plan.siteRecovery).toMatchObject({
      targetRegions: { '*': { value: 'northeurope' } },
      networks: { '*': '/n' },
      network: 'make',
      groupByApplication: true,
    });
    expect(withReplication(shippedGuidance, {})).toEqual(shippedGuidance);
  });
});

describe('replicate --disable', () => {
  it('ends nothing, and says so, where a vault in any subscription cannot be read', () => {
    const hidden: Estate = {
      ...anEstate({ machines: [machine] }),
      replicatedItems: { items: [], gaps: [gap('/subscriptions/other', 'no-permission', 'not allowed')] },
    };
    expect(codes(planOf(draftReplicationEnd(keys), hidden))).toEqual(['presence-unknown']);
  });

  it('is one destructive step that says what goes and what stays, and counts as a deletion', () => {
    const plan = planOf(draftReplicationEnd(keys), with_({}));
    expect(plan.steps).toMatchObject([
      {
        kind: 'replication.disable',
        destructive: true,
        method: 'POST',
        resourceId: itemId,
        goal: { kind: 'not-replicated' },
      },
    ]);
    // The item may be of another machine by then, and its replica disks go with it.
    expect(plan.steps[0]!.assumes).toEqual([{ kind: 'replicates-machine', machineId: machine.id, itemId }]);
    expect(plan.steps[0]!.reason).toMatch(/are deleted\. The vault, .* stay, and so does the Site Recovery extension/);
    expect(limitProblems(plan)).toHaveLength(1);
  });

  it('has nothing to do for a machine that is not replicated', () => {
    const plan = planOf(draftReplicationEnd(keys), anEstate({ machines: [machine] }));
    expect([plan.steps, plan.refusals]).toEqual([[], []]);
  });

  const lockAt = (scope: string, level: Lock['level'] = 'can-not-delete') => aLock({ scope: keyOf(scope), level });
  const replica = `/subscriptions/${subscriptionId}/resourceGroups/rg-asr/providers/Microsoft.Compute/disks/web01-os-ASRReplica`;
  it.each<[string, Estate, string]>([
    ['the machine may not be deleted from', with_({}, { locks: [lockAt(machineId())] }), 'locked'],
    [
      'the group of its replicas is locked',
      with_(
        { targetDiskKeys: [keyOf(replica)] },
        { locks: [lockAt(`/subscriptions/${subscriptionId}/resourceGroups/rg-asr`)] },
      ),
      'locked',
    ],
    [
      'the vault is read-only',
      with_({}, { locks: [lockAt(itemId.split('/replicationFabrics/')[0]!, 'read-only')] }),
      'locked',
    ],
    ['a test failover is not cleaned up', with_({ testMachineKey: '/t' }), 'test-failover-open'],
    ['it is failed over', with_({ protectionState: 'UnplannedFailoverCommitted' }), 'failed-over'],
    [
      'a vault cannot be read',
      {
        ...anEstate({ machines: [machine] }),
        replicatedItems: { items: [], gaps: [gap('/subscriptions/other', 'no-permission', 'not allowed')] },
      },
      'presence-unknown',
    ],
  ])('is refused while %s', (_name, estate, code) => {
    const plan = planOf(draftReplicationEnd(keys), estate);
    expect(plan.steps).toEqual([]);
    expect(codes(plan)).toContain(code);
  });

  it('leaves machines alone that were not named, and replication from outside Azure', () => {
    expect(planOf(draftReplicationEnd(new Set(['other'])), with_({})).steps).toEqual([]);
    expect(planOf(draftReplicationEnd(keys), with_({ provider: 'HyperVReplicaAzure' })).steps).toEqual([]);
  });
});
