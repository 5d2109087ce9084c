// Reading from a SCIM provider (RFC 7644 section 3.4) that may tell less, or otherwise, than it was asked. What is read
// as "there is none" must have been read to the end, through a filter that was seen to find something.
import * as z from 'zod';
import { NotFoundError, PermanentError } from '../../core/errors.ts';
import { answerParser } from '../../outbound/answer-parser.ts';
import { type HttpClient, type HttpRequest, RefusedError } from '../../outbound/http-client.ts';
import { idSchema, isSameId, optional } from './lenient.ts';
import type { ProviderFindings } from './provider-findings.ts';

export const parse = answerParser('SCIM', 'RFC 7643');

/** Pages of one listing at most: with the default page size, 20,000 groups. */
const MAX_PAGES = 200;

const pageSchema = z.object({
  totalResults: optional(
    z.union([
      z.int().min(0),
      z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number),
    ]),
  ),
  Resources: z.array(z.object({ id: idSchema }).loose()).nullish(),
  /** RFC 9865: where the next page begins. */
  nextCursor: optional(z.string().min(1)),
});

/** From which resource on, or, with a provider that pages by cursor, from where in its own words. */
export const positionSchema = z.strictObject({
  startIndex: z.int().min(1),
  cursor: z.string().min(1).optional(),
  /** The ids that the very first page and the one before began with: what lies behind the end may be either again. */
  begun: z.array(z.string()).max(2).optional(),
  /** How many there are, as far as was said. */
  total: z.int().min(0).optional(),
});
export type Position = z.infer<typeof positionSchema>;

export interface Page {
  readonly resources: readonly { readonly id: string }[];
  readonly next: Position | undefined;
}

type Query = Readonly<Record<string, string>>;

export interface Search<Resource> {
  readonly path: string;
  readonly schema: z.ZodType<Resource>;
  readonly attribute: string;
  readonly value: string;
  readonly isMatch: (resource: Resource) => boolean;
  readonly query?: Query;
}

export class ScimReader {
  readonly #client: HttpClient;
  readonly #pageSize: number;
  readonly #findings: ProviderFindings;
  readonly #trusted = new Map<string, Promise<boolean>>();

  constructor(client: HttpClient, pageSize: number, findings: ProviderFindings) {
    this.#client = client;
    this.#pageSize = pageSize;
    this.#findings = findings;
  }

  /** @throws PermanentError when something else came back */
  async get<Resource extends { readonly id: string }>(
    path: string,
    id: string,
    schema: z.ZodType<Resource>,
  ): Promise<Resource | undefined> {
    try {
      const resource = parse(schema, await this.#client.send({ method: 'GET', path, parameters: { id } }));
      if (isSameId(resource.id, id)) return resource;
      throw new PermanentError(`SCIM GET ${path}: another resource came back: likely a provider bug`);
    } catch (error) {
      if (error instanceof NotFoundError || (error instanceof RefusedError && error.status === 410)) return undefined;
      throw error;
    }
  }

  /** All pages of a listing, each resource once. */
  async list<Resource extends { readonly id: string }>(
    path: string,
    schema: z.ZodType<Resource>,
    query: Query = {},
  ): Promise<Resource[]> {
    const found = new Map<string, Resource>();
    let position: Position | undefined = { startIndex: 1 };
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const { resources, next }: Page = await this.page(path, position, { query, read: found.size });
      for (const resource of resources) found.set(resource.id, parse(schema, resource));
      if (next === undefined) return [...found.values()];
      position = next.cursor === undefined ? { ...next, startIndex: found.size + 1 } : next;
    }
    throw new PermanentError(`SCIM GET ${path}: more than ${MAX_PAGES} pages of ${this.#pageSize}`);
  }

  /**
   * One page. `totalResults` is not believed where a provider may have meant the page by it: a page that is full is
   * followed by another, and so is every page of all there is, until one comes empty.
   *
   * @param read how many different resources were read before; @default what the position says
   * @throws PermanentError when there should be more, and it does not come
   */
  async page(
    path: string,
    position: Position,
    { query = {}, read, count = this.#pageSize }: { query?: Query; read?: number; count?: number } = {},
  ): Promise<Page> {
    const { startIndex, cursor, begun = [] } = position;
    const paging = cursor === undefined ? { startIndex, count } : { cursor, count };
    const had = read ?? startIndex - 1;
    // What lies behind the end is asked for only to be sure, and some providers refuse it.
    const isBehind = startIndex > 1 && cursor === undefined && (position.total ?? 0) <= had;
    const answer = await this.#answer(path, { ...query, ...paging }).catch((error: unknown) => {
      if (isBehind && isUnsupportedFilter(error)) return { Resources: [] };
      throw error;
    });
    const { totalResults, Resources, nextCursor } = parse(pageSchema, answer);
    if (totalResults === undefined && Resources === undefined && nextCursor === undefined)
      throw new PermanentError(`SCIM GET ${path}: the answer is no list (RFC 7644 section 3.4.2)`);
    const resources = Resources ?? [];
    const total = Math.max(totalResults ?? 0, position.total ?? 0);
    const stuck = () => new PermanentError(`SCIM GET ${path}: paging does not advance: likely a provider bug`);
    const end = startIndex + resources.length;
    if (nextCursor) {
      if (nextCursor === cursor) throw stuck();
      return { resources, next: { startIndex: end, cursor: nextCursor } };
    }
    if (cursor !== undefined) return { resources, next: undefined };
    const first = resources[0]?.id ?? '';
    const isRepeated = begun.includes(first);
    if (resources.length === 0 || isRepeated) {
      if (total > had) throw stuck();
      return { resources: isRepeated ? [] : resources, next: undefined };
    }
    const isSaid = totalResults !== undefined && totalResults !== null;
    if (query['filter'] !== undefined && isSaid && resources.length < count && had + resources.length >= total)
      return { resources, next: undefined };
    return { resources, next: { startIndex: end, begun: [begun[0] ?? first, first], total } };
  }

  /**
   * Resources whose attribute equals the value. Checked here again, since some providers ignore filters; without a
   * filter where the provider refuses this one, or finds nobody by it.
   */
  async search<Resource extends { readonly id: string }>(search: Search<Resource>): Promise<Resource[]> {
    const { path, schema, attribute, value, isMatch, query } = search;
    try {
      const filter = `${attribute} eq ${quote(value)}`;
      const found = (await this.list(path, schema, { ...query, filter })).filter(isMatch);
      if (found.length > 0) this.#findings.add(findsBy(path, attribute));
      if (found.length > 0 || (await this.#finds(path, attribute))) return found;
    } catch (error) {
      if (!isUnsupportedFilter(error)) throw error;
    }
    return (await this.list(path, schema, query)).filter(isMatch);
  }

  /** A collection that is not there is a wrong base URL, which must never look like an account that is gone. */
  async collection(request: HttpRequest): Promise<unknown> {
    try {
      return await this.#client.send(request);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`${error.message}: is baseUrl right?`);
    }
  }

  /** Does a filter by this attribute find what is there? A provider may not know it and find nobody, without a word. */
  #finds(path: string, attribute: string): Promise<boolean> {
    const key = findsBy(path, attribute);
    if (this.#findings.has(key)) return Promise.resolve(true);
    const known = this.#trusted.get(key);
    if (known !== undefined) return known;
    const asked = this.#probe(path, attribute);
    this.#trusted.set(key, asked);
    asked.catch(() => this.#trusted.delete(key));
    return asked;
  }

  async #probe(path: string, attribute: string): Promise<boolean> {
    const { resources } = await this.page(path, { startIndex: 1 }, { count: 1, read: 0 });
    const [sample] = resources;
    const value: unknown = sample === undefined ? undefined : Reflect.get(sample, attribute);
    // Where nobody has it nothing can be found, nor be overlooked.
    if (sample === undefined || typeof value !== 'string' || value === '') return true;
    const query = { filter: `${attribute} eq ${quote(value)}` };
    const found = await this.page(path, { startIndex: 1 }, { query, read: 0 });
    const isFound = found.resources.some(({ id }) => id === sample.id);
    if (isFound) this.#findings.add(findsBy(path, attribute));
    return isFound;
  }

  /** Some providers refuse to be asked for certain attributes. */
  async #answer(path: string, query: Readonly<Record<string, string | number>>): Promise<unknown> {
    const request = { method: 'GET', path, query } as const;
    try {
      return await this.collection(request);
    } catch (error) {
      const { attributes, ...others } = query;
      if (attributes === undefined || query['filter'] !== undefined || !isUnsupportedFilter(error)) throw error;
      return this.collection({ ...request, query: others });
    }
  }
}

/** The filter finds what is there: it has found somebody. */
export function findsBy(path: string, attribute: string): string {
  return `${path} by ${attribute}`;
}

/** RFC 7644 section 3.4.2.2: a filter's string is a JSON string. */
export function quote(value: string): string {
  return JSON.stringify(value);
}

/** RFC 7644 says 400 invalidFilter; also seen: 400 without a code, 405, 422, 501. */
export function isUnsupportedFilter(error: unknown): boolean {
  return error instanceof RefusedError && [400, 405, 422, 501].includes(error.status);
}
