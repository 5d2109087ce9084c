// The files of a folder of evidence: each population as CSV, each sample with its proofs, what is missing, the checkpoint
// that all of it rests on, and a page that a person can read.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CONTROLS } from '../lambdas/core/audit/evidence/controls.ts';
import { type EvidenceRow, POPULATIONS, ROW_COLUMNS } from '../lambdas/core/audit/evidence/populations.ts';
import { drawSample, SAMPLING } from '../lambdas/core/audit/evidence/sample.ts';
import { decodeBundle } from '../lambdas/core/audit/tlog/bundle.ts';
import { leafHash } from '../lambdas/core/audit/tlog/hashing.ts';
import { bundlePath, TILE_WIDTH } from '../lambdas/core/audit/tlog/paths.ts';
import { inclusionProof } from '../lambdas/core/audit/tlog/proofs.ts';
import type { LogCopy } from '../lambdas/core/audit/verify/log-copy.ts';
import { MAXIMUM_BUNDLE_BYTES, MAXIMUM_TILE_BYTES } from '../lambdas/core/audit/verify/tree-pass.ts';
import { csvLine } from '../lambdas/core/csv.ts';
import { oscalOf } from './evidence-oscal.ts';
import { evidencePage } from './evidence-page.ts';
import type { Evidence, EvidenceSummary, PopulationSummary } from './evidence-summary.ts';
import { keysInForce } from './render-verification.ts';

const MAXIMUM_CHECKPOINT_BYTES = 1_000_000;

export async function evidenceFiles(
  copy: LogCopy,
  evidence: Evidence,
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const { request, collected, head } = evidence;
  const files = new Map<string, string | Uint8Array>();
  const populations: PopulationSummary[] = [];
  for (const name of request.populations) {
    const rows = collected.rows[name] ?? [];
    const { seed, sampleSize } = request;
    const sample = drawSample(rows, { seed, population: name, size: sampleSize });
    const csv = csvOf(ROW_COLUMNS, rows);
    const [file, sampleFile] = [`population-${name}.csv`, `sample-${name}.jsonl`];
    files.set(file, csv);
    files.set(sampleFile, await proofsOf(copy, head.size, sample));
    const { what, sql } = POPULATIONS[name];
    const sha256 = createHash('sha256').update(csv).digest('hex');
    populations.push({ name, what, sql, rows: rows.length, file, sha256, sample: sampleFile, sampled: sample.length });
  }
  files.set('missing.csv', csvOf(['index', 'at', 'subject', 'expected', 'because'], collected.missing));
  files.set('checkpoint', (await copy.read(head.place, MAXIMUM_CHECKPOINT_BYTES)) ?? '');
  for (const { place } of evidence.keys.announced)
    files.set(place.replace('/', '-'), (await copy.read(place, MAXIMUM_CHECKPOINT_BYTES)) ?? '');
  const summary = summaryOf(evidence, populations);
  const told = { name: 'evidence.json', content: `${JSON.stringify(summary, undefined, 2)}\n` };
  files.set(told.name, told.content);
  if (evidence.asOscal)
    files.set('assessment-results.json', `${JSON.stringify(oscalOf(summary, told), undefined, 2)}\n`);
  files.set('index.html', evidencePage(summary, collected.missing));
  return files;
}

function summaryOf(evidence: Evidence, populations: readonly PopulationSummary[]): EvidenceSummary {
  const { request, collected, head, vkeys, keys, ownKey, madeAt } = evidence;
  const { from, until, subject, seed, sampleSize } = request;
  return {
    format: 'tenure-evidence',
    version: 1,
    madeAt,
    madeBy: `tenure ${ownVersion()}`,
    controls: request.controls.map((id) => ({ id, framework: CONTROLS[id].framework, title: CONTROLS[id].title })),
    period: { from, until },
    ...(subject !== undefined && { subject }),
    log: {
      origin: head.origin,
      size: head.size,
      root: Buffer.from(head.root).toString('base64'),
      keys: vkeys,
      ownKey,
      ...(keys.ends.length > 0 && { announcedKeys: keysInForce(keys) }),
    },
    entries: collected.entries,
    firstIndex: collected.firstIndex,
    lastIndex: collected.lastIndex,
    modelHashes: collected.modelHashes,
    populations,
    sampling: { seed, size: sampleSize, method: SAMPLING },
    missing: collected.missing.length,
  };
}

function csvOf<Row>(columns: readonly (keyof Row & string)[], rows: readonly Row[]): string {
  const lines = rows.map((row) => csvLine(columns.map((column) => row[column] as string | number | boolean)));
  return csvLine(columns) + lines.join('');
}

/** A line each: the leaf in full, and the proof that it is in the log (RFC 6962 section 2.1.1). */
async function proofsOf(copy: LogCopy, size: number, sample: readonly EvidenceRow[]): Promise<string> {
  const readTile = (path: string) => copy.read(path, MAXIMUM_TILE_BYTES);
  const lines: string[] = [];
  for (const { index, id } of sample) {
    const leaf = await leafAt(copy, index, size);
    const proof = await inclusionProof(index, size, readTile);
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const line = { index, id, size, leaf: base64(leaf), leafHash: base64(leafHash(leaf)), proof: proof.map(base64) };
    lines.push(`${JSON.stringify(line)}\n`);
  }
  return lines.join('');
}

async function leafAt(copy: LogCopy, index: number, size: number): Promise<Uint8Array> {
  const block = Math.floor(index / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, size - block * TILE_WIDTH);
  const bytes = (await copy.read(bundlePath(block, width), MAXIMUM_BUNDLE_BYTES)) ?? new Uint8Array(0);
  const leaf = decodeBundle(bytes)[index % TILE_WIDTH];
  if (leaf === undefined) throw new Error(`entry ${index} was there a moment ago`);
  return leaf;
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
