// Interim cover, over stores in memory: somebody gets for a time what somebody else holds, approved as anything else, and no
// longer than that one holds it.
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import { requestAnswerSchema } from '../../../lambdas/api/requests.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { suspendIdentity } from '../../../lambdas/handlers/identity/suspend-identity.ts';
import { decideRequest } from '../../../lambdas/handlers/requests/decide-request.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { type AskingCompany, askingCompany, DAY_MS, HOUR_MS } from '../../support/asking.ts';
import { joinerEvent, leaverEvent, moverEvent, suspensionEvent } from '../../support/hr-events.ts';

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
  // Who sells holds what may be asked for; E1002 does, and E1001 does not.
  const sales = {
    id: 'sales',
    name: 'Sales',
    when: { department: ['Sales'] },
    entitlements: ['crm:user', 'crm:admin'],
  };
  company.accessModel = { ...company.accessModel, profiles: [sales] };
  await company.hr(
    moverEvent({ department: 'Finance' }, { id: 'f', subject: 'E1001' }),
    joinerEvent({ manager: 'E0007', department: 'Sales', email: 'e1002@example.com' }, { id: 'j', subject: 'E1002' }),
  );
});

const iso = (days: number) => new Date(company.nowMs + days * DAY_MS).toISOString();
const cover = (body: Record<string, unknown> = {}) => ({
  entitlement: 'crm:user',
  covers: 'E1002',
  endsAt: iso(10),
  reason: 'she is away',
  ...body,
});
const submit = (as: string, body: Record<string, unknown>) => company.send(submitRequest(company), as, { body });
const decide = (as: string, id: string) =>
  company.send(decideRequest(company), as, { id, body: { decision: 'approve' } });
const shown = async (id: string) => {
  const { body } = await company.send(getRequest(company), 'E0900', { id, role: 'auditor' });
  return requestAnswerSchema.parse(body);
};
const heldBy = async (id: string) => {
  const { body } = await company.send(getIdentity(company), 'E0900', { id, role: 'auditor' });
  return identitySchema.parse(body).entitlements.map(({ entitlement }) => entitlement);
};
const given = async () =>
  (await company.directory.load('E1001'))?.facts.filter(({ type }) => type === 'access-granted');
async function covered(body: Record<string, unknown> = {}) {
  const { requestId } = await company.ask('E1001', cover(body));
  await company.decide('E0007', requestId);
  return requestId;
}

describe('a cover', () => {
  it('is approved as anything else, says for whom it is, and gives what the other holds until its end', async () => {
    const { requestId, covers, canDecide } = await company.ask('E1001', cover());
    expect([covers, canDecide]).toEqual(['E1002', ['E0007']]);
    expect(await heldBy('E1001')).toEqual([]);
    const endsAt = iso(10);
    await company.decide('E0007', requestId);
    expect(await heldBy('E1001')).toEqual(['crm:user']);
    expect(await given()).toMatchObject([{ basis: 'cover', endsMs: Date.parse(endsAt) }]);
    company.nowMs += 10 * DAY_MS;
    expect(await heldBy('E1001')).toEqual([]);
  });

  it('of what is privileged needs security too', async () => {
    const { requestId } = await company.ask('E1001', cover({ entitlement: 'crm:admin' }));
    await company.decide('E0007', requestId);
    expect(await heldBy('E1001')).toEqual([]);
    expect((await shown(requestId)).securityCanDecide).toBe(true);
  });

  it('of somebody on leave goes on when they are back', async () => {
    await company.hr(suspensionEvent({ id: 's', subject: 'E1002' }));
    await covered();
    expect(await heldBy('E1001')).toEqual(['crm:user']);
    await company.passHours(2);
    expect(await heldBy('E1001')).toEqual(['crm:user']);
  });

  it('ends with what is known to end for the other when it is approved', async () => {
    await company.hr(leaverEvent({ effectiveAt: iso(5) }, { id: 'l', subject: 'E1002' }));
    const endsAt = iso(5);
    const requestId = await covered();
    expect(await given()).toMatchObject([{ requestId, basis: 'cover', endsMs: Date.parse(endsAt) }]);
  });

  it('ends when the other has handed over what it copies', async () => {
    const { applications, ...model } = company.accessModel;
    const windows = applications.map((application) => ({
      ...application,
      entitlements: application.entitlements.map((one) => ({ ...one, handover: { days: 4 } })),
    }));
    company.accessModel = { ...model, applications: windows, hash: 'handed over' };
    const { requestId: laterId } = await company.ask('E1001', cover({ startsAt: iso(1) }));
    await company.hr(moverEvent({ department: 'Finance' }, { id: 'm', subject: 'E1002' }, iso(2)));
    const endMs = company.nowMs + 6 * DAY_MS;
    await company.decide('E0007', laterId);
    expect(await given()).toMatchObject([{ basis: 'cover', endsMs: endMs }]);
    company.nowMs += 3 * DAY_MS;
    expect(await heldBy('E1001')).toEqual(['crm:user']);
  });

  it.each([
    ['leaves', () => leaverEvent({ immediate: true }, { id: 'l', subject: 'E1002' })],
    ['moves away', () => moverEvent({ department: 'Finance' }, { id: 'm', subject: 'E1002' })],
  ])('ends within the hour when the other %s', async (_, event) => {
    const requestId = await covered();
    await company.tell();
    company.nowMs += 3 * DAY_MS;
    await company.tell();
    expect(await heldBy('E1001')).toEqual(['crm:user']);
    await company.hr(event());
    company.nowMs += HOUR_MS;
    await company.tell();
    expect(await heldBy('E1001')).toEqual([]);
    expect((await shown(requestId)).ended?.endedAt).toBe(new Date(company.nowMs).toISOString());
    const { items } = await company.audit.list('E1001', { limit: 100 });
    expect(
      items.find(({ event: one }) => one.type === 'fact-recorded' && one.factType === 'access-ended'),
    ).toMatchObject({
      actor: { type: 'tenure', id: 'tell-of-requests' },
    });
    // Once.
    const facts = (await company.directory.load('E1001'))?.facts.length;
    await company.passHours(3);
    expect((await company.directory.load('E1001'))?.facts).toHaveLength(facts ?? 0);
  });

  it('that is to begin later ends before it has begun when the other leaves', async () => {
    await covered({ startsAt: iso(3) });
    await company.tell();
    await company.hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1002' }));
    company.nowMs += HOUR_MS;
    await company.tell();
    company.nowMs += 3 * DAY_MS;
    expect(await heldBy('E1001')).toEqual([]);
  });

  it('is not approved once the other does not hold it any more', async () => {
    const { requestId } = await company.ask('E1001', cover());
    await company.hr(moverEvent({ department: 'Finance' }, { id: 'm', subject: 'E1002' }));
    const facts = (await company.directory.load('E1001'))?.facts.length;
    expect(await decide('E0007', requestId)).toMatchObject({
      status: 409,
      body: { detail: 'Who is to be covered does not hold it.' },
    });
    expect((await company.directory.load('E1001'))?.facts).toHaveLength(facts ?? 0);
  });
});

describe('refused at once is a cover', () => {
  it.each<[string, Record<string, unknown>, number, string]>([
    ['without an end', { endsAt: undefined }, 409, 'it needs an end'],
    ['of oneself', { covers: 'E1001' }, 409, 'Nobody covers for themselves.'],
    ['of who does not hold it', { covers: 'E0002' }, 409, 'does not hold it.'],
    ['of nobody known', { covers: 'E4711' }, 404, 'under \\"covers'],
    ['that is an extension', { extends: 'id-1' }, 422, 'either a cover or an extension'],
    ['in an emergency', { emergency: true, entitlement: 'crm:user' }, 422, ''],
    ['of what may not be asked for', { entitlement: 'crm:gone' }, 422, 'cannot be asked for'],
  ])('%s', async (_, body, status, detail) => {
    const facts = (await company.directory.load('E1001'))?.facts.length;
    const answered = await submit('E1001', cover(body));
    expect(answered.status).toBe(status);
    expect(JSON.stringify(answered.body)).toContain(detail);
    expect((await company.directory.load('E1001'))?.facts).toHaveLength(facts ?? 0);
  });

  it('of who has it by a cover alone: what is copied is nobody’s copy', async () => {
    await covered();
    await company.hr(joinerEvent({ manager: 'E0007', department: 'Finance' }, { id: 'k', subject: 'E1003' }));
    expect(await submit('E1003', cover({ covers: 'E1001' }))).toMatchObject({ status: 409 });
  });

  it('of who is suspended in an emergency', async () => {
    const suspended = await company.send(suspendIdentity(company as never), 'E0005', {
      id: 'E1002',
      role: 'security',
      body: { reason: 'a lost laptop' },
    });
    expect(suspended.status).toBeLessThan(300);
    expect(await submit('E1001', cover())).toMatchObject({ status: 409 });
  });
});
