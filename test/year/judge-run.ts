/** Judges what a run left behind: every machine has the point it was promised, the trash and the copies are as promised. */
import { day, duesIn, hour } from './calendar.ts';
import type { SeenMachine, SeenPoint, Sight } from './eyes.ts';
import type { YearJob } from './jobs.ts';
import { isWhole, type Entry, type Ledger } from './ledger.ts';
import { minuteOf, promiseFor } from './series.ts';

export interface RunSeen {
  readonly job: YearJob;
  readonly startedAt: number;
  readonly before: Sight;
  /** Names of machines that met a lasting fault. */
  readonly hurt: ReadonlySet<string>;
  /** What is locked against every write, and against deletion, in lower case. */
  readonly locked: readonly string[];
  readonly heldFast: readonly string[];
  /** Keys of points that were whole when it began, for as long as any list needs to tell it. */
  readonly wholeBefore: ReadonlySet<string>;
  /** Ids of machines that it said may be frozen, in lower case. */
  readonly toldFrozen: ReadonlySet<string>;
  /** It ended by itself, having done all it could. */
  readonly whole: boolean;
}

/** Lists lag by twenty seconds, world.ts. */
const listedWithin = 30_000;

export const wholeIn = ({ points }: Sight, now: number): ReadonlySet<string> =>
  new Set(points.filter((one) => one.state === 'whole' && one.changedAt <= now - listedWithin).map(({ key }) => key));

interface Window {
  readonly begins: number;
  readonly ends: number;
}

export const windowOf = ({ rhythm }: YearJob, at: number): Window => {
  const begins = duesIn(rhythm, at - 2 * day, at + 1).at(-1)!;
  return { begins, ends: duesIn(rhythm, begins + 1, begins + 2 * day)[0]! };
};

const within = (id: string, scopes: readonly string[]): boolean =>
  scopes.some((scope) => `${id}/`.startsWith(`${scope}/`));

export const judgeRun = (run: RunSeen, ledger: Ledger): void => {
  const after = ledger.look();
  const still = new Map(after.machines.map((machine) => [machine.id, machine]));
  const window = windowOf(run.job, run.startedAt);
  if (ledger.now() > window.ends && ledger.now() - run.startedAt > (window.ends - window.begins) / 2 + hour)
    ledger.violate('overlong', '', `${run.job.name} ran from ${minuteOf(run.startedAt)} to ${minuteOf(ledger.now())}`);
  for (const machine of run.before.machines) {
    if (machine.job !== run.job.name || !still.has(machine.id)) continue;
    judgePoints(machine, window, run, ledger);
    // What an earlier run left frozen was told then.
    if (machine.frozen.length === 0) judgeThaw(still.get(machine.id)!, run, ledger);
    if (!run.whole || run.hurt.has(machine.name) || within(machine.id, [...run.locked, ...run.heldFast])) continue;
    for (const id of after.scripts.filter((one) => one.startsWith(`${machine.id}/`)))
      ledger.violate(
        'script',
        machine.id,
        `${id.split('/').at(-1)} was left after the run of ${minuteOf(run.startedAt)}`,
      );
    judgeKept(machine, machine.location, false, run, ledger);
    if (run.job.copies !== undefined) {
      judgeKept(machine, run.job.copies.region, true, run, ledger);
      judgeCopies(machine, run, ledger);
    }
  }
};

/** However a run ends, a signal included, nothing stays frozen without its saying so. */
const judgeThaw = ({ id, frozen }: SeenMachine, { startedAt, toldFrozen }: RunSeen, ledger: Ledger): void => {
  if (frozen.length > 0 && !toldFrozen.has(id))
    ledger.violate('frozen', id, `${frozen.join(', ')} is frozen after the run of ${minuteOf(startedAt)}`);
};

/** Azure's floors between restore points of a machine (https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points). */
const floors = { application: 3 * hour, crash: hour } as const;

const judgePoints = (machine: SeenMachine, window: Window, run: RunSeen, ledger: Ledger): void => {
  const series = ledger.series(machine.id, machine.location, false);
  const known = new Set(run.before.points.map(({ key }) => key));
  const made = series.filter(({ point }) => !known.has(point.key));
  const inWindow = (entry: Entry): boolean => entry.takenAt >= window.begins && entry.takenAt < window.ends;
  const had = series.filter((entry) => inWindow(entry) && known.has(entry.point.key) && entry.wasWhole);
  if (had.length > 0 && made.length > 0)
    ledger.violate(
      'twice',
      machine.id,
      `${made[0]!.point.key} beside ${had[0]!.point.key}, both since ${minuteOf(window.begins)}`,
    );
  if (made.filter(isWhole).length > 1)
    ledger.violate('twice', machine.id, `${made.length} points were made in one run`);
  for (const entry of made) judgeFloor(entry, machine, series, ledger);
  const has = series.some((entry) => isWhole(entry) && (inWindow(entry) || entry.takenAt >= run.startedAt));
  if (has || !run.whole || excuseOf(machine, series, run) !== undefined) return;
  ledger.violate(
    'missing',
    machine.id,
    `no whole point since ${minuteOf(window.begins)}, after the run of ${minuteOf(run.startedAt)}`,
  );
};

const judgeFloor = (entry: Entry, machine: SeenMachine, series: readonly Entry[], ledger: Ledger): void => {
  const { point, takenAt } = entry;
  if (point.mode === undefined) return;
  const before = Math.max(
    ...series
      .filter((one) => one !== entry && one.point.mode === point.mode && one.takenAt <= takenAt)
      .map((one) => one.takenAt),
  );
  if (takenAt - before < floors[point.mode])
    ledger.violate(
      'floor',
      machine.id,
      `${point.key} came ${Math.round((takenAt - before) / 1000)} s after the one before`,
    );
};

/** Azure gives up what hangs after a day and a half, world.ts. */
const hungWithin = 2 * day;

/** One that Azure has just given up hangs for as long as lists lag. */
const hangs = ({ state, mode, at, changedAt }: SeenPoint, now: number): boolean =>
  (state === 'being-made' || (mode !== undefined && state === 'failed' && changedAt > now - listedWithin)) &&
  now - at < hungWithin;

/** Why no point of a machine is asked for, where it is in no state to give one. */
const excuseOf = (machine: SeenMachine, series: readonly Entry[], run: RunSeen): string | undefined => {
  if (!machine.provisioned) return 'Azure could not provision it';
  if (machine.power === 'running' && machine.agent !== 'ready') return 'its agent does not answer';
  if (machine.power === 'stopped' && machine.disks.length > 1) return 'its disks may differ while it is allocated';
  if (machine.power !== 'running' && machine.flash && run.job.file.option === 'restore-point')
    return 'Azure makes no crash-consistent restore point of such disks';
  if (within(machine.id, run.locked)) return 'it is locked';
  if (run.job.freezes && machine.power === 'running' && within(machine.id, run.heldFast))
    return 'its scripts could not be deleted again';
  if (run.hurt.has(machine.name)) return 'a fault that lasts';
  if (run.job.freezes && machine.frozen.length > 0)
    return 'a thaw failed, which was told, and it cannot be frozen again';
  const before = run.before.points.filter((point) => point.machine === machine.id && point.copyOf === undefined);
  if ([...before, ...series.map(({ point }) => point)].some((point) => hangs(point, run.startedAt)))
    return 'a point that hangs, and Azure makes one at a time';
  const tooYoung = ({ point, takenAt }: Entry): boolean =>
    point.mode !== undefined && run.startedAt - takenAt < floors[point.mode];
  return series.some(tooYoung) ? 'the floor between its points' : undefined;
};

const judgeKept = (machine: SeenMachine, region: string, copies: boolean, run: RunSeen, ledger: Ledger): void => {
  const series = ledger.series(machine.id, region, copies);
  // What became whole while the run went on may have come after its pruning, but for points that are its own.
  const early = series.filter(({ point }) => run.wholeBefore.has(point.key) || (!copies && point.at >= run.startedAt));
  const [byAll, byEarly] = [promiseFor(run.job, series, copies), promiseFor(run.job, early, copies)];
  const newest = Math.max(...early.filter(isWhole).map(({ takenAt }) => takenAt));
  for (const entry of series) {
    const { point } = entry;
    if (byAll.has(entry) || byEarly.has(entry)) {
      if (point.trash !== undefined && byAll.has(entry) && byEarly.has(entry))
        ledger.violate('promised-in-trash', machine.id, `${point.key} is promised and in the trash`);
      continue;
    }
    // A machine's points stay in the group that it was moved out of.
    if (point.members.some((id) => within(id, [...run.locked, ...run.heldFast]))) continue;
    // What is not whole is looked after once something newer is, and what a copy reads stays until that is done.
    if (point.state === 'being-made' || entry.takenAt > newest || isRead(entry, ledger)) continue;
    if (run.job.trashDays === 0)
      ledger.violate('left', machine.id, `${point.key} of ${minuteOf(entry.takenAt)} is promised by nothing`);
    else if (point.trash === undefined)
      ledger.violate('left', machine.id, `${point.key} of ${minuteOf(entry.takenAt)} is not in the trash`);
    else if (point.trash < run.startedAt)
      ledger.violate('overdue', machine.id, `${point.key} was to go at ${minuteOf(point.trash)}`);
  }
};

const isRead = ({ point }: Entry, ledger: Ledger): boolean =>
  [...ledger.entries.values()].some((one) => one.point.copyOf === point.key && one.point.state === 'being-made');

/** A copy that failed is begun again by the next run, and is whole before the one after that. */
const copyWithin = 3 * day;

const judgeCopies = (machine: SeenMachine, run: RunSeen, ledger: Ledger): void => {
  const copies = ledger.series(machine.id, run.job.copies!.region, true);
  // Azure makes one of a disk at a time: one that never ends holds up those behind it.
  if (copies.some(({ point }) => point.state === 'being-made')) return;
  const originals = ledger.series(machine.id, machine.location, false);
  const wanted = promiseFor(run.job, [...originals, ...copies], true);
  for (const entry of originals) {
    const old = run.startedAt - entry.takenAt > copyWithin;
    if (!old || !wanted.has(entry) || copies.some((copy) => copy.point.copyOf === entry.point.key && isWhole(copy)))
      continue;
    ledger.violate('not-copied', machine.id, `${entry.point.key} of ${minuteOf(entry.takenAt)} has no whole copy`);
  }
};
