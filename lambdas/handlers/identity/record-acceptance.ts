// That somebody answers for an identity, on record: by whom it may be said, and what speaks against it.
import { isSaid, nextAnswerMs } from '../../core/access/asking-owners.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError } from '../../core/errors.ts';
import { delegateAt } from '../../core/identity/delegations.ts';
import { type OwnershipAcceptedFact, ownFactBase } from '../../core/identity/facts.ts';
import { MAXIMUM_FACTS } from '../../core/identity/history-bound.ts';
import { mayOwn, mayTakeOver, ownerNeededBy } from '../../core/identity/ownership.ts';
import { answeringAt, isEmployed } from '../../core/identity/timeline.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import type { StatedFact } from '../shared/append-fact.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { personOf } from '../shared/require-uninvolved.ts';

/** Who says so: a person, and the operator they are. */
export interface Answerer {
  readonly person: string;
  readonly operatorId: string;
}

/** @returns the identity as it is then. Throws ApiProblem 403 and ConflictError. */
export function recordAcceptance(
  dependencies: ApiDependencies,
  identityId: string,
  answerer: Answerer,
): Promise<LoadedIdentity> {
  return recordOnVersion(dependencies, identityId, (loaded) => judge(dependencies, loaded, answerer));
}

async function judge(
  dependencies: ApiDependencies,
  { record, state, timeline, nowMs }: LoadedIdentity,
  { person, operatorId }: Answerer,
): Promise<readonly StatedFact[]> {
  const owner = ownerNeededBy(state);
  if (owner === undefined || !isEmployed(state)) {
    throw new ConflictError('Nobody answers for it: it is a person, or not there.');
  }
  await requireMayAnswer(dependencies, person, owner);
  if (isSaid(answeringAt(timeline, nowMs)?.latest, owner, nowMs)) return [];
  if (timeline.facts.length >= MAXIMUM_FACTS) throw new ConflictError('Its history is as long as it may be.');
  const dueMs = nextAnswerMs(dependencies.model().nonHuman?.[state.attributes.kind], nowMs);
  const fact: OwnershipAcceptedFact = {
    ...ownFactBase(record.header.identityId, `accepted/${dependencies.newId()}`, nowMs),
    type: 'ownership-accepted',
    owner,
    acceptedBy: person,
    ...(dueMs !== undefined && { dueMs }),
  };
  return [{ fact, payloadHash: sha256Hex(canonicalJson(fact)), actor: { type: 'operator', id: operatorId } }];
}

async function requireMayAnswer(dependencies: ApiDependencies, person: string, ownerId: string): Promise<void> {
  const self = await findWhereItCounts(dependencies, person);
  if (self === undefined || !mayTakeOver(self.state)) throw new ApiProblem(403, 'Only who is at work does this.');
  const owner = await findWhereItCounts(dependencies, ownerId);
  if (owner?.record.header.identityId === person) return;
  const delegate =
    owner !== undefined && mayOwn(owner.state)
      ? delegateAt(owner.timeline.facts, owner.nowMs, owner.state.joinedMs)
      : undefined;
  if (delegate !== undefined && (await personOf(dependencies, delegate)) === person) return;
  throw new ApiProblem(403, 'Its owner does this, or whom they delegated their decisions to.');
}
