/** `protect` and every verb of Azure Backup, from the command line to the simulated Azure and back. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { expectConforming } from './conforming.ts';
import { root, startWorld, temporaryFolder, type Ran, type World } from './rig.ts';

const fleet = () => {
  const path = `${temporaryFolder()}/fleet.yaml`;
  const text = stringify({
    subscriptions: [{ key: 'one', id: '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4b01', name: 'One' }],
    defaults: { resourceGroup: 'rg-shop', location: 'westeurope' },
    vaults: [{ name: 'vault-shop', resourceGroup: 'rg-shop', location: 'westeurope' }],
    machines: [
      { name: 'bare', os: 'linux', tags: { env: 'prod' } },
      { name: 'disks', os: 'linux', tags: { env: 'prod', striping: 'none' }, dataDisks: [{ count: 3, sizeGiB: 64 }] },
      {
        name: 'striped',
        os: 'linux',
        tags: { env: 'prod', striping: 'raid0' },
        dataDisks: [{ count: 3, sizeGiB: 64 }],
      },
      { name: 'kept', os: 'windows', tags: { env: 'prod' }, backup: { vault: 'vault-shop', points: [{ age: '6h' }] } },
    ],
  });
  writeFileSync(path, text);
  return path;
};

describe('protect', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ fleet: fleet(), speed: 6000 });
  });
  afterAll(async () => {
    await world.end();
  });

  const protect = (...argv: readonly string[]): Promise<Ran> => world.run('protect', ...argv, '--output', 'json');
  const outcome = ({ out, err, code }: Ran): Outcome => {
    if (out === '') throw new Error(`exit ${code}\n${err}`);
    return JSON.parse(out) as Outcome;
  };
  const done = (ran: Ran): readonly string[] => outcome(ran).steps.map(({ id, outcome: kind }) => `${id} ${kind}`);
  const itemOf = (name: string) =>
    world.simulator
      .state()
      .resources.find(({ id, type }) => /protectedItems$/i.test(type) && id.toLowerCase().endsWith(`;${name}`))?.body[
      'properties'
    ];
  const writes = (): number =>
    world.simulator.log().filter(({ method }) => ['PUT', 'PATCH', 'DELETE'].includes(method)).length;
  /** The plan of the last run that made one. */
  const lastPlan = (): Plan => {
    const files = readdirSync(world.folder).filter((file) => /^holdfast-protect-[0-9a-f]+\.json$/.test(file));
    const plans = files.map((file) => JSON.parse(readFileSync(world.at(file), 'utf8')) as Plan);
    return plans.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1)!;
  };

  it('enables in the vault that is there, and a second time finds nothing to do', async () => {
    const ran = await protect('bare', '--yes');
    expect(done(ran)).toContain('backup-bare done');
    expect(itemOf('bare')).toMatchObject({ protectionState: 'IRPending' });
    const again = await protect('bare', '--yes');
    expect([again.code, again.out]).toEqual([0, '']);
  });

  it('writes nothing without consent, and keeps the plan', async () => {
    const before = writes();
    const ran = await protect('disks');
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('protection in vault-shop');
    expect(writes()).toBe(before);
  });

  it('leaves out a disk by LUN, and says what that costs a restore', async () => {
    const ran = await protect('disks', '--exclude-lun', '1', '--yes');
    expect(ran.err).toContain('LUN 1');
    expect(done(ran)).toContain('backup-disks done');
    expect(itemOf('disks')['extendedProperties']).toEqual({
      diskExclusionProperties: { diskLunList: [1], isInclusionList: false },
    });
  });

  it('leaves out no part of a striped set', async () => {
    const ran = await protect('striped', '--exclude-lun', '1', '--yes');
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('are striped');
    expect(itemOf('striped')).toBeUndefined();
  });

  it('backs up now, once, and tells the consistency of the point', async () => {
    const ran = await protect('kept', '--now', '--yes');
    const [step] = outcome(ran).steps;
    expect(step).toMatchObject({ id: 'backup-now-kept', outcome: 'done' });
    expect(step!.detail).toMatch(/^a point of 2026-\S+, application-consistent/);
    expect(world.simulator.log().filter(({ method, url }) => method === 'POST' && /\/backup\?/.test(url))).toHaveLength(
      1,
    );
  });

  it('stops and keeps the points; then resumes under a policy of the guidance', async () => {
    expect(done(await protect('disks', '--stop', 'retain', '--yes'))).toEqual(['stop-backup-disks done']);
    expect(itemOf('disks')).toMatchObject({ protectionState: 'ProtectionStopped', policyId: '' });
    const now = await protect('disks', '--now', '--yes');
    expect([now.code, now.out]).toEqual([1, '']);
    expect(now.err).toContain('--resume');
    expect(done(await protect('disks', '--resume', '--exclude-lun', '2', '--yes'))).toContain(
      'resume-backup-disks done',
    );
    expect(itemOf('disks')['policyId']).toMatch(/backupPolicies/);
    expect(itemOf('disks')['extendedProperties']['diskExclusionProperties']['diskLunList']).toEqual([2]);
  });

  it('changes the disks of a backup in force, and puts back what is not named any more', async () => {
    expect(done(await protect('disks', '--exclude-lun', '0', '--yes'))).toEqual(['backup-disks-disks done']);
    expect(itemOf('disks')['extendedProperties']['diskExclusionProperties']['diskLunList']).toEqual([0]);
  });

  it('puts every disk back when asked to, and then has nothing left to do', async () => {
    expect(done(await protect('disks', '--all-disks', '--yes'))).toEqual(['backup-disks-disks done']);
    expect(itemOf('disks')['extendedProperties']?.['diskExclusionProperties']).toBeUndefined();
    expect((await protect('disks', '--all-disks', '--yes')).out).not.toContain('done');
    expect((await protect('disks', '--all-disks', '--exclude-lun', '0')).code).toBe(2);
  });

  it('goes from a standard to an enhanced policy only with consent of its own, and never back', async () => {
    const standard = await protect('striped', '--policy', 'DefaultPolicy', '--yes');
    expect(done(standard)).toEqual(['backup-striped done']);
    const bare = await protect('striped', '--policy', 'EnhancedPolicy', '--yes');
    expect([bare.code, bare.out]).toEqual([2, '']);
    expect(bare.err).toContain('--allow backup-policy-striped');
    const allowed = await protect('striped', '--policy', 'EnhancedPolicy', '--yes', '--allow', 'backup-policy-striped');
    expect(done(allowed)).toEqual(['backup-policy-striped done']);
    expect(lastPlan().steps[0]).toMatchObject({ kind: 'backup.reconfigure', destructive: true });
    expect(itemOf('striped')['policyName']).toBe('EnhancedPolicy');
    const back = await protect('striped', '--policy', 'DefaultPolicy', '--yes', '--allow', 'all-destructive');
    expect([back.code, back.out]).toEqual([1, '']);
    expect(back.err).toMatch(/never\s+goes\s+back/);
  });

  it('deletes into soft delete with consent of its own, undeletes, and resumes in the same plan', async () => {
    const unasked = await protect('kept', '--stop', 'delete', '--yes');
    expect([unasked.code, unasked.out]).toEqual([2, '']);
    expect(itemOf('kept')['isScheduledForDeferredDelete']).toBeUndefined();
    expect(done(await protect('kept', '--stop', 'delete', '--yes', '--allow', 'delete-backup-kept'))).toEqual([
      'delete-backup-kept done',
    ]);
    expect(itemOf('kept')).toMatchObject({ isScheduledForDeferredDelete: true });
    const enable = await protect('kept', '--yes');
    expect([enable.code, enable.out]).toEqual([1, '']);
    expect(enable.err).toContain('--undelete');
    const back = done(await protect('kept', '--undelete', '--resume', '--yes'));
    expect(back).toContain('undelete-backup-kept done');
    expect(back).toContain('resume-backup-kept done');
    expect(itemOf('kept')['isScheduledForDeferredDelete']).toBeUndefined();
    expect(itemOf('kept')['policyId']).toMatch(/backupPolicies/);
  });

  it.each([
    [['kept', '--now', '--stop', 'retain'], 'at once'],
    [['kept', '--now', '--policy', 'DefaultPolicy'], 'means nothing with --now'],
    [['kept', '--stop', 'delete', '--option', 'disk-snapshot'], 'goes with none'],
    [[], 'told of no machine'],
  ] as const)('refuses %j', async (argv, words) => {
    const ran = await protect(...argv);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(words);
  });

  it('exchange what Azure documents', (context) => expectConforming(context, 'protect', [world.simulator]));
});

describe('a plan', () => {
  const confidential = (): string => {
    const path = `${temporaryFolder()}/fleet.yaml`;
    const text = stringify({
      subscriptions: [{ key: 'one', id: '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4b01', name: 'One' }],
      defaults: { resourceGroup: 'rg-shop', location: 'westeurope' },
      machines: [
        { name: 'secret', os: 'linux', size: 'Standard_DC4as_v5', tags: { env: 'prod' } },
        { name: 'plain', os: 'linux', tags: { env: 'prod' } },
      ],
    });
    writeFileSync(path, text);
    return path;
  };
  const locked = `extends: default
plan:
  vault:
    immutability: { value: locked, source: https://example.com }
    softDeleteDays: { value: 30, source: https://example.com }
`;

  it('refuses in Azure’s own words what Azure would refuse, and protects the others', async () => {
    const world = await startWorld({ fleet: confidential(), speed: 6000 });
    try {
      const plan = await world.json<Plan>(0, 'plan');
      const refusal = plan.refusals.find(({ subject }) => subject.endsWith('/secret'))!;
      expect(refusal.reasons).toMatchObject([
        { code: 'refused-by-azure', text: expect.stringContaining('NotSupported') as string },
      ]);
      expect(
        plan.steps.filter(({ kind }) => kind === 'backup.enable').map(({ subject }) => subject.split('/').at(-1)),
      ).toEqual(['plain']);
    } finally {
      await world.end();
    }
  });

  it('makes a vault with the soft delete of the guidance, and locks it only with consent of its own', async (context) => {
    const world = await startWorld({ fleet: confidential(), speed: 6000 });
    const vaults = () =>
      world.simulator
        .state()
        .resources.filter(({ type }) => /vaults$/i.test(type))
        .map(({ body }) => body['properties']['securitySettings']);
    try {
      writeFileSync(world.at('guidance.yaml'), locked);
      const asked = ['protect', 'plain', '--config', world.at('guidance.yaml'), '--yes'];
      const unasked = await world.run(...asked);
      expect([unasked.code, vaults()]).toEqual([2, []]);
      const step = /--allow (lock-\S+)/.exec(unasked.err)![1]!;
      expect((await world.run(...asked, '--allow', step)).code).toBe(0);
      expect(vaults()).toMatchObject([
        { immutabilitySettings: { state: 'Locked' }, softDeleteSettings: { softDeleteRetentionPeriodInDays: 30 } },
      ]);
      const deletion = await world.run('protect', 'plain', '--stop', 'delete', '--yes', '--allow', 'all-destructive');
      expect(deletion.code).toBe(1);
      expect(deletion.err).toContain('immutable');
      await expectConforming(context, 'a locked vault', [world.simulator]);
    } finally {
      await world.end();
    }
  });
});

describe('a login that may not delete backups', () => {
  it('is told the missing action before the first write, and may stop them all the same', async () => {
    const { Actions: actions } = JSON.parse(readFileSync(`${root}/deploy/roles/holdfast-protect.json`, 'utf8')) as {
      Actions: string[];
    };
    const role = `${temporaryFolder()}/role.json`;
    const kept = actions.filter((action) => !action.endsWith('protectedItems/delete'));
    writeFileSync(role, JSON.stringify({ Name: 'Without deletion', Actions: kept, NotActions: [] }));
    const world = await startWorld({ fleet: fleet(), role, speed: 6000 });
    try {
      const ran = await world.run('protect', 'kept', '--stop', 'delete', '--yes', '--allow', 'all-destructive');
      expect(ran.code).toBe(1);
      expect(ran.err).toContain('protectedItems/delete');
      const stopped = await world.json<Outcome>(0, 'protect', 'kept', '--stop', 'retain', '--yes');
      expect(stopped.steps.map(({ outcome }) => outcome)).toEqual(['done']);
    } finally {
      await world.end();
    }
  });
});
