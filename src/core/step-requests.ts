/** Which requests a step makes, and what budgets they are counted against. */
import { keyOf, subscriptionOf, type ResourceId } from './ids.ts';
import type { Assumption, Goal, Step } from './plan.ts';
import { chargesFor, managerBudgets, pointsAnHour, type Charge, type RequestKind } from './request-budgets.ts';

/** One request's place among the budgets: the engine waits there for its turn. */
export interface Lane {
  /** Lower-cased. */
  readonly subscriptionId: string;
  /** Where what it is about lies; empty where the step does not say. Resource Manager's own budget does not ask. */
  readonly region: string;
  readonly kind: RequestKind;
  /** What kind of question or write it is: requests alike share a budget that nobody documents. */
  readonly alike: string;
  readonly charges: readonly Charge[];
}

/** `poll`: a look at an operation; `reconcile`: finding out what became of a lost request. */
export type Asking = 'write' | 'goal' | 'poll' | 'reconcile' | 'lease-read' | 'lease-write' | Assumption;

export const laneOf = (step: Step, asking: Asking): Lane => ({
  subscriptionId: subscriptionOf(step.resourceId),
  region: 'location' in step.input ? step.input.location.toLowerCase().replaceAll(' ', '') : '',
  kind: asking === 'write' ? writeKind(step) : asking === 'lease-write' ? 'write' : 'read',
  ...details(step, asking),
});

export const writeKind = (step: Step): RequestKind => (step.method === 'DELETE' ? 'delete' : 'write');

export const managerCharge = ({ kind }: Pick<Lane, 'kind'>): Charge => ({ budget: managerBudgets[kind], of: '' });

const details = (step: Step, asking: Asking): Pick<Lane, 'alike' | 'charges'> => {
  switch (asking) {
    case 'write':
      return { alike: `write ${step.kind}`, charges: writing(step) };
    case 'goal':
    case 'reconcile':
      return { alike: `read ${step.goal.kind}`, charges: reading(step.goal) };
    case 'lease-read':
      return { alike: 'read lease', charges: chargesFor(step.subject, 'read') };
    // Resource Manager's own: the tags API is no write of Compute's.
    case 'lease-write':
      return { alike: 'write lease', charges: [] };
    case 'poll':
      return { alike: `poll ${step.kind}`, charges: [] };
    default:
      return { alike: `read ${asking.kind}`, charges: reading(asking) };
  }
};

const writing = (step: Step): readonly Charge[] => [
  ...chargesFor(step.resourceId, writeKind(step), step.kind === 'machine.deallocate'),
  ...hourly(step),
];

const hourly = (step: Step): readonly Charge[] => {
  if (step.kind === 'restore-point.create')
    return [{ budget: pointsAnHour[step.input.mode], of: keyOf(step.input.machineId) }];
  if (step.kind === 'restore-point.copy') {
    return [{ budget: pointsAnHour.copy, of: keyOf(step.resourceId).replace(/\/restorepoints\/[^/]+$/, '') }];
  }
  return [];
};

const reading = (about: Goal | Assumption): readonly Charge[] => {
  const id = readId(about);
  return id === undefined ? [] : chargesFor(id, 'read');
};

const readId = (about: Goal | Assumption): ResourceId | undefined => {
  // Found in lists.
  if (about.kind === 'no-newer-snapshot' || about.kind === 'no-other-collection') return undefined;
  if ('resourceId' in about) return about.resourceId;
  if ('diskId' in about) return about.diskId;
  if ('collectionId' in about) return about.collectionId;
  return 'vmId' in about || about.kind === 'machine-disks-are' || about.kind === 'power-is'
    ? about.machineId
    : undefined;
};

/**
 * The reads just before the write: the goal, and each thing that something is assumed of, once (its power state is a
 * question of its own). Lists are not among them: many steps share one.
 */
export const looksOf = (step: Step): readonly Lane[] => {
  const things = new Map<string, Assumption>();
  for (const each of step.assumes) {
    const id = readId(each);
    if (id !== undefined) things.set(each.kind === 'power-is' ? `power of ${keyOf(id)}` : keyOf(id), each);
  }
  return [laneOf(step, 'goal'), ...[...things.values()].map((each) => laneOf(step, each))];
};

/** How many reads a step comes to at the least: those looks, its operation's end, and the goal again. */
export const leastReads = (step: Step): number => looksOf(step).length + 2;
