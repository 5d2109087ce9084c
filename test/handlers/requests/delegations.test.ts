// Deciding in somebody's place, over stores in memory: for the time that was said, one step far, and never on one's own.
import { beforeEach, describe, expect, it } from 'vitest';
import { delegationAnswerSchema, delegationListSchema } from '../../../lambdas/api/delegations.ts';
import { requestAnswerSchema } from '../../../lambdas/api/requests.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { decideByLink } from '../../../lambdas/handlers/requests/decide-by-link.ts';
import { decideRequest } from '../../../lambdas/handlers/requests/decide-request.ts';
import { delegateDecisions } from '../../../lambdas/handlers/requests/delegate-decisions.ts';
import { endDelegation } from '../../../lambdas/handlers/requests/end-delegation.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { listDelegations } from '../../../lambdas/handlers/requests/list-delegations.ts';
import { request, requestWithAccessToken } from '../../support/api-requests.ts';
import { type AskingCompany, askingCompany, DAY_MS, HOUR_MS } from '../../support/asking.ts';
import { joinerEvent, leaverEvent, suspensionEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
});

const iso = (days: number) => new Date(company.nowMs + days * DAY_MS).toISOString();
const delegate = (as: string, body: object, role: Role = 'manager') =>
  company.send(delegateDecisions(company), as, { body, role });
async function delegated(as: string, to: string, days = 10) {
  const { status, body } = await delegate(as, { to, endsAt: iso(days) });
  expect(status, JSON.stringify(body)).toBe(202);
  company.nowMs += 1_000;
  return delegationAnswerSchema.parse(body).delegationId;
}
const end = (as: string, id: string) => company.send(endDelegation(company), as, { id });
const canDecide = async (id: string) => {
  const { body } = await company.send(getRequest(company), 'E0900', { id, role: 'auditor' });
  return requestAnswerSchema.parse(body).canDecide;
};
const decide = (as: string, id: string) =>
  company.send(decideRequest(company), as, { id, body: { decision: 'approve' } });
const factsOf = async (id: string) => (await company.directory.load(id))?.facts.length;

describe('a delegate', () => {
  it('decides instead, is told of what waits, and stands in the record as who decided', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await company.tell();
    await delegated('E0007', 'E0002');
    expect(await canDecide(requestId)).toEqual(['E0002']);
    expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
    expect((await company.passHours(24)).map(([, to]) => to)).toEqual(['e0002@example.com']);
    const [token] = company.tokens('e0002@example.com');
    const click = request({ pathParameters: { token }, body: Buffer.from('decision=approve') });
    expect(await decideByLink(company)(click)).toMatchObject({ status: 200 });
    const facts = (await company.directory.load('E1001'))?.facts ?? [];
    expect(facts.find(({ type }) => type === 'access-granted')).toMatchObject({ approvedBy: ['E0002'] });
  });

  it('decides from its start to its end, and not once it was ended', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    expect(await delegate('E0007', { to: 'E0002', startsAt: iso(1), endsAt: iso(3) })).toMatchObject({ status: 202 });
    expect(await canDecide(requestId)).toEqual(['E0007']);
    company.nowMs += DAY_MS;
    expect(await canDecide(requestId)).toEqual(['E0002']);
    company.nowMs += 2 * DAY_MS;
    expect(await canDecide(requestId)).toEqual(['E0007']);
    const id = await delegated('E0007', 'E0002');
    expect(await canDecide(requestId)).toEqual(['E0002']);
    expect(await end('E0007', id)).toMatchObject({ status: 200, body: { items: [] } });
    expect(await canDecide(requestId)).toEqual(['E0007']);
  });

  it('stands in for one who is on leave, and is passed over while they are themselves', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await delegated('E0007', 'E0002');
    await company.hr(suspensionEvent({ id: 's', subject: 'E0007' }));
    expect(await canDecide(requestId)).toEqual(['E0002']);
    await company.hr(suspensionEvent({ id: 't', subject: 'E0002' }));
    expect(await canDecide(requestId)).toEqual(['E0001']);
  });

  it('is nobody’s any more once who delegated has left, hired again or not', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await delegated('E0007', 'E0002');
    await company.hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007', time: '2026-11-23T09:00:05Z' }));
    company.nowMs += HOUR_MS;
    expect(await canDecide(requestId)).toEqual(['E0001']);
    const again = joinerEvent({ manager: 'E0001' }, { id: 'r', subject: 'E0007', time: '2026-11-23T09:30:00Z' });
    await company.hr({ ...again, data: { ...again.data, effectiveAt: '2026-11-23T09:30:00Z' } });
    company.nowMs += HOUR_MS;
    expect(await canDecide(requestId)).toEqual(['E0007']);
  });

  it('delegates no further', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await delegated('E0007', 'E0002');
    await delegated('E0002', 'E0005');
    await delegated('E0005', 'E0007');
    expect(await canDecide(requestId)).toEqual(['E0002']);
    expect(await decide('E0005', requestId)).toMatchObject({ status: 403 });
  });

  it('of the one and the other side of a stage counts once', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:both' });
    await delegated('E0007', 'E0005');
    // Two have to agree, and one person is there: nobody can decide alone.
    expect(await canDecide(requestId)).toEqual([]);
    const facts = await factsOf('E1001');
    expect(await decide('E0005', requestId)).toMatchObject({ status: 403 });
    expect(await factsOf('E1001')).toBe(facts);
  });
});

describe('nobody decides on their own', () => {
  it('though the manager delegates to them', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await delegated('E0007', 'E1001');
    expect(await canDecide(requestId)).toEqual(['E0007']);
    expect(await decide('E1001', requestId)).toMatchObject({ status: 403 });
  });

  it('by somebody to whom they delegated what is theirs to decide', async () => {
    await delegated('E0007', 'E0002');
    const { requestId } = await company.ask('E0007', { entitlement: 'crm:user', for: 'E1001' });
    expect(await canDecide(requestId)).toEqual(['E0001']);
    expect(await decide('E0002', requestId)).toMatchObject({ status: 403 });
  });

  it('under another id of theirs', async () => {
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    await delegated('E0007', 'E0002');
    expect(await mergeByTwo(company, { identityId: 'E1001', duplicate: 'E0002' })).toMatchObject({ status: 200 });
    expect(await canDecide(requestId)).toEqual(['E0007']);
    expect(await decide('E0002', requestId)).toMatchObject({ status: 403 });
  });
});

describe('a delegation', () => {
  it.each([
    ['oneself', { to: 'E0007' }, 409],
    ['nobody known', { to: 'E4711' }, 404],
    ['what is no person', { to: 'svc-1' }, 409],
    ['an end before its start', { to: 'E0002', startsAt: 5, endsAt: 4 }, 409],
    ['an end that has passed', { to: 'E0002', endsAt: -1 }, 409],
    ['more than 90 days', { to: 'E0002', endsAt: 90.001 }, 409],
    ['no end', { to: 'E0002', endsAt: undefined }, 422],
  ])('to %s is refused and changes nothing', async (_, { to, ...days }, status) => {
    const times = Object.entries({ endsAt: 1, ...days }).flatMap(([name, at]) =>
      typeof at === 'number' ? [[name, iso(at)] as const] : [],
    );
    expect(await delegate('E0007', { to, ...Object.fromEntries(times) })).toMatchObject({ status });
    expect(await factsOf('E0007')).toBe(1);
  });

  it('may last just 90 days, and there may be 20 of them', async () => {
    for (let index = 0; index < 20; index += 1) await delegated('E0007', 'E0002', index === 0 ? 90 : 20);
    expect(await delegate('E0007', { to: 'E0002', endsAt: iso(1) })).toMatchObject({ status: 409 });
    const { body } = await company.send(listDelegations(company), 'E0007', {});
    expect(delegationListSchema.parse(body).items).toHaveLength(20);
  });

  it('is one’s own: nobody sees or ends another’s, and whoever is nobody has none', async () => {
    const id = await delegated('E0007', 'E0002');
    expect(await company.send(listDelegations(company), 'E0001', {})).toMatchObject({ body: { items: [] } });
    expect(await end('E0001', id)).toMatchObject({ status: 404 });
    expect(await company.send(listDelegations(company), 'E0007', {})).toMatchObject({
      body: { items: [{ to: 'E0002' }] },
    });
    await expect(delegateDecisions(company)(requestWithAccessToken(['it']))).rejects.toThrow();
    expect(await delegate('operator-it', { to: 'E0002', endsAt: iso(1) }, 'it')).toMatchObject({ status: 404 });
    expect(await delegate('E0007', { to: 'E0002', endsAt: iso(1) }, 'auditor')).toMatchObject({ status: 403 });
    expect(await delegate('E0007', { to: 'E0002', endsAt: iso(1) }, 'employee')).toMatchObject({ status: 202 });
  });

  it('ends once, and can be ended before it begins', async () => {
    const answered = await delegate('E0007', { to: 'E0002', startsAt: iso(5), endsAt: iso(9) });
    const { delegationId } = delegationAnswerSchema.parse(answered.body);
    expect(await end('E0007', delegationId)).toMatchObject({ status: 200, body: { items: [] } });
    const facts = await factsOf('E0007');
    expect(await end('E0007', delegationId)).toMatchObject({ status: 200, body: { items: [] } });
    expect(await factsOf('E0007')).toBe(facts);
    company.nowMs += 6 * DAY_MS;
    const { requestId } = await company.ask('E1001', { entitlement: 'crm:user' });
    expect(await canDecide(requestId)).toEqual(['E0007']);
  });
});
