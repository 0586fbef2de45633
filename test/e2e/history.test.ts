/** Applies and audits against the simulator, recorded and told again; a baseline with a real change between two audits. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { HistoryReport } from '../../src/core/history/history.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { parse, stringify } from 'yaml';
import { everythingConforms } from './conforming.ts';
import { demoFleet, holdfast, startWorld, temporaryFolder, unhurried, type Ran, type World } from './rig.ts';

let world: World;
let state = '';
/** The demo fleet without what no login may read: nothing is unknown there, so that exit codes tell of findings alone. */
const open = temporaryFolder();
beforeAll(async () => {
  type Placed = { readonly subscription?: string; readonly key?: string; readonly readable?: boolean };
  const demo = parse(readFileSync(demoFleet, 'utf8')) as Record<string, unknown>;
  const sealed = (demo['subscriptions'] as readonly Placed[]).find(({ readable }) => readable === false)!.key;
  const readable = Object.entries(demo).map(([name, value]) => [
    name,
    Array.isArray(value)
      ? (value as readonly Placed[]).filter(({ key, subscription }) => key !== sealed && subscription !== sealed)
      : value,
  ]);
  const fleet = join(open, 'open.yaml');
  writeFileSync(fleet, stringify(Object.fromEntries(readable)));
  world = await startWorld({ speed: unhurried, fleet });
  state = world.at('state');
});
afterAll(async () => {
  await world.end();
  rmSync(open, { recursive: true, force: true });
});

const run = (...argv: readonly string[]): Promise<Ran> => world.run(...argv, '--state-dir', state);
/** Lists know at once what Resource Graph shows minutes later. */
const audit = (...argv: readonly string[]): Promise<Ran> => run('audit', '--source', 'arm', ...argv);
const told = async (...argv: readonly string[]): Promise<HistoryReport> => {
  const ran = await holdfast(['history', '--state-dir', state, '--output', 'json', ...argv], { cwd: world.folder });
  expect(ran.code, ran.err).toBe(0);
  return JSON.parse(ran.out) as HistoryReport;
};
const lab = ['--subscription', '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02', '--resource-group', 'rg-lab'] as const;

describe('the history of a host', () => {
  it('tells of audits and applies, newest first, and of one machine what was done for it', async () => {
    expect((await told()).entries).toEqual([]);
    const first = await audit(...lab);
    const taken = await run('snapshot', 'dev-02', ...lab, '--yes', '--plan-file', 'one.json');
    expect(taken.code, taken.err).toBe(0);
    const second = await audit(...lab, '--baseline', 'last', '--output', 'json');
    expect([first.code, second.code, second.err]).toEqual([0, 0, '']);

    const history = await told();
    expect(history.entries.map((entry) => entry.entry)).toEqual(['audit', 'apply', 'audit']);
    const [, applied] = history.entries;
    expect(applied).toMatchObject({ command: 'snapshot', file: 'one.json', outcome: 'done' });
    // Both by Azure's clock, which the simulator's is far from this host's.
    expect(Date.parse(applied!.endedAt) - Date.parse(applied!.startedAt)).toBeLessThan(3_600_000);
    const { digest } = JSON.parse(readFileSync(world.at('one.json'), 'utf8')) as { digest: string };
    expect(applied?.entry === 'apply' && applied.plan).toBe(digest);

    const { comparison } = JSON.parse(second.out) as Audit;
    expect(comparison!.findings.map(({ change, name, code }) => [change, name, code])).toContainEqual([
      'gone',
      'dev-02',
      'unprotected',
    ]);
    expect(comparison!.machines).toMatchObject([
      { change: 'better', name: 'dev-02', standing: { was: 'at-risk', is: 'protected' } },
    ]);
    expect(comparison!.notes).toEqual([]);

    const of = await told('--machine', 'DEV-02');
    expect(of.trend!.standings.map(({ standing }) => standing)).toEqual(['protected', 'at-risk']);
    expect(of.entries[1]).toMatchObject({ entry: 'apply', machine: [{ outcome: 'done' }] });
    expect((await told('--limit', '1')).leftOut).toBe(2);
    expect((await told('--job', 'nightly')).entries).toEqual([]);
  });

  it('tells of runs of a job, and of a machine the point that the run made and the next one found', async () => {
    const job = [
      'job',
      'run',
      '--tag',
      'environment=dev',
      '--resource-group',
      'rg-lab',
      '--window',
      '24h',
      '--keep-daily',
      '7',
      '--yes',
    ];
    const first = await run(...job, '--output', 'json');
    const made = JSON.parse(first.out) as JobRun;
    expect(made.problems.filter(({ code }) => code.startsWith('history'))).toEqual([]);
    await run(...job);
    const { entries } = await told('--job', made.job);
    expect(entries.map((entry) => entry.entry === 'job' && [entry.created > 0, entry.existing > 0])).toEqual([
      [false, true],
      [true, false],
    ]);
    const taken = made.machines.find(({ outcome }) => outcome === 'created')!;
    const { trend } = await told('--machine', taken.id, '--job', made.job);
    expect(trend).toMatchObject({ outcomes: { created: 1, existing: 1 }, gaps: [], points: [{ job: made.job }] });
    expect(trend!.points[0]!.id.toLowerCase()).toBe(taken.pointId!.toLowerCase());
  });

  it('is readable by its owner alone, and says what it was asked wrongly', async () => {
    expect(statSync(join(state, 'history.sqlite')).mode & 0o777).toBe(0o600);
    const bad = async (...argv: readonly string[]): Promise<Ran> =>
      holdfast(['history', '--state-dir', state, ...argv], { cwd: world.folder });
    expect(await bad('--machine', 'nobody')).toMatchObject({ code: 2, out: '' });
    expect((await bad('--since', 'yesterday')).err).toContain('neither a moment nor a time back');
    expect((await bad('--since', '1h')).code).toBe(0);
    expect((await holdfast(['history'])).err).toContain('no state folder is known');
    writeFileSync(world.at('broken.sqlite'), 'no database');
    expect(await bad('--history', 'broken.sqlite')).toMatchObject({ code: 1, out: '' });
  });
});

describe('a baseline', () => {
  let file = '';
  let before: Audit;
  beforeAll(async () => {
    file = world.at('baseline.json');
    await audit('--output', 'json', '--output-file', file);
    before = JSON.parse(readFileSync(file, 'utf8')) as Audit;
  });

  it('of the same moment shows no change, in every format, and is no gate', async () => {
    const ran = await audit('--baseline', file, '--fail-on-new', 'low');
    expect(ran.code).toBe(before.complete ? 0 : 6);
    expect(ran.out).toContain('No finding changed;');
    const lines = (await audit('--baseline', file, '--output', 'ndjson')).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as { kind: string }).filter(({ kind }) => /change/.test(kind))).toEqual(
      [],
    );
    const rows = (await audit('--baseline', file, '--output', 'csv')).out.trim().split('\n');
    expect(rows.slice(1).every((row) => row.endsWith(',,'))).toBe(true);
  });

  it('from before a protection was lost lets only the new gap fail, which old ones do not', async () => {
    const improved: Audit = {
      ...before,
      machines: before.machines.map((one) => (one.name === 'uat-01' ? { ...one, findings: [] } : one)),
    };
    writeFileSync(world.at('improved.json'), JSON.stringify(improved));
    const audited = before.machines.find(({ name }) => name === 'uat-01')!;
    expect(audited.findings.length).toBeGreaterThan(0);
    const gate = (...argv: readonly string[]) => audit(...lab, '--baseline', ...argv);
    expect((await gate(file, '--fail-on-new', 'low')).code).not.toBe(4);
    expect((await gate(world.at('improved.json'), '--fail-on-new', audited.findings[0]!.severity)).code).toBe(4);
    const shown = await audit('--baseline', world.at('improved.json'));
    expect(shown.out).toMatch(/new +\w+ +uat-01/);
  });

  it('narrowed by a group compares what both hold, and says so', async () => {
    const ran = await audit(...lab, '--baseline', file);
    expect(ran.out).toContain('Note: the baseline is of another scope');
    expect(ran.out).toContain('Not compared:');
    expect(ran.out).not.toContain('disappeared');
  });

  it('that was never recorded is said, and takes every finding as new', async () => {
    const ran = await world.run(
      'audit',
      ...lab,
      '--baseline',
      'last',
      '--state-dir',
      world.at('elsewhere'),
      '--fail-on-new',
      'low',
    );
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('no earlier audit of the same scope is in the history');
    // Recorded now, it is there the next time; another scope still has none.
    expect(
      (await world.run('audit', ...lab, '--baseline', 'last', '--state-dir', world.at('elsewhere'))).err,
    ).not.toContain('no earlier audit');
    expect(
      (await world.run('audit', '--tag', 'environment=dev', '--baseline', 'last', '--state-dir', world.at('elsewhere')))
        .err,
    ).toContain('no earlier audit');
    expect((await world.run('audit', ...lab, '--baseline', 'last')).err).toContain('there is no history');
  });

  it('that is none is wrong usage, with its place, before Azure is asked', async () => {
    const asked = world.simulator.log().length;
    writeFileSync(world.at('plan.json'), '{\n  "kind": "holdfast.plan"\n}\n');
    writeFileSync(world.at('half.json'), readFileSync(file, 'utf8').slice(0, 500));
    const twisted = { ...before, machines: [{ ...before.machines[0]!, findings: [{ id: 'x' }] }] };
    writeFileSync(world.at('twisted.json'), JSON.stringify(twisted, null, 1));
    const ran = async (name: string) => audit('--baseline', name);
    expect((await ran('plan.json')).err).toContain(
      'plan.json:2:11: error: not a holdfast audit: "kind": "holdfast.plan"',
    );
    expect((await ran('half.json')).err).toMatch(/half\.json:\d+:\d+: error: not JSON/);
    expect((await ran('twisted.json')).err).toContain('machines.0.findings.0.code');
    expect((await ran('missing.json')).err).toContain('cannot read the baseline');
    expect((await audit('--fail-on-new', 'high')).err).toContain('--fail-on-new needs --baseline');
    expect((await audit('--baseline', 'last', '--history', 'none')).code).toBe(2);
    expect(world.simulator.log().length).toBe(asked);
  });
});

describe('recording', () => {
  it('is not done of a bundle or of another day unless a file is named, and costs nothing where it cannot be', async () => {
    await world.run('inventory', '--export', world.at('bundle'));
    const at = world.at('other');
    const offline = ['audit', '--offline', world.at('bundle')];
    await holdfast([...offline, '--state-dir', at]);
    await world.run('audit', ...lab, '--as-of', '2026-11-02T08:00:00Z', '--state-dir', at);
    expect(readdirSync(world.folder)).not.toContain('other');
    const named = await holdfast([...offline, '--history', world.at('named.sqlite')]);
    expect(named.err).toBe('');
    expect(statSync(world.at('named.sqlite')).mode & 0o777).toBe(0o600);
    writeFileSync(at, 'no folder');
    const plain = await world.run('audit', ...lab);
    const hindered = await world.run('audit', ...lab, '--state-dir', at);
    expect([hindered.code, hindered.out]).toEqual([plain.code, expect.stringContaining('machine')]);
    expect(hindered.err).toContain('note: the history');
  });
});

everythingConforms('history');
