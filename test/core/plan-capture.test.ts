/** What a capture or a clone plans, by the machine's state, the image's, and the way asked for. */
import { describe, expect, it } from 'vitest';
import type { Estate, Machine } from '../../src/core/estate.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import { draftCaptures } from '../../src/core/plan-capture.ts';
import { draftClones, nameOfClone, type CloneImage, type CloneSettings } from '../../src/core/planners/clone.ts';
import { plainCapture, type CaptureSettings } from '../../src/core/planners/capture-job.ts';
import { draftSourceCapture, type SourceCapture } from '../../src/core/planners/capture-source.ts';
import { pricePlan } from '../../src/core/cost/plan-cost.ts';
import { noPrices } from '../../src/core/cost/price-book.ts';
import { planBy, type Drafts, type PlanDraft } from '../../src/core/planning.ts';
import { noPreflight, permissionKey } from '../../src/core/preflight.ts';
import { aDataDisk, aMachine, anEstate, anOsDisk, asOf, resourceGroup, subscriptionId } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;

const drafted = (draft: PlanDraft, estate: Estate, preflight = noPreflight): Drafts =>
  draft({
    estate,
    audit: auditEstate(estate, shippedGuidance, asOf),
    guidance: shippedGuidance,
    asOf,
    preflight,
    madeBy: 'holdfast 0.0.0',
  });

const capture = (over: Parameters<typeof aMachine>[0], settings: Partial<CaptureSettings> = {}): Drafts => {
  const machine: Machine = aMachine({ os: known('linux'), ...over });
  return drafted(
    draftCaptures(new Set([machine.key]), { ...plainCapture, ...settings }),
    anEstate({ machines: [machine] }),
  );
};

const kinds = ({ steps }: Drafts): readonly string[] => steps.map(({ kind }) => kind);
const codes = ({ refusals }: Drafts): readonly string[] =>
  refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));
const generalized = { generalized: known(true), power: known('deallocated' as const) };
const two = [anOsDisk(), aDataDisk(0)];

describe('a capture', () => {
  it('of a generalized machine deallocates it first, where it is only stopped', () => {
    expect(kinds(capture({ generalized: known(true), power: known('stopped') }))).toEqual([
      'machine.deallocate',
      'image.create',
    ]);
    expect(kinds(capture(generalized))).toEqual(['image.create']);
  });

  it('holds all disks, and says so in its goal', () => {
    const { steps } = capture({ ...generalized, disks: two });
    expect(steps.at(-1)!.goal).toMatchObject({ kind: 'image-complete', dataDisks: 1 });
  });

  it.each(['trusted-launch', 'confidential'] as const)(
    'of a %s machine is a gallery version that says so',
    (securityType) => {
      const { steps } = capture({ ...generalized, securityType });
      expect(steps.map(({ kind }) => kind)).toEqual([
        'gallery.create',
        'image-definition.create',
        'image-version.create',
      ]);
      expect(steps[1]!.input).toMatchObject({ securityType, osState: 'generalized' });
    },
  );

  it('as a managed image of a Trusted Launch machine is refused, not made something else', () => {
    const refused = capture({ ...generalized, securityType: 'trusted-launch' }, { as: 'managed-image' });
    expect([kinds(refused), codes(refused)]).toEqual([[], ['no-image']]);
  });

  it('in another region or a gallery is a gallery version, since a managed image cannot be there', () => {
    const versions = ['gallery.create', 'image-definition.create', 'image-version.create'];
    const { steps } = capture(generalized, { regions: ['northeurope'] });
    expect(steps.map(({ kind }) => kind)).toEqual(versions);
    expect(steps.at(-1)!.input).toMatchObject({ targetRegions: ['westeurope', 'northeurope'] });
    expect(kinds(capture(generalized, { galleryId: `${groupId}/providers/Microsoft.Compute/galleries/g` }))).toEqual(
      versions.slice(1),
    );
  });

  it.each<[string, Parameters<typeof aMachine>[0], Partial<CaptureSettings>, string]>([
    [
      'specialized of a machine that is generalized already',
      generalized,
      { way: 'specialized' },
      'already-generalized',
    ],
    [
      'zone-resilient of a machine that only a gallery version can hold',
      { ...generalized, securityType: 'trusted-launch' },
      { zoneResilient: true },
      'no-image',
    ],
  ])('%s is refused, not made something else', (_name, over, settings, code) => {
    const refused = capture(over, settings);
    expect([kinds(refused), codes(refused)]).toEqual([[], [code]]);
  });

  it('never touches a machine in use: no step but reads of it, and everything temporary is taken back', () => {
    const { steps } = capture({ generalized: known(false) });
    const machineId = aMachine({ os: known('linux') }).id;
    expect(steps.filter(({ resourceId }) => resourceId.toLowerCase().startsWith(machineId.toLowerCase()))).toEqual([]);
    const made = steps.filter(({ kind }) =>
      [
        'virtual-network.create',
        'network-interface.create',
        'disk.create',
        'machine.create',
        'snapshot.create',
      ].includes(kind),
    );
    const removed = steps.filter(({ kind }) => kind === 'resource.delete');
    expect(new Set(removed.map(({ undoes }) => undoes))).toEqual(new Set(made.map(({ id }) => id)));
    expect(removed.every(({ runs }) => runs === 'always')).toBe(true);
    // What stays attached to something cannot be deleted before it.
    const order = steps.map(({ resourceId, kind }) => `${kind} ${resourceId}`);
    const machine = removed.find(({ resourceId }) => resourceId.includes('/virtualMachines/'))!;
    for (const { dependsOn, resourceId } of removed) {
      if (resourceId.includes('/disks/') || resourceId.includes('/networkInterfaces/'))
        expect(dependsOn).toContain(machine.id);
    }
    expect(order.indexOf(`resource.delete ${machine.resourceId}`)).toBeGreaterThan(
      order.findIndex((text) => text.startsWith('image.create')),
    );
  });

  it('costs what stays: the temporary copy is nothing to pay every month', () => {
    const machine = aMachine({ os: known('linux'), generalized: known(false) });
    const estate = anEstate({ machines: [machine] });
    const input = {
      estate,
      audit: auditEstate(estate, shippedGuidance, asOf),
      guidance: shippedGuidance,
      asOf,
      preflight: noPreflight,
      limits: {},
      madeBy: 'holdfast 0.0.0',
    };
    const { steps } = pricePlan(
      planBy(draftCaptures(new Set([machine.key]), plainCapture), input),
      estate,
      noPrices('none', { known: false, reason: 'not-read', detail: 'none' }),
    );
    const temporary = steps.filter(({ kind }) => ['snapshot.create', 'disk.create', 'machine.create'].includes(kind));
    expect(temporary.map(({ cost }) => cost?.monthlyUsd)).toEqual([0, 0, 0]);
    expect(steps.find(({ kind }) => kind === 'image.create')!.cost?.monthlyUsd).toBe('unknown');
  });

  it('starts the copy in a network that leads nowhere', () => {
    const { steps } = capture({ generalized: known(false) });
    const network = steps.find(({ kind }) => kind === 'virtual-network.create')!;
    const nic = steps.find((step) => step.kind === 'network-interface.create')!;
    expect(nic.kind === 'network-interface.create' && nic.input.subnetId.startsWith(network.resourceId)).toBe(true);
  });

  it('of a running machine with several disks is refused by way of a copy; specialized it is taken whole', () => {
    const running = { generalized: known(false), disks: two };
    expect(codes(capture(running))).toEqual(['several-disks']);
    expect(kinds(capture(running, { way: 'specialized' })).at(-1)).toBe('image-version.create');
  });

  it.each([
    ['whether it is generalized', { generalized: unknown('not-answered', 'nobody said') }, 'generalized-unknown'],
    ['its generation', { ...generalized, hyperVGeneration: unknown('not-answered', 'nobody said') }, 'traits-unknown'],
    ['its processor', { ...generalized, architecture: unknown('not-answered', 'nobody said') }, 'traits-unknown'],
    ['its power', { generalized: known(true), power: unknown('not-answered', 'nobody said') }, 'power-unknown'],
    ['its identity', { ...generalized, vmId: unknown('not-answered', 'nobody said') }, 'identity-unknown'],
  ] as const)('is not made on a guess: %s is unknown', (_what, over, code) => {
    const refused = capture(over);
    expect([kinds(refused), codes(refused)]).toEqual([[], [code]]);
  });

  it('in place asks for consent to each step that ends the machine, which looks again whether it is that machine', () => {
    const { steps } = capture({ generalized: known(false) }, { way: 'in-place' });
    expect(steps.filter(({ destructive }) => destructive).map(({ kind }) => kind)).toEqual([
      'run-command.create',
      'machine.generalize',
    ]);
    // The script cannot be taken back: it must not meet a namesake, nor a machine whose disks have changed.
    const assumed = (kind: string) =>
      steps
        .find((step) => step.kind === kind)!
        .assumes.map((each) => (each.kind === 'power-is' ? each.power : each.kind));
    expect(assumed('run-command.create')).toEqual(['machine-is', 'machine-disks-are', 'running']);
    expect(assumed('machine.deallocate')).toEqual(['machine-is', 'machine-disks-are']);
    expect(assumed('machine.generalize')).toEqual(['machine-is', 'machine-disks-are', 'deallocated']);
  });

  it('by the guidance alone never generalizes: only what is generalized already is captured', () => {
    for (const way of ['copy', 'specialized', 'in-place'] as const) {
      const { steps } = capture(generalized, { way });
      expect(steps.filter(({ kind }) => kind === 'machine.generalize')).toEqual([]);
    }
  });
});

describe('an image without a machine', () => {
  const asked: SourceCapture = {
    source: { kind: 'snapshot', id: `${groupId}/providers/Microsoft.Compute/snapshots/s` },
    osType: 'linux',
    hyperVGeneration: 'V2',
    osState: 'generalized',
    location: 'westeurope',
    groupId,
    zoneResilient: false,
    regions: [],
    large: false,
  };

  it('is a managed image when generalized, and a gallery version when specialized', () => {
    expect(kinds(drafted(draftSourceCapture(asked), anEstate({})))).toEqual(['image.create']);
    expect(kinds(drafted(draftSourceCapture({ ...asked, osState: 'specialized' }), anEstate({}))).at(-1)).toBe(
      'image-version.create',
    );
    expect(
      codes(drafted(draftSourceCapture({ ...asked, osState: 'specialized', as: 'managed-image' }), anEstate({}))),
    ).toEqual(['specialized']);
  });

  it('of a VHD has no data disk, and is refused where the login may not make it', () => {
    const vhd: SourceCapture = {
      ...asked,
      source: { kind: 'vhd', uri: 'https://x.blob.core.windows.net/v/golden.vhd' },
    };
    expect(drafted(draftSourceCapture(vhd), anEstate({})).steps[0]!.goal).toMatchObject({
      kind: 'image-complete',
      dataDisks: 0,
    });
    const forbidden = {
      ...noPreflight,
      permissions: new Map([[permissionKey('Microsoft.Compute/images/write', groupId), known(false)]]),
    };
    const refused = drafted(draftSourceCapture(vhd), anEstate({}), forbidden);
    expect([refused.steps, codes(refused)]).toEqual([[], ['no-permission']]);
  });
});

describe('clones', () => {
  const image: CloneImage = {
    id: `${groupId}/providers/Microsoft.Compute/images/golden`,
    option: 'managed-image',
    osType: 'linux',
    osState: 'generalized',
    location: 'westeurope',
    regions: ['westeurope'],
    securityType: 'standard',
  };
  const settings: CloneSettings = {
    image,
    count: 200,
    namePattern: 'web-{n:3}',
    from: 1,
    groupId,
    location: 'westeurope',
    zones: [],
    size: 'Standard_D2s_v5',
    subnetId: `${groupId}/providers/Microsoft.Network/virtualNetworks/v/subnets/s`,
    login: { adminUsername: 'ops', sshPublicKey: 'ssh-ed25519 AAAA' },
  };
  const cloned = (over: Partial<CloneSettings> = {}, preflight = noPreflight): Drafts =>
    drafted(draftClones({ ...settings, ...over }), anEstate({}), preflight);

  it('are named by the pattern, each with an interface, twenty at a time', () => {
    const { steps, refusals } = cloned();
    expect(refusals).toEqual([]);
    expect(steps).toHaveLength(400);
    expect(steps.at(-1)!.resourceId.endsWith('/virtualMachines/web-200')).toBe(true);
    expect(steps.filter(({ kind }) => kind === 'machine.create').every(({ atOnce }) => atOnce?.most === 20)).toBe(true);
    expect([nameOfClone('a{n}', 7), nameOfClone('a{n:3}', 7), nameOfClone('a{n:3}', 1234)]).toEqual([
      'a7',
      'a007',
      'a1234',
    ]);
  });

  it('of a gallery version use no storage account and no login when it is specialized', () => {
    const { login: _, ...without } = settings;
    const { steps } = drafted(
      draftClones({ ...without, image: { ...image, osState: 'specialized', option: 'gallery-image' } }),
      anEstate({}),
    );
    expect(
      steps.flatMap((step) =>
        step.kind === 'machine.create' && step.input.storage.kind === 'image' ? [step.input.storage.login] : [],
      ),
    ).toEqual(Array.from({ length: 200 }, () => null));
  });

  it.each([
    ['another region', { location: 'northeurope' }, 'image-elsewhere'],
    [
      'a generalized Windows image, which needs a password',
      { image: { ...image, osType: 'windows' as const } },
      'needs-password',
    ],
  ])('are refused for %s', (_what, over, code) => {
    const refused = cloned(over);
    expect([kinds(refused), codes(refused)]).toEqual([[], [code]]);
  });

  it('of a generalized image are refused without a login, and of a specialized one carry none though it was given', () => {
    const { login: _, ...without } = settings;
    expect(codes(drafted(draftClones({ ...without, count: 1 }), anEstate({})))).toEqual(['needs-login']);
    const [, machine] = cloned({
      count: 1,
      image: { ...image, osState: 'specialized', option: 'gallery-image' },
    }).steps;
    expect(machine!.kind === 'machine.create' && machine!.input.storage).toMatchObject({ kind: 'image', login: null });
  });

  it.each(['trusted-launch', 'confidential'] as const)(
    'of a %s image are such machines, each made after its interface',
    (securityType) => {
      const [nic, machine] = cloned({ count: 1, image: { ...image, securityType, option: 'gallery-image' } }).steps;
      expect(machine!.input).toMatchObject({ securityType });
      expect(machine!.dependsOn).toEqual([nic!.id]);
    },
  );

  it('whose name is taken are refused one by one, and the others made', () => {
    const taken = new Map([
      [`${groupId}/providers/Microsoft.Compute/virtualMachines/web-001`.toLowerCase(), known(true)],
    ]);
    const { steps, refusals } = cloned({ count: 2 }, { ...noPreflight, taken } as typeof noPreflight);
    expect(refusals.map(({ reasons }) => reasons[0]!.code)).toEqual(['name-taken']);
    expect(steps.map(({ kind }) => kind)).toEqual(['network-interface.create', 'machine.create']);
    expect(steps[1]!.resourceId.endsWith('/web-002')).toBe(true);
  });

  it('that the login may not make are refused one by one, naming the action', () => {
    const action = 'Microsoft.Compute/virtualMachines/write';
    const refused = cloned(
      { count: 2 },
      { ...noPreflight, permissions: new Map([[permissionKey(action, groupId), known(false)]]) },
    );
    expect(refused.steps).toEqual([]);
    expect(refused.refusals).toHaveLength(2);
    expect(refused.refusals[0]!.reasons[0]!.text).toContain(action);
  });
});
