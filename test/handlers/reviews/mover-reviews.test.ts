// The review that a move opens, over stores in memory: who is asked, by what they say and by nobody's saying anything.
import { beforeEach, describe, expect, it } from 'vitest';
import { delegationAnswerSchema } from '../../../lambdas/api/delegations.ts';
import { reviewAnswerSchema, reviewListSchema } from '../../../lambdas/api/reviews.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { openMoverReview } from '../../../lambdas/handlers/identity/open-mover-review.ts';
import { delegateDecisions } from '../../../lambdas/handlers/requests/delegate-decisions.ts';
import { decideReview } from '../../../lambdas/handlers/reviews/decide-review.ts';
import { getReview } from '../../../lambdas/handlers/reviews/get-review.ts';
import { listReviews } from '../../../lambdas/handlers/reviews/list-reviews.ts';
import { loadIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
import { ASKING_MODEL, type AskingCompany, askingCompany, DAY_MS } from '../../support/asking.ts';
import { joinerEvent, leaverEvent, moverEvent, rescindEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';

/** An engineer has `both`, and hands it over; Sales has `seller`, in a system that only people can change. */
const REVIEWING: AccessModel = {
  ...ASKING_MODEL,
  hash: 'reviewing',
  applications: [
    ...ASKING_MODEL.applications.map((one) => ({
      ...one,
      entitlements: one.entitlements.map((each) => (each.id === 'both' ? { ...each, handover: { days: 20 } } : each)),
    })),
    {
      ...{ id: 'desk', name: 'Desk', connector: 'manual', owner: 'E0005', settings: {} },
      entitlements: [{ id: 'seller', name: 'A desk', grant: 'desk', privileged: false }],
    },
  ],
  profiles: [
    { id: 'engineers', name: 'Engineers', when: { department: ['Engineering'] }, entitlements: ['crm:both'] },
    { id: 'sellers', name: 'Sellers', when: { department: ['Sales'] }, entitlements: ['desk:seller'] },
  ],
  reviews: { movers: { answerDays: 10, asksFor: ['handover', 'request'] } },
};

let company: AskingCompany;
beforeEach(async () => {
  company = Object.assign(await askingCompany(), { accessModel: REVIEWING });
});

async function open(): Promise<void> {
  await openMoverReview(company, await loadIdentity(company, 'E1001'));
}

/** E1001 has asked for `user`, and goes from E0007 to E0002. */
async function moves(attributes: object = { department: 'Sales', manager: 'E0002' }): Promise<void> {
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
  await company.decide('E0007', requestId);
  company.nowMs += DAY_MS;
  const today = new Date(company.nowMs).toISOString();
  await company.hr(moverEvent({ ...attributes }, { id: 'moved', time: today }, today));
  await open();
}

const list = (as: string, role: Role = 'manager', query: Record<string, string> = {}) =>
  company.send(listReviews(company), as, { role, query });
async function reviews(as = 'E0900', role: Role = 'auditor', query: Record<string, string> = {}) {
  const { status, body } = await list(as, role, query);
  expect(status, JSON.stringify(body)).toBe(200);
  return reviewListSchema.parse(body).items;
}
async function reviewId(): Promise<string> {
  const [found] = await reviews('E0900', 'auditor', { identity: 'E1001' });
  return found?.reviewId ?? '';
}
const say = async (as: string, entitlement: string, decision: string, role: Role = 'manager') =>
  company.send(decideReview(company), as, {
    id: await reviewId(),
    role,
    body: { entitlement, decision, reason: 'looked at' },
  });
async function itemOf(entitlement: string) {
  const { body } = await company.send(getReview(company), 'E0900', { id: await reviewId(), role: 'auditor' });
  return reviewAnswerSchema.parse(body).items.find((one) => one.entitlement === entitlement);
}
async function held(): Promise<string> {
  const { timeline } = await loadIdentity(company, 'E1001');
  return desiredAccess(timeline, company.model(), company.nowMs, 'E1001')
    .accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
    )
    .join(' ');
}

describe('the review of a move', () => {
  it('shows the new manager what was kept, gained and lost, and asks about what the job does not give', async () => {
    await moves();
    const [review] = await reviews('E0002', 'manager');
    expect(review).toMatchObject({ identityId: 'E1001', status: 'open', moved: { fact: 'acme-hr:moved' } });
    expect(review?.items).toMatchObject([
      {
        ...{ entitlement: 'crm:both', change: 'kept', status: 'open', canAnswer: ['E0002', 'E0007'] },
        reasons: [
          expect.stringMatching(/^handover: of profile engineers, by the move acme-hr:moved, since .*, until /),
        ],
      },
      {
        ...{ entitlement: 'crm:user', change: 'kept', status: 'open', canAnswer: ['E0002'] },
        reasons: [expect.stringMatching(/^request: request .* of E1001, approved by E0007/)],
      },
      { entitlement: 'desk:seller', change: 'gained', status: 'not-asked', byHand: true },
    ]);
    expect(await reviews('E0007', 'manager')).toEqual([]);
  });

  it('shows what was lost with what had given it', async () => {
    company.accessModel = {
      ...REVIEWING,
      applications: REVIEWING.applications.map((one) => ({
        ...one,
        entitlements: one.entitlements.map(({ handover: _, ...each }) => each),
      })),
    };
    await moves();
    expect(await itemOf('crm:both')).toMatchObject({
      ...{ change: 'lost', status: 'not-asked' },
      reasons: [expect.stringContaining('birthright: profile engineers')],
    });
  });

  it('is opened once, and by no move that changes nothing', async () => {
    await moves();
    await open();
    expect(await reviews('E0900', 'auditor', { identity: 'E1001' })).toHaveLength(1);
    const today = new Date(company.nowMs).toISOString();
    await company.hr(moverEvent({ title: 'Lead' }, { id: 'promoted', time: today }, today));
    company.nowMs += 1_000;
    await open();
    expect(await reviews('E0900', 'auditor', { identity: 'E1001' })).toHaveLength(1);
  });

  it('is not opened without the rule, nor of a move of days ago', async () => {
    const none = { ...REVIEWING, reviews: undefined };
    company.accessModel = none;
    await moves();
    expect(await reviews('E0900', 'auditor', { identity: 'E1001' })).toEqual([]);
    company.accessModel = REVIEWING;
    company.nowMs += 2 * DAY_MS + 1;
    await open();
    expect(await reviews('E0900', 'auditor', { identity: 'E1001' })).toEqual([]);
    company.nowMs -= 1;
    await open();
    expect(await reviews('E0900', 'auditor', { identity: 'E1001' })).toHaveLength(1);
  });

  it('keeps what is kept until its own end', async () => {
    await moves();
    expect(await say('E0002', 'crm:user', 'keep')).toMatchObject({ status: 200 });
    expect(await say('E0007', 'crm:both', 'keep')).toMatchObject({ status: 200, body: { status: 'closed' } });
    company.nowMs += 15 * DAY_MS;
    expect(await held()).toBe('crm:both crm:user desk:seller');
    company.nowMs += 5 * DAY_MS;
    expect(await held()).toBe('crm:user desk:seller');
    expect(await itemOf('crm:user')).toMatchObject({ status: 'kept', by: 'E0002', reason: 'looked at' });
  });

  it('takes at once what is removed, and for good', async () => {
    await moves();
    expect(await say('E0002', 'crm:both', 'keep')).toMatchObject({ status: 200 });
    expect(await say('E0002', 'crm:both', 'remove')).toMatchObject({ status: 200 });
    expect(await held()).toBe('crm:user desk:seller');
    expect(await say('E0002', 'crm:both', 'remove')).toMatchObject({ status: 200 });
    expect(await say('E0002', 'crm:both', 'keep')).toMatchObject({ status: 409 });
    const facts = (await company.directory.load('E1001'))?.facts ?? [];
    expect(facts.filter(({ type }) => type === 'access-review-decided')).toHaveLength(2);
  });

  it('takes what nobody answers in time, whether or not anything runs, and hears nobody after that', async () => {
    await moves();
    company.nowMs += 10 * DAY_MS - 1;
    expect(await held()).toBe('crm:both crm:user desk:seller');
    company.nowMs += 1;
    expect(await held()).toBe('desk:seller');
    expect(await say('E0002', 'crm:user', 'keep')).toMatchObject({ status: 409 });
    expect(await itemOf('crm:user')).toMatchObject({ status: 'not-answered' });
  });

  it('is answered by whoever answers for them now, and by nobody for themselves', async () => {
    await moves();
    expect(await say('E1001', 'crm:user', 'keep')).toMatchObject({ status: 403 });
    // The one before answers for what is handed over, and for nothing else.
    expect(await say('E0007', 'crm:user', 'keep')).toMatchObject({ status: 403 });
    expect(await say('E0005', 'crm:both', 'keep', 'it')).toMatchObject({ status: 403 });
    expect(await say('E0005', 'crm:user', 'keep', 'security')).toMatchObject({ status: 403 });
    expect(await say('E0002', 'crm:nothing', 'keep')).toMatchObject({ status: 404 });
    const { body } = await company.send(delegateDecisions(company), 'E0002', {
      body: { to: 'E0005', endsAt: new Date(company.nowMs + DAY_MS).toISOString() },
    });
    delegationAnswerSchema.parse(body);
    expect(await say('E0002', 'crm:user', 'keep')).toMatchObject({ status: 403 });
    expect(await say('E0005', 'crm:user', 'keep')).toMatchObject({ status: 200 });
    company.nowMs += 2 * DAY_MS;
    const today = new Date(company.nowMs).toISOString();
    await company.hr(
      leaverEvent({ effectiveAt: today, immediate: true }, { id: 'left', subject: 'E0002', time: today }),
    );
    expect((await itemOf('crm:both'))?.canAnswer).toEqual(['E0001', 'E0007']);
  });

  it('falls to security where nobody is above', async () => {
    await moves({ department: 'Sales', manager: null });
    expect(await itemOf('crm:user')).toMatchObject({ canAnswer: [], securityCanAnswer: true });
    expect(await say('E0005', 'crm:user', 'remove', 'security')).toMatchObject({ status: 200 });
  });

  it('is none any more of a move that is taken back, and takes nothing', async () => {
    await moves();
    const id = await reviewId();
    const today = new Date(company.nowMs + 1_000).toISOString();
    await company.hr(rescindEvent('moved', { id: 'undone', time: today }));
    company.nowMs += 30 * DAY_MS;
    expect(await held()).toBe('crm:both crm:user');
    expect(await company.send(getReview(company), 'E0900', { id, role: 'auditor' })).toMatchObject({ status: 404 });
  });

  it('stays answered for whom it was asked about, though they were taken for somebody else meanwhile', async () => {
    await moves();
    const id = await reviewId();
    const other = { manager: 'E0002', email: 'e1002@example.com' };
    await company.hr(joinerEvent(other, { id: 'E1002', subject: 'E1002' }));
    const merging = { identityId: 'E1002', duplicate: 'E1001' };
    expect(await mergeByTwo(company, merging)).toMatchObject({ status: 200 });
    const body = { entitlement: 'crm:user', decision: 'keep', reason: 'looked at' };
    expect(await company.send(decideReview(company), 'E0002', { id, body })).toMatchObject({ status: 200 });
    expect(await mergeByTwo(company, { ...merging, change: 'undo-merge' })).toMatchObject({ status: 200 });
    company.nowMs += 11 * DAY_MS;
    expect(await itemOf('crm:user')).toMatchObject({ status: 'kept' });
    expect(await held()).toBe('crm:user desk:seller');
  });

  it('does not ask again what is asked, nor what is decided later', async () => {
    await moves();
    company.nowMs += DAY_MS;
    const today = new Date(company.nowMs).toISOString();
    await company.hr(moverEvent({ department: 'Legal' }, { id: 'again', time: today }, today));
    company.nowMs += 1_000;
    await open();
    const [latest] = await reviews('E0900', 'auditor', { identity: 'E1001' });
    expect(latest?.moved.fact).toBe('acme-hr:again');
    expect(latest?.items.map(({ entitlement, status }) => `${entitlement} ${status}`)).toEqual([
      'crm:both not-asked',
      'crm:user not-asked',
      'desk:seller not-asked',
    ]);
  });
});
