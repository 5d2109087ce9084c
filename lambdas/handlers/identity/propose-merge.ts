// What concerns who is who, nobody decides alone: it waits in a hold of its own until somebody else releases or drops it.
// Proposing it twice within the hour is proposing it once, wherever the first attempt died.
import type { MergedAnswer, MergeProposedAnswer } from '../../api/identities.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { RetryableError } from '../../core/errors.ts';
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import { planMerge } from '../../core/identity/planned-merge.ts';
import { toIso } from '../../core/moment.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold, HoldStore, ProposedMerge } from '../../stores/holds/hold-store.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requirePerson, requireUninvolved } from '../shared/require-uninvolved.ts';

/** Proposals of the same within one hour, each but the last decided already. */
const MAXIMUM_PROPOSALS = 20;
const HOUR_MS = 3_600_000;

export type ProposeDependencies = ApiDependencies & { readonly holds: HoldStore };

export function liveProposing(): ProposeDependencies {
  return { ...liveApiDependencies(), holds: dynamoHoldStore() };
}

type Stated = Pick<ProposedMerge, 'change' | 'identityId' | 'duplicate' | 'reason'>;
type Proposed =
  | { readonly status: 200; readonly body: MergedAnswer; readonly log: Readonly<Record<string, string>> }
  | { readonly status: 202; readonly body: MergeProposedAnswer; readonly log: Readonly<Record<string, string>> };

/** Throws NotFoundError, ConflictError, and ApiProblem 403 or 422. */
export async function proposeMerge(
  dependencies: ProposeDependencies,
  operator: Operator,
  stated: Stated,
): Promise<Proposed> {
  const { identityId, duplicate } = stated;
  if (duplicate === identityId) {
    throw new ApiProblem(422, 'An identity is merged with another.', [
      { pointer: '/duplicate', detail: 'expected another id than that of the path' },
    ]);
  }
  const proposerId = await requirePerson(dependencies, operator);
  await requireUninvolved(dependencies, operator, [identityId, duplicate]);
  const log = { identityId, duplicate };
  const done = await findDone(dependencies, stated, operator);
  if (done !== undefined) return { status: 200, body: { ...log, version: done }, log };
  const hold = await putIntoHold(dependencies, { ...stated, proposedBy: operator.id, proposerId });
  const { holdId } = hold;
  return { status: 202, body: { ...log, holdId }, log: { ...log, holdId } };
}

/** The version it brought, when it is so already. Throws when it cannot be. */
async function findDone(
  dependencies: ProposeDependencies,
  { change, identityId, duplicate, reason }: Stated,
  { id }: Operator,
): Promise<number | undefined> {
  const { record: survivor } = await requireIdentity(dependencies, identityId);
  const { record: merged } = await requireIdentity(dependencies, duplicate);
  const decision = { decidedBy: id, proposedBy: id, reason, hold: '' };
  const sides = [
    { identityId, facts: survivor.facts },
    { identityId: duplicate, facts: merged.facts },
  ] as const;
  const planned = planMerge(change, ...sides, decision, dependencies.clock());
  if (planned.outcome === 'planned') return undefined;
  const { source, sourceEventId } = planned.fact;
  const accepted = await dependencies.facts.findAcceptedEvent(source, sourceEventId);
  if (accepted === undefined) throw new RetryableError(`${sourceEventId} is not there yet`);
  return accepted.version;
}

async function putIntoHold({ holds, clock }: ProposeDependencies, merge: ProposedMerge): Promise<Hold> {
  const { change, identityId, duplicate } = merge;
  const openedMs = clock();
  const hour = toIso(Math.floor(openedMs / HOUR_MS) * HOUR_MS);
  const name = sha256Hex(JSON.stringify([identityId, duplicate])).slice(0, 16);
  for (let number = 1; number <= MAXIMUM_PROPOSALS; number += 1) {
    const holdId = `${hour.slice(0, 16).replaceAll(/[-:]/g, '')}.${change}.${name}.${number}`;
    const reason = { rule: change, count: 2, threshold: 1 } as const;
    const opening = { holdId, source: OWN_SOURCE, openedMs, reason, merge, status: 'open', alerted: true } as const;
    const hold = await holds.openHold(opening, entriesFor(holdId, openedMs, merge));
    if (hold.status === 'open' && (await holds.addHeld(holdId, [identityId, duplicate]))) return hold;
  }
  throw new RetryableError(`${MAXIMUM_PROPOSALS} proposals of the same were decided within one hour`);
}

/** Of the first to propose it: who repeats it is answered with their hold. */
function entriesFor(holdId: string, openedMs: number, merge: ProposedMerge): readonly AuditEntry[] {
  const { change, identityId: survivor, duplicate, proposedBy } = merge;
  return [survivor, duplicate].map((identityId) => ({
    identityId,
    entryId: `${change}-proposed:${holdId}`,
    at: toIso(openedMs),
    actor: { type: 'operator', id: proposedBy },
    event: { type: `${change}-proposed`, holdId, survivor, duplicate },
  }));
}
