// What is posted in chats stays within what the vendors take, whatever the ids are, and nothing in it is read as markup.
import { expect, it } from 'vitest';
import { CHAT_ITEMS, chatMessage } from '../../../lambdas/core/requests/notice-formats.ts';
import { digestText, type NoticeItem } from '../../../lambdas/core/requests/notice-text.ts';

const longest = (url: string): NoticeItem => ({
  kind: 'reminder',
  requestId: 'r'.repeat(36),
  identityId: 'i'.repeat(48),
  entitlement: `${'a'.repeat(40)}:${'e'.repeat(40)}`,
  privileged: true,
  expiresMs: Date.parse('2026-12-01T09:00:00Z'),
  action: { kind: 'own-link', url },
});
const full = digestText(
  Array.from({ length: CHAT_ITEMS }, () => longest(`https://${'u'.repeat(192)}/decisions/${'t'.repeat(80)}`)),
  true,
);

interface Block {
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
}

it('a message of Slack has at most 50 blocks, whose texts and fields are no longer than it takes', () => {
  const { blocks } = chatMessage.slack(full) as { readonly blocks: readonly Block[] };
  expect(blocks.length).toBeLessThanOrEqual(50);
  expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
  for (const { text, fields = [] } of blocks) {
    expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
    for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2_000);
  }
});

it('a card of Teams is smaller than the 28 KB that it takes', () => {
  expect(Buffer.byteLength(JSON.stringify(chatMessage.teams(full)))).toBeLessThan(28 * 1024);
});

it('what Slack would read as its own is not read so, in a text or in a link', () => {
  const item = { ...longest('https://t.example/<a>|b&c'), identityId: '<!channel>' };
  const said = JSON.stringify(chatMessage.slack(digestText([item], false)));
  expect(said).not.toContain('<!channel>');
  expect(said).toContain('&lt;!channel&gt; is to get');
  expect(said).toContain('<https://t.example/&lt;a&gt;%7Cb&amp;c|Decide>');
});
