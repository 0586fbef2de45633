/** Where output goes wrong: closed pipes, unwritable files, escape sequences, and an audit after apply that cannot be made. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealPlan } from '../../src/core/plan-digest.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { everythingConforms } from './conforming.ts';
import { holdfast, root, startWorld, type World } from './rig.ts';

const escape = String.fromCodePoint(0x1b);

/** A real process whose standard output is closed by its reader after the first bytes. */
const withClosedPipe = async (argv: readonly string[], cwd: string): Promise<number | null> => {
  const program = `process.argv.splice(1, 0, 'holdfast'); const { runProcess } = await import(${JSON.stringify(join(root, 'src', 'cli', 'main.ts'))}); await runProcess();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...argv], {
    cwd,
    env: { ...process.env, HOLDFAST_STATE_DIR: cwd },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  return new Promise((done) => child.on('exit', (code) => done(code)));
};

describe('output that cannot be delivered', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.run('plan', '--resource-group', 'rg-lab', '--output-file', world.at('lab.json'));
  });
  afterAll(() => world.end());

  it('costs neither the writes nor the exit code when a reader closes the pipe', async () => {
    const lab = JSON.parse(readFileSync(world.at('lab.json'), 'utf8')) as Plan;
    const code = await withClosedPipe(
      ['apply', world.at('lab.json'), '--yes', '--cloud', world.cloud, '--output', 'ndjson'],
      world.folder,
    );
    expect(code).toBe(0);
    const made = new Set(world.simulator.state().resources.map(({ id }) => id.toLowerCase()));
    expect(lab.steps.filter((step) => !made.has(step.resourceId.toLowerCase()))).toEqual([]);
    // An audit cut short still says that something is unknown.
    expect(await withClosedPipe(['audit', '--cloud', world.cloud, '--output', 'json'], world.folder)).toBe(6);
  });

  it('is found out before the first write, not after the last', async () => {
    await world.run('plan', '--resource-group', 'rg-misc', '--output-file', world.at('misc.json'));
    const writes = (): number => world.simulator.log().filter(({ method }) => method === 'PUT').length;
    const before = writes();
    const ran = await world.run(
      'apply',
      world.at('misc.json'),
      '--yes',
      '--output',
      'json',
      '--output-file',
      '/nonexistent/x.json',
    );
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('cannot write /nonexistent/x.json');
    expect(writes()).toBe(before);
  });

  it('leaves nothing of a plan behind when its file is a folder', async () => {
    mkdirSync(world.at('folder'));
    const ran = await world.run('plan', '--output-file', world.at('folder'));
    expect(ran.code).toBe(2);
    expect(existsSync(world.at('folder.md'))).toBe(false);
  });
});

describe('an audit after apply that cannot be made', () => {
  it('costs the verification, never the outcome: what was done is told, and the exit code is 6', async () => {
    const world = await startWorld({
      faults: [{ fault: 'internal-error', method: 'GET', path: '^/subscriptions/?$', after: 2, times: 100 }],
    });
    try {
      await world.run('plan', '--resource-group', 'rg-lab', '--output-file', world.at('lab.json'));
      const { code, out, err } = await world.run('apply', world.at('lab.json'), '--yes', '--output', 'json');
      const outcome = JSON.parse(out) as Outcome;
      expect(outcome.verification).toBeNull();
      expect(new Set(outcome.steps.map((step) => step.outcome))).toEqual(new Set(['done']));
      expect(err).toContain('could not be audited again');
      expect(code).toBe(6);
    } finally {
      await world.end();
    }
  });
});

describe('what comes from files', () => {
  it('never carries an escape sequence to the terminal', async () => {
    const { err } = await holdfast(['audit', '--as-of', `x${escape}[31mred`]);
    expect(err).toContain('is not a moment');
    expect(err).not.toContain(escape);
  });

  it.each([
    ['--as-of', '2026-02-30T00:00:00Z'],
    ['--concurrency', '0'],
    ['--concurrency', '0.5'],
  ])('%s %s is wrong usage', async (flag, value) => {
    expect((await holdfast(['audit', flag, value, '--offline', 'nowhere'])).code).toBe(2);
  });

  it('refuses a plan whose guidance verification could not read, before anything is written', async () => {
    const world = await startWorld();
    try {
      await world.run('plan', '--resource-group', 'rg-lab', '--output-file', world.at('lab.json'));
      const { digest: _, ...plan } = JSON.parse(readFileSync(world.at('lab.json'), 'utf8')) as Plan;
      writeFileSync(world.at('bare.json'), JSON.stringify(sealPlan({ ...plan, guidance: {} })));
      const ran = await world.run('apply', world.at('bare.json'), '--yes');
      expect(ran.code).toBe(2);
      expect(ran.err).toContain('guidance in the plan is not valid');
      expect(world.simulator.log().filter(({ method }) => method === 'PUT')).toEqual([]);
    } finally {
      await world.end();
    }
  });

  it('takes no torn line of a journal for a begun apply: an expired plan stays expired', async () => {
    const world = await startWorld();
    try {
      await world.run('plan', '--resource-group', 'rg-lab', '--output-file', world.at('lab.json'));
      const { digest } = JSON.parse(readFileSync(world.at('lab.json'), 'utf8')) as Plan;
      const header = JSON.stringify({
        kind: 'holdfast.journal',
        schemaVersion: 1,
        plan: digest,
        at: '2026-11-02T08:00:00Z',
      });
      writeFileSync(world.at('lab.json.journal.ndjson'), `${header}\n{"event":"intended","step":"ba`);
      world.simulator.clock.advance(30 * 86_400_000);
      expect((await world.run('apply', world.at('lab.json'), '--yes')).code).toBe(5);
    } finally {
      await world.end();
    }
  });
});

everythingConforms('outputs');
