import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Mutable } from '../../src/simulator/service.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { main } from './replay.ts';
import { Mapping } from './replay/mapping.ts';
import { printFlow, tallyOf } from './replay/print.ts';
import type { Recorded } from './replay/recording.ts';
import { outsideScope } from './replay/scope.ts';
import { readFlow, UnreadableFlow } from './replay/recording.ts';
import type { ReplayResult } from './replay/replay-flow.ts';
import { replayFlow } from './replay/replay-flow.ts';

const group = '/subscriptions/5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01/resourceGroups/rg';
const origin = 'https://management.azure.com';

/** A conversation with one simulator, as a recorder would have kept it. */
async function record(): Promise<Recorded[]> {
  const simulator = createSimulator({ seed: 4711 });
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const init = {
      method,
      headers: { authorization: `Bearer ${simulator.token()}`, 'content-type': 'application/json' },
    };
    const url = path.startsWith('https:') ? path : `${origin}${path}?api-version=2024-03-02`;
    const response = await simulator.handle(
      new Request(url, body === undefined ? init : { ...init, body: JSON.stringify(body) }),
    );
    simulator.clock.advance(700);
    return response;
  };
  const disk = `${group}/providers/Microsoft.Compute/disks/d`;
  const snapshot = `${group}/providers/Microsoft.Compute/snapshots/s`;
  await simulator.handle(
    new Request(`${origin}${group}?api-version=2022-09-01`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${simulator.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ location: 'westeurope' }),
    }),
  );
  const follow = async (response: Response): Promise<void> => {
    for (let i = 0; i < 200; i += 1) {
      const polled = (await (await send('GET', response.headers.get('azure-asyncoperation') ?? '')).json()) as Mutable;
      if (polled['status'] !== 'InProgress') return;
    }
  };
  await follow(
    await send('PUT', disk, {
      location: 'westeurope',
      sku: { name: 'Premium_LRS' },
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 8 },
    }),
  );
  await send('GET', disk);
  await follow(
    await send('PUT', snapshot, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Copy', sourceResourceId: disk }, incremental: true },
    }),
  );
  await send('GET', snapshot);
  await follow(await send('DELETE', snapshot));
  await send('GET', snapshot);
  return simulator.log().map(recordedOf);
}

function recordedOf(line: ExchangeLine, i: number): Recorded {
  const url = new URL(line.url);
  return {
    i,
    at: Date.parse(line.at),
    method: line.method,
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    request: line.request ?? undefined,
    status: line.status,
    headers: Object.fromEntries(Object.entries(line.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: line.response ?? undefined,
  };
}

const differencesOf = async (flow: readonly Recorded[]): Promise<string> => printFlow('flow', await replayFlow(flow));

describe('a replay', () => {
  it('matches its own kind throughout, though every operation has another id and signature', async () => {
    const flow = await record();
    const result = await replayFlow(flow);
    expect(result.troubles).toEqual([]);
    expect(tallyOf(result)).toEqual({
      matched: flow.length,
      compared: flow.length,
      given: 0,
      outside: 0,
      notComparable: 0,
    });
    expect(result.sequences.things).toBeGreaterThan(1);
    expect(result.sequences.different).toEqual([]);
  });

  it('names a status, a header, a key, a type and an enum value that differ', async () => {
    const flow = await record();
    const gets = flow.filter(
      ({ method, path, status }) => method === 'GET' && /\/(?:disks|snapshots)\//.test(path) && status === 200,
    );
    const put = flow.find(({ method, path }) => method === 'PUT' && path.endsWith('/disks/d'))!;
    const [disk, snapshot] = gets;
    const spoilt = flow.map((each): Recorded => {
      if (each === put)
        return {
          ...each,
          headers: Object.fromEntries(Object.entries(each.headers).filter(([name]) => name !== 'location')),
        };
      if (each === disk) {
        const body = each.body as Mutable;
        const { diskState: _, ...properties } = body['properties'] as Mutable;
        return {
          ...each,
          body: { ...body, wonder: 1, properties: { ...properties, diskSizeGB: '8', provisioningState: 'Ready' } },
        };
      }
      return each === snapshot ? { ...each, status: 203 } : each;
    });
    const printed = await differencesOf(spoilt);
    expect(printed).toContain('header extra: location');
    expect(printed).toContain('key missing: wonder');
    expect(printed).toContain('key extra: properties.diskState');
    expect(printed).toContain('properties.diskSizeGB: recorded string, simulator number');
    expect(printed).toContain("properties.provisioningState: recorded 'Ready', simulator 'Succeeded'");
    expect(printed).toContain('status: recorded 203, simulator 200');
  });

  it('compares the states of what is polled, but not how often it was asked', async () => {
    const flow = await record();
    const poll = flow.findIndex(({ path }) => path.includes('/DiskOperations/'));
    const twice = [...flow.slice(0, poll), flow[poll]!, ...flow.slice(poll)];
    expect((await replayFlow(twice)).sequences.different).toEqual([]);
    const renamed = flow.map((each) => ({
      ...each,
      body: JSON.parse(JSON.stringify(each.body ?? null).replaceAll('"InProgress"', '"Busy"')) as unknown,
    }));
    expect((await replayFlow(renamed)).sequences.different.join()).toContain('Busy');
  });

  it('starts from what the recording finds already there, and does not count the answer it started from', async () => {
    const flow = await record();
    const later = flow.slice(flow.findIndex(({ method, path }) => method === 'GET' && path.endsWith('/disks/d')));
    const result = await replayFlow(
      later.filter(({ path }) => !path.includes('/DiskOperations/') || path === later.at(-2)?.path),
    );
    expect(tallyOf(result).given).toBe(1);
    expect(printFlow('flow', result)).not.toContain('simulator 404');
  });

  it('keeps routes outside scope, recorded trouble and unrecorded bodies apart', async () => {
    const [first] = await record();
    const network = {
      ...first!,
      method: 'GET',
      path: `${group}/providers/Microsoft.Network/loadBalancers`,
      request: undefined,
    };
    const throttled = { ...first!, status: 429 };
    const blanked = { ...first!, request: 'blanked' };
    expect(tallyOf(await replayFlow([first!, network, throttled, blanked]))).toEqual({
      matched: 1,
      compared: 1,
      given: 0,
      outside: 1,
      notComparable: 2,
    });
  });
});

describe('the mapping', () => {
  const [job, other] = ['0ccf8a1f-1846-49f7-ade0-f745944540d2', '9b8e2c11-77aa-4a1b-8f00-2d3c4e5f6071'];
  const vault = `${group}/providers/Microsoft.RecoveryServices/vaults/v`;

  it('learns names that a server made from answers, and puts them into requests that follow', () => {
    const mapping = new Mapping();
    mapping.learnBodies(
      { properties: { jobId: job, status: 'InProgress' } },
      { properties: { jobId: other, status: 'Completed' } },
    );
    expect(mapping.rewrite(`${vault}/backupJobs/${job}`)).toBe(`${vault}/backupJobs/${other}`);
    expect(mapping.rewriteBody({ id: `${vault}/backupJobs/${job.toUpperCase()}`, status: 'InProgress' })).toEqual({
      id: `${vault}/backupJobs/${other}`,
      status: 'InProgress',
    });
  });

  it('knows an operation by the URL that an answer gave, and by its id in URLs that clients build', () => {
    const mapping = new Mapping();
    mapping.learnUrl(
      `${origin}${vault}/operationStatus/${job}?t=1&s=recorded`,
      `${origin}${vault}/operationStatus/${other}?t=2&s=simulated`,
    );
    expect(mapping.urlFor(`${vault}/operationStatus/${job}`, {})).toBe(
      `${origin}${vault}/operationStatus/${other}?t=2&s=simulated`,
    );
    expect(mapping.rewrite(`${vault}/backupOperations/${job}`)).toBe(`${vault}/backupOperations/${other}`);
  });

  it('pairs rows by name before place', () => {
    const pairs = new Mapping().pairs(
      [{ name: 'a' }, { name: 'b' }],
      [
        { name: 'B', of: 2 },
        { name: 'c', of: 3 },
      ],
    );
    expect(pairs).toEqual([
      [{ name: 'b' }, { name: 'B', of: 2 }],
      [{ name: 'a' }, { name: 'c', of: 3 }],
    ]);
  });
});

describe('scope', () => {
  const base = {
    i: 0,
    at: undefined,
    method: 'POST',
    query: {},
    request: undefined,
    status: 202,
    headers: {},
    body: undefined,
  };
  const vault = `${group}/providers/Microsoft.RecoveryServices/vaults/v`;

  it('ends at other providers, and at types nobody simulates, until somebody serves them', () => {
    const extension = { ...base, path: `${group}/providers/Microsoft.Compute/virtualMachines/m/extensions/e` };
    expect(outsideScope(extension, false)).toBe('VM extensions');
    expect(outsideScope(extension, true)).toBeUndefined();
    expect(outsideScope({ ...base, path: '/some/blob' }, false)).toBe('Not Azure Resource Manager');
    expect(outsideScope({ ...base, path: `${group}/providers/Microsoft.Compute/disks/d` }, false)).toBeUndefined();
  });

  it('leaves out workloads other than machines by what a backup request says, not by chance words', () => {
    const items = { ...base, path: `${vault}/backupProtectedItems` };
    expect(outsideScope({ ...items, query: { $filter: "backupManagementType eq 'AzureStorage'" } }, true)).toBe(
      'Other workloads',
    );
    expect(
      outsideScope({ ...items, query: { $filter: "backupManagementType eq 'AzureIaasVM'" } }, true),
    ).toBeUndefined();
    expect(
      outsideScope(
        { ...base, path: `${vault}/backupFabrics/Azure/protectionContainers/StorageContainer;storage;g;a` },
        true,
      ),
    ).toBe('Other workloads');
    const replicated = {
      ...base,
      path: `${vault}/replicationFabrics/f`,
      request: { recoveryAzureStorageAccountId: '/x' },
    };
    expect(outsideScope(replicated, true)).toBeUndefined();
  });
});

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'));
  afterEach(() => vi.restoreAllMocks());

  async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
    const code = await main(argv);
    vi.restoreAllMocks();
    return { code, out, err };
  }

  it('prints a flow, or a table of a folder, and ends well whatever the figures say', async () => {
    const file = join(folder, 'one.jsonl');
    const flow = await record();
    writeFileSync(
      file,
      flow
        .map(({ at, request, ...rest }) => JSON.stringify({ ...rest, req: request, date: new Date(at!).toUTCString() }))
        .join('\n'),
    );
    const one = await run(file);
    expect(one).toMatchObject({ code: 0, err: '' });
    expect(one.out).toMatch(/^one: \d+\/\d+ matched/);
    expect((await run('--all', folder)).out).toMatch(/all +\d+\/\d+/);
    rmSync(file);
  });

  it('refuses input that it cannot read, saying which line', async () => {
    expect((await run()).code).toBe(2);
    expect(await run(join(folder, 'none.jsonl'))).toMatchObject({ code: 2, out: '' });
    const file = join(folder, 'bad.jsonl');
    writeFileSync(file, '{"method":"GET","path":"/x","status":200}\n{oops\n');
    expect((await run(file)).err).toContain('bad.jsonl:2');
    expect(() => readFlow(folder)).toThrow(UnreadableFlow);
    rmSync(folder, { recursive: true });
  });
});

const flows = resolve(import.meta.dirname, '../../../shared/real/flows');
const here = existsSync(flows);
if (!here) console.log(`skipped: recorded flows are not at ${flows}`);

describe.skipIf(!here)('recorded conversations', () => {
  it('are answered nearly as Azure answered them, states and all', async () => {
    const results: ReplayResult[] = [];
    for (const name of readdirSync(flows).sort()) results.push(await replayFlow(readFlow(join(flows, name))));
    const sum = (pick: (result: ReplayResult) => number): number =>
      results.reduce((total, each) => total + pick(each), 0);
    // Floors, to be raised as the simulator learns; a fall means that something was unlearnt.
    expect(sum((result) => tallyOf(result).matched) / sum((result) => tallyOf(result).compared)).toBeGreaterThan(0.9);
    expect(sum(({ sequences }) => sequences.different.length)).toBeLessThan(5);
  });

  it('leave no trace in the simulator or in the replay: no name of theirs is written there', () => {
    const sources = ['../../src/simulator', '.'].flatMap((folder) =>
      readdirSync(resolve(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
        .map((path) => readFileSync(resolve(import.meta.dirname, folder, path), 'utf8')),
    );
    // Names that the recorders made up: words with digits, so that no ordinary word of the code is taken for one.
    const made =
      /\/(?:resourceGroups|vaults|virtualMachines|snapshots|disks|deployments)\/([A-Za-z][\w.-]*\d{2,}[\w.-]*)/gi;
    const names = new Set(
      readdirSync(flows).flatMap((name) =>
        [...readFileSync(join(flows, name), 'utf8').matchAll(made)].map((match) => match[1]!),
      ),
    );
    expect(names.size).toBeGreaterThan(20);
    expect([...names].filter((name) => sources.some((text) => text.includes(name)))).toEqual([]);
  });
});
