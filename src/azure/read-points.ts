/**
 * What no list of a subscription holds: points of restore point collections, recovery points, and vaults' own
 * settings.
 */
import type { BackupItem } from '../core/estate.ts';
import { gapAfter } from './inquiry.ts';
import { apiVersions, kinds } from './kinds.ts';
import { normaliseVault } from './normalise-backup.ts';
import { listAt, textAt } from './raw.ts';
import type { Reader } from './reader.ts';

/**
 * One call per collection that is not Azure Backup's: a collection holds one machine's points, but only machines that
 * somebody
 * made points of by hand have one. https://learn.microsoft.com/rest/api/compute/restore-point-collections/get
 */
export const readRestorePoints = async ({ inquiry, intake, onRow }: Reader): Promise<void> => {
  const open = intake.collections().filter((c) => !c.ownedByBackup && !c.points.known);
  await Promise.all(
    open.map(async ({ id }) => {
      const answer = await inquiry.one({
        provider: 'compute',
        method: 'GET',
        path: id,
        query: { $expand: 'restorePoints' },
        apiVersion: apiVersions.compute,
      });
      if (!answer.ok) {
        const missed =
          answer.failure.kind === 'not-found' ? undefined : gapAfter(answer.failure, id, kinds.restorePoints.action);
        if (missed !== undefined) intake.miss('restorePoints', missed);
        return;
      }
      for (const point of listAt(answer.response.body, 'properties', 'restorePoints')) {
        onRow('restorePoints');
        intake.take('restorePoints', point);
      }
    }),
  );
};

/** `--deep`: one list per protected item. */
export const readRecoveryPoints = async (
  { inquiry, intake, onRow }: Reader,
  items: readonly BackupItem[],
): Promise<void> => {
  await Promise.all(
    items.map(async ({ id }) => {
      const failure = await inquiry.list(
        { provider: 'backup', method: 'GET', path: `${id}/recoveryPoints`, apiVersion: apiVersions.backup },
        (raw) => {
          onRow('recoveryPoints');
          intake.take('recoveryPoints', raw);
        },
      );
      const missed = failure === undefined ? undefined : gapAfter(failure, id, kinds.recoveryPoints.action);
      if (missed !== undefined) intake.miss('recoveryPoints', missed);
    }),
  );
};

/**
 * A vault row that does not tell its redundancy or soft delete (older indexes) is replaced by what a GET of the vault
 * answers.
 */
export const vaultTaker = ({ inquiry, intake }: Reader): { take(raw: unknown): void; settle(): Promise<void> } => {
  const partial: unknown[] = [];
  return {
    take(raw) {
      const read = normaliseVault(raw);
      if (read.kind === 'item' && !(read.item.redundancy.known && read.item.softDelete.known)) partial.push(raw);
      else intake.take('vaults', raw);
    },
    async settle() {
      await Promise.all(
        partial.map(async (raw) => {
          const answer = await inquiry.one({
            provider: 'recovery-services',
            method: 'GET',
            path: textAt(raw, 'id') ?? '/',
            apiVersion: apiVersions.vault,
          });
          intake.take('vaults', answer.ok ? answer.response.body : raw);
        }),
      );
    },
  };
};
