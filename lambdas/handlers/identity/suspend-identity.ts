// Somebody is kept out in an emergency, until it is resumed. HR says nothing about it, and lifts nothing of it.
import { suspensionRoutes } from '../../api/suspensions.ts';
import { ConflictError } from '../../core/errors.ts';
import { type AccessSuspendedFact, ownFactBase } from '../../core/identity/facts.ts';
import { MAXIMUM_FACTS } from '../../core/identity/history-bound.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { deployedGuardSettings, type JudgeDependencies, reasonNotToSuspend } from '../shared/judge-losses.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { decideSuspension } from './decide-suspension.ts';

const ROUTE = suspensionRoutes['suspend-identity'];

export type SuspendDependencies = ApiDependencies & JudgeDependencies;

export const suspendIdentity = answerOperator(
  ROUTE,
  (dependencies: SuspendDependencies, { operator, parameters: { id }, body: { reason } }) =>
    decideSuspension(dependencies, operator, id, async (loaded, { by, as }) => {
      const { timeline, state, record, nowMs } = loaded;
      // Of those who suspend, security has the last word.
      const isSaid = timeline.suspensions.some(({ suspendedAs }) => suspendedAs === 'security' || suspendedAs === as);
      if (isSaid) return [];
      if (state.status === 'departed') throw new ConflictError('It has left: there is nothing to suspend.');
      if (timeline.facts.length >= MAXIMUM_FACTS) throw new ConflictError('Its history is as long as it may be.');
      if (as === 'operations' && state.status === 'active') await requireFew(dependencies, loaded);
      const { identityId } = record.header;
      const fact: AccessSuspendedFact = {
        ...ownFactBase(identityId, `suspended/${dependencies.newId()}`, nowMs),
        type: 'access-suspended',
        suspendedBy: by,
        suspendedAs: as,
        reason,
      };
      return [fact];
    }),
);

/** One operator, or whoever has their token, does not lock out a company. Throws ConflictError. */
async function requireFew(dependencies: SuspendDependencies, { record }: LoadedIdentity): Promise<void> {
  const refusal = await reasonNotToSuspend(dependencies, record.header);
  if (refusal === undefined) return;
  const { count, threshold } = refusal;
  throw new ConflictError(
    `${count} identities would have lost access lately: expected fewer than ${threshold}. Security can suspend more.`,
  );
}

export const handler = serveApi(ROUTE, () => {
  const holds = dynamoHoldStore();
  return suspendIdentity({ ...liveApiDependencies(), guard: { settings: deployedGuardSettings(), holds } });
});
