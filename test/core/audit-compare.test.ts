/** Two audits: what changed is told, and what only went out of sight, or came into it, is never called gone or new. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Audit, AuditComparison, AuditUnknown, FindingChange } from '../../src/core/audit.ts';
import { compareAudits, notInBaseline } from '../../src/core/audit-compare.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Estate } from '../../src/core/estate.ts';
import { gap } from '../../src/core/fact.ts';
import {
  comparedOf,
  type ComparedAudit,
  type ComparedFinding,
  type ComparedMachine,
} from '../../src/core/history/compared-audit.ts';
import { collections, estates, hidden } from './any-estate.ts';
import { auditCases } from './audit-cases.ts';
import { asOf, machineId, subscriptionId } from './estate-builder.ts';
import { expectGolden } from './golden.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const subscription = `/subscriptions/${subscriptionId}`;
const compared = (estate: Estate): ComparedAudit => comparedOf(auditEstate(estate, shippedGuidance, asOf));

const finding = (code: ComparedFinding['code'], parts: Partial<ComparedFinding> = {}): ComparedFinding => ({
  id: `${code}-${parts.option ?? ''}`,
  code,
  severity: 'high',
  summary: `It is ${code}.`,
  ...parts,
});
const machine = (
  name: string,
  findings: readonly ComparedFinding[],
  parts: Partial<ComparedMachine> = {},
): ComparedMachine => ({
  id: machineId(name),
  name,
  class: 'production',
  standing: findings.some(({ code }) => code === 'unknown') ? 'unknown' : findings.length > 0 ? 'at-risk' : 'protected',
  findings,
  ...parts,
});
const anAudit = (machines: readonly ComparedMachine[], parts: Partial<ComparedAudit> = {}): ComparedAudit => ({
  asOf,
  scope: 'all',
  complete: true,
  unknowns: [],
  machines,
  orphans: [],
  vaults: [],
  ...parts,
});
const unread = (subject: string, fact: string, matters = true): AuditUnknown => ({
  subject,
  fact,
  reason: 'may not',
  matters,
});
const changes = ({ findings }: AuditComparison): readonly string[] =>
  findings.map(({ change, name, code }) => `${change}: ${name} ${code}`);

const unprotected = finding('unprotected', { option: 'azure-backup' });
const stale = finding('stale', { option: 'azure-backup' });

describe('findings', () => {
  it('are new, gone, worse and better by their ids, with both severities', () => {
    const before = anAudit([
      machine('a', [unprotected]),
      machine('b', [stale]),
      machine('c', [{ ...stale, severity: 'low' }]),
      machine('d', []),
    ]);
    const after = anAudit([
      machine('a', []),
      machine('b', [{ ...stale, severity: 'low' }]),
      machine('c', [stale]),
      machine('d', [unprotected]),
    ]);
    const comparison = compareAudits(before, after);
    expect(changes(comparison)).toEqual([
      'new: d unprotected',
      'worse: c stale',
      'better: b stale',
      'gone: a unprotected',
    ]);
    expect(comparison.findings.map(({ was, is }) => [was, is])).toEqual([
      [undefined, 'high'],
      ['low', 'high'],
      ['high', 'low'],
      ['high', undefined],
    ]);
    expect(comparison.unchanged).toBe(0);
    expect(comparison.machines.map(({ change, name }) => `${change}: ${name}`)).toEqual(['worse: d', 'better: a']);
  });

  it.each<[string, Partial<ComparedAudit>]>([
    ['its subscription’s backups are unread now', { unknowns: [unread(subscription, 'Azure Backup items')] }],
    ['nothing is read anywhere', { unknowns: [unread('/', 'vaults')] }],
    ['a fact of the machine is unknown now', { unknowns: [unread(machineId('a'), 'os')] }],
    [
      'its points are not read now, though that alone changes no verdict',
      { unknowns: [unread(machineId('a'), 'points of azure-backup', false)] },
    ],
    [
      'a kind is unread that this version does not know',
      { unknowns: [unread(subscription, 'something of the future')] },
    ],
  ])('are no longer known, not gone, where %s', (_why, parts) => {
    const before = anAudit([machine('a', [stale])]);
    const after = anAudit([machine('a', [])], parts);
    expect(changes(compareAudits(before, after))).toEqual(['no-longer-known: a stale']);
    expect(changes(compareAudits(after, before))).toEqual(['now-known: a stale']);
  });

  it.each<[string, AuditUnknown]>([
    ['locks', unread(subscription, 'locks')],
    ['another subscription', unread('/subscriptions/elsewhere', 'Azure Backup items')],
    ['another machine', unread(machineId('b'), 'os')],
    ['a fact that changes no verdict', unread(machineId('a'), 'os', false)],
  ])('are gone all the same where what is unread is %s', (_what, unknown) => {
    const before = anAudit([machine('a', [stale])]);
    expect(changes(compareAudits(before, anAudit([machine('a', [])], { unknowns: [unknown] })))).toEqual([
      'gone: a stale',
    ]);
  });

  it.each([
    ['a fact of the machine was', unread(machineId('a'), 'os')],
    ['things of another option in its subscription were', unread(subscription, 'snapshots')],
  ])('are gone where %s as unknown before, when they were found', (_what, unknown) => {
    const unknowns = [unknown];
    const before = anAudit([machine('a', [stale])], { unknowns });
    expect(changes(compareAudits(before, anAudit([machine('a', [])], { unknowns })))).toEqual(['gone: a stale']);
  });

  it('that say “unknown” are what came or went out of sight', () => {
    const before = anAudit([machine('a', [unprotected])]);
    const after = anAudit([machine('a', [finding('unknown', { option: 'azure-backup', severity: 'medium' })])]);
    expect(changes(compareAudits(before, after))).toEqual([
      'no-longer-known: a unprotected',
      'no-longer-known: a unknown',
    ]);
    expect(changes(compareAudits(after, before))).toEqual(['now-known: a unprotected', 'now-known: a unknown']);
    expect(compareAudits(before, after).machines).toMatchObject([
      { change: 'no-longer-known', standing: { was: 'at-risk', is: 'unknown' } },
    ]);
  });

  it('of things kept elsewhere are not gone where that place went out of sight', () => {
    const orphan = {
      id: `${subscription}/resourceGroups/g/providers/Microsoft.Compute/snapshots/s`,
      findings: [finding('orphaned', { option: 'disk-snapshot' })],
    };
    const before = anAudit([], { orphans: [orphan] });
    const after = anAudit([], { unknowns: [unread('/subscriptions/of-its-machine', 'virtual machines')] });
    expect(changes(compareAudits(before, after))).toEqual(['no-longer-known: s orphaned']);
    expect(changes(compareAudits(before, anAudit([])))).toEqual(['gone: s orphaned']);
  });
});

describe('machines', () => {
  it('appear and disappear with their findings, unless their place was or is unread', () => {
    const before = anAudit([machine('a', [unprotected]), machine('b', [])]);
    const after = anAudit([machine('b', [])]);
    expect(compareAudits(before, after)).toMatchObject({
      machines: [{ change: 'disappeared', name: 'a', standing: { was: 'at-risk' } }],
      findings: [{ change: 'gone', name: 'a' }],
    });
    expect(compareAudits(after, before)).toMatchObject({
      machines: [{ change: 'appeared' }],
      findings: [{ change: 'new' }],
    });
    const blind = { ...after, unknowns: [unread(subscription, 'virtual machines')] };
    expect(compareAudits(before, blind)).toMatchObject({
      machines: [{ change: 'no-longer-seen', name: 'a' }],
      findings: [{ change: 'no-longer-known', name: 'a' }],
    });
    expect(compareAudits(blind, before)).toMatchObject({
      machines: [{ change: 'now-seen' }],
      findings: [{ change: 'now-known' }],
    });
  });

  it('are told when their class changed, whatever their standing', () => {
    const before = anAudit([machine('a', [], { class: 'dev-test' })]);
    const after = anAudit([machine('A', [], { class: 'production' })]);
    expect(compareAudits(before, after).machines).toEqual([
      { change: 'changed', id: machineId('A'), name: 'A', class: { was: 'dev-test', is: 'production' } },
    ]);
  });
});

describe('a baseline of another scope', () => {
  const selection = (parts: Partial<NonNullable<ComparedAudit['selection']>>) => ({
    subscriptions: [subscriptionId],
    resourceGroups: [],
    tags: [],
    excludeTags: [],
    ...parts,
  });
  const [one, two] = [machine('a', [unprotected]), machine('b', [stale])];

  it.each<[string, Partial<ComparedAudit>, Partial<ComparedAudit>]>([
    ['tags', { selection: selection({ tags: ['env=prod'] }), scope: 'tag env=prod' }, { selection: selection({}) }],
    ['words alone, of an older version', { scope: 'tag env=prod' }, { scope: 'all', selection: selection({}) }],
  ])('by %s is compared only where both hold a machine, and says so', (_how, was, is) => {
    const comparison = compareAudits(anAudit([one], was), anAudit([machine('a', []), two], is));
    expect(changes(comparison)).toEqual(['gone: a unprotected']);
    expect(comparison.machines.map(({ change }) => change)).toEqual(['better']);
    expect(comparison.notCompared).toEqual({ baseline: 0, now: 1 });
    expect(comparison.notes[0]).toContain(
      'the baseline is of another scope (tag env=prod; now all): only what both hold',
    );
  });

  it('by subscriptions is compared whole in those that both read', () => {
    const other = machine('z', [unprotected], { id: machineId('z').replace(subscriptionId, 'other') });
    const before = anAudit([one], { selection: selection({}) });
    const after = anAudit([two, other], {
      selection: selection({ subscriptions: ['OTHER', subscriptionId.toUpperCase()] }),
    });
    const comparison = compareAudits(before, after);
    expect(changes(comparison)).toEqual(['new: b stale', 'gone: a unprotected']);
    expect(comparison.notCompared).toEqual({ baseline: 0, now: 1 });
    expect(comparison.notes).toHaveLength(1);
  });

  it('that only spells or orders it otherwise is none', () => {
    const before = anAudit([one], { scope: 'a', selection: selection({ tags: ['Env=Prod', 'b=c'] }) });
    const after = anAudit([one], { scope: 'b', selection: selection({ tags: ['b=c', 'env=prod'] }) });
    expect(compareAudits(before, after)).toMatchObject({ notes: [], notCompared: { baseline: 0, now: 0 } });
  });

  it('or guidance is said', () => {
    const by = (digest: string) => anAudit([one], { guidance: { name: `g${digest}`, digest } });
    expect(compareAudits(by('1'), by('2')).notes).toEqual([
      'the baseline was judged by another guidance (g1; now g2): a change may be one of guidance',
    ]);
    expect(compareAudits(anAudit([one]), by('2')).notes).toHaveLength(1);
    expect(compareAudits(by('1'), by('1')).notes).toEqual([]);
  });

  it('that does not tell what was read is compared by its words', () => {
    const bundle = (scope: string) => anAudit([one], { scope, selection: selection({ subscriptions: [] }) });
    expect(compareAudits(bundle('a'), bundle('a'))).toMatchObject({ notes: [], findings: [] });
    const other = { ...bundle('b'), machines: [two] };
    expect(compareAudits(bundle('a'), other)).toMatchObject({ findings: [], notCompared: { baseline: 1, now: 1 } });
  });
});

describe('a gate for what is new', () => {
  it('fails on what the baseline does not hold, or holds as milder, however it came about', () => {
    const before = anAudit([machine('a', [{ ...stale, severity: 'low' }]), machine('b', [unprotected])]);
    const after = anAudit([machine('a', [stale]), machine('b', [unprotected]), machine('c', [finding('partial')])]);
    expect(notInBaseline(before, after).map(({ code }) => code)).toEqual(['stale', 'partial']);
    expect(notInBaseline(undefined, after)).toHaveLength(3);
  });
});

/** The other way round: what each change becomes. */
const mirror: Readonly<Record<string, string>> = {
  new: 'gone',
  gone: 'new',
  worse: 'better',
  better: 'worse',
  'no-longer-known': 'now-known',
  'now-known': 'no-longer-known',
  appeared: 'disappeared',
  disappeared: 'appeared',
  'now-seen': 'no-longer-seen',
  'no-longer-seen': 'now-seen',
  changed: 'changed',
  unclear: 'unclear',
};

/** The estate with some kinds out of sight, somewhere or everywhere, and with facts of machines unknown. */
const blinded = fc.record({
  unread: fc.subarray([...collections, 'machines'] as const),
  where: fc.constantFrom('/', subscription, `${subscription}/resourcegroups/rg-app`),
  facts: fc.subarray(['os', 'power', 'generalized', 'size'] as const),
});
const behind = (
  estate: Estate,
  { unread: kinds, where, facts }: typeof blinded extends fc.Arbitrary<infer T> ? T : never,
): Estate => ({
  ...estate,
  machines: {
    ...estate.machines,
    items: estate.machines.items.map((one) => ({ ...one, ...Object.fromEntries(facts.map((fact) => [fact, hidden])) })),
  },
  ...Object.fromEntries(kinds.map((kind) => [kind, { items: [], gaps: [gap(where, 'no-permission', 'no')] }])),
});

describe('any two audits', () => {
  const told = ({ findings, machines }: AuditComparison, as: (change: string) => string): readonly string[] =>
    [
      ...findings.map((f: FindingChange) => `${as(f.change)} ${f.subject} ${f.id} ${f.was ?? '-'} ${f.is ?? '-'}`),
      ...machines.map((m) => `${as(m.change)} ${m.id} ${JSON.stringify([m.class, m.standing])}`),
    ].sort();
  const turned = (comparison: AuditComparison): AuditComparison => ({
    ...comparison,
    findings: comparison.findings.map(({ was, is, ...rest }) => ({
      ...rest,
      ...(is && { was: is }),
      ...(was && { is: was }),
    })),
    machines: comparison.machines.map((m) => {
      const turn = (of: { readonly was?: string; readonly is?: string } | undefined) =>
        of && { ...(of.is === undefined ? {} : { was: of.is }), ...(of.was === undefined ? {} : { is: of.was }) };
      return { ...m, ...(m.class && { class: turn(m.class)! }), ...(m.standing && { standing: turn(m.standing)! }) };
    }),
  });
  const sorted = (of: AuditComparison) =>
    told(of, (change) => change).map((line) =>
      line.replace(/\{[^}]*\}/g, (o) =>
        JSON.stringify(Object.entries(JSON.parse(o) as object).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      ),
    );

  it('are no different from themselves', () => {
    fc.assert(
      fc.property(estates, blinded, (estate, veil) => {
        const audit = compared(behind(estate, veil));
        expect(compareAudits(audit, audit)).toMatchObject({
          findings: [],
          machines: [],
          notes: [],
          notCompared: { baseline: 0, now: 0 },
        });
      }),
      { numRuns: 100 },
    );
  });

  it('give the mirror image when compared the other way round', () => {
    fc.assert(
      fc.property(estates, estates, blinded, (a, b, veil) => {
        const [one, other] = [compared(behind(a, veil)), compared(b)];
        const there = compareAudits(one, other);
        const back = turned(compareAudits(other, one));
        const reflected = {
          ...back,
          findings: back.findings.map((f) => ({ ...f, change: mirror[f.change] as FindingChange['change'] })),
          machines: back.machines.map((m) => ({ ...m, change: mirror[m.change] as typeof m.change })),
        };
        expect(sorted(reflected)).toEqual(sorted(there));
        expect(there.unchanged).toBe(back.unchanged);
      }),
      { numRuns: 150 },
    );
  });

  it('of one estate, once with a veil over it: nothing is called new, gone, worse, better, appeared, disappeared or changed', () => {
    fc.assert(
      fc.property(estates, blinded, (estate, veil) => {
        const [clear, veiled] = [compared(estate), compared(behind(estate, veil))];
        const certain = new Set(['new', 'gone', 'worse', 'better', 'appeared', 'disappeared', 'changed']);
        const lies = [compareAudits(clear, veiled), compareAudits(veiled, clear)].flatMap(({ findings, machines }) =>
          [...findings, ...machines].filter(({ change }) => certain.has(change)),
        );
        expect(lies).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the cases of the audit', () => {
  const audit = (name: string): Audit => auditEstate(auditCases[name]!, shippedGuidance, asOf);
  it.each([
    ['a-backup-that-came', 'production machine without backup', 'production machine with a fresh backup'],
    ['a-backup-out-of-sight', 'production machine with a fresh backup', 'backup items that could not be read'],
    ['a-backup-grown-old', 'production machine with a fresh backup', 'backup older than its class allows'],
  ])('as a golden file: %s', (file, was, is) => {
    expectGolden(`audit-compare/${file}.json`, compareAudits(comparedOf(audit(was)), comparedOf(audit(is))));
  });
});
