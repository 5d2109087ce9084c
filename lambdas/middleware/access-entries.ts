// What operators read of people, and who was refused, as audit entries: one for each minute, so that neither a
// console that looks every second nor an attacker fills the log.
import type { AuditEntry, AuditEvent, RefusedProblem } from '../core/audit/audit.ts';
import { type AuditSubject, auditKeyOf, DEPLOYMENT } from '../core/audit/subject.ts';
import { canonicalJson, sha256Hex } from '../core/canonical-json.ts';
import { RetryableError } from '../core/errors.ts';
import { toIso } from '../core/moment.ts';
import type { AuditStore } from '../stores/audit/audit-store.ts';

export interface AuditingDependencies {
  readonly audit: Pick<AuditStore, 'append'>;
  readonly clock: () => number;
}

const MINUTE_MS = 60_000;
/** Entries of one minute that a function remembers: a thousand operators who look at a page of a hundred each. */
const MAXIMUM_REMEMBERED = 100_000;

/** What of the last minute is on record already, put there by whoever has this: it need not be put there again. */
export class OnRecord {
  #at = '';
  readonly #keys = new Set<string>();

  lacking(entries: readonly AuditEntry[]): readonly AuditEntry[] {
    return entries.filter((entry) => entry.at !== this.#at || !this.#keys.has(keyOf(entry)));
  }

  add(entries: readonly AuditEntry[]): void {
    for (const entry of entries) {
      if (entry.at !== this.#at || this.#keys.size >= MAXIMUM_REMEMBERED) this.#keys.clear();
      this.#at = entry.at;
      this.#keys.add(keyOf(entry));
    }
  }
}

function keyOf({ identityId, entryId }: AuditEntry): string {
  return JSON.stringify([identityId, entryId]);
}

/** Throws RetryableError when it cannot be put on record. */
export async function auditReads(
  { audit, clock }: AuditingDependencies,
  operation: string,
  operatorId: string,
  { shown, onRecord }: { readonly shown: readonly string[]; readonly onRecord: OnRecord },
): Promise<void> {
  const event = { type: 'personal-data-read', operation } as const;
  const nowMs = clock();
  const entries = onRecord.lacking([...new Set(shown)].map((key) => entryOf(key, event, operatorId, nowMs)));
  try {
    await audit.append(entries);
  } catch (error) {
    throw new RetryableError('what was read could not be put on record', { cause: error });
  }
  onRecord.add(entries);
}

/** Of what somebody ran over the lake. Throws RetryableError when it cannot be put on record. */
export async function auditQuery(
  { audit }: Pick<AuditingDependencies, 'audit'>,
  operatorId: string,
  atMs: number,
  event: Extract<AuditEvent, { readonly type: 'audit-query-run' }>,
): Promise<void> {
  const identityId = auditKeyOf({ kind: 'operator', id: operatorId });
  const entryId = `${event.type}:${event.executionId}`;
  try {
    await audit.append([{ identityId, entryId, at: toIso(atMs), actor: { type: 'operator', id: operatorId }, event }]);
  } catch (error) {
    throw new RetryableError('what was asked could not be put on record', { cause: error });
  }
}

/** The refusal stands, whether or not it can be put on record. */
export async function auditDenial(
  { audit, clock }: AuditingDependencies,
  operation: string,
  operatorId: string | undefined,
): Promise<void> {
  const isKnown = operatorId !== undefined;
  const event = { type: isKnown ? 'access-denied' : 'authentication-failed', operation } as const;
  const about = isKnown ? ({ kind: 'operator', id: operatorId } as const) : DEPLOYMENT;
  try {
    await audit.append([entryOf(auditKeyOf(about), event, operatorId, clock())]);
  } catch {
    // It is in the function's log line all the same, by its status.
  }
}

export interface Refusal {
  readonly problem: RefusedProblem;
  /** A sentence of ours. */
  readonly reason: string;
  readonly request?: string | undefined;
}

/**
 * Of somebody who may ask, by what they asked; undefined: of nobody knows whom. The refusal stands, whether or not it can be
 * put on record.
 */
export async function auditRefusal(
  { audit, clock }: AuditingDependencies,
  operation: string,
  operatorId: string | undefined,
  { problem, reason, request }: Refusal,
): Promise<void> {
  const event = { type: 'operation-refused', operation, problem, reason, ...(request && { request }) } as const;
  const about = operatorId === undefined ? DEPLOYMENT : ({ kind: 'operator', id: operatorId } as const);
  const entry = entryOf(auditKeyOf(about), event, operatorId, clock());
  // Another reason within the minute is another entry.
  const entryId = `${entry.entryId}:${sha256Hex(canonicalJson(event))}`;
  try {
    await audit.append([{ ...entry, entryId }]);
  } catch {
    // As above.
  }
}

/** Of whom it says it is. The refusal stands, whether or not it can be put on record. */
export async function auditFailedAuthentication(
  { audit, clock }: AuditingDependencies,
  operation: string,
  about: AuditSubject,
): Promise<void> {
  const event = { type: 'authentication-failed', operation } as const;
  try {
    await audit.append([entryOf(auditKeyOf(about), event, undefined, clock())]);
  } catch {
    // As above.
  }
}

function entryOf(identityId: string, event: AuditEvent, operatorId: string | undefined, nowMs: number): AuditEntry {
  const { type, operation } = event as AuditEvent & { readonly operation: string };
  return {
    identityId,
    entryId: `${type}:${operation}:${operatorId ?? ''}`,
    at: toIso(Math.floor(nowMs / MINUTE_MS) * MINUTE_MS),
    actor: operatorId === undefined ? { type: 'unknown', id: '' } : { type: 'operator', id: operatorId },
    event,
  };
}
