/** Two runs on one machine from two folders, a run whose send is lost for good, and one that holds its plan on this host. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJournalFile } from '../../src/cli/journal-file.ts';
import { leaseTag } from '../../src/core/lease.ts';
import type { Audit } from '../../src/core/audit.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { expectConforming } from './conforming.ts';
import { holdfast, startWorld, type Ran, type World } from './rig.ts';

const fleetOf = (machines: string): string =>
  `subscriptions: [{ key: main, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01, name: Main }]\ndefaults: { resourceGroup: rg-app, location: westeurope }\n${machines}`;
const devs = 'machines:\n  - { name: dev01, tags: { environment: dev, Owner: lab } }\n';

const worlds: World[] = [];
const worldOf = async (name: string, fleet: string, more: Parameters<typeof startWorld>[0] = {}): Promise<World> => {
  const maker = await startWorld();
  const path = maker.at(`${name}.yaml`);
  writeFileSync(path, fleetOf(fleet));
  const world = await startWorld({ speed: 10, ...more, fleet: path });
  await maker.end();
  worlds.push(world);
  return world;
};
afterAll(async () => {
  for (const world of worlds) await world.end();
});

/** Somebody else's host: a folder of its own. */
const hostIn = (world: World, name: string): ((...argv: readonly string[]) => Promise<Ran>) => {
  mkdirSync(world.at(name));
  return (...argv) => holdfast([...argv, '--cloud', world.cloud], { cwd: world.at(name) });
};
const tagsOf = (world: World): Readonly<Record<string, string>> =>
  (world.simulator.state().resources.find(({ type }) => /\/virtualMachines$/i.test(type))?.body['tags'] ??
    {}) as Readonly<Record<string, string>>;
const taken = (world: World, method: string, path: RegExp): number =>
  world.simulator
    .log()
    .filter(
      (line) => line.accepted && line.method === method && path.test(new URL(line.url, 'https://a.test').pathname),
    ).length;

describe('two plans for one machine, from two folders at the same time', () => {
  let world: World;
  let ran: readonly Ran[];
  beforeAll(async () => {
    world = await worldOf('two', devs);
    const [a, b] = [hostIn(world, 'a'), hostIn(world, 'b')];
    await a('plan', '--output-file', 'gap.json');
    await b('plan', '--output-file', 'gap.json');
    expect((JSON.parse(readFileSync(world.at('a/gap.json'), 'utf8')) as Plan).steps.map(({ kind }) => kind)).toEqual([
      'snapshot.create',
    ]);
    ran = await Promise.all([a, b].map((host) => host('apply', 'gap.json', '--yes', '--output', 'json')));
  }, 120_000);

  it('make one snapshot: one proceeds, and the other ends 3 and says who is at it', () => {
    expect(taken(world, 'PUT', /\/snapshots\//i)).toBe(1);
    expect(
      ran.map(({ code }) => code).toSorted((a, b) => a - b),
      ran.map(({ err }) => err).join('\n'),
    ).toEqual([0, 3]);
    const turned = JSON.parse(ran.find(({ code }) => code === 3)!.out) as Outcome;
    expect(turned.steps[0]).toMatchObject({ outcome: 'moved' });
    expect(turned.steps[0]!.detail).toMatch(
      /^dev01 is held by run \S+ on host \S+ since \S+, until \S+|was made since the plan looked/,
    );
  });

  it('leave the machine’s tags as they were, the lease gone', () => {
    expect(tagsOf(world)).toEqual({ environment: 'dev', Owner: 'lab' });
  });
});

describe('a machine that another run holds', () => {
  let world: World;
  const until = (seconds: number): string => new Date(world.simulator.clock.now() + seconds * 1000).toISOString();
  const mark = async (text: string): Promise<void> => {
    const id = world.simulator.state().resources.find(({ type }) => /\/virtualMachines$/i.test(type))!.id;
    await world.simulator.handle(
      new Request(
        `https://management.azure.com${id}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`,
        {
          method: 'PATCH',
          headers: { authorization: `Bearer ${world.simulator.token()}`, 'content-type': 'application/json' },
          body: JSON.stringify({ operation: 'Merge', properties: { tags: { [leaseTag]: text } } }),
        },
      ),
    );
  };
  beforeAll(async () => {
    world = await worldOf('held', devs);
    await world.run('plan', '--output-file', 'gap.json');
  }, 60_000);

  it('is left alone: exit 3, who and until when, and nothing written to it', async () => {
    await mark(`1234abcd-ef ops-7 ${until(-60)} ${until(900)}`);
    const before = world.simulator.log().at(-1)!.seq;
    const ran = await world.run('apply', 'gap.json', '--yes');
    expect(ran.code, ran.err).toBe(3);
    expect(ran.err).toContain('dev01 is held by run 1234abcd-ef on host ops-7');
    expect(ran.err).toContain('Resume with: holdfast apply gap.json');
    expect(
      world.simulator
        .log()
        .filter(({ seq, method, accepted }) => seq > before && accepted && /PUT|PATCH|DELETE/.test(method)),
    ).toEqual([]);
  });

  it('does not differ for the audit: same class, verdicts and findings', async () => {
    const told = async (): Promise<unknown> => {
      const { machines } = JSON.parse(
        (await world.run('audit', '--output', 'json', '--as-of', '2026-11-02T12:00:00Z')).out,
      ) as Audit;
      return machines.map(({ name, class: kind, environment, verdicts, findings }) => ({
        name,
        kind,
        environment,
        verdicts,
        findings,
      }));
    };
    const marked = await told();
    expect(tagsOf(world)[leaseTag]).toContain('ops-7');
    await mark('nothing');
    expect(await told()).toEqual(marked);
    await mark(`1234abcd-ef ops-7 ${until(-60)} ${until(900)}`);
  });

  it('is free again when that lease has expired, though nobody gave it back', async () => {
    world.simulator.clock.advance(1_000_000);
    const ran = await world.run('apply', 'gap.json', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(tagsOf(world)[leaseTag]).toBeUndefined();
  });
});

describe('a login that may not write tags', () => {
  it('works on without a lease and says so with the action; under --lease require it writes nothing; under none it does not try', async () => {
    const role = {
      Name: 'no tags',
      IsCustom: true,
      Description: '',
      Actions: ['*'],
      NotActions: ['Microsoft.Resources/tags/write'],
      AssignableScopes: ['/'],
    };
    const maker = await startWorld();
    const path = maker.at('role.json');
    writeFileSync(path, JSON.stringify(role));
    const world = await worldOf('untagged', `${devs}  - { name: dev02, tags: { environment: dev } }\n`, { role: path });
    await maker.end();
    await world.run('plan', '--output-file', 'gap.json');
    cpSync(world.at('gap.json'), world.at('strict.json'));
    const strict = await world.run('apply', 'strict.json', '--yes', '--lease', 'require');
    expect(strict.code, strict.err).toBe(1);
    expect(taken(world, 'PUT', /\/snapshots\//i)).toBe(0);
    const easy = await world.run('apply', 'gap.json', '--yes');
    expect(easy.code, easy.err).toBe(0);
    expect(easy.err.replaceAll(/\s+/g, ' ')).toMatch(/dev0\d, dev0\d were worked on without a lease/);
    expect(easy.err).toContain('Microsoft.Resources/tags/write');
    const tried = world.simulator.log().filter(({ method }) => method === 'PATCH').length;
    expect((await world.run('apply', 'gap.json', '--yes', '--lease', 'none')).err).not.toContain('lease');
    expect(world.simulator.log().filter(({ method }) => method === 'PATCH')).toHaveLength(tried);
  }, 60_000);
});

describe('a plan that is being applied on this host', () => {
  it('is refused to a second apply from any folder, with the process and since when; exit 3, nothing asked of Azure but the login’s clock', async () => {
    const world = await worldOf('lock', devs);
    await world.run('plan', '--output-file', 'gap.json');
    const { digest } = JSON.parse(readFileSync(world.at('gap.json'), 'utf8')) as Plan;
    const held = await openJournalFile(world.at('gap.json.journal.ndjson'), digest);
    mkdirSync(world.at('copy'));
    cpSync(world.at('gap.json'), world.at('copy/gap.json'));
    const ran = await holdfast(['apply', 'gap.json', '--yes', '--cloud', world.cloud], { cwd: world.at('copy') });
    expect([ran.code, ran.out]).toEqual([3, '']);
    expect(ran.err).toMatch(
      new RegExp(`being applied by process ${process.pid} on this host since \\d{4}-\\d\\d-\\d\\dT`),
    );
    await held.close();
    expect(
      (await holdfast(['apply', 'gap.json', '--yes', '--cloud', world.cloud], { cwd: world.at('copy') })).code,
    ).toBe(0);
  }, 60_000);
});

describe('a backup whose request was lost, while the vault’s jobs cannot be read', () => {
  const fleet =
    'vaults: [{ name: vault-app, resourceGroup: rg-app, location: westeurope }]\nmachines:\n  - { name: kept, tags: { environment: prod }, backup: { vault: vault-app, points: [{ age: 6h }] } }\n';
  it('ends in doubt with exit 3 and the command to send it again; applying again does not; the command does, once', async () => {
    const world = await worldOf('doubt', fleet, {
      speed: 3000,
      faults: [
        { fault: 'reset-before', method: 'POST', path: '/backup$' },
        { fault: 'internal-error', method: 'GET', path: '/backupJobs$', after: 1, times: 16 },
      ],
    });
    const now = ['protect', 'kept', '--now', '--plan-file', 'now.json', '--yes', '--lease', 'none'];
    const first = await world.run(...now);
    expect(first.code, first.err).toBe(3);
    const [command] = /holdfast apply now\.json .*--resend (\S+)/.exec(first.err) ?? [];
    expect(command, first.err).toBeDefined();
    const again = await world.run('apply', 'now.json', '--yes', '--lease', 'none');
    expect(again.code, again.err).toBe(3);
    expect(again.err).toContain('--resend');
    const third = await world.run('apply', 'now.json', '--yes', '--lease', 'none');
    expect(third.code, third.err).toBe(3);
    expect(taken(world, 'POST', /\/backup$/i)).toBe(0);
    const step = command!.split('--resend ')[1]!;
    const resent = await world.run('apply', 'now.json', '--yes', '--lease', 'none', '--resend', step);
    expect(resent.code, resent.err).toBe(0);
    expect(taken(world, 'POST', /\/backup$/i)).toBe(1);
    expect(readFileSync(world.at('now.json.journal.ndjson'), 'utf8')).toContain('"event":"resend"');
    const refused = await world.run('apply', 'now.json', '--yes', '--lease', 'none', '--resend', step);
    expect(refused.code, refused.err).toBe(2);
    expect(refused.err).toContain(`${step} is not in doubt: it ended done`);
  }, 60_000);
});

describe('on the wire', () => {
  it('every request of these cases and every answer is as Azure’s documents have it', async (context) => {
    await expectConforming(
      context,
      'two at once',
      worlds.map(({ simulator }) => simulator),
    );
  });
});
