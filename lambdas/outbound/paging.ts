// Every page of a listing, bounded: what is cut short would pass for the whole, and what goes in circles never ends.
import { PermanentError } from '../core/errors.ts';

/** Pages of one listing at most: with 100 items on each, 20,000. */
const MAX_PAGES = 200;

export interface ListingPage<Item, Position> {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined: this was the last. */
  readonly next?: Position | undefined;
}

/**
 * Reads a listing to its end.
 *
 * @param what the listing as errors show it: `Graph GET /users`
 * @param readPage is handed where to begin, undefined for the first page
 * @throws PermanentError when there are more than 200 pages, or a page leads to one that was read before
 */
export async function readAllPages<Item, Position>(
  what: string,
  readPage: (from: Position | undefined) => Promise<ListingPage<Item, Position>>,
): Promise<Item[]> {
  const found: Item[] = [];
  const read = new Set<Position>();
  let from: Position | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const { items, next } = await readPage(from);
    found.push(...items);
    if (next === undefined) return found;
    if (next === from || read.has(next))
      throw new PermanentError(`${what}: paging does not advance: likely a provider bug`);
    read.add(next);
    from = next;
  }
  throw new PermanentError(`${what}: more than ${MAX_PAGES} pages`);
}

const LINK = /<([^>]*)>((?:\s*;\s*\w+=(?:"[^"]*"|[^\s;,"]+))*)/g;
const PARAMETER = /(\w+)=(?:"([^"]*)"|([^\s;,"]+))/g;

/** RFC 8288: the target of the link with that relation. */
export function linkTo(relation: string, headers: Headers): string | undefined {
  for (const [, target, parameters = ''] of (headers.get('link') ?? '').matchAll(LINK)) {
    for (const [, name, quoted, bare = ''] of parameters.matchAll(PARAMETER)) {
      if (name === 'rel' && (quoted ?? bare).split(/\s+/).includes(relation)) return target;
    }
  }
  return undefined;
}
