/** One message to one receiver: signed, bounded in time, tried a few times where trying again may help. */
import { createHmac } from 'node:crypto';
import { answerLimit, type SendPost, type WebAnswer } from '../azure/web-post.ts';
import { retryAfterMsOf } from '../azure/failure.ts';
import { withoutKnown } from '../core/secrets.ts';
import type { Clock } from '../engine/ports.ts';
import type { Address } from './notify-address.ts';

export interface Delivery {
  readonly address: Address;
  readonly body: string;
  /** The same at every try, so that a receiver can drop doubles. */
  readonly id: string;
  /** What must not be quoted from an answer. */
  readonly secrets: readonly string[];
}

export type Delivered =
  | { readonly kind: 'taken'; readonly tries: number }
  | { readonly kind: 'lost'; readonly tries: number; readonly why: string };

/**
 * How long one try may take, and the pauses between tries; a receiver that asks for a longer one than the limit is given
 * up.
 */
export interface Patience {
  readonly withinMs: number;
  readonly pausesMs: readonly number[];
  readonly longestPauseMs: number;
}

export const patient: Patience = { withinMs: 10_000, pausesMs: [2_000, 10_000, 30_000], longestPauseMs: 60_000 };
/** For a run that somebody is stopping. */
export const hasty: Patience = { withinMs: 5_000, pausesMs: [], longestPauseMs: 0 };

/** Never throws for what a receiver or the network does. */
export const deliver = async (
  delivery: Delivery,
  post: SendPost,
  clock: Clock,
  { withinMs, pausesMs, longestPauseMs }: Patience,
): Promise<Delivered> => {
  const { address, body, id } = delivery;
  for (let tries = 1; ; tries += 1) {
    const headers = { ...jsonHeaders, ...signedHeaders(body, id, clock.now(), address.key) };
    const tried = await within(clock, withinMs, (signal) => post({ url: address.url, headers, body, signal }));
    const verdict = judge(tried, delivery, withinMs);
    if (verdict.kind === 'taken') return { kind: 'taken', tries };
    const pauseMs = pausesMs[tries - 1];
    if (!verdict.again || pauseMs === undefined) return { kind: 'lost', tries, why: verdict.why };
    const waitMs = Math.max(pauseMs, verdict.retryAfterMs ?? 0);
    if (waitMs > longestPauseMs) {
      const asked = `${verdict.why}, and asked for ${Math.ceil(waitMs / 1000)} s of patience`;
      return { kind: 'lost', tries, why: asked };
    }
    await clock.sleep(waitMs);
  }
};

// Without a charset Teams takes each character for two bytes of its 28 KB.
const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };

/** `v1`: HMAC-SHA256 of `TIMESTAMP.BODY` with the shared key; the timestamp is in seconds since the epoch. */
const signedHeaders = (
  body: string,
  id: string,
  nowMs: number,
  key: string | undefined,
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(nowMs / 1000));
  const plain = { 'x-holdfast-delivery': id, 'x-holdfast-timestamp': timestamp };
  if (key === undefined) return plain;
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return { ...plain, 'x-holdfast-signature': `v1=${signature}` };
};

type Tried =
  | { readonly kind: 'answered'; readonly answer: WebAnswer }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' };

const within = async (clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<WebAnswer>): Promise<Tried> => {
  const stop = new AbortController();
  const over = new AbortController();
  const answered = work(stop.signal).then(
    (answer): Tried => ({ kind: 'answered', answer }),
    (error: unknown): Tried => ({ kind: 'failed', error }),
  );
  const late = clock.sleep(ms, over.signal).then(
    (): Tried => ({ kind: 'late' }),
    (): Tried => ({ kind: 'late' }),
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    over.abort();
    stop.abort();
  }
};

type Verdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string; readonly again: boolean; readonly retryAfterMs?: number };

const mostSaid = 200;

/** Cut after what is secret is gone. Where the answer was cut before, half a secret may stand at its end, unrecognised. */
const quotable = (text: string, secrets: readonly string[]): string => {
  const redacted = withoutKnown(text, secrets);
  const longest = Math.max(...secrets.map(({ length }) => length));
  const whole = text.length < answerLimit ? redacted : redacted.slice(0, -longest);
  return whole.replace(/\s+/g, ' ').trim().slice(0, mostSaid);
};

const judge = (tried: Tried, { address, secrets }: Delivery, withinMs: number): Verdict => {
  if (tried.kind === 'late')
    return { kind: 'refused', why: `it gave no answer within ${withinMs / 1000} s`, again: true };
  if (tried.kind === 'failed') return judgeError(tried.error);
  const { status, headers, text } = tried.answer;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status >= 300 && status < 400) {
    const to = URL.parse(headers['location'] ?? '', address.url.href);
    const where = to === null ? 'elsewhere' : `to ${to.protocol}//${to.host}`;
    return { kind: 'refused', why: `it redirects ${where} (${status}), which is not followed`, again: false };
  }
  const said = quotable(text, secrets);
  const retryAfterMs = retryAfterMsOf(headers);
  return {
    kind: 'refused',
    why: `it answered ${status}${said === '' ? '' : `: ${said}`}`,
    again: status === 429 || status === 408 || status >= 500,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
};

/** Node's message may quote the address, so only its code is told. */
const judgeError = (error: unknown): Verdict => {
  const code = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown';
  const untrusted = /CERT|SELF_SIGNED|ISSUER|SIGNATURE|^ERR_TLS|^ERR_SSL|WRONG_VERSION/.test(code);
  return untrusted
    ? { kind: 'refused', why: `its certificate is not trusted, or it speaks no TLS (${code})`, again: false }
    : { kind: 'refused', why: `the connection failed (${code})`, again: true };
};
