/**
 * Reads one kind of resource over some subscriptions: through Resource Graph, or through list calls where that is
 * asked for or fails.
 */
import { gap } from '../core/fact.ts';
import { subscriptionOf } from '../core/ids.ts';
import { gapAfter } from './inquiry.ts';
import type { Failure } from './failure.ts';
import { kinds, type RawKind } from './kinds.ts';
import { readGalleries } from './read-galleries.ts';
import { subscriptionsPerQuery, type GraphEnd } from './read-graph.ts';
import type { ListedKind, Reader } from './reader.ts';

/** `take` gets every row and by default hands it to the intake. */
export const readKind = async (
  reader: Reader,
  kind: ListedKind,
  subscriptions: readonly string[],
  take: (raw: unknown) => void = (raw) => void reader.intake.take(kind, raw),
): Promise<void> => {
  const onRow = (raw: unknown): void => {
    reader.onRow(kind);
    take(raw);
  };
  const { graph } = kinds[kind];
  if (graph === undefined || reader.source === 'arm') return readThroughLists(reader, kind, subscriptions, onRow);
  for (const group of chunks(subscriptions, subscriptionsPerQuery)) {
    const end = await reader.graph.query(graphQuery(kind, reader.resourceGroups), group, onRow);
    if (end.kind === 'whole') continue;
    if (reader.source === 'auto') {
      reader.intake.reread(kind);
      await readThroughLists(reader, kind, group, onRow);
    } else missAfterGraph(reader, kind, group, end);
  }
};

const missAfterGraph = (
  { intake }: Reader,
  kind: ListedKind,
  subscriptions: readonly string[],
  end: Exclude<GraphEnd, { kind: 'whole' }>,
): void => {
  for (const id of subscriptions) {
    const scope = `/subscriptions/${id}`;
    const missed =
      end.kind === 'truncated' ? gap(scope, 'truncated', end.detail) : gapAfter(end.failure, scope, kinds[kind].action);
    if (missed !== undefined) intake.miss(kind, missed);
  }
};

const readThroughLists = async (
  reader: Reader,
  kind: ListedKind,
  subscriptions: readonly string[],
  onRow: (raw: unknown) => void,
): Promise<void> => {
  const { list } = kinds[kind];
  if (list === undefined) return readGalleries(reader, subscriptions, onRow);
  const read = list.per === 'vault' ? readVaults : readSubscriptions;
  await read(reader, kind, subscriptions, (scope) =>
    reader.inquiry.list(
      { provider: list.provider, method: 'GET', path: `${scope}${list.path}`, apiVersion: list.apiVersion },
      onRow,
    ),
  );
};

type ListAt = (scope: string) => Promise<Failure | undefined>;

const readSubscriptions = async (
  reader: Reader,
  kind: ListedKind,
  subscriptions: readonly string[],
  listAt: ListAt,
): Promise<void> => {
  await Promise.all(
    subscriptions.map(async (id) => {
      const scope = `/subscriptions/${id}`;
      const failure = await listAt(scope);
      note(reader, kind, scope, failure);
      // A login with rights in some resource groups only may not list the subscription, but may list those.
      if (failure?.kind !== 'forbidden' || kind === 'resourceGroups') return;
      await Promise.all(reader.resourceGroups.map((group) => listAt(`${scope}/resourceGroups/${group}`)));
    }),
  );
};

const readVaults = async (
  reader: Reader,
  kind: ListedKind,
  subscriptions: readonly string[],
  listAt: ListAt,
): Promise<void> => {
  const asked = new Set(subscriptions.map((s) => s.toLowerCase()));
  // A vault that could not be seen hides what is in it.
  for (const missed of reader.intake.gaps().vaults ?? []) reader.intake.miss(kind, missed);
  const vaults = reader.intake.vaultIds().filter((id) => asked.has(subscriptionOf(id)));
  await Promise.all(vaults.map(async (id) => note(reader, kind, id, await listAt(id))));
};

const note = ({ intake }: Reader, kind: ListedKind, scope: string, failure: Failure | undefined): void => {
  const missed = failure === undefined ? undefined : gapAfter(failure, scope, kinds[kind].action);
  if (missed !== undefined) intake.miss(kind, missed);
};

/** Columns beyond those every kind has; a column the table lacks would make the query invalid. */
const extraColumns: Readonly<Partial<Record<RawKind, string>>> = {
  virtualMachines: 'zones, plan, ',
  disks: 'zones, sku, managedBy, ',
  snapshots: 'sku, ',
  vaults: 'sku, ',
};

/** Ordered by id, as paging needs a unique order (facts L-15, L-17). */
export const graphQuery = (kind: ListedKind, resourceGroups: readonly string[] = []): string => {
  const { graph } = kinds[kind];
  if (graph === undefined) throw new RangeError(`${kind} is not in Resource Graph`);
  const groups =
    kind === 'virtualMachines' && resourceGroups.length > 0
      ? ` | where resourceGroup in~ (${resourceGroups.map(quoted).join(', ')})`
      : '';
  return (
    `${graph.table} | where type =~ '${graph.type}'${groups}` +
    ` | project id, name, type, location, resourceGroup, subscriptionId, tags, ${extraColumns[kind] ?? ''}properties | order by id asc`
  );
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
