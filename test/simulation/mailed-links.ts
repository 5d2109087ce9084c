// Who is to decide is mailed a link. It is opened by programs that follow every link, and pressed by whom it is for: once, again,
// altered on the way, too late, or when what it is about was taken back.

import { noticeSettingsSchema } from '../../lambdas/core/requests/notice-settings.ts';
import { decideByLink } from '../../lambdas/handlers/requests/decide-by-link.ts';
import { showDecision } from '../../lambdas/handlers/requests/show-decision.ts';
import { tellOfRequests } from '../../lambdas/handlers/requests/tell-of-requests.ts';
import type { Mailing } from '../../lambdas/stores/mailbox.ts';
import type { NoticeStore } from '../../lambdas/stores/notices/notice-store.ts';
import { answer, request } from '../support/api-requests.ts';
import type { Coverage } from './coverage.ts';
import { type History, MINUTE_MS } from './history.ts';
import type { Invariants } from './invariants.ts';
import type { Mailed } from './oracle/trust.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const TELL_MS = 5 * MINUTE_MS;
const SITE = 'https://tenure.example';
const LINK = /\/decisions\/([\w-]+)\.([\w-]{43})/g;
const SETTINGS = noticeSettingsSchema.parse({ sender: 'tenure@example.com', securityAddress: 'security@example.com' });

interface Pressing {
  readonly random: Random;
  readonly coverage: Coverage;
  readonly invariants: Invariants;
  readonly notices: NoticeStore;
}

/** By the clock, whenever there is anything to look at or to send. */
export function keepTelling(world: World, history: History, pressing: Pressing): void {
  const { notices } = pressing;
  setTimeout(async () => {
    keepTelling(world, history, pressing);
    const [watched, due] = [await notices.listWatched(Date.now(), 1), await notices.listDue('mail', Date.now(), 1)];
    if (watched.length + due.length > 0) await tell(world, history, pressing).catch(() => {});
  }, TELL_MS);
}

async function tell(world: World, history: History, pressing: Pressing): Promise<void> {
  let secrets = 0;
  await world.call('tell-of-requests', async ({ invocation, ...dependencies }) => {
    await tellOfRequests({
      ...dependencies,
      settings: SETTINGS,
      chats: {
        addressOf: async () => undefined,
        post: async () => {
          throw new Error('no chat is set up');
        },
      },
      decisionsUrl: SITE,
      newSecret: () => {
        secrets += 1;
        return `${invocation.clock()}-${secrets}`.padStart(43, 's');
      },
      sendMail: async (mailing: Mailing) => {
        await invocation.act('mail.send', async () => arrived(world, history, mailing, pressing));
        return 'sent';
      },
    })();
  });
}

/** Somebody's mail server lets a program look at it first. */
function arrived(world: World, { endsMs }: History, { to, text }: Mailing, pressing: Pressing): void {
  const { random } = pressing;
  for (const [, linkId = '', secret = ''] of text.matchAll(LINK)) {
    const mailed = { linkId, secret, to };
    pressing.invariants.onMailed(mailed);
    const leftMs = Math.max(MINUTE_MS, endsMs - Date.now());
    const later = () => (random.chance(0.5) ? random.below(10 * MINUTE_MS) : random.below(leftMs));
    if (random.chance(0.4)) setTimeout(() => void open(world, mailed, pressing), random.below(MINUTE_MS));
    if (random.chance(0.25)) setTimeout(() => void press(world, altered(mailed, random), pressing), later());
    const inMs = later();
    if (random.chance(0.9)) setTimeout(() => void press(world, mailed, pressing), inMs);
    if (random.chance(0.4)) setTimeout(() => void press(world, mailed, pressing), inMs + random.below(MINUTE_MS));
    if (random.chance(0.3)) setTimeout(() => void press(world, mailed, pressing), leftMs);
  }
}

/** One letter is another. */
function altered({ linkId, secret, to }: Mailed, random: Random): Mailed {
  const place = random.below(secret.length);
  const letter = secret[place] === 'x' ? 'y' : 'x';
  return { linkId, to, secret: `${secret.slice(0, place)}${letter}${secret.slice(place + 1)}` };
}

async function open(world: World, mailed: Mailed, pressing: Pressing): Promise<void> {
  const { status } = await send(world, mailed, 'show-decision').catch(() => ({ status: undefined }));
  if (status === 200) pressing.coverage.happened.add('link opened by a program');
}

async function press(world: World, mailed: Mailed, pressing: Pressing): Promise<void> {
  const { random, coverage, invariants } = pressing;
  const form = `decision=${random.chance(0.85) ? 'approve' : 'reject'}&reason=looked+at`;
  const onAnswer = invariants.onPressed(mailed);
  const answered = await send(world, mailed, 'decide-by-link', form).catch(() => undefined);
  onAnswer(answered?.status);
  if (answered?.status === 200) coverage.happened.add('decided by link');
  if (answered?.status === 404) coverage.happened.add('link altered');
  if (answered?.status !== 409) return;
  if (/was used/.test(answered.page)) coverage.happened.add('link used again');
  if (/is withdrawn/.test(answered.page)) coverage.happened.add('link after withdrawal');
  if (/is expired|link expired/.test(answered.page)) coverage.happened.add('link too late');
}

async function send(
  world: World,
  { linkId, secret }: Mailed,
  name: 'show-decision' | 'decide-by-link',
  form = '',
): Promise<{ readonly status: number; readonly page: string }> {
  const handle = name === 'show-decision' ? showDecision : decideByLink;
  const sent = request({ pathParameters: { token: `${linkId}.${secret}` }, body: Buffer.from(form) });
  return await world.call(name, async (dependencies) => {
    const { status, body } = await answer(handle(dependencies), sent);
    return { status, page: String(body) };
  });
}
