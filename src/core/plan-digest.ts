/** The plan's digest: what apply, the journal and a reviewer hold on to. The same plan gives the same digest on any machine. */
import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

/**
 * JSON with one spelling per value: object keys in code-point order, no white space, members whose value is `undefined`
 * left out. Throws on what JSON cannot carry (NaN, functions, cycles), since a digest over a silent `null` would lie.
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  if (value instanceof Map || value instanceof Set) throw new TypeError('a Map or Set has no JSON form');
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
};

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** 64 hex digits: sha256 over everything in the plan but the digest itself. */
export const digestOf = (plan: Omit<Plan, 'digest'>): string => {
  const { digest: _, ...rest } = plan as Plan;
  return sha256(canonicalJson(rest));
};

/** Puts the digest on a finished plan; any later change shows. */
export const sealPlan = (plan: Omit<Plan, 'digest'>): Plan => ({ ...plan, digest: digestOf(plan) });
