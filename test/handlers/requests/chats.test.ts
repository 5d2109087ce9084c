// Notices in Slack and Teams, before a server that answers as their incoming webhooks are documented to, and as they are not.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type ChatSettings, noticeSettingsSchema } from '../../../lambdas/core/requests/notice-settings.ts';
import { deliverNotices } from '../../../lambdas/handlers/requests/deliver-notices.ts';
import { findDueNotices } from '../../../lambdas/handlers/requests/find-due-notices.ts';
import { showDecision } from '../../../lambdas/handlers/requests/show-decision.ts';
import { postToWebhook } from '../../../lambdas/outbound/post-to-webhook.ts';
import { chatsOf } from '../../../lambdas/stores/chats.ts';
import { answer as answerOf, request } from '../../support/api-requests.ts';
import { type AskingCompany, askingCompany, DAY_MS } from '../../support/asking.ts';
import { freePort } from '../../support/free-port.ts';
import { type StubAnswer, type StubServer, startStubServer } from '../../support/stub-server.ts';

const HOST = 'https://hooks.example';
const ALL: ChatSettings = { channel: 'a-channel', security: 'a-security', direct: 'a-people' };
const OK: StubAnswer = { status: 200, body: 'ok' };

let secrets: Record<string, string>;
let answer: StubAnswer | ((path: string) => StubAnswer);
let server: StubServer;
beforeEach(async () => {
  secrets = {
    'a-channel': `${HOST}/channel`,
    'a-security': ` ${HOST}/security\n`,
    'a-people': JSON.stringify({ E0007: `${HOST}/e7` }),
  };
  answer = OK;
  server = await startStubServer(({ path }) => (typeof answer === 'function' ? answer(path) : answer));
});
afterEach(() => server.stop());

/** Where the webhooks of the secrets are, as far as the test is concerned. */
async function chatting(settings: Parameters<typeof askingCompany>[0] = { slack: ALL }): Promise<AskingCompany> {
  const company = await askingCompany(settings);
  const chats = chatsOf(company.settings, async (secret) => {
    const value = secrets[secret];
    if (value === undefined) throw new Error('ResourceNotFoundException');
    return value;
  });
  const post: typeof postToWebhook = (chat, url, message) =>
    postToWebhook(chat, url.replace(HOST, server.url), message);
  company.chats = { ...chats, post };
  return company;
}

function askForAdmin(company: AskingCompany) {
  const endsAt = new Date(company.nowMs + 10 * DAY_MS).toISOString();
  return company.ask('E1001', { entitlement: 'crm:admin', endsAt });
}

const postedTo = (path: string) => server.requests.filter((one) => one.path === path);
const LINK = /https:\/\/tenure\.example\/decisions\/([\w.-]+)/;

describe('in Slack', () => {
  it('a person is told in their own channel with a link that is theirs, and the shared channel without one', async () => {
    const company = await chatting();
    const { requestId } = await askForAdmin(company);
    expect(await company.tell()).toMatchObject({ mails: 1, posts: 2, refused: 0, unknown: 0 });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'POST /channel',
      'POST /e7',
    ]);
    const [own] = postedTo('/e7');
    expect(own?.headers['content-type']).toBe('application/json; charset=utf-8');
    const [, token = ''] = LINK.exec(JSON.stringify(own?.body)) ?? [];
    expect(own?.body).toEqual({
      text: 'A request for access waits for your decision',
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: 'A request for access waits for your decision', emoji: false },
        },
        {
          type: 'section',
          text: {
            type: 'plain_text',
            text: 'E1001 is to get crm:admin (privileged). It can be decided until 2026-11-26T09:00:00.000Z.',
            emoji: false,
          },
          fields: [{ type: 'mrkdwn', text: `<https://tenure.example/decisions/${token}|Decide>` }],
        },
        { type: 'context', elements: [expect.objectContaining({ type: 'plain_text' })] },
      ],
    });
    const shown = await answerOf(showDecision(company), request({ pathParameters: { token } }));
    expect(shown.status).toBe(200);
    const [shared] = postedTo('/channel');
    const said = JSON.stringify(shared?.body);
    expect(said).toContain(`<https://tenure.example/requests/${requestId}|Sign in to decide>`);
    expect(said).not.toContain('/decisions/');
    // Each once: the next run has nothing to say.
    expect(await company.tell()).toMatchObject({ mails: 0, posts: 0 });
  });

  it('what waits for security is posted in its channel, without a link that decides', async () => {
    const company = await chatting({ slack: { security: 'a-security' }, sender: undefined });
    const { requestId } = await askForAdmin(company);
    await company.decide('E0007', requestId);
    expect(await company.tell()).toMatchObject({ mails: 0, posts: 1 });
    expect(server.requests.map(({ path }) => path)).toEqual(['/security']);
    expect(JSON.stringify(server.requests[0]?.body)).not.toContain('/decisions/');
  });

  it.each([
    ['that two people have', { E0007: `${HOST}/e7`, E0002: `${HOST}/e7` }, '/e7'],
    ['that is the shared channel’s', { E0007: `${HOST}/channel` }, '/channel'],
    ['that is the channel’s of security', { E0007: `${HOST}/security` }, '/security'],
  ])('a webhook %s is nobody’s own: no link that decides is posted there', async (_, people, path) => {
    secrets['a-people'] = JSON.stringify(people);
    const company = await chatting();
    await askForAdmin(company);
    await company.tell();
    const said = JSON.stringify(server.requests);
    expect(postedTo(path).length).toBeGreaterThan(0);
    expect(said).toContain('Sign in to decide');
    expect(said).not.toContain('/decisions/');
  });

  it('whoever has none of their own is told by mail, and by nothing else', async () => {
    secrets['a-people'] = '{}';
    const company = await chatting({ slack: { direct: 'a-people' } });
    await askForAdmin(company);
    expect(await company.tell()).toMatchObject({ mails: 1, posts: 0, refused: 0 });
  });

  it('what is not urgent waits for the digest, in each channel', async () => {
    const company = await chatting();
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.tell();
    expect(server.requests).toEqual([]);
    await company.passHours(24);
    expect(postedTo('/e7')).toHaveLength(1);
    expect(postedTo('/channel')).toHaveLength(1);
    expect(JSON.stringify(postedTo('/e7')[0]?.body)).toContain('Your day: 1 matter of access, 1 to be decided');
  });

  it('one that is decided before it was posted is posted no more', async () => {
    const company = await chatting();
    const { requestId } = await askForAdmin(company);
    expect((await findDueNotices(company)).failures).toEqual([]);
    await company.withdraw('E1001', requestId);
    expect(await deliverNotices(company)).toMatchObject({ posts: 0, mails: 0 });
  });
});

it('in Teams a card says the same, with the link as what it opens', async () => {
  const company = await chatting({ teams: { direct: 'a-people' } });
  answer = { status: 202 };
  await askForAdmin(company);
  expect(await company.tell()).toMatchObject({ posts: 1 });
  const [{ body } = { body: undefined }] = postedTo('/e7');
  const run = (text: string) => ({
    type: 'RichTextBlock',
    inlines: [expect.objectContaining({ type: 'TextRun', text })],
  });
  expect(body).toEqual({
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
            run('A request for access waits for your decision'),
            run('E1001 is to get crm:admin (privileged). It can be decided until 2026-11-26T09:00:00.000Z.'),
            {
              type: 'ActionSet',
              actions: [{ type: 'Action.OpenUrl', title: 'Decide', url: expect.stringMatching(LINK) }],
            },
            expect.objectContaining({ type: 'RichTextBlock' }),
          ],
        },
      },
    ],
  });
});

describe('what the other side answers', () => {
  it.each<[string, 'slack' | 'teams', StubAnswer, string]>([
    ['an archived channel', 'slack', { status: 410, body: 'channel_is_archived' }, 'refused'],
    ['a webhook that is gone', 'slack', { status: 404, body: 'no_service' }, 'refused'],
    ['a message that it finds malformed', 'slack', { status: 400, body: 'invalid_payload' }, 'refused'],
    ['too many requests', 'slack', { status: 429, headers: { 'retry-after': '30' } }, 'refused'],
    ['a redirect, which is not followed', 'slack', { status: 302, headers: { location: '/elsewhere' } }, 'refused'],
    ['a page to sign in, with 200', 'slack', { body: '<html>Sign in</html>' }, 'unknown'],
    ['an error of its own', 'slack', { status: 500, body: 'rollup_error' }, 'unknown'],
    ['more than anybody reads', 'slack', { body: 'ok'.repeat(8_193) }, 'unknown'],
    ['a workflow that took it', 'teams', { status: 202 }, 'sent'],
    ['a connector that took it', 'teams', { body: '1' }, 'sent'],
    [
      'a connector that did not, with 200',
      'teams',
      { body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429' },
      'refused',
    ],
    [
      'a workflow that is switched off',
      'teams',
      { status: 400, body: { error: { code: 'WorkflowTriggerIsNotEnabled' } } },
      'refused',
    ],
  ])('%s: %s', async (_, chat, answered, outcome) => {
    answer = answered;
    expect(await postToWebhook(chat, `${server.url}/e7`, {})).toMatchObject({ outcome });
    expect(server.requests).toHaveLength(1);
  });

  it('an answer as long as it may be is read', async () => {
    answer = { body: `ok${' '.repeat(16_382)}` };
    expect(await postToWebhook('slack', `${server.url}/e7`, {})).toEqual({ outcome: 'sent' });
  });

  it('nobody there, which is known not to have taken it', async () => {
    const gone = `http://127.0.0.1:${await freePort()}/`;
    expect(await postToWebhook('slack', gone, {})).toEqual({ outcome: 'refused' });
  });

  it.each([
    ['2', [5, 10, 20, 40]],
    ['1200', [20, 20, 20, 40]],
    ['999999', [60, 60, 60, 60]],
  ])('Retry-After %s is waited for, within bounds, and not for ever', async (retryAfter, waits) => {
    answer = { status: 429, headers: { 'retry-after': retryAfter } };
    const company = await chatting({ slack: { direct: 'a-people' }, sender: undefined });
    await askForAdmin(company);
    const atMs: number[] = [];
    for (let minute = 0; minute < 6 * 60; minute += 5) {
      const before = server.requests.length;
      await company.tell();
      if (server.requests.length > before) atMs.push(company.nowMs);
      company.nowMs += 5 * 60_000;
    }
    expect(atMs.slice(1).map((at, index) => (at - (atMs[index] ?? 0)) / 60_000)).toEqual(waits);
  });

  it('a chat that refuses everything holds up no mail and no decision, and one refusal is enough a run', async () => {
    answer = { status: 503 };
    const company = await chatting();
    const { requestId } = await askForAdmin(company);
    await company.ask('E0002', { entitlement: 'crm:admin', endsAt: new Date(company.nowMs + DAY_MS).toISOString() });
    expect(await company.tell()).toMatchObject({ mails: 2, posts: 0, refused: 2 });
    expect(postedTo('/channel')).toHaveLength(1);
    await company.decide('E0007', requestId);
  });

  it('a chat of which nobody knows is not told again, and the next reminder follows', async () => {
    answer = { status: 500 };
    const company = await chatting({ slack: { direct: 'a-people' }, sender: undefined });
    await askForAdmin(company);
    expect(await company.tell()).toMatchObject({ unknown: 1 });
    await company.passHours(24);
    expect(server.requests).toHaveLength(1);
    await company.passHours(24);
    expect(server.requests).toHaveLength(2);
  });
});

describe('a secret', () => {
  it.each([
    ['over http', 'http://hooks.example/channel'],
    ['with credentials', 'https://a:b@hooks.example/channel'],
    ['that is no address', 'hooks'],
    ['that is too long', `${HOST}/${'x'.repeat(2_000)}`],
    ['that is not there', undefined],
  ])('%s is an error, posts nothing, and is tried again once it is mended', async (_, value) => {
    const company = await chatting({ slack: { channel: 'a-channel' }, sender: undefined });
    if (value === undefined) delete secrets['a-channel'];
    else secrets['a-channel'] = value;
    await askForAdmin(company);
    await findDueNotices(company);
    const { failures, posts } = await deliverNotices(company);
    expect(failures).toHaveLength(1);
    expect(posts).toBe(0);
    if (value !== undefined) expect(String(failures[0])).not.toContain(value);
    expect(server.requests).toEqual([]);
    secrets['a-channel'] = `${HOST}/channel`;
    company.nowMs += 5 * 60_000;
    expect(await deliverNotices(company)).toMatchObject({ posts: 1, failures: [] });
  });

  it('of people that is malformed is an error, and one person’s that is wrong is nobody else’s', async () => {
    const company = await chatting({ slack: { direct: 'a-people' }, sender: undefined });
    const { addressOf } = company.chats;
    secrets['a-people'] = JSON.stringify({ E0007: `${HOST}/e7`, E0002: 'http://no' });
    expect(await addressOf('slack', { person: 'E0007' })).toEqual({ url: `${HOST}/e7`, isPersonal: true });
    await expect(addressOf('slack', { person: 'E0002' })).rejects.toThrow('https://');
    expect(await addressOf('slack', { person: 'constructor' })).toBeUndefined();
    for (const wrong of ['[]', '"x"', 'x', JSON.stringify({ E0007: 1 })]) {
      secrets['a-people'] = wrong;
      await expect(addressOf('slack', { person: 'E0007' })).rejects.toThrow('expected a JSON object');
    }
  });
});

it('the settings name one of the three at least, each a secret', () => {
  const issues = (written: unknown) => z.safeParse(noticeSettingsSchema, { slack: written }).success;
  expect(issues({})).toBe(false);
  expect(issues({ channel: 'https://hooks.slack.com/services/T0/B0/x' })).toBe(false);
  expect(issues({ channel: 'tenure/slack' })).toBe(true);
});
