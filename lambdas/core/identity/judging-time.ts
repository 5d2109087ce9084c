// Clocks of functions differ. Whoever judges what is in effect for an identity takes the latest time at which anything
// was recorded about it, so that no clock that runs behind undoes what one that runs ahead has seen.

/** Epoch ms; `judgedMs` is the time by which an earlier step of the same work judged, if there was one. */
export function judgingTimeMs(clockMs: number, header: { readonly clockMs: number } | undefined, judgedMs = 0): number {
  return Math.max(clockMs, header?.clockMs ?? 0, judgedMs);
}
