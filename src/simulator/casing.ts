/**
 * Azure answers ids in other spellings than they were created with; which one depends on the service and the verb.
 * Services apply these on the way out; the store keeps the spelling of creation.
 */

/** Lists of virtual machines upper-case the resource group. */
export function upperResourceGroup(id: string): string {
  return id.replace(/(\/resourceGroups\/)([^/]+)/i, (_, label: string, name: string) => label + name.toUpperCase());
}

/** Site Recovery's own ids start with a capital S. */
export function capitalSubscriptions(id: string): string {
  return id.replace(/^\/subscriptions\//i, '/Subscriptions/');
}

/** Compares two ids, names or types as Azure does. */
export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
