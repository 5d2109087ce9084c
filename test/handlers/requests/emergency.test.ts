// Breaking the glass: given at once, told first, ended hard, and looked at afterwards by somebody else.
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import { type RequestAnswerBody, requestAnswerSchema } from '../../../lambdas/api/requests.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import type { EmergencyRule } from '../../../lambdas/core/access-model/emergency-rule.ts';
import { nextReviewDueMs } from '../../../lambdas/core/requests/emergency.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { sweep } from '../../../lambdas/handlers/identity/sweep.ts';
import { getRequest } from '../../../lambdas/handlers/requests/get-request.ts';
import { reviewRequest } from '../../../lambdas/handlers/requests/review-request.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../../lambdas/handlers/requests/withdraw-request.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import type { Alert } from '../../../lambdas/stores/alerts.ts';
import {
  answer,
  apiDependencies,
  MODEL as BASE,
  NOW_MS,
  requestAs,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent, suspensionEvent } from '../../support/hr-events.ts';
import { IDLE } from '../../support/idle-executions.ts';
import { mergeByTwo } from '../../support/merging.ts';

const HOUR_MS = 3_600_000;
const entitlement = (id: string) => ({ id, name: id, grant: `crm-${id}`, privileged: id !== 'user' });
const RULE: EmergencyRule = {
  id: 'outage',
  entitlements: ['crm:admin', 'crm:root', 'crm:keys', 'crm:logs'],
  who: ['sales'],
  longestHours: 4,
  tell: ['manager', 'application-owner', 'security'],
  reviewedBy: ['manager'],
  reviewWithinHours: 72,
};
const MODEL: AccessModel = {
  ...BASE,
  applications: BASE.applications.map((one) => ({
    ...one,
    owner: 'E0005',
    entitlements: ['admin', 'keys', 'logs', 'root', 'user'].map(entitlement),
  })),
  emergency: [RULE],
};

const alerts: Alert[] = [];
let isDown = false;
let model = MODEL;
const setUp = () => {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const alert = async (message: Alert) => {
    if (isDown) throw new Error('the topic cannot be reached');
    alerts.push(message);
  };
  return Object.assign(apiDependencies(), { alert, newId, model: () => model });
};
let dependencies = setUp();

async function hr(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(events, { atMs: dependencies.nowMs }))).toMatchObject({ status: 202 });
}
const send = (handle: ApiHandler, as: string, sent: { id?: string; body?: unknown; role?: Role }) =>
  answer(
    handle,
    requestAs([sent.role ?? 'manager'], as, {
      pathParameters: { id: sent.id },
      body: Buffer.from(sent.body === undefined ? '' : JSON.stringify(sent.body)),
    }),
  );
const take = (as: string, body: Record<string, unknown> = {}) =>
  send(submitRequest(dependencies), as, {
    body: { entitlement: 'crm:admin', reason: 'the till is down', emergency: true, ...body },
  });
async function taken(as: string, body: Record<string, unknown> = {}): Promise<RequestAnswerBody> {
  const answered = await take(as, body);
  expect(answered).toMatchObject({ status: 202 });
  return requestAnswerSchema.parse(answered.body);
}
const review = (as: string, id: string, verdict: string, role: Role = 'manager') =>
  send(reviewRequest(dependencies), as, { id, role, body: { verdict, reason: 'I have read the log' } });
async function shown(id: string): Promise<RequestAnswerBody> {
  const { body } = await send(getRequest(dependencies), 'E0900', { id, role: 'auditor' });
  return requestAnswerSchema.parse(body);
}
async function heldBy(id: string) {
  const { body } = await send(getIdentity(dependencies), 'E0900', { id, role: 'auditor' });
  return identitySchema.parse(body).entitlements.map((one) => one.entitlement);
}
const versionOf = async (id: string) => (await dependencies.directory.load(id))?.header.version;
const later = (hours: number) => {
  dependencies.nowMs += hours * HOUR_MS;
};
const sweepAll = () =>
  sweep({
    ...dependencies,
    bus: { publish: async () => {} },
    running: IDLE,
    publishBacklog: () => {},
    alert: dependencies.alert,
  })();

// E0007 manages E1001 and E1002, of whom the first has the profile; E0005 owns the application.
beforeEach(async () => {
  alerts.length = 0;
  isDown = false;
  model = MODEL;
  dependencies = setUp();
  const of = (subject: string, more: Record<string, unknown> = {}) =>
    joinerEvent({ manager: null, email: `${subject}@example.com`, ...more }, { id: subject, subject });
  await hr(
    ...['E0001', 'E0005', 'E0901'].map((subject) => of(subject)),
    of('E0007', { manager: 'E0001', department: 'Sales' }),
    of('E1001', { manager: 'E0007', department: 'Sales' }),
    of('E1002', { manager: 'E0007' }),
  );
});

describe('what is taken in an emergency', () => {
  it('is there at once, in one write, told to everybody concerned, and gone when its time is over', async () => {
    const before = (await versionOf('E1001')) ?? 0;
    const { requestId, status, endsAt, review: toAnswer } = await taken('E1001');
    expect({ status, endsAt }).toEqual({ status: 'approved', endsAt: new Date(NOW_MS + 4 * HOUR_MS).toISOString() });
    expect(toAnswer).toMatchObject({ status: 'open', canAnswer: ['E0007'], securityCanAnswer: false });
    expect(await versionOf('E1001')).toBe(before + 2);
    expect(await heldBy('E1001')).toContain('crm:admin');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.message).toMatch(
      /E1001 takes crm:admin .*\n.*manager: E0007; application-owner: E0005; security/,
    );
    expect(JSON.stringify(alerts)).not.toContain('till');
    const { items } = await dependencies.audit.list('E1001', { limit: 100 });
    expect(items.filter(({ event }) => event.type === 'break-glass-used')).toMatchObject([
      { actor: { id: 'E1001' }, event: { applicationId: 'crm', entitlement: 'admin', until: endsAt } },
    ]);
    later(4);
    expect(await heldBy('E1001')).not.toContain('crm:admin');
    expect((await shown(requestId)).review?.status).toBe('open');
  });

  it('is not given where nobody can be told', async () => {
    isDown = true;
    const version = await versionOf('E1001');
    expect(await take('E1001')).toMatchObject({ status: 503 });
    expect(await versionOf('E1001')).toBe(version);
  });

  it('is for whoever has the profile and is at work', async () => {
    expect(await take('E1002')).toMatchObject({ status: 403 });
    await hr(suspensionEvent({ id: 's', subject: 'E1001' }));
    expect(await take('E1001')).toMatchObject({ status: 403 });
    expect(alerts).toEqual([]);
  });

  it('is refused as wrong input where it is for somebody else, for later, or not in the rules', async () => {
    const faultsOf = async (body: Record<string, unknown>) => {
      const answered = await take('E1001', body);
      expect(answered.status).toBe(422);
      return (answered.body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
    };
    expect(await faultsOf({ for: 'E0007', startsAt: '2026-11-24T09:00:00Z' })).toEqual(['/for', '/startsAt']);
    expect(await faultsOf({ entitlement: 'crm:user' })).toEqual(['/entitlement']);
    expect(await faultsOf({ entitlement: 'crm:nothing' })).toEqual(['/entitlement']);
    expect(await faultsOf({ emergency: false })).toEqual(['/emergency']);
    expect(await taken('E1001', { for: 'E1001' })).toMatchObject({ status: 'approved' });
  });

  it.each([
    [4 * HOUR_MS, 202],
    [4 * HOUR_MS + 1, 409],
    [0, 409],
  ])('lasts as long as the rule allows: %i ms', async (lastsMs, status) => {
    expect(await take('E1001', { endsAt: new Date(NOW_MS + lastsMs).toISOString() })).toMatchObject({ status });
  });

  it('is ended early by who took it, and cannot be taken again before somebody has answered', async () => {
    const { requestId } = await taken('E1001');
    expect(await send(withdrawRequest(dependencies), 'E1001', { id: requestId })).toMatchObject({ status: 200 });
    expect(await heldBy('E1001')).not.toContain('crm:admin');
    expect(await take('E1001')).toMatchObject({ status: 409, body: { detail: /Nobody has looked yet/ } });
    expect(await review('E0007', requestId, 'justified')).toMatchObject({ status: 200 });
    expect(await take('E1001')).toMatchObject({ status: 202 });
  });

  it('is taken three times before somebody has answered, and no more', async () => {
    for (const reference of ['crm:admin', 'crm:root', 'crm:keys']) await taken('E1001', { entitlement: reference });
    expect(await take('E1001', { entitlement: 'crm:logs' })).toMatchObject({ status: 409 });
  });

  it('does not bring together what nobody may hold together', async () => {
    const side = (id: string) => ({ name: id, entitlements: [`crm:${id}`], profiles: [] });
    const duty: DutyRule = {
      ...{ id: 'apart', name: 'Kept apart', severity: 'high', mode: 'prevent', exceptions: [] },
      sides: [side('user'), side('admin')],
    };
    model = { ...MODEL, duties: [duty] };
    expect(await take('E1001')).toMatchObject({ status: 409, body: { detail: /By the rule apart/ } });
    expect(alerts).toEqual([]);
  });
});

describe('the review', () => {
  it('is never answered by who took it, under whichever id, nor by whom the rule does not name', async () => {
    const { requestId } = await taken('E0007');
    later(5);
    expect(await review('E0007', requestId, 'justified', 'security')).toMatchObject({ status: 403 });
    expect(await review('E0005', requestId, 'justified')).toMatchObject({ status: 403 });
    await mergeByTwo(dependencies, { identityId: 'E0007', duplicate: 'E0001' });
    expect(await review('E0001', requestId, 'justified')).toMatchObject({ status: 403 });
    // Nobody is above the two any more.
    expect((await shown(requestId)).review).toMatchObject({ canAnswer: [], securityCanAnswer: true });
    expect(await review('E0901', requestId, 'justified')).toMatchObject({ status: 403 });
    expect(await review('E0901', requestId, 'justified', 'security')).toMatchObject({ status: 200 });
  });

  it('ends at once what was not justified, and finds nothing justified that is in use', async () => {
    const { requestId } = await taken('E1001');
    expect(await review('E0007', requestId, 'justified')).toMatchObject({ status: 409, body: { detail: /in use/ } });
    expect(await review('E0007', requestId, 'unjustified')).toMatchObject({
      status: 200,
      body: { review: { status: 'unjustified', by: 'E0007' } },
    });
    expect(await heldBy('E1001')).not.toContain('crm:admin');
    const version = await versionOf('E1001');
    expect(await review('E0007', requestId, 'unjustified')).toMatchObject({ status: 200 });
    expect(await review('E0007', requestId, 'justified')).toMatchObject({ status: 409 });
    expect(await versionOf('E1001')).toBe(version);
  });

  it('is escalated once where nobody answers in time, and can be answered still', async () => {
    const { requestId } = await taken('E1001');
    const facts = async () => (await dependencies.directory.load('E1001'))?.facts ?? [];
    expect(nextReviewDueMs(await facts(), NOW_MS)).toBe(NOW_MS + 76 * HOUR_MS);
    alerts.length = 0;
    later(76);
    dependencies.nowMs -= 1;
    await sweepAll();
    expect(alerts).toEqual([]);
    later(1);
    isDown = true;
    await expect(sweepAll()).rejects.toThrow(/could not be looked at/);
    expect((await facts()).map(({ type }) => type)).not.toContain('emergency-reviewed');
    isDown = false;
    later(1);
    await sweepAll();
    later(1);
    await sweepAll();
    expect(alerts.map(({ message }) => message)).toEqual([expect.stringContaining(`/requests/${requestId}/review`)]);
    expect(nextReviewDueMs(await facts(), dependencies.nowMs)).toBeUndefined();
    expect((await shown(requestId)).review?.status).toBe('overdue');
    expect(await take('E1001', { entitlement: 'crm:root' })).toMatchObject({
      status: 409,
      body: { detail: /in time/ },
    });
    expect(await review('E0007', requestId, 'justified')).toMatchObject({ status: 200 });
    expect(await take('E1001', { entitlement: 'crm:root' })).toMatchObject({ status: 202 });
  });

  it('is answered of who has left, and by security where the rule is gone', async () => {
    const { requestId } = await taken('E1001');
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1001' }));
    model = { ...MODEL, emergency: [] };
    expect((await shown(requestId)).review).toMatchObject({ canAnswer: [], securityCanAnswer: true });
    expect(await review('E0901', requestId, 'justified', 'security')).toMatchObject({ status: 200 });
  });

  it('is not there of a request that was none, nor for who asks for no verdict', async () => {
    const { requestId } = await taken('E1001');
    expect(await review('E0007', requestId, 'overdue')).toMatchObject({ status: 422 });
    expect(await review('E0007', 'nothing', 'justified')).toMatchObject({ status: 404 });
  });
});
