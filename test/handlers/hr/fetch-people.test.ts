// From BambooHR's webhook to facts: the real intake, queue and worker over memory, against a stand-in of the API.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { fetchPeople, MAXIMUM_TRIES } from '../../../lambdas/handlers/hr/fetch-people.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { bambooHr } from '../../../lambdas/hr-sources/bamboohr.ts';
import type { Alert } from '../../../lambdas/stores/alerts.ts';
import { answer, apiDependencies, NOW_MS, request } from '../../support/api-requests.ts';
import {
  type BambooHrServer,
  type EmployeeFields,
  employeeEvent,
  fieldBasedEvent,
  signedByBambooHr,
  startBambooHr,
} from '../../support/bamboohr-server.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memoryPeople, memoryPeopleQueue } from '../../support/memory-people.ts';
import { mergeByTwo } from '../../support/merging.ts';

const CALL_TIMEOUT_MS = 150;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function ada(fields: EmployeeFields = {}): EmployeeFields {
  return {
    employeeNumber: 'E1001',
    firstName: 'Ada',
    lastName: 'Lovelace',
    workEmail: 'ada@acme.example',
    jobTitle: 'Engineer',
    department: 'Engineering',
    location: 'Berlin',
    hireDate: '2026-11-02',
    ...fields,
  };
}

interface Tenant {
  readonly server: BambooHrServer;
  readonly settings: Readonly<Record<string, unknown>>;
}

function setUp(tenants: Readonly<Record<string, Tenant>>, neverHeld = 5) {
  const dependencies = apiDependencies();
  const alerts: Alert[] = [];
  const logged: string[] = [];
  const people = memoryPeople();
  const { queue, fetchQueue, deadLetters, waiting, deliver, nextMs } = memoryPeopleQueue(() => dependencies.nowMs);
  const guard = {
    settings: massErrorGuardSchema.parse({ neverHeld }),
    holds: memoryHolds(),
    alert: async (alert: Alert) => void alerts.push(alert),
  };
  const secretOf = ({ apiKey, webhookKey }: BambooHrServer) => JSON.stringify({ apiKey, webhookKeys: [webhookKey] });
  const settingsOf = ({ server, settings }: Tenant) => bambooHr.settings.parse({ baseUrl: server.url, ...settings });
  const receive = receiveHrEvent({
    ...dependencies,
    clock: () => dependencies.nowMs,
    guard,
    queue,
    secretsOf: async (id) => (tenants[id] === undefined ? undefined : [secretOf(tenants[id].server)]),
    sourceOf: (id) => tenants[id] && { type: 'bamboohr', settings: settingsOf(tenants[id]) },
  });
  const fetching = (sourceId: string, tenant: Tenant) =>
    fetchPeople({
      ...dependencies,
      clock: () => dependencies.nowMs,
      guard,
      precedence: {},
      sourceId,
      people,
      queue: fetchQueue,
      space: async () => {},
      log: (message, details) => void logged.push(JSON.stringify({ message, ...details })),
      connect: async () => {
        if (bambooHr.connect === undefined) throw new Error('BambooHR is asked');
        const secret = secretOf(tenant.server);
        return bambooHr.connect({ settings: settingsOf(tenant), secret, callTimeoutMs: CALL_TIMEOUT_MS });
      },
    });
  const world = {
    ...dependencies,
    people,
    alerts,
    logged,
    deadLetters,
    waiting,
    nextMs,
    now: () => dependencies.nowMs,
    pass: (ms: number) => {
      dependencies.nowMs += ms;
    },
    post: async (body: unknown, source = 'bamboo', key?: string) => {
      const text = JSON.stringify(body);
      const headers = signedByBambooHr(text, key ?? tenants[source]?.server.webhookKey ?? '', dependencies.nowMs);
      return await answer(receive, request({ pathParameters: { source }, body: Buffer.from(text), headers }));
    },
    work: async (source = 'bamboo', batchSize?: number) => {
      const tenant = tenants[source];
      if (tenant === undefined) throw new Error(`there is no ${source}`);
      // Each batch is begun a moment later than what was recorded before it.
      dependencies.nowMs += 10;
      return await deliver(source, fetching(source, tenant), batchSize);
    },
    /** What happened in BambooHR is posted and worked off. */
    hear: async (type: 'created' | 'updated' | 'deleted', id: string, source = 'bamboo') => {
      expect((await world.post(employeeEvent(type, id), source)).status).toBe(202);
      await world.work(source);
    },
    factsOf: async (id: string) => (await dependencies.directory.load(id))?.facts ?? [],
    typesOf: async (id: string) => (await world.factsOf(id)).map(({ type }) => type),
    stateOf: async (id: string, atMs = dependencies.nowMs) => identityAt(buildTimeline(await world.factsOf(id)), atMs),
    statusOf: async (id: string, atMs?: number) => (await world.stateOf(id, atMs)).status,
  };
  return world;
}

let server: BambooHrServer;
let world: ReturnType<typeof setUp>;

beforeEach(async () => {
  server = await startBambooHr();
  world = setUp({ bamboo: { server, settings: { timeZone: 'Europe/Berlin' } } });
});
afterEach(async () => await server.stop());

describe('a webhook', () => {
  it('is answered once its person is in the queue, and no sooner', async () => {
    expect(await world.post(employeeEvent('created', '7'))).toEqual({ status: 202, body: { people: 1 } });
    expect(world.waiting()).toBe(1);
    expect(server.requests).toEqual([]);
  });

  it('of another tenant, or of a source that nobody named, is refused and leaves nothing behind', async () => {
    expect(await world.post(employeeEvent('created', '7'), 'bamboo', 'other')).toMatchObject({ status: 401 });
    expect(await world.post(employeeEvent('created', '7'), 'elsewhere')).toMatchObject({ status: 401 });
    expect(world.waiting()).toBe(0);
  });

  it('that is not as described is refused, every fault by name', async () => {
    expect(await world.post({ type: 'company.updated', data: {} })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/type' }, { pointer: '/data/employeeId' }] },
    });
    expect(await world.post(fieldBasedEvent(...Array.from({ length: 501 }, (_, i) => String(i + 1))))).toMatchObject({
      status: 413,
    });
    expect(await world.post({ pad: 'x'.repeat(1_000_000) })).toMatchObject({ status: 413 });
  });
});

describe('an employee', () => {
  it('who was hired joins, with what the fields say and the manager by their own identity', async () => {
    server.put('3', ada({ employeeNumber: 'E0007', workEmail: 'grace@acme.example' }));
    server.put('7', ada({ supervisorEId: '3' }));
    await world.hear('created', '7');
    expect(await world.stateOf('E1001')).toMatchObject({
      status: 'active',
      attributes: { kind: 'employee', department: 'Engineering', manager: 'E0007', timeZone: 'Europe/Berlin' },
    });
    const [fact] = await world.factsOf('E1001');
    expect(fact).toMatchObject({ type: 'joiner', source: 'bamboo', effectiveAt: '2026-11-02' });
  });

  it('of whom nothing new is said is recorded once, however often it is said', async () => {
    server.put('7', ada());
    for (let time = 0; time < 3; time += 1) await world.hear('updated', '7');
    await world.post(fieldBasedEvent('7'));
    await world.post(employeeEvent('updated', '7'));
    const before = server.requests.length;
    await world.work();
    expect(await world.typesOf('E1001')).toEqual(['joiner']);
    // What was said twice before it was asked is one question.
    expect(server.requests.length - before).toBe(1);
    expect(world.waiting()).toBe(0);
  });

  it('moves, leaves on the day that is told, and is hired again', async () => {
    server.put('7', ada());
    await world.hear('created', '7');
    server.put('7', ada({ department: 'Legal' }));
    await world.hear('updated', '7');
    server.put('7', ada({ department: 'Legal', terminationDate: '2026-11-30' }));
    await world.hear('updated', '7');
    expect(await world.typesOf('E1001')).toEqual(['joiner', 'mover', 'leaver']);
    expect(await world.statusOf('E1001', Date.parse('2026-11-30T22:59:59Z'))).toBe('active');
    expect(await world.statusOf('E1001', Date.parse('2026-11-30T23:00:00Z'))).toBe('departed');
    world.pass(8 * DAY_MS);
    server.put('7', {
      ...ada(),
      status: 'Inactive',
      terminationDate: '2026-11-30',
      employmentHistoryStatus: 'Terminated',
    });
    await world.hear('updated', '7');
    expect(await world.typesOf('E1001')).toHaveLength(3);
    server.put('7', ada({ hireDate: '2026-12-15', terminationDate: '2026-11-30' }));
    await world.hear('updated', '7');
    expect(await world.statusOf('E1001')).toBe('departed');
    expect(await world.statusOf('E1001', Date.parse('2026-12-14T23:00:00Z'))).toBe('active');
  });

  it('hired from a day to come gets nothing before it', async () => {
    server.put('7', ada({ hireDate: '2026-12-01' }));
    await world.hear('created', '7');
    expect(await world.statusOf('E1001')).toBe('pending');
    expect(await world.statusOf('E1001', Date.parse('2026-11-30T23:00:00Z'))).toBe('active');
    server.put('7', { ...ada({ hireDate: '2026-12-01' }), status: 'Inactive' });
    await world.hear('updated', '7');
    expect(await world.statusOf('E1001', Date.parse('2027-01-01T00:00:00Z'))).toBe('unknown');
  });

  it('terminated by mistake has everything back', async () => {
    server.put('7', ada());
    await world.hear('created', '7');
    server.put('7', { ...ada({ terminationDate: '2026-11-20' }), status: 'Inactive' });
    await world.hear('updated', '7');
    expect(await world.statusOf('E1001')).toBe('departed');
    server.put('7', ada());
    await world.hear('updated', '7');
    expect(await world.statusOf('E1001')).toBe('active');
    expect(await world.typesOf('E1001')).toEqual(['joiner', 'leaver', 'rescind']);
  });

  it('is a contractor, or on leave, as the company calls it', async () => {
    const settings = {
      kinds: { Contractor: 'contractor' },
      suspended: ['Leave'],
      fields: { endsAt: 'customContractEndDate' },
    };
    world = setUp({ bamboo: { server, settings } });
    server.put('7', ada({ employmentHistoryStatus: 'Contractor', customContractEndDate: '2027-03-31' }));
    server.put('8', ada({ employeeNumber: 'E1002', employmentHistoryStatus: 'Leave' }));
    await world.hear('created', '7');
    await world.hear('created', '8');
    expect(await world.stateOf('E1001')).toMatchObject({ attributes: { kind: 'contractor', endsAt: '2027-03-31' } });
    expect(await world.statusOf('E1002')).toBe('suspended');
    server.put('8', ada({ employeeNumber: 'E1002', employmentHistoryStatus: 'Full-Time' }));
    await world.hear('updated', '8');
    expect(await world.typesOf('E1002')).toEqual(['joiner', 'suspension', 'return']);
  });

  it('whose field the API key may not see keeps what is known; without a status they are not judged', async () => {
    server.put('7', ada());
    await world.hear('created', '7');
    server.hide('department', 'supervisorEId');
    server.put('7', ada({ jobTitle: 'Lead' }));
    await world.hear('updated', '7');
    expect(await world.stateOf('E1001')).toMatchObject({ attributes: { title: 'Lead', department: 'Engineering' } });
    server.hide('status');
    await world.hear('updated', '7');
    expect(world.deadLetters).toMatchObject([{ reason: expect.stringContaining('expected the field status') }]);
    expect(await world.statusOf('E1001')).toBe('active');
  });

  it('who is not what a joiner needs is given up on, with what lacks and nobody’s name', async () => {
    server.put('7', ada({ workEmail: null }));
    await world.hear('created', '7');
    expect(world.deadLetters).toMatchObject([{ reason: expect.stringContaining('/email is missing') }]);
    expect(JSON.stringify([world.deadLetters, world.logged])).not.toMatch(/Lovelace|acme\.example/);
  });

  it('is one identity for good: another number, or another employee of the same number, is a person’s to decide', async () => {
    server.put('7', ada());
    await world.hear('created', '7');
    server.put('7', ada({ employeeNumber: 'E2000' }));
    server.put('8', ada());
    await world.hear('updated', '7');
    await world.hear('created', '8');
    expect(world.deadLetters.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('person 7 or identity E2000 was known as another before'),
      expect.stringContaining('person 8 or identity E1001 was known as another before'),
    ]);
    expect(await world.factsOf('E2000')).toEqual([]);
  });
});

it('a person whose number differs only by case from an id in use is given up on, and taken once it is corrected', async () => {
  server.put('7', ada());
  await world.hear('created', '7');
  server.put('8', ada({ employeeNumber: 'e1001' }));
  await world.hear('created', '8');
  expect(world.deadLetters).toMatchObject([{ reason: expect.stringContaining('upper and lower case') }]);
  expect(await world.factsOf('e1001')).toEqual([]);
  server.put('8', ada({ employeeNumber: 'E1002' }));
  await world.hear('updated', '8');
  expect(await world.typesOf('E1002')).toEqual(['joiner']);
});

describe('an employee whom BambooHR no longer has', () => {
  it('leaves', async () => {
    server.put('7', ada());
    await world.hear('created', '7');
    server.delete('7');
    await world.hear('deleted', '7');
    expect(await world.statusOf('E1001')).toBe('departed');
    expect(world.alerts).toEqual([]);
  });

  it('waits for a person, if too many go at once', async () => {
    world = setUp({ bamboo: { server, settings: {} } }, 0);
    for (const id of ['7', '8', '9']) {
      server.put(id, ada({ employeeNumber: `E${id}`, workEmail: `e${id}@acme.example` }));
      await world.hear('created', id);
    }
    for (const id of ['7', '8', '9']) server.delete(id);
    await world.post(fieldBasedEvent('7', '8', '9'));
    await world.work();
    expect(world.alerts).toMatchObject([{ subject: 'Tenure holds events of bamboo' }]);
    expect(await world.statusOf('E7')).toBe('active');
    expect(await world.typesOf('E7')).toEqual(['joiner', 'leaver']);
    // Said again before anybody has decided, it is not held once more.
    world.pass(1_000);
    await world.hear('deleted', '7');
    expect(await world.typesOf('E7')).toEqual(['joiner', 'leaver']);
  });

  describe('by one of two records of one person, which were merged', () => {
    beforeEach(async () => {
      server.put('7', ada());
      server.put('8', ada({ employeeNumber: 'E1002' }));
      await world.hear('created', '7');
      await world.hear('created', '8');
      const merged = await mergeByTwo(world, { identityId: 'E1001', duplicate: 'E1002' });
      expect(merged).toMatchObject({ body: { status: 'released' } });
      world.pass(1_000);
    });

    it.each([
      ['that of the duplicate', '8', '7'],
      ['that of the survivor', '7', '8'],
    ])('stays by the other, and leaves with it: %s goes first', async (_which, first, second) => {
      server.delete(first);
      await world.hear('deleted', first);
      expect(await world.statusOf('E1001')).toBe('active');
      world.pass(1_000);
      server.delete(second);
      await world.hear('deleted', second);
      expect(await world.statusOf('E1001')).toBe('departed');
      expect(world.deadLetters).toEqual([]);
    });

    it('stays moved by what either record says anew, each compared with what it said itself', async () => {
      const before = await world.typesOf('E1001');
      await world.hear('updated', '8');
      expect(await world.typesOf('E1001')).toEqual(before);
      server.put('8', ada({ employeeNumber: 'E1002', department: 'Legal' }));
      await world.hear('updated', '8');
      expect(await world.stateOf('E1001')).toMatchObject({ attributes: { department: 'Legal' } });
      expect(await world.typesOf('E1001')).toEqual([...before, 'mover']);
    });
  });

  it('and whom nobody had heard of is told to a person', async () => {
    await world.hear('deleted', '99');
    expect(world.alerts).toMatchObject([
      { message: expect.stringContaining('no person 99. It was never read before.') },
    ]);
    expect(world.waiting()).toBe(0);
  });
});

describe('when BambooHR', () => {
  it('asks for time, it is left alone for that long, by all of them', async () => {
    server.put('7', ada());
    server.put('8', ada({ employeeNumber: 'E1002' }));
    server.fail(429, { retryAfter: '90' });
    await world.post(fieldBasedEvent('7', '8'));
    await world.work();
    expect(server.requests).toHaveLength(1);
    expect(world.nextMs()).toBe(world.now() + 90_000);
    world.pass(89_000);
    expect(await world.work()).toBe(0);
    world.pass(2_000);
    await world.work();
    expect([await world.statusOf('E1001'), await world.statusOf('E1002')]).toEqual(['active', 'active']);
  });

  it('fails or is slow, it is asked again later', async () => {
    server.put('7', ada());
    server.fail(500, { times: 3 });
    await world.hear('created', '7');
    expect(world.nextMs()).toBe(world.now() + 15_000);
    world.pass(15_000);
    server.fail(200, { times: 3, delayMs: 4 * CALL_TIMEOUT_MS });
    await world.work();
    expect(await world.statusOf('E1001')).toBe('unknown');
    expect(world.logged.at(-1)).toContain('gave no answer within');
    world.pass(30_000);
    server.fail(200, { times: 0 });
    await world.work();
    expect(await world.statusOf('E1001')).toBe('active');
  });

  it('never answers, the person is in the dead letters after the last try, and not before', async () => {
    server.put('7', ada());
    // More than a call waits for by itself: one request a try.
    server.fail(503, { times: Number.POSITIVE_INFINITY, retryAfter: '6' });
    await world.post(employeeEvent('created', '7'));
    let tries = 0;
    for (; world.deadLetters.length === 0; tries += 1) {
      await world.work();
      world.pass(60 * MINUTE_MS);
    }
    expect(tries).toBe(MAXIMUM_TRIES);
    expect(world.deadLetters).toEqual([
      {
        body: '{"source":"bamboo","personId":"7"}',
        reason: 'RetryableError: BambooHR GET /api/v1/employees/{id} answered 503',
      },
    ]);
  });

  it('refuses the key, nobody waits hours to be told', async () => {
    const stranger = await startBambooHr('another key', server.webhookKey);
    const settings = { baseUrl: stranger.url };
    world = setUp({ bamboo: { server, settings } });
    await world.hear('created', '7');
    expect(world.deadLetters).toMatchObject([{ reason: expect.stringContaining('the credentials were refused') }]);
    expect(world.waiting()).toBe(0);
    await stranger.stop();
  });
});

it('keeps two tenants apart, whose employees have the same ids', async () => {
  const european = await startBambooHr('key-eu', 'private-eu');
  world = setUp({
    us: { server, settings: { identityId: 'id', identityIdPrefix: 'US-' } },
    eu: { server: european, settings: { identityId: 'id', identityIdPrefix: 'EU-' } },
  });
  server.put('7', ada({ supervisorEId: '3' }));
  european.put('7', ada({ firstName: 'Grace' }));
  expect(await world.post(employeeEvent('created', '7'), 'us', european.webhookKey)).toMatchObject({ status: 401 });
  await world.hear('created', '7', 'us');
  await world.hear('created', '7', 'eu');
  expect(await world.stateOf('US-7')).toMatchObject({ attributes: { givenName: 'Ada', manager: 'US-3' } });
  expect(await world.stateOf('EU-7')).toMatchObject({ attributes: { givenName: 'Grace', manager: null } });
  european.delete('7');
  await world.hear('deleted', '7', 'eu');
  expect([await world.statusOf('US-7'), await world.statusOf('EU-7')]).toEqual(['active', 'departed']);
  // The one is down: the other does not wait.
  server.fail(500, { times: Number.POSITIVE_INFINITY });
  await world.post(employeeEvent('updated', '7'), 'us');
  await world.work('us');
  european.put('8', ada());
  await world.hear('created', '8', 'eu');
  expect(await world.statusOf('EU-8')).toBe('active');
  await european.stop();
});

it('takes a message that is none for one that nobody can use', async () => {
  const run = fetchPeople({
    ...world,
    clock: () => NOW_MS,
    guard: { settings: massErrorGuardSchema.parse({}), holds: memoryHolds(), alert: async () => {} },
    precedence: {},
    sourceId: 'bamboo',
    queue: {
      postpone: async () => {},
      giveUp: async ({ body }, reason) => void world.deadLetters.push({ body, reason }),
    },
    space: async () => {},
    log: () => {},
    connect: () => Promise.reject(new Error('nobody is asked')),
  });
  const record = { messageId: 'm', receiptHandle: 'r', attributes: { ApproximateReceiveCount: 1 } };
  const Records = ['{', '{"source":"bamboo","personId":"../1"}'].map((body) => ({ ...record, body }));
  expect(await run({ Records })).toEqual({ batchItemFailures: [] });
  expect(world.deadLetters).toHaveLength(2);
});
