/** Forty mixed machines: what they are, and how one more of them comes into the world. */
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import type { Fleet, Mutable } from '../../src/simulator/service.ts';
import { jobs, subscriptionsOf } from './jobs.ts';

type Kind = 'linux' | 'windows' | 'two-disks' | 'striped' | 'zonal' | 'off' | 'premium-v2' | 'ultra';

const kinds: Readonly<Record<Kind, Mutable>> = {
  linux: { os: 'linux' },
  windows: { os: 'windows', osDisk: { sizeGiB: 127 } },
  'two-disks': { os: 'windows', dataDisks: [{ sizeGiB: 64 }, { sizeGiB: 256, sku: 'StandardSSD_LRS' }] },
  striped: { os: 'linux', tags: { striping: 'raid0' }, dataDisks: [{ count: 4, sizeGiB: 128 }] },
  zonal: { os: 'linux', zone: '1', osDisk: { sizeGiB: 64, sku: 'StandardSSD_ZRS' } },
  off: { os: 'linux', power: 'deallocated', tags: { striping: 'none' }, dataDisks: [{ sizeGiB: 32 }] },
  'premium-v2': { os: 'linux', zone: '2', dataDisks: [{ sizeGiB: 100, sku: 'PremiumV2_LRS' }] },
  ultra: { os: 'windows', zone: '3', dataDisks: [{ sizeGiB: 64, sku: 'UltraSSD_LRS' }] },
};

export const described = (name: string, job: string, kind: Kind, resourceGroup: string, age = '200d'): Mutable => {
  const { tags, ...rest } = kinds[kind];
  return {
    name,
    resourceGroup,
    subscription: jobs.find((one) => one.name === job)?.subscription ?? 'main',
    tags: { environment: 'dev', job, ...tags },
    age,
    osDisk: { sizeGiB: 30 },
    ...rest,
  };
};

/** 21 daily, three frozen daily and 10 daily with copies; five four-hourly and one hourly. */
const plan: readonly (readonly [job: string, kind: Kind, count: number])[] = [
  ['daily', 'linux', 7],
  ['daily', 'windows', 4],
  ['daily', 'two-disks', 3],
  ['daily', 'striped', 1],
  ['daily', 'zonal', 2],
  ['daily', 'off', 2],
  ['daily', 'premium-v2', 1],
  ['daily', 'ultra', 1],
  ['frozen', 'linux', 3],
  ['copied', 'linux', 6],
  ['copied', 'zonal', 1],
  ['copied', 'windows', 1],
  ['copied', 'two-disks', 2],
  ['four-hourly', 'linux', 1],
  ['four-hourly', 'windows', 2],
  ['four-hourly', 'two-disks', 1],
  ['four-hourly', 'ultra', 1],
  ['hourly', 'linux', 1],
];

export const groupsOf = (job: string): readonly string[] => [`rg-${job}-a`, `rg-${job}-b`];

const machines = plan.flatMap(([job, kind, count]) =>
  Array.from({ length: count }, (_, i) => described(`${job}-${kind}-${i + 1}`, job, kind, groupsOf(job)[i % 2]!)),
);

/** Things of others beside holdfast's: none of them may ever be touched. */
const foreign: Mutable = {
  name: 'foreign',
  resourceGroup: 'rg-daily-a',
  subscription: 'main',
  tags: { environment: 'dev' },
  snapshots: [{ age: '90d' }, { age: '20d' }],
  restorePoints: [{ age: '40d', collection: 'by-hand' }],
};

export const yearFleet = (seed: number, now: number): Fleet => {
  const file = {
    subscriptions: Object.entries(subscriptionsOf(seed)).map(([key, id]) => ({ key, id, name: key })),
    machines: [...machines, foreign],
  };
  const parsed = parseFleet(JSON.stringify(file), 'the year', now);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.fleet;
};
