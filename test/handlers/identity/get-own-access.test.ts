// What somebody is told of their own access, over stores in memory: all of it, nobody else's, and not that they will leave.
import { beforeEach, expect, it } from 'vitest';
import { type OwnAccessAnswer, ownAccessSchema } from '../../../lambdas/api/own-access.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { getOwnAccess } from '../../../lambdas/handlers/identity/get-own-access.ts';
import { answer, requestAs, requestWithAccessToken } from '../../support/api-requests.ts';
import { ASKING_MODEL, type AskingCompany, askingCompany, DAY_MS } from '../../support/asking.ts';
import { leaverEvent, moverEvent } from '../../support/hr-events.ts';

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
  company.accessModel = {
    ...ASKING_MODEL,
    profiles: [{ id: 'all', name: 'Everybody', when: { department: ['Engineering'] }, entitlements: ['crm:user'] }],
  };
});

async function own(as: string, role: Role = 'employee'): Promise<OwnAccessAnswer> {
  const { status, body } = await answer(getOwnAccess(company), requestAs([role], as));
  expect(status).toBe(200);
  return ownAccessSchema.parse(body);
}

it('tells what one has, why, until when, and what one may ask for', async () => {
  const endsAt = new Date(company.nowMs + 7 * DAY_MS).toISOString();
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:admin', endsAt });
  await company.decide('E0007', requestId);
  await company.decide('E0002', requestId, 'approve', 'security');
  const { items, mayAskFor, status } = await own('E1001');
  expect(status).toBe('active');
  expect(items).toMatchObject([
    {
      entitlement: 'crm:admin',
      privileged: true,
      inPlace: false,
      reasons: [
        { type: 'temporary', request: requestId, until: endsAt, why: expect.stringContaining('approved by E0007') },
      ],
    },
    {
      entitlement: 'crm:user',
      applicationName: 'Customer records',
      reasons: [{ type: 'birthright', why: 'Access profile Everybody, while department is Engineering' }],
    },
  ]);
  expect(mayAskFor.map(({ entitlement }) => entitlement)).toEqual(['crm:both']);
});

it('says nothing of what HR has told for the future', async () => {
  const endsAt = new Date(company.nowMs + 60 * DAY_MS).toISOString();
  const { requestId } = await company.ask('E1001', { entitlement: 'crm:both', endsAt });
  for (const approver of ['E0007', 'E0005']) await company.decide(approver, requestId);
  const before = await own('E1001');
  expect(before.items).toHaveLength(2);
  await company.hr(
    moverEvent({ department: 'Sales' }, { id: 'later', subject: 'E1001' }, '2026-12-10'),
    leaverEvent({ effectiveAt: '2026-12-20' }, { id: 'last', subject: 'E1001' }),
  );
  expect(await own('E1001')).toEqual(before);
});

it('is each one’s own, whatever role they have', async () => {
  for (const role of ['hr', 'manager', 'it', 'security', 'operations', 'auditor'] as const)
    expect((await own('E0007', role)).identityId).toBe('E0007');
});

it('is nothing for somebody who left', async () => {
  await company.hr(leaverEvent({ effectiveAt: '2026-11-22' }, { id: 'gone', subject: 'E1001' }));
  expect(await own('E1001')).toMatchObject({ status: 'departed', items: [], mayAskFor: [] });
});

it('is refused where the token does not say who asks, and where nobody knows them', async () => {
  expect(await answer(getOwnAccess(company), requestWithAccessToken(['employee']))).toMatchObject({ status: 403 });
  expect(await answer(getOwnAccess(company), requestAs(['employee'], 'E4711'))).toMatchObject({ status: 404 });
});
