/**
 * The journal: an append-only record of what apply intended, what Azure accepted and what was seen settled. Pure format and
 * replay; the store that makes lines durable is a port. It alone keeps operation URLs verbatim.
 */
import type { OutcomeKind } from '../core/plan.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { instantMs, toInstant, type Instant } from '../core/time.ts';
import type { Accepted } from './ports.ts';

export const journalSchemaVersion = 1;

export interface JournalHeader {
  readonly kind: 'holdfast.journal';
  readonly schemaVersion: typeof journalSchemaVersion;
  /** Digest of the plan this journal belongs to. */
  readonly plan: string;
  readonly at: Instant;
}

export type JournalEntry =
  /** Durable before the request is sent. */
  | { readonly event: 'intended'; readonly step: string; readonly at: Instant }
  /** Azure took it; written again when the operation hands over to a job. */
  | { readonly event: 'accepted'; readonly step: string; readonly at: Instant; readonly operation: Operation }
  /** The operation goes on in Azure without us. */
  | { readonly event: 'interrupted'; readonly step: string; readonly at: Instant }
  | ({ readonly event: 'settled'; readonly step: string; readonly at: Instant } & Settlement);

type Operation = Omit<Accepted, 'kind'>;

export interface Settlement {
  readonly outcome: Exclude<OutcomeKind, 'interrupted' | 'skipped'>;
  readonly startedAt: Instant;
  readonly detail?: string;
  readonly outputs?: Readonly<Record<string, string>>;
}

/** What the journal knows of one step. */
export interface StepRecord {
  /** When the write was first intended, ms, since it was last settled. */
  readonly intendedAt?: number;
  /** When it was last intended, ms: no send of it can be younger. */
  readonly lastIntendedAt?: number;
  readonly operation?: Accepted;
  readonly settled?: Settlement & { readonly at: Instant };
}

export interface Replay {
  readonly started: boolean;
  readonly records: ReadonlyMap<string, StepRecord>;
  /** Number of leading lines that are whole; less than all only when the last one is torn, or blank ones follow. */
  readonly whole: number;
}

export const headerLine = (plan: string, nowMs: number): string => {
  const header: JournalHeader = { kind: 'holdfast.journal', schemaVersion: journalSchemaVersion, plan, at: toInstant(nowMs) };
  return JSON.stringify(header);
};

export const entryLine = (entry: JournalEntry): string => JSON.stringify(entry);

/**
 * Reads a journal back. A torn last line is what a crash leaves: it was never acknowledged, so nothing was done on its
 * strength and it is dropped. Anything else that cannot be read, or another plan's journal, throws UsageError (exit 2).
 */
export const replay = (lines: readonly string[], plan: string, name = 'journal'): Replay => {
  // An editor's blank lines at the end carry nothing, and apply drops them as it drops a torn line.
  const written = lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);
  const parsed = written.map((line, index) => parse(index === 0 ? line.replace(/^\uFEFF/, '') : line));
  const torn = parsed.length > 0 && parsed.at(-1) === undefined;
  const whole = torn ? parsed.length - 1 : parsed.length;
  const records = new Map<string, StepRecord>();
  for (const [index, value] of parsed.slice(0, whole).entries()) {
    const refuse = (summary: string, remedy?: string): never => {
      throw new UsageError([problem(name, index + 1, summary, remedy)]);
    };
    if (value === undefined) return refuse('this line of the journal cannot be read, and it is not the last one');
    if (index === 0) {
      const wrong = headerProblem(value, plan);
      if (wrong) return refuse(wrong.summary, wrong.remedy);
      continue;
    }
    const entry = asEntry(value);
    if (!entry) return refuse('this is no line of a journal');
    records.set(entry.step, advance(records.get(entry.step) ?? {}, entry));
  }
  return { started: whole > 0, records, whole };
};

/** One step's record after one more line. */
export const advance = (record: StepRecord, entry: JournalEntry): StepRecord => {
  switch (entry.event) {
    case 'intended': {
      const at = instantMs(entry.at) ?? 0;
      return { intendedAt: (isOpen(record) ? record.intendedAt : undefined) ?? at, lastIntendedAt: at };
    }
    case 'accepted':
      return { ...record, operation: { kind: 'accepted', ...entry.operation } };
    case 'interrupted':
      return record;
    default: {
      const { event: _event, step: _step, ...settled } = entry;
      return { ...record, settled };
    }
  }
};

/** Whether what was intended may still have an effect that nobody has seen the end of. */
export const isOpen = (record: StepRecord): boolean =>
  record.intendedAt !== undefined && (record.settled === undefined || record.settled.outcome === 'in-doubt');

type Fields = Readonly<Record<string, unknown>>;

const parse = (line: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined; // torn: the caller decides by where it stands
  }
};

const headerProblem = (value: Fields, plan: string): { summary: string; remedy?: string } | undefined => {
  if (value['kind'] !== 'holdfast.journal') return { summary: 'this is not a holdfast journal' };
  if (value['schemaVersion'] !== journalSchemaVersion) {
    return { summary: `a journal of schema version ${String(value['schemaVersion'])}; this holdfast knows version ${journalSchemaVersion}` };
  }
  if (value['plan'] === plan) return undefined;
  return {
    summary: `the journal belongs to plan ${String(value['plan']).slice(0, 12)}…, not to ${plan.slice(0, 12)}…`,
    remedy: 'Apply the plan it belongs to, or move the journal away if that run is over.',
  };
};

const outcomes: ReadonlySet<unknown> = new Set<Settlement['outcome']>(['done', 'already-done', 'moved', 'failed', 'in-doubt']);

const asEntry = (value: Fields): JournalEntry | undefined => {
  const { event, step, at, operation, outcome, startedAt } = value;
  if (typeof step !== 'string' || typeof at !== 'string' || instantMs(at) === undefined) return undefined;
  const fits =
    event === 'intended' ||
    event === 'interrupted' ||
    (event === 'accepted' && typeof operation === 'object' && operation !== null) ||
    (event === 'settled' && outcomes.has(outcome) && typeof startedAt === 'string');
  return fits ? (value as unknown as JournalEntry) : undefined;
};

const problem = (name: string, line: number, summary: string, remedy?: string): Problem => ({
  code: 'journal-invalid',
  severity: 'critical',
  subject: name,
  summary,
  ...(remedy === undefined ? {} : { remedy }),
  at: { file: name, line, column: 1 },
});
