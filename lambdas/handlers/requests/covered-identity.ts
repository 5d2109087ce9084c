// Whom a request covers, as they are now; and the end of a cover whose one no longer holds what it copies.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { type AccessEndedFact, ownFactBase } from '../../core/identity/facts.ts';
import type { TimedGrant } from '../../core/identity/timed-grants.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { Asked } from '../../core/requests/asking.ts';
import { type Covered, heldUntilMs, whyNotCovered } from '../../core/requests/cover.ts';
import { requestsIn } from '../../core/requests/request-state.ts';
import type { StatedFact } from '../shared/append-fact.ts';
import { findWhereItCounts, type LoadedIdentity, type LoadingDependencies } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import type { RequestDependencies } from './load-request.ts';

export type CoverDependencies = LoadingDependencies & { readonly model: () => AccessModel };

/** Why it cannot be given as a cover, and until when it can, at most (epoch ms). Neither: it covers nobody. */
export async function judgeCover(
  dependencies: CoverDependencies,
  { record }: LoadedIdentity,
  asked: Asked,
  covers: string | undefined,
): Promise<{ readonly refusal?: string | undefined; readonly untilMs?: number | undefined }> {
  if (covers === undefined) return {};
  const covered = await coveredBy(dependencies, covers);
  if (covered === undefined) return { refusal: 'Who is to be covered is not known.' };
  const refusal = whyNotCovered(asked, record.header.identityId, covered, dependencies.model());
  return { refusal, untilMs: heldUntilMs(asked.entitlement, covered, dependencies.model()) };
}

async function coveredBy(dependencies: CoverDependencies, covers: string): Promise<Covered | undefined> {
  const loaded = await findWhereItCounts(dependencies, covers);
  if (loaded === undefined) return undefined;
  const { record, timeline, nowMs } = loaded;
  return { identityId: record.header.identityId, timeline, nowMs };
}

/** Ends, or brings forward the end of, what somebody holds as a cover, as far as whom it covers no longer holds it. */
export async function endCovers(dependencies: RequestDependencies, identityId: string): Promise<void> {
  await recordOnVersion(dependencies, identityId, async (loaded) => {
    const ends = await Promise.all(coversIn(loaded).map((grant) => endOf(dependencies, loaded, grant)));
    return ends.filter((one) => one !== undefined);
  });
}

/** What it holds as a cover, now or at a time to come. */
export function coversIn({ state, timeline, nowMs }: LoadedIdentity): readonly TimedGrant[] {
  const later = timeline.changes.flatMap((change) => (change.atMs > nowMs ? [change.state] : []));
  const grants = [state, ...later].flatMap((one) => (isEmployed(one) ? (one.grants ?? []) : []));
  return [...new Map(grants.map((one) => [one.factId, one])).values()].filter(({ basis }) => basis === 'cover');
}

async function endOf(
  dependencies: RequestDependencies,
  { record, timeline, nowMs }: LoadedIdentity,
  { entitlement, requestId, factId, untilMs = Number.POSITIVE_INFINITY }: TimedGrant,
): Promise<StatedFact | undefined> {
  const { covers } = requestsIn(timeline.facts, nowMs).find(({ asked }) => asked.requestId === requestId)?.asked ?? {};
  if (covers === undefined) return undefined;
  const covered = await coveredBy(dependencies, covers);
  const endsMs = Math.max(nowMs, (covered && heldUntilMs(entitlement, covered, dependencies.model())) ?? nowMs);
  if (endsMs >= untilMs) return undefined;
  const fact: AccessEndedFact = {
    ...ownFactBase(record.header.identityId, `ended/${requestId}/covered/${endsMs}`, nowMs),
    type: 'access-ended',
    ends: factId,
    endsMs,
    // Whose right it was.
    endedBy: covers,
  };
  const payloadHash = sha256Hex(canonicalJson({ requestId, covers, endsMs }));
  return { fact, payloadHash, actor: { type: 'tenure', id: 'tell-of-requests' } };
}
