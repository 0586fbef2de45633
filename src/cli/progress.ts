/** Chooses words for engine events: a live bar on a terminal, a line per change elsewhere, events as lines for ndjson. */
import type { ListrTaskWrapper } from 'listr2';
import type { Plan, Step } from '../core/plan.ts';
import type { EngineEvent } from '../engine/events.ts';
import { nameOf } from '../core/ids.ts';
import { causeOf } from '../core/job/cause.ts';
import { oneLine } from '../report/layout.ts';
import type { Context } from './context.ts';
import { isLong, makeWaits } from './waits.ts';

export interface Progress {
  readonly emit: (event: EngineEvent) => void;
  /** Draws the last state and lets go of the terminal. */
  readonly end: () => Promise<void>;
}

/** Where each line stays: of every step, or only of what goes wrong or waits long. */
export type Lines = 'all' | 'trouble';

/** `output` is the data format: with ndjson the events themselves are data, on standard output. */
export const startProgress = async (
  plan: Plan,
  context: Context,
  output: string,
  lines: Lines = 'all',
): Promise<Progress> => {
  const progress = await progressFor(plan, context, output, lines);
  const { log } = context;
  if (log === undefined) return progress;
  return {
    emit: (event) => {
      log.engine(event);
      progress.emit(event);
    },
    end: progress.end,
  };
};

const progressFor = async (plan: Plan, context: Context, output: string, lines: Lines): Promise<Progress> => {
  if (output === 'ndjson')
    return { emit: (event) => context.out(`${JSON.stringify(event)}\n`), end: async () => undefined };
  if (context.log) return { emit: () => undefined, end: async () => undefined };
  if (context.terminal.live) return liveProgress(plan, context);
  const waits = makeWaits();
  return {
    emit: (event) => {
      const words = lines === 'all' ? sentence : troubleOf;
      const line = waits.news(event) ? words(event, plan) : undefined;
      if (line) context.err(`${event.at} ${oneLine(line)}\n`);
    },
    end: async () => undefined,
  };
};

const stepOf = (plan: Plan, id: string): Step | undefined => plan.steps.find((s) => s.id === id);

/** One event in words; progress ticks say nothing where each line stays. */
export const sentence = (event: EngineEvent, plan: Plan): string | undefined => {
  switch (event.kind) {
    case 'apply.started':
      return `${event.resumed ? 'Resuming' : 'Applying'} ${event.steps} step${event.steps === 1 ? '' : 's'}`;
    case 'step.started':
      return `${event.step}: ${stepOf(plan, event.step)?.reason ?? 'started'}`;
    case 'step.accepted':
      return `${event.step}: accepted by Azure, following the operation`;
    case 'step.waiting':
      return isLong(event) ? `${event.step}: waiting until ${event.until} (${event.why})` : undefined;
    case 'step.retried':
      return `${event.step}: try ${event.attempt} after ${event.problem.summary}`;
    case 'step.settled':
      return `${event.step}: ${event.outcome}${event.detail ? ` (${event.detail})` : ''}`;
    case 'throttled':
      return `Azure asks for patience on ${event.bucket} until ${event.until}`;
    case 'apply.stopping':
      return `Stopping: ${event.why}`;
    case 'apply.ended':
      return `Ended: ${Object.entries(event.counts)
        .map(([outcome, n]) => `${n} ${outcome}`)
        .join(', ')}`;
    case 'lease':
      return event.state === 'lost'
        ? `${nameOf(event.machine)}: its lease was lost${event.why ? ` (${event.why})` : ''}`
        : undefined;
    case 'step.progress':
      return undefined;
  }
};

/** For a scheduled run, whose lines cron mails: nothing of steps that go well, and of the others the cause alone. */
export const troubleOf = (event: EngineEvent, plan: Plan): string | undefined => {
  if (event.kind === 'step.started' || event.kind === 'step.accepted') return undefined;
  if (event.kind !== 'step.settled') return sentence(event, plan);
  const { step, outcome, detail } = event;
  if (outcome === 'done' || outcome === 'already-done') return undefined;
  const subject = nameOf(stepOf(plan, step)?.subject ?? step);
  return `${subject}: ${outcome}${detail === undefined ? '' : ` (${causeOf(detail, subject)})`}`;
};

const bar = (done: number, all: number, width: number): string => {
  const filled = all === 0 ? width : Math.round((done / all) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
};

export const remaining = (seconds: number): string =>
  seconds < 90
    ? `${Math.max(1, Math.round(seconds))} s`
    : seconds < 5400
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;

/** The bar's line after each event: how far it is, what is left, and what is waited for longest. */
export const makeBar = (plan: Plan, width: number): ((event: EngineEvent) => string) => {
  let settled = 0;
  let firstAt: number | undefined;
  const running = new Set<string>();
  const waits = makeWaits();
  const title = (at: string): string => {
    const all = plan.steps.length;
    const now = Date.parse(at);
    firstAt ??= now;
    const elapsed = (now - firstAt) / 1000;
    // The plan's own estimate until enough steps have ended to tell better.
    const left =
      settled < 3 ? Math.max(0, plan.duration.expectedSeconds - elapsed) : (elapsed / settled) * (all - settled);
    const waiting = waits.current(at);
    const held =
      waiting === undefined
        ? ''
        : ` · ${waiting.count} waiting, at the longest until ${waiting.wait.until} (${oneLine(waiting.wait.why)})`;
    const tail = settled === all ? '' : ` · ${running.size} running · about ${remaining(left)} left${held}`;
    return `${bar(settled, all, Math.min(30, Math.max(10, width - 60)))} ${settled}/${all}${tail}`;
  };
  return (event) => {
    waits.news(event);
    if (event.kind === 'step.started') running.add(event.step);
    if (event.kind === 'step.settled') {
      running.delete(event.step);
      if (event.outcome !== 'interrupted') settled += 1;
    }
    return title(event.at);
  };
};

/** A single listr2 task that carries the bar, with the last changes under it. */
const liveProgress = async (plan: Plan, context: Context): Promise<Progress> => {
  const { Listr } = await import('listr2');
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let task: ListrTaskWrapper<unknown, never, never> | undefined;
  const barAfter = makeBar(plan, context.terminal.width);
  const waits = makeWaits();
  const emit = (event: EngineEvent): void => {
    const title = barAfter(event);
    const line = waits.news(event) ? oneLine(sentence(event, plan) ?? '') : '';
    if (!task) return;
    task.title = title;
    if (event.kind === 'step.progress')
      task.output = `${event.step}: ${event.phase ?? 'running'}${event.percent === undefined ? '' : ` ${Math.round(event.percent)} %`}`;
    else if (line) task.output = line;
  };
  const list = new Listr(
    [
      {
        title: `${bar(0, plan.steps.length, 20)} 0/${plan.steps.length}`,
        task: async (_, wrapper) => {
          task = wrapper as never;
          await finished;
        },
        rendererOptions: { bottomBar: 6, persistentOutput: false },
      },
    ],
    { renderer: 'default', fallbackRenderer: 'simple', registerSignalListeners: false },
  );
  const ran = list.run();
  return {
    emit,
    end: async () => {
      finish();
      await ran;
    },
  };
};
