/** Which gaps leave an audit incomplete: an answer that hangs on what was not read is no answer. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Audit } from '../../src/core/audit.ts';
import type { Estate, Machine, Tags } from '../../src/core/estate.ts';
import { gap, known, type UnknownReason } from '../../src/core/fact.ts';
import { aMachine, anEstate, asOf, subscriptionId } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

type Collection = Exclude<keyof Estate, 'asOf' | 'scope'>;

/** An audit of one machine with these tags, and one kind of thing that could not be read in its subscription. */
const audited = (
  tags: Tags,
  collection?: Collection,
  over: Partial<Machine> = {},
  reason: UnknownReason = 'not-answered',
): Audit => {
  const estate = anEstate({ machines: [aMachine({ tags, ...over })] });
  if (collection === undefined) return auditEstate(estate, shippedGuidance, asOf);
  const gaps = [gap(`/subscriptions/${subscriptionId}`, reason, 'no answer', 'x/read')];
  return auditEstate({ ...estate, [collection]: { ...estate[collection], gaps } }, shippedGuidance, asOf);
};
const collections = Object.keys(anEstate()).filter((key): key is Collection => key !== 'asOf' && key !== 'scope');

describe('an audit', () => {
  it('is complete where all was read', () => {
    for (const role of ['web', 'golden-image']) expect(audited({ role }).complete).toBe(true);
  });

  it.each(collections)(
    'is incomplete where the login may not read %s, whatever would have been there',
    (collection) => {
      const { complete, unknowns } = audited({ role: 'web' }, collection, {}, 'no-permission');
      expect(complete).toBe(false);
      expect(unknowns).toContainEqual(
        expect.objectContaining({ subject: `/subscriptions/${subscriptionId}`, matters: true }),
      );
    },
  );

  it.each([
    ['machines', 'web', false],
    ['disks', 'web', false],
    ['backupItems', 'web', false],
    ['replicatedItems', 'web', false],
    ['snapshots', 'web', false],
    ['restorePointCollections', 'web', false],
    ['vaults', 'web', false],
    // Whether a machine has its image hangs on these only where an image is what it needs.
    ['images', 'golden-image', false],
    ['galleryImageVersions', 'golden-image', false],
    ['images', 'web', true],
    ['galleryImageVersions', 'web', true],
    ['backupPolicies', 'web', true],
    ['locks', 'web', true],
    ['resourceGroups', 'web', true],
  ] as const)(
    'with unanswered %s, of a machine whose role is %s: complete is %s, and the gap is told',
    (kind, role, complete) => {
      const audit = audited({ role }, kind);
      expect(audit.complete).toBe(complete);
      expect(audit.unknowns.filter(({ subject }) => subject === `/subscriptions/${subscriptionId}`)).toHaveLength(1);
    },
  );

  it.each<[Collection, Tags, Partial<Machine>?]>([
    ['backupItems', { role: 'web' }],
    ['snapshots', { environment: 'dev' }],
    ['restorePointCollections', { environment: 'dev' }],
    ['images', { role: 'golden-image' }, { generalized: known(true), power: known('deallocated') }],
    ['galleryImageVersions', { role: 'golden-image' }],
  ])('says unknown, and not unprotected, where what protects a machine may be among unread %s', (kind, tags, over) => {
    const codes = (audit: Audit) => audit.machines.flatMap(({ findings }) => findings.map(({ code }) => code));
    expect(codes(audited(tags, undefined, over))).toContain('unprotected');
    expect(codes(audited(tags, kind, over))).toContain('unknown');
    expect(codes(audited(tags, kind, over))).not.toContain('unprotected');
  });
});
