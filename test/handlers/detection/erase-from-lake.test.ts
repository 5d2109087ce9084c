// Looking the lake of activity through for somebody: every object once, what comes later later, and what somebody else writes
// meanwhile not undone. The tables are asked as DynamoDB is.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ActivityRecord } from '../../../lambdas/core/detection/activity.ts';
import {
  ACTIVITY_COLUMNS,
  type ActivityRow,
  activityKey,
  activityRows,
} from '../../../lambdas/core/detection/activity-lake.ts';
import { eraseFromLake } from '../../../lambdas/handlers/detection/erase-from-lake.ts';
import { dynamoActivityStore } from '../../../lambdas/stores/activity/dynamo-activity-store.ts';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import { dynamoErasureStore } from '../../../lambdas/stores/erasures/dynamo-erasure-store.ts';
import { readColumns, writeColumns } from '../../../lambdas/stores/lake/parquet.ts';
import { memoryObjects } from '../../support/memory-objects.ts';
import { MeteredTables, TABLE_NAMES } from '../../support/metered-tables.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.parse('2026-11-28T12:00:00Z');
const ADA = { by: 'account', value: 'U-771', applicationId: 'crm' } as const;
const GRACE = { by: 'account', value: 'U-9', applicationId: 'crm' } as const;

const activity = dynamoActivityStore();
const erasures = dynamoErasureStore();
let tables: MeteredTables;
let lake = memoryObjects();
let nowMs = START_MS;
const logged: string[] = [];
let objects = 0;

beforeEach(() => {
  tables = new MeteredTables(async () => {});
  vi.stubEnv(ENVIRONMENT.activityTable, TABLE_NAMES.activity);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  tables.install();
  lake = memoryObjects();
  nowMs = START_MS;
  logged.length = 0;
  objects = 0;
});
afterEach(() => {
  tables.uninstall();
  vi.unstubAllEnvs();
});

function recordOf(who: typeof ADA | typeof GRACE, recordId: string): ActivityRecord {
  return {
    source: 'crm-log',
    sourceType: 'ocsf',
    recordId,
    timeMs: nowMs,
    action: 'sign-in',
    operation: 'logon',
    outcome: 'success',
    who: { clues: [who], kind: 'person' },
    ocsf: { class_uid: 3002, time: nowMs, user: { uid: who.value }, raw_data: JSON.stringify({ user: who.value }) },
  };
}

/** An object with a row of each. */
function put(loggedMs = nowMs): string {
  objects += 1;
  const records = [recordOf(ADA, `ada-${objects}`), recordOf(GRACE, `grace-${objects}`)];
  const key = activityKey('authentication', loggedMs, String(objects).padStart(5, '0'));
  const rows = activityRows(records, loggedMs).get('authentication') ?? [];
  lake.put(key, writeColumns(ACTIVITY_COLUMNS, rows));
  return key;
}

async function rowsOf(key: string): Promise<readonly ActivityRow[]> {
  return await readColumns(ACTIVITY_COLUMNS, lake.objects.get(key) ?? new Uint8Array());
}

async function namedIn(key: string): Promise<readonly unknown[]> {
  return (await rowsOf(key)).map(({ user }) => (user as { uid?: string } | undefined)?.uid);
}

const run = (changes: Partial<Parameters<typeof eraseFromLake>[0]> = {}) =>
  eraseFromLake({
    lake,
    erasures,
    activity,
    retentionDays: 90,
    sources: ['crm-log'],
    clock: () => nowMs,
    log: (message) => void logged.push(message),
    ...changes,
  })();

const note = (holdId = 'h1', clue = ADA as typeof ADA | typeof GRACE) =>
  erasures.noteInLake({
    holdId,
    identityId: `of ${holdId}`,
    traces: { clues: [clue], words: [{ text: clue.value, clue }], names: [] },
    expiresMs: nowMs + 35 * DAY_MS,
  });

describe('the lake', () => {
  it('is looked through page by page, and says when it was', async () => {
    const keys = Array.from({ length: 120 }, (_, index) => put(nowMs - index * HOUR_MS));
    await note();
    expect(await erasures.isLakeSearched('h1', 'of h1')).toBe(false);
    expect(await run()).toEqual({ read: 120, rewritten: 120, rows: 120 });
    expect(await erasures.isLakeSearched('h1', 'of h1')).toBe(true);
    for (const key of keys) expect(await namedIn(key), key).toEqual([undefined, 'U-9']);
    expect((await rowsOf(keys[0] ?? '')).map(({ metadata }) => (metadata as { uid: string }).uid)).toEqual([
      'ada-1',
      'grace-1',
    ]);
    expect(await run()).toEqual({ read: 0, rewritten: 0, rows: 0 });
  });

  it('is gone on with where a run ended or was stopped', async () => {
    const keys = Array.from({ length: 120 }, () => put());
    await note();
    let asked = 0;
    // As if each look at the clock took so long that one page is all.
    const slow = await run({
      clock: () => {
        asked += 1;
        return nowMs + asked * 40_000;
      },
    });
    expect(slow.read).toBe(50);
    expect(await erasures.isLakeSearched('h1', 'of h1')).toBe(false);
    let reads = 0;
    const stopping = {
      ...lake,
      read: async (path: string) => {
        reads += 1;
        if (reads === 3) throw new Error('stopped');
        return await lake.read(path);
      },
    };
    await expect(run({ lake: stopping })).rejects.toThrow('stopped');
    expect(await erasures.isLakeSearched('h1', 'of h1')).toBe(false);
    // Whoever is noted meanwhile is not counted as searched for.
    await note('h2', GRACE);
    await run();
    expect([await erasures.isLakeSearched('h1', 'of h1'), await erasures.isLakeSearched('h2', 'of h2')]).toEqual([
      true,
      false,
    ]);
    for (const key of keys) expect(await namedIn(key)).toEqual([undefined, 'U-9']);
    await run();
    expect(await erasures.isLakeSearched('h2', 'of h2')).toBe(true);
    for (const key of keys) expect(await namedIn(key)).toEqual([undefined, undefined]);
  });

  it('is looked through again for what was on its way, from an hour before, until nothing can be', async () => {
    const old = put(nowMs - 2 * HOUR_MS);
    await note();
    await run();
    lake.put(old, writeColumns(ACTIVITY_COLUMNS, []));
    const late = put(nowMs);
    nowMs += 6 * HOUR_MS - 1;
    expect(await run()).toMatchObject({ read: 0 });
    nowMs += 1;
    expect(await run()).toEqual({ read: 1, rewritten: 1, rows: 1 });
    expect(await namedIn(late)).toEqual([undefined, 'U-9']);
    nowMs = START_MS + 35 * DAY_MS - 1;
    const last = put();
    expect(await run()).toMatchObject({ rewritten: 1 });
    expect(await namedIn(last)).toEqual([undefined, 'U-9']);
    nowMs += 1;
    const after = put();
    nowMs += 7 * HOUR_MS;
    await run();
    expect(await namedIn(after)).toEqual(['U-771', 'U-9']);
  });

  it('loses nothing that is written meanwhile, and one run alone goes on with it', async () => {
    const key = put();
    await note();
    let isFirst = true;
    const raced = {
      ...lake,
      read: async (path: string) => {
        const stored = await lake.read(path);
        if (isFirst) {
          isFirst = false;
          const rows = activityRows([recordOf(GRACE, 'later'), recordOf(ADA, 'later-too')], nowMs).get(
            'authentication',
          );
          lake.put(path, writeColumns(ACTIVITY_COLUMNS, rows ?? []));
        }
        return stored;
      },
    };
    expect(await run({ lake: raced })).toMatchObject({ rewritten: 1 });
    expect(await namedIn(key)).toEqual(['U-9', undefined]);
    expect(logged).toEqual(['an object changed while somebody was taken out of it']);
    await note('h2', GRACE);
    const overtaken = { ...activity, readCursor: async () => undefined };
    await expect(run({ activity: overtaken })).rejects.toThrow('another run');
  });

  it('is not said to be searched while an object of it cannot be read', async () => {
    lake.put(activityKey('authentication', nowMs, 'broken'), new Uint8Array([1, 2, 3]));
    await note();
    await expect(run()).rejects.toThrow();
    expect(logged).toEqual(['an object of the lake cannot be read']);
    expect(await erasures.isLakeSearched('h1', 'of h1')).toBe(false);
  });

  it('keeps no object longer because somebody was taken out of it', async () => {
    const [over, last] = [put(nowMs - 92 * DAY_MS), put(nowMs - 91 * DAY_MS)];
    await run();
    expect([...lake.objects.keys()]).toEqual([last]);
    expect(over).not.toBe(last);
  });
});

describe('whoever is noted', () => {
  it('is looked for by what nobody else is known by, and by accounts that are gone', async () => {
    await activity.saveClues('of h1', 'crm', ['account/crm/U-771', 'user-name/crm/ada']);
    await activity.saveClues('of h1', 'crm', ['account/crm/U-771']);
    await activity.saveClues('another', 'crm', ['account/crm/U-771']);
    await note();
    await note('h1', GRACE);
    const [noted] = await erasures.listLakeErasures(nowMs);
    expect(noted).toMatchObject({ erasureId: expect.stringMatching(/^h1#/), words: [], actors: [] });
    expect(noted?.clues).toHaveLength(1);
    expect(JSON.stringify(tables.everything())).not.toContain('U-771');
  });

  it('is one of many whom a restore erases under one name, and nobody where nothing is known', async () => {
    for (const identityId of ['E1', 'E2']) {
      const traces = { clues: [ADA], words: [], names: [] };
      await erasures.noteInLake({ holdId: 'restore', identityId, traces, expiresMs: nowMs + DAY_MS });
    }
    const nothing = { clues: [], words: [], names: [] };
    await erasures.noteInLake({ holdId: 'restore', identityId: 'E3', traces: nothing, expiresMs: nowMs + DAY_MS });
    expect(await erasures.listLakeErasures(nowMs)).toHaveLength(2);
    expect(await erasures.isLakeSearched('restore', 'E3')).toBe(true);
  });

  it('is counted no more among those whom nobody is known for', async () => {
    const seen = (actor: string) => ({ source: 'crm-log', actor, firstMs: nowMs, lastMs: nowMs, count: 1 });
    await activity.noteUnknown([seen('U-771'), seen('U-9')], nowMs + DAY_MS);
    await note();
    await run();
    const { items } = await activity.listUnknown({ source: 'crm-log', limit: 10 });
    expect(items.map(({ actor }) => actor)).toEqual(['U-9']);
  });
});
