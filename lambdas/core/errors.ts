// The one error hierarchy. Step Functions matches on `name`, so each name is a literal: a minifier must not change it.

/** What is told by the name is settled: whoever sorts failures passes these on. */
export abstract class TenureError extends Error {
  abstract override readonly name: string;
}

/** The call may work when repeated: throttled, timed out, reset, 5xx. */
export class RetryableError extends TenureError {
  override readonly name = 'RetryableError';
  /** How long the other side asked us to wait, in milliseconds (RFC 9110 section 10.2.3), if it did. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Repeating the same call cannot help: refused credentials, a malformed request, a wrong setting. */
export class PermanentError extends TenureError {
  override readonly name = 'PermanentError';
}

/** Somebody else holds what was asked for: a user name in use, the same id with other content, a lost lease. */
export class ConflictError extends TenureError {
  override readonly name = 'ConflictError';
}

/** It is not there. On disable, revoke and delete that is success. */
export class NotFoundError extends TenureError {
  override readonly name = 'NotFoundError';
}

/** The input is wrong; each fault names where (RFC 6901 JSON pointer) and what was expected. */
export class InvalidInputError extends TenureError {
  override readonly name = 'InvalidInputError';
  readonly faults: readonly Fault[];
  constructor(message: string, faults: readonly Fault[], options: ErrorOptions = {}) {
    super(message, options);
    this.faults = faults;
  }
}

export interface Fault {
  /** RFC 6901 JSON pointer into the input, e.g. `/data/attributes/owner`; empty for the whole. */
  readonly pointer: string;
  /** What was wrong and what was expected. Never the offending value: it may be personal data. */
  readonly detail: string;
}
