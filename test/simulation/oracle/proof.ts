// What the witness saw of a removal, put to the reference: is there a certificate, and is what it says so?
import type { IdentityRecord } from '../../../lambdas/core/access/identity-record.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import type { Certificate } from '../../../lambdas/core/removal/certificate.ts';
import { faultsOfCertificate, faultsOfEvidence, type SystemTruth } from '../../reference/certificates.ts';
import { turningPoints, withAbsorbed } from '../../reference/state.ts';
import { mustBeAsked } from '../../reference/tasks.ts';
import { SKEW_MS } from '../fate.ts';
import { manualWork } from './tasks.ts';
import type { Witness } from './witness.ts';

export interface Bounds {
  readonly model: AccessModel;
  /** All that were deployed so far. */
  readonly models: readonly AccessModel[];
  readonly nowMs: number;
  /** How long somebody may act on what was so a while ago. */
  readonly answerMs: number;
  /** So long after a departure what was issued before may still let somebody in: nothing is proven sooner. */
  readonly residualMs: number;
  readonly isCalm: boolean;
  readonly isHonest: boolean;
}

/** A function that writes what it read does so within this time. */
const WRITING_MS = 10_000;
const MANUAL = 'manual';
const GIVES: ReadonlySet<string> = new Set(['create-account', 'enable-account', 'grant']);

export function certificateFaults(witness: Witness, certificate: Certificate, bounds: Bounds): readonly string[] {
  const { model, nowMs, answerMs, isCalm, isHonest } = bounds;
  const { identityId, startedAt } = certificate;
  const told = witness.told.of(identityId);
  const lately = told.filter((_told, index) => (told[index + 1]?.fromMs ?? nowMs) >= nowMs - WRITING_MS);
  // While it was being written an instant may have passed, of a rehire say: it is true of when it was proven.
  const states = lately.flatMap(({ facts, stateAt }) => {
    const passed = turningPoints(facts).filter((atMs) => atMs > nowMs - WRITING_MS && atMs < nowMs);
    return [nowMs - WRITING_MS, ...passed, nowMs, nowMs + SKEW_MS].map((atMs) => stateAt(atMs));
  });
  return faultsOfCertificate(certificate, {
    nowMs,
    known: model.applications.map(({ id }) => id),
    departedMs: states.map(({ departedMs = Date.parse(startedAt) }) => departedMs),
    acceptedMs: withAbsorbed(witness.factsOf(identityId)).map(({ receivedMs }) => receivedMs),
    systems: systemsOf(witness, identityId, model),
    manual: model.applications
      .filter(({ connector }) => connector === MANUAL)
      .map(({ id }) => ({ applicationId: id, wasAskedFor: witness.asked.of(`${identityId} ${id}`).length > 0 })),
    attestations: witness.attestations.of(identityId),
    owned: witness.ownedBy(identityId),
    slackMs: answerMs,
    isCalm,
    isHonest,
  });
}

export function systemsOf(witness: Witness, identityId: string, { applications }: AccessModel): readonly SystemTruth[] {
  return applications
    .filter(({ id, connector }) => connector !== MANUAL && !witness.earlier.has(`${identityId} ${id}`))
    .map(({ id, connector }) => ({
      applicationId: id,
      actor: `connector:${connector}`,
      shown: witness.shown.of(`${identityId} ${id}`),
      done: witness.done.of(`${identityId} ${id}`),
    }));
}

/** What each certificate rests on is in the log. */
export function evidenceFaults(
  witness: Witness,
  { header }: IdentityRecord,
  entries: readonly AuditEntry[],
): readonly string[] {
  const entryIds = new Set(entries.map(({ entryId }) => entryId));
  return witness.certified.of(header.identityId).flatMap(({ certificate }) => faultsOfEvidence(certificate, entryIds));
}

/**
 * Whoever has left has a certificate of the removal since then, which was read after the last access was given; unless
 * people still have to take something away. Of somebody who never came so much is promised of what was given.
 */
export function unprovenSince(witness: Witness, record: IdentityRecord, bounds: Bounds): readonly string[] {
  const { identityId } = record.header;
  const { model, nowMs, answerMs, residualMs } = bounds;
  const { status, departedMs } = witness.stateAt(identityId, nowMs);
  if (status === 'active' || status === 'suspended' || (departedMs ?? 0) > nowMs - residualMs) return [];
  const given = systemsOf(witness, identityId, model).flatMap(({ applicationId, done }) =>
    done.filter(({ action }) => GIVES.has(action)).map(({ atMs }) => ({ applicationId, atMs })),
  );
  if (departedMs === undefined && given.length === 0) return [];
  const works = model.applications
    .filter(({ connector }) => connector === MANUAL)
    .map((application) => manualWork(witness, record, application, undefined));
  if (works.some((work) => mustBeAsked(work).length > 0)) return [];
  const proofs = witness.certified.of(identityId).filter(({ certificate }) => {
    const readMs = ({ applicationId }: { readonly applicationId: string }) =>
      Date.parse(certificate.applications.find((one) => one.applicationId === applicationId)?.verifiedAt ?? '');
    const isSince = Date.parse(certificate.startedAt) >= (departedMs ?? Number.NEGATIVE_INFINITY);
    return isSince && given.every((one) => readMs(one) >= one.atMs - answerMs);
  });
  if (proofs.length > 0) return [];
  const since =
    departedMs === undefined ? 'had access and never came' : `left at ${new Date(departedMs).toISOString()}`;
  return [`${since}, and no certificate proves what was removed since then`];
}
