/** Verification is a second audit held against the first. */
import { describe, expect, it } from 'vitest';
import type { Estate } from '../../src/core/estate.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { verifyPlan } from '../../src/core/verify.ts';
import { auditCases, planCases } from './audit-cases.ts';
import { anEstate, asOf, machineId } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const auditOf = (estate: Estate) => auditEstate(estate, shippedGuidance, asOf);

const before = planCases['backup into a vault and policy that are there']!;
const plan = planProtect({
  estate: before,
  audit: auditOf(before),
  guidance: shippedGuidance,
  asOf,
  preflight: noPreflight,
  limits: {},
  madeBy: 'holdfast 0.0.0',
});

const verifiedAfter = (name: string) => verifyPlan(plan, auditOf(before), auditOf(auditCases[name]!)).subjects[0]!;

describe('verification', () => {
  it.each([
    ['production machine with a fresh backup', 'protected'],
    ['backup waiting for its first run', 'protection-pending'],
    ['production machine without backup', 'still-at-risk'],
    ['backup older than its class allows', 'still-at-risk'],
    ['backup items that could not be read', 'unknown'],
  ] as const)('after apply, %s: %s', (name, state) => {
    expect(verifiedAfter(name)).toMatchObject({ id: machineId(), state, before: [{ code: 'unprotected' }] });
  });

  it('says by when the first point is due', () => {
    expect(verifiedAfter('backup waiting for its first run').dueBy).toBe('2026-06-04T04:00:00Z');
  });

  it('calls a machine unknown that the second audit does not hold, never protected', () => {
    const { subjects, summary } = verifyPlan(plan, auditOf(before), auditOf(anEstate()));
    expect(subjects).toMatchObject([{ state: 'unknown', after: [] }]);
    expect(subjects[0]!.detail).toContain('not in the audit made after apply');
    expect(summary).toEqual({ protected: 0, 'protection-pending': 0, 'still-at-risk': 0, unknown: 1 });
  });

  it('counts what the plan refused among its subjects, and vaults not at all', () => {
    const estate = planCases['mission-critical machine gets backup and a refusal for replication']!;
    const made = planProtect({
      estate,
      audit: auditOf(estate),
      guidance: shippedGuidance,
      asOf,
      preflight: noPreflight,
      limits: {},
      madeBy: 'x',
    });
    const { subjects } = verifyPlan(made, undefined, auditOf(estate));
    expect(subjects).toHaveLength(1);
    expect(subjects[0]).not.toHaveProperty('before');
  });

  it('calls a machine that was excluded in the meantime unknown, and says so', () => {
    const estate = auditCases['machine left out on purpose, and one whose exclusion ran out']!;
    expect(verifyPlan(plan, undefined, auditOf(estate)).subjects[0]).toMatchObject({
      state: 'unknown',
      detail: 'it was excluded in the meantime: rebuilt nightly',
    });
  });
});
