/**
 * Names of what a plan makes: readable, deterministic, and within Azure's rules for the kind of resource.
 * Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
import { shortHash } from './ids.ts';
import { instantMs, type Instant } from './time.ts';

interface NameRule {
  readonly most: number;
  /** Characters that may not stand in the name. */
  readonly refused: RegExp;
}

const rules = {
  /** 1-80, alphanumerics, underscores, periods and hyphens; our own promise is 80 as well. */
  snapshot: { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
  /** As snapshots: https://learn.microsoft.com/rest/api/compute/restore-point-collections/create-or-update */
  'restore-point-collection': { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
  'restore-point': { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
  /** 2-50, alphanumerics and hyphens, starting with a letter. */
  vault: { most: 50, refused: /[^A-Za-z0-9-]+/g },
  /** 3-150, alphanumerics and hyphens, starting with a letter, ending in an alphanumeric. */
  'backup-policy': { most: 80, refused: /[^A-Za-z0-9-]+/g },
  /** 1-90, among others alphanumerics, underscores, periods and hyphens; not ending in a period. */
  'resource-group': { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
  image: { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
  disk: { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
  /** 1-64 for Linux; ours get no computer name from it, which Windows would limit to 15. */
  machine: { most: 64, refused: /[^A-Za-z0-9-]+/g },
  /** 2-64, alphanumerics, underscores, periods and hyphens. */
  'virtual-network': { most: 64, refused: /[^A-Za-z0-9_.-]+/g },
  /** Azure gives no rule of its own; as a machine's. */
  'run-command': { most: 64, refused: /[^A-Za-z0-9_-]+/g },
  'network-interface': { most: 80, refused: /[^A-Za-z0-9_.-]+/g },
} as const satisfies Record<string, NameRule>;

export type NamedKind = keyof typeof rules;

/** Digits of the hash: 40 bits keep two names of one plan apart, also where the readable part was cut. */
const hashDigits = 10;

/**
 * `hf-<stem>-<utc minute>-<hash>`. The hash is of the plan's seed and `distinct` (the step), so the same plan made twice
 * names the same things and a repeated write is harmless; the stem is shortened, never the hash.
 */
export const nameFor = (kind: NamedKind, stem: string, at: Instant, seed: string, distinct: string): string => {
  const { most, refused } = rules[kind];
  const tail = `-${utcMinute(at)}-${shortHash(`${seed}|${kind}|${distinct}`, hashDigits)}`;
  const readable = stem
    .replace(refused, '-')
    .replace(/-{2,}/g, '-')
    .slice(0, most - tail.length - 'hf-'.length);
  const trimmed = readable.replace(/^[-_.]+|[-_.]+$/g, '');
  return `hf-${trimmed === '' ? 'x' : trimmed}${tail}`;
};

/** `202606030000`: sorts by time, and tells a person when. */
export const utcMinute = (at: Instant): string => {
  const ms = instantMs(at);
  if (ms === undefined) throw new RangeError(`not a moment: ${at}`);
  return new Date(ms).toISOString().slice(0, 16).replace(/[-T:]/g, '');
};

/** A step id from readable parts: kebab-case, without what a shell or a file name would mind. */
export const stepId = (...parts: readonly string[]): string =>
  parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
