// What is asked for an agent or a service account and would be given without effect, over stores in memory.
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import { requestAnswerSchema } from '../../../lambdas/api/requests.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { decideRequest } from '../../../lambdas/handlers/requests/decide-request.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { type AskingCompany, askingCompany, DAY_MS } from '../../support/asking.ts';
import { joinerEvent, moverEvent } from '../../support/hr-events.ts';

let company: AskingCompany;
const sales = { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:user'] };

/** E0007 owns a-1 and svc-1, and E0001 is above. */
beforeEach(async () => {
  company = await askingCompany();
  company.accessModel = {
    ...company.accessModel,
    profiles: [sales],
    nonHuman: { 'ai-agent': { holdsNoMoreThanOwner: true }, 'service-account': { needs: ['purpose'] } },
  };
  const agent = { kind: 'ai-agent', owner: 'E0007', manager: undefined, department: 'Support', endsAt: '2027-11-01' };
  await company.hr(joinerEvent({ ...agent, email: 'a-1@example.com' }, { id: 'a', subject: 'a-1' }));
});

const body = (entitlement = 'crm:user', who = 'a-1') => ({
  entitlement,
  for: who,
  reason: 'answers',
  endsAt: new Date(company.nowMs + 10 * DAY_MS).toISOString(),
});
const submit = (sent: object) => company.send(submitRequest(company), 'E0007', { body: sent });
const decide = (id: string) => company.send(decideRequest(company), 'E0001', { id, body: { decision: 'approve' } });
const move = (id: string, department: string) => company.hr(moverEvent({ department }, { id, subject: 'E0007' }));
const shown = async (id: string) => {
  const answered = await company.send(getRequest(company), 'E0900', { id, role: 'auditor' });
  return requestAnswerSchema.parse(answered.body);
};
const held = async (id: string) => {
  const answered = await company.send(getIdentity(company), 'E0900', { id, role: 'auditor' });
  return identitySchema.parse(answered.body).entitlements.map(({ entitlement }) => entitlement);
};

describe('for an agent', () => {
  it('what its owner does not hold is refused at once, with why, and nothing is recorded', async () => {
    const facts = (await company.directory.load('a-1'))?.facts.length;
    const detail = 'An agent holds no more than its owner, and E0007 does not hold it.';
    expect(await submit(body())).toMatchObject({ status: 409, body: { detail } });
    expect((await company.directory.load('a-1'))?.facts).toHaveLength(facts ?? 0);
  });

  it('what its owner holds is given, says so when the owner loses it, and counts again when they have it', async () => {
    await move('m1', 'Sales');
    const { requestId, withoutEffect } = await company.ask('E0007', body());
    expect(withoutEffect).toBeUndefined();
    expect(await decide(requestId)).toMatchObject({ status: 200 });
    expect([await held('a-1'), (await shown(requestId)).withoutEffect]).toEqual([['crm:user'], undefined]);
    await move('m2', 'Finance');
    expect(await held('a-1')).toEqual([]);
    const fallen = await shown(requestId);
    expect(fallen.withoutEffect).toMatch(/E0007 does not hold it/);
    expect(fallen.whatNext).toMatch(/^It is given from .* It has no effect meanwhile: An agent holds/);
    await move('m3', 'Sales');
    expect([await held('a-1'), (await shown(requestId)).withoutEffect]).toEqual([['crm:user'], undefined]);
  });

  it('what its owner has lost since it was asked for can no longer be approved', async () => {
    await move('m1', 'Sales');
    const { requestId } = await company.ask('E0007', body());
    await move('m2', 'Finance');
    expect((await shown(requestId)).whatNext).toMatch(/^Nothing, as things stand: it cannot be approved\. An agent/);
    expect(await decide(requestId)).toMatchObject({ status: 409 });
    expect((await shown(requestId)).status).toBe('open');
  });

  it('what its owner owns, or agents alone may hold, can be asked for', async () => {
    const [crm, ...others] = company.accessModel.applications;
    if (crm === undefined) throw new Error('expected an application');
    company.accessModel = { ...company.accessModel, applications: [{ ...crm, owner: 'E0007' }, ...others] };
    expect(await submit(body())).toMatchObject({ status: 202 });
    const tools = crm.entitlements.map((one) => ({ ...one, agentMayHold: true as const }));
    company.accessModel = { ...company.accessModel, applications: [{ ...crm, entitlements: tools }, ...others] };
    expect(await submit(body('crm:admin'))).toMatchObject({ status: 202 });
  });
});

it('nothing can be asked for a service account before it is known what it is for', async () => {
  const sent = { ...body('crm:user', 'svc-1') };
  const refused = await submit(sent);
  expect(refused.status).toBe(409);
  expect(JSON.stringify(refused.body)).toContain('what it is for, which its owner says');
  await company.hr(moverEvent({ purpose: 'nightly export' }, { id: 'p', subject: 'svc-1' }));
  expect(await submit(sent)).toMatchObject({ status: 202 });
});
