/**
 * The shape of a generated field table. A type is written as a short expression, so that a table of a few hundred
 * definitions stays readable in a review and small in the bundle:
 * `s` string · `i` integer · `n` number · `b` boolean · `*` anything · `[T]` array of T · `{T}` map to T ·
 * `#Name` one of the values of enum Name, or any other word where that list is open · `@Name` an object of definition
 * Name ·
 * leading `-` read-only · leading `!` required.
 */
export type TypeExpression = string;

export interface Definition {
  readonly fields: Readonly<Record<string, TypeExpression>>;
  /** Takes fields beyond the listed ones (`additionalProperties`), each of this type. */
  readonly rest?: TypeExpression;
  /** The field whose value chooses the definition (`objectType`, `instanceType`…). */
  readonly discriminator?: string;
  /** Discriminator value → definition name, the base's own name included. */
  readonly variants?: Readonly<Record<string, string>>;
}

export interface FieldTable {
  readonly definitions: Readonly<Record<string, Definition>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  /** Enums whose list is open (`modelAsString`): the service may take values that the document does not name. */
  readonly open: readonly string[];
  /** The definitions that are a request's whole body. */
  readonly bodies: readonly string[];
}
