// HR states that two ids are one person. Both sides are written in one transaction: from then on intake records what
// is said about the duplicate at the survivor, the survivor's timeline holds the facts of both, and converging takes
// the duplicate's own access away.
import { identityRoutes } from '../../api/identities.ts';
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, RetryableError } from '../../core/errors.ts';
import { type AbsorbedFact, factIdOf, type MergedFact } from '../../core/identity/facts.ts';
import {
  MAXIMUM_ABSORBED_FACTS,
  mergedInto,
  movesWithPerson,
  withAbsorbed,
} from '../../core/identity/merged-identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { type Pause, pauseWithJitter, toRecordFact } from '../shared/append-fact.ts';
import { requireUninvolved } from '../shared/require-uninvolved.ts';

const SOURCE = 'tenure';
const MAXIMUM_ATTEMPTS = 5;

interface Decision {
  readonly decidedBy: string;
  readonly reason: string;
}

export interface MergeDependencies extends ApiDependencies {
  readonly pause?: Pause | undefined;
}

const ROUTE = identityRoutes['merge-identity'];

export const mergeIdentity = answerOperator(
  ROUTE,
  async (dependencies: MergeDependencies, { operator, parameters, body }) => {
    const { duplicate, reason } = body;
    const { id: identityId } = parameters;
    if (duplicate === identityId) {
      throw new ApiProblem(422, 'An identity is merged with another.', [
        { pointer: '/duplicate', detail: 'expected another id than that of the path' },
      ]);
    }
    await requireUninvolved(dependencies, operator, [identityId, duplicate]);
    const version = await merge(dependencies, identityId, duplicate, { decidedBy: operator.id, reason });
    return { status: 200, body: { identityId, duplicate, version }, log: { identityId, duplicate } };
  },
);

/** Decided anew when either side changed meanwhile, so that two merges can never form a circle. */
async function merge(
  dependencies: MergeDependencies,
  survivorId: string,
  duplicateId: string,
  decision: Decision,
): Promise<number> {
  const { facts, clock, pause = pauseWithJitter } = dependencies;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
    const { record: survivor } = await requireIdentity(dependencies, survivorId);
    const { record: duplicate } = await requireIdentity(dependencies, duplicateId);
    const before = absorbedBefore(survivor, duplicateId);
    if (before !== undefined) return await versionOf(dependencies, before);
    if (mergedInto(survivor.facts) !== undefined) throw new ConflictError('This identity was merged into another.');
    if (mergedInto(duplicate.facts) !== undefined) throw new ConflictError('The duplicate was merged into another.');
    const [absorbed, merged] = factsOf(survivor, duplicate, decision, clock());
    const payloadHash = sha256Hex(canonicalJson({ survivorId, duplicateId }));
    const options = { payloadHash, actor: { type: 'operator', id: decision.decidedBy } } as const;
    const written = await facts.recordFact({
      ...toRecordFact({ fact: absorbed, ...options }, survivor, clock()),
      together: toRecordFact({ fact: merged, ...options }, duplicate, clock()),
    });
    if (written === 'recorded') return survivor.header.version + 1;
    await pause(attempt);
  }
  throw new RetryableError(`${survivorId} and ${duplicateId} kept changing`);
}

function absorbedBefore({ facts }: IdentityRecord, duplicateId: string): AbsorbedFact | undefined {
  return facts.find((fact): fact is AbsorbedFact => fact.type === 'absorbed' && fact.duplicate === duplicateId);
}

async function versionOf({ facts }: ApiDependencies, { source, sourceEventId }: AbsorbedFact): Promise<number> {
  const accepted = await facts.findAcceptedEvent(source, sourceEventId);
  if (accepted === undefined) throw new RetryableError(`${sourceEventId} is not there yet`);
  return accepted.version;
}

function factsOf(
  survivor: IdentityRecord,
  duplicate: IdentityRecord,
  decision: Decision,
  nowMs: number,
): readonly [AbsorbedFact, MergedFact] {
  const [survivorId, duplicateId] = [survivor.header.identityId, duplicate.header.identityId];
  const facts = duplicate.facts.filter(movesWithPerson);
  if (withAbsorbed(facts).length > MAXIMUM_ABSORBED_FACTS) {
    throw new ConflictError(`The duplicate has more than ${MAXIMUM_ABSORBED_FACTS} facts: is it the other way round?`);
  }
  const base = (identityId: string, sourceEventId: string) => ({
    ...decision,
    factId: factIdOf(SOURCE, sourceEventId),
    identityId,
    source: SOURCE,
    sourceEventId,
    recordedMs: nowMs,
    receivedMs: nowMs,
  });
  return [
    { ...base(survivorId, `absorbed/${duplicateId}`), type: 'absorbed', duplicate: duplicateId, facts },
    { ...base(duplicateId, `merged/${duplicateId}`), type: 'merged', into: survivorId },
  ];
}

export const handler = serveApi(ROUTE, () => mergeIdentity(liveApiDependencies()));
