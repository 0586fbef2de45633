/**
 * A Slack message: Block Kit, with `text` for notifications and readers without blocks.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
 */
import type { News } from '../../core/job/news.ts';
import { messageOf, type Message, type MessageList } from './message.ts';

type Text =
  | { readonly type: 'plain_text'; readonly text: string; readonly emoji: false }
  | { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };

type Block =
  | { readonly type: 'header'; readonly text: Text }
  | { readonly type: 'section'; readonly text: Text }
  | { readonly type: 'section'; readonly fields: readonly Text[] }
  | { readonly type: 'context'; readonly elements: readonly Text[] };

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/**
 * Characters: https://docs.slack.dev/reference/block-kit/blocks/header-block (150),
 * https://docs.slack.dev/reference/block-kit/blocks/section-block (text 3000, a field 2000). Of 50 blocks at most seven
 * are used: https://docs.slack.dev/reference/block-kit/blocks
 */
const limits = { header: 150, section: 3000, field: 2000 };

export const slackPayload = (news: News): SlackMessage => {
  const message = messageOf(news);
  return {
    text: escaped(`${message.title}. ${message.facts.map(([label, value]) => `${label}: ${value}`).join('. ')}`),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(message.title, limits.header), emoji: false } },
      { type: 'section', fields: message.facts.map(field) },
      ...message.lists.map((list): Block => ({ type: 'section', text: mrkdwn(linesOf(list)) })),
      { type: 'context', elements: [mrkdwn(escaped(message.footer))] },
    ],
  };
};

/** `verbatim`: nothing in it becomes a link or a channel by itself. */
const mrkdwn = (text: string): Text => ({ type: 'mrkdwn', text, verbatim: true });

const field = ([label, value]: Message['facts'][number]): Text =>
  mrkdwn(cut(`*${escaped(label)}*\n${escaped(value)}`, limits.field));

/** Whole lines as far as they go; what is left out is counted. */
const linesOf = ({ title, items, more }: MessageList): string => {
  const lines = [`*${escaped(title)}*`];
  const room = limits.section - ' … and 1000000 more'.length;
  let used = lines[0]!.length;
  let shown = 0;
  for (const { name, text } of items) {
    const line = `• \`${escaped(name.replaceAll('`', "'"))}\` ${escaped(text)}`;
    if (used + 1 + line.length > room) break;
    lines.push(line);
    used += 1 + line.length;
    shown += 1;
  }
  const left = more + items.length - shown;
  return [...lines, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n');
};

/** https://docs.slack.dev/messaging/formatting-message-text/#escaping: with `<` gone nothing can mention a channel. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
