// Activity from a post to what follows from it: what is found, told, suspended and kept, and what nobody's record takes with it.
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptedActivitySchema } from '../../../lambdas/api/activity.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

let world = watchingWorld();
const now = () => new Date(world.nowMs).toISOString();
const later = (ms: number) => {
  world.nowMs += ms;
};
const statusOf = async (id: string) => (await world.directory.load(id))?.header.summary.status;
const alerts = () => [...world.activity.alerts.values()];
const people = (...ids: readonly string[]) =>
  ids.map((subject) =>
    joinerEvent(
      { manager: null, department: 'Sales', email: `${subject.toLowerCase()}@example.com` },
      { id: `joins-${subject}`, subject },
    ),
  );
const leaves = (subject: string) => ({
  ...leaverEvent({ immediate: true, effectiveAt: now() }, { id: `leaves-${subject}`, subject }),
  time: now(),
});

async function setUp(said: object = {}) {
  world = watchingWorld(said);
  expect(await world.hr(...people('E1001', 'E1002', 'E1003', 'E1004'))).toMatchObject({ status: 202 });
  for (const id of ['E1001', 'E1002', 'E1003', 'E1004']) await world.haveAccount(id, `crm-${id}`, id.toLowerCase());
  later(DAY_MS);
}
beforeEach(async () => setUp());

describe('who has left and signs in', () => {
  beforeEach(async () => {
    expect(await world.hr(leaves('E1001'))).toMatchObject({ status: 202 });
    later(HOUR_MS);
  });

  it('is found, told with the fact that ended it, and locked out again', async () => {
    const posted = await world.post([signIn(world.nowMs, { uid: 'crm-E1001', name: 'e1001' })]);
    expect(posted).toMatchObject({ status: 202, body: { accepted: 1, refused: 0, faults: [] } });
    expect(await world.judgeWaiting()).toBe(0);
    expect(alerts()).toMatchObject([
      { detection: 'sign-in-after-departure', subjectId: 'E1001', status: 'open', response: 'suspend', count: 1 },
    ]);
    await world.answerWritten();
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.message).toMatch(/^Identity: E1001$/m);
    expect(world.told[0]?.message).toMatch(/^endedBy: acme-hr:leaves-E1001$/m);
    expect(world.told[0]?.message).toMatch(/^Runbook: docs\/runbook\/[a-z-]+\.md$/m);
    expect(world.told[0]?.message).not.toMatch(/example\.com|203\.0\.113/);
    expect(world.stages).toMatchObject([{ stage: 'leaver', identityId: 'E1001' }]);
    expect(world.published).toMatchObject([{ class_uid: 2004, finding_info: { uid: alerts()[0]?.alertId } }]);
    expect(alerts()[0]?.taken.map(({ kind }) => kind)).toEqual(['told', 'locked-down']);
    const types = world.activity.entries.map(({ event, identityId }) => [identityId, event.type]);
    expect(types).toEqual([
      ['E1001', 'alert-raised'],
      ['E1001', 'alert-answered'],
      ['E1001', 'alert-answered'],
    ]);
  });

  it('is told once, however often the same is delivered or found again that day', async () => {
    const records = [0, 1, 2].map((minutes) =>
      signIn(world.nowMs + minutes * MINUTE_MS, { uid: 'crm-E1001', name: 'e1001' }),
    );
    for (let time = 0; time < 3; time += 1) {
      await world.post(records);
      await world.judgeWaiting();
      await world.answerWritten();
    }
    expect(alerts()).toMatchObject([{ count: 3, raised: 1 }]);
    expect(world.told).toHaveLength(1);
    expect(world.stages).toHaveLength(1);
  });

  it('is told again when it comes back after somebody had closed it', async () => {
    await world.post([signIn(world.nowMs, { uid: 'crm-E1001' })]);
    await world.judgeWaiting();
    await world.answerWritten();
    const [alert] = alerts();
    if (alert === undefined) throw new Error('nothing was found');
    const closed = { by: 'op', atMs: world.nowMs, outcome: 'misuse', reason: 'locked' } as const;
    await world.activity.saveAlert({ ...alert, status: 'closed', closed, revision: alert.revision + 1 }, []);
    await world.post([signIn(world.nowMs + MINUTE_MS, { uid: 'crm-E1001' })]);
    await world.judgeWaiting();
    await world.answerWritten();
    expect(alerts()).toMatchObject([{ status: 'open', raised: 2, count: 2 }]);
    expect(world.told).toHaveLength(2);
  });
});

describe('by policy', () => {
  const machineKind = { kind: 'service-account', givenName: undefined, familyName: undefined, email: undefined };

  async function interactiveSignIn(said: object) {
    await setUp(said);
    await world.hr(
      joinerEvent({ ...machineKind, owner: 'E1002', manager: undefined }, { id: 'svc', subject: 'svc-1' }),
    );
    await world.haveAccount('svc-1', 'crm-svc', 'svc');
    later(HOUR_MS);
    await world.post([signIn(world.nowMs, { uid: 'crm-svc', name: 'svc' })]);
    await world.judgeWaiting();
    await world.answerWritten();
  }

  it('a service account that signs in at a screen is suspended by a fact, after somebody was told', async () => {
    await interactiveSignIn({ responses: { 'service-account-interactive': { nonHuman: 'suspend' } } });
    expect(await statusOf('svc-1')).toBe('suspended');
    const facts = (await world.directory.load('svc-1'))?.facts ?? [];
    expect(facts.at(-1)).toMatchObject({ type: 'access-suspended', suspendedBy: 'tenure', suspendedAs: 'security' });
    expect(world.told.length).toBeGreaterThan(0);
    // The stream brings it once more.
    await world.answerWritten();
    expect((await world.directory.load('svc-1'))?.facts).toHaveLength(facts.length);
  });

  it('or only told, or only recorded', async () => {
    await interactiveSignIn({ responses: { 'service-account-interactive': { nonHuman: 'alert' } } });
    const found = alerts().find(({ detection }) => detection === 'service-account-interactive');
    expect(found).toMatchObject({ response: 'alert', taken: [{ kind: 'told' }] });
    expect(await statusOf('svc-1')).toBe('active');
    await interactiveSignIn({ responses: { 'service-account-interactive': { nonHuman: 'record' } } });
    const recorded = alerts().find(({ detection }) => detection === 'service-account-interactive');
    expect(recorded).toMatchObject({ response: 'record', taken: [], raised: 1, answered: 1 });
  });

  it('no source locks out a company: beyond the mass-error guard people are told, and decide', async () => {
    await setUp({ responses: { 'administrator-role-given': { people: 'suspend' } } });
    const gives = (id: string, at: number) => ({
      class_uid: 3005,
      activity_id: 1,
      time: world.nowMs + at,
      status_id: 1,
      metadata: { version: '1.8.0', uid: `gives-${id}`, product: { name: 'CRM', vendor_name: 'Acme' } },
      actor: { user: { uid: 'crm-E1004', type_id: 1 } },
      user: { uid: `crm-${id}`, type_id: 1 },
      privileges: ['administrators'],
      unmapped: { administrator: true },
    });
    await world.post(['E1001', 'E1002', 'E1003'].map((id, at) => gives(id, at)));
    await world.judgeWaiting();
    await world.answerWritten();
    const statuses = await Promise.all(['E1001', 'E1002', 'E1003'].map(statusOf));
    expect(statuses.filter((status) => status === 'suspended')).toHaveLength(2);
    const withheld = alerts().flatMap(({ taken }) => taken.filter(({ kind }) => kind === 'not-suspended'));
    expect(withheld).toHaveLength(1);
    expect(world.told.filter(({ message }) => message.startsWith('NOT SUSPENDED.'))).toHaveLength(1);
  });

  it('nothing is suspended of which nobody can be told', async () => {
    world.tell = async () => {
      throw new Error('the topic is gone');
    };
    await world.hr(leaves('E1001'));
    later(HOUR_MS);
    await world.post([signIn(world.nowMs, { uid: 'crm-E1001' })]);
    await world.judgeWaiting();
    expect((await world.answerWritten()).batchItemFailures).toHaveLength(1);
    expect(world.stages).toEqual([]);
    expect(alerts()).toMatchObject([{ raised: 1, answered: 0 }]);
  });
});

describe('an unfriendly record', () => {
  const good = () => signIn(world.nowMs, { uid: 'crm-E1002' });
  const seen = (id: string) => world.activity.memories.get(id)?.memory as { readonly records: number } | undefined;

  it.each([
    ['of markup', () => signIn(world.nowMs, { uid: '<script>alert(1)</script>', name: '{{7*7}}' }), 2],
    ['with a long field', () => signIn(world.nowMs, { uid: 'crm-E1003' }, { comment: 'x'.repeat(900_000) }), 1],
    ['of 1970', () => signIn(0, { uid: 'crm-E1003' }), 2],
    ['of the year 9999', () => signIn(Date.parse('9999-12-31T00:00:00Z'), { uid: 'crm-E1003' }), 2],
    ['of an unknown version', () => signIn(world.nowMs, { uid: 'crm-E1003' }, { metadata: { version: '9.0.0' } }), 1],
    ['of nobody', () => signIn(world.nowMs, {}, { user: null }), 2],
    ['that is no object', () => 'text', 1],
    ['with its own prototype', () => JSON.parse('{"__proto__":{"class_uid":3002},"constructor":1}'), 1],
  ])('%s is recorded or refused, and takes no neighbour with it', async (_, bad, accepted) => {
    const posted = await world.post([bad(), good()]);
    expect(posted.status).toBe(202);
    const body = acceptedActivitySchema.parse(posted.body);
    expect(body.accepted + body.refused).toBe(2);
    expect(body.accepted).toBe(accepted);
    for (const { pointer } of body.faults) expect(pointer).toMatch(/^\/0(\/|$)/);
    expect(await world.judgeWaiting()).toBe(0);
    expect(seen('E1002')?.records).toBe(1);
    expect(JSON.stringify(world.told)).not.toContain('<script>');
  });

  it('nested as deep as 1 MB can be is refused, and takes no neighbour with it', async () => {
    const deep = (bracket: string) => bracket.repeat(200_000);
    const posted = await world.post(`[${deep('[')}${deep(']')},${JSON.stringify(good())}]`);
    expect(posted).toMatchObject({ status: 202, body: { accepted: 1, refused: 1, faults: [{ pointer: '/0' }] } });
    const inside = JSON.stringify({ ...good(), comment: '?' }).replace('"?"', `${deep('[')}${deep(']')}`);
    const other = await world.post(`[${inside},${JSON.stringify(signIn(world.nowMs, { uid: 'crm-E1002' }))}]`);
    expect(other.status).toBe(202);
    await world.judgeWaiting();
    expect(seen('E1002')?.records).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['no JSON', 'not json'],
    ['no message of ours', JSON.stringify({ hello: 1 })],
    ['of a source that is gone', JSON.stringify({ source: 'gone', event: { detail: {} } })],
    ['that is cut', JSON.stringify({ activity: 'H4sIAAAA' })],
  ])('a message of %s waits for the dead letters alone', async (_, message) => {
    await world.post([good()]);
    world.messages.push(message);
    expect(await world.judgeWaiting()).toBe(1);
    expect(world.messages).toEqual([message]);
    expect(seen('E1002')?.records).toBe(1);
  });

  it('of whom nothing can be read now comes again, and nobody else’s does', async () => {
    const load = world.directory.load;
    world.activity.remember = new Proxy(world.activity.remember, {
      apply: (target, self, [input]) => {
        if (input.memory.subjectId === 'E1003') throw new Error('throttled');
        return Reflect.apply(target, self, [input]);
      },
    });
    await world.post([good()]);
    await world.post([signIn(world.nowMs, { uid: 'crm-E1003' })]);
    expect(await world.judgeWaiting()).toBe(1);
    expect(seen('E1002')?.records).toBe(1);
    expect(load).toBe(world.directory.load);
  });
});

describe('whoever is not known', () => {
  it('is counted and listed by their source', async () => {
    await world.post([signIn(world.nowMs, { uid: 'crm-nobody' }), signIn(world.nowMs, { uid: 'crm-nobody' })]);
    await world.judgeWaiting();
    const { items } = await world.activity.listUnknown({ source: 'crm-log', limit: 10 });
    expect(items).toMatchObject([{ actor: 'crm-nobody', count: 2 }]);
  });
});

describe('what is posted', () => {
  const body = () => [signIn(world.nowMs, { uid: 'crm-E1002' })];

  it.each([
    ['of a source that there is not', { source: 'nobody-log' }, 401],
    ['of a source that does not post', { source: 'aws-log' }, 401],
    ['signed with another secret', { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }, 401],
    ['ten minutes ago', { atMs: 0 }, 401],
    ['as another media type', { contentType: 'text/plain' }, 415],
  ])('%s is not taken', async (_, overrides, status) => {
    expect(await world.post(body(), overrides)).toMatchObject({ status });
    expect(world.messages).toEqual([]);
  });

  it('of more than 1 MB is not taken', async () => {
    expect(await world.post(JSON.stringify('x'.repeat(1_048_575 - 1)))).toMatchObject({ status: 202 });
    expect(await world.post(JSON.stringify('x'.repeat(1_048_575)))).toMatchObject({ status: 413 });
  });
});
