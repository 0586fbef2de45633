import type { Issue } from './openapi.ts';

/** A place where real Azure differs from its documents, and so does the simulator. */
export interface ListedDeviation {
  /** Operation ids, as a pattern over the whole id. */
  readonly operation: RegExp;
  readonly side: Issue['side'];
  readonly code: RegExp;
  /** JSON pointers, as a pattern over the whole pointer; indexes are N. */
  readonly path: RegExp;
  readonly reason: string;
}

const extra = /^OBJECT_ADDITIONAL_PROPERTIES$/;

/** The whole list: a deviation that is not here fails the suite that saw it. */
export const listedDeviations: readonly ListedDeviation[] = [
  {
    operation: /^Resources$/,
    side: 'answer',
    code: /^INVALID_TYPE$/,
    path: /^\/error\/details\/N\/(?:line|characterPositionInLine|token|expectedToken)$/,
    reason: 'The document gives additional detail fields the type object; the service sends numbers and text.',
  },
  {
    operation: /^BackupStatus_Get$/,
    side: 'answer',
    code: extra,
    path: /^\/objectType$/,
    reason: 'The service adds a discriminator that the document lacks.',
  },
  {
    operation: /^(?:BackupProtectedItems_List|ProtectedItems_Get)$/,
    side: 'answer',
    code: extra,
    path: /\/properties\/(?:softDeleteRetentionPeriod|sourceSideScanning|ConfiguredRPGenerationFrequency)$/,
    reason: 'Recorded on every protected item since 2024; in no document.',
  },
  {
    operation: /^RecoveryPoints_(?:Get|List)$/,
    side: 'answer',
    code: extra,
    path: /\/properties\/(?:createdWithPolicyType|threatStatus)$/,
    reason: 'Recorded on recovery points since 2024; in no document.',
  },
  {
    operation: /^(?:JobDetails_Get|BackupJobs_List)$/,
    side: 'answer',
    code: extra,
    path: /\/extendedInfo\/tasksList\/N\/taskType$/,
    reason: 'Recorded on every task of a job; in no document.',
  },
  {
    operation: /^(?:JobDetails_Get|BackupJobs_List)$/,
    side: 'answer',
    code: /^(?:INVALID_TYPE|ENUM_MISMATCH)$/,
    path: /\/properties\/actionsInfo\/N$/,
    reason: 'Up to api-version 2019-06-15 enums are numbers on the wire.',
  },
  {
    operation: /^Vaults_Delete$/,
    side: 'answer',
    code: /^INVALID_RESPONSE_CODE$/,
    path: /^$/,
    reason: 'Recorded: 200 where the document knows 202 and 204.',
  },
  {
    operation: /^ReplicationProtectedItems_(?:Get|List)$/,
    side: 'answer',
    code: extra,
    path: /\/providerSpecificDetails\/rtoInSeconds$/,
    reason: 'Recorded on A2A items; in no document.',
  },
  {
    operation: /^GetOperationStatus$/,
    side: 'answer',
    code: extra,
    path: /^\/percentComplete$/,
    reason: 'Recorded in the status of vault operations; in no document.',
  },
  {
    operation: /^ReplicationPolicies_(?:Get|List)$/,
    side: 'answer',
    code: extra,
    path: /\/providerSpecificDetails\/(?:status|associatedItemsCount|dataSourceType)$/,
    reason: 'Recorded on A2A policies; in no document.',
  },
];

/** The entry that excuses an issue; `undefined` for one that must fail. */
export function listingOf(operation: string, issue: Issue): ListedDeviation | undefined {
  return listedDeviations.find(
    (each) =>
      each.side === issue.side &&
      each.code.test(issue.code) &&
      each.operation.test(operation) &&
      each.path.test(issue.path),
  );
}

/**
 * Routes that no document describes, as `METHOD template`; letter case does not count. What is not here and has no
 * document fails the suite that saw it.
 */
export const unvalidatedRoutes: readonly { readonly route: string; readonly why: string }[] = [
  ...[
    'GET /subscriptions/{}/providers/Microsoft.Compute/locations/{}/operations/{}',
    'GET /subscriptions/{}/providers/Microsoft.Compute/locations/{}/DiskOperations/{}',
    'GET /subscriptions/{}/operationresults/{}',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}/operationStatus/{}',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}/operationResults/{}',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}/replicationOperationStatus/{}',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}/backupFabrics/{}/operationResults/{}',
  ].map((route) => ({ route, why: 'A long-running operation’s own URL; the documents leave these out.' })),
  ...[
    'GET /subscriptions',
    'GET /subscriptions/{}',
    'GET /subscriptions/{}/locations',
    'GET /tenants',
    'GET /subscriptions/{}/providers/{}',
    'POST /subscriptions/{}/providers/{}/register',
  ].map((route) => ({ route, why: 'The documents of subscriptions and provider registration are not in the set.' })),
  ...[
    'GET /subscriptions/{}/providers/Microsoft.Compute/galleries',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/galleries',
    'GET /subscriptions/{}/providers/Microsoft.Compute/locations/{}/capsOperations/{}',
    ...['galleries/{}', 'galleries/{}/images/{}', 'galleries/{}/images/{}/versions/{}'].flatMap((path) =>
      ['GET', 'PUT', 'DELETE'].map(
        (verb) => `${verb} /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/${path}`,
      ),
    ),
    'PATCH /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/galleries/{}',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/galleries/{}/images',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/galleries/{}/images/{}/versions',
  ].map((route) => ({ route, why: 'The documents of galleries are not in the set.' })),
  ...[
    'GET /subscriptions/{}/providers/Microsoft.Authorization/permissions',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Authorization/permissions',
    'GET /subscriptions/{}/providers/Microsoft.Authorization/locks',
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Authorization/locks',
  ].map((route) => ({ route, why: 'The documents of Microsoft.Authorization are not in the set.' })),
  ...[
    ...['virtualNetworks', 'networkInterfaces', 'networkSecurityGroups'].flatMap((type) => wholeLife('Network', type)),
    ...['GET', 'PUT', 'DELETE'].map(
      (method) =>
        `${method} /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network/virtualNetworks/{}/subnets/{}`,
    ),
    'GET /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network/virtualNetworks/{}/subnets',
    'GET /subscriptions/{}/providers/Microsoft.Network/locations/{}/operations/{}',
    'GET /subscriptions/{}/providers/Microsoft.Network/locations/{}/operationResults/{}',
  ].map((route) => ({ route, why: 'The documents of Microsoft.Network are not in the set.' })),
  ...[
    ...wholeLife('Storage', 'storageAccounts'),
    ...['GET', 'PUT'].map(
      (method) =>
        `${method} /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/blobServices/{}`,
    ),
    'POST /subscriptions/{}/providers/Microsoft.Storage/checkNameAvailability',
    'GET /subscriptions/{}/providers/Microsoft.Storage/locations/{}/asyncoperations/{}',
  ].map((route) => ({ route, why: 'The documents of Microsoft.Storage are not in the set.' })),
];

/** Every route that a plain resource of a group has. */
function wholeLife(provider: string, type: string): readonly string[] {
  const inGroup = `/subscriptions/{}/resourceGroups/{}/providers/Microsoft.${provider}/${type}`;
  return [
    `GET /subscriptions/{}/providers/Microsoft.${provider}/${type}`,
    `GET ${inGroup}`,
    ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} ${inGroup}/{}`),
  ];
}

export function isKnownRoute(route: string): boolean {
  return unvalidatedRoutes.some((known) => known.route.toLowerCase() === route.toLowerCase());
}
