/** What docs/jobs.md says of messages, metrics and the log is all there is, and nothing that is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { levelOfLogEvent } from '../../src/cli/log-events.ts';
import { newsOf } from '../../src/core/job/news.ts';
import { families } from '../../src/report/metric-families.ts';
import { webhookPayload } from '../../src/report/notify/webhook.ts';
import { jobRun, machine } from '../core/job/run-builder.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'jobs.md'), 'utf8');
const section = (title: string): string => text.split(`### ${title}\n`)[1]?.split(/^##/m)[0] ?? '';
const quoted = (part: string): readonly string[] =>
  [...part.replaceAll(/```[^]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

describe('docs/jobs.md', () => {
  it('lists every metric, and no other', () => {
    const listed = quoted(section('Metrics')).filter((word) => word.startsWith('holdfast_job_'));
    expect(listed.toSorted()).toEqual(Object.keys(families).toSorted());
  });

  it('lists every field of a message', () => {
    const held = { host: 'h', since: '2026-06-01T00:00:00Z' };
    const news = newsOf(jobRun([machine('a')], { outcome: 'held', heldBy: held }), undefined, ['failure'])!;
    const payload = webhookPayload(news);
    const fields = [...Object.keys(payload), ...Object.keys(payload.counts), ...Object.keys(payload.copies)];
    expect(fields.filter((field) => !quoted(section('Messages')).includes(field))).toEqual([]);
  });

  it('lists every event of the log that is not an engine’s', () => {
    const events = [...Object.keys(levelOfLogEvent), 'problem'];
    expect(events.filter((event) => !quoted(section('The log')).includes(event))).toEqual([]);
  });
});
