/** The history's file: made for its owner alone, never another program's, and set aside when it is damaged. */
import { chmodSync, closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { historyApplicationId } from './history-schema.ts';

export type FileState =
  | { readonly kind: 'absent' }
  /** Nothing in it yet. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'history' }
  /** Another program's, or text, or a history whose first bytes are spoiled. */
  | { readonly kind: 'other'; readonly what: string };

/** A folder, a pipe, a device: never set aside, nor opened. */
export const notAFile = 'no file';

const magic = 'SQLite format 3\u0000';
/** Of a database's header; https://www.sqlite.org/fileformat.html#the_database_header. */
const headerBytes = 100;
const applicationIdAt = 68;

/** What stands there, by its first bytes. Throws what the file system says. */
export const stateOfFile = (path: string): FileState => {
  // Opening a pipe would wait for who writes into it.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return { kind: 'other', what: notAFile };
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
  try {
    if (!fstatSync(fd).isFile()) return { kind: 'other', what: notAFile };
    const header = Buffer.alloc(headerBytes);
    const length = readSync(fd, header, 0, headerBytes, 0);
    if (length === 0) return { kind: 'empty' };
    if (header.toString('latin1', 0, magic.length) !== magic) return { kind: 'other', what: 'no database at all' };
    return header.readUInt32BE(applicationIdAt) === historyApplicationId
      ? { kind: 'history' }
      : { kind: 'other', what: 'the database of something else' };
  } finally {
    closeSync(fd);
  }
};

/** Makes the file where there is none; SQLite gives its companions the same mode. */
export const makePrivateFile = (path: string): void => {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
};

/** Which file a path leads to now; undefined where to none. */
export const fileAt = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

/**
 * Renames the damaged file and its companions, and says to what. Undefined when another process did so meanwhile: what stands there now
 * is another file than `damaged`, the one that was found wanting. The log goes first: beside a new file, SQLite would play it back.
 */
export const setAside = (path: string, damaged: number | undefined, nowMs: number): string | undefined => {
  if (damaged === undefined || fileAt(path) !== damaged) return undefined;
  const moment = new Date(nowMs).toISOString().replaceAll(':', '-');
  const aside = `${path}.damaged-${moment}`;
  for (const companion of ['-wal', '-shm']) renameIfThere(`${path}${companion}`, `${aside}${companion}`);
  return renameIfThere(path, aside) ? aside : undefined;
};

const renameIfThere = (from: string, to: string): boolean => {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};
