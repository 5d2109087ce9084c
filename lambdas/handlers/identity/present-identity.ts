// An identity as the operators' API shows it: everything that is known, less what this operator's roles do not see.

import type { IdentityAnswer } from '../../api/identities.ts';
import type { View } from '../../api/roles.ts';
import type { AccountRecord } from '../../core/access/account-record.ts';
import { desiredAccess } from '../../core/access/desired-access.ts';
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { Whom } from '../../core/duties/segregation.ts';
import { conflictOf } from '../../core/identity/shared-address.ts';
import { stageBetween } from '../../core/identity/stage.ts';
import { type IdentityState, identityAt, nextTransitionMs, type Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { certificateIdOf } from '../../core/removal/removal.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { presentDutyConflict } from '../shared/present-duty-conflict.ts';
import { presentEntitlements } from '../shared/present-entitlements.ts';
import { type AskedInstant, presentAskedInstant } from './asked-instant.ts';
import { presentAnswering, presentExposed } from './present-answering.ts';
import { presentSuspensions } from './present-suspensions.ts';
import { presentAttributes, presentTimeline } from './present-timeline.ts';

/** An answer holds 6 MB at most, and a history may be longer than that. */
const NEWEST_FACTS = 100;

/** @param at the instant that was asked about, and by which model it is answered. @default now */
export function presentIdentity(
  { record, timeline, nowMs, state }: LoadedIdentity,
  model: AccessModel,
  view: View,
  at?: AskedInstant,
): IdentityAnswer {
  const { header, accounts, tasks } = record;
  const conflict = conflictOf(state, header.conflicts);
  const newest = presentTimeline(header.identityId, timeline, view, { limit: NEWEST_FACTS });
  return {
    identityId: header.identityId,
    version: header.version,
    settledVersion: header.settledVersion,
    settledAt: isoOf(header.settledMs),
    converged: header.settledVersion === header.version,
    mergedInto: timeline.mergedInto,
    asOf: at && presentAskedInstant(at),
    state: presentState(at === undefined ? state : identityAt(timeline, at.atMs), view),
    pending: presentPending(timeline, at?.atMs ?? nowMs),
    timeline: newest.items.toReversed(),
    timelineNext: newest.next,
    accounts: accounts.map((account) => presentAccount(account, model, view)),
    entitlements: presentEntitlements({
      timeline,
      accounts,
      model: at?.model ?? model,
      atMs: at?.atMs ?? nowMs,
      identityId: header.identityId,
    }),
    tasks: tasks.map(({ taskId, applicationId, status, dueMs }) => ({
      taskId,
      applicationId,
      status,
      dueAt: toIso(dueMs),
    })),
    conflicts: conflict && [conflict],
    suspensions: presentSuspensions(timeline, view),
    answering: presentAnswering({ timeline, state, nowMs }, view),
    ...presentLimits(timeline, model, { identityId: header.identityId, nowMs }),
    escalation: header.escalation && { at: toIso(header.escalation.atMs), failed: [...header.escalation.failed] },
    removal: header.removal && {
      certificateId: certificateIdOf(header.identityId, header.removal),
      startedAt: toIso(header.removal.startedMs),
      provenAt: isoOf(header.removal.provenMs),
      residualUntil: header.removal.provenMs === undefined ? residualUntil(accounts) : undefined,
      waitsFor: header.removal.provenMs === undefined ? waitsFor(tasks) : undefined,
    },
  };
}

/** The applications in which people have yet to attest something. */
function waitsFor(tasks: IdentityRecord['tasks']): string[] | undefined {
  const open = tasks.filter(({ status }) => status === 'open').map(({ applicationId }) => applicationId);
  return open.length === 0 ? undefined : [...new Set(open)].sort();
}

/** What nobody can take back lasts until then, in one system or another. */
function residualUntil(accounts: IdentityRecord['accounts']): string | undefined {
  const untilMs = accounts.flatMap(({ residual }) => residual?.untilMs ?? []);
  return untilMs.length === 0 ? undefined : toIso(Math.max(...untilMs));
}

function presentState(state: IdentityState, view: View): IdentityAnswer['state'] {
  const { status } = state;
  if (status === 'unknown') return { status };
  const attributes = presentAttributes(state.attributes, view);
  switch (status) {
    case 'pending':
      return { status, joinsAt: toIso(state.joinsMs), attributes };
    case 'active':
    case 'suspended':
      return { status, joinedAt: toIso(state.joinedMs), attributes };
    case 'departed':
      return { status, departedAt: toIso(state.departedMs), attributes };
    default:
      return state satisfies never;
  }
}

function presentPending(timeline: Timeline, nowMs: number): IdentityAnswer['pending'] {
  const atMs = nextTransitionMs(timeline, nowMs);
  if (atMs === undefined) return undefined;
  const after = identityAt(timeline, atMs);
  return { at: toIso(atMs), stage: stageBetween(identityAt(timeline, nowMs), after), status: after.status };
}

function presentAccount(record: AccountRecord, model: AccessModel, view: View): IdentityAnswer['accounts'][number] {
  const { applicationId, account, readMs, closedMs, lastError, unreviewed } = record;
  const application = model.applications.find(({ id }) => id === applicationId);
  return {
    applicationId,
    applicationName: application?.name,
    outOfReach: application === undefined ? true : undefined,
    account: account && {
      accountId: account.accountId,
      userName: view.names ? account.userName : undefined,
      enabled: account.enabled,
      grants: [...account.grants],
    },
    unreviewed: unreviewed && [...unreviewed],
    replaceCredentials: presentExposed(record),
    readAt: toIso(readMs),
    closedAt: isoOf(closedMs),
    lastError,
  };
}

/** What is not given, whatever reasons hold it up. */
function presentLimits(
  timeline: Timeline,
  model: AccessModel,
  { identityId, nowMs }: Whom,
): Pick<IdentityAnswer, 'beyondOwner' | 'lacks' | 'duties'> {
  const { conflicts, beyondOwner, lacks } = desiredAccess(timeline, model, nowMs, identityId);
  return {
    beyondOwner: beyondOwner && { owner: beyondOwner.ownerId, entitlements: [...beyondOwner.entitlements] },
    lacks: lacks && [...lacks],
    duties: conflicts.length === 0 ? undefined : conflicts.map(presentDutyConflict),
  };
}

function isoOf(instantMs: number | undefined): string | undefined {
  return instantMs === undefined ? undefined : toIso(instantMs);
}
