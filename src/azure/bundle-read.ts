/**
 * Reads an offline bundle: a folder of resources exactly as Azure answered them. What the bundle does not hold is
 * unknown,
 * never absent.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Estate, Scope } from '../core/estate.ts';
import { gap, type Gap } from '../core/fact.ts';
import { parseId } from '../core/ids.ts';
import { jsonPlaces, placeAt, placeOf, type Place } from '../core/json-position.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { withoutSecrets } from '../core/secrets.ts';
import { instantMs, type Instant } from '../core/time.ts';
import { makeIntake, type Intake } from './intake.ts';
import { rawKinds, readOnRequest, type RawKind } from './kinds.ts';
import { tagsOf } from './normalise-resource.ts';
import { at, isRecord, textAt } from './raw.ts';
import { applyScope, narrowScope, type ScopeFilter } from './scope.ts';

export const bundleSchemaVersion = 1;

export interface Bundle {
  readonly estate: Estate;
  readonly asOf: Instant;
  /** What the bundle says of itself. */
  readonly complete: boolean;
}

/** A gap anywhere else would never be found over anything, and so hide nothing. */
const isPlace = (scope: string): boolean => scope === '/' || parseId(scope) !== undefined;

const texts = z.array(z.string());
const gapSchema = z.object({
  scope: z.string().refine(isPlace, 'expected / or a resource id such as /subscriptions/…'),
  reason: z.enum([
    'no-permission',
    'throttled',
    'truncated',
    'not-answered',
    'not-exported',
    'not-registered',
    'not-read',
    'unintelligible',
    'not-knowable',
  ]),
  detail: z.string(),
  action: z.string().optional(),
});

/** `gaps`, `filter` and `subscriptions` are what `inventory --export` adds so that importing gives the same audit. */
const headSchema = z.object({
  schemaVersion: z.number().int().positive(),
  asOf: z.string().refine((text) => instantMs(text) !== undefined, 'expected a moment such as 2026-06-03T00:00:00Z'),
  scope: z.unknown().optional(),
  complete: z.boolean(),
  gaps: z.partialRecord(z.enum(rawKinds), z.array(gapSchema)).optional(),
  filter: z
    .object({
      subscriptions: texts.optional(),
      managementGroup: z.string().optional(),
      resourceGroups: texts.optional(),
      tags: texts.optional(),
      excludeTags: texts.optional(),
    })
    .optional(),
  subscriptions: texts.optional(),
});

export type BundleHead = z.infer<typeof headSchema>;

/** `filter` narrows further, as on the command line. Throws UsageError with every problem found in any file. */
export const readBundle = async (dir: string, filter: ScopeFilter = {}): Promise<Bundle> => {
  const problems: Problem[] = [];
  const head = await readHead(dir, problems);
  const intake = makeIntake();
  for (const kind of rawKinds) await readKind(dir, kind, intake, problems);
  if (filter.managementGroup !== undefined) {
    problems.push({
      code: 'offline-management-group',
      severity: 'high',
      subject: '--management-group',
      summary: 'a bundle does not tell management groups',
      remedy: 'use --subscription',
    });
  }
  if (head === undefined || problems.length > 0) throw new UsageError(problems);

  for (const [kind, gaps] of Object.entries(head.gaps ?? {})) {
    for (const g of gaps ?? []) intake.miss(kind as RawKind, gap(g.scope, g.reason, g.detail, g.action));
  }
  // A bundle that lists its gaps says precisely what it lacks; one that lists none may lack anything. Unread recovery
  // points make no bundle incomplete, so they alone do not account for it.
  const accountsForIt = Object.entries(head.gaps ?? {}).some(
    ([kind, gaps]) => !readOnRequest.has(kind) && (gaps ?? []).length > 0,
  );
  const everywhere: readonly Gap[] =
    head.complete || accountsForIt
      ? []
      : [gap('/', 'not-exported', 'The bundle says it is incomplete, so what it does not hold may still exist.')];
  const estate = intake.estate(head.asOf, scopeOf(head, intake), everywhere);
  const exported = head.filter === undefined ? estate : applyScope(estate, head.filter as ScopeFilter);
  const estateInScope = { ...applyScope(exported, filter), scope: narrowScope(exported.scope, filter) };
  return { estate: estateInScope, asOf: head.asOf, complete: head.complete };
};

const scopeOf = (head: BundleHead, intake: Intake): Scope => {
  const found = [...new Set(intake.machines().map((m) => m.subscriptionId))].sort();
  return {
    description: printable(
      typeof head.scope === 'string' ? head.scope : (textAt(head.scope, 'description') ?? 'an offline bundle'),
    ),
    subscriptions: head.subscriptions ?? found,
    resourceGroups: head.filter?.resourceGroups ?? [],
    tags: head.filter?.tags ?? [],
    excludeTags: head.filter?.excludeTags ?? [],
  };
};

const readHead = async (dir: string, problems: Problem[]): Promise<BundleHead | undefined> => {
  const file = join(dir, 'bundle.json');
  const text = await textOf(file);
  if (text === undefined) {
    const summary = await stat(dir).then(
      (found) => (found.isDirectory() ? 'the folder holds no bundle.json, so it is no bundle' : 'it is no folder'),
      (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? 'there is no such folder' : `the folder cannot be looked at: ${error.message}`,
    );
    problems.push({
      code: 'bundle-missing',
      severity: 'high',
      subject: dir,
      summary: `${dir}: ${summary}`,
      remedy: 'make a bundle with `holdfast inventory --export DIR`',
    });
    return undefined;
  }
  const value = parseFile(file, text, problems);
  if (value === undefined) return undefined;
  const version = isRecord(value) ? value['schemaVersion'] : undefined;
  if (typeof version === 'number' && Number.isInteger(version) && version > bundleSchemaVersion) {
    const summary = `bundle of schema version ${version}; this holdfast knows versions up to ${bundleSchemaVersion}`;
    problems.push(
      problem(
        'bundle-too-new',
        file,
        summary,
        placeAt(text, ['schemaVersion']),
        'read it with the version that made it',
      ),
    );
    return undefined;
  }
  const parsed = headSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
    problems.push(problem('bundle-invalid', file, `${where}${issue.message}`, placeAt(text, issue.path)));
  }
  return undefined;
};

/** Kinds whose file may be absent without anything becoming unknown that was not so anyway. */
const nobodyAsks = new Set<RawKind>(['replicationPolicies']);

const readKind = async (dir: string, kind: RawKind, intake: Intake, problems: Problem[]): Promise<void> => {
  const file = join(dir, `${kind}.json`);
  const text = await textOf(file);
  if (text === undefined) {
    // Points without --deep are "not read" in a live run too; that alone does not make an audit incomplete.
    if (readOnRequest.has(kind)) intake.miss(kind, gap('/', 'not-read', `The bundle holds no ${kind}.json.`));
    else if (!nobodyAsks.has(kind)) intake.miss(kind, gap('/', 'not-exported', `The bundle holds no ${kind}.json.`));
    return;
  }
  const value = parseFile(file, text, problems);
  if (value === undefined) return;
  const wrapped = isRecord(value) && Array.isArray(value['value']);
  const rows: unknown = wrapped ? value['value'] : value;
  if (!Array.isArray(rows)) {
    problems.push(
      problem('bundle-invalid', file, 'expected an array of resources, or {"value": […]}', placeAt(text, [])),
    );
    return;
  }
  for (const [index, row] of rows.entries()) {
    const fault = faultOf(row);
    if (fault === undefined) intake.take(kind, row);
    else
      problems.push(
        problem('bundle-row', file, `row ${index + 1} ${fault}`, placeAt(text, wrapped ? ['value', index] : [index])),
      );
  }
};

const faultOf = (row: unknown): string | undefined => {
  if (!isRecord(row)) return 'is not an object';
  const id = textAt(row, 'id');
  if (id === undefined) return 'has no id';
  if (parseId(id) === undefined) return `has an id that is no resource id: ${id}`;
  return tagsOf(at(row, 'tags')) === undefined ? 'has tags that are not names with values' : undefined;
};

const parseFile = (file: string, text: string, problems: Problem[]): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    const places = jsonPlaces(text);
    const [place, expected] =
      places.kind === 'broken' ? [placeOf(text, places.offset), places.expected] : [{ line: 1, column: 1 }, 'a value'];
    problems.push(problem('bundle-not-json', file, `not JSON: expected ${expected}`, place));
    return undefined;
  }
};

/**
 * The text of a file; `undefined` when there is none. A byte order mark is dropped: exports from Windows shells carry
 * one.
 */
const textOf = async (file: string): Promise<string | undefined> => {
  try {
    return withoutSecrets((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError([
      { code: 'file', severity: 'high', subject: file, summary: `cannot read ${file}: ${(error as Error).message}` },
    ]);
  }
};

/** What stands in a file must not reach a terminal as a control sequence. */
const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- taking control characters out is the point
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');

const problem = (code: string, file: string, summary: string, { line, column }: Place, remedy?: string): Problem => ({
  code,
  severity: 'high',
  subject: file,
  summary: printable(summary),
  ...(remedy === undefined ? {} : { remedy }),
  at: { file, line, column },
});
