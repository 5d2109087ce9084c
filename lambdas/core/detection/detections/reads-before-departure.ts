// Whoever is known to be leaving reads far more than they ever do.
import type { Detection } from '../detection.ts';
import { DAY_MS, identityIn, isDone, isMachine, iso } from '../judging.ts';
import { readsUntil, usualPeak } from '../memory.ts';

/** So many times what was the most in an hour on the middle one of the days before. */
const TIMES_USUAL = 5;

export const readsBeforeDeparture: Detection = {
  id: 'reads-before-departure',
  title: 'Far more than usual was read by somebody who is about to leave',
  severity: 'high',
  window: 'an hour, against the 30 days before; departures within 30 days (departureNoticeDays)',
  joins: ['departure to come, as far as HR has said', 'reads remembered of the identity'],
  response: { people: 'alert', nonHuman: 'record' },
  runbook: 'unusual-use',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity === undefined || record.action !== 'read' || !isDone(record) || record.clockDoubted === true)
      return undefined;
    const { endsMs, memory } = identity;
    if (endsMs === undefined || isMachine(identity) || endsMs - record.timeMs > settings.departureNoticeDays * DAY_MS)
      return undefined;
    const reads = readsUntil(memory, record.timeMs) + (record.reads ?? 1);
    const usual = usualPeak(memory, record.timeMs);
    // Who never read so that one could tell what is usual is held to the least alone.
    if (reads < settings.burstReads || (usual !== undefined && reads < usual * TIMES_USUAL)) return undefined;
    return {
      about: 'actor',
      anywhere: true,
      because: `It read ${reads} things within an hour, ${usual === undefined ? 'with nothing to compare' : `at most ${usual} on a usual day`}, and leaves at ${iso(endsMs)}.`,
      evidence: { reads, ...(usual !== undefined && { usualPeak: usual }), leavesAt: iso(endsMs) },
    };
  },
};
