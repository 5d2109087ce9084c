// Where notices are posted in chats: the webhooks that secrets hold, and posting to them.
import type { Chat, ChatSettings, NoticeSettings } from '../core/requests/notice-settings.ts';
import type { Recipient } from '../core/requests/notices.ts';
import { isPersonal, webhookIn, webhookOf } from '../core/requests/webhooks.ts';
import { type PostToWebhook, postToWebhook } from '../outbound/post-to-webhook.ts';

export interface ChatAddress {
  readonly url: string;
  /** Whether nobody but the recipient reads what is posted there. */
  readonly isPersonal: boolean;
}

export interface Chats {
  /** Undefined: there is none. Throws WebhookSecretError, or what reading a secret throws. */
  addressOf(chat: Chat, recipient: Recipient): Promise<ChatAddress | undefined>;
  readonly post: PostToWebhook;
}

/** @param readSecret the current value of what settings name */
export function chatsOf(settings: NoticeSettings, readSecret: (secret: string) => Promise<string>): Chats {
  return {
    async addressOf(chat, recipient) {
      const named = settings[chat];
      if (named === undefined) return undefined;
      if ('person' in recipient) return await personal(named, recipient.person, readSecret);
      const secret = 'role' in recipient ? named.security : named.channel;
      return secret === undefined ? undefined : { url: webhookIn(await readSecret(secret)), isPersonal: false };
    },
    post: postToWebhook,
  };
}

async function personal(
  { direct, channel, security }: ChatSettings,
  person: string,
  readSecret: (secret: string) => Promise<string>,
): Promise<ChatAddress | undefined> {
  const secret = direct === undefined ? undefined : await readSecret(direct);
  const url = secret === undefined ? undefined : webhookOf(secret, person);
  if (secret === undefined || url === undefined) return undefined;
  const named = [channel, security].filter((one) => one !== undefined);
  const shared = await Promise.all(named.map(async (one) => webhookIn(await readSecret(one))));
  return { url, isPersonal: isPersonal(url, secret, shared) };
}
