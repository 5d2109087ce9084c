// What one leaver's removal from all systems took, as a table for people.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Certificate } from '../../lambdas/core/removal/certificate.ts';
import { API_SYSTEMS, MANUAL, OUTLASTED, type RunningSystems } from './all-systems.ts';

export interface LockDown {
  readonly applicationId: string;
  readonly endedMs: number;
  readonly durationMs: number;
}

/** Each application's first call after the fence, from its intent to what was read back. */
export function lockDownsIn(entries: readonly AuditEntry[], startedMs: number): readonly LockDown[] {
  return API_SYSTEMS.flatMap(({ applicationId }) => {
    const own = entries.filter(
      ({ at, event }) =>
        'applicationId' in event && event.applicationId === applicationId && Date.parse(at) >= startedMs,
    );
    const intent = own.find(({ event }) => event.type === 'access-intended');
    if (intent?.event.type !== 'access-intended') return [];
    const { callId } = intent.event;
    const outcome = own.find(({ event }) => event.type === 'access-read-back' && event.callId === callId);
    if (outcome === undefined) return [];
    const endedMs = Date.parse(outcome.at);
    return [{ applicationId, endedMs, durationMs: endedMs - Date.parse(intent.at) }];
  });
}

interface Told {
  readonly systems: RunningSystems;
  readonly leftMs: number;
  /** When each session was first refused, in milliseconds after the departure. */
  readonly endings: ReadonlyMap<string, number>;
  readonly lockDowns: readonly LockDown[];
}

export function timesOf(
  { applications, provenAt }: Certificate,
  { systems, leftMs, endings, lockDowns }: Told,
): string {
  const after = (instant: string | undefined) => (instant === undefined ? '' : seconds(Date.parse(instant) - leftMs));
  const rows = applications.map(({ applicationId, disabledAt, lastGrantRemovedAt, closedAt, residual }) => {
    const connector = API_SYSTEMS.find((system) => system.applicationId === applicationId)?.connector;
    const lockDown = lockDowns.find((one) => one.applicationId === applicationId);
    return [
      connector === undefined ? `${applicationId} (by hand)` : `${applicationId} (${connector})`,
      after(disabledAt),
      endingOf(applicationId, endings.get(applicationId)),
      lockDown === undefined ? '' : seconds(lockDown.durationMs),
      after(lastGrantRemovedAt),
      after(closedAt),
      after(provenAt),
      residual === undefined ? 'none' : `${systems.residualOf(applicationId)?.seconds} s: ${residual.what}`,
    ];
  });
  const heads = [
    ...['system', 'disabled', 'session dead', 'lock-down took', 'last grant', 'closed', 'proven'],
    'residual window',
  ];
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return [heads, ...rows].map((cells) => line(cells).trimEnd()).join('\n');
}

function endingOf(applicationId: string, ending: number | undefined): string {
  if (ending !== undefined) return seconds(ending);
  if (applicationId === OUTLASTED) return 'not yet';
  return applicationId === MANUAL ? '' : 'had none';
}

export function textOf(certificate: Certificate): string {
  const { certificateId, identityId, acceptedAt, departedAt, startedAt, lastAccessAt, provenAt } = certificate;
  const applications = certificate.applications.flatMap(({ applicationId, accountId, outcome, ...told }) => [
    `${applicationId}: ${outcome}, account ${accountId}`,
    ...told.removed.map(({ action, what, at, by }) => `  ${at}  ${[action, what].filter(Boolean).join(' ')}  by ${by}`),
    ...(told.residual === undefined ? [] : [`  until ${told.residual.until} at the latest: ${told.residual.what}`]),
    `  closed ${told.closedAt}, last access possible ${told.lastAccessAt}, verified ${told.verifiedAt}`,
  ]);
  const attestations = certificate.attestations.map(
    ({ applicationId, attestedBy, attestedAt, evidence }) =>
      `${applicationId}: attested ${attestedAt} by ${attestedBy}, ${evidence}`,
  );
  return [
    `Certificate ${certificateId} of ${identityId}`,
    `accepted ${acceptedAt}, departed ${departedAt}, removal began ${startedAt}`,
    `last access possible ${lastAccessAt}, proven ${provenAt}`,
    ...applications,
    ...attestations,
  ].join('\n');
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(2)} s`;
}
