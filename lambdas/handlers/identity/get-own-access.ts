// What somebody has themselves, and why. Whether they will leave or move is in none of it, though what holds their access up
// ends then: it may be known here before somebody has told them.
import { type OwnAccessAnswer, ownAccessRoutes } from '../../api/own-access.ts';
import { handoverEndMs } from '../../core/access/handover.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { describePattern } from '../../core/access-model/describe-pattern.ts';
import type { EventPattern } from '../../core/access-model/event-pattern.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { presentEntitlements } from '../shared/present-entitlements.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';

const ROUTE = ownAccessRoutes['get-own-access'];
const MAXIMUM_TO_ASK_FOR = 100;

export const getOwnAccess = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator }) => {
  const identityId = await requirePerson(dependencies, operator);
  const loaded = await requireIdentity(dependencies, identityId);
  const model = dependencies.model();
  const items = presentOwn(loaded, model);
  const askable = isEmployed(loaded.state) ? askableIn(model, new Set(items.map((one) => one.entitlement))) : [];
  const body: OwnAccessAnswer = {
    identityId,
    displayName: loaded.record.header.summary.displayName,
    status: loaded.state.status,
    items: [...items],
    mayAskFor: askable.slice(0, MAXIMUM_TO_ASK_FOR),
    moreToAskFor: askable.length > MAXIMUM_TO_ASK_FOR || undefined,
  };
  return { status: 200, shows: [identityId], body, log: { identityId, items: items.length } };
});

function presentOwn({ record, timeline, nowMs, state }: LoadedIdentity, model: AccessModel): OwnAccessAnswer['items'] {
  const { header, accounts } = record;
  const held = presentEntitlements({ identityId: header.identityId, timeline, accounts, model, atMs: nowMs });
  const grants = isEmployed(state) ? (state.grants ?? []) : [];
  return held.map(({ reasons, ...one }) => ({
    ...one,
    applicationName: applicationNameOf(model, one.entitlement),
    reasons: reasons.map((reason) => {
      const { type, since } = reason;
      if (reason.type === 'birthright') {
        const profile = reason.profileName ?? reason.profile;
        return {
          type,
          since,
          why: `Access profile ${profile}, while ${describePattern(reason.condition as EventPattern)}`,
        };
      }
      if (reason.type === 'handover') {
        const why = `Of the access profile ${reason.profileName ?? reason.profile}, to hand over what you did before you moved`;
        return { type, since, why, until: toIso(handoverEndMs(model, one.entitlement, Date.parse(since))) };
      }
      const { request, requestedBy, approvedBy } = reason;
      const asked = requestedBy === header.identityId ? 'You asked for it' : `${requestedBy} asked for it`;
      const approved = approvedBy.length === 0 ? 'nobody had to approve it' : `approved by ${approvedBy.join(' and ')}`;
      const untilMs = grants.find(({ factId }) => factId === reason.fact)?.untilMs;
      return {
        type,
        since,
        why: `${asked}, ${approved}`,
        request,
        ...(untilMs !== undefined && { until: toIso(untilMs) }),
      };
    }),
  }));
}

function askableIn(
  { requests = [], applications }: AccessModel,
  held: ReadonlySet<string>,
): OwnAccessAnswer['mayAskFor'] {
  const askable = new Set(requests.filter(({ by }) => by.includes('self')).flatMap(({ entitlements }) => entitlements));
  return applications
    .filter(({ retired }) => !retired)
    .flatMap(({ id, name: applicationName, entitlements }) =>
      entitlements.map(({ id: own, name, privileged }) => ({
        entitlement: `${id}:${own}`,
        name,
        applicationName,
        privileged,
      })),
    )
    .filter(({ entitlement }) => askable.has(entitlement) && !held.has(entitlement));
}

function applicationNameOf({ applications }: AccessModel, entitlement: string): string {
  const [id = ''] = entitlement.split(':');
  return applications.find((one) => one.id === id)?.name ?? id;
}

export const handler = serveApi(ROUTE, () => getOwnAccess(liveApiDependencies()));
