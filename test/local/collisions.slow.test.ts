// What the simulator promises, on the deployed app with the emulator's own concurrency: random histories that pour in
// out of order, and hundreds of events while every worker is killed again and again.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import { sha256Hex } from '../../lambdas/core/canonical-json.ts';
import { type Fact, OWN_SOURCE } from '../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { postEvent } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { readTargets } from '../../local/read-targets.ts';
import { type Arrival, randomHistory, START_MS } from '../simulation/history.ts';
import { Random } from '../simulation/random.ts';
import { killWorkers } from '../support/kill-workers.ts';
import { eventually, LETS_MANY_LEAVE, type TestEvent } from '../support/local-cloud-events.ts';

const HISTORIES = 50;
const BURST_EVENTS = 300;
const BURST_IDENTITIES = 60;
const CONCURRENT_POSTS = 6;
/** What was killed with its lease comes back when the lease has run out and the sweep has come by, perhaps twice. */
const SETTLE_TIMEOUT_MS = 900_000;
const MINUTE_MS = 60_000;

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: LETS_MANY_LEAVE } }) });
}, 180_000);
afterAll(() => cloud?.stop());

describe('on the local cloud', { timeout: 1_500_000 }, () => {
  it(`${HISTORIES} random histories end in the access of their facts, in whatever order they arrive`, async () => {
    const startMs = Date.now();
    const arrivals = Array.from({ length: HISTORIES }, (_, index) => historyOf(index + 1, startMs)).flat();
    await post(arrivals);
    await judge(arrivals.map(({ fact }) => fact));
  });

  it(`${BURST_EVENTS} events for ${BURST_IDENTITIES} identities survive the killing of workers: nothing lost, nothing twice`, async () => {
    const random = new Random(4_711);
    const arrivals = burst(random, Date.now());
    expect(new Set(arrivals.map(({ fact }) => fact.factId)).size).toBe(BURST_EVENTS);
    let pouring = true;
    const posting = post(arrivals).finally(() => {
      pouring = false;
    });
    let killed = 0;
    while (pouring) {
      killed += killWorkers(cloud, () => random.chance(0.5));
      await sleep(2_000 + random.below(3_000));
    }
    await posting;
    expect(killed).toBeGreaterThan(20);
    const facts = arrivals.map(({ fact }) => fact);
    await judge(facts);
    for (const identityId of identitiesIn(facts)) {
      const told = facts.filter((fact) => fact.identityId === identityId);
      const identity = await cloud.api.findIdentity(identityId);
      // What Tenure says itself, of the reviews of moves, is beside it.
      const ofHr = (factId: string) => !factId.startsWith(`${OWN_SOURCE}:`);
      const ids = told.map(({ factId }) => factId).sort();
      expect(identity?.timeline.flatMap(({ factId }) => (ofHr(factId) ? factId : [])).sort()).toEqual(ids);
      const entries = await cloud.api.listAudit(identityId);
      const recorded = entries.flatMap(({ event }) =>
        event.type === 'fact-recorded' ? [String(event['factId'])] : [],
      );
      expect(recorded.filter(ofHr).sort()).toEqual(ids);
    }
  });
});

/** A generated history, its times moved to now, from the one source that the local cloud has. */
function historyOf(seed: number, startMs: number): readonly Arrival[] {
  const { arrivals } = randomHistory(new Random(seed), { spanMs: 15_000 });
  return arrivals.map(({ atMs, fact }) => ({ atMs: atMs - START_MS + startMs, fact: moveTo(fact, seed, startMs) }));
}

function moveTo(fact: Fact, seed: number, startMs: number): Fact {
  const shiftMs = startMs - START_MS;
  const rename = (id: string) => `H${startMs}-${seed}-${id}`;
  const sourceEventId = rename(`${fact.source}-${fact.sourceEventId}`);
  const moved = {
    ...fact,
    identityId: rename(fact.identityId),
    source: 'acme-hr',
    sourceEventId,
    factId: `acme-hr:${sourceEventId}`,
    recordedMs: fact.recordedMs + shiftMs,
    receivedMs: startMs,
  };
  const at = 'effectiveAt' in fact ? fact.effectiveAt : undefined;
  const effectiveAt = at?.includes('T') ? toIso(Date.parse(at) + shiftMs) : at;
  const rescinds = 'rescinds' in fact ? `acme-hr:${rename(fact.rescinds.replace(':', '-'))}` : undefined;
  return { ...moved, ...(effectiveAt && { effectiveAt }), ...(rescinds && { rescinds }) } as Fact;
}

/** Per identity a joiner, three movers, and a leaver for every second one; shuffled over all. */
function burst(random: Random, startMs: number): readonly Arrival[] {
  const arrivals = Array.from({ length: BURST_IDENTITIES }, (_, person) => {
    const identityId = `B${startMs}-${person}`;
    return Array.from({ length: BURST_EVENTS / BURST_IDENTITIES }, (__, index): Arrival => {
      const sourceEventId = `${identityId}-${index}`;
      const instantMs = startMs - (10 - index) * MINUTE_MS;
      const base = {
        factId: `acme-hr:${sourceEventId}`,
        identityId,
        source: 'acme-hr',
        sourceEventId,
        recordedMs: instantMs,
        receivedMs: startMs,
        effectiveAt: toIso(instantMs),
      };
      const attributes = { department: random.pick(['Sales', 'Engineering', 'Marketing']) };
      const atMs = startMs + random.below(20_000);
      if (index === 0)
        return { atMs, fact: { ...base, type: 'joiner', attributes: { kind: 'employee', ...attributes } } };
      if (index === 4 && person % 2 === 0) return { atMs, fact: { ...base, type: 'leaver', immediate: false } };
      return { atMs, fact: { ...base, type: 'mover', attributes } };
    });
  });
  return arrivals.flat();
}

/** Posts in the order of arrival, several at a time; HR sends again what was not answered 202. */
async function post(arrivals: readonly Arrival[]): Promise<void> {
  const waiting = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await postUntilAccepted(next.fact);
  };
  await Promise.all(Array.from({ length: CONCURRENT_POSTS }, work));
}

async function postUntilAccepted(fact: Fact): Promise<void> {
  await eventually(`${fact.factId} being accepted`, async () => {
    try {
      return await postEvent(cloud.hr, toEvent(fact));
    } catch (error) {
      const { status } = error as { status?: number };
      if (status !== undefined && status < 500 && status !== 429) throw error;
      return undefined;
    }
  });
}

function toEvent(fact: Fact): TestEvent {
  const { identityId, sourceEventId, recordedMs } = fact;
  const envelope = {
    specversion: '1.0',
    id: sourceEventId,
    source: '/hr/acme-hr',
    type: `jml.${fact.type}`,
    subject: identityId,
    time: toIso(recordedMs),
  } as const;
  return { ...envelope, data: dataOf(fact) };
}

function dataOf(fact: Fact): object {
  switch (fact.type) {
    case 'joiner': {
      const email = `${sha256Hex(fact.identityId).slice(0, 16)}@acme.example`;
      const person = { givenName: 'Test', familyName: fact.identityId, email };
      return { effectiveAt: fact.effectiveAt, attributes: { ...person, ...fact.attributes } };
    }
    case 'mover':
      return { effectiveAt: fact.effectiveAt, attributes: fact.attributes };
    case 'leaver':
      return { effectiveAt: fact.effectiveAt, immediate: fact.immediate };
    case 'rescind':
      return { rescinds: fact.rescinds.replace('acme-hr:', '') };
    case 'suspension':
    case 'return':
      return { effectiveAt: fact.effectiveAt };
    default:
      throw new Error(`HR does not state ${fact.type}`);
  }
}

/** Every identity converged, and in every system with an API exactly the access of its facts. */
async function judge(facts: readonly Fact[]): Promise<void> {
  const identityIds = identitiesIn(facts);
  await eventually(
    'everybody converging',
    async () => {
      for (const identityId of identityIds) {
        const identity = await cloud.api.findIdentity(identityId);
        if (!identity?.converged) return undefined;
      }
      return true;
    },
    SETTLE_TIMEOUT_MS,
  );
  const found = await readTargets(cloud.outputs, cloud.accessModel);
  const wrong = identityIds.flatMap((identityId) => {
    const held = found
      .filter((account) => account.identityId === identityId && account.enabled)
      .flatMap(({ applicationId, grants }) => grants.map((grant) => `${applicationId}:${grant}`));
    const wanted = wantedOf(facts.filter((fact) => fact.identityId === identityId));
    return held.sort().join() === wanted.join() ? [] : [{ identityId, held, wanted }];
  });
  expect(wrong).toEqual([]);
}

/** What the facts alone say, in the systems that have an API. */
function wantedOf(facts: readonly Fact[]): readonly string[] {
  const model = cloud.accessModel;
  const { enabled, accounts } = desiredAccess(buildTimeline(facts), model, Date.now());
  if (!enabled) return [];
  return accounts
    .flatMap(({ applicationId, entitlements }) => {
      const application = model.applications.find(({ id }) => id === applicationId);
      if (application === undefined || application.connector === 'manual') return [];
      const grantOf = (id: string) => application.entitlements.find((one) => one.id === id)?.grant;
      return entitlements.map(({ entitlement }) => `${applicationId}:${grantOf(entitlement)}`);
    })
    .sort();
}

function identitiesIn(facts: readonly Fact[]): readonly string[] {
  return [...new Set(facts.map(({ identityId }) => identityId))];
}
