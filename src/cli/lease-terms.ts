/** What apply says of leases: its own name on the machines it marks, and at the end, which machines it could not mark. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Plan } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import { leaseActions } from '../core/lease.ts';
import { nameOf } from '../core/ids.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { LeaseTerms } from '../engine/ports.ts';

/** The plan can be told from the run's name; two hosts that apply copies of one plan are two runs. */
export const leaseTerms = (need: string, { digest }: Plan): { readonly lease?: LeaseTerms } =>
  need === 'none'
    ? {}
    : {
        lease: {
          need: need === 'require' ? 'require' : 'best-effort',
          host: hostname(),
          newRun: `${digest.slice(0, 8)}-${randomBytes(4).toString('hex')}`,
        },
      };

type LeaseEvent = Extract<EngineEvent, { kind: 'lease' }>;

/** Keeps what a person has to know when all is over. */
export const makeLeaseNews = (): {
  readonly hear: (event: EngineEvent) => void;
  readonly problems: () => readonly Problem[];
} => {
  const without: LeaseEvent[] = [];
  const kept: LeaseEvent[] = [];
  return {
    hear: (event) => {
      if (event.kind !== 'lease') return;
      if (event.state === 'without') without.push(event);
      if (event.state === 'kept') kept.push(event);
    },
    problems: () => [...worked(without), ...left(kept)],
  };
};

const worked = (events: readonly LeaseEvent[]): readonly Problem[] => {
  const [first] = events;
  if (first === undefined) return [];
  const { problem, machine, why = '' } = first;
  return [
    {
      code: 'no-lease',
      severity: 'medium',
      subject: machine,
      summary: `${machinesOf(events)} worked on without a lease, so another run could have been at work there too: ${why}`,
      remedy: problem?.remedy ?? `allow ${leaseActions.join(', ')} on the machines, or say --lease none`,
    },
  ];
};

const left = (events: readonly LeaseEvent[]): readonly Problem[] => {
  const [first] = events;
  if (first === undefined) return [];
  const until = events
    .map((event) => event.until ?? '')
    .toSorted()
    .at(-1);
  return [
    {
      code: 'lease-kept',
      severity: 'low',
      subject: first.machine,
      summary: `${machinesOf(events)} left to this run until ${until}: other plans wait for it`,
      remedy: 'apply this plan again, which goes on at once, or wait',
    },
  ];
};

const machinesOf = (events: readonly LeaseEvent[]): string => {
  const names = events.map(({ machine }) => nameOf(machine));
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return `${shown} ${names.length === 1 ? 'was' : 'were'}`;
};
