/** The roles that the README hands out: enough for what they are for, on a simulator that enforces permissions. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { root, startWorld } from './rig.ts';

const role = (name: string): string => join(root, 'deploy', 'roles', `holdfast-${name}.json`);
const asOf = '2026-11-02T12:00:00Z';

const written = (actions: readonly string[]): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-role-')), 'role.json');
  writeFileSync(path, JSON.stringify({ Name: 'Made for a test', Actions: actions, NotActions: [] }));
  return path;
};

/** A copy of a role without some of its actions. */
const lacking = (name: string, gone: (action: string) => boolean): string => {
  const { Actions: actions } = JSON.parse(readFileSync(role(name), 'utf8')) as { Actions: string[] };
  const kept = actions.filter((action) => !gone(action));
  expect(kept.length).toBeLessThan(actions.length);
  return written(kept);
};

const audited = async (path: string, ...flags: readonly string[]): Promise<Audit> => {
  const world = await startWorld({ role: path });
  try {
    return await world.json<Audit>(6, 'audit', '--deep', '--as-of', asOf, ...flags);
  } finally {
    await world.end();
  }
};

const findings = (audit: Audit): readonly string[] =>
  audit.machines.flatMap((machine) => machine.findings.map(({ code, option }) => `${machine.name} ${code} ${option ?? ''}`));

describe('the roles in deploy/roles', () => {
  it('let an audit see all that a reader of everything sees, through Resource Graph and through lists', async () => {
    const all = findings(await audited(written(['*/read', 'Microsoft.RecoveryServices/locations/backupStatus/action'])));
    expect(findings(await audited(role('audit')))).toEqual(all);
    expect(findings(await audited(role('audit'), '--source', 'arm'))).toEqual(all);
  });

  it('are not wider than that: without its reads of backup items nothing is certain of backup', async () => {
    const narrow = await audited(lacking('audit', (action) => action.includes('protectedItems/read')));
    expect(findings(narrow)).toContain('shop-web-02 unknown azure-backup');
    expect(findings(narrow)).not.toContain('shop-web-02 unprotected azure-backup');
  });

  it('let a plan be applied, first backups included', async () => {
    const world = await startWorld({ role: role('protect') });
    try {
      await world.run('plan', '--first-backup', 'now', '--output-file', world.at('gap.json'));
      const outcome = JSON.parse((await world.run('apply', world.at('gap.json'), '--yes', '--output', 'json')).out) as Outcome;
      expect(outcome.steps.filter((step) => step.outcome !== 'done')).toEqual([]);
      expect(outcome.steps.length).toBeGreaterThan(20);
      const plan = JSON.parse(readFileSync(world.at('gap.json'), 'utf8')) as Plan;
      // What the role lacked would show as a refusal, not as a failed step.
      expect(plan.refusals.filter(({ reasons }) => reasons.some(({ code }) => code === 'no-permission'))).toEqual([]);
      expect(new Set(plan.steps.map(({ kind }) => kind))).toContain('restore-point.create');
    } finally {
      await world.end();
    }
  });

  it('let the audit role write nothing: a plan made for it refuses or fails, and says which action is missing', async () => {
    const world = await startWorld({ role: role('audit') });
    try {
      const before = world.simulator.state().resources.length;
      await world.run('plan', '--output-file', world.at('gap.json'));
      const ran = await world.run('apply', world.at('gap.json'), '--yes', '--output', 'json');
      const outcome = JSON.parse(ran.out) as Outcome;
      expect(outcome.steps.filter((step) => step.outcome === 'done')).toEqual([]);
      expect(world.simulator.state().resources.length).toBe(before);
      const plan = readFileSync(world.at('gap.json'), 'utf8');
      expect(plan + ran.out).toContain('/write');
    } finally {
      await world.end();
    }
  });

  it('let machines be replicated from nothing, and that be ended, by the replicate role alone', async () => {
    const world = await startWorld({ role: role('replicate'), fleet: replicable(), speed: 6000 });
    try {
      const ran = await world.run('replicate', 'shop-01', '--to', 'northeurope', '--make-network', '--yes', '--output', 'json');
      expect(ran.code, ran.err).toBe(0);
      expect((JSON.parse(ran.out) as Outcome).steps.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
      const ended = await world.run('replicate', 'shop-01', '--disable', '--yes', '--allow', 'all-destructive', '--output', 'json');
      expect(ended.code, ended.err).toBe(0);
    } finally {
      await world.end();
    }
  }, 60_000);

  it.each([
    ['write of replicated items', (action: string) => /replicationProtectedItems\/write$/.test(action), 'replicationProtectedItems/write'],
    ['write of machines, for the agent', (action: string) => action === 'Microsoft.Compute/virtualMachines/write', 'virtualMachines/write'],
    ['reading networks', (action: string) => action === 'Microsoft.Network/virtualNetworks/read', 'virtualNetworks/read'],
    ['reading storage accounts', (action: string) => action === 'Microsoft.Storage/storageAccounts/read', 'storageAccounts/read'],
  ])('lack nothing: without its %s replication is refused, with the action, before the first write', async (_name, gone, missing) => {
    const world = await startWorld({ role: lacking('replicate', gone), fleet: replicable(), speed: 6000 });
    try {
      const before = world.simulator.state().resources.length;
      const ran = await world.run('replicate', 'shop-01', '--to', 'northeurope', '--make-network', '--yes');
      expect(ran.code).toBe(1);
      expect(ran.err.replace(/\s+/g, '')).toContain(missing);
      expect(world.simulator.state().resources.length).toBe(before);
    } finally {
      await world.end();
    }
  }, 60_000);
});

const replicable = (): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-role-')), 'fleet.yaml');
  writeFileSync(
    path,
    "subscriptions: [{ key: main, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4b01, name: Replicated }]\n" +
      'machines: [{ name: shop-01, resourceGroup: rg-shop, tags: { environment: production } }]\n',
  );
  return path;
};
