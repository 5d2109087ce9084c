// Whether a copy of a log is what was sealed: (1) its checkpoints are signed and of one history; (2) its entries lead to
// their roots, and every tile is made of them; (3) the entries are well-formed, each once, without a gap in any subject's
// own sequence, and with the details they name. What lies beyond the latest checkpoint counts as not sealed.
import { equalBytes } from '../tlog/hashing.ts';
import { type Fault, Findings } from './findings.ts';
import {
  chooseHead,
  chooseReplicaHead,
  type KnownCheckpoint,
  readCheckpoint,
  readCheckpoints,
} from './known-checkpoints.ts';
import { type KnownKeys, readKeys } from './known-keys.ts';
import { checkWitnesses, type Witnessed, type WitnessPolicy } from './known-witnesses.ts';
import type { LakeCopy } from './lake-copy.ts';
import { Inventory, type LogCopy } from './log-copy.ts';
import { findSealedHashes } from './sealed-hashes.ts';
import { NO_CORRECTIONS, type PassResult, passOverEntries } from './tree-pass.ts';
import { type LakeChecked, verifyLake } from './verify-lake.ts';

/** What the auditor knows from before. */
export type Since =
  | { readonly checkpoint: Uint8Array; readonly place: string }
  /** The log had at least so many entries. */
  | { readonly size: number };

export interface VerifyOptions {
  /** C2SP verifier keys, given by whoever verifies. */
  readonly vkeys: readonly string[];
  readonly since?: Since | undefined;
  /** Who has to have seen that the log only grew. */
  readonly witnesses?: WitnessPolicy | undefined;
  /** A copy of a replica: what is missing at its end may be on its way. @default false */
  readonly isReplica?: boolean | undefined;
  /** What is to say the same. */
  readonly lake?: LakeCopy | undefined;
}

export interface Verification {
  /** The checkpoint that all was judged by. Absent when none could be read. */
  readonly head?: KnownCheckpoint;
  readonly keys: KnownKeys;
  readonly checked: {
    readonly entries: number;
    readonly checkpoints: number;
    readonly objects: number;
    readonly subjects: number;
    readonly details: number;
    /** Absent when none was asked for, or nothing was cosigned by enough of them. */
    readonly witnessed?: Witnessed | undefined;
    /** Absent when none was given. */
    readonly lake?: LakeChecked | undefined;
  };
  readonly faults: readonly Fault[];
  /** All of them; so many more than are told here. */
  readonly faultCount: number;
  readonly remarks: readonly string[];
}

const NOTHING = { entries: 0, checkpoints: 0, objects: 0, subjects: 0, details: 0 };

/** Throws a NoAnswerError when the copy is none that can be verified. */
export async function verifyLog(copy: LogCopy, options: VerifyOptions): Promise<Verification> {
  const findings = new Findings();
  const inventory = await Inventory.of(copy, findings);
  const keys = await readKeys(copy, inventory, options.vkeys, findings);
  const known = await readCheckpoints(copy, inventory, keys, findings);
  const head =
    options.isReplica === true
      ? chooseReplicaHead(known, keys.announced, inventory, findings)
      : chooseHead(known, keys.announced, findings);
  if (head === undefined) return { keys, checked: NOTHING, ...told(findings) };
  if (!head.signed)
    findings.remark(`judged by ${head.place}, which nobody signed whose key was given: it proves nothing`);
  const kept = keptBefore(options, keys, known, head, findings);
  for (const { place, size } of keys.announced.filter(({ size }) => size > head.size))
    findings.remark(`${place} is of ${size} entries, the copy has ${head.size}: it was taken while the log grew`);
  const checkpoints = [...known, ...keys.announced, ...kept].filter(({ size }) => size <= head.size);
  const result = await overTree({ copy, inventory, head, checkpoints, findings });
  const details = await checkDetails({ copy, inventory, findings, isReplica: options.isReplica === true }, result);
  remarkBeyond(inventory, head, result, findings);
  const witnessed =
    options.witnesses && (await checkWitnesses({ copy, inventory, known, head, findings }, options.witnesses));
  const { lake: given } = options;
  const lake = given && (await verifyLake({ lake: given, copy, inventory, head, findings }));
  const { rules, objectCount } = result;
  const checked = {
    entries: head.size,
    checkpoints: checkpoints.length,
    objects: objectCount,
    subjects: rules.subjectCount,
    details,
    ...(witnessed && { witnessed }),
    ...(lake && { lake }),
  };
  return { head, keys, checked, ...told(findings) };
}

function told(findings: Findings): Pick<Verification, 'faults' | 'faultCount' | 'remarks'> {
  return { faults: findings.faults, faultCount: findings.count, remarks: findings.remarks };
}

/** The checkpoint that the auditor kept: the log must have grown from it. */
function keptBefore(
  { since }: VerifyOptions,
  keys: KnownKeys,
  known: readonly KnownCheckpoint[],
  head: KnownCheckpoint,
  findings: Findings,
): readonly KnownCheckpoint[] {
  if (since === undefined) return [];
  const kept = 'size' in since ? undefined : readCheckpoint(since.checkpoint, since.place, keys, findings);
  const size = 'size' in since ? since.size : kept?.size;
  if (size !== undefined && size > head.size) {
    const message = `${head.place} covers ${head.size} entries, and the log had ${size} before: an older one was put back`;
    findings.fault({ kind: 'stale', path: head.place, checkpoint: head.size, message });
  }
  if ('size' in since) requireCheckpointOf(since.size, known, findings);
  return kept === undefined ? [] : [kept];
}

function requireCheckpointOf(size: number, known: readonly KnownCheckpoint[], findings: Findings): void {
  findings.remark(
    `--since was a size: it shows that nothing was cut off, not that the first ${size} entries are the same`,
  );
  if (known.some((checkpoint) => checkpoint.size === size && checkpoint.signed)) return;
  const message = `the copy has no signed checkpoint of ${size} entries`;
  findings.fault({ kind: 'missing', checkpoint: size, message });
}

interface Judged {
  readonly copy: LogCopy;
  readonly inventory: Inventory;
  readonly head: KnownCheckpoint;
  readonly checkpoints: readonly KnownCheckpoint[];
  readonly findings: Findings;
}

async function overTree({ head, checkpoints, findings, ...files }: Judged): Promise<PassResult> {
  const pass = { ...files, size: head.size, checkpoints };
  const first = { ...pass, corrections: NO_CORRECTIONS, findings: new Findings() };
  const result = await passOverEntries(first);
  const isSealed = equalBytes(result.root, head.root);
  const sealed = isSealed ? undefined : await findSealedHashes({ ...files, head, levels: result.levels, findings });
  if (sealed === undefined) {
    findings.take(first.findings);
    if (isSealed) nameForks(result, findings);
    else nameRoot(head, result, findings);
    return result;
  }
  // Once more: with the sealed hashes in the place of what was altered, all else is found by what it is.
  const second = await passOverEntries({ ...pass, corrections: sealed, findings });
  nameForks(second, findings);
  return second;
}

/** The latest root is that of the entries, and an earlier one is not. */
function nameForks({ unfitting }: PassResult, findings: Findings): void {
  for (const { place, size, signed } of unfitting) {
    const message = `${place} is of another history: its root is not that of the first ${size} entries`;
    if (signed) findings.fault({ kind: 'fork', path: place, checkpoint: size, message });
  }
}

/** Neither the entries nor the tiles lead to the latest root: between which checkpoints they part from it. */
function nameRoot(head: KnownCheckpoint, { fitting, unfitting }: PassResult, findings: Findings): void {
  const last = fitting.filter(({ signed }) => signed).at(-1);
  const next = unfitting.filter(({ size }) => size > (last?.size ?? -1))[0] ?? head;
  const from = last === undefined ? 0 : last.size;
  const before = last === undefined ? 'no signed checkpoint fits them' : `they are those of ${last.place}`;
  const message =
    `neither the entries nor the tiles lead to the root of ${head.place} (${head.size} entries): ${before}, and from` +
    ` ${next.place} on they are others (entries ${from} to ${next.size - 1})`;
  const span = { entry: from, lastEntry: Math.max(from, next.size - 1) };
  findings.fault({ kind: 'fork', path: head.place, checkpoint: head.size, ...span, message });
}

async function checkDetails(
  {
    copy,
    inventory,
    findings,
    isReplica,
  }: Pick<Judged, 'copy' | 'inventory' | 'findings'> & { readonly isReplica: boolean },
  { rules }: PassResult,
): Promise<number> {
  for (const [sha256, { bytes, entry }] of rules.details) {
    const path = `details/${sha256}`;
    const found = inventory.hasDetail(sha256) ? await copy.digest(path) : undefined;
    if (found === undefined && isReplica) {
      findings.remark(`${path} is not in the replica, or not yet: entry ${entry} names it`);
    } else if (found === undefined) {
      findings.fault({ kind: 'missing', path, entry, message: `${path} is missing: entry ${entry} names it` });
    } else if (found.sha256 !== sha256 || found.bytes !== bytes) {
      const message = `${path} is not what entry ${entry} names: ${found.bytes} bytes of hash ${found.sha256}`;
      findings.fault({ kind: 'detail', path, entry, message });
    }
  }
  return rules.details.size;
}

function remarkBeyond(inventory: Inventory, head: KnownCheckpoint, { rules }: PassResult, findings: Findings): void {
  const { count, first } = inventory.beyond(head.size);
  if (count > 0) {
    findings.remark(
      `${count} objects hold entries behind the first ${head.size}, which are not sealed: ${first ?? ''}`,
    );
  }
  const orphans = inventory.detailCount - rules.details.size;
  if (orphans > 0) findings.remark(`${orphans} details belong to no entry that is sealed`);
}
