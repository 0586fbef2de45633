import type { Mutable } from '../../../src/simulator/service.ts';
import { SUBSCRIPTION, type Exchanged } from '../rig.ts';
import { readFlow, shapeDifference, type Recorded } from './recorded.ts';
import { VaultRig, machineId } from './vault-rig.ts';

const RECORDED_SUBSCRIPTION = /\/subscriptions\/[0-9a-f-]{36}/gi;
const ASYNC = ['azure-asyncoperation', 'location'];

export interface Mismatch {
  readonly at: string;
  readonly what: string;
}

/** Sends a recorded conversation to a simulator, names of its own making mapped as they come, and lists what differs. */
export class Replay {
  readonly mismatches: Mismatch[] = [];
  matched = 0;
  /** Polls that found work ended which was still running when recorded. */
  sooner = 0;
  readonly #names = new Map<string, string>();
  readonly #flow: readonly Recorded[];
  readonly #rig: VaultRig;

  constructor(name: string, skip: (exchange: Recorded) => boolean = () => false) {
    this.#flow = readFlow(name).filter((each) => !skip(each));
    this.#rig = new VaultRig([...groupsOf(this.#flow), ...machinesOf(this.#flow), ...surroundingsOf(this.#flow)], {
      startsAt: Date.parse(this.#flow[0]!.date),
      pageSize: 500,
    });
  }

  async run(): Promise<this> {
    for (const exchange of this.#flow) {
      const late = Date.parse(exchange.date) - this.#rig.simulator.clock.now();
      if (late > 0) this.#rig.advance(late);
      const answer = await this.#sendUntilAlike(exchange);
      if (isPoll(exchange) && isRunning(exchange.body) && !isRunning(answer.body)) this.sooner += 1;
      else this.#compare(exchange, answer);
      this.#learn(exchange, answer);
    }
    return this;
  }

  /** How long work takes is not compared: where the recording saw it ended, the clock goes on until it has. */
  async #sendUntilAlike(exchange: Recorded): Promise<Exchanged> {
    for (let waited = 0; ; waited += 1) {
      const answer = await this.#rig.send(
        exchange.method,
        this.#urlOf(exchange),
        this.#mapped(exchange.req) ?? undefined,
      );
      const awaited =
        exchange.method === 'GET' &&
        !isRunning(exchange.body) &&
        (isRunning(answer.body) || (answer.status === 202 && exchange.status !== 202));
      if (!awaited || waited > 500) return answer;
      this.#rig.advance(10_000);
    }
  }

  #urlOf(exchange: Recorded): string {
    const query = new URLSearchParams(exchange.query ?? {});
    return `${this.#text(exchange.path)}?${query.toString()}`;
  }

  #text(text: string): string {
    let mapped = text.replaceAll(RECORDED_SUBSCRIPTION, `/subscriptions/${SUBSCRIPTION}`);
    for (const [theirs, ours] of this.#names) mapped = mapped.replaceAll(theirs, ours);
    return mapped;
  }

  #mapped(body: Mutable | null): unknown {
    return body === null ? null : JSON.parse(this.#text(JSON.stringify(body)));
  }

  #compare(exchange: Recorded, answer: Exchanged): void {
    const before = this.mismatches.length;
    const note = (what: string): void => {
      this.mismatches.push({
        at: `#${exchange.i} ${exchange.method} ${exchange.path.split('/').slice(9).join('/').slice(-60)}`,
        what,
      });
    };
    if (answer.status !== exchange.status)
      note(`status ${answer.status} instead of ${exchange.status}: ${JSON.stringify(answer.body).slice(0, 200)}`);
    for (const header of ASYNC) {
      if (answer.headers.has(header) !== header in exchange.headers)
        note(`${header} ${answer.headers.has(header) ? 'sent' : 'not sent'}`);
    }
    if (exchange.status < 300 && answer.status < 300) {
      for (const difference of shapeDifference(exchange.body ?? {}, answer.body)) note(difference);
      const [theirs, ours] = [stateOf(exchange.body), stateOf(answer.body)];
      if (theirs !== ours) note(`state ${ours} instead of ${theirs}`);
    }
    if (this.mismatches.length === before) this.matched += 1;
  }

  /** Names that the services make up: operations, jobs, recovery points. */
  #learn(exchange: Recorded, answer: Exchanged): void {
    for (const header of ASYNC)
      this.#pair(lastSegment(exchange.headers[header]), lastSegment(answer.headers.get(header)));
    this.#pair(exchange.body?.['properties']?.['jobId'], answer.body['properties']?.['jobId']);
    const [theirs, ours] = [exchange.body?.['value']?.[0], answer.body['value']?.[0]];
    if (exchange.path.endsWith('recoveryPoints')) this.#pair(theirs?.['name'], ours?.['name']);
  }

  #pair(theirs: unknown, ours: unknown): void {
    if (typeof theirs === 'string' && typeof ours === 'string' && theirs !== ours) this.#names.set(theirs, ours);
  }
}

const isPoll = (exchange: Recorded): boolean =>
  exchange.method === 'GET' &&
  /(backupOperations|operationStatus|operationResults|backupJobs|replicationOperationStatus)\/[^/]+$/i.test(
    exchange.path,
  );

const isRunning = (body: Mutable | null): boolean => ['InProgress', 'Provisioning'].includes(stateOf(body));

function stateOf(body: Mutable | null): string {
  const properties: Mutable = body?.['properties'] ?? {};
  return String(
    body?.['status'] ?? properties['status'] ?? properties['provisioningState'] ?? properties['protectionState'] ?? '',
  );
}

function lastSegment(url: string | null | undefined): string | undefined {
  return url == null ? undefined : /\/([^/?]+)(?:\?|$)/.exec(url.replace(/^https:\/\/[^/]+/, ''))?.[1];
}

/** The resource groups of the vaults; machines bring their own. */
function groupsOf(flow: readonly Recorded[]): Mutable[] {
  const names = new Set(flow.map((each) => /\/resourceGroups\/([^/]+)\//i.exec(each.path)?.[1] ?? 'rg-app'));
  return [...names].map((name) => ({
    id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}`,
    type: 'Microsoft.Resources/subscriptions/resourceGroups',
    name,
    location: 'eastus',
    properties: { provisioningState: 'Succeeded' },
  }));
}

/** The machines that the conversation protects or asks about, where its vault is. */
function machinesOf(flow: readonly Recorded[]): Mutable[] {
  const location = String(
    flow.find((each) => each.method === 'PUT' && /\/vaults\/[^/]+$/.test(each.path))?.req?.['location'] ?? 'eastus',
  );
  const ids = new Set(
    flow
      .flatMap((each) => [each.req?.['properties']?.['sourceResourceId'], each.req?.['resourceId']])
      .filter((id) => typeof id === 'string'),
  );
  const protectedIds = [...ids].map((id: string) => machineOf(id, location, `${id}-os`));
  const replicated = flow.flatMap(({ req }) => {
    const details: Mutable | undefined = req?.['properties']?.['providerSpecificDetails'];
    const source = flow.find((each) => each.req?.['properties']?.['customDetails'] !== undefined)?.req;
    const id: unknown = details?.['fabricObjectId'];
    return typeof id === 'string'
      ? [machineOf(id, source?.['properties']['customDetails']['location'], details?.['vmManagedDisks'][0]['diskId'])]
      : [];
  });
  return [...protectedIds, ...replicated];
}

/** The networks that are mapped and the accounts that replication goes through, where their fabrics are. */
function surroundingsOf(flow: readonly Recorded[]): Mutable[] {
  const locations = new Map(
    flow.flatMap(({ path, req }) => {
      const location: unknown = req?.['properties']?.['customDetails']?.['location'];
      return typeof location === 'string' ? [[lastSegment(path) ?? '', location] as const] : [];
    }),
  );
  const at = (id: unknown, fabric: unknown, more: Mutable = {}): Mutable[] =>
    typeof id !== 'string'
      ? []
      : [
          {
            id: mapId(id),
            type: id.split('/').slice(6, 8).join('/'),
            name: lastSegment(id),
            location: locations.get(String(fabric)),
            ...more,
          },
        ];
  return flow.flatMap(({ method, path, req }) => {
    if (method !== 'PUT') return [];
    const fabric = /\/replicationFabrics\/([^/]+)/.exec(path)?.[1];
    const sent: Mutable = req?.['properties'] ?? {};
    const caches: readonly Mutable[] = sent['providerSpecificDetails']?.['vmManagedDisks'] ?? [];
    const account = { kind: 'StorageV2', sku: { name: 'Standard_LRS' } };
    return [
      ...at(sent['fabricSpecificDetails']?.['primaryNetworkId'], fabric),
      ...at(sent['recoveryNetworkId'], sent['recoveryFabricName']),
      ...caches.flatMap((disk) => at(disk['primaryStagingAzureStorageAccountId'], fabric, account)),
    ];
  });
}

function machineOf(id: string, location: string, diskId: string): Mutable {
  const [group, name] = [/\/resourceGroups\/([^/]+)/i.exec(id)![1]!, id.slice(id.lastIndexOf('/') + 1)];
  return {
    id: machineId(name, group),
    type: 'Microsoft.Compute/virtualMachines',
    name,
    location,
    hidden: { power: 'running' },
    properties: {
      hardwareProfile: { vmSize: 'Standard_DS1_v2' },
      storageProfile: {
        osDisk: {
          name: `${name}-os`,
          osType: 'Windows',
          diskSizeGB: 127,
          managedDisk: { id: mapId(diskId), storageAccountType: 'Premium_LRS' },
        },
        dataDisks: [],
      },
    },
  };
}

const mapId = (id: string): string => id.replaceAll(RECORDED_SUBSCRIPTION, `/subscriptions/${SUBSCRIPTION}`);
