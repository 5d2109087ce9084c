// Files of activity that systems put: what is read of them, and what nobody's line takes with it.
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { MAXIMUM_RECORDS } from '../../../lambdas/activity-sources/activity-source.ts';
import { readActivityFile } from '../../../lambdas/handlers/detection/read-activity-file.ts';
import { unpackFile } from '../../../lambdas/stores/activity/activity-files.ts';
import { unpackActivity } from '../../../lambdas/stores/activity/activity-queue.ts';
import { signIn, watchingWorld } from '../../support/watching.ts';

let world = watchingWorld();
let asked: string[] = [];
beforeEach(() => {
  world = watchingWorld();
  asked = [];
});
const queued = () => world.messages.flatMap((message) => unpackActivity(JSON.parse(message)) ?? []);
const line = (uid: string) => JSON.stringify(signIn(world.nowMs, { uid }));
function read(body: Buffer | string, key = 'crm-log/2026/11/29/a.json.gz') {
  const readFile = async (name: string) => {
    asked.push(name);
    return unpackFile(Buffer.from(body));
  };
  return readActivityFile({ ...world, readFile })({ detail: { object: { key } } });
}

describe('a file', () => {
  it.each([
    ['a list', (lines: readonly string[]) => `[${lines.join(',')}]`],
    [
      'a record a line, with empty ones and a byte-order mark',
      (lines: readonly string[]) => `\uFEFF${lines.join('\n\n')}\n`,
    ],
  ])('of %s is queued, packed or not', async (_, write) => {
    const body = write([line('1'), line('2')]);
    expect(await read(body)).toEqual({ records: 2, refused: 0 });
    expect(await read(gzipSync(body))).toEqual({ records: 2, refused: 0 });
    expect(queued()).toHaveLength(4);
    expect(new Set(queued().map(({ recordId }) => recordId)).size).toBe(2);
    expect(asked).toEqual(['crm-log/2026/11/29/a.json.gz', 'crm-log/2026/11/29/a.json.gz']);
  });

  it('that has what cannot be read loses none of the others, and says so once', async () => {
    expect(await read([line('1'), '{"cut', '"text"', line('2')].join('\n'))).toEqual({ records: 2, refused: 2 });
    expect(world.logged).toEqual(['records refused']);
    expect(queued()).toHaveLength(2);
  });

  it('is read to its bound, and past it the rest is refused', async () => {
    const lines = (count: number) => Array.from({ length: count }, () => line('1')).join('\n');
    expect(await read(lines(MAXIMUM_RECORDS))).toEqual({ records: MAXIMUM_RECORDS, refused: 0 });
    expect(await read(lines(MAXIMUM_RECORDS + 1))).toEqual({ records: MAXIMUM_RECORDS, refused: 1 });
  });

  it('that is empty has nothing in it', async () => {
    expect(await read('')).toEqual({ records: 0, refused: 0 });
    expect(queued()).toEqual([]);
  });

  it.each(['nobody/a.json', 'a.json', '', '/crm-log/a.json', '../crm-log/a.json'])(
    'in the folder of no source is not even read: %s',
    async (key) => {
      await expect(read(line('1'), key)).rejects.toThrow(/^there is no activity source/);
      expect(asked).toEqual([]);
    },
  );

  it('that cannot be unpacked is a fault that no trying again mends', async () => {
    const cut = gzipSync(line('1')).subarray(0, 20);
    await expect(read(cut)).rejects.toMatchObject({ name: 'PermanentError' });
  });

  it('of which the queue takes nothing is read again', async () => {
    world.queue.send = async () => {
      throw new Error('the queue is gone');
    };
    await expect(read(line('1'))).rejects.toThrow('the queue is gone');
  });
});
