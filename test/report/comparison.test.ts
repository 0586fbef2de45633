/** An audit with what changed since another: in every format, within the terminal, and what went out of sight not called gone. */
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import { compareAudits } from '../../src/core/audit-compare.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Estate } from '../../src/core/estate.ts';
import { gap } from '../../src/core/fact.ts';
import { comparedOf } from '../../src/core/history/compared-audit.ts';
import { keyOf } from '../../src/core/ids.ts';
import { dayMs, instantMs, toInstant } from '../../src/core/time.ts';
import { formatIds, formats, render } from '../../src/report/index.ts';
import {
  aBackupItem,
  aBackupItemId,
  aMachine,
  anEstate,
  asOf,
  aVault,
  machineId,
  subscriptionId,
} from '../core/estate-builder.ts';
import { expectGolden } from '../core/golden.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';

const production = { env: 'prod' };
const backupOf = (name: string) => {
  const id = aBackupItemId(name);
  return aBackupItem({ id, key: keyOf(id), machineKey: keyOf(machineId(name)) });
};
const estateOf = (machines: readonly string[], backups: readonly string[], parts: Partial<Estate> = {}): Estate =>
  anEstate({
    machines: machines.map((name) => aMachine({ name, tags: name.startsWith('dev') ? { env: 'dev' } : production })),
    vaults: [aVault()],
    backupItems: backups.map(backupOf),
    ...parts,
  });
const auditOf = (estate: Estate): Audit => auditEstate(estate, shippedGuidance, asOf);
const since = (before: Audit, now: Audit): Audit => ({
  ...now,
  comparison: compareAudits(comparedOf(before), comparedOf(now)),
});

const changed = since(auditOf(estateOf(['web01', 'web02', 'gone', 'dev01'], ['web01'])), {
  ...auditOf(estateOf(['web01', 'web02', '=new', 'dev01'], ['web02'])),
  guidance: { name: 'mine', digest: 'x' },
});
const sealed = { items: [], gaps: [gap(`/subscriptions/${subscriptionId}`, 'no-permission', 'may not read it')] };
const blind = since(
  auditOf(estateOf(['web01', 'web02'], ['web02'])),
  auditOf(estateOf(['web01', 'web02'], [], { backupItems: sealed })),
);

describe('an audit with a baseline', () => {
  it.each(formatIds)('as %s', (format) => {
    expectGolden(
      `report/audit-since.${formats[format].extension}`,
      render(format, changed, { width: 100, colour: false }),
    );
  });

  it.each([80, 100, 160])('as a table of %i columns stays within them', (width) => {
    for (const report of [changed, blind])
      for (const line of render('table', report, { width, colour: false }).split('\n'))
        expect(stringWidth(line), line).toBeLessThanOrEqual(width);
  });

  it('does not call gone what went out of sight', () => {
    const text = render('table', blind, { width: 100, colour: false });
    const part = text.slice(text.indexOf('SINCE'));
    expect(part).toMatch(/no longer known +was high +web01 +unprotected/);
    expect(part).not.toMatch(/^(gone|new|better) /m);
    expect(part).toContain('What is no longer known is not gone');
  });

  it('says that nothing changed, where nothing did', () => {
    const same = since(changed, changed);
    expect(render('table', same, { width: 100, colour: false })).toMatch(/No finding changed; \d+ as before\./);
  });

  it('says that the baseline is the later one, and its changes are told backwards', () => {
    const [first, second] = [auditOf(estateOf(['web01'], [])), auditOf(estateOf(['web01', 'web02'], []))];
    const later = { ...second, asOf: toInstant(instantMs(asOf)! + 3 * dayMs) };
    const backwards = since(later, first);
    expect(backwards.comparison?.notes).toEqual([
      'the baseline was made 3 days after this audit: changes are told backwards, what is called new is not in the later one, and what is called gone came after this one',
    ]);
    expect(backwards.comparison?.machines.map(({ change }) => change)).toEqual(['disappeared']);
    const text = render('table', backwards, { width: 100, colour: false });
    expect(text).toContain(`AGAINST THE LATER AUDIT OF ${later.asOf} (this audit: ${asOf})`);
    expect(text).toContain('Note: the baseline was made 3 days after this audit');
    expect(text).not.toContain('SINCE');
    expect(since(first, later).comparison?.notes).toEqual([]);
    expect(since(first, first).comparison?.notes).toEqual([]);
  });
});
