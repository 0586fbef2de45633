/** Plan files: any change of a byte is refused, or changes nothing that the plan says. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { canonicalJson, digestOf } from '../../src/core/plan-digest.ts';
import { parsePlanFile, planText } from '../../src/core/plan-file.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import type { Plan } from '../../src/core/plan.ts';
import { planCases } from '../core/audit-cases.ts';
import { asOf } from '../core/estate-builder.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';
import { fuzz, type Fate } from './campaign.ts';
import { damaged, flipped, twisted } from './mutate.ts';
import { expectPlaces } from './places.ts';

const estate = planCases['one new vault and policy for several machines of a region']!;
const made = planProtect({
  estate,
  audit: auditEstate(estate, shippedGuidance, asOf),
  guidance: shippedGuidance,
  asOf,
  preflight: noPreflight,
  limits: { maxChanges: 10 },
  madeBy: 'holdfast 0.0.0',
});
// The guidance is most of a plan file and is not interpreted; a small one lets more inputs fit.
const { digest: _, ...rest } = { ...made, guidance: { name: 'small' } } as unknown as Plan;
const plan = { ...rest, digest: digestOf(rest) } as Plan;
const text = planText(plan);

const unchanged = (changed: string): Fate => {
  const read = parsePlanFile(changed, 'plan.json');
  if (read.kind === 'invalid') {
    expect(read.problems.length).toBeGreaterThan(0);
    expectPlaces(read.problems, changed, 'plan.json');
    return 'refused';
  }
  // Not only the digest: everything the engine will read.
  expect(canonicalJson(read.plan)).toBe(canonicalJson(plan));
  return 'accepted';
};

/** Somebody who knows how may seal what he changed. It is refused, or it is a plan that the schema vouches for. */
const sealed = (value: unknown): Fate => {
  const resealed =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value, digest: digestOf(value as Plan) }
      : value;
  const changed = JSON.stringify(resealed, null, 1) ?? '';
  const read = parsePlanFile(changed, 'plan.json');
  if (read.kind === 'plan') {
    expect(read.plan.digest).toBe(digestOf(read.plan));
    return 'accepted';
  }
  expectPlaces(read.problems, changed, 'plan.json');
  return 'refused';
};

describe('a plan file', () => {
  fuzz({ name: 'plan, a bit flipped', inputs: flipped(text), judge: unchanged, runs: 20_000 });
  fuzz({ name: 'plan, bytes damaged', inputs: damaged(text), judge: unchanged, runs: 12_000 });
  fuzz({
    name: 'plan, values twisted',
    inputs: twisted(plan).map((value) => JSON.stringify(value) ?? ''),
    judge: unchanged,
    runs: 4_000,
  });
  fuzz({ name: 'plan, values twisted and sealed again', inputs: twisted(plan), judge: sealed, runs: 4_000 });
  fuzz({ name: 'plan, any JSON', inputs: fc.json(), judge: unchanged, runs: 4_000 });
});
