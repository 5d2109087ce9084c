// Somebody’s second factor was reset by another, and soon after they got a grant, a key or a new factor: how a help desk that
// was talked into it lets a stranger in. The two may be told in either order.
import type { Detection, Severity } from '../detection.ts';
import { concerned, HOUR_MS, isDone, isOneself, isOwnDoing, iso } from '../judging.ts';

export const factorResetThenGain: Detection = {
  id: 'factor-reset-then-gain',
  title: 'A second factor was reset, and something was gained soon after',
  severity: 'medium',
  window: '24 hours either way (resetWindowHours)',
  joins: ['resets and gains remembered of the identity'],
  response: { people: 'ask', nonHuman: 'alert' },
  runbook: 'credentials-changed',
  judge(record, context) {
    const { about, identity } = concerned(context);
    const memory = identity?.memory;
    if (memory === undefined || !isDone(record) || record.clockDoubted === true) return undefined;
    if (isOwnDoing(record, context.settings)) return undefined;
    const windowMs = context.settings.resetWindowHours * HOUR_MS;
    const found = (resetMs: number, gainMs: number, what: string) => {
      const severity: Severity = what === 'factor' ? 'medium' : 'high';
      const evidence = { resetAt: iso(resetMs), gainedAt: iso(gainMs), gained: what };
      return {
        about,
        severity,
        because: `Its factors were reset at ${iso(resetMs)}, and a ${what} came at ${iso(gainMs)}.`,
        evidence,
        anywhere: true as const,
      };
    };
    const isAfter = (resetMs: number, gainMs: number) => gainMs >= resetMs && gainMs - resetMs <= windowMs;
    const gained =
      record.action === 'grant'
        ? 'grant'
        : record.action === 'factor-add'
          ? 'factor'
          : record.action === 'key-create'
            ? 'key'
            : undefined;
    if (gained !== undefined) {
      const resetMs = memory.resets.findLast((atMs) => isAfter(atMs, record.timeMs));
      return resetMs === undefined ? undefined : found(resetMs, record.timeMs, gained);
    }
    if (record.action !== 'factor-reset' || (about === 'target' && isOneself(record, context))) return undefined;
    const gain = memory.gains.find(({ atMs }) => isAfter(record.timeMs, atMs));
    return gain === undefined ? undefined : found(record.timeMs, gain.atMs, gain.what);
  },
};
