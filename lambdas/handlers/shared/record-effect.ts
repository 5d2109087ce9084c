// Recording that an instant of a timeline has been reached.
import { correlationAt } from '../../core/audit/correlation.ts';
import { RetryableError } from '../../core/errors.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { nextCheckAfterFact } from '../../core/identity/next-check.ts';
import { toIso } from '../../core/moment.ts';
import type { RecordEffect } from '../../stores/facts/fact-store.ts';
import type { Dependencies } from './dependencies.ts';
import { findIdentity, type LoadedIdentity } from './load-identity.ts';

const TRIES = 5;

/** Nothing is recorded when the timeline no longer changes at that instant: what was planned then was taken back. */
export async function recordEffect(dependencies: Dependencies, identityId: string, instantMs: number): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const loaded = await findIdentity(dependencies, identityId, { judgedMs: instantMs });
    if (loaded === undefined) return;
    if (!loaded.timeline.changes.some(({ atMs }) => atMs === instantMs)) return;
    const by = { actorId: 'take-effect', trigger: `instant:${toIso(instantMs)}`, correlatedMs: instantMs };
    const outcome = await dependencies.facts.recordEffect(effectOn(loaded, instantMs, by));
    if (outcome !== 'version-changed') return;
  }
  throw new RetryableError(`the version of ${identityId} kept changing`);
}

/** That something took effect on an identity: its version rises, so that no pass settles by what was before. */
export function effectOn(
  { record, timeline, nowMs }: Pick<LoadedIdentity, 'record' | 'timeline' | 'nowMs'>,
  instantMs: number,
  { actorId, trigger, correlatedMs }: { actorId: string; trigger: string; correlatedMs: number },
): RecordEffect {
  const { identityId, version, epoch } = record.header;
  const instant = toIso(instantMs);
  return {
    identityId,
    instantMs,
    expectedVersion: version,
    summary: summaryAt(identityId, timeline, nowMs),
    nowMs,
    nextCheckMs: nextCheckAfterFact(nowMs),
    audit: [
      {
        identityId,
        entryId: `took-effect:${instant}`,
        at: toIso(nowMs),
        actor: { type: 'tenure', id: actorId },
        trigger,
        correlation: correlationAt(timeline, correlatedMs),
        version: version + 1,
        epoch,
        event: { type: 'took-effect', instant },
      },
    ],
  };
}
