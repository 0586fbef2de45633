/**
 * The fleet's only reader: a scope in, an estate out, in a number of requests that does not grow with the number of
 * machines.
 */
import type { Estate, Machine } from '../core/estate.ts';
import { gap } from '../core/fact.ts';
import type { ResourceKey } from '../core/ids.ts';
import type { Problem } from '../core/problem.ts';
import { toInstant } from '../core/time.ts';
import type { Clock } from '../engine/ports.ts';
import { defaultReadPatienceMs, gapAfter, makeInquiry, type OnWait } from './inquiry.ts';
import { makeIntake, type GapsByKind, type Keep } from './intake.ts';
import { apiVersions, kinds, readOnRequest, type RawKind } from './kinds.ts';
import { allows, makePermissions, type Permissions } from './permissions.ts';
import { textAt } from './raw.ts';
import { readFresh, type FreshResource } from './read-fresh.ts';
import { makeGraph } from './read-graph.ts';
import { readKind } from './read-kind.ts';
import type { ListedKind, Reader, Source } from './reader.ts';
import { readMachines } from './read-machines.ts';
import {
  readCopyProgress,
  readRecoveryPoints,
  readReplicaPoints,
  readRestorePoints,
  vaultTaker,
} from './read-points.ts';
import { applyScope, describeScope, type ScopeFilter } from './scope.ts';
import type { Provider, Transport } from './transport.ts';

export const subscriptionsAction = 'Microsoft.Resources/subscriptions/read';

export interface ReadOptions {
  readonly filter: ScopeFilter;
  readonly source: Source;
  /** Recovery points too, one list per protected or replicated item in scope. */
  readonly deep: boolean;
  /** Every point of these machines alone: vault points, Site Recovery's, and how far copies of restore points are. */
  readonly pointsOf?: (estate: Estate) => readonly Machine[];
  /** Of these machines' restore points, how far their copies are: a call each copy. Points tell it as well. */
  readonly copiesOf?: (estate: Estate) => readonly Machine[];
  readonly concurrency: number;
  readonly patienceMs?: number;
  /** Gets every raw row, for an export. */
  readonly keep?: Keep;
  /** Read by GET first: what a plan has just written. */
  readonly fresh?: readonly FreshResource[];
}

export interface ReadPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onRow?: (kind: RawKind) => void;
  readonly onWait?: OnWait;
}

export type Reading =
  | {
      readonly kind: 'read';
      readonly estate: Estate;
      /** The filter with the subscriptions it came to, for `BundleWriter.finish`. */
      readonly filter: ScopeFilter;
      readonly gaps: GapsByKind;
      readonly read: readonly RawKind[];
      /** Worth telling, beside the gaps. */
      readonly problems: readonly Problem[];
      readonly requests: ReadonlyMap<Provider, number>;
    }
  /** Nothing could be read at all. */
  | { readonly kind: 'failed'; readonly problem: Problem };

export const readEstate = async (options: ReadOptions, ports: ReadPorts): Promise<Reading> => {
  const { transport, clock, signal, onWait } = ports;
  const inquiry = makeInquiry(transport, clock, {
    concurrency: options.concurrency,
    patienceMs: options.patienceMs ?? defaultReadPatienceMs,
    ...(signal ? { signal } : {}),
    ...(onWait ? { onWait } : {}),
  });
  const reader: Reader = {
    inquiry,
    graph: makeGraph(inquiry, clock),
    intake: makeIntake(options.keep),
    source: options.source,
    resourceGroups: (options.filter.resourceGroups ?? []).map((g) => g.toLowerCase()),
    onRow: ports.onRow ?? (() => undefined),
  };
  const subscriptions = await findSubscriptions(reader, options.filter);
  if (subscriptions.kind === 'failed') return subscriptions;
  const asOf = toInstant(Math.floor((transport.azureNow() ?? clock.now()) / 1000) * 1000);
  await readFresh(inquiry, reader.intake, options.fresh ?? []);
  const permissions = makePermissions(inquiry);
  const problems = await readAll(reader, permissions, subscriptions);
  await notePermissions(reader, permissions, subscriptions);

  const named = subscriptions.named;
  const filter: ScopeFilter = { ...options.filter, subscriptions: [...named, ...subscriptions.unseen] };
  const scope = describeScope(options.filter, filter.subscriptions ?? []);
  const inScope = (): Estate => applyScope(reader.intake.estate(asOf, scope), filter);
  const onRequest = await readRequestedPoints(reader, options, inScope());

  return {
    kind: 'read',
    estate: inScope(),
    filter,
    gaps: reader.intake.gaps(),
    read: [...listedKinds, 'restorePoints', ...onRequest],
    problems,
    requests: transport.counts,
  };
};

/** Points cost a call each item; of what nobody asks they stay `not-read`. Returns the kinds read of all in scope. */
const readRequestedPoints = async (
  reader: Reader,
  { deep, pointsOf, copiesOf }: ReadOptions,
  estate: Estate,
): Promise<readonly RawKind[]> => {
  const { intake } = reader;
  if (copiesOf !== undefined && !deep && pointsOf === undefined)
    await readCopyProgress(reader, new Set(copiesOf(estate).map(({ key }) => key)));
  if (pointsOf !== undefined) {
    const chosen = new Set(pointsOf(estate).map(({ key }) => key));
    const [items, others] = split(estate.backupItems.items, chosen);
    const [replicated, otherReplicas] = split(estate.replicatedItems.items, chosen);
    const why = 'Points of another machine were asked for.';
    for (const { key } of others) intake.miss('recoveryPoints', gap(key, 'not-read', why));
    for (const { key } of otherReplicas) intake.miss('replicationRecoveryPoints', gap(key, 'not-read', why));
    await Promise.all([
      readRecoveryPoints(reader, items),
      readReplicaPoints(reader, replicated),
      readCopyProgress(reader, chosen),
    ]);
    return [];
  }
  if (deep) {
    const machines = new Set(estate.machines.items.map(({ key }) => key));
    const a2a = estate.replicatedItems.items.filter(({ machineKey }) => machineKey !== undefined);
    await Promise.all([
      readRecoveryPoints(reader, estate.backupItems.items),
      readReplicaPoints(reader, a2a),
      readCopyProgress(reader, machines),
    ]);
    return ['recoveryPoints', 'replicationRecoveryPoints'];
  }
  for (const kind of ['recoveryPoints', 'replicationRecoveryPoints'] as const) {
    intake.miss(kind, gap('/', 'not-read', 'Recovery points are read with --deep.'));
  }
  return [];
};

const split = <T extends { readonly machineKey?: ResourceKey }>(
  items: readonly T[],
  chosen: ReadonlySet<ResourceKey>,
) => {
  const isChosen = ({ machineKey }: T): boolean => machineKey !== undefined && chosen.has(machineKey);
  return [items.filter(isChosen), items.filter((item) => !isChosen(item))] as const;
};

const listedKinds = (Object.keys(kinds) as (keyof typeof kinds)[]).filter(
  (k): k is ListedKind => k !== 'restorePoints' && !readOnRequest.has(k),
);

interface Subscriptions {
  readonly kind: 'found';
  /** Asked for and visible. */
  readonly named: readonly string[];
  /** Asked for and not visible to the login. */
  readonly unseen: readonly string[];
  /** Everything visible: protection is looked for there. */
  readonly all: readonly string[];
}

const findSubscriptions = async (
  { inquiry, graph, intake }: Reader,
  filter: ScopeFilter,
): Promise<Subscriptions | { kind: 'failed'; problem: Problem }> => {
  const all = new Set<string>();
  const failure = await inquiry.list(
    { provider: 'subscriptions', method: 'GET', path: '/subscriptions', apiVersion: apiVersions.subscriptions },
    (raw) => {
      const id = textAt(raw, 'subscriptionId');
      if (id !== undefined && textAt(raw, 'state')?.toLowerCase() !== 'deleted') all.add(id.toLowerCase());
    },
  );
  let asked = (filter.subscriptions ?? []).map((s) => s.toLowerCase());
  if (filter.managementGroup !== undefined) {
    const under = new Set<string>();
    const query =
      "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project id, subscriptionId | order by id asc";
    const end = await graph.queryGroup(query, filter.managementGroup, (row) =>
      under.add((textAt(row, 'subscriptionId') ?? '').toLowerCase()),
    );
    if (end.kind === 'failed') return { kind: 'failed', problem: end.failure.problem };
    if (end.kind === 'truncated') return { kind: 'failed', problem: refusal(filter.managementGroup, end.detail) };
    asked = asked.length === 0 ? [...under] : asked.filter((id) => under.has(id));
    if (asked.length === 0)
      return {
        kind: 'failed',
        problem: refusal(filter.managementGroup, 'The management group holds no subscription the login can see.'),
      };
  }
  if (failure !== undefined) {
    if (asked.length === 0 || failure.kind !== 'forbidden') return { kind: 'failed', problem: failure.problem };
    // The named ones may be readable all the same; elsewhere nothing is known.
    for (const kind of listedKinds.filter((k) => kinds[k].everywhere)) {
      const missed = gapAfter(failure, '/', subscriptionsAction);
      if (missed !== undefined) intake.miss(kind, missed);
    }
    return { kind: 'found', named: asked, unseen: [], all: asked };
  }
  if (all.size === 0 && asked.length === 0)
    return { kind: 'failed', problem: refusal('/subscriptions', 'The login can see no subscription.') };
  const unseen = asked.filter((id) => !all.has(id));
  for (const id of unseen) {
    for (const kind of listedKinds) {
      intake.miss(
        kind,
        gap(`/subscriptions/${id}`, 'no-permission', 'The login cannot see this subscription.', kinds[kind].action),
      );
    }
  }
  const named = asked.length === 0 ? [...all] : asked.filter((id) => all.has(id));
  return { kind: 'found', named, unseen, all: [...all] };
};

const refusal = (subject: string, summary: string): Problem => ({
  code: 'no-subscriptions',
  severity: 'high',
  subject,
  summary,
  remedy: 'Check the login, its tenant and its role assignments.',
});

const readAll = async (
  reader: Reader,
  permissions: Permissions,
  { named, all }: Subscriptions,
): Promise<readonly Problem[]> => {
  const vaults = vaultTaker(reader);
  const machines = readMachines(reader, named, permissions);
  const collections = readKind(reader, 'restorePointCollections', named).then(() => readRestorePoints(reader));
  // List calls inside vaults need the vaults first.
  const protection = readKind(reader, 'vaults', all, (raw) => vaults.take(raw))
    .then(() => vaults.settle())
    .then(() =>
      Promise.all(
        (['backupPolicies', 'protectedItems', 'replicationProtectedItems'] as const).map((kind) =>
          readKind(reader, kind, all),
        ),
      ),
    );
  const rest = (['disks', 'snapshots', 'images', 'locks', 'resourceGroups'] as const).map((kind) =>
    readKind(reader, kind, named),
  );
  const [problems] = await Promise.all([
    machines,
    collections,
    protection,
    readKind(reader, 'galleryImageVersions', all),
    ...rest,
  ]);
  return problems;
};

/** Turns a missing grant into a gap: there an empty answer proves nothing. */
const notePermissions = async (
  reader: Reader,
  permissions: Permissions,
  { named, all }: Subscriptions,
): Promise<void> => {
  const inNamed = new Set(named);
  await Promise.all(
    all.map(async (id) => {
      const scope = `/subscriptions/${id}`;
      const here = await permissions.at(scope);
      const asked = [...listedKinds, 'restorePoints' as const].filter(
        (kind) => kinds[kind].everywhere || inNamed.has(id),
      );
      for (const kind of asked) {
        const { action } = kinds[kind];
        if (here.known && allows(here.value, action)) continue;
        if (kind === 'virtualMachines' && reader.resourceGroups.length > 0)
          await noteGroups(reader, permissions, scope, action);
        else if (here.known)
          reader.intake.miss(kind, gap(scope, 'no-permission', `The login lacks ${action} here.`, action));
        else reader.intake.miss(kind, gap(scope, here.reason, here.detail, action));
      }
    }),
  );
};

/** Machines were asked for in some resource groups only: rights there are enough. */
const noteGroups = async (
  { intake, resourceGroups }: Reader,
  permissions: Permissions,
  subscription: string,
  action: string,
): Promise<void> => {
  for (const group of resourceGroups) {
    const scope = `${subscription}/resourceGroups/${group}`;
    const here = await permissions.at(scope);
    if (here.known && allows(here.value, action)) continue;
    intake.miss(
      'virtualMachines',
      here.known
        ? gap(scope, 'no-permission', `The login lacks ${action} here.`, action)
        : gap(scope, here.reason, here.detail, action),
    );
  }
};
