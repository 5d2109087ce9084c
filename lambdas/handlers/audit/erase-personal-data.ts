// Carries out what two people agreed on: destroys all that is known of an identity. First nothing new gets in; then it is put
// on record that this is done, and waited for until the sealed log has all there was to tell; then the key goes, by which
// the log told of them; then everything else, the identity's own facts last, since they say where the rest is. It can end
// anywhere, and is taken up by the next run.
import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { erasedEntry, logIdOfErasure, partitionsOf } from '../../core/audit/erasure-entry.ts';
import { type SubjectName, subjectKey } from '../../core/audit/redaction.ts';
import { MAXIMUM_COMMIT_ENTRIES } from '../../core/audit/sealing/sequencing.ts';
import { toIso } from '../../core/moment.ts';
import { DAY_MS, type KeptDays, REMEMBERED_DAYS, remainsAfter } from '../../core/removal/erasure.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import { deployedErasure } from '../../stores/erasures/deployed-erasure.ts';
import { dynamoErasureStore } from '../../stores/erasures/dynamo-erasure-store.ts';
import { type EvidenceFiles, s3EvidenceFiles } from '../../stores/evidence-files.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold, HoldStore, ProposedErasure } from '../../stores/holds/hold-store.ts';
import { dynamoLogStore } from '../../stores/log/dynamo-log-store.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { ErasureProof, SubjectStore } from '../../stores/subjects/subject-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { type EraseKnownDependencies, eraseKnown } from '../shared/erase-known.ts';
import { type ErasureDependencies, judgeErasure, listHolds } from '../shared/judge-erasure.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { noteInLake } from '../shared/note-in-lake.ts';
import { logIdsOf } from './redact-entries.ts';

export interface EraseDependencies extends ErasureDependencies, EraseKnownDependencies {
  readonly model: ErasureDependencies['model'];
  readonly audit: Pick<AuditStore, 'append' | 'list'>;
  readonly holds: Pick<HoldStore, 'closeErasure' | 'closeHold' | 'isHeld' | 'listHolds' | 'noteErasure'>;
  readonly subjects: Pick<SubjectStore, 'findPseudonyms' | 'forget' | 'subjectsOf'>;
  readonly log: Pick<LogStore, 'readPositions'>;
  readonly evidenceFiles: Pick<EvidenceFiles, 'eraseOf'>;
  readonly kept: KeptDays;
}

/** Less than the function's time-out, with room for what one step takes. */
const RUN_MS = 600_000;
const SALT_BYTES = 16;

const logger = new Logger({ serviceName: 'tenure' });

/** A hold of an erasure that is not done. */
interface Erasing {
  readonly hold: Hold;
  readonly erasure: ProposedErasure;
  readonly identityId: string;
}

type Progress = 'erased' | 'waits';

export const erasePersonalData =
  (dependencies: EraseDependencies) => async (): Promise<{ readonly erased: number; readonly waiting: number }> => {
    const deadlineMs = dependencies.clock() + RUN_MS;
    const due = (await listHolds(dependencies.holds, ['releasing'])).flatMap((hold) =>
      dueOf(hold, dependencies.clock()),
    );
    const failures: unknown[] = [];
    let erased = 0;
    for (const erasing of due) {
      if (dependencies.clock() > deadlineMs) break;
      try {
        if ((await advance(dependencies, erasing, deadlineMs)) === 'erased') erased += 1;
      } catch (error) {
        failures.push(error);
        logger.error('an erasure failed', { holdId: erasing.hold.holdId });
      }
    }
    // One that fails is in the way of no other, and is not passed over in silence.
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} erasures failed`);
    return { erased, waiting: due.length - erased };
  };

function dueOf(hold: Hold, nowMs: number): readonly Erasing[] {
  const { erasure, decision } = hold;
  if (erasure?.identityId === undefined || decision === undefined) return [];
  return decision.decidedMs + erasure.delayMs > nowMs ? [] : [{ hold, erasure, identityId: erasure.identityId }];
}

async function advance(dependencies: EraseDependencies, given: Erasing, deadlineMs: number): Promise<Progress> {
  let erasing: Erasing | undefined = given;
  if (given.erasure.forgottenMs === undefined) erasing = await prepare(dependencies, given);
  if (erasing === undefined) return 'waits';
  return await destroy(dependencies, erasing, deadlineMs);
}

/** Undefined: not yet, or not at all; the hold says why. */
async function prepare(dependencies: EraseDependencies, given: Erasing): Promise<Erasing | undefined> {
  const frozen = await freeze(dependencies, given);
  if (frozen === undefined) return undefined;
  await putOnRecord(dependencies, frozen);
  const { identityId, hold } = frozen;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded !== undefined) await noteInLake(dependencies, loaded.record, hold.holdId);
  const missing = await countUnsequenced(dependencies, frozen);
  if (missing > 0) {
    await note(dependencies, frozen, { waitsFor: `${missing} of its entries are not in the sealed log yet.` });
    return undefined;
  }
  if (!(await dependencies.erasures.isLakeSearched(hold.holdId, identityId))) {
    await note(dependencies, frozen, { waitsFor: 'The lake of activity is being looked through.' });
    return undefined;
  }
  return await note(dependencies, frozen, { waitsFor: undefined, forgottenMs: dependencies.clock() });
}

/** From then on nothing gets in, and nobody can call it off. */
async function freeze(dependencies: EraseDependencies, given: Erasing): Promise<Erasing | undefined> {
  const { erasures, clock } = dependencies;
  const { identityId, hold } = given;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return await drop(dependencies, given, 'Nothing is known of it any more.');
  const { header } = loaded.record;
  if (header.erasing === hold.holdId) return given;
  const refusal = await judgeErasure(dependencies, loaded);
  if (refusal?.isFinal) return await drop(dependencies, given, refusal.reason);
  if (refusal !== undefined) return void (await note(dependencies, given, { waitsFor: refusal.reason }));
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  const begun = given.erasure.begun ?? { atMs: clock(), salt };
  const noted = await note(dependencies, given, { begun, waitsFor: undefined });
  const { version, epoch } = header;
  if (noted === undefined) return undefined;
  return (await erasures.freeze({ identityId, version, epoch, holdId: hold.holdId })) ? noted : undefined;
}

/** With the changes, where they could be written. */
async function note(
  { holds }: EraseDependencies,
  erasing: Erasing,
  changes: Partial<ProposedErasure>,
): Promise<Erasing | undefined> {
  const erasure = { ...erasing.erasure, ...changes };
  const isWritten = await holds.noteErasure(erasing.hold.holdId, erasure, erasing.erasure.begun);
  return isWritten ? { ...erasing, erasure } : undefined;
}

/** Whoever is there again is not erased, and of whom nothing is known there is nothing to erase. */
async function drop(dependencies: EraseDependencies, erasing: Erasing, reason: string): Promise<undefined> {
  const { holds, clock, directory } = dependencies;
  const { identityId, hold } = erasing;
  const isKnown = (await directory.load(identityId)) !== undefined;
  const left = { waitsFor: reason, ...(!isKnown && { identityId: undefined, proposerId: undefined }) };
  if ((await note(dependencies, erasing, left)) === undefined) return undefined;
  const entry: AuditEntry = {
    identityId,
    entryId: `erasure-drop:${hold.holdId}`,
    at: toIso(clock()),
    actor: { type: 'tenure', id: 'erase-personal-data' },
    event: { type: 'erasure-decided', holdId: hold.holdId, decision: 'drop', reason },
  };
  await holds.closeHold(hold.holdId, 'dropped', 'releasing', isKnown ? [entry] : []);
  return undefined;
}

function proofOf({ begun }: ProposedErasure): ErasureProof {
  if (begun === undefined) throw new Error('an erasure goes on that was not begun');
  return { at: toIso(begun.atMs), salt: begun.salt };
}

/** About the deployment, before anything is destroyed: no id is in it, and it outlives all that is. */
async function putOnRecord(
  { audit, subjects }: EraseDependencies,
  { identityId, erasure, hold: { holdId, decision } }: Erasing,
): Promise<void> {
  const operators = [erasure.proposedBy, decision?.decidedBy ?? ''].map(
    (id): SubjectName => ({ kind: 'operator', id }),
  );
  const known = await subjects.subjectsOf(operators);
  const [proposedBy = '', approvedBy = ''] = operators.map((name) => known.get(subjectKey(name))?.pseudonym ?? '');
  const own = await subjects.findPseudonyms(rolesOf(identityId));
  const pseudonyms = [...own.values()].sort();
  await audit.append([erasedEntry({ identityId, ...proofOf(erasure), holdId, pseudonyms, proposedBy, approvedBy })]);
}

function rolesOf(id: string): readonly SubjectName[] {
  return [
    { kind: 'identity', id },
    { kind: 'operator', id },
  ];
}

/** What is not in the log by now would never be: its key goes. */
async function countUnsequenced(dependencies: EraseDependencies, { identityId, erasure }: Erasing): Promise<number> {
  const { audit, log, subjects } = dependencies;
  let missing = await absentOf(log, [logIdOfErasure(identityId, proofOf(erasure))]);
  for (const partition of partitionsOf(identityId)) {
    for (let after: string | undefined, isLast = false; !isLast; isLast = after === undefined) {
      const { items, next } = await audit.list(partition, { limit: MAXIMUM_COMMIT_ENTRIES, after });
      missing += await absentOf(log, await logIdsOf(subjects, items));
      after = next;
    }
  }
  return missing;
}

async function absentOf(log: EraseDependencies['log'], ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { indexes } = await log.readPositions(ids, []);
  return ids.filter((id) => !indexes.has(id)).length;
}

async function destroy(dependencies: EraseDependencies, erasing: Erasing, deadlineMs: number): Promise<Progress> {
  const { subjects, holds, clock, kept } = dependencies;
  const { identityId, erasure, hold } = erasing;
  const forgottenMs = erasure.forgottenMs ?? clock();
  const untilMs = forgottenMs + REMEMBERED_DAYS * DAY_MS;
  await subjects.forget(identityId, forgottenMs, untilMs, proofOf(erasure));
  while (!(await dependencies.evidenceFiles.eraseOf(identityId))) if (clock() > deadlineMs) return 'waits';
  if (!(await eraseKnown(dependencies, { identityId, holdId: hold.holdId }, forgottenMs, deadlineMs))) return 'waits';
  const erasedMs = clock();
  const { proposedBy, delayMs } = erasure;
  const { decidedBy = '', decidedMs = erasedMs } = hold.decision ?? {};
  await holds.closeErasure(
    hold.holdId,
    { proposedBy, delayMs, erasedMs, remains: remainsAfter(erasedMs, kept) },
    { decidedBy, decidedMs, reason: 'not kept' },
  );
  return 'erased';
}

let live: ReturnType<typeof erasePersonalData> | undefined;

export const handler = serveTask('erase-personal-data', z.unknown(), () => {
  live ??= erasePersonalData({
    ...liveDependencies(),
    ...deployedErasure(),
    evidenceFiles: s3EvidenceFiles(),
    holds: dynamoHoldStore(),
    erasures: dynamoErasureStore(),
    subjects: dynamoSubjectStore(),
    log: dynamoLogStore(),
    reconciliations: dynamoReconciliationStore(),
  });
  return live();
});
