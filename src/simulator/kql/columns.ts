import type { Compiled } from './compiled.ts';
import { semanticFailure } from './kql-error.ts';
import type { Column, Type } from './value.ts';

/**
 * Settles output names: a given name must be free, a derived one takes a number where it is not, none becomes Column1.
 */
export function nameColumns(
  wanted: readonly { given: string | undefined; derived: string | undefined; type: Type }[],
): readonly Column[] {
  const taken = new Set(wanted.flatMap(({ given }) => given ?? []));
  const given = wanted.flatMap((each) => each.given ?? []);
  const twice = given.find((name, index) => given.indexOf(name) !== index);
  if (twice !== undefined)
    throw semanticFailure('DuplicateColumnNames', `A column named '${twice}' appears more than once.`);
  let unnamed = 0;
  return wanted.map(({ given: name, derived, type }) => {
    if (name !== undefined) return { name, type };
    const free = derived === undefined ? `Column${(unnamed += 1)}` : freeName(derived, taken);
    taken.add(free);
    return { name: free, type };
  });
}

/** `id`, then `id1`, `id2`: how joins tell the two sides' columns apart. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let i = 1; ; i += 1) if (!taken.has(`${name}${i}`)) return `${name}${i}`;
}

/** Kusto neither groups, sorts nor joins by a dynamic value: the query must cast it. */
export function refuseDynamicKey(what: string, key: Pick<Compiled, 'type' | 'name'>): void {
  if (key.type !== 'dynamic') return;
  throw semanticFailure(
    'InvalidKeyType',
    `${what} key '${key.name ?? ''}' is of a 'dynamic' type. Please use an explicit cast (for example, tostring(${key.name ?? ''})).`,
  );
}
