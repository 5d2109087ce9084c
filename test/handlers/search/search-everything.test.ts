// Who finds what, over stores in memory, by a list that may be older than what is known.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../../lambdas/api/roles.ts';
import { type FoundAnswer, foundSchema } from '../../../lambdas/api/search.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { type PeopleList, readPeopleList, writePeopleList } from '../../../lambdas/core/search/people-list.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { submitRequest } from '../../../lambdas/handlers/requests/submit-request.ts';
import { knownPeople } from '../../../lambdas/handlers/search/known-people.ts';
import { listPeople } from '../../../lambdas/handlers/search/list-people.ts';
import { searchEverything } from '../../../lambdas/handlers/search/search-everything.ts';
import type { PeopleLists } from '../../../lambdas/stores/people-lists.ts';
import { answer, apiDependencies, MODEL, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joinerEvent, moverEvent } from '../../support/hr-events.ts';

const LISTED_MS = 60_000;

/** The one list, as it is written. */
class MemoryLists implements PeopleLists {
  list: PeopleList | undefined;
  reads = 0;
  async save(list: PeopleList) {
    this.list = readPeopleList(writePeopleList(list));
  }
  async note() {
    return this.list && { madeMs: this.list.madeMs, people: this.list.people.length };
  }
  async read(knownTag: string | undefined) {
    if (this.list === undefined) return undefined;
    const tag = String(this.list.madeMs);
    if (tag === knownTag) return 'unchanged' as const;
    this.reads += 1;
    return { list: this.list, tag };
  }
}

const [crm] = MODEL.applications;
if (crm === undefined) throw new Error('the model has no application');
const entitlement = (id: string, name: string) => ({ id, name, grant: id, privileged: id === 'admin' });
const model: AccessModel = {
  ...MODEL,
  applications: [
    {
      ...crm,
      entitlements: [...crm.entitlements, entitlement('export', 'CRM export'), entitlement('admin', 'CRM admin')],
    },
    { ...crm, id: 'old', name: 'Old records', retired: true },
  ],
  requests: [
    {
      id: 'exports',
      entitlements: ['crm:export'],
      by: ['self'],
      expiresDays: 7,
      stages: [{ anyOf: ['manager'], quorum: 1, fallback: [] }],
    },
  ],
};

let lists = new MemoryLists();
let dependencies = given();

function given() {
  const memory = apiDependencies();
  return Object.assign(memory, {
    model: () => model,
    alert: async () => {},
    known: knownPeople(lists, memory.clock),
  });
}

beforeEach(async () => {
  lists = new MemoryLists();
  dependencies = given();
  await post(
    joinerEvent(
      { givenName: 'Grace', familyName: 'Hopper', manager: null, email: 'grace@acme.example' },
      { subject: 'E0001', id: '1' },
    ),
  );
  await post(
    joinerEvent(
      { givenName: 'Ada', familyName: 'Lovelace', manager: 'E0001', email: 'ada@acme.example' },
      { subject: 'E1001', id: '2' },
    ),
  );
  await post(
    joinerEvent(
      { givenName: 'Ada', familyName: 'Byron', manager: null, email: 'byron@acme.example' },
      { subject: 'E1002', id: '3' },
    ),
  );
  await makeList();
});

async function post(event: ReturnType<typeof joinerEvent>) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest([event], { atMs: dependencies.nowMs }))).toMatchObject({ status: 202 });
}

function makeList() {
  return listPeople({ ...dependencies, lists })();
}

async function search(role: Role, q: string, as = 'E0900', atMost?: string): Promise<FoundAnswer> {
  const query = { q, ...(atMost && { atMost }) };
  const { status, body } = await answer(searchEverything(dependencies), requestAs([role], as, { query }));
  expect(body).toMatchObject({});
  expect(status).toBe(200);
  return foundSchema.parse(body);
}

async function peopleFor(role: Role, q: string, as?: string): Promise<readonly string[]> {
  return (await search(role, q, as)).people.items.map(({ identityId }) => identityId);
}

async function ask(): Promise<string> {
  const body = Buffer.from(JSON.stringify({ entitlement: 'crm:export', reason: 'the quarter ends' }));
  const asked = await answer(submitRequest(dependencies), requestAs(['employee'], 'E1001', { body }));
  expect(asked).toMatchObject({ status: 202 });
  return (asked.body as { requestId: string }).requestId;
}

describe('people', () => {
  it('are found by name, address and id by whoever may see all of them', async () => {
    for (const q of ['ada', 'lovlace', 'E1001', 'ada@acme.example'])
      expect(await peopleFor('it', q)).toContain('E1001');
    expect(await peopleFor('it', 'ada')).toEqual(['E1002', 'E1001']);
    expect((await search('it', 'lovelace')).people.items).toMatchObject([{ displayName: 'Ada Lovelace' }]);
  });

  it('are found by their managers alone among managers', async () => {
    expect(await peopleFor('manager', 'ada', 'E0001')).toEqual(['E1001']);
    expect(await peopleFor('manager', 'E1002', 'E0001')).toEqual([]);
    expect(await peopleFor('manager', 'byron@acme.example', 'E0001')).toEqual([]);
  });

  it('are found by who manages them now, whatever the list says', async () => {
    dependencies.nowMs += LISTED_MS;
    await post(moverEvent({ manager: null }, { id: '4', time: '2026-11-23T09:00:30Z' }, '2026-11-23T09:00:30Z'));
    expect(await peopleFor('manager', 'lovelace', 'E0001')).toEqual([]);
    expect(await peopleFor('hr', 'lovelace')).toEqual(['E1001']);
  });

  it('are found by ids alone by operations, who see no names', async () => {
    expect(await peopleFor('operations', 'lovelace')).toEqual([]);
    expect(await peopleFor('operations', 'ada@acme.example')).toEqual([]);
    const { people } = await search('operations', 'e100');
    expect(people.items.map(({ identityId }) => identityId)).toEqual(['E1001', 'E1002']);
    expect(people.items.every(({ displayName }) => displayName === undefined)).toBe(true);
  });

  it('are found by no employee', async () => {
    for (const q of ['ada', 'E1001', 'ada@acme.example']) expect(await peopleFor('employee', q, 'E1002')).toEqual([]);
  });

  it('who came after the list are found by id and address', async () => {
    await post(
      joinerEvent(
        { givenName: 'Alan', familyName: 'Turing', email: 'alan@acme.example' },
        { subject: 'E1003', id: '5' },
      ),
    );
    expect(await peopleFor('hr', 'turing')).toEqual([]);
    expect(await peopleFor('hr', 'E1003')).toEqual(['E1003']);
    expect(await peopleFor('hr', 'alan@acme.example')).toEqual(['E1003']);
    dependencies.nowMs += LISTED_MS;
    expect(await makeList()).toEqual({ people: 4 });
    expect(await peopleFor('hr', 'turing')).toEqual(['E1003']);
  });

  it('who are not known any more are not found, whatever the list says', async () => {
    await lists.save({
      madeMs: dependencies.nowMs,
      incomplete: false,
      people: [{ identityId: 'E4711', name: 'Charles Babbage', email: 'charles@acme.example', above: '' }],
    });
    for (const q of ['babbage', 'E4711', 'charles@acme.example']) expect(await peopleFor('hr', q)).toEqual([]);
  });

  it('are on record as shown, those that were found alone', async () => {
    await search('security', 'lovelace', 'E0900');
    const shown = async (id: string) => (await dependencies.audit.list(`READS#${id}`, { limit: 10 })).items;
    expect(await shown('E1001')).toMatchObject([{ actor: { id: 'E0900' }, event: { operation: 'search-everything' } }]);
    expect(await shown('E1002')).toEqual([]);
  });
});

describe('the list', () => {
  it('is told with its age, and that there is none', async () => {
    expect((await search('it', 'ada')).peopleAsOf).toBe('2026-11-23T09:00:00.000Z');
    lists = new MemoryLists();
    dependencies = given();
    expect((await search('it', 'ada')).peopleAsOf).toBeUndefined();
  });

  it('is made no more often than it is due, and read no more often than it is new', async () => {
    expect(await makeList()).toEqual({});
    for (const q of ['ada', 'grace']) await search('it', q);
    expect(lists.reads).toBe(1);
    dependencies.nowMs += LISTED_MS;
    await search('it', 'ada');
    expect(lists.reads).toBe(1);
    await makeList();
    dependencies.nowMs += LISTED_MS;
    await search('it', 'ada');
    expect(lists.reads).toBe(2);
  });

  it('has as many as there may be, and says that there are more', async () => {
    dependencies.nowMs += LISTED_MS;
    expect(await listPeople({ ...dependencies, lists, maximum: 3 })()).toEqual({ people: 3 });
    expect(lists.list?.incomplete).toBe(false);
    dependencies.nowMs += LISTED_MS;
    expect(await listPeople({ ...dependencies, lists, maximum: 2 })()).toEqual({ people: 2 });
    dependencies.nowMs += LISTED_MS;
    expect((await search('it', 'ada')).incomplete).toBe(true);
  });

  it('that cannot be read is no answer', async () => {
    const broken = { ...dependencies, known: knownPeople({ read: () => Promise.reject(new Error('down')) }, Date.now) };
    const sent = requestAs(['it'], 'E0900', { query: { q: 'ada' } });
    expect(await answer(searchEverything(broken), sent)).toMatchObject({ status: 503 });
  });
});

describe('applications and entitlements', () => {
  it('are found by id and name, and none that is retired', async () => {
    const { applications, entitlements } = await search('it', 'records');
    expect(applications.items).toEqual([{ applicationId: 'crm', name: 'Customer records' }]);
    expect(entitlements.items.map((one) => one.entitlement)).toEqual(['crm:user', 'crm:export', 'crm:admin']);
    expect((await search('it', 'crm:admin')).entitlements.items).toMatchObject([
      { privileged: true, requestable: false },
    ]);
  });

  it('are for employees what may be asked for', async () => {
    const { applications, entitlements } = await search('employee', 'crm', 'E1001');
    expect(applications.items).toEqual([]);
    expect(entitlements.items).toMatchObject([{ entitlement: 'crm:export', requestable: true }]);
  });
});

describe('requests', () => {
  it('are found by their id by whom they concern and by who may see them', async () => {
    const requestId = await ask();
    const found = async (role: Role, as: string) =>
      (await search(role, requestId, as)).requests.items.map((one) => one.requestId);
    expect(await found('employee', 'E1001')).toEqual([requestId]);
    expect(await found('manager', 'E0001')).toEqual([requestId]);
    expect(await found('auditor', 'E0900')).toEqual([requestId]);
    expect(await found('employee', 'E1002')).toEqual([]);
    expect(await found('manager', 'E1002')).toEqual([]);
  });

  it('are found by what one asked for, and by whom they are for', async () => {
    const requestId = await ask();
    expect((await search('employee', 'export', 'E1001')).requests.items).toMatchObject([{ requestId, status: 'open' }]);
    expect((await search('employee', 'admin', 'E1001')).requests.items).toEqual([]);
    expect((await search('security', 'lovelace')).requests.items).toMatchObject([{ requestId, identityId: 'E1001' }]);
    expect((await search('security', 'byron')).requests.items).toEqual([]);
  });
});

it.each([
  ['one character', { q: 'a' }],
  ['a hundred and one', { q: 'a'.repeat(101) }],
  ['nothing', {}],
  ['more than may be asked for', { q: 'ada', atMost: '21' }],
])('%s is refused', async (_, query) => {
  const sent = requestAs(['it'], 'E0900', { query });
  expect(await answer(searchEverything(dependencies), sent)).toMatchObject({ status: 422 });
});

it('what is at the bounds is taken', async () => {
  await search('it', 'ad');
  await search('it', 'a'.repeat(100), 'E0900', '20');
});
