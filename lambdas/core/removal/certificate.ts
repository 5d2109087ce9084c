// The offboarding certificate: per system what was removed, by what, requested and verified when, what may have lasted
// longer, and the audit entries it all rests on. Built once, when a removal is proven, and never changed. It says only
// what was read, or attested by a person, after the departure; of all else it says that it proves nothing.

import type { AccountRecord, KeptAccount } from '../access/account-record.ts';
import type { Step } from '../access/difference.ts';
import type { Removal } from '../access/identity-record.ts';
import type { TaskRecord } from '../access/task-record.ts';
import type { AuditEntry, AuditEvent } from '../audit/audit.ts';
import type { Fact } from '../identity/facts.ts';
import { departureIdOf, type IdentityState } from '../identity/timeline.ts';
import { toIso } from '../moment.ts';
import { isClosed } from '../systems/account.ts';
import { certificateIdOf, isReadSince } from './removal.ts';

/** Instants are RFC 3339, UTC, milliseconds. */
export interface Certificate {
  /** `<identity id>.<version>`. */
  readonly certificateId: string;
  readonly identityId: string;
  /** The identity's version when its removal began. */
  readonly version: number;
  /** When HR's word was accepted; when the contract ended, if nobody had to say so. */
  readonly acceptedAt: string;
  /** When the departure took effect. */
  readonly departedAt: string;
  readonly startedAt: string;
  /** When every system had been read back without access, after whatever might outlast it had run out. */
  readonly provenAt: string;
  /** The last moment at which access to any system was possible, residual windows included. */
  readonly lastAccessAt: string | undefined;
  readonly applications: readonly CertifiedApplication[];
  /** Where there was an account, and nobody has read or could read since that it is gone. Older certificates lack it. */
  readonly notProven?: readonly NotProven[] | undefined;
  /** Identities it owned when it left: each has another owner since, or is suspended. At most 1,000. */
  readonly handedOver: readonly string[];
  readonly attestations: readonly Attestation[];
}

export interface CertifiedApplication {
  readonly applicationId: string;
  readonly accountId: string | undefined;
  readonly outcome: 'no-account' | 'deleted' | 'disabled';
  /** Whose word that is: the system's own, or that of whoever attested. Older certificates lack it. */
  readonly provenBy?: 'read-back' | 'attestation' | undefined;
  readonly removed: readonly RemovedAccess[];
  /** More was removed than is listed: the audit log has all of it. */
  readonly truncated: boolean;
  /** When new sign-ins were refused, as far as this removal had to see to that. */
  readonly disabledAt: string | undefined;
  readonly lastGrantRemovedAt: string | undefined;
  /** When it was first read without access. */
  readonly closedAt: string | undefined;
  /** What may have outlasted that, and until when. */
  readonly residual: { readonly what: string; readonly until: string } | undefined;
  /** The last moment at which access to this system was possible. */
  readonly lastAccessAt: string | undefined;
  readonly verifiedAt: string;
  /** The audit entries of the read-backs since then. */
  readonly verifiedBy: readonly string[];
}

export interface NotProven
  extends Pick<CertifiedApplication, 'applicationId' | 'accountId' | 'removed' | 'truncated' | 'closedAt'> {
  readonly why: 'not-in-model' | 'not-attested' | 'not-read' | 'open';
  /** Before the departure, or as far as its system could still be reached. */
  readonly lastReadAt: string;
}

export interface RemovedAccess {
  readonly action: Step['action'];
  /** The grant in the system's own words, or the credential's id. */
  readonly what: string | undefined;
  readonly at: string;
  /** Who did it: `connector:scim`, or the operator who attested. */
  readonly by: string;
  /** The audit entry. */
  readonly entryId: string;
}

export interface Attestation {
  readonly taskId: string;
  readonly applicationId: string;
  readonly attestedBy: string;
  readonly attestedAt: string;
  readonly evidence: string | undefined;
  /** Where it took a second person. */
  readonly confirmedBy?: string | undefined;
  /** SHA-256 of the files that show it, hex. */
  readonly files?: readonly string[] | undefined;
}

/** An account as its record stands when the removal is proven. */
export interface ClosedAccount
  extends Pick<AccountRecord, 'applicationId' | 'readMs' | 'ofEmployed' | 'closedMs' | 'residual' | 'byHand'> {
  readonly account?: Omit<KeptAccount, 'userName'> | undefined;
}

export type AttestedTask = Pick<
  TaskRecord,
  'taskId' | 'applicationId' | 'attestedBy' | 'attestedMs' | 'evidence' | 'confirmedBy' | 'files'
>;

export interface CertificateInput {
  readonly identityId: string;
  readonly removal: Removal;
  readonly provenMs: number;
  readonly state: IdentityState;
  readonly facts: readonly Fact[];
  readonly accounts: readonly ClosedAccount[];
  /** The applications of the access model: no connector reads what is in any other. */
  readonly managed: ReadonlySet<string>;
  readonly tasks: readonly AttestedTask[];
  /** Of this identity since the departure, oldest first. */
  readonly entries: readonly AuditEntry[];
}

const MAXIMUM_HANDED_OVER = 1_000;
/** Per application; a certificate must fit into one item of 400 kB. */
const MAXIMUM_REMOVED = 200;
const MAXIMUM_READ_BACKS = 20;
/** Steps that add no access and are not worth certifying. */
const NOT_A_REMOVAL: ReadonlySet<Step['action']> = new Set([
  'create-account',
  'enable-account',
  'update-account',
  'grant',
]);

export function buildCertificate(input: CertificateInput): Certificate {
  const { identityId, removal, provenMs, state, facts, accounts, tasks, entries } = input;
  const departedMs = state.status === 'departed' ? state.departedMs : removal.startedMs;
  // A departure may be dated back: what people stated before it was known was not about it. What they were asked for since
  // the removal began was, whatever was told later of the time before.
  const knownMs =
    state.status === 'departed' ? Math.max(departedMs, Math.min(state.knownMs, removal.startedMs)) : departedMs;
  const attestations = tasks.flatMap((task) => attestationOf(task, knownMs));
  const judged = accounts.map((account) => {
    const attestedAt = latest(attestations.flatMap((one) => attestedIn(account, one)));
    return { account, attestedAt, why: whyNotProven(account, input, attestedAt) };
  });
  const applications = judged.flatMap(({ account, attestedAt, why }) =>
    why === undefined ? certifyAccount(account, entries, attestedAt) : [],
  );
  const notProven = judged.flatMap(({ account, why }) => (why === undefined ? [] : setApart(account, why, entries)));
  return {
    certificateId: certificateIdOf(identityId, removal),
    identityId,
    version: removal.version,
    acceptedAt: toIso(acceptedMs(state, facts) ?? departedMs),
    departedAt: toIso(departedMs),
    startedAt: toIso(removal.startedMs),
    provenAt: toIso(provenMs),
    lastAccessAt: latest([
      ...applications.map(({ lastAccessAt }) => lastAccessAt),
      ...notProven.map(({ closedAt }) => closedAt),
    ]),
    applications,
    notProven,
    handedOver: handedOverAfter(state, facts),
    attestations,
  };
}

function acceptedMs(state: IdentityState, facts: readonly Fact[]): number | undefined {
  if (state.status !== 'departed' || state.departedBy.by === 'end-date') return undefined;
  const { factId } = state.departedBy;
  return facts.find((fact) => fact.factId === factId)?.receivedMs;
}

function handedOverAfter(state: IdentityState, facts: readonly Fact[]): readonly string[] {
  if (state.status !== 'departed') return [];
  const departure = departureIdOf(state);
  const owned = facts.flatMap((fact) =>
    fact.type === 'handed-over' && fact.departure === departure ? fact.owned.map(({ identityId }) => identityId) : [],
  );
  return [...new Set(owned)].sort().slice(0, MAXIMUM_HANDED_OVER);
}

/** Undefined: it was read, or attested, after the departure that nobody can use the account and nothing hangs on it. */
function whyNotProven(
  { applicationId, account, byHand, ...read }: ClosedAccount,
  { managed, removal, state }: CertificateInput,
  attestedAt: string | undefined,
): NotProven['why'] | undefined {
  if (!managed.has(applicationId)) return 'not-in-model';
  if (account !== undefined && !isClosed(account)) return 'open';
  if (byHand) return attestedAt === undefined ? 'not-attested' : undefined;
  return isReadSince(read, removal, state) ? undefined : 'not-read';
}

function attestedIn({ applicationId }: ClosedAccount, attestation: Attestation): readonly string[] {
  return attestation.applicationId === applicationId ? [attestation.attestedAt] : [];
}

function setApart(account: ClosedAccount, why: NotProven['why'], entries: readonly AuditEntry[]): NotProven {
  const { applicationId, readMs, closedMs } = account;
  const removed = entriesIn(applicationId, entries).flatMap(removedBy);
  return {
    applicationId,
    accountId: account.account?.accountId,
    why,
    lastReadAt: toIso(readMs),
    closedAt: closedMs === undefined ? undefined : toIso(closedMs),
    ...listed(removed),
  };
}

function entriesIn(applicationId: string, entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.filter(({ event }) => 'applicationId' in event && event.applicationId === applicationId);
}

function listed(removed: readonly RemovedAccess[]): Pick<CertifiedApplication, 'removed' | 'truncated'> {
  return { removed: removed.slice(0, MAXIMUM_REMOVED), truncated: removed.length > MAXIMUM_REMOVED };
}

function certifyAccount(
  account: ClosedAccount,
  entries: readonly AuditEntry[],
  attestedAt: string | undefined,
): CertifiedApplication {
  const { applicationId, readMs, closedMs, residual, byHand } = account;
  const own = entriesIn(applicationId, entries);
  const removed = own.flatMap(removedBy);
  const at = (actions: readonly Step['action'][]) =>
    latest(removed.filter(({ action }) => actions.includes(action)).map((step) => step.at));
  const residualUntil = residual && toIso(residual.untilMs);
  const closedAt = closedMs === undefined ? undefined : toIso(closedMs);
  return {
    applicationId,
    accountId: account.account?.accountId,
    outcome: outcomeOf(account, removed),
    provenBy: byHand ? 'attestation' : 'read-back',
    ...listed(removed),
    disabledAt: at(['disable-account', 'delete-account']),
    lastGrantRemovedAt: at(['revoke', 'delete-account']),
    closedAt,
    residual: residual && { what: residual.what, until: toIso(residual.untilMs) },
    lastAccessAt: residualUntil ?? closedAt,
    verifiedAt: (byHand && attestedAt) || toIso(readMs),
    verifiedBy: own.flatMap(({ entryId, event }) => (isReadBack(event) ? entryId : [])).slice(-MAXIMUM_READ_BACKS),
  };
}

function removedBy({ at, actor, entryId, event }: AuditEntry): readonly RemovedAccess[] {
  if (event.type !== 'access-changed' || NOT_A_REMOVAL.has(event.step.action)) return [];
  const { step } = event;
  return [{ action: step.action, what: objectOf(step), at, by: actor.id, entryId }];
}

function objectOf(step: Step): string | undefined {
  if ('grant' in step) return step.grant;
  return step.action === 'revoke-credential' ? `${step.kind} ${step.credentialId}` : undefined;
}

/** Of an account that is proven to be closed. */
function outcomeOf({ account }: ClosedAccount, removed: readonly RemovedAccess[]): CertifiedApplication['outcome'] {
  if (account !== undefined) return 'disabled';
  return removed.some(({ action }) => action === 'delete-account') ? 'deleted' : 'no-account';
}

function isReadBack(event: AuditEvent): boolean {
  return event.type === 'access-read-back' && event.error === undefined;
}

function attestationOf(task: AttestedTask, sinceMs: number): readonly Attestation[] {
  const { taskId, applicationId, attestedBy, attestedMs, evidence, confirmedBy, files } = task;
  if (attestedBy === undefined || attestedMs === undefined || attestedMs < sinceMs) return [];
  const attested = { taskId, applicationId, attestedBy, attestedAt: toIso(attestedMs), evidence };
  const hashes = files?.map(({ sha256 }) => sha256);
  return [{ ...attested, ...(confirmedBy !== undefined && { confirmedBy }), ...(hashes && { files: hashes }) }];
}

/** Of instants in one format the latest is the last in text order. */
function latest(instants: readonly (string | undefined)[]): string | undefined {
  return instants
    .filter((instant) => instant !== undefined)
    .toSorted()
    .at(-1);
}
