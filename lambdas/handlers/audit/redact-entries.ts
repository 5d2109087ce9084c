// Audit entries as they are sealed: their pseudonyms and keys are read at once, and made for whoever has none yet. What is
// told once more of somebody who was forgotten makes nobody: not even an id would be left of them otherwise.
//
// An entry that tells of a fact is sealed with the whole of it. The fact is read from where it lies, since the audit table,
// out of which nothing but an erasure takes anything, must not tell of people; its hash there says that it is the one that
// was recorded.
import type { AuditEntry } from '../../core/audit/audit.ts';
import {
  isForgotten,
  type SubjectName,
  type Subjects,
  subjectKey,
  subjectsIn,
  toLogEntry,
} from '../../core/audit/redaction.ts';
import { PermanentError } from '../../core/errors.ts';
import { factHashOf } from '../../core/identity/fact-content.ts';
import type { Fact } from '../../core/identity/facts.ts';
import type { FactPlace, FactStore } from '../../stores/facts/fact-store.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import type { CommitDependencies } from './commit-entries.ts';

export interface RedactDependencies {
  readonly subjects: Pick<SubjectStore, 'subjectsOf'>;
  readonly facts: Pick<FactStore, 'findFacts'>;
  readonly log: Pick<LogStore, 'readPositions'>;
  readonly warn: CommitDependencies['warn'];
}

/** One reading of positions is one of 100 keys at most, the log's head among them. */
const POSITIONS_AT_ONCE = 99;

type Recorded = FactPlace & { readonly factHash: string };
type Facts = ReadonlyMap<AuditEntry, Fact>;

export function redactWith(dependencies: RedactDependencies): CommitDependencies['redact'] {
  return async (entries) => {
    const { subjects } = dependencies;
    const told = await subjectsOf(subjects, entries);
    const facts = await factsOf(dependencies, entries, told);
    const named = await subjectsOf(subjects, [...facts.keys()], facts, told);
    const known = new Map([...told, ...named]);
    return (entry, sequence) =>
      isForgotten(entry, known) ? undefined : toLogEntry(entry, known, sequence, facts.get(entry));
  };
}

/** The ids under which the log has these entries: the same whether they are sealed with their facts or without. */
export async function logIdsOf(
  subjects: Pick<SubjectStore, 'subjectsOf'>,
  entries: readonly AuditEntry[],
): Promise<readonly string[]> {
  const known = await subjectsOf(subjects, entries);
  return entries.flatMap((entry) => (isForgotten(entry, known) ? [] : toLogEntry(entry, known, 0).entry.id));
}

/** Of those whom the entries name, or their facts do, and who are not known already. */
async function subjectsOf(
  subjects: Pick<SubjectStore, 'subjectsOf'>,
  entries: readonly AuditEntry[],
  facts: Facts = new Map(),
  known: Subjects = new Map(),
): Promise<Subjects> {
  const names = new Map<string, SubjectName>();
  const latest = new Map<string, string>();
  for (const entry of entries) {
    for (const name of subjectsIn(entry, facts.get(entry))) {
      const key = subjectKey(name);
      // Whom only entries of before they were forgotten had named may be somebody new to the fact.
      if (known.has(key) && known.get(key)?.forgottenAt === undefined) continue;
      names.set(key, name);
      if (entry.at > (latest.get(key) ?? '')) latest.set(key, entry.at);
    }
  }
  return names.size === 0 ? new Map() : await subjects.subjectsOf([...names.values()], latest);
}

/**
 * Of the entries that have no place in the log yet. One that is walked past again and again must not have those whom its
 * fact names be given pseudonyms anew, after they were forgotten.
 */
async function factsOf(
  dependencies: RedactDependencies,
  entries: readonly AuditEntry[],
  known: Subjects,
): Promise<Facts> {
  const { facts, warn } = dependencies;
  const places = new Map(entries.flatMap((entry) => placeOf(entry, known)));
  const fresh = await withoutPlaceInLog(dependencies, [...places.keys()], known);
  if (fresh.length === 0) return new Map();
  const wanted = fresh.map((entry) => places.get(entry) as Recorded);
  const found = new Map((await facts.findFacts(wanted)).map((fact) => [keyOf(fact), fact]));
  return new Map(
    fresh.flatMap((entry): [AuditEntry, Fact][] => {
      const place = places.get(entry) as Recorded;
      const fact = found.get(keyOf(place));
      if (fact !== undefined && factHashOf(fact) === place.factHash) return [[entry, fact]];
      const what = fact === undefined ? 'it is not there any more' : 'it is not what was recorded';
      warn('a fact is sealed by its hash alone', new PermanentError(what));
      return [];
    }),
  );
}

function placeOf(entry: AuditEntry, known: Subjects): [AuditEntry, Recorded][] {
  const { identityId, event } = entry;
  if (event.type !== 'fact-recorded' || isForgotten(entry, known)) return [];
  const { factId, recordedMs, factHash } = event;
  // Entries of earlier versions do not say where it lies.
  return recordedMs === undefined || factHash === undefined
    ? []
    : [[entry, { identityId, factId, recordedMs, factHash }]];
}

async function withoutPlaceInLog(
  { log }: RedactDependencies,
  entries: readonly AuditEntry[],
  known: Subjects,
): Promise<readonly AuditEntry[]> {
  const ids = new Map(entries.map((entry) => [entry, toLogEntry(entry, known, 0).entry.id]));
  const fresh: AuditEntry[] = [];
  for (let from = 0; from < entries.length; from += POSITIONS_AT_ONCE) {
    const some = entries.slice(from, from + POSITIONS_AT_ONCE);
    const { indexes } = await log.readPositions(
      some.map((entry) => ids.get(entry) as string),
      [],
    );
    fresh.push(...some.filter((entry) => !indexes.has(ids.get(entry) as string)));
  }
  return fresh;
}

function keyOf({ identityId, recordedMs, factId }: FactPlace): string {
  return `${identityId}|${recordedMs}|${factId}`;
}
