// Deciding by a mailed link, over stores in memory: opening it decides nothing, a click does once, and whatever else is tried
// is refused with a page, on record, and changes nothing.
import { beforeEach, describe, expect, it } from 'vitest';
import { decideByLink } from '../../../lambdas/handlers/requests/decide-by-link.ts';
import { showDecision } from '../../../lambdas/handlers/requests/show-decision.ts';
import { request } from '../../support/api-requests.ts';
import { type AskingCompany, askingCompany, DAY_MS } from '../../support/asking.ts';
import { leaverEvent, moverEvent, suspensionEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';

let company: AskingCompany;
let requestId: string;
let token: string;

beforeEach(async () => {
  company = await askingCompany();
  const ends = { endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString() };
  const asked = await company.ask('E1001', { entitlement: 'crm:admin', reason: '<b>the</b> "quarter" ends', ...ends });
  requestId = asked.requestId;
  await company.tell();
  company.nowMs += 1_000;
  token = company.tokens('e0007@example.com')[0] ?? '';
});

const open = (sent = token) => showDecision(company)(request({ pathParameters: { token: sent } }));
const click = (form: string | Buffer = 'decision=approve&reason=', sent = token) =>
  decideByLink(company)(request({ pathParameters: { token: sent }, body: Buffer.from(form) }));
const factsOf = async (id = 'E1001') => (await company.directory.load(id))?.facts.length;
const eventsOf = async (partition: string) =>
  (await company.audit.list(partition, { limit: 100 })).items.map(({ actor, event }) => ({ actor, event }));

/** Refused by both routes with this status and code, on record, and nothing is changed by it. */
async function expectRefused(status: number, code: string, sent = token, by = 'E0007') {
  const before = await factsOf();
  const mailed = company.mails.length;
  for (const [operation, answered] of [
    ['show-decision', await open(sent)],
    ['decide-by-link', await click(undefined, sent)],
  ] as const) {
    expect(answered).toMatchObject({ status, contentType: 'text/html; charset=utf-8' });
    expect(answered.body).toContain('Nothing was decided');
    expect(answered.body).toContain(`Code: ${code}.`);
    const known = by === 'nobody' ? {} : { request: requestId };
    expect(await eventsOf(by === 'nobody' ? 'DEPLOYMENT#tenure' : `OPERATOR#${by}`)).toContainEqual({
      actor: by === 'nobody' ? { type: 'unknown', id: '' } : { type: 'operator', id: by },
      event: expect.objectContaining({ type: 'operation-refused', operation, ...known }),
    });
  }
  expect(await factsOf()).toBe(before);
  expect(company.mails).toHaveLength(mailed);
}

describe('the page', () => {
  it('says what is asked, runs nothing, and takes what was typed for text', async () => {
    const { status, body, headers, contentType } = await open();
    expect({ status, contentType }).toEqual({ status: 200, contentType: 'text/html; charset=utf-8' });
    expect(headers?.['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(body).toContain('Ada Lovelace (E1001)');
    expect(body).toContain('The admin in Customer records (crm:admin)');
    expect(body).toContain('&lt;b&gt;the&lt;/b&gt; &quot;quarter&quot; ends');
    // The clock of whoever decides: 09:00 UTC, ten days on.
    expect(body).toMatch(/3 December 2026.{1,5}10:00 \(Europe\/Berlin\)/);
    expect(body).not.toMatch(/<script|<b>|https?:|javascript/i);
    expect(body).not.toContain(token);
  });

  it('decides nothing, however often it is opened, and that it was shown is on record', async () => {
    const before = await factsOf();
    for (let times = 0; times < 3; times += 1) expect(await open()).toMatchObject({ status: 200 });
    expect(await factsOf()).toBe(before);
    expect(await eventsOf('READS#E1001')).toContainEqual({
      actor: { type: 'operator', id: 'E0007' },
      event: { type: 'personal-data-read', operation: 'show-decision' },
    });
  });
});

describe('a click', () => {
  it('is the decision of the person to whom the link was mailed, with what they said', async () => {
    const answered = await click('decision=approve&reason=Needed+for+the+audit%21');
    expect(answered).toMatchObject({
      status: 200,
      log: { requestId, identityId: 'E1001', answer: 'approve', operator: 'E0007' },
    });
    expect(answered.body).toContain('Your approval is recorded');
    expect(answered.body).toContain('It waits for whoever has the role security');
    const facts = (await company.directory.load('E1001'))?.facts ?? [];
    expect(facts.at(-1)).toMatchObject({
      type: 'request-decided',
      answer: 'approve',
      answeredBy: 'E0007',
      stage: 0,
      reason: 'Needed for the audit!',
    });
  });

  it('gives the access when it is the last that was needed, and not before', async () => {
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.passHours(22);
    const [, userToken = ''] = company.tokens('e0007@example.com');
    expect(await click('decision=approve', userToken)).toMatchObject({ status: 200 });
    const facts = (await company.directory.load('E1001'))?.facts ?? [];
    expect(facts.at(-1)).toMatchObject({ type: 'access-granted', entitlement: 'crm:user', approvedBy: ['E0007'] });
  });

  it('may reject as well', async () => {
    expect((await click('decision=reject')).body).toContain('Your rejection is recorded');
    await expectRefused(409, 'link-used');
  });

  it('counts once, sent twice or at the same time', async () => {
    const before = (await factsOf()) ?? 0;
    const answers = await Promise.all([click(), click(), click('decision=reject')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await factsOf()).toBe(before + 1);
    await expectRefused(409, 'link-used');
  });

  it.each([
    ['nothing', ''],
    ['another answer', 'decision=maybe'],
    ['two answers', 'decision=approve&decision=reject'],
    ['a field too many', 'decision=approve&by=E0001'],
    ['JSON', '{"decision":"approve"}'],
    ['a reason that is too long', `decision=approve&reason=${'x'.repeat(501)}`],
  ])('that says %s is refused', async (_, form) => {
    const before = await factsOf();
    const answered = await click(form);
    expect(answered).toMatchObject({ status: 422, log: { problem: 'form-invalid' } });
    expect(await factsOf()).toBe(before);
  });

  it('has a bound on its size, and a reason of just 500 characters of any kind is within it', async () => {
    expect(await click(`decision=approve&reason=${'x'.repeat(8_192)}`)).toMatchObject({ status: 413 });
    const longest = new URLSearchParams({ decision: 'approve', reason: '€'.repeat(500) }).toString();
    expect(await click(longest)).toMatchObject({ status: 200 });
  });
});

describe('nothing is decided by a link that', () => {
  it.each([
    ['is no link', () => 'x'],
    ['is empty', () => ''],
    ['is far too long', () => 'x'.repeat(100_000)],
    ['nobody was mailed', () => `id-4711.${token.split('.')[1]}`],
    ['has another secret', () => `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`],
    ['has lost its end', () => token.slice(0, -1)],
    ['has the secret of another', () => `${token.split('.')[0]}.${'s'.repeat(43)}`],
  ])('%s', async (_, altered) => {
    await expectRefused(404, 'link-unknown', altered(), 'nobody');
    expect(await open()).toMatchObject({ status: 200 });
  });

  it('has expired', async () => {
    company.nowMs += 3 * DAY_MS;
    await expectRefused(409, 'request-over');
  });

  it('is of a request that was taken back', async () => {
    await company.withdraw('E1001', requestId);
    await expectRefused(409, 'request-over');
  });

  it('is of one who has left', async () => {
    await company.hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007' }));
    await expectRefused(403, 'not-an-approver');
  });

  it('is of one on leave', async () => {
    await company.hr(suspensionEvent({ id: 's', subject: 'E0007' }));
    await expectRefused(403, 'not-an-approver');
  });

  it('is of one who is not the manager any more', async () => {
    await company.hr(moverEvent({ manager: 'E0002' }, { id: 'm', subject: 'E1001' }));
    await expectRefused(403, 'not-an-approver');
  });

  it('is of one who turns out to be the one who asked', async () => {
    const merged = await mergeByTwo(company, { identityId: 'E1001', duplicate: 'E0007' });
    expect(merged).toMatchObject({ status: 200 });
    await expectRefused(403, 'own-request');
  });

  it('is for a step that is over', async () => {
    await company.decide('E0007', requestId);
    await expectRefused(409, 'stage-over');
  });

  it('is of a request whose rules have changed', async () => {
    company.accessModel = {
      ...company.accessModel,
      requests: (company.accessModel.requests ?? []).map((rule) => ({ ...rule, longestDays: 11 })),
    };
    await expectRefused(409, 'rules-changed');
  });

  it('is for what can no longer be given', async () => {
    await company.hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1001' }));
    const before = await factsOf();
    expect(await click()).toMatchObject({ status: 403, log: { problem: 'not-an-approver' } });
    expect(await factsOf()).toBe(before);
  });

  it('was of somebody else: each has their own', async () => {
    await company.ask('E1001', { entitlement: 'crm:both' });
    await company.passHours(22);
    const [both = ''] = company.tokens('e0005@example.com');
    const mine = company.tokens('e0007@example.com').at(-1) ?? '';
    expect(await click('decision=approve', both)).toMatchObject({ status: 200 });
    expect(await click('decision=approve', both)).toMatchObject({ status: 409 });
    expect(await click('decision=approve', mine)).toMatchObject({ status: 200 });
    expect((await company.directory.load('E1001'))?.facts.at(-1)).toMatchObject({
      type: 'access-granted',
      approvedBy: ['E0005', 'E0007'],
    });
  });
});

it('nothing of the secret is kept where links are', async () => {
  const [linkId = '', secret = ''] = token.split('.');
  const link = await company.notices.findLink(linkId);
  expect(link).toMatchObject({ approver: 'E0007', requestId, stage: 0, expiresMs: company.nowMs - 1_000 + 3 * DAY_MS });
  expect(JSON.stringify(link)).not.toContain(secret);
});
