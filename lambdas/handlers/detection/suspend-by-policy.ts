// Suspending as a detection's policy says: the fact by which operators suspend in an emergency, so that the same converging
// locks out and the same resuming lets in again. Who has left is locked out once more. The mass-error guard stands above it: a
// source that lies about everybody locks out no company.
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { type Alert, isUnknownSubject, type TakenResponse } from '../../core/detection/alert.ts';
import { type AccessSuspendedFact, factIdOf, OWN_SOURCE, ownFactBase } from '../../core/identity/facts.ts';
import { MAXIMUM_FACTS } from '../../core/identity/history-bound.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { EventBus } from '../../stores/event-bus.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { type JudgeDependencies, reasonNotToSuspend } from '../shared/judge-losses.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';

export type SuspendingDependencies = Pick<Dependencies, 'facts' | 'directory' | 'clock'> &
  JudgeDependencies & { readonly bus: EventBus };

const MAXIMUM_REASON = 500;

export async function suspendByPolicy(dependencies: SuspendingDependencies, alert: Alert): Promise<TakenResponse> {
  const { clock, bus } = dependencies;
  const not = (detail: string): TakenResponse => ({ kind: 'not-suspended', atMs: clock(), detail });
  if (isUnknownSubject(alert.subjectId)) return not('It is about nobody whom Tenure knows.');
  const loaded = await findWhereItCounts(dependencies, alert.subjectId);
  if (loaded === undefined) return not('What was known of it is erased.');
  const { record, state } = loaded;
  const { identityId, version } = record.header;
  if (!isEmployed(state)) {
    await bus.publish('leaver', { identityId, version, trigger: `alert:${alert.alertId}` });
    return { kind: 'locked-down', atMs: clock() };
  }
  const sourceEventId = `suspended/${alert.alertId}/${alert.raised}`;
  const factId = factIdOf(OWN_SOURCE, sourceEventId);
  const suspended = (): TakenResponse => ({ kind: 'suspended', atMs: clock(), detail: factId });
  if (isSaid(loaded, factId)) return suspended();
  if (state.status === 'active') {
    const refusal = await reasonNotToSuspend(dependencies, record.header);
    if (refusal !== undefined) {
      return not(
        `${refusal.count} identities would have lost access lately: at ${refusal.threshold} the mass-error guard leaves it to a person.`,
      );
    }
  }
  if (loaded.timeline.facts.length >= MAXIMUM_FACTS) return not('Its history is as long as it may be.');
  await recordOnVersion(dependencies, identityId, async (current) => {
    if (isSaid(current, factId) || !isEmployed(current.state)) return [];
    const fact: AccessSuspendedFact = {
      ...ownFactBase(current.record.header.identityId, sourceEventId, current.nowMs),
      type: 'access-suspended',
      suspendedBy: OWN_SOURCE,
      suspendedAs: 'security',
      reason: `${alert.detection}: ${alert.because}`.slice(0, MAXIMUM_REASON),
    };
    const actor = { type: 'tenure', id: 'answer-alerts' } as const;
    return [{ fact, payloadHash: sha256Hex(canonicalJson(fact)), actor }];
  });
  return suspended();
}

/** By security, or by this very alert: nothing would be added. */
function isSaid({ timeline }: LoadedIdentity, factId: string): boolean {
  return (
    timeline.suspensions.some(({ suspendedAs }) => suspendedAs === 'security') ||
    timeline.facts.some((fact) => fact.factId === factId)
  );
}
