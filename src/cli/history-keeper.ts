/** A history file in use: opened, begun anew when damaged, and every failure of it turned into a Problem. */
import { dirname } from 'node:path';
import { makeFolders } from '../azure/make-folders.ts';
import type { ApplyRun, AuditRecord, Recorded } from '../core/history/recorded.ts';
import type { ResourceKey } from '../core/ids.ts';
import type { JobRun } from '../core/job/job-run.ts';
import type { Problem } from '../core/problem.ts';
import { fileProblem, isFileError } from './file-problem.ts';
import { fileAt, makePrivateFile, notAFile, setAside, stateOfFile } from './history-file.ts';
import { HistoryTooNewError, isBusy, isDamage, openStore } from './history-store.ts';
import type { Found, HistoryQuery, HistoryStore, Kept } from './history-store.ts';
import type { HistoryPlace } from './history-place.ts';

/** Nothing here throws. Where there is no history, every answer is empty and every record is dropped. */
export interface History {
  /** Absent: there is none, or none that could be used. */
  readonly path?: string;
  recordRun(run: JobRun, cloud: string): void;
  recordApply(run: ApplyRun, cloud: string): void;
  /** `selection`: the flags of scope, in one spelling. */
  recordAudit(record: AuditRecord, cloud: string, selection: string): void;
  /** The last run of that job that did anything: one that was held is passed over. */
  lastRun(job: string): JobRun | undefined;
  /** The last audit of that cloud and selection. */
  lastAudit(cloud: string, selection: string): AuditRecord | undefined;
  find<T>(query: HistoryQuery, take: (kept: Kept) => T): Found<T>;
  /** Machines of that name, or with that id, in any letter case. */
  machinesCalled(nameOrId: string): readonly { readonly key: ResourceKey; readonly name: string }[];
  /** What went wrong so far, for the user to be told. */
  problems(): readonly Problem[];
  close(): void;
}

export interface HistoryOptions {
  /** `read`: makes nothing, and leaves a damaged file where it is. */
  readonly to: 'read' | 'record';
  /** This host's clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

export const keepHistory = (place: HistoryPlace, options: HistoryOptions): History => {
  const { path } = place;
  const now = options.now ?? Date.now;
  const keeper = new Keeper(place, options.to, now);
  keeper.begin();
  const record = (recorded: Recorded, cloud: string, selection = ''): void =>
    keeper.use((store) => store.record(recorded, { cloud, selection }, now()), undefined);
  const find = <T>(query: HistoryQuery, take: (kept: Kept) => T): Found<T> => {
    const found = keeper.use<Found<T>>((store) => store.find(query, take), { entries: [], leftOut: 0, unreadable: 0 });
    if (found.unreadable > 0) keeper.note(unreadable(path, found.unreadable));
    return found;
  };
  return {
    path,
    recordRun: record,
    recordApply: record,
    recordAudit: record,
    lastRun: (job) => lastRun(find, job),
    lastAudit: (cloud, selection) => {
      const [last] = find({ kind: 'holdfast.audit-record', cloud, selection, limit: 1 }, recordIn).entries;
      return last?.kind === 'holdfast.audit-record' ? last : undefined;
    },
    find,
    machinesCalled: (nameOrId) => keeper.use((store) => store.machinesCalled(nameOrId), []),
    problems: () => keeper.problems,
    close: () => keeper.end(),
  };
};

const recordIn = ({ recorded }: Kept): Recorded => recorded;

/** Runs that were held, one after the other, while another was at work; more are not looked back over. */
const mostHeld = 200;

const lastRun = (find: History['find'], job: string): JobRun | undefined =>
  find({ kind: 'holdfast.job-run', name: job, limit: mostHeld }, recordIn).entries.find(
    (recorded): recorded is JobRun => recorded.kind === 'holdfast.job-run' && recorded.outcome !== 'held',
  );

class Keeper {
  readonly problems: Problem[] = [];
  private store: HistoryStore | undefined;
  /** Of the file that is open. */
  private file: number | undefined;
  private readonly place: HistoryPlace;
  private readonly to: HistoryOptions['to'];
  private readonly now: () => number;

  constructor(place: HistoryPlace, to: HistoryOptions['to'], now: () => number) {
    this.place = place;
    this.to = to;
    this.now = now;
  }

  begin(): void {
    try {
      if (this.to === 'record' && !this.place.named) makeFolders(dirname(this.place.path));
      this.open();
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** A file that shows its damage only now is begun anew, and asked once more. */
  use<T>(work: (store: HistoryStore) => T, without: T): T {
    if (this.store === undefined) return without;
    try {
      return work(this.store);
    } catch (error) {
      try {
        if (!isDamage(error)) throw error;
        this.replace(error);
        return this.store === undefined ? without : work(this.store);
      } catch (last) {
        this.giveUp(last);
        return without;
      }
    }
  }

  end(): void {
    const { store } = this;
    this.store = undefined;
    try {
      store?.close();
    } catch (error) {
      this.note(unusable(this.place.path, error));
    }
  }

  note(problem: Problem): void {
    if (!this.problems.some(({ summary }) => summary === problem.summary)) this.problems.push(problem);
  }

  private giveUp(error: unknown): void {
    this.note(unusable(this.place.path, error));
    this.end();
  }

  private open(): void {
    const { path, named } = this.place;
    const state = stateOfFile(path);
    if (state.kind === 'absent' && this.to === 'read') return;
    if (state.kind === 'other' && (named || state.what === notAFile)) {
      this.note(notOurs(path, state.what));
      return;
    }
    if (this.to === 'record') makePrivateFile(path);
    this.file = fileAt(path);
    if (state.kind === 'other') {
      this.replace(new Error(`it is ${state.what}`));
      return;
    }
    try {
      this.store = openStore(path);
      if (this.to === 'record') this.store.check();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.replace(error);
    }
  }

  private replace(error: unknown): void {
    const { path } = this.place;
    this.end();
    const aside = this.to === 'record' ? setAside(path, this.file, this.now()) : undefined;
    // Not by this process, where another did it meanwhile.
    if (aside !== undefined || this.to === 'read') this.note(damaged(path, error, aside));
    if (this.to === 'read') return;
    makePrivateFile(path);
    this.file = fileAt(path);
    this.store = openStore(path);
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const damaged = (path: string, error: unknown, aside: string | undefined): Problem => ({
  code: 'history-damaged',
  severity: 'medium',
  subject: path,
  summary:
    aside === undefined
      ? `the history ${path} is damaged (${wordsOf(error)})`
      : `the history ${path} was damaged (${wordsOf(error)}): it is kept as ${aside}, and begun anew`,
  remedy:
    aside === undefined
      ? 'the next run that records sets it aside and begins a new one; a copy of the file may still be read by the sqlite3 shell (.recover)'
      : 'what it held may still be read from there by the sqlite3 shell (.recover); look after the disk',
});

const unreadable = (path: string, count: number): Problem => ({
  code: 'history-unreadable',
  severity: 'low',
  subject: path,
  summary: `${count === 1 ? 'a record' : `${count} records`} of the history ${path} ${count === 1 ? 'is' : 'are'} not what was written, and left out`,
});

const notOurs = (path: string, what: string): Problem => ({
  code: 'history-not-ours',
  severity: 'medium',
  subject: path,
  summary: `${path} is no history of holdfast, it is ${what}: it is left alone, and nothing is recorded`,
  remedy: 'give --history another file, or a new one',
});

const unusable = (path: string, error: unknown): Problem => {
  const base = { code: 'history-unusable', severity: 'low', subject: path } as const;
  if (error instanceof HistoryTooNewError) {
    return {
      ...base,
      code: 'history-too-new',
      summary: `the history ${path} was made by a newer holdfast (version ${error.version}): it is left as it is, and not used`,
      remedy: 'run the newer holdfast, or give --history another file',
    };
  }
  if (isBusy(error))
    return {
      ...base,
      code: 'history-busy',
      summary: `the history ${path} is held by another process: not used this time`,
    };
  const why = isFileError(error) ? fileProblem(error, 'open', path).summary : wordsOf(error);
  return {
    ...base,
    summary: `the history ${path} cannot be used: ${why}`,
    remedy: 'give --history FILE, or --history none',
  };
};
