/** `job run` as its receivers, its metrics and its log tell it, over a real simulated Azure and real receivers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobPreview } from '../../src/core/job/preview.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { startReceiver, type Received, type ReceiverServer } from '../cli/receiver.ts';
import { parseExposition } from '../report/exposition.ts';
import { everythingConforms } from './conforming.ts';
import { holdfast, startWorld, type Ran, type World } from './rig.ts';

type Line = Readonly<Record<string, unknown>>;
const key = 'a-key-of-the-hook-0123456789';

describe('a job that tells of itself', () => {
  let world: World;
  let hook: ReceiverServer;
  let slack: ReceiverServer;
  let refusing: ReceiverServer;
  const ran: Ran[] = [];
  const metrics: string[] = [];

  const job = (): string => `
name: nightly
selector: { tags: { take: [one, set] } }
window: 24h
notify:
  - { kind: webhook, url: '${hook.origin}/hooks/abc', secretFile: hook-key, on: [failure, recovered, success] }
  - { kind: slack, urlEnv: SLACK_URL, on: [failure] }
  - { kind: teams, url: '${refusing.origin}/workflows/def' }
`;

  beforeAll(async () => {
    [hook, slack, refusing] = await Promise.all([
      startReceiver([{ status: 204 }], { secure: false }),
      startReceiver([{ status: 200, text: 'ok' }], { secure: false }),
      startReceiver([{ status: 404, text: 'The workflow is not there.' }], { secure: false }),
    ]);
    world = await startWorld({
      fleet: join(import.meta.dirname, 'job-fleet.yaml'),
      faults: [{ fault: 'forbidden', method: 'PUT', path: 'hf-one-01', times: 1 }],
    });
    writeFileSync(world.at('hook-key'), `${key}\n`, { mode: 0o600 });
    writeFileSync(world.at('job.yaml'), job(), { mode: 0o600 });
    // One machine fails; is repaired; has its point.
    for (const _ of ['failure', 'recovered', 'success']) {
      ran.push(
        await holdfast(
          [
            'job',
            'run',
            'job.yaml',
            '--yes',
            '--output',
            'json',
            '--log',
            'json',
            '--metrics-file',
            'jobs.prom',
            '--state-dir',
            'state',
            '--cloud',
            world.cloud,
          ],
          { cwd: world.folder, env: { SLACK_URL: `${slack.origin}/services/ghi` } },
        ),
      );
      metrics.push(readFileSync(world.at('jobs.prom'), 'utf8'));
    }
  });
  afterAll(async () => {
    await Promise.all([world.end(), hook.close(), slack.close(), refusing.close()]);
  });

  const runs = (): readonly JobRun[] => ran.map(({ out }) => JSON.parse(out) as JobRun);
  const bodies = (received: readonly Received[]): readonly Line[] =>
    received.map(({ body }) => JSON.parse(body) as Line);
  const value = (text: string, name: string, outcome?: string): number | undefined =>
    parseExposition(text)
      .flatMap(({ samples }) => samples)
      .find((sample) => sample.name === name && (outcome === undefined || sample.labels['outcome'] === outcome))?.value;

  it('tells a failure, a recovery and a success, to each who wants to hear of it', () => {
    expect(
      ran.map(({ code }) => code),
      ran[0]!.err,
    ).toEqual([3, 0, 0]);
    expect(bodies(hook.received)).toMatchObject([
      { news: 'failure', failed: { total: 1, machines: [{ name: 'one-01' }] } },
      { news: 'recovered', recovered: { total: 1, machines: [{ name: 'one-01' }] } },
      { news: 'success', counts: { created: 0, existing: 2 } },
    ]);
    expect(bodies(slack.received)).toMatchObject([{ text: expect.stringContaining('1 of 2 machines failed') }]);
    expect(bodies(hook.received).map(({ runId }) => runId)).toEqual(runs().map(({ runId }) => runId));
  });

  it('signs what a webhook gets with the key from beside the job file', () => {
    for (const { headers, body } of hook.received) {
      const signed = `${String(headers['x-holdfast-timestamp'])}.${body}`;
      expect(headers['x-holdfast-signature']).toBe(`v1=${createHmac('sha256', key).update(signed).digest('hex')}`);
    }
  });

  it('is not failed by a receiver that takes nothing, and says so in its summary and metrics', () => {
    // It wants failures and recoveries.
    expect(refusing.received).toHaveLength(2);
    const lost = runs().map(({ problems }) => problems.filter(({ code }) => code === 'notify-failed'));
    expect(lost.map(({ length }) => length)).toEqual([1, 1, 0]);
    expect(lost[1]![0]!.summary).toContain(
      `teams at ${refusing.origin} could not be told of the recovery of job nightly`,
    );
    expect(metrics.map((text) => value(text, 'holdfast_job_notification_failures_total'))).toEqual([1, 2, 2]);
  });

  it('writes metrics that carry on from run to run', () => {
    expect(metrics.map((text) => value(text, 'holdfast_job_points_taken_total'))).toEqual([1, 2, 2]);
    expect(metrics.map((text) => value(text, 'holdfast_job_machines', 'failed'))).toEqual([1, 0, 0]);
    expect(metrics.map((text) => value(text, 'holdfast_job_runs_total', 'ended'))).toEqual([1, 2, 3]);
    const [first, second] = metrics.map((text) => value(text, 'holdfast_job_last_success_timestamp_seconds')!);
    expect([first, second! > 0]).toEqual([0, true]);
  });

  it('logs lines of JSON only, which name the run and its correlation id', () => {
    for (const [i, { err }] of ran.entries()) {
      const lines = err
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line);
      const { runId, correlationId } = runs()[i]!;
      expect(new Set(lines.map((line) => line['correlationId']))).toEqual(new Set([correlationId]));
      const started = lines.findIndex(({ event }) => event === 'job.started');
      expect(started).toBeGreaterThanOrEqual(0);
      expect(new Set(lines.slice(started).map((line) => line['runId']))).toEqual(new Set([runId]));
      expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['job.phase', 'notified', 'job.ended']));
      const asked = world.simulator
        .log()
        .filter(({ headers }) => headers['x-ms-correlation-request-id'] === correlationId);
      expect(asked.length).toBeGreaterThan(5);
    }
  });

  it('shows no address and no key anywhere it writes', () => {
    const secrets = ['/hooks/abc', '/services/ghi', '/workflows/def', key];
    for (const text of [...ran.flatMap(({ out, err }) => [out, err]), ...metrics])
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('says in a check which receiver this environment lacks an address or a key of, and sends nothing', async () => {
    writeFileSync(world.at('keyed.yaml'), job().replace('secretFile: hook-key', 'secretEnv: HOOK_KEY'), {
      mode: 0o600,
    });
    const before = [hook, slack, refusing].map(({ received }) => received.length);
    const check = (env: Record<string, string>, ...flags: readonly string[]) =>
      holdfast(['job', 'check', 'keyed.yaml', '--cloud', world.cloud, ...flags], { cwd: world.folder, env });
    const lacking = await check({});
    expect(lacking.err).toContain(
      'notify[0] (webhook) cannot be told: its key is not known, since the environment has',
    );
    expect(lacking.err).toContain('notify[1] (slack) cannot be told: its address is not known, since the environment');
    const told = ({ out }: { readonly out: string }) =>
      (JSON.parse(out) as JobPreview).problems.map(({ code, subject }) => `${code} ${subject}`);
    const blank = await check({ HOOK_KEY: ' ', SLACK_URL: `${slack.origin}/services/ghi` }, '--output', 'json');
    expect(told(blank)).toContain('notify-key notify[0] (webhook)');
    const whole = await check({ HOOK_KEY: key, SLACK_URL: `${slack.origin}/services/ghi` }, '--output', 'json');
    expect(told(whole).filter((text) => text.startsWith('notify'))).toEqual([]);
    // What is missing here may be there where cron runs it, so it is said and changes no exit code.
    expect([lacking.code, blank.code]).toEqual([whole.code, whole.code]);
    expect([hook, slack, refusing].map(({ received }) => received.length)).toEqual(before);
  });

  it('sends a test message to each receiver when asked, and says which did not take it', async () => {
    const before = hook.received.length;
    const { code, err } = await holdfast(['job', 'check', 'job.yaml', '--notify-test', '--cloud', world.cloud], {
      cwd: world.folder,
      env: { SLACK_URL: `${slack.origin}/services/ghi` },
    });
    expect(code).toBe(3);
    expect(bodies(hook.received.slice(before))).toMatchObject([{ news: 'test', job: 'nightly' }]);
    expect(err).toContain(`Told slack at ${slack.origin}: test.`);
    expect(err).toContain('it answered 404: The workflow is not there.');
    const bare = await holdfast(['job', 'check', 'job.yaml', '--notify-test', '--cloud', world.cloud], {
      cwd: world.folder,
    });
    expect(bare.err.split('since the environment has no SLACK_URL')).toHaveLength(2);
  });
});

everythingConforms('job telling');
