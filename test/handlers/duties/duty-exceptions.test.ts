// Letting somebody hold two sides of a rule: security agrees, somebody else answers for it, and it ends.
import { beforeEach, describe, expect, it } from 'vitest';
import { exceptionAnswerSchema } from '../../../lambdas/api/duties.ts';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import { nextTransitionMs } from '../../../lambdas/core/identity/timeline.ts';
import { endDutyExceptions } from '../../../lambdas/handlers/duties/end-duty-exceptions.ts';
import { grantDutyException } from '../../../lambdas/handlers/duties/grant-duty-exception.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { loadIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
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
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';

const DAY_MS = 86_400_000;
const iso = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString();
const entitlement = (id: string) => ({ id, name: id, grant: id, privileged: false });
const rule = (id: string, mode: DutyRule['mode']): DutyRule => ({
  ...{ id, name: id, severity: 'high', mode, exceptions: [] },
  sides: ['enter', 'approve'].map((one) => ({ name: one, entitlements: [`crm:${one}`], profiles: [] })),
});
const MODEL: AccessModel = {
  ...BASE,
  applications: BASE.applications.map((one) => ({ ...one, entitlements: ['approve', 'enter', 'x'].map(entitlement) })),
  profiles: [{ id: 'both', name: 'Both', when: { department: ['Sales'] }, entitlements: ['crm:approve', 'crm:enter'] }],
  duties: [rule('apart', 'require-exception')],
};

let model = MODEL;
const setUp = () => {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  return Object.assign(apiDependencies(), { newId, model: () => model });
};
let dependencies = setUp();

async function hr(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(events, { atMs: dependencies.nowMs }))).toMatchObject({ status: 202 });
}
const send = (handle: ApiHandler, as: string, parameters: Record<string, string>, body?: unknown, role?: Role) =>
  answer(
    handle,
    requestAs([role ?? 'security'], as, {
      pathParameters: parameters,
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    }),
  );
const ASKED = { identity: 'E1001', owner: 'E0007', reason: 'year-end closing', until: iso(10) };
const grant = (as: string, more: Record<string, unknown> = {}, of = 'apart', role?: Role) =>
  send(grantDutyException(dependencies), as, { rule: of }, { ...ASKED, ...more }, role);
const end = (as: string, identity = 'E1001') => send(endDutyExceptions(dependencies), as, { rule: 'apart', identity });
async function shown(id = 'E1001') {
  const { body } = await send(getIdentity(dependencies), 'E0999', { id }, undefined, 'auditor');
  return identitySchema.parse(body);
}
const heldBy = async (id = 'E1001') => (await shown(id)).entitlements.map((one) => one.entitlement);
const versionOf = async (id: string) => (await dependencies.directory.load(id))?.header.version;
const ENTER = ['crm:enter'];
const BOTH = ['crm:approve', 'crm:enter'];

beforeEach(async () => {
  model = MODEL;
  dependencies = setUp();
  const of = (subject: string, department = 'Finance') =>
    joinerEvent({ manager: null, department, email: `${subject}@example.com` }, { id: subject, subject });
  await hr(of('E0007'), of('E0901'), of('E1001', 'Sales'), of('E1002'));
});

describe('an exception', () => {
  it('lets both sides be held from when it is agreed to its end, and not a moment longer', async () => {
    expect(await heldBy()).toEqual(ENTER);
    const { status, body } = await grant('E0901');
    expect(status).toBe(200);
    expect(exceptionAnswerSchema.parse(body).exceptions).toMatchObject([{ owner: 'E0007', until: iso(10) }]);
    expect(await heldBy()).toEqual(BOTH);
    const { duties } = await shown();
    expect(duties).toMatchObject([{ outcome: 'excepted', exception: { owner: 'E0007', until: iso(10) } }]);
    const { timeline } = await loadIdentity(dependencies, 'E1001');
    expect(nextTransitionMs(timeline, dependencies.nowMs)).toBe(NOW_MS + 10 * DAY_MS);
    dependencies.nowMs = NOW_MS + 10 * DAY_MS - 1;
    expect(await heldBy()).toEqual(BOTH);
    dependencies.nowMs += 1;
    expect(await heldBy()).toEqual(ENTER);
    const { items } = await dependencies.audit.list('E1001', { limit: 100 });
    expect(items.at(-1)).toMatchObject({ actor: { id: 'E0901' }, event: { factType: 'exception-granted' } });
  });

  it('said again changes nothing; another beside it is another, and the longer one counts', async () => {
    await grant('E0901');
    const version = await versionOf('E1001');
    expect(await grant('E0901')).toMatchObject({ status: 200, body: { version } });
    await grant('E0901', { until: iso(20) });
    dependencies.nowMs = NOW_MS + 15 * DAY_MS;
    expect(await heldBy()).toEqual(BOTH);
    dependencies.nowMs = NOW_MS + 20 * DAY_MS;
    expect(await heldBy()).toEqual(ENTER);
  });

  it('is ended early by security, all of the rule at once', async () => {
    await grant('E0901');
    await grant('E0901', { until: iso(20) });
    dependencies.nowMs += DAY_MS;
    expect(await end('E1001')).toMatchObject({ status: 403 });
    expect(await end('E0901')).toMatchObject({ status: 200, body: { exceptions: [] } });
    expect(await heldBy()).toEqual(ENTER);
    const version = await versionOf('E1001');
    expect(await end('E0901')).toMatchObject({ status: 200, body: { version } });
  });

  it('ends with the employment: whoever is hired again needs another', async () => {
    await grant('E0901');
    dependencies.nowMs += DAY_MS;
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1001', time: iso(1) }));
    dependencies.nowMs += DAY_MS;
    const again = joinerEvent({ manager: null, department: 'Sales' }, { id: 're', subject: 'E1001', time: iso(2) });
    await hr({ ...again, data: { ...again.data, effectiveAt: iso(2) } });
    expect(await heldBy()).toEqual(ENTER);
  });
});

describe('who may', () => {
  it('not the one concerned, under whichever id, nor whom the token does not name, nor another role', async () => {
    dependencies.nowMs += 1;
    await mergeByTwo(dependencies, { identityId: 'E1001', duplicate: 'E1002', as: 'E0800' });
    for (const as of ['E1001', 'E1002']) expect(await grant(as)).toMatchObject({ status: 403 });
    const sent = { pathParameters: { rule: 'apart' }, body: Buffer.from(JSON.stringify(ASKED)) };
    const unnamed = requestWithAccessToken(['security'], sent);
    expect(await answer(grantDutyException(dependencies), unnamed)).toMatchObject({ status: 403 });
    for (const role of ['hr', 'manager', 'it', 'operations', 'auditor'] as const) {
      expect(await grant('E0901', {}, 'apart', role)).toMatchObject({ status: 403 });
    }
    expect(await heldBy()).toEqual(ENTER);
  });

  it('answers for it: somebody else who is at work', async () => {
    await mergeByTwo(dependencies, { identityId: 'E1001', duplicate: 'E1002', as: 'E0800' });
    await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E0007' }));
    for (const owner of ['E1001', 'E1002', 'E7777', 'E0007']) {
      const answered = await grant('E0901', { owner });
      expect(answered).toMatchObject({ status: 422, body: { errors: [{ pointer: '/owner' }] } });
    }
  });
});

it('is refused where the rule has none, of whom is not employed, and beyond its bounds', async () => {
  expect(await grant('E0901', {}, 'nothing')).toMatchObject({ status: 404 });
  model = { ...MODEL, duties: [rule('apart', 'prevent'), rule('told', 'detect')] };
  expect(await grant('E0901')).toMatchObject({ status: 409, body: { detail: /it prevents/ } });
  expect(await grant('E0901', {}, 'told')).toMatchObject({ status: 409, body: { detail: /only tells/ } });
  model = MODEL;
  expect(await grant('E0901', { until: iso(366) })).toMatchObject({ status: 200 });
  expect(await grant('E0901', { until: new Date(NOW_MS + 366 * DAY_MS + 1).toISOString() })).toMatchObject({
    status: 409,
  });
  expect(await grant('E0901', { until: iso(0) })).toMatchObject({ status: 409 });
  expect(await grant('E0901', { until: '2027-01-31' })).toMatchObject({ status: 422 });
  expect(await grant('E0901', { identity: 'E7777' })).toMatchObject({ status: 404 });
  await hr(leaverEvent({ immediate: true }, { id: 'l', subject: 'E1001' }));
  expect(await grant('E0901')).toMatchObject({ status: 409, body: { detail: /not employed/ } });
});

it('is of no effect on a rule that prevents by now', async () => {
  await grant('E0901');
  model = { ...MODEL, duties: [rule('apart', 'prevent')] };
  expect(await heldBy()).toEqual(ENTER);
});
