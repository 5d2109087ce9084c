// Everybody as they are searched for: a list that the clock makes from the directory, and an index over it in the memory of
// whoever searches. What is found by it is only a guess: each hit is read again before it is shown.
import * as z from 'zod';
import type { IdentitySummary } from '../identity/identity-summary.ts';
import { WordIndex } from './word-index.ts';

/** Of whom more is not kept: their memory would not do for more. */
export const MAXIMUM_PEOPLE = 500_000;

export interface Person {
  readonly identityId: string;
  readonly name: string;
  readonly email: string;
  /** Whom it belongs below: its owner, else its manager. */
  readonly above: string;
}

export interface PeopleList {
  /** When it was begun (epoch ms): who came after that is not in it. */
  readonly madeMs: number;
  readonly people: readonly Person[];
  /** There are more than it has. */
  readonly incomplete: boolean;
}

export function personOf(
  identityId: string,
  { displayName, email, managerId, ownerId }: Omit<IdentitySummary, 'status'>,
): Person {
  const name = displayName === identityId ? '' : (displayName ?? '');
  return { identityId, name, email: email ?? '', above: ownerId ?? managerId ?? '' };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A list of 100,000 is made every 15 minutes, so that what making it costs does not grow with them. */
const MS_PER_PERSON = 9;

/** When the next list is due (epoch ms): the more people, the less often. */
export function nextListMs({ madeMs, people }: { readonly madeMs: number; readonly people: number }): number {
  return madeMs + Math.min(Math.max(people * MS_PER_PERSON, MINUTE_MS), HOUR_MS);
}

const VERSION = 1;
const headSchema = z.strictObject({
  version: z.literal(VERSION),
  madeMs: z.int(),
  people: z.int().min(0).max(MAXIMUM_PEOPLE),
  incomplete: z.boolean(),
});
const personSchema = z.tuple([z.string(), z.string(), z.string(), z.string()]);

/** JSON lines: what is said of the whole, then one person a line, by their names so that they are found in that order. */
export function writePeopleList({ madeMs, people, incomplete }: PeopleList): string {
  const head = { version: VERSION, madeMs, people: people.length, incomplete };
  const lines = [...people]
    .sort((a, b) => compare(a.name, b.name) || compare(a.identityId, b.identityId))
    .map(({ identityId, name, email, above }) => JSON.stringify([identityId, name, email, above]));
  return [JSON.stringify(head), ...lines].join('\n');
}

/** Throws where it is not what was written. */
export function readPeopleList(text: string): PeopleList {
  const [first = '', ...lines] = text.split('\n');
  const { madeMs, people, incomplete } = headSchema.parse(JSON.parse(first));
  if (lines.length !== people) throw new Error(`the list of people has ${lines.length} lines of ${people}`);
  return {
    madeMs,
    incomplete,
    people: lines.map((line) => {
      const [identityId, name, email, above] = personSchema.parse(JSON.parse(line));
      return { identityId, name, email, above };
    }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Who may be found by what. */
export interface Reach {
  /** By their names, addresses and ids. */
  readonly byName: 'everybody' | ReadonlySet<string>;
  /** By their ids, beside those. @default nobody */
  readonly byId?: 'everybody' | undefined;
}

export class PeopleIndex {
  readonly #people: readonly Person[];
  readonly #byName: WordIndex;
  /** Made when somebody is first to see ids alone; in their order, since that of the list tells of names. */
  #byId: { readonly ids: readonly string[]; readonly index: WordIndex } | undefined;
  #below: ReadonlyMap<string, readonly string[]> | undefined;

  constructor({ people }: Pick<PeopleList, 'people'>) {
    this.#people = people;
    this.#byName = new WordIndex(people.map(({ identityId, name, email }) => [identityId, name, email]));
  }

  /** The ids of who is found, the nearest first. */
  find(
    text: string,
    limit: number,
    { byName, byId }: Reach,
  ): { readonly ids: readonly string[]; readonly more: boolean } {
    const named = this.#byName.find({
      text,
      limit,
      where: byName === 'everybody' ? undefined : (at) => byName.has(this.#people[at]?.identityId ?? ''),
    });
    const ids = new Set(named.positions.map((at) => this.#people[at]?.identityId ?? ''));
    if (byId === undefined) return { ids: [...ids], more: named.more };
    this.#byId ??= indexOfIds(this.#people);
    const { positions, more } = this.#byId.index.find({ text, limit });
    for (const at of positions) ids.add(this.#byId.ids[at] ?? '');
    return { ids: [...ids].slice(0, limit), more: ids.size > limit || named.more || more };
  }

  /** Everybody below somebody, at whatever distance. */
  below(identityId: string): ReadonlySet<string> {
    this.#below ??= reportsOf(this.#people);
    const found = new Set<string>();
    const pending = [identityId];
    for (let above = pending.pop(); above !== undefined; above = pending.pop()) {
      for (const one of this.#below.get(above) ?? []) {
        if (found.has(one)) continue;
        found.add(one);
        pending.push(one);
      }
    }
    return found;
  }
}

function indexOfIds(people: readonly Person[]) {
  const ids = people.map(({ identityId }) => identityId).sort();
  return { ids, index: new WordIndex(ids.map((id) => [id])) };
}

function reportsOf(people: readonly Person[]): ReadonlyMap<string, readonly string[]> {
  const reports = new Map<string, string[]>();
  for (const { identityId, above } of people) {
    if (above === '') continue;
    const known = reports.get(above);
    if (known === undefined) reports.set(above, [identityId]);
    else known.push(identityId);
  }
  return reports;
}
