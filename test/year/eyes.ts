/**
 * What the checker sees: machines and points as they stand in the simulated Azure's own state, put together here and not by
 * anything of holdfast's.
 */
import { createHash } from 'node:crypto';
import type { Mutable, Stored } from '../../src/simulator/service.ts';

export interface SeenMachine {
  /** In lower case. */
  readonly id: string;
  readonly name: string;
  readonly job: string;
  readonly location: string;
  readonly disks: readonly string[];
  readonly power: string;
  readonly agent: string;
  readonly provisioned: boolean;
  /** It has Ultra or Premium v2 disks. */
  readonly flash: boolean;
  /** Where file systems of its guest are at rest. */
  readonly frozen: readonly string[];
}

/** A snapshot set or a restore point, or a copy of one. */
export interface SeenPoint {
  readonly key: string;
  /** Of a set; a restore point's own id alone. In lower case. */
  readonly members: readonly string[];
  readonly machine: string;
  readonly region: string;
  /** Of a copy: the key of what it was made of. */
  readonly copyOf?: string;
  /** When its first part was made, ms. */
  readonly at: number;
  /** When any part of it was changed last, ms. */
  readonly changedAt: number;
  /** Disks that it holds, in lower case. */
  readonly disks: readonly string[];
  readonly state: 'whole' | 'being-made' | 'failed';
  /** Of restore points. */
  readonly mode?: 'application' | 'crash';
  /** The moment from which it may be deleted, where it is in the trash. */
  readonly trash?: number;
}

export interface Sight {
  readonly machines: readonly SeenMachine[];
  readonly points: readonly SeenPoint[];
  /** Ids of the scripts of hooks, in lower case. */
  readonly scripts: readonly string[];
  /** Ids of what bears holdfast's name or tags and is none of the above. */
  readonly strays: readonly string[];
}

const lower = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');
/** Versions of resources never change, so what they are need be found out once. */
const remembered = <Value>(find: (one: Stored) => Value): ((one: Stored) => Value) => {
  const known = new WeakMap<Stored, { readonly value: Value }>();
  return (one) => {
    const found = known.get(one);
    if (found !== undefined) return found.value;
    const value = find(one);
    known.set(one, { value });
    return value;
  };
};

const machineType = 'microsoft.compute/virtualmachines';
const collectionType = 'microsoft.compute/restorepointcollections';
const type = remembered((one) => one.type.toLowerCase());
const lowerId = remembered(({ id }) => id.toLowerCase());
const setKey = remembered(({ body, id }) => `${body['tags']?.['holdfast-set'] ?? id}|${body['location']}`);
/** Of a restore point. */
const collectionId = remembered(({ id }) => id.toLowerCase().split('/restorepoints/')[0]!);
const isOurs = remembered(
  ({ id, body }) =>
    id.split('/').at(-1)!.startsWith('hf-') ||
    Object.keys((body['tags'] ?? {}) as Mutable).some((tag) => /^holdfast-/i.test(tag)),
);

/** What was seen of earlier, needed to tell whose a point is when its machine, or what it is a copy of, is gone. */
export class Eyes {
  readonly #machineOfDisk = new Map<string, string>();
  /** Of a snapshot or restore point: its point's key, machine and disk. */
  readonly #origin = new Map<
    string,
    { readonly key: string; readonly machine: string; readonly disks: readonly string[] }
  >();

  machines(all: readonly Stored[]): readonly SeenMachine[] {
    return all.filter((one) => type(one) === machineType).map(machineOf);
  }

  see(all: readonly Stored[]): Sight {
    const ofType = Map.groupBy(all, type);
    const machines = (ofType.get(machineType) ?? []).map(machineOf);
    for (const { id, disks } of machines) for (const disk of disks) this.#machineOfDisk.set(disk, id);
    const collections = new Map((ofType.get(collectionType) ?? []).map((one) => [lowerId(one), one]));
    const snapshots = (ofType.get('microsoft.compute/snapshots') ?? []).filter(isOurs);
    const originals: SeenPoint[] = [];
    const copies: SeenPoint[] = [];
    for (const [key, members] of Map.groupBy(snapshots, setKey))
      (isCopy(members[0]!) ? copies : originals).push(this.#setAgain(key, members));
    const points = ofType.get(`${collectionType}/restorepoints`) ?? [];
    for (const point of points.toSorted((a, b) => Number(isCopiedPoint(a)) - Number(isCopiedPoint(b)))) {
      const collection = collections.get(collectionId(point));
      if (isOurs(point) && collection) (isCopiedPoint(point) ? copies : originals).push(this.#point(point, collection));
    }
    return {
      machines,
      points: [...originals, ...copies],
      scripts: (ofType.get(`${machineType}/runcommands`) ?? []).filter(isHook).map(lowerId),
      strays: strays(all),
    };
  }

  /** By the versions of its parts. */
  readonly #sets = new Map<string, { readonly members: readonly Stored[]; readonly seen: SeenPoint }>();

  #setAgain(key: string, members: readonly Stored[]): SeenPoint {
    const known = this.#sets.get(key);
    if (known?.members.length === members.length && members.every((one, i) => one === known.members[i]))
      return known.seen;
    const seen = this.#set(key, members);
    // Whose it is may show yet.
    if (seen.machine !== '') this.#sets.set(key, { members, seen });
    return seen;
  }

  #set(key: string, members: readonly Stored[]): SeenPoint {
    const copied = isCopy(members[0]!);
    const from = members.map(({ body }) => lower(body['properties'].creationData?.sourceResourceId));
    const origins = copied ? from.map((id) => this.#origin.get(id)) : [];
    const disks = copied ? origins.flatMap((origin) => origin?.disks ?? []) : from;
    const machine = copied ? (origins[0]?.machine ?? '') : (this.#machineOfDisk.get(from[0]!) ?? '');
    const trash = members.flatMap(({ body }) => body['tags']?.['holdfast-trash'] ?? []) as string[];
    for (const [i, { id }] of members.entries())
      this.#origin.set(id.toLowerCase(), { key, machine, disks: [copied ? (origins[i]?.disks[0] ?? '') : from[i]!] });
    return {
      key,
      members: members.map(({ id }) => id.toLowerCase()),
      machine,
      region: String(members[0]!.body['location']),
      ...(copied ? { copyOf: origins[0]?.key ?? 'unknown' } : {}),
      at: Math.min(...members.map(({ createdAt }) => createdAt)),
      changedAt: Math.max(...members.map(({ updatedAt }) => updatedAt)),
      disks,
      state: stateOf(copied ? bestOfEach(members, from) : members.map(snapshotState)),
      ...(trash.length === members.length ? { trash: Math.max(...trash.map((text) => Date.parse(text))) } : {}),
    };
  }

  /** By the version of the point, and of the collection it was last seen in. */
  readonly #points = new WeakMap<Stored, { readonly collection: Stored; readonly seen: SeenPoint }>();

  #point(point: Stored, collection: Stored): SeenPoint {
    const known = this.#points.get(point);
    if (known?.collection === collection) return known.seen;
    const seen = this.#look(point, collection);
    this.#points.set(point, { collection, seen });
    return seen;
  }

  #look(point: Stored, collection: Stored): SeenPoint {
    const id = point.id.toLowerCase();
    const copied = isCopiedPoint(point);
    const origin = copied ? this.#origin.get(lower(point.body['properties'].sourceRestorePoint.id)) : undefined;
    const profile = (point.body['properties'].sourceMetadata?.storageProfile ?? {}) as Mutable;
    const disks = [profile['osDisk'], ...((profile['dataDisks'] ?? []) as Mutable[])].map((disk) =>
      lower(disk?.['managedDisk']?.id),
    );
    const machine = copied ? (origin?.machine ?? '') : lower(collection.body['properties'].source.id);
    const trash = trashIn(collection, point);
    this.#origin.set(id, { key: id, machine, disks });
    const provisioned = String(point.body['properties'].provisioningState);
    return {
      key: id,
      members: [id],
      machine,
      region: String(collection.body['location']),
      ...(copied ? { copyOf: origin?.key ?? 'unknown' } : {}),
      at: point.createdAt,
      changedAt: point.updatedAt,
      disks,
      state: provisioned === 'Succeeded' ? 'whole' : provisioned === 'Creating' ? 'being-made' : 'failed',
      ...(copied
        ? {}
        : { mode: point.hidden['mode'] === 'CrashConsistent' ? ('crash' as const) : ('application' as const) }),
      ...(trash === undefined ? {} : { trash }),
    };
  }
}

const machineOf = remembered((vm): SeenMachine => {
  const { storageProfile, provisioningState } = vm.body['properties'] as Mutable;
  const disks = [storageProfile.osDisk, ...(storageProfile.dataDisks ?? [])] as Mutable[];
  return {
    id: vm.id.toLowerCase(),
    name: vm.id.split('/').at(-1)!,
    job: String(vm.body['tags']?.['job'] ?? ''),
    location: String(vm.body['location']),
    disks: disks.map((disk) => lower(disk['managedDisk']?.id)),
    power: String(vm.hidden['power']),
    agent: String(vm.hidden['agent']),
    provisioned: provisioningState === 'Succeeded',
    frozen: (vm.hidden['frozen'] ?? []) as readonly string[],
    flash: disks.some((disk) => /^(?:Ultra|PremiumV2)/.test(String(disk['managedDisk']?.storageAccountType))),
  };
});

const isCopy = ({ body }: Stored): boolean => body['properties'].creationData?.createOption === 'CopyStart';
const isCopiedPoint = ({ body }: Stored): boolean => body['properties'].sourceRestorePoint !== undefined;

const snapshotState = ({ body }: Stored): SeenPoint['state'] => {
  const { provisioningState, completionPercent, copyCompletionError } = body['properties'] as Mutable;
  if (provisioningState === 'Failed' || copyCompletionError !== undefined) return 'failed';
  return provisioningState === 'Succeeded' && (completionPercent ?? 100) === 100 ? 'whole' : 'being-made';
};

/** A copy made again may stand beside what failed, where Azure would not delete that. */
const bestOfEach = (members: readonly Stored[], from: readonly string[]): readonly SeenPoint['state'][] =>
  [...Map.groupBy(members, (_, i) => from[i]!).values()].map((same) => {
    const states = same.map(snapshotState);
    return (['whole', 'being-made'] as const).find((state) => states.includes(state)) ?? 'failed';
  });

const stateOf = (states: readonly SeenPoint['state'][]): SeenPoint['state'] =>
  states.find((state) => state === 'failed') ?? states.find((state) => state === 'being-made') ?? 'whole';

/** Lists of `<8 hex of sha256 of the lower name>.<minutes since 1970 in base 36>` in the collection's tags. */
const trashIn = (collection: Stored, point: Stored): number | undefined => {
  const name = point.id.split('/').at(-1)!.toLowerCase();
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  for (const [tag, value] of Object.entries((collection.body['tags'] ?? {}) as Record<string, string>)) {
    if (!/^holdfast-trash-[1-9]$/i.test(tag)) continue;
    const entry = value.split(',').find((one) => one.startsWith(`${hash}.`));
    if (entry !== undefined) return Number.parseInt(entry.slice(9), 36) * 60_000;
  }
  return undefined;
};

const known = new Set([
  'microsoft.compute/snapshots',
  'microsoft.compute/restorepointcollections',
  'microsoft.compute/restorepointcollections/restorepoints',
  // Marked with a lease, which is looked at by itself.
  'microsoft.compute/virtualmachines',
]);

const isHook = remembered(({ id }) => /\/runCommands\/hf-(?:pre|post)-[^/]+$/i.test(id));

const strays = (all: readonly Stored[]): readonly string[] =>
  all.filter((one) => isOurs(one) && !known.has(type(one)) && !isHook(one)).map(lowerId);
