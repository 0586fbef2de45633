/** Messages as a receiver on a real socket gets them, and what becomes of those that no receiver takes. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { makePost } from '../../src/azure/web-post.ts';
import type { Context } from '../../src/cli/context.ts';
import { notify, type Told } from '../../src/cli/notify.ts';
import { notifyTest } from '../../src/cli/notify-test.ts';
import type { Receiver } from '../../src/core/job/job.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import type { Clock } from '../../src/engine/ports.ts';
import { jobRun, machine } from '../core/job/run-builder.ts';
import { startReceiver, type ReceiverServer } from './receiver.ts';

const failing = jobRun([machine('db-01', { outcome: 'failed', reason: 'quota' }), machine('web-01')]);
const startMs = Date.UTC(2026, 5, 3, 1, 5);
const triesMs = 10_000;
const secretPath = '/services/T0PLANTED/B0PLANTED/hunter2hunter2';
const key = 'planted-hmac-key-0123456789';

/** Pauses are noted and cost nothing; the limit of a try passes when `late` says so, and else never. */
const noted = (late: Promise<void> = new Promise(() => undefined)): Clock & { readonly pauses: readonly number[] } => {
  const pauses: number[] = [];
  let now = startMs;
  return {
    pauses,
    now: () => now,
    sleep: async (ms, signal) => {
      if (signal !== undefined) {
        await Promise.race([
          late,
          new Promise((_, stop) => signal.addEventListener('abort', () => stop(signal.reason))),
        ]);
        return;
      }
      pauses.push(ms);
      now += ms;
    },
  };
};

let words = '';
const contextWith = (env: Context['env'] = {}): Context => ({
  env,
  cwd: '/nowhere',
  out: () => undefined,
  err: (text) => void (words += text),
  terminal: { live: false, interactive: false, width: 100, colour: false },
  ask: () => Promise.resolve(''),
  signal: new AbortController().signal,
  root: '/nowhere',
  version: '9.9.9',
});

const open: ReceiverServer[] = [];
const start: typeof startReceiver = async (script, options) => {
  const server = await startReceiver(script, options);
  open.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
  words = '';
});

const send = (
  server: ReceiverServer,
  {
    receiver = {},
    clock = noted(),
    run = failing,
    env = {},
  }: {
    readonly receiver?: Partial<Receiver>;
    readonly clock?: Clock;
    readonly run?: JobRun;
    readonly env?: Context['env'];
  } = {},
): Promise<Told> => {
  const full: Receiver = { kind: 'webhook', url: `${server.origin}${secretPath}`, on: ['failure'], ...receiver };
  return notify(run, [full], undefined, contextWith(env), { clock, post: makePost('holdfast/9.9.9', server.ca) });
};

/** Computed by another implementation than the product's. */
const signatureOf = async (secret: string, text: string): Promise<string> => {
  const bytes = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', bytes.encode(secret), algorithm, false, ['sign']);
  return Buffer.from(await crypto.subtle.sign('HMAC', imported, bytes.encode(text))).toString('hex');
};

describe('a message', () => {
  it('of a webhook is signed over its timestamp and its very bytes, and names its delivery', async () => {
    const server = await start([{ status: 204 }]);
    const told = await send(server, { receiver: { secretEnv: 'HOOK_KEY' }, env: { HOOK_KEY: `${key}\n` } });
    expect(told).toEqual({ sent: 1, problems: [] });
    const [{ method, path, headers, body }] = server.received as [ReceiverServer['received'][number]];
    expect([method, path]).toEqual(['POST', secretPath]);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['user-agent']).toBe('holdfast/9.9.9');
    expect(headers['x-holdfast-timestamp']).toBe(String(startMs / 1000));
    expect(headers['x-holdfast-signature']).toBe(`v1=${await signatureOf(key, `${startMs / 1000}.${body}`)}`);
    expect(headers['x-holdfast-delivery']).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(body)).toMatchObject({ kind: 'holdfast.job-news', news: 'failure', failed: { total: 1 } });
    expect(words).toBe(`Told webhook at ${server.origin}: failure.\n`);
  });

  it('has a delivery id that is the same for a run and a receiver, and another for another run', async () => {
    const server = await start([{ status: 200 }]);
    await send(server);
    await send(server);
    await send(server, { run: { ...failing, runId: 'another' } });
    const ids = server.received.map(({ headers }) => headers['x-holdfast-delivery']);
    expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([true, false]);
  });

  it('goes to Slack and Teams in their own shapes, unsigned', async () => {
    const server = await start([{ status: 200, text: 'ok' }, { status: 202 }]);
    await send(server, { receiver: { kind: 'slack' } });
    await send(server, { receiver: { kind: 'teams' } });
    const [slack, teams] = server.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(Object.keys(slack!)).toEqual(['text', 'blocks']);
    expect(Object.keys(teams!)).toEqual(['type', 'attachments']);
    for (const { headers } of server.received) expect(headers['x-holdfast-signature']).toBeUndefined();
  });

  it('is not sent to who did not ask for such news', async () => {
    const server = await start([{ status: 200 }]);
    expect(await send(server, { receiver: { on: ['late', 'recovered', 'success'] } })).toEqual({
      sent: 0,
      problems: [],
    });
    expect(server.received).toEqual([]);
  });

  it('goes to every receiver as a test, whatever they want to hear of', async () => {
    const server = await start([{ status: 200 }]);
    const receivers: readonly Receiver[] = [
      { kind: 'webhook', url: `${server.origin}/a`, on: ['failure'] },
      { kind: 'slack', url: `${server.origin}/b`, on: ['success'] },
    ];
    const post = makePost('holdfast/9.9.9', server.ca);
    const told = await notifyTest({ name: 'nightly', notify: receivers }, contextWith(), { clock: noted(), post });
    expect(told).toEqual({ sent: 2, problems: [] });
    const bodies = server.received.toSorted((a, b) => a.path.localeCompare(b.path)).map(({ body }) => body);
    expect(JSON.parse(bodies[0]!)).toMatchObject({ news: 'test', job: 'nightly', counts: { failed: 0 } });
    expect(bodies[1]).toContain('nothing happened');
  });
});

describe('a receiver that does not take a message', () => {
  it('is tried again after a 500, with a pause, under the same delivery id', async () => {
    const server = await start([{ status: 500 }, { status: 503 }, { status: 200 }]);
    const clock = noted();
    expect(await send(server, { clock })).toEqual({ sent: 1, problems: [] });
    expect(clock.pauses).toEqual([2_000, 10_000]);
    expect(new Set(server.received.map(({ headers }) => headers['x-holdfast-delivery'])).size).toBe(1);
    expect(server.received.map(({ headers }) => headers['x-holdfast-timestamp'])).toEqual(
      [0, 2, 12].map((s) => String(startMs / 1000 + s)),
    );
  });

  it('is tried again after a 429 when it said', async () => {
    const server = await start([{ status: 429, headers: { 'retry-after': '17' } }, { status: 200 }]);
    const clock = noted();
    expect(await send(server, { clock })).toEqual({ sent: 1, problems: [] });
    expect(clock.pauses).toEqual([17_000]);
  });

  it('is given up when it asks for more patience than a job has', async () => {
    const server = await start([{ status: 429, headers: { 'retry-after': '3600' } }, { status: 200 }]);
    const { sent, problems } = await send(server);
    expect([sent, server.received.length]).toEqual([0, 1]);
    expect(problems[0]?.summary).toContain('it answered 429, and asked for 3600 s of patience');
  });

  it('is given up after four tries, and told as a Problem that fails nothing', async () => {
    const server = await start(['reset']);
    const { sent, problems } = await send(server);
    expect([sent, server.received.length]).toEqual([0, 4]);
    expect(problems).toMatchObject([
      {
        code: 'notify-failed',
        severity: 'medium',
        subject: `notify[0] (webhook, ${server.origin})`,
        summary: `webhook at ${server.origin} could not be told of the failure of job nightly: the connection failed (ECONNRESET)`,
        detail: '4 tries',
      },
    ]);
  });

  it('that is not there at all holds up no other', async () => {
    const gone = await startReceiver([{ status: 200 }]);
    await gone.close();
    const server = await start([{ status: 200 }]);
    const receivers = [gone, server].map(({ origin }): Receiver => ({
      kind: 'webhook',
      url: `${origin}${secretPath}`,
      on: ['failure'],
    }));
    const post = makePost('holdfast/9.9.9', server.ca);
    const told = await notify(failing, receivers, undefined, contextWith(), { clock: noted(), post });
    expect(told.sent).toBe(1);
    expect(told.problems.map(({ summary }) => summary)).toEqual([
      `webhook at ${gone.origin} could not be told of the failure of job nightly: the connection failed (ECONNREFUSED)`,
    ]);
  });

  it('that gives no answer is waited for no longer than the limit of a try', async () => {
    const server = await start(['never', { status: 200 }]);
    const clock = noted(server.arrived(1));
    const first = await send(server, { clock, run: { ...failing, outcome: 'interrupted' } });
    expect(first.problems[0]?.summary).toContain('it gave no answer within 5 s');
    expect(server.received.length).toBe(1);
  });

  it('that is slow once is asked once more', async () => {
    const server = await start(['never', { status: 200 }]);
    // The second try has no limit that passes: only the first one's ends.
    let limits = 0;
    const quick = noted();
    const clock: Clock = {
      now: () => quick.now(),
      sleep: async (ms, signal) => {
        if (signal === undefined) return quick.sleep(ms);
        expect(ms).toBe(triesMs);
        limits += 1;
        return limits === 1 ? server.arrived(1) : quick.sleep(ms, signal);
      },
    };
    expect(await send(server, { clock })).toEqual({ sent: 1, problems: [] });
    expect([server.received.length, quick.pauses]).toEqual([2, [2_000]]);
  });

  it('that says no is not asked again, and its words are told without the address in them', async () => {
    const server = await start([{ status: 404, text: `no_service at ${secretPath} (hunter2hunter2, ${key})` }]);
    const { problems } = await send(server, { receiver: { secretEnv: 'K' }, env: { K: key } });
    expect(server.received.length).toBe(1);
    expect(problems[0]?.summary).toContain('it answered 404: no_service at …');
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|planted-hmac|T0PLANTED/);
  });

  it('that repeats its address until its answer is cut in the middle of it leaves no half of it', async () => {
    const path = `/services/${'hunter2'.repeat(40)}`;
    const server = await start([{ status: 404, text: `${path} `.repeat(30) }]);
    const { problems } = await send(server, { receiver: { url: `${server.origin}${path}` } });
    expect(problems[0]?.summary).toMatch(/it answered 404$/);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('that redirects is not followed, to its own host or another', async () => {
    const elsewhere = await start([{ status: 200 }]);
    for (const to of [`${elsewhere.origin}/stolen?x=1`, '/moved']) {
      const server = await start([{ status: 307, headers: { location: to } }]);
      const { sent, problems } = await send(server);
      const where = to.startsWith('/') ? server.origin : elsewhere.origin;
      expect([sent, server.received.length]).toEqual([0, 1]);
      expect(problems[0]?.summary).toContain(`it redirects to ${where} (307), which is not followed`);
      expect(JSON.stringify(problems)).not.toContain('stolen');
    }
    expect(elsewhere.received).toEqual([]);
  });

  it('whose certificate nobody trusts gets nothing, and is not asked again', async () => {
    const server = await start([{ status: 200 }]);
    const stranger = await start([{ status: 200 }]);
    const receiver: Receiver = { kind: 'webhook', url: `${server.origin}${secretPath}`, on: ['failure'] };
    const clock = noted();
    const told = await notify(failing, [receiver], undefined, contextWith(), {
      clock,
      post: makePost('holdfast/9.9.9', stranger.ca),
    });
    expect([server.received, clock.pauses]).toEqual([[], []]);
    expect(told.problems[0]?.summary).toMatch(/its certificate is not trusted, or it speaks no TLS \(\w+\)$/);
  });
});

describe('the address and the key of a receiver', () => {
  let folder = '';
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'holdfast-notify-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const tell = (receiver: Partial<Receiver>, env: Context['env'] = {}): Promise<Told> =>
    notify(failing, [{ kind: 'webhook', on: ['failure'], ...receiver }], undefined, contextWith(env), {
      folder,
      clock: noted(),
      post: () => Promise.resolve({ status: 200, headers: {}, text: '' }),
    });

  it.each([
    [
      'plain http to another host',
      'http://hooks.test/secret',
      'only https is sent to, and http on this host alone; it is http://hooks.test',
    ],
    [
      'another protocol',
      'ftp://hooks.test/secret',
      'only https is sent to, and http on this host alone; it is ftp://hooks.test',
    ],
    [
      'a name and a password',
      'https://me:secret@hooks.test/',
      'it holds a user name or a password, which would not be sent',
    ],
    ['what is no URL', 'secret', 'it is no URL'],
  ])('may not be %s', async (_, url, why) => {
    const { sent, problems } = await tell({ url });
    expect(sent).toBe(0);
    expect(problems.map(({ summary }) => summary)).toEqual([`notify[0] (webhook) cannot be told: ${why}`]);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  it.each(['http://localhost:9/x', 'http://127.0.0.1:9/x', 'http://[::1]:9/x', 'https://hooks.test/x'])(
    'may be %s',
    async (url) => {
      expect(await tell({ url })).toEqual({ sent: 1, problems: [] });
    },
  );

  it.each([
    ['the environment', { urlEnv: 'NO_SUCH' }, 'its address is not known, since the environment has no NO_SUCH'],
    ['a file that is missing', { urlFile: 'gone' }, 'gone: there is no such file or folder'],
    ['a device, as a pipe is, of which reading may never end', { urlFile: '/dev/null' }, '/dev/null is no file'],
    ['nowhere', {}, 'its address is not known, since none is given'],
    ['an address for a variable', { urlEnv: 'https://a.test/secret' }, 'since what should name it is no variable'],
    ['an address for a file', { urlFile: 'https://a.test/secret' }, 'since what should name its file is an address'],
    [
      'a key that is missing',
      { url: 'https://a.test/', secretEnv: 'NO_KEY' },
      'its key is not known, since the environment has no NO_KEY',
    ],
  ])('is told as missing: %s', async (_, receiver, why) => {
    const { sent, problems } = await tell(receiver);
    expect([sent, problems.length]).toEqual([0, 1]);
    expect(problems[0]?.summary).toContain(why);
    expect(JSON.stringify(problems)).not.toContain('a.test/secret');
  });

  it.skipIf(process.platform === 'win32')('is read from a file, with a note where others may read it too', async () => {
    writeFileSync(join(folder, 'url'), 'https://hooks.test/x\n', { mode: 0o600 });
    writeFileSync(join(folder, 'key'), key, { mode: 0o600 });
    expect(await tell({ urlFile: 'url', secretFile: 'key' })).toEqual({ sent: 1, problems: [] });
    chmodSync(join(folder, 'key'), 0o644);
    const { sent, problems } = await tell({ urlFile: 'url', secretFile: 'key' });
    expect(sent).toBe(1);
    expect(problems).toMatchObject([
      { code: 'notify-secret-open', severity: 'low', remedy: `chmod 600 ${join(folder, 'key')}` },
    ]);
  });
});
