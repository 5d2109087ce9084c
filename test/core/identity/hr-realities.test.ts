// What HR really sends, one reality after the other. Where access matters, the whole system runs: real handlers and
// state machines over systems in memory. How any two events combine is collision-matrix.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { ConflictError } from '../../../lambdas/core/errors.ts';
import { stampAuthority } from '../../../lambdas/core/identity/authority.ts';
import type { AbsorbedFact, Fact } from '../../../lambdas/core/identity/facts.ts';
import {
  effectiveManager,
  MAXIMUM_CHAIN,
  type Superior,
  superiorsFrom,
} from '../../../lambdas/core/identity/management-chain.ts';
import { redirect } from '../../../lambdas/core/identity/merged-identities.ts';
import type { HrSourcePrecedence } from '../../../lambdas/core/identity/source-precedence.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { CLAIMS } from '../../support/api-requests.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';
import { type Merging, mergeByTwo } from '../../support/merging.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const API_ONLY = { ...MODEL, applications: MODEL.applications.filter(({ connector }) => connector !== 'manual') };
const NAMES = { givenName: 'Ada', familyName: 'Lovelace', email: 'ada@acme.example' };

const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const from = <Told extends Fact>(source: string, fact: Told): Told => ({
  ...fact,
  source,
  factId: `${source}:${fact.sourceEventId}`,
});

const stateAt = (facts: readonly Fact[], instant: string) => identityAt(buildTimeline(facts), Date.parse(instant));
const statusAt = (facts: readonly Fact[], instant: string) => stateAt(facts, instant).status;
const attributesAt = (facts: readonly Fact[], instant: string) => {
  const state = stateAt(facts, instant);
  return 'attributes' in state ? state.attributes : undefined;
};

/** Each order of a few facts. */
function orders(facts: readonly Fact[]): readonly (readonly Fact[])[] {
  if (facts.length < 2) return [facts];
  return facts.flatMap((first) => orders(facts.filter((fact) => fact !== first)).map((rest) => [first, ...rest]));
}

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

function company() {
  const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
  const changes: string[] = [];
  const world = new World({
    model: API_ONLY,
    retryPolicy,
    onChange: (_application, { method }) => changes.push(method),
  });
  const system = (applicationId: string) => {
    const found = world.systems.get(applicationId);
    if (found === undefined) throw new Error(`there is no ${applicationId}`);
    return found;
  };
  const dependencies = {
    ...world.stores,
    clock: () => time.nowMs,
    newId: () => 'id',
    model: () => API_ONLY,
    claims: CLAIMS,
  };
  return {
    world,
    system,
    /** What was done to any system. */
    changes,
    later: (durationMs = MINUTE_MS) => time.runUntil(time.nowMs + durationMs),
    async tell(...facts: Fact[]) {
      for (const fact of facts) {
        await world.record(fact);
        await time.runUntil(time.nowMs + MINUTE_MS);
      }
    },
    held(applicationId: string, identityId = 'E1') {
      const account = system(applicationId).accountOf(identityId);
      return account && { enabled: account.enabled, grants: [...account.grants].sort() };
    },
    async merge(survivor: string, duplicate: string, as = 'E900', change: Merging['change'] = 'merge') {
      const answered = await mergeByTwo(dependencies, { identityId: survivor, duplicate, as, change });
      world.pumpStream();
      return answered;
    },
    load: async (identityId = 'E1') => {
      const record = await world.stores.directory.load(identityId);
      if (record === undefined) throw new Error(`${identityId} is not known`);
      return record;
    },
  };
}

const SALES = { enabled: true, grants: ['everyone', 'sales-room'] };
const ENGINEERING = { enabled: true, grants: ['engineering-room', 'everyone'] };
const LOCKED = { enabled: false, grants: [] };
const inSales = joiner('2026-01-01', { department: 'Sales' });

describe('future-dated and back-dated events', () => {
  it('a future-dated leaver works until the end of the last day and not a second longer', async () => {
    const { tell, held } = company();
    await tell(inSales, leaver('2026-11-24', { recorded: '2026-11-20T00:00:00Z' }));
    await time.runUntil(Date.parse('2026-11-24T23:59:58Z'));
    expect(held('chat')).toEqual(SALES);
    await time.runUntil(Date.parse('2026-11-25T00:01:00Z'));
    expect(held('chat')).toEqual(LOCKED);
  });

  it('a back-dated leaver acts now, and the timeline shows it then', async () => {
    const { tell, held, load } = company();
    const gone = leaver('2026-11-10', { recorded: '2026-11-23T08:00:00Z' });
    await tell(inSales, gone);
    expect(held('chat')).toEqual(LOCKED);
    const { facts } = await load();
    expect(statusAt(facts, '2026-11-10T12:00:00Z')).toBe('active');
    expect(stateAt(facts, '2026-11-11T00:00:00Z')).toMatchObject({
      status: 'departed',
      departedBy: { by: 'leaver', factId: gone.factId },
    });
  });

  it('a back-dated mover moves now, but not over what was said to take effect since', async () => {
    const { tell, held } = company();
    await tell(inSales, mover('2026-10-01', { department: 'Engineering' }, { recorded: '2026-11-23T08:00:00Z' }));
    expect(held('chat')).toEqual(ENGINEERING);
    await tell(mover('2026-09-01', { department: 'Sales' }, { recorded: '2026-11-23T08:30:00Z' }));
    expect(held('chat')).toEqual(ENGINEERING);
  });
});

describe("effective dates in the identity's own zone", () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00Z', 'which has 23 hours'],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T23:00:00Z', 'which has 25 hours'],
    ['America/New_York', '2026-11-23', '2026-11-24T05:00:00Z', 'an ordinary one'],
    ['Pacific/Kiritimati', '2026-11-23', '2026-11-23T10:00:00Z', 'the first on earth'],
  ])('a last day in %s on %s ends at %s (%s)', (timeZone, day, instant) => {
    const facts = [joiner('2026-01-01', { timeZone }), leaver(day)];
    expect(statusAt(facts, new Date(Date.parse(instant) - 1).toISOString())).toBe('active');
    expect(statusAt(facts, instant)).toBe('departed');
  });

  it('a first day that has no midnight begins with its first instant', () => {
    // Cairo, 2026-04-24: clocks go from 00:00 to 01:00.
    const facts = [joiner('2026-04-24', { timeZone: 'Africa/Cairo' })];
    expect(statusAt(facts, '2026-04-23T21:59:59Z')).toBe('pending');
    expect(statusAt(facts, '2026-04-23T22:00:00Z')).toBe('active');
  });
});

describe('correction and rescind', () => {
  const wrong = leaver('2026-11-20', { recorded: '2026-11-19T09:00:00Z' });
  const right = leaver('2026-11-27', { recorded: '2026-11-23T08:00:00Z' });
  const withdrawn = rescind(wrong, '2026-11-23T08:00:00Z');

  it('a leaver withdrawn before it takes effect leaves no trace in access', async () => {
    const { tell, held, load } = company();
    const planned = leaver('2026-11-24', { recorded: '2026-11-20T00:00:00Z' });
    await tell(inSales, planned, rescind(planned, '2026-11-23T09:00:00Z'));
    await time.runUntil(Date.parse('2026-11-26T00:00:00Z'));
    expect(held('chat')).toEqual(SALES);
    expect((await load()).header.removal).toBeUndefined();
  });

  it('a leaver withdrawn after it took effect gives back exactly what was there', async () => {
    const { tell, held } = company();
    await tell(inSales, mover('2026-05-01', { department: 'Engineering', title: 'Lead' }));
    const before = [held('chat'), held('cloud')];
    await tell(wrong);
    expect(held('chat')).toEqual(LOCKED);
    expect(held('cloud')).toBeUndefined();
    await tell(withdrawn);
    expect([held('chat'), held('cloud')]).toEqual(before);
  });

  it('a corrected last day counts, whatever order old, new and rescind arrive in', async () => {
    for (const facts of orders([wrong, right, withdrawn])) {
      const known = [inSales, ...facts];
      expect(statusAt(known, '2026-11-27T23:59:59Z')).toBe('active');
      expect(statusAt(known, '2026-11-28T00:00:00Z')).toBe('departed');
    }
    const { tell, held } = company();
    await tell(inSales, withdrawn, right, wrong);
    expect(held('chat')).toEqual(SALES);
  });

  describe('of a leaver who owned something', () => {
    const bot = (owner: string) =>
      of(
        'svc',
        joiner('2026-02-01', { kind: 'service-account', owner, email: 'svc@acme.example', department: 'Sales' }),
      );
    const boss = of('E7', joiner('2026-01-01', { email: 'boss@acme.example' }));
    const owner = joiner('2026-01-01', { department: 'Sales', manager: 'E7' });
    const ownerNow = async (load: ReturnType<typeof company>['load']) => (await load('svc')).header.summary.ownerId;

    it('gives the ownership back', async () => {
      const { tell, load } = company();
      await tell(boss, owner, bot('E1'), wrong);
      expect(await ownerNow(load)).toBe('E7');
      await tell(withdrawn);
      expect(await ownerNow(load)).toBe('E1');
    });

    it('ends the suspension of what nobody had taken over', async () => {
      const { tell, held } = company();
      await tell(joiner('2026-01-01'), bot('E1'), wrong);
      expect(held('chat', 'svc')?.enabled).toBe(false);
      await tell(withdrawn);
      expect(held('chat', 'svc')).toEqual(SALES);
    });

    it('leaves alone what has been given to somebody else since', async () => {
      const { tell, load } = company();
      const other = of('E8', joiner('2026-01-01', { email: 'other@acme.example' }));
      await tell(boss, other, owner, bot('E1'), wrong, of('svc', mover('2026-11-23T09:20:00Z', { owner: 'E8' })));
      await tell(withdrawn);
      await time.runUntil(Date.parse('2026-11-23T09:30:00Z'));
      expect(await ownerNow(load)).toBe('E8');
    });

    it('hands over again when the corrected day comes', async () => {
      const { tell, load } = company();
      await tell(boss, owner, bot('E1'), wrong, withdrawn, right);
      expect(await ownerNow(load)).toBe('E1');
      await time.runUntil(Date.parse('2026-11-28T00:10:00Z'));
      expect(await ownerNow(load)).toBe('E7');
    });

    it('gives back also when the rescind overtakes the handover', async () => {
      const { world, later, tell, load } = company();
      await tell(boss, owner, bot('E1'));
      await world.record(wrong);
      await world.record(withdrawn);
      await later();
      expect(await ownerNow(load)).toBe('E1');
    });

    it('does not give back to somebody who was hired anew', async () => {
      const { tell, load } = company();
      await tell(boss, owner, bot('E1'), wrong, joiner('2026-11-22', { department: 'Sales' }));
      expect(await ownerNow(load)).toBe('E7');
    });
  });
});

describe('rehire', () => {
  const rehired = joiner('2026-11-23', { department: 'Engineering' });

  it('before the old account is touched: from one day to the next nothing is cut off', async () => {
    const { tell, held, changes } = company();
    await tell(inSales);
    const made = [...changes];
    await tell(leaver('2026-11-23'), joiner('2026-11-24', { department: 'Sales' }));
    await time.runUntil(Date.parse('2026-11-25T00:00:00Z'));
    expect(held('chat')).toEqual(SALES);
    expect(changes).toEqual(made);
  });

  it('while the old account is kept: the same account again, with the access of the new employment alone', async () => {
    const { tell, held, system } = company();
    await tell(inSales, leaver('2026-11-20'));
    const account = system('chat').accountOf('E1')?.accountId;
    expect(held('chat')).toEqual(LOCKED);
    await tell(rehired);
    expect(held('chat')).toEqual(ENGINEERING);
    expect(system('chat').accountOf('E1')?.accountId).toBe(account);
  });

  it('after the old account was deleted: a new one, whatever the link to the old one says', async () => {
    const { tell, held, system, load } = company();
    await tell(inSales, leaver('2026-11-20'));
    const old = system('chat').accountOf('E1')?.accountId ?? '';
    system('chat').accounts.delete(old);
    await tell(rehired);
    expect(held('chat')).toEqual(ENGINEERING);
    expect(held('cloud')).toEqual({ enabled: true, grants: ['developer', 'production-admin'] });
    const { accounts } = await load();
    expect(accounts.find(({ applicationId }) => applicationId === 'chat')?.account?.accountId).not.toBe(old);
  });
});

describe('contractor to employee and back', () => {
  const facts = [
    joiner('2026-01-01', { kind: 'contractor', endsAt: '2026-06-30', department: 'Sales' }),
    mover('2026-06-01', { kind: 'employee' }),
    mover('2026-11-01', { kind: 'contractor', endsAt: '2026-11-23' }),
  ];

  it('is one identity throughout, and an end date holds only while it is temporary', () => {
    expect(attributesAt(facts, '2026-07-01T00:00:00Z')).toMatchObject({ kind: 'employee', endsAt: null });
    expect(statusAt(facts, '2026-11-23T23:59:59Z')).toBe('active');
    expect(stateAt(facts, '2026-11-24T00:00:00Z')).toMatchObject({
      status: 'departed',
      departedBy: { by: 'end-date' },
      attributes: { kind: 'contractor' },
    });
  });

  it('keeps the same account, which closes by itself when the last contract runs out', async () => {
    const { tell, held, system } = company();
    await tell(...facts);
    const account = system('chat').accountOf('E1')?.accountId;
    expect(held('chat')).toEqual(SALES);
    await time.runUntil(Date.parse('2026-11-24T00:01:00Z'));
    expect(held('chat')).toEqual(LOCKED);
    expect(system('chat').accountOf('E1')?.accountId).toBe(account);
  });
});

describe('leave of absence and return across a department change', () => {
  it('keeps the account shut, drops the old access at once, and opens with the new one only', async () => {
    const { tell, held } = company();
    await tell(inSales, suspension('2026-11-01'));
    expect(held('chat')).toEqual({ ...SALES, enabled: false });
    await tell(mover('2026-11-10', { department: 'Engineering' }));
    expect(held('chat')).toEqual({ ...ENGINEERING, enabled: false });
    await tell(returning('2026-11-22'));
    expect(held('chat')).toEqual(ENGINEERING);
  });
});

describe('two movers on one day', () => {
  const told = (source: string, department: string, recorded: string) =>
    from(source, mover('2026-11-20', { department }, { recorded, id: department }));

  it('are taken in the order in which they were recorded, however they arrive', async () => {
    const first = told('acme-hr', 'Finance', '2026-11-19T08:00:00Z');
    const second = told('acme-hr', 'Engineering', '2026-11-19T09:00:00Z');
    for (const facts of [
      [first, second],
      [second, first],
    ]) {
      const { tell, held } = company();
      await tell(inSales, ...facts);
      expect(held('chat')).toEqual(ENGINEERING);
    }
  });

  it('recorded at the same instant, in the order of their sources', () => {
    const same = '2026-11-19T08:00:00Z';
    for (const facts of orders([told('beta-hr', 'Engineering', same), told('acme-hr', 'Finance', same)])) {
      expect(attributesAt([inSales, ...facts], '2026-11-23T00:00:00Z')?.department).toBe('Engineering');
    }
  });
});

describe('manager changes and manager leaves', () => {
  const chain = (...superiors: readonly Superior[]) => {
    const known = new Map(superiors.map((superior) => [superior.identityId, superior]));
    return superiorsFrom(superiors[0]?.identityId, async (identityId) => known.get(identityId));
  };
  const superior = (identityId: string, employed: boolean, above?: string) => ({ identityId, employed, above });

  it("falls to the manager's manager, however many have left", async () => {
    const superiors = await chain(superior('E2', false, 'E3'), superior('E3', false, 'E4'), superior('E4', true));
    expect(effectiveManager(superiors)).toBe('E4');
    expect(effectiveManager(await chain(superior('E2', false, 'E3')))).toBeUndefined();
  });

  it('ends in a chain that bites its own tail, and in one without end', async () => {
    expect(await chain(superior('E2', false, 'E3'), superior('E3', false, 'E2'))).toHaveLength(2);
    let last = 0;
    const endless = await superiorsFrom('E0', async (id) => superior(id, false, `E${++last}`));
    expect(endless).toHaveLength(MAXIMUM_CHAIN);
  });

  it('takes no access from the reports, and gives what they owned to whoever is above', async () => {
    const { tell, held, load } = company();
    const person = (id: string, manager?: string) =>
      of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', manager: manager ?? null }));
    await tell(person('E3'), person('E2', 'E3'), person('E1', 'E2'));
    await tell(of('svc', joiner('2026-02-01', { kind: 'service-account', owner: 'E1' })));
    await tell(of('E2', leaver('2026-11-20')));
    expect(held('chat', 'E1')).toEqual(SALES);
    await tell(leaver('2026-11-21'));
    expect((await load('svc')).header.summary.ownerId).toBe('E3');
  });
});

describe('what comes to somebody who has left', () => {
  const person = (id: string, attributes = {}) =>
    of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }));
  const bot = of('svc', joiner('2026-02-01', { kind: 'service-account', owner: 'E1', department: 'Sales' }));
  const left = leaver('2026-11-20', { recorded: '2026-11-20T00:00:00Z' });

  it('a service account heard of afterwards goes to whoever is above', async () => {
    const { tell, load, held } = company();
    await tell(person('E7'), person('E1', { manager: 'E7' }), left, bot);
    expect((await load('svc')).header.summary.ownerId).toBe('E7');
    expect(held('chat', 'svc')).toEqual(SALES);
  });

  it('one given to them by mistake is suspended where nobody is above, until it gets an owner and returns', async () => {
    const { tell, held } = company();
    await tell(person('E1'), person('E2'), left, bot);
    expect(held('chat', 'svc')?.enabled ?? false).toBe(false);
    const now = new Date(time.nowMs).toISOString();
    await tell(of('svc', mover(now, { owner: 'E2' })), of('svc', returning(now)));
    expect(held('chat', 'svc')).toEqual(SALES);
  });

  it('goes back to them when the departure turns out never to have been', async () => {
    const { tell, load } = company();
    await tell(person('E7'), person('E1', { manager: 'E7' }), left, bot);
    await tell(rescind(left, '2026-11-23T09:05:00Z'));
    expect((await load('svc')).header.summary.ownerId).toBe('E1');
  });
});

describe('the credentials of a service account that gets another owner', () => {
  const person = (id: string, attributes = {}) =>
    of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }));
  const bot = of('svc', joiner('2026-02-01', { kind: 'service-account', owner: 'E1', department: 'Sales' }));
  const DAY_MS = 86_400_000;

  async function handedOver() {
    const { world, system, tell, load, later } = company();
    await tell(person('E7'), person('E1', { manager: 'E7' }), bot);
    const account = system('chat').accountOf('svc');
    if (account === undefined) throw new Error('svc has no account');
    account.credentials.add('key-1');
    await tell(leaver('2026-11-23T09:00:00Z', { immediate: true }));
    const inADay = async () => {
      await time.runUntil(time.nowMs + DAY_MS);
      world.sweep();
      await later();
    };
    const exposed = async () =>
      (await load('svc')).accounts.find(({ applicationId }) => applicationId === 'chat')?.exposed?.credentials;
    return { account, inADay, exposed };
  }

  it('are kept for a day, in which the new owner replaces them', async () => {
    const { account, inADay, exposed } = await handedOver();
    expect([...account.credentials]).toEqual(['key-1']);
    expect(await exposed()).toEqual(['key-1']);
    account.credentials.add('key-2').delete('key-1');
    await inADay();
    expect([...account.credentials]).toEqual(['key-2']);
    expect(await exposed()).toEqual([]);
  });

  it('are revoked after that, and what was made since stays', async () => {
    const { account, inADay, exposed } = await handedOver();
    account.credentials.add('key-2');
    await inADay();
    expect([...account.credentials]).toEqual(['key-2']);
    expect(await exposed()).toEqual([]);
  });
});

describe('a leaver for an unknown identity', () => {
  it('is kept, and the joiner that arrives after it gives nothing', async () => {
    const { tell, held, load } = company();
    await tell(leaver('2026-11-20'));
    expect((await load()).header.summary.status).toBe('unknown');
    await tell(inSales);
    expect((await load()).header.summary.status).toBe('departed');
    expect(held('chat')).toBeUndefined();
  });
});

describe('an identity merged from two HR ids', () => {
  const ada = joiner('2026-01-01', { department: 'Sales' });
  const again = of('E2', joiner('2026-06-01', { department: 'Engineering', ...NAMES, email: 'ada.l@acme.example' }));

  it('takes the access of the duplicate away and proves it, and keeps that of the survivor', async () => {
    const { tell, merge, held, load, later } = company();
    await tell(ada, again);
    expect(held('chat', 'E2')).toEqual(ENGINEERING);
    expect(await merge('E1', 'E2')).toMatchObject({ status: 200, body: { status: 'released' } });
    await later();
    expect(held('chat', 'E2')).toEqual(LOCKED);
    expect(held('cloud', 'E2')).toBeUndefined();
    expect(held('chat')).toEqual(SALES);
    const duplicate = await load('E2');
    expect(buildTimeline(duplicate.facts).mergedInto).toBe('E1');
    expect(duplicate.header.removal?.provenMs).toBeDefined();
  });

  it('hears from then on what is said about either id', async () => {
    const { tell, merge, held } = company();
    await tell(ada, again);
    await merge('E1', 'E2');
    const moved = { recorded: '2026-11-23T10:00:00Z' };
    await tell(of('E2', mover('2026-11-22', { department: 'Engineering' }, moved)));
    expect(held('chat')).toEqual(ENGINEERING);
    expect(held('chat', 'E2')).toEqual(LOCKED);
  });

  it('is employed by the duplicate alone when the survivor has no employment of its own', async () => {
    const { tell, merge, held, later } = company();
    await tell(ada, leaver('2026-05-01'), again);
    await merge('E1', 'E2');
    await later();
    expect(held('chat')).toEqual(ENGINEERING);
    await tell(of('E2', leaver('2026-11-22', { recorded: '2026-11-23T09:30:00Z' })));
    expect(held('chat')).toEqual(LOCKED);
  });

  it('outlives the closing of the duplicate record, but not a leaver of its own or one that says now', async () => {
    const closing = of('E2', leaver('2026-11-22', { recorded: '2026-11-23T09:30:00Z' }));
    for (const { told, expected } of [
      { told: closing, expected: SALES },
      { told: of('E2', leaver('2026-11-30', { immediate: true, recorded: '2026-11-23T09:00:00Z' })), expected: LOCKED },
      { told: leaver('2026-11-22', { recorded: '2026-11-23T09:30:00Z' }), expected: LOCKED },
    ]) {
      const { tell, merge, held } = company();
      await tell(ada, again);
      await merge('E1', 'E2');
      await tell(told);
      expect(held('chat')).toEqual(expected);
    }
  });

  it('ends with the closing of the duplicate record once the contract of its own has run out', () => {
    const merged: AbsorbedFact = {
      ...joiner('2026-11-22', {}, { id: 'absorbed' }),
      type: 'absorbed',
      duplicate: 'E2',
      facts: [
        of('E2', joiner('2026-11-05', { department: 'Finance' }, { id: 'again' })),
        of('E2', leaver('2026-11-20')),
      ],
      decidedBy: 'E900',
      reason: 'same passport',
    };
    const contract = joiner('2026-01-01', { kind: 'contractor', endsAt: '2026-10-31' }, { id: 'contract' });
    const statusAt = (day: string) => identityAt(buildTimeline([contract, merged]), Date.parse(day)).status;
    expect(['2026-10-30', '2026-11-03', '2026-11-10', '2026-11-22'].map(statusAt)).toEqual([
      'active',
      'departed',
      'active',
      'departed',
    ]);
  });

  it('goes on by an extension though the record of the duplicate was closed while the contract had run out', () => {
    const merged: AbsorbedFact = {
      ...joiner('2026-11-22', {}, { id: 'absorbed' }),
      type: 'absorbed',
      duplicate: 'E2',
      facts: [of('E2', joiner('2026-02-01', {}, { id: 'again' })), of('E2', leaver('2026-11-10'))],
      decidedBy: 'E900',
      reason: 'same passport',
    };
    const contract = joiner('2026-01-01', { kind: 'contractor', endsAt: '2026-10-31' }, { id: 'contract' });
    const [back, extended] = [returning('2026-11-05'), mover('2026-11-15', { endsAt: '2026-12-31' })];
    const statusAt = (facts: readonly Fact[]) => identityAt(buildTimeline(facts), Date.parse('2026-11-22')).status;
    expect(statusAt([contract, merged, back, extended])).toBe('active');
    expect(statusAt([contract, merged, leaver('2026-11-12'), extended])).toBe('departed');
  });

  it('has the same states whether a fact of the duplicate came before the merge or after it', () => {
    const facts = [
      again,
      of('E2', mover('2026-07-01', { title: 'Lead' })),
      of('E2', leaver('2026-11-01')),
      of('E2', mover('2026-11-20', { location: 'Berlin' }, { recorded: '2026-11-21T00:00:00Z' })),
    ];
    const merged = (known: readonly Fact[]): AbsorbedFact => ({
      ...joiner('2026-11-10', {}, { id: 'absorbed' }),
      type: 'absorbed',
      duplicate: 'E2',
      facts: known,
      decidedBy: 'E900',
      reason: 'same passport',
    });
    const reference = buildTimeline([ada, merged(facts)]).changes;
    for (let count = 0; count < facts.length; count += 1) {
      const late = facts.slice(count).map((fact) => redirect(fact, 'E1'));
      expect(buildTimeline([...late, ada, merged(facts.slice(0, count))]).changes).toEqual(reference);
    }
  });

  it('cannot go round in a circle, nor be decided by the person concerned, and repeats its answer', async () => {
    const { tell, merge } = company();
    await tell(ada, again);
    expect(await merge('E1', 'E1')).toMatchObject({ status: 422 });
    expect(await merge('E1', 'E9')).toMatchObject({ status: 404 });
    expect(await merge('E1', 'E2', 'E2')).toMatchObject({ status: 403 });
    await merge('E1', 'E2');
    const done = { status: 200, body: { identityId: 'E1', duplicate: 'E2', version: 2 } };
    expect(await merge('E1', 'E2')).toEqual(done);
    expect(await merge('E1', 'E2')).toEqual(done);
    expect(await merge('E2', 'E1')).toMatchObject({ status: 409 });
  });

  it('of two opposite merges at the same moment, lets one happen', async () => {
    const { tell, merge } = company();
    await tell(ada, again);
    const both = Promise.all([merge('E1', 'E2'), merge('E2', 'E1')]);
    await time.runUntil(time.nowMs + MINUTE_MS);
    const outcomes = (await both).map(({ body }) => Reflect.get(body as object, 'status')).sort();
    expect(outcomes).toEqual(['dropped', 'released']);
  });
});

describe('an identity known to two HR sources', () => {
  const precedence: HrSourcePrecedence = {
    'acme-hr': { authority: 10, attributes: { email: 1 } },
    directory: { authority: 5, attributes: {} },
  };
  const stamped = (source: string, fact: Fact) => stampAuthority(from(source, fact), precedence);
  const hired = stamped('acme-hr', joiner('2026-01-01', { department: 'Sales', title: 'Analyst' }));

  it('has each attribute from the source with more authority on it, whoever spoke last', () => {
    const later = stamped(
      'directory',
      mover('2026-05-01', { department: 'Engineering', email: 'a.l@acme.example', location: 'Berlin' }),
    );
    const last = stamped('acme-hr', mover('2026-06-01', { email: 'old@acme.example', title: 'Lead' }));
    for (const facts of orders([hired, later, last])) {
      expect(attributesAt(facts, '2026-11-23T00:00:00Z')).toMatchObject({
        department: 'Sales',
        title: 'Lead',
        email: 'a.l@acme.example',
        location: 'Berlin',
      });
    }
  });

  it('is not changed in hindsight by another setting', () => {
    const moved = stampAuthority(from('directory', mover('2026-07-01', { department: 'Engineering' })), {});
    expect(attributesAt([hired, moved], '2026-11-23T00:00:00Z')?.department).toBe('Sales');
    const equal = [joiner('2026-01-01', { department: 'Sales' }), moved];
    expect(attributesAt(equal, '2026-11-23T00:00:00Z')?.department).toBe('Engineering');
  });

  it('leaves when any of them says so', () => {
    const facts = [hired, stamped('directory', leaver('2026-11-20'))];
    expect(statusAt(facts, '2026-11-23T00:00:00Z')).toBe('departed');
  });

  describe('with different authority', () => {
    const NOW = '2026-11-23T00:00:00Z';
    const gone = stamped('acme-hr', leaver('2026-11-01'));
    const inAnyOrder = (...facts: readonly Fact[]) => {
      const statuses = new Set(orders(facts).map((known) => statusAt(known, NOW)));
      expect(statuses.size).toBe(1);
      return [...statuses][0];
    };

    it('is not hired anew by less than dismissed them, which shows', () => {
      const again = stamped('directory', joiner('2026-11-10'));
      expect(inAnyOrder(hired, gone, again)).toBe('departed');
      expect(buildTimeline([hired, gone, again]).outweighed).toEqual(new Set([again.factId]));
      expect(inAnyOrder(hired, gone, from('badges', joiner('2026-11-10')))).toBe('departed');
      expect(inAnyOrder(hired, gone, again, stamped('acme-hr', joiner('2026-11-12')))).toBe('active');
    });

    it('is not hired by less than dismissed them before anybody knew them', () => {
      expect(inAnyOrder(gone, stamped('directory', joiner('2026-11-10', {}, { recorded: '2026-11-05' })))).toBe(
        'unknown',
      );
      expect(inAnyOrder(gone, stamped('acme-hr', joiner('2026-11-10', {}, { recorded: '2026-11-05' })))).toBe('active');
    });

    it('is hired anew by as much as dismissed them, whoever had begun the employment', () => {
      const dismissed = stamped('directory', leaver('2026-11-01'));
      expect(inAnyOrder(hired, dismissed, stamped('directory', joiner('2026-11-10')))).toBe('active');
      expect(inAnyOrder(hired, dismissed, from('badges', joiner('2026-11-10')))).toBe('departed');
      // Dismissed once more, by more.
      const said = stamped('acme-hr', leaver('2026-11-05'));
      expect(inAnyOrder(hired, dismissed, said, stamped('directory', joiner('2026-11-10')))).toBe('departed');
    });

    it('is not hired anew by less than gave the contract its end', () => {
      const contract = stamped('acme-hr', joiner('2026-01-01', { kind: 'contractor', endsAt: '2026-10-31' }));
      const again = joiner('2026-11-10', { kind: 'contractor', endsAt: '2027-06-30' });
      expect(inAnyOrder(contract, stamped('directory', again))).toBe('departed');
      expect(inAnyOrder(contract, stamped('acme-hr', again))).toBe('active');
      const shorter = from('badges', joiner('2026-01-01', { kind: 'contractor', endsAt: '2026-10-31' }));
      expect(inAnyOrder(shorter, from('badges', again))).toBe('active');
    });

    it('is not back by less than put them on leave', () => {
      const away = stamped('acme-hr', suspension('2026-11-01'));
      const back = stamped('directory', returning('2026-11-10'));
      expect(inAnyOrder(hired, away, back)).toBe('suspended');
      expect(buildTimeline([hired, away, back]).outweighed).toEqual(new Set([back.factId]));
      expect(inAnyOrder(hired, away, back, stamped('acme-hr', returning('2026-11-12')))).toBe('active');
      expect(inAnyOrder(hired, stamped('directory', suspension('2026-11-01')), back)).toBe('active');
    });

    it('is not back by leaving and joining with less than put them on leave', () => {
      const away = stamped('acme-hr', suspension('2026-11-01'));
      const [left, again] = [stamped('directory', leaver('2026-11-05')), stamped('directory', joiner('2026-11-10'))];
      expect(inAnyOrder(hired, away, left, again)).toBe('departed');
      expect(inAnyOrder(hired, away, left, stamped('acme-hr', joiner('2026-11-10')))).toBe('active');
    });

    it('is back from what Tenure itself suspended whoever says so, and by its own word', () => {
      const own = (fact: Fact): Fact => ({ ...from('tenure', fact), cause: 'acme-hr:1' });
      expect(inAnyOrder(hired, own(suspension('2026-11-01')), from('badges', returning('2026-11-10')))).toBe('active');
      const away = stamped('acme-hr', suspension('2026-11-01'));
      expect(inAnyOrder(hired, away, own(returning('2026-11-10')))).toBe('active');
    });

    it('weighs nothing where facts are from before it was stamped', () => {
      expect(inAnyOrder(hired, leaver('2026-11-01'), from('badges', joiner('2026-11-10')))).toBe('active');
    });
  });

  it('keeps the end date that belongs to the kind of employment with the word that counts', () => {
    const contract = stamped('directory', joiner('2026-02-01', { kind: 'contractor', endsAt: '2026-06-30' }));
    for (const facts of orders([hired, contract])) {
      expect(attributesAt(facts, '2026-11-23T00:00:00Z')).toMatchObject({ kind: 'employee' });
    }
  });

  it('is handed over with what its owner leaves, whatever the authority of who named the owner', async () => {
    const { tell, load } = company();
    const bot = stamped('acme-hr', joiner('2026-02-01', { kind: 'service-account', owner: 'E1' }));
    await tell(joiner('2026-01-01'), of('E7', joiner('2026-01-01', { email: 'boss@acme.example' })), of('svc', bot));
    await tell(leaver('2026-11-20', { successor: 'E7' }));
    expect((await load('svc')).header.summary.ownerId).toBe('E7');
  });
});

describe('a name or e-mail that belongs to another account', () => {
  /** Refuses a user name that another account has, as real systems do. */
  function uniqueNames(system: ReturnType<ReturnType<typeof company>['system']>) {
    const original = system.target.bind(system);
    const refuseTaken = (identityId: string, userName: string | undefined) => {
      const holder = [...system.accounts.values()].find((account) => account.userName === userName);
      if (holder !== undefined && holder.identityId !== identityId) throw new ConflictError('the name is taken');
    };
    system.target = (): Target => {
      const target = original();
      return {
        ...target,
        findAccount: async (key) => {
          const found = await target.findAccount(key);
          if (found === undefined) refuseTaken(key.identityId, key.userName);
          return found;
        },
        updateAccount: async (account, profile) => {
          refuseTaken(profile.identityId, profile.userName);
          await target.updateAccount?.(account, profile);
        },
      };
    };
  }
  const grace = of('E2', joiner('2026-01-01', { email: 'grace@acme.example', department: 'Sales' }));
  const renamed = mover('2026-11-22', { email: 'grace@acme.example', title: 'Lead', department: 'Engineering' });

  it('holds up no change of access, and ends in an escalation that names the attribute', async () => {
    const { world, system, tell, held, load } = company();
    uniqueNames(system('chat'));
    // Whose account keeps its name, though nobody uses the address any more.
    await tell(inSales, grace, of('E2', leaver('2026-11-20')), renamed);
    expect(held('chat')).toEqual(ENGINEERING);
    expect(held('cloud')).toEqual({ enabled: true, grants: ['developer', 'production-admin'] });
    expect(system('chat').accountOf('E1')?.userName).toBe('ada@acme.example');
    expect(world.escalations).toEqual([
      expect.stringMatching(/E1 .*update-account \(userName, title\): ConflictError/),
    ]);
    const { accounts, header } = await load();
    expect(header.escalation?.failed).toHaveLength(1);
    expect(accounts.find(({ applicationId }) => applicationId === 'chat')?.lastError).toContain('userName');
  });

  it('is done as soon as the name is free', async () => {
    const { system, tell, load } = company();
    uniqueNames(system('chat'));
    await tell(inSales, grace, renamed, of('E2', mover('2026-11-23', { email: 'g@acme.example', title: 'Other' })));
    await tell(mover('2026-11-23', { location: 'Berlin' }));
    expect(system('chat').accountOf('E1')?.userName).toBe('grace@acme.example');
    const { header } = await load();
    expect(header.escalation).toBeUndefined();
    expect(header.settledVersion).toBe(header.version);
  });

  it('of two joiners with one address, gives nobody the account of the other, and tells a person', async () => {
    const { world, system, tell, held, load, later } = company();
    uniqueNames(system('chat'));
    await tell(inSales, of('E2', joiner('2026-01-01', { department: 'Engineering' })));
    expect(held('chat')).toEqual(SALES);
    expect(held('chat', 'E2')).toBeUndefined();
    expect(held('cloud', 'E2')).toBeUndefined();
    expect(world.escalations).toEqual([expect.stringContaining('the e-mail address is also that of identity E1')]);
    await tell(of('E2', leaver('2026-11-22')));
    expect(held('chat')).toEqual(SALES);
    // The call that met the conflict is given time to have done something after all.
    await later(3 * MINUTE_MS);
    expect((await load('E2')).header.removal?.provenMs).toBeDefined();
  });
});
