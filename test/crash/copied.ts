/** A job's point of a machine whose copy has failed. */
import { shortHash } from '../../src/core/ids.ts';
import { seedOf } from '../../src/core/job/identity.ts';
import type { Job } from '../../src/core/job/job.ts';
import type { Chosen } from './scenarios.ts';

const job = 'nightly';
const due = '2026-11-02T07:00:00Z';
const compute = '/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01/resourceGroups/rg-app/providers/Microsoft.Compute';

export const copyingJob = (region: string): Job => ({
  name: job,
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'disk-snapshot',
  consistency: { want: 'any', otherwise: 'weaker-with-finding' },
  timing: { kind: 'window', lengthMinutes: 60, timeZone: 'UTC' },
  retention: {},
  trashDays: 0,
  copies: [{ region }],
  limits: {},
  notify: [],
});

/** Machines and resources of a fleet that begins at eight. */
export const copiedFleet = ({ os, pair }: Chosen): string => {
  const machine = `${compute}/virtualMachines/web`.toLowerCase();
  const source = `${compute}/snapshots/web-os-1`;
  const tags = {
    'holdfast-set': shortHash(`${seedOf(job, due, 0)}|${machine}`, 12),
    'holdfast-disks': '1',
    'holdfast-machine': shortHash(machine, 12),
    'holdfast-run': 'aaaaaaaaaaaa',
    'holdfast-made-by': 'holdfast',
    'holdfast-job': job,
    'holdfast-window': due,
  };
  const failed = {
    id: `${compute}/snapshots/hf-web-${pair}-202611020700-0123456789`,
    type: 'Microsoft.Compute/snapshots',
    location: pair,
    sku: { name: 'Standard_LRS' },
    tags: { ...tags, 'holdfast-copy-of': shortHash(source.toLowerCase(), 12) },
    properties: {
      provisioningState: 'Succeeded',
      incremental: true,
      diskSizeGB: 30,
      timeCreated: due,
      creationData: { createOption: 'CopyStart', sourceResourceId: source },
      completionPercent: 90,
      copyCompletionError: { errorCode: 'CopySourceNotFound', errorMessage: 'lost' },
    },
  };
  const web = { name: 'web', os, snapshots: [{ age: '1h', tags }] };
  return `machines: ${JSON.stringify([web])}\nresources: ${JSON.stringify([failed])}\n`;
};
