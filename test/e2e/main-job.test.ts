import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { expectConforming } from './conforming.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startWorld, unhurried, type Ran, type World } from './rig.ts';

const key = (id: string): string => id.toLowerCase();
const named = (id: string): string => id.split('/').at(-1)!.toLowerCase();
/** The subscription of the demo fleet in which the login sees that it exists, and nothing else. */
const sealed = '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a03';

const stateOf = (world: World): Map<string, string> =>
  new Map(world.simulator.state().resources.map(({ id, body }) => [key(id), JSON.stringify(body)]));

/** What took effect in Azure, reads that are spelled POST and logins left out. */
const writesIn = (world: World, fromSeq = 0): string[] =>
  world.simulator
    .log()
    .filter(({ seq, accepted }) => seq > fromSeq && accepted)
    .map(({ method, url }) => `${method} ${decodeURIComponent(new URL(url).pathname)}`)
    .filter(
      (write) =>
        !/\/oauth2\/|\/Microsoft\.ResourceGraph\/resources$|\/backup(?:Status|PreValidateProtection|ValidateFeatures)$/i.test(
          write,
        ),
    );

describe('inventory, audit, plan, apply and audit again, on the demo fleet over HTTPS', () => {
  let world: World;
  let inventory: Ran;
  let before: Audit;
  let planned: Ran;
  let plan: Plan;
  let stateBefore: Map<string, string>;
  let stateAfter: Map<string, string>;
  let applied: Ran;
  let outcome: Outcome;
  let after: Audit;
  let writes: string[];
  let again: Ran;
  const simulators: Simulator[] = [];

  beforeAll(async () => {
    // Half the usual speed: no scheduled backup may change the fleet while the plan is carried out.
    world = await startWorld({ speed: 300 });
    inventory = await world.run('inventory', '--output', 'json');
    before = await world.json<Audit>(6, 'audit');
    planned = await world.run('plan', '--output-file', 'gap.json');
    plan = JSON.parse(readFileSync(world.at('gap.json'), 'utf8')) as Plan;
    stateBefore = stateOf(world);
    applied = await world.run('apply', 'gap.json', '--yes', '--output', 'json');
    outcome = JSON.parse(applied.out) as Outcome;
    writes = writesIn(world);
    stateAfter = stateOf(world);
    const mark = world.simulator.log().at(-1)!.seq;
    again = await world.run('apply', 'gap.json', '--yes', '--output', 'json');
    expect(writesIn(world, mark)).toEqual([]);
    // Resource Graph shows what was written only after its lag.
    world.simulator.clock.advance(60_000);
    after = await world.json<Audit>(6, 'audit');
  });
  afterAll(() => world.end());

  it('gives 6 wherever the sealed subscription matters, and says that it could not be read', () => {
    // Apply answers for what its plan set out to do: that is known. What is unknown besides is the audit's affair.
    expect([inventory.code, planned.code, applied.code, again.code]).toEqual([6, 6, 0, 0]);
    for (const audit of [before, after]) {
      expect(audit.complete).toBe(false);
      const blind = audit.unknowns.filter(({ subject }) => subject.includes(sealed));
      expect(blind.map(({ fact }) => fact)).toEqual(
        expect.arrayContaining(['virtual machines', 'Azure Backup items', 'Site Recovery items']),
      );
      expect(blind.every(({ reason }) => reason.includes(sealed) && /\/read\b/.test(reason))).toBe(true);
      expect(JSON.stringify(audit.machines)).not.toContain('ledger-01');
    }
  });

  it('writes the plan and its summary for the owner alone, and says how to go on', () => {
    for (const file of ['gap.json', 'gap.json.md', 'gap.json.journal.ndjson']) {
      expect(statSync(world.at(file)).mode & 0o777, file).toBe(0o600);
    }
    expect(planned.err).toContain('Next: holdfast apply gap.json');
    expect(readFileSync(world.at('gap.json.md'), 'utf8')).toContain('shop-web-02');
  });

  it('plans backups, snapshots and restore points, and refuses what it cannot carry out instead of weakening it', () => {
    const kinds = new Set(plan.steps.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'backup-policy.create',
      'backup.enable',
      'restore-point-collection.create',
      'restore-point.create',
      'snapshot.create',
      'vault.create',
    ]);
    const refused = Object.fromEntries(
      plan.refusals.map(({ subject, option, reasons }) => [named(subject), `${option} ${reasons[0]?.code}`]),
    );
    // One refusal for one need, and none for a need that a step of the plan meets.
    const needs = plan.refusals.map(({ subject, option }) => key(`${subject} ${option}`));
    expect(new Set(needs).size).toBe(needs.length);
    expect(
      plan.steps.filter(({ subject, option }) => needs.includes(key(`${subject} ${option}`))).map(({ id }) => id),
    ).toEqual([]);
    expect(refused).toMatchObject({
      'vhd-01': 'azure-backup backup-unmanaged-disk',
      'many-disks-01': 'azure-backup backup-disk-count',
      'shop-mail-01': 'azure-backup stopped',
      'shop-report-01': 'azure-backup soft-deleted',
      'pay-gw-02': 'site-recovery presence-unknown',
    });
    // One machine, several disks: never a set of independent snapshots in the place of what was refused.
    const snapshotted = plan.steps
      .filter(({ kind }) => kind === 'snapshot.create')
      .map(({ subject }) => named(subject));
    expect(snapshotted.sort()).toEqual(['dev-02', 'dev-03', 'scratch-02']);
    const captured = plan.steps
      .filter(({ kind }) => kind === 'restore-point.create')
      .map(({ subject }) => named(subject));
    expect(captured.sort()).toEqual(['qa-01', 'qa-03', 'uat-01']);
  });

  it('has something to do or to refuse for every machine at risk that the plan covers', () => {
    const spoken = new Set([...plan.steps, ...plan.refusals].map(({ subject }) => key(subject)));
    const unprotected = before.machines.filter(({ findings }) => findings.some(({ code }) => code === 'unprotected'));
    expect(unprotected.length).toBeGreaterThan(5);
    expect(unprotected.filter(({ id }) => !spoken.has(key(id))).map(({ name }) => name)).toEqual([]);
  });

  it('sends each write of the plan once and no other', () => {
    const asked = plan.steps.map(({ method, resourceId }) => key(`${method} ${resourceId}`));
    // And the leases of machines: each taken and given back, with nothing else of the machine changed.
    const isLease = (line: string): boolean =>
      /^patch .*\/virtualmachines\/[^/]+\/providers\/microsoft\.resources\/tags\/default$/.test(line);
    const all = writes.map(key);
    expect(all.filter((line) => !isLease(line)).sort()).toEqual([...asked].sort());
    for (const [line, times] of Map.groupBy(all.filter(isLease), (one) => one))
      expect([line, times.length % 2]).toEqual([line, 0]);
  });

  it('changes in Azure only what the plan names, and what Azure adds to that by itself', () => {
    const touched = [...stateAfter].filter(([id, body]) => stateBefore.get(id) !== body).map(([id]) => id);
    const named = plan.steps.map(({ resourceId }) => key(resourceId));
    const ofAzure = (id: string): boolean =>
      /\/backupjobs\/[^/]+$/.test(id) || // one for each protection that was set up
      named.some((made) => made.startsWith(`${id}/protecteditems/`)) || // the item's container
      named.some((made) => id.startsWith(`${made}/backuppolicies/`)) || // a new vault comes with three policies
      named.some((made) => id.startsWith(`${made}/diskrestorepoints/`)) || // a restore point holds one of each disk
      id.endsWith('/backuppolicies/enhancedpolicy'); // counts its items
    expect(touched.filter((id) => !named.includes(id) && !ofAzure(id))).toEqual([]);
    expect(named.filter((id) => !touched.includes(id))).toEqual([]);
    expect([...stateBefore.keys()].filter((id) => !stateAfter.has(id))).toEqual([]);
  });

  it('tells the outcome of each step, and verifies by looking again', () => {
    expect(outcome).toMatchObject({ kind: 'holdfast.outcome', plan: plan.digest });
    expect(outcome.steps.map(({ id, outcome: what }) => `${id} ${what}`)).toEqual(
      plan.steps.map(({ id }) => `${id} done`),
    );
    const states = new Map(outcome.verification!.subjects.map(({ id, state }) => [key(id), state]));
    for (const step of plan.steps) {
      if (step.kind === 'snapshot.create' || step.kind === 'restore-point.create')
        expect(states.get(key(step.subject)), step.id).toBe('protected');
    }
    const waiting = outcome.verification!.subjects.filter(({ state }) => state === 'protection-pending');
    const enabled = plan.steps.filter(({ kind }) => kind === 'backup.enable').map(({ subject }) => key(subject));
    expect(waiting.map(({ id }) => key(id)).filter((id) => !enabled.includes(id))).toEqual([]);
    expect(waiting.length).toBeGreaterThan(0);
    for (const { id, dueBy } of waiting)
      expect(Date.parse(dueBy ?? ''), id).toBeGreaterThan(Date.parse(outcome.verification!.asOf));
    // Refused machines are still at risk, and said to be.
    expect(states.get(key(plan.refusals.find(({ subject }) => named(subject) === 'vhd-01')!.subject))).toBe(
      'still-at-risk',
    );
  });

  it('moves the machines it wrote for from at risk to protected or pending', () => {
    const codes = (audit: Audit, id: string): string[] =>
      audit.machines.find((machine) => key(machine.id) === key(id))!.findings.map(({ code }) => code);
    const machines = plan.steps
      .filter(({ kind }) => ['backup.enable', 'snapshot.create', 'restore-point.create'].includes(kind))
      .map(({ subject }) => subject);
    for (const id of machines) {
      expect(codes(before, id), id).toEqual(expect.arrayContaining([expect.stringMatching(/^(?:unprotected|stale)$/)]));
      expect(codes(after, id), id).not.toContain('unprotected');
      expect(codes(after, id), id).not.toContain('stale');
    }
    const unprotected = (audit: Audit): string[] =>
      audit.machines
        .filter(({ findings }) => findings.some(({ code }) => code === 'unprotected'))
        .map(({ name }) => name)
        .sort();
    const named = new Set(machines.map(key));
    const left = before.machines.filter(({ id }) => !named.has(key(id))).map(({ name }) => name);
    expect(unprotected(after)).toEqual(unprotected(before).filter((name) => left.includes(name)));
    expect(unprotected(after).length).toBeLessThan(unprotected(before).length);
  });

  it('reports already-done throughout when applied a second time, writes nothing and exits 0', () => {
    const second = JSON.parse(again.out) as Outcome;
    expect(second.steps.map(({ id, outcome: what }) => `${id} ${what}`)).toEqual(
      plan.steps.map(({ id }) => `${id} already-done`),
    );
    expect(again.code).toBe(0);
    // Whether pay-gw-02 has Site Recovery from the sealed subscription stays unknown, and is still said.
    const unknown = second.verification!.subjects.filter(({ state }) => state === 'unknown').map(({ id }) => named(id));
    expect(unknown).toContain('pay-gw-02');
    expect(second.verification!.summary.unknown).toBe(unknown.length);
  });

  it('keeps operation URLs whole in the journal and without their query everywhere else', () => {
    const journal = readFileSync(world.at('gap.json.journal.ndjson'), 'utf8');
    const queries = [...journal.matchAll(/https:\/\/[^"]*(\?[^"]*)"/g)].map(([, query]) => query!);
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.some((query) => /[?&](?:c|s|h|t)=/.test(query))).toBe(true);
    expect(statSync(world.at('gap.json.journal.ndjson')).mode & 0o777).toBe(0o600);
    const shown = [applied.out, applied.err, again.out, again.err, readFileSync(world.at('gap.json'), 'utf8')].join(
      '\n',
    );
    for (const query of queries) expect(shown).not.toContain(query);
    expect(shown).not.toMatch(/\/operations\/[^\s"]*\?/i);
  });

  it('prints no secret and no token', () => {
    const secret = readFileSync(`${world.cloud}.secret`, 'utf8').trim();
    expect(secret.length).toBeGreaterThan(10);
    const said = [inventory, planned, applied, again].map(({ out, err }) => out + err).join('\n');
    expect(said).not.toContain(secret);
    expect(said).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });

  it('comes to the same audit through list calls as through Resource Graph, apart from why something is unknown', async () => {
    const still = await startWorld({ speed: unhurried });
    const [graph, lists] = await Promise.all(
      ['graph', 'arm'].map((source) =>
        still.json<Audit>(6, 'audit', '--source', source, '--as-of', '2026-11-02T12:00:00Z'),
      ),
    );
    await still.end();
    expect(comparable(lists!)).toEqual(comparable(graph!));
    simulators.push(still.simulator);
  });

  it('exits 0 on the first and on the second apply where nothing about its machines is unknown', async () => {
    const small = await startWorld({ speed: 300 });
    const planning = await small.run(
      'plan',
      '--tag',
      'environment=dev',
      '--tag',
      'backup-exclude-until=2024-01-31',
      '--output-file',
      'dev.json',
    );
    expect(planning.code).toBe(6);
    expect(await small.json<Outcome>(0, 'apply', 'dev.json', '--yes')).toMatchObject({
      verification: { summary: { unknown: 0 } },
    });
    const second = await small.json<Outcome>(0, 'apply', 'dev.json', '--yes');
    const dev = JSON.parse(readFileSync(small.at('dev.json'), 'utf8')) as Plan;
    expect(second.steps.map(({ id, outcome: what }) => `${id} ${what}`)).toEqual(
      dev.steps.map(({ id }) => `${id} already-done`),
    );
    expect(dev.steps.length).toBeGreaterThan(0);
    simulators.push(small.simulator);
    await small.end();
  });

  it('exchanged with Azure only what its documents describe', async (context) => {
    await expectConforming(context, 'the main job', [world.simulator, ...simulators]);
  });
});

/** An audit without the words for what could not be read, and in one spelling of ids: lists upper-case resource groups. */
const comparable = (audit: Audit): unknown => {
  const unworded = {
    ...audit,
    unknowns: [
      ...new Set(audit.unknowns.map(({ subject, fact, matters }) => `${key(subject)} ${fact} ${matters}`)),
    ].sort(),
    machines: audit.machines.map((machine) => ({
      ...machine,
      resourceGroup: key(machine.resourceGroup),
      findings: machine.findings.map((finding) => (finding.code === 'unknown' ? { ...finding, summary: '' } : finding)),
    })),
  };
  return JSON.parse(
    JSON.stringify(unworded).replaceAll(/\/subscriptions\/[^" ]*/gi, (id) => id.toLowerCase()),
  ) as unknown;
};
