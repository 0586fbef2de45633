/** Azure Site Recovery for machines without it: a pair of regions, found or made, and replication of every disk enabled. */
import { isUltraOrPremiumV2 } from '../check.ts';
import type { AttachedDisk, Disk, Machine } from '../estate.ts';
import { keyOf, shortHash } from '../ids.ts';
import type { Reason } from '../option.ts';
import type { StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import type { ReplicationEnableInput } from '../steps/site-recovery.ts';
import {
  identityUnknown,
  lockedBy,
  machineAssumptions,
  obstacles,
  refusalReason,
  refuse,
  type DraftContext,
  type Drafted,
  type Need,
} from './draft.ts';
import { CacheAccounts } from './replication/cache.ts';
import { groupOf } from './replication/consistency-group.ts';
import { ReplicationNetworks, type Landing } from './replication/network.ts';
import { pairFor, type Pair } from './replication/pair.ts';
import { after, lookUp, plain, type Piece, type Route } from './replication/piece.ts';
import { groupFor, ReplicationVaults, subscriptionVaults } from './replication/vault.ts';

type ReplicatedDisk = ReplicationEnableInput['disks'][number];

/** Everything a machine's replication stands on. */
interface Stand {
  readonly pair: Pair;
  readonly landing: Landing;
  readonly group: Piece;
  readonly caches: readonly Piece[];
  readonly disks: readonly ReplicatedDisk[];
  readonly multiMachineGroup: string | undefined;
}

export class SiteRecoveryPlanner {
  readonly #context: DraftContext;
  readonly #vaults: ReplicationVaults;
  readonly #networks: ReplicationNetworks;
  readonly #caches: CacheAccounts;

  constructor(context: DraftContext) {
    this.#context = context;
    this.#vaults = new ReplicationVaults(context);
    this.#networks = new ReplicationNetworks(context);
    this.#caches = new CacheAccounts(context);
  }

  draft({ assessment }: Need): Drafted {
    const { machine, classification } = assessment;
    const route = routeOf(machine, this.#context);
    if (!('target' in route)) return route;
    const against = [...this.#against(machine), ...diskTrouble(route)];
    if (against.length > 0) return { kind: 'refused', reasons: against };
    const stand = this.#stand(route, classification.application);
    if ('kind' in stand) return stand;
    const enable = this.#enable(route, stand, classification.classId);
    if (enable === undefined) return identityUnknown(machine);
    const reasons = obstacles(this.#context, enable);
    if (reasons.length > 0) return { kind: 'refused', reasons };
    const { pair, landing, group, caches } = stand;
    const pieces = [...pair.mappings, landing.network, ...landing.mappings, group, ...caches];
    return { kind: 'steps', steps: [...pieces.flatMap(({ steps }) => steps), enable] };
  }

  /** What Azure itself says of this machine, and what the fleet's facts say. */
  #against(machine: Machine): readonly Reason[] {
    const { estate, preflight } = this.#context;
    const told = preflight.replication.eligibility.get(machine.key);
    const power = machine.power.known && machine.power.value !== 'running' ? machine.power.value : undefined;
    return [
      ...(told?.known === true
        ? told.value.map((text) =>
            refusalReason(
              'not-eligible',
              `Azure says that ${machine.name} cannot be replicated: ${text}`,
              eligibilitySource,
            ),
          )
        : []),
      ...(power === undefined
        ? []
        : [
            refusalReason(
              'not-running',
              `${machine.name} is ${power}, and enabling replication installs Site Recovery's agent in the running ` +
                'machine: start it first.',
              sources.A2APS,
            ),
          ]),
      ...(estate.replicatedItems.items.some(({ machineKey }) => machineKey === machine.key)
        ? [
            refusalReason(
              'replicated-already',
              `${machine.name} is a replicated item already: mend that one, or end its replication first.`,
              sources.A2APS,
            ),
          ]
        : []),
      ...lockedBy(estate, machine.id),
    ];
  }

  #stand(route: Route, application: string | undefined): Stand | Extract<Drafted, { kind: 'refused' }> {
    const context = this.#context;
    const vault = this.#vaults.choose(route);
    if (vault.kind === 'refused') return vault;
    const pair = pairFor(context, route, vault.value);
    if (pair.kind === 'refused') return pair;
    const landing = this.#networks.landing(route, pair.value);
    if (landing.kind === 'refused') return landing;
    const group = groupFor(context, route, route.defaults.machineResourceGroup, route.target);
    if (group.kind === 'refused') return group;
    const multiMachineGroup = groupOf(context, route, application);
    if (multiMachineGroup.kind === 'refused') return multiMachineGroup;
    const caches: Piece[] = [];
    const disks: ReplicatedDisk[] = [];
    for (const [tier, some] of Map.groupBy(managed(route.machine), (disk) =>
      isUltraOrPremiumV2(disk.sku ?? '') ? 'premium' : 'standard',
    )) {
      const cache = this.#caches.choose(route, tier, some.length);
      if (cache.kind === 'refused') return cache;
      caches.push(cache.value);
      disks.push(...some.map((disk) => replicatedDisk(disk, cache.value, route)));
    }
    return {
      pair: pair.value,
      landing: landing.value,
      group: group.value,
      caches,
      disks,
      multiMachineGroup: multiMachineGroup.value,
    };
  }

  #enable(
    route: Route,
    { pair, landing, group, caches, disks, multiMachineGroup }: Stand,
    classId: string,
  ): StepOf<'replication.enable'> | undefined {
    const { machine, target, defaults } = route;
    const context = this.#context;
    const pinned = machineAssumptions(machine);
    if (pinned === undefined) return undefined;
    const name = `hf-${machine.name.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 40)}-${shortHash(machine.key, 10)}`;
    const itemId = `${pair.sourceContainer.id}/replicationProtectedItems/${name}`;
    const [zone] = defaults.zones === 'same' ? machine.zones : [];
    return {
      ...plain,
      id: context.ids.take(['replicate', machine.name], machine.key),
      kind: 'replication.enable',
      subject: machine.id,
      reason:
        `${machine.name} is of class ${classId} and is not replicated: vault ${pair.name}, from ${machine.location} to ${target}, ` +
        `${disks.length === 1 ? 'its one managed disk' : `all ${disks.length} of its managed disks`}${multiMachineGroup === undefined ? '' : `, in group ${multiMachineGroup}`}.`,
      source: sources.A2APS,
      resourceId: itemId,
      assumes: [
        ...pinned,
        { kind: 'power-is', machineId: machine.id, power: 'running' },
        {
          kind: 'replicated-nowhere',
          machineId: machine.id,
          vaultIds: [...new Set([...subscriptionVaults(context, machine), pair.vault.id])],
        },
      ],
      goal: { kind: 'replicated', machineId: machine.id, itemId },
      dependsOn: after(...pair.mappings, landing.network, ...landing.mappings, group, ...caches),
      cost: {
        monthlyUsd: 'unknown',
        basis:
          'a fee per machine after 31 days, replica disks and their snapshots, what passes through the cache, traffic between regions',
      },
      input: {
        machineId: machine.id,
        policyId: pair.policy.id,
        targetContainerId: pair.targetContainer.id,
        targetLocation: target,
        targetGroupId: group.id,
        targetNetworkId: landing.network.id,
        targetSubnet: landing.subnet,
        ...(zone === undefined ? {} : { targetZone: zone }),
        ...(multiMachineGroup === undefined ? {} : { multiMachineGroup }),
        disks,
      },
    };
  }
}

const eligibilitySource = 'https://learn.microsoft.com/rest/api/site-recovery/replication-eligibility-results/get';

/** Where the machine goes, as the guidance says; nobody else can choose it. */
export const routeOf = (
  machine: Machine,
  { guidance }: Pick<DraftContext, 'guidance'>,
): Route | Extract<Drafted, { kind: 'refused' }> => {
  const defaults = guidance.plan.siteRecovery;
  const target = defaults && lookUp(defaults.targetRegions, machine.location)?.value;
  if (defaults === undefined || target === undefined) {
    const text =
      `Which region ${machine.name} in ${machine.location} is to be replicated to, nobody has said: name it under ` +
      `plan.siteRecovery.targetRegions, or with \`holdfast replicate --to\`.`;
    return refusal('target-region-not-chosen', text, sources.A2A, 'R-01');
  }
  if (target === machine.location) {
    const text =
      `${machine.name} is in ${target} itself: a vault may not be in the region of the machines it replicates, nor ` +
      'does a copy there outlive the region.';
    return refusal('same-region', text, sources.A2APS, 'R-02');
  }
  return { machine, defaults, target };
};

const refusal = (code: string, text: string, source: string, fact: string) =>
  refuse(code, text, source, fact) as Extract<Drafted, { kind: 'refused' }>;

const managed = (machine: Machine): readonly Disk[] =>
  machine.disks.flatMap(({ kind, disk }) => (kind === 'managed' && disk.known ? [disk.value] : []));

/** A disk that is not listed is left out in silence (facts R-45), so each is told whole or the machine is not planned. */
const diskTrouble = (route: Route): readonly Reason[] => {
  const { machine } = route;
  if (machine.disksUnknown !== undefined) {
    return [
      refusalReason(
        'disks-unknown',
        `The disks of ${machine.name} were not all read (${machine.disksUnknown.detail}), and one that is not ` +
          'named is not replicated.',
        sources.A2APS,
        'R-45',
      ),
    ];
  }
  if (!machine.disks.some(({ kind }) => kind === 'managed'))
    return [
      refusalReason(
        'no-managed-disk',
        `${machine.name} has no managed disk that could be replicated.`,
        sources.A2A,
        'R-20',
      ),
    ];
  return machine.disks.flatMap((attached) => troubleWith(attached, route));
};

const troubleWith = ({ name, kind, disk }: AttachedDisk, { defaults, target }: Route): readonly Reason[] => {
  if (kind !== 'managed') return [];
  if (!disk.known || disk.value.sku === undefined) {
    const why = disk.known ? 'its SKU was not told' : disk.detail;
    return [
      refusalReason(
        'disk-unknown',
        `Disk ${name} was not read (${why}), so what its replica has to be is not known.`,
        sources.A2APS,
        'R-45',
      ),
    ];
  }
  const { azureDiskEncryption, encryption, encryptionSetId, maxShares } = disk.value;
  if (azureDiskEncryption) {
    return [
      refusalReason(
        'disk-encryption',
        `Disk ${name} is encrypted by Azure Disk Encryption: its keys have to be copied to ${target} as well, ` +
          'which this release does not do.',
        sources.A2A,
        'R-25',
      ),
    ];
  }
  if (maxShares > 1) {
    return [
      refusalReason(
        'shared-disk',
        `Disk ${name} is shared: all nodes of its cluster are replicated together, which this release does not do.`,
        sources.A2AQ,
        'R-22',
      ),
    ];
  }
  if (encryption === undefined || encryption === 'platform-key') return [];
  if (encryptionSetId !== undefined && lookUp(defaults.diskEncryptionSets, keyOf(encryptionSetId)) !== undefined)
    return [];
  return [
    refusalReason(
      'encryption-set-not-chosen',
      `Disk ${name} is encrypted by your key: name the encryption set in ${target} for its replica under ` +
        'plan.siteRecovery.diskEncryptionSets.',
      sources.A2A,
      'R-25',
    ),
  ];
};

const replicatedDisk = (disk: Disk, cache: Piece, { defaults }: Route): ReplicatedDisk => {
  // Whether the target region has zones nobody asked: a zone-redundant disk comes back locally redundant, and the plan says so.
  const targetSku = (disk.sku ?? '').replace(/_ZRS$/i, '_LRS');
  const encryptionSetId =
    disk.encryptionSetId === undefined ? undefined : lookUp(defaults.diskEncryptionSets, keyOf(disk.encryptionSetId));
  return {
    diskId: disk.id,
    cacheAccountId: cache.id,
    // Facts R-29: replicas of Premium SSD v2 are Premium SSD.
    replicaSku: isUltraOrPremiumV2(targetSku) ? 'Premium_LRS' : targetSku,
    targetSku,
    ...(encryptionSetId === undefined ? {} : { encryptionSetId }),
  };
};
