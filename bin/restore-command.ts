// Rebuilds a deployment's state from a copy of its sealed log and the keys of those whom it tells of, in the tables of an
// empty deployment. Nobody is named in what it prints: an identity that cannot be rebuilt is a pseudonym.
import { Rebuilder, type Rebuilt } from '../lambdas/core/audit/rebuild.ts';
import type { KnownCheckpoint } from '../lambdas/core/audit/verify/known-checkpoints.ts';
import type { LogCopy } from '../lambdas/core/audit/verify/log-copy.ts';
import { toIso } from '../lambdas/core/moment.ts';
import { liveDependencies } from '../lambdas/handlers/shared/dependencies.ts';
import { dynamoAuditStore } from '../lambdas/stores/audit/dynamo-audit-store.ts';
import { ENVIRONMENT } from '../lambdas/stores/environment.ts';
import { dynamoErasureStore } from '../lambdas/stores/erasures/dynamo-erasure-store.ts';
import { dynamoHoldStore } from '../lambdas/stores/holds/dynamo-hold-store.ts';
import { dynamoReconciliationStore } from '../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import { dynamoRestoreStore } from '../lambdas/stores/restore/dynamo-restore-store.ts';
import type { ForgottenIdentity, RestoreMark, RestoreStore } from '../lambdas/stores/restore/restore-store.ts';
import { dynamoSubjectStore } from '../lambdas/stores/subjects/dynamo-subject-store.ts';
import {
  bringSubjects,
  type KeptSubjects,
  readKeptSubjects,
  rememberedUntil,
} from '../lambdas/stores/subjects/kept-subjects.ts';
import { verified } from './audit-verify-command.ts';
import { copyIn } from './audit-verify-files.ts';
import { CommandError } from './command-error.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { restoreState, whoIsBack } from './restore-state.ts';
import { erasedIn, sealedEntries } from './sealed-entries.ts';
import { ownKeyOf, readKeys } from './verifier-keys.ts';

const FAULTS_FOUND = 3;
const SHOWN_FAULTS = 5;
const SHOWN_PSEUDONYMS = 100;

export async function runRestore(args: readonly string[], { out, error }: Streams): Promise<number> {
  const names = ['log', 'key', 'keys', 'identities', 'audit', 'subjects', 'activity'] as const;
  const options = readOptions(args, names, ['carry-out', 'recovered']);
  const folder = required(options.log, 'log', "the folder of a copy of the log's bucket");
  const keys = required(options.keys, 'keys', 'the table of pseudonyms and keys that belongs to the log');
  const subjects = required(options.subjects, 'subjects', "the empty deployment's table of pseudonyms and keys");
  const identities = required(options.identities, 'identities', "the empty deployment's table of identities");
  const audit = required(options.audit, 'audit', "the empty deployment's audit table");
  // Who is erased again is so wherever an earlier point in time may have brought them back.
  const { activity } = options;
  if (options.recovered === true) required(activity, 'activity', 'the table of how access is used');
  const vkeys = readKeys(options.key ?? ownKeyOf(folder));
  const copy = copyIn(folder);
  const { head, faultCount, faults } = await verified(copy, { vkeys });
  if (head === undefined || !head.signed || faultCount > 0) {
    error(`The log does not verify (${faultCount} faults), so nothing is restored from it: see "tenure audit verify".`);
    for (const { message } of faults.slice(0, SHOWN_FAULTS)) error(`  ${message}`);
    return FAULTS_FOUND;
  }
  // As the functions are told them.
  process.env[ENVIRONMENT.identitiesTable] = identities;
  process.env[ENVIRONMENT.auditTable] = audit;
  process.env[ENVIRONMENT.subjectsTable] = subjects;
  if (activity !== undefined) process.env[ENVIRONMENT.activityTable] = activity;
  try {
    return await restoreFrom(copy, head, { keys, subjects, ...flagsIn(options) }, out);
  } catch (failure) {
    throw failure instanceof CommandError ? failure : interrupted(failure);
  }
}

interface Asked {
  readonly keys: string;
  readonly subjects: string;
  readonly carryOut: boolean;
  readonly recovered: boolean;
}

function flagsIn(options: Readonly<Record<string, unknown>>): Pick<Asked, 'carryOut' | 'recovered'> {
  const is = (name: string) => options[name] === true;
  return { carryOut: is('carry-out'), recovered: is('recovered') };
}

async function restoreFrom(copy: LogCopy, head: KnownCheckpoint, asked: Asked, out: Streams['out']): Promise<number> {
  const { keys, carryOut, recovered } = asked;
  const restore = dynamoRestoreStore();
  const mark = await markFor(restore, head, recovered);
  const kept = await readKeptSubjects(keys, await erasedIn(copy, head.size));
  const forgotten = identitiesIn(kept);
  const rebuilt = await rebuild(copy, head, kept, mark.startedMs);
  const { facts, directory } = liveDependencies();
  const back = recovered ? await whoIsBack({ directory }, forgotten) : [];
  for (const line of told(rebuilt, mark)) out(line);
  if (back.length > 0)
    out(`${back.length} identities were erased since then: all is erased again that these tables have`);
  if (!carryOut) {
    out('Nothing was written: --carry-out does it.');
    return 0;
  }
  await bring(kept, asked);
  const stores = { facts, directory, restore, audit: dynamoAuditStore(), holds: dynamoHoldStore() };
  const erasing = { erasures: dynamoErasureStore(), reconciliations: dynamoReconciliationStore() };
  await restoreState({ ...stores, ...erasing, clock: Date.now }, rebuilt, mark, forgotten);
  out('Restored. The sweep looks at everybody from now on, and what differs in a system is put right.');
  out(
    'What was told in the last minute and not sealed is not here: have HR send the events of the last hour again now.',
  );
  return 0;
}

async function bring(kept: KeptSubjects, { keys, subjects }: Asked): Promise<void> {
  if (keys !== subjects) return await bringSubjects(subjects, kept);
  const { forget } = dynamoSubjectStore();
  // The deployment's own are of an earlier point in time themselves.
  for (const { id, forgottenAt } of kept.outlived)
    await forget(id, Date.parse(forgottenAt), rememberedUntil(forgottenAt));
}

/** Each once, when they were last. */
function identitiesIn({ forgotten }: KeptSubjects): readonly ForgottenIdentity[] {
  const latest = new Map<string, string>();
  for (const { kind, id, forgottenAt } of forgotten)
    if (kind === 'identity' && forgottenAt > (latest.get(id) ?? '')) latest.set(id, forgottenAt);
  return [...latest].map(([identityId, at]) => ({
    identityId,
    forgottenMs: Date.parse(at),
    untilMs: rememberedUntil(at),
  }));
}

/** An error of Tenure's own may name an identity; what AWS says names tables and rights. */
function interrupted(failure: unknown): CommandError {
  const { name, message } = failure instanceof Error ? failure : new Error('not an error');
  const isFromAws = typeof failure === 'object' && failure !== null && '$metadata' in failure;
  const why = isFromAws ? `${name}: ${message}` : name;
  return new CommandError(`It ended before it was done (${why}). Given again, it goes on from where it was.`);
}

const NOT_EMPTY =
  'The deployment is not empty: a state is restored into one that knows nobody, or with --recovered into tables of an ' +
  'earlier point in time.';

/** Throws a CommandError when there is anybody whom no restore of this log put there. */
async function markFor(
  restore: RestoreStore,
  { origin, size, root }: KnownCheckpoint,
  recovered: boolean,
): Promise<RestoreMark> {
  const known = await restore.findMark();
  const of = { origin, size, root: Buffer.from(root).toString('base64') };
  if (known === undefined || (recovered && known.phase === 'done')) {
    if (!recovered && (await restore.isAnybodyKnown())) throw new CommandError(NOT_EMPTY);
    return { ...of, startedMs: Date.now(), phase: 'writing', ...(recovered && { recovered }) };
  }
  if (known.origin !== origin || known.size !== size || known.root !== of.root)
    throw new CommandError(
      `A restore from ${known.origin} with ${known.size} entries was begun there: go on with that.`,
    );
  return known;
}

async function rebuild(
  copy: LogCopy,
  { size }: KnownCheckpoint,
  kept: KeptSubjects,
  startedMs: number,
): Promise<Rebuilt> {
  const rebuilder = new Rebuilder(new Map(kept.subjects.map((subject) => [subject.pseudonym, subject])));
  for await (const { entry, detail } of sealedEntries(copy, size)) rebuilder.add(entry, detail);
  const rebuilt = rebuilder.finish(`${toIso(startedMs).slice(0, 16).replaceAll(/[-:]/g, '')}.restore.1`, startedMs);
  const { identities, counts } = rebuilt;
  if (identities.length === 0 && counts.forgotten > identitiesIn(kept).length)
    throw new CommandError('--keys: none of those whom the log tells of is known to this table. Is it the right one?');
  return rebuilt;
}

function told(
  { identities, holds, counts, incomplete }: Rebuilt,
  { origin, size, phase }: RestoreMark,
): readonly string[] {
  const held = holds.reduce((sum, { identityIds }) => sum + identityIds.length, 0);
  const tasks = identities.reduce((sum, one) => sum + one.tasks.length, 0);
  const accounts = identities.reduce((sum, one) => sum + one.accounts.length, 0);
  return [
    `${origin}: ${size} entries, which verify${phase === 'done' ? ' (restored before)' : ''}`,
    `${identities.length} identities with ${counts.facts} facts, ${accounts} accounts as they were last read back, ${tasks} open tasks`,
    `${holds.length} holds with ${held} identities wait for a decision; ${counts.openMerges} merges must be proposed again`,
    `${counts.certificates} removals were proven: their certificates are in the log by their hashes alone`,
    `${counts.forgotten} identities have no key any more: nothing of them is restored`,
    `${counts.namingForgotten} facts name people who have no key any more: pseudonyms stand for them`,
    `${counts.withoutEffect} entries are of no consequence for the state`,
    `${incomplete.length} identities cannot be rebuilt whole (${counts.unreadableFacts} facts cannot be read): what can be waits in a hold`,
    ...incomplete.slice(0, SHOWN_PSEUDONYMS).map((pseudonym) => `  ${pseudonym}`),
    ...(incomplete.length > SHOWN_PSEUDONYMS ? [`  and ${incomplete.length - SHOWN_PSEUDONYMS} more`] : []),
  ];
}
