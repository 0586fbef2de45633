/** What each option would cost one machine a month, by the guidance's own settings, before anything is enabled. */
import { assessEstate, type Assessment } from '../assessment.ts';
import { known, unknown, type Fact } from '../fact.ts';
import type { Estate } from '../estate.ts';
import type { Guidance } from '../guidance.ts';
import { keyOf, type ResourceId } from '../ids.ts';
import type { OptionId, VerdictKind } from '../option.ts';
import { tierFor } from '../planners/backup-policy.ts';
import { skuIn } from '../planners/disk-snapshot-input.ts';
import type { Instant } from '../time.ts';
import type { CostEstimate } from './estimate.ts';
import { costOfOption, setupFor, type Setup } from './option-cost.ts';
import type { PriceBook } from './price-book.ts';
import { baseOf } from './size.ts';

export interface OptionCost {
  readonly option: OptionId;
  readonly verdict: VerdictKind;
  readonly cost: CostEstimate;
}

/** Of every option that Azure does not refuse the machine; none where there is no such machine. */
export const machineCosts = (
  { estate, guidance, asOf }: { readonly estate: Estate; readonly guidance: Guidance; readonly asOf: Instant },
  id: ResourceId,
  book: PriceBook,
): readonly OptionCost[] => {
  const assessment = assessEstate(estate, guidance, asOf).find(({ machine }) => machine.key === keyOf(id));
  if (assessment === undefined) return [];
  const setup = setupOf(assessment, estate, guidance);
  const base = baseOf(guidance);
  return assessment.verdicts
    .filter(({ verdict }) => verdict !== 'impossible')
    .map(({ option, verdict }) => ({ option, verdict, cost: costOfOption(option, setup, book, base) }));
};

const setupOf = ({ machine, objective, protections }: Assessment, estate: Estate, guidance: Guidance): Setup => {
  const setup = setupFor(machine, objective, guidance, tierFor(machine, objective, guidance));
  const vaultId = protections.find(({ option }) => option === 'azure-backup')?.vaultId;
  const vault = vaultId === undefined ? undefined : estate.vaults.items.find(({ key }) => key === keyOf(vaultId));
  const inForce = vault && {
    redundancy: vault.redundancy,
    crossRegionRestore: vault.crossRegionRestore.known && vault.crossRegionRestore.value,
  };
  return {
    ...setup,
    snapshots: { ...setup.snapshots, sku: skuIn(machine.location, { guidance, estate }) },
    vault: inForce ?? setup.vault,
    targetRegion: targetOf(machine.key, machine.location, estate, guidance),
  };
};

/** Where it is replicated to already, or where the guidance says. */
const targetOf = (key: string, location: string, estate: Estate, { plan }: Guidance): Fact<string> => {
  const there = estate.replicatedItems.items.find(({ machineKey }) => machineKey === key)?.recoveryRegion;
  const named = plan.siteRecovery?.targetRegions;
  const wanted = named && (Object.entries(named).find(([from]) => from.toLowerCase() === location)?.[1] ?? named['*']);
  const region = there ?? wanted?.value;
  return region === undefined
    ? unknown('not-knowable', 'the guidance names no region to replicate to')
    : known(region.toLowerCase().replaceAll(' ', ''));
};
