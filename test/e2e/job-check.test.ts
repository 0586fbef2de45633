/** `job check` against the simulated Azure: what it says of the machines, its exit codes, and that it writes nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobPreview } from '../../src/core/job/preview.ts';
import { everythingConforms } from './conforming.ts';
import { holdfast, startWorld, temporaryFolder, unhurried, type World } from './rig.ts';

const fleet = `
subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: one01, tags: { environment: dev } }
  - { name: win01, os: windows, tags: { environment: dev }, dataDisks: [{ count: 1 }] }
  - { name: cold01, tags: { environment: dev, striping: raid0 }, size: Standard_D2_v3, agent: missing, osDisk: { sku: StandardSSD_LRS }, dataDisks: [{ count: 2, sku: StandardSSD_LRS }] }
  - { name: prod01, os: windows, tags: { environment: prod } }
`;
const folder = temporaryFolder();
const fleetFile = join(folder, 'fleet.yaml');
writeFileSync(fleetFile, fleet);

let world: World;
beforeAll(async () => {
  world = await startWorld({ fleet: fleetFile, speed: unhurried });
});
afterAll(() => world.end());

const check = (...flags: readonly string[]) => world.run('job', 'check', ...flags);
const preview = (code: number, ...flags: readonly string[]) => world.json<JobPreview>(code, 'job', 'check', ...flags);
const short = ({ machines }: JobPreview): readonly string[] =>
  machines.map(({ name, option, mode, outcome }) => `${name} ${option} ${mode ?? '-'} ${outcome}`).sort();

describe('job check', () => {
  it('shows what each selected machine would get, when, and writes nothing', async () => {
    const found = await preview(3, '--tag', 'environment=dev', '--window', '24h', '--keep-daily', '7');
    expect(short(found)).toEqual([
      'cold01 azure-backup - refused',
      'one01 disk-snapshot - due',
      'win01 restore-point application due',
    ]);
    expect(found.machines.find(({ name }) => name === 'cold01')?.reason).toMatch(/cold01/);
    expect(found.window).toEqual({
      due: { utc: '2026-11-02T00:00:00Z', local: '2026-11-02T00:00:00+00:00' },
      end: { utc: '2026-11-03T00:00:00Z', local: '2026-11-03T00:00:00+00:00' },
    });
    expect(found.nextDue).toHaveLength(5);
    expect(world.simulator.log().filter(({ method }) => !/GET|POST/.test(method))).toEqual([]);
    expect(world.simulator.state().resources.filter(({ type }) => /snapshots|restorePoint/i.test(type))).toEqual([]);
  });

  it('says it for people, with the reason of what is refused', async () => {
    const { code, out } = await check(
      '--tag',
      'environment=dev',
      '--schedule',
      '30 2 * * *',
      '--time-zone',
      'Europe/Berlin',
      '--keep-daily',
      '7',
    );
    expect(code).toBe(3);
    expect(out).toMatch(/this window, since +2026-11-02 02:30:00\+01:00 +2026-11-02T01:30:00Z +24 hours/);
    expect(out).toMatch(/win01 +dev-test +VM restore point +application .* would be taken, late/);
    expect(out).toMatch(/cold01: .+/);
    expect(out).toMatch(/3 machines selected: 2 would be taken, 1 refused\.\n$/);
  });

  it('refuses a schedule that cannot fit, with the number that forbids it', async () => {
    const flags = ['--tag', 'environment=prod', '--option', 'restore-point', '--keep-last', '3', '--time-zone', 'UTC'];
    expect((await check(...flags, '--window', '3h', '--want', 'application')).code).toBe(0);
    const { code, err } = await check(...flags, '--window', '2h', '--want', 'application');
    expect(code).toBe(2);
    expect(err).toMatch(/application-consistent restore points of a machine at least 3 h apart/);
    expect(err).toMatch(/P-11: https:\/\/learn\.microsoft\.com/);
    const found = await preview(2, ...flags, '--window', '2h', '--want', 'application');
    expect(found.schedule).toBe('refused');
    expect(short(found)).toEqual(['prod01 restore-point application refused']);
  });

  it('where each machine decides what it gets, each is held against the floor of that', async () => {
    const flags = ['--window', '1h', '--keep-last', '3', '--tag', 'environment=dev'];
    const found = await preview(3, ...flags);
    expect(found.schedule).toBe('fits');
    expect(short(found)).toEqual([
      'cold01 azure-backup - refused',
      'one01 disk-snapshot - due',
      'win01 restore-point application refused',
    ]);
    expect(short(await preview(3, ...flags, '--want', 'crash'))).toContain('win01 restore-point crash due');
  });

  it('a class that the guidance lacks is wrong usage, a machine too many is over a limit, none is only doubtful', async () => {
    expect((await check('--window', '24h', '--class', 'nix')).err).toMatch(/no class "nix"\n  next: it has .*dev-test/);
    expect((await check('--window', '24h', '--class', 'nix')).code).toBe(2);
    const run = await world.run('job', 'run', '--window', '24h', '--class', 'nix', '--yes', '--state-dir', folder);
    expect([run.code, /no class "nix"/.test(run.err)]).toEqual([2, true]);
    const over = await check('--window', '24h', '--tag', 'environment=dev', '--max-machines', '2', '--keep-last', '1');
    expect([over.code, /selects 3 machines, and its limit is 2/.test(over.err)]).toEqual([5, true]);
    const nobody = await check('--window', '24h', '--tag', 'environment=moon', '--keep-last', '1');
    expect([nobody.code, /selects no machine/.test(nobody.err)]).toEqual([0, true]);
  });

  it('checks a file and an exported bundle without any Azure', async () => {
    const bundle = world.at('bundle');
    expect((await world.run('inventory', '--export', bundle)).code).toBe(0);
    const file = world.at('job.yaml');
    writeFileSync(
      file,
      'name: dev\nwindow: 24h\nselector: { tags: { environment: dev } }\nretention: { keepDaily: 7 }\n',
    );
    const { code, out, err } = await holdfast(['job', 'check', file, '--offline', bundle, '--output', 'json']);
    expect(code, err).toBe(3);
    expect((JSON.parse(out) as JobPreview).machines).toHaveLength(3);
    writeFileSync(file, 'name: dev\nwindow: 24h\nselector: { tag: { environment: dev } }\n');
    const wrong = await holdfast(['job', 'check', file, '--offline', bundle]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(
      /job\.yaml:3:13: error: selector\.tag: "tag" is not known here\n  next: Did you mean "tags"\?/,
    );
  });

  it('says in its data too where machines may be that it could not see; what a job never asks for there is no matter', async () => {
    const demo = await startWorld({ speed: unhurried });
    const flags = ['--tag', 'environment=dev', '--window', '24h', '--keep-last', '3'];
    const { problems } = await demo.json<JobPreview>(6, 'job', 'check', ...flags);
    expect(problems).toMatchObject([{ code: 'machines-unread', subject: expect.stringMatching(/4a03$/) }]);
    const lab = ['--subscription', '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02'];
    expect((await demo.json<JobPreview>(0, 'job', 'check', ...flags, ...lab)).problems).toEqual([]);
    const { out } = await demo.run('job', 'check', ...flags, ...lab);
    expect(out).toMatch(/^MACHINE +CLASS +OPTION +CONSISTENCY +NOW$/m);
    await demo.end();
  });

  it('a job is said once: in a file or with flags, and a run knows no other moment than now', async () => {
    const file = world.at('said.yaml');
    writeFileSync(file, 'name: dev\nwindow: 24h\n');
    expect((await check(file, '--keep-daily', '7')).err).toMatch(/so does --keep-daily/);
    expect((await world.run('job', 'run', '--window', '24h', '--as-of', '2026-01-01T00:00:00Z')).err).toMatch(
      /for job check/,
    );
    expect((await holdfast(['job', 'run', '--window', '24h', '--offline', folder])).err).toMatch(/for job check/);
    expect(readFileSync(file, 'utf8')).toContain('name: dev');
  });

  it('who has its point already is judged for the next window, and not held to be too early for it', async () => {
    const other = await startWorld({ fleet: fleetFile, speed: 600 });
    const flags = ['--tag', 'environment=prod', '--option', 'restore-point', '--window', '24h', '--keep-last', '3'];
    const ran = await other.run('job', 'run', ...flags, '--yes', '--state-dir', other.at('state'));
    expect(ran.code, ran.err).toBe(0);
    expect(short(await other.json<JobPreview>(0, 'job', 'check', ...flags))).toEqual([
      'prod01 restore-point application existing',
    ]);
    await other.end();
  });
});

everythingConforms('job check');
