// The file of `--settings`: the deployment's settings, as cdk.json has them under `tenure`, and the secrets of the
// applications that are called where they are. What is in it may be secret wherever somebody mistyped, so a fault
// names its place, and quotes nothing but the settings' keys.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as z from 'zod';
import { describePath, issuesOf } from '../lib/access-model/schema-issues.ts';
import { parseYamlFile, type ValuePath } from '../lib/access-model/yaml-file.ts';
import { findSettingsIssues } from '../lib/config.ts';
import { LocalCloudError } from './local-cloud-error.ts';

/** The settings travel to `cdk synth` as arguments, of which none may have 128 KiB. */
const MAXIMUM_BYTES = 64 * 1024;
const OTHERS = 0o077;

export interface LocalSettings {
  /** Checked as `cdk synth` checks them: setting → value. */
  readonly tenure: Readonly<Record<string, unknown>>;
  /** Application id → what its connector signs in with. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Fault {
  readonly path: ValuePath;
  readonly message: string;
  readonly atKey?: boolean;
}

const fileSchema = z.looseObject({
  secrets: z.record(z.string(), z.record(z.string(), z.unknown(), { error: 'expected an object' })).default({}),
});

/** @throws LocalCloudError with every fault, by line and column */
export function readSettingsFile(path: string): LocalSettings {
  const name = basename(path);
  const { text, openToOthers } = readBounded(path, name);
  const file = parseYamlFile(name, text);
  // Some of the parser's messages quote what they stumble over.
  const unreadable = file.faults.map(
    ({ line, column }) => `${name}:${line}:${column}  neither JSON nor YAML from here on`,
  );
  if (unreadable.length > 0) throw faulty(name, unreadable);
  const value = file.value ?? {};
  const faults = findFaults(value);
  if (faults.length > 0) {
    throw faulty(
      name,
      faults.map(({ path: at, message, atKey }) => {
        const { line, column } = atKey ? file.positionOfKey(at) : file.positionOf(at);
        return `${name}:${line}:${column}  ${message}`;
      }),
    );
  }
  const { secrets, ...tenure } = fileSchema.parse(value);
  if (openToOthers && Object.keys(secrets).length > 0) {
    throw new LocalCloudError(
      `${name} holds secrets, and others on this machine may read it.`,
      `Make it yours alone: chmod 600 ${path}`,
    );
  }
  return { tenure, secrets };
}

function findFaults(value: unknown): readonly Fault[] {
  const shape = issuesOf(fileSchema, value).map(({ path, message }) => ({
    path,
    message: `${describePath(path)}${message}`,
  }));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return shape;
  const { secrets: _, ...tenure } = value as Record<string, unknown>;
  const settings = findSettingsIssues(tenure).map(({ path, message, atKey }) => {
    return { path, message: `${describePath(path)}${message}`, atKey };
  });
  return [...shape, ...settings];
}

function readBounded(path: string, name: string): { readonly text: string; readonly openToOthers: boolean } {
  const descriptor = openSync(path, 'r');
  try {
    const { size, mode } = fstatSync(descriptor);
    if (size > MAXIMUM_BYTES) throw faulty(name, [`${name}  ${size} bytes: expected at most ${MAXIMUM_BYTES}`]);
    const text = readText(readFileSync(descriptor), name);
    // Windows knows no such bits: there everything seems open to everybody.
    return { text, openToOthers: process.platform !== 'win32' && (mode & OTHERS) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

function readText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw faulty(name, [`${name}  expected UTF-8`]);
  }
}

function faulty(name: string, lines: readonly string[]): LocalCloudError {
  const count = lines.length === 1 ? '1 fault' : `${lines.length} faults`;
  return new LocalCloudError(
    [`The settings file ${name} has ${count}:`, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
}
