/** Reads a plan file: what apply will do is exactly what this lets through. */
import { digestOf } from './plan-digest.ts';
import { jsonPlaces, placeAt, placeOf, type Place } from './json-position.ts';
import { planSchema } from './plan-schema.ts';
import { planSchemaVersion, type Plan, type Step } from './plan.ts';
import { keyOf } from './ids.ts';
import type { Problem } from './problem.ts';
import { stepKinds } from './steps/index.ts';
import { filledParts, outputReference } from './step-outputs.ts';

export type PlanFile =
  | { readonly kind: 'plan'; readonly plan: Plan }
  /** Every problem found, each with file, line and column: exit 2. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** `file` is for messages only; the text was read by the caller. */
export const parsePlanFile = (raw: string, file: string): PlanFile => {
  // Windows editors put a byte order mark in front; it says nothing.
  const text = raw.replace(/^\uFEFF/, '');
  const invalid = (code: string, summary: string, place: Place, remedy = planAgain): PlanFile => ({
    kind: 'invalid',
    problems: [problem(code, file, summary, place, remedy)],
  });
  const places = jsonPlaces(text);
  if (places.kind === 'broken') {
    return invalid('plan-not-json', `not JSON: expected ${places.expected}`, placeOf(text, places.offset));
  }
  const value: unknown = JSON.parse(text);
  const head = headOf(value);
  if (head.kind !== 'holdfast.plan') {
    const found = head.kind === undefined ? 'no "kind"' : `"kind": ${JSON.stringify(head.kind)}`;
    return invalid('not-a-plan', `not a holdfast plan: ${found}`, placeAt(text, ['kind']));
  }
  if (typeof head.schemaVersion === 'number' && head.schemaVersion > planSchemaVersion) {
    const summary = `plan of schema version ${head.schemaVersion}; this holdfast knows versions up to ${planSchemaVersion}`;
    return invalid('plan-too-new', summary, placeAt(text, ['schemaVersion']), 'apply it with the version that made it');
  }
  const parsed = planSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
      const where = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
      return problem('plan-invalid', file, `${where}${issue.message}`, placeAt(text, path), planAgain);
    });
    return { kind: 'invalid', problems };
  }
  // The digest is taken over what the file says, not over what the schema made of it.
  const digest = digestOf(value as Plan);
  if (digest !== parsed.data.digest) {
    const summary = `the plan was changed after it was made: its content has digest ${digest.slice(0, 12)}…, it claims ${parsed.data.digest.slice(0, 12)}…`;
    return invalid('plan-digest-mismatch', summary, placeAt(text, ['digest']));
  }
  const problems = stepProblemsOf(parsed.data.steps).map(({ index, summary }) =>
    problem('plan-invalid', file, summary, placeAt(text, ['steps', index]), planAgain),
  );
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'plan', plan: parsed.data };
};

/** The plan as its file holds it: indented for review, ending in a newline. */
export const planText = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`;

const planAgain = 'make the plan again with `holdfast plan --output-file …`';

const problem = (code: string, file: string, summary: string, place: Place, remedy: string): Problem => ({
  code,
  severity: 'critical',
  subject: file,
  summary,
  remedy,
  at: { file, ...place },
});

/** What tells a file of holdfast's from any other JSON. */
export const headOf = (value: unknown): { readonly kind?: unknown; readonly schemaVersion?: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/**
 * What a schema cannot say: ids are unique, a step leans only on steps before it (so there is no cycle), and what cannot be
 * undone says so.
 */
export const stepProblemsOf = (
  steps: readonly Step[],
): readonly { readonly index: number; readonly summary: string }[] => {
  const before = new Set<string>();
  const makes = new Set<string>();
  return steps.flatMap((step, index) => {
    const found: string[] = [];
    if (before.has(step.id)) found.push(`two steps have the id ${step.id}`);
    for (const needed of step.after ?? []) {
      if (!before.has(needed)) found.push(`step ${step.id} comes after ${needed}, which is no earlier step`);
    }
    for (const needed of step.dependsOn) {
      if (!before.has(needed)) found.push(`step ${step.id} depends on ${needed}, which is no earlier step`);
    }
    for (const [, needed] of JSON.stringify(filledParts(step)).matchAll(outputReference)) {
      if (!step.dependsOn.includes(needed!))
        found.push(`step ${step.id} uses an output of ${needed}, on which it does not depend`);
    }
    if (step.undoes !== undefined && !step.dependsOn.includes(step.undoes)) {
      found.push(`step ${step.id} takes back ${step.undoes}, on which it does not depend`);
    }
    const { cannotBeUndone, makes: isMade } = stepKinds[step.kind];
    if (cannotBeUndone && !step.destructive && !makes.has(keyOf(step.resourceId))) {
      found.push(`step ${step.id} (${step.kind}) cannot be undone, and does not say so: destructive must be true`);
    }
    if (isMade !== undefined) makes.add(keyOf(step.resourceId));
    before.add(step.id);
    return found.map((summary) => ({ index, summary }));
  });
};
