import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/plan-digest.ts';
import type { Plan } from '../../src/core/plan.ts';
import { everythingConforms } from './conforming.ts';
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
  const apply = (file: string, ...flags: readonly string[]): Promise<Ran> =>
    world.run('apply', file, '--yes', '--output', 'json', ...flags);
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
      .filter(
        ({ seq, method, url }) =>
          seq > mark &&
          method !== 'GET' &&
          !/oauth2|ResourceGraph|backupStatus|backupPreValidateProtection|backupValidateFeatures/i.test(url),
      )
      .map(({ method, url }) => `${method} ${url}`);

  it.each([
    ['an unknown command', ['adit'], /^error: Did you mean audit\?$/m],
    ['no command', [], /^error: Name a command$/m],
    ['an unknown flag', ['audit', '--sbuscription', 'x'], /^error: Unknown argument: sbuscription$/m],
    ['a flag of another command', ['audit', '--yes'], /^error: Unknown argument: yes$/m],
    ['a value outside the choices', ['audit', '--output', 'xml'], /Argument: output, Given: "xml", Choices: "table"/],
    [
      'a severity that is none',
      ['audit', '--fail-on', 'info'],
      /Argument: fail-on, Given: "info", Choices: "critical", "high", "medium", "low"$/m,
    ],
    [
      'a number that is none',
      ['audit', '--concurrency', 'many'],
      /^error: --concurrency needs a whole number, 1 or more$/m,
    ],
    [
      'a flag without its value',
      ['audit', '--config'],
      /^error: --config needs a value\n {2}next: holdfast audit --help$/m,
    ],
    ['a flag given twice', ['audit', '--cloud', 'a', '--cloud', 'b'], /--cloud was given more than once/],
    ['a moment that is none', ['audit', '--offline', '.', '--as-of', 'yesterday'], /--as-of yesterday is not a moment/],
    ['a positional too many', ['audit', 'everything'], /^error: Unknown argument: everything$/m],
    ['a plan that is not named', ['apply'], /^error: apply needs <plan>\n {2}next: holdfast apply --help$/m],
    [
      'a tag filter without a value',
      ['audit', '--tag', 'environment'],
      /^error: --tag environment is not of the form name=value$/m,
    ],
    [
      'a deletion limit that is none',
      ['plan', '--max-deletes', 'few'],
      /^error: --max-deletes few is neither a number nor a percentage$/m,
    ],
    [
      'a share of more than all',
      ['plan', '--max-deletes', '101%'],
      /--max-deletes 101% is neither a number nor a percentage/,
    ],
  ])('refuses %s', async (_, argv, complaint) => {
    expectRefusal(await holdfast(argv, { cwd: world.folder }), 2, complaint);
  });

  it.each([
    [
      'a guidance that is not there',
      ['audit', '--config', 'none.yaml'],
      /cannot read the guidance .*none\.yaml: there is no such file/,
    ],
    [
      'a plan that is not there',
      ['apply', 'none.json', '--yes'],
      /cannot read the plan .*none\.json: there is no such file/,
    ],
    ['a bundle that is not there', ['audit', '--offline', 'none'], /none: there is no such folder/],
    [
      'a cloud file that is not there',
      ['audit', '--cloud', './none.json'],
      /none\.json: there is no cloud of that name \(.*\) and no such file$/m,
    ],
    ['a fleet that is not there', ['simulate', '--fleet', 'none.yaml'], /none\.yaml: ENOENT: no such file/],
    ['a role that is not there', ['simulate', '--role', 'none.json'], /none\.json: ENOENT: no such file/],
  ])('refuses %s', async (_, argv, complaint) => {
    expectRefusal(await holdfast(argv, { cwd: world.folder }), 2, complaint);
  });

  it('points at the line and column of a mistake in guidance, before asking Azure anything', async () => {
    write('mine.yaml', 'schemaVersion: 1\nname: mine\nobjectives:\n  production:\n    rpoHours: soon\n');
    const ran = await world.run('audit', '--config', 'mine.yaml');
    expect(ran.code).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).toMatch(
      /^mine\.yaml:5:15: error: objectives\.production\.rpoHours: expected object, received string \(it says "soon"\)$/m,
    );
    expect(world.simulator.log().at(-1)!.seq).toBe(mark);
  });

  it.each([
    ['not JSON', '{"kind": holdfast}', /bad-cloud\.json:1:10: error: not JSON/],
    [
      'without what it needs',
      '{"name": "Mine"}',
      /bad-cloud\.json:1:1: error: resourceManager: [\s\S]*error: authority: [\s\S]*error: audience: /,
    ],
    [
      'over plain HTTP',
      '{"name":"M","resourceManager":"http://localhost:1","authority":"https://localhost:1/adfs","audience":"https://localhost:1/"}',
      /bad-cloud\.json:1:31: error: resourceManager: expected an https URL/,
    ],
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
    const fleet = await holdfast(['simulate', '--fleet', 'fleet.yaml', '--cloud-file', 'left.json'], {
      cwd: world.folder,
    });
    expect(fleet.code).toBe(2);
    const lines = readFileSync(world.at('fleet.yaml'), 'utf8').split('\n');
    // Named at its machine: the list entry that holds it.
    const entry = lines
      .slice(0, lines.findIndex((line) => line.includes('siez:')) + 1)
      .findLastIndex((line) => /^ +- /.test(line));
    expect(fleet.err).toContain(
      `fleet.yaml:${entry + 1}:${lines[entry]!.indexOf('- ') + 3}: machines.0: Unrecognized key: "siez"`,
    );
    write('faults.yaml', 'faults: [{ fault: earthquake }]\n');
    const faults = await holdfast(['simulate', '--faults', 'faults.yaml', '--cloud-file', 'left.json'], {
      cwd: world.folder,
    });
    expect(faults.code).toBe(2);
    expect(faults.err).toMatch(/faults\.yaml:1:19: faults\.0\.fault: Invalid option: expected one of "throttled"/);
    expect(existsSync(world.at('left.json'))).toBe(false);
  });

  it.each<[string, () => string, RegExp]>([
    ['is not JSON', () => text.slice(0, text.indexOf('"scope"')), /plan\.json:\d+:\d+: error: not JSON: expected a/],
    [
      'is something else',
      () => '{"kind":"holdfast.audit"}',
      /plan\.json:1:9: error: not a holdfast plan: "kind": "holdfast\.audit"/,
    ],
    [
      'had a byte changed',
      () => text.replace('"incremental": true', '"incremental": false'),
      /the plan was changed after it was made/,
    ],
    [
      'is newer than this version',
      () => forged((plan) => void (plan['schemaVersion'] = 99)),
      /plan\.json:2:20: error: plan of schema version 99; this holdfast knows versions up to 1$/m,
    ],
    [
      'holds what this version does not know',
      () => forged((plan) => void (plan['surprise'] = true)),
      /plan\.json:\d+:\d+: error: surprise: Unrecognized key/,
    ],
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
    expectRefusal(
      await apply('gap.json', '--allow', 'nothing-like-it'),
      2,
      /--allow nothing-like-it names no destructive step/,
    );
    expect(writesSince()).toEqual([]);
  });

  it('ends with 5 over --max-changes, in the planner and again in apply', async () => {
    const planned = await world.run(
      'plan',
      '--tag',
      'environment=dev',
      '--max-changes',
      '0',
      '--output-file',
      'small.json',
    );
    expect(planned.code).toBe(5);
    expect(planned.err).toMatch(/--max-changes allows 0/);
    expectRefusal(await apply('small.json'), 5, /--max-changes allows 0/);
    expectRefusal(await apply('gap.json', '--max-changes', '0'), 5, /--max-changes allows 0/);
    expect(writesSince()).toEqual([]);
  });

  it('refuses the journal of another plan, and one that is broken before its end', async () => {
    const journal = (name: string, ...lines: readonly string[]): string =>
      write(`${name}.journal.ndjson`, lines.join('\n'));
    const head = (plan: string): string =>
      JSON.stringify({ kind: 'holdfast.journal', schemaVersion: 1, plan, at: '2026-11-02T08:00:00Z' });
    write('foreign.json', text);
    journal('foreign.json', head('0'.repeat(64)), '');
    expectRefusal(
      await apply('foreign.json'),
      2,
      /foreign\.json\.journal\.ndjson:1:1: error: the journal belongs to plan 0{12}…, not to [0-9a-f]{12}…/,
    );
    write('broken.json', text);
    journal('broken.json', head((JSON.parse(text) as Plan).digest), '{"event":"inten', '{"event":"intended"}', '');
    expectRefusal(
      await apply('broken.json'),
      2,
      /broken\.json\.journal\.ndjson:2:1: error: this line of the journal cannot be read, and it is not the last one/,
    );
    expect(writesSince()).toEqual([]);
  });

  it('drops the torn last line of a journal: that is what a crash leaves', async () => {
    write('torn.json', text);
    write(
      'torn.json.journal.ndjson',
      `${JSON.stringify({ kind: 'holdfast.journal', schemaVersion: 1, plan: (JSON.parse(text) as Plan).digest, at: '2026-11-02T08:00:00Z' })}\n{"event":"inten`,
    );
    const ran = await apply('torn.json');
    expect(ran.code, ran.err).toBe(0);
    const lines = readFileSync(world.at('torn.json.journal.ndjson'), 'utf8').trimEnd().split('\n');
    const events = lines.slice(1).map((line) => (JSON.parse(line) as { readonly event: string }).event);
    expect([events[0], events.at(-1)]).toEqual(['intended', 'settled']);
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

everythingConforms('bad input');
