/**
 * A plan of many steps over a simulated Azure in process, with its request budgets, on a clock that jumps: how long it takes,
 * what it asked, and how often it was turned away. Other users of the same budgets can be let loose beside it.
 */
import * as rest from '@azure/core-rest-pipeline';
import { makeAzurePort } from '../../src/azure/azure-port.ts';
import { makeTransport } from '../../src/azure/transport.ts';
import type { Step } from '../../src/core/plan.ts';
import { apply } from '../../src/engine/apply.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import type { Azure } from '../../src/engine/ports.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { memoryJournal } from './memory-journal.ts';
import { planOf } from './plan-builder.ts';
import { virtualClock, type VirtualClock } from './virtual-clock.ts';

const startsAt = Date.UTC(2026, 10, 2, 8);
const subscriptionId = '11111111-2222-4333-8444-555555555555';
const subscription = `/subscriptions/${subscriptionId}`;
export const group = `${subscription}/resourceGroups/RG-App`;
const compute = `${group}/providers/Microsoft.Compute`;

export interface Shape {
  readonly machines: number;
  readonly disksEach?: number;
  /** Machines are dealt out over these. */
  readonly regions?: readonly string[];
}

interface SimulatedDisk {
  readonly id: string;
  readonly name: string;
  readonly uniqueId: string;
}

interface SimulatedMachine {
  readonly id: string;
  readonly name: string;
  readonly vmId: string;
  readonly location: string;
  readonly disks: readonly SimulatedDisk[];
}

const machinesOf = ({ machines, disksEach = 1, regions = ['westeurope'] }: Shape): readonly SimulatedMachine[] =>
  Array.from({ length: machines }, (_, n) => {
    const name = `vm${String(n).padStart(4, '0')}`;
    const disks = Array.from({ length: disksEach }, (__, d) => ({
      id: `${compute}/disks/${name}-d${d}`,
      name: `${name}-d${d}`,
      uniqueId: guid('a', n * 100 + d),
    }));
    return {
      id: `${compute}/virtualMachines/${name}`,
      name,
      vmId: guid('b', n),
      location: regions[n % regions.length]!,
      disks,
    };
  });

const guid = (letter: string, n: number): string => `${letter.repeat(8)}-0000-4000-8000-${String(n).padStart(12, '0')}`;

const resourcesOf = (machine: SimulatedMachine) => [
  ...machine.disks.map((disk, d) => ({
    id: disk.id,
    name: disk.name,
    type: 'Microsoft.Compute/disks',
    location: machine.location,
    managedBy: machine.id,
    sku: { name: 'Premium_LRS', tier: 'Premium' },
    properties: {
      ...(d === 0 ? { osType: 'Linux', hyperVGeneration: 'V2' } : {}),
      creationData: { createOption: 'Empty' },
      diskSizeGB: 30,
      diskState: 'Attached',
      provisioningState: 'Succeeded',
      uniqueId: disk.uniqueId,
      timeCreated: '2026-01-01T00:00:00Z',
      networkAccessPolicy: 'DenyAll',
      publicNetworkAccess: 'Disabled',
      encryption: { type: 'EncryptionAtRestWithPlatformKey' },
    },
  })),
  {
    id: machine.id,
    name: machine.name,
    type: 'Microsoft.Compute/virtualMachines',
    location: machine.location,
    properties: {
      vmId: machine.vmId,
      provisioningState: 'Succeeded',
      hardwareProfile: { vmSize: 'Standard_D2s_v5' },
      storageProfile: {
        osDisk: {
          osType: 'Linux',
          name: machine.disks[0]!.name,
          createOption: 'FromImage',
          caching: 'ReadWrite',
          managedDisk: { id: machine.disks[0]!.id, storageAccountType: 'Premium_LRS' },
          diskSizeGB: 30,
        },
        dataDisks: machine.disks.slice(1).map((disk, lun) => ({
          lun,
          name: disk.name,
          createOption: 'Attach',
          caching: 'None',
          managedDisk: { id: disk.id, storageAccountType: 'Premium_LRS' },
          diskSizeGB: 30,
        })),
      },
      osProfile: { computerName: machine.name, linuxConfiguration: {} },
    },
  },
];

const common = (id: string, machine: SimulatedMachine, dependsOn: readonly string[] = []) => ({
  id,
  dependsOn,
  subject: machine.id,
  reason: 'test',
  source: 'https://learn.microsoft.com/azure/',
  runs: 'on-success' as const,
  destructive: false,
});
const pinned = (machine: SimulatedMachine): Step['assumes'] => [
  { kind: 'machine-is', machineId: machine.id, vmId: machine.vmId },
  { kind: 'machine-disks-are', machineId: machine.id, diskIds: machine.disks.map(({ id }) => id) },
];
const tags = { 'holdfast-run': '0123456789', 'holdfast-set': 'set-1', 'holdfast-made-by': 'test' };

/** A snapshot of every disk, with everything a real plan assumes of it. */
export const snapshotSteps = (shape: Shape): readonly Step[] =>
  machinesOf(shape).flatMap((machine) =>
    machine.disks.map((disk, d): Step => {
      const resourceId = `${compute}/snapshots/hf-${disk.name}`;
      return {
        ...common(`snapshot-${disk.name}`, machine),
        option: 'disk-snapshot',
        kind: 'snapshot.create',
        method: 'PUT',
        resourceId,
        assumes: [
          ...pinned(machine),
          { kind: 'disk-is', diskId: disk.id, uniqueId: disk.uniqueId },
          { kind: 'no-newer-snapshot', diskId: disk.id, groupId: group, than: null },
        ],
        goal: { kind: 'snapshot-complete', resourceId, sourceDiskId: disk.id },
        input: {
          location: machine.location,
          sourceDiskId: disk.id,
          incremental: true,
          sku: 'Standard_ZRS',
          networkAccess: 'deny-all',
          publicNetworkAccess: false,
          ...(d === 0 ? { hyperVGeneration: 'V2' as const } : {}),
          tags,
        },
      };
    }),
  );

/** Restore points, `each` of every machine, one after the other only as far as Azure's own limits say so. */
export const pointSteps = (shape: Shape, each = 1): readonly Step[] =>
  machinesOf(shape).flatMap((machine): readonly Step[] => {
    const collectionId = `${compute}/restorePointCollections/hf-${machine.name}`;
    const collection: Step = {
      ...common(`collection-${machine.name}`, machine),
      option: 'restore-point',
      kind: 'restore-point-collection.create',
      method: 'PUT',
      resourceId: collectionId,
      assumes: [{ kind: 'machine-is', machineId: machine.id, vmId: machine.vmId }],
      goal: { kind: 'exists', resourceId: collectionId },
      input: { machineId: machine.id, location: machine.location, tags },
    };
    const points = Array.from({ length: each }, (_, n): Step => {
      const resourceId = `${collectionId}/restorePoints/hf-${machine.name}-${n}`;
      return {
        ...common(`point-${machine.name}-${n}`, machine, [collection.id]),
        option: 'restore-point',
        kind: 'restore-point.create',
        method: 'PUT',
        resourceId,
        assumes: pinned(machine),
        goal: {
          kind: 'restore-point-complete',
          resourceId,
          machineId: machine.id,
          diskIds: machine.disks.map(({ id }) => id),
          consistency: 'crash',
        },
        atOnce: { of: `restore points of ${machine.id}`, most: 1 },
        input: { machineId: machine.id, location: machine.location, mode: 'crash', excludeDiskIds: [] },
      };
    });
    return [collection, ...points];
  });

export interface Paced {
  readonly outcomes: ReadonlyMap<string, number>;
  readonly tookMs: number;
  readonly lastWriteMs: number;
  readonly asked: { readonly reads: number; readonly writes: number };
  /** Answers 429, by code and what they were about. */
  readonly throttled: readonly string[];
  /** By the hidden budget. */
  readonly turnedAway: number;
  readonly throttledOthers: number;
  readonly events: readonly EngineEvent[];
  readonly log: readonly ExchangeLine[];
}

export interface PacedOptions {
  readonly concurrency?: number;
  /** Virtual time that every request is under way. */
  readonly latencyMs?: number;
  /** A budget of writes that no document and no header tells of. */
  readonly hidden?: { readonly size: number; readonly perSecond: number };
  /** Somebody else's requests, from the start: how often, and which. They use the same login unless told otherwise. */
  readonly other?: { readonly perSecond: number; readonly method: string; readonly path: (n: number) => string };
}

export const runPaced = async (
  shape: Shape,
  steps: readonly Step[],
  { concurrency = 8, latencyMs = 100, other, hidden }: PacedOptions = {},
): Promise<Paced> => {
  const simulator = simulatorOf(shape);
  const clock = virtualClock(startsAt, (now) => simulator.clock.advance(now - simulator.clock.now()));
  const events: EngineEvent[] = [];
  const over = new AbortController();
  let turnedAway = 0;
  let tokens = hidden?.size ?? Infinity;
  let filledAt = startsAt;
  /** How many seconds a request must wait, or 0. */
  const admitted = (method: string): number => {
    if (hidden === undefined || method === 'GET') return 0;
    tokens = Math.min(hidden.size, tokens + ((clock.now() - filledAt) / 1000) * hidden.perSecond);
    filledAt = clock.now();
    const enough = tokens >= 1;
    if (enough) tokens -= 1;
    else turnedAway += 1;
    return enough ? 0 : Math.ceil((1 - tokens) / hidden.perSecond);
  };
  const busy = other === undefined ? Promise.resolve() : keepBusy(simulator, clock, other, over.signal);
  const ports = {
    azure: azureOver(simulator, clock, latencyMs, admitted),
    clock,
    journal: memoryJournal(),
    emit: (event: EngineEvent) => void events.push(event),
    signal: new AbortController().signal,
    concurrency,
  };
  const outcomes = Map.groupBy(await apply(planOf(steps), ports), ({ outcome }) => outcome);
  const tookMs = clock.now() - startsAt;
  over.abort(new Error('over'));
  await busy;
  const [others = [], log = []] = [true, false].map((isOther) =>
    simulator.log().filter(({ url }) => url.includes('other-user') === isOther),
  );
  const writes = log.filter(({ method }) => method !== 'GET');
  return {
    outcomes: new Map([...outcomes].map(([outcome, list]) => [outcome, list.length])),
    tookMs,
    lastWriteMs: Math.max(...writes.map(({ at }) => Date.parse(at))) - startsAt,
    asked: { reads: log.length - writes.length, writes: writes.length },
    throttled: log
      .filter(({ status }) => status === 429)
      .map(
        ({ method, url, response }) =>
          `${method} ${new URL(url).pathname.split('/').slice(-2).join('/')}: ${JSON.stringify(response).slice(0, 300)}`,
      ),
    turnedAway,
    throttledOthers: others.filter(({ status }) => status === 429).length,
    events,
    log,
  };
};

const simulatorOf = (shape: Shape): Simulator =>
  createSimulator({
    startsAt,
    // As Compute's lists of disks and snapshots are paged; the simulator's own default is small so that paging is always met.
    pageSize: 200,
    fleet: {
      tenantId: '99999999-0000-4000-8000-000000000000',
      subscriptions: [{ id: subscriptionId, name: 'test' }],
      principals: [
        {
          clientId: 'cccccccc-0000-4000-8000-000000000001',
          name: 'applier',
          assignments: [{ scope: subscription, actions: ['*'] }],
        },
      ],
      resources: [
        {
          id: group,
          name: 'RG-App',
          type: 'Microsoft.Resources/resourceGroups',
          location: 'westeurope',
          properties: { provisioningState: 'Succeeded' },
        },
        ...machinesOf(shape).flatMap(resourcesOf),
      ],
    },
  });

const origin = 'https://management.azure.com';

const azureOver = (
  simulator: Simulator,
  clock: VirtualClock,
  latencyMs: number,
  waitSeconds: (method: string) => number,
): Azure => {
  const token = simulator.token();
  const pipeline = rest.createEmptyPipeline();
  pipeline.addPolicy({
    name: 'simulator',
    async sendRequest(request) {
      await clock.sleep(latencyMs / 2);
      const release = clock.hold();
      let answer: { readonly response: Response; readonly text: string };
      try {
        const headers = { ...request.headers.toJSON(), authorization: `Bearer ${token}` };
        const wait = waitSeconds(request.method);
        const response =
          wait > 0
            ? refused(wait)
            : await simulator.handle(
                new Request(request.url, {
                  method: request.method,
                  headers,
                  ...(request.body ? { body: request.body as string } : {}),
                }),
              );
        answer = { response, text: await response.text() };
      } finally {
        release();
      }
      await clock.sleep(latencyMs / 2);
      return {
        request,
        status: answer.response.status,
        headers: rest.createHttpHeaders(Object.fromEntries(answer.response.headers)),
        bodyAsText: answer.text,
      };
    },
  });
  return makeAzurePort(
    makeTransport({
      resourceManager: origin,
      pipeline: () => Promise.resolve(pipeline),
      rest: () => Promise.resolve(rest),
      elapsedMs: () => clock.now(),
    }),
  );
};

const refused = (seconds: number): Response =>
  Response.json(
    {
      error: {
        code: 'OperationNotAllowed',
        message: 'Too many.',
        details: [{ code: 'TooManyRequests', target: 'NobodyKnows30Min', message: '{}' }],
      },
    },
    { status: 429, headers: { 'retry-after': String(seconds) } },
  );

/** Another client of the same budgets, that sends at its own rate whatever the answers are. */
const keepBusy = async (
  simulator: Simulator,
  clock: VirtualClock,
  { perSecond, method, path }: NonNullable<PacedOptions['other']>,
  signal: AbortSignal,
): Promise<void> => {
  const headers = { authorization: `Bearer ${simulator.token()}`, 'content-type': 'application/json' };
  for (let n = 0; !signal.aborted; n += 1) {
    const url = `${origin}${path(n)}`;
    await simulator.handle(new Request(`${url}${url.includes('?') ? '&' : '?'}other-user=${n}`, { method, headers }));
    await clock.sleep(1000 / perSecond, signal).catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
  }
};
