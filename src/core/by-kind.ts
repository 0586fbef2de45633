/**
 * One answer per member of a union; a member without one does not compile. That a value and the answer of its kind belong
 * together holds by the type of `answers`; the compiler cannot follow it through a look-up, hence the cast.
 */
export const byKind = <U extends { readonly kind: string }, R>(
  value: U,
  answers: { readonly [K in U['kind']]: (value: Extract<U, { readonly kind: K }>) => R },
): R => (answers as unknown as Readonly<Record<string, (value: U) => R>>)[value.kind]!(value);
