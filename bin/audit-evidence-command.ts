// Evidence for one control, period or identity, as a folder that an auditor can check without Tenure: from a copy of the log
// that verifies, or not at all.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EvidenceCollector } from '../lambdas/core/audit/evidence/collect.ts';
import { CONTROL_IDS, CONTROLS, type ControlId } from '../lambdas/core/audit/evidence/controls.ts';
import { POPULATION_NAMES, type PopulationName } from '../lambdas/core/audit/evidence/populations.ts';
import type { KnownCheckpoint } from '../lambdas/core/audit/verify/known-checkpoints.ts';
import type { LogCopy } from '../lambdas/core/audit/verify/log-copy.ts';
import { verified } from './audit-verify-command.ts';
import { copyIn } from './audit-verify-files.ts';
import { CommandError } from './command-error.ts';
import { evidenceFiles } from './evidence-files.ts';
import type { EvidenceRequest } from './evidence-summary.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { leavesIn } from './sealed-entries.ts';
import { ownKeyOf, readKeys } from './verifier-keys.ts';

const FAULTS_FOUND = 3;
const DEFAULT_SAMPLE = 25;
const MAXIMUM_SAMPLE = 10_000;
const SHOWN_FAULTS = 5;

export async function runAuditEvidence(args: readonly string[], { out, error }: Streams): Promise<number> {
  const names = ['log', 'key', 'out', 'control', 'identity', 'from', 'until', 'seed', 'sample'] as const;
  const options = readOptions(args, names, ['oscal']);
  const folder = required(options.log, 'log', "the folder of a copy of the log's bucket");
  const target = required(options.out, 'out', 'a folder that is not there yet');
  if (existsSync(target)) throw new CommandError(`--out ${target} is there already: expected a new folder`);
  const request = readRequest(options);
  const vkeys = readKeys(options.key ?? ownKeyOf(folder));
  const copy = copyIn(folder);
  const { head, keys, faultCount, faults } = await verified(copy, { vkeys });
  if (head === undefined || !head.signed || faultCount > 0) {
    error(`The log does not verify (${faultCount} faults), so nothing of it is evidence: see "tenure audit verify".`);
    for (const { message } of faults.slice(0, SHOWN_FAULTS)) error(`  ${message}`);
    return FAULTS_FOUND;
  }
  const collected = await collect(copy, head, request);
  const asked = {
    request,
    collected,
    head,
    vkeys,
    keys,
    ownKey: options.key === undefined,
    madeAt: new Date().toISOString(),
    asOscal: options['oscal'] === true,
  };
  const files = await evidenceFiles(copy, asked);
  writeWhole(target, files);
  const rows = Object.entries(collected.rows).map(([name, found]) => `${name} ${found.length}`);
  out(`${target}: ${collected.entries} entries in the period; ${rows.join(', ')}; ${collected.missing.length} missing`);
  out(`read ${join(target, 'index.html')}`);
  return 0;
}

/** All of them or none: half a folder would look like evidence. */
function writeWhole(target: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  let partial: string | undefined;
  try {
    mkdirSync(dirname(resolve(target)), { recursive: true });
    partial = mkdtempSync(`${resolve(target)}.partial-`);
    for (const [name, content] of files) writeFileSync(join(partial, name), content);
    renameSync(partial, target);
  } catch (error) {
    if (partial !== undefined) rmSync(partial, { recursive: true, force: true });
    throw new CommandError(`${target} cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
}

function readRequest(options: Partial<Record<string, string | boolean>>): EvidenceRequest {
  const { identity: subject, control, seed, sample = String(DEFAULT_SAMPLE) } = options as Record<string, string>;
  if (control === undefined && subject === undefined)
    throw new CommandError('expected --control with a control, or --identity with a pseudonym');
  const controls = control === undefined ? [] : control.split(',').map(readControl);
  const from = readInstant('from', options['from']);
  const until = readInstant('until', options['until']);
  if (from >= until) throw new CommandError('--until: expected a time after --from');
  const sampleSize = /^\d{1,5}$/.test(sample) ? Number(sample) : Number.NaN;
  if (!(sampleSize <= MAXIMUM_SAMPLE)) throw new CommandError(`--sample ${sample}: expected a number up to 10000`);
  if (subject !== undefined && !/^[\w-]{22}$/.test(subject))
    throw new CommandError(`--identity ${subject}: expected a pseudonym, of 22 characters`);
  return {
    from,
    until,
    ...(subject !== undefined && { subject }),
    controls,
    populations: controls.length === 0 ? POPULATION_NAMES : populationsOf(controls),
    seed: required(seed, 'seed', 'what the sample is drawn by: a word that the auditor chose'),
    sampleSize,
  };
}

function populationsOf(controls: readonly ControlId[]): readonly PopulationName[] {
  const asked = new Set<PopulationName>(controls.flatMap((id) => CONTROLS[id].populations));
  return POPULATION_NAMES.filter((name) => asked.has(name));
}

function readControl(written: string): ControlId {
  const control = CONTROL_IDS.find((id) => id.toLowerCase() === written.trim().toLowerCase());
  if (control === undefined) throw new CommandError(`--control ${written}: expected ${CONTROL_IDS.join(', ')}`);
  return control;
}

/** A day in UTC, or an instant. */
function readInstant(name: string, written: string | boolean | undefined): string {
  const given = required(written as string | undefined, name, 'a day (2026-11-28) or an instant (RFC 3339)');
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/.test(given);
  const ms = isTime ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(ms))
    throw new CommandError(`--${name} ${given}: expected a day (2026-11-28) or an instant (RFC 3339)`);
  return new Date(ms).toISOString();
}

/** Every entry that the head covers, in the log's order. */
async function collect(copy: LogCopy, { size }: KnownCheckpoint, request: EvidenceRequest) {
  const collector = new EvidenceCollector(request);
  try {
    for await (const { index, entry } of leavesIn(copy, size)) collector.add(index, entry);
    return collector.finish();
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}
