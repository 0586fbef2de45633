/** Files holdfast writes: whole or not at all, readable by their owner only (they hold resource ids). */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import { UsageError } from '../core/problem.ts';
import { fileProblem, isFileError } from './file-problem.ts';

/** Writes through a temporary file in the same folder, flushed, then renamed over the target. */
export const writeFileAtomically = async (path: string, text: string, mode = 0o600): Promise<void> => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      // Whatever the umask says.
      if (mode !== 0o600) await file.chmod(mode);
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

/** Fails now rather than after the work is done: whether `writeFileAtomically(path)` could succeed. */
export const checkWritable = async (path: string): Promise<void> => {
  const probe = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await (await open(probe, 'wx', 0o600)).close();
    await rm(probe);
    const there = await stat(path).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : Promise.reject(error),
    );
    if (there?.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR', syscall: 'open' });
  } catch (error) {
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

const cannot = (verb: string, path: string, error: unknown): unknown =>
  isFileError(error) ? new UsageError([fileProblem(error, verb, path)]) : error;
