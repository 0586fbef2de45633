/** The storage account in a machine's own region that its changes pass through (facts ). */
import { compareText } from '../../assessment.ts';
import { keyOf, shortHash, type ResourceKey } from '../../ids.ts';
import { stepId } from '../../names.ts';
import type { Step } from '../../plan.ts';
import type { StorageAccount } from '../../replication.ts';
import { sources } from '../../sources.ts';
import { lockedBy, type DraftContext } from '../draft.ts';
import { after, found, made, plain, there, unread, type Part, type Piece, type Route } from './piece.ts';
import { groupFor } from './vault.ts';

/** Facts R-32: at 8 MB/s of changes each; which disk changes how fast, Azure Resource Manager does not tell. */
const mostDisks = 375;

export type CacheTier = 'standard' | 'premium';

export class CacheAccounts {
  readonly #context: DraftContext;
  readonly #disks: Map<ResourceKey, number>;

  constructor(context: DraftContext) {
    this.#context = context;
    this.#disks = new Map();
    for (const { cacheAccountKeys = [], protectedDiskKeys } of context.estate.replicatedItems.items) {
      for (const key of cacheAccountKeys) this.#disks.set(key, (this.#disks.get(key) ?? 0) + protectedDiskKeys.length);
    }
  }

  /** Only accounts that replication uses already, or that holdfast made for it: nobody's data account becomes a cache. */
  choose(route: Route, tier: CacheTier, disks: number): Part {
    const { machine } = route;
    const { replication } = this.#context.preflight;
    const read = replication.accounts.get(machine.subscriptionId.toLowerCase());
    if (read?.known !== true) return unread(`The storage accounts of ${machine.name}'s subscription`, read?.detail);
    const roomy = read.value
      .filter((account) => this.#serves(account, route, tier) && this.#used(account.key) + disks <= mostDisks)
      .toSorted((a, b) => this.#used(b.key) - this.#used(a.key) || compareText(a.key, b.key));
    for (const account of roomy) {
      const keepsDeleted = replication.softDelete.get(account.key);
      if (keepsDeleted?.known !== true)
        return unread(`Whether storage account ${account.name} keeps deleted blobs`, keepsDeleted?.detail);
      // Facts R-30.
      if (!keepsDeleted.value) return this.#take(there(account.id), disks);
    }
    return this.#make(route, tier, disks, read.value);
  }

  #serves(account: StorageAccount, { machine }: Route, tier: CacheTier): boolean {
    return (
      (account.own || this.#disks.has(account.key)) &&
      account.location === machine.location &&
      account.tier === tier &&
      account.provisioned &&
      account.sharedKeyAccess &&
      account.reachable &&
      lockedBy(this.#context.estate, account.id).length === 0
    );
  }

  #used(key: ResourceKey): number {
    return this.#disks.get(key) ?? 0;
  }

  #take(piece: Piece, disks: number): Part {
    const key = keyOf(piece.id);
    this.#disks.set(key, this.#used(key) + disks);
    return found(piece);
  }

  /** The first of the names reserved for this region that is free or made by this plan, and has room. */
  #make(route: Route, tier: CacheTier, disks: number, standing: readonly StorageAccount[]): Part {
    const { machine, defaults } = route;
    const context = this.#context;
    const group = groupFor(context, route, defaults.resourceGroup, machine.location);
    if (group.kind === 'refused') return group;
    for (let number = 1; ; number += 1) {
      // Names of accounts are one list for all of Azure, and do not change from plan to plan.
      const distinct = `${machine.subscriptionId.toLowerCase()}|${machine.location}|${tier}|${number}`;
      const name = `hfcache${shortHash(distinct, 16)}`;
      const id = `${group.value.id}/providers/Microsoft.Storage/storageAccounts/${name}`;
      if (standing.some((account) => account.name.toLowerCase() === name) || this.#used(keyOf(id)) + disks > mostDisks)
        continue;
      const step: Step = {
        ...plain,
        id: stepId('cache-account', machine.location, tier, shortHash(distinct, 6)),
        kind: 'cache-account.create',
        subject: id,
        reason:
          `Changes of replicated disks pass through a storage account in ${machine.location}, and no ${tier} one ` +
          'there serves replication and has room.',
        source: sources.A2A,
        resourceId: id,
        assumes: [],
        goal: { kind: 'exists', resourceId: id },
        dependsOn: after(group.value),
        cost: { monthlyUsd: 'unknown', basis: 'what passes through it, and its transactions' },
        input: {
          location: machine.location,
          tier,
          tags: { 'holdfast-made-by': context.madeBy, 'holdfast-run': shortHash(context.seed, 12) },
        },
      };
      const piece = made(context, step, [group.value]);
      return piece.kind === 'refused' ? piece : this.#take(piece.value, disks);
    }
  }
}
