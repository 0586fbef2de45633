import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import { expectConforming } from './conforming.ts';
import { holdfast, root, startWorld, unhurried, type Ran, type World } from './rig.ts';

const asOf = '2026-11-02T12:00:00Z';
const recorded = join(root, '..', 'shared', 'real', 'estate');

const offline = (folder: string): Promise<Ran> =>
  holdfast(['audit', '--offline', folder, '--as-of', asOf, '--output', 'json']);

/** Azure's refusals end with the id of the request: the one thing that two readings of the same fleet cannot share. */
const withoutRequestIds = (text: string): string => text.replaceAll(/ \(request [0-9a-f-]{36}\)/g, '');

describe('a fleet exported to a bundle', () => {
  let live: World;
  let served: World;
  let exported: Ran;
  let bundle: string;

  beforeAll(async () => {
    live = await startWorld({ speed: unhurried });
    bundle = live.at('bundle');
    exported = await live.run('inventory', '--export', 'bundle', '--deep');
    served = await startWorld({ fleet: bundle, speed: unhurried });
  });
  afterAll(async () => {
    await served.end();
    await live.end();
  });

  it('is written for its owner alone, with a file for each kind that was read, and says how to go on', () => {
    expect(exported.code).toBe(6);
    expect(exported.err).toContain(`holdfast audit --offline ${bundle}`);
    expect(readdirSync(bundle).sort()).toEqual([
      'backupPolicies.json',
      'bundle.json',
      'disks.json',
      'galleryImageVersions.json',
      'images.json',
      'locks.json',
      'protectedItems.json',
      'recoveryPoints.json',
      'replicationProtectedItems.json',
      'replicationRecoveryPoints.json',
      'resourceGroups.json',
      'restorePointCollections.json',
      'restorePoints.json',
      'snapshots.json',
      'vaults.json',
      'virtualMachines.json',
    ]);
    for (const file of readdirSync(bundle)) expect(statSync(join(bundle, file)).mode & 0o777, file).toBe(0o600);
    expect(statSync(bundle).mode & 0o777).toBe(0o700);
  });

  it('gives, byte for byte, the audit that the fleet itself gives', async () => {
    const there = await live.run('audit', '--deep', '--as-of', asOf, '--output', 'json');
    const here = await offline(bundle);
    expect([here.code, there.code]).toEqual([6, 6]);
    expect(withoutRequestIds(here.out)).toBe(withoutRequestIds(there.out));
  });

  it('gives, byte for byte, the same audit when the simulator serves it again', async () => {
    const again = await served.run('audit', '--deep', '--as-of', asOf, '--output', 'json');
    expect(withoutRequestIds(again.out)).toBe(withoutRequestIds((await offline(bundle)).out));
  });

  it('is not written over, and not taken from another bundle', async () => {
    const twice = await live.run('inventory', '--export', 'bundle');
    expect([twice.code, twice.out]).toEqual([2, '']);
    expect(twice.err).toContain('is not empty');
    const copied = await holdfast(['inventory', '--offline', bundle, '--export', join(bundle, 'copy')]);
    expect(copied.code).toBe(2);
  });

  it('exchanged with Azure only what its documents describe', async (context) => {
    await expectConforming(context, 'bundles', [live.simulator, served.simulator]);
  });
});

const atHand = existsSync(recorded);
if (!atHand) console.log(`skipped: there is no recorded estate at ${recorded}`);

describe.skipIf(!atHand)('the recorded estate, served by the simulator', () => {
  let served: World;
  beforeAll(async () => {
    served = await startWorld({ fleet: recorded, speed: unhurried });
  });
  afterAll(() => served.end());

  it('is audited as it is from its files, apart from where and why something is unknown', async () => {
    const files = JSON.parse((await offline(recorded)).out) as Audit;
    const live = await served.json<Audit>(6, 'audit', '--as-of', asOf);
    expect(substance(live)).toEqual(substance(files));
    expect(unknownFacts(live)).toEqual(unknownFacts(files));
  });
});

type Body = Readonly<Record<string, unknown>>;

/**
 * What an audit says without the words for what is not known. From files a gap is everywhere ("the bundle is incomplete"); from
 * the simulator it is a permission that is lacking in each subscription. The scope is the bundle's own title there, and a list of
 * subscriptions here. A sentence about what is unknown carries that reason, so those sentences are left out, and nothing else.
 */
const substance = (audit: Audit): Body => {
  const { unknowns: _unknowns, scope: _scope, selection: _selection, ...rest } = audit;
  return {
    ...rest,
    machines: audit.machines.map((machine) => ({
      ...machine,
      striping: {
        ...machine.striping,
        evidence: machine.striping.evidence.filter((line) => !/is not known:/.test(line)),
      },
      verdicts: machine.verdicts.map((verdict) => ({
        ...verdict,
        reasons: verdict.reasons.map((reason) =>
          /unknown|not known|cannot tell/i.test(reason.text) ? { ...reason, text: '' } : reason,
        ),
      })),
      findings: machine.findings.map((finding) =>
        finding.code === 'unknown' ? { ...finding, summary: '', remedy: '' } : finding,
      ),
    })),
  };
};

/** Facts about machines that are unknown, and the kinds of resource that could not be read wholly, wherever. */
const unknownFacts = (audit: Audit): readonly string[] => {
  const isMachine = (subject: string): boolean => /\/virtualMachines\/[^/]+$/i.test(subject);
  const told = audit.unknowns
    .map(
      // A right that is lacking matters wherever it is; a file that a bundle lacks, only where something hangs on it.
      ({ subject, fact, matters }) =>
        isMachine(subject) ? `${subject.toLowerCase()} | ${fact} | ${matters}` : `somewhere | ${fact}`,
    )
    // Machines are listed wholly by the simulator: only so is their run-time state told.
    .filter((line) => !line.startsWith('somewhere | virtual machines'));
  return [...new Set(told)].sort();
};
