/** What must hold of any estate: order does not show, unknown is never unprotected, and no need is forgotten. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessEstate, presenceOf } from '../../src/core/assessment.ts';
import type { Audit } from '../../src/core/audit.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { BackupItem, Estate, Machine } from '../../src/core/estate.ts';
import { gap, type Collected } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { standingCodes, standingOf } from '../../src/core/standing.ts';
import { asOf } from './estate-builder.ts';
import { collections, estates, hidden } from './any-estate.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const auditOf = (estate: Estate): Audit => auditEstate(estate, shippedGuidance, asOf);
const planOf = (estate: Estate, audit = auditOf(estate)) =>
  planProtect({
    estate,
    audit,
    guidance: shippedGuidance,
    asOf,
    preflight: noPreflight,
    limits: {},
    madeBy: 'holdfast 0.0.0',
  });

const unprotectedIn = (audit: Audit): ReadonlySet<string> =>
  new Set(
    audit.machines.filter(({ findings }) => findings.some(({ code }) => code === 'unprotected')).map(({ id }) => id),
  );

const shuffled = (estate: Estate): Estate =>
  Object.fromEntries(
    Object.entries(estate).map(([name, value]: [string, unknown]) =>
      isCollected(value)
        ? [name, { ...value, items: value.items.toReversed(), gaps: value.gaps.toReversed() }]
        : [name, value],
    ),
  ) as unknown as Estate;

const isCollected = (value: unknown): value is Collected<unknown> =>
  typeof value === 'object' && value !== null && 'items' in value;

describe('any estate', () => {
  it('gives the same audit and the same plan in whatever order Azure answered', () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const other = shuffled(estate);
        expect(JSON.stringify(auditOf(other))).toBe(JSON.stringify(auditOf(estate)));
        expect(planOf(other).digest).toBe(planOf(estate).digest);
      }),
      { numRuns: 150 },
    );
  });

  it('has no machine become unprotected because a kind of thing could not be read', () => {
    fc.assert(
      fc.property(estates, fc.subarray([...collections], { minLength: 1 }), (estate, unread) => {
        const behind = Object.fromEntries(
          unread.map((name) => [name, { items: [], gaps: [gap('/', 'no-permission', 'no')] }]),
        );
        const audit = auditOf({ ...estate, ...behind });
        const seen = unprotectedIn(auditOf(estate));
        for (const id of unprotectedIn(audit)) expect(seen).toContain(id);
        // Images matter only where a class asks for them.
        if (unread.some((name) => name !== 'images' && name !== 'galleryImageVersions'))
          expect(audit.complete).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('has no machine become unprotected because a fact about it is unknown', () => {
    const facts = [
      'os',
      'power',
      'generalized',
      'size',
      'agent',
      'diskController',
      'architecture',
      'extensions',
      'vmId',
      'hyperVGeneration',
    ] as const;
    fc.assert(
      fc.property(estates, fc.subarray([...facts], { minLength: 1 }), (estate, forgotten) => {
        const blind = (machine: Machine): Machine => ({
          ...machine,
          ...Object.fromEntries(forgotten.map((fact) => [fact, hidden])),
        });
        const audit = auditOf({ ...estate, machines: { items: estate.machines.items.map(blind), gaps: [] } });
        const seen = unprotectedIn(auditOf(estate));
        for (const id of unprotectedIn(audit)) expect(seen).toContain(id);
      }),
      { numRuns: 300 },
    );
  });

  it('calls no age stale that is not known', () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const items = estate.backupItems.items.map((item): BackupItem => {
          const { lastPointAt: _, ...rest } = item;
          return { ...rest, points: hidden, lastBackupAt: '2026-06-01T00:00:00Z' };
        });
        const audit = auditOf({ ...estate, backupItems: { items, gaps: [] } });
        const stale = audit.machines.flatMap(({ findings }) =>
          findings.filter(({ code, option }) => code === 'stale' && option === 'azure-backup'),
        );
        expect(stale).toEqual([]);
      }),
    );
  });

  it('has every need of every machine end in exactly one of: in order, steps, a refusal, left out', () => {
    fc.assert(
      fc.property(estates, fc.boolean(), (whole, blind) => {
        const estate = blind
          ? { ...whole, backupItems: { items: [], gaps: [gap('/', 'throttled', 'turned away')] } }
          : whole;
        const audit = auditOf(estate);
        const plan = planOf(estate, audit);
        for (const assessment of assessEstate(estate, shippedGuidance, asOf)) {
          const { machine, classification, results } = assessment;
          const stepped = plan.steps.filter((step) => keyOf(step.subject) === machine.key);
          const refused = plan.refusals.filter(({ subject }) => keyOf(subject) === machine.key);
          if (classification.excluded) expect([...stepped, ...refused]).toEqual([]);
          for (const result of classification.excluded ? [] : results) {
            const presence = presenceOf(assessment, result, estate);
            const { findings } = audit.machines.find(({ id }) => keyOf(id) === machine.key)!;
            const inOrder =
              presence.kind === 'present' &&
              !findings.some(({ code, option }) => option === presence.protection.option && standingCodes.has(code));
            const outcomes = [
              inOrder,
              stepped.some(({ option }) => result.requirement.anyOf.includes(option)),
              refused.some(({ option }) => result.requirement.anyOf.includes(option)),
            ];
            expect(outcomes.filter(Boolean), `${machine.name} ${result.option} ${presence.kind}`).toHaveLength(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has no machine counted as protected whose need is not met for certain', () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const audit = auditOf(estate);
        for (const assessment of assessEstate(estate, shippedGuidance, asOf)) {
          const machine = audit.machines.find(({ id }) => keyOf(id) === assessment.machine.key)!;
          if (standingOf(machine) !== 'protected') continue;
          for (const result of assessment.results) {
            const presence = presenceOf(assessment, result, estate);
            expect(presence.kind).toBe('present');
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
