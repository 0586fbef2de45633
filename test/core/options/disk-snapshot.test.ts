import { describe, expect, it } from 'vitest';
import type { Machine, Snapshot } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { diskSnapshot } from '../../../src/core/options/disk-snapshot.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import { aMachine, anEstate, anOsDisk, aSnapshot, asOf, diskId } from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

const one = aMachine();
const two = aMachine({ dataDisks: 1 });
const present = (snapshots: readonly Snapshot[], machine: Machine = one) =>
  diskSnapshot.present(machine, anEstate({ snapshots }));
const ofData = (over: Parameters<typeof aSnapshot>[0] = {}) =>
  aSnapshot({
    name: 'web01-data-0-snap',
    sourceDiskKey: keyOf(diskId('web01-data-0')),
    sourceUniqueId: 'unique-web01-data-0',
    ...over,
  });

describe('what snapshots already do for a machine', () => {
  it('is one complete, crash-consistent point on a machine with one disk', () => {
    expect(present([aSnapshot()])).toMatchObject([
      {
        state: 'complete',
        healthy: true,
        disksLeftOut: [],
        newestPoint: { at: '2026-06-03T03:00:00Z', consistency: 'crash', disksIncluded: 1, disksAttached: 1 },
      },
    ]);
  });

  it('takes no snapshot of an earlier disk of the same id for ours, compared without regard to case', () => {
    expect(present([aSnapshot({ sourceUniqueId: 'of-an-earlier-disk' })])).toEqual([]);
    expect(present([aSnapshot({ sourceUniqueId: 'UNIQUE-WEB01-OS' })])).toHaveLength(1);
  });

  it('does not vouch for snapshots of a disk that was not read', () => {
    const unread = aMachine({ disks: [{ ...anOsDisk(), disk: unknown('not-answered', 'no answer holds it') }] });
    expect(present([aSnapshot()], unread)).toMatchObject([
      { healthy: false, pointsUnknown: { reason: 'not-answered' } },
    ]);
  });

  it.each([
    ['is not provisioned', { provisioned: false }, 'copying', true],
    ['is copied in part', { completionPercent: 99 }, 'copying', true],
    ['is pending access', { access: 'pending' }, 'copying', true],
    ['is only instantly accessible, and so leans on its source', { access: 'instant-access' }, 'instant-access', true],
    ['failed to copy', { copyError: 'CopySourceNotFound' }, 'failed', false],
  ] as const)('is no point while a snapshot %s', (_name, over, state, pending) => {
    const [protection] = present([aSnapshot(over)]);
    expect(protection).toMatchObject({ state, pending, healthy: false });
    expect(protection!.newestPoint).toBeUndefined();
  });

  it('falls back on the last complete snapshot of a disk while a newer one is copied', () => {
    const copying = aSnapshot({ name: 'newer', createdAt: '2026-06-03T09:00:00Z', completionPercent: 40 });
    expect(present([copying, aSnapshot()])[0]).toMatchObject({
      healthy: true,
      newestPoint: { at: '2026-06-03T03:00:00Z' },
    });
  });

  it('counts a percentage that Azure leaves out, as it does at old versions, as whole', () => {
    const { completionPercent: _percent, access: _access, ...old } = aSnapshot();
    expect(present([old])[0]).toMatchObject({ healthy: true });
  });

  describe('taken as a set', () => {
    const tags = { 'holdfast-set': 's', 'holdfast-disks': '2', 'holdfast-consistency': 'crash' };
    const whole = [aSnapshot({ tags }), ofData({ tags })];
    const needs = (machine: Machine, snapshots: readonly Snapshot[], at = asOf) =>
      auditEstate(anEstate({ machines: [machine], snapshots }), shippedGuidance, at).machines[0]!.findings.map(
        ({ code }) => code,
      );
    const running = { ...two, tags: { env: 'dev', striping: 'none' } };

    it('is no point when it lacks one of its disks', () => {
      const [protection] = present([whole[0]!], two);
      expect(protection).toMatchObject({
        state: 'incomplete',
        healthy: false,
        detail: 'it lacks some of the disks it was to hold',
      });
      expect(protection!.newestPoint).toBeUndefined();
      expect(present([whole[0]!, ofData({ tags, failed: true, provisioned: false })], two)[0]).toMatchObject({
        healthy: false,
      });
    });

    it('does not stand in the way of an older whole one', () => {
      const older = { ...tags, 'holdfast-set': 'older' };
      const sets = [
        whole[0]!,
        aSnapshot({ name: 'o1', tags: older, createdAt: '2026-06-01T00:00:00Z' }),
        ofData({ name: 'o2', tags: older, createdAt: '2026-06-01T00:00:00Z' }),
      ];
      expect(present(sets, two)[0]).toMatchObject({ healthy: true, newestPoint: { at: '2026-06-01T00:00:00Z' } });
    });

    it('while its machine was off serves the machine also now that it runs, until it is too old; one that does not agree never does', () => {
      expect(needs(running, whole)).toEqual([]);
      expect(needs(running, whole, '2026-06-20T00:00:00Z')).not.toEqual([]);
      const apart = whole.map((snapshot) => ({ ...snapshot, tags: { ...tags, 'holdfast-consistency': 'none' } }));
      expect(needs(running, apart)).toEqual(['wrong-option', 'unprotected']);
      expect(
        needs(
          running,
          whole.map((snapshot) => ({ ...snapshot, tags: {} })),
        ),
      ).toEqual(['wrong-option', 'unprotected']);
    });
  });

  it('names the disks that no snapshot covers', () => {
    expect(present([aSnapshot()], two)[0]!.disksLeftOut).toEqual(['web01-data-0']);
  });

  it('is as old as the oldest of several disks taken one by one, and promises no consistency between them', () => {
    expect(present([aSnapshot(), ofData({ createdAt: '2026-05-01T00:00:00Z' })], two)[0]).toMatchObject({
      disksLeftOut: [],
      newestPoint: { at: '2026-05-01T00:00:00Z', consistency: 'none', disksIncluded: 2 },
    });
  });

  it('cannot tell how a machine that is off now was when several disks were taken', () => {
    const off = aMachine({ dataDisks: 1, power: known('deallocated') });
    expect(present([aSnapshot(), ofData()], off)[0]!.newestPoint!.consistency).toBe('unknown');
  });

  it('believes the tags of its own sets, in whatever case the tag names come back', () => {
    const tags = { 'HoldFast-Set': 's1', 'holdfast-consistency': 'crash' };
    expect(present([aSnapshot({ tags }), ofData({ tags })], two)[0]).toMatchObject({
      healthy: true,
      newestPoint: { consistency: 'crash', disksIncluded: 2 },
    });
  });

  it('does not believe a consistency that only part of a set claims', () => {
    const tags = { 'holdfast-set': 's1' };
    const both = [aSnapshot({ tags: { ...tags, 'holdfast-consistency': 'application' } }), ofData({ tags })];
    expect(present(both, two)[0]!.newestPoint!.consistency).toBe('none');
  });

  it('prefers a set of all disks to a newer one of some, and mentions a set still under way', () => {
    const whole = { 'holdfast-set': 'whole', 'holdfast-consistency': 'crash' };
    const part = { 'holdfast-set': 'part' };
    const coming = { 'holdfast-set': 'coming' };
    const protections = present(
      [
        aSnapshot({ tags: whole }),
        ofData({ tags: whole }),
        aSnapshot({ name: 'p', tags: part, createdAt: '2026-06-03T10:00:00Z' }),
        aSnapshot({ name: 'c', tags: coming, createdAt: '2026-06-03T11:00:00Z', completionPercent: 3 }),
      ],
      two,
    );
    expect(protections.map(({ state, disksLeftOut }) => [state, disksLeftOut.length])).toEqual([
      ['complete', 0],
      ['copying', 1],
    ]);
  });
});
