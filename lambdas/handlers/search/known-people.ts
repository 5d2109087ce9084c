// The index over the list of people, kept in the function's memory for as long as the list is the same.
import { RetryableError } from '../../core/errors.ts';
import { PeopleIndex } from '../../core/search/people-list.ts';
import type { PeopleLists } from '../../stores/people-lists.ts';

export interface KnownPeople {
  readonly index: PeopleIndex;
  /** When the list was begun (epoch ms). */
  readonly madeMs: number;
  readonly incomplete: boolean;
}

const LOOKED_AT_EVERY_MS = 60_000;

/** Undefined: no list was made yet. Throws RetryableError where it cannot be told. */
export function knownPeople(lists: Pick<PeopleLists, 'read'>, clock: () => number) {
  let known: (KnownPeople & { readonly tag: string }) | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;
  return async (): Promise<KnownPeople | undefined> => {
    if (known !== undefined && clock() - lookedMs < LOOKED_AT_EVERY_MS) return known;
    const read = await lists.read(known?.tag).catch((error: unknown) => {
      throw new RetryableError('the list of people could not be read', { cause: error });
    });
    lookedMs = clock();
    if (read === 'unchanged') return known;
    known = read && {
      index: new PeopleIndex(read.list),
      madeMs: read.list.madeMs,
      incomplete: read.list.incomplete,
      tag: read.tag,
    };
    return known;
  };
}
