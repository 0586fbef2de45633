/** Baseline files: refused where the mistake stands, or compared without believing what is not so. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { compareAudits } from '../../src/core/audit-compare.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { parseBaseline } from '../../src/core/baseline-file.ts';
import { comparedOf } from '../../src/core/history/compared-audit.ts';
import { render } from '../../src/report/index.ts';
import { auditCases } from '../core/audit-cases.ts';
import { asOf } from '../core/estate-builder.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';
import { fuzz, type Fate } from './campaign.ts';
import { spoiledJson } from './mutate.ts';
import { expectPlaces } from './places.ts';

const audit = auditEstate(auditCases['items of machines that could not be read']!, shippedGuidance, asOf);
const now = comparedOf(audit);
const text = JSON.stringify(audit, null, 1);

const judge = (spoilt: string): Fate => {
  const read = parseBaseline(spoilt, 'baseline.json');
  if (read.kind === 'invalid') {
    expect(read.problems.length).toBeGreaterThan(0);
    expectPlaces(read.problems, spoilt.replace(/^\uFEFF/, ''), 'baseline.json');
    return 'refused';
  }
  const comparison = compareAudits(read.audit, now);
  // Every finding of now is new, known or unchanged: none is lost, and none is told twice.
  const findings = [...now.machines, ...now.orphans, ...now.vaults].flatMap((subject) => subject.findings);
  const told = comparison.findings.filter(({ is }) => is !== undefined).length + comparison.unchanged;
  if (comparison.notCompared.now === 0) expect(told).toBe(findings.length);
  else expect(told).toBeLessThanOrEqual(findings.length);
  for (const format of ['table', 'csv', 'ndjson'] as const)
    expect(render(format, { ...audit, comparison }, { width: 80, colour: false })).not.toBe('');
  return 'accepted';
};

describe('a baseline file', () => {
  fuzz({ name: 'baseline file', inputs: spoiledJson(text), judge, runs: 8_000 });
  fuzz({ name: 'baseline file, any JSON', inputs: fc.json(), judge, runs: 3_000 });
});
