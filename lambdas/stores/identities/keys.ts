// Where things lie in the identities table. An identity's partition is its id, with the sort keys HEADER, FACT#, EFFECT#,
// ACCOUNT#, TASK#, WAITING# and, where somebody was erased, ERASED. EVENT#, SPELLING#, ADDRESS# and CERTIFICATE# have partitions of their own.
import { sha256Hex } from '../../core/canonical-json.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';

export interface IdentityIndex {
  readonly indexName: string;
  readonly partitionKey: string;
  readonly sortKey?: { readonly name: string; readonly type: 'string' | 'number' };
  /** @default all attributes */
  readonly keysOnly?: true;
}

/** Sparse: each holds only the items that carry its partition key. */
export const IDENTITY_INDEXES = {
  directory: { indexName: 'directory', partitionKey: 'directoryId' },
  byManager: {
    indexName: 'by-manager',
    partitionKey: 'managerId',
    sortKey: { name: 'directoryId', type: 'string' },
  },
  byOwner: { indexName: 'by-owner', partitionKey: 'ownerId', sortKey: { name: 'directoryId', type: 'string' } },
  nextCheck: {
    indexName: 'next-check',
    partitionKey: 'nextCheckShard',
    sortKey: { name: 'nextCheckMs', type: 'number' },
  },
  tasks: { indexName: 'tasks', partitionKey: 'taskStatus', sortKey: { name: 'dueMs', type: 'number' } },
  certificates: {
    indexName: 'certificates',
    partitionKey: 'certificateMonth',
    sortKey: { name: 'provenAt', type: 'string' },
  },
  events: { indexName: 'events', partitionKey: 'eventShard', sortKey: { name: 'eventOrder', type: 'string' } },
  lookup: { indexName: 'lookup', partitionKey: 'lookupKey', keysOnly: true },
} as const satisfies Readonly<Record<string, IdentityIndex>>;

export const HEADER = 'HEADER';
export const WAITING = 'WAITING';
export const ERASED = 'ERASED';
/** Spreads the sweep's index, and that of events: 16 partitions take 16,000 writes a second. */
export const NEXT_CHECK_SHARDS: readonly string[] = [...'0123456789abcdef'];

export function headerKey(identityId: string) {
  return { pk: identityId, sk: HEADER };
}

/** Sorts between the others, where no query for a part of the partition reaches it. */
export function erasedKey(identityId: string) {
  return { pk: identityId, sk: ERASED };
}

export function accountKey(identityId: string, applicationId: string) {
  return { pk: identityId, sk: `ACCOUNT#${applicationId}` };
}

/** In the order in which its facts were recorded. */
export function factKey({ identityId, recordedMs, factId }: Pick<Fact, 'identityId' | 'recordedMs' | 'factId'>) {
  return { pk: identityId, sk: `FACT#${toIso(recordedMs)}#${factId}` };
}

export function eventKey(source: string, sourceEventId: string) {
  return { pk: `EVENT#${source}#${sourceEventId}`, sk: 'EVENT' };
}

/** Where it is among the events of its source. The id is hashed: a key of an index is shorter than ids may be. */
export function eventPlace(
  { source, sourceEventId, identityId }: Pick<Fact, 'source' | 'sourceEventId' | 'identityId'>,
  receivedMs: number,
) {
  const eventOrder = `${toIso(receivedMs)}#${sha256Hex(sourceEventId).slice(0, 16)}`;
  return { eventShard: eventShardOf(source, shardOf(identityId)), eventOrder };
}

export function eventShardOf(source: string, shard: string): string {
  return `${source}#${shard}`;
}

/** Ids that differ only by case share it: most systems take them for one. Ids are ASCII. */
export function spellingOf(identityId: string): string {
  return identityId.toLowerCase();
}

export function spellingKey(identityId: string) {
  return { pk: `SPELLING#${spellingOf(identityId)}`, sk: 'SPELLING' };
}

/** Hashed, so that no address is in a key. */
export function addressKey(address: string) {
  return { pk: `ADDRESS#${sha256Hex(address)}`, sk: 'ADDRESS' };
}

export function certificateKey(certificateId: string) {
  return { pk: `CERTIFICATE#${certificateId}`, sk: 'CERTIFICATE' };
}

export function waitingKey(identityId: string, token: string) {
  return { pk: identityId, sk: `${WAITING}#${sha256Hex(token)}` };
}

/** Of a fixed length, since a system's ids may be longer than a key. */
export function accountLookup(applicationId: string, accountId: string): string {
  return `ACCOUNT#${applicationId}#${sha256Hex(accountId)}`;
}

/** Hashed, so that no address is in a key. */
export function emailLookup(email: string): string {
  return `EMAIL#${sha256Hex(email.toLowerCase())}`;
}

/** The same identity always lies in the same shard. */
export function shardOf(identityId: string): string {
  let sum = 0;
  for (const character of identityId) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return NEXT_CHECK_SHARDS[sum % NEXT_CHECK_SHARDS.length] as string;
}
