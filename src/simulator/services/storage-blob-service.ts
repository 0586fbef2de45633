import type { Answer, Call, Mutable, Stored } from '../service.ts';
import { STORAGE_TYPE } from './storage-account-body.ts';

/**
 * An account's blob service: whether deleted blobs are kept.
 * https://learn.microsoft.com/rest/api/storagerp/blob-services
 */
export function blobServiceOf(account: Stored): Mutable {
  const set: Mutable = account.hidden['blobService'] ?? {};
  return {
    sku: account.body['sku'],
    id: `${account.id}/blobServices/default`,
    name: 'default',
    type: `${STORAGE_TYPE}/blobServices`,
    properties: {
      cors: { corsRules: [] },
      deleteRetentionPolicy: { allowPermanentDelete: false, enabled: false },
      ...set,
    },
  };
}

export function putBlobService(call: Call, account: Stored): Answer {
  const set: Mutable = call.body?.['properties'] ?? {};
  const changed = call.world.store.update(account.id, ({ hidden }) => {
    hidden['blobService'] = { ...hidden['blobService'], ...set };
  });
  return { status: 200, body: blobServiceOf(changed) };
}
