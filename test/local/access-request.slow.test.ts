// A request for access as people live it: filed by one, decided by another with the link that was mailed, there in the system,
// and gone there when its time ends. It waits for clocks of minutes, which is too long for `npm test`.
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { requestAnswerSchema } from '../../lambdas/api/requests.ts';
import { postBatch } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { convergedAt, eventually, grantsOf, joiner, newIdentityId } from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 900_000;
const HELD_MS = 240_000;
const SENDER = 'tenure@acme.example';
const GRANT = 'crm:marketing-user';

let cloud: LocalCloud;
beforeAll(async () => {
  // A week is what the rule gives for deciding: so the mail goes out at once.
  const notices = { sender: SENDER, urgentHours: 168 };
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: { notices } } }) });
}, START_TIMEOUT_MS);
afterAll(() => cloud?.stop());

/** By account. */
const messagesSchema = z.object({
  messages: z.record(
    z.string(),
    z.array(z.object({ Source: z.string(), To: z.array(z.string()), Subject: z.string(), BodyText: z.string() })),
  ),
});

async function mailsTo(address: string) {
  const answer = await fetch(`${cloud.outputs.aws.endpoint}/_ministack/ses/messages`);
  const { messages } = messagesSchema.parse(await answer.json());
  return Object.values(messages)
    .flat()
    .filter(({ To }) => To.includes(address));
}

/** Whose token it is, as the sign-in says. */
function identityIn(token: string): string {
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return z.object({ 'custom:identity_id': z.string() }).parse(payload)['custom:identity_id'];
}

it('is approved by the link in the mail, appears in the SCIM server, and is gone there when its time ends', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { apiUrl, tokens } = cloud.outputs;
  const [requester, approver] = [identityIn(tokens.employee), newIdentityId()];
  const address = `${approver.toLowerCase()}@acme.example`;
  await postBatch(cloud.hr, [joiner(approver), joiner(requester, { manager: approver, department: 'Finance' })]);
  await Promise.all([convergedAt(cloud, approver), convergedAt(cloud, requester)]);
  expect(await grantsOf(cloud, requester)).not.toContain(GRANT);

  const endsMs = Date.now() + HELD_MS;
  const asked = await fetch(`${apiUrl}/requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.employee}`, 'content-type': 'application/json' },
    body: JSON.stringify({ entitlement: GRANT, reason: 'the fair', endsAt: new Date(endsMs).toISOString() }),
  });
  expect(asked.status).toBe(202);
  const { requestId, canDecide } = requestAnswerSchema.parse(await asked.json());
  expect(canDecide).toEqual([approver]);

  const mail = await eventually('a mail to the approver', async () => (await mailsTo(address))[0]);
  expect(mail).toMatchObject({ Source: SENDER, Subject: 'A request for access waits for your decision' });
  const [, token = ''] = /\/decisions\/(\S+)/.exec(mail.BodyText) ?? [];
  const link = `${apiUrl}/decisions/${token}`;
  const click = () => fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'approve', reason: '' }) });

  // As a link scanner opens it: it shows what is asked, and decides nothing.
  for (let times = 0; times < 2; times += 1) {
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('Campaigns and contact lists');
  }
  expect((await fetch(`${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`)).status).toBe(404);
  expect(await grantsOf(cloud, requester)).not.toContain(GRANT);

  const decided = await click();
  expect(await decided.text()).toContain('Your approval is recorded');
  expect(decided.status).toBe(200);
  await eventually('the access', async () => ((await grantsOf(cloud, requester)).includes(GRANT) ? true : undefined));
  expect(Date.now()).toBeLessThan(endsMs);
  const again = await click();
  expect(again.status).toBe(409);
  expect(await again.text()).toContain('Code: link-used.');

  await eventually(
    'the end',
    async () => ((await grantsOf(cloud, requester)).includes(GRANT) ? undefined : true),
    HELD_MS * 2,
  );
  expect(Date.now()).toBeGreaterThanOrEqual(endsMs);
  const audit = await cloud.api.listAudit(requester);
  const said = audit.filter(({ event }) => JSON.stringify(event).includes(requestId));
  expect(said.length).toBeGreaterThanOrEqual(3);
});
