// What nobody wants to hear of: for whom, set by whom, until when, and heard of again.
import { beforeEach, describe, expect, it } from 'vitest';
import { decideAlert } from '../../../lambdas/handlers/detection/decide-alert.ts';
import { endMute } from '../../../lambdas/handlers/detection/end-mute.ts';
import { listMutes } from '../../../lambdas/handlers/detection/list-mutes.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import { answer, CLAIMS, requestAs } from '../../support/api-requests.ts';
import { joinerEvent, moverEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { watchingWorld } from '../../support/watching.ts';

const DAY_MS = 86_400_000;
const DETECTION = 'administrator-role-given';
const MACHINE = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };

let world = watchingWorld();
const alertOn = (subjectId: string) =>
  [...world.activity.alerts.values()].find((one) => one.detection === DETECTION && one.subjectId === subjectId);
const statusOn = (subjectId: string) => alertOn(subjectId)?.status;
const api = () => {
  const { queue: _ofActivity, ...dependencies } = world;
  return { ...dependencies, claims: CLAIMS };
};
const send = (handle: ApiHandler, as: string, sent: { readonly id?: string; readonly body?: object } = {}) =>
  answer(
    handle,
    requestAs(['security'], as, {
      pathParameters: { id: sent.id },
      body: Buffer.from(JSON.stringify(sent.body ?? '')),
    }),
  );

let given = 0;
/** An administrator's role is given to each of these. */
async function give(...ids: readonly string[]) {
  given += 1;
  const records = ids.map((id) => ({
    class_uid: 3005,
    activity_id: 1,
    time: world.nowMs,
    status_id: 1,
    metadata: { version: '1.8.0', uid: `gives-${id}-${given}`, product: { name: 'CRM', vendor_name: 'Acme' } },
    actor: { user: { uid: 'crm-somebody', type_id: 1 } },
    user: { uid: `crm-${id}`, type_id: 1 },
    privileges: ['administrators'],
    unmapped: { administrator: true },
  }));
  await world.post(records);
  expect(await world.judgeWaiting()).toBe(0);
}
async function muteAll(as: string, about = 'E1001') {
  const until = new Date(world.nowMs + DAY_MS).toISOString();
  const body = { decision: 'mute', reason: 'a migration', until, everybody: true };
  const muted = await send(decideAlert(api()), as, { id: alertOn(about)?.alertId ?? '', body });
  expect(muted).toMatchObject({ status: 200 });
}
const joins = (subject: string, attributes: object = {}) =>
  joinerEvent(
    { manager: null, department: 'Sales', email: `${subject}@example.com`, ...attributes },
    { id: subject, subject },
  );

beforeEach(async () => {
  world = watchingWorld();
  const machine = (subject: string, owner: string) => joins(subject, { ...MACHINE, manager: undefined, owner });
  const people = ['E1001', 'E1002', 'E0800', 'E0801', 'E0802'].map((subject) => joins(subject));
  expect(await world.hr(...people)).toMatchObject({ status: 202 });
  expect(await world.hr(machine('svc-own', 'E0800'), machine('svc-other', 'E0801'))).toMatchObject({ status: 202 });
  for (const id of ['E1001', 'E1002', 'E0800', 'E0801', 'E0802', 'svc-own', 'svc-other']) {
    await world.haveAccount(id, `crm-${id}`, id.toLowerCase());
  }
  world.nowMs += DAY_MS;
  await give('E1001');
});

describe('a mute for everybody', () => {
  it('covers others, and neither who set it nor what they own', async () => {
    await muteAll('E0800');
    await give('E1002', 'svc-other', 'E0800', 'svc-own');
    expect([statusOn('E1002'), statusOn('svc-other')]).toEqual(['muted', 'muted']);
    expect([statusOn('E0800'), statusOn('svc-own')]).toEqual(['open', 'open']);
  });

  it('covers them where somebody else has set one as well, whoever was first', async () => {
    await muteAll('E0800');
    await muteAll('E0801');
    await give('E0800', 'svc-own', 'E0801', 'svc-other');
    expect(['E0800', 'svc-own', 'E0801', 'svc-other'].map(statusOn)).toEqual(['muted', 'muted', 'muted', 'muted']);
  });

  it('covers nobody whom its setter has become since, and nothing that has come to be theirs', async () => {
    await muteAll('E0800');
    await mergeByTwo(api(), { identityId: 'E0802', duplicate: 'E0800' });
    const time = new Date(world.nowMs).toISOString();
    const moved = moverEvent({ owner: 'E0802' }, { id: 'moves', subject: 'svc-other', time });
    expect(await world.hr({ ...moved, data: { ...moved.data, effectiveAt: time } })).toMatchObject({ status: 202 });
    world.nowMs += 1_000;
    await give('E0802', 'svc-other', 'E1002');
    expect([statusOn('E0802'), statusOn('svc-other'), statusOn('E1002')]).toEqual(['open', 'open', 'muted']);
  });
});

describe('muted', () => {
  it('is told to nobody, until the mute has ended', async () => {
    await muteAll('E0800');
    await world.answerWritten();
    const before = world.told.length;
    await give('E1002');
    await world.answerWritten();
    expect(world.told).toHaveLength(before);
    world.nowMs += DAY_MS;
    await give('E1002');
    await world.answerWritten();
    expect(world.told.length).toBeGreaterThan(before);
  });

  it('is listed with who did it and why, and heard of again once somebody ends it, on record', async () => {
    await muteAll('E0800');
    const listed = await send(listMutes(api()), 'E0801');
    expect(listed).toMatchObject({ body: { items: [{ detection: DETECTION, by: 'E0800', reason: 'a migration' }] } });
    const [mute] = await world.activity.listMutes(world.nowMs);
    const id = mute?.muteId ?? '';
    expect(await send(endMute(api()), 'E0801', { id })).toMatchObject({ status: 200, body: { items: [] } });
    expect(world.activity.entries.at(-1)).toMatchObject({
      identityId: 'DEPLOYMENT#tenure',
      actor: { type: 'operator', id: 'E0801' },
      event: { type: 'mute-ended', muteId: id, detection: DETECTION },
    });
    await give('E1002');
    expect(statusOn('E1002')).toBe('open');
    const entries = world.activity.entries.length;
    expect(await send(endMute(api()), 'E0801', { id })).toMatchObject({ status: 404 });
    expect(await send(endMute(api()), 'E0801', { id: 'no-mute' })).toMatchObject({ status: 404 });
    expect(world.activity.entries).toHaveLength(entries);
  });

  it('is ended by nobody whose role does not decide on alerts', async () => {
    await muteAll('E0800');
    const [mute] = await world.activity.listMutes(world.nowMs);
    const as = requestAs(['auditor'], 'E0801', { pathParameters: { id: mute?.muteId ?? '' } });
    expect(await answer(endMute(api()), as)).toMatchObject({ status: 403 });
    expect(await world.activity.listMutes(world.nowMs)).toHaveLength(1);
  });
});
