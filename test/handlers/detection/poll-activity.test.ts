// A system that is asked for its activity: how far it was read, and what becomes of records that cannot be.
import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityPage } from '../../../lambdas/activity-sources/activity-source.ts';
import { MAXIMUM_CURSOR } from '../../../lambdas/activity-sources/activity-source.ts';
import { ocsf } from '../../../lambdas/activity-sources/ocsf.ts';
import { pollActivity } from '../../../lambdas/handlers/detection/poll-activity.ts';
import { unpackActivity } from '../../../lambdas/stores/activity/activity-queue.ts';
import { CRM_LOG, signIn, watchingWorld } from '../../support/watching.ts';

let world = watchingWorld();
let asked: (string | undefined)[] = [];
beforeEach(() => {
  world = watchingWorld();
  asked = [];
});

/** By the cursor it is asked with; the first is asked with none. */
function poll(pages: Readonly<Record<string, ActivityPage>>) {
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    world.nowMs += 1_000;
    const page = pages[cursor ?? 'first'];
    if (page === undefined) throw new Error('the system gave no answer');
    return page;
  };
  return pollActivity({ ...world, deployed: CRM_LOG, source: ocsf, connect: async () => ({ read }) })();
}
const page = (cursor: string, more: boolean, records: readonly unknown[]): ActivityPage => ({ cursor, more, records });
const record = (uid: string) => signIn(world.nowMs, { uid });
const queued = () => world.messages.flatMap((message) => unpackActivity(JSON.parse(message)) ?? []).length;

describe('a system that is asked', () => {
  it('is read page by page, and from there on the next time', async () => {
    const first = { first: page('a', true, [record('1')]), a: page('b', false, [record('2'), record('3')]) };
    expect(await poll(first)).toEqual({ pages: 2, records: 3, refused: 0, more: false });
    expect(queued()).toBe(3);
    expect(await poll({ b: page('c', false, []) })).toMatchObject({ pages: 1, records: 0 });
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
