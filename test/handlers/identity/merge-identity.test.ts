// Two ids that are one person, or two after all: proposed by one person, decided by another, and taken back without rest.
import { beforeEach, describe, expect, it } from 'vitest';
import { holdDetailSchema, holdSchema } from '../../../lambdas/api/holds.ts';
import { identitySchema, mergedSchema, mergeProposedSchema } from '../../../lambdas/api/identities.ts';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { dropHold } from '../../../lambdas/handlers/hr/drop-hold.ts';
import { getHold } from '../../../lambdas/handlers/hr/get-hold.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { releaseHold } from '../../../lambdas/handlers/hr/release-hold.ts';
import { resumeHoldDecisions } from '../../../lambdas/handlers/hr/resume-hold-decisions.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { mergeIdentity } from '../../../lambdas/handlers/identity/merge-identity.ts';
import { undoMerge } from '../../../lambdas/handlers/identity/undo-merge.ts';
import { type AppendDependencies, appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import {
  answer,
  apiDependencies,
  MODEL,
  NOW_MS,
  requestAs,
  requestWithAccessToken,
  SECRET,
  signedRequest,
} from '../../support/api-requests.ts';
import { leaver } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent, rescindEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { mergeByTwo, proposing, releasing } from '../../support/merging.ts';

const HOUR_MS = 3_600_000;

function setUp(before: (method: string) => Promise<void> = async () => {}) {
  const stores = memoryStores({ before });
  const dependencies = { ...apiDependencies(), ...stores, holds: memoryHolds(stores.table, before) };
  const guard = { settings: massErrorGuardSchema.parse({}), holds: dependencies.holds, alert: async () => {} };
  return Object.assign(dependencies, { guard, clock: () => dependencies.nowMs });
}

let dependencies = setUp();

async function post(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  const answered = await answer(receive, signedRequest(events, { atMs: dependencies.nowMs }));
  expect(answered).toMatchObject({ status: 202 });
  return answered.body;
}

const factsOf = async (id: string) => (await dependencies.directory.load(id))?.facts ?? [];
const stateOf = async (id: string) => identityAt(buildTimeline(await factsOf(id)), dependencies.nowMs);
const accessOf = async (id: string) => {
  const { accounts } = desiredAccess(buildTimeline(await factsOf(id)), MODEL, dependencies.nowMs);
  return accounts.map(({ applicationId }) => applicationId);
};
const propose = (merging: Parameters<typeof proposing>[1]) => proposing(dependencies, merging);
const release = (holdId: string, by?: string) => releasing(dependencies, holdId, by);
const drop = (holdId: string, by = 'E0999') => {
  const body = Buffer.from(JSON.stringify({ reason: 'they are two' }));
  return answer(dropHold(dependencies), requestAs(['operations'], by, { pathParameters: { id: holdId }, body }));
};
const holdIn = ({ body }: { body: unknown }) => mergeProposedSchema.parse(body).holdId;
const byTwo = (merging: Parameters<typeof mergeByTwo>[1]) => mergeByTwo(dependencies, merging);
const PAIR = { identityId: 'E1001', duplicate: 'E0002' };
const later = (seconds: number) => new Date(NOW_MS + 60_000 + seconds * 1_000).toISOString();

beforeEach(async () => {
  dependencies = setUp();
  await post(
    joinerEvent({ department: 'Engineering' }, { id: 'a', subject: 'E1001' }),
    joinerEvent({ department: 'Sales' }, { id: 'b', subject: 'E0002' }),
    joinerEvent({}, { id: 'c', subject: 'E0003' }),
  );
  dependencies.nowMs += 60_000;
});

type Stores = Pick<AppendDependencies, 'facts' | 'directory'>;

describe('what is said of a duplicate while its merge is taken back', () => {
  it.each([
    [
      'between two readings',
      ({ directory }: Stores, once: () => Promise<void>) => ({
        directory: {
          ...directory,
          load: async (id: string) => {
            if (id === PAIR.identityId) await once();
            return await directory.load(id);
          },
        },
      }),
    ],
    [
      'before it is written',
      ({ facts }: Stores, once: () => Promise<void>) => ({
        facts: {
          ...facts,
          recordFact: async (input: Parameters<Stores['facts']['recordFact']>[0]) => {
            await once();
            return await facts.recordFact(input);
          },
        },
      }),
    ],
  ])('reaches its own record: %s', async (_when, disturbed) => {
    await byTwo(PAIR);
    dependencies.nowMs += 60_000;
    let undone = false;
    const once = async () => {
      if (undone) return;
      undone = true;
      await byTwo({ ...PAIR, change: 'undo-merge' });
    };
    const left = {
      ...leaver('2026-11-01', { recorded: new Date(dependencies.nowMs).toISOString() }),
      identityId: 'E0002',
    };
    const appended = await appendFact({ ...dependencies, ...disturbed(dependencies, once) }, left, {
      payloadHash: 'x',
      actor: { type: 'hr-source', id: 'acme-hr' },
    });
    expect(undone).toBe(true);
    expect(appended.identityId).toBe('E0002');
    expect(await stateOf('E0002')).toMatchObject({ status: 'departed' });
    expect(await stateOf('E1001')).toMatchObject({ status: 'active' });
  });
});

describe('a merge', () => {
  it('changes nothing before somebody else has released it, and is shown meanwhile', async () => {
    const proposed = await propose(PAIR);
    expect(proposed).toMatchObject({ status: 202, body: PAIR });
    const holdId = holdIn(proposed);
    for (const id of ['E1001', 'E0002']) {
      expect(await stateOf(id)).toMatchObject({ status: 'active' });
      expect((await dependencies.directory.load(id))?.header.version).toBe(1);
      const { items } = await dependencies.audit.list(id, { limit: 10 });
      expect(items.at(-1)).toMatchObject({
        actor: { type: 'operator', id: 'E0900' },
        event: { type: 'merge-proposed', holdId, survivor: 'E1001', duplicate: 'E0002' },
      });
    }
    const shown = await answer(
      getHold(dependencies),
      requestAs(['security'], 'E7', { pathParameters: { id: holdId } }),
    );
    expect(holdDetailSchema.parse(shown.body)).toMatchObject({
      rule: 'merge',
      status: 'open',
      identities: ['E0002', 'E1001'],
      merge: { ...PAIR, reason: 'same passport', proposedBy: 'E0900' },
    });
  });

  it('is recorded on both sides with who proposed it and who decided it, and shown', async () => {
    const released = await release(holdIn(await propose(PAIR)));
    expect(holdSchema.parse(released.body)).toMatchObject({ status: 'released', decision: { decidedBy: 'E0999' } });
    const shown = async (id: string) => {
      const sent = requestAs(['operations'], 'E7', { pathParameters: { id } });
      return identitySchema.parse((await answer(getIdentity(dependencies), sent)).body);
    };
    expect(await shown('E0002')).toMatchObject({ mergedInto: 'E1001', state: { status: 'departed' } });
    expect((await shown('E1001')).timeline).toMatchObject([
      { type: 'joiner' },
      { type: 'joiner', about: 'E0002' },
      { type: 'absorbed', duplicate: 'E0002', proposedBy: 'E0900', decidedBy: 'E0999' },
    ]);
    for (const id of ['E1001', 'E0002']) {
      const { items } = await dependencies.audit.list(id, { limit: 10 });
      expect(items).toContainEqual(
        expect.objectContaining({
          actor: { type: 'operator', id: 'E0999' },
          event: expect.objectContaining({ type: 'fact-recorded', holdId: expect.stringContaining('.merge.') }),
        }),
      );
    }
  });

  it('sends what is said about the duplicate to the survivor, and says so', async () => {
    await byTwo(PAIR);
    expect(await post(moverEvent({ title: 'Lead' }, { id: 'm', subject: 'E0002', time: later(1) }))).toEqual([
      { eventId: 'm', identityId: 'E1001', version: 3 },
    ]);
    expect((await dependencies.directory.load('E1001'))?.header.summary.title).toBe('Lead');
    expect((await dependencies.directory.load('E0002'))?.header.version).toBe(2);
  });

  it('is one proposal when it is proposed twice, one merge when it is released twice, and done from then on', async () => {
    const [first, second] = [await propose(PAIR), await propose({ ...PAIR, as: 'E0901' })];
    expect(second).toEqual(first);
    const holdId = holdIn(first);
    const released = await release(holdId);
    expect(await release(holdId)).toEqual(released);
    expect(await release(holdId, 'E0998')).toMatchObject({ status: 409 });
    const done = await propose(PAIR);
    expect(done.status).toBe(200);
    expect(mergedSchema.parse(done.body)).toEqual({ ...PAIR, version: 2 });
    expect(await factsOf('E1001')).toHaveLength(2);
  });

  it('is released neither by who proposed it, under whichever id or sign-in, nor by either of the two', async () => {
    await byTwo({ identityId: 'E0003', duplicate: 'E1001', as: 'E0950' });
    const holdId = holdIn(await propose({ identityId: 'E0002', duplicate: 'E0003', as: 'E0900' }));
    for (const by of ['E0900', 'E0002', 'E0003', 'E1001']) {
      expect(await release(holdId, by)).toMatchObject({ status: 403 });
      expect(await drop(holdId, by)).toMatchObject({ status: 403 });
    }
    const sameSignIn = requestAs(['security'], 'E0999', {
      pathParameters: { id: holdId },
      body: Buffer.from(JSON.stringify({ reason: 'mine' })),
    });
    const claims = { ...sameSignIn.claims, sub: 'sub-E0900', 'custom:identity': 'E0900' };
    expect(await answer(releaseHold(dependencies), { ...sameSignIn, claims })).toMatchObject({ status: 403 });
    const token = requestWithAccessToken(['security'], {
      pathParameters: { id: holdId },
      body: Buffer.from(JSON.stringify({ reason: 'mine' })),
    });
    expect(await answer(releaseHold(dependencies), token)).toMatchObject({ status: 403 });
    expect(await stateOf('E0003')).toMatchObject({ status: 'active' });
    expect(await release(holdId)).toMatchObject({ status: 200 });
  });

  it('is not for a token that does not say who proposes, nor for whom either id stands', async () => {
    const sent = {
      pathParameters: { id: 'E1001' },
      body: Buffer.from('{"duplicate":"E0002","reason":"same passport"}'),
    };
    for (const handle of [mergeIdentity(dependencies), undoMerge(dependencies)]) {
      const answered = await answer(handle, requestWithAccessToken(['hr'], sent));
      expect(answered).toMatchObject({ status: 403, body: { detail: expect.stringContaining('ID token') } });
    }
    await byTwo(PAIR);
    // E0002 is E1001 by now, whichever of its two ids is in the token or in the request.
    for (const as of ['E1001', 'E0002']) {
      for (const identityId of ['E1001', 'E0002']) {
        for (const change of ['merge', 'undo-merge'] as const) {
          expect(await propose({ identityId, duplicate: 'E0003', as, change })).toMatchObject({ status: 403 });
        }
      }
    }
  });

  it('is proposed by HR alone, and names what is wrong', async () => {
    for (const handle of [mergeIdentity(dependencies), undoMerge(dependencies)]) {
      const ask = (role: 'hr' | 'security', body: object) => {
        const sent = { pathParameters: { id: 'E1001' }, body: Buffer.from(JSON.stringify(body)) };
        return answer(handle, requestAs([role], 'E0900', sent));
      };
      const stated = { duplicate: 'E0002', reason: 'same passport' };
      expect(await ask('security', stated)).toMatchObject({ status: 403 });
      expect(await ask('hr', { duplicate: 'E0002' })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/reason' }] },
      });
      expect(await ask('hr', { ...stated, duplicate: 'E1001' })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/duplicate' }] },
      });
      expect(await ask('hr', { ...stated, duplicate: 'E9999' })).toMatchObject({ status: 404 });
    }
  });

  it('that is dropped has never been, and may be proposed again', async () => {
    const holdId = holdIn(await propose(PAIR));
    expect(await drop(holdId)).toMatchObject({ status: 200, body: { status: 'dropped' } });
    expect(await release(holdId)).toMatchObject({ status: 409 });
    expect(await stateOf('E0002')).toMatchObject({ status: 'active' });
    const again = holdIn(await propose(PAIR));
    expect(again).not.toBe(holdId);
    expect(await release(again)).toMatchObject({ body: { status: 'released' } });
    expect(await stateOf('E0002')).toMatchObject({ status: 'departed' });
  });

  it('that has become impossible is not released', async () => {
    const holdId = holdIn(await propose(PAIR));
    await byTwo({ identityId: 'E0003', duplicate: 'E0002' });
    expect(await release(holdId)).toMatchObject({ status: 409 });
    expect(await dependencies.holds.findHold(holdId)).toMatchObject({ status: 'open' });
    // Decided, and overtaken before it was carried out.
    const decision = { decidedBy: 'E0999', reason: 'saw both', decidedMs: NOW_MS };
    await dependencies.holds.decideHold(holdId, 'releasing', decision, []);
    expect(await resumeHoldDecisions(dependencies)()).toEqual({ done: 1, left: 0 });
    expect(await dependencies.holds.findHold(holdId)).toMatchObject({ status: 'dropped' });
    expect(buildTimeline(await factsOf('E0002')).mergedInto).toBe('E0003');
  });

  it('that fails again and again keeps no other decision waiting, and is tried again', async () => {
    const pairs = [PAIR, { identityId: 'E0003', duplicate: 'E0004' }] as const;
    for (const [failing, other] of [pairs, pairs.toReversed()] as [typeof PAIR, typeof PAIR][]) {
      dependencies = setUp();
      const { load } = dependencies.directory;
      let isBroken = true;
      dependencies.directory.load = async (id) => {
        if (isBroken && id === failing.identityId) throw new Error('it cannot be read');
        return await load(id);
      };
      const ids = ['E1001', 'E0002', 'E0003', 'E0004'];
      isBroken = false;
      await post(...ids.map((subject) => joinerEvent({}, { id: subject, subject })));
      for (const pair of pairs) {
        const decision = { decidedBy: 'E0999', reason: 'saw both', decidedMs: NOW_MS };
        await dependencies.holds.decideHold(holdIn(await propose(pair)), 'releasing', decision, []);
      }
      isBroken = true;
      await expect(resumeHoldDecisions(dependencies)()).rejects.toThrow('it cannot be read');
      expect(buildTimeline(await factsOf(other.duplicate)).mergedInto).toBe(other.identityId);
      isBroken = false;
      expect(await resumeHoldDecisions(dependencies)()).toEqual({ done: 1, left: 0 });
      expect(buildTimeline(await factsOf(failing.duplicate)).mergedInto).toBe(failing.identityId);
    }
  });

  it('is carried out once, wherever it died on the way', async () => {
    for (let dies = 1; dies <= 40; dies += 1) {
      let left = Number.POSITIVE_INFINITY;
      dependencies = setUp(async () => {
        left -= 1;
        if (left === 0) throw new Error('the function died');
      });
      await post(joinerEvent({}, { id: 'a', subject: 'E1001' }), joinerEvent({}, { id: 'b', subject: 'E0002' }));
      left = dies;
      const first = await byTwo(PAIR);
      const died = left <= 0;
      left = Number.POSITIVE_INFINITY;
      await resumeHoldDecisions(dependencies)();
      if (first.status !== 200) await byTwo(PAIR);
      expect(buildTimeline(await factsOf('E0002')).mergedInto).toBe('E1001');
      expect((await factsOf('E1001')).map(({ type }) => type)).toEqual(['joiner', 'absorbed']);
      expect((await factsOf('E0002')).map(({ type }) => type)).toEqual(['joiner', 'merged']);
      if (!died) return;
    }
    throw new Error('it never came to its end');
  });

  it('counts for the mass-error guard, which lets no more be merged within its window than may be ended', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `P${100 + index}`);
    await post(...ids.map((subject) => joinerEvent({}, { id: `p-${subject}`, subject })));
    const outcomes: number[] = [];
    for (const duplicate of ids.slice(1, 8)) outcomes.push((await byTwo({ identityId: 'P100', duplicate })).status);
    expect(outcomes).toEqual([200, 200, 200, 200, 200, 409, 409]);
    expect(await stateOf('P107')).toMatchObject({ status: 'active' });
    // What HR ends within the same window is counted with them.
    const left = await post(leaverEvent({}, { id: 'l', subject: 'P120' }));
    expect(left).toMatchObject([{ held: expect.any(String) }]);
    dependencies.nowMs += HOUR_MS + 1;
    expect(await byTwo({ identityId: 'P100', duplicate: 'P107' })).toMatchObject({ body: { status: 'released' } });
  });
});

describe('a merge that is taken back', () => {
  const undo = (pair: { identityId: string; duplicate: string } = PAIR) => byTwo({ ...pair, change: 'undo-merge' });

  it('leaves either with what was said about it, before and meanwhile, and with the access that follows', async () => {
    const before = [await stateOf('E1001'), await stateOf('E0002')];
    await byTwo(PAIR);
    expect([await accessOf('E1001'), await accessOf('E0002')]).toEqual([[], []]);
    await post(
      moverEvent({ department: 'Sales' }, { id: 'm1', subject: 'E0002', time: later(1) }),
      moverEvent({ title: 'Lead' }, { id: 'm2', subject: 'E1001', time: later(2) }),
      moverEvent({ location: 'Paris' }, { id: 'm3', subject: 'E0002', time: later(3) }),
    );
    expect(await accessOf('E1001')).toEqual(['crm']);
    expect(await undo()).toMatchObject({ status: 200, body: { status: 'released', rule: 'undo-merge' } });
    const [survivor, duplicate] = [await stateOf('E1001'), await stateOf('E0002')];
    expect(survivor).toEqual({
      ...before[0],
      moves: expect.objectContaining({ each: [expect.objectContaining({ factId: 'acme-hr:m2' })] }),
      attributes: { ...(before[0] as { attributes: object }).attributes, title: 'Lead' },
    });
    expect(duplicate).toEqual({
      ...before[1],
      moves: expect.objectContaining({ each: [expect.objectContaining({ factId: 'acme-hr:m3' })] }),
      attributes: { ...(before[1] as { attributes: object }).attributes, location: 'Paris' },
    });
    expect([await accessOf('E1001'), await accessOf('E0002')]).toEqual([[], ['crm']]);
    for (const id of ['E1001', 'E0002']) {
      expect((await dependencies.directory.load(id))?.header.summary.status).toBe('active');
      const { items } = await dependencies.audit.list(id, { limit: 20 });
      expect(items).toContainEqual(
        expect.objectContaining({
          actor: { type: 'operator', id: 'E0999' },
          event: expect.objectContaining({ factType: 'rescind', holdId: expect.stringContaining('.undo-merge.') }),
        }),
      );
    }
  });

  it('has each of them heard for itself again, and what came meanwhile can be rescinded', async () => {
    await byTwo(PAIR);
    await post(moverEvent({ location: 'Paris' }, { id: 'm1', subject: 'E0002', time: later(1) }));
    await undo();
    expect(
      await post(
        rescindEvent('m1', { id: 'r', subject: 'E0002', time: later(2) }),
        leaverEvent({ effectiveAt: '2026-11-20' }, { id: 'l', subject: 'E0002', time: later(3) }),
      ),
    ).toMatchObject([{ identityId: 'E0002' }, { identityId: 'E0002' }]);
    const state = await stateOf('E0002');
    expect(state).toMatchObject({ status: 'departed' });
    expect(state).not.toHaveProperty('attributes.location');
    expect(await stateOf('E1001')).toMatchObject({ status: 'active' });
  });

  it('changes nothing before it is released, is done when it is done, and may be merged and taken back again', async () => {
    await byTwo(PAIR);
    const merged = await Promise.all([stateOf('E1001'), stateOf('E0002')]);
    const holdId = holdIn(await propose({ ...PAIR, change: 'undo-merge' }));
    expect(await Promise.all([stateOf('E1001'), stateOf('E0002')])).toEqual(merged);
    expect(await release(holdId, 'E0002')).toMatchObject({ status: 403 });
    expect(await release(holdId)).toMatchObject({ status: 200 });
    expect(await propose({ ...PAIR, change: 'undo-merge' })).toMatchObject({ status: 200, body: { version: 3 } });
    const apart = await Promise.all([stateOf('E1001'), stateOf('E0002')]);
    expect(apart.map(({ status }) => status)).toEqual(['active', 'active']);
    dependencies.nowMs += 60_000;
    await post(moverEvent({ title: 'Lead' }, { id: 'x', subject: 'E0002', time: later(30) }));
    expect(await byTwo(PAIR)).toMatchObject({ body: { status: 'released' } });
    expect(buildTimeline(await factsOf('E0002')).mergedInto).toBe('E1001');
    await post(moverEvent({ location: 'Rome' }, { id: 'y', subject: 'E0002', time: later(61) }));
    expect(await stateOf('E1001')).toMatchObject({ attributes: { location: 'Rome' } });
    expect(await undo()).toMatchObject({ body: { status: 'released' } });
    expect(await stateOf('E0002')).toMatchObject({
      status: 'active',
      attributes: { title: 'Lead', location: 'Rome', department: 'Sales' },
    });
    expect(await stateOf('E1001')).toEqual(apart[0]);
  });

  it('stays so, and so does one made again, where a decision before it was carried out and never closed', async () => {
    let dies = false;
    dependencies = setUp(async (method) => {
      if (method !== 'closeHold' || !dies) return;
      dies = false;
      throw new Error('the function died');
    });
    await post(
      joinerEvent({ department: 'Engineering' }, { id: 'a', subject: 'E1001' }),
      joinerEvent({ department: 'Sales' }, { id: 'b', subject: 'E0002' }),
    );
    dies = true;
    await byTwo(PAIR);
    await undo();
    expect(await resumeHoldDecisions(dependencies)()).toEqual({ done: 1, left: 0 });
    expect(buildTimeline(await factsOf('E0002')).mergedInto).toBeUndefined();
    await byTwo(PAIR);
    dies = true;
    await undo();
    await byTwo(PAIR);
    expect(await resumeHoldDecisions(dependencies)()).toEqual({ done: 1, left: 0 });
    expect(buildTimeline(await factsOf('E0002')).mergedInto).toBe('E1001');
    expect((await dependencies.holds.listHolds({ status: 'released', limit: 10 })).items).toHaveLength(5);
  });

  it('may be merged into somebody else', async () => {
    await byTwo(PAIR);
    await undo();
    expect(await byTwo({ identityId: 'E0003', duplicate: 'E0002' })).toMatchObject({ body: { status: 'released' } });
    expect(buildTimeline(await factsOf('E0002')).mergedInto).toBe('E0003');
    expect(await undo()).toMatchObject({ status: 409 });
  });

  it('takes along who had been merged into the duplicate, and ends in the opposite order only', async () => {
    const inner = { identityId: 'E0002', duplicate: 'E0003' };
    await byTwo(inner);
    await byTwo(PAIR);
    await post(moverEvent({ location: 'Oslo' }, { id: 'm', subject: 'E0003', time: later(1) }));
    expect(await stateOf('E1001')).toMatchObject({ attributes: { location: 'Oslo' } });
    expect(await undo(inner)).toMatchObject({ status: 409 });
    expect(await undo()).toMatchObject({ status: 200 });
    expect(await stateOf('E0002')).toMatchObject({ status: 'active', attributes: { location: 'Oslo' } });
    expect(await stateOf('E1001')).not.toHaveProperty('attributes.location');
    expect(await undo(inner)).toMatchObject({ status: 200 });
    expect(await stateOf('E0003')).toMatchObject({ status: 'active', attributes: { location: 'Oslo' } });
    expect(await stateOf('E0002')).not.toHaveProperty('attributes.location');
  });

  it('is refused of what was never merged, and where too much was said since', async () => {
    expect(await undo()).toMatchObject({ status: 409 });
    expect(await undo({ identityId: 'E0002', duplicate: 'E1001' })).toMatchObject({ status: 409 });
    await byTwo(PAIR);
    expect(await undo({ identityId: 'E0003', duplicate: 'E0002' })).toMatchObject({ status: 409 });
    const title = (index: number) => `${index}`.padEnd(200, 'x');
    for (let batch = 0; batch < 8; batch += 1) {
      const events = Array.from({ length: 100 }, (_, index) =>
        moverEvent({ title: title(index) }, { id: `t-${batch}-${index}`, subject: 'E0002' }),
      );
      await post(...events);
    }
    expect(await propose({ ...PAIR, change: 'undo-merge' })).toMatchObject({ status: 409 });
    expect(await stateOf('E0002')).toMatchObject({ status: 'departed' });
  });
});
