/** `capture` and `clone` over the simulator, from the command line to the state of the simulated Azure. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { expectConforming } from './conforming.ts';
import { root, startWorld, type Ran, type World } from './rig.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

const subscription = '5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01';
const group = `/subscriptions/${subscription}/resourceGroups/rg-app`;
const machines = `${group}/providers/Microsoft.Compute/virtualMachines`;

const fleet = `
subscriptions: [{ key: main, id: ${subscription}, name: Main }]
machines:
  - { name: golden, os: linux, power: deallocated, generalized: true, dataDisks: [{ count: 2 }] }
  - { name: web, os: linux }
  - { name: win, os: windows }
  - { name: db, os: linux, dataDisks: [{ count: 2 }] }
  - { name: off, os: linux, power: deallocated, dataDisks: [{ count: 1 }] }
  - { name: trusted, os: linux, security: TrustedLaunch, power: deallocated, generalized: true }
`;

interface Made {
  readonly ran: Ran;
  readonly plan: Plan;
  readonly outcome: Outcome | undefined;
}

describe('capture', () => {
  let world: World;
  let made = 0;
  const simulators: Simulator[] = [];
  beforeEach(async () => {
    world = await startWorld({
      fleet: fleetFile(),
      role: join(root, 'deploy/roles/holdfast-capture.json'),
      speed: 6000,
    });
    simulators.push(world.simulator);
  });
  afterEach(() => world.end());

  const fleetFile = (): string => {
    const path = join(tmpdir(), `holdfast-capture-${process.pid}.yaml`);
    writeFileSync(path, fleet);
    return path;
  };

  const run = async (...argv: readonly string[]): Promise<Made> => {
    made += 1;
    const file = world.at(`plan-${made}.json`);
    const ran = await world.run(...argv, '--plan-file', file, '--output', 'json');
    const plan = readdirSync(world.folder).includes(`plan-${made}.json`)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Plan)
      : undefined;
    return { ran, plan: plan as Plan, outcome: ran.out.startsWith('{') ? (JSON.parse(ran.out) as Outcome) : undefined };
  };

  const ids = (type: string): readonly string[] =>
    world.simulator
      .state()
      .resources.filter(({ id }) => id.toLowerCase().includes(`/providers/${type.toLowerCase()}/`))
      .map(({ id }) => id.split('/').at(-1)!);
  const of = (id: string) =>
    world.simulator.state().resources.find((each) => each.id.toLowerCase() === id.toLowerCase());
  const unfinished = (outcome: Outcome | undefined) => outcome?.steps.filter((step) => step.outcome !== 'done');

  it('of a generalized machine makes one managed image with all its disks', async () => {
    const { ran, plan, outcome } = await run('capture', 'golden', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['image.create']);
    expect(unfinished(outcome)).toEqual([]);
    const [image] = ids('Microsoft.Compute/images');
    expect(
      of(`${group}/providers/Microsoft.Compute/images/${image}`)?.body['properties'].storageProfile.dataDisks,
    ).toHaveLength(2);
  });

  it('of a Trusted Launch machine makes a gallery version, since no managed image can hold it', async () => {
    const { ran, plan } = await run('capture', 'trusted', '--region', 'northeurope', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(plan.steps.map(({ kind }) => kind)).toEqual([
      'gallery.create',
      'image-definition.create',
      'image-version.create',
    ]);
    const again = await run('capture', 'trusted', '--yes');
    // Gallery and definition are found and reused.
    expect(again.outcome?.steps.slice(0, 2).map(({ outcome }) => outcome)).toEqual(['already-done', 'already-done']);
  });

  it('of a machine in use works on a copy, which is gone afterwards, and leaves the machine running as it was', async () => {
    const before = of(`${machines}/web`);
    const kinds = [
      'Microsoft.Compute/virtualMachines',
      'Microsoft.Compute/disks',
      'Microsoft.Compute/snapshots',
      'Microsoft.Network/networkInterfaces',
      'Microsoft.Network/virtualNetworks',
    ];
    const had = kinds.map(ids);
    const { ran, plan, outcome } = await run('capture', 'web', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(unfinished(outcome)).toEqual([]);
    expect(plan.steps.filter(({ destructive }) => destructive)).toEqual([]);
    expect(ids('Microsoft.Compute/images')).toHaveLength(1);
    expect(kinds.map(ids)).toEqual(had);
    expect(of(`${machines}/web`)?.body).toEqual(before?.body);
    expect(of(`${machines}/web`)?.hidden['generalized']).not.toBe(true);
  });

  it('captures Windows the same way, by Sysprep in the copy', async () => {
    const { ran, outcome } = await run('capture', 'win', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(unfinished(outcome)).toEqual([]);
  });

  it('of a deallocated machine with several disks copies all of them; of a running one it refuses', async () => {
    const off = await run('capture', 'off', '--yes');
    expect(off.ran.code, off.ran.err).toBe(0);
    const [image] = ids('Microsoft.Compute/images');
    expect(
      of(`${group}/providers/Microsoft.Compute/images/${image}`)?.body['properties'].storageProfile.dataDisks,
    ).toHaveLength(1);
    const running = await run('capture', 'db', '--yes');
    expect(running.ran.code).toBe(1);
    expect(running.ran.err).toContain('--specialized');
    expect(running.outcome).toBeUndefined();
  });

  it('--specialized takes a running machine as it is', async () => {
    const { ran, plan } = await run('capture', 'db', '--specialized', '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(plan.steps.at(-1)).toMatchObject({
      kind: 'image-version.create',
      input: { source: { kind: 'machine', id: `${machines}/db` } },
    });
    expect(of(`${machines}/db`)?.hidden['generalized']).not.toBe(true);
  });

  it('--in-place generalizes nothing until each step is allowed by its own name', async () => {
    for (const allow of [[], ['--allow', 'all-destructive']]) {
      const { ran } = await run('capture', 'web', '--in-place', '--yes', ...allow);
      expect(ran.code, ran.err).toBe(2);
      expect(ran.err).toContain('--allow generalize-web');
      expect(of(`${machines}/web`)?.hidden['generalized']).not.toBe(true);
    }
    const { ran, outcome } = await run(
      'capture',
      'web',
      '--in-place',
      '--yes',
      '--allow',
      'deprovision-web',
      '--allow',
      'generalize-web',
    );
    expect(ran.code, ran.err).toBe(0);
    expect(unfinished(outcome)).toEqual([]);
    expect(of(`${machines}/web`)?.hidden['generalized']).toBe(true);
    expect(ids('Microsoft.Compute/images')).toHaveLength(1);
  });

  it('makes an image of an operating system disk, and refuses a URL with a signature', async () => {
    const disk = of(`${machines}/off`)?.body['properties'].storageProfile.osDisk.managedDisk.id as string;
    const traits = ['--os-type', 'linux', '--generation', 'V2', '--os-state', 'generalized'];
    const { ran, outcome } = await run('capture', '--from-disk', disk, ...traits, '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(unfinished(outcome)).toEqual([]);
    const signed = await run(
      'capture',
      '--from-vhd',
      'https://acc.blob.core.windows.net/vhds/os.vhd?sig=secret',
      ...traits,
      '--into',
      group,
      '--location',
      'westeurope',
    );
    expect(signed.ran.code).toBe(2);
    expect(signed.ran.err + signed.ran.out).not.toContain('secret');
  });

  it('clones many machines, twenty at a time at most, and reports each', async () => {
    await run('capture', 'golden', '--yes');
    const [image] = ids('Microsoft.Compute/images');
    const network = world.simulator
      .state()
      .resources.find(({ type }) => type.toLowerCase() === 'microsoft.network/virtualnetworks')!.id;
    const subnet = `${network}/subnets/${world.simulator.state().resources.find(({ id }) => id === network)?.body['properties'].subnets?.[0]?.name ?? 'default'}`;
    const key = world.at('key.pub');
    writeFileSync(key, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfakefakefakefakefakefakefakefakefake ops@example\n');
    const argv = [
      'clone',
      '--image',
      `${group}/providers/Microsoft.Compute/images/${image}`,
      '--count',
      '25',
      '--name',
      'web-{n:3}',
      '--size',
      'Standard_D2s_v5',
      '--subnet',
      subnet,
      '--admin-username',
      'ops',
      '--ssh-key-file',
      key,
    ];
    const { ran, outcome, plan } = await run(...argv, '--yes');
    expect(ran.code, ran.err).toBe(0);
    expect(outcome?.steps.filter(({ id }) => id.startsWith('machine-web-'))).toHaveLength(25);
    expect(unfinished(outcome)).toEqual([]);
    expect(plan.steps.filter(({ atOnce }) => atOnce?.most === 20)).toHaveLength(25);
    expect(ids('Microsoft.Storage/storageAccounts')).toEqual([]);
    const again = await run(...argv, '--yes');
    expect(again.ran.code).not.toBe(0);
    expect(again.outcome).toBeUndefined();
    writeFileSync(key, '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    expect((await run(...argv)).ran.err).toContain('PRIVATE key');
  });

  it('exchanged with Azure only what its documents describe', async (context) => {
    await expectConforming(context, 'capture and clone', simulators);
  });
});
