// Taking somebody out of the lake of activity: by what they are looked for, which rows are theirs, and what is left of one. What
// others did stays, without whom it names; what was done stays countable, without who did it. Rules match on any field in
// the clear, so nothing here is encrypted beforehand: it is taken out of the objects that have it.
import type { IdentityRecord } from '../access/identity-record.ts';
import { sha256Hex } from '../canonical-json.ts';
import { withAbsorbed } from '../identity/merged-identities.ts';
import type { Cell } from '../lake-columns.ts';
import { type ActivityClue, MAXIMUM_ACTOR_LENGTH } from './activity.ts';
import { type ActivityRow, type LakeParties, partiesIn } from './activity-lake.ts';
import { clueKey, clueOf, cluesOfAccount } from './join.ts';
import { shortHash } from './short-hash.ts';

/** By what somebody is found in the lake, in the clear. */
export interface LakeTraces {
  readonly clues: readonly ActivityClue[];
  /** Looked for in every text. Of those that are clues only where they can hardly mean anything else (isDistinct). */
  readonly words: readonly { readonly text: string; readonly clue?: ActivityClue | undefined }[];
  /** Of several words each. Namesakes have the same: they are taken out, and say of no row that it is theirs. */
  readonly names: readonly string[];
}

/** The same as hashes, which is what is kept until what was on its way has come. */
export interface LakeErasure {
  readonly erasureId: string;
  /** Of `clueKey`. */
  readonly clues: readonly string[];
  readonly words: readonly string[];
  readonly names: readonly string[];
  /** Of whatever they would be called among those whom nobody is known for. */
  readonly actors: readonly string[];
  /** When the last pass began in which all of the lake had been looked through for it (epoch ms). */
  readonly searchedMs?: number | undefined;
}

/** Far more than anybody has; what goes beyond is the oldest. */
const MAXIMUM_TRACES = 1_000;

/**
 * @param accounts those that its audit entries name, some of which are gone by now
 * @param isShared whether somebody else has an address as well
 */
export function lakeTracesOf(
  { header, facts, accounts: records }: IdentityRecord,
  accounts: readonly { readonly applicationId: string; readonly accountId: string }[],
  isShared: (address: string) => boolean,
): LakeTraces {
  const said = withAbsorbed(facts).flatMap((fact) => ('attributes' in fact ? fact.attributes : []));
  const addresses = [...new Set(said.flatMap(({ email }) => email ?? []))].filter((address) => !isShared(address));
  const clues = [
    ...records.flatMap(cluesOfAccount),
    ...addresses.flatMap((address) => clueOf('email', address) ?? []),
    ...accounts.flatMap(({ applicationId, accountId }) => clueOf('account', accountId, applicationId) ?? []),
  ].slice(0, MAXIMUM_TRACES);
  const words = [{ text: header.identityId }, ...clues.map((clue) => ({ text: clue.value, clue }))];
  const names = said.flatMap(({ givenName, familyName }) =>
    givenName && familyName ? [`${givenName} ${familyName}`, `${familyName} ${givenName}`] : [],
  );
  return {
    clues,
    words: words.filter(({ text }) => isDistinct(text)),
    names: [...new Set(names)].slice(-MAXIMUM_TRACES),
  };
}

/** `mark` and `4711` stand in texts about something else; `m.king`, `E7734` and `ada@example.com` hardly do. */
export function isDistinct(text: string): boolean {
  return text.length >= 8 || (text.length >= 4 && /\p{L}/u.test(text) && /[^\p{L}]/u.test(text));
}

/** What is kept of a word, however it is written. */
export function wordHash(text: string): string {
  return shortHash(text.trim().normalize('NFC').toLowerCase(), 32);
}

/** As the key under which somebody is counted whom nobody is known for. */
export function actorHash(value: string): string {
  return sha256Hex(value.slice(0, MAXIMUM_ACTOR_LENGTH));
}

export function clueHash(clue: ActivityClue): string {
  return sha256Hex(clueKey(clue));
}

/** Whom a row is searched for: all who are to be taken out at a time. */
export interface Sought {
  readonly isClue: (clue: ActivityClue) => boolean;
  readonly isWord: (text: string) => boolean;
  readonly isName: (text: string) => boolean;
}

/** Rows of an object say the same again and again. */
const REMEMBERED_TEXTS = 100_000;

export function soughtOf(erasures: readonly LakeErasure[]): Sought {
  const clues = new Set(erasures.flatMap((one) => one.clues));
  const among = (hashes: ReadonlySet<string>) => {
    const known = new Map<string, boolean>();
    return (text: string) => {
      let found = known.get(text);
      if (found !== undefined) return found;
      if (known.size >= REMEMBERED_TEXTS) known.clear();
      found = hashes.has(wordHash(text));
      known.set(text, found);
      return found;
    };
  };
  return {
    isClue: (clue) => clues.has(clueHash(clue)),
    isWord: among(new Set(erasures.flatMap(({ words }) => words))),
    isName: among(new Set(erasures.flatMap(({ names }) => names))),
  };
}

/** Of a row of theirs: what tells of nobody, by which it is counted. */
const LEFT = [
  'time',
  'logged_time',
  'class_uid',
  'class_name',
  'category_uid',
  'category_name',
  'activity_id',
  'activity_name',
  'type_uid',
  'type_name',
  'severity_id',
  'severity',
  'status_id',
  'status',
  'metadata',
];
const LEFT_UNMAPPED = [
  'source_type',
  'action',
  'outcome',
  'application',
  'interactive',
  'administrator',
  'reads',
  'clock_doubted',
];

type Members = { readonly [member: string]: Cell };

/** What is to be left of a row. Undefined: it says nothing of them. */
export function eraseFromRow(row: ActivityRow, sought: Sought): ActivityRow | undefined {
  const parties = partiesIn(row);
  const { who, target } = parties ?? {};
  const isOwn = isTheirs(who?.clues, membersOf(membersOf(row['actor'])['user']), sought);
  // The user of a row is who was acted on, and where nobody was, who acted.
  const isAbout = isTheirs(target?.clues, target === undefined ? {} : membersOf(row['user']), sought);
  const { raw_data: raw, ...told } = row;
  const isRawOfThem = typeof raw === 'string' && saysInRecord(raw, sought);
  if (!isOwn && !isAbout && !isRawOfThem && !says(told, sought)) return undefined;
  const left = isOwn ? pick(told, [...LEFT, ...(target === undefined ? [] : ['user'])]) : told;
  const { user, ...others } = left;
  const unmapped = membersOf(row['unmapped']);
  const kept = {
    ...others,
    ...(user !== undefined && !isAbout && { user }),
    unmapped: isOwn ? pick(unmapped, LEFT_UNMAPPED) : unmapped,
  };
  const cleaned = clean(kept, sought) as ActivityRow;
  return {
    ...cleaned,
    metadata: { ...membersOf(cleaned['metadata']), uid: uidOf(row, sought) },
    unmapped: {
      ...membersOf(cleaned['unmapped']),
      ...(parties !== undefined && { parties: JSON.stringify(withoutThem(parties, { isOwn, isAbout }, sought)) }),
    },
  };
}

function isTheirs(clues: readonly ActivityClue[] = [], user: Members, sought: Sought): boolean {
  if (clues.some((clue) => sought.isClue(clue) || sought.isWord(clue.value))) return true;
  return Object.values(user).some((text) => typeof text === 'string' && sought.isWord(text));
}

function withoutThem(
  { who, target }: LakeParties,
  { isOwn, isAbout }: { readonly isOwn: boolean; readonly isAbout: boolean },
  sought: Sought,
): LakeParties {
  const cleaned = (party: LakeParties['who'], isThem: boolean) => ({
    ...party,
    clues: isThem ? [] : party.clues.filter(({ value }) => !saysText(value, sought)),
  });
  return { who: cleaned(who, isOwn), ...(target && { target: cleaned(target, isAbout) }) };
}

/** A row is counted by it: it stays one and the same. */
function uidOf(row: ActivityRow, sought: Sought): Cell {
  const { uid } = membersOf(row['metadata']);
  return typeof uid === 'string' && saysText(uid, sought) ? shortHash(uid, 32) : uid;
}

function membersOf(cell: Cell): Members {
  return typeof cell === 'object' && !Array.isArray(cell) ? (cell as Members) : {};
}

function pick(members: Members, names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => names.includes(name)));
}

/** Without every text that names them. */
function clean(cell: Cell, sought: Sought): Cell {
  if (typeof cell === 'string') return saysText(cell, sought) ? undefined : cell;
  if (Array.isArray(cell)) return (cell as readonly string[]).filter((text) => !saysText(text, sought));
  if (typeof cell !== 'object') return cell;
  return Object.fromEntries(Object.entries(cell).map(([name, inner]) => [name, clean(inner, sought)]));
}

/** Of a cell, or of what JSON has. */
function says(value: unknown, sought: Sought): boolean {
  if (typeof value === 'string') return saysText(value, sought);
  if (typeof value === 'number') return saysText(String(value), sought);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((inner) => says(inner, sought));
  return Object.entries(value).some(([name, inner]) => saysText(name, sought) || says(inner, sought));
}

function saysInRecord(raw: string, sought: Sought): boolean {
  try {
    return says(JSON.parse(raw), sought);
  } catch {
    return saysText(raw, sought);
  }
}

const BETWEEN_WORDS = /[\s"'`<>()[\]{},;|]+/u;
/** Within one: `user/ada.king`, `mailto:ada@example.com`. */
const WITHIN_WORDS = /[:/\\=&?#]+/u;
const AROUND_WORDS = /^[.!?*~^]+|[.!?*~^]+$/gu;
/** Of a name, at most. */
const WORDS_OF_A_NAME = 5;

function saysText(text: string, sought: Sought): boolean {
  if (sought.isWord(text) || sought.isName(text)) return true;
  const words = text
    .split(BETWEEN_WORDS)
    .map((word) => word.replace(AROUND_WORDS, ''))
    .filter((word) => word !== '');
  return words.some(
    (word, at) =>
      sought.isWord(word) || word.split(WITHIN_WORDS).some(sought.isWord) || namesFrom(words, at).some(sought.isName),
  );
}

function namesFrom(words: readonly string[], at: number): readonly string[] {
  const most = Math.min(WORDS_OF_A_NAME, words.length - at);
  return Array.from({ length: Math.max(most - 1, 0) }, (_, more) => words.slice(at, at + more + 2).join(' '));
}
