// A system as its connector reaches it, within the rate limit that all functions share. It has the abilities of the system it
// stands for, neither more nor fewer: implementing one is declaring it.
import type { AccountPage, Target } from '../../connectors/contract/connector.ts';
import { PermanentError } from '../../core/errors.ts';
import { DEFAULT_RATE_LIMIT, type Experience } from '../../core/systems/rate-limit.ts';
import type { RateLimitStore } from '../../stores/rate-limits/rate-limit-store.ts';
import type { Connect, Purpose, Visit } from './connect-application.ts';
import { type KnownRateLimit, type Queuing, RateLimitedCalls } from './rate-limited-calls.ts';

/** 200 accounts each: a million in all. */
const MAXIMUM_PAGES = 5_000;

/**
 * What may be spent on waiting for a turn: a function has 60 s, of which retries may take 20 and the last call 10
 * (outbound/retry.ts). A proof is one read, but is tried only a few times before a person is told.
 */
const PATIENCE_MS: Readonly<Record<Purpose, number>> = {
  change: 5_000,
  list: 5_000,
  prove: 15_000,
  'cut-off': 0,
};

export interface RateLimitedConnectOptions {
  readonly connect: Connect;
  readonly rateLimits: RateLimitStore;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly pause?: ((durationMs: number) => Promise<unknown>) | undefined;
  /** @default what the function knew of each application's last, however many convergences ago */
  readonly lastKnown?: Map<string, KnownRateLimit> | undefined;
}

/** Connects as `connect` does, to systems that are treated with the care of core/systems/rate-limit.ts. */
export function rateLimitedConnect(options: RateLimitedConnectOptions): Connect {
  const { connect, rateLimits, clock, newId, pause, lastKnown = new Map() } = options;
  const untold = new Map<string, readonly Experience[]>();
  return async (application, purpose, visit) => {
    const connected = await connect(application, purpose, visit);
    if (connected.kind === 'manual') return connected;
    const calls = new RateLimitedCalls({
      rateLimits,
      applicationId: application.id,
      limit: application.rateLimit ?? DEFAULT_RATE_LIMIT,
      holder: newId(),
      // Whoever must be cut off is cut off before others are served, even if the bucket is overdrawn for it. But where
      // nobody answers, or 429 was the answer, a call more cuts nobody off: it fails at once, and converging follows up.
      urgent: purpose === 'cut-off',
      queuing: queuingOf(purpose, visit),
      patienceMs: PATIENCE_MS[purpose],
      clock,
      pause,
      lastKnown,
      untold,
    });
    const target = rateLimitedTarget(connected.target, calls);
    return { ...connected, target, release: () => calls.end(), turnIn: (waitMs) => calls.turnIn(waitMs) };
  };
}

/** A listing takes what is left between others. Only what changes something comes back with its turn. */
function queuingOf(purpose: Purpose, visit: Visit | undefined): Queuing | undefined {
  if (visit === undefined || (purpose !== 'change' && purpose !== 'prove')) return undefined;
  const { lane, calls, turn } = visit;
  return { lane, calls, turn, comesBack: purpose === 'change' };
}

/** Every method of the target, present and future, through `calls`; what it has not, this has not. */
export function rateLimitedTarget(target: Target, calls: RateLimitedCalls): Target {
  const requirePaging = pagingGuard();
  return new Proxy(target, {
    get(_target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...input: readonly unknown[]) => {
        const answer: unknown = await calls.run(() => member.apply(target, input));
        if (name === 'listAccounts') requirePaging(input[0] as string | undefined, answer as AccountPage);
        return answer;
      };
    },
  });
}

/** A page that was seen before would go round for ever; each listing begins with no page named. */
function pagingGuard(): (from: string | undefined, page: AccountPage) => void {
  const seen = new Set<string>();
  return (from, { next }) => {
    if (from === undefined) seen.clear();
    else seen.add(from);
    if (next === undefined) return;
    if (seen.has(next)) throw new PermanentError('the list of accounts comes back to a page it had before');
    if (seen.size >= MAXIMUM_PAGES) throw new PermanentError(`the list of accounts exceeds ${MAXIMUM_PAGES} pages`);
  };
}
