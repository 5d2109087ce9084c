// What HR is told of an event that it sent, over stores in memory.
import { beforeEach, describe, expect, it } from 'vitest';
import { type HrEventOutcomeAnswer, hrEventListSchema, hrEventOutcomeSchema } from '../../../lambdas/api/hr-events.ts';
import { type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { getHrEvent } from '../../../lambdas/handlers/hr/get-hr-event.ts';
import { listHrEvents } from '../../../lambdas/handlers/hr/list-hr-events.ts';
import { listHrSources } from '../../../lambdas/handlers/hr/list-hr-sources.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { answer, apiDependencies, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { leaver } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent, rescindEvent } from '../../support/hr-events.ts';

let dependencies = apiDependencies();
beforeEach(() => {
  dependencies = apiDependencies();
});

async function post(...events: readonly unknown[]) {
  const receive = receiveHrEvent({ ...dependencies, secretsOf: async () => [SECRET] });
  expect(await answer(receive, signedRequest(events))).toMatchObject({ status: 202 });
}

async function record(fact: Fact) {
  await appendFact(dependencies, fact, { payloadHash: '0'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } });
}

async function lease(identityId: string) {
  const { nowMs } = dependencies;
  const asked = { identityId, holder: 'test', nowMs, expiresMs: nowMs + 1, nextCheckMs: nowMs };
  const header = await dependencies.leases.acquireLease(asked);
  if (header === undefined) throw new Error('somebody else has the lease');
  return header;
}

async function settle(identityId: string) {
  const { epoch, version, summary } = await lease(identityId);
  const settled = { identityId, epoch, version, summary, nowMs: dependencies.nowMs, nextCheckMs: undefined };
  await dependencies.leases.settleLease({ ...settled, applications: [], audit: [] });
}

async function escalate(identityId: string) {
  dependencies.nowMs += 1_000;
  const { epoch } = await lease(identityId);
  const escalation = { atMs: dependencies.nowMs, failed: [] };
  const given = { identityId, epoch, failedPasses: 3, nextCheckMs: dependencies.nowMs, escalation, audit: [] };
  await dependencies.leases.releaseLease(given);
}

function find(source: string, id: string) {
  return answer(getHrEvent(dependencies), requestAs(['hr'], 'E0900', { query: { source, id } }));
}

async function outcome(id: string): Promise<HrEventOutcomeAnswer> {
  const { status, body } = await find('acme-hr', id);
  expect(status).toBe(200);
  return hrEventOutcomeSchema.parse(body);
}

describe('an HR event', () => {
  it('that was accepted is being worked on until all systems are in line', async () => {
    await post(joinerEvent({}, { id: 'a/1' }));
    expect(await outcome('a/1')).toMatchObject({
      outcome: 'being-worked-on',
      type: 'joiner',
      identityId: 'E1001',
      effectiveInstant: '2026-10-31T23:00:00.000Z',
    });
    await settle('E1001');
    expect(await outcome('a/1')).toMatchObject({
      outcome: 'done',
      settledAt: '2026-11-23T09:00:00.000Z',
      openTasks: 0,
    });
    await escalate('E1001');
    expect((await outcome('a/1')).outcome).toBe('stuck');
  });

  it('that waits for somebody who agrees tells the hold, and what was decided', async () => {
    await post(joinerEvent({}, { id: 'a' }));
    const held = leaver('2026-11-20T17:00:00Z', { id: 'b' });
    const place = { identityId: 'E1001', receivedMs: dependencies.nowMs };
    await record({ ...held, ...place, held: 'hold-1' });
    expect(await outcome('b')).toMatchObject({ outcome: 'held', hold: 'hold-1' });
    const dropped = {
      ...ownFactBase('E1001', 'dropped/hold-1', dependencies.nowMs),
      type: 'hold-dropped',
      hold: 'hold-1',
    };
    await record(dropped as Fact);
    expect(await outcome('b')).toMatchObject({ outcome: 'dropped', hold: 'hold-1' });
  });

  it('that is for later is to come', async () => {
    await post(joinerEvent({}, { id: 'a' }), leaverEvent({ effectiveAt: '2026-12-24' }, { id: 'b' }));
    expect((await outcome('b')).outcome).toBe('to-come');
    dependencies.nowMs = Date.parse('2026-12-25T00:00:00Z');
    expect((await outcome('b')).outcome).toBe('being-worked-on');
  });

  it('that another took back tells which', async () => {
    await post(joinerEvent({}, { id: 'a' }), moverEvent({ title: 'Lead' }, { id: 'b', time: '2026-11-23T09:00:01Z' }));
    await post(rescindEvent('b', { id: 'c', time: '2026-11-23T09:00:02Z' }));
    expect(await outcome('b')).toMatchObject({ outcome: 'taken-back', takenBackBy: expect.stringContaining('c') });
  });

  it.each([
    ['acme-hr', 'never-sent'],
    ['other-hr', 'a'],
  ])('of %s that is called %s is not there', async (source, id) => {
    await post(joinerEvent({}, { id: 'a' }));
    expect(await find(source, id)).toMatchObject({ status: 404 });
  });

  it('is asked for by both its names', async () => {
    const sent = (query: Record<string, string>) =>
      answer(getHrEvent(dependencies), requestAs(['hr'], 'E0900', { query }));
    expect(await sent({ source: 'acme-hr' })).toMatchObject({ status: 422 });
    expect(await sent({ source: 'acme-hr', id: 'x'.repeat(257) })).toMatchObject({ status: 422 });
  });
});

describe('the events of an HR system', () => {
  const hrSources = ['acme-hr', 'contractors'];
  const list = async (source: string, query: Record<string, string> = {}, known: readonly string[] = hrSources) => {
    const asked = requestAs(['hr'], 'E0900', { pathParameters: { source }, query });
    const { status, body } = await answer(listHrEvents({ ...dependencies, hrSources: known }), asked);
    return status === 200 ? hrEventListSchema.parse(body) : status;
  };

  it('are listed received last first, each as it is found by its id', async () => {
    await post(joinerEvent({}, { id: 'a/1' }), joinerEvent({}, { id: 'a/2', subject: 'E1002' }));
    dependencies.nowMs += 60_000;
    await post(moverEvent({ title: 'Lead' }, { id: 'a/3', time: '2026-11-23T09:00:01Z' }));
    const listed = await list('acme-hr', { limit: '2' });
    if (typeof listed === 'number') throw new Error(`answered ${listed}`);
    expect(listed.items[0]).toEqual(await outcome('a/3'));
    const rest = await list('acme-hr', { limit: '2', after: listed.next ?? '' });
    if (typeof rest === 'number') throw new Error(`answered ${rest}`);
    const ids = [...listed.items, ...rest.items].map(({ eventId }) => eventId);
    expect([ids[0], ids.slice(1).sort()]).toEqual(['a/3', ['a/1', 'a/2']]);
  });

  it('are looked through for those that came to something', async () => {
    await post(joinerEvent({}, { id: 'a/1' }));
    dependencies.nowMs += 60_000;
    await post(leaverEvent({ effectiveAt: '2026-12-24' }, { id: 'a/2', time: '2026-11-23T09:00:01Z' }));
    for (let number = 3; number < 6; number += 1) {
      dependencies.nowMs += 60_000;
      await post(joinerEvent({}, { id: `a/${number}`, subject: `E100${number}` }));
    }
    expect(await list('acme-hr', { outcome: 'to-come', limit: '1' })).toMatchObject({ items: [{ eventId: 'a/2' }] });
    expect(await list('acme-hr', { outcome: 'dropped', limit: '1' })).toMatchObject({ items: [] });
    expect(await list('acme-hr', { outcome: 'unheard-of' })).toBe(422);
  });

  it('are none of another system, and what Tenure states itself is not among them', async () => {
    await post(joinerEvent({}, { id: 'a/1' }));
    expect(await list('contractors')).toEqual({ items: [] });
    expect(await list('tenure')).toBe(404);
  });

  it('are of no system that is not there, but still of one that was', async () => {
    await post(joinerEvent({}, { id: 'a/1' }));
    expect(await list('nope')).toBe(404);
    expect(await list('nope', { outcome: 'done' })).toBe(404);
    expect(await list('acme-hr', {}, ['contractors'])).toMatchObject({ items: [{ eventId: 'a/1' }] });
    expect(await list('acme-hr', { outcome: 'dropped' }, ['contractors'])).toEqual({ items: [] });
  });

  it('are for those whom the single one is for', async () => {
    const asked = requestAs(['manager'], 'E0900', { pathParameters: { source: 'acme-hr' } });
    expect(await answer(listHrEvents({ ...dependencies, hrSources }), asked)).toMatchObject({ status: 403 });
  });

  it('are asked for by the systems that there are', async () => {
    const sources = listHrSources({ ...dependencies, hrSources });
    expect(await answer(sources, requestAs(['hr'], 'E0900'))).toMatchObject({
      status: 200,
      body: { items: [{ source: 'acme-hr' }, { source: 'contractors' }] },
    });
  });
});
