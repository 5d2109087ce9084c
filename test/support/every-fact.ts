// Random facts of every type, with every member that they can have: whoever keeps, seals or restores facts is tried by them.
import fc from 'fast-check';
import {
  type Fact,
  factIdOf,
  GRANT_BASES,
  REQUEST_ANSWERS,
  REVIEW_ANSWERS,
  REVIEW_SILENCES,
  REVIEW_VERDICTS,
  SUSPENDING_ROLES,
} from '../../lambdas/core/identity/facts.ts';

/** Ids as HR systems give them; some begin as others do. */
export const identityIds = fc.constantFrom('E1', 'E2', 'E12', 'e-7', 'a.b', 'svc-E1', 'Boss', 'x'.repeat(64));
const operators = fc.constantFrom('op-1', 'sub|ada', 'E1', '00000000-1111-2222-3333-444444444444');
const words = fc.oneof(
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.constantFrom('as E1 told', 'E12/E2', '', 'null'),
);
const instants = fc.integer({ min: 0, max: 4_000_000_000_000 });
const moments = fc.oneof(
  instants.map((ms) => new Date(ms).toISOString()),
  fc.constantFrom('2026-12-01', '2027-02-28'),
);

const said = fc.record(
  {
    kind: fc.constantFrom('employee' as const, 'contractor' as const, 'service-account' as const),
    givenName: words,
    familyName: words,
    email: words,
    department: fc.option(words),
    title: fc.option(words),
    manager: fc.option(identityIds),
    owner: identityIds,
    endsAt: fc.option(moments),
  },
  { requiredKeys: ['kind'] },
);

const optional = fc.record(
  {
    cause: words,
    about: identityIds,
    held: fc.constantFrom('20261128T1200.acme-hr.1'),
    sourceAuthority: fc.nat({ max: 100 }),
  },
  { requiredKeys: [] },
);

export function factsAbout(identityId: string, depth = 1): fc.Arbitrary<Fact> {
  const base = fc
    .record({
      source: fc.constantFrom('acme-hr', 'tenure'),
      sourceEventId: fc.oneof(
        fc.uuid(),
        identityIds.map((id) => `merge/${id}/${identityId}`),
      ),
      recordedMs: instants,
      receivedMs: instants,
      rest: optional,
    })
    .map(({ rest, ...own }) => ({ ...own, ...rest, factId: factIdOf(own.source, own.sourceEventId), identityId }));
  const decided = fc.record(
    { decidedBy: operators, reason: words, proposedBy: operators, hold: words },
    { requiredKeys: ['decidedBy', 'reason'] },
  );
  const others =
    depth === 0
      ? fc.constant([])
      : fc.array(
          identityIds.chain((id) => factsAbout(id, 0)),
          { maxLength: 3 },
        );
  const of = <Type extends Fact['type'], Rest>(type: Type, rest: fc.Arbitrary<Rest>) =>
    fc.tuple(base, rest).map(([own, more]) => ({ ...own, type, ...more }) as unknown as Fact);
  return fc.oneof(
    of('joiner', fc.record({ effectiveAt: moments, attributes: said, authority: fc.constant({ title: 10 }) })),
    of('mover', fc.record({ effectiveAt: moments, attributes: said })),
    of(
      'leaver',
      fc.record(
        { immediate: fc.boolean(), effectiveAt: moments, reason: words, successor: identityIds },
        { requiredKeys: ['immediate'] },
      ),
    ),
    of('suspension', fc.record({ effectiveAt: moments, reason: words })),
    of('return', fc.record({ effectiveAt: moments })),
    of(
      'rescind',
      fc.record(
        { rescinds: words, reason: words, facts: others, hold: words, proposedBy: operators, decidedBy: operators },
        { requiredKeys: ['rescinds'] },
      ),
    ),
    of(
      'task-attested',
      fc.record(
        {
          taskId: words,
          applicationId: fc.constant('badges'),
          attestedBy: operators,
          confirmedBy: operators,
          evidence: words,
          files: fc.constant(['a'.repeat(64)]),
          steps: fc.constant([{ action: 'grant', grant: 'door' }]),
        },
        { requiredKeys: ['taskId', 'applicationId', 'attestedBy', 'steps'] },
      ),
    ),
    of(
      'access-seen',
      fc.record({
        applicationId: fc.constant('badges'),
        list: fc.constant('b'.repeat(64)),
        seenMs: fc.constant(1_764_000_000_000),
        uploadedBy: identityIds,
        steps: fc.constant([{ action: 'grant', grant: 'door' }]),
      }),
    ),
    of(
      'merged',
      fc.tuple(decided, identityIds).map(([decision, into]) => ({ ...decision, into })),
    ),
    of(
      'absorbed',
      fc.tuple(decided, identityIds, others).map(([decision, duplicate, facts]) => ({ ...decision, duplicate, facts })),
    ),
    of(
      'handed-over',
      fc.record({
        departure: words,
        owned: fc.array(fc.record({ identityId: identityIds, factId: words }), { maxLength: 3 }),
        successor: identityIds,
      }),
    ),
    of('hold-released', fc.record({ hold: words, decidedBy: operators, reason: words })),
    of('hold-dropped', fc.record({ hold: words, decidedBy: operators, reason: words })),
    of(
      'access-granted',
      fc.record(
        {
          entitlement: fc.constant('badges:door'),
          basis: fc.constantFrom(...GRANT_BASES),
          requestId: words,
          requestedBy: identityIds,
          approvedBy: fc.array(identityIds, { maxLength: 3 }),
          reason: words,
          startsMs: instants,
          endsMs: instants,
        },
        { requiredKeys: ['entitlement', 'basis', 'requestId', 'requestedBy', 'approvedBy', 'startsMs'] },
      ),
    ),
    of(
      'access-requested',
      fc.record(
        {
          requestId: words,
          entitlement: fc.constant('badges:door'),
          requestedBy: identityIds,
          reason: words,
          startsMs: instants,
          endsMs: instants,
          expiresMs: instants,
          rule: words,
          extends: words,
          covers: identityIds,
          reviewDueMs: instants,
        },
        { requiredKeys: ['requestId', 'entitlement', 'requestedBy', 'reason', 'expiresMs', 'rule'] },
      ),
    ),
    of(
      'request-decided',
      fc.record(
        {
          requestId: words,
          answer: fc.constantFrom(...REQUEST_ANSWERS),
          stage: fc.nat({ max: 4 }),
          answeredBy: identityIds,
          reason: words,
        },
        { requiredKeys: ['requestId', 'answer', 'answeredBy'] },
      ),
    ),
    of(
      'exception-granted',
      fc.record({ rule: words, owner: identityIds, approvedBy: identityIds, reason: words, endsMs: instants }),
    ),
    of('exception-ended', fc.record({ ends: words, endedBy: identityIds })),
    of(
      'decisions-delegated',
      fc.record({ delegationId: words, to: identityIds, startsMs: instants, endsMs: instants }),
    ),
    of(
      'emergency-reviewed',
      fc.record(
        { requestId: words, verdict: fc.constantFrom(...REVIEW_VERDICTS), reviewedBy: identityIds, reason: words },
        { requiredKeys: ['requestId', 'verdict'] },
      ),
    ),
    of(
      'access-suspended',
      fc.record({ suspendedBy: identityIds, suspendedAs: fc.constantFrom(...SUSPENDING_ROLES), reason: words }),
    ),
    of(
      'access-review-opened',
      fc.record({
        reviewId: words,
        basis: fc.constant('mover' as const),
        dueMs: instants,
        items: fc.array(fc.record({ entitlement: words, facts: fc.array(words, { maxLength: 2 }) }), { maxLength: 3 }),
      }),
    ),
    of(
      'access-review-opened',
      fc.record({
        ...{ reviewId: words, basis: fc.constant('campaign' as const), campaignId: words, dueMs: instants },
        stages: fc.array(fc.record({ dueMs: instants }), { maxLength: 2 }),
        undoMs: fc.nat(),
        items: fc.array(
          fc.record(
            {
              ...{ entitlement: words, facts: fc.array(words, { maxLength: 2 }), birthright: fc.boolean() },
              ...{ ifNobodyAnswers: fc.constantFrom(...REVIEW_SILENCES), planted: fc.boolean() },
            },
            { requiredKeys: ['entitlement', 'facts', 'ifNobodyAnswers'] },
          ),
          { maxLength: 3 },
        ),
      }),
    ),
    of(
      'access-review-decided',
      fc.record(
        {
          ...{ reviewId: words, entitlement: words, answer: fc.constantFrom(...REVIEW_ANSWERS) },
          ...{ answeredBy: identityIds, reason: words, endsMs: instants, stage: fc.nat({ max: 3 }), shownMs: instants },
          campaignId: words,
          batch: fc.record({ batchId: words, size: fc.nat() }),
        },
        { requiredKeys: ['reviewId', 'entitlement', 'answer', 'answeredBy', 'reason'] },
      ),
    ),
    of(
      'access-review-moved',
      fc.record({
        ...{ reviewId: words, movedBy: identityIds, reason: words },
        stages: fc.array(fc.record({ dueMs: instants }), { maxLength: 2 }),
      }),
    ),
    of(
      'reviews-reassigned',
      fc.record(
        {
          ...{ campaignId: words, to: identityIds, reassignedBy: identityIds, reason: words, endsMs: instants },
          identities: fc.array(identityIds, { maxLength: 3 }),
        },
        { requiredKeys: ['campaignId', 'to', 'reassignedBy', 'reason'] },
      ),
    ),
    of('access-resumed', fc.record({ resumes: words, resumedBy: identityIds })),
    of('answer-asked', fc.record({ owner: identityIds, dueMs: instants })),
    of(
      'ownership-accepted',
      fc.record(
        { owner: identityIds, acceptedBy: identityIds, purpose: words, dueMs: instants },
        { requiredKeys: ['owner', 'acceptedBy', 'purpose'] },
      ),
    ),
    of('access-ended', fc.record({ ends: words, endsMs: instants, endedBy: identityIds, reason: words })),
  );
}
