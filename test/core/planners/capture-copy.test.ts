/** A capture by way of a temporary copy: what of, in which order, resting on what, and how it is taken back. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import type { Machine } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import { shortHash } from '../../../src/core/ids.ts';
import { draftCaptures } from '../../../src/core/plan-capture.ts';
import type { Step, StepKind, StepOf } from '../../../src/core/plan.ts';
import { draftImage } from '../../../src/core/planners/capture.ts';
import { plainCapture, type CaptureSettings } from '../../../src/core/planners/capture-job.ts';
import { StepIds } from '../../../src/core/planners/draft.ts';
import type { Drafts } from '../../../src/core/planning.ts';
import { noPreflight, permissionKey, type PreflightFacts } from '../../../src/core/preflight.ts';
import {
  aDataDisk,
  aLock,
  aMachine,
  anEstate,
  anOsDisk,
  asOf,
  resourceGroup,
  subscriptionId,
} from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
const running = (over: Parameters<typeof aMachine>[0] = {}): Machine =>
  aMachine({ os: known('linux'), generalized: known(false), ...over });
/** Data disks at LUN 3 and 7, off: snapshots of them agree. */
const off = (): Machine => running({ power: known('deallocated'), disks: [anOsDisk(), aDataDisk(3), aDataDisk(7)] });

interface Asked {
  readonly settings?: Partial<CaptureSettings>;
  readonly guidance?: typeof shippedGuidance;
  readonly preflight?: PreflightFacts;
  readonly estate?: Parameters<typeof anEstate>[0];
}

const capture = (
  machine: Machine,
  { settings = {}, guidance = shippedGuidance, preflight = noPreflight, estate: over = {} }: Asked = {},
): Drafts => {
  const estate = anEstate({ machines: [machine], ...over });
  const input = {
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight,
    madeBy: 'holdfast 0.0.0',
  };
  return draftCaptures(new Set([machine.key]), { ...plainCapture, ...settings })(input);
};
const of = <K extends StepKind>({ steps }: Drafts, kind: K) =>
  steps.filter((step): step is StepOf<K> => step.kind === kind);
const codes = ({ refusals }: Drafts) => refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));
const runOf = (step: Step) => ('tags' in step.input ? step.input.tags['holdfast-run'] : undefined);

describe('a temporary copy', () => {
  it('has every disk of the machine at its own LUN, each of its snapshot', () => {
    const machine = off();
    const drafts = capture(machine);
    const disks = of(drafts, 'disk.create');
    const snapshots = of(drafts, 'snapshot.create');
    expect(snapshots.map(({ input }) => input.sourceDiskId)).toEqual(machine.disks.map(({ id }) => id));
    expect(disks.map(({ input }) => input.snapshotId)).toEqual(snapshots.map(({ resourceId }) => resourceId));
    const [copy] = of(drafts, 'machine.create');
    expect(copy!.input.storage).toMatchObject({
      kind: 'disks',
      osDiskId: disks[0]!.resourceId,
      dataDisks: [
        { lun: 3, diskId: disks[1]!.resourceId },
        { lun: 7, diskId: disks[2]!.resourceId },
      ],
    });
  });

  it('is made in one order: network, interface and disks before it, the script, its stop, its mark, and only then the image of it', () => {
    const drafts = capture(running());
    const id = (kind: StepKind) => of(drafts, kind)[0]!.id;
    const needs = (kind: StepKind) => of(drafts, kind)[0]!.dependsOn;
    expect(needs('network-interface.create')).toEqual([id('virtual-network.create')]);
    expect(needs('disk.create')).toEqual([id('snapshot.create')]);
    expect(needs('machine.create')).toEqual([id('network-interface.create'), id('disk.create')]);
    expect(needs('run-command.create')).toEqual([id('machine.create')]);
    expect(needs('machine.deallocate')).toEqual([id('run-command.create')]);
    expect(needs('machine.generalize')).toEqual([id('machine.deallocate')]);
    expect(needs('image.create')).toEqual([id('machine.generalize')]);
    const [copy] = of(drafts, 'machine.create');
    for (const kind of ['run-command.create', 'machine.deallocate', 'machine.generalize'] as const) {
      expect(of(drafts, kind)[0]!.input.machineId).toBe(copy!.resourceId);
    }
    const [image] = of(drafts, 'image.create');
    expect(image!.input.source).toEqual({ kind: 'machine', id: copy!.resourceId });
    expect(image!.goal).toMatchObject({ kind: 'image-complete', sourceId: copy!.resourceId, dataDisks: 0 });
    expect(of(drafts, 'run-command.create')[0]!.goal.kind).toBe('run-command-succeeded');
    expect(of(drafts, 'machine.generalize')[0]!.assumes).toContainEqual({
      kind: 'power-is',
      machineId: copy!.resourceId,
      power: 'deallocated',
    });
  });

  it('gives no image once the machine it is a copy of is gone, or another stands under its name', () => {
    const machine = running();
    const pinned = { kind: 'machine-is', machineId: machine.id, vmId: machine.vmId.known ? machine.vmId.value : '' };
    expect(of(capture(machine), 'image.create')[0]!.assumes).toEqual([pinned]);
    expect(of(capture(machine, { settings: { as: 'gallery-image' } }), 'image-version.create')[0]!.assumes).toEqual([
      pinned,
    ]);
    expect(of(capture(machine), 'snapshot.create')[0]!.assumes).toContainEqual(pinned);
  });

  it('is taken back by looking again at each thing whether it is of this run, and snapshots only after the image', () => {
    const drafts = capture(running());
    const made = new Map(drafts.steps.map((step) => [step.id, step]));
    const [image] = of(drafts, 'image.create');
    for (const removal of of(drafts, 'resource.delete')) {
      const run = runOf(made.get(removal.undoes!)!);
      expect(run).toMatch(/^[0-9a-z]+$/);
      expect(removal.assumes).toEqual([{ kind: 'made-by-holdfast', taggedId: removal.resourceId, run }]);
    }
    const snapshot = of(drafts, 'resource.delete').find(({ input }) => input.what === 'snapshot');
    expect(snapshot!.dependsOn).toContain(image!.id);
  });

  it.each(['trusted-launch', 'confidential'] as const)('of a %s machine is one itself', (securityType) => {
    const [copy] = of(capture(running({ securityType })), 'machine.create');
    expect(copy!.input.securityType).toBe(securityType);
  });

  it('has snapshots of its own alone: what the guidance adds to those that are kept is left out', () => {
    const { plan } = shippedGuidance;
    const guidance = {
      ...shippedGuidance,
      plan: { ...plan, snapshot: { ...plan.snapshot, copyTo: 'northeurope', severalDisks: 'downtime' as const } },
    };
    const drafts = capture(off(), { guidance });
    expect(of(drafts, 'snapshot.create')).toHaveLength(3);
    expect(of(drafts, 'snapshot.copy')).toEqual([]);
    expect(codes(capture(running({ disks: [anOsDisk(), aDataDisk(0)] }), { guidance }))).toEqual(['several-disks']);
  });

  it('is not made of a machine whose size is not known, nor of one with a disk that was not read', () => {
    expect(codes(capture(running({ size: unknown('not-answered', 'no size') })))).toContain('size-unknown');
    const unread = capture(running({ disks: [{ ...anOsDisk(), disk: unknown('not-answered', 'no disk') }] }));
    expect(unread.steps).toEqual([]);
    expect(unread.refusals).toHaveLength(1);
  });

  it.each([
    [
      'the login may not delete it again',
      {
        preflight: {
          ...noPreflight,
          permissions: new Map([[permissionKey('Microsoft.Compute/virtualMachines/delete', groupId), known(false)]]),
        },
      },
      'no-permission',
    ],
    [
      'a read-only lock refuses it',
      { estate: { locks: [aLock({ level: 'read-only', scope: groupId.toLowerCase() })] } },
      'locked',
    ],
  ] as const)('is not begun where %s', (_name, asked, code) => {
    const refused = capture(running(), asked);
    expect(refused.steps).toEqual([]);
    expect(codes(refused)).toContain(code);
  });
});

describe('a capture in place', () => {
  it.each([
    ['whose power state is not known', { power: unknown('not-answered', 'no view') }, 'power-unknown'],
    ['that is only stopped', { power: known('stopped') }, 'neither-running-nor-off'],
    ['that is just starting', { power: known('starting') }, 'neither-running-nor-off'],
  ] as const)('ends no machine %s', (_name, over, code) => {
    const refused = capture(running(over as Partial<Machine>), { settings: { way: 'in-place' } });
    expect(refused.steps).toEqual([]);
    expect(codes(refused)).toEqual([code]);
  });
});

describe('a specialized capture', () => {
  it('is no managed image, though one was asked for by name', () => {
    const refused = capture(running(), { settings: { way: 'specialized', as: 'managed-image' } });
    expect(refused.steps).toEqual([]);
    expect(codes(refused)).toEqual(['no-image']);
  });

  it('lies under a definition of its own, told from the generalized one by its name and its identifier', () => {
    const definition = (machine: Machine, way: CaptureSettings['way']) =>
      of(capture(machine, { settings: { way, as: 'gallery-image' } }), 'image-definition.create')[0]!;
    const specialized = definition(running(), 'specialized');
    const generalized = definition(running({ generalized: known(true), power: known('deallocated') }), 'copy');
    expect(specialized.input.osState).toBe('specialized');
    expect(specialized.resourceId).not.toBe(generalized.resourceId);
    expect(specialized.input.identifier).not.toEqual(generalized.input.identifier);
  });

  it('carries the tags that tell whose it is, without which it could never be removed', () => {
    const machine = running();
    const [version] = of(capture(machine, { settings: { way: 'specialized' } }), 'image-version.create');
    expect(version!.input.tags).toMatchObject({
      'holdfast-made-by': 'holdfast 0.0.0',
      'holdfast-machine': shortHash(machine.key, 12),
    });
    expect(version!.input.tags['holdfast-run']).toBeDefined();
  });
});

describe('by the guidance alone', () => {
  it.each([
    ['is not', known(false)],
    ['may not be', unknown('not-answered', 'nobody said')],
  ] as const)('no image is made of a machine that %s generalized', (_name, generalized) => {
    const estate = anEstate({ machines: [running({ generalized, power: known('deallocated') })] });
    const context = {
      estate,
      guidance: shippedGuidance,
      asOf,
      preflight: noPreflight,
      madeBy: '',
      seed: 'seed',
      ids: new StepIds(),
    };
    const [assessment] = assessEstate(estate, shippedGuidance, asOf);
    const drafted = draftImage({ assessment: assessment!, option: 'managed-image' }, context);
    expect(drafted.kind === 'refused' && drafted.reasons.map(({ code }) => code)).toEqual(['not-generalized']);
  });
});
