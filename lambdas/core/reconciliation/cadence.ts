// When each application is reconciled. One clock starts all of them, and by an application's id they are spread over their
// hours, so that a thousand of them do not begin together.
import { sha256Hex } from '../canonical-json.ts';

export interface Cadence {
  readonly applicationId: string;
  readonly everyHours: number;
}

const HOUR_MS = 3_600_000;

/** The applications whose turn is in the hour of that instant; the same whenever within the hour it is asked. */
export function dueInHour(cadences: readonly Cadence[], instantMs: number): readonly string[] {
  const hour = Math.floor(instantMs / HOUR_MS);
  return cadences
    .filter(({ applicationId, everyHours }) => (hour + phaseOf(applicationId)) % everyHours === 0)
    .map(({ applicationId }) => applicationId);
}

function phaseOf(applicationId: string): number {
  return Number.parseInt(sha256Hex(applicationId).slice(0, 8), 16);
}
