// Mails that come back: whoever stands in for their recipient is asked, and can decide, as if that one were not there.
import { beforeEach, describe, expect, it } from 'vitest';
import { requestAnswerSchema } from '../../../lambdas/api/requests.ts';
import { tagOf } from '../../../lambdas/core/identity/undelivered-mail.ts';
import { decideRequest } from '../../../lambdas/handlers/requests/decide-request.ts';
import { delegateDecisions } from '../../../lambdas/handlers/requests/delegate-decisions.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { noteUndelivered, undeliveredSchema } from '../../../lambdas/handlers/requests/note-undelivered.ts';
import { type AskingCompany, askingCompany, DAY_MS } from '../../support/asking.ts';
import { moverEvent } from '../../support/hr-events.ts';

const SET = 'tenure-mails';
const [MANAGER, OWNER] = ['e0007@example.com', 'e0005@example.com'];

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
});

/** As Amazon documents them: "Examples of event data", in an event of EventBridge. */
function sesEvent(what: Record<string, unknown>, person = 'E0007', set = SET) {
  return {
    version: '0',
    id: '01234567-0123-0123-0123-012345678901',
    'detail-type': 'bounce' in what ? 'Email Bounced' : 'Email Complaint Received',
    source: 'aws.ses',
    account: '123456789012',
    time: '2026-11-23T09:00:00Z',
    region: 'us-east-1',
    resources: [`arn:aws:ses:us-east-1:123456789012:configuration-set/${set}`],
    detail: {
      eventType: 'bounce' in what ? 'Bounce' : 'Complaint',
      ...what,
      mail: {
        timestamp: '2026-11-23T09:00:00.000Z',
        source: 'tenure@example.com',
        sendingAccountId: '123456789012',
        messageId: '0100017f-0000',
        destination: [MANAGER],
        headersTruncated: false,
        headers: [{ name: 'To', value: MANAGER }],
        commonHeaders: { to: [MANAGER] },
        tags: {
          'ses:configuration-set': [set],
          'ses:from-domain': ['example.com'],
          'tenure-person': [tagOf(person)],
        },
      },
    },
  };
}

const bounced = (emailAddress = MANAGER, bounceType = 'Permanent') => ({
  bounce: {
    bounceType,
    bounceSubType: 'General',
    bouncedRecipients: [{ emailAddress, action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1' }],
    timestamp: '2026-11-23T09:00:01.000Z',
    feedbackId: '0100017f-1111',
  },
});
const complained = {
  complaint: { complainedRecipients: [{ emailAddress: MANAGER }], complaintFeedbackType: 'abuse', feedbackId: '1' },
};

const noted = (event: unknown) =>
  noteUndelivered({ ...company, configurationSet: SET })(undeliveredSchema.parse(event));
const canDecide = async (id: string) => {
  const { body } = await company.send(getRequest(company), 'E0900', { id, role: 'auditor' });
  return requestAnswerSchema.parse(body).canDecide;
};
const decide = (as: string, id: string) =>
  company.send(decideRequest(company), as, { id, body: { decision: 'approve' } });
const askForAdmin = () => {
  const endsAt = new Date(company.nowMs + 10 * DAY_MS).toISOString();
  return company.ask('E1001', { entitlement: 'crm:admin', endsAt });
};

describe('a mail to the manager that comes back', () => {
  it.each([
    ['bounced for good', bounced()],
    ['with the address in other letters', bounced('E0007@Example.com')],
    ['complained of', complained],
  ])('%s: the one above is asked at once, has a link, and can decide', async (_, what) => {
    const { requestId } = await askForAdmin();
    await company.tell();
    expect(company.mails.map(({ to, person }) => [to, person])).toEqual([[MANAGER, 'E0007']]);
    expect(await noted(sesEvent(what))).toEqual({ outcome: 'noted' });
    expect(await canDecide(requestId)).toEqual(['E0007', 'E0001']);
    await company.tell();
    expect(company.mails.slice(1).map(({ to }) => to)).toEqual(['e0001@example.com']);
    expect(company.tokens('e0001@example.com')).toHaveLength(1);
    expect(await decide('E0001', requestId)).toMatchObject({ status: 200 });
  });

  it('may decide still, and is mailed nothing for a month, then again', async () => {
    const { requestId } = await askForAdmin();
    await company.tell();
    await noted(sesEvent(bounced()));
    expect(await decide('E0007', requestId)).toMatchObject({ status: 200 });
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.passHours(48);
    expect(company.mails.filter(({ to }) => to === MANAGER)).toHaveLength(1);
    company.nowMs += 29 * DAY_MS;
    await company.ask('E1001', { entitlement: 'crm:user' });
    await company.passHours(24);
    expect(company.mails.filter(({ to }) => to === MANAGER)).toHaveLength(2);
  });

  it('counts no more once HR tells of another address', async () => {
    const { requestId } = await askForAdmin();
    await company.tell();
    await noted(sesEvent(bounced()));
    await company.hr(moverEvent({ email: 'seven@example.com' }, { id: 'm', subject: 'E0007' }));
    expect(await canDecide(requestId)).toEqual(['E0007']);
    // What came back late is of the address before.
    expect(await noted(sesEvent(bounced()))).toEqual({ outcome: 'other-address' });
    expect(await canDecide(requestId)).toEqual(['E0007']);
  });

  it('goes further up, and to the fallback where nobody above is there', async () => {
    const { requestId } = await askForAdmin();
    await noted(sesEvent(bounced()));
    await noted(sesEvent(bounced('e0001@example.com'), 'E0001'));
    expect(await canDecide(requestId)).toEqual(['E0007', 'E0001', 'E0005']);
    await company.tell();
    expect(company.mails.map(({ to }) => to)).toEqual([OWNER]);
  });

  it('lets nobody decide on what they asked for', async () => {
    const { requestId } = await company.ask('E0001', { entitlement: 'crm:user', for: 'E1001' });
    await noted(sesEvent(bounced()));
    expect(await canDecide(requestId)).toEqual(['E0007', 'E0005']);
    expect(await decide('E0001', requestId)).toMatchObject({ status: 403 });
    expect(await decide('E1001', requestId)).toMatchObject({ status: 403 });
  });

  it('to a delegate goes to who delegated', async () => {
    const delegated = { to: 'E0002', endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString() };
    expect(await company.send(delegateDecisions(company), 'E0007', { body: delegated })).toMatchObject({ status: 202 });
    const { requestId } = await askForAdmin();
    expect(await canDecide(requestId)).toEqual(['E0002']);
    await noted(sesEvent(bounced('e0002@example.com'), 'E0002'));
    expect(await canDecide(requestId)).toEqual(['E0002', 'E0007']);
  });
});

describe('nothing is noted of', () => {
  it.each([
    ['a mailbox that is full', sesEvent(bounced(MANAGER, 'Transient')), 'temporary'],
    ['somebody else’s mail', sesEvent(bounced(), 'E0007', 'marketing'), 'not-ours'],
    ['another address', sesEvent(bounced('eve@example.com')), 'other-address'],
    ['nobody known', sesEvent(bounced(), 'E4711'), 'other-address'],
    ['what is no person', sesEvent(bounced(), 'svc-1'), 'other-address'],
  ])('%s', async (_, event, outcome) => {
    const { requestId } = await askForAdmin();
    expect(await noted(event)).toEqual({ outcome });
    expect(await canDecide(requestId)).toEqual(['E0007']);
  });

  it('an event without our tag', async () => {
    const { detail } = sesEvent(bounced());
    const tags = { 'ses:configuration-set': [SET] };
    expect(await noted({ detail: { ...detail, mail: { tags } } })).toEqual({ outcome: 'not-ours' });
  });

  it('an event that is malformed, or names more than SES sends to, and what is wrong with it quotes no address', () => {
    const many = Array.from({ length: 51 }, () => ({ emailAddress: MANAGER }));
    const wrong = [
      {},
      { detail: {} },
      sesEvent({ bounce: { bounceType: 'Permanent', bouncedRecipients: many } }),
      sesEvent({ bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 7, of: MANAGER }] } }),
    ];
    for (const event of wrong) {
      const { success, error } = undeliveredSchema.safeParse(event);
      expect(success).toBe(false);
      expect(JSON.stringify(error?.issues)).not.toContain(MANAGER);
    }
    expect(
      undeliveredSchema.safeParse(sesEvent({ bounce: { ...bounced().bounce, bouncedRecipients: many.slice(1) } }))
        .success,
    ).toBe(true);
  });
});
