// When to look again at a removal whose execution waits: for people, who wake it when they have done their task, or for
// what outlasts it, which ends by itself. What can be foreseen has a time; the hour is for an execution that died.
import type { IdentityRecord } from '../access/identity-record.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { nextCheckWhenSettled } from '../identity/next-check.ts';
import type { IdentityState, Timeline } from '../identity/timeline.ts';
import { deletionDueMs } from './retention.ts';

const LOOK_MS = 3_600_000;

/** Epoch ms, later than `nowMs`. */
export function nextLookWhileWaiting(
  { header, accounts }: IdentityRecord,
  timeline: Timeline,
  dueDeletionsMs: readonly number[],
  nowMs: number,
): number {
  const foreseenMs = [
    header.removal?.waitsUntilMs,
    nextCheckWhenSettled(timeline, nowMs),
    ...accounts.map(({ doubtUntilMs }) => doubtUntilMs),
    ...dueDeletionsMs,
  ];
  return Math.min(nowMs + LOOK_MS, ...foreseenMs.filter((atMs) => atMs !== undefined).filter((atMs) => atMs > nowMs));
}

/** When accounts that are kept for a while are, or were, to be deleted (epoch ms). */
export function dueDeletionsMs(
  { accounts, facts }: IdentityRecord,
  state: IdentityState,
  { applications }: AccessModel,
): readonly number[] {
  return accounts.flatMap(({ applicationId, account }) => {
    const application = account && applications.find(({ id }) => id === applicationId);
    return (application && deletionDueMs(application, state, facts)) ?? [];
  });
}
