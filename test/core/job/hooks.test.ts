/** Hooks around a machine's point: in which order, resting on what, and when there are none. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import type { Machine } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import { resourceGroupId } from '../../../src/core/ids.ts';
import {
  frozenProblems,
  hookNews,
  isHookStep,
  withHooks,
  type HookContext,
  type Hooked,
} from '../../../src/core/job/hooks.ts';
import type { Hooks } from '../../../src/core/job/job.ts';
import { draftThaws, failedThaws } from '../../../src/core/job/thaw-again.ts';
import { draftPoints, type PointOption } from '../../../src/core/plan-snapshot.ts';
import type { OutcomeKind, Step, StepOutcome } from '../../../src/core/plan.ts';
import { stepProblemsOf } from '../../../src/core/plan-file.ts';
import { contextFor } from '../../../src/core/planning.ts';
import { noPreflight, permissionKey, type PreflightFacts } from '../../../src/core/preflight.ts';
import { aDataDisk, aLock, aMachine, anEstate, anOsDisk, asOf } from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

const scripts: Hooks = { pre: 'freeze', post: 'thaw', timeoutSeconds: 60, onError: 'fail' };
const running = ({ tags = {}, ...over }: Partial<Machine> = {}): Machine =>
  aMachine({
    power: known('running'),
    agent: known('ready'),
    disks: [anOsDisk()],
    tags: { environment: 'dev', ...tags },
    ...over,
  });

interface Asked {
  readonly option?: PointOption;
  readonly hooks?: Partial<Hooks>;
  readonly estate?: Parameters<typeof anEstate>[0];
  readonly preflight?: PreflightFacts;
  readonly runId?: string;
  readonly downtime?: boolean;
}

const inputFor = (machine: Machine, { estate: over = {}, preflight = noPreflight }: Asked) => {
  const estate = anEstate({ machines: [machine], ...over });
  const guidance = shippedGuidance;
  return { estate, audit: auditEstate(estate, guidance, asOf), guidance, asOf, preflight, madeBy: 'holdfast 0.0.0' };
};

const hook = (machine: Machine, asked: Asked = {}): Hooked => {
  const input = inputFor(machine, asked);
  const { option = 'disk-snapshot', downtime = false } = asked;
  const settings = downtime ? ({ severalDisks: 'downtime' } as const) : {};
  const { steps, refusals } = draftPoints({ machines: new Set([machine.key]), option, settings })(input);
  expect(refusals).toEqual([]);
  const context: HookContext = { ...contextFor(input, [machine.key]), runId: asked.runId ?? 'run-1' };
  const { hooks = {} } = asked;
  return withHooks(steps, machine, { ...scripts, ...hooks }, context);
};
/** Steps are only ever drafted of machines whose instance id is known; what if they were not? */
const hookUntold = (machine: Machine, hooks: Partial<Hooks>): Hooked => {
  const input = inputFor(machine, {});
  const { steps } = draftPoints({ machines: new Set([machine.key]), option: 'disk-snapshot', settings: {} })(input);
  expect(steps).not.toEqual([]);
  const context: HookContext = { ...contextFor(input, [machine.key]), runId: 'run-1' };
  return withHooks(steps, { ...machine, vmId: unknown('not-read', 'no answer') }, { ...scripts, ...hooks }, context);
};
const stepsOf = (hooked: Hooked): readonly Step[] => (hooked.kind === 'steps' ? hooked.steps : []);
const codes = (hooked: Hooked) => (hooked.kind === 'refused' ? hooked.reasons.map(({ code }) => code) : []);
const named = (steps: readonly Step[], which: 'pre' | 'post') =>
  steps.find(({ id, kind }) => kind === 'run-command.create' && id.startsWith(`hook-${which}`))!;
const kinds = (steps: readonly Step[]) => steps.map(({ kind }) => kind);

describe('hooks', () => {
  it('stand around the point: the freeze after all else that it waits for, the thaw right after it, then both are deleted', () => {
    const steps = stepsOf(hook(running(), { option: 'restore-point' }));
    expect(kinds(steps)).toEqual([
      'restore-point-collection.create',
      'run-command.create',
      'restore-point.create',
      'run-command.create',
      'resource.delete',
      'resource.delete',
    ]);
    const [collection, pre, point, post, ...deleted] = steps;
    expect(pre!.dependsOn).toEqual([collection!.id]);
    expect(point!.dependsOn).toContain(pre!.id);
    expect(post).toMatchObject({ dependsOn: [pre!.id, point!.id], runs: 'always', undoes: pre!.id });
    for (const [i, step] of deleted.entries())
      expect(step).toMatchObject({ dependsOn: [pre!.id, post!.id], runs: 'always', undoes: [pre!.id, post!.id][i] });
    expect(stepProblemsOf(steps)).toEqual([]);
  });

  it('freeze a machine once for all its disks, and thaw it when the last of them is taken', () => {
    const machine = running({ power: known('running'), disks: [anOsDisk(), aDataDisk(0)], tags: { striping: 'none' } });
    const input = inputFor(machine, {});
    const { steps } = draftPoints({
      machines: new Set([machine.key]),
      option: 'disk-snapshot',
      settings: { severalDisks: 'independent' },
    })(input);
    const context: HookContext = { ...contextFor(input, [machine.key]), runId: 'run-1' };
    const hooked = stepsOf(withHooks(steps, machine, scripts, context));
    const points = hooked.filter(({ kind }) => kind === 'snapshot.create');
    expect(points).toHaveLength(2);
    for (const point of points) expect(point.dependsOn).toContain(named(hooked, 'pre').id);
    expect(named(hooked, 'post').dependsOn).toEqual([named(hooked, 'pre').id, ...points.map(({ id }) => id)]);
  });

  it('do not keep a machine frozen while Azure copies in the background', () => {
    const goals = stepsOf(hook(running())).flatMap(({ kind, goal }) => (kind === 'snapshot.create' ? [goal.kind] : []));
    expect(goals).toEqual(['snapshot-taken']);
  });

  it('that may fail are come after, not leant on: the point is made whatever became of the freeze, still under its lease', () => {
    const steps = stepsOf(hook(running(), { hooks: { onError: 'continue' } }));
    const point = steps.find(({ kind }) => kind === 'snapshot.create')!;
    expect(point).toMatchObject({ after: [named(steps, 'pre').id], runs: 'on-success' });
    expect(point.dependsOn).not.toContain(named(steps, 'pre').id);
    expect(stepProblemsOf(steps)).toEqual([]);
  });

  it('of which only one is there come alone', () => {
    const machine = running();
    const { pre: _pre, ...onlyPost } = scripts;
    const { post: _post, ...onlyPre } = scripts;
    const input = inputFor(machine, {});
    const { steps } = draftPoints({ machines: new Set([machine.key]), option: 'disk-snapshot', settings: {} })(input);
    const context: HookContext = { ...contextFor(input, [machine.key]), runId: 'run-1' };
    const after = stepsOf(withHooks(steps, machine, onlyPost, context));
    const point = after.find(({ kind }) => kind === 'snapshot.create')!;
    expect(named(after, 'post')).toMatchObject({ dependsOn: [], after: [point.id], runs: 'on-success' });
    const before = stepsOf(withHooks(steps, machine, onlyPre, context));
    expect(kinds(before)).toEqual(['run-command.create', 'snapshot.create', 'resource.delete']);
    const { timeoutSeconds, onError } = scripts;
    expect(withHooks(steps, machine, { timeoutSeconds, onError }, context)).toEqual({ kind: 'steps', steps });
  });

  it('of two runs have different names, so that none takes the freeze of another for its own', () => {
    const ids = (runId: string) =>
      stepsOf(hook(running(), { runId })).flatMap((s) => (isHookStep(s) ? [s.resourceId] : []));
    expect(ids('run-1').filter((id) => ids('run-2').includes(id))).toEqual([]);
    expect(ids('run-1')).toEqual(ids('run-1'));
  });

  it('rest on the machine being the one that was meant, and running; the thaw on the first alone', () => {
    const steps = stepsOf(hook(running()));
    const assumed = (step: Step) => step.assumes.map(({ kind }) => kind);
    expect(assumed(named(steps, 'pre'))).toEqual(['machine-is', 'power-is']);
    expect(assumed(named(steps, 'post'))).toEqual(['machine-is']);
  });

  it('need no consent beside the job file, and delete only what they made', () => {
    const steps = stepsOf(hook(running())).filter(isHookStep);
    expect(steps.map(({ destructive }) => destructive)).toEqual([false, false, false, false]);
    const made = new Set(steps.flatMap(({ kind, resourceId }) => (kind === 'run-command.create' ? [resourceId] : [])));
    for (const step of steps.filter(({ kind }) => kind === 'resource.delete')) {
      expect(made).toContain(step.resourceId);
      expect(step.assumes.map(({ kind }) => kind)).toEqual(['made-by-holdfast']);
    }
  });
});

describe('no hooks', () => {
  it.each([
    ['a machine that is off', running({ power: known('deallocated') }), {}],
    ['a machine that is shut down but still billed', running({ power: known('stopped') }), {}],
    [
      'a machine that is shut down for its point',
      running({ disks: [anOsDisk(), aDataDisk(0)], tags: { striping: 'raid0' } }),
      { downtime: true },
    ],
  ])('run in %s: nothing in it is to be brought to rest, and that is said', (_name, machine, asked: Asked) => {
    for (const onError of ['fail', 'continue'] as const) {
      const hooked = hook(machine, { ...asked, hooks: { onError } });
      expect(stepsOf(hooked).some(isHookStep)).toBe(false);
      expect(hooked).toMatchObject({ kind: 'steps', without: expect.stringContaining('without hooks') as string });
      for (const { reason } of stepsOf(hooked)) expect(reason).toContain('Without hooks');
    }
  });

  it.each([
    ['its agent is not ready', running({ agent: known('not-ready') }), {}, 'agent-not-ready'],
    ['it is starting', running({ power: known('starting') }), {}, 'power-unsteady'],
    ['nobody knows whether it runs', running({ power: unknown('not-read', 'no answer') }), {}, 'power-unknown'],
    [
      'a lock would keep its run commands',
      running(),
      { estate: { locks: [aLock({ level: 'can-not-delete', scope: running().key })] } },
      'locked',
    ],
    [
      'the login may run none',
      running(),
      {
        preflight: {
          ...noPreflight,
          permissions: new Map([
            [
              permissionKey('Microsoft.Compute/virtualMachines/runCommands/write', resourceGroupId(running().id)),
              known(false),
            ],
          ]),
        },
      },
      'no-permission',
    ],
  ])('where %s: then no point is made, or one that is said to be without', (_name, machine, asked: Asked, code) => {
    expect(codes(hook(machine, asked))).toContain(code);
    const hooked = hook(machine, { ...asked, hooks: { onError: 'continue' } });
    expect(stepsOf(hooked).some(isHookStep)).toBe(false);
    expect(stepsOf(hooked).map(({ kind }) => kind)).toContain('snapshot.create');
    expect(hooked).toMatchObject({ without: expect.stringContaining('without hooks') as string });
  });
});

describe('a machine whose instance id Azure does not tell', () => {
  it('gets no script, which a namesake might run: then no point is made, or one that is said to be without', () => {
    expect(codes(hookUntold(running(), {}))).toEqual(['identity-unknown']);
    const hooked = hookUntold(running(), { onError: 'continue' });
    expect(kinds(stepsOf(hooked))).toEqual(['snapshot.create']);
    expect(hooked).toMatchObject({ without: expect.stringMatching(/instance id is not known/) as string });
  });
});

describe('the news of hooks', () => {
  const machine = running();
  const steps = stepsOf(hook(machine));
  const news = (pre: OutcomeKind, post: OutcomeKind) => {
    const outcomes = new Map<string, StepOutcome>(
      steps.map(({ id }) => [
        id,
        { id, outcome: id.startsWith('hook-pre') ? pre : id.startsWith('hook-post') ? post : 'done' },
      ]),
    );
    return hookNews(steps, outcomes, machine.id);
  };

  it('are none where both went well', () => {
    expect(news('done', 'done')).toEqual({ mayBeFrozen: false });
    expect(news('done', 'already-done')).toEqual({ mayBeFrozen: false });
  });

  it.each([
    ['done', 'failed', true],
    ['done', 'in-doubt', true],
    ['done', 'interrupted', true],
    ['in-doubt', 'failed', true],
    ['in-doubt', 'done', false],
    ['failed', 'done', false],
    ['moved', 'failed', true],
    ['moved', 'moved', false],
    ['skipped', 'moved', false],
  ] as const)(
    'say of a freeze that ended %s and a thaw that ended %s whether it may still be frozen: %s',
    (pre, post, frozen) => {
      const { text, mayBeFrozen } = news(pre, post);
      expect(mayBeFrozen).toBe(frozen);
      expect(text).toBeDefined();
      expect(text!.includes('it may still be frozen')).toBe(frozen);
    },
  );

  it.each([
    ['failed', true],
    ['in-doubt', true],
    ['done', false],
    ['already-done', false],
  ] as const)('name a run command whose deletion ended %s: %s, and freeze nothing by it', (outcome, said) => {
    const outcomes = new Map<string, StepOutcome>(
      steps.map(({ id, kind }) => [id, { id, outcome: kind === 'resource.delete' ? outcome : 'done' }]),
    );
    const { text = '', mayBeFrozen } = hookNews(steps, outcomes, machine.id);
    expect([/run command hf-pre-\S+ was not deleted/.test(text), mayBeFrozen]).toEqual([said, false]);
  });

  it('say nothing of a freeze that was never begun when the run was stopped', () => {
    for (const detail of ['not started', 'nothing was written']) {
      const outcomes = new Map<string, StepOutcome>(
        steps.map(({ id }) => [id, { id, outcome: 'interrupted', detail }]),
      );
      expect(hookNews(steps, outcomes, machine.id).mayBeFrozen).toBe(false);
      expect(frozenProblems(steps, outcomes)).toEqual([]);
    }
    const begun = new Map<string, StepOutcome>(
      steps.map(({ id }) => [
        id,
        { id, outcome: 'interrupted', detail: 'it goes on in Azure; apply the plan again to follow it' },
      ]),
    );
    expect(frozenProblems(steps, begun)).toMatchObject([{ code: 'may-be-frozen', subject: machine.id }]);
  });
});

describe('a thaw is tried once more', () => {
  const machine = running();
  const steps = stepsOf(hook(machine));
  const ended = (pre: OutcomeKind, post: OutcomeKind): ReadonlyMap<string, StepOutcome> =>
    new Map(
      steps.map(({ id }) => [
        id,
        { id, outcome: id.startsWith('hook-pre') ? pre : id.startsWith('hook-post') ? post : 'done' },
      ]),
    );

  it.each([
    ['done', 'failed', 1],
    ['done', 'moved', 1],
    ['in-doubt', 'failed', 1],
    ['done', 'in-doubt', 0],
    ['done', 'interrupted', 0],
    ['done', 'done', 0],
    ['moved', 'failed', 1],
    ['moved', 'moved', 0],
    ['skipped', 'moved', 0],
  ] as const)('after a freeze that ended %s and a thaw that ended %s: %i times', (pre, post, times) => {
    expect(failedThaws(steps, ended(pre, post))).toHaveLength(times);
  });

  it('where what froze has been begun to be taken back by an earlier run', () => {
    const detail = 'delete-a has been begun since, so it is not done again; make a new plan';
    const outcomes = new Map([...ended('moved', 'moved')].map(([id, end]) => [id, { ...end, detail }]));
    expect(failedThaws(steps, outcomes)).toHaveLength(1);
    expect(frozenProblems(steps, outcomes)).toHaveLength(1);
  });

  it('under a name of its own, by a step that undoes none, with its own deletion', () => {
    const thaws = failedThaws(steps, ended('done', 'failed'));
    const { steps: again } = draftThaws(thaws, 'run-2')(inputFor(machine, {}));
    expect(kinds(again)).toEqual(['run-command.create', 'resource.delete']);
    const [script, deletion] = again as [Step, Step];
    expect(script).toMatchObject({ input: thaws[0]!.input, runs: 'on-success', dependsOn: [] });
    expect(script.undoes).toBeUndefined();
    expect(script.resourceId).toMatch(/runCommands\/hf-post-/);
    expect(script.resourceId).not.toBe(thaws[0]!.resourceId);
    expect(deletion).toMatchObject({ resourceId: script.resourceId, dependsOn: [script.id] });
    expect(stepProblemsOf(again)).toEqual([]);
    const later = draftThaws(thaws, 'run-3')(inputFor(machine, {})).steps[0]!;
    expect(later.resourceId).not.toBe(script.resourceId);
  });
});
