// How long things may take, in one place, since each bound rests on the one before.

/** One call to a target system. */
export const CALL_TIMEOUT_MS = 10_000;
/** A connector function: several calls, with retries within. */
export const CONNECTOR_TIMEOUT_MS = 60_000;
/** A lease outlives the longest connector call that was let through under it, with half as much again. */
export const LEASE_MS = 90_000;
/** While a removal waits to be proven, the sweep looks again this often. */
export const SWEEP_RETRY_MS = 1_800_000;
