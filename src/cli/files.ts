/** Files holdfast writes: whole or not at all, readable by their owner only (they hold resource ids). */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import { UsageError } from '../core/problem.ts';

/** Writes through a temporary file in the same folder, flushed, then renamed over the target. Mode 0600. */
export const writeFileAtomically = async (path: string, text: string): Promise<void> => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw cannot('write', path, error);
  }
};

/** The text of a file the user named; a missing or unreadable one is wrong usage. */
export const readInput = async (path: string, what: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw cannot(`read the ${what}`, path, error);
  }
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

const cannot = (verb: string, path: string, error: unknown): UsageError => {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new UsageError([
    {
      code: 'file',
      severity: 'high',
      subject: path,
      summary: `cannot ${verb} ${path}: ${reasons[code] ?? (error as Error).message}`,
      remedy: 'check the path and its permissions',
    },
  ]);
};
