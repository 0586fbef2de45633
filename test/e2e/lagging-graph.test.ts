/** Resource Graph shows writes only after a while; verification must not take that while for a failure. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { everythingConforms } from './conforming.ts';
import { startWorld, type World } from './rig.ts';

describe('apply while Resource Graph is an hour behind', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ graphLagMs: 3_600_000, speed: 300 });
  });
  afterAll(() => world.end());

  it('verifies what it wrote by looking at that itself, and exits 0', async () => {
    expect((await world.run('plan', '--tag', 'environment=dev', '--output-file', 'dev.json')).code).toBe(6);
    const plan = JSON.parse(readFileSync(world.at('dev.json'), 'utf8')) as Plan;
    const kinds = new Set<string>(plan.steps.map(({ kind }) => kind));
    expect(kinds).toContain('snapshot.create');
    const outcome = await world.json<Outcome>(0, 'apply', 'dev.json', '--yes');
    expect(outcome.steps.map(({ outcome: what }) => what)).toEqual(plan.steps.map(() => 'done'));
    const states = new Map(outcome.verification!.subjects.map(({ id, state }) => [id.toLowerCase(), state]));
    expect(plan.steps.map(({ id, subject }) => [id, states.get(subject.toLowerCase())])).toEqual(
      plan.steps.map(({ id }) => [id, 'protected']),
    );
  });

  it('meanwhile an audit by Resource Graph alone still shows the gap: the lag was there', async () => {
    const audit = await world.run('audit', '--tag', 'environment=dev', '--source', 'graph');
    expect(audit.out).toContain('unprotected');
  });
});

everythingConforms('lagging graph');
