import type { Recorded } from './recording.ts';

/** Why an exchange is not the simulator's business: by the route it takes. */
const outside: readonly { readonly path: RegExp; readonly why: string }[] = [
  { path: /\/providers\/Microsoft\.Network(?:\/|$)/i, why: 'Network' },
  { path: /\/providers\/Microsoft\.(?:Classic)?Storage(?:\/|$)/i, why: 'Storage' },
  { path: /\/providers\/Microsoft\.Resources\/deployment/i, why: 'Deployments' },
  {
    path: /\/providers\/Microsoft\.Compute\/(?:galleries|virtualMachineScaleSets|availabilitySets|sshPublicKeys|diskEncryptionSets|diskAccesses|proximityPlacementGroups|skus)(?:\/|$)/i,
    why: 'Other compute types',
  },
  {
    path: /\/providers\/Microsoft\.Compute\/locations\/[^/]+\/(?:publishers|vmSizes|capsOperations|usages|runCommands)(?:\/|$)/i,
    why: 'Compute catalogue',
  },
  { path: /\/virtualMachines\/[^/]+\/extensions(?:\/|$)/i, why: 'VM extensions' },
  {
    path: /\/providers\/Microsoft\.(?:KeyVault|ManagedIdentity|Insights|OperationalInsights|DataProtection|Sql|SqlVirtualMachine|Features|Advisor)(?:\/|$)/i,
    why: 'Other providers',
  },
  { path: /\/vaults\/[^/]+\/replication/i, why: 'Site Recovery' },
  {
    path: /\/recoveryPoints\/[^/]+\/(?:restore|provisionInstantItemRecovery|revokeInstantItemRecovery|move|accessToken)(?:\/|$)/i,
    why: 'Restore',
  },
  { path: /\/backupCrr|\/backupCrossRegionRestore|\/backupAadProperties/i, why: 'Cross-region restore' },
];

/** Workloads other than virtual machines, wherever they are named: path, filter or body. */
const otherWorkload =
  /AzureStorage|AzureWorkload|StorageContainer|VMAppContainer|AzureFileShare|AzureVmWorkload|SQLDataBase|SAPHana|\bMAB\b|\bDPM\b|'AzureSql'/i;

/**
 * Why an exchange stands apart, or `undefined` where it counts. A route on the list counts all the same once the
 * simulator serves it; `served` says so.
 */
export function outsideScope(exchange: Recorded, served: boolean): string | undefined {
  if (!/^\/(?:subscriptions|providers|tenants)(?:\/|$)/i.test(exchange.path)) return 'Not Azure Resource Manager';
  const listed = outside.find(({ path }) => path.test(exchange.path));
  if (listed && !served) return listed.why;
  if (/Microsoft\.RecoveryServices/i.test(exchange.path)) {
    const text = `${exchange.path} ${Object.values(exchange.query).join(' ')} ${JSON.stringify(exchange.request ?? '')}`;
    if (otherWorkload.test(text)) return 'Other workloads';
  }
  return undefined;
}
