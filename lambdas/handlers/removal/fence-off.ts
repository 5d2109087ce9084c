// The first act of a leaver: whatever else is running for this identity loses the right to go on, at once.

import * as z from 'zod';
import type { AccountRecord } from '../../core/access/account-record.ts';
import { RESTORE_HOLDER } from '../../core/access/identity-record.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { correlationAt } from '../../core/audit/correlation.ts';
import { RetryableError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type Batches, batchShape, inBatches, type VisitedApplication } from '../shared/application-batches.ts';
import { type ConcernedApplication, concernedApplications } from '../shared/concerned-applications.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { loadIdentity } from '../shared/load-identity.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, trigger: z.string(), ...batchShape });

export type Fence =
  | ({
      readonly status: 'fenced';
      readonly epoch: number;
      /** The time by which the identity was judged to have departed (epoch ms). */
      readonly judgedMs: number;
      /** RFC 3339: when no call that was already under way can still take effect. */
      readonly earlierWorkEndsAt: string;
    } & Batches<VisitedApplication>)
  /** It is employed after all: the event was rescinded or followed by a rehire. */
  | { readonly status: 'employed' };

export const fenceOff =
  (dependencies: Dependencies) =>
  async ({ identityId, trigger, ...sizes }: z.infer<typeof inputSchema>): Promise<Fence> => {
    const { leases, directory, model } = dependencies;
    const loaded = await loadIdentity(dependencies, identityId);
    const { record, timeline, nowMs, state } = loaded;
    const { header } = record;
    // Departed, or never to have been employed: its joiner was rescinded.
    if (isEmployed(state)) return { status: 'employed' };
    const { version } = header;
    const epoch = header.epoch + 1;
    const audit = {
      identityId,
      entryId: `fenced-off:${epoch}`,
      at: toIso(nowMs),
      actor: { type: 'tenure', id: 'fence-off' },
      trigger,
      correlation: correlationAt(timeline, nowMs),
      version,
      epoch,
      modelHash: model().hash,
      event: { type: 'work-fenced-off', epoch },
    } as const;
    // A fence before this one took the lease away; what ran under it may be under way all the same.
    const { lease, removal: before } = header;
    const leaseEndsMs = lease === undefined || lease.holder === RESTORE_HOLDER ? nowMs : lease.expiresMs;
    const earlierWorkEndsMs = Math.max(nowMs, leaseEndsMs, before?.earlierWorkEndsMs ?? nowMs);
    const removal = { version, startedMs: nowMs, epoch, earlierWorkEndsMs };
    const fenced = await leases.fenceOff({ identityId, epoch: header.epoch, removal, audit: [audit] });
    if (fenced === 'epoch-changed') throw new RetryableError(`the lease of ${identityId} changed hands meanwhile`);
    // Read again behind the fence: whoever was let through before it had noted its application first.
    const accounts = (await directory.load(identityId))?.accounts ?? [];
    const applications = mostUrgentFirst(concernedApplications(model(), loaded, accounts), model(), accounts);
    return {
      status: 'fenced',
      epoch,
      judgedMs: nowMs,
      earlierWorkEndsAt: toIso(earlierWorkEndsMs),
      // Whoever leaves queues for nothing.
      ...inBatches(
        applications.map((application) => ({ ...application, turn: null })),
        sizes,
      ),
    };
  };

/** A lock-down works on many at once, but not on all: remote access and privileged accounts do not wait for others. */
function mostUrgentFirst(
  concerned: readonly ConcernedApplication[],
  { applications }: AccessModel,
  accounts: readonly AccountRecord[],
): readonly ConcernedApplication[] {
  const isUrgent = ({ applicationId }: ConcernedApplication) => {
    const application = applications.find(({ id }) => id === applicationId);
    const record = accounts.find((account) => account.applicationId === applicationId);
    const held = record?.account?.grants ?? [];
    const holdsPrivileged =
      application?.entitlements.some(({ grant, privileged }) => privileged && held.includes(grant)) ||
      record?.granted?.some(({ privileged }) => privileged);
    return application?.remoteAccess === true || holdsPrivileged === true;
  };
  return [...concerned.filter(isUrgent), ...concerned.filter((one) => !isUrgent(one))];
}

let live: ReturnType<typeof fenceOff> | undefined;

export const handler = serveTask('fence-off', inputSchema, (input) => {
  live ??= fenceOff(liveDependencies());
  return live(input);
});
