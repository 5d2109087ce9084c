// What the route says would happen is what happens once the same is posted: over stores in memory, by the handlers that
// decide then.
import { beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { MAXIMUM_POPULATION, type SimulationAnswer, simulationAnswerSchema } from '../../../lambdas/api/simulations.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { modelChangeSchema } from '../../../lambdas/core/hr/population-walk.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { type SimulateDependencies, simulateChange } from '../../../lambdas/handlers/hr/simulate-change.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { answer, apiDependencies, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';

const GUARD = { windowMinutes: 60, maximumShare: 0.1, maximumIdentities: 2, neverHeld: 1, missingShare: 0.5 };
const BY_HAND: AccessModel = {
  ...MODEL,
  applications: MODEL.applications.map((one) => (one.id === 'cloud' ? { ...one, connector: 'manual' } : one)),
};

let dependencies: SimulateDependencies;
let posted = 0;

beforeEach(async () => {
  const stores = apiDependencies();
  dependencies = {
    ...stores,
    model: () => BY_HAND,
    guard: { settings: GUARD as never, holds: memoryHolds() },
    precedence: {},
    modelChange: () => modelChangeSchema.parse({ maximumLosing: 1 }),
    manualConnectors: () => ['manual'],
  };
  posted = 0;
  for (const [id, department] of [
    ['E1', 'Sales'],
    ['E2', 'Sales'],
    ['E3', 'Engineering'],
  ] as const) {
    await post(joinerEvent({ department, email: `${id}@acme.example` }, named(id)));
  }
});

function named(subject: string) {
  posted += 1;
  return { subject, id: `wd-${posted}` };
}

async function post(event: object) {
  const receive = receiveHrEvent({ ...dependencies, guard: undefined, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(event))).toMatchObject({ status: 202 });
}

const ask = (body: object, role: Role = 'security') =>
  answer(simulateChange(dependencies), requestAs([role], 'E0900', { body: Buffer.from(JSON.stringify(body)) }));
async function simulated(body: object): Promise<SimulationAnswer> {
  const { status, body: told } = await ask(body);
  expect(status).toBe(200);
  return simulationAnswerSchema.parse(told);
}
async function entitlementsOf(identityId: string): Promise<readonly string[]> {
  const request = requestAs(['security'], 'E0900', { pathParameters: { id: identityId } });
  const { body } = await answer(getIdentity(dependencies), request);
  return identitySchema.parse(body).entitlements.map(({ entitlement }) => entitlement);
}

describe('events', () => {
  it('tells what a mover would gain and lose, and what people would be asked to do: exactly what then happens', async () => {
    const event = moverEvent({ department: 'Engineering' }, named('E1'));
    const before = await entitlementsOf('E1');
    const { people, population } = await simulated({ events: [event], source: 'acme-hr' });
    expect(population).toBe(1);
    expect(await entitlementsOf('E1')).toEqual(before);
    await post(event);
    const after = await entitlementsOf('E1');
    expect(people).toEqual([
      {
        identityId: 'E1',
        loses: before.filter((one) => !after.includes(one)),
        gains: after.filter((one) => !before.includes(one)),
        byHand: [
          ...before.filter((one) => !after.includes(one)),
          ...after.filter((one) => !before.includes(one)),
        ].filter((one) => one.startsWith('cloud:')),
        begins: [],
        ends: [],
      },
    ]);
  });

  it('knows what is on record: a leaver of somebody who has left changes nothing', async () => {
    await post(leaverEvent({}, named('E1')));
    const { people } = await simulated({ events: [leaverEvent({}, named('E1'))], source: 'acme-hr' });
    expect(people).toEqual([]);
  });

  it('says what the guard would hold, and notes nothing of it', async () => {
    const events = ['E1', 'E2', 'E3'].map((id) => leaverEvent({}, named(id)));
    for (const _ of [1, 2]) {
      const { held } = await simulated({ events, source: 'acme-hr' });
      expect(held).toEqual({ events: { rule: 'number', count: 3, threshold: 3 } });
    }
    await post(leaverEvent({}, named('E1')));
    expect((await dependencies.guard.holds.listDisabling(0, 10)).items).toHaveLength(0);
  });

  it('follows what they own: it is suspended, or goes to whoever is above, who limits an agent', async () => {
    const nonHuman = { 'ai-agent': { holdsNoMoreThanOwner: true } } as const;
    dependencies = { ...dependencies, model: () => ({ ...BY_HAND, nonHuman }) };
    const machine = { email: 'machine@acme.example', owner: 'E1', department: 'Sales', endsAt: '2027-12-01' };
    await post(joinerEvent({ ...machine, kind: 'service-account' }, named('bot')));
    await post(joinerEvent({ ...machine, kind: 'ai-agent' }, named('agent')));
    const events = [leaverEvent({}, named('E1'))];
    const alone = await simulated({ events, source: 'acme-hr' });
    expect([alone.population, alone.suspended]).toEqual([3, ['agent', 'bot']]);
    expect(alone.held).toMatchObject({ events: { rule: 'number', count: 3 } });
    await post(moverEvent({ manager: 'E3' }, named('E1')));
    const { suspended, people, held } = await simulated({ events, source: 'acme-hr' });
    expect(suspended).toEqual([]);
    const ofAgent = people.find(({ identityId }) => identityId === 'agent');
    expect(ofAgent?.loses.toSorted()).toEqual(['chat:sales-room', 'cloud:billing']);
    expect(held.events).toBeUndefined();
  });

  it('refuses what could not be posted, with its place', async () => {
    const wrong = [moverEvent({}, named('E1')), { ...leaverEvent({}, named('E2')), source: '/hr/other' }];
    const { status, body } = await ask({ events: wrong, source: 'acme-hr' });
    expect(status).toBe(422);
    const pointers = (body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/events/1/source']));
  });

  it('refuses what the source may not say', async () => {
    dependencies = { ...dependencies, precedence: { 'acme-hr': { authority: 0, attributes: {}, idPrefixes: ['C'] } } };
    const { status, body } = await ask({ events: [leaverEvent({}, named('E1'))], source: 'acme-hr' });
    expect([status, body]).toMatchObject([422, { errors: [{ pointer: '/events/0/subject' }] }]);
  });
});

describe('a changed model', () => {
  const profile = { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['chat:everyone'] };

  it('is worked out for everybody, with why, and with what the guard would report', async () => {
    const { population, losing, changes, held, model } = await simulated({ model: { without: ['sales'] } });
    expect([population, losing]).toEqual([3, 2]);
    expect(model.after).not.toBe(model.before);
    expect(changes.map(({ entitlement }) => entitlement)).toContain('chat:sales-room');
    expect(changes[0]?.because).toEqual([{ reason: 'there is no profile sales any more', identities: 2 }]);
    expect(held.model).toMatchObject({ count: 2 });
  });

  it('takes the place of a profile, or is one more', async () => {
    const { people } = await simulated({ model: { profiles: [profile] } });
    expect(people.map(({ identityId }) => identityId)).toEqual(['E1', 'E2']);
    const more = { ...profile, id: 'everybody', when: { kind: ['employee'] }, entitlements: ['cloud:billing'] };
    expect((await simulated({ model: { profiles: [more] } })).gaining).toBe(1);
  });

  it('may retire an application', async () => {
    expect((await simulated({ model: { retire: ['chat'] } })).closes).toEqual({ chat: 3 });
  });

  it.each([
    ['a profile that is not there', { without: ['none'] }, '/model/without/0'],
    ['an application that is not there', { retire: ['none'] }, '/model/retire/0'],
    [
      'an entitlement that is not there',
      { profiles: [{ ...profile, entitlements: ['chat:none'] }] },
      '/model/profiles/0/entitlements/0',
    ],
    ['a profile twice', { profiles: [profile, profile] }, '/model/profiles/1/id'],
    [
      'an attribute that is not there',
      { profiles: [{ ...profile, when: { colour: ['red'] } }] },
      '/model/profiles/0/when',
    ],
    [
      'one in a branch',
      { profiles: [{ ...profile, when: { $or: [{ colour: ['red'] }, { title: ['x'] }] } }] },
      '/model/profiles/0/when/$or/0',
    ],
    [
      'an operator that is none',
      { profiles: [{ ...profile, when: { title: [{ like: 'x' }] } }] },
      '/model/profiles/0/when/title/0',
    ],
  ])('refuses %s, with its place', async (_, model, pointer) => {
    expect(await ask({ model })).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });
});

describe('a file of everybody', () => {
  const HEADER = 'identityId,kind,givenName,familyName,email,department,title,manager,timeZone';
  const row = (id: string, department: string) =>
    `${id},employee,Ada,Lovelace,${id}@acme.example,${department},Engineer,E0007,Europe/Berlin`;
  const file = (...rows: readonly string[]) => ({ format: 'csv', content: [HEADER, ...rows].join('\n') });

  it('tells who moves, who is new, and who is missing; what cannot be read is left out', async () => {
    const content = file(row('E1', 'Engineering'), row('E2', 'Sales'), row('E9', 'Sales'), row('E8', ''), 'E7,nobody');
    const { people, faults, held } = await simulated({ people: content, source: 'acme-hr' });
    expect(people.map(({ identityId }) => identityId).sort()).toEqual(['E1', 'E3', 'E8', 'E9']);
    expect(people.find(({ identityId }) => identityId === 'E3')?.gains).toEqual([]);
    expect([faults, held]).toEqual([
      [{ line: 6, pointer: '', detail: 'cannot be read' }],
      { events: { rule: 'unreadable-rows', count: 1, threshold: 1 } },
    ]);
  });

  it.each([
    ['an empty one', '', /names nobody/],
    ['one of a header alone', HEADER, /names nobody/],
    ['one that lacks too many', `${HEADER}\n${row('E1', 'Sales')}`, /lacks 2 of 3 people/],
  ])('refuses %s', async (_, content, why) => {
    const { status, body } = await ask({ people: { format: 'csv', content }, source: 'acme-hr' });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringMatching(why)]);
  });
});

it('asks for something, and for one delivery', async () => {
  expect(await ask({})).toMatchObject({ status: 422 });
  const both = { events: [leaverEvent({}, named('E1'))], people: { format: 'csv', content: 'x' } };
  expect(await ask(both)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/people' }] } });
});

it('says from when on it is for the command', async () => {
  const header = (index: number) => ({ identityId: `E${index}` });
  const listIdentities = async ({ after = '0' }: { after?: string | undefined }) => ({
    items: Array.from({ length: 1_000 }, (_, index) => header(Number(after) + index)),
    next: Number(after) < MAXIMUM_POPULATION ? String(Number(after) + 1_000) : undefined,
  });
  const load = async () => undefined;
  dependencies = { ...dependencies, directory: { ...dependencies.directory, load, listIdentities } as never };
  const { status, body } = await ask({ model: { without: ['sales'] } });
  expect([status, JSON.stringify(body)]).toEqual([409, expect.stringContaining('npx tenure simulate')]);
});

it.each<Role>(['manager', 'it', 'operations', 'auditor'])('is not for %s', async (role) => {
  expect(await ask({ model: { without: ['sales'] } }, role)).toMatchObject({ status: 403 });
});
