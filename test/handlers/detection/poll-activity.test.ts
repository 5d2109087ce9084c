// A system that is asked for its activity: how far it was read, and what becomes of records that cannot be.
import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityPage, Window } from '../../../lambdas/activity-sources/activity-source.ts';
import { MAXIMUM_CURSOR } from '../../../lambdas/activity-sources/activity-source.ts';
import { ocsf } from '../../../lambdas/activity-sources/ocsf.ts';
import { windowedFeed } from '../../../lambdas/activity-sources/windowed-feed.ts';
import { pollActivity } from '../../../lambdas/handlers/detection/poll-activity.ts';
import { unpackActivity } from '../../../lambdas/stores/activity/activity-queue.ts';
import { CRM_LOG, signIn, watchingWorld } from '../../support/watching.ts';

let world = watchingWorld();
let asked: (string | undefined)[] = [];
beforeEach(() => {
  world = watchingWorld();
  asked = [];
});

const nothingAgain = async () => ({ records: [], cursor: 'again', more: false });
/** By the cursor it is asked with; the first is asked with none. */
function poll(pages: Readonly<Record<string, ActivityPage>>) {
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    world.nowMs += 1_000;
    const page = pages[cursor ?? 'first'];
    if (page === undefined) throw new Error('the system gave no answer');
    return page;
  };
  return pollActivity({
    ...world,
    deployed: CRM_LOG,
    source: ocsf,
    connect: async () => ({ read, readAgain: nothingAgain }),
  })();
}
const page = (cursor: string, more: boolean, records: readonly unknown[]): ActivityPage => ({ cursor, more, records });
const record = (uid: string) => signIn(world.nowMs, { uid });
const queued = () => world.messages.flatMap((message) => unpackActivity(JSON.parse(message)) ?? []).length;

describe('a system that is asked', () => {
  it('is read page by page, and from there on the next time', async () => {
    const first = { first: page('a', true, [record('1')]), a: page('b', false, [record('2'), record('3')]) };
    expect(await poll(first)).toEqual({ pages: 3, records: 3, refused: 0, late: 0, more: false });
    expect(queued()).toBe(3);
    expect(await poll({ b: page('c', false, []) })).toMatchObject({ pages: 2, records: 0 });
    expect(asked).toEqual([undefined, 'a', 'b']);
    expect((await world.activity.readCursor(CRM_LOG.id))?.cursor).toBe('c');
  });

  it('that gives no answer is asked again from where it was read', async () => {
    await expect(poll({ first: page('a', true, [record('1')]) })).rejects.toThrow('gave no answer');
    expect(await poll({ a: page('b', false, [record('2')]) })).toMatchObject({ records: 1 });
    expect(asked).toEqual([undefined, 'a', 'a']);
    expect(queued()).toBe(2);
  });

  it('loses nothing when the queue takes nothing', async () => {
    const { send } = world.queue;
    world.queue.send = async () => {
      throw new Error('the queue is gone');
    };
    await expect(poll({ first: page('a', false, [record('1')]) })).rejects.toThrow('the queue is gone');
    expect(await world.activity.readCursor(CRM_LOG.id)).toBeUndefined();
    world.queue.send = send;
    await poll({ first: page('a', false, [record('1')]) });
    expect(queued()).toBe(1);
  });

  it('has what cannot be read refused, and not its neighbours', async () => {
    const records = [record('1'), 'nonsense', record('2')];
    expect(await poll({ first: page('a', false, records) })).toMatchObject({ records: 2, refused: 1 });
    expect(world.logged).toEqual(['records refused']);
  });

  it.each([
    ['the same cursor with more to come', page('a', true, []), 'after the same cursor'],
    ['a cursor longer than any', page('x'.repeat(MAXIMUM_CURSOR + 1), false, []), 'characters'],
  ])('that answers with %s is a fault, and not read for ever', async (_, answer, expected) => {
    await expect(poll({ first: page('a', true, []), a: answer })).rejects.toThrow(expected);
    expect((await world.activity.readCursor(CRM_LOG.id))?.cursor).toBe('a');
  });

  it('ends before the function does, and goes on the next minute', async () => {
    const endless = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [index === 0 ? 'first' : `p${index}`, page(`p${index + 1}`, true, [])]),
    );
    expect(await poll(endless)).toMatchObject({ pages: 40, more: true });
  });

  it('is left to another run that has read on meanwhile', async () => {
    const { saveCursor } = world.activity;
    world.activity.saveCursor = async () => false;
    expect(await poll({ first: page('a', true, [record('1')]) })).toMatchObject({ pages: 1, more: false });
    world.activity.saveCursor = saveCursor;
  });
});

describe('what a system shows late', () => {
  const MINUTE_MS = 60_000;
  /** What the system has, by when it shows it. */
  let log: { readonly uid: string; readonly atMs: number; readonly shownMs: number }[] = [];
  let asked: Window[] = [];
  const has = (uid: string, minutesAgo: number, lateMinutes = 0) => {
    const atMs = world.nowMs - minutesAgo * MINUTE_MS;
    log.push({ uid, atMs, shownMs: atMs + lateMinutes * MINUTE_MS });
  };
  const feed = windowedFeed({
    name: 'Log',
    listings: ['a'],
    lagMs: 2 * MINUTE_MS,
    againAfterMs: 30 * MINUTE_MS,
    async fetchPage(_listing, window, cursor) {
      asked.push(window);
      const shown = log.filter(
        ({ atMs, shownMs }) => window.fromMs <= atMs && atMs < window.toMs && shownMs <= world.nowMs,
      );
      const at = Number(cursor ?? 0);
      const records = shown
        .slice(at, at + 2)
        .map(({ uid, atMs }) => signIn(atMs, { uid }, { metadata: metadataOf(uid) }));
      return { records, next: at + 2 < shown.length ? String(at + 2) : undefined };
    },
  });
  const metadataOf = (uid: string) => ({ version: '1.8.0', uid, product: { name: 'CRM', vendor_name: 'Acme' } });
  const run = () => pollActivity({ ...world, deployed: CRM_LOG, source: ocsf, connect: async () => feed })();
  /** As the clock has it run, each minute. */
  async function minutes(count: number) {
    let late = 0;
    for (let minute = 0; minute < count; minute += 1) {
      world.nowMs += MINUTE_MS;
      late += (await run()).late;
    }
    return late;
  }
  const ids = () =>
    world.messages.flatMap((message) => unpackActivity(JSON.parse(message)) ?? []).map(({ recordId }) => recordId);

  beforeEach(() => {
    log = [];
    asked = [];
  });

  it('is judged once it is there, and nothing else is judged twice', async () => {
    await run();
    for (const uid of ['a', 'b', 'c', 'd', 'e']) has(uid, 0);
    has('late', 0, 10);
    has('too-late', 0, 90);
    await minutes(5);
    expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await minutes(115)).toBe(1);
    expect(ids().toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'late']);
  });

  it('is looked for in windows of ten minutes at least, which follow one another', async () => {
    await minutes(120);
    const again = asked.filter(({ fromMs, toMs }) => toMs - fromMs >= 10 * MINUTE_MS && toMs - fromMs < 60 * MINUTE_MS);
    expect(again.length).toBeGreaterThan(5);
    expect(again.slice(1).map(({ fromMs }) => fromMs)).toEqual(again.slice(0, -1).map(({ toMs }) => toMs));
  });

  it('is counted once though a run dies between the queue and the cursor', async () => {
    await run();
    has('late', 0, 10);
    await minutes(5);
    const { saveCursor } = world.activity;
    world.activity.saveCursor = async (source, cursor) => {
      if (source === `${CRM_LOG.id}/again` && ids().includes('late')) throw new Error('the function died');
      return await saveCursor(source, cursor);
    };
    await expect(minutes(60)).rejects.toThrow('died');
    world.activity.saveCursor = saveCursor;
    await minutes(30);
    expect(ids()).toEqual(['late']);
  });

  it('is not looked for in what was not read at all: after an outage everything counts once', async () => {
    await minutes(3);
    world.nowMs += 180 * MINUTE_MS;
    for (let ago = 175; ago > 0; ago -= 7) has(`outage-${ago}`, ago);
    await minutes(120);
    expect(ids()).toHaveLength(25);
    expect(new Set(ids()).size).toBe(25);
  });

  it('that leaves its own pages is tried again, and what was read in time is safe', async () => {
    await run();
    has('a', 0);
    await minutes(4);
    world.activity.listFetched = async () => {
      throw new Error('throttled');
    };
    await expect(minutes(60)).rejects.toThrow('throttled');
    expect(ids()).toEqual(['a']);
  });
});
