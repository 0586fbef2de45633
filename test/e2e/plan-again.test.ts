/** A plan file, its journal and its cloud belong together: what happens when one of them is exchanged. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { everythingConforms } from './conforming.ts';
import { holdfast, startWorld, type World } from './rig.ts';

describe('planning again over a plan file', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.end());

  it('is refused while an apply of the old plan is begun and not finished, and the plan stays', async () => {
    const path = world.at('gap.json');
    const { err } = await world.run('plan', '--output-file', path);
    // The command to copy names the cloud, here and in the summary.
    expect(err).toContain(`Next: holdfast apply ${path} --cloud ${world.cloud}`);
    expect(readFileSync(`${path}.md`, 'utf8')).toContain(`--cloud ${world.cloud}`);
    const before = readFileSync(path, 'utf8');
    const stop = new AbortController();
    const running = holdfast(['apply', path, '--yes', '--cloud', world.cloud], {
      cwd: world.folder,
      signal: stop.signal,
    });
    // The first write that Azure took is journaled by now.
    while (!world.simulator.log().some(({ method, status }) => method === 'PUT' && status < 300))
      await new Promise((go) => setImmediate(go));
    stop.abort(new Error('interrupted'));
    expect((await running).code).toBe(130);
    const again = await world.run('plan', '--output-file', path);
    expect(again.code).toBe(2);
    expect(again.err).toContain('is not overwritten');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('is finished by a second apply, and a third finds everything done already and exits 0', async () => {
    const path = world.at('gap.json');
    expect((await world.run('apply', path, '--yes')).code).toBe(0);
    const { out, code } = await world.run('apply', path, '--yes', '--output', 'json');
    expect(new Set((JSON.parse(out) as Outcome).steps.map(({ outcome }) => outcome))).toEqual(
      new Set(['already-done']),
    );
    expect(code).toBe(0);
  });

  it('is free once that apply is finished: the old journal goes aside under its digest', async () => {
    const path = world.at('gap.json');
    const { digest } = JSON.parse(readFileSync(path, 'utf8')) as Plan;
    expect((await world.run('plan', '--output-file', path)).code).toBe(6);
    expect(existsSync(`${path}.journal.ndjson`)).toBe(false);
    expect(readdirSync(world.folder)).toContain(`gap.json.${digest.slice(0, 12)}.journal.ndjson`);
  });

  it('gives a plan that no other cloud takes: without --cloud nothing is sent anywhere', async () => {
    const { code, err } = await holdfast(['apply', world.at('gap.json'), '--yes'], { cwd: world.folder });
    expect(code).toBe(2);
    expect(err).toContain('was made for cloud Simulated, and this is AzurePublic');
  });
});

everythingConforms('plan again');
