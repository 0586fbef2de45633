import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Issue, ObservedExchange } from './openapi.ts';

interface Reference {
  readonly $ref: string;
}

/** The parts of Azure's type descriptions (bicep-types-az) that bodies need. */
interface Described {
  readonly $type: string;
  readonly name?: string;
  readonly value?: string;
  readonly body?: Reference;
  readonly itemType?: Reference;
  readonly elements?: readonly Reference[] | Readonly<Record<string, Reference>>;
  readonly discriminator?: string;
  readonly properties?: Readonly<Record<string, { readonly type: Reference }>>;
  readonly baseProperties?: Readonly<Record<string, { readonly type: Reference }>>;
  readonly additionalProperties?: Reference;
}

export const bodyTypesFolder = resolve(import.meta.dirname, '../../../shared/real/body-types');

/** Type descriptions of api-versions newer than the OpenAPI documents: bodies only, no routes. */
export class BodyTypes {
  /** `microsoft.compute/disks` → its descriptions, oldest version first. */
  readonly #byType = new Map<string, { version: string; file: readonly Described[]; body: Described }[]>();

  /** `undefined` where the descriptions are absent. */
  static load(folder: string = bodyTypesFolder): BodyTypes | undefined {
    if (!existsSync(folder)) return undefined;
    const types = new BodyTypes();
    for (const name of readdirSync(folder)
      .filter((each) => /-\d{4}-\d{2}-\d{2}\.json$/.test(each))
      .sort()) {
      types.#add(JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Described[]);
    }
    return types;
  }

  #add(file: readonly Described[]): void {
    for (const described of file) {
      if (described.$type !== 'ResourceType' || !described.name || !described.body) continue;
      const [type = '', version = ''] = described.name.toLowerCase().split('@');
      const known = this.#byType.get(type) ?? [];
      known.push({ version, file, body: follow(file, described.body) });
      this.#byType.set(type, known);
    }
  }

  /** The oldest description that is not older than the exchange; `undefined` for other types and older exchanges. */
  #descriptionFor(url: URL): { file: readonly Described[]; body: Described } | undefined {
    const asked = [...url.searchParams].find(([name]) => name.toLowerCase() === 'api-version')?.[1].slice(0, 10) ?? '';
    const [, namespace = '', ...segments] = (/\/providers\/(.+)$/i.exec(url.pathname)?.[0] ?? '')
      .split('/')
      .filter((part) => part !== '');
    const type = [namespace, ...segments.filter((_, i) => i % 2 === 0)].join('/').toLowerCase();
    const known = this.#byType.get(type);
    if (!known || asked < (known[0]?.version ?? '')) return undefined;
    return known.find(({ version }) => version >= asked) ?? known.at(-1);
  }

  /** Unknown fields, wrong types and unknown enum members; `undefined` where nothing describes the exchange. */
  check(exchange: ObservedExchange): readonly Issue[] | undefined {
    const described = this.#descriptionFor(new URL(exchange.url));
    if (!described || exchange.status >= 300) return undefined;
    const found: Issue[] = [];
    const walk = (side: Issue['side'], value: unknown, path: string): void =>
      check(described.file, described.body, value, path, (at, message) =>
        found.push({ side, code: 'BODY_TYPES', path: at, message }),
      );
    if (exchange.method === 'PUT') walk('request', exchange.requestBody, '');
    const rows = (exchange.responseBody as { value?: unknown } | undefined)?.value;
    if (Array.isArray(rows)) for (const row of rows) walk('answer', row, '/value/N');
    else if (exchange.method !== 'POST') walk('answer', exchange.responseBody, '');
    return found;
  }
}

function follow(file: readonly Described[], { $ref }: Reference): Described {
  return file[Number($ref.slice(2))]!;
}

function check(
  file: readonly Described[],
  type: Described,
  value: unknown,
  path: string,
  report: (path: string, message: string) => void,
): void {
  if (value === null || value === undefined) return;
  switch (type.$type) {
    case 'ObjectType':
    case 'DiscriminatedObjectType':
      checkObject(file, type, value, path, report);
      return;
    case 'ArrayType':
      if (!Array.isArray(value)) report(path, 'expected an array');
      else for (const each of value) check(file, follow(file, type.itemType!), each, `${path}/N`, report);
      return;
    case 'UnionType': {
      const members = (type.elements as readonly Reference[]).map((each) => follow(file, each));
      if (!members.some((member) => fits(member, value)))
        report(path, `no member of the union takes ${JSON.stringify(value)}`);
      return;
    }
    default:
      if (!fits(type, value)) report(path, `expected ${type.value ?? type.$type}, not ${typeof value}`);
  }
}

function fits(type: Described, value: unknown): boolean {
  switch (type.$type) {
    case 'StringType':
      return typeof value === 'string';
    case 'StringLiteralType':
      return typeof value === 'string' && value.toLowerCase() === type.value?.toLowerCase();
    case 'IntegerType':
      return typeof value === 'number';
    case 'BooleanType':
      return typeof value === 'boolean';
    default:
      return true;
  }
}

/** Fields of ARM itself that descriptions leave out or fix to one version. */
const envelope = new Set(['apiVersion', 'etag', 'systemData', 'managedBy', 'id', 'name', 'type']);

function checkObject(
  file: readonly Described[],
  type: Described,
  value: unknown,
  path: string,
  report: (path: string, message: string) => void,
): void {
  if (typeof value !== 'object' || Array.isArray(value)) {
    report(path, 'expected an object');
    return;
  }
  const body = value as Readonly<Record<string, unknown>>;
  let properties = { ...type.baseProperties, ...type.properties };
  if (type.discriminator !== undefined) {
    const chosen = (type.elements as Readonly<Record<string, Reference>>)[String(body[type.discriminator])];
    if (chosen) properties = { ...properties, ...follow(file, chosen).properties };
  }
  const spelled = new Map(Object.entries(properties).map(([name, property]) => [name.toLowerCase(), property]));
  for (const [name, each] of Object.entries(body)) {
    if (path.split('/').length < 4 && envelope.has(name)) continue;
    const property = spelled.get(name.toLowerCase());
    if (property) check(file, follow(file, property.type), each, `${path}/${name}`, report);
    else if (type.additionalProperties)
      check(file, follow(file, type.additionalProperties), each, `${path}/${name}`, report);
    else report(`${path}/${name}`, `unknown field ${name}`);
  }
}
