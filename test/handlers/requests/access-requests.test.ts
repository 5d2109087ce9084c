// Asking for access and deciding on it, over stores in memory: what is given is a fact with everybody who agreed, whoever may
// not decide is refused by every path, and what is refused changes nothing.
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import { type RequestAnswerBody, requestAnswerSchema, requestListSchema } from '../../../lambdas/api/requests.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { decideRequest } from '../../../lambdas/handlers/requests/decide-request.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { listRequests } from '../../../lambdas/handlers/requests/list-requests.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../../lambdas/handlers/requests/withdraw-request.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import {
  answer,
  apiDependencies,
  MODEL as BASE,
  NOW_MS,
  requestAs,
  requestWithAccessToken,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent, moverEvent, suspensionEvent } from '../../support/hr-events.ts';
import { memoryNotices } from '../../support/memory-notices.ts';
import { mergeByTwo } from '../../support/merging.ts';

const DAY_MS = 86_400_000;
const entitlement = (id: string, privileged = false) => ({ id, name: id, grant: `crm-${id}`, privileged });
const MODEL: AccessModel = {
  ...BASE,
  applications: BASE.applications.map((one) => ({
    ...one,
    owner: 'E0005',
    entitlements: [entitlement('admin', true), entitlement('both'), entitlement('hidden'), entitlement('user')],
  })),
  profiles: [],
  requests: [
    {
      id: 'admin',
      entitlements: ['crm:admin'],
      by: ['self', 'superior'],
      longestDays: 14,
      expiresDays: 3,
      stages: [
        { anyOf: ['manager'], quorum: 1, fallback: ['application-owner'] },
        { anyOf: ['security'], quorum: 2, fallback: [] },
      ],
    },
    {
      id: 'both',
      entitlements: ['crm:both'],
      by: ['superior'],
      expiresDays: 7,
      stages: [{ anyOf: ['manager', 'application-owner'], quorum: 2, fallback: [] }],
    },
    {
      id: 'user',
      entitlements: ['crm:user'],
      by: ['self', 'superior'],
      expiresDays: 7,
      stages: [{ anyOf: ['manager'], quorum: 1, fallback: ['application-owner'] }],
    },
  ],
};

let dependencies = { ...apiDependencies(), alert: async () => {} };
let model = MODEL;

async function hr(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(events, { atMs: dependencies.nowMs }))).toMatchObject({ status: 202 });
}

async function send(
  handle: ApiHandler,
  as: string,
  sent: { id?: string; body?: unknown; role?: Role; query?: Readonly<Record<string, string>> },
) {
  const { id, body, role = 'manager', query = {} } = sent;
  const overrides = {
    pathParameters: { id },
    query,
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  };
  return answer(handle, requestAs([role], as, overrides));
}
const submit = (as: string, body: Record<string, unknown>) =>
  send(submitRequest(dependencies), as, { body: { reason: 'the quarter ends', ...body } });
const decide = (as: string, id: string, decision: 'approve' | 'reject' = 'approve', role: Role = 'manager') =>
  send(decideRequest(dependencies), as, { id, role, body: { decision } });
const withdraw = (as: string, id: string) => send(withdrawRequest(dependencies), as, { id });
const shown = async (id: string): Promise<RequestAnswerBody> => {
  const { status, body } = await send(getRequest(dependencies), 'E0900', { id, role: 'auditor' });
  expect(status).toBe(200);
  return requestAnswerSchema.parse(body);
};
async function asked(as: string, body: Record<string, unknown>): Promise<RequestAnswerBody> {
  const answered = await submit(as, body);
  expect(answered).toMatchObject({ status: 202 });
  return requestAnswerSchema.parse(answered.body);
}
const iso = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString();
const heldBy = async (id: string) => {
  const { body } = await send(getIdentity(dependencies), 'E0900', { id, role: 'auditor' });
  return identitySchema.parse(body).entitlements.map((one) => one.entitlement);
};
const PROBLEM: Readonly<Record<number, string>> = { 404: 'not-found', 409: 'conflict', 422: 'invalid-input' };
const refusalsOf = async (id: string) =>
  (await dependencies.audit.list(`OPERATOR#${id}`, { limit: 100 })).items.map(({ event }) => event);
const versionOf = async (id: string) => (await dependencies.directory.load(id))?.header.version;

// E0001 manages E0007 and E0002; E0007 manages E1001 and owns svc-1; E0005 owns the application.
beforeEach(async () => {
  let sequence = 0;
  model = MODEL;
  dependencies = Object.assign(apiDependencies(), {
    alert: async () => {},
    model: () => model,
    newId: () => {
      sequence += 1;
      return `id-${sequence}`;
    },
  });
  const service = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };
  await hr(
    joinerEvent({ manager: null }, { id: 'a', subject: 'E0001' }),
    joinerEvent({ manager: 'E0001' }, { id: 'b', subject: 'E0007' }),
    joinerEvent({ manager: 'E0007' }, { id: 'c', subject: 'E1001' }),
    joinerEvent({ ...service, owner: 'E0007', manager: undefined }, { id: 'd', subject: 'svc-1' }),
    joinerEvent({ manager: 'E0001' }, { id: 'e', subject: 'E0002' }),
    joinerEvent({ manager: null }, { id: 'f', subject: 'E0005' }),
    ...['E0901', 'E0902'].map((subject) => joinerEvent({ manager: null }, { id: subject, subject })),
  );
});

describe('a request', () => {
  it('says who can decide, until when, and what happens next, and gives nothing yet', async () => {
    const request = await asked('E1001', { entitlement: 'crm:user' });
    expect(request).toMatchObject({
      identityId: 'E1001',
      requestedBy: 'E1001',
      status: 'open',
      expiresAt: iso(7),
      canDecide: ['E0007'],
      securityCanDecide: false,
      whatNext: `It waits for E0007, until ${iso(7)}.`,
    });
    expect(await heldBy('E1001')).toEqual([]);
  });

  it('gives the access when it is approved, with who asked and who agreed, in one write', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user', endsAt: iso(10) });
    const before = (await versionOf('E1001')) ?? 0;
    expect(await decide('E0007', requestId)).toMatchObject({
      status: 200,
      body: { status: 'approved', whatNext: expect.stringMatching(/given/) },
    });
    expect(await versionOf('E1001')).toBe(before + 2);
    expect(await heldBy('E1001')).toEqual(['crm:user']);
    const record = await dependencies.directory.load('E1001');
    expect(record?.facts.find(({ type }) => type === 'access-granted')).toMatchObject({
      entitlement: 'crm:user',
      basis: 'temporary',
      requestId,
      requestedBy: 'E1001',
      approvedBy: ['E0007'],
      startsMs: NOW_MS,
      endsMs: NOW_MS + 10 * DAY_MS,
    });
    const { items } = await dependencies.audit.list('E1001', { limit: 100 });
    const entries = items.filter(({ event }) => event.type === 'fact-recorded' && event.request === requestId);
    expect(
      entries.map(({ actor, event }) => `${actor.id} ${event.type === 'fact-recorded' && event.factType}`),
    ).toEqual(expect.arrayContaining(['E1001 access-requested', 'E0007 request-decided', 'E0007 access-granted']));
    dependencies.nowMs = NOW_MS + 10 * DAY_MS;
    expect(await heldBy('E1001')).toEqual([]);
    expect((await shown(requestId)).whatNext).toBe(`It ended at ${iso(10)}.`);
  });

  it('goes through its stages, each with as many as have to agree', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:admin', endsAt: iso(5) });
    expect(await decide('E0901', requestId, 'approve', 'security')).toMatchObject({ status: 403 });
    expect(await decide('E0007', requestId)).toMatchObject({
      status: 200,
      body: { status: 'open', canDecide: [], securityCanDecide: true },
    });
    expect(await decide('E0901', requestId, 'approve', 'security')).toMatchObject({ body: { status: 'open' } });
    expect(await decide('E0901', requestId, 'approve', 'security')).toMatchObject({ body: { status: 'open' } });
    expect(await heldBy('E1001')).toEqual([]);
    expect(await decide('E0902', requestId, 'approve', 'it')).toMatchObject({ status: 403 });
    expect(await decide('E0902', requestId, 'approve', 'security')).toMatchObject({ body: { status: 'approved' } });
    expect(await heldBy('E1001')).toEqual(['crm:admin']);
    const { decisions } = await shown(requestId);
    expect(decisions.map(({ by }) => by)).toEqual(['E0007', 'E0901', 'E0902']);
  });

  it('is answered the same when a decision is repeated, and gives nothing twice', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    await decide('E0007', requestId);
    const version = await versionOf('E1001');
    expect(await decide('E0007', requestId)).toMatchObject({ status: 200, body: { status: 'approved' } });
    expect(await versionOf('E1001')).toBe(version);
  });

  it('is over when one rejects it', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    expect(await decide('E0007', requestId, 'reject')).toMatchObject({ body: { status: 'rejected' } });
    expect(await decide('E0007', requestId)).toMatchObject({ status: 409 });
    expect(await heldBy('E1001')).toEqual([]);
    const reason = 'The request is rejected.';
    expect(await refusalsOf('E0007')).toEqual([
      { type: 'operation-refused', operation: 'decide-request', problem: 'conflict', reason, request: requestId },
    ]);
  });

  it('is taken back by who asked, and by nobody else, while it is open', async () => {
    const { requestId } = await asked('E0007', { entitlement: 'crm:user', for: 'E1001' });
    expect(await withdraw('E1001', requestId)).toMatchObject({ status: 403 });
    expect(await withdraw('E0007', requestId)).toMatchObject({ status: 200, body: { status: 'withdrawn' } });
    expect(await withdraw('E0007', requestId)).toMatchObject({ status: 200, body: { status: 'withdrawn' } });
    expect(await decide('E0001', requestId)).toMatchObject({
      status: 409,
      body: { detail: 'The request is withdrawn.' },
    });
    expect(await heldBy('E1001')).toEqual([]);
  });

  it('ends what it gave when it is taken back later, by whoever has it, is above them, or is security', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    await decide('E0007', requestId);
    dependencies.nowMs = NOW_MS + DAY_MS;
    expect(await withdraw('E0002', requestId)).toMatchObject({ status: 403 });
    expect(await heldBy('E1001')).toEqual(['crm:user']);
    expect(await withdraw('E0001', requestId)).toMatchObject({ status: 200, body: { status: 'approved' } });
    expect(await heldBy('E1001')).toEqual([]);
    const version = await versionOf('E1001');
    const bySecurity = send(withdrawRequest(dependencies), 'E0901', { id: requestId, role: 'security' });
    expect(await bySecurity).toMatchObject({ status: 200 });
    expect(await versionOf('E1001')).toBe(version);
  });

  it('ends what has yet to start', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user', startsAt: iso(2), endsAt: iso(4) });
    await decide('E0007', requestId);
    expect(await withdraw('E1001', requestId)).toMatchObject({ status: 200 });
    dependencies.nowMs = NOW_MS + 3 * DAY_MS;
    expect(await heldBy('E1001')).toEqual([]);
  });

  it('expires, stays in the record, and can be asked for again', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    dependencies.nowMs = NOW_MS + 7 * DAY_MS - 1;
    expect((await shown(requestId)).status).toBe('open');
    dependencies.nowMs = NOW_MS + 7 * DAY_MS;
    expect((await shown(requestId)).status).toBe('expired');
    expect(await decide('E0007', requestId)).toMatchObject({
      status: 409,
      body: { detail: 'The request is expired.' },
    });
    await asked('E1001', { entitlement: 'crm:user' });
    const { body } = await send(listRequests({ ...dependencies, notices: memoryNotices() }), 'E1001', {});
    expect(requestListSchema.parse(body).items.map(({ status }) => status)).toEqual(['open', 'expired']);
    const first = requestListSchema.parse(
      (await send(listRequests({ ...dependencies, notices: memoryNotices() }), 'E1001', { query: { limit: '1' } }))
        .body,
    );
    const query = { limit: '1', after: first.next ?? '' };
    const second = requestListSchema.parse(
      (await send(listRequests({ ...dependencies, notices: memoryNotices() }), 'E1001', { query })).body,
    );
    expect([first, second].map(({ items }) => items.map(({ status }) => status))).toEqual([['open'], ['expired']]);
    expect(second.next).toBeUndefined();
  });

  it('is for a report, or for what one owns, and who is above the asker decides', async () => {
    expect(await asked('E0007', { entitlement: 'crm:user', for: 'E1001' })).toMatchObject({ canDecide: ['E0001'] });
    const { requestId } = await asked('E0007', { entitlement: 'crm:user', for: 'svc-1' });
    expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
    expect(await decide('E0001', requestId)).toMatchObject({ status: 200 });
    expect(await heldBy('svc-1')).toEqual(['crm:user']);
  });

  it('needs both where two have to agree, though one person is both', async () => {
    const { requestId, canDecide } = await asked('E0007', { entitlement: 'crm:both', for: 'E1001' });
    expect(canDecide).toEqual(['E0001', 'E0005']);
    await decide('E0001', requestId);
    expect(await heldBy('E1001')).toEqual([]);
    await decide('E0005', requestId);
    expect(await heldBy('E1001')).toEqual(['crm:both']);
  });
});

describe('for longer', () => {
  const first = async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:admin', endsAt: iso(5) });
    await decide('E0007', requestId);
    for (const one of ['E0901', 'E0902']) await decide(one, requestId, 'approve', 'security');
    expect(await heldBy('E1001')).toEqual(['crm:admin']);
    return requestId;
  };
  const agree = async (id: string) => {
    await decide('E0007', id);
    for (const one of ['E0901', 'E0902']) await decide(one, id, 'approve', 'security');
  };
  const extend = (id: string, days: number, more: Record<string, unknown> = {}) =>
    submit('E1001', { entitlement: 'crm:admin', extends: id, endsAt: iso(days), ...more });
  const heldOn = async (days: number) => {
    dependencies.nowMs = NOW_MS + days * DAY_MS;
    return heldBy('E1001');
  };

  it('is approved anew, judged by itself, and without a gap', async () => {
    const id = await first();
    expect(await extend(id, 20)).toMatchObject({ status: 409, body: { detail: /at most 14 days/ } });
    const { body, status } = await extend(id, 19);
    expect({ status, body }).toMatchObject({ status: 202, body: { startsAt: iso(5), extends: id, status: 'open' } });
    // Not approved, it gives nothing.
    const { requestId } = requestAnswerSchema.parse(body);
    dependencies.nowMs = NOW_MS + 2 * DAY_MS;
    await agree(requestId);
    expect(await heldOn(5 - 1e-6)).toEqual(['crm:admin']);
    expect(await heldOn(5)).toEqual(['crm:admin']);
    expect(await heldOn(19 - 1e-6)).toEqual(['crm:admin']);
    expect(await heldOn(19)).toEqual([]);
  });

  it('is never so by itself: asked for and not approved, it ends', async () => {
    await extend(await first(), 10);
    expect(await heldOn(5)).toEqual([]);
  });

  it('begins with the approval where that is late', async () => {
    const id = await first();
    dependencies.nowMs = NOW_MS + 4 * DAY_MS;
    const { requestId } = requestAnswerSchema.parse((await extend(id, 10)).body);
    expect(await heldOn(5)).toEqual([]);
    dependencies.nowMs = NOW_MS + 6 * DAY_MS;
    await agree(requestId);
    expect(await heldOn(6)).toEqual(['crm:admin']);
    expect(await heldOn(10)).toEqual([]);
  });

  it('of two that overlap the end of the earlier takes nothing', async () => {
    await first();
    const { requestId } = await asked('E1001', { entitlement: 'crm:admin', endsAt: iso(8) });
    await agree(requestId);
    expect(await heldOn(6)).toEqual(['crm:admin']);
    expect(await heldOn(8)).toEqual([]);
  });

  it('ends with what it continues where somebody ends that early', async () => {
    const id = await first();
    const { requestId } = requestAnswerSchema.parse((await extend(id, 10)).body);
    await agree(requestId);
    const ended = await send(withdrawRequest(dependencies), 'E0901', { id, role: 'security' });
    expect(ended).toMatchObject({ status: 200 });
    expect(await heldBy('E1001')).toEqual([]);
    expect(await heldOn(6)).toEqual([]);
  });

  it('is not approved once what it was to continue was ended', async () => {
    const id = await first();
    const { requestId } = requestAnswerSchema.parse((await extend(id, 10)).body);
    await withdraw('E1001', id);
    expect(await decide('E0007', requestId)).toMatchObject({ status: 409, body: { detail: /has been ended/ } });
  });

  it('is refused of what is not held, has no end, is something else, or ends no later', async () => {
    const id = await first();
    const details = async (answered: ReturnType<typeof extend>) => ((await answered).body as { detail: string }).detail;
    expect(await details(extend('nothing', 10))).toMatch(/not a request of theirs/);
    expect(await details(extend(id, 10, { entitlement: 'crm:user' }))).toMatch(/not a request of theirs/);
    expect(await details(extend(id, 5))).toMatch(/no later/);
    expect(await details(extend(id, 10, { endsAt: undefined }))).toMatch(/no later/);
    expect(await extend(id, 10, { startsAt: iso(6) })).toMatchObject({ status: 422 });
    const open = await asked('E1001', { entitlement: 'crm:user' });
    await decide('E0007', open.requestId);
    expect(await details(extend(open.requestId, 10, { entitlement: 'crm:user' }))).toMatch(/has no end/);
    dependencies.nowMs = NOW_MS + 5 * DAY_MS;
    expect(await details(extend(id, 10))).toMatch(/not held now/);
  });
});

describe('the service desk', () => {
  const file = (body: Record<string, unknown>) =>
    send(submitRequest(dependencies), 'E0901', {
      role: 'operations',
      body: { reason: 'said on the phone', for: 'E1001', ...body },
    });

  it('files for anybody what they may ask for, is who asked, and does not decide', async () => {
    const { status, body } = await file({ entitlement: 'crm:user' });
    expect(status).toBe(202);
    const { requestId } = requestAnswerSchema.parse(body);
    expect(body).toMatchObject({ identityId: 'E1001', requestedBy: 'E0901', canDecide: ['E0007'] });
    for (const role of ['operations', 'security'] as const) {
      expect(await decide('E0901', requestId, 'approve', role)).toMatchObject({ status: 403 });
    }
    const found = await send(listRequests({ ...dependencies, notices: memoryNotices() }), 'E0901', {
      role: 'operations',
      query: { identity: 'E1001' },
    });
    expect(requestListSchema.parse(found.body).items).toHaveLength(1);
    await decide('E0007', requestId);
    expect(await heldBy('E1001')).toEqual(['crm:user']);
  });

  it('files nothing that only a superior asks for, and other roles file nothing for others', async () => {
    expect(await file({ entitlement: 'crm:both' })).toMatchObject({ status: 403 });
    const byOthers = send(submitRequest(dependencies), 'E0901', {
      role: 'it',
      body: { reason: 'x', for: 'E1001', entitlement: 'crm:user' },
    });
    expect(await byOthers).toMatchObject({ status: 403 });
  });

  it('does not approve what it filed as the manager of whom it is for', async () => {
    await hr(moverEvent({ manager: 'E0901' }, { id: 'm', subject: 'E1001' }));
    const { body } = await file({ entitlement: 'crm:user' });
    const { requestId, canDecide } = requestAnswerSchema.parse(body);
    expect(canDecide).toEqual(['E0005']);
    expect(await decide('E0901', requestId)).toMatchObject({ status: 403 });
  });
});

it('who is suspended in an emergency asks for nothing, and decides on nothing', async () => {
  const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
  for (const identityId of ['E0007', 'E1001']) {
    const base = { factId: `tenure:s/${identityId}`, identityId, source: 'tenure', sourceEventId: `s/${identityId}` };
    const said = { type: 'access-suspended', suspendedBy: 'E0901', suspendedAs: 'security', reason: 'x' } as const;
    const fact = { ...base, ...said, recordedMs: NOW_MS, receivedMs: NOW_MS };
    await appendFact(dependencies, fact, { payloadHash: identityId, actor: { type: 'operator', id: 'E0901' } });
  }
  expect(await submit('E1001', { entitlement: 'crm:user' })).toMatchObject({ status: 403 });
  expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
  expect((await shown(requestId)).canDecide).toEqual(['E0001']);
});

describe('who decides is found anew', () => {
  it('whoever has left meanwhile does not, and the one above does', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007' }));
    expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
    expect((await shown(requestId)).canDecide).toEqual(['E0001']);
    expect(await decide('E0001', requestId)).toMatchObject({ status: 200, body: { status: 'approved' } });
  });

  it('whoever owns the entitlement does, as the model names them now, and the application’s owner where it names nobody', async () => {
    const owned = (owner: string | undefined): AccessModel => ({
      ...MODEL,
      applications: MODEL.applications.map((one) => ({
        ...one,
        entitlements: one.entitlements.map((each) => (owner === undefined ? each : { ...each, owner })),
      })),
      requests: [
        {
          id: 'user',
          entitlements: ['crm:user'],
          by: ['self'],
          expiresDays: 7,
          stages: [{ anyOf: ['entitlement-owner'], quorum: 1, fallback: [] }],
        },
      ],
    });
    model = owned('E0007');
    const { requestId, canDecide } = await asked('E1001', { entitlement: 'crm:user' });
    expect(canDecide).toEqual(['E0007']);
    expect(await decide('E0005', requestId)).toMatchObject({ status: 403 });
    model = owned(undefined);
    expect((await shown(requestId)).canDecide).toEqual(['E0005']);
    expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
    expect(await decide('E0005', requestId)).toMatchObject({ status: 200 });
    // Nobody decides on what they asked for as the owner of it: who is above them does.
    model = owned('E1001');
    await withdraw('E1001', requestId);
    expect((await asked('E1001', { entitlement: 'crm:user' })).canDecide).toEqual(['E0007']);
  });

  it('whoever is on leave does not', async () => {
    await hr(suspensionEvent({ id: 's', subject: 'E0007' }));
    const { requestId, canDecide } = await asked('E1001', { entitlement: 'crm:user' });
    expect(canDecide).toEqual(['E0001']);
    expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
  });

  it('whoever turns out to be the same person as the one who asked does not', async () => {
    const { requestId } = await asked('E0007', { entitlement: 'crm:user', for: 'E1001' });
    await mergeByTwo(dependencies, { identityId: 'E0001', duplicate: 'E0007' });
    expect(await decide('E0001', requestId)).toMatchObject({ status: 403 });
    expect(await decide('E0007', requestId)).toMatchObject({ status: 403 });
    expect((await shown(requestId)).canDecide).toEqual(['E0005']);
    expect(await decide('E0005', requestId)).toMatchObject({ status: 200 });
  });

  it('security does not decide for itself, by no role', async () => {
    const { requestId } = await asked('E0901', { entitlement: 'crm:admin', endsAt: iso(1) });
    expect(await decide('E0005', requestId)).toMatchObject({ status: 200 });
    expect(await decide('E0901', requestId, 'approve', 'security')).toMatchObject({
      status: 403,
      body: { detail: 'Nobody decides on what they asked for, or are to get.' },
    });
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0902' }));
    expect(await decide('E0902', requestId, 'approve', 'security')).toMatchObject({ status: 403 });
  });

  it('a leaver gets nothing that is approved late, and a rehire has to ask again', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1001' }));
    expect(await decide('E0007', requestId)).toMatchObject({ status: 409, body: { detail: /not employed/ } });
  });

  it('rules that changed meanwhile decide nothing', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    model = { ...MODEL, requests: MODEL.requests?.map((rule) => ({ ...rule, expiresDays: 6 })) };
    expect(await decide('E0007', requestId)).toMatchObject({ status: 409, body: { detail: /rules .* have changed/ } });
    expect((await shown(requestId)).whatNext).toMatch(/rules for it have changed/);
    expect(await withdraw('E1001', requestId)).toMatchObject({ status: 200 });
  });
});

describe('what nobody may hold together', () => {
  const together = (mode: DutyRule['mode'], ...first: readonly string[]): AccessModel => ({
    ...MODEL,
    profiles: [{ id: 'everybody', name: 'Everybody', when: { kind: ['employee'] }, entitlements: ['crm:hidden'] }],
    duties: [
      {
        id: 'sell-and-audit',
        name: 'Nobody audits what they sell',
        severity: 'high',
        mode,
        sides: [
          { name: 'audits', entitlements: first, profiles: [] },
          { name: 'sells', entitlements: ['crm:user'], profiles: [] },
        ],
        exceptions: [],
      },
    ],
  });

  it('is refused before it is sent, by the rule and the other side, and nothing is recorded', async () => {
    model = together('prevent', 'crm:hidden');
    const version = await versionOf('E1001');
    const { status, body } = await submit('E1001', { entitlement: 'crm:user' });
    expect([status, (body as { detail: string }).detail]).toEqual([
      409,
      'By the rule sell-and-audit (Nobody audits what they sell) it is not held together with the side "audits" (crm:hidden).',
    ]);
    expect(await versionOf('E1001')).toBe(version);
    const listed = requestListSchema.parse(
      (await send(listRequests({ ...dependencies, notices: memoryNotices() }), 'E1001', {})).body,
    );
    expect(listed.items).toEqual([]);
  });

  it('is told to who asks and who decides where a rule only detects it', async () => {
    model = together('detect', 'crm:hidden');
    const { requestId, duties } = await asked('E1001', { entitlement: 'crm:user' });
    expect(duties).toMatchObject([{ rule: 'sell-and-audit', outcome: 'detected', from: iso(0) }]);
    const seen = await send(getRequest(dependencies), 'E0007', { id: requestId });
    expect(requestAnswerSchema.parse(seen.body).duties?.[0]?.sides.map(({ entitlements }) => entitlements)).toEqual([
      ['crm:hidden'],
      ['crm:user'],
    ]);
    expect(await decide('E0007', requestId)).toMatchObject({ status: 200, body: { status: 'approved' } });
    expect((await shown(requestId)).duties).toBeUndefined();
    expect(await heldBy('E1001')).toEqual(['crm:hidden', 'crm:user']);
  });

  it('is looked at again when it is decided on, and can be rejected still', async () => {
    model = together('require-exception', 'crm:both');
    const { requestId, duties } = await asked('E1001', { entitlement: 'crm:user' });
    expect(duties).toBeUndefined();
    const other = await asked('E0007', { entitlement: 'crm:both', for: 'E1001' });
    await decide('E0001', other.requestId);
    expect(await decide('E0005', other.requestId)).toMatchObject({ body: { status: 'approved' } });
    const version = await versionOf('E1001');
    expect(await decide('E0007', requestId)).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/rule sell-and-audit .* "audits" \(crm:both\)\. It needs an exception/) },
    });
    expect(await versionOf('E1001')).toBe(version);
    expect(await shown(requestId)).toMatchObject({
      status: 'open',
      duties: [{ outcome: 'prevented' }],
      whatNext: 'Nothing, as things stand: by the rule sell-and-audit it cannot be approved.',
    });
    expect(await decide('E0007', requestId, 'reject')).toMatchObject({ body: { status: 'rejected' } });
  });

  it('is not given by two who approve one side each at once', async () => {
    model = together('prevent', 'crm:both');
    const sells = await asked('E1001', { entitlement: 'crm:user' });
    const audits = await asked('E0007', { entitlement: 'crm:both', for: 'E1001' });
    await decide('E0001', audits.requestId);
    const answers = await Promise.all([decide('E0007', sells.requestId), decide('E0005', audits.requestId)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await heldBy('E1001')).filter((one) => one !== 'crm:hidden')).toHaveLength(1);
  });
});

describe('what is refused at once, and changes nothing', () => {
  const refused = async (as: string, body: Record<string, unknown>, status: number, said: RegExp, who = 'E1001') => {
    const version = await versionOf(who);
    const answered = await submit(as, body);
    expect(answered).toMatchObject({ status });
    expect(JSON.stringify(answered.body)).toMatch(said);
    expect(await versionOf(who)).toBe(version);
    const { detail } = answered.body as { detail: string };
    const operation = 'submit-request';
    const expected =
      status === 403 ? { type: 'access-denied', operation } : { operation, problem: PROBLEM[status], reason: detail };
    expect(await refusalsOf(as)).toContainEqual(expect.objectContaining(expected));
  };

  it.each(['crm:nothing', 'crm:hidden', 'gone:user', 'crm'])('asking for %s', async (reference) => {
    await refused('E1001', { entitlement: reference }, 422, /lets people ask for/);
  });

  it('asking for somebody else, for nobody, or by nobody', async () => {
    await refused('E0002', { entitlement: 'crm:user', for: 'E1001' }, 403, /your reports/);
    await refused('E1001', { entitlement: 'crm:both' }, 403, /Your manager asks for this/);
    await refused('E1001', { entitlement: 'crm:user', for: 'E7777' }, 404, /no such identity/i);
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0002' }));
    await refused('E0002', { entitlement: 'crm:user' }, 403, /Only who is employed/);
    const body = Buffer.from(JSON.stringify({ entitlement: 'crm:user', reason: 'x' }));
    const anonymous = requestWithAccessToken(['manager'], { body });
    expect(await answer(submitRequest(dependencies), anonymous)).toMatchObject({ status: 403 });
  });

  it('what lasts too long, has no end, or ends before it starts', async () => {
    await refused('E1001', { entitlement: 'crm:admin' }, 409, /needs an end: at most 14 days/);
    await refused('E1001', { entitlement: 'crm:admin', endsAt: iso(14.001) }, 409, /at most 14 days/);
    await asked('E1001', { entitlement: 'crm:admin', endsAt: iso(14) });
    await refused('E1001', { entitlement: 'crm:user', startsAt: iso(3), endsAt: iso(3) }, 409, /ends before it starts/);
    await refused('E1001', { entitlement: 'crm:user', endsAt: 'tomorrow' }, 422, /RFC 3339/);
  });

  it('what is open already', async () => {
    await asked('E1001', { entitlement: 'crm:user' });
    await refused('E0007', { entitlement: 'crm:user', for: 'E1001' }, 409, /open already/);
  });

  it('what nobody can approve, with why', async () => {
    await hr(
      leaverEvent({ immediate: true }, { id: 'l1', subject: 'E0005' }),
      leaverEvent({ immediate: true }, { id: 'l2', subject: 'E0001' }),
    );
    await refused('E0007', { entitlement: 'crm:user' }, 409, /Nobody can approve it: of stage 1 \(manager\)/, 'E0007');
  });

  it('a request that there is not', async () => {
    for (const id of ['', 'id-9', 'x'.repeat(101)]) {
      expect(await decide('E0007', id)).toMatchObject({ status: 404 });
      expect(await withdraw('E0007', id)).toMatchObject({ status: 404 });
    }
    const unknown = { type: 'operation-refused', problem: 'not-found', reason: 'There is no such request.' };
    expect(await refusalsOf('E0007')).toEqual(
      ['decide-request', 'withdraw-request'].map((operation) => ({ ...unknown, operation })),
    );
  });

  it('seeing what is neither theirs nor their reports’', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    expect(await send(getRequest(dependencies), 'E0002', { id: requestId })).toMatchObject({ status: 403 });
    expect(
      await send(listRequests({ ...dependencies, notices: memoryNotices() }), 'E0002', {
        query: { identity: 'E1001' },
      }),
    ).toMatchObject({
      status: 403,
    });
    expect(await send(getRequest(dependencies), 'E0007', { id: requestId })).toMatchObject({ status: 200 });
    expect(await send(getRequest(dependencies), 'E1001', { id: requestId })).toMatchObject({ status: 200 });
  });
});

describe('two who decide at once', () => {
  it('both count, and what follows from both is given once', async () => {
    const { requestId } = await asked('E0007', { entitlement: 'crm:both', for: 'E1001' });
    await Promise.all([decide('E0001', requestId), decide('E0005', requestId)]);
    const record = await dependencies.directory.load('E1001');
    expect(record?.facts.filter(({ type }) => type === 'access-granted')).toHaveLength(1);
    expect((await shown(requestId)).status).toBe('approved');
  });

  it('of an approval and a withdrawal one counts', async () => {
    const { requestId } = await asked('E1001', { entitlement: 'crm:user' });
    const answers = await Promise.all([decide('E0007', requestId), withdraw('E1001', requestId)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { status } = await shown(requestId);
    expect(await heldBy('E1001')).toEqual(status === 'approved' ? ['crm:user'] : []);
  });
});
