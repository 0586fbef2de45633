import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { requireResource } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';

/**
 * Export of a disk's or snapshot's bytes: beginGetAccess hands out a signed URL, endGetAccess takes it back.
 * https://learn.microsoft.com/rest/api/compute/disks/grant-access
 */
export function accessRoutes(path: string, noun: 'Disk' | 'Snapshot'): readonly Route[] {
  return [
    {
      method: 'POST',
      path: `${path}/beginGetAccess`,
      apiVersions: apiVersions.disks,
      bucket: 'disk-access',
      request: 'GrantAccessData',
      handle: (call) => begin(call, noun),
    },
    {
      method: 'POST',
      path: `${path}/endGetAccess`,
      apiVersions: apiVersions.disks,
      bucket: 'disk-access',
      handle: (call) => end(call, noun),
    },
  ];
}

/** While a signed URL is out, the resource cannot be deleted. */
export function requireNoAccess(stored: Stored, noun: string): void {
  if (stored.hidden['access'] !== true) return;
  const text =
    `There is an active shared access signature outstanding for ${noun.toLowerCase()} ` +
    `${typeAndName(stored.id).name}. Call EndGetAccess before attempting this operation.`;
  throw new AzureError(409, 'OperationNotAllowed', text);
}

function subject(call: Call, noun: string): Stored {
  return requireResource(call, call.path.replace(/\/[^/]+$/, ''), noun);
}

function begin(call: Call, noun: string): Answer {
  const { store, operations, random } = call.world;
  const stored = subject(call, noun);
  const { name } = typeAndName(stored.id);
  const properties = stored.body['properties'] ?? {};
  if (properties.networkAccessPolicy === 'DenyAll') {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `${noun} ${name} has network access policy DenyAll: export is not allowed.`,
    );
  }
  if (properties.diskState === 'Attached') {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `${noun} ${name} is attached to a running VM: access cannot be granted.`,
    );
  }
  const signed = `https://md-simulated.blob.storage.invalid/${random.uuid()}/abcd?sv=2018-03-28&sr=b&si=${random.uuid()}&sig=simulated`;
  const operation = operations.start({
    kind: 'begin-get-access',
    scope: stored.id,
    durationMs: 2000,
    data: { showOutput: true },
    finish: () => {
      store.update(stored.id, (edited) => {
        edited.hidden['access'] = true;
        edited.body['properties'].diskState = 'ActiveSAS';
      });
      return { accessSAS: signed };
    },
  });
  return {
    status: 202,
    headers: operationHeaders(call, 'DiskOperations', String(stored.body['location']), operation, true),
  };
}

function end(call: Call, noun: string): Answer {
  const { store, operations } = call.world;
  const stored = subject(call, noun);
  const operation = operations.start({
    kind: 'end-get-access',
    scope: stored.id,
    durationMs: 1000,
    finish: () => {
      store.update(stored.id, (edited) => {
        edited.hidden['access'] = false;
        if (edited.body['properties'].diskState === 'ActiveSAS') edited.body['properties'].diskState = 'Unattached';
      });
    },
  });
  return {
    status: 202,
    headers: operationHeaders(call, 'DiskOperations', String(stored.body['location']), operation, true),
  };
}
