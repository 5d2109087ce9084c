// What a SCIM provider was seen to do, kept for those whom a function gives an account in the next minutes: finding it out
// anew for each was a third of all that a provider was asked. Only what was seen is kept. That nothing spoke against it, since
// nobody was there to be found, tells nothing about later. Whoever takes something away, or proves that it is gone, asks anew.

/** Whoever joins meanwhile is looked for by the ways that the provider had then. */
const KEPT_MS = 5 * 60_000;
/** More than one function has applications. */
const MAXIMUM_KEPT = 2_000;

/** Statements in the words of whoever found them out. */
export type ProviderFindings = Set<string>;

interface Kept {
  readonly findings: ProviderFindings;
  readonly untilMs: number;
}

const kept = new Map<string, Kept>();

/** @param provider whose findings they are: an application at an address */
export function findingsOf(provider: readonly string[], nowMs: number): ProviderFindings {
  const key = JSON.stringify(provider);
  const known = kept.get(key);
  if (known !== undefined && nowMs < known.untilMs) return known.findings;
  if (kept.size >= MAXIMUM_KEPT) kept.clear();
  const findings: ProviderFindings = new Set();
  kept.set(key, { findings, untilMs: nowMs + KEPT_MS });
  return findings;
}
