// Intake, from the gateway's request to what lies in the stores.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedEventsSchema } from '../../../lambdas/api/hr-events.ts';
import { problemSchema } from '../../../lambdas/api/problem.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import type { PersonSnapshot } from '../../../lambdas/core/hr/person-snapshot.ts';
import { nextCheckAfterFact } from '../../../lambdas/core/identity/next-check.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { cloudEvents } from '../../../lambdas/hr-sources/cloud-events.ts';
import type { HrSource } from '../../../lambdas/hr-sources/hr-source.ts';
import { answer, apiDependencies, NOW_MS, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joiner } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent, rescindEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { type MemoryOptions, memoryStores } from '../../support/memory-stores.ts';

const ROTATED = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

function intake(options: MemoryOptions = {}) {
  const dependencies = { ...apiDependencies(), ...memoryStores(options) };
  const secretsOf = async (sourceId: string) => (sourceId === 'acme-hr' ? [ROTATED, SECRET] : undefined);
  const receive = receiveHrEvent({ ...dependencies, secretsOf });
  return {
    ...dependencies,
    post: (...sent: Parameters<typeof signedRequest>) => answer(receive, signedRequest(...sent)),
    postRequest: (sent: ReturnType<typeof signedRequest>) => answer(receive, sent),
  };
}

describe('an event', () => {
  it('is answered 202 once fact, version and audit entry are written', async () => {
    const { post, directory, audit, inserted } = intake();
    expect(await post(joinerEvent())).toEqual({
      status: 202,
      body: { eventId: 'wd-1', identityId: 'E1001', version: 1 },
    });
    const record = await directory.load('E1001');
    expect(record?.facts.map(({ factId }) => factId)).toEqual(['acme-hr:wd-1']);
    expect(record?.header).toMatchObject({
      version: 1,
      nextCheckMs: nextCheckAfterFact(NOW_MS),
      summary: { status: 'active', kind: 'employee', displayName: 'Ada Lovelace', managerId: 'E0007' },
    });
    expect(inserted).toHaveLength(1);
    const { items } = await audit.list('E1001', { limit: 10 });
    expect(items).toMatchObject([
      {
        entryId: 'fact:acme-hr:wd-1',
        version: 1,
        actor: { type: 'hr-source', id: 'acme-hr' },
        event: { type: 'fact-recorded', factType: 'joiner', factId: 'acme-hr:wd-1' },
      },
    ]);
    expect(JSON.stringify(items)).not.toContain('Lovelace');
  });

  it('gets the first answer again when it comes again, whatever happened meanwhile', async () => {
    const { post, directory, inserted } = intake();
    const first = await post(joinerEvent());
    await post(moverEvent({ title: 'Lead' }, { id: 'wd-2' }));
    expect(await post(joinerEvent())).toEqual(first);
    expect((await directory.load('E1001'))?.header.version).toBe(2);
    expect(inserted).toHaveLength(2);
  });

  it('is the same event when only white space and order of its members differ', async () => {
    const { post } = intake();
    const first = await post(joinerEvent());
    const reordered = Object.fromEntries(Object.entries(joinerEvent()).reverse());
    expect(await post(JSON.stringify(reordered, null, 4))).toEqual(first);
  });

  it('is refused with 409 when its id was used for other content', async () => {
    const { post, directory } = intake();
    await post(joinerEvent());
    const answered = await post(joinerEvent({ title: 'Other' }));
    expect(answered).toMatchObject({ status: 409, body: { errors: [{ pointer: '/id' }] } });
    expect(problemSchema.parse(answered.body)).toBeTruthy();
    expect((await directory.load('E1001'))?.header.version).toBe(1);
  });

  it('names the fact it rescinds', async () => {
    const { post, directory } = intake();
    await post(joinerEvent());
    await post(leaverEvent({}, { id: 'wd-2' }));
    expect((await directory.load('E1001'))?.header.summary.status).toBe('departed');
    await post(rescindEvent('wd-2', { id: 'wd-3' }));
    expect((await directory.load('E1001'))?.header.summary.status).toBe('active');
  });

  it("carries its source's authority from then on", async () => {
    const dependencies = {
      ...apiDependencies(),
      precedence: { 'acme-hr': { authority: 7, attributes: { email: 1 } } },
    };
    const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
    await answer(receive, signedRequest(moverEvent({ title: 'Lead', email: 'ada@acme.example' })));
    expect((await dependencies.directory.load('E1001'))?.facts).toMatchObject([
      { authority: { title: 7, email: 1 }, sourceAuthority: 7 },
    ]);
  });

  it('is kept for an identity nobody knows yet', async () => {
    const { post, directory } = intake();
    expect(await post(moverEvent({ title: 'Lead' }))).toMatchObject({ status: 202, body: { version: 1 } });
    expect((await directory.load('E1001'))?.header.summary).toEqual({ status: 'unknown' });
  });
});

describe('a batch', () => {
  it('is answered in its own order, and several events of one identity build on one another', async () => {
    const { post, directory } = intake();
    const events = [
      joinerEvent({}, { id: 'a', subject: 'E1' }),
      joinerEvent({}, { id: 'b', subject: 'E2' }),
      moverEvent({ title: 'Lead' }, { id: 'c', subject: 'E1' }),
      joinerEvent({}, { id: 'a', subject: 'E1' }),
    ];
    const answered = await post(events);
    expect(answered).toEqual({
      status: 202,
      body: [
        { eventId: 'a', identityId: 'E1', version: 1 },
        { eventId: 'b', identityId: 'E2', version: 1 },
        { eventId: 'c', identityId: 'E1', version: 2 },
        { eventId: 'a', identityId: 'E1', version: 1 },
      ],
    });
    expect(acceptedEventsSchema.parse(answered.body)).toHaveLength(4);
    expect((await directory.load('E1'))?.facts).toHaveLength(2);
    expect(await post(events)).toEqual(answered);
  });

  it('writes nothing when any event is wrong, and says where', async () => {
    const { post, inserted } = intake();
    const wrong = joinerEvent({ kind: 'contractor', email: 'no' }, { id: 'b' });
    const answered = await post([joinerEvent(), wrong, { type: 'jml.joiner' }]);
    expect(answered.status).toBe(422);
    const { errors = [] } = problemSchema.parse(answered.body);
    const pointers = errors.map(({ pointer }) => pointer);
    expect(pointers).toEqual(
      expect.arrayContaining(['/1/data/attributes/email', '/1/data/attributes/endsAt', '/2/id']),
    );
    expect(inserted).toEqual([]);
  });

  it('writes nothing when an id conflicts, in the table or within the batch', async () => {
    const { post, inserted } = intake();
    await post(joinerEvent({}, { id: 'a' }));
    const fresh = joinerEvent({}, { id: 'b', subject: 'E2' });
    expect(await post([fresh, joinerEvent({ title: 'Other' }, { id: 'a' })])).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/1/id' }] },
    });
    expect(await post([fresh, joinerEvent({}, { id: 'b', subject: 'E3' })])).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/1/id' }] },
    });
    expect(inserted).toHaveLength(1);
  });

  it('takes 100 events and no more', async () => {
    const { post } = intake();
    const events = Array.from({ length: 101 }, (_, index) =>
      joinerEvent({}, { id: `e${index}`, subject: `E${index}` }),
    );
    expect(await post(events)).toMatchObject({ status: 413 });
    const answered = await post(events.slice(0, 100));
    expect(answered.status).toBe(202);
    expect(answered.body).toHaveLength(100);
  });

  it('may be empty', async () => {
    expect(await intake().post([])).toEqual({ status: 202, body: [] });
  });

  it('about somebody new costs one read in all, and a write for every thirty events', async () => {
    const { post, calls, directory, audit } = counting();
    const events = [joinerEvent({}, { id: 'e0' }), ...titles(99)];
    const answered = await post(events);
    expect(answered.body).toEqual(
      events.map(({ id }, index) => ({ eventId: id, identityId: 'E1001', version: index + 1 })),
    );
    expect(calls).toEqual({ findKnown: 1, recordFact: 4 });
    const record = await directory.load('E1001');
    expect(record?.header).toMatchObject({ version: 100, summary: { title: 'Title 99' } });
    expect(record?.facts.map(({ sourceEventId }) => sourceEventId).sort()).toEqual(events.map(({ id }) => id).sort());
    const { items } = await audit.list('E1001', { limit: 200 });
    expect(items.map(({ entryId, version }) => [entryId, version])).toEqual(
      expect.arrayContaining(events.map(({ id }, index) => [`fact:acme-hr:${id}`, index + 1])),
    );
    expect(items).toHaveLength(100);
  });

  it('about somebody who joins again costs one read of them', async () => {
    const { post, calls } = counting();
    await post([joinerEvent({}, { id: 'e0' })]);
    for (const method of Object.keys(calls)) delete calls[method];
    expect(await post([joinerEvent({ title: 'Back again' }, { id: 'e1' })])).toMatchObject({ status: 202 });
    expect(calls).toEqual({ findKnown: 1, load: 1, recordFact: 1 });
  });

  it('of what is known already costs one read in all, and none of any identity', async () => {
    const { post, calls } = counting();
    const events = [joinerEvent({}, { id: 'e0' }), ...titles(98), joinerEvent({}, { id: 'other', subject: 'E2' })];
    const first = await post(events);
    for (const method of Object.keys(calls)) delete calls[method];
    expect(await post(events)).toEqual(first);
    expect(calls).toEqual({ findKnown: 1 });
  });

  it.each([1, 2, 3])('that failed at write %i is taken up where it ended when it is sent again', async (failing) => {
    let writes = 0;
    const { post, directory } = intake({
      before: async (method) => {
        if (method !== 'recordFact') return;
        writes += 1;
        if (writes === failing) throw new Error('the function died');
      },
    });
    const events = [joinerEvent({}, { id: 'e0' }), ...titles(70)];
    expect(await post(events)).toMatchObject({ status: 500 });
    expect((await directory.load('E1001'))?.facts.length ?? 0).toBe((failing - 1) * 30);
    const answered = await post(events);
    expect(answered.body).toEqual(
      events.map(({ id }, index) => ({ eventId: id, identityId: 'E1001', version: index + 1 })),
    );
    expect((await directory.load('E1001'))?.facts).toHaveLength(71);
  });

  it('is recorded for everybody but the one identity whose events cannot be', async () => {
    const stores = memoryStores();
    const facts = {
      ...stores.facts,
      recordFact: async (input: Parameters<typeof stores.facts.recordFact>[0]) => {
        if (input.fact.identityId === 'E0') throw new Error('the item is too large');
        return await stores.facts.recordFact(input);
      },
    };
    const receive = receiveHrEvent({ ...apiDependencies(), ...stores, facts, secretsOf: async () => [SECRET] });
    const events = Array.from({ length: 50 }, (_, index) => joinerEvent({}, { id: `e${index}`, subject: `E${index}` }));
    expect(await answer(receive, signedRequest(events))).toMatchObject({ status: 500 });
    for (let index = 1; index < 50; index += 1) expect(await stores.directory.load(`E${index}`)).toBeDefined();
  });

  it('about one identity builds on what was written about it while it was on its way', async () => {
    const { post, directory, facts } = intake({
      before: async (method) => {
        if (method !== 'recordFact' || rivals === 0) return;
        rivals -= 1;
        await post(moverEvent({ location: `Rival ${rivals}` }, { id: `rival-${rivals}` }));
      },
    });
    let rivals = 0;
    await post(joinerEvent({}, { id: 'e0' }));
    rivals = 2;
    const answered = await post(titles(40));
    expect(answered).toMatchObject({ status: 202 });
    expect((await directory.load('E1001'))?.header).toMatchObject({ version: 43, summary: { title: 'Title 40' } });
    const rival = { source: 'acme-hr', sourceEventId: 'rival-0' };
    expect((await facts.findKnown({ events: [rival] })).accepted).toHaveLength(1);
    const versions = (answered.body as { version: number }[]).map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(40);
  });
});

/** Movers of one identity, each with another title. */
function titles(count: number) {
  return Array.from({ length: count }, (_, index) =>
    moverEvent(
      { title: `Title ${index + 1}` },
      { id: `e${index + 1}`, time: new Date(NOW_MS - (count - index) * 1_000).toISOString() },
    ),
  );
}

/** With the guard, and the calls of the stores by their name. */
function counting() {
  const calls: Record<string, number> = {};
  const count = async (method: string) => {
    calls[method] = (calls[method] ?? 0) + 1;
  };
  const stores = memoryStores({ before: count });
  const guard = {
    settings: massErrorGuardSchema.parse({}),
    holds: memoryHolds(stores.table, count),
    alert: async () => {},
  };
  const receive = receiveHrEvent({ ...apiDependencies(), ...stores, guard, secretsOf: async () => [SECRET] });
  return { ...stores, calls, post: (body: unknown) => answer(receive, signedRequest(body)) };
}

describe('an id that differs only by case', () => {
  const OTHER = { status: 422, body: { errors: [{ detail: expect.stringContaining('upper and lower case') }] } };

  it('from one in use is refused by pointer, naming nobody, before anything is written', async () => {
    const { post, inserted } = intake();
    await post(joinerEvent());
    const single = await post(joinerEvent({}, { id: 'b', subject: 'e1001' }));
    expect(single).toMatchObject({ ...OTHER, body: { errors: [{ pointer: '/subject' }] } });
    expect(JSON.stringify(single.body)).not.toMatch(/E1001|Lovelace/i);
    const batch = [joinerEvent({}, { id: 'c', subject: 'E2' }), leaverEvent({}, { id: 'd', subject: 'e1001' })];
    expect(await post(batch)).toMatchObject({ ...OTHER, body: { errors: [{ pointer: '/1/subject' }] } });
    expect(inserted).toHaveLength(1);
  });

  it('from another new one of the same batch is refused, and the first is not to blame', async () => {
    const { post, inserted } = intake();
    const batch = [
      joinerEvent({}, { id: 'a', subject: 'e1001' }),
      joinerEvent({}, { id: 'b', subject: 'E1001' }),
      moverEvent({ title: 'Lead' }, { id: 'c', subject: 'E1001' }),
    ];
    const pointers = ['/1/subject', '/2/subject'].map((pointer) => ({ pointer }));
    expect(await post(batch)).toMatchObject({ ...OTHER, body: { errors: pointers } });
    expect(inserted).toEqual([]);
    expect(await post(batch.slice(0, 1))).toMatchObject({ status: 202 });
  });

  it('is refused where both come at the same time, and one of them is in', async () => {
    const { post, inserted } = intake();
    const both = ['E1001', 'e1001'].map((subject) => post(joinerEvent({}, { id: subject, subject })));
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([202, 422]);
    expect(inserted).toHaveLength(1);
  });

  it('does not keep out what is said of those who are known in both', async () => {
    const { post, facts, directory } = intake();
    await post(joinerEvent());
    // From before ids were claimed.
    const old = { ...joiner('2026-01-01T00:00:00Z'), identityId: 'e1001', source: 'tenure' };
    const summary = { status: 'active' } as const;
    const written = { expectedVersion: 0, payloadHash: 'h', summary, nowMs: NOW_MS, nextCheckMs: NOW_MS, audit: [] };
    expect(await facts.recordFact({ fact: old, ...written })).toBe('recorded');
    const leaving = ['E1001', 'e1001'].map((subject) => leaverEvent({}, { id: `l-${subject}`, subject }));
    expect(await post(leaving)).toMatchObject({ status: 202 });
    expect((await directory.load('e1001'))?.header.summary.status).toBe('departed');
  });

  it('of a source that tells who people are is refused, too', async () => {
    const { post } = intake();
    await post(joinerEvent());
    expect(await post(moverEvent({ title: 'x' }, { id: 'm', subject: 'e1001' }))).toMatchObject(OTHER);
  });
});

describe('refusals', () => {
  it.each([
    ['another secret', { secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}` }],
    ['a late delivery', { atMs: NOW_MS - 301_000 }],
    ['an early delivery', { atMs: NOW_MS + 301_000 }],
    ['a source that is not there', { source: 'nobody' }],
    ['a source that cannot be', { source: '__proto__' }],
  ])('answers 401 to %s, with one and the same text', async (_what, overrides) => {
    const { post, inserted } = intake();
    const answered = await post(joinerEvent(), overrides);
    expect(answered).toMatchObject({ status: 401, body: { detail: expect.stringContaining('signature') } });
    expect(inserted).toEqual([]);
  });

  it('takes the secret that is being replaced', async () => {
    const { post } = intake();
    expect(await post(joinerEvent(), { secret: ROTATED })).toMatchObject({ status: 202 });
    expect(await post(joinerEvent(), { secret: SECRET })).toMatchObject({ status: 202 });
  });

  it('answers 413 to a body over 1 MB before reading it', async () => {
    expect(await intake().post(`"${'x'.repeat(1_000_000)}"`)).toMatchObject({ status: 413 });
  });

  it.each(['text/plain', 'application/xml', '', 'application/json; charset=utf-16'])(
    'answers 415 to %s',
    async (contentType) => {
      expect(await intake().post(joinerEvent(), { contentType })).toMatchObject({ status: 415 });
    },
  );

  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/cloudevents+json'])(
    'takes %s',
    async (contentType) => {
      expect(await intake().post(joinerEvent(), { contentType })).toMatchObject({ status: 202 });
    },
  );

  it.each(['', '{', 'null', '[]', '{"a":1}', '"\\ud800"'])('answers 422 to the body %j', async (body) => {
    const { status, body: problem } = await intake().post(body, { contentType: 'application/json' });
    expect(status).toBe(422);
    expect(problemSchema.parse(problem).errors?.length).toBeGreaterThan(0);
  });

  it('answers 422 to text that is no Unicode, which has no canonical form', async () => {
    const refused = async (event: object, pointer: string) => {
      const body = JSON.stringify(event).replace('"MARKER"', '"\\ud800"');
      expect(await intake().post(body)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    };
    await refused(joinerEvent({ title: 'MARKER' }), '/data/attributes/title');
    await refused(joinerEvent({}, { extension: 'MARKER' }), '');
  });

  it('answers 429 when the table throttles, and the same again afterwards is accepted', async () => {
    let throttled = true;
    const { post, inserted } = intake({
      before: async (method) => {
        if (method !== 'recordFact' || !throttled) return;
        throw Object.assign(new Error('throttled'), { name: 'ProvisionedThroughputExceededException' });
      },
    });
    expect(await post(joinerEvent())).toMatchObject({ status: 429 });
    throttled = false;
    expect(await post(joinerEvent())).toMatchObject({ status: 202 });
    expect(inserted).toHaveLength(1);
  });
});

it('accepts every event once, whatever order and company its copies arrive in at the same time', async () => {
  const events = [
    joinerEvent({}, { id: 'a' }),
    moverEvent({ title: 'Lead' }, { id: 'b' }),
    moverEvent({ department: 'Sales' }, { id: 'c' }),
    leaverEvent({}, { id: 'd' }),
    joinerEvent({}, { id: 'e', subject: 'E2' }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.shuffledSubarray(events, { minLength: 1 }), { maxLength: 4 }),
      async (scheduler, batches) => {
        const { post, directory } = intake({ before: (method) => scheduler.schedule(Promise.resolve(), method) });
        const posted = [...batches, events].map((batch) => post(batch));
        await scheduler.waitFor(Promise.all(posted));
        expect((await Promise.all(posted)).map(({ status }) => status)).toEqual(posted.map(() => 202));
        const facts = scheduler.waitFor(directory.load('E1001'));
        expect((await facts)?.facts.map(({ sourceEventId }) => sourceEventId).sort()).toEqual(['a', 'b', 'c', 'd']);
      },
    ),
    { numRuns: 50 },
  );
});

describe('a source that tells who people are', () => {
  const WRITTEN_MS = NOW_MS - 60_000;
  /** Signed as any other; its body lists people as they are. */
  const whole: HrSource = {
    ...cloudEvents,
    type: 'whole',
    read: ({ body }) => ({
      kind: 'snapshots',
      snapshots: JSON.parse(body.toString('utf8')) as PersonSnapshot[],
      writtenMs: WRITTEN_MS,
    }),
  };
  const person = (identityId: string, status: 'employed' | 'ended' = 'employed', department = 'Sales') => {
    const email = `${identityId}@acme.example`;
    const attributes = { kind: 'employee', givenName: 'Ada', familyName: 'Lovelace', email, department };
    return { identityId, effectiveAt: '2026-11-01', employment: { status, leavesAt: null }, attributes };
  };
  const setUp = (neverHeld = 5) => {
    const dependencies = apiDependencies();
    const guard = {
      settings: massErrorGuardSchema.parse({ neverHeld }),
      holds: memoryHolds(),
      alert: async () => {},
    };
    const receive = receiveHrEvent({
      ...dependencies,
      guard,
      types: [whole],
      sourceOf: () => ({ type: 'whole', settings: {} }),
      secretsOf: async () => [SECRET],
    });
    const contentType = 'application/json';
    return {
      ...dependencies,
      post: (...people: readonly object[]) => answer(receive, signedRequest(people, { contentType })),
      typesOf: async (id: string) => (await dependencies.directory.load(id))?.facts.map(({ type }) => type),
    };
  };

  it('has them compared with what is known, not posed as joiners', async () => {
    const { post, typesOf, directory } = setUp();
    expect(await post(person('E1'), person('E2'))).toEqual({ status: 202, body: { people: 2 } });
    expect(await post(person('E1'), person('E2'))).toEqual({ status: 202, body: { people: 2 } });
    expect(await typesOf('E1')).toEqual(['joiner']);
    expect(await post(person('E1', 'employed', 'Legal'))).toMatchObject({ status: 202 });
    expect((await directory.load('E1'))?.facts).toMatchObject([
      { type: 'joiner', effectiveAt: '2026-11-01' },
      { type: 'mover', attributes: { department: 'Legal' } },
    ]);
  });

  it('is judged by the mass-error guard as every other', async () => {
    const { post, directory } = setUp(0);
    await post(person('E1'), person('E2'), person('E3'));
    await post(person('E1', 'ended'), person('E2', 'ended'), person('E3', 'ended'));
    const statuses = ['E1', 'E2', 'E3'].map(async (id) => (await directory.load(id))?.header.summary.status);
    expect(await Promise.all(statuses)).toEqual(['active', 'active', 'active']);
  });

  it('is refused whole, when somebody cannot be taken as described, is there twice, or there are too many', async () => {
    const { post, directory } = setUp();
    const { email: _email, ...attributes } = person('E2').attributes;
    expect(await post(person('E1'), { ...person('E2'), attributes })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/1/email' }] },
    });
    expect(await post(person('E1'), person('E1'))).toMatchObject({ status: 422 });
    const people = (count: number) => Array.from({ length: count }, (_, index) => person(`P${index}`));
    expect(await post(...people(101))).toMatchObject({ status: 413 });
    expect(await directory.load('E1')).toBeUndefined();
    expect(await post(...people(100))).toMatchObject({ status: 202 });
  });
});
