// Use of a break-glass account, and changes of trust, while an emergency is open: at the record's time, in that application, and
// by whoever may use it.
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { withdrawRequest } from '../../../lambdas/handlers/requests/withdraw-request.ts';
import { answer, MODEL as BASE, requestAs } from '../../support/api-requests.ts';
import { joinerEvent, suspensionEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const applicationOf = (id: string) => ({
  ...(BASE.applications[0] as AccessModel['applications'][number]),
  id,
  entitlements: [{ id: 'admin', name: 'Administrator', grant: 'admins', privileged: true }],
});
const MODEL: AccessModel = {
  ...BASE,
  applications: ['crm', 'erp'].map(applicationOf),
  profiles: [{ id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: [] }],
  emergency: [
    {
      id: 'outage',
      entitlements: ['crm:admin', 'erp:admin'],
      who: ['sales'],
      longestHours: 24,
      tell: ['security'],
      reviewedBy: ['security'],
      reviewWithinHours: 72,
    },
  ],
};
const ROOT = { uid: 'crm-root', name: 'root', type_id: 2 };

let world = watchingWorld();
const later = (ms: number) => {
  world.nowMs += ms;
};
const found = (detection: string) => [...world.activity.alerts.values()].filter((one) => one.detection === detection);
const unexplained = () => found('break-glass-without-grant').length;

function api() {
  const { queue: _ofActivity, ...dependencies } = world;
  return { ...dependencies, model: () => MODEL, alert: async () => {} };
}
/** @returns the request */
async function takes(identityId: string, forMs: number, entitlement = 'crm:admin'): Promise<string> {
  const endsAt = new Date(world.nowMs + forMs).toISOString();
  const body = Buffer.from(JSON.stringify({ entitlement, reason: 'the till is down', emergency: true, endsAt }));
  const taken = await answer(submitRequest(api()), requestAs(['manager'], identityId, { body }));
  expect(taken).toMatchObject({ status: 202 });
  return (taken.body as { requestId: string }).requestId;
}
const ends = (identityId: string, id: string) =>
  answer(withdrawRequest(api()), requestAs(['manager'], identityId, { pathParameters: { id } }));
async function judge(...records: readonly object[]) {
  await world.post(records);
  expect(await world.judgeWaiting()).toBe(0);
}
/** Whoever signs in is `user`. */
const changesTrust = (user: object) =>
  signIn(world.nowMs, user, {
    class_uid: 6003,
    activity_id: 3,
    api: { operation: 'UpdateFederation' },
    actor: { user },
    unmapped: { action: 'trust-change' },
  });

beforeEach(async () => {
  world = watchingWorld({ breakGlassAccounts: ['crm:crm-shared'] });
  const people = ['E1001', 'E1002'].map((subject) =>
    joinerEvent({ manager: null, department: 'Sales', email: `${subject}@example.com` }, { id: subject, subject }),
  );
  expect(await world.hr(...people)).toMatchObject({ status: 202 });
  for (const id of ['E1001', 'E1002']) await world.haveAccount(id, `crm-${id}`, id.toLowerCase());
  later(DAY_MS);
});

describe('a break-glass account', () => {
  it('is used under an emergency that somebody has open, and not without one', async () => {
    await judge(signIn(world.nowMs, ROOT));
    expect(unexplained()).toBe(1);
    later(2 * DAY_MS);
    await takes('E1001', HOUR_MS);
    await judge(signIn(world.nowMs, ROOT), signIn(world.nowMs, { uid: 'crm-shared' }));
    expect(unexplained()).toBe(1);
  });

  it.each([
    ['in its first moment', 0, 0],
    ['a second before it', -1_000, 1],
    ['in its last moment', 2 * HOUR_MS - 1, 0],
    ['in the moment of its end', 2 * HOUR_MS, 1],
    ['a second after its end', 2 * HOUR_MS + 1_000, 1],
  ])('is judged by when it was used, however late that is told: %s', async (_, inMs, told) => {
    const startsMs = world.nowMs;
    await takes('E1001', 2 * HOUR_MS);
    later(9 * DAY_MS);
    await judge(signIn(startsMs + inMs, ROOT));
    expect(unexplained()).toBe(told);
  });

  it.each([
    [DAY_MS - 1, 0],
    [DAY_MS, 1],
  ])(
    'is used under the longest emergency there can be, begun just before midnight: after %i ms',
    async (inMs, told) => {
      later(DAY_MS - (world.nowMs % DAY_MS) - 1);
      const startsMs = world.nowMs;
      await takes('E1001', DAY_MS);
      later(2 * DAY_MS);
      await judge(signIn(startsMs + inMs, ROOT));
      expect(unexplained()).toBe(told);
    },
  );

  it('is not used under one that was ended before its time', async () => {
    const requestId = await takes('E1001', 2 * HOUR_MS);
    later(HOUR_MS);
    expect(await ends('E1001', requestId)).toMatchObject({ status: 200 });
    await judge(signIn(world.nowMs - 1, ROOT));
    expect(unexplained()).toBe(0);
    later(1_000);
    await judge(signIn(world.nowMs, ROOT));
    expect(unexplained()).toBe(1);
  });

  it('is not used under one of another application, or of somebody who was suspended meanwhile', async () => {
    await takes('E1001', 3 * HOUR_MS, 'erp:admin');
    await judge(signIn(world.nowMs, ROOT));
    expect(unexplained()).toBe(1);
    later(2 * DAY_MS);
    await takes('E1002', 3 * HOUR_MS);
    later(HOUR_MS);
    const time = new Date(world.nowMs).toISOString();
    const leave = suspensionEvent({ id: 's', subject: 'E1002', time });
    expect(await world.hr({ ...leave, data: { ...leave.data, effectiveAt: time } })).toMatchObject({ status: 202 });
    await judge(signIn(world.nowMs + 1, ROOT));
    expect(unexplained()).toBe(2);
  });

  it('is used under one of somebody who was merged into another since', async () => {
    await takes('E1001', 2 * HOUR_MS);
    const atMs = world.nowMs;
    await mergeByTwo(api(), { identityId: 'E1002', duplicate: 'E1001' });
    await judge(signIn(atMs, ROOT));
    expect(unexplained()).toBe(0);
  });

  it('that could not be noted gives access all the same, and its use is told', async () => {
    world.activity.noteEmergency = async () => {
      throw new Error('throttled');
    };
    await takes('E1001', HOUR_MS);
    await judge(signIn(world.nowMs, ROOT));
    expect(unexplained()).toBe(1);
  });
});

describe('a change of trust', () => {
  const severity = () => found('federation-changed').map((one) => one.severity);

  it('is less severe under an emergency of whoever made it, and of nobody else', async () => {
    await takes('E1001', HOUR_MS);
    await judge(changesTrust({ uid: 'crm-E1002', type_id: 1 }));
    expect(severity()).toEqual(['high']);
    await judge(changesTrust({ uid: 'crm-E1001', type_id: 1 }));
    expect(severity()).toEqual(['high', 'medium']);
    expect(found('federation-changed').at(-1)?.evidence).toMatchObject({ openEmergencyGrant: true });
  });

  it('by somebody whom nobody knows is explained by no emergency, but for a break-glass account', async () => {
    await takes('E1001', HOUR_MS);
    await judge(changesTrust({ uid: 'crm-stranger', type_id: 1 }), signIn(world.nowMs, ROOT));
    expect(severity()).toEqual(['high']);
    later(2 * DAY_MS);
    await takes('E1002', HOUR_MS);
    await judge(changesTrust(ROOT));
    expect(severity()).toEqual(['high', 'medium']);
  });
});
