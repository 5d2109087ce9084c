// The root user or a break-glass account is nobody’s own: it is used in an emergency that somebody has declared, or by a thief.
import type { Detection } from '../detection.ts';
import { iso } from '../judging.ts';
import { isBreakGlass } from '../open-emergency.ts';

export const breakGlassWithoutGrant: Detection = {
  id: 'break-glass-without-grant',
  title: 'A root or break-glass account was used without an open emergency grant',
  severity: 'critical',
  window: 'the emergency grants open at that time',
  joins: ['emergency grants (break-glass)', 'accounts named as break-glass'],
  response: { people: 'alert', nonHuman: 'alert' },
  runbook: 'break-glass-used',
  judge(record, { openBreakGlass, settings }) {
    if (!isBreakGlass(record, settings) || openBreakGlass) return undefined;
    const failed = record.outcome === 'failure';
    // What fails otherwise than by being let in tells of no more than that somebody is in.
    if (failed && record.action !== 'sign-in') return undefined;
    return {
      about: 'actor',
      severity: failed ? 'medium' : 'critical',
      because: `It was ${failed ? 'tried' : 'used'} at ${iso(record.timeMs)}, and nobody held an open emergency grant then.`,
      evidence: { operation: record.operation, openGrants: 0 },
      subject: failed ? 'tried' : undefined,
    };
  },
};
