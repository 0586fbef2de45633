/**
 * Fleets, and what is asked of each: between them their plans hold every kind of write. A seed gives every fleet other machines,
 * systems, regions and disks.
 */
import type { Estate, Machine } from '../../src/core/estate.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { shortHash } from '../../src/core/ids.ts';
import { draftBackup } from '../../src/core/plan-backup.ts';
import { draftCaptures } from '../../src/core/plan-capture.ts';
import { draftCopies } from '../../src/core/plan-copies.ts';
import { draftPrune } from '../../src/core/plan-prune.ts';
import { draftRemoval } from '../../src/core/plan-remove.ts';
import { draftReplicate, withReplication } from '../../src/core/plan-replicate.ts';
import type { Hooks } from '../../src/core/job/job.ts';
import { draftPoints, type PointOption } from '../../src/core/plan-snapshot.ts';
import type { PlanDraft } from '../../src/core/planning.ts';
import { draftClones } from '../../src/core/planners/clone.ts';
import { draftReplicationEnd } from '../../src/core/planners/replication/disable.ts';
import type { BackupVerb } from '../../src/core/planners/backup-verbs.ts';
import type { StepKind } from '../../src/core/plan.ts';
import { copiedFleet, copyingJob } from './copied.ts';
import { hookedPoints } from './hooked.ts';

export interface Scenario {
  readonly name: string;
  /** The kinds of write that its plan holds, of every seed. */
  readonly kinds: readonly StepKind[];
  /** Seeds make no other world of it than this many. */
  readonly seeds?: number;
  readonly fleet: (world: Chosen) => string;
  /** What the guidance says beside the shipped one. */
  readonly overlay?: string;
  readonly guidance?: (guidance: Guidance, world: Chosen) => Guidance;
  readonly draft: (estate: Estate, world: Chosen) => PlanDraft;
}

/** What a seed chose. */
export interface Chosen {
  readonly region: string;
  readonly pair: string;
  readonly os: 'linux' | 'windows';
  readonly machines: number;
  readonly dataDisks: number;
}

/** Equal seeds choose equally; seed 0 is the smallest fleet of all. */
export const chosenBy = (seed: number): Chosen => {
  const regions = [
    ['westeurope', 'northeurope'],
    ['uksouth', 'ukwest'],
    ['eastus', 'westus'],
  ] as const;
  const [region, pair] = regions[seed % regions.length]!;
  return {
    region,
    pair,
    os: seed % 2 === 0 ? 'linux' : 'windows',
    machines: 1 + (seed % 2),
    dataDisks: 1 + (seed % 3),
  };
};

const head = ({ region }: Chosen): string =>
  `subscriptions: [{ key: main, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01, name: Main }]\ndefaults: { resourceGroup: rg-app, location: ${region} }\n`;

/** `machines` of them, alike but for their names. */
const machinesOf = ({ machines, os }: Chosen, name: string, more: string): string =>
  Array.from({ length: machines }, (_, i) => `  - { name: ${name}${i}, os: ${os}, ${more} }\n`).join('');

const keys = (machines: readonly Machine[]): ReadonlySet<string> => new Set(machines.map(({ key }) => key));
const all = ({ machines }: Estate): ReadonlySet<string> => keys(machines.items);

const vaultIn = ({ region }: Chosen): string =>
  `vaults: [{ name: vault-app, resourceGroup: rg-app, location: ${region} }]\n`;
const source = 'https://learn.microsoft.com/azure/backup/backup-azure-immutable-vault-concept';

const backupOf = (name: string, state: string, verb: BackupVerb, kinds: readonly StepKind[]): Scenario => ({
  name,
  kinds,
  fleet: (world) =>
    `${head(world)}${vaultIn(world)}machines:\n${machinesOf(world, 'kept', `tags: { environment: prod }, backup: { vault: vault-app, ${state}points: [{ age: 6h }] }`)}`,
  draft: (estate) => draftBackup(all(estate), { verb }),
});

/** The freeze fails where something is frozen. */
const hooksOf = (name: string, option: PointOption, onError: Hooks['onError']): Scenario => ({
  name,
  kinds: [`${option}.create`.replace('disk-', '') as StepKind, 'run-command.create', 'resource.delete'],
  fleet: (world) =>
    `${head(world)}machines:\n${machinesOf(world, 'dev', 'tags: { environment: dev, striping: none }')}`,
  draft: (estate) =>
    hookedPoints(all(estate), option, {
      pre: 'fsfreeze -f /data',
      post: 'fsfreeze -u /data\nexit 0',
      timeoutSeconds: 120,
      onError,
    }),
});

const holdfastTags = 'tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa }';

const ours = 'holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa';
const over = '2026-11-01T00:00:00Z';
const entry = (name: string): string => `${shortHash(name, 8)}.${(Date.parse(over) / 60_000).toString(36)}`;
const collection =
  '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/restorePointCollections/hf-web';
const restorePoint = (name: string, at: string): string =>
  `  - { id: '${collection}/restorePoints/${name}', type: Microsoft.Compute/restorePointCollections/restorePoints,
      properties: { provisioningState: Succeeded, consistencyMode: CrashConsistent, timeCreated: '${at}', sourceMetadata: { storageProfile: { osDisk: { osType: Linux, managedDisk: { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/disks/web-os' } }, dataDisks: [] } } } }
`;

export const scenarios: readonly Scenario[] = [
  {
    name: 'a first backup in a new, locked vault',
    kinds: [
      'resource-group.create',
      'vault.create',
      'vault.lock',
      'backup-policy.create',
      'backup.enable',
      'backup.trigger',
    ],
    fleet: (world) => `${head(world)}machines:\n${machinesOf(world, 'web', 'tags: { environment: prod }')}`,
    overlay: `plan: { firstBackup: now, vault: { resourceGroup: rg-backup, immutability: { value: locked, source: '${source}' } } }\n`,
    draft: (estate) => draftBackup(all(estate), { verb: { kind: 'enable' } }),
  },
  backupOf('a backup now', '', { kind: 'now' }, ['backup.trigger']),
  backupOf('stopping backup', '', { kind: 'stop' }, ['backup.stop']),
  backupOf('deleting backup', '', { kind: 'delete' }, ['backup.delete']),
  backupOf(
    'undeleting and resuming backup',
    'state: soft-deleted, deletedAge: 2d, ',
    { kind: 'undelete', resume: true },
    ['backup.undelete', 'backup.reconfigure'],
  ),
  {
    name: 'a snapshot, and its copy in another region',
    kinds: ['resource-group.create', 'snapshot.create', 'snapshot.copy'],
    fleet: (world) => `${head(world)}machines:\n${machinesOf(world, 'dev', 'tags: { environment: dev }')}`,
    overlay: 'plan: { snapshot: { resourceGroup: rg-points } }\n',
    draft: (estate, { pair }) =>
      draftPoints({ machines: all(estate), option: 'disk-snapshot', settings: { copyTo: pair } }),
  },
  {
    name: 'a machine stopped for its snapshots',
    kinds: ['machine.deallocate', 'snapshot.create', 'machine.start'],
    fleet: (world) =>
      `${head(world)}machines:\n${machinesOf(world, 'cold', `tags: { environment: dev, striping: raid0 }, size: Standard_D2_v3, agent: missing, osDisk: { sku: StandardSSD_LRS }, dataDisks: [{ count: ${world.dataDisks}, sku: StandardSSD_LRS }]`)}`,
    draft: (estate) => draftPoints({ machines: all(estate), option: 'auto', settings: { severalDisks: 'downtime' } }),
  },
  {
    name: 'a restore point, and its copy in another region',
    kinds: ['restore-point-collection.create', 'restore-point.create', 'restore-point.copy'],
    fleet: (world) =>
      `${head(world)}machines:\n${machinesOf(world, 'dev', `tags: { environment: dev, striping: none }, dataDisks: [{ count: ${world.dataDisks + 1} }]`)}`,
    draft: (estate, { pair }) =>
      draftPoints({ machines: all(estate), option: 'restore-point', settings: { copyTo: pair } }),
  },
  hooksOf('a restore point between hooks', 'restore-point', 'fail'),
  hooksOf('a snapshot between hooks, made without them if need be', 'disk-snapshot', 'continue'),
  {
    name: 'a copy of a job, begun again where it had failed',
    kinds: ['snapshot.copy', 'resource.delete'],
    fleet: (world) => `${head(world)}${copiedFleet(world)}`,
    draft: (estate, { pair }) => draftCopies({ machines: all(estate), job: copyingJob(pair) }),
  },
  {
    name: 'an image by way of a temporary copy',
    kinds: [
      'snapshot.create',
      'disk.create',
      'virtual-network.create',
      'network-interface.create',
      'machine.create',
      'run-command.create',
      'machine.deallocate',
      'machine.generalize',
      'image.create',
      'resource.delete',
    ],
    fleet: ({ os, ...world }) => `${head({ os, ...world })}machines: [{ name: web, os: ${os} }]\n`,
    draft: (estate) => draftCaptures(all(estate), { way: 'copy', zoneResilient: false, regions: [] }),
  },
  {
    name: 'an image of the machine itself',
    kinds: ['run-command.create', 'machine.deallocate', 'machine.generalize', 'image.create'],
    fleet: ({ os, ...world }) => `${head({ os, ...world })}machines: [{ name: ended, os: ${os} }]\n`,
    draft: (estate) => draftCaptures(all(estate), { way: 'in-place', zoneResilient: false, regions: [] }),
  },
  {
    name: 'a gallery version',
    kinds: ['gallery.create', 'image-definition.create', 'image-version.create'],
    fleet: ({ os, ...world }) =>
      `${head({ os, ...world })}machines: [{ name: golden, os: ${os}, security: TrustedLaunch, power: deallocated, generalized: true }]\n`,
    draft: (estate, { pair }) => draftCaptures(all(estate), { way: 'copy', zoneResilient: false, regions: [pair] }),
  },
  {
    name: 'replication from nothing',
    kinds: [
      'resource-group.create',
      'vault.create',
      'replication-fabric.create',
      'replication-container.create',
      'replication-policy.create',
      'replication-mapping.create',
      'virtual-network.create',
      'network-mapping.create',
      'cache-account.create',
      'replication.enable',
    ],
    fleet: (world) =>
      `${head(world)}machines:\n${machinesOf(world, 'shop', 'tags: { environment: production, application: shop }, dataDisks: [{ count: 1, sizeGiB: 64 }]')}`,
    guidance: (guidance, { pair }) => withReplication(guidance, { to: pair, makeNetwork: true }),
    draft: (estate) => draftReplicate(all(estate)),
  },
  {
    name: 'the end of replication',
    kinds: ['replication.disable'],
    fleet: (world) =>
      `${head(world)}vaults: [{ name: vault-dr, resourceGroup: rg-dr, location: ${world.pair} }]\nmachines:\n${machinesOf(world, 'shop', `replication: { vault: vault-dr, to: ${world.pair} }`)}`,
    draft: (estate) => draftReplicationEnd(all(estate)),
  },
  {
    name: 'clones, twenty at a time',
    kinds: ['network-interface.create', 'machine.create'],
    seeds: 1,
    fleet: (
      world,
    ) => `${head(world)}machines: [{ name: golden, power: deallocated, generalized: true, images: [{ name: golden-image }] }]
resources:
  - { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Network/virtualNetworks/lan', type: Microsoft.Network/virtualNetworks, location: ${world.region},
      properties: { provisioningState: Succeeded, addressSpace: { addressPrefixes: [10.1.0.0/16] }, subnets: [{ name: default, properties: { addressPrefix: 10.1.0.0/24, provisioningState: Succeeded } }] } }
`,
    draft: (estate, { region }) => {
      const { id } = estate.images.items[0]!;
      const group = id.slice(0, id.indexOf('/providers/'));
      return draftClones({
        image: {
          id,
          option: 'managed-image',
          osType: 'linux',
          osState: 'generalized',
          location: region,
          regions: [region],
          securityType: 'standard',
        },
        count: 21,
        namePattern: 'clone-{n:2}',
        from: 1,
        groupId: group,
        location: region,
        zones: [],
        size: 'Standard_D2s_v5',
        subnetId: `${group}/providers/Microsoft.Network/virtualNetworks/lan/subnets/default`,
        login: {
          adminUsername: 'ops',
          sshPublicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfakefakefakefakefakefakefakefakefake ops@example',
        },
      });
    },
  },
  {
    name: 'points taken back',
    kinds: ['resource.delete'],
    fleet: (world) => `${head(world)}machines:
  - { name: web, os: ${world.os}, osDisk: { name: web-os }, snapshots: [{ age: 6h, ${holdfastTags} }, { age: 8h, ${holdfastTags} }] }
resources:
  - { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/restorePointCollections/hf-web', type: Microsoft.Compute/restorePointCollections, location: ${world.region}, ${holdfastTags},
      properties: { source: { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web', location: ${world.region} }, provisioningState: Succeeded } }
  - { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/restorePointCollections/hf-web/restorePoints/hf-web-1', type: Microsoft.Compute/restorePointCollections/restorePoints,
      properties: { provisioningState: Succeeded, consistencyMode: CrashConsistent, timeCreated: '2026-11-02T01:00:00Z', sourceMetadata: { storageProfile: { osDisk: { osType: Linux, managedDisk: { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/disks/web-os' } }, dataDisks: [] } } } }
`,
    draft: (estate) => {
      const points = estate.restorePointCollections.items.flatMap(({ points: held }) => (held.known ? held.value : []));
      return draftRemoval({ ids: [...estate.snapshots.items, ...points].map(({ id }) => id), allowLast: true });
    },
  },
  {
    name: 'points marked, taken out of the trash, and deleted when their grace is over',
    kinds: ['tags.update', 'resource.delete'],
    fleet: (world) => `${head(world)}machines:
  - name: web
    os: ${world.os}
    osDisk: { name: web-os }
    snapshots:
      - { age: 6h, tags: { ${ours}, holdfast-trash: '${over}' } }
      - { age: 30h, ${holdfastTags} }
      - { age: 54h, tags: { ${ours}, holdfast-trash: '${over}' } }
resources:
  - { id: '${collection}', type: Microsoft.Compute/restorePointCollections, location: ${world.region}, tags: { ${ours}, holdfast-trash-1: ${entry('hf-web-1')}, holdfast-trash-2: ${entry('hf-web-gone')} },
      properties: { source: { id: '/subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web', location: ${world.region} }, provisioningState: Succeeded } }
${restorePoint('hf-web-1', '2026-10-01T01:00:00Z')}${restorePoint('hf-web-2', '2026-10-20T01:00:00Z')}`,
    draft: (estate) =>
      draftPrune({
        machines: all(estate),
        policyFor: () => ({ keepLast: 1 }),
        timeZone: 'UTC',
        trashDays: 7,
        unsafe: { lastPoint: false },
      }),
  },
];
