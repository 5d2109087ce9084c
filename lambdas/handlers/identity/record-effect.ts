// Recording that an instant of a timeline has been reached.

import { correlationAt } from '../../core/audit/correlation.ts';
import { RetryableError } from '../../core/errors.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { nextCheckAfterFact } from '../../core/identity/next-check.ts';
import { toIso } from '../../core/moment.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';

const TRIES = 5;

/** Nothing is recorded when the timeline no longer changes at that instant: what was planned then was taken back. */
export async function recordEffect(dependencies: Dependencies, identityId: string, instantMs: number): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const loaded = await findIdentity(dependencies, identityId, { judgedMs: instantMs });
    if (loaded === undefined) return;
    const { record, timeline, nowMs } = loaded;
    if (!timeline.changes.some(({ atMs }) => atMs === instantMs)) return;
    const { version, epoch } = record.header;
    const instant = toIso(instantMs);
    const outcome = await dependencies.facts.recordEffect({
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
          actor: { type: 'tenure', id: 'take-effect' },
          trigger: `instant:${instant}`,
          correlation: correlationAt(timeline, instantMs),
          version: version + 1,
          epoch,
          event: { type: 'took-effect', instant },
        },
      ],
    });
    if (outcome !== 'version-changed') return;
  }
  throw new RetryableError(`the version of ${identityId} kept changing`);
}
