// Judges the read-back of every system. Only when each is clean is the removal proven, and that is recorded as the
// offboarding certificate's basis; anything left means another pass, then a person.
import { z } from 'zod';
import { identityIdSchema } from '../core/attributes.ts';
import { NotFoundError } from '../core/errors.ts';
import { judgingTimeMs } from '../core/judging-time.ts';
import { toIso } from '../core/moment.ts';
import { certificateIdOf } from '../core/removal.ts';
import type { ApplicationOutcome } from '../core/settlement.ts';
import { buildTimeline, identityAt, isEmployed } from '../core/timeline.ts';
import { serveTask } from '../middleware/serve-task.ts';
import { applicationOutcomeSchema } from './shared/application-outcome.ts';
import { type Dependencies, liveDependencies } from './shared/dependencies.ts';

/** Read-backs that may find something before a person is told; 10, 30 and 90 s apart, longer than a lease lasts. */
const MAXIMUM_ATTEMPTS = 4;
const FIRST_WAIT_SECONDS = 10;

const UNCLEAN: readonly ApplicationOutcome['outcome'][] = ['failed', 'conflict', 'not-converged'];

const inputSchema = z.strictObject({
  identityId: identityIdSchema,
  trigger: z.string(),
  attempt: z.int(),
  outcomes: z.array(applicationOutcomeSchema).max(1_000),
});

export type Certification =
  | { readonly status: 'proven'; readonly certificateId: string }
  | { readonly status: 'waiting' }
  | { readonly status: 'employed' }
  | { readonly status: 'left-over'; readonly attempt: number; readonly waitSeconds: number }
  | { readonly status: 'given-up'; readonly summary: string };

export const certifyRemoval =
  ({ identities, clock, model }: Dependencies) =>
  async ({ identityId, trigger, attempt, outcomes }: z.infer<typeof inputSchema>): Promise<Certification> => {
    const has = (outcome: ApplicationOutcome['outcome']) => outcomes.some((one) => one.outcome === outcome);
    if (has('overtaken')) return { status: 'employed' };
    const record = await identities.load(identityId);
    if (record?.header.removal === undefined) throw new NotFoundError(`no removal of ${identityId} has begun`);
    // Rehired after the list was made, perhaps: what it has now is due to it.
    if (isEmployed(identityAt(buildTimeline(record.facts), judgingTimeMs(clock(), record.header)))) {
      return { status: 'employed' };
    }
    // Also what was opened after the list was made, by a rehire that has ended again.
    const waiting = outcomes.filter(({ outcome }) => outcome === 'waiting-for-task');
    const listed = new Set(waiting.map(({ applicationId }) => applicationId));
    const open = record.accounts.filter(
      ({ applicationId, closedMs }) => closedMs === undefined && !listed.has(applicationId),
    );
    const managed = new Set(model().applications.map(({ id }) => id));
    const unclean = [
      ...outcomes.filter(({ outcome }) => UNCLEAN.includes(outcome)),
      ...open.filter(({ applicationId }) => managed.has(applicationId)),
    ];
    if (unclean.length > 0) {
      if (attempt < MAXIMUM_ATTEMPTS) {
        return { status: 'left-over', attempt: attempt + 1, waitSeconds: FIRST_WAIT_SECONDS * 3 ** (attempt - 1) };
      }
      return { status: 'given-up', summary: unclean.map(({ applicationId }) => applicationId).join(', ') };
    }
    // What was read before a call that died can no longer act proves nothing yet.
    const doubtEndsMs = Math.max(...record.accounts.map(({ doubtUntilMs }) => doubtUntilMs ?? 0));
    if (doubtEndsMs > clock()) {
      return { status: 'left-over', attempt, waitSeconds: Math.ceil((doubtEndsMs - clock()) / 1_000) };
    }
    if (waiting.length > 0) return { status: 'waiting' };

    const { version, epoch, removal } = record.header;
    const nowMs = clock();
    const certificateId = certificateIdOf(identityId, removal);
    const audit = {
      identityId,
      entryId: `removal-proven:${removal.version}:${removal.startedMs}`,
      at: toIso(nowMs),
      actor: { type: 'tenure', id: 'certify-removal' },
      trigger,
      version,
      epoch,
      modelHash: model().hash,
      event: {
        type: 'removal-proven',
        certificateId,
        applications: outcomes.map(({ applicationId }) => applicationId),
      },
    } as const;
    await identities.saveRemoval({ identityId, removal: { ...removal, provenMs: nowMs }, audit: [audit] });
    return { status: 'proven', certificateId };
  };

let live: ReturnType<typeof certifyRemoval> | undefined;

export const handler = serveTask('certify-removal', inputSchema, (input) => {
  live ??= certifyRemoval(liveDependencies());
  return live(input);
});
