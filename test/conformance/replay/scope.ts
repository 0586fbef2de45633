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

/**
 * Routes that stand apart even where they are served: what they list is a whole provider, of which the simulator has a
 * part.
 */
const never: readonly { readonly path: RegExp; readonly why: string }[] = [
  { path: /^\/subscriptions\/[^/]+\/providers(?:\/[^/]+)?$/i, why: 'Provider registration' },
];

/**
 * Workloads other than virtual machines, where a backup request names one: as a container, a filter's value or a field.
 */
const otherWorkload =
  /[/'"](?:AzureStorage|AzureWorkload|AzureSql|AzureFileShare|SQLDataBase|SAPHana|SAPAse|MAB|DPM|AzureBackupServer|(?:StorageContainer|VMAppContainer|AzureFileShare|SQLDataBase|SAPHanaDatabase)(?=;))/i;

/**
 * Why an exchange stands apart, or `undefined` where it counts. A route on the list counts all the same once the
 * simulator serves it; `served` says so.
 */
export function outsideScope(exchange: Recorded, served: boolean): string | undefined {
  if (!/^\/(?:subscriptions|providers|tenants)(?:\/|$)/i.test(exchange.path)) return 'Not Azure Resource Manager';
  const apart = never.find(({ path }) => path.test(exchange.path));
  if (apart) return apart.why;
  const listed = outside.find(({ path }) => path.test(exchange.path));
  if (listed && !served) return listed.why;
  if (/Microsoft\.RecoveryServices\/.*\/(?:backup|refreshContainers)/i.test(exchange.path)) {
    const sent = JSON.stringify(exchange.request ?? '');
    const text = `${exchange.path} ${Object.values(exchange.query).join(' ')} ${sent}`;
    if (otherWorkload.test(text)) return 'Other workloads';
  }
  return undefined;
}
