// What versions that may still have executions under way were like: an execution keeps its definition for up to 90 days,
// while the functions beneath it are replaced. record.ts writes a folder each; README.md says when.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('test', 'releases');

/** By age, the last one last. */
export const RELEASES: readonly string[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** Function → what state machines of that version sent it: one of each shape. */
export type Payloads = Readonly<Record<string, readonly object[]>>;

/** Where its state machines are, as they were. */
export function definitionsOf(release: string): string {
  return join(FOLDER, release, 'statemachines');
}

export function payloadsOf(release: string): Payloads {
  return read(release, 'payloads.json') as Payloads;
}

export function read(release: string, file: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, release, file), 'utf8'));
}
