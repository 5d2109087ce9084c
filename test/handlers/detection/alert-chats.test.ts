// Alerts in Slack and Teams, before a server that answers as their incoming webhooks are documented to, and as they are not.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../lambdas/core/detection/alert.ts';
import { withFinding } from '../../../lambdas/core/detection/alert.ts';
import { alertNotice } from '../../../lambdas/core/detection/alert-text.ts';
import type { DetectionPolicy } from '../../../lambdas/core/detection/detection-settings.ts';
import { detectionSettingsSchema } from '../../../lambdas/core/detection/detection-settings.ts';
import { chatMessage } from '../../../lambdas/core/requests/notice-formats.ts';
import { postAlert } from '../../../lambdas/handlers/detection/post-alert.ts';
import { postToWebhook } from '../../../lambdas/outbound/post-to-webhook.ts';
import { alertOf } from '../../stores/activity/contract.ts';
import { memoryActivity } from '../../support/memory-activity.ts';
import { type StubAnswer, type StubServer, startStubServer } from '../../support/stub-server.ts';

const HOST = 'https://hooks.example';
const { alertId } = alertOf();

let server: StubServer;
let answer: StubAnswer;
let activity = memoryActivity();
let secret = `${HOST}/alerts`;
beforeEach(async () => {
  answer = { status: 200, body: 'ok' };
  server = await startStubServer(() => answer);
  activity = memoryActivity();
  secret = `${HOST}/alerts`;
});
afterEach(() => server.stop());

const SAID = { slack: { channel: 'a-channel' }, teams: { channel: 'a-channel', atLeast: 'critical' } };
function posting(said: object = SAID) {
  return postAlert({
    activity,
    policy: detectionSettingsSchema.parse(said) as DetectionPolicy,
    readSecret: async () => secret,
    post: (chat, url, message) => postToWebhook(chat, url.replace(HOST, server.url), message),
  });
}
const kept = async (changes: Partial<Alert> = {}) => void (await activity.saveAlert(alertOf(changes), []));
const post = (chat: 'slack' | 'teams' = 'slack') => posting()({ chat, alertId });
const bodies = () => server.requests.map(({ body }) => JSON.stringify(body));

describe('an alert', () => {
  it('is posted once, by ids, with where to look and its runbook', async () => {
    await kept();
    expect(await post()).toEqual({ outcome: 'sent' });
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain('Identity: E1');
    expect(bodies()[0]).toContain('docs/runbook/alert-raised.md');
    expect(bodies()[0]).toContain(`GET /alerts/${alertId}`);
    expect(bodies()[0]).not.toContain('Do not pass it on');
    expect(await post()).toEqual({ outcome: 'none' });
    expect(bodies()).toHaveLength(1);
  });

  it('is posted in each chat by itself, and once more when it was raised once more', async () => {
    await kept();
    await post();
    expect(await post('teams')).toEqual({ outcome: 'sent' });
    const before = activity.alerts.get(alertId) as Alert;
    await activity.saveAlert({ ...before, raised: 2, revision: before.revision + 1 }, []);
    expect(await post()).toEqual({ outcome: 'sent' });
    expect(bodies()).toHaveLength(3);
  });

  it.each([
    ['of less severity', { severity: 'low' }],
    ['that is only recorded', { response: 'record' }],
    ['that nobody wants to hear of', { status: 'muted' }],
    ['that was closed meanwhile', { status: 'closed' }],
  ] as const)('%s is not posted', async (_, changes) => {
    await kept(changes);
    expect(await post()).toEqual({ outcome: 'none' });
    expect(bodies()).toEqual([]);
  });

  it.each([
    ['critical', 'sent'],
    ['high', 'none'],
  ] as const)('of severity %s is held against the threshold of its chat', async (severity, outcome) => {
    await kept({ severity });
    expect(await post('teams')).toEqual({ outcome });
  });

  it('that is there no more is not posted', async () => {
    expect(await post()).toEqual({ outcome: 'none' });
  });
});

describe('a chat', () => {
  beforeEach(() => kept());

  it('that surely took nothing is tried again, and then has it once', async () => {
    answer = { status: 429 };
    await expect(post()).rejects.toThrow('slack did not take an alert');
    answer = { status: 200, body: 'ok' };
    expect(await post()).toEqual({ outcome: 'sent' });
    expect(await post()).toEqual({ outcome: 'none' });
  });

  it('of which nobody knows whether it took it is not tried again', async () => {
    answer = { status: 200, body: 'perhaps' };
    expect(await post()).toEqual({ outcome: 'unknown' });
    expect(await post()).toEqual({ outcome: 'none' });
  });

  it.each([
    ['no URL', 'not a url'],
    ['no https', 'http://hooks.example/alerts'],
    ['two', `${HOST}/a ${HOST}/b`],
  ])('whose secret holds %s is a fault that quotes nothing of it, and nothing is taken', async (_, held) => {
    secret = held;
    await expect(post()).rejects.toThrow(/^expected an https:\/\/ URL/);
    secret = `${HOST}/alerts`;
    expect(await post()).toEqual({ outcome: 'sent' });
  });

  it('that is not set up is a fault', async () => {
    await expect(posting({})({ chat: 'slack', alertId })).rejects.toThrow('slack is not set up');
  });
});

it('what was posted is not forgotten as more is found', () => {
  const posted = { ...alertOf(), posted: { slack: 1 } };
  const record = { source: 'crm-log', recordId: 'r2', timeMs: 1, operation: 'logon' };
  const finding = { ...posted, key: 'k', record, identityId: 'E1', severity: 'critical' as const };
  const closed = { ...posted, status: 'closed' as const };
  const again = withFinding(closed, 'E1', finding, { response: 'alert', mute: undefined, nowMs: 1 });
  expect(again).toMatchObject({ raised: 2, posted: { slack: 1 } });
});

it('the longest there can be is no more than either chat takes, whatever is in it', () => {
  const evidence = Object.fromEntries(
    Array.from({ length: 16 }, (_, index) => [`evidence${index}`, '&'.repeat(2_000)]),
  );
  const notice = alertNotice(alertOf({ evidence, because: '<'.repeat(5_000), title: '&'.repeat(500) }));
  const slack = chatMessage.slack(notice) as {
    readonly blocks: readonly { readonly text?: { readonly text: string } }[];
  };
  expect(slack.blocks.length).toBeLessThanOrEqual(50);
  for (const { text } of slack.blocks) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
  expect(JSON.stringify(slack)).not.toContain('<<');
  expect(Buffer.byteLength(JSON.stringify(chatMessage.teams(notice)))).toBeLessThanOrEqual(28_000);
});
