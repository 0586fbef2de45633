import { parseDocument } from 'yaml';
import { fleetShape, type FleetFile } from './fleet-shape.ts';
import { DEFAULT_TENANT, operator } from './fleet.ts';
import { expandMachine, type Place } from './fleet-machines.ts';
import { expandProtection, expandVault } from './fleet-protection.ts';
import { seededRandom } from './random.ts';
import type { Fleet, FleetPrincipal, Mutable } from './service.ts';
import { placeIn, valueOf } from './yaml-value.ts';

export type FleetResult = { readonly fleet: Fleet } | { readonly problems: readonly string[] };

/** Reads a fleet file. Every mistake is told with its place: `name:line:column: …`. */
export function parseFleet(text: string, name: string, now: number): FleetResult {
  const document = parseDocument(text, { prettyErrors: false });
  const place = (offset: number): string => {
    const { line, column } = placeIn(text, offset);
    return `${name}:${line}:${column}`;
  };
  if (document.errors.length > 0)
    return {
      problems: document.errors.map((error) => `${place(error.pos[0])}: ${error.message.split('\n')[0] ?? ''}`),
    };
  const read = valueOf(document);
  if ('problem' in read) return { problems: [`${name}:1:1: ${read.problem}`] };
  const parsed = fleetShape.safeParse(read.value);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map((issue) => {
        const path = issue.path.filter((part) => typeof part !== 'symbol');
        // A missing field has no node: its nearest parent stands for it.
        for (let depth = path.length; depth >= 0; depth -= 1) {
          const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
          if (hasRange(node)) return `${place(node.range[0])}: ${path.join('.')}: ${issue.message}`;
        }
        return `${name}:1:1: ${path.join('.')}: ${issue.message}`;
      }),
    };
  }
  const unknown = unknownReferences(parsed.data);
  if (unknown.length > 0)
    return {
      problems: unknown.map(({ path, message }) => `${placeOf(document.getIn(path, true), place) ?? name}: ${message}`),
    };
  return { fleet: expand(parsed.data, now) };
}

function hasRange(node: unknown): node is { range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

function placeOf(node: unknown, place: (offset: number) => string): string | undefined {
  return hasRange(node) ? place(node.range[0]) : undefined;
}

/** Names that point at nothing: a machine's subscription or vault. */
function unknownReferences(file: FleetFile): readonly { path: (string | number)[]; message: string }[] {
  const subscriptions = new Set(file.subscriptions.map(({ key }) => key));
  const vaults = new Set(file.vaults.map(({ name }) => name));
  const found: { path: (string | number)[]; message: string }[] = [];
  for (const [index, machine] of file.machines.entries()) {
    const check = (
      known: ReadonlySet<string>,
      value: string | undefined,
      path: (string | number)[],
      noun: string,
    ): void => {
      if (value !== undefined && !known.has(value))
        found.push({ path: ['machines', index, ...path], message: `no ${noun} '${value}' in this fleet` });
    };
    check(subscriptions, machine.subscription, ['subscription'], 'subscription');
    check(vaults, machine.backup?.vault, ['backup', 'vault'], 'vault');
    check(vaults, machine.replication?.vault, ['replication', 'vault'], 'vault');
  }
  return found;
}

function expand(file: FleetFile, now: number): Fleet {
  const asOf = file.asOf === undefined ? now : Date.parse(file.asOf);
  const ids = new Map(file.subscriptions.map(({ key, id }) => [key, id]));
  const first = file.subscriptions[0]?.id ?? '';
  const place: Place = {
    asOf,
    random: seededRandom(7),
    subscriptionId: (key) => ids.get(key ?? '') ?? first,
    defaults: file.defaults,
  };
  const vaults = new Map(file.vaults.map((vault) => [vault.name, expandVault(vault, place)]));
  const resources: Mutable[] = [...vaults.values()].flatMap((vault) => vault.resources);
  for (const machine of file.machines) {
    const made = expandMachine(machine, place);
    resources.push(...made.resources, ...expandProtection(machine, made, vaults, place));
  }
  for (const raw of file.resources) resources.push(substituted(raw, ids) as Mutable);
  return {
    asOf: new Date(asOf).toISOString(),
    tenantId: file.tenant ?? DEFAULT_TENANT,
    subscriptions: file.subscriptions.map(({ id, name }) => ({ id, name })),
    resources,
    principals: file.principals ?? [defaultPrincipal(file)],
  };
}

/** The operator on readable subscriptions; of the others it sees that they are there, and nothing in them. */
function defaultPrincipal(file: FleetFile): FleetPrincipal {
  const base = operator(file.subscriptions.filter(({ readable }) => readable).map(({ id }) => id));
  const sealed = file.subscriptions.filter(({ readable }) => !readable);
  return {
    ...base,
    assignments: [
      ...base.assignments,
      ...sealed.map(({ id }) => ({
        scope: `/subscriptions/${id}`,
        actions: ['Microsoft.Resources/subscriptions/read'],
      })),
    ],
  };
}

function substituted(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\{([a-z][\w-]*)\}/g, (whole, key: string) => ids.get(key) ?? whole);
  if (Array.isArray(value)) return value.map((one) => substituted(one, ids));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substituted(one, ids)]));
  return value;
}
