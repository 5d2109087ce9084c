// Which findings are kept one by one. Whatever a repair would act on always is; of accounts that only people can see to,
// as many as people could ever look at, and the same ones in each run. All of them are counted all the same.
import type { Finding, FindingKind } from './reconciliation.ts';
import { shareOf } from './sightings.ts';

/** Of those that only people can mend: as many as are aimed at, and as many as there may be. */
export const KEPT_FINDINGS = 20_000;
export const MAXIMUM_KEPT_FINDINGS = 25_000;
const FOR_PEOPLE: ReadonlySet<FindingKind> = new Set(['orphan', 'ambiguous', 'dormant']);

/** The report of the run before. */
export interface ReportedBefore {
  readonly counts: { readonly orphan: number; readonly ambiguous: number; readonly dormant: number };
}

/**
 * @param kept how many that count were kept in this run so far
 * @returns `counts`: it is kept, and is one of those whose number is bounded
 */
export function keepsFinding(
  { kind, subject }: Finding,
  kept: number,
  before: ReportedBefore | undefined,
): 'always' | 'counts' | 'left-out' {
  if (!FOR_PEOPLE.has(kind)) return 'always';
  const expected = before === undefined ? 0 : forPeople(before);
  const isChosen = expected <= KEPT_FINDINGS || shareOf(subject) < KEPT_FINDINGS / expected;
  return isChosen && kept < MAXIMUM_KEPT_FINDINGS ? 'counts' : 'left-out';
}

/** Whether every finding of such a run was kept. */
export function keptAll(report: ReportedBefore): boolean {
  return forPeople(report) <= KEPT_FINDINGS;
}

function forPeople({ counts: { orphan, ambiguous, dormant } }: ReportedBefore): number {
  return orphan + ambiguous + dormant;
}
