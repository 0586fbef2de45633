/** From the text of a guidance file to guidance, or to every problem in it with line and column. Never throws. */
import type { z } from 'zod';
import { checkGuidance, type GuidanceIssue } from './guidance-check.ts';
import { isPlain, mergeGuidance, saidByOverlay } from './guidance-merge.ts';
import { guidanceSchema } from './guidance-schema.ts';
import type { Guidance } from './guidance.ts';
import type { Problem } from './problem.ts';
import { readYaml, type Path, type YamlSource } from './yaml-source.ts';

/** `guidance` is there exactly when no problem is of high severity; problems of low severity are warnings. */
export interface ParsedGuidance {
  readonly guidance?: Guidance;
  readonly problems: readonly Problem[];
}

/** The shipped guidance, which files with `extends: default` are laid over. */
export interface DefaultGuidance {
  readonly text: string;
  readonly file: string;
}

export const parseGuidance = (text: string, file: string, shipped?: DefaultGuidance): ParsedGuidance => {
  const source = readYaml(text, file);
  if (source.problems.length > 0) return { problems: source.problems };
  if (!isPlain(source.value)) {
    return {
      problems: [
        problem(source, {
          ...invalid([]),
          summary: 'a guidance file is a map',
          remedy: 'Start with `extends: default`.',
        }),
      ],
    };
  }
  if (!Object.hasOwn(source.value, 'extends')) return judge(source.value, () => source);

  const { extends: base, ...over } = source.value;
  if (base !== 'default' || shipped === undefined) {
    const summary = base === 'default' ? 'there is no default guidance to extend' : 'only `extends: default` is known';
    return {
      problems: [
        problem(source, { ...invalid(['extends']), summary, remedy: 'Write `extends: default`, or a whole guidance.' }),
      ],
    };
  }
  const below = readYaml(shipped.text, shipped.file);
  if (below.problems.length > 0) return { problems: below.problems };
  return judge(mergeGuidance(below.value, over), (path) => (saidByOverlay(below.value, over, path) ? source : below));
};

/** `sourceOf` tells which file a place of the merged guidance was written in. */
const judge = (value: unknown, sourceOf: (path: Path) => YamlSource): ParsedGuidance => {
  const parsed = guidanceSchema.safeParse(value);
  const issues = parsed.success
    ? checkGuidance(parsed.data)
    : parsed.error.issues.flatMap((issue) => explain(issue, [], value));
  const problems = issues.map((issue) => problem(sourceOf(issue.path), issue)).sort(byPlace);
  const usable = parsed.success && issues.every(({ severity }) => severity === 'low');
  return { ...(usable ? { guidance: parsed.data } : {}), problems };
};

const byPlace = ({ at: a }: Problem, { at: b }: Problem): number =>
  a && b && a.file === b.file ? a.line - b.line || a.column - b.column : 0;

const problem = (source: YamlSource, issue: GuidanceIssue): Problem => ({
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

const invalid = (path: Path): Pick<GuidanceIssue, 'code' | 'severity' | 'path'> => ({
  code: 'guidance-invalid',
  severity: 'high',
  path,
});

type SchemaIssue = z.core.$ZodIssue;

const explain = (issue: SchemaIssue, prefix: Path, value: unknown): readonly GuidanceIssue[] => {
  const path = [...prefix, ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))];
  const said = valueAt(value, path);
  if (issue.code === 'invalid_union') {
    // Of the alternatives, the one that is at least of the right kind (a map, a list) tells what is wrong.
    const near = issue.errors.find(
      (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
    );
    if (near) return near.flatMap((inner) => explain(inner, path, value));
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (said === undefined) {
    return [
      { ...invalid(path), code: 'guidance-missing', point: 'key', summary: 'is missing', remedy: missingRemedy(path) },
    ];
  }
  return [
    {
      ...invalid(path),
      summary: `${sentence(issue.message)} (it says ${shownValue(said)})`,
      remedy: remedyFor(issue, said),
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

const remedyFor = (issue: SchemaIssue, said: unknown): string => {
  if (issue.code === 'invalid_type' && issue.expected === 'string' && isBare(said))
    return `Put it in quotes: '${said}'.`;
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'Write a map here, or leave the key out.';
  if (issue.code === 'too_small' || issue.code === 'too_big') return 'Give a value within the limits.';
  return 'Correct the value; the schema and the shipped guidance show what fits.';
};

const isBare = (value: unknown): value is number | boolean => typeof value === 'number' || typeof value === 'boolean';

const unknownKey = (path: Path, key: string): GuidanceIssue => {
  const known = keysAt(guidanceSchema, path);
  const near = known.find((candidate) => distance(candidate.toLowerCase(), key.toLowerCase()) <= 2);
  const list = `Known here are ${known.join(', ')}.`;
  return {
    ...invalid([...path, key]),
    code: 'guidance-unknown-key',
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
const distance = (a: string, b: string): number => {
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
