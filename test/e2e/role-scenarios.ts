/** What is run under each printed role: commands that between them need every action of it. */
import { writeFileSync } from 'node:fs';
import type { RoleName } from '../../src/core/roles.ts';
import type { World } from './rig.ts';

/** One command, with the exit code that it has under the whole role; `--output json` is not added. */
export type Ask = (code: number, ...argv: readonly string[]) => Promise<void>;

export interface Scenario {
  readonly role: RoleName;
  readonly fleet: string;
  readonly run: (ask: Ask, world: World) => Promise<void>;
}

const subscription = '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01';
const groupOf = (name: string): string => `/subscriptions/${subscription}/resourceGroups/${name}`;
const compute = `${groupOf('rg-app')}/providers/Microsoft.Compute`;
const head = `subscriptions: [{ key: main, id: ${subscription}, name: Main }]\n`;

const idOf = (world: World, type: RegExp, name: RegExp): string =>
  world.simulator.state().resources.find((one) => type.test(one.type) && name.test(one.id.split('/').at(-1)!))?.id ??
  '';

/** A bit of everything there is to read. */
const readable = `${head}
defaults: { resourceGroup: rg-app, location: westeurope }
vaults:
  - { name: vault-weu, resourceGroup: rg-app, location: westeurope }
  - { name: vault-neu, resourceGroup: rg-dr, location: northeurope }
machines:
  - name: full
    os: windows
    tags: { environment: prod, criticality: mission-critical }
    image: { publisher: MicrosoftSQLServer, offer: sql2022-ws2022, sku: standard-gen2 }
    extensions: [SqlIaasAgent]
    backup: { vault: vault-weu, policy: EnhancedPolicy, points: [{ age: 5h }] }
    replication: { vault: vault-neu, to: northeurope }
    snapshots: [{ age: 6h }]
    restorePoints: [{ age: 6h }]
  - { name: golden, tags: { role: image-source }, power: deallocated, generalized: true, images: [{ name: golden-image }] }
resources:
  - id: /subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/galleries/gal
    type: Microsoft.Compute/galleries
    location: westeurope
    properties: { provisioningState: Succeeded }
  - id: /subscriptions/{main}/resourceGroups/rg-app/providers/Microsoft.Compute/galleries/gal/images/def
    type: Microsoft.Compute/galleries/images
    location: westeurope
    properties: { osType: Linux, osState: Generalized, hyperVGeneration: V2, provisioningState: Succeeded }
`;

const replicating = `extends: default
plan: { snapshot: { copyTo: ukwest }, siteRecovery: { network: make, targetRegions: { westeurope: { value: northeurope, source: 'https://learn.microsoft.com/azure/reliability/regions-paired' } } } }
`;

export const scenarios: readonly Scenario[] = [
  {
    role: 'audit',
    fleet: readable,
    run: async (ask) => {
      await ask(0, 'inventory');
      await ask(0, 'audit', '--deep');
      await ask(0, 'audit', '--deep', '--source', 'arm');
      await ask(0, 'points', 'full');
    },
  },
  {
    role: 'plan',
    fleet: readable.replace(
      'resources:',
      `  - { name: bare, tags: { environment: prod } }
  - { name: crit, tags: { environment: prod, criticality: mission-critical } }
  - { name: dev, tags: { environment: dev } }
resources:`,
    ),
    run: async (ask, world) => {
      writeFileSync(world.at('replicating.yaml'), replicating);
      await ask(0, 'plan', '--config', world.at('replicating.yaml'), '--first-backup', 'now');
    },
  },
  {
    role: 'snapshot',
    fleet: `${head}
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: dev01, tags: { environment: dev }, osDisk: { network: AllowPrivate } }
  - { name: key01, tags: { environment: dev }, osDisk: { encryptionSet: ${compute}/diskEncryptionSets/keys } }
  - { name: dev02, tags: { environment: dev, striping: none }, dataDisks: [{ count: 2 }] }
  - { name: cold01, tags: { environment: dev, striping: raid0 }, size: Standard_D2_v3, agent: missing, osDisk: { sku: StandardSSD_LRS }, dataDisks: [{ count: 1, sku: StandardSSD_LRS }] }
`,
    run: async (ask, world) => {
      writeFileSync(world.at('elsewhere.yaml'), 'extends: default\nplan: { snapshot: { resourceGroup: rg-points } }\n');
      await ask(0, 'snapshot', 'dev01', '--copy-to', 'northeurope', '--config', world.at('elsewhere.yaml'), '--yes');
      await ask(0, 'snapshot', 'key01', '--yes');
      await ask(0, 'snapshot', 'dev02', '--copy-to', 'northeurope', '--yes');
      await ask(0, 'snapshot', 'cold01', '--allow-downtime', '--allow', 'deallocate-cold01', '--yes');
    },
  },
  {
    role: 'protect',
    fleet: `${head}
defaults: { resourceGroup: rg-shop, location: westeurope }
vaults: [{ name: vault-shop, resourceGroup: rg-shop, location: westeurope }]
machines:
  - { name: bare, tags: { environment: prod } }
  - { name: far, location: northeurope, resourceGroup: rg-far, tags: { environment: prod } }
  - { name: kept, tags: { environment: prod }, backup: { vault: vault-shop, points: [{ age: 6h }] } }
  - { name: gone, tags: { environment: prod }, backup: { vault: vault-shop, state: soft-deleted, deletedAge: 2d, points: [{ age: 3d }] } }
  - { name: late, location: eastus, tags: { environment: prod } }
  - { name: dev01, tags: { environment: dev } }
  - { name: key01, tags: { environment: dev }, osDisk: { encryptionSet: ${compute}/diskEncryptionSets/keys } }
  - { name: dev02, tags: { environment: dev, striping: none }, dataDisks: [{ count: 2 }] }
resources:
  # It last looked for machines long before there were any.
  - id: ${groupOf('rg-shop')}/providers/Microsoft.RecoveryServices/vaults/vault-late
    type: Microsoft.RecoveryServices/vaults
    location: eastus
    sku: { name: RS0, tier: Standard }
    properties: { provisioningState: Succeeded, redundancySettings: { standardTierStorageRedundancy: GeoRedundant, crossRegionRestore: Disabled }, securitySettings: { softDeleteSettings: { softDeleteState: Enabled, softDeleteRetentionPeriodInDays: 14 } } }
    hidden: { discoveredAt: 1 }
`,
    run: async (ask, world) => {
      writeFileSync(
        world.at('copies.yaml'),
        // Where none of its machines stands, so that Azure is asked whether it offers it.
        'extends: default\nplan: { snapshot: { copyTo: ukwest, resourceGroup: rg-points } }\n',
      );
      await ask(0, 'protect', 'dev01', '--option', 'disk-snapshot', '--config', world.at('copies.yaml'), '--yes');
      await ask(0, 'protect', 'key01', '--option', 'disk-snapshot', '--yes');
      await ask(0, 'protect', 'dev02', '--option', 'restore-point', '--config', world.at('copies.yaml'), '--yes');
      await ask(0, 'protect', 'bare', 'far', 'late', '--option', 'azure-backup', '--yes');
      await ask(0, 'protect', 'kept', '--now', '--yes');
      await ask(0, 'protect', 'kept', '--stop', 'retain', '--yes');
      await ask(0, 'protect', 'kept', '--resume', '--yes');
      await ask(0, 'protect', 'gone', '--undelete', '--yes');
    },
  },
  {
    role: 'replicate',
    fleet: `${head}
machines:
  - { name: shop-01, resourceGroup: rg-shop, tags: { environment: production } }
  - { name: shop-02, resourceGroup: rg-shop, tags: { environment: production } }
`,
    run: async (ask) => {
      await ask(0, 'replicate', 'shop-01', '--to', 'northeurope', '--make-network', '--yes');
      // Into what is there by now.
      await ask(0, 'replicate', 'shop-02', '--to', 'northeurope', '--make-network', '--yes');
      await ask(0, 'replicate', 'shop-01', '--disable', '--yes', '--allow', 'all-destructive');
    },
  },
  {
    role: 'capture',
    fleet: `${head}
machines:
  - { name: golden, power: deallocated, generalized: true }
  - { name: trusted, security: TrustedLaunch, power: deallocated, generalized: true }
  - { name: web, osDisk: { encryptionSet: ${compute}/diskEncryptionSets/keys } }
  - { name: ended }
`,
    run: async (ask, world) => {
      await ask(0, 'capture', 'golden', '--yes');
      await ask(0, 'capture', 'trusted', '--yes');
      await ask(0, 'capture', 'web', '--yes');
      await ask(
        0,
        'capture',
        'ended',
        '--in-place',
        '--yes',
        '--allow',
        'deprovision-ended',
        '--allow',
        'generalize-ended',
      );
      const traits = ['--os-type', 'linux', '--generation', 'V2', '--os-state', 'specialized', '--as', 'gallery-image'];
      await ask(
        0,
        'capture',
        '--from-disk',
        idOf(world, /disks$/i, /^golden_os/i),
        ...traits,
        '--region',
        'northeurope',
        '--yes',
      );
      writeFileSync(
        world.at('key.pub'),
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfakefakefakefakefakefakefakefakefake ops@example\n',
      );
      const network = idOf(world, /virtualNetworks$/i, /./);
      const machine = [
        '--size',
        'Standard_D2s_v5',
        '--subnet',
        `${network}/subnets/default`,
        '--admin-username',
        'ops',
        '--ssh-key-file',
        world.at('key.pub'),
      ];
      await ask(
        0,
        'clone',
        '--image',
        idOf(world, /Compute\/images$/i, /golden/),
        '--count',
        '1',
        '--name',
        'clone-a-{n:1}',
        ...machine,
        '--yes',
      );
      await ask(
        0,
        'clone',
        '--image',
        idOf(world, /versions$/i, /./),
        '--count',
        '1',
        '--name',
        'clone-b-{n:1}',
        ...machine,
        '--yes',
      );
    },
  },
  {
    role: 'remove',
    fleet: `${head}
defaults: { resourceGroup: rg-app, location: westeurope }
vaults: [{ name: vault-app, resourceGroup: rg-app, location: westeurope }]
machines:
  - { name: kept, backup: { vault: vault-app, points: [{ age: 6h }] } }
  - name: web
    osDisk: { name: web-os }
    snapshots: [{ age: 6h, tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa } }]
resources:
  - id: ${compute}/restorePointCollections/hf-web
    type: Microsoft.Compute/restorePointCollections
    location: westeurope
    tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa }
    properties: { source: { id: ${compute}/virtualMachines/web, location: westeurope }, provisioningState: Succeeded }
  - id: ${compute}/restorePointCollections/hf-web/restorePoints/hf-web-1
    type: Microsoft.Compute/restorePointCollections/restorePoints
    properties:
      provisioningState: Succeeded
      consistencyMode: CrashConsistent
      timeCreated: '2026-11-02T01:00:00Z'
      sourceMetadata: { storageProfile: { osDisk: { osType: Linux, managedDisk: { id: ${compute}/disks/web-os } }, dataDisks: [] } }
  - id: ${compute}/images/hf-web-image
    type: Microsoft.Compute/images
    location: westeurope
    tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa }
    properties: { provisioningState: Succeeded, hyperVGeneration: V2, sourceVirtualMachine: { id: ${compute}/virtualMachines/web }, storageProfile: { osDisk: { osType: Linux, osState: Generalized }, dataDisks: [] } }
  - id: ${compute}/galleries/gal
    type: Microsoft.Compute/galleries
    location: westeurope
    properties: { provisioningState: Succeeded }
  - id: ${compute}/galleries/gal/images/def
    type: Microsoft.Compute/galleries/images
    location: westeurope
    properties: { osType: Linux, osState: Generalized, hyperVGeneration: V2, provisioningState: Succeeded }
  - id: ${compute}/galleries/gal/images/def/versions/1.0.0
    type: Microsoft.Compute/galleries/images/versions
    location: westeurope
    tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa }
    properties: { provisioningState: Succeeded, publishingProfile: { targetRegions: [{ name: westeurope }], publishedDate: '2026-11-02T01:00:00Z' }, storageProfile: { source: { virtualMachineId: ${compute}/virtualMachines/web } } }
`,
    run: async (ask, world) => {
      const consent = ['--allow', 'all-destructive', '--yes'];
      const points = [
        idOf(world, /Compute\/snapshots$/i, /web/),
        `${compute}/restorePointCollections/hf-web/restorePoints/hf-web-1`,
        `${compute}/images/hf-web-image`,
        `${compute}/galleries/gal/images/def/versions/1.0.0`,
      ];
      await ask(0, 'remove', ...points, '--allow-last', ...consent);
      await ask(0, 'protect', 'kept', '--stop', 'delete', ...consent);
    },
  },
  {
    role: 'prune',
    fleet: `${head}
defaults: { resourceGroup: rg-app, location: westeurope }
machines:
  - name: web
    osDisk: { name: web-os }
    snapshots:
      - { age: 6h, tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa } }
      - { age: 30h, tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa } }
      - { age: 54h, tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa, holdfast-trash: '2026-11-01T00:00:00Z' } }
resources:
  - id: ${compute}/restorePointCollections/hf-web
    type: Microsoft.Compute/restorePointCollections
    location: westeurope
    tags: { holdfast-made-by: holdfast, holdfast-run: aaaaaaaaaaaa }
    properties: { source: { id: ${compute}/virtualMachines/web, location: westeurope }, provisioningState: Succeeded }
  - id: ${compute}/restorePointCollections/hf-web/restorePoints/hf-web-1
    type: Microsoft.Compute/restorePointCollections/restorePoints
    properties:
      provisioningState: Succeeded
      consistencyMode: CrashConsistent
      timeCreated: '2026-10-02T01:00:00Z'
      sourceMetadata: { storageProfile: { osDisk: { osType: Linux, managedDisk: { id: ${compute}/disks/web-os } }, dataDisks: [] } }
`,
    run: async (ask) => {
      const consent = ['--allow', 'all-destructive', '--yes'];
      // Marked, and deleted at once: the collection that is left empty goes as well.
      await ask(0, 'prune', 'web', '--keep-last', '1', ...consent);
      await ask(0, 'prune', 'web', '--keep-last', '1', '--trash-days', '0', ...consent);
    },
  },
];
