/**
 * A folder and what is missing above it. Not by Node's own `recursive`: where nothing can be made in a folder that is there, and the
 * system says ENOENT of it (as /proc does), Node 24 asks again for ever.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** For their owner alone; what is there stays as it is. The first folder made, if any; throws what the system says. */
export const makeFolders = (path: string): string | undefined => {
  const missing: string[] = [];
  let at = resolve(path);
  for (; statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at; at = dirname(at))
    missing.push(at);
  // Something that is no folder says so itself.
  if (missing.length === 0 && !statSync(at).isDirectory()) mkdirSync(at);
  let first: string | undefined;
  for (const folder of missing.toReversed()) if (make(folder)) first ??= folder;
  return first;
};

/** False: another process was faster. */
const make = (folder: string): boolean => {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return false;
    if (code !== 'ENOENT' || !(error instanceof Error)) throw error;
    const why = `nothing can be made in ${dirname(folder)}`;
    throw Object.assign(new Error(why, { cause: error }), { code: 'ENOTSUP', syscall: 'mkdir', path: folder });
  }
};
