import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFleet, loadRole } from '../../src/simulator/fleet-load.ts';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import type { Fleet, Mutable } from '../../src/simulator/service.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { Rig } from './rig.ts';

const NOW = Date.UTC(2026, 10, 2, 8);
const DEMO = 'config/fleets/demo.yaml';

function demo(): Fleet {
  const loaded = loadFleet(DEMO, NOW);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.fleet;
}

const properties = (resource: Mutable): Mutable => resource['properties'];
const ofType = (fleet: Fleet, type: string): Mutable[] =>
  fleet.resources.filter((resource) => resource['type'] === type);

describe('the demo fleet', () => {
  it('has machines with 1 to 8 disks, and one with more than Azure Backup takes', () => {
    const counts = new Set(
      ofType(demo(), 'Microsoft.Compute/virtualMachines').map(
        (vm) => 1 + properties(vm)['storageProfile'].dataDisks.length,
      ),
    );
    expect([...counts].sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 37]);
  });

  it('has protection in every state', () => {
    const items = ofType(
      demo(),
      'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems',
    ).map(properties);
    expect(new Set(items.map((item) => item['protectionState']))).toEqual(
      new Set(['Protected', 'IRPending', 'ProtectionStopped', 'ProtectionError']),
    );
    expect(items.some((item) => item['isScheduledForDeferredDelete'] === true)).toBe(true);
    expect(items.find((item) => item['protectionState'] === 'IRPending')!['lastBackupTime']).toBe(
      '2001-01-01T00:00:00Z',
    );
  });

  it('is served in pages, group names upper-cased in the list and as created in the GET', async () => {
    const rig = new Rig({ fleet: demo() });
    const [prod] = rig.simulator.fleet.subscriptions;
    const first = await rig.send(
      'GET',
      `/subscriptions/${prod!.id}/providers/Microsoft.Compute/virtualMachines?api-version=2024-07-01`,
    );
    expect(first.body['value']).toHaveLength(10);
    const listed = first.body['value'][0].id as string;
    expect(listed).toContain('/resourceGroups/RG-ERP-PROD/');
    const got = await rig.send('GET', `${listed}?api-version=2024-07-01`);
    expect(got.body['id']).toContain('/resourceGroups/rg-erp-prod/');
    let seen = 10;
    for (let next: unknown = first.body['nextLink']; typeof next === 'string';) {
      const page = await rig.send('GET', next);
      seen += page.body['value'].length;
      next = page.body['nextLink'];
    }
    const expected = ofType(rig.simulator.fleet, 'Microsoft.Compute/virtualMachines').filter((vm) =>
      String(vm['id']).includes(prod!.id),
    );
    expect(seen).toBe(expected.length);
  });

  it('shows the sealed subscription and refuses to read anything in it', async () => {
    const rig = new Rig({ fleet: demo() });
    const sealed = rig.simulator.fleet.subscriptions[2]!.id;
    const subscriptions = await rig.send('GET', '/subscriptions?api-version=2022-12-01');
    expect(subscriptions.body['value'].map((one: Mutable) => one['subscriptionId'])).toContain(sealed);
    const refused = await rig.send(
      'GET',
      `/subscriptions/${sealed}/providers/Microsoft.Compute/virtualMachines?api-version=2024-07-01`,
    );
    expect(refused.status).toBe(403);
    expect(refused.body['error'].message).toContain("'Microsoft.Compute/virtualMachines/read' over scope");
  });

  it('has no principal who is Owner: vaults and machines cannot be deleted', () => {
    const rig = new Rig({ fleet: demo() });
    const principal = rig.simulator.identity.principal(rig.simulator.fleet.principals[0]!.clientId)!;
    const scope = `/subscriptions/${rig.simulator.fleet.subscriptions[0]!.id}`;
    expect(principal.can('Microsoft.Compute/snapshots/write', scope)).toBe(true);
    expect(principal.can('Microsoft.RecoveryServices/Vaults/delete', scope)).toBe(false);
    expect(principal.can('Microsoft.Compute/virtualMachines/delete', scope)).toBe(false);
    expect(principal.can('Microsoft.Authorization/roleAssignments/write', scope)).toBe(false);
  });
});

describe('a fleet file with a mistake', () => {
  const bad = (change: (text: string) => string): readonly string[] => {
    const result = parseFleet(change(readFileSync(DEMO, 'utf8')), 'f.yaml', NOW);
    return 'problems' in result ? result.problems : [];
  };

  it('is told with line and column: an unknown field, a wrong value, an unknown vault', () => {
    expect(bad((text) => text.replace('size: Standard_E16s_v5', 'sise: Standard_E16s_v5'))[0]).toMatch(
      /^f\.yaml:\d+:\d+: machines\.0: .*sise/,
    );
    expect(bad((text) => text.replace('rpo: 4m', 'rpo: soon'))[0]).toMatch(
      /^f\.yaml:\d+:\d+: machines\.0\.replication\.rpo: .*duration/,
    );
    expect(bad((text) => text.replace('vault: vault-eus', 'vault: vault-nowhere'))[0]).toMatch(
      /^f\.yaml:\d+:\d+: no vault 'vault-nowhere'/,
    );
    expect(bad((text) => `${text}\n  - : [`)[0]).toMatch(/^f\.yaml:\d+:\d+: /);
  });
});

describe('an offline bundle as a fleet', () => {
  const ESTATE = '../shared/real/estate';
  const present = existsSync(ESTATE);
  if (!present) console.log(`skipped: no recorded estate at ${ESTATE}`);

  it('is refused where a row has an empty id, which nothing could be put under', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    const head = { schemaVersion: 1, asOf: '2026-01-01T00:00:00Z', scope: 's', complete: false };
    writeFileSync(join(folder, 'bundle.json'), JSON.stringify(head));
    writeFileSync(join(folder, 'disks.json'), JSON.stringify([{ id: '', name: 'd', subscriptionId: 's' }]));
    const loaded = loadFleet(folder, NOW);
    rmSync(folder, { recursive: true });
    expect('problems' in loaded ? loaded.problems.join('\n') : 'taken').toContain('disks.json');
  });

  it.each(['', null, 7])('takes a row whose type is %j for one of its file', (type) => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    const head = { schemaVersion: 1, asOf: '2026-01-01T00:00:00Z', scope: 's', complete: false };
    const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d';
    writeFileSync(join(folder, 'bundle.json'), JSON.stringify(head));
    writeFileSync(join(folder, 'disks.json'), JSON.stringify([{ id, type, name: 'd', subscriptionId: 's' }]));
    const loaded = loadFleet(folder, NOW);
    rmSync(folder, { recursive: true });
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    const { world } = createSimulator({ fleet: loaded.fleet, startsAt: NOW });
    expect(world.store.get(id)).toMatchObject({ type: 'Microsoft.Compute/disks', hidden: { untyped: true } });
  });

  it.each(['x', 7, { statuses: 'x' }, { statuses: [null, 'x', { code: 7 }] }])(
    'takes a machine whose instance view is %j for one of which nothing is told',
    (instanceView) => {
      const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
      const head = { schemaVersion: 1, asOf: '2026-01-01T00:00:00Z', scope: 's', complete: false };
      const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm';
      writeFileSync(join(folder, 'bundle.json'), JSON.stringify(head));
      const row = { id, name: 'vm', location: 'westeurope', properties: { instanceView } };
      writeFileSync(join(folder, 'virtualMachines.json'), JSON.stringify([row]));
      const loaded = loadFleet(folder, NOW);
      rmSync(folder, { recursive: true });
      if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
      const { world } = createSimulator({ fleet: loaded.fleet, startsAt: NOW });
      expect(world.store.get(id)?.hidden['power']).toBeUndefined();
    },
  );

  it('serves what it holds as recorded, and denies reading what it does not hold', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    const subscription = '5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01';
    const id = `/subscriptions/${subscription}/resourceGroups/MiXed/providers/Microsoft.Compute/disks/d`;
    writeFileSync(
      join(folder, 'bundle.json'),
      JSON.stringify({ schemaVersion: 1, asOf: '2026-01-01T00:00:00Z', scope: 's', complete: false }),
    );
    writeFileSync(
      join(folder, 'disks.json'),
      JSON.stringify({
        value: [{ id, name: 'd', type: 'microsoft.compute/disks', location: 'westeurope', properties: { odd: 1 } }],
      }),
    );
    const loaded = loadFleet(folder, NOW);
    rmSync(folder, { recursive: true });
    if ('problems' in loaded) throw new Error(loaded.problems.join());
    const rig = new Rig({ fleet: loaded.fleet });
    const disk = await rig.send('GET', `${id}?api-version=2024-03-02`);
    expect(disk.body).toEqual({
      id,
      name: 'd',
      type: 'Microsoft.Compute/disks',
      location: 'westeurope',
      properties: { odd: 1 },
    });
    expect(disk.headers.get('date')).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
    // The bundle is incomplete without saying where: there may be more disks, so nobody may look for them.
    const disks = await rig.send(
      'GET',
      `/subscriptions/${subscription}/providers/Microsoft.Compute/disks?api-version=2024-03-02`,
    );
    expect(disks.status).toBe(403);
    const machines = await rig.send(
      'GET',
      `/subscriptions/${subscription}/providers/Microsoft.Compute/virtualMachines?api-version=2024-07-01`,
    );
    expect(machines.status).toBe(403);
  });

  it.skipIf(!present)('takes the recorded estate whole', () => {
    const loaded = loadFleet(ESTATE, NOW);
    if ('problems' in loaded) throw new Error(loaded.problems.join());
    const rig = new Rig({ fleet: loaded.fleet });
    const count = (type: string): number => rig.simulator.world.store.list(type).length;
    expect(count('Microsoft.Compute/virtualMachines')).toBe(57);
    expect(count('Microsoft.Compute/disks')).toBe(37);
  });
});

describe('a custom role', () => {
  it('is read in either of Azure’s spellings and becomes all that a principal may do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'role-'));
    const file = join(folder, 'role.json');
    const texts = [
      { Name: 'r', Actions: ['Microsoft.Compute/disks/read'], AssignableScopes: ['/'] },
      { roleName: 'r', permissions: [{ actions: ['Microsoft.Compute/disks/read'], notActions: [] }] },
    ];
    for (const text of texts) {
      writeFileSync(file, JSON.stringify(text));
      const loaded = loadRole(file);
      if ('problems' in loaded) throw new Error(loaded.problems.join());
      const rig = new Rig({ role: loaded.role });
      const list = (type: string) =>
        rig.send(
          'GET',
          `/subscriptions/5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01/providers/Microsoft.Compute/${type}?api-version=2024-03-02`,
        );
      expect((await list('disks')).status).toBe(200);
      expect((await list('snapshots')).status).toBe(403);
    }
    writeFileSync(file, '{}');
    expect(loadRole(file)).toMatchObject({ problems: [expect.stringContaining('not a role definition')] });
    rmSync(folder, { recursive: true });
  });
});
