// Named queries over entries that a test has made: as rows of the lake, in Parquet, through the local cloud's engine.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { LAKE_COLUMNS } from '../../lambdas/core/audit/ocsf/columns.ts';
import { lakeKey } from '../../lambdas/core/audit/ocsf/lake-layout.ts';
import { type OcsfEvent, toOcsfEvents } from '../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { ACTIVITY_COLUMNS, ACTIVITY_PARTITIONS } from '../../lambdas/core/detection/activity-lake.ts';
import { type ColumnType, glueType } from '../../lambdas/core/lake-columns.ts';
import { writeParquet } from '../../lambdas/stores/lake/parquet.ts';
import { PYTHON } from './ministack.ts';

const ENGINE = fileURLToPath(new URL('../../local/athena_engine.py', import.meta.url));
const PARTITIONS = { source: 'string', region: 'string', accountid: 'string', eventday: 'string' };

export interface Question {
  readonly sql: string;
  readonly parameters: readonly string[];
}

export type Answer =
  | {
      readonly columns: readonly string[];
      readonly rows: readonly (readonly unknown[])[];
      /** Of the engine, which has one thread. */
      readonly cpuSeconds: number;
    }
  | { readonly error: string };

/** Of the log that has these entries, in this order. */
export async function askAthena(
  entries: readonly LogEntry[],
  queries: readonly Question[],
): Promise<readonly Answer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-athena-'));
  try {
    return await askFiles(writeFiles(folder, entries), queries);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a lake that has these files. */
export async function askFiles(files: readonly string[], queries: readonly Question[]): Promise<readonly Answer[]> {
  return await askTable('events', { ...glueTypes(LAKE_COLUMNS), ...PARTITIONS }, files, queries);
}

/** Of a lake of activity that has these objects, by their keys. */
export async function askActivity(
  objects: ReadonlyMap<string, Uint8Array>,
  queries: readonly Question[],
): Promise<readonly Answer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-activity-'));
  try {
    const files = [...objects].map(([key, bytes]) => writeObject(folder, key, bytes));
    const partitions = Object.fromEntries(ACTIVITY_PARTITIONS.map((name) => [name, 'string']));
    return await askTable('activity', { ...glueTypes(ACTIVITY_COLUMNS), ...partitions }, files, queries);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function askTable(
  table: string,
  columns: Readonly<Record<string, string>>,
  files: readonly string[],
  queries: readonly Question[],
): Promise<readonly Answer[]> {
  return JSON.parse(await runEngine({ queries, files, columns, table })) as Answer[];
}

function glueTypes(columns: Readonly<Record<string, ColumnType>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, glueType(type)]));
}

function writeFiles(folder: string, entries: readonly LogEntry[]): readonly string[] {
  return writeRows(
    folder,
    entries.flatMap((entry, index) => toOcsfEvents({ index, entry, leafHash: 'aGFzaA==' }, 'log')),
  );
}

/** Of one part of the log: the files that hold its rows. */
export function writeRows(folder: string, rows: readonly OcsfEvent[], part = 0): readonly string[] {
  const objects = new Map<string, OcsfEvent[]>();
  for (const row of rows) {
    const key = lakeKey(row.className, row.eventDay, part, { region: 'eu-west-1', accountId: '111122223333' });
    const some = objects.get(key) ?? [];
    objects.set(key, some);
    some.push(row);
  }
  return [...objects].map(([key, some]) =>
    writeObject(folder, key, writeParquet((some[0] as OcsfEvent).className, some)),
  );
}

function writeObject(folder: string, key: string, bytes: Uint8Array): string {
  const path = join(folder, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function runEngine(asked: object): Promise<string> {
  const child = spawn(PYTHON, [ENGINE], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let said = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdin.end(JSON.stringify(asked));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(said))));
  });
}
