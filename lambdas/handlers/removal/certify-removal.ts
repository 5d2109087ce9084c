// Certifies the removal of a departed identity's access once core/removal/certification.ts holds it for proven; until then
// it tells the workflow what to wait for.

import * as z from 'zod';
import type { IdentityRecord, Removal } from '../../core/access/identity-record.ts';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { AuditEntry, AuditEvent } from '../../core/audit/audit.ts';
import { correlationAt } from '../../core/audit/correlation.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { NotFoundError, RetryableError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { nextCheckWhenSettled } from '../../core/identity/next-check.ts';
import { needsOwner } from '../../core/identity/ownership.ts';
import { conflictOf } from '../../core/identity/shared-address.ts';
import type { IdentityState, Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { buildCertificate, type Certificate } from '../../core/removal/certificate.ts';
import { judgeRemoval, type Verdict } from '../../core/removal/certification.ts';
import { awaitsRemoval, certificateIdOf } from '../../core/removal/removal.ts';
import { revocationTimes } from '../../core/removal/time-to-revoke.ts';
import { dueDeletionsMs } from '../../core/removal/waiting-removal.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type PublishRevocationTimes, publishRevocationTimes } from '../../stores/revocation-metrics.ts';
import { outcomesOf, visitsShape } from '../shared/application-visits.ts';
import { concernedApplications } from '../shared/concerned-applications.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';

/** Audit entries that a certificate is made from at most: several times as many as one account may hold grants. */
const MAXIMUM_ENTRIES = 50_000;
const ENTRIES_PER_PAGE = 500;

const inputSchema = z.strictObject({
  identityId: identityIdSchema,
  trigger: z.string(),
  /** Of the execution's own fence. Executions that were started before this was asked for lack it. */
  epoch: z.int().optional(),
  /** Which read-back this is that may find something left. */
  attempt: z.int(),
  /** How many have found nothing while something could still outlast the removal. */
  reads: z.int(),
  ...visitsShape,
});

type CertificationInput = Omit<z.infer<typeof inputSchema>, keyof typeof visitsShape> & {
  readonly outcomes: readonly ApplicationOutcome[];
};

export type Certification =
  | { readonly status: 'proven'; readonly certificateId: string }
  | { readonly status: 'waiting' }
  | { readonly status: 'employed' }
  | {
      readonly status: 'left-over' | 'residual';
      readonly attempt: number;
      readonly reads: number;
      readonly waitSeconds: number;
    }
  | { readonly status: 'given-up'; readonly summary: string };

export interface CertifyDependencies extends Dependencies {
  readonly publishRevocationTimes: PublishRevocationTimes;
}

/** What is known of the removal when its systems have been read back. */
interface Gathered {
  readonly input: CertificationInput;
  readonly record: IdentityRecord;
  readonly removal: Removal;
  readonly timeline: Timeline;
  readonly state: IdentityState;
  readonly nowMs: number;
  readonly certificateId: string;
  readonly entry: (event: AuditEvent, entryId: string) => AuditEntry;
}

export const certifyRemoval =
  (dependencies: CertifyDependencies) =>
  async (told: z.infer<typeof inputSchema>): Promise<Certification> => {
    const input: CertificationInput = { ...told, outcomes: outcomesOf(told) };
    const gathered = await gather(dependencies, input);
    const { record, certificateId } = gathered;
    const managed = applicationsIn(dependencies.model());
    const unanswered = await findUnanswered(dependencies, input.identityId);
    const concerned = concernedApplications(dependencies.model(), gathered, record.accounts).map(
      ({ applicationId }) => applicationId,
    );
    const { accounts } = record;
    const verdict = judgeRemoval({ ...gathered, ...input, accounts, concerned, managed, unanswered });
    switch (verdict.status) {
      case 'given-up':
        return { status: 'given-up', summary: verdict.left.join(', ') };
      case 'residual':
        return waitForResidual(dependencies, gathered, verdict);
      case 'clean':
        return certify(dependencies, gathered);
      case 'proven':
        return { status: 'proven', certificateId };
      case 'employed':
      case 'left-over':
      case 'waiting':
        return verdict;
      default:
        return verdict satisfies never;
    }
  };

function applicationsIn({ applications }: AccessModel): ReadonlySet<string> {
  return new Set(applications.map(({ id }) => id));
}

/** What was to be handed over, and is neither suspended nor anybody else's. As of a moment ago: looked at anew if so. */
async function findUnanswered({ directory }: CertifyDependencies, ownerId: string): Promise<readonly string[]> {
  const owned = await directory.listOwnedBy(ownerId);
  return owned
    .filter(({ summary: { status, kind } }) => needsOwner(kind) && (status === 'active' || status === 'pending'))
    .map(({ identityId }) => identityId);
}

async function gather(dependencies: CertifyDependencies, input: CertificationInput): Promise<Gathered> {
  const { clock, model } = dependencies;
  const { identityId, trigger } = input;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded?.record.header.removal === undefined) throw new NotFoundError(`no removal of ${identityId} has begun`);
  const { record, timeline, state } = loaded;
  const { version, epoch, removal } = loaded.record.header;
  // Of clocks that differ the latest counts: a proof never ends before it began, or before what it rests on was read.
  const nowMs = Math.max(clock(), loaded.nowMs, removal.startedMs, ...record.accounts.map(({ readMs }) => readMs));
  const entry = (event: AuditEvent, entryId: string): AuditEntry => ({
    identityId,
    entryId,
    at: toIso(nowMs),
    actor: { type: 'tenure', id: 'certify-removal' },
    trigger,
    correlation: correlationAt(timeline, nowMs),
    version,
    epoch,
    modelHash: model().hash,
    event,
  });
  return { input, record, removal, timeline, state, nowMs, certificateId: certificateIdOf(identityId, removal), entry };
}

async function waitForResidual(
  { accounts }: CertifyDependencies,
  { input, removal, nowMs, certificateId, entry }: Gathered,
  { attempt, reads, waitSeconds, untilMs, waitsUntilMs }: Extract<Verdict, { readonly status: 'residual' }>,
): Promise<Certification> {
  const waits = entry(
    { type: 'residual-window', certificateId, until: toIso(untilMs) },
    `residual-window:${removal.version}:${removal.startedMs}:${nowMs}`,
  );
  await accounts.saveRemoval({
    identityId: input.identityId,
    removal: { ...removal, waitsUntilMs },
    audit: [waits],
  });
  return { status: 'residual', attempt, reads, waitSeconds };
}

async function certify(dependencies: CertifyDependencies, gathered: Gathered): Promise<Certification> {
  const { accounts } = dependencies;
  const { input, record, removal, state, certificateId, entry } = gathered;
  const { identityId, outcomes } = input;
  const applications = outcomes.map(({ applicationId }) => applicationId);
  const save = async (proof: Removal, certificate: Certificate, isNew: boolean) => {
    const certificateHash = hashOf(certificate);
    const proven = entry(
      { type: 'removal-proven', certificateId, certificateHash, applications },
      `removal-proven:${removal.version}:${removal.startedMs}`,
    );
    const saved = await accounts.saveRemoval({
      identityId,
      removal: proof,
      judgedVersion: record.header.version,
      certificate: isNew ? certificate : undefined,
      audit: [proven],
    });
    return saved ? proof : undefined;
  };
  const certificate = await writeCertificate(dependencies, gathered);
  let proof = await save(proofBy(gathered, undefined), certificate, true);
  if (proof !== undefined) dependencies.publishRevocationTimes(revocationTimes(certificate));
  else {
    // The removal may have been begun twice: what was certified first stands.
    const certified = await accounts.findCertificate(certificateId);
    proof = certified && (await save(proofBy(gathered, certified), certified, false));
  }
  if (proof === undefined)
    throw new RetryableError(
      `the removal of ${identityId} was begun anew or certified meanwhile, or more is known of it`,
    );
  // Of a departure that the certificate does not tell of, the sweep begins another removal.
  if (!awaitsRemoval(state, proof, record.accounts)) await forgetCheck(dependencies, gathered);
  return { status: 'proven', certificateId };
}

/** @param certified when the removal was begun before */
function proofBy({ record, removal, state, nowMs }: Gathered, certified: Certificate | undefined): Removal {
  const proof: Removal = { ...removal, waitsUntilMs: undefined, provenMs: nowMs };
  if (certified === undefined) return proof;
  const since = { ...proof, certifiedFromMs: Date.parse(certified.startedAt) };
  // Of one version there is one certificate: beginning once more would bring no other.
  const isLast = record.header.version === removal.version && awaitsRemoval(state, since, record.accounts);
  return isLast ? proof : since;
}

/**
 * Settling had the sweep look whether the removal comes to its proof, which would now be a whole pass for nothing. Whatever
 * else may be to come is looked at as it was to be.
 */
async function forgetCheck({ directory, model }: CertifyDependencies, gathered: Gathered): Promise<void> {
  const { record, timeline, state, nowMs } = gathered;
  const { identityId, version, settledVersion, lease, modelHash, conflicts, nextCheckMs } = record.header;
  const isSettled = settledVersion === version && lease === undefined && modelHash !== undefined;
  const isSure = record.accounts.every(
    ({ doubtUntilMs, openCallId, exposed }) => (doubtUntilMs ?? openCallId ?? exposed) === undefined,
  );
  const deletionsMs = dueDeletionsMs(record, state, model());
  const isDue = deletionsMs.some((dueMs) => dueMs <= nowMs) || conflictOf(state, conflicts) !== undefined;
  if (nextCheckMs === undefined || !isSettled || !isSure || isDue) return;
  const nextMs = Math.min(nextCheckWhenSettled(timeline, nowMs) ?? Number.POSITIVE_INFINITY, ...deletionsMs);
  await directory.moveCheck(identityId, nextCheckMs, Number.isFinite(nextMs) ? nextMs : undefined);
}

/** Of what is read back: a member that is undefined is not there. */
function hashOf(certificate: Certificate): string {
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(certificate))));
}

async function writeCertificate(
  { audit, model }: CertifyDependencies,
  { record, removal, state, nowMs }: Gathered,
): Promise<Certificate> {
  const { header, facts, accounts, tasks } = record;
  const { identityId } = header;
  const departedMs = state.status === 'departed' ? state.departedMs : removal.startedMs;
  const since = toIso(Math.min(departedMs, removal.startedMs));
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const page = await audit.list(identityId, { limit: ENTRIES_PER_PAGE, after, since });
    entries.push(...page.items);
    after = page.next;
  } while (after !== undefined && entries.length < MAXIMUM_ENTRIES);
  const managed = applicationsIn(model());
  return buildCertificate({ identityId, removal, provenMs: nowMs, state, facts, accounts, managed, tasks, entries });
}

let live: ReturnType<typeof certifyRemoval> | undefined;

export const handler = serveTask('certify-removal', inputSchema, (input) => {
  live ??= certifyRemoval({ ...liveDependencies(), publishRevocationTimes });
  return live(input);
});
