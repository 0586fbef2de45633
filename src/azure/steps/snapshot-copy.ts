/**
 * PUT snapshots with createOption CopyStart: 202, over in seconds, while the copy goes on for long.
 * https://learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions
 */
import type { SnapshotCopyInput } from '../../core/steps/snapshot.ts';
import type { Began } from '../../engine/ports.ts';
import { unwritten } from '../ask.ts';
import { numberAt } from '../raw.ts';
import { addressOf } from '../resource.ts';
import { putRunner, type MakeRunner, type StepTools } from './runner.ts';
import { protectionOf } from './snapshot-create.ts';

export const snapshotCopy: MakeRunner<'snapshot.copy'> = (step, tools) => {
  const put = putRunner(step, tools, snapshotCopyBody(step.input));
  return {
    ...put,
    begin: async (same, signal) => (await waitForSource(step.input, tools, signal)) ?? put.begin(same, signal),
  };
};

export const snapshotCopyBody = (input: SnapshotCopyInput) => ({
  location: input.location,
  tags: input.tags,
  sku: { name: input.sku },
  properties: {
    creationData: { createOption: 'CopyStart', sourceResourceId: input.sourceSnapshotId },
    incremental: true,
    ...protectionOf(input),
  },
});

const lookMs = 30_000;

/** Premium SSD v2 and Ultra snapshots cannot be copied before they are whole themselves (facts S-12). */
const waitForSource = async (
  { sourceSnapshotId }: SnapshotCopyInput,
  { arm }: StepTools,
  signal: AbortSignal,
): Promise<Began | undefined> => {
  const answer = await arm.ask({ ...addressOf(sourceSnapshotId), method: 'GET', path: sourceSnapshotId, signal });
  if (answer.kind !== 'answer') return unwritten(answer);
  const percent = numberAt(answer.response.body, 'properties', 'completionPercent') ?? 100;
  return percent < 100
    ? { kind: 'not-yet', phase: `its source is copied ${percent} %`, retryAfterMs: lookMs }
    : undefined;
};
