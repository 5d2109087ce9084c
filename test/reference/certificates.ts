// What an offboarding certificate must say, from docs/reference/removal.md and the glossary: each system in which there
// ever was an account, as it is and as it was read after the departure; and nothing that did not happen.
import type { Certificate, CertifiedApplication } from '../../lambdas/core/removal/certificate.ts';

export interface ShownAccount {
  readonly enabled: boolean;
  readonly grants: readonly string[];
  readonly openSessions: number;
}

export interface Done {
  readonly atMs: number;
  /** As in the audit log: `revoke`, `disable-account`, ... */
  readonly action: string;
  readonly what: string;
}

/** What one system, or the people who are one, saw of an identity. Oldest first, instants in epoch ms. */
export interface SystemTruth {
  readonly applicationId: string;
  /** Who makes changes there, as entries name it. */
  readonly actor: string;
  /** What it showed of the account, from when on; undefined: no account. */
  readonly shown: readonly { readonly atMs: number; readonly account: ShownAccount | undefined }[];
  readonly done: readonly Done[];
}

/** A system that only people change: an account that was ever asked for may be there. */
export interface ManualTruth {
  readonly applicationId: string;
  readonly wasAskedFor: boolean;
}

export interface Attested {
  readonly taskId: string;
  readonly attestedBy: string;
  readonly atMs: number;
}

export interface RemovalTruth {
  readonly nowMs: number;
  /** Every application there is. */
  readonly known: readonly string[];
  /** When it departed, or the removal began where it was never employed; several where facts came in meanwhile. */
  readonly departedMs: readonly number[];
  readonly systems: readonly SystemTruth[];
  readonly manual: readonly ManualTruth[];
  readonly attestations: readonly Attested[];
  /** When anything said of it was accepted. */
  readonly acceptedMs: readonly number[];
  /** All that it ever owned. */
  readonly owned: ReadonlySet<string>;
  /** How far clocks may be apart, and an answer behind what it tells of. */
  readonly slackMs: number;
  /** Nothing went wrong: what was done was told, and what was told was done. */
  readonly isCalm: boolean;
  /** No system said that it had done what it had not. */
  readonly isHonest: boolean;
}

const TAKES_ACCESS: ReadonlySet<string> = new Set(['revoke', 'disable-account', 'delete-account']);

/** @returns what is wrong with it; empty when it is right. What it rests on: faultsOfEvidence */
export function faultsOfCertificate(certificate: Certificate, truth: RemovalTruth): readonly string[] {
  return [
    ...faultsOfItsTimes(certificate, truth),
    ...faultsOfItsList(certificate, truth),
    ...truth.systems.flatMap((system) => faultsAbout(system, certificate, truth)),
    ...truth.manual.flatMap((manual) => faultsAboutManual(manual, certificate)),
    ...faultsOfItsAttestations(certificate, truth),
  ];
}

/** Whatever it rests on is in the audit log, and nothing was read without an entry, where there was no account neither. */
export function faultsOfEvidence({ applications }: Certificate, entryIds: ReadonlySet<string>): readonly string[] {
  return applications.flatMap(({ applicationId, provenBy, verifiedBy, removed }) => {
    const named = [...verifiedBy, ...removed.map(({ entryId }) => entryId)];
    return faults([
      [verifiedBy.length === 0 && provenBy === 'read-back', 'no entry tells of its reading'],
      [named.some((entryId) => !entryIds.has(entryId)), 'it rests on an entry that there is not'],
    ]).map((fault) => `${applicationId}: ${fault}`);
  });
}

export function isUsable(account: ShownAccount | undefined): boolean {
  return account !== undefined && (account.enabled || account.grants.length > 0 || account.openSessions > 0);
}

/** When nobody could get in any more; undefined: nobody ever could. Infinity: somebody still can. */
export function accessEndedMs({ shown }: SystemTruth): number | undefined {
  const last = shown.findLastIndex(({ account }) => isUsable(account));
  if (last === -1) return undefined;
  return shown[last + 1]?.atMs ?? Number.POSITIVE_INFINITY;
}

function faultsOfItsTimes(certificate: Certificate, truth: RemovalTruth): string[] {
  const { certificateId, identityId, version, acceptedAt, departedAt, startedAt, provenAt } = certificate;
  const { departedMs, acceptedMs, nowMs, slackMs, owned } = truth;
  const { lastAccessAt, handedOver } = certificate;
  const { applications, notProven = [] } = certificate;
  const lasts = [
    ...applications.flatMap((application) => application.lastAccessAt ?? []),
    ...notProven.flatMap(({ closedAt }) => closedAt ?? []),
  ].sort();
  return faults([
    [certificateId !== `${identityId}.${version}`, `it is called ${certificateId}`],
    [!departedMs.includes(Date.parse(departedAt)), `it says departed at ${departedAt}, which is not so`],
    [![...acceptedMs, ...departedMs].includes(Date.parse(acceptedAt)), `nothing was accepted at ${acceptedAt}`],
    [startedAt < departedAt, `the removal began at ${startedAt}, before the departure at ${departedAt}`],
    [Date.parse(provenAt) < Date.parse(startedAt), `proven at ${provenAt}, before it began`],
    [Date.parse(provenAt) > nowMs + slackMs, `proven at ${provenAt}, which is to come`],
    [lastAccessAt !== lasts.at(-1), `the last access is ${lastAccessAt}, and of its systems ${lasts.at(-1)}`],
    [handedOver.some((id) => !owned.has(id)), `it handed over ${handedOver}, and owned ${[...owned]}`],
  ]);
}

function faultsOfItsList({ applications, notProven = [] }: Certificate, { known }: RemovalTruth): string[] {
  const listed = [...applications, ...notProven].map(({ applicationId }) => applicationId);
  return faults([
    [new Set(listed).size !== listed.length, `it lists a system twice: ${listed}`],
    [listed.some((id) => !known.includes(id)), `it lists a system that there is not: ${listed}`],
  ]);
}

function faultsAbout(system: SystemTruth, certificate: Certificate, truth: RemovalTruth): string[] {
  const { applicationId, shown } = system;
  const listed = certificate.applications.find((application) => application.applicationId === applicationId);
  const wasThere = shown.some(({ account }) => account !== undefined);
  if (listed === undefined) return wasThere ? [`${applicationId} is not listed`] : [];
  return [
    ...faultsOfOutcome(system, listed, certificate, truth),
    ...faultsOfReading(system, listed, certificate, truth),
    ...faultsOfRemoved(system, listed, certificate, truth),
  ].map((fault) => `${applicationId}: ${fault}`);
}

function faultsOfOutcome(
  { shown, done }: SystemTruth,
  { outcome, accountId }: CertifiedApplication,
  { startedAt }: Certificate,
  { isCalm }: RemovalTruth,
): string[] {
  const account = shown.at(-1)?.account;
  const deleted = done.some(({ action, atMs }) => action === 'delete-account' && atMs >= Date.parse(startedAt));
  return faults([
    [account === undefined && outcome === 'disabled', 'called disabled, and is not there'],
    [account !== undefined && outcome !== 'disabled', `called ${outcome}, and is there`],
    [isUsable(account), 'somebody can still get in'],
    [outcome === 'deleted' && done.every(({ action }) => action !== 'delete-account'), 'nobody ever deleted it'],
    [isCalm && deleted && outcome === 'no-account', 'called no account, and was deleted'],
    [(account === undefined) !== (accountId === undefined), `its account is ${accountId}`],
  ]);
}

function faultsOfReading(
  system: SystemTruth,
  { verifiedAt, lastAccessAt, residual }: CertifiedApplication,
  { startedAt, provenAt }: Certificate,
  { slackMs }: RemovalTruth,
): string[] {
  const verifiedMs = Date.parse(verifiedAt);
  const endedMs = accessEndedMs(system);
  const openSince = system.shown.some(({ atMs, account }) => isUsable(account) && atMs > verifiedMs + slackMs);
  const lastMs = lastAccessAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(lastAccessAt);
  return faults([
    [verifiedMs < Date.parse(startedAt), `read at ${verifiedAt}, before the removal began`],
    [verifiedMs > Date.parse(provenAt), `read at ${verifiedAt}, after it was proven`],
    [openSince, `read at ${verifiedAt}, and open later`],
    [
      endedMs !== undefined && lastMs < endedMs - slackMs,
      `access ended at ${iso(endedMs)}, and it says ${lastAccessAt}`,
    ],
    [residual === undefined && lastMs > Date.parse(provenAt), `access until ${lastAccessAt}, after the proof`],
  ]);
}

function faultsOfRemoved(
  { actor, shown, done }: SystemTruth,
  { removed, truncated, disabledAt, lastGrantRemovedAt }: CertifiedApplication,
  { startedAt }: Certificate,
  { slackMs, isCalm, isHonest }: RemovalTruth,
): string[] {
  const isListed = (one: Done) =>
    removed.some(({ action, what }) => action === one.action && (what ?? '') === one.what);
  const taken = done.filter(({ action, atMs }) => TAKES_ACCESS.has(action) && atMs >= Date.parse(startedAt));
  const forgotten = taken.filter((one) => !isListed(one));
  const wasDone = ({ action, what = '', at }: (typeof removed)[number]) => {
    const byMs = Date.parse(at) + slackMs;
    const isThere = shown.findLast(({ atMs }) => atMs <= byMs)?.account !== undefined;
    return !isThere || done.some((one) => one.action === action && matches(action, one.what, what) && one.atMs <= byMs);
  };
  const lastOf = (...actions: readonly string[]) =>
    removed
      .filter(({ action }) => actions.includes(action))
      .map(({ at }) => at)
      .sort()
      .at(-1);
  return faults([
    [
      isCalm && !truncated && forgotten.length > 0,
      `not told: ${forgotten.map(({ action, what }) => `${action} ${what}`)}`,
    ],
    [
      isHonest && !removed.every(wasDone),
      `told and not done: ${JSON.stringify(removed.filter((one) => !wasDone(one)))}`,
    ],
    [removed.some(({ by }) => by !== actor), `done by somebody else than ${actor}`],
    [!truncated && disabledAt !== lastOf('disable-account', 'delete-account'), `disabled at ${disabledAt}`],
    [!truncated && lastGrantRemovedAt !== lastOf('revoke', 'delete-account'), `last revoked at ${lastGrantRemovedAt}`],
  ]);
}

/** Systems do not tell which credential it was. */
function matches(action: string, done: string, told: string): boolean {
  return action === 'revoke-credential' || done === told;
}

function faultsAboutManual({ applicationId, wasAskedFor }: ManualTruth, certificate: Certificate): string[] {
  const { applications, notProven = [] } = certificate;
  const listed = applications.find((application) => application.applicationId === applicationId);
  const isSetApart = notProven.some((one) => one.applicationId === applicationId);
  return faults([
    [listed === undefined && !isSetApart && wasAskedFor, `${applicationId} is not listed`],
    [listed?.outcome === 'disabled' && !wasAskedFor, `${applicationId}: nobody was ever asked for an account`],
    [
      listed !== undefined && listed.outcome !== 'disabled' && wasAskedFor,
      `${applicationId}: an account was asked for`,
    ],
  ]);
}

function faultsOfItsAttestations(
  { attestations, startedAt, provenAt }: Certificate,
  { attestations: known, slackMs }: RemovalTruth,
): string[] {
  const isKnown = ({ taskId, attestedBy }: { readonly taskId: string; readonly attestedBy: string }) =>
    known.some((one) => one.taskId === taskId && one.attestedBy === attestedBy);
  const meanwhile = known.filter(
    ({ atMs }) => atMs > Date.parse(startedAt) + slackMs && atMs < Date.parse(provenAt) - slackMs,
  );
  const forgotten = meanwhile.filter(({ taskId }) => !attestations.some((one) => one.taskId === taskId));
  return faults([
    [!attestations.every(isKnown), 'it lists an attestation that nobody gave'],
    [forgotten.length > 0, `it does not list the attestation of ${forgotten.map(({ taskId }) => taskId)}`],
  ]);
}

type Suspicion = readonly [isSo: boolean, fault: string];

export function faults(suspicions: readonly Suspicion[]): string[] {
  return suspicions.flatMap(([isSo, fault]) => (isSo ? [fault] : []));
}

function iso(instantMs = Number.NaN): string {
  return Number.isFinite(instantMs) ? new Date(instantMs).toISOString() : 'no time yet';
}
