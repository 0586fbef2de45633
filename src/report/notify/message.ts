/** A run's news in words, before a chat's own markup: what Slack and Teams are both written from. */
import type { MachineList, News, NewsMachine } from '../../core/job/news.ts';
import { momentText } from '../../core/time.ts';
import { oneLine } from '../layout.ts';

export interface Message {
  readonly title: string;
  readonly tone: 'bad' | 'doubtful' | 'good' | 'plain';
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly lists: readonly MessageList[];
  /** For whoever looks into it. */
  readonly footer: string;
}

export interface MessageList {
  readonly title: string;
  readonly items: readonly MessageItem[];
  /** How many more there are than items. */
  readonly more: number;
}

export interface MessageItem {
  readonly name: string;
  readonly text: string;
}

const tones: Readonly<Record<News['kind'], Message['tone']>> = {
  failure: 'bad',
  late: 'doubtful',
  recovered: 'good',
  success: 'good',
  test: 'plain',
};

export const messageOf = (news: News): Message => {
  const { run, problems } = news;
  return {
    title: oneLine(news.headline),
    tone: tones[news.kind],
    facts: [
      ['Due', `${momentText(run.due)}, window until ${momentText(run.windowEnd)}`],
      ['Points', pointsOf(news)],
      ...copiesOf(news),
      ...removedOf(news),
    ],
    lists: [
      listOf('Failed', news.failed, failedText),
      listOf('Late', news.late, lateText),
      listOf('Recovered', news.recovered, recoveredText),
      {
        title: `Problems (${problems.total})`,
        items: problems.list.map(({ subject, summary, remedy }) => ({
          name: oneLine(lastName(subject)),
          text: shortened(oneLine(remedy === undefined ? summary : `${summary}; next: ${remedy}`)),
        })),
        more: problems.total - problems.list.length,
      },
    ].filter(({ items }) => items.length > 0),
    footer: `Run ${run.runId}, ended ${momentText(run.endedAt)}; correlation id ${run.correlationId}`,
  };
};

const pointsOf = ({ run }: News): string =>
  [
    `${run.created} made`,
    `${run.existing} already there`,
    ...(run.failed > 0 ? [`${run.failed} failed`] : []),
    ...(run.late > 0 ? [`${run.late} late`] : []),
    ...(run.skipped > 0 ? [`${run.skipped} skipped`] : []),
  ].join(', ');

const copiesOf = ({ run: { copies } }: News): Message['facts'] => {
  const parts = [
    ...(copies.begun > 0 ? [`${copies.begun} begun`] : []),
    ...(copies.underWay > 0 ? [`${copies.underWay} under way`] : []),
    ...(copies.failed > 0 ? [`${copies.failed} failed`] : []),
  ];
  return parts.length > 0 ? [['Copies', parts.join(', ')]] : [];
};

const removedOf = ({ run: { pruned, trashed } }: News): Message['facts'] =>
  pruned + trashed > 0 ? [['Removed', `${pruned} deleted, ${trashed} marked to be deleted`]] : [];

const listOf = (title: string, list: MachineList, text: (machine: NewsMachine) => string): MessageList => ({
  title: `${title} (${list.total})`,
  items: list.machines.map((machine) => ({
    name: oneLine(machine.name),
    text: oneLine(text(machine)),
  })),
  more: list.total - list.machines.length,
});

const failedText = ({ cause, reason, again, newestPointAt }: NewsMachine): string =>
  [
    cause ?? reason ?? 'no reason given',
    ...(again === true ? ['failed in the run before too'] : []),
    newestPointAt === undefined ? 'no whole point of this job is known' : `newest point ${momentText(newestPointAt)}`,
  ].join('; ');

const lateText = ({ reason, missedWindows = 0, newestPointAt }: NewsMachine): string =>
  [
    ...(missedWindows > 0 ? [`${missedWindows} missed window${missedWindows === 1 ? '' : 's'} before this one`] : []),
    ...(newestPointAt === undefined ? [] : [`newest point ${momentText(newestPointAt)}`]),
    ...(reason === undefined ? [] : [reason]),
  ].join('; ') || 'after the tolerance of its window';

const recoveredText = ({ newestPointAt }: NewsMachine): string =>
  newestPointAt === undefined ? 'has its point again' : `newest point ${momentText(newestPointAt)}`;

const longest = 400;

const shortened = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`);

const lastName = (subject: string): string => subject.split('/').at(-1) || subject;
