// One call about one identity in one application: what it was asked, under which right, and what it knows.
import { z } from 'zod';
import type { ObservedAccount } from '../../connectors/connector.ts';
import type { Application } from '../../core/access-model.ts';
import { identityIdSchema } from '../../core/attributes.ts';
import type { AuditEntry, AuditEvent } from '../../core/audit.ts';
import { type DesiredAccount, desiredAccessInState } from '../../core/desired-access.ts';
import { NotFoundError, PermanentError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { buildTimeline, type IdentityState, identityAt } from '../../core/timeline.ts';
import type { AccountRecord, IdentityRecord } from '../../stores/identity-store.ts';
import type { Dependencies } from './dependencies.ts';

export const convergenceInputSchema = z.strictObject({
  identityId: identityIdSchema,
  applicationId: z.string(),
  /** The right under which this call acts; refused when it is stale. */
  epoch: z.int(),
  trigger: z.string(),
  /** `lock-down` only cuts off, at once and without the lease; `prove` only reads. */
  mode: z.enum(['converge', 'lock-down', 'prove']),
});

export type ConvergenceInput = z.infer<typeof convergenceInputSchema>;

/** Everything one call knows, gathered once. */
export interface ConvergenceCall {
  readonly input: ConvergenceInput;
  readonly application: Application;
  readonly record: IdentityRecord;
  readonly state: IdentityState;
  readonly desired: DesiredAccount | undefined;
  readonly callId: string;
  /** An audit entry of this call; `sequence` makes it unique within it. */
  readonly entry: (event: AuditEvent, sequence: string) => AuditEntry;
}

export async function gatherCall(
  { identities, clock, newId, model }: Dependencies,
  input: ConvergenceInput,
): Promise<ConvergenceCall> {
  const { identityId, applicationId, trigger, epoch } = input;
  const record = await identities.load(identityId);
  if (record === undefined) throw new NotFoundError(`identity ${identityId} is not known`);
  const application = model().applications.find(({ id }) => id === applicationId);
  if (application === undefined) throw new PermanentError(`the access model has no application ${applicationId}`);
  const state = identityAt(buildTimeline(record.facts), clock());
  const desired = desiredAccessInState(state, model()).accounts.find(
    (account) => account.applicationId === applicationId,
  );
  const callId = newId();
  const entry = (event: AuditEvent, sequence: string): AuditEntry => ({
    identityId,
    entryId: `${callId}:${sequence}`,
    at: toIso(clock()),
    actor: { type: 'tenure', id: `connector:${application.connector}` },
    trigger,
    version: record.header.version,
    epoch,
    modelHash: model().hash,
    event,
  });
  return { input, application, record, state, desired, callId, entry };
}

export function accountRecord(
  { application, desired }: ConvergenceCall,
  known: AccountRecord | undefined,
  observed: Pick<ObservedAccount, 'accountId' | 'userName' | 'enabled' | 'grants'> | undefined,
  readMs: number,
  lastError?: string,
): AccountRecord {
  const account = observed && {
    accountId: observed.accountId,
    userName: observed.userName,
    enabled: observed.enabled,
    grants: observed.grants,
  };
  const closed = desired === undefined && isClosed(observed) && lastError === undefined;
  return {
    applicationId: application.id,
    account,
    readMs,
    closedMs: closed ? (known?.closedMs ?? readMs) : undefined,
    lastError,
  };
}

/** Nobody can use it and nothing hangs on it. */
function isClosed(observed: { readonly enabled: boolean; readonly grants: readonly string[] } | undefined): boolean {
  return observed === undefined || (!observed.enabled && observed.grants.length === 0);
}
