// What whoever has the role `employee` and no other may do, over stores in memory: ask for themselves, follow that, and decide
// what the rules say is theirs. Nothing else is shown or done.
import { beforeEach, expect, it } from 'vitest';
import { requestAnswerSchema } from '../../../lambdas/api/requests.ts';
import { ROUTES } from '../../../lambdas/api/routes.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { decideRequest } from '../../../lambdas/handlers/requests/decide-request.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { listRequests } from '../../../lambdas/handlers/requests/list-requests.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../../lambdas/handlers/requests/withdraw-request.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import { type AskingCompany, askingCompany } from '../../support/asking.ts';

let company: AskingCompany;
beforeEach(async () => {
  company = await askingCompany();
});

type Sent = { id?: string; body?: unknown; query?: Record<string, string> };
const send = (handle: ApiHandler, as: string, sent: Sent) => company.send(handle, as, { ...sent, role: 'employee' });
const submit = (as: string, body: object) =>
  send(submitRequest(company), as, { body: { entitlement: 'crm:user', reason: 'why not', ...body } });

it('asks for themselves, follows it, and takes it back', async () => {
  const { status, body } = await submit('E1001', {});
  expect(status).toBe(202);
  const { requestId: id } = requestAnswerSchema.parse(body);
  expect(await send(getRequest(company), 'E1001', { id })).toMatchObject({ status: 200 });
  expect(await send(listRequests(company), 'E1001', {})).toMatchObject({
    status: 200,
    body: { items: [{ requestId: id }] },
  });
  expect(await send(withdrawRequest(company), 'E1001', { id })).toMatchObject({
    status: 200,
    body: { status: 'withdrawn' },
  });
  expect(await submit('E1001', { for: 'E1001' })).toMatchObject({ status: 202 });
});

it('asks for nobody else, not even for whom they manage', async () => {
  for (const other of ['E1001', 'svc-1', 'E0002'])
    expect(await submit('E0007', { for: other })).toMatchObject({ status: 403 });
  expect((await company.directory.load('E1001'))?.facts).toHaveLength(1);
});

it('sees nobody else’s, unless it is theirs to decide, and decides that', async () => {
  const { requestId: id } = await company.ask('E1001', { entitlement: 'crm:user' });
  await company.tell();
  for (const other of ['E0001', 'E0002', 'E0005']) {
    expect(await send(getRequest(company), other, { id })).toMatchObject({ status: 403 });
    expect(await send(listRequests(company), other, { query: { identity: 'E1001' } })).toMatchObject({ status: 403 });
    expect(await send(decideRequest(company), other, { id, body: { decision: 'approve' } })).toMatchObject({
      status: 403,
    });
    expect(await send(withdrawRequest(company), other, { id })).toMatchObject({ status: 403 });
  }
  expect(await send(listRequests(company), 'E0007', { query: { identity: 'E1001' } })).toMatchObject({ status: 403 });
  expect(await send(listRequests(company), 'E0007', { query: { for: 'me' } })).toMatchObject({
    status: 200,
    body: { items: [{ requestId: id }] },
  });
  expect(await send(decideRequest(company), 'E0007', { id, body: { decision: 'approve' } })).toMatchObject({
    status: 200,
  });
  // What they gave they do not end: that is for whoever manages, as a manager.
  expect(await send(withdrawRequest(company), 'E0007', { id })).toMatchObject({ status: 403 });
});

it('may call no other route', async () => {
  const named = ROUTES.filter(({ access }) => typeof access === 'object' && access.employee !== undefined);
  expect(named.map(({ name }) => name).sort()).toEqual([
    'accept-ownership',
    'decide-campaign-items',
    'decide-request',
    'decide-review',
    'delegate-decisions',
    'end-delegation',
    'get-campaign-person',
    'get-campaign-queue',
    'get-own-access',
    'get-request',
    'get-review',
    'get-review-campaign',
    'list-delegations',
    'list-owned',
    'list-requests',
    'list-review-campaigns',
    'reassign-campaign-items',
    'review-request',
    'search-everything',
    'submit-request',
    'undo-campaign-removal',
    'withdraw-request',
  ]);
  expect(await send(getIdentity(company), 'E1001', { id: 'E1001' })).toMatchObject({ status: 403 });
});
