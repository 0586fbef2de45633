/**
 * Machines with what only their instance view tells. Resource Graph knows the power state but neither whether a
 * machine is
 * generalized nor its agent, so one status listing per subscription that holds machines goes before: never a call per
 * machine.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/list-all (`statusOnly`)
 */
import { keyOf, subscriptionOf } from '../core/ids.ts';
import type { Problem } from '../core/problem.ts';
import { apiVersions, extensionsAction, kinds } from './kinds.ts';
import { allows, type Permissions } from './permissions.ts';
import { at, isRecord, listAt, textAt } from './raw.ts';
import { subscriptionsPerQuery } from './read-graph.ts';
import { chunks, readKind } from './read-kind.ts';
import type { Reader } from './reader.ts';

const machineTable = kinds.virtualMachines.graph!;

/** Returns what could not be told of the machines' run-time state, in words. */
export const readMachines = async (
  reader: Reader,
  subscriptions: readonly string[],
  permissions: Permissions,
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  const views = new Map<string, unknown>();
  const holders = await subscriptionsWithMachines(reader, subscriptions);
  await Promise.all(
    holders.map(async (id) => {
      const failure = await reader.inquiry.list(
        {
          provider: 'compute',
          method: 'GET',
          path: `/subscriptions/${id}/providers/Microsoft.Compute/virtualMachines`,
          query: { statusOnly: 'true' },
          apiVersion: apiVersions.compute,
        },
        (raw) => {
          const view = instanceViewOf(raw);
          if (view !== undefined) views.set(keyOf(textAt(raw, 'id') ?? ''), view);
        },
      );
      // Where the machines themselves may not be read, a gap says so already.
      if (failure !== undefined && failure.kind !== 'forbidden')
        problems.push({
          ...failure.problem,
          summary: `Run-time state of the machines is unknown: ${failure.problem.summary}`,
        });
    }),
  );
  const extensions = await extensionsByMachine(reader, subscriptions);
  const blind = extensions === undefined ? new Set<string>() : await withoutExtensions(subscriptions, permissions);
  await readKind(reader, 'virtualMachines', subscriptions, (raw) => {
    const its = blind.has(subscriptionOf(textAt(raw, 'id') ?? '')) ? 'forbidden' : extensions;
    reader.intake.take('virtualMachines', joined(raw, views, its));
  });
  return problems;
};

/** Of an instance view only what is used later: a fleet's worth of them is held until the machines have come. */
const instanceViewOf = (raw: unknown): unknown => {
  const view = at(raw, 'properties', 'instanceView');
  if (!isRecord(view)) return undefined;
  const kept = ['statuses', 'vmAgent', 'hyperVGeneration', 'osName', 'osVersion'].flatMap((name) => {
    const value = name === 'vmAgent' ? agentOf(view) : at(view, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
};

const agentOf = (view: unknown): unknown => {
  const statuses = listAt(view, 'vmAgent', 'statuses');
  return statuses.length === 0 ? undefined : { statuses };
};

/** The row in the shape a GET with `$expand=instanceView` answers, out of two or three lists. */
const joined = (
  raw: unknown,
  views: ReadonlyMap<string, unknown>,
  extensions: Extensions | 'forbidden' | undefined,
): unknown => {
  const id = textAt(raw, 'id');
  if (!isRecord(raw) || id === undefined) return raw;
  const view = views.get(keyOf(id));
  const properties = at(raw, 'properties');
  return {
    ...raw,
    ...(extensions === undefined || raw['resources'] !== undefined
      ? {}
      : { resources: extensions === 'forbidden' ? null : (extensions.get(keyOf(id)) ?? []) }),
    ...(view === undefined || !isRecord(properties) || at(properties, 'instanceView') !== undefined
      ? {}
      : { properties: { ...properties, instanceView: view } }),
  };
};

const subscriptionsWithMachines = async (
  reader: Reader,
  subscriptions: readonly string[],
): Promise<readonly string[]> => {
  if (reader.source === 'arm') return subscriptions;
  const query = `${machineTable.table} | where type =~ '${machineTable.type}' | summarize machines = count() by subscriptionId | project id = subscriptionId, machines | order by id asc`;
  const found = new Set<string>();
  for (const group of chunks(subscriptions, subscriptionsPerQuery)) {
    const end = await reader.graph.query(query, group, (row) => found.add((textAt(row, 'id') ?? '').toLowerCase()));
    // Without this economy every subscription is swept.
    if (end.kind !== 'whole') return subscriptions;
  }
  return subscriptions.filter((id) => found.has(id.toLowerCase()));
};

type Extensions = ReadonlyMap<string, readonly unknown[]>;

/** Where Resource Graph leaves them out in silence: none told there is not none. */
const withoutExtensions = async (
  subscriptions: readonly string[],
  permissions: Permissions,
): Promise<ReadonlySet<string>> => {
  const blind = await Promise.all(
    subscriptions.map(async (id) => {
      const here = await permissions.at(`/subscriptions/${id}`);
      return here.known && allows(here.value, extensionsAction) ? [] : [id.toLowerCase()];
    }),
  );
  return new Set(blind.flat());
};

/** By machine. `undefined` where they could not be had: then a machine's extensions stay unknown. */
const extensionsByMachine = async (
  reader: Reader,
  subscriptions: readonly string[],
): Promise<Extensions | undefined> => {
  if (reader.source === 'arm') return undefined;
  const query = `resources | where type =~ '${machineTable.type}/extensions' | project id, name, type, properties | order by id asc`;
  const found = new Map<string, unknown[]>();
  for (const group of chunks(subscriptions, subscriptionsPerQuery)) {
    const end = await reader.graph.query(query, group, (row) => {
      const id = textAt(row, 'id') ?? '';
      const machineKey = keyOf(id).replace(/\/extensions\/[^/]*$/, '');
      const extension = {
        id,
        name: at(row, 'name'),
        properties: { publisher: at(row, 'properties', 'publisher'), type: at(row, 'properties', 'type') },
      };
      const list = found.get(machineKey);
      if (list) list.push(extension);
      else found.set(machineKey, [extension]);
    });
    if (end.kind !== 'whole') return undefined;
  }
  return found;
};
