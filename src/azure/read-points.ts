/**
 * What no list of a subscription holds: points of restore point collections, recovery points, and vaults' own
 * settings.
 */
import type { BackupItem, ReplicatedItem } from '../core/estate.ts';
import type { ResourceKey } from '../core/ids.ts';
import { gapAfter } from './inquiry.ts';
import { apiVersions, kinds } from './kinds.ts';
import { normaliseVault } from './normalise-backup.ts';
import { collectionKeyOf } from './normalise-points.ts';
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
 * One list per replicated item:
 * https://learn.microsoft.com/rest/api/site-recovery/recovery-points/list-by-replication-protected-items
 */
export const readReplicaPoints = async (
  { inquiry, intake, onRow }: Reader,
  items: readonly ReplicatedItem[],
): Promise<void> => {
  await Promise.all(
    items.map(async ({ id, key }) => {
      const failure = await inquiry.list(
        {
          provider: 'site-recovery',
          method: 'GET',
          path: `${id}/recoveryPoints`,
          apiVersion: apiVersions.siteRecovery,
        },
        (raw) => {
          onRow('replicationRecoveryPoints');
          intake.take('replicationRecoveryPoints', raw);
        },
      );
      const missed = failure === undefined ? undefined : gapAfter(failure, key, kinds.replicationRecoveryPoints.action);
      if (missed !== undefined) intake.miss('replicationRecoveryPoints', missed);
    }),
  );
};

/**
 * How far copies of restore points are, which only each point's own instance view tells (facts P-18). A copy that does
 * not answer keeps its row, and leaves its progress unknown.
 */
export const readCopyProgress = async (
  { inquiry, intake }: Reader,
  machines: ReadonlySet<ResourceKey>,
): Promise<void> => {
  const copiesOf = (sources: ReadonlySet<ResourceKey>): ReadonlySet<ResourceKey> =>
    new Set(
      intake
        .collections()
        .flatMap(({ key, sourceKey }) => (sourceKey !== undefined && sources.has(sourceKey) ? [key] : [])),
    );
  const copies = copiesOf(copiesOf(machines));
  const inside = intake
    .collections()
    .flatMap(({ key, points }) => (copies.has(key) && points.known ? points.value : []));
  const points = [...inside, ...intake.restorePoints().filter(({ key }) => copies.has(collectionKeyOf(key)))];
  await Promise.all(
    points.map(async ({ id }) => {
      const answer = await inquiry.one({
        provider: 'compute',
        method: 'GET',
        path: id,
        query: { $expand: 'instanceView' },
        apiVersion: apiVersions.compute,
      });
      if (answer.ok) intake.replace('restorePoints', answer.response.body);
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
