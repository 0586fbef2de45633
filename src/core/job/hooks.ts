/**
 * Scripts around a machine's point: freeze before, thaw after, each a managed run command of its run, deleted when it has
 * served. https://learn.microsoft.com/azure/virtual-machines/run-command-overview
 */
import type { Machine } from '../estate.ts';
import { keyOf, nameOf, sameResource, shortHash, type ResourceId } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import type { Assumption, Step, StepOf, StepOutcome } from '../plan.ts';
import { machineAssumptions, obstacles, refusalReason, type DraftContext, type StepIds } from '../planners/draft.ts';
import type { Problem } from '../problem.ts';
import type { Hooks } from './job.ts';

/** `runId`: a hook belongs to its run. Another run's freeze, found standing, would be taken for one's own, and never thawed. */
export type HookContext = DraftContext & { readonly runId: string };

/** `without`: why its points are made without hooks. */
export type Hooked =
  | { readonly kind: 'steps'; readonly steps: readonly Step[]; readonly without?: string }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

export const runCommandSource = 'https://learn.microsoft.com/azure/virtual-machines/run-command-overview';

type PointStep = StepOf<'snapshot.create' | 'restore-point.create'>;

const isPoint = (step: Step): step is PointStep =>
  step.kind === 'snapshot.create' || step.kind === 'restore-point.create';

/** `steps`: all that one machine's draft holds. */
export const withHooks = (steps: readonly Step[], machine: Machine, hooks: Hooks, context: HookContext): Hooked => {
  if (hooks.pre === undefined && hooks.post === undefined) return { kind: 'steps', steps };
  const idle = whyIdle(steps, machine);
  if (idle !== undefined) return plain(steps, idle);
  const without = whyImpossible(steps, machine, context);
  const wrapped = without.length > 0 ? steps : hooked(steps, machine, hooks, context);
  const reasons = [...without, ...wrapped.filter(isHookStep).flatMap((step) => obstacles(context, step))];
  if (reasons.length === 0) return { kind: 'steps', steps: wrapped };
  return hooks.onError === 'fail'
    ? { kind: 'refused', reasons }
    : plain(steps, [...new Set(reasons.map(({ text }) => text))].join(' '));
};

const plain = (steps: readonly Step[], why: string): Hooked => ({
  kind: 'steps',
  steps: steps.map((step) => ({ ...step, reason: `${step.reason} Without hooks: ${why}` })),
  without: `without hooks: ${why}`,
});

/** Nothing runs in the machine that could be brought to rest. */
const whyIdle = (steps: readonly Step[], { name, power }: Machine): string | undefined => {
  if (power.known && (power.value === 'deallocated' || power.value === 'stopped')) return `${name} is ${power.value}.`;
  return steps.some(({ kind }) => kind === 'machine.deallocate')
    ? `${name} is shut down for its point, which brings more to rest than a script.`
    : undefined;
};

const whyImpossible = (
  steps: readonly Step[],
  { name, key, power, agent, vmId }: Machine,
  { estate }: HookContext,
): readonly Reason[] => {
  const no = (code: string, text: string): readonly Reason[] => [
    refusalReason(code, `The hooks of ${name} cannot run: ${text}.`, runCommandSource),
  ];
  if (steps.some(({ kind }) => kind === 'backup.trigger'))
    return no('hooks-of-backup', 'Azure Backup runs scripts of its own around its snapshot, and takes none from here');
  if (!power.known) return no('power-unknown', `whether it runs is not known (${power.detail})`);
  if (power.value !== 'running') return no('power-unsteady', `it is ${power.value}`);
  if (agent.known && agent.value !== 'ready') return no('agent-not-ready', 'its agent is not ready');
  if (!vmId.known) return no('identity-unknown', 'its instance id is not known, and no script is run in a namesake');
  // Run commands lie under the machine, and so does what its locks forbid.
  const lock = estate.locks.items.find(
    ({ level, scope }) => level === 'can-not-delete' && `${key}/`.startsWith(`${scope}/`),
  );
  return lock === undefined
    ? []
    : no('locked', `lock ${lock.name} would keep their run commands from being deleted again`);
};

/** What the steps of one machine's hooks share. */
interface Hooking {
  readonly machine: Machine;
  readonly hooks: Hooks;
  readonly points: readonly PointStep[];
  readonly context: HookContext;
}

const hooked = (steps: readonly Step[], machine: Machine, hooks: Hooks, context: HookContext): readonly Step[] => {
  const points = steps.filter(isPoint);
  if (points.length === 0) return steps;
  const hooking = { machine, hooks, points, context };
  const pre = hooks.pre === undefined ? undefined : preStep(hooks.pre, hooking);
  const post = hooks.post === undefined ? undefined : postStep(hooks.post, pre, hooking);
  const scripts = [pre, post].filter((step) => step !== undefined);
  const wrapped = steps.map((step): Step => (isPoint(step) ? behind(step, pre, hooks) : step));
  const [first, last] = [wrapped.findIndex(isPoint), wrapped.findLastIndex(isPoint)];
  return [
    ...wrapped.slice(0, first),
    ...(pre ? [pre] : []),
    ...wrapped.slice(first, last + 1),
    ...(post ? [post] : []),
    ...scripts.map((step) => deletionOf(step, scripts, context.ids)),
    ...wrapped.slice(last + 1),
  ];
};

/** What Azure copies of it later, in the background, keeps no machine frozen: its moment is fixed as soon as it is taken. */
const behind = (point: PointStep, pre: Step | undefined, { post, onError }: Hooks): Step => {
  const order =
    pre === undefined
      ? {}
      : onError === 'fail'
        ? { dependsOn: [...point.dependsOn, pre.id] }
        : { after: [...(point.after ?? []), pre.id] };
  if (point.kind !== 'snapshot.create' || post === undefined || point.goal.kind !== 'snapshot-complete')
    return { ...point, ...order };
  return { ...point, ...order, goal: { ...point.goal, kind: 'snapshot-taken' } };
};

type HookStep = StepOf<'run-command.create'>;

const scriptStep = (which: 'pre' | 'post', script: string, { machine, hooks, points, context }: Hooking) => {
  const { asOf, seed, runId, ids } = context;
  const name = nameFor('run-command', `${which}-${machine.name}`, asOf, seed, `${machine.key}|${runId}`);
  const resourceId = `${machine.id}/runCommands/${name}`;
  return {
    id: ids.take(['hook', which, machine.name], machine.key),
    kind: 'run-command.create',
    option: points[0]!.option,
    subject: machine.id,
    source: runCommandSource,
    method: 'PUT',
    resourceId,
    goal: { kind: 'run-command-succeeded', resourceId },
    // The job file, which holds the script, is the consent.
    destructive: false,
    cost: { monthlyUsd: 0, basis: 'Run Command is free' },
    input: {
      machineId: machine.id,
      location: machine.location,
      script,
      timeoutSeconds: hooks.timeoutSeconds,
      tags: { 'holdfast-run': runTag(context), 'holdfast-made-by': context.madeBy },
    },
  } as const;
};

const runTag = ({ seed, runId }: HookContext): string => shortHash(`${seed}|${runId}`, 12);

const sameMachine = (machine: Machine): readonly Assumption[] =>
  (machineAssumptions(machine) ?? []).filter(({ kind }) => kind === 'machine-is');

/** Whatever a point waits for is waited for before the freeze. */
const preStep = (script: string, hooking: Hooking): HookStep => {
  const { machine, hooks, points } = hooking;
  const own = new Set(points.map(({ id }) => id));
  const otherwise = hooks.onError === 'fail' ? 'no point is made' : 'the point is made all the same';
  return {
    ...scriptStep('pre', script, hooking),
    reason: `The job's pre hook runs in ${machine.name} before its point; if it fails, ${otherwise}.`,
    assumes: [...sameMachine(machine), { kind: 'power-is', machineId: machine.id, power: 'running' }],
    dependsOn: [...new Set(points.flatMap(({ dependsOn }) => dependsOn))].filter((id) => !own.has(id)),
    runs: 'on-success',
  };
};

/** The thaw. Without a freeze to take back, it runs under the machine's lease like any other step. */
const postStep = (script: string, pre: HookStep | undefined, hooking: Hooking): HookStep => {
  const { machine, points } = hooking;
  const made = points.map(({ id }) => id);
  const step = {
    ...scriptStep('post', script, hooking),
    reason: `The job's post hook runs in ${machine.name}, whatever became of its point.`,
    assumes: sameMachine(machine),
  };
  return pre === undefined
    ? { ...step, dependsOn: [], after: made, runs: 'on-success' }
    : { ...step, dependsOn: [pre.id, ...made], runs: 'always', undoes: pre.id };
};

/** A machine keeps its run commands until they are deleted; `scripts`: those after which it may go. */
export const deletionOf = (
  { id, option, resourceId, subject, input: { tags } }: HookStep,
  scripts: readonly HookStep[],
  ids: StepIds,
): StepOf<'resource.delete'> => ({
  id: ids.take(['delete', nameOf(resourceId)], resourceId),
  kind: 'resource.delete',
  option,
  subject,
  reason: `The run command was made for a hook of ${nameOf(subject)}, and has served.`,
  source: 'https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/delete',
  method: 'DELETE',
  resourceId,
  assumes: [{ kind: 'made-by-holdfast', taggedId: resourceId, run: tags?.['holdfast-run'] ?? '' }],
  goal: { kind: 'gone', resourceId },
  dependsOn: scripts.map((step) => step.id),
  runs: 'always',
  undoes: id,
  destructive: false,
  input: { what: 'run-command' },
});

export const isDone = (end: StepOutcome | undefined): boolean =>
  end?.outcome === 'done' || end?.outcome === 'already-done';

/** What became of a machine's hooks, for its line in the report. */
export interface HookNews {
  /** Not all of it went as it should. */
  readonly text?: string;
  /** The thaw is not known to have run, and the freeze may have. */
  readonly mayBeFrozen: boolean;
}

export const hookNews = (
  steps: readonly Step[],
  outcomes: ReadonlyMap<string, StepOutcome>,
  machine: ResourceId,
): HookNews => {
  const of = (which: 'pre' | 'post'): StepOutcome | undefined => {
    const step = steps.find((one) => isHook(one, which) && sameResource(one.subject, machine));
    return step && outcomes.get(step.id);
  };
  const pre = of('pre');
  const post = of('post');
  const bad = (name: string, end: StepOutcome | undefined): readonly string[] =>
    end === undefined || isDone(end)
      ? []
      : [`its ${name} hook ended ${end.outcome}${end.detail === undefined ? '' : ` (${end.detail})`}`];
  // A thaw with nothing to take back ends as moved, by the engine's own rule.
  const froze = pre !== undefined && !isUnasked(post) && (mayHaveRun(pre) || wasAsked(post));
  const said = [...bad('pre', pre), ...(froze || pre === undefined ? bad('post', post) : [])];
  // What lies there is not run again, but a machine keeps only so many.
  for (const step of steps) {
    const end = isDeletion(step) && sameResource(step.subject, machine) ? outcomes.get(step.id) : undefined;
    if (end?.outcome === 'failed' || end?.outcome === 'in-doubt')
      said.push(`run command ${nameOf(step.resourceId)} was not deleted (${end.detail ?? end.outcome})`);
  }
  const mayBeFrozen = froze && post !== undefined && !isDone(post);
  if (mayBeFrozen) said.push('it may still be frozen');
  return { ...(said.length === 0 ? {} : { text: said.join('; ') }), mayBeFrozen };
};

/** In the engine's words: the freeze failed before anything was written, as where the login may not run scripts. */
const isUnasked = (post: StepOutcome | undefined): boolean =>
  post?.outcome === 'moved' && /wrote nothing, so there is nothing to take back/.test(post.detail ?? '');

/** The engine takes back what was written, and nothing else; to a run that resumes it a freeze may be anything, `moved` too. */
const wasAsked = (post: StepOutcome | undefined): boolean =>
  post?.outcome === 'failed' ||
  post?.outcome === 'in-doubt' ||
  (post?.outcome === 'moved' && / has been begun since, /.test(post.detail ?? ''));

const mayHaveRun = ({ outcome, detail }: StepOutcome): boolean =>
  outcome === 'interrupted'
    ? !/^(?:not started|nothing was written)$/.test(detail ?? '')
    : outcome !== 'moved' && outcome !== 'skipped';

export const frozenCode = 'may-be-frozen';

/** Of every machine that the steps of a plan froze, and are not known to have thawed. */
export const frozenProblems = (
  steps: readonly Step[],
  outcomes: ReadonlyMap<string, StepOutcome>,
): readonly Problem[] => {
  const machines = new Map(
    steps.flatMap((step) => (isHook(step, 'post') ? [[keyOf(step.subject), step.subject]] : [])),
  );
  return [...machines.values()].flatMap((machine) => {
    const { mayBeFrozen, text } = hookNews(steps, outcomes, machine);
    if (!mayBeFrozen) return [];
    return [
      {
        code: frozenCode,
        severity: 'critical',
        subject: machine,
        summary: `${nameOf(machine)} may still be frozen by the job's pre hook`,
        ...(text === undefined ? {} : { detail: text }),
        remedy: 'look into the machine, and run what the post hook runs by hand',
      },
    ];
  });
};

/** Steps that are no points and no part of the machine's own outcome. */
export const isHookStep = (step: Step): boolean => isHook(step, 'pre') || isHook(step, 'post') || isDeletion(step);

const isDeletion = (step: Step): boolean => step.kind === 'resource.delete' && step.input.what === 'run-command';

export const isHook = (step: Step, which: 'pre' | 'post'): step is HookStep =>
  step.kind === 'run-command.create' && nameOf(step.resourceId).startsWith(`hf-${which}-`);
