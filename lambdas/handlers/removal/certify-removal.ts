// Judges the read-back of every system. Only when each is clean, and whatever may outlast that has run out, is the
// removal proven, and its certificate written; anything left means another pass, then a person.
import { z } from 'zod';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import type { AuditEntry, AuditEvent } from '../../core/audit/audit.ts';
import { NotFoundError, RetryableError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { judgingTimeMs } from '../../core/identity/judging-time.ts';
import { NEXT_CHECK_GRACE_MS } from '../../core/identity/next-check.ts';
import { buildTimeline, type IdentityState, identityAt, isEmployed } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { buildCertificate, type Certificate } from '../../core/removal/certificate.ts';
import { certificateIdOf, type Removal } from '../../core/removal/removal.ts';
import { revocationTimes } from '../../core/removal/time-to-revoke.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { IdentityRecord } from '../../stores/identities/identity-store.ts';
import { type PublishRevocationTimes, publishRevocationTimes } from '../../stores/revocation-metrics.ts';
import { applicationOutcomeSchema } from '../shared/application-outcome.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';

/** Read-backs that may find something before a person is told; 10, 30 and 90 s apart, longer than a lease lasts. */
const MAXIMUM_ATTEMPTS = 4;
const FIRST_WAIT_SECONDS = 10;
/** Read-backs while something may outlast the removal: after one minute, five, 25, two hours, ten. */
const FIRST_RESIDUAL_WAIT_SECONDS = 60;
const RESIDUAL_WAIT_FACTOR = 5;
/** Audit entries that a certificate is made from at most. */
const MAXIMUM_ENTRIES = 5_000;
const ENTRIES_PER_PAGE = 500;

const UNCLEAN: readonly ApplicationOutcome['outcome'][] = ['failed', 'conflict', 'not-converged'];

const inputSchema = z.strictObject({
  identityId: identityIdSchema,
  trigger: z.string(),
  /** Which read-back this is that may find something left. */
  attempt: z.int(),
  /** How many have found nothing while something could still outlast the removal. */
  reads: z.int(),
  outcomes: z.array(applicationOutcomeSchema).max(1_000),
});

interface Counted {
  readonly attempt: number;
  readonly reads: number;
}

export type Certification =
  | { readonly status: 'proven'; readonly certificateId: string }
  | { readonly status: 'waiting' }
  | { readonly status: 'employed' }
  | ({ readonly status: 'left-over' | 'residual'; readonly waitSeconds: number } & Counted)
  | { readonly status: 'given-up'; readonly summary: string };

export interface CertifyDependencies extends Dependencies {
  readonly publishRevocationTimes: PublishRevocationTimes;
}

export const certifyRemoval =
  (dependencies: CertifyDependencies) =>
  async ({ identityId, trigger, attempt, reads, outcomes }: z.infer<typeof inputSchema>): Promise<Certification> => {
    const { identities, audit, clock, model } = dependencies;
    const has = (outcome: ApplicationOutcome['outcome']) => outcomes.some((one) => one.outcome === outcome);
    if (has('overtaken')) return { status: 'employed' };
    const record = await identities.load(identityId);
    if (record?.header.removal === undefined) throw new NotFoundError(`no removal of ${identityId} has begun`);
    const { version, epoch, removal } = record.header;
    const nowMs = clock();
    // Rehired after the list was made, perhaps: what it has now is due to it.
    const state = identityAt(buildTimeline(record.facts), judgingTimeMs(nowMs, record.header));
    if (isEmployed(state)) return { status: 'employed' };
    const unclean = uncleanIn(record, outcomes, new Set(model().applications.map(({ id }) => id)));
    if (unclean.length > 0) {
      if (attempt >= MAXIMUM_ATTEMPTS) return { status: 'given-up', summary: unclean.join(', ') };
      return {
        status: 'left-over',
        attempt: attempt + 1,
        reads,
        waitSeconds: FIRST_WAIT_SECONDS * 3 ** (attempt - 1),
      };
    }
    // What was read before a call that died can no longer act proves nothing yet.
    const doubtEndsMs = Math.max(...record.accounts.map(({ doubtUntilMs }) => doubtUntilMs ?? 0));
    if (doubtEndsMs > nowMs) {
      return { status: 'left-over', attempt, reads, waitSeconds: Math.ceil((doubtEndsMs - nowMs) / 1_000) };
    }
    if (has('waiting-for-task')) return { status: 'waiting' };

    const entry = (event: AuditEvent, entryId: string): AuditEntry => ({
      identityId,
      entryId,
      at: toIso(nowMs),
      actor: { type: 'tenure', id: 'certify-removal' },
      trigger,
      version,
      epoch,
      modelHash: model().hash,
      event,
    });
    const certificateId = certificateIdOf(identityId, removal);
    const residualEndsMs = Math.max(...record.accounts.map(({ residual }) => residual?.untilMs ?? 0));
    if (residualEndsMs > nowMs) {
      const remainingSeconds = Math.ceil((residualEndsMs - nowMs) / 1_000);
      const waitSeconds = Math.min(remainingSeconds, FIRST_RESIDUAL_WAIT_SECONDS * RESIDUAL_WAIT_FACTOR ** reads);
      await identities.saveRemoval({
        identityId,
        removal: { ...removal, waitsUntilMs: nowMs + waitSeconds * 1_000 + NEXT_CHECK_GRACE_MS },
        audit: [
          entry(
            { type: 'residual-window', certificateId, until: toIso(residualEndsMs) },
            `residual-window:${removal.version}:${removal.startedMs}:${nowMs}`,
          ),
        ],
      });
      return { status: 'residual', attempt, reads: reads + 1, waitSeconds };
    }
    if (removal.provenMs !== undefined) return { status: 'proven', certificateId };
    // The removal may have been begun twice: what was certified first stands.
    const certified = await identities.findCertificate(certificateId);
    const certificate = certified ?? (await certify({ audit, record, removal, state, provenMs: nowMs }));
    const applications = outcomes.map(({ applicationId }) => applicationId);
    const saved = await identities.saveRemoval({
      identityId,
      removal: { version: removal.version, startedMs: removal.startedMs, provenMs: nowMs },
      certificate: certified === undefined ? certificate : undefined,
      audit: [
        entry(
          { type: 'removal-proven', certificateId, applications },
          `removal-proven:${removal.version}:${removal.startedMs}`,
        ),
      ],
    });
    if (!saved) throw new RetryableError(`the removal of ${identityId} was begun anew or certified meanwhile`);
    if (certified === undefined) dependencies.publishRevocationTimes(revocationTimes(certificate));
    return { status: 'proven', certificateId };
  };

/** What is left anywhere; also what was opened after the list was made, by a rehire that has ended again. */
function uncleanIn(
  { accounts }: IdentityRecord,
  outcomes: readonly ApplicationOutcome[],
  managed: ReadonlySet<string>,
): readonly string[] {
  const waiting = new Set(
    outcomes.filter(({ outcome }) => outcome === 'waiting-for-task').map(({ applicationId }) => applicationId),
  );
  const open = accounts.filter(
    ({ applicationId, closedMs }) =>
      closedMs === undefined && !waiting.has(applicationId) && managed.has(applicationId),
  );
  return [...outcomes.filter(({ outcome }) => UNCLEAN.includes(outcome)), ...open].map(
    ({ applicationId }) => applicationId,
  );
}

interface ToCertify {
  readonly audit: AuditStore;
  readonly record: IdentityRecord;
  readonly removal: Removal;
  readonly state: IdentityState;
  readonly provenMs: number;
}

async function certify({ audit, record, removal, state, provenMs }: ToCertify): Promise<Certificate> {
  const { header, facts, accounts, tasks } = record;
  const departedMs = state.status === 'departed' ? state.departedMs : removal.startedMs;
  const since = toIso(Math.min(departedMs, removal.startedMs));
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const page = await audit.list(header.identityId, { limit: ENTRIES_PER_PAGE, after, since });
    entries.push(...page.items);
    after = page.next;
  } while (after !== undefined && entries.length < MAXIMUM_ENTRIES);
  return buildCertificate({ identityId: header.identityId, removal, provenMs, state, facts, accounts, tasks, entries });
}

let live: ReturnType<typeof certifyRemoval> | undefined;

export const handler = serveTask('certify-removal', inputSchema, (input) => {
  live ??= certifyRemoval({ ...liveDependencies(), publishRevocationTimes });
  return live(input);
});
