/** What stands between a plan and its first write: consent to what cannot be undone, limits, and the plan's age. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lackingConsent } from '../../src/cli/consent.ts';
import { sealPlan } from '../../src/core/plan-digest.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { everythingConforms } from './conforming.ts';
import { holdfast, startWorld, type Ran, type World } from './rig.ts';

describe('before the first write', () => {
  let world: World;
  let plan: Plan;
  let mark: number;

  beforeAll(async () => {
    world = await startWorld({ speed: 300 });
    await world.run('plan', '--output-file', 'gap.json');
    plan = JSON.parse(readFileSync(world.at('gap.json'), 'utf8')) as Plan;
    expect(plan.steps.length).toBeGreaterThan(1);
  });
  beforeEach(() => {
    mark = world.simulator.log().at(-1)!.seq;
  });
  afterAll(() => world.end());

  const apply = (file: string, ...flags: readonly string[]): Promise<Ran> =>
    world.run('apply', file, '--yes', '--output', 'json', ...flags);
  const writes = (): number =>
    world.simulator.log().filter(({ seq, accepted, method }) => seq > mark && accepted && method === 'PUT').length;

  /** The plan with its first steps changed and sealed anew, as a planner of other verbs would seal it. */
  const sealed = (
    name: string,
    change: Partial<Pick<Step, 'destructive' | 'method'>>,
    howMany: number,
    more: Partial<Plan> = {},
  ): readonly string[] => {
    const steps = plan.steps.map((step, i) => (i < howMany ? { ...step, ...change } : step));
    writeFileSync(world.at(name), JSON.stringify(sealPlan({ ...plan, ...more, steps })));
    return steps.slice(0, howMany).map(({ id }) => id);
  };
  const expectNothingBegun = (ran: Ran, code: number, file: string): void => {
    expect([ran.code, ran.out], ran.err).toEqual([code, '']);
    expect(writes()).toBe(0);
    const journal = world.at(`${file}.journal.ndjson`);
    expect(existsSync(journal) ? readFileSync(journal, 'utf8') : '').not.toContain('intended');
  };

  it('what cannot be undone is refused under --yes alone, every such step by name', async () => {
    const ids = sealed('hard.json', { destructive: true }, 2);
    const ran = await apply('hard.json');
    expectNothingBegun(ran, 2, 'hard.json');
    for (const id of ids) expect(ran.err).toContain(`--allow ${id}`);
    expect(ran.err).toContain('cannot be undone');
  });

  it('many deletions are told as three and how many more, with the flag that allows them all; what stands alone stays so', () => {
    const step = plan.steps[0]!;
    const many = Array.from({ length: 5 }, (_, i) => ({ ...step, id: `delete-${i}`, destructive: true }));
    const ending = { ...step, id: 'generalize-web', kind: 'machine.generalize', destructive: true } as Step;
    const told = lackingConsent([...many, ending], 'holdfast apply gap.json');
    expect(told.map(({ remedy }) => remedy)).toEqual([
      'holdfast apply gap.json --allow generalize-web',
      ...[0, 1, 2].map((i) => `holdfast apply gap.json --allow delete-${i}`),
      'read the plan, then holdfast apply gap.json --allow all-destructive',
    ]);
    expect(told.at(-1)!.summary).toContain('2 more');
    expect(lackingConsent(many.slice(0, 3), 'x')).toHaveLength(3);
  });

  it('a yes at the terminal is no consent to it either', async () => {
    sealed('asked.json', { destructive: true }, 1);
    const ran = await holdfast(['apply', 'asked.json', '--cloud', world.cloud, '--output', 'json'], {
      cwd: world.folder,
      answer: 'yes',
    });
    expectNothingBegun(ran, 2, 'asked.json');
  });

  it('--resend of a step that is not in doubt is a mistake, and is said before anything is asked', async () => {
    writeFileSync(world.at('resend.json'), JSON.stringify(plan));
    const ran = await world.run('apply', 'resend.json', '--resend', plan.steps[0]!.id, '--resend', 'nobody');
    expectNothingBegun(ran, 2, 'resend.json');
    expect(ran.err).toContain(`${plan.steps[0]!.id} is not in doubt: it was never sent`);
    expect(ran.err).toContain('the plan has no step nobody');
    expect(ran.err).not.toContain('--yes was not given');
  });

  it.each(['no', ''])('an answer of "%s" at the terminal writes nothing, and ends with 2', async (answer) => {
    writeFileSync(world.at('declined.json'), JSON.stringify(plan));
    const ran = await holdfast(['apply', 'declined.json', '--cloud', world.cloud, '--output', 'json'], {
      cwd: world.folder,
      answer,
    });
    expectNothingBegun(ran, 2, 'declined.json');
    expect(ran.err).toContain('Nothing was written.');
  });

  it('--allow of one step does not allow another', async () => {
    const [first, second] = sealed('one.json', { destructive: true }, 2);
    const ran = await apply('one.json', '--allow', first!);
    expectNothingBegun(ran, 2, 'one.json');
    expect(ran.err).toContain(`--allow ${second}`);
    // The command to copy says again what was given; nothing is asked for it any more.
    expect(ran.err).not.toContain(`error: ${first}:`);
  });

  it('--allow of a step that is not destructive is a mistake, and is said', async () => {
    const ids = sealed('mild.json', { destructive: true }, 1);
    const ran = await apply('mild.json', '--allow', ids[0]!, '--allow', plan.steps[1]!.id);
    expectNothingBegun(ran, 2, 'mild.json');
    expect(ran.err).toContain(`--allow ${plan.steps[1]!.id} names no destructive step`);
  });

  it.each([
    ['--max-changes', ['--max-changes', '1'], /--max-changes allows 1/],
    ['a count', ['--max-deletes', '1'], /makes 2 deletions; --max-deletes allows 1/],
    ['a share', ['--max-deletes', '1%'], /of the plan's writes are deletions; --max-deletes allows 1 %/],
  ])('apply holds the plan against %s given to it, and ends with 5', async (_, flags, complaint) => {
    sealed('limits.json', { method: 'DELETE' }, 2);
    const ran = await apply('limits.json', ...flags);
    expectNothingBegun(ran, 5, 'limits.json');
    expect(ran.err).toMatch(complaint);
  });

  it.each<[string, Plan['limits'], RegExp]>([
    ['changes', { maxChanges: 1 }, /--max-changes allows 1/],
    ['deletions', { maxDeletes: { count: 1 } }, /--max-deletes allows 1/],
    ['share of deletions', { maxDeletes: { percent: 0 } }, /--max-deletes allows 0 %/],
  ])(
    'apply holds the plan against its own limit of %s, and wider flags do not lift it',
    async (_, limits, complaint) => {
      sealed('own.json', { method: 'DELETE' }, 2, { limits });
      const ran = await apply('own.json', '--max-changes', '1000', '--max-deletes', '100%');
      expectNothingBegun(ran, 5, 'own.json');
      expect(ran.err).toMatch(complaint);
    },
  );

  it('the plan keeps the limits that it was made under', async () => {
    const planned = await world.run(
      'plan',
      '--max-changes',
      '400',
      '--max-deletes',
      '10%',
      '--output-file',
      'kept.json',
    );
    expect(planned.code).toBe(6);
    expect((JSON.parse(readFileSync(world.at('kept.json'), 'utf8')) as Plan).limits).toEqual({
      maxChanges: 400,
      maxDeletes: { percent: 10 },
    });
  });

  it('a plan within its limits, every destructive step of it allowed by name, is carried out', async () => {
    const ids = sealed('all.json', { destructive: true }, 2, {
      limits: { maxChanges: plan.steps.length, maxDeletes: { count: 0 } },
    });
    const ran = await apply('all.json', ...ids.flatMap((id) => ['--allow', id]));
    expect(ran.code, ran.err).toBe(0);
    expect(writes()).toBe(plan.steps.length);
  });
});

describe('a plan past its expiry', () => {
  it('is finished where it was begun, and refused where it was not', async () => {
    const world = await startWorld({ speed: 300 });
    for (const file of ['begun.json', 'fresh.json'])
      await world.run('plan', '--tag', 'environment=test', '--output-file', file);
    const { expiresAt } = JSON.parse(readFileSync(world.at('fresh.json'), 'utf8')) as Plan;
    const stop = new AbortController();
    const running = holdfast(['apply', 'begun.json', '--yes', '--cloud', world.cloud], {
      cwd: world.folder,
      signal: stop.signal,
    });
    while (!world.simulator.log().some(({ method, accepted }) => method === 'PUT' && accepted))
      await new Promise((go) => setImmediate(go));
    stop.abort(new Error('interrupted'));
    expect((await running).code).toBe(130);
    world.simulator.clock.advance(Date.parse(expiresAt) - world.simulator.clock.now() + 3_600_000);
    const unbegun = await world.run('apply', 'fresh.json', '--yes');
    expect([unbegun.code, unbegun.err]).toEqual([5, expect.stringContaining('the plan expired at')]);
    const { steps } = await world.json<Outcome>(0, 'apply', 'begun.json', '--yes');
    expect(steps.filter(({ outcome }) => !/done/.test(outcome))).toEqual([]);
    await world.end();
  });
});

everythingConforms('consent');
