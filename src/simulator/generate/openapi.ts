import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Definition, FieldTable, TypeExpression } from './field-table.ts';

type Node = { readonly [key: string]: unknown };
interface Place {
  readonly file: string;
  readonly node: Node;
}
interface Draft {
  fields: Record<string, TypeExpression>;
  rest?: TypeExpression;
  discriminator?: string;
  variants?: Record<string, string>;
}

/**
 * Reads OpenAPI 2.0 documents into a field table: every definition that a request body of the wanted kind can reach.
 */
export class OpenApiReader {
  readonly #documents = new Map<string, Node>();
  readonly #definitions = new Map<string, Draft>();
  readonly #enums = new Map<string, Set<string>>();
  readonly #open = new Set<string>();
  readonly #bodies = new Set<string>();
  readonly #entered = new Set<string>();

  /** Adds the bodies of one document; a later document adds to what an earlier one said, and takes nothing away. */
  add(file: string, wanted: (definition: string) => boolean): void {
    this.#entered.clear();
    const paths = this.#document(file)['paths'] as Record<string, Record<string, Node>>;
    for (const operations of Object.values(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (method !== 'put' && method !== 'post' && method !== 'patch') continue;
        const parameters = (operation['parameters'] ?? []) as readonly Node[];
        for (const raw of parameters) {
          const parameter = this.#resolve({ file, node: raw });
          if (parameter.node['in'] !== 'body') continue;
          const schema = parameter.node['schema'] as Node;
          const name = definitionName(schema);
          if (name === undefined || !wanted(name)) continue;
          this.#bodies.add(name);
          this.#define(name, this.#resolve({ file: parameter.file, node: schema }));
        }
      }
    }
  }

  /**
   * Lets a body also carry what its resource's GET answers, unread: Site Recovery's create inputs are narrower than the
   * resource, and clients that update by reading, editing and sending back the whole resource are not refused.
   */
  echo(file: string, body: string, resource: string): void {
    const definitions = this.#document(file)['definitions'] as Record<string, Node>;
    const place = this.#resolve({ file, node: definitions[resource]! });
    const target = this.#definitions.get(body);
    if (target === undefined) throw new Error(`${file} has no body ${body}`);
    for (const field of this.#fieldNames(place)) target.fields[field] ??= '-*';
    const inner = this.#definitions.get((target.fields['properties'] ?? '').replace(/^[-!]?@/, ''));
    const properties = (place.node['properties'] as Record<string, Node>)['properties']!;
    for (const field of this.#fieldNames(this.#resolve({ file, node: properties })))
      if (inner !== undefined) inner.fields[field] ??= '-*';
  }

  table(): FieldTable {
    const definitions: Record<string, Definition> = {};
    for (const [name, draft] of this.#definitions) definitions[name] = draft;
    const enums: Record<string, readonly string[]> = {};
    for (const [name, values] of this.#enums) enums[name] = [...values];
    return { definitions, enums, open: [...this.#open], bodies: [...this.#bodies] };
  }

  #document(file: string): Node {
    let document = this.#documents.get(file);
    if (document === undefined) {
      document = JSON.parse(readFileSync(file, 'utf8')) as Node;
      this.#documents.set(file, document);
    }
    return document;
  }

  #resolve(place: Place): Place {
    const ref = place.node['$ref'];
    if (typeof ref !== 'string') return place;
    const [path = '', pointer = ''] = ref.split('#');
    const file = path === '' ? place.file : resolve(dirname(place.file), path);
    let node: unknown = this.#document(file);
    for (const part of pointer.split('/').slice(1))
      node = (node as Node)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    if (node === undefined) throw new Error(`${place.file}: ${ref} leads nowhere`);
    return this.#resolve({ file, node: node as Node });
  }

  #define(name: string, place: Place): void {
    if (this.#entered.has(name)) return;
    this.#entered.add(name);
    const draft = this.#definitions.get(name) ?? { fields: {} };
    this.#definitions.set(name, draft);
    this.#fill(draft, name, place);
    const discriminator = this.#discriminator(place);
    if (discriminator === undefined) return;
    draft.discriminator = discriminator;
    draft.variants ??= {};
    for (const [child, value, at] of this.#family(name, place)) {
      draft.variants[value] = child;
      if (child !== name) this.#define(child, at);
    }
  }

  #fieldNames(place: Place): string[] {
    const parents = ((place.node['allOf'] ?? []) as readonly Node[]).flatMap((parent) =>
      this.#fieldNames(this.#resolve({ file: place.file, node: parent })),
    );
    return [...parents, ...Object.keys((place.node['properties'] ?? {}) as Node)];
  }

  /** Own fields and those of every `allOf` parent. */
  #fill(draft: Draft, name: string, place: Place): void {
    for (const parent of (place.node['allOf'] ?? []) as readonly Node[]) {
      this.#fill(draft, name, this.#resolve({ file: place.file, node: parent }));
    }
    const required = new Set((place.node['required'] ?? []) as readonly string[]);
    for (const [field, schema] of Object.entries((place.node['properties'] ?? {}) as Record<string, Node>)) {
      const type = this.#type(`${name}.${field}`, { file: place.file, node: schema });
      const readOnly = schema['readOnly'] === true;
      draft.fields[field] = (readOnly ? '-' : required.has(field) ? '!' : '') + type;
    }
    const rest = place.node['additionalProperties'];
    if (rest === true) draft.rest = '*';
    else if (typeof rest === 'object') draft.rest = this.#type(`${name}.*`, { file: place.file, node: rest as Node });
  }

  #type(where: string, raw: Place): TypeExpression {
    const { file, node } = this.#resolve(raw);
    if (Array.isArray(node['enum'])) return this.#enumeration(where, node);
    switch (node['type']) {
      case 'string':
        return 's';
      case 'integer':
        return 'i';
      case 'number':
        return 'n';
      case 'boolean':
        return 'b';
      case 'array':
        return `[${this.#type(`${where}[]`, { file, node: (node['items'] ?? {}) as Node })}]`;
      default:
        return this.#object(where, raw, { file, node });
    }
  }

  #object(where: string, raw: Place, place: Place): TypeExpression {
    const { node } = place;
    const properties = Object.keys((node['properties'] ?? {}) as Node).length;
    const rest = node['additionalProperties'];
    if (properties === 0 && node['allOf'] === undefined) {
      if (typeof rest === 'object') return `{${this.#type(`${where}{}`, { file: place.file, node: rest as Node })}}`;
      if (node['discriminator'] === undefined) return '*';
    }
    const name = definitionName(raw.node) ?? where.replaceAll(/[^A-Za-z0-9.]/g, '');
    this.#define(name, place);
    return `@${name}`;
  }

  #enumeration(where: string, node: Node): TypeExpression {
    const named = node['x-ms-enum'] as { name?: string; modelAsString?: boolean } | undefined;
    const name = named?.name ?? where.replaceAll(/[^A-Za-z0-9.]/g, '');
    const values = this.#enums.get(name) ?? new Set<string>();
    for (const value of node['enum'] as readonly unknown[]) values.add(String(value));
    this.#enums.set(name, values);
    if (named?.modelAsString === true) this.#open.add(name);
    return `#${name}`;
  }

  #discriminator(place: Place): string | undefined {
    const own = place.node['discriminator'];
    if (typeof own === 'string') return own;
    for (const parent of (place.node['allOf'] ?? []) as readonly Node[]) {
      const found = this.#discriminator(this.#resolve({ file: place.file, node: parent }));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A polymorphic definition and all that descend from it, with the value that chooses each. */
  *#family(name: string, place: Place): Generator<[name: string, value: string, place: Place]> {
    yield [name, valueOf(name, place.node), place];
    const definitions = this.#document(place.file)['definitions'] as Record<string, Node>;
    for (const [child, node] of Object.entries(definitions)) {
      const parents = (node['allOf'] ?? []) as readonly Node[];
      if (parents.some((parent) => definitionName(parent) === name))
        yield* this.#family(child, { file: place.file, node });
    }
  }
}

function definitionName(schema: Node): string | undefined {
  const ref = schema['$ref'];
  return typeof ref === 'string' ? ref.slice(ref.lastIndexOf('/') + 1) : undefined;
}

function valueOf(name: string, node: Node): string {
  const value = node['x-ms-discriminator-value'];
  return typeof value === 'string' ? value : name;
}
