// Both decisions about a hold: made once, by somebody named whom it does not concern, and carried out at once as far
// as an answer can wait; the rest is resume-hold-decisions'.
import type { holdRoutes } from '../../api/holds.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { withAbsorbed } from '../../core/identity/merged-identities.ts';
import type { Answer, Asked } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Hold, HoldDecision, HoldStore } from '../../stores/holds/hold-store.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import type { AppendDependencies } from '../shared/append-fact.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { applyHoldDecision } from './apply-hold-decision.ts';
import { presentHold } from './present-hold.ts';

/** Well within what the gateway waits for. */
const CARRY_OUT_MS = 10_000;

export type DecideDependencies = ApiDependencies & AppendDependencies & { readonly holds: HoldStore };

type Deciding = (typeof holdRoutes)['release-hold' | 'drop-hold'];

export function decideHold(status: 'releasing' | 'dropping') {
  return async (
    dependencies: DecideDependencies,
    { operator, parameters, body: { reason } }: Asked<Deciding>,
  ): Promise<Answer<Deciding>> => {
    const { holds, directory, clock } = dependencies;
    const { holdId } = await requireHold(holds, parameters.id);
    // A merged id's facts count at the survivor, which has those from before the merge within the fact that brought them.
    const own = await directory.load(await requirePerson(dependencies, operator));
    if (withAbsorbed(own?.facts ?? []).some(({ held }) => held === holdId)) {
      throw new ApiProblem(403, 'Somebody else must decide what concerns you.');
    }
    const decision = { decidedBy: operator.id, reason, decidedMs: clock() };
    await holds.decideHold(holdId, status, decision);
    const decided = await requireHold(holds, holdId);
    requireSame(decided, status, decision);
    await applyHoldDecision(dependencies, decided, clock() + CARRY_OUT_MS);
    const body = presentHold(await requireHold(holds, holdId));
    return { status: 200, body, log: { holdId, decision: status } };
  };
}

/** Throws NotFoundError. */
export async function requireHold(holds: HoldStore, holdId: string): Promise<Hold> {
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
