// Problem details (RFC 9457): every error of the API as one shape, and none of them with more than the caller may know.
import type { ProblemStatus } from '../api/problem.ts';
import { ConflictError, type Fault, InvalidInputError, NotFoundError, RetryableError } from '../core/errors.ts';

/** An answer that only HTTP knows: thrown by handlers and middleware, never by core. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: ProblemStatus;
  readonly faults: readonly Fault[];
  constructor(status: ProblemStatus, detail: string, faults: readonly Fault[] = []) {
    super(detail);
    this.status = status;
    this.faults = faults;
  }
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ProblemStatus;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly Fault[];
}

const TITLES = {
  400: ['bad-request', 'Bad request'],
  401: ['unauthenticated', 'Not authenticated'],
  403: ['forbidden', 'Not allowed'],
  404: ['not-found', 'Not found'],
  409: ['conflict', 'Conflict'],
  413: ['too-large', 'Too large'],
  415: ['unsupported-media-type', 'Unsupported media type'],
  422: ['invalid-input', 'Invalid input'],
  429: ['too-many-requests', 'Too many requests'],
  500: ['internal-error', 'Internal error'],
  503: ['unavailable', 'Temporarily unavailable'],
} as const satisfies Readonly<Record<ProblemStatus, readonly [type: string, title: string]>>;

/** DynamoDB and Secrets Manager ask for fewer calls by these names; so does a Lambda client. */
const THROTTLES = new Set([
  'ThrottlingException',
  'ThrottlingError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]);

export function problemOf(error: unknown, requestId: string): Problem {
  const { status, detail, faults } = classify(error);
  const [type, title] = TITLES[status];
  return {
    type: `urn:tenure:problem:${type}`,
    title,
    status,
    detail,
    instance: `urn:tenure:request:${requestId}`,
    ...(faults.length > 0 && { errors: faults }),
  };
}

function classify(error: unknown): { status: ProblemStatus; detail: string; faults: readonly Fault[] } {
  if (error instanceof ApiProblem) return { status: error.status, detail: error.message, faults: error.faults };
  if (error instanceof InvalidInputError) return { status: 422, detail: error.message, faults: error.faults };
  if (error instanceof ConflictError) return { status: 409, detail: error.message, faults: [] };
  if (error instanceof NotFoundError) return { status: 404, detail: error.message, faults: [] };
  if (isThrottle(error)) return { status: 429, detail: 'Slow down, and send the same again.', faults: [] };
  if (error instanceof RetryableError) return { status: 503, detail: 'Send the same again in a moment.', faults: [] };
  // What went wrong inside is for the log, under the request's id.
  return { status: 500, detail: 'Something went wrong inside Tenure; the log has it under this instance.', faults: [] };
}

function isThrottle(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const reasons: unknown = Reflect.get(error, 'CancellationReasons');
  const codes = Array.isArray(reasons) ? reasons.map((reason: { Code?: string }) => reason?.Code ?? '') : [];
  return THROTTLES.has(error.name) || codes.some((code) => THROTTLES.has(code)) || isThrottle(error.cause);
}
