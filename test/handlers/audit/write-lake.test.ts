import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeLogEntry, type LogEntry } from '../../../lambdas/core/audit/log-entry.ts';
import { OCSF_CLASS_NAMES, type OcsfClassName } from '../../../lambdas/core/audit/ocsf/classes.ts';
import { ENTRIES_AT_A_TIME, POSITION_KEY } from '../../../lambdas/core/audit/ocsf/lake-layout.ts';
import type { OcsfEvent } from '../../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { encodeBundle } from '../../../lambdas/core/audit/tlog/bundle.ts';
import { bundlePath } from '../../../lambdas/core/audit/tlog/paths.ts';
import { type LakeDependencies, writeLake } from '../../../lambdas/handlers/audit/write-lake.ts';
import { readParquet } from '../../../lambdas/stores/lake/parquet.ts';
import { EVENTS, logEntry } from '../../support/log-entries.ts';
import { type MemoryObjects, memoryObjects } from '../../support/memory-objects.ts';

const ORIGIN = 'tenure.tenure/111122223333/eu-west-1';
const PLACE = { region: 'eu-west-1', accountId: '111122223333' };
const KINDS = Object.values(EVENTS);

/** Over three days, not in the order of their times. */
function entries(count: number): readonly LogEntry[] {
  return Array.from({ length: count }, (_, index) =>
    logEntry({
      sequence: index,
      at: `2026-11-${20 + (index % 3)}T10:${String((index * 7) % 60).padStart(2, '0')}:00.000Z`,
      event: KINDS[index % KINDS.length] as LogEntry['event'],
    }),
  );
}

function seal(log: MemoryObjects, leaves: readonly LogEntry[], origin = ORIGIN): void {
  for (let from = 0; from < leaves.length; from += 256) {
    const some = leaves.slice(from, from + 256).map(encodeLogEntry);
    log.put(bundlePath(from / 256, some.length), encodeBundle(some));
  }
  log.put('checkpoint', new TextEncoder().encode(`${origin}\n${leaves.length}\nAAAA\n\n— key sig\n`));
}

function setting(log = memoryObjects(), lake = memoryObjects()) {
  const published: number[] = [];
  const dependencies: LakeDependencies = {
    log,
    lake,
    place: PLACE,
    publish: (behind) => void published.push(behind),
    clock: () => 0,
  };
  return { log, lake, run: writeLake(dependencies), dependencies, published };
}

async function objectsOf(lake: MemoryObjects): Promise<ReadonlyMap<string, readonly OcsfEvent[]>> {
  const found = new Map<string, readonly OcsfEvent[]>();
  for (const [key, bytes] of lake.objects) {
    if (key === POSITION_KEY) continue;
    const [, name = '', day = ''] = /^ext\/tenure_(\w+)\/.*eventDay=(\d{8})\//.exec(key) ?? [];
    expect(OCSF_CLASS_NAMES).toContain(name);
    found.set(key, await readParquet(name as OcsfClassName, day, bytes));
  }
  return found;
}

const unmapped = ({ members }: OcsfEvent) => members['unmapped'] as { log_index: number; row: number };

/** Worked out from the entries themselves: one row, but one for each of an entry's steps or failed applications. */
function expectedRows(leaves: readonly LogEntry[]): readonly string[] {
  return leaves.flatMap(({ event }, index) => {
    const several = (event['steps'] ?? event['failed']) as readonly unknown[] | undefined;
    return Array.from({ length: several?.length ?? 1 }, (_, row) => `${index}.${row}`);
  });
}

async function expectWhole(lake: MemoryObjects, leaves: readonly LogEntry[]): Promise<void> {
  const objects = await objectsOf(lake);
  const rows = [...objects.values()].flat().map((row) => `${unmapped(row).log_index}.${unmapped(row).row}`);
  expect(rows.sort()).toEqual([...expectedRows(leaves)].sort());
  for (const [key, inOne] of objects) {
    const times = inOne.map(({ members }) => members['time'] as number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const { members } of inOne)
      expect(key).toContain(
        `eventDay=${new Date(members['time'] as number).toISOString().slice(0, 10).replaceAll('-', '')}/`,
      );
  }
}

describe('writing the lake', () => {
  it('has nothing to do before anything was sealed', async () => {
    const { run, lake } = setting();
    expect(await run()).toEqual({ size: 0, behind: 0 });
    expect(lake.objects.size).toBe(0);
  });

  it('puts each sealed entry into the object of its class and day, by time', async () => {
    const { log, lake, run } = setting();
    const leaves = entries(100);
    seal(log, leaves);
    expect(await run()).toEqual({ size: 100, behind: 0 });
    await expectWhole(lake, leaves);
    expect([...lake.objects.keys()]).toContain(
      'ext/tenure_user_access/1.0/region=eu-west-1/accountId=111122223333/eventDay=20261120/part-0000000000.parquet',
    );
  });

  it('adds what was sealed since to the objects that are there', async () => {
    const { log, lake, run } = setting();
    const leaves = entries(300);
    for (const size of [1, 256, 257, 300]) {
      seal(log, leaves.slice(0, size));
      expect(await run()).toEqual({ size, behind: 0 });
      await expectWhole(lake, leaves.slice(0, size));
    }
    const objects = lake.objects.size;
    expect(await run()).toEqual({ size: 300, behind: 0 });
    expect(lake.objects.size).toBe(objects);
  });

  it('has each row once, whatever write it is stopped before or after', async () => {
    const leaves = entries(8);
    for (let stop = 0; ; stop += 1) {
      let crashes = 0;
      const lake = memoryObjects(
        (write, when) => write === Math.floor(stop / 2) && when === (stop % 2 ? 'after' : 'before') && crashes++ === 0,
      );
      const { log, run } = setting(memoryObjects(), lake);
      seal(log, leaves.slice(0, 5));
      await run().catch(() => {});
      // More was sealed when it comes back.
      seal(log, leaves);
      await run().catch(run);
      await expectWhole(lake, leaves);
      if (crashes === 0) break;
    }
  });

  it('loses no row to a run that was overtaken', async () => {
    const { log, lake, dependencies } = setting();
    const leaves = entries(60);
    seal(log, leaves.slice(0, 20));
    // Read its position, and stands still while others take those entries and more.
    let others: Promise<unknown> | undefined;
    const slow = writeLake({
      ...dependencies,
      lake: {
        ...lake,
        read: async (path) => {
          const found = await lake.read(path);
          if (path === POSITION_KEY && others === undefined) {
            others = writeLake(dependencies)().then(() => {
              seal(log, leaves);
              return writeLake(dependencies)();
            });
            await others;
          }
          return found;
        },
      },
    });
    await expect(slow()).rejects.toThrow(/another run/);
    await expectWhole(lake, leaves);
  });

  it('takes no further entries after its time, and says how many wait', async () => {
    const { log, lake, dependencies, published } = setting();
    const leaves = entries(ENTRIES_AT_A_TIME + 10);
    seal(log, leaves);
    let now = 0;
    const run = writeLake({ ...dependencies, clock: () => now++ * 100_000 });
    expect(await run()).toEqual({ size: ENTRIES_AT_A_TIME, behind: 10 });
    now = 0;
    expect(await run()).toEqual({ size: ENTRIES_AT_A_TIME + 10, behind: 0 });
    expect(published).toEqual([10, 0]);
    await expectWhole(lake, leaves);
  }, 60_000);

  it('reads what had no room in its entry, and refuses what was not sealed', async () => {
    const { log, lake, run } = setting();
    const detail = new TextEncoder().encode(
      '{"event":{"applicationId":"badges","steps":[{"action":"revoke","grant":"door"}]}}',
    );
    const sha256 = createHash('sha256').update(detail).digest('hex');
    seal(log, [logEntry({ event: { type: 'task-opened' }, detail: { sha256, bytes: detail.length } })]);
    await expect(run()).rejects.toThrow(/not what was sealed/);
    log.put(`details/${sha256}`, new TextEncoder().encode('{"event":{}}'));
    await expect(run()).rejects.toThrow(/not what was sealed/);
    log.put(`details/${sha256}`, detail);
    await run();
    const [row] = [...(await objectsOf(lake)).values()].flat();
    expect(row?.members['unmapped']).toMatchObject({ application: 'badges', action: 'revoke', grant_name: 'door' });
  });

  it('stops when the log is another one, is shorter than the lake, or is not whole', async () => {
    const leaves = entries(300);
    const { log, lake, run } = setting();
    seal(log, leaves);
    log.objects.delete(bundlePath(1, 44));
    await expect(run()).rejects.toThrow(/not whole/);
    seal(log, leaves);
    await run();
    seal(log, leaves.slice(0, 299));
    await expect(run()).rejects.toThrow(/the lake has 300 entries/);
    seal(log, [...leaves, ...entries(1)], 'another');
    await expect(run()).rejects.toThrow(/the log is another/);
    log.put('checkpoint', new TextEncoder().encode('x\n1e3\n'));
    await expect(run()).rejects.toThrow(/checkpoint is not one/);
    await expectWhole(lake, leaves);
  });
});
