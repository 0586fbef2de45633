/** Reads a baseline: an audit as `audit --output json` wrote it, as far as another is compared with it. */
import { z } from 'zod';
import { auditSchemaVersion, type Audit } from './audit.ts';
import { comparedOf, type ComparedAudit } from './history/compared-audit.ts';
import { jsonPlaces, placeAt, placeOf, type Place } from './json-position.ts';
import { optionIds } from './option.ts';
import { headOf } from './plan-file.ts';
import { severities, type Problem } from './problem.ts';
import { instantMs } from './time.ts';

export type BaselineFile =
  | { readonly kind: 'baseline'; readonly audit: ComparedAudit }
  /** Every problem found, each with file, line and column: exit 2. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

const moment = z.string().refine((text) => instantMs(text) !== undefined, 'must be a moment');
const id = z.string().min(1);

const finding = z.object({
  id,
  code: z.string().min(1),
  option: z.enum(optionIds).optional(),
  severity: z.enum(severities),
  summary: z.string(),
});
const found = z.object({ id, findings: z.array(finding) });

/** Members that a comparison does not read may be anything: later versions add some. */
const auditSchema = z.object({
  asOf: moment,
  scope: z.string(),
  complete: z.boolean(),
  unknowns: z.array(
    // `matters` came after the first version: what does not say so may have mattered.
    z.object({ subject: id, fact: z.string(), reason: z.string(), matters: z.boolean().default(true) }),
  ),
  machines: z.array(
    found.extend({
      name: z.string(),
      class: z.string(),
      excluded: z.object({ until: z.string(), reason: z.string() }).optional(),
      verdicts: z.array(z.object({ option: z.string(), verdict: z.string() })),
      protections: z.array(z.object({})),
    }),
  ),
  orphans: z.array(found),
  vaults: z.array(found),
  selection: z
    .object({
      subscriptions: z.array(z.string()),
      resourceGroups: z.array(z.string()),
      tags: z.array(z.string()),
      excludeTags: z.array(z.string()),
    })
    .optional(),
  guidance: z.object({ name: z.string(), digest: z.string() }).optional(),
});

/** `file` is for messages only; the text was read by the caller. */
export const parseBaseline = (raw: string, file: string): BaselineFile => {
  // Windows editors put a byte order mark in front; it says nothing.
  const text = raw.replace(/^\uFEFF/, '');
  const invalid = (code: string, summary: string, place: Place, remedy = auditAgain): BaselineFile => ({
    kind: 'invalid',
    problems: [problem(code, file, summary, place, remedy)],
  });
  const places = jsonPlaces(text);
  if (places.kind === 'broken')
    return invalid('baseline-not-json', `not JSON: expected ${places.expected}`, placeOf(text, places.offset));
  const value: unknown = JSON.parse(text);
  const head = headOf(value);
  if (head.kind !== 'holdfast.audit') {
    const said = head.kind === undefined ? 'no "kind"' : `"kind": ${JSON.stringify(head.kind)}`;
    return invalid('not-an-audit', `not a holdfast audit: ${said}`, placeAt(text, ['kind']));
  }
  if (typeof head.schemaVersion !== 'number')
    return invalid('baseline-invalid', 'schemaVersion: must be a number', placeAt(text, ['schemaVersion']));
  if (head.schemaVersion !== auditSchemaVersion) {
    const summary = `audit of schema version ${head.schemaVersion}; this holdfast reads version ${auditSchemaVersion}`;
    return invalid('baseline-version', summary, placeAt(text, ['schemaVersion']));
  }
  const parsed = auditSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      const where = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
      return problem('baseline-invalid', file, `${where}${message}`, placeAt(text, path), auditAgain);
    });
    return { kind: 'invalid', problems };
  }
  // What the schema let through is all that `comparedOf` reads; codes of later versions stay what they are.
  return { kind: 'baseline', audit: comparedOf(parsed.data as unknown as Audit) };
};

const auditAgain = 'give a file that `holdfast audit --output json --output-file FILE` wrote';

const problem = (code: string, file: string, summary: string, place: Place, remedy: string): Problem => ({
  code,
  severity: 'high',
  subject: file,
  summary,
  remedy,
  at: { file, ...place },
});
