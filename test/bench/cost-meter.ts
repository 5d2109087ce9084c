// What AWS would bill for what Tenure does: the real handlers, stores and state machines in virtual time, over tables that
// count units as DynamoDB does. Whatever is billed is counted; how long a function lasts is an estimate.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { DEFAULT_RATE_LIMIT } from '../../lambdas/core/systems/rate-limit.ts';
import type { ApiDependencies } from '../../lambdas/handlers/shared/api-dependencies.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoHoldStore } from '../../lambdas/stores/holds/dynamo-hold-store.ts';
import { dynamoNoticeStore } from '../../lambdas/stores/notices/dynamo-notice-store.ts';
import { dynamoRateLimitStore } from '../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import type { Execution } from '../simulation/workflows.ts';
import { type Fate, World } from '../simulation/world.ts';
import { CLAIMS } from '../support/api-requests.ts';
import { dynamoStores } from '../support/dynamo-stores.ts';
import { MeteredTables, TABLE_NAMES } from '../support/metered-tables.ts';
import { CountedSystem } from './counted-world.ts';
import { PRICES } from './prices.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const STORE_MS = 5;
const CALL_MS = 5;
const DELIVERY_MS = 100;
const STAGGER_MS = 23;
const MEMORY_GB = 0.5;
/** Of a warm function, beside what it waits for. */
const OWN_MS = 10;
/** Of one invocation: `platform.start`, `platform.report` (Lambda's JSON format) and the function's own line. */
const LOG_BYTES = 130 + 330 + 270;
/** Of an Express execution with little data. */
const EXPRESS_GB = 64 / 1_024;
const PAGE = 200;

/** What is counted of anything that happens: what is billed, and what it has to wait for. */
export const COUNTED = [...(Object.keys(PRICES) as (keyof typeof PRICES)[]), 'databaseRequest'] as const;

export type Usage = Readonly<Record<(typeof COUNTED)[number], number>>;

export class CostMeter {
  readonly world: World;
  readonly systems: ReadonlyMap<string, CountedSystem>;
  readonly notices = dynamoNoticeStore();
  readonly #time: VirtualTime;
  readonly #tables: MeteredTables;
  readonly #running = new AsyncLocalStorage<string>();
  readonly #random = Math.random;
  readonly #counts = {
    transition: 0,
    expressRequest: 0,
    expressGigabyteSecond: 0,
    invocation: 0,
    invokedMs: 0,
    busEvent: 0,
    schedule: 0,
    apiRequest: 0,
    trace: 0,
  };

  constructor(model: AccessModel) {
    process.env[ENVIRONMENT.identitiesTable] = TABLE_NAMES.identities;
    process.env[ENVIRONMENT.auditTable] = TABLE_NAMES.audit;
    process.env[ENVIRONMENT.rateLimitsTable] = TABLE_NAMES.rateLimits;
    process.env['AWS_REGION'] ??= 'us-east-1';
    this.#time = new VirtualTime(START);
    // Jitter spreads what is counted here once: the same figures on every machine.
    Math.random = () => 0.5;
    this.#tables = new MeteredTables(() => pause(STORE_MS));
    this.#tables.install();
    const callsPerSecond = DEFAULT_RATE_LIMIT.callsPerSecond * 100;
    this.systems = new Map(model.applications.map(({ id }) => [id, new CountedSystem(callsPerSecond, () => {})]));
    this.world = new World({
      model,
      retryPolicy: { maximumPasses: 8, firstWaitSeconds: 5, maximumWaitSeconds: 300, afterEscalationSeconds: 1_800 },
      fate: this.#fate(),
      ...this.#stores(),
      notices: this.notices,
      // Of one warm function for each application, as where each has a connector of its own.
      lastKnownLimits: new Map(),
      connect: async (id) => {
        const system = this.systems.get(id);
        return system && { kind: 'api', target: { ...system.target(), listAccounts: pagesOf(system) } };
      },
      onExecution: (name, { status, ...used }) => {
        if (status === 'FAILED')
          throw new Error(`an execution of ${name} failed`, { cause: JSON.stringify(this.world.escalations) });
        this.#countExecution(used);
      },
    });
  }

  /** What is billed for this and for all that follows from it within so long. */
  async usageOf(run: () => unknown, withinMs: number): Promise<Usage> {
    const before = this.#usage();
    // Not awaited: time moves only below.
    void run();
    await this.wait(withinMs);
    const after = this.#usage();
    return Object.fromEntries(COUNTED.map((name) => [name, rounded(after[name] - before[name])])) as Usage;
  }

  /** Answers a question to the stores, for which time must move. */
  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const answer = question();
    await this.wait(1_000);
    return answer;
  }

  /** Tells of each request to DynamoDB: the function that makes it, what it is, and of which items. */
  onRequest(tell: (functionName: string, command: string, items: readonly string[]) => void): void {
    this.#tables.onRequest = (command, items) => tell(this.#running.getStore() ?? '', command, items);
  }

  wait(durationMs: number): Promise<void> {
    return this.#time.runUntil(this.#time.nowMs + durationMs);
  }

  /** A delivery of an HR system, through the API. */
  async post(event: object): Promise<void> {
    this.#counts.apiRequest += 1;
    const status = await this.world.post('acme-hr', [event]);
    if (status !== 202) throw new Error(`the event was answered ${status}`);
  }

  /** A call of the API, answered by a function of its own. */
  async call(handle: (dependencies: ApiDependencies) => Promise<unknown>): Promise<void> {
    this.#counts.apiRequest += 1;
    await this.run(handle);
  }

  /** A function of its own; what it wrote is in the stream. */
  async run(handle: (dependencies: ApiDependencies) => Promise<unknown>): Promise<void> {
    await this.#fate().invoke('counted', (invocation) =>
      handle({ ...this.world.faithfulDependencies(invocation), claims: CLAIMS }),
    );
    this.world.pumpStream();
  }

  async reconcile(applicationId: string): Promise<void> {
    const { status, ...used } = await this.world.reconcile(applicationId);
    if (status === 'FAILED') throw new Error('the reconciliation failed');
    this.#countExecution(used);
  }

  #countExecution({ transitions, expressMs }: Pick<Execution, 'transitions' | 'expressMs'>): void {
    this.#counts.transition += transitions;
    this.#counts.trace += 1;
    this.#counts.expressRequest += expressMs.length;
    for (const tookMs of expressMs) this.#counts.expressGigabyteSecond += EXPRESS_GB * (Math.ceil(tookMs / 100) / 10);
  }

  end(): void {
    Math.random = this.#random;
    this.#tables.uninstall();
    this.#time.uninstall();
  }

  #usage(): Usage {
    const { invokedMs, ...counts } = this.#counts;
    const { reads, writes, requests } = this.#tables.units;
    const gigabyteSecond = ((invokedMs + counts.invocation * OWN_MS) / 1_000) * MEMORY_GB;
    const logByte = counts.invocation * LOG_BYTES;
    return { ...counts, gigabyteSecond, logByte, readUnit: reads, writeUnit: writes, databaseRequest: requests };
  }

  #stores() {
    const { inserted } = this.#tables;
    return {
      stores: { ...dynamoStores(), inserted, isAnythingDue: (nowMs: number) => this.#tables.isAnythingDue(nowMs) },
      holds: dynamoHoldStore(),
      reconciliations: dynamoReconciliationStore(),
      rateLimits: dynamoRateLimitStore(),
    };
  }

  #fate(): Fate {
    return {
      invoke: async (name, run) => {
        this.#counts.invocation += 1;
        // No two functions begin in the same millisecond, and write the same time.
        await pause(1 + (this.#counts.invocation % STAGGER_MS));
        const begunMs = Date.now();
        try {
          return await this.#running.run(name, run, {
            name,
            clock: Date.now,
            act: async (label, effect) => {
              await this.#billed(label);
              return effect();
            },
          });
        } finally {
          this.#counts.invokedMs += Date.now() - begunMs;
        }
      },
      deliver: (_label, deliver) => void pause(DELIVERY_MS).then(deliver),
      nowMs: Date.now,
    };
  }

  async #billed(label: string): Promise<void> {
    if (label === 'bus.publish') this.#counts.busEvent += 1;
    else if (label === 'scheduler.schedule') this.#counts.schedule += 1;
    else return;
    await pause(CALL_MS);
  }
}

export function priceOf(usage: Usage): number {
  return Object.entries(PRICES).reduce((sum, [name, price]) => sum + usage[name as keyof typeof PRICES] * price, 0);
}

/** What of it became more, each as a line. */
export function growthOf(before: Usage, after: Usage): readonly string[] {
  return COUNTED.filter((name) => after[name] > before[name]).map(
    (name) => `${name} ${before[name]} -> ${after[name]}`,
  );
}

function pagesOf(system: CountedSystem): NonNullable<Target['listAccounts']> {
  return async (from = '0') => {
    const first = Number(from);
    const accounts = [...system.accounts.values()].slice(first, first + PAGE);
    const next = first + PAGE < system.accounts.size ? String(first + PAGE) : undefined;
    return { accounts, next };
  };
}

/** Sums of fractions of a unit, or of a second, are not exact. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
