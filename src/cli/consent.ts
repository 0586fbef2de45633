/** Consent before the first write: limits, destructive steps named one by one, and a yes. */
import type { Plan, Step } from '../core/plan.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { stepKinds } from '../core/steps/index.ts';
import type { Context } from './context.ts';

export interface ConsentFlags {
  readonly yes: boolean;
  readonly allow: readonly string[];
}

const problem = (code: string, summary: string, remedy: string): Problem => ({
  code,
  severity: 'high',
  subject: 'command line',
  summary,
  remedy,
});

/** Destructive steps that no `--allow` covers; what ends a machine is covered by its own name only. Throws UsageError for an `--allow` that names no destructive step. */
export const withoutConsent = (plan: Plan, allow: readonly string[]): readonly Step[] => {
  const destructive = plan.steps.filter((s) => s.destructive);
  const strange = allow.filter((a) => a !== 'all-destructive' && !destructive.some((s) => s.id === a));
  if (strange.length > 0) {
    throw new UsageError(
      strange.map((a) =>
        problem(
          'allow',
          `--allow ${a} names no destructive step of this plan`,
          'read the plan: destructive steps are marked',
        ),
      ),
    );
  }
  const all = allow.includes('all-destructive');
  return destructive.filter(({ id, kind }) => !allow.includes(id) && !(all && stepKinds[kind].consent !== 'by-name'));
};

const mostNamed = 3;

/** `line`: the command that they are to be allowed in. Many deletions are one thing to allow; what ends a machine never is. */
export const lackingConsent = (steps: readonly Step[], line: string): readonly Problem[] => {
  const { alone = [], together = [] } = Object.groupBy(steps, ({ kind }) =>
    stepKinds[kind].consent === 'by-name' ? 'alone' : 'together',
  );
  const many = together.length > mostNamed;
  const one = ({ id, reason }: Step): Problem => ({
    code: 'destructive',
    severity: 'high',
    subject: id,
    summary: `${id}: ${reason}`,
    remedy: `${line} --allow ${id}`,
  });
  return [
    ...(many ? [...alone, ...together.slice(0, mostNamed)] : steps).map(one),
    ...(many
      ? [
          {
            code: 'destructive',
            severity: 'high' as const,
            subject: 'plan',
            summary: `and ${together.length - mostNamed} more that the plan tells`,
            remedy: `read the plan, then ${line} --allow all-destructive`,
          },
        ]
      : []),
  ];
};

/** Asks, or takes `--yes`. `remedy`: what to do where nobody can be asked. False when the user says no. Throws UsageError where nobody can be asked. */
export const askConsent = async (
  question: string,
  flags: ConsentFlags,
  context: Context,
  remedy = 'read the plan, then apply it with --yes',
): Promise<boolean> => {
  if (flags.yes) return true;
  if (!context.terminal.interactive) {
    throw new UsageError([problem('consent', 'there is no terminal to ask at, and --yes was not given', remedy)]);
  }
  const answer = await context.ask(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
};
