// What unfriendly servers make of what they are asked and of what they answer, whatever their API: the contract suite
// puts each in front of every connector's own server. What a connector then tells is everything, or nothing at all.
import type { Distortion } from '../support/fault-proxy.ts';

export interface Quirk {
  /** Completes "when it ...". */
  readonly name: string;
  /** Is everything there that a connector needs? Then nothing is refused. */
  readonly isReadable?: true;
  /** Made anew for each use: some remember what was asked. */
  readonly distortion: () => Distortion;
  /** Is a list not there that should be? */
  readonly isAboutLists?: true;
}

/** How the APIs call the size of a page. */
const SIZES = /^(count|max|per_page|limit|\$top|maxResults|MaxResults|MaxItems|pageSize|size)$/;
/** How they call what an account or a group is called, and what else they tell of a person. */
const PERSONAL =
  /^(displayName|givenName|familyName|surname|firstName|lastName|email|emails|mail|jobTitle|title|name)$/i;

export const QUIRKS: readonly Quirk[] = [
  {
    name: 'caps its pages below what was asked for',
    isReadable: true,
    distortion: () => ({
      asked: (query, body) => {
        for (const name of query.keys()) if (SIZES.test(name) && Number(query.get(name)) > 1) query.set(name, '1');
        const fields = isObject(body) ? [body, body['variables']] : [];
        for (const each of fields) if (isObject(each)) capIn(each);
      },
    }),
  },
  {
    name: 'tells more than was asked for',
    isReadable: true,
    distortion: () => ({
      answered: (body) => withEach(body, (object) => ({ ...object, xUnfriendly: [{ id: null }] })),
    }),
  },
  {
    name: 'tells everything in a list twice',
    distortion: () => ({ answered: (body) => withLists(body, (list) => [...list, ...list]) }),
  },
  {
    name: 'answers every page with the first',
    distortion: () => {
      const first = new Map<string, unknown>();
      return {
        answered: (body, { method, path }) => {
          const [asked = ''] = path.split(/[?&](?:startIndex|\$skiptoken|after|page|pageToken|first|offset|cursor)=/);
          if (method !== 'GET' || asked === path.split('?')[0]) return body;
          if (!first.has(asked)) first.set(asked, body);
          return first.get(asked);
        },
      };
    },
  },
  {
    name: 'leaves lists out',
    isAboutLists: true,
    distortion: () => ({ answered: (body) => (Array.isArray(body) ? {} : withLists(body, () => undefined)) }),
  },
  {
    name: 'puts null in place of lists',
    isAboutLists: true,
    distortion: () => ({ answered: (body) => (Array.isArray(body) ? null : withLists(body, () => null)) }),
  },
  {
    name: 'puts texts in place of what is in a list',
    distortion: () => ({ answered: (body) => withLists(body, (list) => list.map(() => 'x')) }),
  },
  {
    name: 'tells in another type what people and groups are called',
    distortion: () => ({ answered: (body) => withNames(body, (value) => ({ garbled: [value] })) }),
  },
  {
    name: 'does not tell what people and groups are called',
    distortion: () => ({ answered: (body) => withNames(body, () => null) }),
  },
  {
    name: 'answers everything with a page for people',
    // Without a token nobody is asked anything.
    distortion: () => ({ answered: (body) => (isToken(body) ? body : '<!doctype html><title>Maintenance</title>') }),
  },
];

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isToken(body: unknown): boolean {
  return isObject(body) && ('access_token' in body || 'token' in body);
}

function capIn(fields: Fields): void {
  for (const [name, value] of Object.entries(fields))
    if (SIZES.test(name) && typeof value === 'number' && value > 1) fields[name] = 1;
}

/** Every list that is the answer, or one of its fields. */
function withLists(body: unknown, change: (list: readonly unknown[]) => unknown): unknown {
  if (Array.isArray(body)) return change(body);
  if (!isObject(body)) return body;
  const changed = Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? change(value) : value]);
  return Object.fromEntries(changed.filter(([, value]) => value !== undefined));
}

function withNames(body: unknown, change: (value: unknown) => unknown): unknown {
  return withEach(body, (object) => {
    const fields = Object.entries(object);
    return Object.fromEntries(fields.map(([name, value]) => [name, PERSONAL.test(name) ? change(value) : value]));
  });
}

/** Every object in the answer, from the inside out. */
function withEach(value: unknown, change: (object: Fields) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => withEach(each, change));
  if (!isObject(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withEach(each, change)])));
}
