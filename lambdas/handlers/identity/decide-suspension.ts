// What suspending in an emergency and resuming have in common: who may, and recording it on what is known by then.
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import type { Fact, SuspendingRole } from '../../core/identity/facts.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { type ApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { personOf, requirePerson, requireUninvolved } from '../shared/require-uninvolved.ts';
import { presentSuspensions } from './present-suspensions.ts';

export interface DecidingOperator {
  /** The operator, as a person. */
  readonly by: string;
  /** The weightier of their roles. */
  readonly as: SuspendingRole;
}

/**
 * `decide` throws what speaks against it, and says nothing where it is so already. Throws NotFoundError, and ApiProblem 403
 * for who is not at work, is the one concerned, or owns it.
 */
export async function decideSuspension(
  dependencies: ApiDependencies,
  operator: Operator,
  id: string | undefined,
  decide: (loaded: LoadedIdentity, by: DecidingOperator) => Promise<readonly Fact[]>,
) {
  const by = await requirePerson(dependencies, operator);
  // A token outlives a suspension.
  const self = await findWhereItCounts(dependencies, by);
  if (self === undefined || !mayTakeOver(self.state)) throw new ApiProblem(403, 'Only who is at work does this.');
  const { record } = await requireIdentity(dependencies, id);
  const identityId = await personOf(dependencies, record.header.identityId);
  const as = operator.roles.includes('security') ? 'security' : 'operations';
  const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
    const { ownerId } = loaded.record.header.summary;
    await requireUninvolved(dependencies, operator, [identityId, ...(ownerId === undefined ? [] : [ownerId])]);
    const facts = await decide(loaded, { by, as });
    return facts.map((fact) => ({
      fact,
      payloadHash: sha256Hex(canonicalJson(fact)),
      actor: { type: 'operator', id: operator.id },
    }));
  });
  const { header } = recorded.record;
  const body = {
    identityId: header.identityId,
    version: header.version,
    status: recorded.state.status,
    suspensions: presentSuspensions(recorded.timeline, operator.view) ?? [],
  };
  return { status: 200, shows: [header.identityId], body, log: { identityId: header.identityId } } as const;
}
