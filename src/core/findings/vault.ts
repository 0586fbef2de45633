/** A machine's backup in a vault that is not as its class asks: the machine's own row must tell, not the vault's alone. */
import type { Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { listed } from '../duration.ts';
import type { Redundancy, Vault } from '../estate.ts';
import type { EstateView } from '../estate-view.ts';
import { keyOf } from '../ids.ts';
import { findingOn } from './finding.ts';

/** Geo-redundant storage serves a wish for zone-redundant; not the other way round (facts B-98). */
export const satisfiesRedundancy = (has: Redundancy, wanted: Redundancy): boolean =>
  wanted === 'locally-redundant' || has === wanted || has === 'geo-redundant';

export const vaultFindings = (
  { machine, objective, protections, classification }: Assessment,
  view: EstateView,
): readonly Finding[] => {
  const asked = objective.vault;
  const vaults = protections
    .filter(({ option, active }) => option === 'azure-backup' && active)
    .map(({ vaultId }) => view.vaults.get(keyOf(vaultId ?? '')));
  if (asked === undefined || vaults.length === 0) return [];
  const on = (
    code: 'vault-redundancy' | 'vault-soft-delete-off',
    fails: (vault: Vault) => string | undefined,
    remedy: string,
  ): readonly Finding[] => {
    const told = vaults.map((vault) => vault && fails(vault));
    // Another backup of it in a vault that is as it should be, or that was not read, leaves nothing to say for certain.
    if (told.some((text) => text === undefined)) return [];
    const summary = `Azure Backup of ${machine.name} lies in ${listed(told as string[])}`;
    return [findingOn(machine.id, { code, option: 'azure-backup', severity: 'medium', summary, remedy })];
  };
  const wanted = asked.redundancy.value;
  return [
    ...on(
      'vault-redundancy',
      ({ name, redundancy }) =>
        redundancy.known && !satisfiesRedundancy(redundancy.value, wanted)
          ? `vault ${name}, which is ${redundancy.value}; class ${classification.classId} asks for ${wanted}.`
          : undefined,
      'the redundancy of a vault in use cannot be changed (facts B-07): protect it by another vault',
    ),
    ...(asked.softDelete.value
      ? on(
          'vault-soft-delete-off',
          ({ name, softDelete }) =>
            softDelete.known && softDelete.value.state === 'disabled'
              ? `vault ${name} with soft delete off: deleting this backup would be final.`
              : undefined,
          'turn soft delete on in that vault',
        )
      : []),
  ];
};
