// Somebody leaves, and somebody else lets their account in again, in the system itself: it is found by how it is used, told with
// the fact that had ended it, and locked once more. The app is the deployed one, the system a real SCIM server.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { acceptedActivitySchema } from '../../lambdas/api/activity.ts';
import { alertDetailSchema, alertPageSchema } from '../../lambdas/api/alerts.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { postEvent } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { listenToEscalations } from '../support/escalations.ts';
import {
  convergedAt,
  eventually,
  joiner,
  LETS_MANY_LEAVE,
  leaver,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 600_000;
const SALES = { department: 'Sales', title: 'Account Executive' };
const SETTINGS = {
  ...LETS_MANY_LEAVE,
  activitySources: [{ id: 'crm-log', type: 'ocsf', settings: { application: 'crm' } }],
  // Nobody waits a quarter of an hour here.
  detection: { departureGraceMinutes: 0 },
};

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: SETTINGS } }) });
}, START_TIMEOUT_MS);
afterAll(() => cloud?.stop());

describe('a leaver whose account somebody lets in again', { timeout: TEST_TIMEOUT_MS }, () => {
  it('is found when it signs in, told with the fact that had ended it, and locked out once more', async () => {
    const subject = newIdentityId('DA');
    const told = await listenToEscalations(cloud);
    await postEvent(cloud.hr, joiner(subject, SALES));
    await convergedAt(cloud, subject);
    const account = await userOf(subject);
    expect(account.active).toBe(true);
    // Known as whose it is by its user name as well, which a log may have alone.
    expect(await signIn({ name: account.userName })).toMatchObject({ accepted: 1, refused: 0 });
    await eventually('last use', async () => ((await lastUsed(subject)) === undefined ? undefined : true));
    const left = leaver(subject);
    await postEvent(cloud.hr, left);
    await eventually('the lock', async () => ((await userOf(subject)).active ? undefined : true));
    await eventually('the proof', async () => (await cloud.api.findIdentity(subject))?.removal?.provenAt);

    await letIn(account.id);
    expect((await userOf(subject)).active).toBe(true);
    const postedMs = Date.now();
    expect(await signIn({ uid: account.id, name: account.userName })).toMatchObject({ accepted: 1, refused: 0 });

    const found = await eventually('the alert', async () => (await alertsOf(subject))[0]);
    expect(found).toMatchObject({ detection: 'sign-in-after-departure', severity: 'critical', applicationId: 'crm' });
    const alertedMs = Date.now();
    await eventually('the lock anew', async () => ((await userOf(subject)).active ? undefined : true));
    const seconds = (atMs: number) => ((atMs - postedMs) / 1_000).toFixed(1);
    console.log(`from the record to its alert ${seconds(alertedMs)} s, to the lock ${seconds(Date.now())} s`);
    const alert = alertDetailSchema.parse(await get(`/alerts/${encodeURIComponent(found.alertId)}`));
    expect(alert.taken.map(({ kind }) => kind)).toEqual(['told', 'locked-down']);
    expect(alert.evidence).toMatchObject({ endedBy: `acme-hr:${left.id}` });
    const message = await eventually('the message', async () => told.messages.find((one) => one.includes(subject)));
    expect(message).toContain(`Identity: ${subject}`);
    expect(message).toContain(`endedBy: acme-hr:${left.id}`);
    expect(message).toMatch(/^Runbook: docs\/runbook\/[a-z-]+\.md$/m);
    expect(message).not.toContain('@acme.example');
    told.stop();
  });
});

async function userOf(identityId: string) {
  const { baseUrl, token } = cloud.outputs.targets['crm'] ?? expect.fail();
  const filter = encodeURIComponent(`externalId eq "${identityId}"`);
  const response = await fetch(`${baseUrl}/Users?filter=${filter}`, { headers: { authorization: `Bearer ${token}` } });
  const user = z.object({ id: z.string(), userName: z.string(), active: z.boolean() });
  const [found] = z.object({ Resources: z.array(user).length(1) }).parse(await response.json()).Resources;
  return found ?? expect.fail();
}

/** As somebody does who has the system's own administration. */
async function letIn(accountId: string): Promise<void> {
  const { baseUrl, token } = cloud.outputs.targets['crm'] ?? expect.fail();
  const patch = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: true }],
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const answer = await fetch(`${baseUrl}/Users/${accountId}`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify(patch),
  });
  expect(answer.ok, await answer.text()).toBe(true);
}

let signIns = 0;

async function signIn(user: object) {
  signIns += 1;
  const record = {
    class_uid: 3002,
    activity_id: 1,
    time: Date.now(),
    status_id: 1,
    metadata: { version: '1.8.0', uid: `sign-in-${signIns}`, product: { name: 'CRM', vendor_name: 'Acme' } },
    user: { type_id: 1, ...user },
    service: { name: 'crm' },
    src_endpoint: { ip: '203.0.113.7' },
    logon_type_id: 2,
  };
  const body = JSON.stringify([record]);
  const id = `msg_${signIns}`;
  const at = new Date();
  const response = await fetch(`${cloud.outputs.apiUrl}/activity/crm-log`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(await secretOf('crm-log')).sign(id, at, body),
    },
    body,
  });
  const text = await response.text();
  expect(response.status, text).toBe(202);
  return acceptedActivitySchema.parse(JSON.parse(text));
}

async function secretOf(source: string): Promise<string> {
  const client = new SecretsManagerClient({
    region: REGION,
    endpoint: cloud.outputs.aws.endpoint,
    credentials: CREDENTIALS,
  });
  const { SecretString = '' } = await client.send(
    new GetSecretValueCommand({ SecretId: cloud.stacks.ActivitySourceSecrets[source] }),
  );
  client.destroy();
  return SecretString;
}

async function alertsOf(identityId: string) {
  const { items } = alertPageSchema.parse(await get('/alerts?limit=100'));
  return items.filter((alert) => alert.identityId === identityId);
}

async function lastUsed(identityId: string): Promise<string | undefined> {
  const identity = await cloud.api.findIdentity(identityId);
  return identity?.accounts.find(({ applicationId }) => applicationId === 'crm')?.lastUsed?.at;
}

async function get(path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${cloud.outputs.tokens.security}` };
  const response = await fetch(`${cloud.outputs.apiUrl}${path}`, { headers });
  expect(response.status).toBe(200);
  return await response.json();
}
