// Both decisions about a hold: made once, by somebody named whom it does not concern, and carried out at once as far
// as an answer can wait; the rest is resume-hold-decisions'.
import { type HoldAnswer, holdDecisionSchema } from '../../api/schemas.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { authorize } from '../../middleware/authorize.ts';
import type { ApiHandler, ApiRequest } from '../../middleware/serve-api.ts';
import type { Hold, HoldDecision, HoldStore } from '../../stores/holds/hold-store.ts';
import { type ApiDependencies, readBody } from '../shared/api-dependencies.ts';
import type { AppendDependencies } from '../shared/append-fact.ts';
import { applyHoldDecision } from './apply-hold-decision.ts';
import { presentHold } from './present-hold.ts';

/** Well within what the gateway waits for. */
const CARRY_OUT_MS = 10_000;

export type DecideDependencies = ApiDependencies & AppendDependencies & { readonly holds: HoldStore };

export function decideHold(route: 'release-hold' | 'drop-hold', dependencies: DecideDependencies): ApiHandler {
  const status = route === 'release-hold' ? 'releasing' : 'dropping';
  return async (request) => {
    const { holds, identities, claims, clock } = dependencies;
    const operator = authorize(route, request, claims);
    const { reason } = readBody(request, holdDecisionSchema);
    const { holdId } = await requireHold(holds, request);
    const own = operator.identityId === undefined ? undefined : await identities.load(operator.identityId);
    if (own?.facts.some(({ held }) => held === holdId)) {
      throw new ApiProblem(403, 'Somebody else must decide what concerns you.');
    }
    const decision = { decidedBy: operator.id, reason, decidedMs: clock() };
    await holds.decideHold(holdId, status, decision);
    const decided = await requireHold(holds, request);
    requireSame(decided, status, decision);
    await applyHoldDecision(dependencies, decided, clock() + CARRY_OUT_MS);
    const body: HoldAnswer = presentHold(await requireHold(holds, request));
    return { status: 200, body, log: { operator: operator.id, holdId, decision: status } };
  };
}

export async function requireHold(holds: HoldStore, { pathParameters }: ApiRequest): Promise<Hold> {
  const holdId = pathParameters['id'] ?? '';
  const hold = /^[\w.-]{1,128}$/.test(holdId) ? await holds.findHold(holdId) : undefined;
  if (hold === undefined) throw new NotFoundError('There is no such hold.');
  return hold;
}

/** The same again for who decided so; a hold is not decided twice. */
function requireSame({ status, decision }: Hold, wanted: 'releasing' | 'dropping', made: HoldDecision): void {
  const same = wanted === 'releasing' ? ['releasing', 'released'] : ['dropping', 'dropped'];
  if (same.includes(status) && decision?.decidedBy === made.decidedBy) return;
  throw new ConflictError(`The hold was decided before: it is ${status}.`);
}
