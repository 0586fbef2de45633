import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openJournalFile } from '../../src/cli/journal-file.ts';

const folders: string[] = [];
const newPath = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return join(folder, 'plan.json.journal.ndjson');
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const digestOf = (path: string): string => Buffer.from(path).toString('hex').slice(-40);

describe('the journal file', () => {
  it('holds every line once append resolves, for its owner’s eyes only', async () => {
    const path = newPath();
    const journal = await openJournalFile(path, digestOf(path));
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append(`{"n":${i}}`)));
    expect(readFileSync(path, 'utf8').split('\n').filter(Boolean)).toEqual(
      Array.from({ length: 50 }, (_, i) => `{"n":${i}}`),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await journal.close();
  });

  it('drops a torn tail and goes on behind a whole one, with umlauts counted as bytes', async () => {
    const path = newPath();
    const first = await openJournalFile(path, digestOf(path));
    await first.append('{"name":"Übung"}');
    await first.close();
    appendFileSync(path, '{"to');
    const second = await openJournalFile(path, digestOf(path));
    expect(await second.read()).toEqual(['{"name":"Übung"}', '{"to']);
    await second.keep(1);
    await second.append('{"b":1}');
    await second.close();
    appendFileSync(path, '{"c":1}');
    const third = await openJournalFile(path, digestOf(path));
    await third.read();
    await third.append('{"d":1}');
    expect(readFileSync(path, 'utf8')).toBe('{"name":"Übung"}\n{"b":1}\n{"c":1}\n{"d":1}\n');
    await third.close();
  });

  it('is refused to a second apply, naming the holder, and free again once that process is killed', async () => {
    const path = newPath();
    const module = join(import.meta.dirname, '../../src/cli/journal-file.ts');
    const script = `const { openJournalFile } = await import(${JSON.stringify(module)}); await openJournalFile(${JSON.stringify(path)}, ${JSON.stringify(digestOf(path))}); console.log('held'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = new Promise((resolve) => holder.once('exit', resolve));
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      await expect(openJournalFile(path, digestOf(path))).rejects.toThrow(`process ${holder.pid}`);
    } finally {
      holder.kill('SIGKILL');
    }
    await gone;
    const journal = await openJournalFile(path, digestOf(path));
    await journal.close();
  });
});

describe('a line of the journal', () => {
  /** What every open file inherits: the one place where data is asked onto the disk. */
  const fileMethods = async (): Promise<FileHandle> => {
    const file = await open(import.meta.filename, 'r');
    await file.close();
    return Object.getPrototypeOf(file) as FileHandle;
  };
  afterEach(() => vi.restoreAllMocks());

  it('is on the disk before append resolves: written whole, then synced, and only then told', async () => {
    const path = newPath();
    const journal = await openJournalFile(path, digestOf(path));
    const disk = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<string>();
    vi.spyOn(await fileMethods(), 'sync').mockImplementation(() => {
      asked.resolve(readFileSync(path, 'utf8'));
      return disk.promise;
    });
    let told = false;
    const appended = journal.append('{"n":1}').then(() => (told = true));
    expect(await asked.promise).toBe('{"n":1}\n');
    for (let turn = 0; turn < 20; turn += 1) await new Promise((go) => setImmediate(go));
    expect(told).toBe(false);
    disk.resolve();
    await appended;
    await journal.close();
  });

  it('that the disk does not take is refused, and so is every one after it', async () => {
    const path = newPath();
    const journal = await openJournalFile(path, digestOf(path));
    vi.spyOn(await fileMethods(), 'sync').mockRejectedValueOnce(new Error('input/output error'));
    await expect(journal.append('{"n":1}')).rejects.toThrow('input/output error');
    await expect(journal.append('{"n":2}')).rejects.toThrow('input/output error');
    expect(readFileSync(path, 'utf8')).not.toContain('"n":2');
    await journal.close();
  });

  it('that is dropped as torn is dropped durably too, and a new journal’s name is', async () => {
    const sync = vi.spyOn(await fileMethods(), 'sync');
    const path = newPath();
    const journal = await openJournalFile(path, digestOf(path));
    // Opening a folder is not possible on Windows.
    expect(sync.mock.calls.length).toBe(process.platform === 'win32' ? 0 : 1);
    sync.mockClear();
    await journal.keep(0);
    expect(sync).toHaveBeenCalledTimes(1);
    await journal.close();
  });
});
