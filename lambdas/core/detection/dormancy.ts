// Which accounts of service accounts, integrations and AI agents nobody uses any more, and which of those are used again. Only
// what some system told the use of is judged: that nothing is known of an account's use does not say that it has none.
import type { AuditEntry } from '../audit/audit.ts';
import { toIso } from '../moment.ts';
import type { ActivityMemory } from './memory.ts';

export interface Watched {
  readonly identityId: string;
  readonly kind: string;
  /** Those in which it is to have an account. */
  readonly applications: readonly string[];
}

export interface Dormancy {
  /** With what was told of it. */
  readonly memory: ActivityMemory;
  readonly audit: readonly AuditEntry[];
}

/** @returns undefined: there is nothing new to tell */
export function dormancyOf(
  memory: ActivityMemory,
  { identityId, kind, applications }: Watched,
  { dormantMs, nowMs }: { readonly dormantMs: number; readonly nowMs: number },
): Dormancy | undefined {
  const before = memory.dormant ?? {};
  const dormant: Record<string, number> = {};
  const audit: AuditEntry[] = [];
  const tell = (type: string, event: AuditEntry['event'], lastMs: number) =>
    audit.push({
      identityId,
      entryId: `${type}:${'applicationId' in event ? event.applicationId : ''}:${lastMs}`,
      at: toIso(nowMs),
      actor: { type: 'tenure', id: 'find-dormant' },
      event,
    });
  for (const applicationId of [...new Set(applications)].sort()) {
    const lastMs = Object.hasOwn(memory.applications, applicationId) ? memory.applications[applicationId] : undefined;
    const toldMs = Object.hasOwn(before, applicationId) ? before[applicationId] : undefined;
    if (lastMs === undefined) continue;
    const isDormant = nowMs - lastMs >= dormantMs;
    if (isDormant) dormant[applicationId] = lastMs;
    if (isDormant && toldMs !== lastMs) {
      const lastActiveOn = toIso(lastMs).slice(0, 'YYYY-MM-DD'.length);
      tell('account-dormant', { type: 'account-dormant', applicationId, kind, lastActiveOn }, lastMs);
    }
    if (!isDormant && toldMs !== undefined) tell('account-active', { type: 'account-active', applicationId }, lastMs);
  }
  const isSame = Object.keys(before).length === Object.keys(dormant).length && audit.length === 0;
  return isSame ? undefined : { memory: { ...memory, dormant }, audit };
}
