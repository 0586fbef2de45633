/** What machines and images are made of: read by name, and refused where the answer does not say enough. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCloneImage, readImageSource } from '../../src/azure/read-image.ts';
import { intercept, testClock, testTransport, type Reply } from './arm-rig.ts';
import { sub } from './fake-arm.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const compute = `/subscriptions/${sub(1)}/resourceGroups/rg/providers/Microsoft.Compute`;
const imageId = `${compute}/images/web`;
const definitionId = `${compute}/galleries/gal/images/web`;
const versionId = `${definitionId}/versions/1.0.0`;
const diskId = `${compute}/disks/os`;
const ports = () => ({ transport: testTransport(), clock: testClock(), concurrency: 4, patienceMs: 1_000 });

/** Bodies by id; an id without one is not there. */
const answering = (bodies: Readonly<Record<string, unknown>>) =>
  intercept(({ path }): Reply => {
    const body = bodies[path.split('?')[0]!];
    return body === undefined ? [404, { error: { code: 'ResourceNotFound', message: 'no such thing' } }] : [200, body];
  });

const image = (more: object = {}) => ({
  location: 'West Europe',
  properties: { provisioningState: 'Succeeded', storageProfile: { osDisk: { osType: 'Linux' } }, ...more },
});
const version = (more: object = {}) => ({
  location: 'westeurope',
  properties: {
    provisioningState: 'Succeeded',
    publishingProfile: { targetRegions: [{ name: 'West Europe' }, { name: 'northeurope' }, {}] },
    ...more,
  },
});
const definition = (more: object = {}) => ({
  location: 'westeurope',
  properties: { osType: 'Windows', osState: 'Specialized', ...more },
});

const cloned = async (id: string, bodies: Readonly<Record<string, unknown>>) => {
  const sent = answering(bodies);
  return { read: await readCloneImage(id, ports()), sent };
};
const withFeatures = (...features: readonly object[]) => ({
  [versionId]: version(),
  [definitionId]: definition({ features }),
});

describe('a managed image', () => {
  it('is of a generalized machine, of its own region alone', async () => {
    const { read } = await cloned(imageId, { [imageId]: image() });
    expect(read).toEqual({
      kind: 'found',
      value: {
        id: imageId,
        option: 'managed-image',
        osType: 'linux',
        osState: 'generalized',
        location: 'westeurope',
        regions: ['westeurope'],
        securityType: 'standard',
      },
    });
  });

  it.each([
    ['is still being made', image({ provisioningState: 'Creating' }), /not wholly made/],
    ['failed', image({ provisioningState: 'Failed' }), /not wholly made/],
    ['tells no system', image({ storageProfile: {} }), /does not say what is needed/],
    ['tells a system that nobody knows', image({ storageProfile: { osDisk: { osType: 'Plan9' } } }), /does not say/],
    ['tells no region', { properties: image().properties }, /does not say what is needed/],
    ['is not there', undefined, /no such resource/],
  ])('is refused where it %s', async (_, body, words) => {
    const { read } = await cloned(imageId, body === undefined ? {} : { [imageId]: body });
    expect(read).toMatchObject({ kind: 'problem', problem: { summary: expect.stringMatching(words) as string } });
  });
});

describe('a gallery image version', () => {
  it('is what its definition says, in the regions it is published to', async () => {
    const { read, sent } = await cloned(versionId, { [versionId]: version(), [definitionId]: definition() });
    expect(read).toEqual({
      kind: 'found',
      value: {
        id: versionId,
        option: 'gallery-image',
        osType: 'windows',
        osState: 'specialized',
        location: 'westeurope',
        regions: ['westeurope', 'northeurope'],
        securityType: 'standard',
      },
    });
    expect(sent.map(({ path }) => path.split('?')[0])).toEqual([versionId, definitionId]);
  });

  it.each([
    ['TrustedLaunch', 'trusted-launch'],
    ['ConfidentialVM', 'confidential'],
    ['TrustedLaunchSupported', 'standard'],
    ['ConfidentialVmSupported', 'standard'],
    ['TrustedLaunchAndConfidentialVmSupported', 'standard'],
  ])('whose definition says %s makes machines of security type %s', async (value, securityType) => {
    const features = [
      { name: 'DiskControllerTypes', value: 'SCSI' },
      { name: 'securityType', value },
    ];
    const { read } = await cloned(versionId, withFeatures(...features));
    expect(read).toMatchObject({ kind: 'found', value: { securityType } });
  });

  it.each([
    [
      'is still replicated',
      { [versionId]: version({ provisioningState: 'Updating' }), [definitionId]: definition() },
      /not wholly made/,
    ],
    ['has no definition', { [versionId]: version() }, /no such resource/],
    ['is not there', { [definitionId]: definition() }, /no such resource/],
    [
      'is of an unknown state',
      { [versionId]: version(), [definitionId]: definition({ osState: 'Odd' }) },
      /does not say/,
    ],
    ['is of no state', { [versionId]: version(), [definitionId]: definition({ osState: undefined }) }, /does not say/],
    ['is of no system', { [versionId]: version(), [definitionId]: definition({ osType: undefined }) }, /does not say/],
  ])('is refused where it %s', async (_, bodies, words) => {
    const { read } = await cloned(versionId, bodies);
    expect(read).toMatchObject({ kind: 'problem', problem: { summary: expect.stringMatching(words) as string } });
  });
});

describe('what is no image', () => {
  it.each([diskId, definitionId, 'web'])('is refused unread: %s', async (id) => {
    const { read, sent } = await cloned(id, { [diskId]: image(), [definitionId]: image() });
    expect(read).toMatchObject({
      kind: 'problem',
      problem: { summary: expect.stringContaining('neither a managed image nor a gallery image version') as string },
    });
    expect(sent).toEqual([]);
  });
});

describe('the source of an image', () => {
  it.each([
    [
      { location: 'North Europe', properties: { diskSizeGB: 64 } },
      { location: 'northeurope', sizeGiB: 64 },
    ],
    [{ location: 'northeurope', properties: {} }, { location: 'northeurope' }],
    [{ location: 'northeurope', properties: { diskSizeGB: 'large' } }, { location: 'northeurope' }],
  ])('%j is read as %j', async (body, value) => {
    answering({ [diskId]: body });
    expect(await readImageSource(diskId, ports())).toEqual({ kind: 'found', value });
  });

  it('is refused without a region, and where it is not there', async () => {
    answering({ [diskId]: { properties: { diskSizeGB: 64 } } });
    expect(await readImageSource(diskId, ports())).toMatchObject({ kind: 'problem' });
    expect(await readImageSource(`${diskId}-2`, ports())).toMatchObject({
      kind: 'problem',
      problem: { code: 'azure-not-found' },
    });
  });
});
