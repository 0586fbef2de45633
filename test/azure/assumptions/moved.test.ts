/** What a step takes for granted, asked just before its write: each way in which it can have moved, and what cannot be told. */
import { describe, expect, it } from 'vitest';
import { checkAssumption } from '../../../src/azure/assumptions/index.ts';
import type { Lists } from '../../../src/azure/made-since.ts';
import type { Assumption } from '../../../src/core/plan.ts';
import { snapshotStep } from '../../engine/plan-builder.ts';
import { inTurn, signal, stubArm, type Reply } from '../steps/stub-arm.ts';

const group = '/subscriptions/S/resourceGroups/RG/providers';
const machineId = `${group}/Microsoft.Compute/virtualMachines/web`;
const diskId = (name: string) => `${group}/Microsoft.Compute/disks/${name}`;
const snapshotId = `${group}/Microsoft.Compute/snapshots/s`;
const collectionId = `${group}/Microsoft.Compute/restorePointCollections/c`;
const vaultId = (name: string) => `${group}/Microsoft.RecoveryServices/vaults/${name}`;
const notFound: Reply = { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } };
const forbidden: Reply = { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } };
const ok = (body: unknown): Reply => ({ status: 200, body });
const noLists: Lists = { all: () => Promise.resolve({ kind: 'items', items: [] }) };

const check = async (assumption: Assumption, reply: Reply, lists = noLists) => {
  const arm = stubArm(inTurn(reply));
  const { kind } = await checkAssumption(arm, assumption, signal, snapshotStep('a'), lists);
  return { kind, sent: arm.sent };
};

const disks: Assumption = { kind: 'machine-disks-are', machineId, diskIds: [diskId('os'), diskId('data')] };
const withDisks = (...names: readonly string[]) => {
  const [os, ...data] = names.map((name) => ({ managedDisk: { id: diskId(name).toUpperCase() } }));
  return ok({ properties: { storageProfile: { osDisk: os, dataDisks: data } } });
};
const same: Assumption = { kind: 'machine-is', machineId, vmId: 'ABC' };
const disk: Assumption = { kind: 'disk-is', diskId: diskId('os'), uniqueId: 'u-1' };
const off: Assumption = { kind: 'power-is', machineId, power: 'deallocated' };
const power = (code: string) =>
  ok({ properties: { instanceView: { statuses: [{ code: 'ProvisioningState/succeeded' }, { code }] } } });
const ours: Assumption = { kind: 'made-by-holdfast', taggedId: snapshotId, run: 'r1' };
const adopted: Assumption = { kind: 'adopted', taggedId: snapshotId };
const inTrash: Assumption = { kind: 'in-trash', taggedId: snapshotId, mark: '2026-06-01T00:00:00Z' };
const pointInTrash: Assumption = { kind: 'in-trash', taggedId: collectionId, mark: '01234567.abcde' };
const tags = (found: unknown) => ok({ tags: found });
const empty: Assumption = { kind: 'collection-empty', collectionId };
const free: Assumption = { kind: 'absent', resourceId: snapshotId };
const unprotected: Assumption = { kind: 'protected-by', machineId, location: 'westeurope', vaultId: null };
const inVault: Assumption = { ...unprotected, vaultId: vaultId('v') };

describe('what a step takes for granted', () => {
  it.each([
    ['the machine, by its id whatever its case', same, ok({ properties: { vmId: 'abc' } }), 'holds'],
    ['the machine, made again', same, ok({ properties: { vmId: 'def' } }), 'moved'],
    ['the machine, of untold identity', same, ok({ properties: {} }), 'moved'],
    ['the machine, gone', same, notFound, 'moved'],
    ['the machine, out of sight', same, forbidden, 'refused'],
    ['its disks', disks, withDisks('os', 'data'), 'holds'],
    ['its disks, with another', disks, withDisks('os', 'data', 'more'), 'moved'],
    ['its disks, with one less', disks, withDisks('os'), 'moved'],
    ['its disks, with one for another', disks, withDisks('os', 'more'), 'moved'],
    ['a disk', disk, ok({ properties: { uniqueId: 'U-1' } }), 'holds'],
    ['a disk, made again', disk, ok({ properties: { uniqueId: 'u-2' } }), 'moved'],
    ['a disk, of untold identity', disk, ok({ properties: {} }), 'moved'],
    ['that it is off', off, power('PowerState/deallocated'), 'holds'],
    ['that it is off, started', off, power('PowerState/running'), 'moved'],
    ['that it is off, only stopped', off, power('PowerState/stopped'), 'moved'],
    ['that it is off, of untold power', off, ok({ properties: {} }), 'moved'],
    ['that we made it', ours, tags({ 'holdfast-run': 'r1', 'holdfast-made-by': 'holdfast' }), 'holds'],
    ['that we made it, in another run', ours, tags({ 'holdfast-run': 'r2', 'holdfast-made-by': 'holdfast' }), 'moved'],
    [
      'that we made it, and a legal hold since',
      ours,
      tags({ 'holdfast-run': 'r1', 'holdfast-made-by': 'holdfast', 'Holdfast-Hold': '' }),
      'moved',
    ],
    ['that somebody gave it us', adopted, tags({ 'Holdfast-Adopt': 'True' }), 'holds'],
    ['that somebody gave it us, and took it back', adopted, tags({}), 'moved'],
    [
      'that somebody gave it us, and holds it',
      adopted,
      tags({ 'holdfast-adopt': 'true', 'holdfast-hold': 'x' }),
      'moved',
    ],
    ['the mark of a snapshot', inTrash, tags({ 'Holdfast-Trash': '2026-06-01T00:00:00Z' }), 'holds'],
    ['the mark of a snapshot, made anew', inTrash, tags({ 'holdfast-trash': '2026-06-08T00:00:00Z' }), 'moved'],
    ['the mark of a snapshot, taken away', inTrash, tags({}), 'moved'],
    ['the mark of a restore point', pointInTrash, tags({ 'holdfast-trash-2': 'ffffffff.abc,01234567.abcde' }), 'holds'],
    ['the mark of a restore point, taken away', pointInTrash, tags({ 'holdfast-trash-2': 'ffffffff.abc' }), 'moved'],
    ['the mark of a restore point, elsewhere', pointInTrash, tags({ other: '01234567.abcde' }), 'moved'],
    ['that we made it, without our name', ours, tags({ 'holdfast-run': 'r1' }), 'moved'],
    ['that we made it, without its run', ours, tags({ 'holdfast-made-by': 'holdfast' }), 'moved'],
    ['that we made it, without tags', ours, ok({}), 'moved'],
    ['that we made it, out of sight', ours, forbidden, 'refused'],
    ['that a name is free', free, notFound, 'holds'],
    ['that a name is free, and is not', free, ok({}), 'moved'],
    ['that a name is free, out of sight', free, forbidden, 'refused'],
    ['that no vault protects it', unprotected, ok({}), 'holds'],
    ['that no vault protects it, and one does', unprotected, ok({ vaultId: vaultId('w') }), 'moved'],
    ['its vault', inVault, ok({ vaultId: vaultId('V') }), 'holds'],
    ['its vault, and another does', inVault, ok({ vaultId: vaultId('w') }), 'moved'],
    ['its vault, and none does', inVault, ok({}), 'moved'],
    ['its vault, and nobody says', inVault, forbidden, 'refused'],
  ] as const)('%s', async (_name, assumption, reply, kind) => {
    expect((await check(assumption, reply)).kind).toBe(kind);
  });

  it('an empty collection, asked with its points, which are left out otherwise', async () => {
    const none = await check(empty, ok({ properties: {} }));
    expect(none.kind).toBe('holds');
    expect(none.sent[0]!.query).toEqual({ $expand: 'restorePoints' });
    expect((await check(empty, ok({ properties: { restorePoints: [{}] } }))).kind).toBe('moved');
  });
});

describe('that no vault replicates a machine', () => {
  const nowhere: Assumption = { kind: 'replicated-nowhere', machineId, vaultIds: [vaultId('a'), vaultId('b')] };

  it('is not believed where one of the vaults cannot be read', async () => {
    const lists = (refused: string): Lists => ({
      all: ({ path }) =>
        Promise.resolve(
          path?.includes(`/vaults/${refused}/`) === true
            ? { kind: 'refused', problem: { code: 'no', severity: 'high', subject: 's', summary: 's', remedy: 'r' } }
            : { kind: 'items', items: [] },
        ),
    });
    expect((await check(nowhere, notFound)).kind).toBe('holds');
    for (const refused of ['a', 'b']) expect((await check(nowhere, notFound, lists(refused))).kind).toBe('refused');
  });
});
