// What a run saw, in a form that costs pages rather than items: of each account a digest and what was found about it, and
// of each identity that has one a digest. Counted from these, an account that was listed twice counts once.
import { createHash } from 'node:crypto';

/** One account of a page, as it was judged. */
export interface Sighting {
  readonly accountId: string;
  readonly verdicts: readonly Verdict[];
  /** Whose it is, or may be. */
  readonly identityIds: readonly string[];
}

/** What is told of an account whether or not a finding of it is kept. */
export const VERDICTS = ['matched', 'orphan', 'ambiguous', 'dormant'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Of accounts, each counted once. */
export type SightingCounts = Readonly<Record<Verdict | 'accounts', number>>;

/** 80 bits: that two of a million ids share one has a chance of 1 in 10^12. */
const DIGEST_BYTES = 10;
const RECORD_BYTES = DIGEST_BYTES + 1;
/** The first bit says whose digest it is; the others are the verdicts in their order. */
const IDENTITY = 0b1;
/** Well under the 400 kB that an item may have. */
export const MAXIMUM_PACKED_BYTES = 240_000;
const RECORDS_OF_A_PAGE = Math.floor(MAXIMUM_PACKED_BYTES / RECORD_BYTES);

export function packSightings(sightings: readonly Sighting[]): readonly Uint8Array[] {
  const accounts = sightings.map(({ accountId, verdicts }): Packed => [accountId, flagsOf(verdicts)]);
  const identityIds = new Set(sightings.flatMap((sighting) => sighting.identityIds));
  return pack([...accounts, ...[...identityIds].map((id): Packed => [id, IDENTITY])]);
}

/** Ids without anything that was found about them. */
export function packIds(ids: Iterable<string>): readonly Uint8Array[] {
  return pack([...ids].map((id): Packed => [id, IDENTITY]));
}

/** Answers whether an id is among those that were packed as identities. */
export function identitiesIn(pages: readonly Uint8Array[]): (id: string) => boolean {
  const digests = new Set<string>();
  for (const [digest, flags] of recordsIn(pages)) if (flags === IDENTITY) digests.add(digest);
  return (id) => digests.has(digestOf(id).toString('latin1'));
}

/** Of an account that was seen several times, the last page that has it counts. */
export function countSightings(pages: readonly Uint8Array[]): SightingCounts {
  const accounts = new Map<string, number>();
  for (const [digest, flags] of recordsIn(pages)) if (flags !== IDENTITY) accounts.set(digest, flags);
  const counts = { accounts: accounts.size, matched: 0, orphan: 0, ambiguous: 0, dormant: 0 };
  for (const flags of accounts.values()) {
    for (const verdict of VERDICTS) if ((flags & bitOf(verdict)) !== 0) counts[verdict] += 1;
  }
  return counts;
}

/** Where an id lies among all ids, from 0 to 1: the same in each run, and spread evenly. */
export function shareOf(id: string): number {
  return digestOf(id).readUInt32BE() / 2 ** 32;
}

type Packed = readonly [id: string, flags: number];

function pack(records: readonly Packed[]): readonly Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let start = 0; start < records.length; start += RECORDS_OF_A_PAGE) {
    const some = records.slice(start, start + RECORDS_OF_A_PAGE);
    const page = Buffer.alloc(some.length * RECORD_BYTES);
    for (const [index, [id, flags]] of some.entries()) {
      const place = index * RECORD_BYTES;
      digestOf(id).copy(page, place, 0, DIGEST_BYTES);
      page[place + DIGEST_BYTES] = flags;
    }
    pages.push(page);
  }
  return pages;
}

function* recordsIn(pages: readonly Uint8Array[]): Generator<readonly [digest: string, flags: number]> {
  for (const page of pages) {
    const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
    for (let place = 0; place + RECORD_BYTES <= bytes.length; place += RECORD_BYTES) {
      yield [bytes.toString('latin1', place, place + DIGEST_BYTES), bytes[place + DIGEST_BYTES] ?? 0];
    }
  }
}

function flagsOf(verdicts: readonly Verdict[]): number {
  return verdicts.reduce((flags, verdict) => flags | bitOf(verdict), 0);
}

function bitOf(verdict: Verdict): number {
  return 1 << (VERDICTS.indexOf(verdict) + 1);
}

function digestOf(id: string): Buffer {
  return createHash('sha256').update(id, 'utf8').digest().subarray(0, DIGEST_BYTES);
}
