/**
 * Judges a history by the simulator's own exchange log, operations and store. It knows the plan and how Azure spells each write,
 * and nothing of how the engine decides.
 */
import type { Plan, Step, StepKind } from '../../src/core/plan.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** What the POSTs among the writes end on; everything else is written to its own id. */
const actions: Partial<Record<StepKind, string>> = {
  'backup.trigger': '/backup',
  'machine.deallocate': '/deallocate',
  'machine.start': '/start',
  'machine.generalize': '/generalize',
  'replication.disable': '/remove',
};

/** Writes that must not be taken twice: each makes another point, runs a script again, or is refused the second time. */
const onceOnly: ReadonlySet<StepKind> = new Set<StepKind>([
  'backup.trigger',
  'restore-point.create',
  'restore-point.copy',
  'machine.generalize',
  'run-command.create',
  'replication.enable',
]);

/** Questions asked by POST, and Azure Backup being sent to look for machines: they make nothing. */
const isQuestion = (path: string): boolean =>
  /\/(?:backupstatus|refreshcontainers|resources|backupprevalidateprotection|backupvalidatefeatures|listkeys|listaccountsas)$/.test(
    path,
  );

export const pathOf = ({ url }: { readonly url: string }): string =>
  decodeURIComponent(new URL(url, 'https://x').pathname).toLowerCase();

/** The step a request writes for; several may write the same path with the same method. */
export const writesOf = (step: Step, log: readonly ExchangeLine[]): readonly ExchangeLine[] => {
  const path = `${step.resourceId}${actions[step.kind] ?? ''}`.toLowerCase();
  return log.filter((line) => line.method === step.method && pathOf(line) === path && fits(step, line));
};

/** Undeleting and resuming are the same PUT of the same item, setting and removing tags the same PATCH: what they say tells them apart. */
const fits = (step: Step, { request }: ExchangeLine): boolean => {
  // Without what was said, either may be meant.
  if (step.kind === 'tags.update')
    return request === null || JSON.stringify(request).includes('"Merge"') === (step.input.operation === 'merge');
  if (step.kind !== 'backup.undelete' && step.kind !== 'backup.reconfigure') return true;
  return JSON.stringify(request).includes('"isRehydrate":true') === (step.kind === 'backup.undelete');
};

export const isWrite = (line: ExchangeLine): boolean =>
  line.method !== 'GET' && line.method !== 'HEAD' && !isQuestion(pathOf(line));

interface Timed {
  readonly id: string;
  readonly status: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly endedAt?: number;
}

const operationsOf = (simulator: Simulator): ReadonlyMap<string, Timed> =>
  new Map((simulator.state().operations as readonly Timed[]).map((one) => [one.id.toLowerCase(), one]));

/** When the work that a write began was over, ms; a write without an operation is over at once, and `failed` had no effect. */
const endOf = (
  line: ExchangeLine,
  operations: ReadonlyMap<string, Timed>,
): { readonly at: number; readonly failed: boolean } => {
  const operation = operations.get(line.operationId?.toLowerCase() ?? '');
  if (operation === undefined) return { at: Date.parse(line.at), failed: false };
  // The log's moments are whole milliseconds, the clock's are not.
  return { at: Math.floor(operation.endedAt ?? Infinity), failed: operation.status === 'Failed' };
};

export interface Judged {
  readonly plan: Plan;
  readonly simulator: Simulator;
}

/** What must hold of any history, however it went: whatever failed, and whether or not it has come to its end. */
export const wrongs = ({ plan, simulator }: Judged): readonly string[] => {
  const log = simulator.log();
  const operations = operationsOf(simulator);
  const accepted = new Map(plan.steps.map((step) => [step.id, writesOf(step, log).filter((line) => line.accepted)]));
  const planned = new Set([...accepted.values()].flat());
  return [
    ...log
      .filter((line) => line.accepted && isWrite(line) && !planned.has(line))
      .map((line) => `${line.method} ${pathOf(line)} is no step's write`),
    ...plan.steps.flatMap((step) => [
      ...sentTwice(step, accepted.get(step.id)!, operations),
      ...outOfOrder(step, writesOf(step, log)[0], accepted, plan, operations),
      ...tooManyAtOnce(step, accepted, plan, operations),
    ]),
  ];
};

const sentTwice = (
  step: Step,
  own: readonly ExchangeLine[],
  operations: ReadonlyMap<string, Timed>,
): readonly string[] => {
  const bodies = new Set(own.map(({ request }) => JSON.stringify(request)));
  if (bodies.size > 1) return [`${step.id} was accepted again with another body`];
  if (!onceOnly.has(step.kind)) return [];
  // Again is right only when the first has failed, and after that.
  return own.slice(1).flatMap((line, i) => {
    const before = endOf(own[i]!, operations);
    return before.failed && before.at <= Date.parse(line.at) ? [] : [`${step.id} was accepted twice`];
  });
};

const doubtedAfterMs = 24 * 3_600_000;

/** A write is sent when what it depends on has ended well; one that runs always, when it has ended at all. */
const outOfOrder = (
  step: Step,
  first: ExchangeLine | undefined,
  accepted: ReadonlyMap<string, readonly ExchangeLine[]>,
  plan: Plan,
  operations: ReadonlyMap<string, Timed>,
): readonly string[] => {
  if (first === undefined) return [];
  return step.dependsOn.flatMap((id) => {
    const own = accepted.get(id)!;
    const ends = own.map((line) => endOf(line, operations));
    const began = own.filter((line) => line.seq < first.seq).length;
    if (step.runs === 'always') {
      // A machine is not started while its snapshots are taken; what has run for a day is in doubt, and waited for no longer.
      const at = Date.parse(first.at);
      // A deletion sent again goes on for nothing when an earlier one has ended: what it deletes is gone.
      const isGone =
        plan.steps.find((other) => other.id === id)?.method === 'DELETE' &&
        ends.some((end) => !end.failed && end.at <= at);
      return !isGone &&
        own.some((line, i) => line.seq < first.seq && ends[i]!.at > at && at - Date.parse(line.at) < doubtedAfterMs)
        ? [`${step.id} was sent before ${id} was over`]
        : [];
    }
    return began > 0 && ends.some(({ at, failed }) => !failed && at <= Date.parse(first.at))
      ? []
      : [`${step.id} was sent before ${id} was done`];
  });
};

const tooManyAtOnce = (
  step: Step,
  accepted: ReadonlyMap<string, readonly ExchangeLine[]>,
  plan: Plan,
  operations: ReadonlyMap<string, Timed>,
): readonly string[] => {
  const { atOnce } = step;
  const first = accepted.get(step.id)?.[0];
  if (atOnce === undefined || first === undefined) return [];
  const at = Date.parse(first.at);
  const busy = plan.steps.filter((other) => {
    const own = other.atOnce?.of === atOnce.of ? accepted.get(other.id)?.[0] : undefined;
    return own !== undefined && own.seq <= first.seq && endOf(own, operations).at > at;
  });
  return busy.length > atOnce.most ? [`${busy.length} of ${atOnce.of} were under way at once, not ${atOnce.most}`] : [];
};

/** Azure calls a network interface made in its first answer, while its operation still runs. */
const isShownMade = (step: Step, simulator: Simulator): boolean =>
  step.kind === 'network-interface.create' &&
  simulator
    .state()
    .resources.some(
      ({ id, body }) =>
        id.toLowerCase() === step.resourceId.toLowerCase() && body['properties']?.provisioningState === 'Succeeded',
    );

/** That the step's write was taken, and what it began has ended well: what a journal may call done. */
export const isDoneBy = (step: Step, simulator: Simulator): boolean => {
  if (isShownMade(step, simulator)) return true;
  const operations = operationsOf(simulator);
  return writesOf(step, simulator.log()).some((line) => {
    const { at, failed } = endOf(line, operations);
    return line.accepted && !failed && at <= simulator.clock.now();
  });
};

/** Made by services on their own schedule, or records of what was done: another run has others. */
const passing = /\/(?:backupJobs|replicationJobs|recoveryPoints|replicationEvents|backupOperations)$/i;
const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}/gi;

/** What exists and in what state, for comparing with the world of a run that nothing disturbed. */
export const outcomeOf = (simulator: Simulator): readonly string[] =>
  simulator
    .state()
    .resources.filter(({ type }) => !passing.test(type))
    .map(({ id, body, hidden }) => {
      const { provisioningState, protectionState, isScheduledForDeferredDelete, completionPercent } =
        body['properties'] ?? {};
      const state = [
        provisioningState,
        protectionState,
        isScheduledForDeferredDelete && 'soft-deleted',
        completionPercent,
        hidden['power'],
        hidden['generalized'] === true && 'generalized',
        Array.isArray(hidden['frozen']) && hidden['frozen'].length > 0 && 'frozen',
      ];
      return `${id.toLowerCase().replaceAll(guid, '*')} ${state.filter((part) => part !== undefined && part !== false).join(' ')}`.trim();
    })
    .toSorted();

/** What is there and should not be, and what is not and should. */
export const differences = (wanted: readonly string[], found: readonly string[]): readonly string[] => {
  const left = [...found];
  const missing = wanted.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...missing.map((line) => `missing: ${line}`), ...left.map((line) => `too much: ${line}`)];
};
