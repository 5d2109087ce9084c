// The entries of a copy that verifies, in the log's order, each with the detail that it names.
import { decodeLogEntry, type LogEntry } from '../lambdas/core/audit/log-entry.ts';
import { decodeBundle } from '../lambdas/core/audit/tlog/bundle.ts';
import { TILE_WIDTH } from '../lambdas/core/audit/tlog/paths.ts';
import { Findings } from '../lambdas/core/audit/verify/findings.ts';
import { Inventory, type LogCopy } from '../lambdas/core/audit/verify/log-copy.ts';
import { MAXIMUM_BUNDLE_BYTES } from '../lambdas/core/audit/verify/tree-pass.ts';
import { CommandError } from './command-error.ts';

export interface SealedEntry {
  readonly index: number;
  readonly entry: LogEntry;
  readonly detail?: Uint8Array | undefined;
}

/** Throws a CommandError when an object has gone since the copy was verified. */
export async function* sealedEntries(copy: LogCopy, size: number): AsyncGenerator<SealedEntry> {
  for await (const { index, entry } of leavesIn(copy, size)) {
    const { sha256, bytes = 0 } = entry.detail ?? {};
    const detail = sha256 === undefined ? undefined : await present(copy, `details/${sha256}`, bytes);
    yield { index, entry, detail };
  }
}

/**
 * Pseudonym → when what is known of them was destroyed (RFC 3339). That was put on record before anything was, and could
 * not be called off any more.
 */
export async function erasedIn(copy: LogCopy, size: number): Promise<ReadonlyMap<string, string>> {
  const erased = new Map<string, string>();
  for await (const { entry } of leavesIn(copy, size)) {
    const { type, ...told } = entry.event;
    if (type !== 'personal-data-erased' || entry.subject.kind !== 'deployment') continue;
    const pseudonyms = Array.isArray(told['pseudonyms']) ? told['pseudonyms'] : [];
    for (const pseudonym of pseudonyms) erased.set(String(pseudonym), entry.at);
  }
  return erased;
}

/** The same without details. */
export async function* leavesIn(copy: LogCopy, size: number): AsyncGenerator<Pick<SealedEntry, 'index' | 'entry'>> {
  const inventory = await Inventory.of(copy, new Findings());
  for (let first = 0; first < size; first += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - first);
    const bundle = await present(
      copy,
      inventory.pathFor('entries', first / TILE_WIDTH, width) ?? '',
      MAXIMUM_BUNDLE_BYTES,
    );
    for (const [offset, leaf] of decodeBundle(bundle).slice(0, width).entries())
      yield { index: first + offset, entry: decodeLogEntry(leaf) };
  }
}

async function present(copy: LogCopy, path: string, maximumBytes: number): Promise<Uint8Array> {
  const bytes = await copy.read(path, maximumBytes);
  if (bytes === undefined) throw new CommandError(`${path}: it was there a moment ago`);
  return bytes;
}
