/** Judges what stands in the subscription when the day is over and nothing is under way. */
import type { Mutable } from '../../src/simulator/service.ts';
import { jobNamed, type Ledger } from './ledger.ts';

/** Azure's (https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points and disks-incremental-snapshots). */
const most = { restorePoints: 500, snapshotsOfDisk: 500 } as const;

export const judgeDay = (ledger: Ledger): void => {
  const { strays, scripts, points, machines } = ledger.look();
  // One that Azure could not delete goes with the next run of its job.
  const freezing = machines.filter(({ job }) => jobNamed(job)?.freezes);
  const unexpected = scripts.filter((id) => !freezing.some((machine) => id.startsWith(`${machine.id}/`)));
  for (const id of [...strays, ...unexpected]) ledger.violate('stray', '', `${id} was left behind`);
  const own = points.filter(({ copyOf }) => copyOf === undefined);
  for (const { id } of machines) {
    const restorePoints = own.filter(({ machine, mode }) => machine === id && mode !== undefined).length;
    if (restorePoints > most.restorePoints) ledger.violate('limit', id, `it has ${restorePoints} restore points`);
  }
  const ofDisk = Map.groupBy(
    own.filter(({ mode }) => mode === undefined).flatMap(({ disks }) => disks),
    (disk) => disk,
  );
  for (const [disk, snapshots] of ofDisk)
    if (snapshots.length > most.snapshotsOfDisk) ledger.violate('limit', disk, `it has ${snapshots.length} snapshots`);
  judgeLeases(ledger);
};

/** A lease is given back; that of a run cut short runs out. */
const judgeLeases = (ledger: Ledger): void => {
  for (const { id, type, body } of ledger.stored()) {
    if (type.toLowerCase() !== 'microsoft.compute/virtualmachines') continue;
    const tags = (body['tags'] ?? {}) as Mutable;
    const until = Date.parse(String(tags['holdfast-lease'] ?? '').split(' ')[3] ?? '');
    if (until > ledger.now())
      ledger.violate('lease', id.toLowerCase(), `it is leased until ${new Date(until).toISOString()}`);
  }
};
