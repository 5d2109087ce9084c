// A state that was rebuilt from the log, written into the tables of an empty deployment: facts through what records facts,
// so that what they add up to is worked out as ever. Each step may be done again, so that whoever died half-way begins anew.
import type { AuditEntry } from '../lambdas/core/audit/audit.ts';
import { partitionsOf } from '../lambdas/core/audit/erasure-entry.ts';
import type { Rebuilt, RestoredIdentity } from '../lambdas/core/audit/rebuild.ts';
import { auditKeyOf, DEPLOYMENT } from '../lambdas/core/audit/subject.ts';
import { mapBounded } from '../lambdas/core/map-bounded.ts';
import { toIso } from '../lambdas/core/moment.ts';
import { type AppendDependencies, appendFacts, toRecordFact } from '../lambdas/handlers/shared/append-fact.ts';
import { eraseKnown } from '../lambdas/handlers/shared/erase-known.ts';
import { openedEntry } from '../lambdas/handlers/shared/hold-entries.ts';
import type { AuditStore } from '../lambdas/stores/audit/audit-store.ts';
import type { ErasureStore } from '../lambdas/stores/erasures/erasure-store.ts';
import type { RecordFact } from '../lambdas/stores/facts/fact-store.ts';
import type { HoldStore } from '../lambdas/stores/holds/hold-store.ts';
import type { ReconciliationStore } from '../lambdas/stores/reconciliations/reconciliation-store.ts';
import type { ForgottenIdentity, RestoreMark, RestoreStore } from '../lambdas/stores/restore/restore-store.ts';
import { CommandError } from './command-error.ts';

export interface RestoreDependencies extends AppendDependencies {
  readonly restore: RestoreStore;
  readonly audit: Pick<AuditStore, 'append' | 'list'>;
  readonly holds: Pick<HoldStore, 'openHold' | 'addHeld' | 'listHolds'>;
  readonly erasures: ErasureStore;
  readonly reconciliations: Pick<ReconciliationStore, 'list'>;
}

const CONCURRENT_IDENTITIES = 8;
/** What was recorded after the last entry that was sealed raised versions and epochs as well. */
const VERSION_MARGIN = 1_000;
const EPOCH_MARGIN = 100_000;
/** Of a hold: DynamoDB takes 100 items at once. */
const HELD_AT_ONCE = 50;
/** So that not everybody is looked at in the same moment. */
const WOKEN_A_SECOND = 50;
const ACTOR = { type: 'tenure', id: 'restore' } as const;

/**
 * @param forgotten all of whom the table of keys says so: of whom an earlier point in time brought back, all is erased again
 * @throws CommandError when somebody else writes there
 */
export async function restoreState(
  dependencies: RestoreDependencies,
  rebuilt: Rebuilt,
  mark: RestoreMark,
  forgotten: readonly ForgottenIdentity[] = [],
): Promise<void> {
  const { restore, clock } = dependencies;
  const { identities } = rebuilt;
  if (mark.phase === 'done') return;
  if (mark.phase === 'writing') await write(dependencies, rebuilt, mark, forgotten);
  await advance(restore, { ...mark, phase: 'waking' });
  await dependencies.audit.append([restoredEntry(rebuilt, mark)]);
  const wokenMs = clock();
  await mapBounded([...identities.entries()], CONCURRENT_IDENTITIES, ([index, { identityId }]) =>
    restore.wake(identityId, wokenMs + Math.floor(index / WOKEN_A_SECOND) * 1_000),
  );
  await advance(restore, { ...mark, phase: 'done' });
}

async function write(
  dependencies: RestoreDependencies,
  rebuilt: Rebuilt,
  mark: RestoreMark,
  forgotten: readonly ForgottenIdentity[],
): Promise<void> {
  const { restore, directory } = dependencies;
  await advance(restore, mark);
  for (const one of forgotten) {
    await eraseAgain(dependencies, one);
    await restore.putErased(one);
  }
  const looked = await mapBounded(rebuilt.identities, CONCURRENT_IDENTITIES, async (identity) => {
    const isKnown = mark.recovered === true && (await directory.load(identity.identityId)) !== undefined;
    return { identity, isKnown };
  });
  const unknown = looked.filter(({ isKnown }) => !isKnown).map(({ identity }) => identity);
  // Everything of everybody before the first of them is there to be seen.
  await mapBounded(unknown, CONCURRENT_IDENTITIES, (identity) => putParts(restore, identity));
  await openHolds(dependencies, rebuilt);
  await mapBounded(unknown, CONCURRENT_IDENTITIES, (identity) => makeKnown(dependencies, identity, mark));
  const known = looked.filter(({ isKnown }) => isKnown).map(({ identity }) => identity);
  await mapBounded(known, CONCURRENT_IDENTITIES, (identity) => bringUpToLog(dependencies, identity, mark));
}

/** Those who are known to these tables from before they were erased. */
export async function whoIsBack(
  { directory }: Pick<RestoreDependencies, 'directory'>,
  forgotten: readonly ForgottenIdentity[],
): Promise<readonly ForgottenIdentity[]> {
  const looked = await mapBounded(forgotten, CONCURRENT_IDENTITIES, async (one) => {
    const { header, facts = [] } = (await directory.load(one.identityId)) ?? {};
    const isHalfErased = header?.erasing === ACTOR.id;
    return isHalfErased || facts.some(({ recordedMs }) => recordedMs <= one.forgottenMs) ? [one] : [];
  });
  return looked.flat();
}

/** Also where only the entries came back. */
async function eraseAgain(dependencies: RestoreDependencies, one: ForgottenIdentity): Promise<void> {
  const { identityId, forgottenMs } = one;
  const { directory, erasures } = dependencies;
  if ((await whoIsBack(dependencies, [one])).length === 0) {
    for (const partition of partitionsOf(identityId))
      while ((await erasures.eraseEntries(partition, toIso(forgottenMs))) === 'more');
    return;
  }
  const { header, facts } = (await directory.load(identityId)) ?? {};
  if (header === undefined || facts === undefined) return;
  const { version, epoch, erasing: holdId = ACTOR.id } = header;
  const isFrozen = header.erasing !== undefined || (await erasures.freeze({ identityId, version, epoch, holdId }));
  if (!isFrozen) throw new CommandError(SOMEBODY_ELSE);
  const sources = [...new Set(facts.map(({ source }) => source))];
  // Which applications there are the reconciliations say: nothing else lies under the name of one.
  const known = { ...dependencies, sources, model: () => ({ applications: [] }) };
  await eraseKnown(known, { identityId, holdId }, forgottenMs, Number.POSITIVE_INFINITY);
}

async function makeKnown(
  dependencies: RestoreDependencies,
  identity: RestoredIdentity,
  mark: RestoreMark,
): Promise<void> {
  const input = recordingOf(identity, mark.startedMs);
  const all = [input, ...(input.also ?? [])];
  await dependencies.audit.append(all.flatMap(({ audit }) => audit));
  const { summary, nowMs, expectedVersion } = input;
  const version = expectedVersion + all.length;
  const header = { identityId: identity.identityId, version, epoch: identity.epoch + EPOCH_MARGIN, nowMs, summary };
  if (!(await dependencies.restore.putHeader(header, mark))) throw new CommandError(SOMEBODY_ELSE);
}

/**
 * Somebody whom the recovered tables know: work that was begun after that point is fenced off, and what was recorded after it
 * is recorded again, as HR would say it. What was recorded twice is recorded once.
 */
async function bringUpToLog(
  dependencies: RestoreDependencies,
  { identityId, facts, version, epoch }: RestoredIdentity,
  mark: RestoreMark,
): Promise<void> {
  const { restore, directory, clock } = dependencies;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
    const { header, facts: known } = (await directory.load(identityId)) ?? {};
    if (header === undefined || known === undefined) break;
    const beyond = {
      identityId,
      from: { version: header.version, epoch: header.epoch },
      version: Math.max(header.version, version) + VERSION_MARGIN,
      epoch: Math.max(header.epoch, epoch) + EPOCH_MARGIN,
      nextCheckMs: clock(),
    };
    if (!(await restore.goBeyond(beyond, mark))) continue;
    const ids = new Set(known.map(({ factId }) => factId));
    const lost = facts.filter(({ fact }) => !ids.has(fact.factId));
    const stated = lost.map(({ fact, payloadHash }) => ({ fact, payloadHash, actor: ACTOR }));
    await appendFacts(dependencies, stated);
    return;
  }
  throw new CommandError(SOMEBODY_ELSE);
}

/** Work that goes on there raises epochs. */
const MAXIMUM_ATTEMPTS = 5;

const SOMEBODY_ELSE = 'Somebody else records people there meanwhile: nothing more was written.';

async function advance(restore: RestoreStore, mark: RestoreMark): Promise<void> {
  if (!(await restore.saveMark(mark))) throw new CommandError(SOMEBODY_ELSE);
}

/** As recording all of them at once would write it, beyond every version that the log has seen. */
function recordingOf({ facts, version, clockMs }: RestoredIdentity, startedMs: number): RecordFact {
  const [first, ...also] = facts.map(({ fact, payloadHash }) => ({ fact, payloadHash, actor: ACTOR }));
  if (first === undefined) throw new Error('an identity without a fact');
  const header = { version: version + VERSION_MARGIN, clockMs };
  // Nothing is known of it yet but how far it had come.
  return toRecordFact(first, { header, facts: [], tasks: [] }, startedMs, also);
}

async function putParts(
  restore: RestoreStore,
  { identityId, facts, effects, accounts, tasks }: RestoredIdentity,
): Promise<void> {
  await restore.putParts({
    identityId,
    facts: facts.map(({ fact }) => fact),
    // Who sends an event once more is answered as the first time.
    accepted: facts.map(({ fact: { source, sourceEventId, held }, payloadHash, version }) => ({
      source,
      sourceEventId,
      payloadHash,
      identityId,
      version,
      held,
    })),
    effects,
    accounts,
    tasks,
  });
}

async function openHolds({ holds }: RestoreDependencies, rebuilt: Rebuilt): Promise<void> {
  for (const { identityIds, ...opened } of rebuilt.holds) {
    const opening = { ...opened, status: 'open', alerted: false } as const;
    const hold = await holds.openHold(opening, [openedEntry(opening)]);
    // In recovered tables, where it was decided and is being carried out: whom it holds it has.
    if (hold.status !== 'open') continue;
    for (let from = 0; from < identityIds.length; from += HELD_AT_ONCE)
      if (!(await holds.addHeld(hold.holdId, identityIds.slice(from, from + HELD_AT_ONCE))))
        throw new CommandError(`The hold ${hold.holdId} was decided meanwhile.`);
  }
}

function restoredEntry(
  { counts, identities, incomplete }: Rebuilt,
  { origin, size, root, startedMs }: RestoreMark,
): AuditEntry {
  const { facts, forgotten } = counts;
  return {
    identityId: auditKeyOf(DEPLOYMENT),
    entryId: `state-restored:${size}`,
    at: toIso(startedMs),
    actor: ACTOR,
    event: {
      type: 'state-restored',
      origin,
      size,
      root,
      identities: identities.length,
      facts,
      forgotten,
      incomplete: incomplete.length,
    },
  };
}
