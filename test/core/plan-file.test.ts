/** A plan file does exactly what it says, or nothing: digest, versions, places of errors, order of steps. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { jsonPlaces, placeOf } from '../../src/core/json-position.ts';
import { canonicalJson, digestOf, sealPlan } from '../../src/core/plan-digest.ts';
import { parsePlanFile, planText } from '../../src/core/plan-file.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { planCases } from './audit-cases.ts';
import { asOf } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const estate = planCases['one new vault and policy for several machines of a region']!;
const plan = planProtect({
  estate,
  audit: auditEstate(estate, shippedGuidance, asOf),
  guidance: shippedGuidance,
  asOf,
  preflight: noPreflight,
  limits: { maxChanges: 10 },
  madeBy: 'holdfast 0.0.0',
});

const problemsOf = (text: string) => {
  const read = parsePlanFile(text, 'plan.json');
  return read.kind === 'invalid' ? read.problems : [];
};

const changed = (over: Partial<Plan>): string => planText(sealPlan({ ...plan, ...over }));

describe('a plan file from elsewhere', () => {
  it('is read behind a byte order mark', () => {
    expect(parsePlanFile(`\uFEFF${planText(plan)}`, 'plan.json').kind).toBe('plan');
  });

  it('is refused with a problem, and not by an overflow, when one string is very long', () => {
    const long = `{"kind":"${'x'.repeat(60_000_000)}`;
    expect(problemsOf(long)).toMatchObject([{ code: 'plan-not-json' }]);
    expect(problemsOf(`${long}"}`)).toMatchObject([{ code: 'not-a-plan' }]);
    expect(jsonPlaces(`"${'\\n'.repeat(10_000_000)}"`).kind).toBe('json');
  });
});

describe('the digest', () => {
  it('does not depend on the order of members, and does on every value', () => {
    const shuffled = Object.fromEntries(Object.entries(plan).toReversed()) as unknown as Plan;
    expect(digestOf(shuffled)).toBe(plan.digest);
    expect(digestOf({ ...plan, expiresAt: '2026-06-05T12:00:00Z' })).not.toBe(plan.digest);
    expect(digestOf({ ...plan, guidance: { ...shippedGuidance, name: 'other' } })).not.toBe(plan.digest);
  });

  it('is over JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses what JSON cannot carry instead of calling it null', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, new Map(), 1n]) {
      expect(() => canonicalJson({ value })).toThrow(TypeError);
    }
    expect(canonicalJson({ b: undefined, a: [undefined] })).toBe('{"a":[null]}');
  });
});

describe('a plan file', () => {
  it('reads back as it was made', () => {
    expect(parsePlanFile(planText(plan), 'plan.json')).toEqual({ kind: 'plan', plan });
  });

  it('that was changed by hand is refused, whatever was changed', () => {
    const lowered = planText(plan).replace('"geo-redundant"', '"locally-redundant"');
    expect(lowered).not.toBe(planText(plan));
    expect(problemsOf(lowered)).toMatchObject([{ code: 'plan-digest-mismatch', at: { file: 'plan.json' } }]);
    const longer = planText(plan).replace('2026-06-04T12:00:00Z', '2036-06-04T12:00:00Z');
    expect(problemsOf(longer)).toMatchObject([{ code: 'plan-digest-mismatch' }]);
  });

  it('of a newer schema version is refused before anything else in it is read', () => {
    const newer = JSON.stringify({ kind: 'holdfast.plan', schemaVersion: 2, steps: 'otherwise' });
    expect(problemsOf(newer)).toMatchObject([{ code: 'plan-too-new' }]);
    expect(problemsOf(newer)[0]!.summary).toContain('version 2');
  });

  it.each([
    ['an audit', '{"kind":"holdfast.audit"}', 'not-a-plan'],
    ['a list', '[]', 'not-a-plan'],
    ['null', 'null', 'not-a-plan'],
    ['an empty file', '', 'plan-not-json'],
  ])('that is %s is refused', (_, text, code) => {
    expect(problemsOf(text)).toMatchObject([{ code }]);
  });

  it('with an unknown member is refused where it stands, rather than applied without it', () => {
    const text = planText(plan).replace('"destructive": false', '"force": true,\n      "destructive": false');
    const [problem] = problemsOf(text);
    expect(problem).toMatchObject({ code: 'plan-invalid' });
    const line = text.split('\n').findIndex((each) => each.includes('"force"')) + 1;
    expect(problem!.at).toMatchObject({ file: 'plan.json', line });
  });

  it('with an unknown member at its top is refused, though its digest is right', () => {
    expect(problemsOf(changed({ force: true } as Partial<Plan>))).toMatchObject([{ code: 'plan-invalid' }]);
  });

  it('with a kind of step this version does not know is refused', () => {
    const steps = [{ ...plan.steps[0]!, kind: 'disk.delete' }] as unknown as readonly Step[];
    expect(problemsOf(changed({ steps }))[0]).toMatchObject({ code: 'plan-invalid' });
  });

  it('whose steps depend on later ones, or share an id, is refused', () => {
    expect(
      problemsOf(changed({ steps: plan.steps.toReversed() }))
        .map(({ summary }) => summary)
        .join(),
    ).toContain('no earlier step');
    const [first, second] = plan.steps;
    const after = (needed: string) =>
      problemsOf(
        changed({
          steps: [
            { ...first!, dependsOn: [] },
            { ...second!, dependsOn: [], after: [needed] },
          ],
        }),
      )
        .map(({ summary }) => summary)
        .join();
    expect(after('later')).toContain('which is no earlier step');
    expect(after(first!.id)).toBe('');
    expect(
      problemsOf(changed({ steps: [...plan.steps, plan.steps[0]!] }))
        .map(({ summary }) => summary)
        .join(),
    ).toContain('two steps have the id');
  });

  it.each(['input', 'goal', 'resourceId', 'assumes'] as const)(
    'that uses, in its %s, an output of a step it does not wait for is refused',
    (part) => {
      const [vault, ...rest] = plan.steps;
      const enable = rest.find((step) => step.kind === 'backup.enable')!;
      const id = `/subscriptions/\${${vault!.id}.id}`;
      const parts = {
        input: { ...enable.input, policyId: id },
        goal: { ...enable.goal, itemId: id },
        resourceId: id,
        assumes: [{ kind: 'absent', resourceId: id }],
      };
      const leaning = (dependsOn: readonly string[]): string => {
        const steps = [
          vault!,
          { ...enable, assumes: [], dependsOn, [part]: parts[part] },
        ] as unknown as readonly Step[];
        return problemsOf(changed({ steps }))
          .map(({ summary }) => summary)
          .join();
      };
      expect(leaning([])).toBe(`step ${enable.id} uses an output of ${vault!.id}, on which it does not depend`);
      expect(leaning([vault!.id])).toBe('');
    },
  );
});

describe('what cannot be undone', () => {
  const machineId = plan.steps[0]!.subject;
  const vault = plan.steps.find(({ kind }) => kind === 'vault.create')!;
  const shared = {
    option: 'disk-snapshot',
    subject: machineId,
    reason: 'r',
    source: 'https://learn.microsoft.com/',
    assumes: [],
    runs: 'on-success',
  } as const;
  const deletion = (over: Partial<Step>): Step =>
    ({
      ...shared,
      id: 'gone',
      kind: 'resource.delete',
      method: 'DELETE',
      resourceId: `${vault.resourceId}x`,
      dependsOn: [],
      goal: { kind: 'gone', resourceId: `${vault.resourceId}x` },
      destructive: true,
      input: { what: 'snapshot' },
      ...over,
    }) as Step;
  const read = (step: Step) => problemsOf(changed({ steps: [...plan.steps, step] })).map(({ summary }) => summary);

  it('says so in the plan, or the file is refused', () => {
    expect(read(deletion({}))).toEqual([]);
    expect(read(deletion({ destructive: false }))).toEqual([
      expect.stringContaining('step gone (resource.delete) cannot be undone'),
    ]);
  });

  it('of what the same plan makes first needs no consent of its own', () => {
    const own = { resourceId: vault.resourceId, goal: { kind: 'gone', resourceId: vault.resourceId } } as const;
    expect(read(deletion({ ...own, destructive: false }))).toEqual([]);
  });

  it('may only take back a step that it waits for', () => {
    expect(read(deletion({ undoes: vault.id }))).toEqual([expect.stringContaining('on which it does not depend')]);
    expect(read(deletion({ undoes: vault.id, dependsOn: [vault.id] }))).toEqual([]);
  });
});

describe('places in JSON', () => {
  it.each([
    ['{\n  "a": 1,\n}', 3, 1],
    ['{"a" 1}', 1, 6],
    ['{"a": tru}', 1, 7],
    ['[1,,2]', 1, 4],
    ['{"a":1', 1, 7],
    ["{'a':1}", 1, 2],
    ['{"a":1} x', 1, 9],
    ['{"a":01}', 1, 7],
    ['"\n"', 1, 1],
    ['', 1, 1],
  ])('%j is broken at line %i, column %i', (text, line, column) => {
    const places = jsonPlaces(text);
    expect(places.kind).toBe('broken');
    if (places.kind === 'broken') expect(placeOf(text, places.offset)).toEqual({ line, column });
  });

  it('are found in everything JSON.parse takes, and in nothing it does not', () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch (error) {
        if (error instanceof SyntaxError) return false;
        throw error;
      }
    };
    fc.assert(fc.property(fc.json(), (text) => jsonPlaces(text).kind === 'json'));
    const shards = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '"',
      '\\',
      '0',
      '\t',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(shards, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        return (jsonPlaces(text).kind === 'json') === parses(text);
      }),
      { numRuns: 2000 },
    );
  });
});
