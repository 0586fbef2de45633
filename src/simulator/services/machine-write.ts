import { typeAndName } from '../envelope.ts';
import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { groupResourceId, markFailed, mergePatch, requireResource, text } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { settleMachine, shownMachine } from './machine-body.ts';
import { chosenImage, withImageDisks, type ChosenImage } from './machine-image.ts';
import { requireCreatable, startsUp } from './machine-rules.ts';
import { etagHeader, wireMachine } from './machine-wire.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const WRITE_MS = 45_000;
/** How long Azure waits for a guest to report that it was provisioned. */
const PROVISIONING_LIMIT_MS = 20 * 60_000;
/**
 * A new machine's agent reports some time after it was asked for: recorded as not ready at 83 s (Windows) and 33 s
 * (Linux), as ready at 77 s.
 */
const AGENT_MS = { Windows: 95_000, Linux: 40_000 } as const;

function idOf(call: Call): string {
  return groupResourceId(call, VM_TYPE, call.params['vmName'] ?? '');
}

/** Machines take If-Match and If-None-Match on writes. */
function checkPreconditions(call: Call, before: Stored | undefined): void {
  const match = call.headers.get('if-match');
  const none = call.headers.get('if-none-match');
  const failed =
    (match !== null && match !== '*' && match !== before?.body['etag']) || (none === '*' && before !== undefined);
  if (failed)
    throw new AzureError(
      412,
      'PreconditionFailed',
      'The condition set by the If-Match or If-None-Match header was not met.',
    );
}

export function putMachine(call: Call): Answer {
  const { store } = call.world;
  const id = idOf(call);
  const before = store.get(id);
  checkPreconditions(call, before);
  const sent = call.body ?? {};
  if (text(sent['location']) === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (before && String(before.body['location']).toLowerCase() !== String(sent['location']).toLowerCase()) {
    const message =
      `The resource '${typeAndName(id).name}' already exists in location ` +
      `'${String(before.body['location'])}'. A resource with the same name cannot be created in location ` +
      `'${String(sent['location'])}'.`;
    throw new AzureError(409, 'InvalidResourceLocation', message);
  }
  if (before) return write(call, id, before, sent);
  const image = chosenImage(call, sent['properties'] ?? {}, String(sent['location']));
  requireCreatable(call, id, sent, image);
  return write(call, id, undefined, image ? withImageDisks(sent, image) : sent, image);
}

export function patchMachine(call: Call): Answer {
  const before = requireResource(call, idOf(call), 'VM');
  checkPreconditions(call, before);
  const sent = call.body ?? {};
  const base = sent['tags'] === undefined ? before.body : { ...before.body, tags: {} };
  return write(call, before.id, before, mergePatch(base, sent));
}

/** 201 (create) or 200 (update) with the body as it will be and the status URL alone. */
function write(call: Call, id: string, before: Stored | undefined, sent: Mutable, image?: ChosenImage): Answer {
  const { store, operations } = call.world;
  const { timesOut } = startsUp(call, image);
  const shown = shownMachine(call, id, before, sent, image);
  const hidden = before?.hidden ?? shown.hidden;
  const etag = `"${Number(before?.hidden['writes'] ?? 0) + 1}"`;
  const accepted = store.put({
    id,
    type: VM_TYPE,
    body: {
      ...shown.body,
      etag,
      properties: { ...shown.body['properties'], provisioningState: before ? 'Updating' : 'Creating' },
    },
    hidden: { ...hidden, writes: Number(before?.hidden['writes'] ?? 0) + 1 },
  });
  if (!before && !timesOut) awaitAgent(call.world, accepted);
  const operation = operations.start({
    kind: 'vm-write',
    scope: id,
    durationMs: timesOut ? PROVISIONING_LIMIT_MS : WRITE_MS,
    fail: () => markFailed(call, id),
    finish: () => {
      // Deleted, or preempted by a later write's settling, in the meantime.
      if (!store.get(id)) return;
      const written = store.update(id, (vm) => (vm.body['properties'].provisioningState = 'Succeeded'));
      settleMachine(call.world, before, written);
      if (timesOut) throw provisioningTimedOut(id);
    },
  });
  return {
    status: before ? 200 : 201,
    headers: {
      ...etagHeader(call, accepted),
      ...operationHeaders(call, 'operations', String(sent['location']), operation, false),
    },
    body: wireMachine(call, accepted),
  };
}

/** The machine and its disks are there, and its guest never said that it is ready. */
function provisioningTimedOut(id: string): AzureError {
  const message =
    `OS Provisioning for VM '${typeAndName(id).name}' did not finish in the allotted time. The VM may still finish ` +
    'provisioning successfully. Please check provisioning state later.';
  return new AzureError(409, 'OSProvisioningTimedOut', message);
}

function awaitAgent({ clock, store }: World, vm: Stored): void {
  const isWindows = vm.body['properties']?.storageProfile?.osDisk?.osType === 'Windows';
  clock.at(clock.now() + AGENT_MS[isWindows ? 'Windows' : 'Linux'], () => {
    if (store.get(vm.id)?.hidden['agent'] === 'not-ready')
      store.update(vm.id, ({ hidden }) => (hidden['agent'] = 'ready'));
  });
}
