/** `audit --baseline`: where the earlier audit comes from, and where this one goes so that a later one finds it. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Audit } from '../core/audit.ts';
import { compareAudits, notInBaseline } from '../core/audit-compare.ts';
import { parseBaseline } from '../core/baseline-file.ts';
import type { Estate } from '../core/estate.ts';
import type { Guidance } from '../core/guidance.ts';
import { comparedOf, type ComparedAudit, type ComparedFinding } from '../core/history/compared-audit.ts';
import { recordSchemaVersion } from '../core/history/recorded.ts';
import { canonicalJson, sha256 } from '../core/plan-digest.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';
import { openHistory } from './history.ts';
import { tellProblems } from './show-problems.ts';

export interface BaselineFlags {
  readonly baseline: string | undefined;
  readonly 'fail-on-new': string | undefined;
  readonly history: string | undefined;
  readonly 'state-dir': string | undefined;
  readonly offline: string | undefined;
  readonly 'as-of': string | undefined;
  readonly subscription: readonly string[];
  readonly 'management-group': string | undefined;
  readonly 'resource-group': readonly string[];
  readonly tag: readonly string[];
  readonly 'exclude-tag': readonly string[];
}

/** An earlier audit out of a file, or the word that asks for the last one; undefined: none is asked for. */
export type Baseline = ComparedAudit | 'last' | undefined;

/** Before anything is asked of Azure: a baseline that cannot be read is wrong usage. */
export const readBaseline = async (flags: BaselineFlags, context: Context): Promise<Baseline> => {
  const { baseline, history } = flags;
  if (baseline === undefined) {
    if (flags['fail-on-new'] !== undefined)
      throw usage('--fail-on-new needs --baseline', 'say since when: --baseline FILE, or --baseline last');
    return undefined;
  }
  if (baseline !== 'last') {
    const parsed = parseBaseline(await readInput(resolve(context.cwd, baseline), 'baseline'), baseline);
    if (parsed.kind === 'invalid') throw new UsageError(parsed.problems);
    return parsed.audit;
  }
  if (history === 'none')
    throw usage('--baseline last needs the history that --history none leaves out', 'give --baseline FILE');
  return 'last';
};

export interface Judged {
  /** With what a later audit needs to know of it, and with the comparison where one was asked for. */
  readonly audit: Audit;
  /** Findings that the baseline does not hold, or holds as milder; all, where there is no baseline. */
  readonly isNew: readonly ComparedFinding[];
}

interface Read {
  readonly audit: Audit;
  readonly estate: Estate;
  readonly guidance: Guidance;
  /** Absent offline. */
  readonly cloud: string | undefined;
}

/** Compares, and records for the next time. What goes wrong with the history is said, and changes nothing else. */
export const judgeByBaseline = async (
  read: Read,
  baseline: Baseline,
  flags: BaselineFlags,
  context: Context,
): Promise<Judged> => {
  const audit = described(read);
  const now = comparedOf(audit);
  const place = { cloud: read.cloud ?? '', selection: selectionOf(flags, read.estate) };
  const records = isRecorded(flags);
  const history =
    records || baseline === 'last' ? await openHistory(flags, context, { to: records ? 'record' : 'read' }) : undefined;
  const before = baseline === 'last' ? history?.lastAudit(place.cloud, place.selection)?.audit : baseline;
  if (records) {
    const runId = `${audit.asOf}-${randomBytes(3).toString('hex')}`;
    const times = { startedAt: audit.asOf, endedAt: audit.asOf };
    const record = {
      schemaVersion: recordSchemaVersion,
      kind: 'holdfast.audit-record',
      runId,
      ...times,
      audit: now,
    } as const;
    history?.recordAudit(record, place.cloud, place.selection);
  }
  history?.close();
  tellProblems(history?.problems() ?? [], context);
  if (baseline === 'last' && before === undefined) tellProblems([noBaseline(history?.path)], context);
  return {
    audit: before === undefined ? audit : { ...audit, comparison: compareAudits(before, now) },
    isNew: notInBaseline(before, now),
  };
};

/** Of Azure as it is now: an audit of a bundle, or as of another day, is recorded where a file for it is named. */
const isRecorded = ({ history, offline, 'as-of': asOf }: BaselineFlags): boolean =>
  history === undefined ? offline === undefined && asOf === undefined : history !== 'none';

const described = ({ audit, estate, guidance }: Read): Audit => {
  const { subscriptions, resourceGroups, tags, excludeTags } = estate.scope;
  return {
    ...audit,
    selection: { subscriptions, resourceGroups, tags, excludeTags },
    guidance: { name: guidance.name, digest: sha256(canonicalJson(guidance)) },
  };
};

/** What was asked for, in one spelling: the last audit of the same is the one to compare with. */
const selectionOf = (flags: BaselineFlags, { scope }: Estate): string => {
  const folded = (list: readonly string[]): readonly string[] => list.map((text) => text.toLowerCase()).sort();
  return canonicalJson({
    subscriptions: folded(flags.subscription),
    managementGroup: flags['management-group']?.toLowerCase(),
    resourceGroups: folded(flags['resource-group']),
    tags: folded(flags.tag),
    excludeTags: folded(flags['exclude-tag']),
    bundle: flags.offline === undefined ? undefined : scope.description,
  });
};

const noBaseline = (path: string | undefined): Problem => ({
  code: 'no-baseline',
  severity: 'medium',
  subject: path ?? '--baseline',
  summary:
    path === undefined
      ? 'there is no history, so no last audit to compare with: nothing is compared, and --fail-on-new takes every finding as new'
      : `no earlier audit of the same scope is in the history ${path}: nothing is compared, and --fail-on-new takes every finding as new`,
  remedy:
    path === undefined
      ? 'give --baseline FILE, --state-dir or --history FILE'
      : 'the next audit of this scope is compared with this one',
});

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: '--baseline', summary, remedy }]);
