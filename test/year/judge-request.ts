/** Judges each exchange as it happens: what holdfast deletes, whom it writes to, and what Azure refuses it for a limit. */
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { minuteOf, promiseFor } from './series.ts';
import { isWhole, jobNamed, type Entry, type Ledger } from './ledger.ts';

/** Faults that may cost a machine its point in that run; all others pass, and cost none. */
const lasting = new Set(['operation-fails', 'operation-never-ends', 'quota-exceeded', 'forbidden', 'locked']);

export interface Heard {
  readonly faults: Map<string, number>;
  /** Names of machines of which a request met a lasting fault, in this run. */
  readonly hurt: Set<string>;
  requests: number;
  throttled: number;
}

/** The machine that a request is about: by its own name, or by that of what holdfast makes for it. */
const machineIn = (path: string): string | undefined =>
  /\/virtualMachines\/([^/]+)/i.exec(path)?.[1] ?? /\/hf-(.+?)(?:-northeurope)?-20\d{10}-[0-9a-f]{10}/i.exec(path)?.[1];

export const judgeRequest = (line: ExchangeLine, ledger: Ledger, heard: Heard): void => {
  heard.requests += 1;
  const path = decodeURIComponent(new URL(line.url).pathname);
  if (line.fault !== undefined) {
    heard.faults.set(line.fault, (heard.faults.get(line.fault) ?? 0) + 1);
    const machine = machineIn(path);
    if (lasting.has(line.fault) && machine !== undefined) heard.hurt.add(machine);
  } else if (line.status === 429) heard.throttled += 1;
  if (line.method === 'GET' || line.method === 'HEAD') return;
  if (line.fault === undefined && line.status === 409) refused(path, line, ledger);
  if (!line.accepted || isQuestion(path)) return;
  if (line.method === 'PUT') ledger.isStale = true;
  if (line.method === 'PUT') judgeRest(path, ledger);
  if (!isOurs(path) && !isHook(path, ledger))
    ledger.violate('foreign', machineIn(path) ?? '', `${line.method} ${path}: it is not holdfast's`);
  if (line.method === 'DELETE') judgeDeletion(path.toLowerCase(), ledger);
};

const isQuestion = (path: string): boolean => /Microsoft\.ResourceGraph\/resources$/i.test(path);

/** Its own things by name, and the mark on a machine that is worked on. */
const isOurs = (path: string): boolean =>
  /\/(?:snapshots|restorePointCollections|restorePoints)\/hf-[^/]+(?:\/providers\/Microsoft\.Resources\/tags\/default)?$/i.test(
    path,
  ) || /\/virtualMachines\/[^/]+\/providers\/Microsoft\.Resources\/tags\/default$/i.test(path);

/** A script of a job that freezes, in a machine of that job. */
const isHook = (path: string, ledger: Ledger): boolean =>
  /\/virtualMachines\/[^/]+\/runCommands\/hf-(?:pre|post)-[^/]+$/i.test(path) &&
  jobNamed(ledger.machineNow(machineIn(path)!)?.job ?? '')?.freezes === true;

/** What runs is at rest while its point is taken, where its job says so. */
const judgeRest = (path: string, ledger: Ledger): void => {
  const name = /\/(?:snapshots|restorePoints)\/hf-/i.test(path) ? machineIn(path) : undefined;
  const machine = name === undefined ? undefined : ledger.machineNow(name);
  if (machine?.power !== 'running' || jobNamed(machine.job)?.freezes !== true || machine.frozen.length > 0) return;
  ledger.violate('restless', machine.id, `${path.split('/').at(-1)} was taken of file systems that were not frozen`);
};

/** A lock is put on by others; whatever else Azure refuses by 409 is a limit that was to be known. */
const refused = (path: string, { method, response }: ExchangeLine, ledger: Ledger): void => {
  const { code, message } = (response as { error?: { code?: string; message?: string } } | null)?.error ?? {};
  if (code === 'ScopeLocked' || code === 'VMAgentStatusCommunicationError') return;
  ledger.violate('limit', machineIn(path) ?? '', `${method} ${path} was refused: ${code} ${message}`);
};

/** Of a point, a part of one, or a collection with all that is in it. */
const judgeDeletion = (path: string, ledger: Ledger): void => {
  const entry = ledger.holding(path);
  const meant = entry ? [entry] : [...ledger.entries.values()].filter(({ point }) => point.key.startsWith(`${path}/`));
  for (const one of meant) judgeEntry(one, ledger);
};

const judgeEntry = (entry: Entry, ledger: Ledger): void => {
  // Further members of a set whose deletion was judged by its first.
  if (entry.deleting) return;
  // It is to go by what stands there now, this run's own points included.
  ledger.lookAgain();
  const job = jobNamed(entry.job);
  const { point } = entry;
  // One that was on its way when it was last looked at may be whole by now, without anything having been written.
  const seen = ledger.series(point.machine, point.region, point.copyOf !== undefined);
  if (seen.some((one) => one.point.state === 'being-made')) ledger.look();
  const series = ledger.series(point.machine, point.region, point.copyOf !== undefined);
  const promised = job === undefined ? undefined : promiseFor(job, series, point.copyOf !== undefined);
  const others = series.filter((one) => one !== entry && isWhole(one) && !one.deleting);
  entry.deleting = true;
  if (isWhole(entry) && others.length === 0)
    ledger.violate('last', point.machine, `${point.key} was deleted, the last whole point there (${point.region})`);
  if (isWhole(entry) && (promised === undefined || promised.has(entry)))
    ledger.violate(
      'too-soon',
      point.machine,
      `${point.key} of ${minuteOf(entry.takenAt)} was deleted while it was promised`,
    );
  if (job === undefined || job.trashDays === 0) return;
  if (point.trash === undefined)
    ledger.violate('no-trash', point.machine, `${point.key} was deleted without having been in the trash`);
  else if (point.trash > ledger.now())
    ledger.violate('no-grace', point.machine, `${point.key} was deleted before ${minuteOf(point.trash)}`);
};
