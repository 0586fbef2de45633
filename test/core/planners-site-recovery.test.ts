/** Replication planned from nothing, from what is there, and refused: names, order, reasons. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import type { Estate, Machine } from '../../src/core/estate.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { keyOf } from '../../src/core/ids.ts';
import { draftRequested } from '../../src/core/plan-requested.ts';
import { planBy, questionsOf } from '../../src/core/planning.ts';
import type { Plan, StepKind, StepOf } from '../../src/core/plan.ts';
import { noPreflight, permissionKey, type PreflightFacts } from '../../src/core/preflight.ts';
import {
  emptySetup,
  noReplicationFacts,
  type ReplicationFacts,
  type ReplicationSetup,
  type StorageAccount,
} from '../../src/core/replication.ts';
import {
  aLock,
  aMachine,
  anAttachedDisk,
  anEstate,
  aReplicatedItem,
  aResourceGroup,
  aVault,
  asOf,
  disksOf,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { guidanceWith } from './guidance-shipped.ts';

const group = (name: string): string => `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
const source = 'https://learn.microsoft.com/azure/reliability/regions-paired';
const siteRecovery = (more = '', network = 'make'): Guidance =>
  guidanceWith(
    `plan: { siteRecovery: { targetRegions: { westeurope: { value: northeurope, source: '${source}' } }, network: ${network}${more === '' ? '' : `, ${more}`} } }`,
  );

const networkId = `${group('rg-net')}/providers/Microsoft.Network/virtualNetworks/vnet-we`;
const targetNetworkId = `${group('rg-net-ne')}/providers/Microsoft.Network/virtualNetworks/vnet-ne`;
const network = {
  id: networkId,
  key: keyOf(networkId),
  name: 'vnet-we',
  location: 'westeurope',
  addressPrefixes: ['10.1.0.0/16'],
  subnets: [{ name: 'app', addressPrefixes: ['10.1.1.0/24'] }],
};
const targetNetwork = {
  ...network,
  id: targetNetworkId,
  key: keyOf(targetNetworkId),
  name: 'vnet-ne',
  location: 'northeurope',
};

const vault = aVault({
  id: `${group('rg-dr')}/providers/Microsoft.RecoveryServices/vaults/rsv-northeurope`,
  location: 'northeurope',
});
const fabric = (location: string) => ({
  id: `${vault.id}/replicationFabrics/asr-${location}`,
  key: keyOf(`${vault.id}/replicationFabrics/asr-${location}`),
  name: `asr-${location}`,
  location,
});
const container = (location: string) => {
  const id = `${fabric(location).id}/replicationProtectionContainers/c-${location}`;
  return { id, key: keyOf(id), fabricKey: fabric(location).key };
};
const policyId = `${vault.id}/replicationPolicies/24-hour-retention-policy`;
const policy = {
  id: policyId,
  key: keyOf(policyId),
  name: '24-hour-retention-policy',
  retainMinutes: 1440,
  appConsistentMinutes: 0,
  multiMachine: true,
};
const mapping = (from: string, to: string) => ({
  id: `${container(from).id}/replicationProtectionContainerMappings/m-${to}`,
  containerKey: container(from).key,
  targetContainerKey: container(to).key,
  policyKey: policy.key,
  paired: true,
});
const networkMapping = (from: string, to: string, network: string, target: string) => ({
  id: `${fabric(from).id}/replicationNetworks/azureNetwork/replicationNetworkMappings/n-${to}`,
  fabricKey: fabric(from).key,
  targetFabricKey: fabric(to).key,
  networkKey: keyOf(network),
  targetNetworkId: target,
});
const whole: ReplicationSetup = {
  fabrics: [fabric('westeurope'), fabric('northeurope')],
  containers: [container('westeurope'), container('northeurope')],
  policies: [policy],
  mappings: [mapping('westeurope', 'northeurope'), mapping('northeurope', 'westeurope')],
  networkMappings: [
    networkMapping('westeurope', 'northeurope', networkId, targetNetworkId),
    networkMapping('northeurope', 'westeurope', targetNetworkId, networkId),
  ],
};
const account = (over: Partial<StorageAccount> = {}): StorageAccount => {
  const id = `${group('replication-westeurope')}/providers/Microsoft.Storage/storageAccounts/${over.name ?? 'hfcache1'}`;
  return {
    id,
    key: keyOf(id),
    name: 'hfcache1',
    location: 'westeurope',
    tier: 'standard',
    provisioned: true,
    sharedKeyAccess: true,
    reachable: true,
    own: true,
    ...over,
  };
};

const facts = (estate: Estate, over: Partial<ReplicationFacts> = {}): PreflightFacts => ({
  ...noPreflight,
  replication: {
    ...noReplicationFacts,
    setups: new Map(estate.vaults.items.map(({ key }) => [key, known(emptySetup)])),
    networks: new Map([
      [
        subscriptionId,
        known({
          networks: [network, targetNetwork],
          interfaces: estate.machines.items.map(({ key }) => ({
            machineKey: key,
            primary: true,
            networkKey: network.key,
            subnetName: 'app',
          })),
        }),
      ],
    ]),
    accounts: new Map([[subscriptionId, known([])]]),
    eligibility: new Map(estate.machines.items.map(({ key }) => [key, known([])])),
    ...over,
  },
});

const everything = (estate: Estate) =>
  draftRequested(new Set(estate.machines.items.map(({ key }) => key)), () => 'site-recovery');

const planOf = (estate: Estate, preflight: PreflightFacts = facts(estate), guidance: Guidance = siteRecovery()): Plan =>
  planBy(everything(estate), {
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight,
    limits: {},
    madeBy: 'holdfast 0.0.0',
  });

const kindsOf = (plan: Plan): readonly StepKind[] => plan.steps.map(({ kind }) => kind);
const stepsOf = <K extends StepKind>(plan: Plan, kind: K): readonly StepOf<K>[] =>
  plan.steps.filter((step): step is StepOf<K> => step.kind === kind);
const codesOf = (plan: Plan): readonly string[] =>
  plan.refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));
const named = (name: string, over: Partial<Machine> = {}): Machine =>
  aMachine({ name, vmId: known(`id-of-${name}`), disks: disksOf(1, {}, {}, name), ...over });

describe('replication from nothing', () => {
  const estate = anEstate({ machines: [named('web01'), named('web02')] });
  const plan = planOf(estate);

  it('makes each shared piece once, in an order in which nothing waits for what comes later', () => {
    expect(plan.refusals).toEqual([]);
    expect(
      Object.fromEntries(
        Map.groupBy(kindsOf(plan), (kind) => kind)
          .entries()
          .map(([kind, list]) => [kind, list.length]),
      ),
    ).toEqual({
      'resource-group.create': 3,
      'vault.create': 1,
      'replication-fabric.create': 2,
      'replication-container.create': 2,
      'replication-policy.create': 1,
      'replication-mapping.create': 2,
      'virtual-network.create': 1,
      'network-mapping.create': 2,
      'cache-account.create': 1,
      'replication.enable': 2,
    });
    const seen = new Set<string>();
    for (const step of plan.steps) {
      for (const needed of step.dependsOn) expect(seen, `${step.id} before ${needed}`).toContain(needed);
      seen.add(step.id);
    }
  });

  it('puts vault, its group and the network in the target region, and only the cache beside the machines', () => {
    expect(stepsOf(plan, 'vault.create')[0]!.input.location).toBe('northeurope');
    expect(stepsOf(plan, 'virtual-network.create')[0]!.input).toMatchObject({
      location: 'northeurope',
      addressPrefixes: ['10.1.0.0/16'],
    });
    expect(stepsOf(plan, 'cache-account.create')[0]!.input.location).toBe('westeurope');
    expect(
      stepsOf(plan, 'resource-group.create')
        .map(({ resourceId, input }) => `${resourceId.split('/').at(-1)} ${input.location}`)
        .toSorted(),
    ).toEqual(
      [
        'replication-northeurope northeurope',
        'replication-westeurope westeurope',
        `${resourceGroup}-asr northeurope`,
      ].toSorted(),
    );
  });

  it('enables every managed disk, waits for all it stands on, and pins the machine', () => {
    const [enable] = stepsOf(plan, 'replication.enable');
    expect(enable!.input.disks.map(({ diskId }) => diskId)).toEqual(
      estate.machines.items[0]!.disks.map(({ id }) => id),
    );
    const needed = new Set(
      enable!.dependsOn.flatMap((id) => plan.steps.filter((step) => step.id === id).map(({ kind }) => kind)),
    );
    expect(needed).toEqual(
      new Set([
        'replication-mapping.create',
        'virtual-network.create',
        'network-mapping.create',
        'resource-group.create',
        'cache-account.create',
      ]),
    );
    expect(enable!.assumes.map(({ kind }) => kind)).toEqual([
      'machine-is',
      'machine-disks-are',
      'power-is',
      'replicated-nowhere',
    ]);
    expect(enable!.input.targetSubnet).toBe('app');
  });

  it('names its shared pieces alike whenever it is made, so that two plans at once make one of each', () => {
    const later = planBy(everything(estate), {
      estate,
      audit: auditEstate(estate, siteRecovery(), '2026-06-04T12:00:00Z'),
      guidance: siteRecovery(),
      asOf: '2026-06-04T12:00:00Z',
      preflight: facts(estate),
      limits: {},
      madeBy: 'x',
    });
    const tails = (of: Plan) =>
      of.steps
        .filter(({ kind }) => kind !== 'vault.create' && kind !== 'resource-group.create')
        .map(({ resourceId }) => resourceId.replace(/vaults\/[^/]+/, 'vaults/*'));
    expect(tails(later)).toEqual(tails(plan));
  });

  it('asks Azure only what it depends on: the vaults of the region, the subscription, the machines', () => {
    const inRegion = anEstate({ machines: [named('web01')], vaults: [vault, aVault()] });
    const guidance = siteRecovery();
    const asked = questionsOf(everything(inRegion), {
      estate: inRegion,
      audit: auditEstate(inRegion, guidance, asOf),
      guidance,
      asOf,
    });
    expect(asked.replication).toEqual({
      vaults: [vault.id],
      subscriptions: [subscriptionId],
      machines: [inRegion.machines.items[0]!.id],
      accounts: [],
    });
    expect(asked.permissions.map(({ action }) => action)).toContain(
      'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/write',
    );
  });
});

describe('what is there', () => {
  const estate = anEstate({
    machines: [named('web01')],
    vaults: [vault],
    resourceGroups: [aResourceGroup({ name: `${resourceGroup}-asr`, location: 'northeurope' })],
  });
  const cached = {
    accounts: new Map([[subscriptionId, known([account()])]]),
    softDelete: new Map([[account().key, known(false)]]),
  };
  const setups = (setup: ReplicationSetup) => new Map([[vault.key, known(setup)]]);

  it('is used: nothing but the machine itself is written', () => {
    const plan = planOf(estate, facts(estate, { ...cached, setups: setups(whole) }), siteRecovery('networks: {}'));
    expect(kindsOf(plan)).toEqual(['replication.enable']);
    expect(stepsOf(plan, 'replication.enable')[0]!.input).toMatchObject({
      policyId,
      targetContainerId: container('northeurope').id,
      targetNetworkId,
      disks: [{ cacheAccountId: account().id }, {}],
    });
  });

  it.each<[string, Partial<ReplicationSetup>, readonly StepKind[]]>([
    ['a way back', { mappings: [mapping('westeurope', 'northeurope')] }, ['replication-mapping.create']],
    [
      'a policy that keeps points as long',
      { policies: [{ ...policy, retainMinutes: 1439 }] },
      ['replication-policy.create', 'replication-mapping.create', 'replication-mapping.create'],
    ],
    ['a network mapping back', { networkMappings: [whole.networkMappings[0]!] }, ['network-mapping.create']],
    [
      'the target region’s fabric',
      { fabrics: [fabric('westeurope')], containers: [container('westeurope')], mappings: [], networkMappings: [] },
      [
        'replication-fabric.create',
        'replication-container.create',
        'replication-mapping.create',
        'replication-mapping.create',
        'network-mapping.create',
        'network-mapping.create',
      ],
    ],
  ])('is completed where it lacks %s', (_name, lacking, wanted) => {
    const plan = planOf(
      estate,
      facts(estate, { ...cached, setups: setups({ ...whole, ...lacking }) }),
      siteRecovery(`networks: { '*': ${targetNetworkId} }`),
    );
    expect(kindsOf(plan)).toEqual([...wanted, 'replication.enable']);
  });

  it.each<[string, Partial<StorageAccount>, boolean]>([
    ['that keeps deleted blobs', {}, true],
    ['that refuses keys', { sharedKeyAccess: false }, false],
    ['in another region', { location: 'northeurope' }, false],
    ['behind a firewall that leaves Azure out', { reachable: false }, false],
    ['that is somebody’s data account', { own: false }, false],
    ['of another kind', { tier: 'other' }, false],
  ])('is no storage account %s', (_name, over, keepsDeleted) => {
    const odd = {
      accounts: new Map([[subscriptionId, known([account(over)])]]),
      softDelete: new Map([[account().key, known(keepsDeleted)]]),
    };
    expect(kindsOf(planOf(estate, facts(estate, { ...odd, setups: setups(whole) })))).toContain('cache-account.create');
  });

  it('is a data account too, once replication uses it; and not when it is full', () => {
    const other = account({ own: false });
    const used = (disks: number) =>
      anEstate({
        machines: [named('web01')],
        vaults: [vault],
        replicatedItems: [
          aReplicatedItem({
            machineKey: 'elsewhere',
            cacheAccountKeys: [other.key],
            protectedDiskKeys: Array.from({ length: disks }, (_, i) => `d${i}`),
          }),
        ],
      });
    const at = (disks: number) =>
      kindsOf(
        planOf(
          used(disks),
          facts(used(disks), {
            accounts: new Map([[subscriptionId, known([other])]]),
            softDelete: cached.softDelete,
            setups: setups(whole),
          }),
        ),
      );
    expect(at(373)).not.toContain('cache-account.create');
    expect(at(374)).toContain('cache-account.create');
  });

  it.each<[string, Partial<ReplicationFacts>, string]>([
    [
      'what the vault replicates',
      { setups: new Map([[vault.key, unknown('no-permission', 'not allowed')]]) },
      'replication-unread',
    ],
    [
      'the networks',
      { networks: new Map([[subscriptionId, unknown('no-permission', 'not allowed')]]) },
      'replication-unread',
    ],
    ['the storage accounts', { accounts: new Map() }, 'replication-unread'],
    ['whether the account keeps deleted blobs', { softDelete: new Map() }, 'replication-unread'],
  ])('is no second one made of while %s cannot be read', (_name, over, code) => {
    const plan = planOf(estate, facts(estate, { ...cached, setups: setups(whole), ...over }));
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual([code]);
  });

  it('is no vault whose group stands in the region of the machines', () => {
    const [, name] = /resourceGroups\/([^/]+)/.exec(vault.id)!;
    const lost = anEstate({
      machines: [named('web01')],
      vaults: [vault],
      resourceGroups: [aResourceGroup({ name: name!, location: 'westeurope' })],
    });
    expect(kindsOf(planOf(lost, facts(lost, { setups: setups(whole) })))).toContain('vault.create');
  });

  it('is no second vault made of while not all vaults were read', () => {
    const hidden = anEstate({ machines: [named('web01')] });
    const plan = planOf({
      ...hidden,
      vaults: { items: [], gaps: [gap(`/subscriptions/${subscriptionId}`, 'no-permission', 'not allowed')] },
    });
    expect(codesOf(plan)).toEqual(['replication-unread']);
  });
});

describe('what cannot be replicated is refused before the first write', () => {
  const disk = (over: object, attached: object = {}) => [anAttachedDisk(attached, { name: 'web01-os', ...over })];
  it.each<[string, Partial<Machine>, string]>([
    ['an NVMe controller', { diskController: known('nvme') }, 'replication-nvme'],
    ['a write-accelerated disk', { disks: disk({}, { writeAccelerator: true }) }, 'replication-write-accelerated'],
    ['an ARM64 processor', { architecture: known('arm64') }, 'replication-arm64'],
    [
      'a disk under your key without a set in the target region',
      { disks: disk({ encryption: 'customer-key', encryptionSetId: '/des' }) },
      'encryption-set-not-chosen',
    ],
    ['Azure Disk Encryption', { disks: disk({ azureDiskEncryption: true }) }, 'disk-encryption'],
    ['a shared disk', { disks: disk({ maxShares: 2 }) }, 'shared-disk'],
    [
      'a disk nobody read',
      { disks: [anAttachedDisk({ disk: unknown('no-permission', 'not allowed') })] },
      'disk-unknown',
    ],
    ['a machine that does not run', { power: known('deallocated') }, 'not-running'],
    ['no instance id', { vmId: unknown('not-answered', 'none') }, 'identity-unknown'],
    ['a region nobody chose a target for', { location: 'eastus' }, 'target-region-not-chosen'],
    ['the target region itself', { location: 'northeurope' }, 'target-region-not-chosen'],
  ])('%s', (_name, over, code) => {
    const estate = anEstate({ machines: [named('web01', over)] });
    const plan = planOf(estate);
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toContain(code);
  });

  it('a target in the machine’s own region', () => {
    const estate = anEstate({ machines: [named('web01', { location: 'northeurope' })] });
    const own = guidanceWith(
      `plan: { siteRecovery: { targetRegions: { '*': { value: northeurope, source: '${source}' } } } }`,
    );
    expect(codesOf(planOf(estate, facts(estate), own))).toEqual(['same-region']);
  });

  it('what Azure’s own check refuses, in Azure’s words', () => {
    const estate = anEstate({ machines: [named('web01')] });
    const plan = planOf(
      estate,
      facts(estate, {
        eligibility: new Map([[estate.machines.items[0]!.key, known(['its kernel is not supported'])]]),
      }),
    );
    expect(plan.refusals[0]!.reasons).toMatchObject([
      { code: 'not-eligible', text: expect.stringContaining('its kernel is not supported') as string },
    ]);
  });

  it('a vault’s group that stands in the region of the machines', () => {
    const estate = anEstate({
      machines: [named('web01')],
      resourceGroups: [aResourceGroup({ name: 'replication-northeurope', location: 'westeurope' })],
    });
    expect(codesOf(planOf(estate))).toEqual(['group-in-source-region']);
  });

  it('a write the login may not make, and one a lock refuses', () => {
    const estate = anEstate({ machines: [named('web01')], vaults: [vault] });
    const action = 'Microsoft.RecoveryServices/vaults/replicationFabrics/write';
    const denied = { ...facts(estate), permissions: new Map([[permissionKey(action, group('rg-dr')), known(false)]]) };
    expect(codesOf(planOf(estate, denied))).toEqual(['no-permission']);
    const locked = anEstate({
      machines: [named('web01')],
      vaults: [vault],
      locks: [aLock({ scope: keyOf(group('replication-westeurope')), level: 'read-only' })],
    });
    expect(codesOf(planOf(locked))).toContain('locked');
  });

  it('a network without a counterpart, unless one may be made or is named', () => {
    const estate = anEstate({ machines: [named('web01')] });
    expect(codesOf(planOf(estate, facts(estate), siteRecovery('', 'existing')))).toEqual(['network-not-chosen']);
    const elsewhere = siteRecovery(`networks: { '*': ${networkId} }`);
    expect(codesOf(planOf(estate, facts(estate), elsewhere))).toEqual(['network-elsewhere']);
  });

  it('another network than the one mapped already', () => {
    const estate = anEstate({ machines: [named('web01')], vaults: [vault] });
    const setup = { setups: new Map([[vault.key, known(whole)]]) };
    expect(
      codesOf(
        planOf(
          estate,
          facts(estate, setup),
          siteRecovery(`networks: { '*': ${group('g')}/providers/Microsoft.Network/virtualNetworks/other }`),
        ),
      ),
    ).toEqual(['network-mapped-elsewhere']);
  });

  it('without Azure at hand: nothing is known of networks', () => {
    const estate = anEstate({ machines: [named('web01')] });
    expect(codesOf(planOf(estate, noPreflight))).toEqual(['replication-unread']);
  });
});

describe('machines of one application', () => {
  const grouped = siteRecovery('groupByApplication: true');
  const fleet = (count: number) =>
    anEstate({
      machines: Array.from({ length: count }, (_, i) => named(`shop${i}`, { tags: { application: 'Shop' } })),
    });

  it('up to 16 become one group whose points agree', () => {
    const estate = fleet(16);
    const names = stepsOf(planOf(estate, facts(estate), grouped), 'replication.enable').map(
      ({ input }) => input.multiMachineGroup,
    );
    expect(names).toHaveLength(16);
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^hf-shop-/);
  });

  it('17 are refused, each, and never split in silence', () => {
    const estate = fleet(17);
    const plan = planOf(estate, facts(estate), grouped);
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual(Array.from({ length: 17 }, () => 'group-too-large'));
  });

  it('join no group that one of them is replicated outside of', () => {
    const [first, second] = fleet(2).machines.items;
    const estate = anEstate({
      machines: [first!, second!],
      replicatedItems: [aReplicatedItem({ machineKey: first!.key })],
    });
    expect(codesOf(planOf(estate, facts(estate), grouped))).toEqual(['replicated-already', 'group-incomplete']);
  });

  it('are replicated each for itself where no group is asked for', () => {
    const estate = fleet(2);
    expect(stepsOf(planOf(estate), 'replication.enable').map(({ input }) => input.multiMachineGroup)).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('disks', () => {
  it('of Premium SSD v2 pass through a premium account, and their replicas are Premium SSD', () => {
    const estate = anEstate({
      machines: [
        named('web01', {
          disks: [
            anAttachedDisk({}, { name: 'web01-os' }),
            anAttachedDisk({ role: 'data', lun: 0, name: 'web01-d' }, { name: 'web01-d', sku: 'PremiumV2_LRS' }),
          ],
        }),
      ],
    });
    const plan = planOf(estate);
    expect(
      stepsOf(plan, 'cache-account.create')
        .map(({ input }) => input.tier)
        .toSorted(),
    ).toEqual(['premium', 'standard']);
    const premium = stepsOf(plan, 'cache-account.create').find(({ input }) => input.tier === 'premium')!;
    expect(stepsOf(plan, 'replication.enable')[0]!.input.disks[1]).toMatchObject({
      cacheAccountId: premium.resourceId,
      replicaSku: 'Premium_LRS',
      targetSku: 'PremiumV2_LRS',
    });
  });

  it('under your key are encrypted there by the set the guidance names', () => {
    const estate = anEstate({
      machines: [
        named('web01', {
          disks: [
            anAttachedDisk(
              {},
              {
                name: 'web01-os',
                encryption: 'customer-key',
                encryptionSetId: `${group('g')}/providers/Microsoft.Compute/diskEncryptionSets/we`,
              },
            ),
          ],
        }),
      ],
    });
    const there = `${group('g')}/providers/Microsoft.Compute/diskEncryptionSets/ne`;
    const plan = planOf(
      estate,
      facts(estate),
      siteRecovery(
        `diskEncryptionSets: { '${group('g')}/providers/Microsoft.Compute/diskEncryptionSets/WE': ${there} }`,
      ),
    );
    expect(stepsOf(plan, 'replication.enable')[0]!.input.disks[0]).toMatchObject({ encryptionSetId: there });
  });

  it('and machines come back in a zone only where the guidance says so', () => {
    const estate = anEstate({ machines: [named('web01', { zones: ['2'] })] });
    expect(stepsOf(planOf(estate), 'replication.enable')[0]!.input.targetZone).toBeUndefined();
    expect(
      stepsOf(planOf(estate, facts(estate), siteRecovery('zones: same')), 'replication.enable')[0]!.input.targetZone,
    ).toBe('2');
  });
});
