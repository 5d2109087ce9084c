// "Was this meant?": who is asked, what they say, and every way in which a link answers nothing.
import { beforeEach, describe, expect, it } from 'vitest';
import { answerQuestion } from '../../../lambdas/handlers/detection/answer-question.ts';
import { decideAlert } from '../../../lambdas/handlers/detection/decide-alert.ts';
import { getAlert } from '../../../lambdas/handlers/detection/get-alert.ts';
import { showQuestion } from '../../../lambdas/handlers/detection/show-question.ts';
import { answer, CLAIMS, request, requestAs } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LINK = /https:\/\/tenure\.example\/alerts\/(\S+)\/question\/(\S+)/;
const MACHINE = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };
const ASKED = {
  responses: {
    'service-account-interactive': { nonHuman: 'ask' },
    'administrator-role-given': { people: 'ask', nonHuman: 'ask' },
    'key-made-for-another': { people: 'ask', nonHuman: 'ask' },
  },
};

let world = watchingWorld();
const api = () => {
  const { queue: _ofActivity, ...dependencies } = world;
  return { ...dependencies, claims: CLAIMS };
};
const later = (ms: number) => {
  world.nowMs += ms;
};
const alertOf = (detection: string) => {
  const found = [...world.activity.alerts.values()].findLast((one) => one.detection === detection);
  if (found === undefined) throw new Error(`${detection} found nothing`);
  return found;
};
/** What stands in the last mail. */
function link() {
  const [, id = '', token = ''] = LINK.exec(world.mails.at(-1)?.text ?? '') ?? [];
  return { id: decodeURIComponent(id), token };
}
const open = (sent = link()) => answer(showQuestion(world), request({ pathParameters: sent }));
const say = (form: string, sent = link()) =>
  answer(answerQuestion(world), request({ pathParameters: sent, body: Buffer.from(form) }));
const refusals = async (key: string) =>
  (await world.audit.list(key, { limit: 100 })).items.filter(({ event }) => event.type === 'operation-refused');
const joins = (subject: string, attributes: object = {}) =>
  joinerEvent(
    { manager: null, department: 'Sales', email: `${subject}@example.com`, ...attributes },
    { id: subject, subject },
  );
const effectiveNow = <Event extends { readonly data: object }>(event: Event) => {
  const time = new Date(world.nowMs).toISOString();
  return { ...event, time, data: { ...event.data, effectiveAt: time } };
};
const leaves = (subject: string) =>
  world.hr(effectiveNow(leaverEvent({ immediate: true }, { id: `leaves-${subject}`, subject })));

async function judge(...records: readonly object[]) {
  await world.post(records);
  expect(await world.judgeWaiting()).toBe(0);
  await world.answerWritten();
}
/** E1001, whose manager is E0700, is given an administrator's role. */
let given = 0;
function given1001() {
  given += 1;
  return judge({
    class_uid: 3005,
    activity_id: 1,
    time: world.nowMs,
    status_id: 1,
    metadata: { version: '1.8.0', uid: `gives-${given}`, product: { name: 'CRM', vendor_name: 'Acme' } },
    actor: { user: { uid: 'crm-somebody', type_id: 1 } },
    user: { uid: 'crm-E1001', type_id: 1 },
    privileges: ['administrators'],
    unmapped: { administrator: true },
  });
}
const GIVEN = 'administrator-role-given';

async function setUp(said: object = {}) {
  world = watchingWorld({ ...ASKED, ...said });
  const people = [joins('E0600'), joins('E0700', { manager: 'E0600' }), joins('E1001', { manager: 'E0700' })];
  expect(await world.hr(...people, joins('E1002'))).toMatchObject({ status: 202 });
  const machine = joins('svc-1', { ...MACHINE, manager: undefined, owner: 'E0700' });
  expect(await world.hr(machine)).toMatchObject({ status: 202 });
  for (const id of ['E0600', 'E0700', 'E1001', 'E1002', 'svc-1']) {
    await world.haveAccount(id, `crm-${id}`, id.toLowerCase());
  }
  later(DAY_MS);
}
beforeEach(() => setUp());

describe('who is asked', () => {
  it('is the manager of a person, after whoever looks after alerts was told, without personal data', async () => {
    await given1001();
    expect(world.told).not.toHaveLength(0);
    expect(world.mails).toMatchObject([{ to: 'E0700@example.com', person: 'E0700', subject: 'Was this meant?' }]);
    expect(world.mails[0]?.text).not.toMatch(/Ada|Lovelace|E1001@example|203\.0\.113/);
    expect(alertOf(GIVEN).taken.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['told', undefined],
      ['asked', 'E0700'],
    ]);
    expect(JSON.stringify(alertOf(GIVEN))).not.toContain(link().token.split('.')[1]);
    await world.answerWritten();
    expect(world.mails).toHaveLength(1);
  });

  it('is the owner of what is no person, and the one above where the owner is gone', async () => {
    await judge(signIn(world.nowMs, { uid: 'crm-svc-1', name: 'svc-1' }));
    expect(world.mails.map(({ person }) => person)).toEqual(['E0700']);
    await leaves('E0700');
    later(DAY_MS);
    await judge(signIn(world.nowMs, { uid: 'crm-svc-1', name: 'svc-1' }));
    expect(world.mails.at(-1)?.person).toBe('E0600');
  });

  it('is never who did it, though they are the manager', async () => {
    await judge({
      class_uid: 3001,
      activity_id: 99,
      time: world.nowMs,
      status_id: 1,
      metadata: { version: '1.8.0', uid: 'key-1', product: { name: 'CRM', vendor_name: 'Acme' } },
      actor: { user: { uid: 'crm-E0700', type_id: 1 } },
      user: { uid: 'crm-E1001', type_id: 1 },
      unmapped: { action: 'key-create', unlimited: true },
    });
    expect(alertOf('key-made-for-another')).toMatchObject({ subjectId: 'E1001', evidence: { madeBy: 'E0700' } });
    expect(world.mails.map(({ person }) => person)).toEqual(['E0600']);
  });

  it.each([
    ['nobody is there', () => leaves('E0700').then(() => leaves('E0600'))],
    ['nothing is mailed', async () => void Object.assign(world, { notices: {} })],
    ['the mail is refused', async () => void Object.assign(world, { sendMail: async () => 'refused' })],
  ])('is nobody where %s: the alert says so, and was told', async (_, change) => {
    await change();
    later(1_000);
    await given1001();
    expect(alertOf(GIVEN).taken.map(({ kind }) => kind)).toEqual(['told', 'not-asked']);
    expect(alertOf(GIVEN).questions ?? []).toEqual([]);
  });

  it('may have been asked though nobody knows whether the mail arrived', async () => {
    const { sendMail } = world;
    world.sendMail = async (mailing) => {
      await sendMail(mailing);
      return 'unknown';
    };
    await given1001();
    expect(await say('decision=meant')).toMatchObject({ status: 200 });
  });
});

describe('what is said', () => {
  beforeEach(given1001);

  it('is asked on a page that answers nothing', async () => {
    const shown = await open();
    expect(shown.status).toBe(200);
    expect(shown.body).toContain('(E1001)');
    expect(shown.body).toContain('value="not-meant"');
    expect(await open()).toMatchObject({ status: 200 });
    expect(alertOf(GIVEN).status).toBe('open');
    const { items } = await world.audit.list('READS#E1001', { limit: 100 });
    expect(items).toMatchObject([{ actor: { id: 'E0700' }, event: { operation: 'show-question' } }]);
  });

  it('yes closes it, with who said so, on record', async () => {
    expect(await say('decision=meant&reason=She+is+on+call')).toMatchObject({ status: 200 });
    expect(alertOf(GIVEN)).toMatchObject({
      status: 'closed',
      closed: { by: 'E0700', outcome: 'expected', reason: 'She is on call' },
    });
    expect(world.activity.entries.at(-1)).toMatchObject({
      identityId: 'E1001',
      actor: { type: 'operator', id: 'E0700' },
      event: { type: 'alert-decided', decision: 'meant', outcome: 'expected', reason: 'She is on call' },
    });
    const as = requestAs(['security'], 'E0600', { pathParameters: { id: link().id } });
    expect(await answer(getAlert(api()), as)).toMatchObject({
      status: 200,
      body: { questions: [{ person: 'E0700', answer: 'meant', answeredBy: 'E0700' }] },
    });
  });

  it('yes stands for the day: the same is counted, and asked of nobody again; tomorrow it is', async () => {
    await say('decision=meant');
    await given1001();
    expect(alertOf(GIVEN)).toMatchObject({ status: 'closed', count: 2, raised: 1 });
    expect(world.mails).toHaveLength(1);
    later(DAY_MS);
    await given1001();
    expect(world.mails).toHaveLength(2);
  });

  it('no raises it once more, and whoever looks after alerts is told who said so', async () => {
    const before = world.told.length;
    expect(await say('decision=not-meant')).toMatchObject({ status: 200 });
    expect(alertOf(GIVEN)).toMatchObject({ status: 'open', severity: 'high', raised: 2, response: 'alert' });
    expect(world.activity.entries.slice(-2).map(({ event }) => event)).toMatchObject([
      { type: 'alert-decided', decision: 'not-meant' },
      { type: 'alert-raised', raised: 2 },
    ]);
    await world.answerWritten();
    expect(world.told.slice(before).map(({ message }) => message)).toMatchObject([
      expect.stringMatching(/^NOT MEANT, says E0700/),
    ]);
    expect(world.mails).toHaveLength(1);
    expect((await world.directory.load('E1001'))?.header.summary.status).toBe('active');
  });

  it('no suspends where the policy says so', async () => {
    await setUp({ whenDenied: 'suspend' });
    await given1001();
    await say('decision=not-meant');
    await world.answerWritten();
    expect((await world.directory.load('E1001'))?.header.summary.status).toBe('suspended');
    expect(alertOf(GIVEN).taken.map(({ kind }) => kind)).toEqual(['told', 'asked', 'told', 'suspended']);
  });

  it('is heard though nobody wanted to hear of it', async () => {
    const until = new Date(world.nowMs + DAY_MS).toISOString();
    const body = Buffer.from(JSON.stringify({ decision: 'mute', reason: 'known', until }));
    const muting = requestAs(['security'], 'E0600', { pathParameters: { id: link().id }, body });
    expect(await answer(decideAlert(api()), muting)).toMatchObject({ status: 200 });
    await say('decision=not-meant');
    expect(alertOf(GIVEN)).toMatchObject({ status: 'open', raised: 2 });
  });
});

describe('a link answers nothing', () => {
  beforeEach(given1001);
  const code = (name: string) => expect.stringContaining(`Code: ${name}.`);
  /** By both routes. */
  async function refused(status: number, name: string, sent = link()) {
    const before = alertOf(GIVEN);
    expect(await open(sent)).toMatchObject({ status, body: code(name) });
    expect(await say('decision=meant', sent)).toMatchObject({ status, body: code(name) });
    expect(alertOf(GIVEN)).toEqual(before);
  }

  it('that is altered, cut, of another alert, or nobody’s', async () => {
    const { id, token } = link();
    const other = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
    for (const sent of [
      { id, token: other },
      { id, token: token.slice(0, -1) },
      { id, token: `other.${token.split('.')[1]}` },
      { id: `E1002~${id.split('~')[1]}`, token },
      { id: 'nothing', token },
      { id: '', token: '' },
    ]) {
      await refused(404, 'link-unknown', sent);
    }
    expect(await refusals('DEPLOYMENT#tenure')).not.toHaveLength(0);
    expect(JSON.stringify(await refusals('DEPLOYMENT#tenure'))).not.toContain(token);
  });

  it('that was used, whatever it said', async () => {
    await say('decision=not-meant');
    await refused(409, 'link-used');
    expect(await say('decision=not-meant')).toMatchObject({ status: 409 });
    expect(await refusals('OPERATOR#E0700')).not.toHaveLength(0);
  });

  it('in the moment in which it expires, and does in the one before', async () => {
    later(3 * DAY_MS - 1);
    expect(await open()).toMatchObject({ status: 200 });
    later(1);
    await refused(409, 'link-expired');
  });

  it('once somebody has closed the alert, or it was raised once more', async () => {
    const first = link();
    const body = Buffer.from(JSON.stringify({ decision: 'close', outcome: 'mistaken', reason: 'no' }));
    const closing = requestAs(['security'], 'E0600', { pathParameters: { id: first.id }, body });
    expect(await answer(decideAlert(api()), closing)).toMatchObject({ status: 200 });
    await refused(409, 'alert-over');
    await given1001();
    expect(alertOf(GIVEN)).toMatchObject({ status: 'open', raised: 2 });
    await refused(409, 'alert-over', first);
    expect(await say('decision=meant')).toMatchObject({ status: 200 });
  });

  it('of somebody who turns out to be whom it is about', async () => {
    await mergeByTwo(api(), { identityId: 'E1001', duplicate: 'E0700' });
    await refused(403, 'own-alert');
  });

  it('of somebody who has left, or is the manager no longer', async () => {
    await world.hr(effectiveNow(moverEvent({ manager: 'E0600' }, { id: 'moves', subject: 'E1001' })));
    later(1_000);
    await refused(403, 'not-an-approver');
    await setUp();
    await given1001();
    await leaves('E0700');
    later(1_000);
    await refused(403, 'not-an-approver');
  });

  it.each([
    ['nothing', '', 422],
    ['another word', 'decision=approve', 422],
    ['both', 'decision=meant&decision=not-meant', 422],
    ['a reason of 501 characters', `decision=meant&reason=${'x'.repeat(501)}`, 422],
    ['more than a form', `decision=meant&reason=${'x'.repeat(8_200)}`, 413],
  ])('with a form that says %s', async (_, form, status) => {
    expect(await say(form)).toMatchObject({ status });
    expect(alertOf(GIVEN).status).toBe('open');
  });

  it('twice, when it is sent twice at once', async () => {
    const { saveAlert } = world.activity;
    world.activity.saveAlert = async (...input) => {
      world.activity.saveAlert = saveAlert;
      expect(await say('decision=not-meant')).toMatchObject({ status: 200 });
      return await saveAlert(...input);
    };
    expect(await say('decision=meant')).toMatchObject({ status: 409, body: code('link-used') });
    expect(alertOf(GIVEN)).toMatchObject({ status: 'open', raised: 2 });
  });
});
