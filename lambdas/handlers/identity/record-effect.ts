// Recording that an instant of a timeline has been reached.

import { RetryableError } from '../../core/errors.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { judgingTimeMs } from '../../core/identity/judging-time.ts';
import { nextCheckAfterFact } from '../../core/identity/next-check.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import type { Dependencies } from '../shared/dependencies.ts';

const TRIES = 5;

/** Nothing is recorded when the timeline no longer changes at that instant: what was planned then was taken back. */
export async function recordEffect(
  { identities, clock }: Dependencies,
  identityId: string,
  instantMs: number,
): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const record = await identities.load(identityId);
    if (record === undefined) return;
    const timeline = buildTimeline(record.facts);
    if (!timeline.changes.some(({ atMs }) => atMs === instantMs)) return;
    const nowMs = Math.max(judgingTimeMs(clock(), record.header), instantMs);
    const { version, epoch } = record.header;
    const instant = toIso(instantMs);
    const outcome = await identities.recordEffect({
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
