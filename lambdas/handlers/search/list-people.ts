// By the clock: makes the list by which people are searched for, the more often the fewer they are. Nothing else reads it;
// whom it lacks is found by their id and address all the same.
import * as z from 'zod';
import { MAXIMUM_PEOPLE, nextListMs, type Person, personOf } from '../../core/search/people-list.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { DirectoryStore } from '../../stores/directory/directory-store.ts';
import { dynamoDirectoryStore } from '../../stores/directory/dynamo-directory-store.ts';
import { type PeopleLists, s3PeopleLists } from '../../stores/people-lists.ts';

export interface ListingDependencies {
  readonly directory: Pick<DirectoryStore, 'listIdentities'>;
  readonly lists: Pick<PeopleLists, 'note' | 'save'>;
  readonly clock: () => number;
  /** @default MAXIMUM_PEOPLE */
  readonly maximum?: number;
}

export interface Listed {
  /** In the list that was made now. Absent: the last one is not that old. */
  readonly people?: number;
}

const HEADERS_AT_ONCE = 1_000;
/** Pages may be empty: as many as everybody takes, and as many again. */
const MAXIMUM_PAGES = (2 * MAXIMUM_PEOPLE) / HEADERS_AT_ONCE;

export const listPeople = (dependencies: ListingDependencies) => async (): Promise<Listed> => {
  const { directory, lists, clock, maximum = MAXIMUM_PEOPLE } = dependencies;
  const madeMs = clock();
  const last = await lists.note();
  if (last !== undefined && madeMs < nextListMs(last)) return {};
  const people = new Map<string, Person>();
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await directory.listIdentities({ limit: HEADERS_AT_ONCE, after });
    for (const { identityId, summary } of items) people.set(identityId, personOf(identityId, summary));
    after = next;
    if (after === undefined || people.size > maximum) break;
  }
  const listed = [...people.values()].slice(0, maximum);
  const incomplete = after !== undefined || people.size > maximum;
  await lists.save({ madeMs, people: listed, incomplete });
  return { people: listed.length };
};

export const handler = serveTask('list-people', z.unknown(), () =>
  listPeople({ directory: dynamoDirectoryStore(), lists: s3PeopleLists(), clock: Date.now })(),
);
