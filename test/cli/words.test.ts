import { describe, expect, it } from 'vitest';
import { askConsent, withoutConsent } from '../../src/cli/consent.ts';
import type { Context } from '../../src/cli/context.ts';
import { worst, type ExitCode } from '../../src/cli/exit.ts';
import { remaining, sentence, troubleOf } from '../../src/cli/progress.ts';
import { limitsOf } from '../../src/cli/plan-run.ts';
import { showProblems } from '../../src/cli/show-problems.ts';
import type { Plan, StepKind } from '../../src/core/plan.ts';
import { UsageError, type Problem } from '../../src/core/problem.ts';
import type { EngineEvent } from '../../src/engine/events.ts';

const at = '2026-11-02T08:00:00Z';
const step = (id: string, destructive = false, kind: StepKind = 'resource.delete') =>
  ({ id, kind, destructive, reason: `${id} is needed` }) as Plan['steps'][number];
const plan = { steps: [step('snapshot-a'), step('delete-b', true), step('delete-c', true)] } as unknown as Plan;

describe('the exit code', () => {
  const order: readonly ExitCode[] = [130, 2, 1, 5, 3, 6, 4, 0];
  it('is the highest of those that apply, in the documented order', () => {
    for (const [i, high] of order.entries()) {
      for (const low of order.slice(i)) {
        expect(worst([low, high])).toBe(high);
        expect(worst([high, low])).toBe(high);
      }
    }
    expect(worst([])).toBe(0);
  });
});

describe('consent', () => {
  const at = (interactive: boolean, answer = ''): Context =>
    ({
      terminal: { live: false, interactive, width: 80, colour: false },
      ask: async () => answer,
    }) as unknown as Context;

  it('to destructive steps is given one by one, or to all at once, and to nothing by default', () => {
    const ids = (allow: readonly string[]): readonly string[] => withoutConsent(plan, allow).map(({ id }) => id);
    expect(ids([])).toEqual(['delete-b', 'delete-c']);
    expect(ids(['delete-b'])).toEqual(['delete-c']);
    expect(ids(['all-destructive'])).toEqual([]);
    expect(() => ids(['snapshot-a'])).toThrow(/names no destructive step/);
  });

  it('to what ends a machine is given by its own name only', () => {
    const ending = {
      steps: [step('generalize-a', true, 'machine.generalize'), step('delete-b', true)],
    } as unknown as Plan;
    const ids = (allow: readonly string[]): readonly string[] => withoutConsent(ending, allow).map(({ id }) => id);
    expect(ids(['all-destructive'])).toEqual(['generalize-a']);
    expect(ids(['all-destructive', 'generalize-a'])).toEqual([]);
  });

  it('is a yes at a terminal, or --yes, and nothing else', async () => {
    const flags = { yes: false, allow: [] };
    for (const [answer, given] of [
      ['y', true],
      ['YES ', true],
      ['', false],
      ['n', false],
      ['yep', false],
    ] as const) {
      expect(await askConsent('Go?', flags, at(true, answer)), answer).toBe(given);
    }
    await expect(askConsent('Go?', flags, at(false, 'y'))).rejects.toThrow(UsageError);
    // Whoever meets that in a log pastes what it says.
    await expect(
      askConsent('Go?', flags, at(false), 'then: holdfast apply gap.json --cloud c --yes'),
    ).rejects.toMatchObject({
      problems: [{ remedy: 'then: holdfast apply gap.json --cloud c --yes' }],
    });
    expect(await askConsent('Go?', { ...flags, yes: true }, at(false))).toBe(true);
  });

  it('is bounded by limits, as a number or a percentage', () => {
    const limits = (deletes: string | undefined): Plan['limits'] =>
      limitsOf({ 'max-changes': 5, 'max-deletes': deletes });
    expect(limits(undefined)).toEqual({ maxChanges: 5 });
    expect(limits('0')).toEqual({ maxChanges: 5, maxDeletes: { count: 0 } });
    expect(limits('10%')).toEqual({ maxChanges: 5, maxDeletes: { percent: 10 } });
    for (const wrong of ['', '-1', '101%', '1.5', 'all']) expect(() => limits(wrong), wrong).toThrow(UsageError);
  });
});

describe('progress', () => {
  const said = (event: Record<string, unknown>): string | undefined =>
    sentence({ at, step: 'snapshot-a', ...event } as unknown as EngineEvent, plan);

  it('says what starts, is accepted, waits long, is tried again and ends', () => {
    expect(said({ kind: 'apply.started', steps: 1, resumed: false })).toBe('Applying 1 step');
    expect(said({ kind: 'apply.started', steps: 3, resumed: true })).toBe('Resuming 3 steps');
    expect(said({ kind: 'step.started' })).toBe('snapshot-a: snapshot-a is needed');
    expect(said({ kind: 'step.accepted' })).toContain('accepted by Azure');
    expect(said({ kind: 'step.waiting', until: '2026-11-02T08:05:00Z', why: 'throttled' })).toContain(
      'waiting until 2026-11-02T08:05:00Z (throttled)',
    );
    expect(said({ kind: 'step.settled', outcome: 'moved', detail: 'another disk' })).toBe(
      'snapshot-a: moved (another disk)',
    );
    expect(said({ kind: 'apply.ended', counts: { done: 2, failed: 1 } })).toBe('Ended: 2 done, 1 failed');
  });

  it('says of a scheduled run, whose lines are mailed, only what goes wrong or waits, and its cause alone', () => {
    const subject = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web01';
    const nightly = { steps: [{ ...step('snapshot-a'), subject }] } as unknown as Plan;
    const trouble = (event: Record<string, unknown>): string | undefined =>
      troubleOf({ at, step: 'snapshot-a', ...event } as unknown as EngineEvent, nightly);
    expect(trouble({ kind: 'apply.started', steps: 1, resumed: false })).toBe('Applying 1 step');
    for (const quiet of [{ kind: 'step.started' }, { kind: 'step.accepted' }])
      expect(trouble(quiet), quiet.kind).toBeUndefined();
    for (const outcome of ['done', 'already-done']) expect(trouble({ kind: 'step.settled', outcome })).toBeUndefined();
    const detail = 'Azure refused: OperationNotAllowed: OperationNotAllowed: It is too much. Come again. (request r)';
    expect(trouble({ kind: 'step.settled', outcome: 'failed', detail })).toBe(
      'web01: failed (Azure refused (OperationNotAllowed): It is too much)',
    );
    expect(trouble({ kind: 'throttled', bucket: 'b', until: at })).toContain('Azure asks for patience on b');
  });

  it('is silent about ordinary polling', () => {
    expect(said({ kind: 'step.waiting', until: '2026-11-02T08:00:30Z', why: 'polling' })).toBeUndefined();
    expect(said({ kind: 'step.progress', percent: 40 })).toBeUndefined();
  });

  it('rounds what is left to what a person plans by', () => {
    expect([0, 45, 89, 90, 3600, 7200].map(remaining)).toEqual(['1 s', '45 s', '89 s', '2 min', '60 min', '2.0 h']);
  });
});

describe('problems', () => {
  const problem: Problem = {
    code: 'x',
    severity: 'high',
    subject: 's',
    summary: 'it broke',
    detail: 'there',
    remedy: 'mend it',
  };

  it('say what, where and what next, in words that stand without colour', () => {
    expect(showProblems([problem], false)).toBe('error: it broke\n  there\n  next: mend it\n');
    expect(showProblems([{ ...problem, severity: 'medium' }], false)).toMatch(/^warning: /);
    expect(showProblems([{ ...problem, severity: 'info' }], false)).toMatch(/^note: /);
    expect(showProblems([{ ...problem, at: { file: 'g.yaml', line: 3, column: 7 } }], false)).toMatch(
      /^g\.yaml:3:7: error: it broke/,
    );
    expect(showProblems([problem], true)).toContain('\u001b[');
    expect(showProblems([], true)).toBe('');
  });
});
