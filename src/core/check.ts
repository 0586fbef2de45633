/** How rules reach a check: unknown facts leave it unjudged, and one certain failure outweighs any number of unknowns. */
import type { AttachedDisk, Disk, Machine } from './estate.ts';
import type { Fact, Unknown } from './fact.ts';
import { known, unknown } from './fact.ts';
import { nameOf } from './ids.ts';
import type { Check } from './option.ts';
import type { FactName } from './rule.ts';
import type { VmSize } from './vm-size.ts';
import { isBoostSize, parseVmSize } from './vm-size.ts';

export const holds: Check = { kind: 'holds' };
export const fails = (text: string): Check => ({ kind: 'fails', text });
export const unjudged = (fact: string, why: Unknown): Check => ({ kind: 'unjudged', fact, unknown: why });

/** Fails with `text` when `failing`, else holds. */
export const failsIf = (failing: boolean, text: string): Check => (failing ? fails(text) : holds);

/** Judges by one fact; unjudged when it is unknown. */
export const judge = <T>(name: FactName, fact: Fact<T>, check: (value: T) => Check): Check =>
  fact.known ? check(fact.value) : unjudged(name, fact);

/** All must hold. A failure decides whatever else is unknown; without one, an unjudged part leaves the whole unjudged. */
export const every = (...checks: readonly Check[]): Check =>
  checks.find((c) => c.kind === 'fails') ?? checks.find((c) => c.kind === 'unjudged') ?? holds;

/** Any may hold: fails, with the last one's text, only when all fail. */
export const some = (...checks: readonly Check[]): Check =>
  checks.find((c) => c.kind === 'holds') ?? checks.find((c) => c.kind === 'unjudged') ?? checks.at(-1) ?? holds;

export const dataDisksOf = (machine: Machine): readonly AttachedDisk[] =>
  machine.disks.filter((d) => d.role === 'data');

/** `disks web01-data-0, web01-data-1`, for sentences. */
export const naming = (disks: readonly AttachedDisk[]): string =>
  `${disks.length === 1 ? 'disk' : 'disks'} ${disks.map((d) => d.name).join(', ')}`;

/**
 * Fails when `bad` of the property of any disk, with a text made of those disks; unjudged when none is bad for certain
 * and one could be. Only managed disks are asked: others have rules of their own.
 */
export const judgeDisks = <T>(
  disks: readonly AttachedDisk[],
  property: (disk: AttachedDisk) => Fact<T>,
  bad: (value: T) => boolean,
  text: (offenders: readonly AttachedDisk[]) => string,
): Check => {
  const asked = disks.filter((d) => d.kind === 'managed').map((disk) => ({ disk, fact: property(disk) }));
  const offenders = asked.filter(({ fact }) => fact.known && bad(fact.value)).map(({ disk }) => disk);
  if (offenders.length > 0) return fails(text(offenders));
  const first = asked.find(({ fact }) => !fact.known);
  return first && !first.fact.known ? unjudged(`disk ${first.disk.name}`, first.fact) : holds;
};

/** A property that only the disk itself tells. */
export const ofDisk =
  <T>(property: (disk: Disk) => T) =>
  (attached: AttachedDisk): Fact<T> =>
    attached.disk.known ? known(property(attached.disk.value)) : attached.disk;

/** The disk's SKU, from the disk or else as its machine declares it. */
export const skuOf = (attached: AttachedDisk): Fact<string> =>
  told(attached, attached.disk.known ? attached.disk.value.sku : undefined, attached.declaredSku, 'SKU');

export const sizeGiBOf = (attached: AttachedDisk): Fact<number> =>
  told(attached, attached.disk.known ? attached.disk.value.sizeGiB : undefined, attached.declaredSizeGiB, 'size');

const told = <T>(attached: AttachedDisk, own: T | undefined, declared: T | undefined, what: string): Fact<T> => {
  const value = own ?? declared;
  if (value !== undefined) return known(value);
  return attached.disk.known
    ? unknown('unintelligible', `disk ${attached.name} came without a ${what}`)
    : attached.disk;
};

export const isUltraOrPremiumV2 = (sku: string): boolean => /^(?:ultrassd|premiumv2)_/i.test(sku);

export const sizeOf = (machine: Machine): Fact<VmSize> => {
  if (!machine.size.known) return machine.size;
  const size = parseVmSize(machine.size.value);
  return size ? known(size) : unknown('unintelligible', `the VM size ${machine.size.value} follows no known naming`);
};

/** The SKU (or failing that the offer) of the image the machine was made from, lower-cased. */
export const imageNameOf = (machine: Machine): Fact<string> => {
  const { publisher, offer, sku } = machine.image ?? {};
  if (!offer && !sku) return unknown('not-knowable', 'the machine does not tell which image it was made from');
  return known([publisher, offer, sku].filter(Boolean).join(' ').toLowerCase());
};

/**
 * Whether a restore point can be application-consistent: the machine runs and its agent answers (facts P-03).
 * Fails when it cannot.
 */
export const applicationModePossible = (machine: Machine): Check =>
  every(
    judge('power', machine.power, (power) => failsIf(power !== 'running', `it is ${power}`)),
    judge('agent', machine.agent, (agent) => failsIf(agent !== 'ready', 'its VM agent is not ready')),
  );

/** Which of the two makes crash-consistent points of several data disks differ (facts P-06): `its size …`, `ReadWrite caching of disk …`. */
export const skewOf = (machine: Machine): Fact<string | undefined> => {
  const cached = machine.disks.filter((d) => d.caching === 'read-write');
  const byCache = cached.length === 0 ? undefined : `ReadWrite caching of ${naming(cached)}`;
  const size = sizeOf(machine);
  if (!size.known) return byCache === undefined ? size : known(byCache);
  const bySize =
    machine.size.known && isBoostSize(size.value) ? `its size ${machine.size.value} (Azure Boost)` : undefined;
  return known([bySize, byCache].filter((part) => part !== undefined).join(' and ') || undefined);
};

/** Fails with `text` for a member of a Uniform scale set; unjudged when the set's mode was not read. */
export const inUniformScaleSet = (machine: Machine, text: string): Check => {
  if (machine.scaleSetId === undefined) return holds;
  const mode = machine.scaleSetMode ?? unknown('not-read', `scale set ${nameOf(machine.scaleSetId)} was not read`);
  return judge('scaleSetMode', mode, (known) => failsIf(known === 'uniform', text));
};
