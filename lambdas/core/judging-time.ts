// Clocks of functions differ. Whoever judges what is in effect for an identity takes the latest time at which anything
// was recorded about it, so that no clock that runs behind undoes what one that runs ahead has seen.

/** Epoch ms. */
export function judgingTimeMs(clockMs: number, header: { readonly clockMs: number } | undefined): number {
  return Math.max(clockMs, header?.clockMs ?? 0);
}
