// How bad what a detection found is. As Cloudscape's badge, which the first page does without.
import type { Schemas } from '../api/contract.ts';

export type AlertSeverity = Schemas['Alert']['severity'];

/** The worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational'] as const;

export function Severity({ of }: { readonly of: AlertSeverity }) {
  return <span className={`severity ${of}`}>{of}</span>;
}

interface Found {
  readonly severity: AlertSeverity;
  readonly foundAt: string;
}

export function worstFirst(one: Found, other: Found): number {
  const bySeverity = SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity);
  return bySeverity === 0 ? Date.parse(other.foundAt) - Date.parse(one.foundAt) : bySeverity;
}
