// What an identity should hold at an instant, with every reason: each as data, and as one line for people.
import type { EntitlementAnswer } from '../../api/identities.ts';
import type { AccountRecord } from '../../core/access/account-record.ts';
import { heldGrants, matchGrants } from '../../core/access/granted-access.ts';
import { type LedgerReason, reasonsAt } from '../../core/access/reasons-ledger.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { describePattern } from '../../core/access-model/describe-pattern.ts';
import { identityAt, type Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';

export interface AskedEntitlements {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly accounts: readonly AccountRecord[];
  readonly model: AccessModel;
  /** Epoch ms. */
  readonly atMs: number;
}

export function presentEntitlements(asked: AskedEntitlements): EntitlementAnswer[] {
  const { identityId, timeline, accounts, model, atMs } = asked;
  const enabled = identityAt(timeline, atMs).status === 'active';
  const due = reasonsAt(timeline, model, atMs, identityId);
  const isInPlace = whatIsInPlace(due, accounts, model);
  return due.flatMap(({ applicationId, entitlement, reasons }) => {
    const application = model.applications.find(({ id }) => id === applicationId);
    const described = application?.entitlements.find(({ id }) => id === entitlement);
    if (described === undefined) return [];
    return {
      entitlement: `${applicationId}:${entitlement}`,
      name: described.name,
      privileged: described.privileged,
      enabled,
      inPlace: isInPlace(applicationId, described.grant),
      reasons: reasons.map((one) => presentReason(one, asked)),
    };
  });
}

/** By what the systems had when they were last read. */
function whatIsInPlace(
  due: ReturnType<typeof reasonsAt>,
  accounts: readonly AccountRecord[],
  model: AccessModel,
): (applicationId: string, grant: string) => boolean {
  const matched = new Map(
    [...new Set(due.map(({ applicationId }) => applicationId))].map((applicationId) => {
      const wanted = due.filter((one) => one.applicationId === applicationId).map(({ entitlement }) => entitlement);
      const known = model.applications.find(({ id }) => id === applicationId)?.entitlements ?? [];
      const words = known.filter(({ id }) => wanted.includes(id)).map(({ grant }) => grant);
      const record = accounts.find((one) => one.applicationId === applicationId);
      const held = record?.account === undefined ? [] : heldGrants(record.account);
      return [applicationId, matchGrants(words, held, record?.granted)] as const;
    }),
  );
  return (applicationId, grant) => matched.get(applicationId)?.has(grant) === true;
}

type ReasonAnswer = EntitlementAnswer['reasons'][number];

function presentReason(
  { reason, sinceMs, untilMs, condition = {} }: LedgerReason,
  { timeline, model }: AskedEntitlements,
): ReasonAnswer {
  const [since, until] = [toIso(sinceMs), untilMs === undefined ? undefined : toIso(untilMs)];
  const lasts = `since ${since}${until === undefined ? '' : `, until ${until}`}`;
  if (reason.type === 'birthright') {
    const profileName = model.profiles.find(({ id }) => id === reason.profile)?.name;
    const line = `${reason.type}: profile ${reason.profile}, while ${describePattern(condition)}, ${lasts}`;
    return { ...reason, profileName, condition, since, until, line };
  }
  if (reason.type === 'handover') {
    const profileName = model.profiles.find(({ id }) => id === reason.profile)?.name;
    const line = `${reason.type}: of profile ${reason.profile}, by the move ${reason.fact}, ${lasts}`;
    return { ...reason, profileName, since, until: until ?? since, line };
  }
  const fact = timeline.facts.find(({ factId }) => factId === reason.fact);
  if (fact?.type !== 'access-granted') throw new Error(`no fact gives ${reason.fact}`);
  const { requestedBy, approvedBy } = fact;
  const approved = approvedBy.length === 0 ? 'approved by nobody' : `approved by ${approvedBy.join(' and ')}`;
  const line = `${reason.type}: request ${reason.request} of ${requestedBy}, ${approved}, ${lasts}`;
  return { ...reason, requestedBy, approvedBy: [...approvedBy], since, until, line };
}
