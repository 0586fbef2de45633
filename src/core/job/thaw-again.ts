/**
 * Thaws that Azure says failed, tried once more. A step is sent once, so that is a step of its own, under another name: a machine is
 * not to stand still until somebody reads of it because Azure could not run a script.
 */
import { keyOf, nameOf } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Step, StepOf, StepOutcome } from '../plan.ts';
import { contextFor, type PlanDraft } from '../planning.ts';
import type { Problem } from '../problem.ts';
import { deletionOf, hookNews, isDone, isHook } from './hooks.ts';

type Script = StepOf<'run-command.create'>;

/**
 * Those of `steps` that ended, and not well, of machines that may be frozen. What is in doubt may be running, and is a person's.
 * `moved`: an earlier run tried it, and has begun to delete it.
 */
export const failedThaws = (steps: readonly Step[], outcomes: ReadonlyMap<string, StepOutcome>): readonly Script[] =>
  steps.flatMap((step) => {
    if (!isHook(step, 'post') || !/^(?:failed|moved)$/.test(outcomes.get(step.id)?.outcome ?? '')) return [];
    return hookNews(steps, outcomes, step.subject).mayBeFrozen ? [step] : [];
  });

/** Each script once more, and its deletion; `runId` is the run's that does so. */
export const draftThaws =
  (thaws: readonly Script[], runId: string): PlanDraft =>
  (input) => {
    const context = contextFor(
      input,
      thaws.map(({ subject }) => keyOf(subject)),
    );
    const steps = thaws.flatMap((thaw): readonly Step[] => {
      const machine = nameOf(thaw.subject);
      const name = nameFor('run-command', `post-${machine}`, context.asOf, context.seed, `${thaw.resourceId}|${runId}`);
      const resourceId = `${thaw.subject}/runCommands/${name}`;
      const { undoes: _undoes, after: _after, ...script } = thaw;
      const again: Script = {
        ...script,
        id: context.ids.take(['hook', 'post', machine], keyOf(thaw.subject)),
        reason: `The job's post hook failed in ${machine}, which may stand still: it runs there once more.`,
        resourceId,
        goal: { kind: 'run-command-succeeded', resourceId },
        dependsOn: [],
        runs: 'on-success',
      };
      return [again, deletionOf(again, [again], context.ids)];
    });
    return { steps, refusals: [] };
  };

/** Of one machine and one run's freeze, whatever tries there were at taking it back. */
export const freezeOf = ({ subject, input: { tags } }: Script): string =>
  `${keyOf(subject)}|${tags?.['holdfast-run'] ?? ''}`;

/** Those of `steps` that did what they were for, by `freezeOf`. */
export const doneThaws = (
  steps: readonly Step[],
  outcomes: ReadonlyMap<string, StepOutcome>,
): readonly (readonly [string, StepOutcome])[] =>
  steps.flatMap((step) => {
    if (!isHook(step, 'post')) return [];
    const end = outcomes.get(step.id);
    return end !== undefined && isDone(end) ? [[freezeOf(step), end] as const] : [];
  });

/** The outcomes of the first tries, with those of the second where they are better; `again` by `freezeOf`. */
export const withSecondTry = (
  thaws: readonly Script[],
  outcomes: ReadonlyMap<string, StepOutcome>,
  again: ReadonlyMap<string, StepOutcome>,
): { readonly outcomes: ReadonlyMap<string, StepOutcome>; readonly problems: readonly Problem[] } => {
  const merged = new Map(outcomes);
  const problems: Problem[] = [];
  for (const thaw of thaws) {
    const { id, subject } = thaw;
    const first = outcomes.get(id)!;
    const second = again.get(freezeOf(thaw));
    if (second === undefined) continue;
    const why = first.detail === undefined ? '' : `: ${first.detail}`;
    if (isDone(second)) {
      merged.set(id, { ...second, id, outcome: 'done' });
      problems.push({
        code: 'thawed-again',
        severity: 'medium',
        subject,
        summary: `${nameOf(subject)} was thawed at the second try`,
        detail: `the job's post hook ended ${first.outcome}${why}`,
        remedy: 'nothing: it is thawed; it stood still for longer than it should',
      });
    } else {
      const then = `run once more, it ended ${second.outcome}${second.detail === undefined ? '' : `: ${second.detail}`}`;
      const detail = first.detail === undefined ? then : `${first.detail}; ${then}`;
      // What was not sent is still to be tried, by a later run.
      const sent = second.outcome === 'failed' || second.outcome === 'in-doubt';
      merged.set(id, { ...first, detail, ...(sent ? {} : { outcome: 'interrupted' }) });
    }
  }
  return { outcomes: merged, problems };
};
