/** Tells receivers what became of a job's run. A receiver that cannot be told is a Problem, and never fails the job. */
import { createHash } from 'node:crypto';
import { makePost, type SendPost } from '../azure/web-post.ts';
import type { Receiver } from '../core/job/job.ts';
import type { JobRun } from '../core/job/job-run.ts';
import { newsOf, type News, type PreviousRun } from '../core/job/news.ts';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../engine/ports.ts';
import { slackPayload } from '../report/notify/slack.ts';
import { teamsPayload } from '../report/notify/teams.ts';
import { webhookPayload } from '../report/notify/webhook.ts';
import { azureClock } from './clock.ts';
import type { Context } from './context.ts';
import { addressOf, receiverName, secretParts, shownAddress, type Addressed } from './notify-address.ts';
import { deliver, hasty, patient } from './notify-send.ts';

export interface Told {
  /** How many receivers took a message. */
  readonly sent: number;
  /** One for each receiver that could not be told, and what else is wrong with how they are written down. */
  readonly problems: readonly Problem[];
}

export interface NotifyPorts {
  /** What `urlFile` and `secretFile` are relative to: the job file's folder. */
  readonly folder?: string;
  /** Receivers live at life's own speed, whatever Azure's clock does. */
  readonly clock?: Clock;
  readonly post?: SendPost;
}

/** Never throws for what a receiver does. All are told at once, so that a dead one holds up no other. */
export const notify = async (
  run: JobRun,
  receivers: readonly Receiver[],
  previous: PreviousRun | undefined,
  context: Context,
  ports: NotifyPorts = {},
): Promise<Told> =>
  tell(
    receivers.map((receiver) => ({ receiver, news: newsOf(run, previous, receiver.on) })),
    context,
    ports,
  );

export interface Telling {
  readonly receiver: Receiver;
  /** `undefined`: nothing that it wants to hear. */
  readonly news: News | undefined;
}

export const tell = async (
  tellings: readonly Telling[],
  context: Context,
  { folder = context.cwd, clock, post }: NotifyPorts,
): Promise<Told> => {
  const ports = {
    clock: clock ?? azureClock(Date.now(), 1),
    post: post ?? makePost(`holdfast/${context.version}`),
  };
  const wanted = tellings.flatMap(({ receiver, news }, index) =>
    news === undefined ? [] : [{ receiver, news, index }],
  );
  const addressed = await Promise.all(
    wanted.map(async (one) => ({
      ...one,
      ...(await addressOf(one.receiver, receiverName(one.receiver, one.index), context, folder)),
    })),
  );
  const secrets = addressed.flatMap(({ address }) => (address === undefined ? [] : secretParts(address)));
  const told = await Promise.all(addressed.map((one) => tellOne(one, secrets, context, ports)));
  return {
    sent: told.reduce((sum, { sent }) => sum + sent, 0),
    problems: told.flatMap(({ problems }) => problems),
  };
};

interface ToTell extends Addressed {
  readonly receiver: Receiver;
  readonly news: News;
  /** Its place in the job's list. */
  readonly index: number;
}

const tellOne = async (
  { receiver, news, index, address, problems }: ToTell,
  secrets: readonly string[],
  context: Context,
  { clock, post }: Pick<Required<NotifyPorts>, 'clock' | 'post'>,
): Promise<Told> => {
  if (address === undefined) return { sent: 0, problems };
  const shown = shownAddress(address.url);
  const delivered = await deliver(
    { address, body: JSON.stringify(payloads[receiver.kind](news)), id: deliveryId(news, index), secrets },
    post,
    clock,
    news.run.outcome === 'interrupted' ? hasty : patient,
  );
  if (delivered.kind === 'taken') {
    const { kind } = news;
    if (context.log)
      context.log.write({
        kind: 'notified',
        receiver: receiver.kind,
        address: shown,
        news: kind,
        tries: delivered.tries,
      });
    else context.err(`Told ${receiver.kind} at ${shown}: ${kind}.\n`);
    return { sent: 1, problems };
  }
  const what = `the ${kindWords[news.kind]} of job ${news.run.job}`;
  const failed: Problem = {
    code: 'notify-failed',
    severity: 'medium',
    subject: `notify[${index}] (${receiver.kind}, ${shown})`,
    summary: `${receiver.kind} at ${shown} could not be told of ${what}: ${delivered.why}`,
    detail: `${delivered.tries} ${delivered.tries === 1 ? 'try' : 'tries'}`,
    remedy: 'check the receiver and its address, then try with `holdfast job check JOB --notify-test`',
  };
  return { sent: 0, problems: [...problems, failed] };
};

const kindWords: Readonly<Record<News['kind'], string>> = {
  failure: 'failure',
  late: 'late points',
  recovered: 'recovery',
  success: 'success',
  test: 'test',
};

const payloads: Readonly<Record<Receiver['kind'], (news: News) => object>> = {
  webhook: webhookPayload,
  slack: slackPayload,
  teams: teamsPayload,
};

/** The same for a run and a receiver however often it is sent; the address has no part in it. */
const deliveryId = ({ kind, run }: News, index: number): string =>
  createHash('sha256').update(`job-news|${run.runId}|${kind}|${index}`).digest('hex').slice(0, 32);
