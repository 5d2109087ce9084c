// Whether the sweep comes to everybody, and how soon: the real handler and store over tables in this process, one run a
// minute in virtual time, in which every request to a table and to the bus takes 5 ms. What a fair share is of that: eight
// looks at a time, each of three requests, one after the other without a pause, so that whoever is the n-th to be due has
// waited for n of them.

import { PermanentError } from '../../lambdas/core/errors.ts';
import { sweep } from '../../lambdas/handlers/identity/sweep.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { NEXT_CHECK_SHARDS, shardOf } from '../../lambdas/stores/identities/keys.ts';
import { MODEL } from '../simulation/access-model.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import { dynamoStores } from '../support/dynamo-stores.ts';
import { joiner } from '../support/facts.ts';
import { IDLE } from '../support/idle-executions.ts';
import { MeteredTables, TABLE_NAMES } from '../support/metered-tables.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const REQUEST_MS = 5;
/** To claim it, to read it, and to tell the bus. */
const REQUESTS_OF_A_LOOK = 3;
const LOOKS_AT_A_TIME = 8;
/** Between the first of two that came due after one another and the second. */
const APART_MS = 10;
/** From when it is recorded until it is due. */
const GRACE_MS = 60_000;
/** A share is of this much at least: the first ones are not to be earlier than the page they are on. */
const LEAST_SHARE_MS = 1_000;
/** Of what everybody's share takes, after which nobody is waited for any longer. */
const PATIENCE = 4;

export interface Backlog {
  readonly identities: number;
  /** One in so many is due again as soon as it was looked at: a system of theirs is down. @default nobody */
  readonly dueAgainOneIn?: number;
  /** Half of them lie in one shard of the index. @default all shards hold as many */
  readonly isCrowded?: boolean;
  /** All came due at one instant, as by a reorganisation. @default one after the other */
  readonly isOneInstant?: boolean;
  /** So many of those due first cannot be read. @default none */
  readonly unreadable?: number;
  /** So many of those due first cannot be claimed, which is how everything about an identity begins. @default none */
  readonly unclaimable?: number;
  /** How late the index shows what was written. @default 0 */
  readonly indexLagMs?: number;
  /** How long a request takes. @default 5 */
  readonly requestMs?: number;
}

export interface LookedThrough {
  readonly neverLookedAt: number;
  /** From the first run on until the last of them was looked at. */
  readonly lastMs: number;
  /** What everybody's fair share takes. */
  readonly fairMs: number;
  /** How much later than their fair share somebody was looked at: the most of all, as a ratio. */
  readonly worstShare: number;
  /** Looks at somebody once more while somebody else had not been looked at. */
  readonly looksTooEarly: number;
  /** At the same identity, until everybody had been looked at. */
  readonly mostLooks: number;
  /** To DynamoDB, for each look. */
  readonly requestsPerLook: number;
}

interface Row extends Backlog {
  readonly name: string;
  /**
   * What had become of it after a day at 8aecdff: its handler, one run a minute, over shards in memory that are listed as its
   * store did (16 in order, cut off at 200), each request 5 ms. What had been looked at was due again after five minutes.
   */
  readonly before: { readonly neverLookedAt: number; readonly mostLooks: number };
}

const MANY = 100_000;
const ROWS: readonly Row[] = [
  { name: 'one after the other', identities: MANY, before: { neverLookedAt: 93_609, mostLooks: 46 } },
  { name: 'a tenth due again', identities: MANY, dueAgainOneIn: 10, before: { neverLookedAt: 93_609, mostLooks: 53 } },
  { name: 'half in one shard', identities: MANY, isCrowded: true, before: { neverLookedAt: 96_557, mostLooks: 84 } },
  { name: 'at one instant', identities: MANY, isOneInstant: true, before: { neverLookedAt: 93_609, mostLooks: 46 } },
  {
    name: '1,000 unreadable',
    identities: MANY,
    unreadable: 1_000,
    before: { neverLookedAt: 99_999, mostLooks: 1_440 },
  },
  {
    name: '1,000 unclaimable',
    identities: MANY,
    unclaimable: 1_000,
    before: { neverLookedAt: 99_000, mostLooks: 1_440 },
  },
  { name: 'index 1 s late', identities: MANY, indexLagMs: 1_000, before: { neverLookedAt: 93_609, mostLooks: 46 } },
];

export async function printSweeps(): Promise<void> {
  const line = (cells: readonly string[]) =>
    console.log(cells.map((cell, column) => (column === 0 ? cell.padEnd(22) : cell.padStart(14))).join(''));
  console.log(
    `\nDoes the sweep come to everybody when ${MANY.toLocaleString('en')} are due? Fair: ${LOOKS_AT_A_TIME} looks at a time, each ${REQUESTS_OF_A_LOOK} requests of ${REQUEST_MS} ms.`,
  );
  line([
    'due',
    'never before',
    'never now',
    'looks before',
    'most now',
    'too early',
    'last after',
    'latest',
    'requests',
  ]);
  for (const { name, before, ...backlog } of ROWS) {
    const { neverLookedAt, lastMs, fairMs, worstShare, looksTooEarly, mostLooks, requestsPerLook } =
      await lookThrough(backlog);
    line([
      name,
      String(before.neverLookedAt),
      String(neverLookedAt),
      String(before.mostLooks),
      String(mostLooks),
      String(looksTooEarly),
      `${(lastMs / fairMs).toFixed(2)} x fair`,
      `${worstShare.toFixed(2)} x fair`,
      requestsPerLook.toFixed(2),
    ]);
  }
}

/** Runs the sweep once a minute until it has come to everybody, or has had much longer than that may take. */
export async function lookThrough(backlog: Backlog): Promise<LookedThrough> {
  const world = new SweptWorld(backlog);
  try {
    await world.fill();
    return await world.run();
  } finally {
    world.end();
  }
}

class SweptWorld {
  readonly #backlog: Backlog;
  readonly #requestMs: number;
  readonly #time = new VirtualTime(START);
  readonly #tables: MeteredTables;
  /** In the order in which they came due. */
  readonly #ids: readonly string[];
  readonly #place: ReadonlyMap<string, number>;
  readonly #looks = new Map<string, number>();
  readonly #firstLookMs = new Map<string, number>();
  #looked = 0;
  #looksTooEarly = 0;
  #recordedMs = 0;
  /** Before the first run requests take no time. */
  #isFilled = false;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
    this.#requestMs = backlog.requestMs ?? REQUEST_MS;
    this.#ids = idsOf(backlog);
    this.#place = new Map(this.#ids.map((id, place) => [id, place]));
    process.env[ENVIRONMENT.identitiesTable] = TABLE_NAMES.identities;
    process.env[ENVIRONMENT.auditTable] = TABLE_NAMES.audit;
    process.env['AWS_REGION'] ??= 'us-east-1';
    this.#tables = new MeteredTables(async () => {
      if (this.#isFilled) await this.#time.sleep(this.#requestMs);
    }, backlog.indexLagMs);
    this.#tables.install();
  }

  async fill(): Promise<void> {
    const dependencies = { ...dynamoStores(), clock: () => this.#recordedMs };
    for (const [place, identityId] of this.#ids.entries()) {
      this.#recordedMs = this.#dueMs(place) - GRACE_MS;
      const fact = {
        ...joiner('2026-11-01', { email: `${identityId}@acme.example` }, { id: `joiner-of-${identityId}` }),
        identityId,
      };
      await appendFact(dependencies, fact, { payloadHash: 'x', actor: { type: 'hr-source', id: 'acme-hr' } });
    }
    // The index has long shown them.
    await this.#time.runUntil(START + (this.#backlog.indexLagMs ?? 0) + 1);
    this.#isFilled = true;
  }

  async run(): Promise<LookedThrough> {
    const run = sweep(this.#dependencies());
    const fairMs = this.#fairShareMs(this.#ids.length - 1);
    const begunMs = this.#time.nowMs;
    const requestsBefore = this.#tables.units.requests;
    while (this.#left() > 0 && this.#time.nowMs - begunMs < PATIENCE * fairMs + MINUTE_MS) {
      // A run says that it failed when somebody cannot be looked at. Not awaited: time moves only below.
      void run().catch(() => {});
      await this.#time.runUntil(this.#time.nowMs + MINUTE_MS);
    }
    const waits = [...this.#firstLookMs].map(([id, atMs]) => ({ id, waitMs: atMs - begunMs }));
    const shares = waits.map(({ id, waitMs }) => waitMs / this.#fairShareMs(this.#place.get(id) ?? 0));
    return {
      neverLookedAt: this.#left(),
      lastMs: most(waits.map(({ waitMs }) => waitMs)),
      fairMs,
      worstShare: this.#left() > 0 ? Number.POSITIVE_INFINITY : most(shares),
      looksTooEarly: this.#looksTooEarly,
      mostLooks: most([...this.#looks.values()]),
      requestsPerLook: (this.#tables.units.requests - requestsBefore) / this.#looked,
    };
  }

  end(): void {
    this.#tables.uninstall();
    this.#time.uninstall();
  }

  /** Who cannot be claimed is not waited for. */
  #left(): number {
    return this.#ids.length - (this.#backlog.unclaimable ?? 0) - this.#firstLookMs.size;
  }

  /** From the first run on. Of those who came due at the same instant each has the share of the last. */
  #fairShareMs(place: number): number {
    const before = this.#backlog.isOneInstant ? this.#ids.length : place + 1;
    return Math.max(LEAST_SHARE_MS, (before * REQUESTS_OF_A_LOOK * this.#requestMs) / LOOKS_AT_A_TIME);
  }

  #dueMs(place: number): number {
    const lastMs = START - MINUTE_MS;
    return this.#backlog.isOneInstant ? lastMs : lastMs - (this.#ids.length - place) * APART_MS;
  }

  #dependencies(): Parameters<typeof sweep>[0] {
    const stores = dynamoStores();
    const { dueAgainOneIn, unreadable = 0, unclaimable = 0 } = this.#backlog;
    const placeOf = (identityId: string) => this.#place.get(identityId) ?? 0;
    const directory = {
      ...stores.directory,
      moveCheck: async (identityId: string, fromMs: number | undefined, toMs: number | undefined) => {
        if (placeOf(identityId) < unclaimable) {
          await this.#time.sleep(this.#requestMs);
          throw new PermanentError(`${identityId} cannot be written`);
        }
        return await stores.directory.moveCheck(identityId, fromMs, toMs);
      },
      load: async (identityId: string) => {
        this.#look(identityId);
        if (placeOf(identityId) < unreadable) throw new PermanentError(`${identityId} cannot be read`);
        return await stores.directory.load(identityId);
      },
    };
    const publish = async (_stage: string, { identityId }: { readonly identityId: string }) => {
      await this.#time.sleep(this.#requestMs);
      const isDueAgain = dueAgainOneIn !== undefined && placeOf(identityId) % dueAgainOneIn === 0;
      if (isDueAgain) void stores.directory.saveNextCheck(identityId, this.#time.nowMs);
    };
    return {
      ...stores,
      directory,
      clock: () => this.#time.nowMs,
      newId: () => 'id',
      model: () => MODEL,
      bus: { publish },
      running: IDLE,
      publishBacklog: () => {},
      alert: async () => {},
    };
  }

  #look(identityId: string): void {
    const looks = this.#looks.get(identityId) ?? 0;
    if (looks > 0 && this.#left() > 0) this.#looksTooEarly += 1;
    if (looks === 0) this.#firstLookMs.set(identityId, this.#time.nowMs);
    this.#looks.set(identityId, looks + 1);
    this.#looked += 1;
  }
}

function idsOf({ identities, isCrowded = false }: Backlog): readonly string[] {
  if (!isCrowded) return Array.from({ length: identities }, (_, index) => `E${index}`);
  const crowded = numbered((id) => shardOf(id) === NEXT_CHECK_SHARDS.at(-1));
  const others = numbered((id) => shardOf(id) !== NEXT_CHECK_SHARDS.at(-1));
  return Array.from({ length: identities }, (_, index) => (index % 2 === 0 ? crowded : others).next().value as string);
}

function* numbered(holds: (identityId: string) => boolean): Generator<string> {
  for (let number = 0; ; number += 1) if (holds(`E${number}`)) yield `E${number}`;
}

/** Of more than can be spread over arguments. */
function most(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}
