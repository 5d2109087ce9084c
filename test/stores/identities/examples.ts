// What the contract of the identity stores is tried with: each test begins with empty stores.
import type { AccountRecord } from '../../../lambdas/core/access/account-record.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import type { IdentitySummary } from '../../../lambdas/core/identity/identity-summary.ts';
import type { Certificate } from '../../../lambdas/core/removal/certificate.ts';
import type { AuditStore } from '../../../lambdas/stores/audit/audit-store.ts';
import type { RecordFact } from '../../../lambdas/stores/facts/fact-store.ts';
import type { IdentityStores } from '../../../lambdas/stores/identity-stores.ts';
import type { Page } from '../../../lambdas/stores/page.ts';
import { joiner } from '../../support/facts.ts';

export interface AuditedStores extends IdentityStores {
  readonly audit: AuditStore;
}

/** New stores, with nothing in them. */
export type OpenStores = () => Promise<AuditedStores>;

export const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
export const SUMMARY: IdentitySummary = { status: 'active', kind: 'employee', title: 'Engineer' };

export function factOf(identityId: string, changes: Partial<Pick<Fact, 'held' | 'recordedMs'>> = {}): Fact {
  return { ...joiner('2026-11-01T00:00:00Z'), identityId, ...changes };
}

/** The write of a fact about somebody of whom nothing is known, unless told otherwise. */
export function recording(fact: Fact, changes: Partial<RecordFact> = {}): RecordFact {
  return {
    fact,
    expectedVersion: 0,
    payloadHash: `hash of ${fact.sourceEventId}`,
    summary: SUMMARY,
    nowMs: NOW_MS,
    nextCheckMs: NOW_MS + 60_000,
    audit: [],
    ...changes,
  };
}

/** Makes an identity known, at version 1. */
export async function know(
  { facts }: AuditedStores,
  identityId: string,
  changes: Partial<RecordFact> = {},
): Promise<void> {
  const outcome = await facts.recordFact(recording(factOf(identityId), changes));
  if (outcome !== 'recorded') throw new Error(`${identityId} was not recorded: ${outcome}`);
}

/** Takes the lease of an identity that is known; its epoch. */
export async function lease({ leases }: AuditedStores, identityId: string, holder = 'pass'): Promise<number> {
  const header = await leases.acquireLease({ identityId, holder, ...LEASED });
  if (header === undefined) throw new Error(`the lease of ${identityId} was not to be had`);
  return header.epoch;
}

export const LEASED = { nowMs: NOW_MS, expiresMs: NOW_MS + 90_000, nextCheckMs: NOW_MS + 100_000 };

export function entryOf(identityId: string, entryId = 'entry', at = '2026-11-23T12:00:00.000Z'): AuditEntry {
  const event = { type: 'took-effect', instant: at } as const;
  return { identityId, entryId, at, actor: { type: 'tenure', id: 'test' }, event };
}

export function accountOf(changes: Partial<AccountRecord> = {}): AccountRecord {
  const account = { accountId: 'u-1', userName: 'ada', enabled: true, grants: ['everyone'] };
  return { applicationId: 'chat', account, readMs: NOW_MS, revision: 1, ...changes };
}

export function taskOf(identityId: string, name = '0', changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    taskId: `${identityId}~vpn~${name.padStart(12, '0')}`,
    identityId,
    applicationId: 'vpn',
    status: 'open',
    steps: [{ action: 'create-account' }],
    assignee: 'it',
    instructions: 'by hand',
    openedMs: NOW_MS,
    dueMs: NOW_MS + 3_600_000,
    ...changes,
  };
}

export function certificateOf(identityId: string, provenAt: string, version = 1): Certificate {
  return {
    certificateId: `${identityId}.${version}`,
    identityId,
    version,
    acceptedAt: provenAt,
    departedAt: provenAt,
    startedAt: provenAt,
    provenAt,
    lastAccessAt: undefined,
    applications: [],
    handedOver: [],
    attestations: [],
  };
}

/** All that is kept of these identities and their entries: the same before and after a write that was refused. */
export async function kept({ directory, audit, tasks }: AuditedStores, ...identityIds: string[]): Promise<unknown> {
  const all = identityIds.map(async (identityId) => ({
    record: await directory.load(identityId),
    entries: (await audit.list(identityId, { limit: 100 })).items,
    tokens: await tasks.listWaitingTokens(identityId),
  }));
  return Promise.all(all);
}

/** The pages of a listing, less an empty one at the end. */
export async function pagesOf<Item>(
  read: (after: string | undefined) => Promise<Page<Item>>,
): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    if (page.items.length > 0 || page.next !== undefined) pages.push(page.items);
    after = page.next;
    if (pages.length > 100) throw new Error('the listing does not end');
  } while (after !== undefined);
  return pages;
}

/** So many names of 256 characters, as directories call their groups: 1.3 MB of them for 5,000. */
export function namesOf(count: number): readonly string[] {
  const units = ['finance', 'ledger', 'reporting', 'production', 'warehouse', 'contractors', 'emea'];
  return Array.from({ length: count }, (_, index) => {
    const path = Array.from(
      { length: 24 },
      (_unit, place) => `OU=${units[(index * 31 + place * index) % units.length]}`,
    );
    return `CN=app-${String(index).padStart(5, '0')},${path.join(',')}`.padEnd(256, '-').slice(0, 256);
  });
}
