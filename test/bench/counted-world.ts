// The whole of Tenure in virtual time, with everything counted that costs money or a target's patience: transitions,
// DynamoDB requests, invocations and how long they last, calls to the target systems. Latencies are those of a network.
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { NotFoundError, RetryableError } from '../../lambdas/core/errors.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import type { WorkflowName } from '../simulation/workflows.ts';
import { type Fate, World } from '../simulation/world.ts';
import { memoryRateLimits } from '../support/memory-rate-limits.ts';

const STORE_MS = 5;
const CALL_MS = 50;
const INVOKE_MS = 10;
const DELIVERY_MS = 100;
/** A target answers 429 once it was called this many seconds' worth more often than it can take. */
const TARGET_BURST_SECONDS = 10;
const RETRY_AFTER_MS = 5_000;
const READS = /^(find|load|list|read)/;
/** One query per shard of the sweep's index. */
const SWEEP_SHARDS = 16;

export interface Counts {
  transitions: number;
  reads: number;
  writes: number;
  /** Of both, those about the rate limit of a system. */
  rateLimits: number;
  invocations: number;
  /** How long they lasted, in all. */
  invokedMs: number;
  /** Executions that failed. */
  failed: number;
  /** Executions of the state machine that makes applications agree, nested ones not counted. */
  executions: number;
}

export interface CountedWorldOptions {
  readonly startMs: number;
  readonly model: AccessModel;
  /** What each system can take. */
  readonly callsPerSecond: number;
}

/** A system that knows one account per identity, and how often it was called when. */
export class CountedSystem {
  readonly accounts = new Map<string, ObservedAccount & { readonly identityId: string }>();
  calls = 0;
  refused = 0;
  readonly #callsPerSecond: number;
  #left: number;
  #filledMs: number;
  readonly #onDisabled: (identityId: string) => void;

  constructor(callsPerSecond: number, onDisabled: (identityId: string) => void) {
    this.#callsPerSecond = callsPerSecond;
    this.#left = callsPerSecond * TARGET_BURST_SECONDS;
    this.#filledMs = Date.now();
    this.#onDisabled = onDisabled;
  }

  target(): Target {
    const change = (account: ObservedAccount, changed: Partial<ObservedAccount>) => {
      const known = this.accounts.get(account.accountId);
      if (known === undefined) throw new NotFoundError(`there is no account ${account.accountId}`);
      this.accounts.set(account.accountId, { ...known, ...changed });
    };
    const grantsOf = ({ accountId }: ObservedAccount) => this.accounts.get(accountId)?.grants ?? [];
    return {
      findAccount: ({ identityId }) => this.#call(() => this.accounts.get(identityId)),
      createAccount: ({ identityId, userName }) =>
        this.#call(() => {
          const account = { identityId, accountId: identityId, userName, enabled: true, grants: [], attributes: {} };
          this.accounts.set(identityId, account);
          return account;
        }),
      grant: (account, grant) =>
        this.#call(() => change(account, { grants: [...new Set([...grantsOf(account), grant])].sort() })),
      revoke: (account, grant) =>
        this.#call(() => change(account, { grants: grantsOf(account).filter((one) => one !== grant) })),
      disableAccount: (account) =>
        this.#call(() => {
          change(account, { enabled: false });
          this.#onDisabled(account.accountId);
        }),
      enableAccount: (account) => this.#call(() => change(account, { enabled: true })),
    };
  }

  async #call<Result>(effect: () => Result): Promise<Result> {
    this.calls += 1;
    this.#left = Math.min(
      this.#left + ((Date.now() - this.#filledMs) / 1_000) * this.#callsPerSecond,
      this.#callsPerSecond * TARGET_BURST_SECONDS,
    );
    this.#filledMs = Date.now();
    await pause(CALL_MS);
    if (this.#left < 1) {
      this.refused += 1;
      throw new RetryableError('429', { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#left -= 1;
    return effect();
  }
}

export class CountedWorld {
  readonly time: VirtualTime;
  readonly world: World;
  readonly systems: ReadonlyMap<string, CountedSystem>;
  readonly counts: Counts = {
    transitions: 0,
    reads: 0,
    writes: 0,
    rateLimits: 0,
    invocations: 0,
    invokedMs: 0,
    failed: 0,
    executions: 0,
  };
  /** By identity: when the last of its accounts was disabled (epoch ms). */
  readonly disabledMs = new Map<string, number>();

  constructor({ startMs, model, callsPerSecond }: CountedWorldOptions) {
    this.time = new VirtualTime(startMs);
    const onDisabled = (identityId: string) => this.disabledMs.set(identityId, Date.now());
    this.systems = new Map(model.applications.map(({ id }) => [id, new CountedSystem(callsPerSecond, onDisabled)]));
    this.world = new World({
      model,
      retryPolicy: { maximumPasses: 8, firstWaitSeconds: 5, maximumWaitSeconds: 300, afterEscalationSeconds: 1_800 },
      fate: this.#fate(),
      rateLimits: memoryRateLimits(async (method) => this.#request(`rateLimits.${method}`)),
      connect: async (id) => {
        const system = this.systems.get(id);
        return system && { kind: 'api', target: system.target() };
      },
      onExecution: (name, execution) => this.#count(name, execution),
    });
  }

  #count(_name: WorkflowName, { status, transitions }: { readonly status: string; readonly transitions: number }) {
    this.counts.executions += 1;
    this.counts.transitions += transitions;
    if (status === 'FAILED') this.counts.failed += 1;
  }

  #fate(): Fate {
    return {
      invoke: async (name, run) => {
        this.counts.invocations += 1;
        await pause(INVOKE_MS);
        const begunMs = Date.now();
        try {
          return await run({
            name,
            clock: Date.now,
            act: async (label, effect) => {
              await this.#request(label);
              return effect();
            },
          });
        } finally {
          this.counts.invokedMs += Date.now() - begunMs;
        }
      },
      deliver: (_label, deliver) => void pause(DELIVERY_MS).then(deliver),
      nowMs: Date.now,
    };
  }

  /** One call of a store is one request, as a rule. */
  async #request(label: string): Promise<void> {
    const [store = '', method = ''] = label.split('.');
    await pause(STORE_MS);
    if (NO_TABLES.has(store) || NO_REQUEST.has(label)) return;
    if (READS.test(method)) this.counts.reads += method === 'listDue' ? SWEEP_SHARDS : 1;
    else this.counts.writes += 1;
    if (store === 'rateLimits') this.counts.rateLimits += 1;
  }
}

const NO_TABLES: ReadonlySet<string> = new Set(['bus', 'scheduler', 'executions', 'workflow', 'alert', 'pause']);
/** Without an open task there is nothing to supersede, and nothing is sent. */
const NO_REQUEST: ReadonlySet<string> = new Set(['tasks.supersedeTasks']);

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
