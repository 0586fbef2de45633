/** A machine stopped for its snapshots over the simulator, as the planner plans it: it runs in the end, whatever happened between. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Machine } from '../../src/core/estate.ts';
import { draftPoints } from '../../src/core/plan-snapshot.ts';
import { planBy } from '../../src/core/planning.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { aMachine, anAttachedDisk, anEstate, asOf, resourceGroup, subscriptionId } from '../core/estate-builder.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';
import { live, type Life } from './process.ts';
import { azureOver } from './in-process.ts';

const startsAt = Date.parse(asOf);
/** No restore point holds a shared disk, and Azure Backup takes no such machine. */
const machine: Machine = aMachine({
  tags: { env: 'dev' },
  disks: [anAttachedDisk(), anAttachedDisk({ role: 'data', name: 'web01-data-0' }, { maxShares: 2 })],
});
const estate = anEstate({ machines: [machine] });

const planned: Plan = planBy(
  draftPoints({ machines: new Set([machine.key]), option: 'auto', settings: { severalDisks: 'downtime' } }),
  {
    estate,
    audit: auditEstate(estate, shippedGuidance, asOf),
    guidance: shippedGuidance,
    asOf,
    preflight: noPreflight,
    madeBy: 'test',
    limits: {},
  },
);

const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/${resourceGroup}`;

const simulated = (power = 'running', faults: readonly FaultRule[] = []): Simulator =>
  createSimulator({
    startsAt,
    faults,
    listLagMs: 60_000,
    fleet: {
      tenantId: '99999999-0000-4000-8000-000000000000',
      subscriptions: [{ id: subscriptionId, name: 'test' }],
      principals: [
        {
          clientId: 'cccccccc-0000-4000-8000-000000000001',
          name: 'applier',
          assignments: [{ scope: subscription, actions: ['*'] }],
        },
      ],
      resources: [
        {
          id: group,
          name: resourceGroup,
          type: 'Microsoft.Resources/resourceGroups',
          location: 'westeurope',
          properties: { provisioningState: 'Succeeded' },
        },
        ...machine.disks.map(({ id, disk }) => ({
          id: id!,
          name: disk.known ? disk.value.name : '',
          type: 'Microsoft.Compute/disks',
          location: 'westeurope',
          managedBy: machine.id,
          sku: { name: 'Premium_LRS', tier: 'Premium' },
          properties: {
            creationData: { createOption: 'Empty' },
            diskSizeGB: 30,
            diskState: 'Attached',
            provisioningState: 'Succeeded',
            timeCreated: '2026-01-01T00:00:00Z',
            uniqueId: disk.known ? disk.value.uniqueId : '',
            networkAccessPolicy: 'DenyAll',
            publicNetworkAccess: 'Disabled',
            encryption: { type: 'EncryptionAtRestWithPlatformKey' },
          },
        })),
        {
          id: machine.id,
          name: 'web01',
          type: 'Microsoft.Compute/virtualMachines',
          location: 'westeurope',
          hidden: { power },
          properties: {
            vmId: machine.vmId.known ? machine.vmId.value : '',
            provisioningState: 'Succeeded',
            hardwareProfile: { vmSize: 'Standard_D2s_v5' },
            storageProfile: {
              osDisk: {
                osType: 'Windows',
                name: 'web01-os',
                createOption: 'FromImage',
                caching: 'ReadWrite',
                managedDisk: { id: machine.disks[0]!.id },
                diskSizeGB: 30,
              },
              dataDisks: [
                {
                  lun: 0,
                  name: 'web01-data-0',
                  createOption: 'Attach',
                  caching: 'None',
                  managedDisk: { id: machine.disks[1]!.id },
                  diskSizeGB: 30,
                },
              ],
            },
            osProfile: { computerName: 'web01', windowsConfiguration: {} },
          },
        },
      ],
    },
  });

interface World {
  readonly simulator: Simulator;
  readonly lines: string[];
  now: number;
}

const worldOf = (simulator = simulated()): World => ({ simulator, lines: [], now: startsAt });

const liveIn = async (world: World, dieAt?: number, plan: Plan = planned): Promise<Life> => {
  const { simulator, lines } = world;
  const life = await live({
    plan,
    startAt: world.now,
    dieAt,
    lines,
    onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
    azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
  });
  world.now = life.endedAt + 30_000;
  simulator.clock.advance(world.now - simulator.clock.now());
  return life;
};

const ended = (life: Life) => life.outcomes.map(({ id, outcome }) => `${id}: ${outcome}`);
const powerOf = ({ simulator }: World): unknown =>
  simulator.state().resources.find(({ id }) => id.toLowerCase() === machine.key)?.hidden['power'];
const snapshotsIn = ({ simulator }: World) =>
  simulator.state().resources.filter(({ type }) => /\/snapshots$/i.test(type));
const actionsOn = ({ simulator }: World): readonly string[] =>
  simulator
    .log()
    .flatMap(({ method, url, accepted }) =>
      method === 'POST' && accepted ? [new URL(url, 'https://x').pathname.split('/').at(-1)!] : [],
    );
const withSteps = (edit: (step: Step) => Step): Plan => ({ ...planned, steps: planned.steps.map(edit) });

describe('a machine stopped for its snapshots', () => {
  it('is off while they are taken, and runs again; a second apply touches nothing', async () => {
    const world = worldOf();
    expect(ended(await liveIn(world))).toEqual([
      'deallocate-web01: done',
      'snapshot-web01-web01-os: done',
      'snapshot-web01-web01-data-0: done',
      'start-web01: done',
    ]);
    expect(actionsOn(world)).toEqual(['deallocate', 'start']);
    expect(powerOf(world)).toBe('running');
    expect(snapshotsIn(world)).toHaveLength(2);
    expect(new Set((await liveIn(world)).outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['already-done']));
    expect(actionsOn(world)).toEqual(['deallocate', 'start']);
  });

  it('runs in the end wherever the process is killed, once it is applied again', async () => {
    const whole = await liveIn(worldOf());
    const bad: string[] = [];
    for (let point = 0; point < whole.points.length; point += 1) {
      const world = worldOf();
      await liveIn(world, point);
      const second = await liveIn(world);
      const undone = second.outcomes.filter(({ outcome }) => !/done/.test(outcome));
      if (powerOf(world) !== 'running') bad.push(`${whole.points[point]}: it is ${String(powerOf(world))}`);
      if (snapshotsIn(world).length !== 2) bad.push(`${whole.points[point]}: ${snapshotsIn(world).length} snapshots`);
      bad.push(...undone.map(({ id, detail }) => `${whole.points[point]}: ${id} ${detail}`));
    }
    console.log(`killed at ${whole.points.length} points around a stop and a start`);
    expect(bad).toEqual([]);
  }, 120_000);

  it('is started again when a snapshot cannot be taken', async () => {
    const world = worldOf();
    const plan = withSteps((step) =>
      step.kind === 'snapshot.create'
        ? { ...step, assumes: [{ kind: 'disk-is', diskId: step.input.sourceDiskId, uniqueId: 'another' }] }
        : step,
    );
    expect(ended(await liveIn(world, undefined, plan))).toEqual([
      'deallocate-web01: done',
      'snapshot-web01-web01-os: moved',
      'snapshot-web01-web01-data-0: moved',
      'start-web01: done',
    ]);
    expect(powerOf(world)).toBe('running');
  });

  it('that somebody stopped since the plan is left as it is: no snapshot, no start', async () => {
    const world = worldOf(simulated('stopped'));
    expect(ended(await liveIn(world))).toEqual([
      'deallocate-web01: moved',
      'snapshot-web01-web01-os: skipped',
      'snapshot-web01-web01-data-0: skipped',
      'start-web01: moved',
    ]);
    expect(actionsOn(world)).toEqual([]);
    expect(powerOf(world)).toBe('stopped');
  });

  it('that somebody deallocated since the plan gets its snapshots, and is not started', async () => {
    const world = worldOf(simulated('deallocated'));
    expect(ended(await liveIn(world))).toEqual([
      'deallocate-web01: already-done',
      'snapshot-web01-web01-os: done',
      'snapshot-web01-web01-data-0: done',
      'start-web01: moved',
    ]);
    expect(actionsOn(world)).toEqual([]);
    expect(powerOf(world)).toBe('deallocated');
  });
});
