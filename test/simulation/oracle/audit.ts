// What the witness saw of an identity, put to the reference of the audit log.
import type { IdentityRecord } from '../../../lambdas/core/access/identity-record.ts';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { faultsOfAudit } from '../../reference/audit.ts';
import { everKnown } from '../../reference/state.ts';
import { AFTERLIFE_MS, LATENCY_MS, SLOW_MS } from '../fate.ts';
import { type Bounds, systemsOf } from './proof.ts';
import type { Witness } from './witness.ts';

/** An answer of a system, on its way back, and what is looked up before it is written down. */
const READING_MS = SLOW_MS + 4 * LATENCY_MS;

export function auditFaults(
  witness: Witness,
  { header, tasks }: IdentityRecord,
  entries: readonly AuditEntry[],
  { model, models, nowMs, answerMs, isCalm, isHonest }: Bounds,
): readonly string[] {
  const { identityId, version, epoch } = header;
  return faultsOfAudit(entries, {
    identityId,
    facts: witness.told.of(identityId).map((told) => ({ fact: told.fact, version: told.version, atMs: told.fromMs })),
    ofOwners: new Set(
      ownersOf(witness, identityId).flatMap((id) => everKnown(witness.factsOf(id)).map(({ factId }) => factId)),
    ),
    effects: witness.effects.of(identityId),
    fences: witness.fences.of(identityId),
    settled: witness.settled.of(identityId),
    systems: systemsOf(witness, identityId, model),
    tasks,
    certificates: witness.certified.of(identityId).map(({ certificate }) => certificate.certificateId),
    version,
    epoch,
    models,
    fromMs: witness.startMs,
    nowMs,
    slackMs: answerMs,
    writingMs: AFTERLIFE_MS,
    readingMs: READING_MS,
    isCalm,
    isHonest,
    mergedInto: (operatorId) => witness.mergedInto(operatorId),
  });
}

/** Of an agent whoever it was ever said to belong to; nobody else's word is heard by what they own. */
function ownersOf(witness: Witness, identityId: string): readonly string[] {
  const said = everKnown(witness.factsOf(identityId)).flatMap((fact) =>
    'attributes' in fact ? [fact.attributes] : [],
  );
  if (said.every(({ kind }) => kind !== 'ai-agent')) return [];
  return [...new Set(said.flatMap(({ owner }) => owner ?? []))];
}
