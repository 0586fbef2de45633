/**
 * Real recorded answers of Azure, where the folder beside the project holds them; tests that need them are skipped
 * where it does not.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../src/azure/raw.ts';

export const recordedDir = join(import.meta.dirname, '..', '..', '..', 'shared', 'real');
export const recordedIsThere = existsSync(join(recordedDir, 'estate', 'bundle.json'));
if (!recordedIsThere) console.warn(`skipped: no recorded answers of Azure at ${recordedDir}`);

export const estateDir = join(recordedDir, 'estate');

export const recordedRows = (kind: string): readonly unknown[] =>
  JSON.parse(readFileSync(join(estateDir, `${kind}.json`), 'utf8')) as unknown[];

/** Every body of every recorded conversation, list answers taken apart, whose `type` (lower-cased) is the given one. */
export const recordedBodies = (type: string): readonly unknown[] =>
  readdirSync(join(recordedDir, 'flows')).flatMap((file) =>
    readFileSync(join(recordedDir, 'flows', file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => {
        const body = (JSON.parse(line) as { readonly body: unknown }).body;
        const rows = isRecord(body) && Array.isArray(body['value']) ? body['value'] : [body];
        return rows.filter(
          (row) => isRecord(row) && typeof row['type'] === 'string' && row['type'].toLowerCase() === type,
        );
      }),
  );
