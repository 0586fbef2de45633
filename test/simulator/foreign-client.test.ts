/**
 * Clients that nobody here wrote, against the simulator over HTTPS on loopback: Azure's own typed clients, unpatched,
 * and plain HTTPS from the RFCs (6749 client credentials, 6750 bearer tokens, 9110, 3986). They know the cloud file alone.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ComputeManagementClient } from '@azure/arm-compute';
import { RecoveryServicesClient } from '@azure/arm-recoveryservices';
import { SiteRecoveryManagementClient } from '@azure/arm-recoveryservices-siterecovery';
import { RecoveryServicesBackupClient } from '@azure/arm-recoveryservicesbackup';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { ResourceManagementClient } from '@azure/arm-resources';
import { ClientSecretCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFleet } from '../../src/simulator/fleet-load.ts';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { httpsClient, type HttpsClient } from './https-client.ts';

interface Cloud {
  readonly resourceManager: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly subscriptions: readonly string[];
  readonly credential: { readonly clientId: string; readonly clientSecretFile: string };
}

const DEMO = join(import.meta.dirname, '..', '..', 'config', 'fleets', 'demo.yaml');
/** An hour of the simulator's clock each second: work ends before the first poll, a first backup within a second. */
const SPEED = 3600;

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SCOPE = 'https://management.azure.com/.default';

interface MachineBody {
  readonly properties: { readonly storageProfile: { readonly osDisk: { readonly managedDisk: { id: string } } } };
}

let folder: string;
let served: Served;
let cloud: Cloud;
let secret: string;
let subscription: string;
const shop = (): string => `/subscriptions/${subscription}/resourceGroups/rg-shop-prod/providers`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foreign-client-'));
  const startsAt = Date.UTC(2026, 10, 2, 8);
  const loaded = loadFleet(DEMO, startsAt);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  const simulator = createSimulator({ fleet: loaded.fleet, speed: SPEED, startsAt, retryAfterSeconds: 1 });
  served = await serve(simulator, { cloudFile: join(folder, 'cloud.json') });
  cloud = JSON.parse(readFileSync(join(folder, 'cloud.json'), 'utf8')) as Cloud;
  secret = readFileSync(cloud.credential.clientSecretFile, 'utf8').trim();
  subscription = cloud.subscriptions[0]!;
});

afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('Azure’s typed JavaScript clients', () => {
  let compute: ComputeManagementClient;
  let vaults: RecoveryServicesClient;
  let backup: RecoveryServicesBackupClient;
  let graph: ResourceGraphClient;
  let resources: ResourceManagementClient;
  let replication: SiteRecoveryManagementClient;

  beforeAll(() => {
    const tlsOptions = { ca: readFileSync(cloud.caFile, 'utf8') };
    const endpoint = cloud.resourceManager;
    const credential = new ClientSecretCredential(cloud.tenantId, cloud.credential.clientId, secret, {
      authorityHost: endpoint,
      disableInstanceDiscovery: true,
      tlsOptions,
    });
    const options = { endpoint, tlsOptions };
    compute = new ComputeManagementClient(credential, subscription, options);
    vaults = new RecoveryServicesClient(credential, subscription, options);
    backup = new RecoveryServicesBackupClient(credential, subscription, options);
    graph = new ResourceGraphClient(credential, options);
    resources = new ResourceManagementClient(credential, subscription, options);
    replication = new SiteRecoveryManagementClient(credential, subscription, options);
  });

  it('list every machine once, over several pages, in upper-cased groups', async () => {
    const pages: string[][] = [];
    for await (const page of compute.virtualMachines.listAll().byPage()) pages.push(page.map((vm) => vm.id!));
    const ids = pages.flat();
    expect(pages.length).toBeGreaterThan(2);
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(ids.length);
    expect(ids.every((id) => /\/resourceGroups\/[^a-z/]+\//.test(id))).toBe(true);
  });

  it('count in Resource Graph what the lists show, by skip token and by count', async () => {
    const query = "Resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name | order by id asc";
    const rows: { id: string }[] = [];
    let skipToken: string | undefined;
    do {
      const answer = await graph.resources({
        subscriptions: [subscription],
        query,
        options: { resultFormat: 'objectArray', top: 7, ...(skipToken === undefined ? {} : { skipToken }) },
      });
      rows.push(...(answer.data as { id: string }[]));
      skipToken = answer.skipToken;
    } while (skipToken !== undefined);
    let listed = 0;
    for await (const vm of compute.virtualMachines.listAll()) listed += vm.id === undefined ? 0 : 1;
    const counted = await graph.resources({ subscriptions: [subscription], query: `${query} | count` });
    expect(rows).toHaveLength(listed);
    expect(counted.data).toEqual([{ Count: listed }]);
  });

  it('make a group, and find it by tag', async () => {
    await resources.resourceGroups.createOrUpdate('rg-foreign', { location: 'westeurope', tags: { made: 'here' } });
    const found: string[] = [];
    const filter = "tagName eq 'made' and tagValue eq 'here'";
    for await (const group of resources.resourceGroups.list({ filter })) found.push(group.name!);
    expect(found).toEqual(['rg-foreign']);
  });

  it('make an incremental snapshot of a machine’s disk by a poller, to its end, and delete it', async () => {
    const machine = await compute.virtualMachines.get('rg-shop-prod', 'shop-web-02', { expand: 'instanceView' });
    const poller = compute.snapshots.createOrUpdate('rg-foreign', 'snap-1', {
      location: machine.location,
      creationData: { createOption: 'Copy', sourceResourceId: machine.storageProfile!.osDisk!.managedDisk!.id! },
      incremental: true,
    });
    await poller.submitted();
    const snapshot = await poller.pollUntilDone();
    expect(poller.operationState?.status).toBe('succeeded');
    expect(snapshot).toMatchObject({
      provisioningState: 'Succeeded',
      incremental: true,
      sku: { name: 'Standard_LRS' },
    });
    await compute.snapshots.delete('rg-foreign', 'snap-1');
    await expect(compute.snapshots.get('rg-foreign', 'snap-1')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('make a vault, protect a machine in it, back it up and read the point', { timeout: 30_000 }, async () => {
    const [vault, group] = ['vault-foreign', 'rg-foreign'];
    const made = await vaults.vaults.createOrUpdate(group, vault, {
      location: 'westeurope',
      sku: { name: 'Standard' },
      properties: { publicNetworkAccess: 'Enabled' },
    });
    expect(made.properties?.provisioningState).toBe('Succeeded');
    const policies: string[] = [];
    for await (const policy of backup.backupPolicies.list(vault, group)) policies.push(policy.name!);
    expect(policies).toContain('DefaultPolicy');

    const machine = `${shop()}/Microsoft.Compute/virtualMachines/shop-web-02`;
    const protectable: string[] = [];
    const filter = "backupManagementType eq 'AzureIaasVM'";
    for await (const item of backup.backupProtectableItems.list(vault, group, { filter })) {
      protectable.push(item.properties!.friendlyName!);
    }
    expect(protectable).toContain('shop-web-02');
    const container = 'IaasVMContainer;iaasvmcontainerv2;rg-shop-prod;shop-web-02';
    const item = 'vm;iaasvmcontainerv2;rg-shop-prod;shop-web-02';
    const enabled = await followed(vault, group, (onResponse) =>
      backup.protectedItems.createOrUpdate(
        vault,
        group,
        'Azure',
        container,
        item,
        {
          properties: {
            protectedItemType: 'Microsoft.Compute/virtualMachines',
            policyId: `${made.id}/backupPolicies/DefaultPolicy`,
            sourceResourceId: machine,
          },
        },
        { onResponse },
      ),
    );
    expect(enabled).toMatchObject({ operation: 'ConfigureBackup', status: 'Completed' });
    const status = await backup.backupStatus.get('westeurope', { resourceType: 'VM', resourceId: machine });
    expect(status).toMatchObject({ protectionStatus: 'Protected', vaultId: made.id });

    const ran = await followed(vault, group, (onResponse) =>
      backup.backups.trigger(
        vault,
        group,
        'Azure',
        container,
        item,
        { properties: { objectType: 'IaasVMBackupRequest' } },
        { onResponse },
      ),
    );
    expect(ran).toMatchObject({ operation: 'Backup', status: 'Completed' });
    const points: unknown[] = [];
    for await (const point of backup.recoveryPoints.list(vault, group, 'Azure', container, item)) {
      points.push(point.properties);
    }
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({ objectType: 'IaasVMRecoveryPoint', recoveryPointType: 'FileSystemConsistent' });
    const after = await backup.protectedItems.get(vault, group, 'Azure', container, item);
    expect(after.properties).toMatchObject({ protectionState: 'Protected', lastBackupStatus: 'Completed' });
  });

  /** These two methods are no pollers in this client: their operation's URL is in a header, and ends in a job. */
  async function followed(
    vault: string,
    group: string,
    start: (onResponse: (response: { headers: { get(name: string): string | undefined } }) => void) => Promise<unknown>,
  ): Promise<unknown> {
    let url: string | undefined;
    await start((response) => {
      url = response.headers.get('azure-asyncoperation');
    });
    const operation = new URL(url!).pathname.split('/').at(-1)!;
    for (;;) {
      const status = await backup.backupOperationStatuses.get(vault, group, operation);
      if (status.status !== 'InProgress') {
        const jobId = (status.properties as { jobId: string }).jobId;
        for (;;) {
          const job = (await backup.jobDetails.get(vault, group, jobId)).properties;
          if (job?.status !== 'InProgress') return job;
          await pause(100);
        }
      }
      await pause(20);
    }
  }

  it('read replication in a vault of another region', async () => {
    const states: unknown[] = [];
    for await (const item of replication.replicationProtectedItems.list('vault-neu-dr', 'rg-dr')) {
      states.push(item.properties?.providerSpecificDetails?.instanceType);
    }
    expect(states.length).toBeGreaterThan(0);
    expect(new Set(states)).toEqual(new Set(['A2A']));
  });

  it('are told by the role what they may not do', async () => {
    await expect(compute.virtualMachines.delete('rg-shop-prod', 'shop-web-02')).rejects.toMatchObject({
      statusCode: 403,
      code: 'AuthorizationFailed',
    });
  });
});

describe('plain HTTPS from the RFCs', () => {
  let client: HttpsClient;
  let token: string;
  const bearer = () => ({ authorization: `Bearer ${token}` });
  const login = (path: string, form: Record<string, string>) =>
    client.send('POST', path, FORM, new URLSearchParams(form).toString());
  const grant = () => ({
    grant_type: 'client_credentials',
    client_id: cloud.credential.clientId,
    client_secret: secret,
  });

  beforeAll(async () => {
    client = httpsClient(cloud.resourceManager, readFileSync(cloud.caFile, 'utf8'));
    const answer = await login('/adfs/oauth2/token', { ...grant(), scope: `${cloud.resourceManager}//.default` });
    token = String(answer.json['access_token']);
  });
  afterAll(() => client.close());

  it('gets a token at each of three endpoints, by scope or resource, as RFC 6749 asks for', async () => {
    for (const [path, audience] of [
      ['/adfs/oauth2/token', { resource: 'https://management.azure.com/' }],
      [`/${cloud.tenantId}/oauth2/token`, { resource: 'https://management.azure.com/' }],
      [`/${cloud.tenantId}/oauth2/v2.0/token`, { scope: SCOPE }],
    ] as const) {
      const answer = await login(path, { ...grant(), ...audience });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
      expect(answer.headers['cache-control']).toContain('no-store');
      expect(answer.json).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) as string });
      expect(Number(answer.json['expires_in'])).toBeGreaterThan(0);
    }
  });

  it('may send the client’s name and secret in the Authorization header (RFC 6749, 2.3.1)', async () => {
    const basic = Buffer.from(`${encodeURIComponent(cloud.credential.clientId)}:${encodeURIComponent(secret)}`);
    const answer = await client.send(
      'POST',
      `/${cloud.tenantId}/oauth2/v2.0/token`,
      { ...FORM, authorization: `Basic ${basic.toString('base64')}` },
      'grant_type=client_credentials&scope=https%3A%2F%2Fmanagement.azure.com%2F.default',
    );
    expect(answer.status).toBe(200);
  });

  it('is refused with the errors of RFC 6749 for a wrong secret and an unknown grant', async () => {
    const wrong = await login('/adfs/oauth2/token', { ...grant(), client_secret: 'wrong' });
    expect([wrong.status, wrong.json['error']]).toEqual([401, 'invalid_client']);
    const other = await login('/adfs/oauth2/token', { ...grant(), grant_type: 'password' });
    expect([other.status, other.json['error']]).toEqual([400, 'unsupported_grant_type']);
  });

  it('finds no tenant but its own, neither by discovery nor for a token', async () => {
    const stranger = '11111111-2222-3333-4444-555555555555';
    const discovered = await client.send('GET', `/${stranger}/v2.0/.well-known/openid-configuration`);
    expect([discovered.status, discovered.json['error']]).toEqual([400, 'invalid_tenant']);
    for (const tenant of [stranger, 'common']) {
      const refused = await login(`/${tenant}/oauth2/v2.0/token`, { ...grant(), scope: SCOPE });
      expect([refused.status, refused.json['error_codes']]).toEqual([400, [90002]]);
    }
  });

  it('is challenged without a token, and with one that was never issued (RFC 6750)', async () => {
    for (const headers of [{}, { authorization: 'Bearer x.y.z' }]) {
      const answer = await client.send('GET', '/subscriptions?api-version=2022-12-01', headers);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    }
  });

  const machines = () => `${shop()}/Microsoft.Compute/virtualMachines`;

  it('is answered whatever the letters’ case, double and trailing slashes, and wherever api-version stands', async () => {
    const plain = await client.send('GET', `${machines()}/shop-web-01?api-version=2024-03-01`, bearer());
    expect(plain.status).toBe(200);
    for (const target of [
      `${machines().toUpperCase()}/SHOP-WEB-01?api-version=2024-03-01`,
      `${machines().replace('resourceGroups', 'resourcegroups')}/shop-web-01/?api-version=2024-03-01`,
      `${machines().replace('/providers', '//providers')}//shop-web-01?api-version=2024-03-01`,
      `/${machines()}/shop-web-01?API-Version=2024-03-01`,
      `${machines()}/shop%2Dweb%2D01?$select=x&api-version=2024-03-01`,
    ]) {
      const answer = await client.send('GET', target, bearer());
      expect([target, answer.status]).toEqual([target, 200]);
      expect(answer.json['name']).toBe('shop-web-01');
    }
  });

  it('is understood with spaces in a filter as + and as %20, and with quotes escaped or not', async () => {
    const counts: number[] = [];
    for (const filter of [
      "resourceType+eq+'Microsoft.Compute/virtualMachines'+and+resourceGroup+eq+'rg-shop-prod'",
      "resourceType%20eq%20'Microsoft.Compute/virtualMachines'%20and%20resourceGroup%20eq%20'rg-shop-prod'",
      '%72esourceType%20eq%20%27microsoft.compute%2Fvirtualmachines%27%20AND%20resourceGroup%20eq%20%27RG-SHOP-PROD%27',
    ]) {
      const names: unknown[] = [];
      const list = `/subscriptions/${subscription}/resources?api-version=2021-04-01`;
      let target: string | undefined = `${list}&$filter=${filter}`;
      while (target !== undefined) {
        const answer = await client.send('GET', target, bearer());
        expect(answer.status).toBe(200);
        names.push(...(answer.json['value'] as unknown[]));
        target = answer.json['nextLink'] as string | undefined;
      }
      counts.push(names.length);
    }
    expect(counts[0]).toBeGreaterThan(3);
    expect(new Set(counts).size).toBe(1);
  });

  it('follows a deletion by its Location until it is no longer 202, waiting as Retry-After says', async () => {
    const snapshot = `${shop()}/Microsoft.Compute/snapshots/plain?api-version=2024-03-02`;
    const source = await client.send('GET', `${machines()}/shop-web-01?api-version=2024-03-01`, bearer());
    const { storageProfile } = (source.json as unknown as MachineBody).properties;
    const sourceResourceId = storageProfile.osDisk.managedDisk.id;
    const body = JSON.stringify({
      location: 'westeurope',
      properties: { creationData: { createOption: 'Copy', sourceResourceId } },
    });
    const json = { ...bearer(), 'content-type': 'application/json' };
    const put = await client.send('PUT', snapshot, json, body);
    expect(put.status).toBe(202);
    expect(Number(put.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await ended(String(put.headers['azure-asyncoperation']));
    const removed = await client.send('DELETE', snapshot, bearer());
    expect(removed.status).toBe(202);
    await ended(String(removed.headers['location']));
    const gone = await client.send('GET', snapshot, bearer());
    expect(gone.status).toBe(404);
  });

  async function ended(url: string): Promise<void> {
    for (;;) {
      const answer = await client.send('GET', url, bearer());
      expect(answer.status).toBeLessThan(300);
      if (answer.status !== 202 && answer.json['status'] !== 'InProgress') return;
      await pause(Number(answer.headers['retry-after']) * 1000);
    }
  }

  it('answers HEAD without a body, and a method it does not have with 405', async () => {
    const group = `/subscriptions/${subscription}/resourcegroups/rg-shop-prod?api-version=2021-04-01`;
    const head = await client.send('HEAD', group, bearer());
    expect([head.status, head.text]).toEqual([204, '']);
    const wrong = await client.send('PATCH', `/subscriptions?api-version=2022-12-01`, bearer());
    expect(wrong.status).toBe(405);
  });
});
