/**
 * The three payloads: their documented shapes, within their documented sizes, and nothing in them that a chat would act
 * on.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newsOf, type News } from '../../src/core/job/news.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { slackPayload } from '../../src/report/notify/slack.ts';
import { teamsPayload } from '../../src/report/notify/teams.ts';
import { webhookPayload } from '../../src/report/notify/webhook.ts';
import { expectGolden } from '../core/golden.ts';
import { jobRun, machine } from '../core/job/run-builder.ts';

const told = (run: JobRun): News => {
  const news = newsOf(run, { outcome: 'ended', machines: [{ id: machine('web-02').id, outcome: 'failed' }] }, [
    'failure',
    'late',
    'recovered',
    'success',
  ]);
  if (news === undefined) throw new Error('no news');
  return news;
};

const mixed = told(
  jobRun(
    [
      machine('db-01', {
        outcome: 'failed',
        reason: 'Azure refused: QuotaExceeded (snapshots <in> "westeurope" & more)',
      }),
      machine('web-01', { late: true, missedWindows: 1 }),
      machine('web-02'),
    ],
    {
      pruned: 3,
      trashed: 2,
      copies: { begun: 1, underWay: 2, complete: 4, failed: 0 },
      throttledSeconds: 12,
      problems: [
        {
          code: 'azure-refused',
          severity: 'high',
          subject: machine('db-01').id,
          summary: 'Azure refused: QuotaExceeded',
          detail: 'QuotaExceeded: too many snapshots (request 1b2c)',
          remedy: 'ask for more',
        },
      ],
    },
  ),
);

/** As large as a run's news can be, in a script whose characters take three bytes. */
const huge = told(
  jobRun(
    Array.from({ length: 400 }, (_, i) =>
      machine(`machine-${i}`, { outcome: i % 2 ? 'failed' : 'created', late: true, reason: '漢字<&>'.repeat(200) }),
    ),
    {
      problems: Array.from({ length: 60 }, (_, i) => ({
        code: 'x',
        severity: 'high' as const,
        subject: `s-${i}`,
        summary: '漢字&'.repeat(500),
      })),
    },
  ),
);

const strictList = z.strictObject({
  total: z.int().min(0),
  machines: z
    .array(
      z.strictObject({
        id: z.string().startsWith('/subscriptions/'),
        name: z.string(),
        reason: z.string().max(500).optional(),
        cause: z.string().max(500).optional(),
        again: z.boolean().optional(),
        missedWindows: z.int().optional(),
        newestPointAt: z.iso.datetime().optional(),
      }),
    )
    .max(20),
});
const counted = (names: readonly string[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, z.number().min(0)])));

/** Version 1, as receivers may rely on it: written down here once more, by hand. */
const version1 = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('holdfast.job-news'),
  news: z.enum(['failure', 'late', 'recovered', 'success', 'test']),
  headline: z.string().min(1),
  job: z.string(),
  runId: z.string(),
  correlationId: z.guid(),
  outcome: z.enum(['ended', 'held', 'interrupted', 'failed']),
  heldBy: z.strictObject({ host: z.string(), pid: z.int().optional(), since: z.iso.datetime() }).optional(),
  due: z.iso.datetime(),
  windowEnd: z.iso.datetime(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  counts: counted(['created', 'existing', 'failed', 'skipped', 'late', 'pruned', 'trashed', 'throttledSeconds']),
  copies: counted(['begun', 'underWay', 'complete', 'failed']),
  failed: strictList,
  late: strictList,
  recovered: strictList,
  problems: z.strictObject({
    total: z.int(),
    list: z
      .array(
        z.strictObject({
          code: z.string(),
          severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
          subject: z.string(),
          summary: z.string(),
          detail: z.string().optional(),
          remedy: z.string().optional(),
        }),
      )
      .max(20),
  }),
});

describe('the payload of a webhook', () => {
  it('is what version 1 promises, whatever the run', () => {
    const held = told(jobRun([], { outcome: 'held', heldBy: { host: 'cron-1', since: '2026-06-01T00:00:00Z' } }));
    for (const news of [mixed, huge, held]) expect(version1.safeParse(webhookPayload(news)).error).toBeUndefined();
    expectGolden('notify/webhook.json', webhookPayload(mixed));
  });
});

describe('the payload for Slack', () => {
  it('has a header, facts, a section for each list and a footer, with a text for readers without blocks', () => {
    expectGolden('notify/slack.json', slackPayload(mixed));
  });

  it('stays within the sizes that Slack documents, and counts what it leaves out', () => {
    const { text, blocks } = slackPayload(huge);
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(text.length).toBeLessThanOrEqual(4000);
    for (const block of blocks) {
      if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
      if (block.type === 'section' && 'text' in block) expect(block.text.text.length).toBeLessThanOrEqual(3000);
      if (block.type === 'section' && 'fields' in block) expect(block.fields.length).toBeLessThanOrEqual(10);
    }
    const failed = blocks.flatMap((block) =>
      block.type === 'section' && 'text' in block ? [block.text.text] : [],
    )[0]!;
    const shown = failed.split('\n').filter((line) => line.startsWith('• ')).length;
    expect(shown).toBeGreaterThan(0);
    expect(failed.endsWith(`… and ${200 - shown} more`)).toBe(true);
  });

  it('uses the room of a section, and no character more', () => {
    const longest = Array.from({ length: 250 }, (_, n) => {
      const machines = Array.from({ length: 20 }, (__, i) =>
        machine(`m-${i}`, { outcome: 'failed', reason: 'x'.repeat(n + 1) }),
      );
      const sections = slackPayload(told(jobRun(machines))).blocks.flatMap((block) =>
        block.type === 'section' && 'text' in block ? [block.text.text.length] : [],
      );
      return Math.max(...sections);
    });
    expect(Math.max(...longest)).toBeLessThanOrEqual(3000);
    expect(Math.max(...longest)).toBeGreaterThan(2950);
  });

  it('escapes what Slack would act on: no mention of a channel and no link comes out of an answer of Azure', () => {
    const evil = told(jobRun([machine('a', { outcome: 'failed', reason: '<!channel> & <https://a.test|click>' })]));
    const sent = JSON.stringify(slackPayload(evil));
    expect(sent).toContain('&lt;!channel&gt; &amp; &lt;https://a.test|click&gt;');
    expect(sent).not.toMatch(/[<>]/);
  });

  it('says the cause in a line where Azure says more; the webhook has both', () => {
    const [reason, cause] = [
      'snapshot-a ended failed: Azure refused: QuotaExceeded: … (request 1b2c)',
      'QuotaExceeded',
    ];
    const news = told(jobRun([machine('a', { outcome: 'failed', reason, cause })]));
    expect(JSON.stringify(slackPayload(news).blocks[2])).toContain('• `a` QuotaExceeded;');
    expect(JSON.stringify(slackPayload(news))).not.toContain('1b2c');
    expect(news.failed.machines[0]).toMatchObject({ reason, cause });
  });

  it('keeps a name on its line: neither a break nor a control character of it arrives', () => {
    const name = 'web\u001b[2J\r\n*Failed (0)*';
    const sent = slackPayload(told(jobRun([machine('a', { name, outcome: 'failed', reason: 'quota' })])));
    expect(JSON.stringify(sent.blocks[2])).toContain('• `web [2J *Failed (0)*` quota');
  });
});

describe('the payload for Teams', () => {
  it('is a message with one Adaptive Card', () => {
    expectGolden('notify/teams.json', teamsPayload(mixed));
  });

  it('stays below 28 KB however its characters are counted, and counts what it leaves out', () => {
    const sent = JSON.stringify(teamsPayload(huge));
    expect(Buffer.byteLength(sent, 'utf8')).toBeLessThanOrEqual(28 * 1024);
    expect(Buffer.byteLength(sent, 'utf16le')).toBeLessThanOrEqual(28 * 1024);
    const { body } = teamsPayload(huge).attachments[0].content;
    const texts = body.flatMap((one) =>
      one.type === 'RichTextBlock' ? [one.inlines.map(({ text }) => text).join('')] : [],
    );
    const from = texts.indexOf('Failed (200)');
    const more = texts.findIndex((text, i) => i > from && text.startsWith('… and '));
    const shown = more - from - 1;
    expect(shown).toBeGreaterThan(0);
    expect(texts[more]).toBe(`… and ${200 - shown} more`);
  });

  it('has text in text runs only, which know no Markdown', () => {
    const evil = told(jobRun([machine('a', { outcome: 'failed', reason: '[click](https://a.test) **now**' })]));
    const kinds = [...JSON.stringify(teamsPayload(evil)).matchAll(/"type":"(\w+)"/g)].map(([, type]) => type);
    expect(new Set(kinds)).toEqual(new Set(['message', 'AdaptiveCard', 'Container', 'RichTextBlock', 'TextRun']));
  });
});
