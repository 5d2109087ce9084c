// Every state a person can be in against every way a file can differ. Each cell says which events the file brings, and how
// the person stands now and after the year's end. A dry run must say the same beforehand, and the file brings nothing when
// it is put again.
import { describe, expect, it } from 'vitest';
import type { Fact, JoinerFact } from '../../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver, mover, suspension } from '../../support/facts.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { populationWorld } from '../../support/population-world.ts';

type World = ReturnType<typeof populationWorld>;
type Way = 'unchanged' | 'in another department' | 'with a later end' | 'from another day' | 'not at all';
type Row = Readonly<Record<string, string>>;

interface Case {
  readonly given: (world: World) => Promise<void>;
  /** What the file says of somebody of whom nothing has changed. */
  readonly row: Row;
  /** The id at which what is said of E1 counts. @default E1 */
  readonly countsAt?: string;
  readonly outcomes: Readonly<Record<Way, string>>;
}

const EMPLOYEE: Row = { kind: 'employee', department: 'Sales' };
const CONTRACTOR: Row = { kind: 'contractor', department: 'Sales' };
const LATER_MS = Date.parse('2027-01-15T00:00:00Z');
const HELD = '20261123T0800.acme-hr.1';
const OF_FEED = 'feed/0123456789abcdef';

const facts =
  (...told: readonly Fact[]) =>
  async (world: World): Promise<void> => {
    for (const fact of told) {
      await appendFact(world, fact, { payloadHash: fact.factId, actor: { type: 'hr-source', id: fact.source } });
    }
  };
const joined = (attributes: Partial<JoinerFact['attributes']> = {}) =>
  joiner('2026-01-01T00:00:00Z', { department: 'Sales', ...attributes });
const announced = (id?: string) =>
  joiner('2026-12-01', { department: 'Sales' }, { recorded: '2026-11-01T00:00:00Z', ...(id && { id }) });
const contract = (endsAt: string) => joined({ kind: 'contractor', endsAt });
const elsewhere = (fact: Fact): Fact => ({ ...fact, source: 'other-hr', factId: `other-hr:${fact.sourceEventId}` });
const held = (fact: Fact): Fact => ({ ...fact, held: HELD });
const left = (id?: string) => leaver('2026-11-22T00:00:00Z', id === undefined ? {} : { id });
const ofFeed = (name: string) => `${OF_FEED}/${name}`;

const merged =
  (survivor: string, duplicate: string, own: Fact = { ...joined(), identityId: survivor }) =>
  async (world: World): Promise<void> => {
    await facts(own, { ...joined(), identityId: duplicate })(world);
    const done = await mergeByTwo({ ...world, holds: memoryHolds() }, { identityId: survivor, duplicate });
    expect(done).toMatchObject({ body: { status: 'released' } });
    // What was written before the merge yields to what the survivor's own record says.
    world.later(120_000);
  };

const EMPLOYED = {
  unchanged: 'nothing: active, active',
  'in another department': 'mover: active, active',
  'with a later end': 'mover: active, active',
  // Somebody employed is not hired again by a day to come: the row does not say that they left.
  'from another day': 'nothing: active, active',
  'not at all': 'leaver: departed, departed',
};
const ANNOUNCED = {
  unchanged: 'nothing: pending, active',
  'in another department': 'mover: pending, active',
  'with a later end': 'mover: pending, active',
  'from another day': 'rescind joiner: pending, active',
};
const OF_ANOTHER_SOURCE = {
  unchanged: 'mover: active, active',
  'in another department': 'mover: active, active',
  'with a later end': 'mover: active, active',
  'from another day': 'mover: active, active',
  'not at all': 'nothing: active, active',
};

const CASES: Readonly<Record<string, Case>> = {
  'is unknown': {
    given: facts(),
    row: EMPLOYEE,
    outcomes: {
      unchanged: 'joiner: active, active',
      'in another department': 'joiner: active, active',
      'with a later end': 'joiner: active, active',
      'from another day': 'joiner: pending, active',
      'not at all': 'nothing: unknown, unknown',
    },
  },
  'a file announced': {
    given: facts(announced(ofFeed('announced'))),
    row: { ...EMPLOYEE, effectiveAt: '2026-12-01' },
    outcomes: { ...ANNOUNCED, 'not at all': 'rescind: unknown, unknown' },
  },
  'an event announced': {
    given: facts(announced()),
    row: EMPLOYEE,
    outcomes: { ...ANNOUNCED, 'not at all': 'nothing: pending, active' },
  },
  'another source announced': {
    given: facts(elsewhere(announced())),
    row: EMPLOYEE,
    outcomes: {
      unchanged: 'mover: pending, active',
      'in another department': 'mover: pending, active',
      'with a later end': 'mover: pending, active',
      'from another day': 'mover: pending, active',
      'not at all': 'nothing: pending, active',
    },
  },
  'is employed': { given: facts(joined()), row: EMPLOYEE, outcomes: EMPLOYED },
  'is employed by the word of another source': {
    given: facts(elsewhere(joined())),
    row: EMPLOYEE,
    outcomes: OF_ANOTHER_SOURCE,
  },
  'is on leave': {
    given: facts(joined(), suspension('2026-11-01T00:00:00Z')),
    row: EMPLOYEE,
    outcomes: {
      unchanged: 'nothing: suspended, suspended',
      'in another department': 'mover: suspended, suspended',
      'with a later end': 'mover: suspended, suspended',
      'from another day': 'nothing: suspended, suspended',
      'not at all': 'leaver: departed, departed',
    },
  },
  'is to leave by a leaver': {
    given: facts(joined(), leaver('2026-12-15', { recorded: '2026-11-20T00:00:00Z' })),
    row: EMPLOYEE,
    outcomes: {
      unchanged: 'nothing: active, departed',
      'in another department': 'mover: active, departed',
      'with a later end': 'mover: active, departed',
      'from another day': 'nothing: active, departed',
      'not at all': 'nothing: active, departed',
    },
  },
  'is to leave when the contract ends': {
    given: facts(contract('2026-12-31')),
    row: { ...CONTRACTOR, endsAt: '2026-12-31' },
    outcomes: {
      unchanged: 'nothing: active, departed',
      'in another department': 'mover: active, departed',
      'with a later end': 'mover: active, active',
      'from another day': 'nothing: active, departed',
      'not at all': 'leaver: departed, departed',
    },
  },
  'left by a leaver': {
    given: facts(joined(), left()),
    row: EMPLOYEE,
    outcomes: {
      unchanged: 'nothing: departed, departed',
      'in another department': 'nothing: departed, departed',
      'with a later end': 'nothing: departed, departed',
      'from another day': 'joiner: departed, active',
      'not at all': 'nothing: departed, departed',
    },
  },
  'left when the contract ended': {
    given: facts(contract('2026-11-10')),
    row: { ...CONTRACTOR, endsAt: '2026-11-10' },
    outcomes: {
      unchanged: 'nothing: departed, departed',
      'in another department': 'nothing: departed, departed',
      'with a later end': 'mover: active, active',
      // A contract that begins after its own end lasts for no time at all.
      'from another day': 'joiner: departed, departed',
      'not at all': 'nothing: departed, departed',
    },
  },
  'left, and a file announced to be back': {
    given: facts(joined(), left(), announced(ofFeed('back'))),
    row: { ...EMPLOYEE, effectiveAt: '2026-12-01' },
    outcomes: {
      unchanged: 'nothing: departed, active',
      'in another department': 'mover: departed, active',
      'with a later end': 'mover: departed, active',
      'from another day': 'rescind joiner: departed, active',
      'not at all': 'rescind: departed, departed',
    },
  },
  'was merged into somebody whom the file does not name': {
    given: merged('E9', 'E1'),
    row: EMPLOYEE,
    countsAt: 'E9',
    outcomes: EMPLOYED,
  },
  'took in a duplicate whom the file does not name': { given: merged('E1', 'E9'), row: EMPLOYEE, outcomes: EMPLOYED },
  'took in a duplicate that this source alone knows, whom it does not name': {
    given: merged('E1', 'E9', elsewhere(joiner('2026-03-01T00:00:00Z', { department: 'Sales' }))),
    row: EMPLOYEE,
    // It ends the record that it knows, once, and not what another source holds up.
    outcomes: { ...OF_ANOTHER_SOURCE, 'not at all': 'leaver: active, active' },
  },
  'was missed by half a file, and waits for a person': {
    given: facts(joined(), held(left(ofFeed('missed')))),
    row: EMPLOYEE,
    outcomes: {
      unchanged: 'rescind: active, active',
      'in another department': 'rescind mover: active, active',
      'with a later end': 'rescind mover: active, active',
      'from another day': 'rescind: active, active',
      'not at all': 'nothing: active, active',
    },
  },
  'has a leaver of HR itself that waits for a person': {
    given: facts(joined(), held(left())),
    row: EMPLOYEE,
    outcomes: { ...EMPLOYED, 'not at all': 'nothing: active, active' },
  },
  'has a move that waits for a person': {
    given: facts(joined(), held(mover('2026-11-22T00:00:00Z', { department: 'Legal' }))),
    row: EMPLOYEE,
    outcomes: {
      ...EMPLOYED,
      unchanged: 'mover: active, active',
      'in another department': 'nothing: active, active',
      'with a later end': 'mover: active, active',
      'from another day': 'mover: active, active',
    },
  },
};

const WAYS: Readonly<Record<Way, (row: Row) => Row | undefined>> = {
  unchanged: (row) => row,
  'in another department': (row) => ({ ...row, department: 'Legal' }),
  'with a later end': (row) => ({ ...row, endsAt: '2027-06-30' }),
  'from another day': (row) => ({ ...row, effectiveAt: '2027-01-04' }),
  'not at all': () => undefined,
};

const PERSON = { identityId: 'E1', givenName: 'Ada', familyName: 'Lovelace', email: 'ada@acme.example' };
const OTHER = { ...PERSON, ...EMPLOYEE, identityId: 'E1000', email: 'other@acme.example' };
const fileOf = (row: Row | undefined) =>
  [OTHER, ...(row ? [{ ...PERSON, ...row }] : [])].map((it) => JSON.stringify(it)).join('\n');

describe.each(Object.entries(CASES))('somebody who %s', (_state, { given, row, countsAt = 'E1', outcomes }) => {
  it.each(Object.entries(outcomes) as [Way, string][])('is named %s: %s', async (way, expected) => {
    const world = populationWorld();
    await facts({ ...joined(), identityId: 'E1000' })(world);
    await given(world);
    const text = fileOf(WAYS[way](row));
    const before = new Set((await world.recordOf(countsAt)).map(({ factId }) => factId));
    await world.put(text, 'v1', 'acme-hr/dry-run/all.jsonl');
    expect((await world.recordOf(countsAt)).length).toBe(before.size);
    const tried = [...world.reports.values()]
      .flatMap(({ people = [] }) => people)
      .filter((it) => it.identityId !== 'E1000');
    await world.put(text, 'v1', 'acme-hr/all.jsonl');
    const brought = (await world.recordOf(countsAt)).filter(({ factId }) => !before.has(factId));
    const types = brought.map(({ type }) => type).join(' ');
    const statuses = await Promise.all(
      [NOW_MS + 120_000, LATER_MS].map(async (atMs) => (await world.stateOf(countsAt, atMs)).status),
    );
    expect(`${types || 'nothing'}: ${statuses.join(', ')}`).toBe(expected);
    expect(tried.flatMap(({ events }) => events).join(' ')).toBe(types);
    world.later();
    await world.put(text, 'v2', 'acme-hr/all.jsonl');
    expect((await world.recordOf(countsAt)).length).toBe(before.size + brought.length);
  });
});
