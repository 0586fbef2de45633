/** What is to be known of an image, disk or snapshot before machines or images are made of it: one or two GETs, asked by name. */
import { bareId, nameOf, parseId, type ResourceId } from '../core/ids.ts';
import type { CloneImage } from '../core/planners/clone.ts';
import type { Problem } from '../core/problem.ts';
import { makeInquiry, defaultReadPatienceMs } from './inquiry.ts';
import type { PreflightPorts } from './preflight.ts';
import { listAt, numberAt, textAt } from './raw.ts';
import { addressOf, provisioningOf } from './resource.ts';

export type Found<T> =
  { readonly kind: 'found'; readonly value: T } | { readonly kind: 'problem'; readonly problem: Problem };

type Get = (id: ResourceId) => Promise<Found<unknown>>;

const getter = ({ transport, clock, concurrency, patienceMs = defaultReadPatienceMs, signal }: PreflightPorts): Get => {
  const inquiry = makeInquiry(transport, clock, { concurrency, patienceMs, ...(signal ? { signal } : {}) });
  return async (id) => {
    const answer = await inquiry.one({ ...addressOf(id), method: 'GET', path: bareId(id) });
    return answer.ok
      ? { kind: 'found', value: answer.response.body }
      : { kind: 'problem', problem: answer.failure.problem };
  };
};

/** A managed image (`…/images/{i}`), or a version of a gallery (`…/galleries/{g}/images/{d}/versions/{v}`) with its definition. */
export const readCloneImage = async (id: ResourceId, ports: PreflightPorts): Promise<Found<CloneImage>> => {
  const get = getter(ports);
  const type = parseId(id)?.type?.toLowerCase();
  if (type === 'microsoft.compute/galleries/images/versions') return readVersion(id, get);
  if (type === 'microsoft.compute/images') return readManaged(id, get);
  const summary = `${id} is neither a managed image nor a gallery image version`;
  return wrong(id, summary, 'name …/providers/Microsoft.Compute/images/NAME, or …/galleries/G/images/D/versions/V');
};

const readManaged = async (id: ResourceId, get: Get): Promise<Found<CloneImage>> => {
  const read = await get(id);
  if (read.kind === 'problem') return read;
  const location = locationOf(read.value);
  const osType = osTypeOf(textAt(read.value, 'properties', 'storageProfile', 'osDisk', 'osType'));
  if (location === undefined || osType === undefined) return unreadable(id);
  if (provisioningOf(read.value) !== 'ready') return notReady(id);
  // Azure takes no other kind: https://learn.microsoft.com/azure/virtual-machines/capture-image-resource
  return found({
    id,
    option: 'managed-image',
    osType,
    osState: 'generalized',
    location,
    regions: [location],
    securityType: 'standard',
  });
};

const readVersion = async (id: ResourceId, get: Get): Promise<Found<CloneImage>> => {
  const definitionId = bareId(id).replace(/\/versions\/[^/]+$/i, '');
  const [version, definition] = [await get(id), await get(definitionId)];
  if (version.kind === 'problem') return version;
  if (definition.kind === 'problem') return definition;
  const location = locationOf(version.value);
  const osType = osTypeOf(textAt(definition.value, 'properties', 'osType'));
  const osState = textAt(definition.value, 'properties', 'osState')?.toLowerCase();
  if (location === undefined || osType === undefined || (osState !== 'generalized' && osState !== 'specialized'))
    return unreadable(id);
  if (provisioningOf(version.value) !== 'ready') return notReady(id);
  const security = listAt(definition.value, 'properties', 'features')
    .filter((feature) => textAt(feature, 'name')?.toLowerCase() === 'securitytype')
    .map((feature) => textAt(feature, 'value')?.toLowerCase())[0];
  const regions = listAt(version.value, 'properties', 'publishingProfile', 'targetRegions').flatMap(
    (region) => fold(textAt(region, 'name')) ?? [],
  );
  return found({
    id,
    option: 'gallery-image',
    osType,
    osState,
    location,
    regions,
    securityType: securityTypeOf(security),
  });
};

/** "Supported" features take both kinds of machine; only a required one decides. */
const securityTypeOf = (feature: string | undefined): CloneImage['securityType'] =>
  feature === 'trustedlaunch' ? 'trusted-launch' : feature === 'confidentialvm' ? 'confidential' : 'standard';

export interface CapturedSource {
  readonly location: string;
  readonly sizeGiB?: number;
}

/** Of an operating system disk or a snapshot of one. */
export const readImageSource = async (id: ResourceId, ports: PreflightPorts): Promise<Found<CapturedSource>> => {
  const read = await getter(ports)(id);
  if (read.kind === 'problem') return read;
  const location = locationOf(read.value);
  if (location === undefined) return unreadable(id);
  const sizeGiB = numberAt(read.value, 'properties', 'diskSizeGB');
  return found({ location, ...(sizeGiB === undefined ? {} : { sizeGiB }) });
};

const found = <T>(value: T): Found<T> => ({ kind: 'found', value });

const wrong = (subject: ResourceId, summary: string, remedy: string): Found<never> => ({
  kind: 'problem',
  problem: { code: 'image-source', severity: 'high', subject, summary, remedy },
});

const unreadable = (id: ResourceId): Found<never> =>
  wrong(id, `Azure's answer about ${nameOf(id)} does not say what is needed of it`, 'look at it in the portal');
const notReady = (id: ResourceId): Found<never> =>
  wrong(id, `${nameOf(id)} is not wholly made`, 'wait for it, or take another');

const fold = (location: string | undefined): string | undefined => location?.replaceAll(' ', '').toLowerCase();
const locationOf = (body: unknown): string | undefined => fold(textAt(body, 'location'));

const osTypeOf = (text: string | undefined): 'linux' | 'windows' | undefined => {
  const folded = text?.toLowerCase();
  return folded === 'linux' || folded === 'windows' ? folded : undefined;
};
