// What was asked for and what people decided on it, judged a second time by the words of docs/reference/requests.md alone, from
// the facts as they were written: nobody has anything that not everybody agreed to who has to, or longer than was agreed to.
import type { EmergencyRule } from '../../lambdas/core/access-model/emergency-rule.ts';
import type { RequestRule } from '../../lambdas/core/access-model/request-rules.ts';
import type {
  AccessGrantedFact,
  AccessRequestedFact,
  ExceptionGrantedFact,
  Fact,
  RequestDecidedFact,
} from '../../lambdas/core/identity/facts.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface RulesAsked {
  readonly requests: readonly RequestRule[];
  readonly emergency: readonly EmergencyRule[];
}

/** Who owns what can be asked for, is always there and has nobody above them; and what they said. */
export interface OwnerAsked {
  readonly identityId: string;
  readonly facts: readonly Fact[];
  /** Since when it is known that they are there (epoch ms). */
  readonly knownMs: number;
}

/** @param facts of one identity. @returns what is wrong; empty when all of it is as agreed */
export function faultsOfRequests(facts: readonly Fact[], rules: RulesAsked, owner?: OwnerAsked): readonly string[] {
  const asked = facts.filter((fact): fact is AccessRequestedFact => fact.type === 'access-requested');
  const grants = facts.filter((fact): fact is AccessGrantedFact => fact.type === 'access-granted');
  const decisions = facts.filter((fact): fact is RequestDecidedFact => fact.type === 'request-decided');
  return [
    ...facts.flatMap((fact) => (fact.type === 'exception-granted' ? faultsOfException(fact) : [])),
    ...asked.flatMap((request) => {
      const given = grants.filter(({ requestId }) => requestId === request.requestId);
      const said = decisions.filter(({ requestId }) => requestId === request.requestId);
      const faults = [
        ...(given.length > 1 ? ['it was given twice'] : []),
        ...said.flatMap((one) => faultsOfDecision(request, one)),
        ...(owner === undefined ? [] : said.flatMap((one) => faultsOfDecider(request, one, rules, owner))),
        ...given.flatMap((grant) => [
          ...(grant.entitlement === request.entitlement ? [] : ['something else was given']),
          ...(isEndOf(request, grant) ? [] : ['it does not end when it was to']),
          ...(request.reviewDueMs === undefined
            ? faultsOfApproval(request, grant, said, rules)
            : faultsOfEmergency(request, grant, facts, rules)),
        ]),
      ];
      return faults.map((fault) => `${request.requestId} (${request.entitlement}): ${fault}`);
    }),
  ];
}

/** What covers for somebody ends before it was to where they do not hold it for as long. */
function isEndOf(
  { covers, endsMs = Number.POSITIVE_INFINITY }: AccessRequestedFact,
  grant: AccessGrantedFact,
): boolean {
  const { endsMs: untilMs = Number.POSITIVE_INFINITY } = grant;
  return covers === undefined ? untilMs === endsMs : untilMs <= endsMs;
}

function personOf({ about, identityId }: Fact): string {
  return about ?? identityId;
}

function faultsOfDecision(request: AccessRequestedFact, { answer, answeredBy, recordedMs }: RequestDecidedFact) {
  if (answer === 'withdraw') return [];
  const isOwn = answeredBy === request.requestedBy || answeredBy === personOf(request);
  return [
    ...(isOwn ? [`${answeredBy} decided on their own`] : []),
    ...(recordedMs >= request.expiresMs ? ['it was decided on after it had expired'] : []),
  ];
}

/** Clocks of functions are so far apart, at most. */
const CLOCKS_MS = 2_000;

/** What its owner alone decides nobody else does, but whom they delegated to then: one step, and while that lasts. */
function faultsOfDecider(
  request: AccessRequestedFact,
  { answer, answeredBy, recordedMs, stage = -1 }: RequestDecidedFact,
  { requests }: RulesAsked,
  { identityId, facts, knownMs }: OwnerAsked,
): readonly string[] {
  const rule = requests.find(({ entitlements }) => entitlements.includes(request.entitlement));
  const { anyOf = [] } = rule?.stages[stage] ?? {};
  const isOwners = answer !== 'withdraw' && anyOf.length === 1 && anyOf[0] === 'application-owner';
  const isInvolved = [request.requestedBy, personOf(request)].includes(identityId);
  // Where its owner has not come yet, those decide who stand in for them.
  if (!isOwners || recordedMs < knownMs + CLOCKS_MS || isInvolved || answeredBy === identityId) return [];
  const isDelegate = facts.some(
    (fact) =>
      fact.type === 'decisions-delegated' &&
      fact.to === answeredBy &&
      Math.max(fact.startsMs, fact.recordedMs) <= recordedMs + CLOCKS_MS &&
      recordedMs < fact.endsMs + CLOCKS_MS,
  );
  return isDelegate ? [] : [`${answeredBy} decided in place of ${identityId}, who let nobody of that name`];
}

function faultsOfApproval(
  { entitlement }: AccessRequestedFact,
  grant: AccessGrantedFact,
  said: readonly RequestDecidedFact[],
  { requests }: RulesAsked,
): readonly string[] {
  const rule = requests.find(({ entitlements }) => entitlements.includes(entitlement));
  if (rule === undefined) return ['nobody may ask for it'];
  const { endsMs = Number.POSITIVE_INFINITY, startsMs } = grant;
  const before = said.filter(({ recordedMs }) => recordedMs <= grant.recordedMs);
  const isOver = before.some(({ answer }) => answer !== 'approve');
  const lacking = rule.stages.filter(({ quorum }, index) => {
    const agreed = before.filter(({ answer, stage }) => answer === 'approve' && stage === index);
    return new Set(agreed.map(({ answeredBy }) => answeredBy)).size < quorum;
  });
  const longestMs = (rule.longestDays ?? Number.POSITIVE_INFINITY) * DAY_MS;
  return [
    ...(isOver ? ['it was given after it was over'] : []),
    ...(lacking.length > 0 ? [`${lacking.length} stages lack people who agreed`] : []),
    ...(endsMs - startsMs > longestMs ? ['it lasts longer than the rule allows'] : []),
  ];
}

function faultsOfEmergency(
  request: AccessRequestedFact,
  { basis, startsMs, endsMs = Number.POSITIVE_INFINITY }: AccessGrantedFact,
  facts: readonly Fact[],
  { emergency }: RulesAsked,
): readonly string[] {
  const rule = emergency.find(({ entitlements }) => entitlements.includes(request.entitlement));
  const isOwnReview = facts.some(
    (fact) =>
      fact.type === 'emergency-reviewed' &&
      fact.requestId === request.requestId &&
      fact.reviewedBy === request.requestedBy,
  );
  return [
    ...(rule === undefined || basis !== 'break-glass' ? ['it is no emergency'] : []),
    ...(endsMs - startsMs > (rule?.longestHours ?? 0) * HOUR_MS ? ['it lasts longer than an emergency may'] : []),
    ...(isOwnReview ? [`${request.requestedBy} found their own emergency justified, or not`] : []),
  ];
}

function faultsOfException(fact: ExceptionGrantedFact): readonly string[] {
  const own = [fact.owner, fact.approvedBy].includes(personOf(fact));
  return own ? [`${fact.rule}: ${personOf(fact)} answers for, or agreed to, their own exception`] : [];
}
