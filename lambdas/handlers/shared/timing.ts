// How long things may take, in one place, since each bound rests on the one before.

/** One call to a target system. */
export const CALL_TIMEOUT_MS = 10_000;
/** A connector function: several calls, with retries within. */
export const CONNECTOR_TIMEOUT_MS = 60_000;
/** A lease outlives the longest connector call that was let through under it, with half as much again. */
export const LEASE_MS = 90_000;
/** What the sweep has seen to gets this long before it looks again; so does a removal that waits to be proven. */
export const SWEEP_RETRY_MS = 300_000;
/** How often the ticket of an open task is looked at. */
export const TICKET_POLL_MS = 900_000;
/** How often some of them are: each has its turn once in the time above, so that a service desk is asked evenly. */
export const TICKET_TURN_MS = 60_000;
