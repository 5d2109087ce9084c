// What comes of a campaign by its facts alone: the last answer counts until the last stage is due, what nobody answered ends or
// waits as the fact says, and what was taken away comes back exactly as it was.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredAccess, reasonsFor } from '../../../lambdas/core/access/desired-access.ts';
import { keepBoth } from '../../../lambdas/core/access/model-change.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import { accessReviewsIn } from '../../../lambdas/core/identity/access-reviews.ts';
import {
  type AccessReviewDecidedFact,
  type AccessReviewMovedFact,
  type CampaignReviewItem,
  type CampaignReviewOpenedFact,
  type Fact,
  ownFactBase,
  type ReviewAnswer,
} from '../../../lambdas/core/identity/facts.ts';
import { NEXT_CHECK_GRACE_MS, nextCheckAfterQuietFact } from '../../../lambdas/core/identity/next-check.ts';
import { isQuiet } from '../../../lambdas/core/identity/quiet-facts.ts';
import { buildTimeline, identityAt, isEmployed, nextTransitionMs } from '../../../lambdas/core/identity/timeline.ts';
import { accessGranted, joiner, leaver, mover, rescind } from '../../support/facts.ts';

const DAY_MS = 86_400_000;
const application = (id: string, ...entitlements: string[]): Application => ({
  id,
  name: id,
  connector: 'scim',
  owner: 'E9',
  settings: {},
  entitlements: entitlements.map((grant) => ({ id: grant, name: grant, grant, privileged: false })),
});
const MODEL: AccessModel = {
  hash: '0'.repeat(64),
  applications: [application('crm', 'admin', 'seller'), application('wiki', 'writer')],
  profiles: [
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:seller'] },
    { id: 'all', name: 'All', when: { kind: ['employee'] }, entitlements: ['wiki:writer'] },
  ],
};
const at = (moment: string) => Date.parse(moment);
const hired = joiner('2026-03-01T09:00:00Z', { department: 'Sales' });
const admin = accessGranted('crm:admin', '2026-03-10T00:00:00Z', '2026-09-01T00:00:00Z');
const OPENED = '2026-04-01T00:00:00Z';
const DUE = '2026-05-01T00:00:00Z';

function opened(items: readonly CampaignReviewItem[], more: Partial<CampaignReviewOpenedFact> = {}) {
  const { openedAt = OPENED } = more as { openedAt?: string };
  return {
    ...ownFactBase('E1', 'review/r1', at(openedAt)),
    ...{ type: 'access-review-opened', reviewId: 'r1', basis: 'campaign', campaignId: 'c1' },
    ...{ dueMs: at(DUE), stages: [{ dueMs: at('2026-04-15T00:00:00Z') }, { dueMs: at(DUE) }], undoMs: 14 * DAY_MS },
    items,
    ...more,
  } as const satisfies CampaignReviewOpenedFact;
}

const SELLER: CampaignReviewItem = {
  entitlement: 'crm:seller',
  facts: [hired.factId],
  birthright: true,
  ifNobodyAnswers: 'suspend',
};
const ADMIN: CampaignReviewItem = { entitlement: 'crm:admin', facts: [admin.factId], ifNobodyAnswers: 'remove' };
const REVIEW = opened([SELLER, ADMIN]);

function said(
  moment: string,
  answer: ReviewAnswer,
  entitlement = 'crm:admin',
  more: Partial<AccessReviewDecidedFact> = {},
): AccessReviewDecidedFact {
  const decided = { reviewId: 'r1', entitlement, answer, answeredBy: 'E7', reason: 'as said', ...more };
  return {
    ...ownFactBase('E1', `answer/${moment}/${entitlement}`, at(moment)),
    type: 'access-review-decided',
    ...decided,
  };
}

function moved(moment: string, ...dues: readonly string[]): AccessReviewMovedFact {
  const stages = dues.map((due) => ({ dueMs: at(due) }));
  return {
    ...ownFactBase('E1', `moved/${moment}`, at(moment)),
    ...{ type: 'access-review-moved', reviewId: 'r1', stages, movedBy: 'E8', reason: 'as said' },
  };
}

const ALL = [hired, admin, REVIEW] as const;
const timelineOf = (facts: readonly Fact[]) => buildTimeline([...ALL, ...facts]);
const heldAt = (moment: string, facts: readonly Fact[] = [], model = MODEL) =>
  desiredAccess(timelineOf(facts), model, at(moment)).accounts.flatMap(({ applicationId, entitlements }) =>
    entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
  );
const reasonsAt = (moment: string, facts: readonly Fact[] = []) => {
  const { joinedBy = '', accounts } = desiredAccess(timelineOf(facts), MODEL, at(moment));
  return accounts.flatMap(({ entitlements }) => entitlements.map((given) => reasonsFor({ joinedBy }, given)));
};
const EVERYTHING = ['crm:admin', 'crm:seller', 'wiki:writer'];

describe('a campaign', () => {
  it('changes nothing until it is due', () => {
    expect(heldAt('2026-04-30T23:59:59.999Z')).toEqual(EVERYTHING);
  });

  it('takes away what nobody answered when its last stage is due', () => {
    expect(heldAt(DUE)).toEqual(['wiki:writer']);
  });

  it('takes away what a profile gives as well as what was decided, as soon as somebody says so', () => {
    const removed = [said('2026-04-02T00:00:00Z', 'remove'), said('2026-04-03T00:00:00Z', 'remove', 'crm:seller')];
    expect([heldAt('2026-04-02T00:00:00Z', removed), heldAt('2026-04-03T00:00:00Z', removed)]).toEqual([
      ['crm:seller', 'wiki:writer'],
      ['wiki:writer'],
    ]);
  });

  it('lets the last answer count until the last stage is due, whichever stage gave it', () => {
    const answers = [said('2026-04-02T00:00:00Z', 'remove'), said('2026-04-20T00:00:00Z', 'keep')];
    expect([heldAt('2026-04-10T00:00:00Z', answers), heldAt('2026-04-21T00:00:00Z', answers)]).toEqual([
      ['crm:seller', 'wiki:writer'],
      EVERYTHING,
    ]);
    expect(heldAt('2026-06-01T00:00:00Z', answers)).toEqual(['crm:admin', 'wiki:writer']);
  });

  it('ends what is shortened at the end that was said, and at once where that is over', () => {
    const shortened = [said('2026-04-02T00:00:00Z', 'shorten', 'crm:admin', { endsMs: at('2026-06-01T00:00:00Z') })];
    expect(heldAt('2026-05-31T23:59:59Z', shortened)).toContain('crm:admin');
    expect(heldAt('2026-06-01T00:00:00Z', shortened)).not.toContain('crm:admin');
    const over = [said('2026-04-02T00:00:00Z', 'shorten', 'crm:admin', { endsMs: at('2026-03-01T00:00:00Z') })];
    expect(heldAt('2026-04-02T00:00:00Z', over)).not.toContain('crm:admin');
    expect(heldAt('2026-04-01T00:00:00Z', over)).toContain('crm:admin');
  });

  it('counts a question as no answer, and keeps the answer before it', () => {
    expect(heldAt(DUE, [said('2026-04-02T00:00:00Z', 'ask')])).not.toContain('crm:admin');
    const asked = [said('2026-04-02T00:00:00Z', 'keep'), said('2026-04-03T00:00:00Z', 'ask')];
    expect(heldAt(DUE, asked)).toContain('crm:admin');
  });

  it('takes no answer when it is due, and never gives back by "keep" what it took away', () => {
    expect(heldAt('2026-05-02T00:00:00Z', [said(DUE, 'keep')])).not.toContain('crm:admin');
    expect(heldAt('2026-05-02T00:00:00Z', [said(DUE, 'remove', 'crm:admin')])).not.toContain('crm:admin');
  });

  it('gives back what is only suspended whenever somebody answers', () => {
    const late = [said('2026-08-01T00:00:00Z', 'keep', 'crm:seller')];
    expect([heldAt('2026-07-31T00:00:00Z', late), heldAt('2026-08-01T00:00:00Z', late)]).toEqual([
      ['wiki:writer'],
      ['crm:seller', 'wiki:writer'],
    ]);
  });

  it('lets what is suspended be removed late, and that be undone as long as any removal', () => {
    const removed = said('2026-08-01T00:00:00Z', 'remove', 'crm:seller');
    const undone = (moment: string) => heldAt('2026-12-01T00:00:00Z', [removed, said(moment, 'undo', 'crm:seller')]);
    expect(undone('2026-08-14T23:59:59.999Z')).toContain('crm:seller');
    expect(undone('2026-08-15T00:00:00Z')).not.toContain('crm:seller');
    expect(heldAt('2026-12-01T00:00:00Z', [removed, said('2026-08-02T00:00:00Z', 'keep', 'crm:seller')])).not.toContain(
      'crm:seller',
    );
  });

  it('takes away again what was undone, never by what nobody said', () => {
    const undone = [said('2026-04-02T00:00:00Z', 'remove'), said('2026-04-03T00:00:00Z', 'undo')];
    expect(heldAt('2026-06-01T00:00:00Z', undone)).toContain('crm:admin');
  });
});

describe('undoing', () => {
  const removed = said('2026-04-20T00:00:00Z', 'remove');

  it('brings back the same reasons with the same ends, until so long after the removal', () => {
    const undone = [removed, said('2026-05-03T23:59:59.999Z', 'undo')];
    expect(reasonsAt('2026-05-04T00:00:00Z', [...undone, said('2026-04-01T00:00:01Z', 'keep', 'crm:seller')])).toEqual(
      reasonsAt('2026-04-15T00:00:00Z'),
    );
    const state = identityAt(timelineOf(undone), at('2026-05-04T00:00:00Z'));
    const before = identityAt(timelineOf([]), at('2026-04-15T00:00:00Z'));
    expect(isEmployed(state) && state.grants).toEqual(isEmployed(before) && before.grants);
    expect(heldAt('2026-09-01T00:00:00Z', undone)).not.toContain('crm:admin');
  });

  it('is too late after that', () => {
    const late = [removed, said('2026-05-04T00:00:00Z', 'undo')];
    expect(heldAt('2026-05-04T00:00:00Z', late)).not.toContain('crm:admin');
  });

  it('brings nothing back that is gone anyway', () => {
    const left = leaver('2026-05-01T12:00:00Z');
    expect(heldAt('2026-05-03T00:00:00Z', [removed, left, said('2026-05-02T00:00:00Z', 'undo')])).toEqual([]);
  });
});

describe('what a profile gives', () => {
  const removed = said('2026-04-02T00:00:00Z', 'remove', 'crm:seller');

  it('stays away though the joining is told anew, and comes back with another employment', () => {
    const anew = joiner('2026-03-01T09:00:00Z', { department: 'Sales' }, { recorded: '2026-04-05T00:00:00Z' });
    const corrected = [removed, rescind(hired, '2026-04-05T00:00:00Z'), anew];
    expect(heldAt('2026-04-06T00:00:00Z', corrected)).not.toContain('crm:seller');
    const rehired = [removed, leaver('2026-04-10T00:00:00Z'), joiner('2026-04-20T00:00:00Z', { department: 'Sales' })];
    expect(heldAt('2026-04-21T00:00:00Z', rehired)).toContain('crm:seller');
  });

  it('stays away whatever profile gives it, and is held by a request', () => {
    const back = [
      mover('2026-04-05T00:00:00Z', { department: 'Ops' }),
      mover('2026-04-06T00:00:00Z', { department: 'Sales' }),
    ];
    expect(heldAt('2026-04-07T00:00:00Z', [removed, ...back])).not.toContain('crm:seller');
    const asked = accessGranted('crm:seller', '2026-04-08T00:00:00Z', '2026-10-01T00:00:00Z');
    expect(heldAt('2026-04-09T00:00:00Z', [removed, asked])).toContain('crm:seller');
  });

  it('stays away while two models count at once', () => {
    const renamed: AccessModel = {
      ...MODEL,
      hash: '1'.repeat(64),
      applications: [application('crm', 'admin', 'vendor'), application('wiki', 'writer')],
      profiles: [{ id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:vendor'] }],
    };
    expect(heldAt('2026-04-03T00:00:00Z', [removed], keepBoth(MODEL, renamed))).not.toContain('crm:seller');
  });
});

describe('what only the account was seen to have', () => {
  it('is taken away, and not kept from whom a profile gives it after that', () => {
    const unexplained = opened([{ entitlement: 'crm:seller', facts: [], ifNobodyAnswers: 'remove' }]);
    const ops = joiner('2026-03-01T09:00:00Z', { department: 'Ops' });
    const removed = said('2026-04-02T00:00:00Z', 'remove', 'crm:seller');
    const moves = mover('2026-04-05T00:00:00Z', { department: 'Sales' });
    const timeline = buildTimeline([ops, unexplained, removed, moves]);
    const state = identityAt(timeline, at('2026-04-03T00:00:00Z'));
    expect('taken' in state && state.taken).toMatchObject([{ entitlement: 'crm:seller', birthright: false }]);
    const { accounts } = desiredAccess(timeline, MODEL, at('2026-04-06T00:00:00Z'));
    expect(accounts.map(({ applicationId }) => applicationId)).toContain('crm');
  });
});

describe('a deadline that is moved', () => {
  const later = moved('2026-04-20T00:00:00Z', '2026-04-15T00:00:00Z', '2026-06-01T00:00:00Z');

  it('counts from then on', () => {
    expect(heldAt('2026-05-31T23:59:59Z', [later])).toContain('crm:admin');
    expect(heldAt('2026-06-01T00:00:00Z', [later])).not.toContain('crm:admin');
    expect(heldAt('2026-07-01T00:00:00Z', [later, said('2026-05-20T00:00:00Z', 'keep')])).toContain('crm:admin');
  });

  it('comes too late when it was due, and is never in the past', () => {
    const late = moved('2026-05-02T00:00:00Z', '2026-06-01T00:00:00Z');
    expect(heldAt('2026-05-03T00:00:00Z', [late])).not.toContain('crm:admin');
    const past = moved('2026-04-20T00:00:00Z', '2026-04-02T00:00:00Z');
    expect(heldAt('2026-04-19T23:59:59Z', [past])).toContain('crm:admin');
    expect(heldAt('2026-04-20T00:00:00Z', [past])).not.toContain('crm:admin');
    const kept = [said('2026-04-10T00:00:00Z', 'keep'), past];
    expect(heldAt('2026-04-20T00:00:00Z', kept)).toContain('crm:admin');
  });
});

describe('a planted item', () => {
  it('takes away nothing, whatever is said of it', () => {
    const planted = { ifNobodyAnswers: 'remove', planted: true } as const;
    const items = [
      { ...planted, entitlement: 'crm:admin', facts: [] },
      { ...planted, entitlement: 'crm:seller', facts: [], birthright: true },
    ];
    const timeline = buildTimeline([hired, admin, opened(items), said('2026-04-02T00:00:00Z', 'remove')]);
    const { accounts } = desiredAccess(timeline, MODEL, at('2026-07-01T00:00:00Z'));
    expect(accounts.flatMap(({ entitlements }) => entitlements.map(({ entitlement }) => entitlement))).toEqual([
      'admin',
      'seller',
      'writer',
    ]);
    expect(accessReviewsIn(timeline.standing)[0]?.items[0]?.answer?.answer).toBe('remove');
  });
});

describe('what is quiet', () => {
  const quiet = (fact: Fact, facts: readonly Fact[]) => isQuiet(fact, timelineOf(facts), fact.recordedMs);

  it('is what changes no access by now', () => {
    const keep = said('2026-04-02T00:00:00Z', 'keep');
    const shorten = said('2026-04-02T00:00:00Z', 'shorten', 'crm:admin', { endsMs: at(DUE) });
    const ask = said('2026-04-02T00:00:00Z', 'ask');
    expect([quiet(REVIEW, []), quiet(keep, [keep]), quiet(shorten, [shorten]), quiet(ask, [ask])]).toEqual([
      ...[true, true, true, true],
    ]);
  });

  it('is no removal, and nothing that gives anything back', () => {
    const remove = said('2026-04-02T00:00:00Z', 'remove');
    const keep = said('2026-04-03T00:00:00Z', 'keep');
    const late = said('2026-08-01T00:00:00Z', 'keep', 'crm:seller');
    expect([quiet(remove, [remove]), quiet(keep, [remove, keep]), quiet(late, [late])]).toEqual([false, false, false]);
  });

  it('is no answer that is recorded when silence was acted upon: it counts from when it was said', () => {
    const keep = said('2026-04-30T00:00:00Z', 'keep');
    const quietAt = (moment: string) => isQuiet(keep, timelineOf([keep]), at(moment));
    expect([quietAt('2026-04-30T23:59:59Z'), quietAt(DUE)]).toEqual([true, false]);
  });

  it('is a deadline that is moved in time, and not one that is recorded when it was due before', () => {
    const later = moved('2026-04-20T00:00:00Z', '2026-06-01T00:00:00Z');
    const at1 = (moment: string) => isQuiet(later, timelineOf([later]), at(moment));
    expect([at1('2026-04-20T00:00:00Z'), at1('2026-05-01T00:00:00Z')]).toEqual([true, false]);
  });

  it('is no review that is recorded when it is due by then, as somebody moved it', () => {
    const sooner = moved('2026-04-03T00:00:00Z', '2026-04-04T00:00:00Z');
    const quietAt = (moment: string) => isQuiet(REVIEW, timelineOf([sooner]), at(moment));
    expect([quietAt('2026-04-03T23:59:59Z'), quietAt('2026-04-04T00:00:00Z')]).toEqual([true, false]);
  });

  it('is a review of a move, too: the pass for the move sees to all that the move changes', () => {
    const { basis: _basis, campaignId: _campaignId, stages: _stages, undoMs: _undoMs, ...review } = REVIEW;
    const ofMove: Fact = { ...review, basis: 'mover' };
    const timeline = buildTimeline([...ALL.filter((fact) => fact !== REVIEW), ofMove]);
    expect(isQuiet(ofMove, timeline, ofMove.recordedMs)).toBe(true);
    expect(isQuiet(ofMove, timeline, ofMove.dueMs)).toBe(false);
  });

  it('leaves it to the time at which it is due to look again', () => {
    expect(nextTransitionMs(timelineOf([]), at(OPENED))).toBe(at(DUE));
  });

  it('has what was handed over looked at when silence ends it, and when the handover was to be looked at before', () => {
    const moved = mover('2026-03-20T00:00:00Z', { department: 'Support' });
    const review = opened([{ entitlement: 'crm:seller', facts: [moved.factId], ifNobodyAnswers: 'suspend' }]);
    const timeline = buildTimeline([hired, moved, review]);
    const isLookedAt = (knownMs?: number) => nextCheckAfterQuietFact(timeline, knownMs, at(OPENED));
    expect(isLookedAt()).toBe(at(DUE) + NEXT_CHECK_GRACE_MS);
    expect(isLookedAt(at('2026-04-20T00:00:00Z'))).toBe(at('2026-04-20T00:00:00Z'));
  });
});

describe('any answers in any order', () => {
  const DAYS = 86_400_000;
  const answers = fc.array(
    fc.record({
      day: fc.integer({ min: 0, max: 60 }),
      answer: fc.constantFrom<ReviewAnswer>('keep', 'remove', 'shorten', 'ask', 'undo'),
      ends: fc.integer({ min: 0, max: 80 }),
    }),
    { maxLength: 6 },
  );

  it('give the same access in whatever order they come to be known', () => {
    fc.assert(
      fc.property(answers, fc.integer({ min: 0, max: 100 }), (told, day) => {
        const facts = told.map((one, index) => ({
          ...said(OPENED, one.answer, 'crm:admin', { endsMs: at(OPENED) + one.ends * DAYS }),
          ...ownFactBase('E1', `answer/${index}`, at(OPENED) + one.day * DAYS),
        }));
        const held = (all: readonly Fact[]) =>
          desiredAccess(buildTimeline([...ALL, ...all]), MODEL, at(OPENED) + day * DAYS).accounts;
        expect(held(facts.toReversed())).toEqual(held(facts));
      }),
    );
  });

  it('leave nothing that was removed last while it could be said', () => {
    fc.assert(
      fc.property(answers, (told) => {
        const inTime = told.filter(({ day }) => day < 30).sort((one, other) => one.day - other.day);
        const facts = inTime.map((one, index) => ({
          ...said(OPENED, one.answer, 'crm:admin', { endsMs: at(OPENED) + one.ends * DAYS }),
          ...ownFactBase('E1', `answer/${String(index).padStart(2, '0')}`, at(OPENED) + one.day * DAYS),
        }));
        const last = inTime.findLast(({ answer }) => answer !== 'ask');
        const isHeld = heldAt('2026-08-20T00:00:00Z', facts).includes('crm:admin');
        expect(isHeld).toBe(last?.answer === 'keep' || last?.answer === 'undo');
      }),
    );
  });
});
