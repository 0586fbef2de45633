import type { Mutable, Stored } from '../service.ts';

/** The disks of a machine's storage profile, its OS disk first. */
export function disksOf(vm: Stored): readonly Mutable[] {
  const profile: Mutable = vm.body['properties']?.storageProfile ?? {};
  return [profile['osDisk'], ...(profile['dataDisks'] ?? [])].filter((disk) => disk !== undefined);
}
