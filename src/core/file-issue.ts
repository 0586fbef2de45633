/** What is wrong at a place of a file that a person wrote: found by a zod schema or by a check, told with line and column. */
import type { z } from 'zod';
import type { Problem, Severity } from './problem.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Something wrong (`high`) or doubtful (`low`) at a place of a file. */
export interface FileIssue {
  readonly code: string;
  readonly severity: Extract<Severity, 'high' | 'low'>;
  readonly path: Path;
  readonly point?: 'key' | 'value';
  /** Characters into the text at `path`. */
  readonly offset?: number;
  readonly summary: string;
  readonly remedy: string;
}

/** A kind of file: how its codes begin, its schema, and where it is shown what fits. */
export interface FileKind {
  readonly code: string;
  readonly schema: z.core.$ZodType;
  readonly shownBy: string;
  /** Whether what stands at a place may be a secret, and so is not quoted. */
  readonly hides?: (path: Path) => boolean;
}

export const invalidAt = (kind: Pick<FileKind, 'code'>, path: Path): Pick<FileIssue, 'code' | 'severity' | 'path'> => ({
  code: `${kind.code}-invalid`,
  severity: 'high',
  path,
});

export const problemAt = (source: YamlSource, issue: FileIssue): Problem => ({
  code: issue.code,
  severity: issue.severity,
  subject: source.file,
  summary: issue.path.length > 0 ? `${shownPath(issue.path)}: ${issue.summary}` : issue.summary,
  remedy: issue.remedy,
  at: source.at(issue.path, issue.point, issue.offset),
});

/** `classes[2].match.os`. */
const shownPath = (path: Path): string =>
  path.map((segment, i) => (typeof segment === 'number' ? `[${segment}]` : `${i > 0 ? '.' : ''}${segment}`)).join('');

export const byPlace = ({ at: a }: Problem, { at: b }: Problem): number =>
  a && b && a.file === b.file ? a.line - b.line || a.column - b.column : 0;

/** Every issue of zod's in words, at the place that it is about. `value` is what was parsed. */
export const explainIssues = (
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  kind: FileKind,
): readonly FileIssue[] => issues.flatMap((issue) => explain(issue, [], value, kind));

const explain = (issue: z.core.$ZodIssue, prefix: Path, value: unknown, kind: FileKind): readonly FileIssue[] => {
  const path = [...prefix, ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))];
  const said = valueAt(value, path);
  if (issue.code === 'invalid_union') {
    // Of the alternatives, the one that is at least of the right kind (a map, a list) tells what is wrong.
    const near = issue.errors.find(
      (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
    );
    if (near) return near.flatMap((inner) => explain(inner, path, value, kind));
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, kind));
  if (said === undefined) {
    return [
      {
        ...invalidAt(kind, path),
        code: `${kind.code}-missing`,
        point: 'key',
        summary: 'is missing',
        remedy: missingRemedy(path),
      },
    ];
  }
  return [
    {
      ...invalidAt(kind, path),
      summary: sentence(issue.message) + (kind.hides?.(path) ? '' : ` (it says ${shownValue(said)})`),
      remedy: remedyFor(issue, said, kind),
    },
  ];
};

const sentence = (message: string): string =>
  message.replace(/^Invalid input: /, '').replace(/^Invalid (\w)/, 'not a valid $1');

const shownValue = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

const missingRemedy = (path: Path): string =>
  path.at(-1) === 'source'
    ? 'Add `source`: an https link to the page that says so, beside the value.'
    : `Add \`${String(path.at(-1))}\`.`;

const remedyFor = (issue: z.core.$ZodIssue, said: unknown, { shownBy }: FileKind): string => {
  if (issue.code === 'invalid_type' && issue.expected === 'string' && isBare(said))
    return `Put it in quotes: '${said}'.`;
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'Write a map here, or leave the key out.';
  if (issue.code === 'too_small' || issue.code === 'too_big') return 'Give a value within the limits.';
  return `Correct the value; ${shownBy} show what fits.`;
};

const isBare = (value: unknown): value is number | boolean => typeof value === 'number' || typeof value === 'boolean';

const unknownKey = (path: Path, key: string, kind: FileKind): FileIssue => {
  const known = keysAt(kind.schema, path);
  const near = known.find((candidate) => distance(candidate.toLowerCase(), key.toLowerCase()) <= 2);
  const list = `Known here are ${known.join(', ')}.`;
  return {
    ...invalidAt(kind, [...path, key]),
    code: `${kind.code}-unknown-key`,
    point: 'key',
    summary: `"${key}" is not known here`,
    remedy: near === undefined ? list : `Did you mean "${near}"? ${list}`,
  };
};

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (within, key) =>
      typeof within === 'object' && within !== null && Object.hasOwn(within, key)
        ? (within as Record<string, unknown>)[key]
        : undefined,
    value,
  );

/** The keys that the schema allows in the map at a path. */
const keysAt = (schema: z.core.$ZodType, path: Path): readonly string[] => {
  // zod tells a schema's inner parts by kind only; those read here are optional members of all of them.
  const { def } = schema._zod as unknown as { readonly def: SchemaDef };
  const [segment, ...rest] = path;
  if (def.innerType) return keysAt(def.innerType, path);
  if (def.options) return def.options.map((option) => keysAt(option, path)).find((keys) => keys.length > 0) ?? [];
  if (segment === undefined) return Object.keys(def.shape ?? {});
  const next = def.shape?.[String(segment)] ?? def.element ?? def.valueType;
  return next === undefined ? [] : keysAt(next, rest);
};

/** The parts of zod's definitions that maps, lists, records, optionals and unions keep their inner schemas in. */
interface SchemaDef {
  readonly innerType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
}

/** How many letters differ (Levenshtein), for "did you mean". */
export const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length]!;
};
