// An auditor's pack of a review campaign, held against a copy of the log that verifies.
import { gunzipSync } from 'node:zlib';
import type { LogCopy } from '../lambdas/core/audit/verify/log-copy.ts';
import { type PackVerdict, ReviewPackCheck, reviewPackSchema } from '../lambdas/core/audit/verify/review-pack.ts';
import { readSmallFile } from './audit-verify-files.ts';
import { CommandError } from './command-error.ts';
import { leavesIn } from './sealed-entries.ts';

/** What one text may be in JavaScript, about: a million items. */
const MAXIMUM_PACK_BYTES = 500_000_000;
const MAXIMUM_UNPACKED_BYTES = 512_000_000;
const SHOWN_REVIEWERS = 20;
const SHOWN_FAULTS = 20;

/** @param size of the log, as far as it verifies */
export async function checkPack(path: string, copy: LogCopy, size: number): Promise<PackVerdict> {
  const bytes = readSmallFile(path, MAXIMUM_PACK_BYTES);
  if (bytes === undefined) throw new CommandError(`--pack ${path}: expected the file of a pack, of 500 MB at most`);
  const pack = parsed(path, bytes);
  const unpack = (packed: Uint8Array) =>
    gunzipSync(packed, { maxOutputLength: MAXIMUM_UNPACKED_BYTES }).toString('utf8');
  const check = new ReviewPackCheck(pack.campaignId, unpack);
  for await (const { index, entry } of leavesIn(copy, size)) check.add(index, entry);
  return check.finish(pack);
}

function parsed(path: string, bytes: Uint8Array) {
  try {
    return reviewPackSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    throw new CommandError(`--pack ${path}: expected what GET /review-campaigns/{id}/pack answers, all pages in one`);
  }
}

export function renderPack(verdict: PackVerdict): string {
  const { items, asked, decisions, removals, notReadBack, populationIndex, reviewers, faults, faultCount } = verdict;
  const readBack = removals - notReadBack;
  return [
    faultCount === 0 ? 'The pack says what was sealed.' : `The pack is NOT what was sealed: ${faultCount} faults.`,
    ...(populationIndex === undefined ? [] : [`population  ${items} items, by the hash in entry ${populationIndex}`]),
    `asked       ${asked} items; ${decisions} decisions, each an entry of the log`,
    `removals    ${removals}: ${readBack} read back as gone, ${notReadBack} not yet`,
    ...reviewers.slice(0, SHOWN_REVIEWERS).map(renderReviewer),
    ...faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${fault}`),
  ].join('\n');
}

function renderReviewer({
  reviewer,
  decisions,
  medianSeconds,
  largestBatch,
  removed,
  plantedFound,
  plantedMissed,
}: PackVerdict['reviewers'][number]): string {
  const took = medianSeconds === undefined ? 'time not known' : `half of them in less than ${medianSeconds} s`;
  const planted =
    plantedFound + plantedMissed === 0 ? '' : `; ${plantedFound} of ${plantedFound + plantedMissed} planted found`;
  return `reviewer    ${reviewer}: ${decisions} decisions, ${removed} against; ${took}; at most ${largestBatch} at once${planted}`;
}
