import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Answer, Call, Mutable, Route, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime, groupResourceId, mergePatch, requireResource, text, wire } from './arm-resource.ts';
import { removeFromGallery, writeToGallery } from './gallery-operations.ts';
import {
  GALLERY_TYPE,
  GALLERY_VERSIONS,
  LIMITS,
  VERSION_TYPE,
  requireFitting,
  requireVersionName,
  sameRegion,
} from './gallery-rules.ts';
import { sourceContents } from './gallery-sources.ts';
import type { ImageContents } from './image-contents.ts';
import { linkedToVersionSource } from './linked-permissions.ts';

const PATH =
  `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${GALLERY_TYPE}/{galleryName}` +
  '/images/{imageName}/versions/{versionName}';
/** The image is read once, then written region by region: a few minutes each, more the larger it is. */
const CAPTURE_MS = 120_000;
const REPLICATE_MS_PER_GIB = 4000;

/** Image versions. https://learn.microsoft.com/rest/api/compute/gallery-image-versions */
export const VERSION_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, apiVersions: GALLERY_VERSIONS, handle: get },
  {
    method: 'PUT',
    path: PATH,
    apiVersions: GALLERY_VERSIONS,
    request: 'GalleryImageVersion',
    linked: linkedToVersionSource,
    handle: put,
  },
  { method: 'DELETE', path: PATH, apiVersions: GALLERY_VERSIONS, handle: remove },
];

function definitionId(call: Call): string {
  const gallery = groupResourceId(call, GALLERY_TYPE, call.params['galleryName'] ?? '');
  return `${gallery}/images/${call.params['imageName'] ?? ''}`;
}

function versionId(call: Call): string {
  return `${definitionId(call)}/versions/${call.params['versionName'] ?? ''}`;
}

function get(call: Call): Answer {
  const version = requireResource(call, versionId(call), 'GalleryImageVersion');
  const shown = wire(version);
  const expand = call.query.get('$expand');
  if (expand !== null && !/^(?:ReplicationStatus|UefiSettings)$/i.test(expand))
    throw invalidParameter('$expand', `The value '${expand}' of parameter '$expand' is not valid.`);
  if (expand?.toLowerCase() === 'replicationstatus')
    shown['properties'].replicationStatus = replicationOf(call.world, version);
  return { status: 200, body: shown };
}

function put(call: Call): Answer {
  const { store, clock } = call.world;
  const definition = requireResource(call, definitionId(call), 'GalleryImage');
  const id = versionId(call);
  const before = store.get(id);
  const location = text(call.body?.['location']);
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  const asked: Mutable = call.body?.['properties'] ?? {};
  requireVersionName(call.params['versionName'] ?? '');
  if (before) requireSameSource(before, asked);
  else requireRoom(call, location);
  const publishing = publishingOf(asked['publishingProfile'] ?? {}, before, location, computeTime(clock.now()));
  const contents: ImageContents =
    before?.hidden['contents'] ?? sourceContents(call, definition, asked['storageProfile'] ?? {}, location);
  if (!before) requireFitting(definition, contents, publishing['replicationMode']);
  const regions: readonly Mutable[] = publishing['targetRegions'];
  const ready = readyTimes(call.world, before, regions, contents);
  const tags: unknown = call.body?.['tags'] ?? before?.body['tags'];
  return writeToGallery(call, {
    id,
    type: VERSION_TYPE,
    body: { name: id.split('/').at(-1), location, ...(tags === undefined ? {} : { tags }) },
    properties: {
      publishingProfile: publishing,
      storageProfile: before?.body['properties'].storageProfile ?? storageOf(asked['storageProfile'] ?? {}, contents),
      safetyProfile: {
        reportedForPolicyViolation: false,
        allowDeletionOfReplicatedLocations: false,
        ...before?.body['properties'].safetyProfile,
        ...asked['safetyProfile'],
      },
    },
    hidden: { ...before?.hidden, contents, ready, since: before?.hidden['since'] ?? clock.now() },
    durationMs: Math.max(10_000, ...Object.values(ready).map((at) => at - clock.now())),
  });
}

function requireSameSource(before: Stored, asked: Mutable): void {
  const old: Mutable = before.body['properties'].storageProfile;
  const sent: Mutable = asked['storageProfile'] ?? {};
  for (const [field, source] of [
    ['source', sent['source']],
    ['osDiskImage.source', sent['osDiskImage']?.source],
  ] as const) {
    const was: unknown = field === 'source' ? old['source'] : old['osDiskImage']?.source;
    if (source == null || JSON.stringify(source).toLowerCase() === JSON.stringify(was ?? null).toLowerCase()) continue;
    const target = `galleryImageVersion.properties.storageProfile.${field}`;
    throw new AzureError(409, 'PropertyChangeNotAllowed', `Changing property '${target}' is not allowed.`, { target });
  }
}

function requireRoom(call: Call, location: string): void {
  const scope = `/subscriptions/${call.params['subscriptionId'] ?? ''}`;
  const versions = call.world.store.list(VERSION_TYPE, scope);
  if (versions.filter((one) => sameRegion(one.body['location'], location)).length < LIMITS.versions) return;
  const text = `The subscription already has ${LIMITS.versions} image versions in ${location}, which is the limit.`;
  throw new AzureError(409, 'OperationNotAllowed', text);
}

/** The version's own region is always among its targets. */
function publishingOf(sent: Mutable, before: Stored | undefined, location: string, now: string): Mutable {
  const old: Mutable = before?.body['properties'].publishingProfile ?? {};
  const merged: Mutable = mergePatch(old, sent);
  const replicas = merged['replicaCount'] ?? 1;
  const storageAccountType = merged['storageAccountType'] ?? 'Standard_LRS';
  const asked: readonly Mutable[] = sent['targetRegions'] ?? old['targetRegions'] ?? [{ name: location }];
  const regions = asked.map((region) => ({
    regionalReplicaCount: replicas,
    storageAccountType,
    ...region,
  }));
  if (!regions.some(({ name }: Mutable) => sameRegion(name, location))) {
    const text = `The publishing profile's target regions must include the location '${location}' of the version.`;
    throw invalidParameter('galleryImageVersion.properties.publishingProfile.targetRegions', text);
  }
  const wrong = regions.find((one) => !(one.regionalReplicaCount >= 1 && one.regionalReplicaCount <= LIMITS.replicas));
  if (wrong !== undefined) {
    const text = `The replica count ${wrong.regionalReplicaCount} is not valid: from 1 to ${LIMITS.replicas}.`;
    throw invalidParameter('galleryImageVersion.properties.publishingProfile.replicaCount', text);
  }
  return {
    ...merged,
    targetRegions: regions,
    replicaCount: replicas,
    excludeFromLatest: merged['excludeFromLatest'] ?? false,
    publishedDate: old['publishedDate'] ?? now,
    storageAccountType,
    replicationMode: merged['replicationMode'] ?? 'Full',
  };
}

function storageOf(sent: Mutable, { disks }: ImageContents): Mutable {
  const shown = disks.map(({ lun, sizeGiB, caching }) => {
    const asked: Mutable | undefined =
      lun === undefined
        ? sent['osDiskImage']
        : (sent['dataDiskImages'] ?? []).find((one: Mutable) => one['lun'] === lun);
    return { ...(lun === undefined ? {} : { lun }), sizeInGB: sizeGiB, hostCaching: caching ?? 'None', ...asked };
  });
  const [osDiskImage, ...dataDiskImages] = shown;
  return {
    ...(sent['source'] === undefined ? {} : { source: sent['source'] }),
    osDiskImage,
    ...(dataDiskImages.length === 0 ? {} : { dataDiskImages }),
  };
}

/** When each target region has its copy, by its plain name; regions that have one keep it. */
function readyTimes(
  world: World,
  before: Stored | undefined,
  regions: readonly Mutable[],
  { disks }: ImageContents,
): Record<string, number> {
  const had: Readonly<Record<string, number>> = before?.hidden['ready'] ?? {};
  const size = disks.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
  const fresh = world.clock.now() + CAPTURE_MS + size * REPLICATE_MS_PER_GIB;
  return Object.fromEntries(
    regions.map(({ name }) => {
      const key = String(name).toLowerCase().replaceAll(' ', '');
      return [key, had[key] ?? fresh];
    }),
  );
}

/** https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get: only where it is asked for. */
function replicationOf({ clock }: World, version: Stored): Mutable {
  const { ready = {}, since = 0 } = version.hidden as { ready?: Record<string, number>; since?: number };
  const regions: readonly Mutable[] = version.body['properties'].publishingProfile?.targetRegions ?? [];
  const failed = version.body['properties'].provisioningState === 'Failed';
  const summary = regions.map(({ name }) => {
    const at = ready[String(name).toLowerCase().replaceAll(' ', '')] ?? since;
    const share = at <= since ? 1 : Math.min(1, (clock.now() - since) / (at - since));
    const state = failed ? 'Failed' : share < 1 ? 'Replicating' : 'Completed';
    return { region: name, state, details: '', progress: Math.floor(share * 100) };
  });
  const running = summary.some(({ state }) => state === 'Replicating');
  return { aggregatedState: failed ? 'Failed' : running ? 'InProgress' : 'Completed', summary };
}

function remove(call: Call): Answer {
  const version = call.world.store.get(versionId(call));
  const { safetyProfile, publishingProfile } = version?.body['properties'] ?? {};
  const endOfLife = Date.parse(String(publishingProfile?.endOfLifeDate));
  if (safetyProfile?.blockDeletionBeforeEndOfLife === true && !(endOfLife <= call.world.clock.now())) {
    const name = typeAndName(version!.id).name.split('/').at(-1);
    const text = `The gallery image version '${name}' cannot be deleted before its end of life.`;
    throw new AzureError(409, 'OperationNotAllowed', text);
  }
  return removeFromGallery(call, versionId(call));
}
