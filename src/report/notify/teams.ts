/**
 * A Teams message for the workflow "When a Teams webhook request is received": an Adaptive Card as an attachment. (The
 * older connectors, which took message cards, are retired.)
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
import type { News } from '../../core/job/news.ts';
import { messageOf, type Message, type MessageList } from './message.ts';

interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly fontType?: 'Monospace';
  readonly isSubtle?: true;
}

/** Text runs know no Markdown, so nothing in a name or in an answer of Azure's becomes a link. */
interface RichText {
  readonly type: 'RichTextBlock';
  readonly inlines: readonly TextRun[];
  readonly separator?: true;
  readonly spacing?: 'Small';
}

interface Title {
  readonly type: 'Container';
  readonly style: 'attention' | 'warning' | 'good' | 'default';
  readonly items: readonly RichText[];
}

type Element = RichText | Title;

export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: {
        readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
        readonly type: 'AdaptiveCard';
        /**
         * 1.5 is the newest that Teams shows:
         * https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
         */
        readonly version: '1.4';
        readonly body: readonly Element[];
        readonly msteams: { readonly width: 'Full' };
      };
    },
  ];
}

/**
 * 28 KB: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using. Senders
 * report that each character counts as two bytes there [K], so both ways of counting have to fit.
 */
const mostBytes = 28 * 1024;

export const teamsPayload = (news: News): TeamsMessage => {
  const message = messageOf(news);
  const most = Math.max(0, ...message.lists.map(({ items }) => items.length));
  for (let items = most; items > 0; items -= 1) {
    const sent = cardOf(message, items);
    if (bytesOf(sent) <= mostBytes) return sent;
  }
  return cardOf(message, 0);
};

const bytesOf = (sent: TeamsMessage): number => {
  const text = JSON.stringify(sent);
  return Math.max(2 * text.length, new TextEncoder().encode(text).length);
};

const styles: Readonly<Record<Message['tone'], Title['style']>> = {
  bad: 'attention',
  doubtful: 'warning',
  good: 'good',
  plain: 'default',
};

const cardOf = ({ title, tone, facts, lists, footer }: Message, items: number): TeamsMessage => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'Container', style: styles[tone], items: [rich([bold(title)])] },
          ...facts.map(([label, value]) => rich([bold(`${label}: `), plain(value)], { spacing: 'Small' })),
          ...lists.flatMap((list) => listOf(list, items)),
          rich([{ ...plain(footer), isSubtle: true }], { separator: true }),
        ],
        msteams: { width: 'Full' },
      },
    },
  ],
});

const listOf = ({ title, items, more }: MessageList, most: number): readonly RichText[] => {
  const left = more + Math.max(0, items.length - most);
  return [
    rich([bold(title)], { separator: true }),
    ...items
      .slice(0, most)
      .map(({ name, text }) =>
        rich([{ ...plain(name), fontType: 'Monospace' }, plain(` ${text}`)], { spacing: 'Small' }),
      ),
    ...(left > 0 ? [rich([plain(`… and ${left} more`)], { spacing: 'Small' })] : []),
  ];
};

const rich = (inlines: readonly TextRun[], look: Pick<RichText, 'separator' | 'spacing'> = {}): RichText => ({
  type: 'RichTextBlock',
  inlines,
  ...look,
});

const plain = (text: string): TextRun => ({ type: 'TextRun', text });
const bold = (text: string): TextRun => ({ type: 'TextRun', text, weight: 'Bolder' });
