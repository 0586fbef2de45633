/** What can be rendered, and how. Renderers choose words and columns; they decide nothing. */
import type { Audit } from '../core/audit.ts';
import type { Estate, Machine } from '../core/estate.ts';
import type { Fact, UnknownReason } from '../core/fact.ts';
import type { HistoryReport } from '../core/history/history.ts';
import type { JobRun } from '../core/job/job-run.ts';
import type { Plan } from '../core/plan.ts';
import type { Points } from '../core/points.ts';
import type { PruneReport } from '../core/retention/prune-table.ts';
import type { Outcome } from '../core/verify.ts';

export type Report = Inventory | Audit | Points | Plan | Outcome | JobRun | PruneReport | HistoryReport;

export interface RenderOptions {
  /** Terminal cells; formats that are not for a terminal ignore it. */
  readonly width: number;
  readonly colour: boolean;
  /** Tables and summaries only, without each finding's and refusal's own paragraph. */
  readonly brief?: boolean;
}

export interface Format {
  readonly id: string;
  /** One line for `--help`. */
  readonly title: string;
  /** Of the file, without a dot. */
  readonly extension: string;
  /** Text ending in a newline, or empty for nothing at all. */
  render(report: Report, options: RenderOptions): string;
}

export const inventorySchemaVersion = 1;

/** What is there, without judgement: the `inventory` command's answer. */
export interface Inventory {
  readonly schemaVersion: typeof inventorySchemaVersion;
  readonly kind: 'holdfast.inventory';
  readonly asOf: string;
  readonly scope: string;
  readonly complete: boolean;
  readonly machines: readonly InventoriedMachine[];
  readonly counts: Readonly<Record<string, number>>;
  /** Places that could not be read wholly. */
  readonly gaps: readonly {
    readonly collection: string;
    readonly scope: string;
    readonly why: UnknownReason;
    readonly reason: string;
    readonly action?: string;
  }[];
}

export interface InventoriedMachine {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
  readonly location: string;
  readonly os: string;
  readonly power: string;
  readonly size: string;
  readonly disks: number;
  /** Attached disks that no answer holds. */
  readonly disksUnknown: number;
  readonly sizeGiB: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

const collections = [
  'machines',
  'disks',
  'snapshots',
  'images',
  'galleryImageVersions',
  'restorePointCollections',
  'vaults',
  'backupPolicies',
  'backupItems',
  'replicatedItems',
  'locks',
  'resourceGroups',
] as const satisfies readonly (keyof Estate)[];

export const inventoryOf = (estate: Estate): Inventory => {
  const gaps = collections.flatMap((collection) =>
    estate[collection].gaps.map((g) => ({
      collection,
      scope: g.scope,
      why: g.reason,
      reason: g.detail,
      ...(g.action === undefined ? {} : { action: g.action }),
    })),
  );
  return {
    schemaVersion: inventorySchemaVersion,
    kind: 'holdfast.inventory',
    asOf: estate.asOf,
    scope: estate.scope.description,
    complete:
      gaps.length === 0 &&
      estate.machines.items.every((machine) => machine.disks.every((d) => d.kind !== 'managed' || d.disk.known)),
    machines: estate.machines.items.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(inventoried),
    counts: Object.fromEntries(collections.map((collection) => [collection, estate[collection].items.length])),
    gaps,
  };
};

const inventoried = (machine: Machine): InventoriedMachine => {
  const sizes = machine.disks.map((d) => (d.disk.known ? d.disk.value.sizeGiB : undefined) ?? d.declaredSizeGiB);
  return {
    id: machine.id,
    name: machine.name,
    resourceGroup: machine.resourceGroup,
    subscriptionId: machine.subscriptionId,
    location: machine.location,
    os: orUnknown(machine.os),
    power: orUnknown(machine.power),
    size: orUnknown(machine.size),
    disks: machine.disks.length,
    disksUnknown: machine.disks.filter((d) => d.kind === 'managed' && !d.disk.known).length,
    sizeGiB: sizes.every((size) => size !== undefined) ? sizes.reduce((a, b) => a + b, 0) : null,
    tags: machine.tags,
  };
};

const orUnknown = (fact: Fact<string>): string => (fact.known ? fact.value : 'unknown');
