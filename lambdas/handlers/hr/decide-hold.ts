// Both decisions about a hold: made once, by somebody named whom it does not concern, and carried out at once as far
// as an answer can wait; the rest is resume-hold-decisions'.
import type { holdRoutes } from '../../api/holds.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { duplicatesAmong, withAbsorbed } from '../../core/identity/merged-identities.ts';
import type { Answer, Asked } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { Hold, HoldDecision, HoldStore } from '../../stores/holds/hold-store.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import type { AppendDependencies } from '../shared/append-fact.ts';
import { decidedEntries } from '../shared/hold-entries.ts';
import { requirePerson, requireUninvolved } from '../shared/require-uninvolved.ts';
import { applyHoldDecision } from './apply-hold-decision.ts';
import { presentHold } from './present-hold.ts';

/** Well within what the gateway waits for. */
const CARRY_OUT_MS = 10_000;

export type DecideDependencies = ApiDependencies & AppendDependencies & { readonly holds: HoldStore };

type Deciding = (typeof holdRoutes)['release-hold' | 'drop-hold'];

/** `judge` is asked before a merge or an erasure is decided on, and throws when it is not to be. */
export function decideHold<Needed extends DecideDependencies>(
  status: 'releasing' | 'dropping',
  judge: (dependencies: Needed, hold: Hold, decidedBy: string) => Promise<void> = async () => {},
) {
  return async (
    dependencies: Needed,
    { operator, parameters, body: { reason } }: Asked<Deciding>,
  ): Promise<Answer<Deciding>> => {
    const { holds, clock } = dependencies;
    const hold = await requireHold(holds, parameters.id);
    const { holdId } = hold;
    await requireDecider(dependencies, operator, hold, status);
    const decision = { decidedBy: operator.id, reason, decidedMs: clock() };
    if (hold.status === 'open') await judge(dependencies, hold, operator.id);
    const entries = decidedEntries(hold, status, decision);
    const mayBeCalledOff = status === 'dropping' && hold.erasure !== undefined;
    const isCalledOff = mayBeCalledOff && (await holds.callOff(holdId, decision, entries));
    if (!isCalledOff) await holds.decideHold(holdId, status, decision, entries);
    const decided = await requireHold(holds, holdId);
    requireSame(decided, status, decision);
    await applyHoldDecision(dependencies, decided, clock() + CARRY_OUT_MS);
    const body = presentHold(await requireHold(holds, holdId));
    return { status: 200, body, log: { holdId, decision: status } };
  };
}

async function requireDecider(
  dependencies: DecideDependencies,
  operator: Operator,
  { holdId, merge, modelChange, erasure }: Hold,
  status: 'releasing' | 'dropping',
): Promise<void> {
  if (modelChange !== undefined) return await requireNotKeeping(dependencies, operator, { holdId, status });
  if (merge !== undefined) {
    const { identityId, duplicate, proposerId, proposedBy } = merge;
    return await requireSecondPerson(dependencies, operator, [identityId, duplicate, proposerId], proposedBy);
  }
  if (erasure === undefined) return await requireNotHeld(dependencies, operator, holdId);
  // That nothing is destroyed, whoever asked for it may say as well.
  if (status === 'dropping') return;
  const { identityId, proposerId, proposedBy } = erasure;
  const concerned = [identityId, proposerId].filter((id) => id !== undefined);
  await requireSecondPerson(dependencies, operator, concerned, proposedBy);
}

async function requireNotHeld(dependencies: DecideDependencies, operator: Operator, holdId: string): Promise<void> {
  const { directory, holds } = dependencies;
  const person = await requirePerson(dependencies, operator);
  // A merged id's facts count at the survivor, which has those from before the merge within the fact that brought them.
  const facts = (await directory.load(person))?.facts ?? [];
  const isRecorded = withAbsorbed(facts).some(({ held }) => held === holdId);
  // Named before what is held of them is recorded: of a delivery that died in between, that is still to come.
  const ids = [person, ...duplicatesAmong(facts).keys()];
  const isNamed = async () => (await Promise.all(ids.map((id) => holds.isHeld(holdId, id)))).includes(true);
  if (isRecorded || (await isNamed())) throw new ApiProblem(403, 'Somebody else must decide what concerns you.');
}

/** Whoever loses something by a deployed model may agree to that. Nobody decides that they keep it. */
async function requireNotKeeping(
  dependencies: DecideDependencies,
  operator: Operator,
  { holdId, status }: { readonly holdId: string; readonly status: 'releasing' | 'dropping' },
): Promise<void> {
  const own = await requirePerson(dependencies, operator);
  if (status === 'dropping' && (await dependencies.modelChanges.findLosing(holdId, own)) !== undefined) {
    throw new ApiProblem(403, 'Somebody else must decide what concerns you.');
  }
}

/** Neither who proposed it, under whichever sign-in and id, nor whom it is about. */
async function requireSecondPerson(
  dependencies: DecideDependencies,
  operator: Operator,
  concerned: readonly string[],
  proposedBy: string,
): Promise<void> {
  await requireUninvolved(dependencies, operator, concerned);
  if (operator.id === proposedBy) throw new ApiProblem(403, 'Somebody else must decide what you proposed.');
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
