/**
 * Writes an offline bundle while a fleet is read: rows stream into their files, and the folder counts as a bundle only
 * once `bundle.json` stands.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Estate } from '../core/estate.ts';
import { UsageError } from '../core/problem.ts';
import { bundleSchemaVersion, type BundleHead } from './bundle-read.ts';
import type { GapsByKind, Keep } from './intake.ts';
import { rawKinds, readOnRequest, type RawKind } from './kinds.ts';
import { makeFolders } from './make-folders.ts';
import type { ScopeFilter } from './scope.ts';

export interface BundleWriter {
  /** For `readEstate`'s `keep`. */
  readonly keep: Keep;
  /** Ends the files and writes `bundle.json` last. Rejects with the first error of any file. */
  finish(end: BundleEnd): Promise<void>;
  /** Leaves nothing of this export behind, nor the folders it made; what others put there meanwhile stays. */
  abandon(): Promise<void>;
}

export interface BundleEnd {
  readonly estate: Estate;
  /** The kinds that were asked for; they get a file even when empty. */
  readonly read: readonly RawKind[];
  readonly gaps: GapsByKind;
  readonly filter: ScopeFilter;
}

interface Growing {
  readonly name: string;
  readonly stream: WriteStream;
  readonly failed: Promise<never>;
  rows: number;
}

/** Opens an empty or new folder (0700) for a bundle. Throws UsageError when something is in it already. */
export const openBundle = async (dir: string): Promise<BundleWriter> => {
  const firstMade = makeFolders(dir);
  if ((await readdir(dir)).length > 0) {
    throw new UsageError([
      {
        code: 'export-not-empty',
        severity: 'high',
        subject: dir,
        summary: `${dir} is not empty`,
        remedy: 'name a new folder for the export',
      },
    ]);
  }
  const files = new Map<string, Growing>();
  const partial = (name: string): string => join(dir, `.${name}.json.partial`);
  const fileOf = (name: string): Growing => {
    const found = files.get(name);
    if (found) return found;
    const stream = createWriteStream(partial(name), { flags: 'wx', mode: 0o600, flush: true });
    const { promise: failed, reject } = Promise.withResolvers<never>();
    stream.on('error', reject);
    // Reported by `complete`; until then a failed disk must not end the process.
    failed.catch(() => undefined);
    const made: Growing = { name, stream, failed, rows: 0 };
    files.set(name, made);
    return made;
  };
  const complete = async (file: Growing, tail: string): Promise<void> => {
    const ended = new Promise<void>((resolve) => file.stream.end(tail, resolve));
    await Promise.race([ended, file.failed]);
    await rename(partial(file.name), join(dir, `${file.name}.json`));
  };

  return {
    keep(kind, raw) {
      const file = fileOf(kind);
      file.stream.write(`${file.rows === 0 ? '[\n' : ',\n'}${JSON.stringify(raw)}`);
      file.rows += 1;
    },
    async finish(end) {
      for (const kind of rawKinds.filter((k) => files.has(k) || end.read.includes(k))) {
        const file = fileOf(kind);
        await complete(file, file.rows === 0 ? '[]\n' : '\n]\n');
      }
      await complete(fileOf('bundle'), `${JSON.stringify(headOf(end), null, 1)}\n`);
    },
    async abandon() {
      for (const { stream, name } of files.values()) {
        // A file that is still being opened would stand again after its removal.
        if (!stream.closed) await new Promise<void>((done) => stream.once('close', () => done()).destroy());
        await rm(partial(name), { force: true });
        await rm(join(dir, `${name}.json`), { force: true });
      }
      if (firstMade !== undefined) await removeMade(resolve(dir), firstMade);
    },
  };
};

/** From the innermost folder up to the first one made, as long as each is empty. */
const removeMade = async (dir: string, firstMade: string): Promise<void> => {
  for (let folder = dir; folder.startsWith(firstMade); folder = dirname(folder)) {
    if ((await readdir(folder)).length > 0) return;
    await rmdir(folder);
  }
};

/** Gaps and filter go along, so that importing gives the same audit. */
const headOf = ({ estate, gaps, filter }: BundleEnd): BundleHead => ({
  schemaVersion: bundleSchemaVersion,
  asOf: estate.asOf,
  scope: estate.scope.description,
  // Recovery points are read on request only; without them a bundle is as whole as the run was.
  complete: Object.keys(gaps).every((kind) => readOnRequest.has(kind)),
  subscriptions: [...estate.scope.subscriptions],
  filter: filter as NonNullable<BundleHead['filter']>,
  gaps: Object.fromEntries(
    Object.entries(gaps).map(([kind, list]) => [
      kind,
      list.map((g) => ({
        scope: g.scope,
        reason: g.reason,
        detail: g.detail,
        ...(g.action === undefined ? {} : { action: g.action }),
      })),
    ]),
  ),
});
