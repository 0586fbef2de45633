import { readFileSync } from 'node:fs';
import type { Definition, FieldTable, TypeExpression } from './field-table.ts';

interface BicepType {
  readonly $type: string;
  readonly name?: string;
  readonly value?: string;
  readonly body?: Ref;
  readonly itemType?: Ref;
  readonly elements?: readonly Ref[];
  readonly additionalProperties?: Ref;
  readonly properties?: Readonly<Record<string, { readonly type: Ref; readonly flags: number }>>;
}
interface Ref {
  readonly $ref: string;
}
interface Growing {
  definitions: Record<
    string,
    { fields: Record<string, TypeExpression>; rest?: TypeExpression } & Omit<Definition, 'fields' | 'rest'>
  >;
  enums: Record<string, string[]>;
  open: string[];
}

const READ_ONLY = 2;

/**
 * Adds the fields and enum values that a newer api-version's type description knows to a table read from the OpenAPI
 * documents. Newer required marks are not taken over: an older client may leave such a field out.
 * @param bodies resource type → the definition that is its body (`Microsoft.Compute/disks` → `Disk`)
 */
export function addBodyTypes(table: FieldTable, file: string, bodies: Readonly<Record<string, string>>): FieldTable {
  const types = JSON.parse(readFileSync(file, 'utf8')) as readonly BicepType[];
  const at = (ref: Ref): BicepType => types[Number(ref.$ref.slice(2))]!;
  const grown: Growing = structuredClone({
    definitions: table.definitions,
    enums: table.enums,
    open: table.open,
  }) as Growing;
  const visited = new Set<string>();

  const merge = (type: BicepType, name: string): void => {
    const key = `${type.name}>${name}`;
    if (visited.has(key)) return;
    visited.add(key);
    const definition = (grown.definitions[name] ??= { fields: {} });
    for (const [field, { type: ref, flags }] of Object.entries(type.properties ?? {})) {
      if (field === 'apiVersion' && at(ref).$type === 'StringLiteralType') continue;
      const known = Object.keys(definition.fields).find((each) => each.toLowerCase() === field.toLowerCase());
      const expression = express(
        at(ref),
        `${name}.${field}`,
        known === undefined ? undefined : definition.fields[known],
      );
      if (known === undefined) definition.fields[field] = ((flags & READ_ONLY) === 0 ? '' : '-') + expression;
    }
  };

  /**
   * The expression of a type; where the older table has one (`known`), its definitions and enums are the ones that
   * grow.
   */
  const express = (type: BicepType, where: string, known: TypeExpression | undefined): TypeExpression => {
    const inner = known?.replace(/^[-!]/, '');
    switch (type.$type) {
      case 'StringType':
      case 'StringLiteralType':
        return 's';
      case 'IntegerType':
        return 'i';
      case 'BooleanType':
        return 'b';
      case 'ArrayType':
        return `[${express(at(type.itemType!), where, inner?.startsWith('[') ? inner.slice(1, -1) : undefined)}]`;
      case 'UnionType':
        return union(type, where, inner);
      case 'ObjectType':
        return object(type, where, inner);
      default:
        return '*';
    }
  };

  const union = (type: BicepType, where: string, known: TypeExpression | undefined): TypeExpression => {
    const elements = type.elements!.map((each) => at(each));
    const values = elements.flatMap((each) => (each.$type === 'StringLiteralType' ? [each.value!] : []));
    if (values.length === 0) return '*';
    if (known !== undefined && !known.startsWith('#')) return known;
    const name = known?.slice(1) ?? where;
    const all = (grown.enums[name] ??= []);
    for (const value of values) if (!all.includes(value)) all.push(value);
    // An open list is described as "one of these, or any text".
    if (elements.some((each) => each.$type === 'StringType') && !grown.open.includes(name)) grown.open.push(name);
    return `#${name}`;
  };

  const object = (type: BicepType, where: string, known: TypeExpression | undefined): TypeExpression => {
    if (Object.keys(type.properties ?? {}).length === 0) {
      const rest = type.additionalProperties;
      return rest === undefined
        ? '*'
        : `{${express(at(rest), where, known?.startsWith('{') ? known.slice(1, -1) : undefined)}}`;
    }
    const name = known?.startsWith('@') ? known.slice(1) : type.name!;
    merge(type, name);
    return `@${name}`;
  };

  for (const type of types) {
    if (type.$type !== 'ResourceType') continue;
    const body = bodies[type.name!.slice(0, type.name!.indexOf('@'))];
    if (body !== undefined) merge(at(type.body!), body);
  }
  return { ...grown, bodies: table.bodies };
}
