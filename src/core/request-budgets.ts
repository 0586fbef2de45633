/**
 * Azure's request budgets: the one place of their numbers. The pace of apply keeps within them, and a plan's duration
 * is reckoned with them.
 *
 * Resource Manager counts per subscription, login and kind of request, in the region that the request is sent from,
 * whatever it is about (facts L-01): https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * Compute counts per subscription and region of the resource, and some per resource (facts L-08):
 * https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits
 */
import { keyOf, parseId, type ResourceId } from './ids.ts';
import { hourMs } from './time.ts';

export type RequestKind = 'read' | 'write' | 'delete';

export interface RequestBudget {
  /** As the headers and refusals of Azure name it, without `Microsoft.Compute/`; our own word where they name none. */
  readonly name: string;
  readonly per: 'subscription' | 'region' | 'resource';
  readonly capacity: number;
  readonly perSecond: number;
  /** So many in any stretch of this length, where they do not come back one by one. */
  readonly windowMs?: number;
  /** `observed`: no page says it; name and size are those of recorded headers, the refill is the time the name tells. */
  readonly known: 'documented' | 'observed';
}

/** What is kept back for those who share the budget, and because what Azure said is always a little old. */
const reserveOf = (capacity: number): number => Math.min(20, Math.floor(capacity * 0.03));

/** How much of a full budget is used at once. */
export const usable = ({ capacity }: Pick<RequestBudget, 'capacity'>): number => capacity - reserveOf(capacity);

/** One token of one budget: `of` tells the resource where each has a budget of its own. */
export interface Charge {
  readonly budget: RequestBudget;
  readonly of: string;
}

const ofManager = (name: string, capacity: number, perSecond: number): RequestBudget => ({
  name,
  per: 'subscription',
  capacity,
  perSecond,
  known: 'documented',
});

export const managerBudgets: Readonly<Record<RequestKind, RequestBudget>> = {
  read: ofManager('subscription-reads', 250, 25),
  write: ofManager('subscription-writes', 200, 10),
  delete: ofManager('subscription-deletes', 200, 10),
};

/** Every documented budget of Compute holds three minutes' worth. */
const perMinute = (name: string, refill: number, per: RequestBudget['per'] = 'region'): RequestBudget => ({
  name,
  per,
  capacity: 3 * refill,
  perSecond: refill / 60,
  known: 'documented',
});
const observedPerMinute = (name: string, refill: number): RequestBudget => ({
  ...perMinute(name, refill),
  known: 'observed',
});
const observedWindows = (name: string, in3: number, in30: number): readonly RequestBudget[] => [
  { name: `${name}3Min`, per: 'region', capacity: in3, perSecond: in3 / 180, known: 'observed' },
  { name: `${name}30Min`, per: 'region', capacity: in30, perSecond: in30 / 1800, known: 'observed' },
];
const both = (name: string, perResource: number, perRegion: number): readonly RequestBudget[] => [
  perMinute(`${name}Resource`, perResource, 'resource'),
  perMinute(`${name}SubscriptionMaximum`, perRegion),
];

const updateMachine = both('UpdateVM', 4, 500);
const deleteMachine = both('DeleteVM', 4, 500);
const readMachine = both('LowCostGet', 12, 8000);
const writeDisk = observedWindows('CreateUpdateDisks', 3000, 25_000);
const deleteDisk = observedWindows('DeleteDisks', 3000, 24_000);
const readDisk = observedWindows('LowCostGet', 15_000, 120_000);
const putCollection = both('PutRestorePointCollection', 5, 50);
const putPoint: readonly RequestBudget[] = [perMinute('PutRestorePointSubscriptionMaximum', 50)];
const deletePoint: readonly RequestBudget[] = [perMinute('DeleteRestorePointSubscriptionMaximum', 120)];
const readPoint: readonly RequestBudget[] = [perMinute('LowCostGetRestorePointSubscriptionMaximum', 200)];

/**
 * Three an hour of a machine or into a collection of copies (facts P-11, L-13). Whether they come back one by one is not said.
 * https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points
 */
const hourly = (name: string): RequestBudget => ({
  name,
  per: 'resource',
  capacity: 3,
  perSecond: 3 / 3600,
  windowMs: hourMs,
  known: 'documented',
});
export const pointsAnHour: Readonly<Record<'application' | 'crash' | 'copy', RequestBudget>> = {
  application: hourly('CreateApplicationConsistentRestorePoint'),
  crash: hourly('CreateCrashConsistentRestorePoint'),
  copy: hourly('CopyRestorePoint'),
};

type Budgets = Readonly<Partial<Record<RequestKind, readonly RequestBudget[]>>>;

/** By type, lower-cased. Restore points: the page above; disks, snapshots and images: headers seen (facts L-11). */
const computeBudgets: Readonly<Record<string, Budgets>> = {
  'microsoft.compute/virtualmachines': { read: readMachine, write: updateMachine, delete: deleteMachine },
  'microsoft.compute/virtualmachines/runcommands': { read: readMachine, write: updateMachine, delete: updateMachine },
  'microsoft.compute/disks': { read: readDisk, write: writeDisk, delete: deleteDisk },
  'microsoft.compute/snapshots': {
    read: readDisk,
    write: observedWindows('HighCostSnapshotCreateHydrate', 1000, 8000),
    delete: deleteDisk,
  },
  'microsoft.compute/images': {
    read: [observedPerMinute('GetImagesSubscriptionMaximum', 120)],
    write: [observedPerMinute('CreateImagesSubscriptionMaximum', 20)],
    delete: [observedPerMinute('CreateImagesSubscriptionMaximum', 20)],
  },
  'microsoft.compute/restorepointcollections': { read: readPoint, write: putCollection, delete: deletePoint },
  'microsoft.compute/restorepointcollections/restorepoints': { read: readPoint, write: putPoint, delete: deletePoint },
};

/** What a request about a resource costs besides Resource Manager's token. `ends`: stopping a machine counts as its deletion. */
export const chargesFor = (id: ResourceId, kind: RequestKind, ends = false): readonly Charge[] => {
  const type = parseId(id)?.type?.toLowerCase() ?? '';
  const budgets = computeBudgets[type]?.[ends ? 'delete' : kind] ?? [];
  return budgets.map((budget) => ({ budget, of: budget.per === 'resource' ? machineOrItself(id) : '' }));
};

/** What lies in a machine is counted as requests about the machine. */
const machineOrItself = (id: ResourceId): string => /^.*?\/virtualmachines\/[^/]+/.exec(keyOf(id))?.[0] ?? keyOf(id);

const named: ReadonlySet<string> = new Set(
  [
    ...Object.values(managerBudgets),
    ...Object.values(pointsAnHour),
    ...Object.values(computeBudgets).flatMap((kinds) => Object.values(kinds).flat()),
  ].map(({ name }) => name.toLowerCase()),
);

/** As a header or a refusal of Azure spells it, without what all of Compute's begin with. */
export const budgetName = (said: string): string => said.toLowerCase().replace(/^microsoft\.compute\//, '');

export const isKnownBudget = (said: string): boolean => named.has(budgetName(said));
