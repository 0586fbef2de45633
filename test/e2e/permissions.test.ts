import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { expectConforming } from './conforming.ts';
import { startWorld, temporaryFolder, unhurried, type WorldOptions } from './rig.ts';

const recovery = 'Microsoft.RecoveryServices/Vaults';
const asOf = '2026-11-02T12:00:00Z';

interface Lacking {
  readonly what: string;
  readonly action: string;
  /** The unknowns that may come of it, by the name of their fact. */
  readonly facts: RegExp;
  /** Options whose presence or fitness hangs on it; findings about others stay as they are. */
  readonly options: readonly string[];
  /** Machines that are unprotected for certain all the same. */
  readonly certain: readonly string[];
  /** A machine that must be called unknown now. */
  readonly unknown: string;
}

const cases: readonly Lacking[] = [
  {
    what: 'Azure Backup items',
    action: `${recovery}/backupFabrics/protectionContainers/protectedItems/read`,
    facts: /^Azure Backup items$/,
    // dev-test machines may be served by backup instead of snapshots and restore points.
    options: ['azure-backup', 'disk-snapshot', 'restore-point'],
    certain: [],
    unknown: 'shop-web-02 azure-backup',
  },
  {
    what: 'restore points',
    action: 'Microsoft.Compute/restorePointCollections/restorePoints/read',
    facts: /^points of restore-point$/,
    options: ['restore-point'],
    // No collection, so no point.
    certain: ['qa-01', 'qa-03', 'uat-01'],
    unknown: 'qa-02 restore-point',
  },
  {
    what: 'disks',
    action: 'Microsoft.Compute/disks/read',
    // A snapshot belongs to a disk of that unique id, not to a namesake.
    facts: /^disks$|^disk |^points of disk-snapshot$|^orphaned items and points$/,
    options: ['azure-backup', 'disk-snapshot', 'restore-point', 'site-recovery'],
    // Too many disks, unmanaged ones, no snapshot of a disk that the machine itself names.
    certain: ['many-disks-01', 'vhd-01', 'dev-02', 'scratch-02'],
    unknown: 'vaulted-01 azure-backup',
  },
  {
    what: 'Site Recovery items',
    action: `${recovery}/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read`,
    // A replica disk may be kept by an item out of sight.
    facts: /^Site Recovery items$|^orphaned items and points$/,
    options: ['site-recovery'],
    certain: [],
    unknown: 'erp-db-01 site-recovery',
  },
];

type Told = ReadonlyMap<string, string>;

const findings = (audit: Audit): Told =>
  new Map(
    audit.machines.flatMap(({ name, findings: found }) =>
      found.map((f) => [`${name} ${f.code} ${f.option ?? '-'}`, f.summary]),
    ),
  );

const unknowns = (audit: Audit): Told => new Map(audit.unknowns.map((u) => [`${u.subject} | ${u.fact}`, u.reason]));

const added = (now: Told, before: Told): string[] => [...now.keys()].filter((key) => !before.has(key));

describe('what the login may not read is unknown, and nothing else is', () => {
  const folder = temporaryFolder();
  const simulators: Simulator[] = [];
  let whole: Audit;

  const auditedWith = async (options: WorldOptions): Promise<Audit> => {
    const world = await startWorld({ speed: unhurried, ...options });
    try {
      simulators.push(world.simulator);
      return await world.json<Audit>(6, 'audit', '--as-of', asOf);
    } finally {
      await world.end();
    }
  };
  const auditedWithout = (...notActions: readonly string[]): Promise<Audit> => {
    const role = join(folder, 'role.json');
    writeFileSync(
      role,
      JSON.stringify({ Name: 'Reads all but', Actions: ['*/read'], NotActions: notActions, AssignableScopes: ['/'] }),
    );
    return auditedWith({ role });
  };

  beforeAll(async () => {
    whole = await auditedWithout();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(cases)('without the right to read $what', async ({ action, facts, options, certain, unknown }) => {
    const audit = await auditedWithout(action);
    expect(audit.complete).toBe(false);

    const news = added(unknowns(audit), unknowns(whole));
    expect(news.length).toBeGreaterThan(0);
    expect(news.filter((key) => !facts.test(key.split(' | ')[1]!))).toEqual([]);
    // The action is named, or the disk that is unknown for want of it.
    const why = news.map((key) => unknowns(audit).get(key)!);
    expect(why.filter((reason) => !reason.includes(action) && !/^disk \S+ was not read/.test(reason))).toEqual([]);
    // The scope is named: every subscription in which it was lacking.
    const scoped = audit.unknowns.filter(
      ({ reason }) => reason.includes(action) && /\/subscriptions\/[0-9a-f-]{36}/.test(reason),
    );
    expect(scoped.length).toBeGreaterThan(0);

    const told = findings(audit);
    expect(told.has(unknown.replace(' ', ' unknown ')), unknown).toBe(true);
    const unprotected = audit.machines
      .filter(({ findings: found }) =>
        found.some(({ code, option }) => code === 'unprotected' && options.includes(option ?? '')),
      )
      .map(({ name }) => name);
    expect([...unprotected].sort()).toEqual([...certain].sort());

    // Of what is not concerned not a word changes.
    const elsewhere = (all: Told): [string, string][] =>
      [...all].filter(([key]) => !options.includes(key.split(' ')[2]!));
    expect(elsewhere(told)).toEqual(elsewhere(findings(whole)));
    expect(added(told, findings(whole)).every((key) => key.split(' ')[1] === 'unknown')).toBe(true);
  });

  it('without the right to read vaults: none is judged, and that is said', async () => {
    const audit = await auditedWithout(`${recovery}/read`);
    expect(audit.complete).toBe(false);
    expect(audit.vaults).toEqual([]);
    const missing = audit.unknowns.filter(({ fact }) => fact === 'vaults');
    expect(missing.length).toBe(3);
    expect(
      missing.every(
        ({ reason, subject, matters }) => matters && reason.includes(`${recovery}/read`) && reason.includes(subject),
      ),
    ).toBe(true);
    // How good a vault is cannot be told of one that cannot be read; all else stands.
    const notOfVaults = (all: Told): string[] =>
      [...all.keys()].filter((key) => !/ vault-(redundancy|soft-delete-off) /.test(key));
    expect(notOfVaults(findings(audit))).toEqual(notOfVaults(findings(whole)));
    expect([...findings(audit).keys()].filter((key) => / vault-/.test(key))).toEqual([]);
  });

  it('without the right to read machines: there is no machine, nothing is orphaned, and that is said', async () => {
    const audit = await auditedWithout('Microsoft.Compute/virtualMachines/read');
    expect(audit).toMatchObject({ complete: false, machines: [] });
    // The snapshot of the fleet whose disk is gone stays one: it leans on a disk, not on a machine.
    expect(audit.orphans.filter(({ option }) => option !== 'disk-snapshot')).toEqual([]);
    expect(audit.unknowns.filter(({ fact }) => fact === 'virtual machines').length).toBe(3);
  });

  it('where its own permissions cannot be asked about: silence of Resource Graph proves nothing', async () => {
    const audit = await auditedWith({
      faults: [{ fault: 'internal-error', path: 'Microsoft.Authorization/permissions', times: 500 }],
    });
    expect(audit.complete).toBe(false);
    const told = [...findings(audit).keys()];
    const ruledOut = ['cluster-01', 'cluster-02', 'conf-01', 'many-disks-01', 'vaulted-01', 'vhd-01'];
    // Without knowing whether items are hidden nobody is unprotected, not even a machine that backup does not fit.
    expect(told.filter((key) => key.includes(' unprotected '))).toEqual([]);
    for (const name of ['shop-web-02', ...ruledOut]) expect(told, name).toContain(`${name} unknown azure-backup`);
    // What was seen is still seen.
    for (const seen of ['shop-mail-01 stopped azure-backup', 'shop-db-01 partial azure-backup'])
      expect(told).toContain(seen);
    expect(audit.unknowns.filter(({ reason }) => /permissions could not be read/.test(reason)).length).toBeGreaterThan(
      0,
    );
  });

  it('exchanged with Azure only what its documents describe', async (context) => {
    await expectConforming(context, 'permissions', simulators);
  });
});
