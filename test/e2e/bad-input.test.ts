import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/plan-digest.ts';
import type { Plan } from '../../src/core/plan.ts';
import { demoFleet, holdfast, startWorld, type Ran, type World } from './rig.ts';

/** One clear complaint, no data, no trace of the program's inside. */
const expectRefusal = (ran: Ran, code: number, complaint: RegExp): void => {
  expect(ran.code, ran.err).toBe(code);
  expect(ran.out).toBe('');
  expect(ran.err).toMatch(complaint);
  expect(ran.err.match(/^(?:\S+: )?error: /gm), ran.err).toHaveLength(1);
  expect(ran.err).not.toMatch(/\n\s+at .*:\d+:\d+|undefined|\[object/);
};

describe('bad input through the command line', () => {
  let world: World;
  let text: string;
  let mark: number;
  const apply = (file: string, ...flags: readonly string[]): Promise<Ran> => world.run('apply', file, '--yes', '--output', 'json', ...flags);
  const write = (name: string, content: string): string => {
    writeFileSync(world.at(name), content);
    return name;
  };
  /** The plan with something changed and a digest that agrees, as somebody who knows how might make it. */
  const forged = (change: (plan: Record<string, unknown>) => void): string => {
    const plan = JSON.parse(text) as Plan & Record<string, unknown>;
    change(plan);
    return JSON.stringify({ ...plan, digest: digestOf(plan) }, null, 2);
  };

  beforeAll(async () => {
    world = await startWorld();
    await world.run('plan', '--tag', 'environment=dev', '--output-file', 'gap.json');
    text = readFileSync(world.at('gap.json'), 'utf8');
  });
  beforeEach(() => {
    mark = world.simulator.log().at(-1)!.seq;
  });
  afterAll(() => world.end());

  const writesSince = (): string[] =>
    world.simulator
      .log()
      .filter(({ seq, method, url }) => seq > mark && method !== 'GET' && !/oauth2|ResourceGraph|backupStatus/i.test(url))
      .map(({ method, url }) => `${method} ${url}`);

  it.each([
    ['an unknown command', ['adit'], /adit|audit/],
    ['no command', [], /command/i],
    ['an unknown flag', ['audit', '--sbuscription', 'x'], /sbuscription/],
    ['a flag of another command', ['audit', '--yes'], /yes/],
    ['a value outside the choices', ['audit', '--output', 'xml'], /output[\s\S]*xml/i],
    ['a severity that is none', ['audit', '--fail-on', 'info'], /fail-on[\s\S]*info/i],
    ['a number that is none', ['audit', '--concurrency', 'many'], /concurrency/],
    ['a flag without its value', ['audit', '--config'], /config/],
    ['a flag given twice', ['audit', '--cloud', 'a', '--cloud', 'b'], /--cloud was given more than once/],
    ['a moment that is none', ['audit', '--offline', '.', '--as-of', 'yesterday'], /--as-of yesterday is not a moment/],
    ['a positional too many', ['audit', 'everything'], /everything/],
    ['a plan that is not named', ['apply'], /plan|positional|argument/i],
    ['a tag filter without a value', ['audit', '--tag', 'environment'], /tag/],
    ['a deletion limit that is none', ['plan', '--max-deletes', 'few'], /--max-deletes few/],
  ])('refuses %s', async (_, argv, complaint) => {
    expectRefusal(await holdfast(argv, { cwd: world.folder }), 2, complaint);
  });

  it.each([
    ['a guidance that is not there', ['audit', '--config', 'none.yaml'], /cannot read the guidance .*none\.yaml: there is no such file/],
    ['a plan that is not there', ['apply', 'none.json', '--yes'], /cannot read the plan .*none\.json: there is no such file/],
    ['a bundle that is not there', ['audit', '--offline', 'none'], /none: there is no such folder/],
    ['a cloud file that is not there', ['audit', '--cloud', './none.json'], /none\.json/],
    ['a fleet that is not there', ['simulate', '--fleet', 'none.yaml'], /none\.yaml/],
    ['a role that is not there', ['simulate', '--role', 'none.json'], /none\.json/],
  ])('refuses %s', async (_, argv, complaint) => {
    expectRefusal(await holdfast(argv, { cwd: world.folder }), 2, complaint);
  });

  it('points at the line and column of a mistake in guidance, before asking Azure anything', async () => {
    write('mine.yaml', 'schemaVersion: 1\nname: mine\nobjectives:\n  production:\n    rpoHours: soon\n');
    const ran = await world.run('audit', '--config', 'mine.yaml');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/^mine\.yaml:\d+:\d+: error: /m);
    expect(world.simulator.log().at(-1)!.seq).toBe(mark);
  });

  it.each([
    ['not JSON', '{"kind": holdfast}', /bad\.yaml|cloud|JSON/i],
    ['without what it needs', '{"name": "Mine"}', /resourceManager|authority/],
    ['over plain HTTP', '{"name":"M","resourceManager":"http://localhost:1","authority":"https://localhost:1/adfs","audience":"https://localhost:1/"}', /https/],
  ])('refuses a cloud file %s', async (_, content, complaint) => {
    write('bad-cloud.json', content);
    const ran = await holdfast(['audit', '--cloud', 'bad-cloud.json'], { cwd: world.folder });
    expect(ran.code).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).toMatch(complaint);
    expect(ran.err).toContain('bad-cloud.json');
  });

  it('refuses a fleet file by line and column, and a faults file, without leaving a cloud file behind', async () => {
    write('fleet.yaml', readFileSync(demoFleet, 'utf8').replace('size: Standard_E16s_v5', 'siez: Standard_E16s_v5'));
    const fleet = await holdfast(['simulate', '--fleet', 'fleet.yaml', '--cloud-file', 'left.json'], { cwd: world.folder });
    expect(fleet.code).toBe(2);
    expect(fleet.err).toMatch(/fleet\.yaml:\d+:\d+.*siez/);
    write('faults.yaml', 'faults: [{ fault: earthquake }]\n');
    const faults = await holdfast(['simulate', '--faults', 'faults.yaml', '--cloud-file', 'left.json'], { cwd: world.folder });
    expect(faults.code).toBe(2);
    expect(faults.err).toMatch(/faults\.yaml/);
    expect(existsSync(world.at('left.json'))).toBe(false);
  });

  it.each<[string, () => string, RegExp]>([
    ['is not JSON', () => text.slice(0, 400), /plan\.json:\d+:\d+: error: not JSON/],
    ['is something else', () => '{"kind":"holdfast.audit"}', /plan\.json:1:\d+: error: not a holdfast plan/],
    ['had a byte changed', () => text.replace('"incremental": true', '"incremental": false'), /the plan was changed after it was made/],
    ['is newer than this version', () => forged((plan) => void (plan['schemaVersion'] = 99)), /schema version 99/],
    ['holds what this version does not know', () => forged((plan) => void (plan['surprise'] = true)), /surprise/],
  ])('refuses a plan that %s, and writes nothing', async (_, content, complaint) => {
    write('plan.json', content());
    expectRefusal(await apply('plan.json'), 2, complaint);
    expect(writesSince()).toEqual([]);
    expect(existsSync(world.at('plan.json.journal.ndjson'))).toBe(false);
  });

  it('refuses without a terminal and without --yes, and takes no for an answer at one', async () => {
    const ran = await world.run('apply', 'gap.json');
    expectRefusal(ran, 2, /--yes was not given/);
    const asked = await holdfast(['apply', 'gap.json', '--cloud', world.cloud], { cwd: world.folder, answer: 'n' });
    expect([asked.code, asked.out]).toEqual([2, '']);
    expect(asked.err).toContain('Nothing was written.');
    expect(writesSince()).toEqual([]);
  });

  it('refuses a consent that names no destructive step', async () => {
    expectRefusal(await apply('gap.json', '--allow', 'nothing-like-it'), 2, /--allow nothing-like-it names no destructive step/);
    expect(writesSince()).toEqual([]);
  });

  it('ends with 5 over --max-changes, in the planner and again in apply', async () => {
    const planned = await world.run('plan', '--tag', 'environment=dev', '--max-changes', '0', '--output-file', 'small.json');
    expect(planned.code).toBe(5);
    expect(planned.err).toMatch(/--max-changes allows 0/);
    expectRefusal(await apply('small.json'), 5, /--max-changes allows 0/);
    expectRefusal(await apply('gap.json', '--max-changes', '0'), 5, /--max-changes allows 0/);
    expect(writesSince()).toEqual([]);
  });

  it('refuses the journal of another plan, and one that is broken before its end', async () => {
    const journal = (name: string, ...lines: readonly string[]): string => write(`${name}.journal.ndjson`, lines.join('\n'));
    const head = (plan: string): string => JSON.stringify({ kind: 'holdfast.journal', schemaVersion: 1, plan, at: '2026-11-02T08:00:00Z' });
    write('foreign.json', text);
    journal('foreign.json', head('0'.repeat(64)), '');
    expectRefusal(await apply('foreign.json'), 2, /foreign\.json\.journal\.ndjson/);
    write('broken.json', text);
    journal('broken.json', head((JSON.parse(text) as Plan).digest), '{"event":"inten', '{"event":"intended"}', '');
    expectRefusal(await apply('broken.json'), 2, /broken\.json\.journal\.ndjson:2/);
    expect(writesSince()).toEqual([]);
  });

  it('drops the torn last line of a journal: that is what a crash leaves', async () => {
    write('torn.json', text);
    write('torn.json.journal.ndjson', `${JSON.stringify({ kind: 'holdfast.journal', schemaVersion: 1, plan: (JSON.parse(text) as Plan).digest, at: '2026-11-02T08:00:00Z' })}\n{"event":"inten`);
    const ran = await apply('torn.json');
    expect(ran.code, ran.err).toBe(0);
    expect(readFileSync(world.at('torn.json.journal.ndjson'), 'utf8')).not.toContain('inten{');
  });

  it('ends with 5 when the plan has expired by Azure’s clock, and writes nothing', async () => {
    await world.run('plan', '--tag', 'environment=test', '--output-file', 'late.json');
    const { expiresAt, steps } = JSON.parse(readFileSync(world.at('late.json'), 'utf8')) as Plan;
    expect(steps.length).toBeGreaterThan(0);
    world.simulator.clock.advance(Date.parse(expiresAt) - world.simulator.clock.now() + 60_000);
    mark = world.simulator.log().at(-1)!.seq;
    expectRefusal(await apply('late.json'), 5, /the plan expired at/);
    expect(writesSince()).toEqual([]);
  });
});
