// An identity of whom everything has been said that may be: whoever goes on about it stops neither the leaver nor anybody
// else, and each step reads as much as the bound allows, once.
import { expect, it } from 'vitest';
import { identitySchema, timelinePageSchema } from '../../../lambdas/api/identities.ts';
import { MAXIMUM_FACT_BYTES, MAXIMUM_FACTS } from '../../../lambdas/core/identity/history-bound.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { listIdentityTimeline } from '../../../lambdas/handlers/identity/list-identity-timeline.ts';
import { answer, apiDependencies, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';
import { historyOf, recordHistory } from '../../support/long-history.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { fileOf, populationWorld, rowOf } from '../../support/population-world.ts';

async function setUp(size = MAXIMUM_FACTS) {
  let loads = 0;
  const stores = memoryStores({
    before: async (method) => {
      if (method === 'load') loads += 1;
    },
  });
  const dependencies = { ...apiDependencies(), ...stores };
  await recordHistory(stores.facts, historyOf(size, 'E1001'));
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const read = async (handler: 'identity' | 'timeline', query: Record<string, string> = {}) => {
    const request = requestAs(['auditor'], 'E900', { pathParameters: { id: 'E1001' }, query });
    return await answer((handler === 'identity' ? getIdentity : listIdentityTimeline)(dependencies), request);
  };
  return {
    ...dependencies,
    read,
    post: (body: unknown) => answer(receive, signedRequest(body)),
    statusOf: async (id: string) => (await dependencies.directory.load(id))?.header.summary.status,
    counted: async <Answered>(work: () => Promise<Answered>) => {
      const before = loads;
      const answered = await work();
      return { answered, loads: loads - before };
    },
  };
}

const moves = (count: number, of = 'E1001') =>
  Array.from({ length: count }, (_, index) =>
    moverEvent({ title: `T${index}` }, { id: `${of}-${index}`, subject: of }),
  );

it('is bound where it says so, and its leaver is not', async () => {
  const world = await setUp(MAXIMUM_FACTS - 1);
  expect(await world.post(moverEvent({ title: 'Last' }, { id: 'last' }))).toMatchObject({ status: 202 });
  const errors = [{ pointer: '/subject', detail: expect.stringContaining('10000 facts') }];
  expect(await world.post(moverEvent({ title: 'Past' }, { id: 'past' }))).toMatchObject({
    status: 422,
    body: { errors },
  });
  // What was accepted is answered as it was.
  expect(await world.post(moverEvent({ title: 'Last' }, { id: 'last' }))).toMatchObject({ status: 202 });
  expect(await world.post(leaverEvent({}, { id: 'out' }))).toMatchObject({ status: 202 });
  expect(await world.statusOf('E1001')).toBe('departed');
});

it('keeps out of a delivery neither its own leaver nor anybody else, and costs it one read', async () => {
  const world = await setUp();
  const delivery = [...moves(97), leaverEvent({}, { id: 'out' }), joinerEvent({}, { id: 'j', subject: 'E2' })];
  const { answered, loads } = await world.counted(() => world.post(delivery));
  expect(loads).toBe(1);
  expect(answered).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: expect.stringMatching(/^\/\d+\/subject$/) }] },
  });
  expect([await world.statusOf('E1001'), await world.statusOf('E2')]).toEqual(['departed', 'active']);
  const { facts = [] } = (await world.directory.load('E1001')) ?? {};
  expect(facts.length).toBe(MAXIMUM_FACTS + 1);
  expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThan(MAXIMUM_FACT_BYTES);
});

it('spoils its own row of a file, and leaves when a file lacks it', async () => {
  const world = populationWorld();
  await recordHistory(world.facts, historyOf(MAXIMUM_FACTS, 'E1001'));
  expect(await world.put(fileOf(rowOf('E1001', 'Legal'), rowOf('E2')))).toMatchObject({ joiners: 1, faulty: 1 });
  expect([...world.reports.values()]).toMatchObject([{ faults: [{ line: 2, faults: [{ pointer: '/identityId' }] }] }]);
  expect(await world.stateOf('E2')).toMatchObject({ status: 'active' });
  world.later();
  expect(await world.put(fileOf(rowOf('E2')), 'v2')).toMatchObject({ faulty: 0, leavers: 1 });
  expect(await world.stateOf('E1001')).toMatchObject({ status: 'departed' });
});

it('is answered with its newest part, and page by page with the rest, each fact once whatever is recorded meanwhile', async () => {
  const world = await setUp(250);
  const { timeline, timelineNext } = identitySchema.parse((await world.read('identity')).body);
  const known = ((await world.directory.load('E1001'))?.facts ?? []).map(({ factId }) => factId);
  expect(timeline.map(({ factId }) => factId)).toEqual(known.slice(-100));
  const older: string[] = [];
  for (let after = timelineNext; after !== undefined; ) {
    const page = timelinePageSchema.parse((await world.read('timeline', { after, limit: '40' })).body);
    older.push(...page.items.map(({ factId }) => factId));
    after = page.next;
    await world.post(moverEvent({ title: 'New' }, { id: `new-${older.length}` }));
  }
  expect(older).toEqual(known.slice(0, -100).toReversed());
  const newest = timelinePageSchema.parse((await world.read('timeline', { limit: '1' })).body);
  expect(newest.items).toMatchObject([{ factId: expect.stringMatching(/^acme-hr:new-/) }]);
});

it('is not paged by the cursor of another listing or identity', async () => {
  const world = await setUp(150);
  const cursorOf = (key: object) => Buffer.from(JSON.stringify(key)).toString('base64url');
  const place = { identityId: 'E1001', recordedMs: 0, source: 'acme-hr', sourceEventId: 'e' };
  for (const after of ['!', cursorOf({ pk: 'E1001', sk: 'x' }), cursorOf({ ...place, identityId: 'E2' })]) {
    expect(await world.read('timeline', { after })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/after' }] },
    });
  }
  expect(await world.read('timeline', { after: cursorOf(place) })).toEqual({ status: 200, body: { items: [] } });
});
