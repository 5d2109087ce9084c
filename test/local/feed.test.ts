// The feed against the real contract and the real core: what a step promises is what the timeline gives, in any order.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectorSettingsSchemas } from '../../lambdas/connectors/registry.ts';
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { HR_EVENT_TYPES, readHrEvent, translateHrEvent } from '../../lambdas/core/hr/hr-event.ts';
import {
  type Disabling,
  judge,
  massErrorGuardSchema,
  sumOf,
  takingOf,
} from '../../lambdas/core/hr/mass-error-guard.ts';
import type { IdentityKind } from '../../lambdas/core/identity/attributes.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import { loadAccessModel } from '../../lib/access-model/load-access-model.ts';
import { FEED_SOURCE, type FeedEvent, type FeedStep, mistakenLeavers, sampleFeed } from '../../local/feed/feed.ts';
import { loadOrganisation } from '../../local/feed/organisation.ts';

const NOW = new Date('2026-11-23T09:42:00Z');
/** When everything has settled, the contract that ends within seconds included. */
const SETTLED_MS = NOW.getTime() + 60_000;
const feed = sampleFeed(NOW);
const before = feed.filter(({ phase }) => phase === 'already-there');
const day = feed.filter(({ phase }) => phase === 'day');
const mistake = mistakenLeavers(NOW);
const organisation = loadOrganisation();

describe('sampleFeed', () => {
  it('begins with 40 people, three service accounts, one integration and one AI agent', () => {
    const count = (kind: IdentityKind) => organisation.filter((member) => member.kind === kind).length;
    expect([count('service-account'), count('integration'), count('ai-agent')]).toEqual([3, 1, 1]);
    expect(organisation.filter(({ email }) => email !== undefined)).toHaveLength(40);
    expect(new Set(organisation.map(({ id }) => id)).size).toBe(organisation.length);
    expect(feed.slice(0, organisation.length).map(({ event }) => event.subject)).toEqual(
      organisation.map(({ id }) => id),
    );
  });

  it('names managers and owners before those who have them', () => {
    const seen = new Set<string>();
    for (const { id, manager, owner } of organisation) {
      for (const other of [manager, owner]) if (other !== undefined) expect([...seen]).toContain(other);
      seen.add(id);
    }
  });

  it('goes on with at least 20 events, among them every type', () => {
    expect(day.length).toBeGreaterThanOrEqual(20);
    expect(new Set(day.map(({ event }) => event.type))).toEqual(new Set(HR_EVENT_TYPES));
  });

  it('keeps to the public contract', () => {
    for (const event of [...feed.map((step) => step.event), ...mistake])
      expect(readHrEvent(event, FEED_SOURCE, '', NOW.getTime()).faults, JSON.stringify(event)).toBeUndefined();
  });

  it('repeats an event id only for the same event', () => {
    const firsts = new Map(feed.toReversed().map(({ event }) => [event.id, event]));
    expect(feed.length - firsts.size).toBe(1);
    for (const { event } of feed) expect(event).toEqual(firsts.get(event.id));
  });

  it('names on the day, when that is written anew, the events that were posted before it', () => {
    const later = sampleFeed(new Date(NOW.getTime() + 100_000), NOW).filter(({ phase }) => phase === 'day');
    const posted = new Set([...before, ...later].map(({ event }) => event.id));
    const rescinded = later.flatMap(({ event }) => event.data.rescinds ?? []);
    expect(rescinded.length).toBeGreaterThan(0);
    for (const id of rescinded) expect([...posted]).toContain(id);
  });

  it('records nothing in the future', () => {
    for (const { event } of feed) expect(Date.parse(event.time)).toBeLessThanOrEqual(NOW.getTime());
  });

  it('says of every identity, once, how it ends up', () => {
    const expected = feed.flatMap(({ expect: expectation }) => expectation ?? []).map(({ identityId }) => identityId);
    expect(expected.toSorted()).toEqual([...new Set(feed.map(({ event }) => event.subject))].toSorted());
  });

  it('ends as each step promises, in whatever order the events of an identity arrive', () => {
    for (const { event, expect: expectation } of feed) {
      if (expectation === undefined) continue;
      const facts = factsOf(feed, event.subject, NOW);
      fc.assert(
        fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (arrived) => {
          expect(identityAt(buildTimeline(arrived), SETTLED_MS).status).toBe(expectation.status);
        }),
        { numRuns: facts.length > 1 ? 24 : 1 },
      );
    }
  });

  it.each(['2026-03-29T00:30:00Z', '2026-10-25T01:30:00Z', '2026-12-31T23:59:59Z', '2028-02-29T12:00:00Z'])(
    'promises the same when played at %s',
    (played) => {
      const now = new Date(played);
      const steps = sampleFeed(now);
      for (const { event, expect: expectation } of steps) {
        if (expectation === undefined) continue;
        const timeline = buildTimeline(factsOf(steps, event.subject, now));
        expect({ ...expectation, status: identityAt(timeline, now.getTime() + 60_000).status }).toEqual(expectation);
      }
    },
  );
});

describe('the mass-error guard with its defaults, at the sample company', () => {
  const settings = massErrorGuardSchema.parse({});
  const holding = organisation.map(({ id }) =>
    desiredAccess(buildTimeline(factsOf(before, id, NOW)), sampleModel(), NOW.getTime()).accounts.map(
      ({ applicationId }) => applicationId,
    ),
  );
  const population = { employed: organisation.length, applications: countEach(holding) };

  const model = sampleModel();

  /** From whom a delivery would take access, of those it finds there. */
  const disabling = (deliveryId: string, events: readonly FeedEvent[], known: readonly Fact[]): Disabling => {
    const identities = new Set(events.map(({ subject }) => subject));
    const losses = [...identities].flatMap((identityId) => {
      const facts = known.filter((fact) => fact.identityId === identityId);
      const knownIds = new Set(facts.map(({ factId }) => factId));
      const told = events.flatMap((event) => (event.subject === identityId ? toFact(event, NOW) : []));
      const fresh = told.filter(({ factId }) => !knownIds.has(factId));
      return takingOf(facts, fresh, model, NOW.getTime())?.loss ?? [];
    });
    const all = losses.filter(({ extent }) => extent === 'all').length;
    const applications = countEach(losses.map((loss) => loss.applications));
    return { deliveryId, atMs: NOW.getTime(), identities: all, reduced: losses.length - all, applications };
  };
  const founding = before.map(({ event }) => event);
  const known = founding.map((event) => toFact(event, NOW));
  const deliveries: Disabling[] = [disabling('founding', founding, [])];
  for (const { event } of day) {
    deliveries.push(disabling(event.id, [event], known));
    known.push(toFact(event, NOW));
  }

  it('passes all of the feed, though some lose their access within the hour', () => {
    const sum = sumOf(deliveries, settings, NOW.getTime());
    expect([sum.identities, sum.reduced]).toEqual([5, 2]);
    expect(judge(sum, settings, population)).toEqual({ verdict: 'pass' });
  });

  it("holds HR's mistake, also as the first that is heard of HR that day", () => {
    const wrong = disabling('mistake', mistake, known);
    expect(wrong.identities).toBe(mistake.length);
    expect(judge(sumOf([...deliveries, wrong], settings, NOW.getTime()), settings, population).verdict).toBe('hold');
    expect(judge(wrong, settings, population).verdict).toBe('hold');
  });
});

describe('the sample access model, for the sample company', () => {
  let model: AccessModel;
  beforeAll(() => {
    model = sampleModel();
  });

  const accessOf = (identityId: string) =>
    desiredAccess(buildTimeline(factsOf(feed, identityId, NOW)), model, SETTLED_MS).accounts;
  const entitlementsOf = (identityId: string) =>
    accessOf(identityId).flatMap(({ applicationId, entitlements }) =>
      entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
    );

  it('has for every profile somebody who holds it, and for every application somebody who uses it', () => {
    const accounts = feed.flatMap(({ event }) => accessOf(event.subject));
    const profiles = accounts.flatMap(({ entitlements }) => entitlements.flatMap(({ reasons }) => reasons));
    const given = profiles.map((reason) => (reason.type === 'birthright' ? reason.profile : reason.type));
    expect(new Set(given)).toEqual(new Set(model.profiles.map(({ id }) => id)));
    const used = new Set(accounts.map(({ applicationId }) => applicationId));
    expect(used).toEqual(new Set(model.applications.map(({ id }) => id)));
  });

  it('has applications owned by people who are there', () => {
    const staff = new Set(organisation.map(({ id }) => id));
    for (const { owner } of model.applications) expect(staff).toContain(owner);
  });

  it('leaves the mover from Sales nothing of Sales', () => {
    expect(entitlementsOf('E1013').toSorted()).toEqual([
      'aws:development',
      'chat:engineering',
      'chat:member',
      'code-hosting:developer',
      'directory:member',
      'directory:staff',
    ]);
  });

  it('knows an owner, a purpose and an end of all that is no person', () => {
    const joined = feed.flatMap(({ event }) => (event.type === 'jml.joiner' ? (event.data.attributes ?? []) : []));
    const machines = joined.filter(({ kind = '' }) => !['employee', 'contractor', 'partner'].includes(kind));
    expect(machines).toHaveLength(7);
    for (const { owner, purpose, endsAt } of machines) {
      expect([typeof owner, typeof purpose, typeof endsAt]).toEqual(['string', 'string', 'string']);
    }
    for (const rules of Object.values(model.nonHuman ?? {})) expect(rules.needs).toEqual(['purpose', 'end']);
  });

  it('lets something be handed over, and asks who looks at it when somebody moves', () => {
    const windows = model.applications.flatMap(({ id, entitlements }) =>
      entitlements.flatMap((one) => (one.handover === undefined ? [] : [`${id}:${one.id} ${one.handover.days}`])),
    );
    expect(windows).toEqual(['crm:sales-manager 14']);
    expect(model.reviews?.movers?.answerDays).toBe(14);
  });

  it('leaves whoever departed nothing at all', () => {
    const departed = feed.flatMap(({ expect: expectation }) => (expectation?.status === 'departed' ? expectation : []));
    expect(departed.length).toBeGreaterThanOrEqual(6);
    for (const { identityId } of departed) expect(entitlementsOf(identityId)).toEqual([]);
  });
});

function countEach(lists: readonly (readonly string[])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of lists.flat()) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

function sampleModel(): AccessModel {
  return loadAccessModel('access-model', connectorSettingsSchemas(), { aws: { identityStoreId: 'd-1234567890' } });
}

function factsOf(steps: readonly FeedStep[], identityId: string, now: Date): Fact[] {
  return steps.flatMap(({ event }) => (event.subject === identityId ? toFact(event, now) : []));
}

function toFact(event: FeedEvent, now: Date): Fact {
  const reading = readHrEvent(event, FEED_SOURCE, '', now.getTime());
  if (reading.event === undefined) throw new Error(JSON.stringify(reading.faults));
  return translateHrEvent(reading.event, FEED_SOURCE, now.getTime());
}
