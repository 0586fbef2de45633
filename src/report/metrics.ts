/**
 * A job's metrics in Prometheus' text format, for node_exporter's textfile collector: so without timestamps of their
 * own. https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/practices/naming/
 */
import { leftToOthers, leftUnpruned, type JobMachine, type JobRun } from '../core/job/job-run.ts';
import { parseId } from '../core/ids.ts';
import { instantMs } from '../core/time.ts';
import { families, type Family, type FamilyName } from './metric-families.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Of the line, so with a summary's `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** The first line of every file of ours: what lacks it is somebody else's, and not written over. */
export const metricsMark = '# Written by holdfast: metrics of its jobs.';

/**
 * What the file says after this run. `before`: what it said until then, of whatever jobs; other jobs' samples stay, and
 * counters go on from there. A run that was held touches nothing but the count of runs; one that could not see the fleet
 * leaves its machines' newest points as they were.
 */
export const metricsAfter = (run: JobRun, before: readonly Sample[]): readonly Sample[] => {
  const others = before.filter(({ labels }) => labels['job'] !== run.job);
  const own = before.filter(({ labels }) => labels['job'] === run.job);
  const job = { job: run.job };
  const old = (name: string, labels: Labels): number | undefined =>
    own.find((sample) => sample.name === name && sameLabels(sample.labels, labels))?.value;
  const sample = (name: string, value: number, labels: Labels = job): Sample => ({ name, labels, value });
  const counter = (name: FamilyName, more: number, labels: Labels = job): Sample =>
    sample(name, (old(name, labels) ?? 0) + more, labels);
  const runs = outcomes.map((outcome) =>
    counter('holdfast_job_runs_total', outcome === run.outcome ? 1 : 0, { ...job, outcome }),
  );
  const lost = counter('holdfast_job_notification_failures_total', run.problems.filter(isLostMessage).length);
  if (run.outcome === 'held') {
    const kept = own.filter(({ name }) => name !== 'holdfast_job_runs_total' && name !== lost.name);
    return [...others, ...kept, ...runs, lost];
  }
  const seconds = Math.max(0, ((instantMs(run.endedAt) ?? 0) - (instantMs(run.startedAt) ?? 0)) / 1000);
  const summary = 'holdfast_job_run_duration_seconds';
  return [
    ...others,
    ...runs,
    lost,
    counter('holdfast_job_points_taken_total', run.created),
    counter('holdfast_job_points_failed_total', run.failed),
    counter('holdfast_job_points_late_total', run.late),
    counter('holdfast_job_points_pruned_total', run.pruned),
    counter('holdfast_job_points_trashed_total', run.trashed),
    counter('holdfast_job_copies_begun_total', run.copies.begun),
    counter('holdfast_job_copies_failed_total', run.copies.failed),
    counter('holdfast_job_throttled_seconds_total', run.throttledSeconds),
    sample(`${summary}_sum`, (old(`${summary}_sum`, job) ?? 0) + seconds),
    sample(`${summary}_count`, (old(`${summary}_count`, job) ?? 0) + 1),
    sample('holdfast_job_last_run_timestamp_seconds', secondsOf(run.endedAt)),
    sample('holdfast_job_last_run_duration_seconds', seconds),
    sample('holdfast_job_window_end_timestamp_seconds', secondsOf(run.windowEnd)),
    ...successOf(run, job, old),
    ...(sawFleet(run) ? fleetOf(run, job) : own.filter(({ name }) => fleetNames.has(name))),
    ...machinesOf(run, job, own),
  ];
};

const outcomes: readonly JobRun['outcome'][] = ['ended', 'held', 'interrupted', 'failed'];

/** One for each receiver that did not get its message (cli/notify.ts). */
const isLostMessage = ({ code }: { readonly code: string }): boolean =>
  code === 'notify-failed' || code === 'notify-address' || code === 'notify-key';

const isGrave = ({ severity }: { readonly severity: string }): boolean =>
  severity === 'critical' || severity === 'high';

const sawFleet = ({ outcome }: JobRun): boolean => outcome === 'ended';

const isSuccess = (run: JobRun): boolean =>
  run.outcome === 'ended' &&
  run.failed === 0 &&
  run.copies.failed === 0 &&
  !leftUnpruned(run) &&
  leftToOthers(run).length === 0 &&
  !run.problems.some(isGrave);

const successOf = (
  run: JobRun,
  job: Labels,
  old: (name: string, labels: Labels) => number | undefined,
): readonly Sample[] => {
  const name = 'holdfast_job_last_success_timestamp_seconds';
  const value = isSuccess(run) ? secondsOf(run.endedAt) : old(name, job);
  // Never is 0, so that an age reckoned from it is alarming instead of absent.
  return [{ name, labels: job, value: value ?? 0 }];
};

const fleetOf = (run: JobRun, job: Labels): readonly Sample[] => [
  { name: 'holdfast_job_copies_under_way', labels: job, value: run.copies.underWay },
  ...(['created', 'existing', 'failed', 'skipped'] as const).map((outcome) => ({
    name: 'holdfast_job_machines',
    labels: { ...job, outcome },
    value: run[outcome],
  })),
];
const fleetNames: ReadonlySet<string> = new Set(['holdfast_job_copies_under_way', 'holdfast_job_machines']);

const newest = 'holdfast_job_machine_newest_point_timestamp_seconds';
const failing = 'holdfast_job_machine_failed';

const machinesOf = (run: JobRun, job: Labels, own: readonly Sample[]): readonly Sample[] => {
  const known = own.filter(({ name }) => name === newest || name === failing);
  const oldOf = (name: string, labels: Labels): number | undefined =>
    known.find((sample) => sample.name === name && sameLabels(sample.labels, labels))?.value;
  const now = run.machines.flatMap((machine) => {
    const labels = { ...job, ...placeOf(machine) };
    const at = instantMs(machine.newestPoint?.at);
    // What failed may not have been seen; and 0 says that no point is known, which a machine passed over need not have.
    const value =
      at === undefined ? (oldOf(newest, labels) ?? (machine.outcome === 'skipped' ? undefined : 0)) : at / 1000;
    const stillFailing = machine.heldBy !== undefined && oldOf(failing, labels) === 1;
    return [
      ...(value === undefined ? [] : [{ name: newest, labels, value }]),
      { name: failing, labels, value: machine.outcome === 'failed' || stillFailing ? 1 : 0 },
    ];
  });
  // Machines that a whole run did not meet are gone, or no longer the job's.
  if (sawFleet(run) && !run.problems.some(isGrave)) return now;
  const met = new Set(now.map(keyOf));
  return [...now, ...known.filter((sample) => !met.has(keyOf(sample)))];
};

/** Lower-cased, as Azure compares them: one machine stays one series. */
const placeOf = ({ id, name }: JobMachine): Labels => {
  const parsed = parseId(id);
  return {
    machine: name.toLowerCase(),
    resource_group: parsed?.resourceGroup?.toLowerCase() ?? '',
    subscription: parsed?.subscriptionId.toLowerCase() ?? '',
  };
};

const secondsOf = (at: string): number => (instantMs(at) ?? 0) / 1000;

const keyOf = ({ name, labels }: Sample): string => name + labelText(labels);

const sameLabels = (a: Labels, b: Labels): boolean => labelText(a) === labelText(b);

/** Whole text, families in their order, samples sorted. Families without samples are left out. */
export const metricsText = (samples: readonly Sample[]): string => {
  const blocks = Object.entries(families).flatMap(([name, family]: readonly [string, Family]) => {
    const lines = samples
      .filter((sample) => sample.name === name || (family.type === 'summary' && isPartOf(sample.name, name)))
      .map((sample) => `${keyOf(sample)} ${sample.value}\n`)
      .toSorted();
    return lines.length === 0
      ? []
      : [`# HELP ${name} ${escapedHelp(family.help)}\n# TYPE ${name} ${family.type}\n`, ...lines];
  });
  return `${metricsMark}\n${blocks.join('')}`;
};

const isPartOf = (name: string, family: string): boolean => name === `${family}_sum` || name === `${family}_count`;

const labelText = (labels: Labels): string => {
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${escapedLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapedLabel = (text: string): string => escapedHelp(text).replaceAll('"', '\\"');

/** Reads back what `metricsText` wrote; `undefined` for anything else. */
export const parseMetrics = (text: string): readonly Sample[] | undefined => {
  if (!text.startsWith(`${metricsMark}\n`) || !text.endsWith('\n')) return undefined;
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const parts = /^(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line);
    if (!parts) return undefined;
    const labels = Object.fromEntries(
      [...parts[2]!.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, unescaped(value!)]),
    );
    samples.push({ name: parts[1]!, labels, value: Number(parts[3]) });
  }
  return samples;
};

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
