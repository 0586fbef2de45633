import type { Answer, Call, Mutable, Operation, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { endJob, startJob, type JobOperation } from './backup-jobs.ts';
import { itemId, type MachineId, type MachineKey } from './backup-names.ts';
import { acceptedHeaders } from './backup-operations.ts';

/** What a write to a protected item is about. */
export interface Target {
  readonly call: Call;
  readonly vault: Stored;
  readonly key: MachineKey;
  readonly machine: MachineId;
  readonly sent: Mutable;
  readonly item: Stored | undefined;
}

/** Starts job and operation together; the job ends as the operation does. The 202 has no body. */
export function begin(
  { call, vault, key, machine }: Target,
  spec: {
    operation: JobOperation;
    durationMs: number;
    bag: Mutable;
    finish: (operation: Operation) => void;
    place?: 'item' | 'vault';
    protecting?: string;
  },
): Answer {
  const { world } = call;
  const job = startJob(world, vault, key, { operation: spec.operation, friendlyName: machine.name, bag: spec.bag });
  const operation: Operation = world.operations.start({
    kind: `backup-${spec.operation}`,
    scope: vault.id,
    durationMs: spec.durationMs,
    data: { vaultId: vault.id, jobId: job.body['name'], itemId: itemId(vault.id, key), protecting: spec.protecting },
    finish: () => {
      try {
        spec.finish(operation);
        endJob(world, job.id, 'Completed');
      } catch (error) {
        if (error instanceof AzureError) endJob(world, job.id, 'Failed', { error });
        throw error;
      }
      return undefined;
    },
  });
  const place = spec.place ?? 'item';
  return { status: 202, headers: acceptedHeaders(call, operation, place, place === 'item' ? call.path : vault.id) };
}
