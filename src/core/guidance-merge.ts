/** `extends: default`: says only what differs from the shipped guidance. Maps merge, lists replace. */
import type { Path } from './yaml-source.ts';

type Plain = Readonly<Record<string, unknown>>;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A map with a `value` replaces as a whole: a number keeps no source but its own. */
const replaces = (over: unknown): boolean => !isPlain(over) || Object.hasOwn(over, 'value');

export const mergeGuidance = (base: unknown, over: unknown): unknown => {
  if (!isPlain(base) || !isPlain(over) || replaces(over)) return over;
  const extra = Object.keys(over).filter((key) => !Object.hasOwn(base, key));
  const baseKeys = Object.keys(base);
  // The order of meanings matters: a map that names every key of the base also gives their order.
  const keys = baseKeys.every((key) => Object.hasOwn(over, key)) ? Object.keys(over) : [...baseKeys, ...extra];
  return Object.fromEntries(
    keys.map((key) => {
      if (!Object.hasOwn(over, key)) return [key, base[key]];
      return [key, Object.hasOwn(base, key) ? mergeGuidance(base[key], over[key]) : over[key]];
    }),
  );
};

/** Whether the value at a path of the merged guidance was said by the overlay, or is left from the base. */
export const saidByOverlay = (base: unknown, over: unknown, path: Path): boolean => {
  let [below, above] = [base, over];
  for (const segment of path) {
    if (!isPlain(below) || replaces(above) || !isPlain(above)) return true;
    if (!Object.hasOwn(above, String(segment))) return !Object.hasOwn(below, String(segment));
    [below, above] = [below[String(segment)], above[String(segment)]];
  }
  return true;
};
