import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodyError, bodyNames, checkBody, requireBody } from '../../src/simulator/body-check.ts';
import { generateTables } from '../../src/simulator/generate/tables.ts';

const real = resolve(import.meta.dirname, '../../../shared/real');
const here = existsSync(real);
if (!here) console.log(`skipped: regeneration needs the OpenAPI documents under ${real}`);

describe('the generated field tables', () => {
  it.skipIf(!here)('are what the generator makes of the documents today', { timeout: 30_000 }, () => {
    for (const [file, text] of generateTables(real)) {
      const committed = readFileSync(resolve(import.meta.dirname, '../../src/simulator/generated', file), 'utf8');
      expect(committed === text, `${file} is out of date: run src/simulator/generate/main.ts`).toBe(true);
    }
  });

  it('carry the notice of the documents they were made from', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../src/simulator/generated/disks.ts'), 'utf8');
    expect(text).toContain('MIT License. Copyright (c) Microsoft Corporation');
  });

  it('name every body that a service may hold requests against', () => {
    const wanted = [
      'VirtualMachine',
      'Disk',
      'Snapshot',
      'Vault',
      'ProtectedItemResource',
      'ResourceGroup',
      'QueryRequest',
    ];
    expect(wanted.filter((each) => !bodyNames.has(each))).toEqual([]);
  });
});

const creationData = { createOption: 'Copy', sourceResourceId: '/subscriptions/x/disks/d' };

describe('checkBody', () => {
  it('accepts a body that fits, whatever the case of names and enum values', () => {
    expect(
      checkBody('Snapshot', {
        location: 'westeurope',
        properties: { CreationData: { ...creationData, createOption: 'copy' } },
      }),
    ).toEqual([]);
  });

  it('names a field that no document knows, with its path and its type', () => {
    const problems = checkBody('Snapshot', { location: 'westeurope', properties: { creationData, sizeGiB: 4 } });
    expect(problems).toEqual([
      {
        kind: 'unknown',
        path: 'properties.sizeGiB',
        problem: "Could not find member 'sizeGiB' on object of type 'SnapshotProperties'. Path 'properties.sizeGiB'.",
      },
    ]);
  });

  it('knows fields of api-versions newer than the OpenAPI documents', () => {
    const properties = { creationData: { ...creationData, instantAccessDurationMinutes: 60 } };
    expect(checkBody('Snapshot', { location: 'westeurope', properties })).toEqual([]);
  });

  it('takes no notice of read-only fields, so that what GET answered can be PUT', () => {
    const body = {
      id: '/subscriptions/x',
      name: 's',
      type: 'Microsoft.Compute/snapshots',
      location: 'westeurope',
      managedBy: null,
      properties: {
        creationData,
        provisioningState: 'Succeeded',
        timeCreated: '2024-01-01T00:00:00Z',
        uniqueId: 5,
        diskSizeBytes: '5',
        immutabilityPolicy: { odd: 1 },
      },
    };
    expect(checkBody('Snapshot', body)).toEqual([]);
  });

  it.each([
    ['a number where a string belongs', { location: 5, properties: { creationData } }, 'type', 'location'],
    ['a string where an object belongs', { location: 'w', properties: 'x' }, 'type', 'properties'],
    [
      'a value outside the enumeration',
      { location: 'w', sku: { name: 'Gold_LRS' }, properties: { creationData } },
      'value',
      'sku.name',
    ],
    ['a required field left out', { location: 'w', properties: {} }, 'missing', 'properties.creationData'],
    [
      'a fraction where an integer belongs',
      { location: 'w', properties: { creationData, diskSizeGB: 1.5 } },
      'type',
      'properties.diskSizeGB',
    ],
    [
      'an array element of the wrong kind',
      { location: 'w', tags: { a: 1 }, properties: { creationData } },
      'type',
      'tags.a',
    ],
  ])('refuses %s', (_, body, kind, path) => {
    expect(checkBody('Snapshot', body)).toMatchObject([{ kind, path }]);
  });

  it('takes any word where Azure’s list is open, but not where the simulator decides by it', () => {
    const machine = (vmSize: string) => ({ location: 'w', properties: { hardwareProfile: { vmSize } } });
    expect(checkBody('VirtualMachine', machine('Standard_D2s_v9'))).toEqual([]);
    const disk = (more: object) => ({ location: 'w', properties: { creationData, ...more } });
    expect(checkBody('Disk', disk({ publicNetworkAccess: 'Sometimes' }))).toEqual([]);
    expect(checkBody('Disk', disk({ networkAccessPolicy: 'Sometimes' }))).toMatchObject([{ kind: 'value' }]);
    expect(checkBody('Disk', disk({ osType: 'Plan9' }))).toMatchObject([{ kind: 'value' }]);
  });

  it('follows a discriminator: fields of another variant are unknown', () => {
    const properties = {
      protectedItemType: 'Microsoft.Compute/virtualMachines',
      policyId: '/p',
      sourceResourceId: '/v',
    };
    expect(checkBody('ProtectedItemResource', { properties })).toEqual([]);
    expect(checkBody('ProtectedItemResource', { properties: { ...properties, computerName: 'c' } })).toMatchObject([
      { kind: 'unknown', path: 'properties.computerName' },
    ]);
  });

  it('refuses a discriminator that names no variant, and a missing one', () => {
    expect(
      checkBody('ProtectedItemResource', { properties: { protectedItemType: 'Microsoft.Sql/elephants' } }),
    ).toMatchObject([{ kind: 'value', path: 'properties.protectedItemType' }]);
    expect(checkBody('ProtectedItemResource', { properties: { policyId: '/p' } })).toMatchObject([{ kind: 'missing' }]);
  });

  it('lets Site Recovery be sent its own resource back', () => {
    const properties = {
      customDetails: { instanceType: 'Azure', location: 'westeurope' },
      friendlyName: 'x',
      health: 'Normal',
    };
    expect(checkBody('FabricCreationInput', { properties })).toEqual([]);
    expect(checkBody('FabricCreationInput', { properties: { customDetails: { location: 'westeurope' } } })).toEqual([]);
  });

  it('speaks each provider’s error codes', () => {
    const unknown = checkBody('BackupStatusRequest', { resourceType: 'VM', machine: '/x' });
    expect(bodyError('BackupStatusRequest', unknown)).toMatchObject({
      status: 400,
      code: 'BMSUserErrorInvalidInput',
      target: 'machine',
    });
    expect(() => requireBody('Disk', { location: 'w', colour: 'red' })).toThrowError(
      expect.objectContaining({ status: 400, code: 'InvalidRequestContent' }),
    );
    expect(() => requireBody('Disk', { location: 'w', sku: { name: 'x' } })).toThrowError(
      expect.objectContaining({ code: 'InvalidParameter' }),
    );
  });
});
