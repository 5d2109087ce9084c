// Random sets of facts about one person: whatever HR may say, in whatever order, by whichever clock.
import fc from 'fast-check';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import type { Fact, FactBase, GrantBasis, ReviewAnswer, ReviewSilence } from '../../lambdas/core/identity/facts.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.parse('2026-06-10T12:00:00Z');
const HOLD = 'hold-1';

const toIso = (instantMs: number) => new Date(instantMs).toISOString();

export const randomHour = fc.integer({ min: -120, max: 120 }).map((hours) => NOON + hours * HOUR_MS);
const date = fc.integer({ min: 5, max: 15 }).map((day) => `2026-06-${String(day).padStart(2, '0')}`);
const moment = fc.oneof({ weight: 3, arbitrary: randomHour.map(toIso) }, { weight: 1, arbitrary: date });

/** Mostly in the order they are told, sometimes in one second, sometimes by a clock of its own. */
const recorded = fc.oneof(fc.constantFrom(NOON - 200 * HOUR_MS, NOON - 100 * HOUR_MS), randomHour);

interface Said {
  readonly base: Pick<FactBase, 'source' | 'recordedMs' | 'receivedMs' | 'held'>;
  readonly effectiveAt: string;
  readonly attributes: Partial<Attributes>;
  readonly authority: number;
  readonly type:
    | 'joiner'
    | 'mover'
    | 'leaver'
    | 'suspension'
    | 'return'
    | 'rescind'
    | 'hold-released'
    | 'hold-dropped'
    | 'access-granted'
    | 'access-ended'
    | 'access-suspended'
    | 'access-resumed'
    | 'answer-asked'
    | 'ownership-accepted'
    | 'exception-granted'
    | 'exception-ended';
  readonly given: Given;
  readonly immediate: boolean;
  readonly names: number;
}

/** What people decided on for a time. */
interface Given {
  readonly entitlement: string;
  readonly basis: GrantBasis;
  readonly startsMs: number;
  readonly endsMs: number | undefined;
}

const attributes = fc.record(
  {
    department: fc.constantFrom('Sales', 'Engineering', 'Finance'),
    location: fc.constantFrom('Berlin', 'Hamburg'),
    title: fc.constantFrom('Clerk', 'Lead'),
    endsAt: fc.option(moment),
    kind: fc.constantFrom('employee' as const, 'contractor' as const),
  },
  { requiredKeys: [] },
);

const base = fc
  .record({
    source: fc.constantFrom('acme-hr', 'beta-hr'),
    recordedMs: recorded,
    delayMs: fc.constantFrom(0, HOUR_MS, -HOUR_MS),
    held: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, HOLD),
  })
  .map(({ source, recordedMs, delayMs, held }) => ({ source, recordedMs, receivedMs: recordedMs + delayMs, held }));

/** Some of it from profiles as well, and some that no model has. */
const given = fc.record({
  entitlement: fc.constantFrom('chat:sales-room', 'cloud:developer', 'badge:office', 'cloud:nothing', 'gone:developer'),
  basis: fc.constantFrom<GrantBasis>('request', 'request', 'temporary', 'break-glass', 'cover', 'exception'),
  startsMs: randomHour,
  endsMs: fc.oneof({ weight: 3, arbitrary: randomHour }, { weight: 1, arbitrary: fc.constant(undefined) }),
});

const said = fc.record({
  base,
  given,
  effectiveAt: moment,
  attributes,
  authority: fc.constantFrom(0, 0, 0, 10),
  type: fc.constantFrom(
    ...(['joiner', 'joiner', 'mover', 'mover', 'mover', 'leaver', 'leaver'] as const),
    ...(['suspension', 'suspension', 'return', 'rescind', 'hold-released', 'hold-dropped'] as const),
    ...(['access-granted', 'access-granted', 'access-granted', 'access-ended'] as const),
    ...(['access-suspended', 'access-resumed', 'exception-granted', 'exception-ended'] as const),
  ),
  immediate: fc.boolean(),
  names: fc.nat({ max: 7 }),
});

function factOf(
  { base: told, effectiveAt, attributes: named, authority, type, immediate, names, given: what }: Said,
  index: number,
): Fact {
  const sourceEventId = `e${index}`;
  const common = { ...told, factId: `fact-${index}`, identityId: 'E1', sourceEventId };
  const employing = authority === 0 ? {} : { sourceAuthority: authority };
  const weighed =
    authority === 0
      ? {}
      : { ...employing, authority: Object.fromEntries(Object.keys(named).map((name) => [name, authority])) };
  switch (type) {
    case 'joiner':
      return { ...common, type, effectiveAt, attributes: { kind: 'employee', ...named }, ...weighed };
    case 'mover':
      return { ...common, type, effectiveAt, attributes: named, ...weighed };
    case 'leaver':
      return { ...common, ...employing, type, effectiveAt, immediate };
    case 'suspension':
    case 'return':
      return { ...common, ...employing, type, effectiveAt };
    case 'rescind':
      return { ...common, type, rescinds: `fact-${names}` };
    case 'hold-released':
    case 'hold-dropped':
      return { ...common, held: undefined, type, hold: HOLD, decidedBy: 'E900', reason: 'as said' };
    case 'access-granted':
      return { ...common, type, ...what, requestId: `r${index}`, requestedBy: 'E800', approvedBy: ['E900'] };
    case 'access-ended':
      return { ...common, type, ends: `fact-${names}`, endsMs: what.startsMs, endedBy: 'E900' };
    case 'access-suspended':
      return { ...common, type, suspendedBy: 'E900', suspendedAs: 'operations', reason: 'as said' };
    case 'exception-granted': {
      const said = { rule: 'r', owner: 'E700', approvedBy: 'E900', reason: 'as said' };
      return { ...common, type, ...said, endsMs: what.endsMs ?? what.startsMs };
    }
    case 'exception-ended':
      return { ...common, type, ends: `fact-${names}`, endedBy: 'E900' };
    case 'access-resumed':
      return { ...common, type, resumes: `fact-${names}`, resumedBy: 'E900' };
    case 'answer-asked':
      return { ...common, type, owner: 'E700', dueMs: what.startsMs };
    case 'ownership-accepted': {
      const due = what.endsMs === undefined ? {} : { dueMs: what.endsMs };
      return { ...common, type, owner: 'E700', acceptedBy: 'E700', purpose: 'as said', ...due };
    }
    default:
      return type satisfies never;
  }
}

const zone = fc.constantFrom(undefined, 'Europe/Berlin', 'Asia/Tokyo', 'America/New_York');

/** Whoever moves does so for good, by a mover. */
function inZone(fact: Fact, timeZone: string | undefined): Fact {
  if ((fact.type !== 'joiner' && fact.type !== 'mover') || timeZone === undefined) return fact;
  return { ...fact, attributes: { ...fact.attributes, timeZone } } as Fact;
}

const told = fc.tuple(said, fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: zone }));

export const randomFacts = fc
  .tuple(zone, fc.array(told, { maxLength: 7 }))
  .map(([home, all]) =>
    all.map(([one, moved], index) => inZone(factOf(one, index), moved ?? (one.type === 'joiner' ? home : undefined))),
  );

const FIRST: Fact = {
  ...{ factId: 'fact-first', identityId: 'E1', source: 'acme-hr', sourceEventId: 'first', type: 'joiner' },
  ...{ recordedMs: NOON - 200 * HOUR_MS, receivedMs: NOON - 200 * HOUR_MS },
  effectiveAt: toIso(NOON - 110 * HOUR_MS),
  attributes: { kind: 'employee' },
};

/** Somebody who is employed for most of the time, and what was decided for them, and ended, meanwhile. */
export const randomGranted = fc
  .tuple(fc.array(told, { maxLength: 4 }), fc.array(fc.tuple(said, randomHour), { minLength: 1, maxLength: 5 }))
  .map(([others, decisions]): readonly Fact[] => {
    const decided = decisions.map(([one, recordedMs], index): Fact => {
      const type = index > 0 && one.immediate ? 'access-ended' : 'access-granted';
      const names = others.length + (one.names % decisions.length);
      const fact = factOf({ ...one, type, names }, others.length + index);
      return { ...fact, source: 'tenure', recordedMs, receivedMs: recordedMs, held: undefined } as Fact;
    });
    return [FIRST, ...others.map(([one, moved], index) => inZone(factOf(one, index), moved)), ...decided];
  });

/** Somebody who is employed for most of the time, and what people decided, and took back, meanwhile. */
const randomDecided = (given: Said['type'], ended: Said['type'], kind: 'employee' | 'service-account' = 'employee') =>
  fc
    .tuple(fc.array(told, { maxLength: 4 }), fc.array(fc.tuple(said, randomHour), { minLength: 1, maxLength: 6 }))
    .map(([others, decisions]): readonly Fact[] => {
      const decided = decisions.map(([one, recordedMs], index): Fact => {
        const type = index > 0 && one.immediate ? ended : given;
        const names = others.length + (one.names % decisions.length);
        const fact = factOf({ ...one, type, names }, others.length + index);
        return { ...fact, source: 'tenure', recordedMs, receivedMs: recordedMs, held: undefined } as Fact;
      });
      const first = { ...FIRST, attributes: { kind } } as Fact;
      return [first, ...others.map(([one, moved], index) => inZone(factOf(one, index), moved)), ...decided];
    });

export const randomSuspended = randomDecided('access-suspended', 'access-resumed');
export const randomAnswered = randomDecided('answer-asked', 'ownership-accepted', 'service-account');
export const randomExcepted = randomDecided('exception-granted', 'exception-ended');

function ownFact(sourceEventId: string, recordedMs: number) {
  const factId = `tenure:${sourceEventId}`;
  return { factId, identityId: 'E1', source: 'tenure', sourceEventId, recordedMs, receivedMs: recordedMs };
}

function grantsAmong(grants: readonly Said[]): readonly Fact[] {
  return grants.map(({ given: what }, index): Fact => {
    const decided = { requestId: `g${index}`, requestedBy: 'E800', approvedBy: ['E900'] };
    return { ...ownFact(`granted/${index}`, NOON - 90 * HOUR_MS), type: 'access-granted', ...what, ...decided };
  });
}

const MOVED: Fact = {
  ...{ factId: 'fact-moved', identityId: 'E1', source: 'acme-hr', sourceEventId: 'moved', type: 'mover' },
  ...{ recordedMs: NOON - 150 * HOUR_MS, receivedMs: NOON - 150 * HOUR_MS },
  effectiveAt: toIso(NOON - 20 * HOUR_MS),
  attributes: { department: 'Engineering' },
};
const REVIEWED = ['chat:sales-room', 'cloud:billing', 'badge:office'];

const review = fc.record({
  recordedMs: randomHour,
  dueInHours: fc.integer({ min: 1, max: 60 }),
  isFollowing: fc.boolean(),
  answers: fc.array(
    fc.record({
      entitlement: fc.constantFrom(...REVIEWED),
      answer: fc.constantFrom('keep' as const, 'keep' as const, 'remove' as const),
      inHours: fc.integer({ min: 0, max: 70 }),
    }),
    { maxLength: 4 },
  ),
});

/** Somebody who moved, has something for a time, and whose access people looked at again, in time or not. */
export const randomReviewed = fc
  .tuple(
    fc.array(told, { maxLength: 3 }),
    fc.array(said, { maxLength: 2 }),
    fc.array(review, { minLength: 1, maxLength: 2 }),
  )
  .map(([others, grants, reviews]): readonly Fact[] => {
    const given = grantsAmong(grants);
    const facts = ['fact-moved', ...given.map(({ factId }) => factId)];
    const opened = reviews.flatMap(({ recordedMs, dueInHours, isFollowing, answers }, index): Fact[] => [
      {
        ...ownFact(`review/${index}`, recordedMs),
        ...{ type: 'access-review-opened', reviewId: `${index}`, basis: 'mover' },
        ...(isFollowing && { cause: 'fact-moved' }),
        dueMs: recordedMs + dueInHours * HOUR_MS,
        items: REVIEWED.slice(index).map((entitlement) => ({ entitlement, facts })),
      },
      ...answers.map(({ entitlement, answer, inHours }, place): Fact => {
        const answered = { reviewId: `${index}`, entitlement, answer, answeredBy: 'E900', reason: 'as said' };
        return {
          ...ownFact(`answer/${index}/${place}`, recordedMs + inHours * HOUR_MS),
          type: 'access-review-decided',
          ...answered,
        };
      }),
    ]);
    const first: Fact = { ...FIRST, attributes: { kind: 'employee', department: 'Sales', location: 'Berlin' } } as Fact;
    return [
      first,
      MOVED,
      ...others.map(([one, moved], index) => inZone(factOf(one, index), moved)),
      ...given,
      ...opened,
    ];
  });

const campaignAnswer = fc.record({
  entitlement: fc.constantFrom(...REVIEWED),
  answer: fc.constantFrom<ReviewAnswer>('keep', 'remove', 'remove', 'shorten', 'ask', 'undo'),
  inHours: fc.integer({ min: 0, max: 120 }),
  endsInHours: fc.integer({ min: -10, max: 60 }),
});

const campaign = fc.record({
  recordedMs: randomHour,
  dueInHours: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }),
  undoInHours: fc.integer({ min: 1, max: 40 }),
  birthright: fc.boolean(),
  ofGrants: fc.boolean(),
  silence: fc.constantFrom<ReviewSilence>('remove', 'suspend'),
  answers: fc.array(campaignAnswer, { maxLength: 5 }),
  moves: fc.array(fc.record({ inHours: fc.nat({ max: 80 }), dueInHours: fc.nat({ max: 120 }) }), { maxLength: 2 }),
});

/** Somebody who moved, has something for a time, and whose access campaigns asked about. */
export const randomCampaigns = fc
  .tuple(
    fc.array(told, { maxLength: 3 }),
    fc.array(said, { maxLength: 2 }),
    fc.array(campaign, { minLength: 1, maxLength: 2 }),
  )
  .map(([others, grants, campaigns]): readonly Fact[] => {
    const given = grantsAmong(grants);
    const reasons = ['fact-moved', ...given.map(({ factId }) => factId)];
    const opened = campaigns.flatMap((one, index): Fact[] => {
      const { recordedMs, birthright, ofGrants, silence: ifNobodyAnswers } = one;
      const inHours = (hours: number) => recordedMs + hours * HOUR_MS;
      const stages = one.dueInHours.map((hours) => ({ dueMs: inHours(hours) })).sort((a, b) => a.dueMs - b.dueMs);
      const items = REVIEWED.slice(index).map((entitlement) => ({
        ...{ entitlement, facts: ofGrants ? reasons : [], birthright, ifNobodyAnswers },
      }));
      const review = { reviewId: `c${index}` };
      return [
        {
          ...ownFact(`campaign/${index}`, recordedMs),
          ...{ type: 'access-review-opened', basis: 'campaign', campaignId: 'c', ...review, stages, items },
          ...{ dueMs: stages.at(-1)?.dueMs ?? recordedMs, undoMs: one.undoInHours * HOUR_MS },
        },
        ...one.answers.map(({ entitlement, answer, ...hours }, place): Fact => {
          const answered = { ...review, entitlement, answer, answeredBy: 'E900', reason: 'as said' };
          return {
            ...ownFact(`campaign-answer/${index}/${place}`, inHours(hours.inHours)),
            ...{ type: 'access-review-decided', ...answered },
            ...(answer === 'shorten' && { endsMs: inHours(hours.inHours + hours.endsInHours) }),
          };
        }),
        ...one.moves.map((move, place): Fact => {
          const moved = {
            ...review,
            movedBy: 'E900',
            reason: 'as said',
            stages: [{ dueMs: inHours(move.dueInHours) }],
          };
          return {
            ...ownFact(`moved/${index}/${place}`, inHours(move.inHours)),
            type: 'access-review-moved',
            ...moved,
          };
        }),
      ];
    });
    const first: Fact = { ...FIRST, attributes: { kind: 'employee', department: 'Sales', location: 'Berlin' } } as Fact;
    const told = others.map(([one, moved], index) => inZone(factOf(one, index), moved));
    return [first, MOVED, ...told, ...given, ...opened];
  });

const manySaid = fc.array(said, { maxLength: 5 });

interface Survivor {
  readonly own: readonly Fact[];
  /** Said about the duplicate before the merge, and while it stood. */
  readonly brought: readonly Fact[];
  readonly since: readonly Fact[];
  readonly mergedMs: number;
}

const survivor = fc
  .tuple(manySaid, fc.array(said, { maxLength: 4 }), randomHour, fc.nat({ max: 4 }))
  .map(([own, ofDuplicate, mergedMs, known]): Survivor => {
    const duplicates = ofDuplicate.map((one, index) => factOf(one, own.length + index));
    const brought = duplicates.slice(0, known).map((fact): Fact => ({ ...fact, identityId: 'D1' }));
    const since = duplicates.slice(known).map((fact): Fact => ({ ...fact, about: 'D1' }));
    return { own: own.map(factOf), brought, since, mergedMs };
  });

/** What is known of a survivor: said about either id, before the merge or after it. */
export const randomSurvivor = survivor.map(({ own, brought, since, mergedMs }): readonly Fact[] => [
  ...own,
  absorbedFact(brought, mergedMs),
  ...since,
]);

/** The same, of a merge that was taken back; and of one that was made again after that. */
export const randomUndone = fc
  .tuple(survivor, fc.nat({ max: 100 }), fc.boolean())
  .map(([{ own, brought, since, mergedMs }, hours, again]): readonly Fact[] => {
    const undoneMs = mergedMs + hours * HOUR_MS;
    const undone = undoFact('E1', 'unabsorbed', 'absorbed/D1', undoneMs);
    const facts = [...own, absorbedFact(brought, mergedMs), ...since, undone];
    if (!again) return facts;
    const known = [...brought, mergedFact('D1', 'E1', mergedMs), givenBack(since, undoneMs)];
    const movedAlong = known.filter(({ type }) => type !== 'merged');
    return [...facts, { ...absorbedFact(movedAlong, undoneMs + HOUR_MS), factId: 'tenure:absorbed/D1/again' }];
  });

/** What a duplicate knows once its merge was taken back: all that was ever said about it. */
export const randomReturned = survivor.map(({ brought, since, mergedMs }): readonly Fact[] => [
  ...brought,
  mergedFact('D1', 'E1', mergedMs),
  givenBack(since, mergedMs + HOUR_MS),
]);

function givenBack(since: readonly Fact[], undoneMs: number): Fact {
  const facts = since.map(({ about: _whom, ...fact }) => ({ ...fact, identityId: 'D1' }) as Fact);
  return { ...undoFact('D1', 'unmerged', 'merged/D1', undoneMs), facts } as Fact;
}

function undoFact(identityId: string, name: string, rescinds: string, undoneMs: number): Fact {
  const sourceEventId = `${name}/D1`;
  return {
    factId: `tenure:${sourceEventId}`,
    identityId,
    source: 'tenure',
    sourceEventId,
    recordedMs: undoneMs,
    receivedMs: undoneMs,
    type: 'rescind',
    rescinds: `tenure:${rescinds}`,
  };
}

function absorbedFact(facts: readonly Fact[], mergedMs: number): Fact {
  return {
    factId: 'tenure:absorbed/D1',
    identityId: 'E1',
    source: 'tenure',
    sourceEventId: 'absorbed/D1',
    recordedMs: mergedMs,
    receivedMs: mergedMs,
    type: 'absorbed',
    duplicate: 'D1',
    facts,
    decidedBy: 'E900',
    reason: 'the same passport',
  };
}

/** What is known of a duplicate, up to the merge that ends it. */
export const randomDuplicate = fc
  .tuple(fc.array(said, { maxLength: 7 }), randomHour)
  .map(([all, hourMs]): readonly Fact[] => {
    const facts = all.map(factOf);
    // What is said later is recorded elsewhere.
    const mergedMs = Math.max(hourMs, ...facts.map(({ recordedMs }) => recordedMs));
    return [...facts, mergedFact('E1', 'E2', mergedMs)];
  });

function mergedFact(identityId: string, into: string, mergedMs: number): Fact {
  const sourceEventId = `merged/${identityId}`;
  const base = { factId: `tenure:${sourceEventId}`, identityId, source: 'tenure', sourceEventId };
  const decided = { into, decidedBy: 'E900', reason: 'the same passport' };
  return { ...base, ...decided, recordedMs: mergedMs, receivedMs: mergedMs, type: 'merged' };
}
