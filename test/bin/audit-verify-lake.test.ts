// `tenure audit verify --lake` over folders: the lake as its own function writes it, and whatever somebody may do to it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyIn } from '../../bin/audit-verify-files.ts';
import { runCommand } from '../../bin/command.ts';
import { lakeIn } from '../../bin/lake-copy.ts';
import type { LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import type { OcsfClassName } from '../../lambdas/core/audit/ocsf/classes.ts';
import type { OcsfEvent } from '../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { verifyLog } from '../../lambdas/core/audit/verify/verify-log.ts';
import { writeLake } from '../../lambdas/handlers/audit/write-lake.ts';
import { readParquet, writeParquet } from '../../lambdas/stores/lake/parquet.ts';
import { EVENTS } from '../support/log-entries.ts';
import { memoryObjects } from '../support/memory-objects.ts';
import { withFooter } from '../support/parquet-footers.ts';
import { logLeaves, sealedLog, VKEY, writeObjects } from '../support/sealed-log.ts';

const SIZE = 300;
const KINDS = Object.values(EVENTS);
const PLACE = { region: 'eu-central-1', accountId: '123456789012' };
const FOLDER = (name: string, day: string, { region, accountId } = PLACE) =>
  `ext/tenure_${name}/1.0/region=${region}/accountId=${accountId}/eventDay=${day}`;
/** Entry 0 and every third one are of the first day. */
const ACCESS = `${FOLDER('user_access', '20261120')}/part-0000000000.parquet`;

const eventOf = (index: number) => KINDS[index % KINDS.length] as LogEntry['event'];
const leavesOf = (count: number) =>
  logLeaves(count, (index) => ({ at: `2026-11-${20 + (index % 3)}T10:00:00.000Z`, event: eventOf(index) }));

let root: string;
let log: string;
let lake: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tenure-lake-'));
  const sealed = await sealedLog(leavesOf(SIZE), [200, SIZE]);
  writeObjects(join(root, 'log'), sealed);
  writeObjects(join(root, 'shorter'), await sealedLog(leavesOf(200), [200]));
  const [from, to] = [memoryObjects(), memoryObjects()];
  for (const [path, bytes] of sealed) from.put(path, bytes);
  await writeLake({ log: from, lake: to, place: PLACE, publish: () => {}, clock: () => 0 })();
  writeObjects(join(root, 'written'), to.objects);
  log = join(root, 'log');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  lake = join(root, 'lake');
  rmSync(lake, { recursive: true, force: true });
  cpSync(join(root, 'written'), lake, { recursive: true });
});

async function verify(...more: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const streams = { out: (text: string) => void out.push(text), error: (text: string) => void error.push(text) };
  const code = await runCommand(['audit', 'verify', '--log', log, '--key', VKEY, '--lake', lake, ...more], streams);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

async function faults(): Promise<readonly string[]> {
  const { code, out } = await verify();
  const found = out.split('\n').filter((line) => line.startsWith('FAULT'));
  expect([code, out.split('\n')[0]]).toEqual(
    found.length === 0
      ? [0, expect.stringMatching(/^Verified: /)]
      : [3, `NOT verified: ${found.length} ${found.length === 1 ? 'fault' : 'faults'}.`],
  );
  return found.map((line) => line.replace(/^FAULT +/, ''));
}

type Rows = readonly OcsfEvent[];

/** What an object says is read, altered and written again as the lake's function does. */
async function alter(path: string, change: (rows: Rows) => Rows, to = path): Promise<void> {
  const [, name = ''] = /^ext\/tenure_(\w+)\//.exec(path) ?? [];
  const rows = await readParquet(name as OcsfClassName, '', readFileSync(join(lake, path)));
  mkdirSync(dirname(join(lake, to)), { recursive: true });
  writeFileSync(join(lake, to), writeParquet(name as OcsfClassName, change(rows)));
}

const unmapped = ({ members }: OcsfEvent) => members['unmapped'] as { log_index: number; row: number; action?: string };

/** The first row of an access-changed grant that the object has. */
async function firstChange(): Promise<{ index: number; at: number }> {
  let found = { index: -1, at: -1 };
  await alter(ACCESS, (rows) => {
    const at = rows.findIndex((row) => eventOf(unmapped(row).log_index).type === 'access-changed');
    found = { index: unmapped(rows[at] as OcsfEvent).log_index, at };
    return rows;
  });
  return found;
}

const withMember = (row: OcsfEvent, member: string, value: unknown): OcsfEvent =>
  ({ ...row, members: { ...row.members, unmapped: { ...unmapped(row), [member]: value } } }) as OcsfEvent;

describe('tenure audit verify --lake', () => {
  it('answers 0 for a lake as it was written, and says what was compared', async () => {
    const { code, out } = await verify();
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('Verified: 300 entries are what was sealed, and the lake has their rows.');
    expect(out).toMatch(/^lake {8}\d+ rows of the first 300 entries in \d+ objects$/m);
    const json = JSON.parse((await verify('--format', 'json')).out);
    const rows = Array.from({ length: SIZE }, (_, index) => {
      const { steps, failed } = eventOf(index) as { steps?: unknown[]; failed?: unknown[] };
      return (steps ?? failed)?.length ?? 1;
    });
    expect(json.checked.lake).toEqual({
      entries: SIZE,
      objects: expect.any(Number),
      rows: rows.reduce((sum, count) => sum + count, 0),
    });
    expect(await faults()).toEqual([]);
  });

  it('names a value that was altered: entry, object and column', async () => {
    const { index, at } = await firstChange();
    await alter(ACCESS, (rows) => rows.with(at, withMember(rows[at] as OcsfEvent, 'grant_name', 'guests')));
    expect(await faults()).toEqual([
      `row: ${ACCESS}: the row of entry ${index} is not what was sealed, by unmapped.grant_name`,
    ]);
    const [fault] = JSON.parse((await verify('--format', 'json')).out).faults;
    expect(fault).toMatchObject({ kind: 'row', path: ACCESS, entry: index, columns: ['unmapped.grant_name'] });
  });

  it.each([
    ['emptied', 'grant_name', undefined],
    ['filled where the entry says nothing', 'decision', 'repair'],
    ['of another hash', 'leaf_hash', 'aGFzaA=='],
    ['turned round', 'privileged', false],
  ])('names a value that was %s', async (_what, member, value) => {
    const { index, at } = await firstChange();
    await alter(ACCESS, (rows) => rows.with(at, withMember(rows[at] as OcsfEvent, member, value)));
    expect(await faults()).toEqual([
      `row: ${ACCESS}: the row of entry ${index} is not what was sealed, by unmapped.${member}`,
    ]);
  });

  it('names a row that was dropped', async () => {
    const { index, at } = await firstChange();
    await alter(ACCESS, (rows) => rows.toSpliced(at, 1));
    expect(await faults()).toEqual([`missing: ${ACCESS}: the row of entry ${index} is missing`]);
  });

  it('names a row that is there twice, in one object or in two', async () => {
    const { index, at } = await firstChange();
    await alter(ACCESS, (rows) => [...rows, rows[at] as OcsfEvent]);
    expect(await faults()).toEqual([`duplicate: ${ACCESS}: 1 row is there twice, the first the row of entry ${index}`]);
    const other = `${FOLDER('user_access', '20261123')}/part-0000000000.parquet`;
    await alter(ACCESS, (rows) => rows.slice(0, -1));
    await alter(ACCESS, (rows) => [rows[at] as OcsfEvent], other);
    expect(await faults()).toEqual([
      `duplicate: ${other}: 1 row is there in ${ACCESS} already, the first the row of entry ${index}`,
    ]);
  });

  it('names a row that claims to be of another entry, of none, or of one that is not sealed', async () => {
    const { index, at } = await firstChange();
    const claim = (value: number | undefined) =>
      alter(ACCESS, (rows) => rows.with(at, withMember(rows[at] as OcsfEvent, 'log_index', value)));
    const missing = `missing: ${ACCESS}: the row of entry ${index} is missing`;
    await claim(SIZE);
    expect(await faults()).toEqual([
      `surplus: ${ACCESS}: 1 row is of no sealed entry, the first the row of entry ${SIZE}`,
      missing,
    ]);
    await claim(undefined);
    expect(await faults()).toEqual([`surplus: ${ACCESS}: 1 row is of no sealed entry, with no entry named`, missing]);
    const next = index + 3 * KINDS.length;
    await claim(next);
    const found = await faults();
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(`row: ${ACCESS}: the row of entry ${next} is not what was sealed, by metadata`);
    expect(found[1]).toBe(`duplicate: ${ACCESS}: 1 row is there twice, the first the row of entry ${next}`);
    expect(found[2]).toBe(missing);
  });

  it('names an object that is missing', async () => {
    const rows = await rowsIn(ACCESS);
    rmSync(join(lake, ACCESS));
    expect(await faults()).toEqual([
      `missing: ${ACCESS} is missing: it holds ${rows.length} rows, the first of entry ${rows[0]}`,
    ]);
  });

  it('names an object that lies in another day, class, part, region or account', async () => {
    const rows = await rowsIn(ACCESS);
    const moved = async (to: string) => {
      mkdirSync(dirname(join(lake, to)), { recursive: true });
      renameSync(join(lake, ACCESS), join(lake, to));
      const found = await faults();
      renameSync(join(lake, to), join(lake, ACCESS));
      return found;
    };
    for (const to of [FOLDER('user_access', '20261124'), FOLDER('authentication', '20261125')]) {
      const path = `${to}/part-0000000000.parquet`;
      expect(await moved(path)).toEqual([
        `partition: ${path}: ${rows.length} rows are to be in ${ACCESS}, the first the row of entry ${rows[0]}`,
      ]);
    }
    const part = ACCESS.replace('part-0000000000', 'part-0000000001');
    expect(await moved(part)).toEqual([
      expect.stringMatching(/^missing: .*part-0000000000.parquet is missing: it holds/),
      `surplus: ${part}: ${rows.length} rows are of another part of the log, the first the row of entry ${rows[0]}`,
    ]);
    for (const place of [
      { ...PLACE, region: 'eu-west-1' },
      { ...PLACE, accountId: '999999999999' },
    ]) {
      const path = `${FOLDER('user_access', '20261120', place)}/part-0000000000.parquet`;
      expect(await moved(path)).toEqual([
        `partition: ${path} lies in another account or region than the log's, 123456789012 and eu-central-1`,
        expect.stringMatching(/^missing: .* is missing: it holds/),
      ]);
    }
  });

  it('names what is no object of the lake, and what no Parquet', async () => {
    const foreign = `${FOLDER('user_access', '20261120')}/rows.parquet`;
    cpSync(join(lake, ACCESS), join(lake, foreign));
    writeFileSync(join(lake, 'beside.txt'), 'x');
    expect(await faults()).toEqual([`surplus: ${foreign}: no object of the lake has such a name`]);
    expect((await verify()).out).toContain("remark      1 objects beside the lake's were not looked at: beside.txt");
    rmSync(join(lake, foreign));
    for (const bytes of [Buffer.from('PAR1'), Buffer.alloc(0), readFileSync(join(lake, ACCESS)).subarray(0, -9)]) {
      writeFileSync(join(lake, ACCESS), bytes);
      expect(await faults()).toEqual([expect.stringMatching(`^parquet: ${ACCESS} cannot be read: `)]);
    }
  });

  it('names a bound that lets a reader pass over rows: object, row group and column', async () => {
    writeFileSync(
      join(lake, ACCESS),
      withFooter(readFileSync(join(lake, ACCESS)), ({ row_groups: [group] }) => {
        const time = group?.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === 'time')?.meta_data;
        Object.assign(time?.statistics ?? {}, { max_value: 0n, is_max_value_exact: false });
      }),
    );
    expect(await faults()).toEqual([
      `statistics: ${ACCESS}: row group 0, column time: max_value is not true of its rows`,
    ]);
    const [fault] = JSON.parse((await verify('--format', 'json')).out).faults;
    expect(fault).toMatchObject({ kind: 'statistics', path: ACCESS, rowGroup: 0, columns: ['time'] });
  });

  it('finds a column that was added', async () => {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const path = `${FOLDER('user_access', '20261123')}/part-0000000000.parquet`;
    mkdirSync(dirname(join(lake, path)), { recursive: true });
    const columnData = [{ name: 'note', data: ['planted'] }];
    writeFileSync(join(lake, path), new Uint8Array(parquetWriteBuffer({ columnData })));
    expect(await faults()).toEqual([`surplus: ${path}: 1 row is of no sealed entry, with no entry named`]);
  });

  it('comes to an end whatever bit of an object was turned, and says then that something is wrong', async () => {
    const bytes = readFileSync(join(lake, ACCESS));
    const found = { faults: 0, nothing: 0 };
    for (let at = 4; at < bytes.length; at += Math.ceil(bytes.length / 12)) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 0x10;
      writeFileSync(join(lake, ACCESS), flipped);
      const { faultCount } = await verifyLog(copyIn(log), { vkeys: [VKEY], lake: lakeIn(lake, 1_000) });
      found[faultCount === 0 ? 'nothing' : 'faults'] += 1;
    }
    // Some bits say nothing of a row: of statistics, sizes that nobody reads, the name of the writer.
    expect(found.faults).toBeGreaterThan(found.nothing);
  }, 60_000);

  it('gives up on a file that its reader does not come to the end of', async () => {
    const { faults: named } = await verifyLog(copyIn(log), { vkeys: [VKEY], lake: lakeIn(lake, 0) });
    expect(named.map(({ message }) => message)).toContain(`${ACCESS} cannot be read: its reader took more than 0 ms`);
  });

  it('takes a lake that is behind the log, and holds what it has already against the entries', async () => {
    const { index, at } = await firstChange();
    const origin = JSON.parse(readFileSync(join(lake, 'lake/position.json'), 'utf8')).origin;
    writeFileSync(join(lake, 'lake/position.json'), JSON.stringify({ origin, size: index }));
    await alter(ACCESS, (rows) => rows.filter((row) => unmapped(row).log_index !== index));
    expect(await faults()).toEqual([]);
    const { out } = await verify();
    expect(out).toContain(`, and the lake has those of the first ${index}.`);
    expect(out).toContain(`remark      the lake has the first ${index} of 300 entries: the others were not in it yet`);
    await alter(ACCESS, (rows) => rows.with(at, withMember(rows[at] as OcsfEvent, 'grant_name', 'guests')));
    expect(await faults()).toEqual([
      expect.stringMatching(/^row: .* is not what was sealed, by unmapped\.grant_name$/),
    ]);
  });

  it('names a position that is missing, of another log, or ahead of the log', async () => {
    const position = join(lake, 'lake/position.json');
    const { origin } = JSON.parse(readFileSync(position, 'utf8'));
    const missing = 'missing: lake/position.json is missing, or does not say how many entries the lake has';
    writeFileSync(position, JSON.stringify({ origin: 'other.tenure/1/x', size: SIZE }));
    expect(await faults()).toEqual(['origin: lake/position.json is of the log other.tenure/1/x']);
    writeFileSync(position, JSON.stringify({ origin, size: SIZE + 1 }));
    expect(await faults()).toEqual([
      expect.stringMatching(/^surplus: lake\/position.json says that the lake has 301 entries, .*copy the lake before/),
    ]);
    for (const text of ['{', '{"size":-1}', ' '.repeat(5_000)]) {
      writeFileSync(position, text);
      expect(await faults()).toEqual([missing]);
    }
    rmSync(position);
    expect(await faults()).toEqual([missing]);
  });

  it('says of an entry that cannot be read that its rows were not compared', async () => {
    const before = log;
    log = join(root, 'tampered');
    cpSync(before, log, { recursive: true });
    rmSync(join(log, 'tile/entries/001.p/44'));
    const { code, out } = await verify();
    log = before;
    expect(code).toBe(3);
    expect(out).toContain('missing: tile/entries/001.p/44 is missing');
    expect(out).toContain('row: entry 256 cannot be compared with its rows of the lake: the entry is missing');
    expect(out).toContain('NOT verified: 45 faults.');
  });

  it('finds in a shorter log no entry for rows that came later', async () => {
    const before = log;
    log = join(root, 'shorter');
    const { out } = await verify();
    log = before;
    expect(out).toMatch(/surplus: ext\/.*: \d+ rows are of no sealed entry, the first the row of entry 2\d\d$/m);
  });

  it('answers 2 where there is no folder', async () => {
    lake = join(root, 'nowhere');
    expect(await verify()).toMatchObject({ code: 2, out: '', error: expect.stringMatching(/nowhere is not a folder/) });
  });
});

async function rowsIn(path: string): Promise<readonly number[]> {
  let indexes: readonly number[] = [];
  await alter(path, (rows) => {
    indexes = rows.map((row) => unmapped(row).log_index);
    return rows;
  });
  return [...indexes].sort((one, other) => one - other);
}
