/**
 * The journal: an append-only record of what apply intended, what Azure accepted and what was seen settled. Pure format and
 * replay; the store that makes lines durable is a port. It alone keeps operation URLs verbatim.
 */
import { sha256 } from '../core/plan-digest.ts';
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
  /** The run's name on the machines it marks: whoever resumes it is the same run. */
  readonly run?: string;
}

export type JournalEntry =
  /** Durable before the request is sent. */
  | { readonly event: 'intended'; readonly step: string; readonly at: Instant }
  /** Azure took it; written again when the operation hands over to a job. */
  | { readonly event: 'accepted'; readonly step: string; readonly at: Instant; readonly operation: Operation }
  /** Its fate could not be told, and a person has it sent again. */
  | { readonly event: 'resend'; readonly step: string; readonly at: Instant }
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
  readonly run?: string;
  readonly records: ReadonlyMap<string, StepRecord>;
  /** Number of leading lines that are whole; less than all only when the last one is torn, or blank ones follow. */
  readonly whole: number;
  /** What follows those lines must go before anything is appended. */
  readonly ragged: boolean;
}

export const headerLine = (plan: string, nowMs: number, run?: string): string => {
  const header: JournalHeader = {
    kind: 'holdfast.journal',
    schemaVersion: journalSchemaVersion,
    plan,
    at: toInstant(nowMs),
    ...(run === undefined ? {} : { run }),
  };
  return summed(header);
};

export const entryLine = (entry: JournalEntry): string => summed(entry);

/** The line with a check sum as its last member: a byte that a disk or an editor changed must not pass for what was noted. */
const summed = (line: object): string => {
  const text = JSON.stringify(line);
  return `${text.slice(0, -1)},"sum":"${sumOf(text)}"}`;
};

const sumOf = (text: string): string => sha256(text).slice(0, 8);

/** Whether a line is as it was written. One without a sum was written by an earlier version, or by hand. */
const isIntact = (line: string, value: Fields): boolean => {
  if (!Object.hasOwn(value, 'sum')) return true;
  const at = line.lastIndexOf(',"sum":"');
  return line.slice(at) === `,"sum":"${sumOf(`${line.slice(0, Math.max(at, 0))}}`)}"}`;
};

/**
 * Reads a journal back: its text between newlines, so that a last element other than '' is a line without one. That is what a
 * crash leaves of a torn line: it was never acknowledged, so nothing was done on its strength and it is dropped. Anything else
 * that cannot be read, or another plan's journal, throws UsageError (exit 2).
 */
export const replay = (lines: readonly string[], plan: string, name = 'journal'): Replay => {
  // An editor's blank lines at the end carry nothing, and apply drops them as it drops a torn line.
  const written = lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);
  const bare = written.map((line, index) => (index === 0 ? line.replace(/^\uFEFF/, '') : line));
  const parsed = bare.map(parse);
  const torn =
    parsed.length > 0 && parsed.at(-1) === undefined && written.length === lines.length && !hasWholeLine(bare.at(-1)!);
  const whole = torn ? parsed.length - 1 : parsed.length;
  const records = new Map<string, StepRecord>();
  for (const [index, value] of parsed.slice(0, whole).entries()) {
    const refuse = (summary: string, remedy?: string): never => {
      throw new UsageError([problem(name, index + 1, summary, remedy)]);
    };
    if (value === undefined)
      return refuse(index === lines.length - 1 || index === parsed.length - 1 ? damagedEnd : damagedLine, damageRemedy);
    if (index === 0) {
      const wrong = headerProblem(value, plan);
      if (wrong) return refuse(wrong.summary, wrong.remedy);
    }
    if (!isIntact(bare[index]!, value))
      return refuse('this line of the journal was changed after it was written', damageRemedy);
    if (index === 0) continue;
    const entry = asEntry(value);
    if (!entry) return refuse('this is no line of a journal');
    records.set(entry.step, advance(records.get(entry.step) ?? {}, entry));
  }
  const ended = lines.at(-1) === '' ? 1 : 0;
  const run = whole > 0 ? parsed[0]?.['run'] : undefined;
  return {
    started: whole > 0,
    ...(typeof run === 'string' ? { run } : {}),
    records,
    whole,
    ragged: whole < lines.length - ended,
  };
};

const damagedLine = 'this line of the journal cannot be read, and it is not the last one';
const damagedEnd = 'this line of the journal cannot be read, and it is not torn as a crash tears one';
const damageRemedy = 'Put the journal back as it was; without what stood here, a backup could be started twice.';

/** One step's record after one more line. */
export const advance = (record: StepRecord, entry: JournalEntry): StepRecord => {
  switch (entry.event) {
    case 'intended': {
      const at = instantMs(entry.at) ?? 0;
      return { intendedAt: (isOpen(record) ? record.intendedAt : undefined) ?? at, lastIntendedAt: at };
    }
    case 'accepted':
      return { ...record, operation: { kind: 'accepted', ...entry.operation } };
    case 'resend':
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

/** A line whose newline alone was spoiled; a torn one is cut before its closing brace. */
const hasWholeLine = (line: string): boolean => parse(line.slice(0, line.lastIndexOf('}') + 1)) !== undefined;

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
    return {
      summary: `a journal of schema version ${String(value['schemaVersion'])}; this holdfast knows version ${journalSchemaVersion}`,
    };
  }
  if (value['plan'] === plan) return undefined;
  return {
    summary: `the journal belongs to plan ${String(value['plan']).slice(0, 12)}…, not to ${plan.slice(0, 12)}…`,
    remedy: 'Apply the plan it belongs to, or move the journal away if that run is over.',
  };
};

const outcomes: ReadonlySet<unknown> = new Set<Settlement['outcome']>([
  'done',
  'already-done',
  'moved',
  'failed',
  'in-doubt',
]);

const members: Readonly<Record<JournalEntry['event'], readonly string[]>> = {
  intended: [],
  accepted: ['operation'],
  resend: [],
  interrupted: [],
  settled: ['outcome', 'startedAt', 'detail', 'outputs'],
};

const asEntry = (value: Fields): JournalEntry | undefined => {
  const { event, step, at, operation, outcome, startedAt, detail, outputs } = value;
  if (typeof step !== 'string' || !isMoment(at) || typeof event !== 'string' || !Object.hasOwn(members, event))
    return undefined;
  const known = new Set(['event', 'step', 'at', 'sum', ...members[event as JournalEntry['event']]]);
  const fits =
    Object.keys(value).every((name) => known.has(name)) &&
    (event !== 'accepted' || isOperation(operation)) &&
    (event !== 'settled' ||
      (outcomes.has(outcome) && isMoment(startedAt) && isTextOrAbsent(detail) && isTextsOrAbsent(outputs)));
  if (!fits) return undefined;
  const { sum: _sum, ...entry } = value;
  return entry as unknown as JournalEntry;
};

const isMoment = (value: unknown): value is string => typeof value === 'string' && instantMs(value) !== undefined;
const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextsOrAbsent = (value: unknown): boolean =>
  value === undefined || (isFields(value) && Object.values(value).every((text) => typeof text === 'string'));

const isOperation = (value: unknown): boolean => {
  if (!isFields(value)) return false;
  const { operationUrl, locationUrl, jobId, retryAfterMs } = value;
  return (
    [operationUrl, locationUrl, jobId].every(isTextOrAbsent) &&
    (retryAfterMs === undefined || typeof retryAfterMs === 'number')
  );
};

const problem = (name: string, line: number, summary: string, remedy?: string): Problem => ({
  code: 'journal-invalid',
  severity: 'critical',
  subject: name,
  summary,
  ...(remedy === undefined ? {} : { remedy }),
  at: { file: name, line, column: 1 },
});
