/** Renderers: they fit the terminal, say what the audit says, and let nobody's tag become a command. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Estate } from '../../src/core/estate.ts';
import type { Audit } from '../../src/core/audit.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { verifyPlan, type Outcome } from '../../src/core/verify.ts';
import { formatIds, formats, render } from '../../src/report/index.ts';
import { elide, layout, painter, wrap } from '../../src/report/layout.ts';
import { inventoryOf, type Report } from '../../src/report/model.ts';
import type { PrunedPoint, PruneReport } from '../../src/core/retention/prune-table.ts';
import { pointsOf } from '../../src/core/points.ts';
import { costText } from '../../src/report/orphan-table.ts';
import { planMarkdown } from '../../src/report/plan-markdown.ts';
import { auditCases, planCases } from '../core/audit-cases.ts';
import {
  aBackupItem,
  aBackupItemId,
  aBackupPoint,
  aMachine,
  anEstate,
  anImage,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  aVault,
  asOf,
  machineId,
} from '../core/estate-builder.ts';
import { expectGolden } from '../core/golden.ts';
import { guidanceWith, shippedGuidance } from '../core/guidance-shipped.ts';
import { gap } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';

const plain = { width: 100, colour: false };
const auditOf = (estate: Estate): Audit => auditEstate(estate, shippedGuidance, asOf);
const planOf = (estate: Estate, guidance = shippedGuidance): Plan =>
  planProtect({
    estate,
    audit: auditOf(estate),
    guidance,
    asOf,
    preflight: noPreflight,
    limits: { maxChanges: 20 },
    madeBy: 'holdfast 0.0.0',
  });

/** One of everything: at risk, fresh, pending, excluded, unknown, an orphan, an unfit vault, a place unread. */
const fleet = anEstate({
  machines: [
    aMachine({ name: 'web01', tags: { env: 'prod' } }),
    aMachine({
      name: 'pay-backend-with-a-very-long-name-in-production-07',
      tags: { criticality: 'mission-critical' },
      dataDisks: 3,
    }),
    aMachine({ name: 'build', tags: { env: 'dev' } }),
    aMachine({ name: 'リモート', tags: {} }),
    aMachine({
      name: 'nightly',
      tags: {
        env: 'prod',
        backup: 'exclude',
        'backup-exclude-until': '2026-12-31',
        'backup-exclude-reason': 'rebuilt nightly',
      },
    }),
  ],
  vaults: [aVault({ redundancy: known('locally-redundant') })],
  backupItems: [
    aBackupItem(),
    aBackupItem({ id: aBackupItemId('gone'), key: keyOf(aBackupItemId('gone')), machineKey: keyOf(machineId('gone')) }),
  ],
  replicatedItems: {
    items: [],
    gaps: [
      gap(
        '/subscriptions/99999999-9999-9999-9999-999999999999',
        'no-permission',
        'the login may not read it',
        'Microsoft.RecoveryServices/Vaults/read',
      ),
    ],
  },
});
const audit = auditOf(fleet);
const plan = planOf(
  planCases['one new vault and policy for several machines of a region']!,
  guidanceWith('plan: { firstBackup: now }'),
);
const outcome: Outcome = {
  schemaVersion: 1,
  kind: 'holdfast.outcome',
  plan: plan.digest,
  steps: plan.steps.map(({ id }, i) => ({
    id,
    outcome: i === 1 ? 'moved' : 'done',
    ...(i === 1 ? { detail: 'the policy is another one now' } : {}),
  })),
  verification: verifyPlan(plan, undefined, auditOf(auditCases['backup waiting for its first run']!)),
};
/** A machine with a set that lacks a disk, a restore point, a vault point whose tags run formulas, and an unread place. */
const worn = aMachine({ name: 'web01', dataDisks: 1 });
const points = pointsOf(
  worn,
  anEstate({
    machines: [worn],
    vaults: [aVault({ crossRegionRestore: known(true) })],
    backupItems: [
      aBackupItem({
        points: known([aBackupPoint({ expiresAt: '2026-07-03T00:00:00Z', disksIncluded: 2, disksAttached: 2 })]),
      }),
    ],
    snapshots: [
      aSnapshot({
        name: '=cmd',
        tags: { 'holdfast-set': 'a', 'holdfast-consistency': 'crash', 'holdfast-expires': '2026-06-01T00:00:00Z' },
      }),
    ],
    restorePointCollections: [
      aRestorePointCollection({ points: known([aRestorePoint({ at: '2026-05-30T00:00:00Z' })]) }),
    ],
    images: [anImage({ disks: 2 })],
    replicatedItems: {
      items: [],
      gaps: [gap('/subscriptions/99999999-9999-9999-9999-999999999999', 'no-permission', 'the login may not read it')],
    },
  }),
  asOf,
);
/** A prune of one point for each decision. */
const pruned = (day: number, action: PrunedPoint['action'], over: Partial<PrunedPoint> = {}): PrunedPoint => ({
  id: `${machineId()}/snapshots/hf-web01-${day}`,
  machineId: machineId(),
  machine: 'web01',
  option: 'disk-snapshot',
  region: 'westeurope',
  isCopy: false,
  at: `2026-05-${10 + day}T02:00:00Z`,
  complete: true,
  consistency: 'crash',
  action,
  until: null,
  reasons: ['no rule keeps it'],
  members: [`${machineId()}/snapshots/hf-web01-${day}`],
  ...over,
});
const prune: PruneReport = {
  schemaVersion: 1,
  kind: 'holdfast.prune',
  asOf,
  scope: '1 subscription',
  timeZone: 'Europe/Berlin',
  trashDays: 7,
  plan: 'a'.repeat(64),
  points: [
    pruned(1, 'remove', { until: '2026-06-01T00:00:00Z', outcome: 'done' }),
    pruned(2, 'trashed', { until: '2026-06-05T00:00:00Z' }),
    pruned(3, 'trash', { until: '2026-06-10T12:00:00Z', complete: false, outcome: 'failed' }),
    pruned(4, 'rescue', { until: '2026-06-10T12:00:00Z', reasons: ['keep-daily: 2 of 2 (2026-05-14)'] }),
    pruned(5, 'keep', { reasons: ['keep-last: 1 of 1', '=cmd says the tag'], at: null, isCopy: true }),
  ],
  totals: { keep: 1, rescue: 1, trash: 1, trashed: 1, remove: 1 },
  problems: [{ code: 'future-point', severity: 'medium', subject: 'x', summary: 'it is dated after now' }],
};
const reports: Readonly<Record<string, Report>> = {
  prune,
  audit,
  points,
  plan,
  outcome,
  inventory: inventoryOf(fleet),
};

describe.each(Object.keys(reports))('%s', (name) => {
  const report = reports[name]!;

  it.each(formatIds)('as %s', (format) => {
    expectGolden(`report/${name}.${formats[format].extension}`, render(format, report, plain));
  });

  it.each([80, 100, 137, 200])('as a table of %i columns stays within them', (width) => {
    for (const line of render('table', report, { width, colour: false }).split('\n'))
      expect(stringWidth(line), line).toBeLessThanOrEqual(width);
  });

  it('as JSON is the report, whole', () => {
    expect(JSON.parse(render('json', report, plain))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('as NDJSON is a JSON object a line, each with a kind, the report’s own last', () => {
    const lines = render('ndjson', report, plain)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(lines.every(({ kind }) => typeof kind === 'string')).toBe(true);
    expect(lines.at(-1)!.kind).toBe(report.kind);
  });

  it('has colour only where it was asked for, and the same words with it', () => {
    const bare = render('table', report, plain);
    expect(bare).toBe(stripVTControlCharacters(bare));
    const coloured = render('table', report, { width: 100, colour: true });
    expect(coloured).not.toBe(bare);
    expect(stripVTControlCharacters(coloured)).toBe(bare);
  });
});

describe('the summary of an audit', () => {
  const summary = (report: Audit) => render('table', report, plain).split('\n\n').at(-1)!;

  it('counts machines at risk by severity, and unknown apart', () => {
    expect(summary(audit)).toContain('5 machines: 3 at risk (1 critical, 1 high, 1 low), 1 protected, 1 excluded.');
    const unknown = summary(auditOf(auditCases['backup items that could not be read']!));
    expect(unknown).toContain('1 machine: none at risk.');
    expect(unknown).toContain('1 machine could not be judged, and is counted neither as protected nor as at risk.');
    expect(unknown).toContain('This audit is incomplete');
  });
});

describe('what the table of an audit tells besides', () => {
  const table = (report: Audit) => render('table', report, plain);
  const production = { environment: 'production', dr: 'yes' };
  const missing = unknown('not-answered', "Azure's answer holds no disk controller type.");
  const many = Array.from({ length: 37 }, (_, i) =>
    aMachine({ name: `app${i}`, tags: production, diskController: missing }),
  );
  const sealed = gap(
    '/subscriptions/99999999-9999-9999-9999-999999999999',
    'no-permission',
    'the login may not read it',
  );
  const large = auditOf(
    anEstate({
      machines: { items: many, gaps: [sealed] },
      disks: { items: [], gaps: [sealed] },
      vaults: { items: [], gaps: [sealed] },
    }),
  );

  it('groups what is unknown by fact and reason, after the places that could not be read', () => {
    const text = table(large);
    const list = text.slice(text.indexOf('UNKNOWN, and could'));
    expect(list).toContain('diskController of 37 machines (app0, app1, app10, app11 and 33 more):');
    expect(list).toMatch(
      /answer\n {2}subscription 99999999-9999-9999-9999-999999999999: disks, vaults and virtual machines: the login/,
    );
  });

  it('never cuts a place that could not be read', () => {
    const gaps = Array.from({ length: 30 }, (_, i) =>
      gap(`/subscriptions/sub-${i}`, 'no-permission', `the login may not read number ${i}`),
    );
    const text = table(auditOf(anEstate({ machines: { items: [], gaps } })));
    for (let i = 0; i < 30; i += 1) expect(text).toContain(`subscription sub-${i}:`);
    expect(text).toContain('30 subscriptions could not be read: their machines are not counted.');
  });

  it('counts machines of unread places nowhere, and says so', () => {
    expect(table(large)).toContain('1 subscription could not be read: its machines are not counted.');
  });

  it('never calls an empty answer free of risk', () => {
    const text = table(auditOf(anEstate({})));
    expect(text).toContain('No machine matched the scope');
    expect(text).not.toContain('none at risk');
  });

  it('marks what was protected without a look at its points, and explains its marks', () => {
    const unread = table(auditOf(auditCases['points not read without --deep']!));
    expect(unread).toContain('protected*');
    expect(unread).toContain('* Consistency of points was not read (1 machine); --deep reads it.');
    expect(table(auditOf(auditCases['disk that no answer holds']!))).toContain('? Not all of these disks are known');
    const read = table(auditOf(auditCases['production machine with a fresh backup']!));
    expect(read).not.toContain('*');
    expect(read).not.toContain('? Not all');
  });
});

describe('the tables of a plan and its outcome', () => {
  it('do not call a point whole without saying that its disks are not told', () => {
    const untold = {
      ...points,
      points: points.points
        .filter(({ option }) => option === 'azure-backup')
        .map((point) => ({ ...point, disksIncluded: null })),
    };
    expect(render('table', untold, { ...plain, width: 200 })).toMatch(
      /brings the whole machine back is .*consistency application; which disks it holds is not told\./,
    );
    expect(render('table', points, { ...plain, width: 200 })).not.toContain('is not told');
  });

  it('leave the names of machines whole where a terminal has 80 columns', () => {
    const named = auditOf(
      anEstate({
        machines: ['shop-report-01', 'shop-report-02'].map((name) =>
          aMachine({ name, id: machineId(name), tags: { criticality: 'mission-critical' }, dataDisks: 3 }),
        ),
      }),
    );
    const text = render('table', named, { ...plain, width: 80 });
    expect(text).toMatch(/^shop-report-01 /m);
    expect(text).toMatch(/^shop-report-02 /m);
  });

  it('name vault and snapshot, not the ciphers of protected items', () => {
    const text = render('table', plan, { ...plain, width: 200 });
    expect(text).toMatch(/protection in hf-/);
    expect(text).not.toContain('iaasvmcontainer');
  });

  it('count in words', () => {
    const subjects = auditOf(planCases['one new vault and policy for several machines of a region']!);
    const verification = verifyPlan(plan, undefined, subjects);
    const text = render('table', { ...outcome, verification }, plain);
    expect(text).toContain('3 still at risk');
    expect(text).not.toContain('still-at-risk');
  });

  it('say when the first point is expected, and that an expiry is a note', () => {
    expect(planMarkdown(planOf(fleet), 'plan.json')).toContain('Its first backup starts by 2026-06-04T00:00:00Z.');
    expect(planMarkdown(planOf(fleet), 'plan.json')).toContain(
      'nothing deletes it by this tag, and `prune` goes by its policy',
    );
  });

  it('tell apart that nothing is left to do from that nothing can be done', () => {
    const none: Plan = { ...plan, steps: [], refusals: [] };
    expect(render('table', none, plain)).toContain('Nothing to do: what was asked for is there already.');
    const { refusals } = planOf(planCases['mission-critical machine gets backup and a refusal for replication']!);
    const refused = render('table', { ...none, refusals }, plain);
    expect(refused).toContain('Nothing can be done: what is needed was refused');
    expect(refused).not.toContain('Nothing to do');
    expect(refused).not.toContain('holdfast roles');
    const barred = refusals.map((refusal) => ({
      ...refusal,
      reasons: refusal.reasons.map((reason) => ({ ...reason, code: 'no-permission' })),
    }));
    expect(render('table', { ...none, refusals: barred }, plain)).toContain(
      'What a login needs: `holdfast roles` prints it.',
    );
  });

  it('name what takes consent, and put no “about” before “less than a minute”', () => {
    const steps = plan.steps.slice(0, 1).map((step): Step => ({ ...step, destructive: true }));
    const text = render('table', { ...plan, steps, duration: { expectedSeconds: 20, boundBy: 'itself' } }, plain);
    expect(text).toContain('1 step deletes or cannot be undone, to be allowed by name (--allow): vault-westeurope.');
    expect(text).toContain('1 write for 0 machines, less than a minute (itself)');
  });

  it('tell what to do about what remains, and of many machines where the rest is', () => {
    const audited = auditOf(planCases['one new vault and policy for several machines of a region']!);
    const verification = verifyPlan(plan, undefined, audited);
    const text = render('table', { ...outcome, verification }, { ...plain, width: 300 });
    const remedy = audited.machines[0]!.findings[0]!.remedy;
    expect(text).toContain(`What to do next:\n  web01, unprotected: ${remedy}`);
    const many = { ...verification, subjects: Array.from({ length: 7 }, () => verification.subjects[0]!) };
    expect(render('table', { ...outcome, verification: many }, plain)).toContain(
      '\n  2 more machines: see `holdfast audit`',
    );
    const fine = {
      ...verification,
      subjects: verification.subjects.map((subject) => ({ ...subject, state: 'protected' as const, after: [] })),
    };
    expect(render('table', { ...outcome, verification: fine }, plain)).not.toContain('What to do next');
  });

  it('link the page of the option that is not planned', () => {
    const refused = planOf(planCases['mission-critical machine gets backup and a refusal for replication']!).refusals;
    expect(refused).toMatchObject([
      { option: 'site-recovery', reasons: [{ source: expect.stringContaining('/site-recovery/') }] },
    ]);
    const ailing = planOf(auditCases['replication behind, and never rehearsed']!).refusals;
    expect(ailing).toMatchObject([
      { option: 'site-recovery', reasons: [{ source: expect.stringContaining('/site-recovery/') }] },
    ]);
  });
});

describe('CSV', () => {
  const tagged = (name: string) =>
    auditOf(anEstate({ machines: [aMachine({ name, tags: { env: 'prod', app: '=HYPERLINK("https://x")' } })] }));

  it('lets no tag or name run as a formula', () => {
    const text = render('csv', tagged('web01'), plain);
    expect(text).toContain(`'=HYPERLINK`);
    expect(text).not.toMatch(/(?:^|,)"?[=+@]/m);
  });

  it('says what each step of a plan costs, and leaves no unknown price empty', () => {
    const [head, first, second] = render(
      'csv',
      {
        ...plan,
        steps: [
          { ...plan.steps[0]!, cost: { monthlyUsd: 12.5, atMostUsd: 40, basis: 'b' } },
          { ...plan.steps[1]!, cost: { monthlyUsd: 'unknown', basis: 'b' } },
        ],
      },
      plain,
    ).split('\n');
    expect(head).toMatch(/,monthlyUsd,atMostUsd$/);
    expect(first).toMatch(/,12\.5,40$/);
    expect(second).toMatch(/,unknown,$/);
  });

  it('has a row for a machine without findings', () => {
    const rows = render('csv', auditOf(auditCases['production machine with a fresh backup']!), plain)
      .trimEnd()
      .split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toContain(',protected,');
  });
});

describe('text for terminals', () => {
  it('keeps both ends of an id, and counts wide characters as two', () => {
    expect(elide('/subscriptions/0/resourceGroups/g/vm01', 15, 'middle')).toBe('/subscr…/g/vm01');
    expect(elide('abcdefghij', 5, 'middle')).toBe('ab…ij');
    expect(elide('abcdefghij', 5, 'end')).toBe('abcd…');
    expect(stringWidth(elide('日本語日本語', 5, 'end'))).toBeLessThanOrEqual(5);
  });

  it('passes no control characters of a name on', () => {
    const rows = [[{ text: 'web\u001b[31m01\nx' }]];
    expect(layout([{ title: 'A', least: 1, elide: 'end' }], rows, 80, painter(false))).toBe('A\nweb [31m01 x');
    expect(wrap('a\u001bb', 80)).toBe('a b');
  });

  it('wraps at spaces and leaves an id whole', () => {
    const id = 'x'.repeat(30);
    expect(wrap(`see ${id} there`, 20, '  ')).toBe(`  see\n  ${id}\n  there`);
  });
});

describe('the summary beside a plan', () => {
  it('tells a reviewer what, why, on what condition, what not, until when, and how', () => {
    const text = planMarkdown(planOf(fleet), 'plans/my plan.json');
    expectGolden('report/plan-summary.md', text);
    for (const part of [
      'What will be done, in order',
      'Only if:',
      'Needed, but not in this plan',
      'good until',
      "holdfast apply 'plans/my plan.json'",
    ]) {
      expect(text).toContain(part);
    }
  });

  it('marks what cannot be undone and asks for consent by name', () => {
    const steps = plan.steps.map((step, i): Step => (i === 0 ? { ...step, destructive: true } : step));
    const text = planMarkdown({ ...plan, steps }, 'plan.json');
    expect(text).toContain('CANNOT BE UNDONE');
    expect(text).toContain(`holdfast apply plan.json --allow ${steps[0]!.id}`);
  });

  it('names every step and every refusal', () => {
    const made = planOf(fleet);
    const text = planMarkdown(made, 'plan.json');
    for (const step of made.steps) expect(text).toContain(`\`${step.id}\``);
    expect(text.match(/^- \*\*/gm)).toHaveLength(made.refusals.length);
  });
});

describe('what waste costs, in the summary', () => {
  const orphan = (cost: Partial<Audit['orphans'][number]['cost']>): Audit['orphans'][number] => ({
    id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/snapshots/left',
    option: 'disk-snapshot',
    machineId: '',
    what: 'snapshot',
    since: null,
    sizeGiB: null,
    cost: { monthlyUsd: 'unknown', knownUsd: 0, meters: [], assumptions: [], notCounted: [], ...cost },
    findings: [],
  });
  const told = (...orphans: Audit['orphans']): string => costText({ ...audit, orphans });

  it('is a sum that says what it leaves out, and no sum where nothing has a price', () => {
    expect(told(orphan({ monthlyUsd: 1.5 }), orphan({ monthlyUsd: 2, atMostUsd: 4 }))).toBe(
      'at most 5.50 USD a month by the prices known',
    );
    expect(told(orphan({ monthlyUsd: 1.5 }), orphan({}), orphan({ monthlyUsd: 2, atMostUsd: 'unknown' }))).toBe(
      '1.50 USD a month by the prices known, and 2 of unknown cost',
    );
    expect(told(orphan({}))).toBe('cost unknown');
  });
});
