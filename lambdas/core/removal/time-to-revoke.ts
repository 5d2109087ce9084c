// How long it took from HR's word until a leaver could no longer get in, held nothing, and that was proven; and how
// that compares with what others promise.
import type { Certificate } from './certificate.ts';

export const MEASURES = ['disabled', 'lastGrantRemoved', 'proven'] as const;
export type Measure = (typeof MEASURES)[number];

/** Of one leaver in one system, in seconds; a measure that had nothing to do is absent. */
export type RevocationTimes = { readonly applicationId: string } & { readonly [Name in Measure]?: number };

export interface Deadline {
  readonly id: string;
  readonly title: string;
  /** Within which access is to be disabled. */
  readonly seconds: number;
}

/** IPSIE's draft; NIST SP 800-53 PS-4 with FedRAMP Rev 5's parameters; what SOC 2 auditors usually expect. */
export const DEADLINES: readonly Deadline[] = [
  { id: 'ipsie', title: 'IPSIE draft', seconds: 300 },
  { id: 'fedramp-high', title: 'FedRAMP Rev 5 High, PS-4', seconds: 3_600 },
  { id: 'fedramp-moderate', title: 'FedRAMP Rev 5 Moderate, PS-4', seconds: 4 * 3_600 },
  { id: 'soc-2', title: 'SOC 2, as auditors usually expect', seconds: 24 * 3_600 },
];

/** From acceptance, or from the departure where HR said it ahead. */
export function revocationTimes(certificate: Certificate): readonly RevocationTimes[] {
  const fromMs = Math.max(Date.parse(certificate.acceptedAt), Date.parse(certificate.departedAt));
  const since = (instant: string) => Math.max(0, Date.parse(instant) - fromMs) / 1_000;
  return certificate.applications.map(({ applicationId, disabledAt, lastGrantRemovedAt }) => ({
    applicationId,
    ...(disabledAt !== undefined && { disabled: since(disabledAt) }),
    ...(lastGrantRemovedAt !== undefined && { lastGrantRemoved: since(lastGrantRemovedAt) }),
    proven: since(certificate.provenAt),
  }));
}

export interface Distribution {
  readonly count: number;
  readonly p50Seconds: number;
  readonly p99Seconds: number;
}

export interface ApplicationRevocation {
  readonly applicationId: string;
  readonly measures: { readonly [Name in Measure]?: Distribution };
  /** By deadline, how many of `measures.disabled.count` were disabled within it; absent when none had to be. */
  readonly withinDeadline?: Readonly<Record<string, number>> | undefined;
}

/** Sorted by application. */
export function summariseRevocations(times: readonly RevocationTimes[]): readonly ApplicationRevocation[] {
  const applications = [...new Set(times.map(({ applicationId }) => applicationId))].sort();
  return applications.map((applicationId) => {
    const own = times.filter((one) => one.applicationId === applicationId);
    const secondsOf = (measure: Measure) => own.flatMap((one) => one[measure] ?? []);
    const measured = MEASURES.map((measure) => [measure, distributionOf(secondsOf(measure))] as const);
    const disabled = secondsOf('disabled');
    return {
      applicationId,
      measures: Object.fromEntries(measured.filter(([, distribution]) => distribution !== undefined)),
      ...(disabled.length > 0 && {
        withinDeadline: Object.fromEntries(
          DEADLINES.map(({ id, seconds }) => [id, disabled.filter((one) => one <= seconds).length]),
        ),
      }),
    };
  });
}

/** Nearest rank: a percentile is a time that was really seen. */
function distributionOf(seconds: readonly number[]): Distribution | undefined {
  if (seconds.length === 0) return undefined;
  const sorted = seconds.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { count: sorted.length, p50Seconds: rank(0.5), p99Seconds: rank(0.99) };
}
