/** Folders made one after the other, and every place where none can be made told at once. */
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../src/azure/make-folders.ts';
import { temporaryFolder } from '../e2e/rig.ts';

let folder: string;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const codeOf = (path: string): string | undefined => {
  try {
    makeFolders(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

describe('folders', () => {
  it('are made with all that is missing above them, for their owner alone, and told by the first', () => {
    expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
    expect(makeFolders(join(folder, 'a', 'b', 'c', 'd'))).toBe(join(folder, 'a', 'b', 'c', 'd'));
    expect(makeFolders(join(folder, 'a', 'b'))).toBeUndefined();
    if (process.platform !== 'win32')
      for (const made of ['a', join('a', 'b'), join('a', 'b', 'c')])
        expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
  });

  it('that are there stay as they are, links to folders too', () => {
    mkdirSync(join(folder, 'there'), { mode: 0o755 });
    symlinkSync(join(folder, 'there'), join(folder, 'link'));
    expect(makeFolders(join(folder, 'link'))).toBeUndefined();
    expect(makeFolders(join(folder, 'link', 'in'))).toBe(join(folder, 'link', 'in'));
    expect(existsSync(join(folder, 'there', 'in'))).toBe(true);
  });

  it('cannot be made where a file is, under a file, or through a link to nowhere', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    expect(codeOf(join(folder, 'file'))).toBe('EEXIST');
    expect(codeOf(join(folder, 'file', 'a', 'b'))).toBe('ENOTDIR');
    expect(codeOf(join(folder, 'link', 'a'))).toBe('EEXIST');
  });

  // Node's own `mkdir -p` never comes back from there.
  it.skipIf(!existsSync('/proc/self'))('cannot be made where nothing can, and that is said at once', () => {
    expect(codeOf('/proc/nothing')).toBe('ENOTSUP');
    expect(codeOf('/proc/nothing/at/all')).toBe('ENOTSUP');
    expect(() => makeFolders('/proc/nothing/at/all')).toThrow('nothing can be made in /proc');
  });
});
