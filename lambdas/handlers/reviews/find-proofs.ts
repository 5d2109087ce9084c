// Where in the sealed log it stands what became of removals: one look at what the audit log has of each person since, and one at
// the log for all of their entries. Bounded: what lies further behind is not told.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { isForgotten, logIdOf, subjectKey } from '../../core/audit/redaction.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { isDecisionOn, isReadingBack, type ProvenRemoval, toldSince } from '../../core/reviews/removal-proof.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';

export interface ProofDependencies {
  readonly audit: Pick<AuditStore, 'list'>;
  readonly log: Pick<LogStore, 'readPositions' | 'readSealed'>;
  readonly subjects: Pick<SubjectStore, 'findSubjects'>;
}

/** Whose timeline it is recorded in. */
export type SoughtRemoval = ProvenRemoval & { readonly identityId: string };

/** An entry of the sealed log. */
export interface PlaceInLog {
  readonly logIndex: number;
  readonly entryId: string;
}

export interface Proofs {
  readonly decided?: PlaceInLog | undefined;
  readonly readBack?: PlaceInLog | undefined;
}

const CONCURRENT_PEOPLE = 10;
/** Of somebody to whom much happens: what a removal takes is some ten entries, mostly within minutes. */
const ENTRIES_AT_ONCE = 100;
const MAXIMUM_PAGES = 3;
/** One reading of positions takes so many. */
const POSITIONS_AT_ONCE = 48;

interface Found {
  decided?: AuditEntry | undefined;
  readBack?: AuditEntry | undefined;
}

/** Only of what is sealed already. @param removals of at most 100 people */
export async function findProofs<Sought extends SoughtRemoval>(
  dependencies: ProofDependencies,
  removals: readonly Sought[],
): Promise<ReadonlyMap<Sought, Proofs>> {
  const told = removals.filter((one) => toldSince(one) !== undefined);
  const people = [...new Set(told.map(({ identityId }) => identityId))];
  const found = new Map<Sought, Found>(told.map((one) => [one, {}]));
  await mapBounded(people, CONCURRENT_PEOPLE, (identityId) =>
    findEntries(
      dependencies,
      identityId,
      [...found].filter(([one]) => one.identityId === identityId),
    ),
  );
  const places = await placesOf(dependencies, people, [...found.values()]);
  return new Map(
    [...found].map(([removal, { decided, readBack }]) => [
      removal,
      { decided: decided && places.get(decided), readBack: readBack && places.get(readBack) },
    ]),
  );
}

async function findEntries(
  { audit }: ProofDependencies,
  identityId: string,
  sought: readonly (readonly [SoughtRemoval, Found])[],
): Promise<void> {
  const since = sought.map(([removal]) => toldSince(removal) ?? removal.askedAt).sort()[0];
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await audit.list(identityId, { limit: ENTRIES_AT_ONCE, after, since });
    for (const entry of items) {
      for (const [removal, found] of sought) {
        if (isDecisionOn(removal, entry)) found.decided = entry;
        if (found.readBack === undefined && isReadingBack(removal, entry)) found.readBack = entry;
      }
    }
    const isAll = sought.every(
      ([{ decidedAt, readBackAt }, found]) =>
        (decidedAt === undefined || found.decided !== undefined) &&
        (readBackAt === undefined || found.readBack !== undefined),
    );
    if (next === undefined || isAll) return;
    after = next;
  }
}

async function placesOf(
  { log, subjects }: ProofDependencies,
  people: readonly string[],
  found: readonly Found[],
): Promise<ReadonlyMap<AuditEntry, PlaceInLog>> {
  const entries = [...new Set(found.flatMap(({ decided, readBack }) => [decided, readBack]))].filter(
    (one) => one !== undefined,
  );
  if (entries.length === 0) return new Map();
  const known = await subjects.findSubjects(people.map((id) => ({ kind: 'identity', id })));
  const ids = new Map(
    entries.flatMap((entry): [AuditEntry, string][] => {
      const subject = known.get(subjectKey({ kind: 'identity', id: entry.identityId }));
      return subject === undefined || isForgotten(entry, known) ? [] : [[entry, logIdOf(entry, subject.key)]];
    }),
  );
  const indexes = new Map<string, number>();
  const all = [...new Set(ids.values())];
  for (let from = 0; from < all.length; from += POSITIONS_AT_ONCE) {
    const read = await log.readPositions(all.slice(from, from + POSITIONS_AT_ONCE), []);
    for (const [id, index] of read.indexes) indexes.set(id, index);
  }
  // What has a place is not in a checkpoint yet.
  const { size = 0 } = (await log.readSealed()) ?? {};
  return new Map(
    [...ids].flatMap(([entry, entryId]) => {
      const logIndex = indexes.get(entryId);
      return logIndex === undefined || logIndex >= size ? [] : [[entry, { logIndex, entryId }] as const];
    }),
  );
}
