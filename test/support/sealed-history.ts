// What happened in stores in memory as the log that would have been sealed of it, by the code that seals.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { encodeLogEntry, type LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { redactWith } from '../../lambdas/handlers/audit/redact-entries.ts';
import type { SubjectStore } from '../../lambdas/stores/subjects/subject-store.ts';
import { memoryLog } from './memory-log.ts';
import type { MemoryStores } from './memory-stores.ts';

export interface SealedHistory {
  readonly entries: readonly { readonly entry: LogEntry; readonly detail?: Uint8Array | undefined }[];
  readonly leaves: readonly Uint8Array[];
}

/** @param without entries that are sealed as an earlier version did, without their facts */
export async function sealedHistory(
  stores: Pick<MemoryStores, 'audit' | 'facts'>,
  subjects: SubjectStore,
  without: (entry: AuditEntry) => boolean = () => false,
): Promise<SealedHistory> {
  const all: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await stores.audit.listAll({ limit: 100, after });
    all.push(...items);
    after = next;
  } while (after !== undefined);
  all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : (a.version ?? 0) - (b.version ?? 0)));
  const warn = (message: string, error: unknown) => {
    throw new Error(message, { cause: error });
  };
  const redacting = redactWith({ subjects, facts: stores.facts, log: memoryLog(), warn });
  const told = all.map((entry) => (without(entry) ? asBefore(entry) : entry));
  const redact = await redacting(told);
  const counts = new Map<string, number>();
  const entries = told.flatMap((entry) => {
    const { subject } = redact(entry, 0)?.entry ?? {};
    if (subject === undefined) return [];
    const key = `${subject.kind}#${subject.id}`;
    const sequence = counts.get(key) ?? 0;
    counts.set(key, sequence + 1);
    return redact(entry, sequence) ?? [];
  });
  return { entries, leaves: entries.map(({ entry }) => encodeLogEntry(entry)) };
}

function asBefore(entry: AuditEntry): AuditEntry {
  const {
    recordedMs: _recordedMs,
    factHash: _factHash,
    ...event
  } = entry.event as AuditEntry['event'] & {
    readonly type: 'fact-recorded';
  };
  return { ...entry, event };
}
