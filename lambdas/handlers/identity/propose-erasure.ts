// Somebody asks that all that is known of an identity is destroyed. Nobody decides that alone, and nothing about it must
// outlive it: the hold in which it waits has an id at random, and the proposal is on record about the identity itself.
import { identityRoutes } from '../../api/identities.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { ConflictError } from '../../core/errors.ts';
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';
import { DAY_MS, type ErasureSettings, erasureSchema } from '../../core/removal/erasure.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold, HoldStore } from '../../stores/holds/hold-store.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { judgeErasure, listHolds } from '../shared/judge-erasure.ts';
import { requirePerson, requireUninvolved } from '../shared/require-uninvolved.ts';

export interface ProposeErasureDependencies extends ApiDependencies {
  readonly holds: HoldStore;
  readonly erasure: ErasureSettings;
}

const ROUTE = identityRoutes['propose-erasure'];

export const proposeErasure = answerOperator(
  ROUTE,
  async (dependencies: ProposeErasureDependencies, { operator, parameters }) => {
    const proposerId = await requirePerson(dependencies, operator);
    const loaded = await requireIdentity(dependencies, parameters.id);
    const { identityId } = loaded.record.header;
    await requireUninvolved(dependencies, operator, [identityId]);
    const refusal = await judgeErasure(dependencies, loaded);
    if (refusal !== undefined) throw new ConflictError(`It cannot be erased as things are. ${refusal.reason}`);
    const hold =
      (await findProposed(dependencies, identityId)) ?? (await open(dependencies, identityId, operator, proposerId));
    const { holdId, erasure } = hold;
    const body = { identityId, holdId, delayDays: Math.round((erasure?.delayMs ?? 0) / DAY_MS) };
    return { status: 202, body, log: { holdId } };
  },
);

async function findProposed({ holds }: ProposeErasureDependencies, identityId: string): Promise<Hold | undefined> {
  const undecided = await listHolds(holds, ['open', 'releasing']);
  return undecided.find(({ erasure }) => erasure?.identityId === identityId);
}

async function open(
  { holds, clock, newId, erasure: { delayDays } }: ProposeErasureDependencies,
  identityId: string,
  { id: proposedBy }: Operator,
  proposerId: string,
): Promise<Hold> {
  const openedMs = clock();
  const hold: Hold = {
    holdId: `${toIso(openedMs).slice(0, 16).replaceAll(/[-:]/g, '')}.erasure.${newId()}`,
    source: OWN_SOURCE,
    openedMs,
    reason: { rule: 'erasure', count: 1, threshold: 1 },
    status: 'open',
    alerted: true,
    erasure: { identityId, proposerId, proposedBy, delayMs: delayDays * DAY_MS },
  };
  const entry: AuditEntry = {
    identityId,
    entryId: `erasure-proposed:${hold.holdId}`,
    at: toIso(openedMs),
    actor: { type: 'operator', id: proposedBy },
    event: { type: 'erasure-proposed', holdId: hold.holdId },
  };
  return await holds.openHold(hold, [entry]);
}

export const handler = serveApi(ROUTE, () => {
  const erasure = erasureSchema.parse(JSON.parse(fromEnvironment('erasure')));
  return proposeErasure({ ...liveApiDependencies(), holds: dynamoHoldStore(), erasure });
});
