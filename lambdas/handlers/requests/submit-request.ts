// Somebody asks for an entitlement, for themselves, a report or what they own; the service desk for whoever may ask. It is
// taken when the rules allow it and there is somebody to decide on each of its stages; else it is refused at once, with why.
import { requestRoutes } from '../../api/requests.ts';
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../core/errors.ts';
import { type AccessRequestedFact, ownFactBase } from '../../core/identity/facts.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { approversOf, type People } from '../../core/requests/approvers.ts';
import { type Asked, expiryOf, ruleFor, ruleHashOf, whyNotAsked } from '../../core/requests/asking.ts';
import { continued } from '../../core/requests/extension.ts';
import { whyKeptApart } from '../../core/requests/foreseen-conflicts.ts';
import { requestEventId } from '../../core/requests/request-state.ts';
import { whyWithoutEffect } from '../../core/requests/without-effect.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { snsAlerts } from '../../stores/alerts.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { judgeCover } from './covered-identity.ts';
import { beneficiaryOf, peopleFor, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';
import { type EmergencyDependencies, takeInEmergency } from './take-in-emergency.ts';

const ROUTE = requestRoutes['submit-request'];

export const submitRequest = answerOperator(ROUTE, async (dependencies: EmergencyDependencies, { operator, body }) => {
  const requestedBy = await requirePerson(dependencies, operator);
  const requester = await findWhereItCounts(dependencies, requestedBy);
  if (requester === undefined || !isEmployed(requester.state)) {
    throw new ApiProblem(403, 'Only who is employed asks for access.');
  }
  if (requester.timeline.suspensions.length > 0) {
    throw new ApiProblem(403, 'Who is suspended in an emergency asks for nothing.');
  }
  if (body.emergency === true) return takeInEmergency(dependencies, { operator, requestedBy, body });
  const { entitlement, reason, startsAt, endsAt } = body;
  const isForSelf = body.for === undefined || body.for === requestedBy;
  if (operator.scope === 'self' && !isForSelf) throw new ApiProblem(403, 'You may ask for yourself only.');
  if (body.for !== undefined) await requireKnown(dependencies, body.for, 'for');
  const identityId = await personOf(dependencies, body.for ?? requestedBy);
  const said = {
    entitlement,
    startsMs: startsAt && Date.parse(startsAt),
    endsMs: endsAt && Date.parse(endsAt),
  } as Asked;
  requireOneStart(body);
  const covers = body.covers && (await requireCovered(dependencies, body));
  const requestId = dependencies.newId();
  const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
    const people = await peopleFor(dependencies, loaded, { entitlement, requestedBy });
    const rule = requireRule(dependencies, entitlement);
    const isDesk = operator.roles.includes('operations');
    requireAsking(rule, people, { identityId: loaded.record.header.identityId, requestedBy, isDesk });
    const asked = beginning(said, loaded, body.extends);
    const cover = await judgeCover(dependencies, loaded, asked, covers);
    const refusal =
      cover.refusal ??
      whyNotAsked(rule, asked, loaded) ??
      whyKeptApart(asked, beneficiaryOf(loaded), dependencies.model()) ??
      whyWithoutEffect(asked, beneficiaryOf(loaded), dependencies.model()) ??
      whyNobodyDecides(rule, people);
    if (refusal !== undefined) throw new ConflictError(refusal);
    const fact = requestedFact(loaded, { rule, asked, requestId, requestedBy, reason, covers, extended: body.extends });
    const payloadHash = sha256Hex(canonicalJson({ requestId, requestedBy, ...body }));
    return [{ fact, payloadHash, actor: { type: 'operator', id: operator.id } }];
  });
  const request = requestIn(recorded, requestId);
  if (request === undefined) throw new Error(`request ${requestId} is not there`);
  const answer = await presentRequest(dependencies, recorded, request);
  return { status: 202, shows: [answer.identityId], body: answer, log: { requestId, identityId: answer.identityId } };
});

/** Throws InvalidInputError. */
function requireRule({ model }: ApiDependencies, entitlement: string): RequestRule {
  const rule = ruleFor(model(), entitlement);
  if (rule !== undefined) return rule;
  const detail = 'expected application:entitlement, one that the access model has and lets people ask for';
  throw new InvalidInputError('This cannot be asked for.', [{ pointer: '/entitlement', detail }]);
}

/** Throws ApiProblem 403. */
function requireAsking(
  { by }: RequestRule,
  { superiors }: People,
  {
    identityId,
    requestedBy,
    isDesk,
  }: { readonly identityId: string; readonly requestedBy: string; readonly isDesk: boolean },
): void {
  const isSelf = identityId === requestedBy;
  const isSuperior = superiors.some((one) => one.identityId === requestedBy && one.employed);
  // The service desk files what whom it is for may ask for themselves, in its own name.
  if (isDesk && !isSelf && by.includes('self')) return;
  if (!isSelf && !isSuperior) throw new ApiProblem(403, 'You may ask for yourself, your reports and what you own.');
  if (!by.includes(isSelf ? 'self' : 'superior')) {
    throw new ApiProblem(403, isSelf ? 'Your manager asks for this.' : 'Only who needs this asks for it.');
  }
}

function whyNobodyDecides({ stages }: RequestRule, people: People): string | undefined {
  const stage = stages.findIndex((one) => approversOf(one, people) === undefined);
  if (stage === -1) return undefined;
  const who = stages[stage]?.anyOf.join(' or ');
  return `Nobody can approve it: of stage ${stage + 1} (${who}) too few are there who did not ask and do not get it.`;
}

/** Throws NotFoundError. */
async function requireKnown(dependencies: ApiDependencies, identityId: string, as: 'for' | 'covers'): Promise<void> {
  if ((await findWhereItCounts(dependencies, identityId)) !== undefined) return;
  throw new NotFoundError(`There is no such identity under "${as}": expected the id of one that HR has told of.`);
}

/** The person. Throws NotFoundError or InvalidInputError. */
async function requireCovered(
  dependencies: ApiDependencies,
  { covers = '', extends: extended }: { readonly covers?: string | undefined; readonly extends?: string | undefined },
): Promise<string> {
  if (extended !== undefined) {
    const detail = 'expected none beside `extends`: what is covered for longer is asked for anew';
    throw new InvalidInputError('This is either a cover or an extension.', [{ pointer: '/covers', detail }]);
  }
  await requireKnown(dependencies, covers, 'covers');
  return await personOf(dependencies, covers);
}

/** Throws InvalidInputError. */
function requireOneStart({
  extends: extended,
  startsAt,
}: {
  readonly extends?: string | undefined;
  readonly startsAt?: string | undefined;
}): void {
  if (extended === undefined || startsAt === undefined) return;
  const detail = 'expected none beside extends: it starts when what it continues ends';
  throw new InvalidInputError('It cannot start at two times.', [{ pointer: '/startsAt', detail }]);
}

/** What continues something begins when that ends. Throws ConflictError. */
function beginning(asked: Asked, loaded: LoadedIdentity, extended: string | undefined): Asked {
  if (extended === undefined) return asked;
  const startsMs = continued(extended, asked, loaded);
  if (typeof startsMs === 'string') throw new ConflictError(startsMs);
  return { ...asked, startsMs };
}

function requestedFact(
  { record, nowMs }: LoadedIdentity,
  told: {
    readonly rule: RequestRule;
    readonly asked: Asked;
    readonly requestId: string;
    readonly requestedBy: string;
    readonly reason: string;
    readonly extended: string | undefined;
    readonly covers: string | undefined;
  },
): AccessRequestedFact {
  const { rule, asked, requestId, requestedBy, reason, extended, covers } = told;
  return {
    ...ownFactBase(record.header.identityId, requestEventId(requestId), nowMs),
    type: 'access-requested',
    requestId,
    entitlement: asked.entitlement,
    requestedBy,
    reason,
    ...(asked.startsMs !== undefined && { startsMs: asked.startsMs }),
    ...(asked.endsMs !== undefined && { endsMs: asked.endsMs }),
    expiresMs: expiryOf(rule, asked, nowMs),
    rule: ruleHashOf(rule),
    ...(extended !== undefined && { extends: extended }),
    ...(covers !== undefined && { covers }),
  };
}

export const handler = serveApi(ROUTE, () =>
  submitRequest({ ...liveApiDependencies(), activity: dynamoActivityStore(), alert: snsAlerts() }),
);
