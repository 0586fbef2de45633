/** The scopes that a resource of another provider (a lock, tags) can hang on, as path templates. */
export const SCOPES: readonly string[] = [
  '/subscriptions/{subscriptionId}',
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}',
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/{namespace}/{resourceType}/{resourceName}',
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/{namespace}/{parentType}/{parentName}/{resourceType}/{resourceName}',
];
