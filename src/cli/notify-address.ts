/**
 * Where a receiver's messages go and what they are signed with: both secrets, from the job file, the environment or
 * files.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Receiver } from '../core/job/job.ts';
import type { Problem } from '../core/problem.ts';
import type { Context } from './context.ts';
import { fileProblem, isFileError } from './file-problem.ts';

export interface Address {
  readonly url: URL;
  /** Of a webhook: what its bodies are signed with. */
  readonly key?: string;
}

export interface Addressed {
  /** `undefined`: nothing can be sent there, as `problems` say. */
  readonly address: Address | undefined;
  readonly problems: readonly Problem[];
}

interface Secret {
  readonly inline?: string | undefined;
  readonly env?: string | undefined;
  readonly file?: string | undefined;
}

/** `name`: the receiver in messages. `folder`: what files are relative to. */
export const addressOf = async (
  receiver: Receiver,
  name: string,
  context: Pick<Context, 'env'>,
  folder: string,
): Promise<Addressed> => {
  const url = await secretOf(
    { inline: receiver.url, env: receiver.urlEnv, file: receiver.urlFile },
    { what: 'address', name, context, folder },
  );
  const wantsKey =
    receiver.kind === 'webhook' && (receiver.secretEnv !== undefined || receiver.secretFile !== undefined);
  const key = wantsKey
    ? await secretOf({ env: receiver.secretEnv, file: receiver.secretFile }, { what: 'key', name, context, folder })
    : undefined;
  const parsed = url.text === undefined ? undefined : parse(url.text, name);
  const problems = [...url.problems, ...(key?.problems ?? []), ...(parsed?.problems ?? [])];
  // Unsigned where a signature was asked for would be a weaker message than the one wanted.
  if (parsed?.url === undefined || (wantsKey && key?.text === undefined)) return { address: undefined, problems };
  return { address: { url: parsed.url, ...(key?.text === undefined ? {} : { key: key.text }) }, problems };
};

/** What would keep receivers from being told, or is doubtful of how they are written down; nothing is sent. */
export const receiverProblems = async (
  receivers: readonly Receiver[],
  context: Pick<Context, 'env' | 'cwd'>,
): Promise<readonly Problem[]> => {
  const found = await Promise.all(
    receivers.map((receiver, index) => addressOf(receiver, receiverName(receiver, index), context, context.cwd)),
  );
  return found.flatMap(({ problems }) => problems);
};

/** `index`: its place in the job's list. */
export const receiverName = ({ kind }: Receiver, index: number): string => `notify[${index}] (${kind})`;

interface Asked {
  readonly what: 'address' | 'key';
  readonly name: string;
  readonly context: Pick<Context, 'env'>;
  readonly folder: string;
}

interface Read {
  readonly text?: string;
  readonly problems: readonly Problem[];
}

const secretOf = async ({ inline, env, file }: Secret, asked: Asked): Promise<Read> => {
  if (inline !== undefined) return { text: inline.trim(), problems: [] };
  if (env !== undefined) {
    const text = asked.context.env[env]?.trim();
    if (text) return { text, problems: [] };
    // Who writes the address itself where its variable or file is to be named, must not find it in a log.
    return missing(asked, /^\w+$/.test(env) ? `the environment has no ${env}` : 'what should name it is no variable');
  }
  if (file === undefined) return missing(asked, 'none is given');
  // Made absolute, an address has lost a slash.
  return /\bhttps?:\//.test(file)
    ? missing(asked, 'what should name its file is an address')
    : secretInFile(resolve(asked.folder, file), asked);
};

const missing = ({ what, name }: Asked, why: string): Read => ({
  problems: [
    {
      code: `notify-${what}`,
      severity: 'medium',
      subject: name,
      summary: `${name} cannot be told: its ${what} is not known, since ${why}`,
      remedy: 'give it, then try with `holdfast job check JOB --notify-test`',
    },
  ],
});

const secretInFile = async (path: string, asked: Asked): Promise<Read> => {
  try {
    const there = await stat(path);
    // A pipe or a device may be read for ever. A folder is told of by who opens it.
    if (!there.isFile() && !there.isDirectory()) return missing(asked, `${path} is no file`);
    const text = (await readFile(path, 'utf8')).trim();
    if (text === '') return missing(asked, `${path} is empty`);
    const { mode } = there;
    return { text, problems: process.platform !== 'win32' && (mode & 0o077) !== 0 ? [open(path, mode, asked)] : [] };
  } catch (error) {
    if (!isFileError(error)) throw error;
    return missing(asked, fileProblem(error, 'read', path).summary);
  }
};

const open = (path: string, mode: number, { what, name }: Asked): Problem => ({
  code: 'notify-secret-open',
  severity: 'low',
  subject: path,
  summary: `the ${what} of ${name} is in ${path}, which others may read too (mode ${(mode & 0o777).toString(8)})`,
  remedy: `chmod 600 ${path}`,
});

const parse = (text: string, name: string): { readonly url?: URL; readonly problems: readonly Problem[] } => {
  const url = URL.parse(text);
  const wrong =
    url === null
      ? 'it is no URL'
      : url.username !== '' || url.password !== ''
        ? 'it holds a user name or a password, which would not be sent'
        : url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))
          ? `only https is sent to, and http on this host alone; it is ${url.protocol}//${url.host}`
          : undefined;
  if (url !== null && wrong === undefined) return { url, problems: [] };
  const summary = `${name} cannot be told: ${wrong ?? 'its address is wrong'}`;
  return {
    problems: [{ code: 'notify-address', severity: 'medium', subject: name, summary, remedy: 'correct its address' }],
  };
};

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

/** All of an address that may be shown: what follows the host is the secret. */
export const shownAddress = ({ protocol, host }: URL): string => `${protocol}//${host}`;

/** Every part of an address and its key that must not be quoted from an answer. */
export const secretParts = ({ url, key }: Address): readonly string[] => [
  ...(key === undefined ? [] : [key]),
  url.href,
  `${url.pathname}${url.search}`,
  url.pathname,
  ...url.pathname.split('/'),
  ...url.searchParams.values(),
];
