/** The vaults behind the protections: `vault-redundancy`, `vault-soft-delete-off`. */
import { compareText, unknownText, type Assessment } from './assessment.ts';
import type { AuditedVault, AuditUnknown, Finding } from './audit.ts';
import { counted } from './duration.ts';
import type { BackupState, Vault } from './estate.ts';
import type { EstateView } from './estate-view.ts';
import type { Fact, Unknown } from './fact.ts';
import { findingOn, inOrder } from './findings/finding.ts';
import { satisfiesRedundancy } from './findings/vault.ts';
import { keyOf, type ResourceKey } from './ids.ts';

export interface VaultAudit {
  readonly vaults: readonly AuditedVault[];
  readonly unknowns: readonly AuditUnknown[];
}

export const auditVaults = (view: EstateView, assessments: readonly Assessment[]): VaultAudit => {
  const asked = demands(assessments);
  const protectedBy = protectedMachines(view);
  const audited = view.estate.vaults.items
    .toSorted((a, b) => compareText(a.key, b.key))
    .map((vault) => auditVault(vault, asked.get(vault.key) ?? [], protectedBy.get(vault.key)?.size ?? 0));
  return { vaults: audited.map(({ vault }) => vault), unknowns: audited.flatMap(({ unknowns }) => unknowns) };
};

/** What each vault's machines ask of it. Machines left out on purpose ask for nothing. */
const demands = (assessments: readonly Assessment[]): ReadonlyMap<ResourceKey, readonly Assessment[]> => {
  const asked = new Map<ResourceKey, Assessment[]>();
  for (const assessment of assessments) {
    if (assessment.classification.excluded || assessment.objective.vault === undefined) continue;
    for (const { option, vaultId, active } of assessment.protections) {
      if (option !== 'azure-backup' || vaultId === undefined || !active) continue;
      asked.set(keyOf(vaultId), [...(asked.get(keyOf(vaultId)) ?? []), assessment]);
    }
  }
  return asked;
};

const inForce: ReadonlySet<BackupState> = new Set<BackupState>(['pending', 'protected', 'error']);

const protectedMachines = (view: EstateView): ReadonlyMap<ResourceKey, ReadonlySet<ResourceKey>> => {
  const machines = new Map<ResourceKey, Set<ResourceKey>>();
  const count = (vault: ResourceKey, machine: ResourceKey) =>
    machines.set(vault, (machines.get(vault) ?? new Set()).add(machine));
  for (const item of view.estate.backupItems.items) if (inForce.has(item.state)) count(item.vaultKey, item.machineKey);
  for (const item of view.estate.replicatedItems.items)
    if (item.machineKey !== undefined) count(item.vaultKey, item.machineKey);
  return machines;
};

const auditVault = (vault: Vault, asked: readonly Assessment[], protectedCount: number) => {
  const wantsRedundancy = asked.filter(({ objective }) => objective.vault!.redundancy.value !== 'locally-redundant');
  const wantsSoftDelete = asked.filter(({ objective }) => objective.vault!.softDelete.value);
  const unknowns = [
    ...(wantsRedundancy.length > 0 ? unknownOf(vault, 'redundancy', vault.redundancy) : []),
    ...(wantsSoftDelete.length > 0 ? unknownOf(vault, 'softDelete', vault.softDelete) : []),
  ];
  const findings = [
    ...redundancy(vault, wantsRedundancy),
    ...softDelete(vault, wantsSoftDelete),
    ...notTold(vault, unknowns),
  ];
  const audited: AuditedVault = {
    id: vault.id,
    name: vault.name,
    location: vault.location,
    redundancy: textOf(vault.redundancy, (value) => value),
    softDelete: textOf(vault.softDelete, ({ state, retainDays }) =>
      retainDays === undefined ? state : `${state}, ${retainDays} days`,
    ),
    immutability: textOf(vault.immutability, (value) => value),
    crossRegionRestore: textOf(vault.crossRegionRestore, (on) => (on ? 'on' : 'off')),
    protectedMachines: protectedCount,
    findings: inOrder(findings),
  };
  return { vault: audited, unknowns };
};

const redundancy = (vault: Vault, asked: readonly Assessment[]): readonly Finding[] => {
  const { redundancy: fact } = vault;
  if (!fact.known) return [];
  const short = asked.filter(({ objective }) => !satisfiesRedundancy(fact.value, objective.vault!.redundancy.value));
  if (short.length === 0) return [];
  const classes = [...new Set(short.map(({ classification }) => classification.classId))].sort().join(', ');
  const wanted = [...new Set(short.map(({ objective }) => objective.vault!.redundancy.value))].sort().join(' or ');
  return [
    findingOn(vault.id, {
      code: 'vault-redundancy',
      option: 'azure-backup',
      severity: 'medium',
      summary: `Vault ${vault.name} is ${fact.value} and protects ${counted(short.length, 'machine')} of class ${classes}, which should be ${wanted}.`,
      remedy:
        'the redundancy of a vault in use cannot be changed (facts B-07): protect these machines by another vault',
    }),
  ];
};

const softDelete = (vault: Vault, asked: readonly Assessment[]): readonly Finding[] =>
  vault.softDelete.known && vault.softDelete.value.state === 'disabled' && asked.length > 0
    ? [
        findingOn(vault.id, {
          code: 'vault-soft-delete-off',
          option: 'azure-backup',
          severity: 'medium',
          summary: `Soft delete is off in vault ${vault.name}: deleting the backups of its ${counted(asked.length, 'machine')} would be final.`,
          remedy: 'turn soft delete on, and make it always-on where that is not in the way',
        }),
      ]
    : [];

const notTold = (vault: Vault, unknowns: readonly AuditUnknown[]): readonly Finding[] =>
  unknowns.length === 0
    ? []
    : [
        findingOn(vault.id, {
          code: 'unknown',
          option: 'azure-backup',
          severity: 'medium',
          summary: `Whether vault ${vault.name} is as its machines need it cannot be told: ${unknowns.map(({ fact, reason }) => `${fact}: ${reason}`).join('; ')}.`,
          remedy: 'make the vault readable, then audit again',
        }),
      ];

const unknownOf = (vault: Vault, fact: string, value: Fact<unknown>): readonly AuditUnknown[] =>
  value.known ? [] : [{ subject: vault.id, fact, reason: reasonOf(value), matters: true }];

const reasonOf = (unknown: Unknown): string => unknownText(unknown);

const textOf = <T>(fact: Fact<T>, text: (value: T) => string): string => (fact.known ? text(fact.value) : 'unknown');
