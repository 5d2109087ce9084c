// What somebody says of an alert: who may, what counts once, and for how long nobody wants to hear of it.
import { beforeEach, expect, it } from 'vitest';
import { decideAlert } from '../../../lambdas/handlers/detection/decide-alert.ts';
import { answer, CLAIMS, requestAs } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

const DAY_MS = 86_400_000;
const CLOSING = { decision: 'close', outcome: 'misuse', reason: 'the account is locked' };

let world = watchingWorld();
const alert = () => {
  const [found] = world.activity.alerts.values();
  if (found === undefined) throw new Error('nothing was found');
  return found;
};
const decide = (identityId: string, body: object) => {
  const sent = { pathParameters: { id: alert().alertId }, body: Buffer.from(JSON.stringify(body)) };
  const { queue: _ofActivity, ...dependencies } = world;
  return answer(decideAlert({ ...dependencies, claims: CLAIMS }), requestAs(['security'], identityId, sent));
};
const muting = (untilMs: number) => ({
  decision: 'mute',
  reason: 'known',
  until: new Date(untilMs).toISOString(),
  everybody: false,
});

beforeEach(async () => {
  world = watchingWorld({});
  const joiner = joinerEvent(
    { manager: null, department: 'Sales', email: 'a@example.com' },
    { id: 'j', subject: 'E1001' },
  );
  expect(await world.hr(joiner)).toMatchObject({ status: 202 });
  await world.haveAccount('E1001', 'crm-E1001', 'e1001');
  world.nowMs += DAY_MS;
  const time = new Date(world.nowMs).toISOString();
  const leaver = leaverEvent({ immediate: true, effectiveAt: time }, { id: 'l', subject: 'E1001' });
  expect(await world.hr({ ...leaver, time })).toMatchObject({ status: 202 });
  world.nowMs += 3_600_000;
  await world.post([signIn(world.nowMs, { uid: 'crm-E1001' })]);
  await world.judgeWaiting();
});

it('is not for whom the alert is about', async () => {
  expect(await decide('E1001', CLOSING)).toMatchObject({ status: 403 });
  expect(alert().status).toBe('open');
});

it('closes once, by one entry, and is the same when said again; something else is refused', async () => {
  const before = world.activity.entries.length;
  expect(await decide('E0800', CLOSING)).toMatchObject({ status: 200, body: { status: 'closed' } });
  expect(await decide('E0800', CLOSING)).toMatchObject({ status: 200 });
  expect(world.activity.entries.slice(before).map(({ event }) => event.type)).toEqual(['alert-decided']);
  expect(await decide('E0800', { ...CLOSING, outcome: 'mistaken' })).toMatchObject({ status: 409 });
  expect(alert().closed).toMatchObject({ outcome: 'misuse' });
});

it.each([
  ['at the bound', 90 * DAY_MS, 200],
  ['past it', 90 * DAY_MS + 1, 422],
  ['that is over', 0, 422],
])('mutes until an instant: %s', async (_, inMs, status) => {
  expect(await decide('E0800', muting(world.nowMs + inMs))).toMatchObject({ status });
  expect(alert().status).toBe(status === 200 ? 'muted' : 'open');
});
