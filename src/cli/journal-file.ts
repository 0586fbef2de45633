/** The journal on disk: append-only, 0600 (it holds signed URLs), every line durable before `append` resolves. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JournalStore } from '../engine/ports.ts';
import { lockPlan } from './plan-lock.ts';

export interface JournalFile extends JournalStore {
  readonly name: string;
  /** Waits for lines under way, closes the file and gives the lock back. */
  close(): Promise<void>;
}

/**
 * Opens (or creates) the journal of a plan and holds the plan's lock. Throws PlanHeldError, naming the process that holds it,
 * when another apply of the same plan runs on this host.
 */
export const openJournalFile = async (path: string, planDigest: string): Promise<JournalFile> => {
  const lock = await lockPlan(planDigest, path);
  try {
    const file = await openDurably(path);
    const store = makeStore(file, path);
    return {
      ...store,
      close: async () => {
        await store.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
};

const openDurably = async (path: string): Promise<FileHandle> => {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  await file.chmod(0o600);
  // A new file's name is durable only when its folder is; opening a folder is not possible on Windows.
  if (process.platform !== 'win32') {
    const folder = await open(dirname(path), constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
  return file;
};

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const newline = 0x0a;

const makeStore = (file: FileHandle, name: string): JournalFile => {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  /** Set after a failed write: the file may end in half a line, so nothing may follow it in this process. */
  let broken: { readonly error: unknown } | undefined;
  /** A crash can leave a whole last line without its newline. */
  let unended = false;

  /** Lines that arrive while one batch is being synced share the next sync. */
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (broken) throw broken.error;
        await file.appendFile((unended ? '\n' : '') + batch.map(({ line }) => `${line}\n`).join(''));
        unended = false;
        await file.sync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        broken ??= { error };
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  };

  return {
    name,
    async read() {
      const text = await readAll(file);
      unended = text.length > 0 && text.at(-1) !== newline;
      return text.toString('utf8').split('\n');
    },
    append: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        writing ??= drain();
      }),
    async keep(lines) {
      const text = await readAll(file);
      let length = 0;
      for (let n = 0; n < lines; n += 1) length = text.indexOf(newline, length) + 1 || text.length;
      await file.truncate(length);
      await file.sync();
      unended = length > 0 && text[length - 1] !== newline;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
};

const readAll = async (file: FileHandle): Promise<Buffer> => {
  const { size } = await file.stat();
  const text = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await file.read(text, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return text.subarray(0, at);
};
