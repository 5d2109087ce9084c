// A notice as a mail, as a message of Slack and as a card of Teams. Every text is put where nothing in it is read as markup,
// and links stand beside it.
import type { Chat } from './notice-settings.ts';
import { footerOf, MORE, type NoticeAction, type NoticeLine, type NoticeText } from './notice-text.ts';

export interface Mail {
  /** ASCII. */
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

export function mailOf(notice: NoticeText): Mail {
  const lines = notice.items.map(({ text, action }) => [text, ...(action ? [inMail(action)] : [])].join('\n'));
  const more = notice.isMore ? [MORE] : [];
  return { subject: notice.title, text: `${[...lines, ...more, footerOf(notice)].join('\n\n')}\n` };
}

/** Whoever reads the mails of a role signs in where they always do. */
function inMail(action: NoticeAction): string {
  return action.kind === 'own-link' ? action.url : `Decide in the operators' API: request ${action.requestId}.`;
}

/** So that Slack's 50 blocks and the 28 KB that Teams takes are never reached, whatever the ids (tests try the longest). */
export const CHAT_ITEMS = 20;

/** What is posted to an incoming webhook, as JSON. */
export const chatMessage: Readonly<Record<Chat, (notice: NoticeText) => unknown>> = {
  /** Block Kit: https://docs.slack.dev/reference/block-kit/blocks. Links are not unfurled: nobody opens them but who decides. */
  slack: (notice) => ({
    text: escaped(notice.title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(notice.title) },
      ...notice.items.map(({ text, action }) => ({
        type: 'section',
        text: plain(text),
        ...(action && { fields: [{ type: 'mrkdwn', text: `<${escaped(inLink(action.url))}|${labelOf(action)}>` }] }),
      })),
      ...(notice.isMore ? [{ type: 'section', text: plain(MORE) }] : []),
      { type: 'context', elements: [plain(footerOf(notice))] },
    ],
  }),
  /** An Adaptive Card, as the workflow "When a Teams webhook request is received" takes it. A text run has no Markdown. */
  teams: (notice) => ({
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
            run(notice.title, { weight: 'bolder' }),
            ...notice.items.flatMap(cardOf),
            ...(notice.isMore ? [run(MORE)] : []),
            run(footerOf(notice), { isSubtle: true }),
          ],
        },
      },
    ],
  }),
};

function plain(text: string) {
  return { type: 'plain_text', text: escaped(text), emoji: false };
}

/** The three characters that Slack reads as its own, wherever they stand. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What ends the address within a link of Slack's. */
function inLink(url: string): string {
  return url.replaceAll('|', '%7C');
}

function cardOf({ text, action }: NoticeLine): readonly unknown[] {
  const open = action && { type: 'Action.OpenUrl', title: labelOf(action), url: action.url };
  return [run(text), ...(open === undefined ? [] : [{ type: 'ActionSet', actions: [open] }])];
}

function run(text: string, style: Readonly<Record<string, unknown>> = {}) {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...style }] };
}

function labelOf({ kind }: NoticeAction): string {
  return kind === 'own-link' ? 'Decide' : 'Sign in to decide';
}
