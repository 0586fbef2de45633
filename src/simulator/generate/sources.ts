/** Which documents make which table, and which of their request bodies the simulator can be sent. */
export interface TableSource {
  /** File name under generated/, and the exported constant in camel case. */
  readonly name: string;
  /** OpenAPI documents under `specs/specification`, oldest first. */
  readonly documents: readonly string[];
  /** Type descriptions of newer api-versions under `body-types`, with the definition each resource type's body is. */
  readonly bodyTypes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Bodies to leave out: of services that are not simulated. */
  readonly without?: RegExp;
  /** Create inputs that clients fill with the whole resource: body → the resource whose fields they may echo. */
  readonly echoes?: Readonly<Record<string, string>>;
}

const compute = 'compute/resource-manager/Microsoft.Compute';
const backup = 'recoveryservicesbackup/resource-manager/Microsoft.RecoveryServices/stable';
const siteRecovery = 'recoveryservicessiterecovery/resource-manager/Microsoft.RecoveryServices/stable';
const diskBodies = { 'Microsoft.Compute/disks': 'Disk', 'Microsoft.Compute/snapshots': 'Snapshot' };

export const tableSources: readonly TableSource[] = [
  {
    name: 'compute',
    documents: ['virtualMachine', 'image', 'restorePoint', 'runCommand'].map(
      (each) => `${compute}/ComputeRP/stable/2024-07-01/${each}.json`,
    ),
    bodyTypes: {
      'microsoft.compute-2026-03-01.json': {
        'Microsoft.Compute/virtualMachines': 'VirtualMachine',
        'Microsoft.Compute/images': 'Image',
        'Microsoft.Compute/restorePointCollections': 'RestorePointCollection',
        'Microsoft.Compute/restorePointCollections/restorePoints': 'RestorePoint',
      },
    },
    without: /Patches|AttachDetach/,
  },
  {
    name: 'disks',
    documents: ['disk', 'snapshot'].map((each) => `${compute}/DiskRP/stable/2024-03-02/${each}.json`),
    bodyTypes: { 'microsoft.compute-2025-01-02.json': diskBodies, 'microsoft.compute-2026-03-02.json': diskBodies },
  },
  {
    name: 'vaults',
    documents: ['recoveryservices/resource-manager/Microsoft.RecoveryServices/stable/2024-04-01/vaults.json'],
    bodyTypes: { 'microsoft.recoveryservices-2026-02-01.json': { 'Microsoft.RecoveryServices/vaults': 'Vault' } },
    without: /CheckName|Capabilities|ExtendedInfo/,
  },
  {
    name: 'backup',
    documents: [`${backup}/2023-06-01/bms.json`, `${backup}/2024-04-01/bms.json`],
    without: /DataMove|PrivateEndpoint|SecurityPin|UnlockDelete|Tiering|ResourceGuard|ILR|MoveRP|RecommendedForMove/,
  },
  {
    name: 'site-recovery',
    documents: [`${siteRecovery}/2023-06-01/service.json`, `${siteRecovery}/2024-04-01/service.json`],
    without:
      /Alert|Migrat|Resync|ProcessServer|Certificate|Cluster|VCenter|Appliance|StorageClass|Mobility|ServicesProvider|(Pause|Resume)Repl/,
    echoes: {
      FabricCreationInput: 'Fabric',
      CreateProtectionContainerInput: 'ProtectionContainer',
      CreateProtectionContainerMappingInput: 'ProtectionContainerMapping',
      CreateNetworkMappingInput: 'NetworkMapping',
      CreatePolicyInput: 'Policy',
      CreateRecoveryPlanInput: 'RecoveryPlan',
      EnableProtectionInput: 'ReplicationProtectedItem',
    },
  },
  {
    name: 'resources',
    documents: ['2021-04-01', '2024-07-01'].map(
      (each) => `resources/resource-manager/Microsoft.Resources/stable/${each}/resources.json`,
    ),
    without: /Deployment|WhatIf|Export|Move|Provider/,
  },
  {
    name: 'resource-graph',
    documents: ['2021-03-01', '2024-04-01'].map(
      (each) => `resourcegraph/resource-manager/Microsoft.ResourceGraph/stable/${each}/resourcegraph.json`,
    ),
  },
];
