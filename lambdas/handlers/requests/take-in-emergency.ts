// "Break glass": somebody takes access at once, with a reason. Whoever has to know is told before it is given, since what is
// given without anybody knowing is no emergency access; it ends hard, and somebody else looks at it afterwards.
import type { EmergencyRule } from '../../core/access-model/emergency-rule.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, InvalidInputError, RetryableError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { approversOf, type People } from '../../core/requests/approvers.ts';
import {
  emergencyRuleFor,
  factsOfTaking,
  isEntitledInEmergency,
  type TakingFor,
  whyNotTaken,
} from '../../core/requests/emergency.ts';
import { whyKeptApart } from '../../core/requests/foreseen-conflicts.ts';
import { requestEventId } from '../../core/requests/request-state.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { ActivityStore, NotedEmergency } from '../../stores/activity/activity-store.ts';
import type { Alert, SendAlert } from '../../stores/alerts.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { beneficiaryOf, peopleFor, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';

export type EmergencyDependencies = ApiDependencies & {
  readonly alert: SendAlert;
  readonly activity: Pick<ActivityStore, 'noteEmergency'>;
};

interface AskedInEmergency {
  readonly operator: Operator;
  /** The operator, as a person. */
  readonly requestedBy: string;
  readonly body: {
    readonly entitlement: string;
    readonly reason: string;
    readonly for?: string | undefined;
    readonly startsAt?: string | undefined;
    readonly extends?: string | undefined;
    readonly covers?: string | undefined;
    readonly endsAt?: string | undefined;
  };
}

export async function takeInEmergency(
  dependencies: EmergencyDependencies,
  { operator, requestedBy, body }: AskedInEmergency,
) {
  const { entitlement, reason, endsAt } = body;
  await requireOwn(dependencies, requestedBy, body);
  const rule = requireEmergencyRule(dependencies, entitlement);
  const requestId = dependencies.newId();
  const endsMs = endsAt === undefined ? undefined : Date.parse(endsAt);
  let isTold = false;
  const recorded = await recordOnVersion(dependencies, requestedBy, async (loaded) => {
    const model = dependencies.model();
    if (!isEntitledInEmergency(rule, loaded.state, model)) {
      throw new ApiProblem(403, 'You are not one of those who may take this in an emergency.');
    }
    const taking = { identityId: requestedBy, requestId, entitlement, endsMs, reason, nowMs: loaded.nowMs };
    const facts = factsOfTaking(rule, taking, requestEventId(requestId));
    const { startsMs, endsMs: untilMs } = facts[1];
    const asked = { entitlement, startsMs, endsMs: untilMs };
    const refusal = whyNotTaken(rule, taking, loaded) ?? whyKeptApart(asked, beneficiaryOf(loaded), model);
    if (refusal !== undefined) throw new ConflictError(refusal);
    if (!isTold) {
      const people = await peopleFor(dependencies, loaded, { entitlement, requestedBy });
      await tell(dependencies, alertOf(rule, { ...taking, endsMs: untilMs }, people));
    }
    isTold = true;
    await note(dependencies, { identityId: requestedBy, requestId, startsMs });
    const payloadHash = sha256Hex(canonicalJson({ requestId, requestedBy, ...body }));
    return facts.map((fact) => ({ fact, payloadHash, actor: { type: 'operator', id: operator.id } }));
  });
  const request = requestIn(recorded, requestId);
  if (request === undefined) throw new Error(`request ${requestId} is not there`);
  const answer = await presentRequest(dependencies, recorded, request);
  const log = { requestId, identityId: answer.identityId };
  return { status: 202, shows: [answer.identityId], body: answer, log } as const;
}

/** Throws InvalidInputError: nobody takes it for somebody else, or for later. */
async function requireOwn(
  dependencies: ApiDependencies,
  requestedBy: string,
  { for: other, startsAt, extends: extended, covers }: AskedInEmergency['body'],
): Promise<void> {
  const isOther = other !== undefined && (await personOf(dependencies, other)) !== requestedBy;
  const faults = [
    ...(isOther ? [{ pointer: '/for', detail: 'expected none: in an emergency one takes access for oneself' }] : []),
    ...(startsAt === undefined ? [] : [{ pointer: '/startsAt', detail: 'expected none: it starts at once' }]),
  ];
  if (extended !== undefined)
    faults.push({ pointer: '/extends', detail: 'expected none: an emergency continues nothing' });
  if (covers !== undefined)
    faults.push({ pointer: '/covers', detail: 'expected none: an emergency covers for nobody' });
  if (faults.length > 0) throw new InvalidInputError('This is no emergency.', faults);
}

/** Throws InvalidInputError. */
function requireEmergencyRule({ model }: ApiDependencies, entitlement: string): EmergencyRule {
  const rule = emergencyRuleFor(model(), entitlement);
  if (rule !== undefined) return rule;
  const detail = 'expected application:entitlement, one that the access model lets people take in an emergency';
  throw new InvalidInputError('This cannot be taken in an emergency.', [{ pointer: '/entitlement', detail }]);
}

/**
 * Before it is given, so that no use of it is judged before. A use that finds nothing noted is told as one without an emergency,
 * which is better than no access in one.
 */
async function note({ activity }: EmergencyDependencies, emergency: NotedEmergency): Promise<void> {
  await activity.noteEmergency(emergency).catch(() => undefined);
}

/** Throws RetryableError. */
async function tell({ alert }: EmergencyDependencies, message: Alert): Promise<void> {
  try {
    await alert(message);
  } catch (cause) {
    throw new RetryableError('nobody could be told: nothing is given before', { cause });
  }
}

function alertOf({ tell: told }: EmergencyRule, taking: TakingFor, people: People): Alert {
  const { identityId, entitlement, requestId, endsMs = 0 } = taking;
  const named = told.flatMap((approver) => {
    const found = approversOf({ anyOf: [approver], quorum: 1, fallback: [] }, people);
    const ids = approver === 'security' ? ['whoever has the role security'] : (found?.people ?? ['nobody is there']);
    return ids.map((id) => `${approver}: ${id}`);
  });
  return {
    subject: `Tenure: emergency access to ${entitlement}`.slice(0, 100),
    message: [
      `${identityId} takes ${entitlement} in an emergency, until ${toIso(endsMs)}.`,
      ...(named.length === 0 ? [] : [`To be told: ${named.join('; ')}.`]),
      `GET /requests/${requestId} says why; DELETE /requests/${requestId} ends it; POST /requests/${requestId}/review answers`,
      'whether it was justified, which somebody else has to.',
      'Runbook: docs/runbook/emergency-access.md',
    ].join('\n'),
  };
}
