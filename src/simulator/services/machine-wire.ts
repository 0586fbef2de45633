import { upperResourceGroup } from '../casing.ts';
import type { Call, Mutable, Stored, World } from '../service.ts';
import { text, wire } from './arm-resource.ts';
import { instanceView } from './instance-view.ts';
import { extensionViews, extensionsOf } from './machine-extensions.ts';

/**
 * Since when machines tell their etag, and at which api-versions: recordings of July 2024 have none, those of August
 * 2024
 * do. What older api-versions do today is [K].
 */
const ETAG_SINCE = { moment: Date.UTC(2024, 7, 1), apiVersion: '2024-03-01' } as const;

function tellsEtag(call: Call, vm: Stored): boolean {
  if (vm.hidden['recorded'] === true) return true;
  return call.world.clock.now() >= ETAG_SINCE.moment && call.apiVersion >= ETAG_SINCE.apiVersion;
}

/** A machine as its own GET and its writes answer it. */
export function wireMachine(call: Call, vm: Stored): Mutable {
  const { etag, resources: _, ...shown } = wire(vm);
  const extensions = extensionsOf(call.world.store, vm);
  return {
    ...shown,
    ...(etag === undefined || !tellsEtag(call, vm) ? {} : { etag }),
    ...(extensions.length === 0 ? {} : { resources: extensions }),
  };
}

/** As lists answer it: the resource group in upper case, extensions by their ids alone. Bundles go out as recorded. */
export function listedMachine(call: Call, vm: Stored): Mutable {
  if (vm.hidden['recorded'] === true) return wire(vm);
  const { resources, ...shown } = wireMachine(call, vm);
  const ids = ((resources ?? []) as readonly Mutable[]).map(({ id }) => ({ id: upperResourceGroup(String(id)) }));
  return { ...shown, id: upperResourceGroup(vm.id), ...(ids.length === 0 ? {} : { resources: ids }) };
}

export function viewOf(world: World, vm: Stored): Mutable {
  return instanceView(vm, extensionViews(extensionsOf(world.store, vm)));
}

export function etagHeader(call: Call, vm: Stored): Record<string, string> {
  const etag = text(vm.body['etag']);
  return etag === undefined || !tellsEtag(call, vm) ? {} : { ETag: etag };
}
