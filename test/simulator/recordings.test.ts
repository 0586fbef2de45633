import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyFleet, owner } from '../../src/simulator/fleet.ts';
import type { Mutable } from '../../src/simulator/service.ts';
import { Rig, type Exchanged } from './rig.ts';

/** Conversations recorded with the real service lie beside the repository, where they are kept. */
const FLOWS = '../shared/real/flows';
const present = existsSync(FLOWS);
if (!present) console.log(`skipped: no recorded conversations at ${FLOWS}`);

interface Recorded {
  readonly i: number;
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly req?: Mutable;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: Mutable;
}

const ZERO = '00000000-0000-0000-0000-000000000000';
/** Which requests of a conversation this part of the simulator answers. */
const OURS =
  /\/Microsoft\.Compute\/(?:locations\/[^/]+\/)?(?:virtualMachines(?!\/[^/]+\/extensions)|disks|snapshots|images|restorePointCollections|DiskOperations|operations)(?:\/|$)|\/resourcegroups\/[^/]+$/i;

function exchanges(flow: string): Recorded[] {
  const lines = readFileSync(`${FLOWS}/${flow}.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Recorded).filter((one) => OURS.test(one.path));
}

/** Extensions are not simulated. */
const ELSEWHERE = /\.resources(?:\[\]|$)|\.extensions(?:\[\]|$)|\.extensionHandlers\[\]/;

/** Every key path of a body, list positions folded. */
function keys(value: unknown, at = ''): Set<string> {
  const found = new Set<string>();
  if (Array.isArray(value)) for (const one of value) for (const key of keys(one, `${at}[]`)) found.add(key);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      found.add(`${at}.${key}`);
      if (key !== 'tags') for (const deeper of keys(inner, `${at}.${key}`)) found.add(deeper);
    }
  }
  return found;
}

/** Machines that a template deployment made: the first answer that shows one is what it was. */
function machinesOf(all: readonly Recorded[]): Mutable[] {
  const found = new Map<string, Mutable>();
  for (const { method, path, status, body } of all) {
    if (method !== 'GET' || status !== 200 || !/\/virtualMachines\/[^/]+$/i.test(path) || !body) continue;
    if (!found.has(path.toLowerCase())) found.set(path.toLowerCase(), body);
  }
  return [...found.values()];
}

/** Names that the service chose, in the order in which they appear. */
function madeNames(body: unknown): string[] {
  return [...JSON.stringify(body ?? null).matchAll(/diskRestorePoints\/[^"]+/g)].map(([name]) => name);
}

async function replay(rig: Rig, recorded: Recorded, operation: Exchanged | undefined): Promise<Exchanged> {
  const polls = /perations\//i.test(recorded.path);
  if (!polls) {
    const query = new URLSearchParams(recorded.query).toString();
    return rig.send(recorded.method, `${recorded.path}?${query}`, recorded.req ?? undefined);
  }
  const url = operation?.headers.get(recorded.query['monitor'] === undefined ? 'azure-asyncoperation' : 'location');
  if (recorded.body?.['status'] !== 'InProgress') rig.simulator.clock.advance(120_000);
  return rig.send('GET', url ?? '');
}

describe.skipIf(!present)('recorded conversations, sent again', () => {
  it.each([
    'snapshot-incremental',
    'snapshot-crud-retryafter',
    'disk-snapshot-image',
    'vm-restore-point',
    'vm-restore-point-collection',
    'disk-from-restore-point',
    'vm-states',
  ])('%s: same statuses, headers and keys', async (flow) => {
    const all = exchanges(flow);
    const rig = new Rig({ fleet: { ...emptyFleet(ZERO), principals: [owner([ZERO])], resources: machinesOf(all) } });
    const group = /resourceGroups\/([^/]+)/i.exec(all[0]!.path)![1]!;
    await rig.send('PUT', `/subscriptions/${ZERO}/resourceGroups/${group}?api-version=2022-09-01`, {
      location: 'westus',
    });
    const operations = new Map<string, Exchanged>();
    const differences: string[] = [];
    const renamed = new Map<string, string>();
    for (const each of all) {
      const recorded = JSON.parse(
        [...renamed].reduce((text, [theirs, mine]) => text.replaceAll(theirs, mine), JSON.stringify(each)),
      ) as Recorded;
      if (/resourcegroups\/[^/]+$/i.test(recorded.path)) continue;
      const polled = /perations\/([^/]+)$/.exec(recorded.path)?.[1];
      // Polls of what the conversation started elsewhere (extensions, networks) are not ours.
      if (polled !== undefined && !operations.has(polled)) continue;
      // Before the machine was made, the list was empty.
      if (recorded.method === 'GET' && JSON.stringify(recorded.body) === '{"value":[]}') continue;
      const answer = await replay(rig, recorded, operations.get(polled ?? ''));
      const started = /perations\/([^/?]+)/.exec(recorded.headers['azure-asyncoperation'] ?? '')?.[1];
      if (started !== undefined) operations.set(started, answer);
      const where = `#${recorded.i} ${recorded.method} ${recorded.path.split('/').slice(-2).join('/')}`;
      if (answer.status !== recorded.status)
        differences.push(`${where}: status ${answer.status}, recorded ${recorded.status}`);
      for (const header of ['azure-asyncoperation', 'location']) {
        if (answer.headers.has(header) !== header in recorded.headers)
          differences.push(`${where}: ${header} ${answer.headers.has(header) ? 'sent' : 'missing'}`);
      }
      for (const [position, name] of madeNames(recorded.body).entries())
        renamed.set(name, madeNames(answer.body)[position] ?? name);
      const [mine, theirs] = [keys(answer.body), keys(recorded.body ?? {})];
      for (const key of theirs) if (!mine.has(key) && !ELSEWHERE.test(key)) differences.push(`${where}: no ${key}`);
      for (const key of mine) if (!theirs.has(key)) differences.push(`${where}: ${key} is not recorded`);
    }
    expect(differences).toEqual([]);
  });
});
