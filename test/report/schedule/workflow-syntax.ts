/**
 * As much of GitHub's workflow syntax as printed workflows use; everything else is refused.
 * https://docs.github.com/actions/reference/workflow-syntax-for-github-actions
 */
import { Cron } from 'croner';
import { z } from 'zod';

/** POSIX cron of five fields: no names that only some crons know, and at most every five minutes. */
const cron = z
  .string()
  .regex(/^[\d*,/-]+( [\d*,/-]+){4}$/)
  .refine((text) => {
    try {
      const [first, second] = new Cron(text, { mode: '5-part', timezone: 'UTC' }).nextRuns(2, '2026-01-01T00:00:00');
      return first !== undefined && second !== undefined && second.getTime() - first.getTime() >= 5 * 60_000;
    } catch {
      return false;
    }
  }, 'is no schedule of GitHub');

/**
 * Contexts that `env` and `with` of a step may read: https://docs.github.com/actions/reference/contexts-reference. Names of
 * secrets and variables: https://docs.github.com/actions/reference/security/secrets.
 */
const expression =
  /^(?:(?:vars|secrets)\.(?!GITHUB_)[A-Z_][A-Z0-9_]*|runner\.(?:arch|debug|name|os|temp|tool_cache))$/i;

const text = z
  .string()
  .min(1)
  .refine(
    (value) =>
      [...value.matchAll(/\$\{\{(.*?)\}\}/g)].every(([, inner]) => expression.test(inner!.trim())) &&
      !value.replaceAll(/\$\{\{.*?\}\}/g, '').includes('${{'),
    'holds an expression that is none here',
  );

const access = z.enum(['read', 'write', 'none']);
const env = z.record(z.string().regex(/^[A-Za-z_]\w*$/), text);

/** By what their own `action.yml` takes. */
const inputs = {
  'actions/checkout': z.strictObject({ repository: z.string().regex(/^[\w-]+\/[\w.-]+$/), ref: text, path: text }),
  'actions/setup-node': z.strictObject({ 'node-version': z.string() }),
  'azure/login': z.strictObject({ 'client-id': text, 'tenant-id': text, 'subscription-id': text }),
} as const;

const action = z
  .strictObject({
    uses: z.string().regex(/^[\w-]+\/[\w.-]+@(?:v\d+|[0-9a-f]{40})$/),
    with: z.record(z.string(), z.unknown()).optional(),
  })
  .superRefine(({ uses, with: given }, found) => {
    const known = Object.entries(inputs).find(([name]) => uses.startsWith(`${name}@`))?.[1];
    if (known === undefined) found.addIssue({ code: 'custom', message: `${uses} is an action unknown here` });
    const issues = given === undefined ? [] : (known?.safeParse(given).error?.issues ?? []);
    for (const issue of issues)
      found.addIssue({ code: 'custom', message: issue.message, path: ['with', ...issue.path] });
  });

const script = z.strictObject({ run: text, 'working-directory': text.optional(), env: env.optional() });

const job = z.strictObject({
  'runs-on': z.literal('ubuntu-latest'),
  // A job of a hosted runner ends after six hours: https://docs.github.com/actions/reference/limits
  'timeout-minutes': z.int().min(1).max(360),
  steps: z.array(z.union([action, script])).min(1),
});

export const workflow = z.strictObject({
  name: z.string().min(1),
  on: z.strictObject({
    schedule: z.array(z.strictObject({ cron })).min(1),
    workflow_dispatch: z.strictObject({}),
  }),
  permissions: z.strictObject({ 'id-token': z.enum(['write', 'none']), contents: access }),
  concurrency: z.strictObject({ group: text, 'cancel-in-progress': z.boolean() }),
  jobs: z.record(z.string().regex(/^[A-Za-z_][\w-]*$/), job),
});
