// From what records say of who acted to whose account that is, as far as what is known of accounts tells.
import { type ActivityClue, type ActivityRecord, CLUE_KINDS } from '../../core/detection/activity.ts';
import { clueKey, type Match, matchParty } from '../../core/detection/join.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { AccountStore } from '../../stores/accounts/account-store.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import type { DirectoryStore } from '../../stores/directory/directory-store.ts';

export interface PartyDependencies {
  readonly accounts: Pick<AccountStore, 'findLinked'>;
  readonly directory: Pick<DirectoryStore, 'findByEmail'>;
  readonly activity: Pick<ActivityStore, 'findByClues'>;
}

export interface JoinedRecord {
  readonly record: ActivityRecord;
  readonly actor: Match;
  /** Absent: the record is about nobody beside whoever acted. */
  readonly target?: Match | undefined;
}

const CONCURRENT = 20;
const AT_ONCE = 100;

/**
 * The surest kind of clue is asked about first, and the next one only of those parties of whom it told nothing: most are
 * known by the first.
 */
export async function findParties(
  dependencies: PartyDependencies,
  records: readonly ActivityRecord[],
): Promise<readonly JoinedRecord[]> {
  const parties = records.flatMap(({ who, target }) => (target === undefined ? [who] : [who, target]));
  const known = new Map<string, readonly string[]>();
  const isTold = (clue: ActivityClue) => (known.get(clueKey(clue)) ?? []).length > 0;
  for (const kind of CLUE_KINDS) {
    const asked = parties
      .filter(({ clues }) => !clues.some(isTold))
      .flatMap(({ clues }) => clues.filter(({ by }) => by === kind));
    const unique = new Map(asked.map((clue) => [clueKey(clue), clue]));
    for (const [key, identityIds] of await askAbout(dependencies, [...unique.values()])) known.set(key, identityIds);
  }
  const matchOf = (clues: readonly ActivityClue[]) =>
    matchParty(clues.map((clue) => ({ clue, identityIds: known.get(clueKey(clue)) ?? [] })));
  return records.map((record) => ({
    record,
    actor: matchOf(record.who.clues),
    ...(record.target && { target: matchOf(record.target.clues) }),
  }));
}

async function askAbout(
  { accounts, directory, activity }: PartyDependencies,
  clues: readonly ActivityClue[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const [clue] = clues;
  if (clue === undefined) return new Map();
  if (clue.by === 'email') return await askEach(clues, ({ value }) => directory.findByEmail(value));
  const found = new Map<string, readonly string[]>();
  for (let start = 0; start < clues.length; start += AT_ONCE) {
    const keys = clues.slice(start, start + AT_ONCE).map(clueKey);
    for (const [key, identityIds] of await activity.findByClues(keys)) found.set(key, identityIds);
  }
  // An account that was read before accounts were noted by their clues is found by its id all the same.
  const left = clue.by === 'account' ? clues.filter((one) => !found.has(clueKey(one))) : [];
  const linked = await askEach(left, async ({ applicationId, value }) => {
    return applicationId === undefined ? [] : await accounts.findLinked(applicationId, value);
  });
  return new Map([...found, ...linked]);
}

async function askEach(
  clues: readonly ActivityClue[],
  ask: (clue: ActivityClue) => Promise<readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const answers = await mapBounded(clues, CONCURRENT, async (clue) => [clueKey(clue), await ask(clue)] as const);
  return new Map(answers);
}
