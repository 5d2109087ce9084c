// That somebody answers for an identity, on record: by whom it may be said, and what speaks against it.
import { isSaid, nextAnswerMs } from '../../core/access/asking-owners.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, InvalidInputError } from '../../core/errors.ts';
import { type OwnershipAcceptedFact, ownFactBase } from '../../core/identity/facts.ts';
import { MAXIMUM_FACTS } from '../../core/identity/history-bound.ts';
import { mayTakeOver, ownerNeededBy } from '../../core/identity/ownership.ts';
import { answeringAt, isEmployed } from '../../core/identity/timeline.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import type { StatedFact } from '../shared/append-fact.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { whoAnswers } from '../shared/who-answers.ts';

/** Who says so: a person, and the operator they are. */
export interface Answerer {
  readonly person: string;
  readonly operatorId: string;
  /** What it is for; undefined: as was said before. */
  readonly purpose: string | undefined;
}

/** @returns the identity as it is then. Throws ApiProblem 403, ConflictError and InvalidInputError. */
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
  { person, operatorId, purpose: said }: Answerer,
): Promise<readonly StatedFact[]> {
  const owner = ownerNeededBy(state);
  if (owner === undefined || !isEmployed(state)) {
    throw new ConflictError('Nobody answers for it: it is a person, or not there.');
  }
  await requireMayAnswer(dependencies, person, owner);
  const known = answeringAt(timeline, nowMs);
  const purpose = said ?? known?.accepted?.purpose ?? state.attributes.purpose;
  if (purpose === undefined) {
    const detail = 'expected what it is for: nobody has said so yet';
    throw new InvalidInputError('It is not known what it is for.', [{ pointer: '/purpose', detail }]);
  }
  if (isSaid(known?.latest, { owner, purpose, nowMs })) return [];
  if (timeline.facts.length >= MAXIMUM_FACTS) throw new ConflictError('Its history is as long as it may be.');
  const dueMs = nextAnswerMs(dependencies.model().nonHuman?.[state.attributes.kind], nowMs);
  const fact: OwnershipAcceptedFact = {
    ...ownFactBase(record.header.identityId, `accepted/${dependencies.newId()}`, nowMs),
    type: 'ownership-accepted',
    owner,
    acceptedBy: person,
    purpose,
    ...(dueMs !== undefined && { dueMs }),
  };
  return [{ fact, payloadHash: sha256Hex(canonicalJson(fact)), actor: { type: 'operator', id: operatorId } }];
}

async function requireMayAnswer(dependencies: ApiDependencies, person: string, ownerId: string): Promise<void> {
  const self = await findWhereItCounts(dependencies, person);
  if (self === undefined || !mayTakeOver(self.state)) throw new ApiProblem(403, 'Only who is at work does this.');
  if ((await whoAnswers(dependencies, ownerId)).includes(person)) return;
  throw new ApiProblem(403, 'Its owner does this, or whom they delegated their decisions to.');
}
