// Fetching: by windows, page by page, from a server that answers as the vendor documents.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ActivityFeed, Window } from '../../lambdas/activity-sources/activity-source.ts';
import { MAXIMUM_CURSOR } from '../../lambdas/activity-sources/activity-source.ts';
import { ACTIVITY_SOURCES, activitySourceOf } from '../../lambdas/activity-sources/registry.ts';
import { windowedFeed } from '../../lambdas/activity-sources/windowed-feed.ts';
import { type StubAnswer, type StubRequest, type StubServer, startStubServer } from '../support/stub-server.ts';
import { EXAMPLES } from './examples.ts';

const NOW_MS = Date.parse('2026-06-15T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

let server: StubServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** By source: its settings at a server, and what that answers for a page. */
const VENDORS: Readonly<
  Record<
    string,
    {
      settings: (url: string) => object;
      secret?: string;
      answer: (request: StubRequest, records: readonly unknown[], next: string | undefined) => StubAnswer;
      page: string;
      listings: number;
      credential: RegExp;
    }
  >
> = {
  okta: {
    settings: (baseUrl) => ({ baseUrl }),
    answer: (_request, body, next) => ({
      body,
      headers: next === undefined ? {} : { link: `<https://evil.example/api/v1/logs?after=${next}>; rel="next"` },
    }),
    page: 'after',
    listings: 1,
    credential: /^SSWS s3cret$/,
  },
  github: {
    settings: (apiUrl) => ({ apiUrl, organization: 'acme' }),
    answer: (_request, body, next) => ({
      body,
      headers: next === undefined ? {} : { link: `<https://evil.example/x?after=${next}&before=>; rel="next"` },
    }),
    page: 'after',
    listings: 1,
    credential: /^Bearer s3cret$/,
  },
  slack: {
    settings: (apiUrl) => ({ apiUrl, fetched: true }),
    answer: (_request, entries, next) => ({ body: { entries, response_metadata: { next_cursor: next ?? '' } } }),
    page: 'cursor',
    listings: 1,
    credential: /^Bearer s3cret$/,
  },
  anthropic: {
    settings: (apiUrl) => ({ apiUrl, fetched: true }),
    answer: (_request, data, next) => ({
      body: { data, has_more: next !== undefined, first_id: 'first', last_id: next ?? 'last' },
    }),
    page: 'after_id',
    listings: 1,
    credential: /^s3cret$/,
  },
  openai: {
    settings: (apiUrl) => ({ apiUrl, fetched: true }),
    answer: (_request, data, next) => ({
      body: { object: 'list', data, has_more: next !== undefined, last_id: next ?? 'last' },
    }),
    page: 'after',
    listings: 1,
    credential: /^Bearer s3cret$/,
  },
  entra: {
    settings: (url) => ({ graphUrl: url, loginUrl: url, tenantId: 'tenant', clientId: 'client' }),
    answer: ({ path }, value, next) =>
      path.endsWith('/token')
        ? { body: { access_token: 't0ken' } }
        : {
            body: {
              value,
              ...(next !== undefined && { '@odata.nextLink': `https://evil.example/v1.0/x?$skiptoken=${next}` }),
            },
          },
    page: '$skiptoken',
    listings: 2,
    credential: /^Bearer t0ken$/,
  },
  'google-workspace': {
    settings: (url) => ({
      apiUrl: url,
      loginUrl: url,
      clientEmail: 'reader@project.iam.gserviceaccount.com',
      administrator: 'admin@acme.example',
      reports: ['login', 'admin'],
    }),
    secret: KEY,
    answer: ({ path }, items, next) =>
      path === '/token'
        ? { body: { access_token: 't0ken' } }
        : { body: { items, ...(next !== undefined && { nextPageToken: next }) } },
    page: 'pageToken',
    listings: 2,
    credential: /^Bearer t0ken$/,
  },
};

async function connect(type: string, answer: (request: StubRequest) => StubAnswer): Promise<ActivityFeed> {
  const vendor = VENDORS[type];
  const source = activitySourceOf(type);
  server = await startStubServer(answer);
  const settings = source?.settings.parse({ application: 'crm', ...vendor?.settings(server.url) });
  expect(source?.isFetched?.(settings)).toBe(true);
  const feed = source?.connect?.({ settings, secret: vendor?.secret ?? 's3cret', callTimeoutMs: 5_000 });
  if (feed === undefined) throw new Error('no feed');
  return feed;
}

async function readAll(feed: ActivityFeed, nowMs: number, from?: string) {
  const records: unknown[] = [];
  let cursor = from;
  for (let more = true; more; ) {
    const page = await feed.read(cursor, nowMs);
    expect(page.cursor.length).toBeLessThanOrEqual(MAXIMUM_CURSOR);
    records.push(...page.records);
    ({ cursor, more } = page);
  }
  return { records, cursor };
}

describe.each(Object.entries(VENDORS))('%s', (type, vendor) => {
  const example = EXAMPLES[type]?.[0];

  it('reads every page of a window once, with its credentials, from the address in the settings alone', async () => {
    const feed = await connect(type, (request) =>
      vendor.answer(request, [example], request.query[vendor.page] === undefined ? 'second' : undefined),
    );
    const { records, cursor } = await readAll(feed, NOW_MS);
    expect(records).toHaveLength(2 * vendor.listings);
    const asked = server?.requests.filter(({ path }) => !path.endsWith('/token')) ?? [];
    expect(asked.map(({ query }) => query[vendor.page])).toEqual(
      Array.from({ length: vendor.listings }, () => [undefined, 'second']).flat(),
    );
    for (const { headers } of asked)
      expect(String(headers.authorization ?? headers['x-api-key'])).toMatch(vendor.credential);
    // Nothing more until time has passed.
    expect((await feed.read(cursor, NOW_MS)).records).toEqual([]);
    expect((await readAll(feed, NOW_MS + 5 * MINUTE_MS, cursor)).records.length).toBe(2 * vendor.listings);
  });

  it('reads a page again with the cursor before it', async () => {
    const feed = await connect(type, (request) =>
      vendor.answer(request, [example], request.query[vendor.page] === undefined ? 'second' : undefined),
    );
    const first = await feed.read(undefined, NOW_MS);
    const again = [await feed.read(first.cursor, NOW_MS), await feed.read(first.cursor, NOW_MS)];
    expect(again[0]).toEqual(again[1]);
  });

  it('says what is wrong with an answer that is none, without the secret', async () => {
    const feed = await connect(type, (request) =>
      request.path.endsWith('token') ? { body: { access_token: 't0ken' } } : { status: 403, body: { message: 'no' } },
    );
    const error = await feed.read(undefined, NOW_MS).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'PermanentError' });
    expect(String(error)).not.toMatch(/s3cret|t0ken|PRIVATE/);
  });

  it('is not fetched by default', () => {
    const source = activitySourceOf(type);
    expect(source?.isFetched?.(source.settings.parse({ application: 'crm' }))).toBe(false);
  });
});

it('has every source that can be fetched tried here', () => {
  expect(
    ACTIVITY_SOURCES.filter(({ connect: own }) => own !== undefined)
      .map(({ type }) => type)
      .sort(),
  ).toEqual(Object.keys(VENDORS).sort());
});

describe('windows', () => {
  const feedOver = (
    windows: Window[],
    fetchPage?: (page: string | undefined) => { records: unknown[]; next: string | undefined },
  ) =>
    windowedFeed({
      name: 'Log',
      listings: ['a'],
      lagMs: MINUTE_MS,
      againAfterMs: HOUR_MS,
      async fetchPage(_listing, window, page) {
        windows.push({ fromMs: window.fromMs, toMs: window.toMs });
        return fetchPage?.(page) ?? { records: [1], next: undefined };
      },
    });

  it('follow one another without a gap, an hour at most, up to the lag', async () => {
    const windows: Window[] = [];
    const feed = feedOver(windows);
    const { cursor } = await readAll(feed, NOW_MS);
    await readAll(feed, NOW_MS + 150 * MINUTE_MS, cursor);
    expect(windows[0]?.fromMs).toBe(NOW_MS - MINUTE_MS - HOUR_MS);
    expect(windows.slice(1).map(({ fromMs }) => fromMs)).toEqual(windows.slice(0, -1).map(({ toMs }) => toMs));
    expect(windows.at(-1)?.toMs).toBe(NOW_MS + 149 * MINUTE_MS);
    expect(windows.every(({ fromMs, toMs }) => toMs - fromMs <= HOUR_MS)).toBe(true);
  });

  it('are read again up to where they were read, from when that began, and not before their time', async () => {
    const windows: Window[] = [];
    const feed = feedOver(windows);
    const first = await feed.read(undefined, NOW_MS);
    const start = await feed.readAgain(undefined, NOW_MS, first.cursor);
    expect(start).toMatchObject({ records: [], more: false });
    // Five hours later, of which two were read.
    const laterMs = NOW_MS + 5 * HOUR_MS;
    const second = await feed.read(first.cursor, laterMs);
    const { cursor } = await feed.read(second.cursor, laterMs);
    const readMs = windows.at(-1)?.toMs ?? 0;
    windows.length = 0;
    let again = start;
    do again = await feed.readAgain(again.cursor, laterMs, cursor);
    while (again.more);
    expect([windows[0]?.fromMs, windows.at(-1)?.toMs]).toEqual([NOW_MS - MINUTE_MS, readMs]);
    windows.length = 0;
    expect(await feed.readAgain(start.cursor, NOW_MS + HOUR_MS - MINUTE_MS, cursor)).toMatchObject({ records: [] });
    expect(windows).toEqual([]);
  });

  it('wait where a clock is set back', async () => {
    const windows: Window[] = [];
    const feed = feedOver(windows);
    const { cursor } = await readAll(feed, NOW_MS);
    expect(await feed.read(cursor, NOW_MS - HOUR_MS)).toMatchObject({ records: [], more: false });
    expect(windows).toHaveLength(1);
  });

  it('refuse a page that leads to itself, a token without end, and a cursor of something else', async () => {
    const looping = feedOver([], () => ({ records: [], next: 'same' }));
    const { cursor } = await looping.read(undefined, NOW_MS);
    await expect(looping.read(cursor, NOW_MS)).rejects.toThrow('paging does not advance');
    await expect(
      feedOver([], () => ({ records: [], next: 'x'.repeat(1_801) })).read(undefined, NOW_MS),
    ).rejects.toThrow('at most 1800');
    expect(
      (await feedOver([], () => ({ records: [], next: 'x'.repeat(1_800) })).read(undefined, NOW_MS)).cursor.length,
    ).toBeLessThanOrEqual(MAXIMUM_CURSOR);
    for (const wrong of ['', '{', '{"fromMs":-1}', '[]'])
      await expect(feedOver([]).read(wrong, NOW_MS)).rejects.toThrow('not one of this source');
  });
});
