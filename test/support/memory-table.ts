// A table in memory with DynamoDB's semantics: a write happens wholly or not at all, and what is kept or read nobody can
// change. The stores in memory-stores.ts share one, as those of stores/identities share the identities table.
import type { AccountRecord } from '../../lambdas/core/access/account-record.ts';
import type { IdentityHeader, IdentityRecord } from '../../lambdas/core/access/identity-record.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { partitionOf } from '../../lambdas/core/audit/subject.ts';
import { InvalidInputError } from '../../lambdas/core/errors.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { Page, PageRequest } from '../../lambdas/stores/page.ts';

/** What lies under one identity's id. It may hold items before anything is recorded that gives it a header. */
export interface Partition {
  header: IdentityHeader | undefined;
  readonly facts: Map<string, Fact>;
  readonly effects: Set<number>;
  readonly accounts: Map<string, AccountRecord>;
  readonly tasks: Map<string, TaskRecord>;
  readonly waitingTokens: Set<string>;
}

export class MemoryTable {
  readonly #partitions = new Map<string, Partition>();
  readonly #log = new Map<string, Map<string, AuditEntry>>();
  /** The keys of facts and effects in the order in which they were put: what the table's stream would deliver. */
  readonly inserted: { readonly pk: string; readonly sk: string }[] = [];

  /** Undefined: nothing was ever written under this id. */
  find(identityId: string): Partition | undefined {
    return this.#partitions.get(identityId);
  }

  partition(identityId: string): Partition {
    const known = this.#partitions.get(identityId);
    if (known !== undefined) return known;
    const partition: Partition = {
      header: undefined,
      facts: new Map(),
      effects: new Set(),
      accounts: new Map(),
      tasks: new Map(),
      waitingTokens: new Set(),
    };
    this.#partitions.set(identityId, partition);
    return partition;
  }

  header(identityId: string): IdentityHeader | undefined {
    return this.#partitions.get(identityId)?.header;
  }

  /** By id. */
  headersWhere(holds: (header: IdentityHeader) => boolean): readonly IdentityHeader[] {
    return this.partitionsWhere(({ header }) => header !== undefined && holds(header)).flatMap(
      ([, { header }]) => header ?? [],
    );
  }

  some(holds: (header: IdentityHeader) => boolean): boolean {
    for (const { header } of this.#partitions.values()) if (header !== undefined && holds(header)) return true;
    return false;
  }

  /** By id. */
  partitionsWhere(holds: (partition: Partition) => boolean): readonly (readonly [string, Partition])[] {
    return [...this.#partitions].filter(([, partition]) => holds(partition)).sort(byKey);
  }

  change(identityId: string, changes: Partial<IdentityHeader>): void {
    const partition = this.partition(identityId);
    if (partition.header !== undefined) partition.header = keep({ ...partition.header, ...changes });
  }

  task({ identityId, taskId }: TaskRecord): TaskRecord | undefined {
    return this.#partitions.get(identityId)?.tasks.get(taskId);
  }

  putTask(task: TaskRecord): void {
    this.partition(task.identityId).tasks.set(task.taskId, keep(task));
  }

  /** One transaction: all conditions first, the audit entries' own among them, then all writes. */
  transact(holds: boolean, audit: readonly AuditEntry[], write: () => void): boolean {
    if (!holds || !audit.every((entry) => this.isNew(entry))) return false;
    write();
    this.putEntries(audit);
    return true;
  }

  isNew(entry: AuditEntry): boolean {
    return !this.#log.get(partitionOf(entry))?.has(entryKey(entry));
  }

  putEntries(entries: readonly AuditEntry[]): void {
    for (const entry of entries) {
      const ofIdentity = this.#log.get(partitionOf(entry)) ?? new Map<string, AuditEntry>();
      this.#log.set(partitionOf(entry), ofIdentity.set(entryKey(entry), keep(entry)));
    }
  }

  allEntries(): readonly AuditEntry[] {
    return [...this.#log.values()].flatMap((entries) => [...entries.values()]);
  }

  entriesOf(identityId: string): readonly AuditEntry[] {
    return [...(this.#log.get(identityId)?.values() ?? [])];
  }
}

export function entryKey({ at, entryId }: AuditEntry): string {
  return `${at}#${entryId}`;
}

/** By the map they are kept in: facts are only ever added, and an identity is loaded many times between two of them. */
const sortedFacts = new WeakMap<Partition['facts'], readonly Fact[]>();

/** In the order of their sort keys, as a query of the partition gives them. */
export function toRecord(partition: Partition | undefined): IdentityRecord | undefined {
  if (partition?.header === undefined) return undefined;
  const { header, facts, effects, accounts, tasks } = partition;
  return {
    header,
    facts: inOrder(facts),
    effects: [...effects].sort((a, b) => a - b),
    accounts: sorted(accounts),
    tasks: sorted(tasks),
  };
}

function inOrder(facts: Partition['facts']): readonly Fact[] {
  const known = sortedFacts.get(facts);
  if (known?.length === facts.size) return known;
  const ordered = Object.freeze(sorted(facts));
  sortedFacts.set(facts, ordered);
  return ordered;
}

function sorted<Item>(items: ReadonlyMap<string, Item>): readonly Item[] {
  return items.size === 0 ? [] : [...items].sort(byKey).map(([, item]) => item);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/**
 * As DynamoDB does: a page that is full always names a next one, which may be empty. A cursor of another listing is
 * refused.
 */
export function pageOf<Item>(
  listing: string,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, after }: PageRequest,
): Page<Item> {
  const start = after === undefined ? undefined : readCursor(listing, after);
  const shown = items
    .map((item): [string, Item] => [keyOf(item), item])
    .sort(byKey)
    .filter(([key]) => start === undefined || key > start)
    .slice(0, limit);
  const last = shown.at(-1)?.[0];
  const next = shown.length === limit && last !== undefined ? writeCursor(listing, last) : undefined;
  return { items: shown.map(([, item]) => item), next };
}

function writeCursor(listing: string, key: string): string {
  return Buffer.from(JSON.stringify([listing, key])).toString('base64url');
}

function readCursor(listing: string, cursor: string): string {
  try {
    const [of, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as [unknown, unknown];
    if (of === listing && typeof key === 'string') return key;
  } catch {
    // Refused like a cursor of another listing.
  }
  throw new InvalidInputError('the page cursor cannot be read', [{ pointer: '/after', detail: 'expected a cursor' }]);
}

/** A number as text that sorts as the number does. */
export function sortable(value: number): string {
  return String(value).padStart(16, '0');
}

/**
 * What is kept: a value of its own that nobody can change, so that it can be handed out as often as it is read. Like
 * DynamoDB it keeps no member that is undefined.
 */
export function keep<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(keep)) as Value;
  // Bytes cannot be frozen.
  if (value instanceof Uint8Array) return Uint8Array.from(value) as Value;
  const kept: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== undefined) kept[name] = keep(value[name]);
  return Object.freeze(kept) as Value;
}

type Method = (...input: readonly unknown[]) => Promise<unknown>;

/** Each method after the hook, if there is one; its own body then runs without a pause, so it is one atomic step. */
export function through<Store extends object>(
  store: Store,
  before: ((method: string) => Promise<void>) | undefined,
): Store {
  if (before === undefined) return store;
  const wrap = ([name, method]: [string, Method]): [string, Method] => [
    name,
    async (...input) => {
      await before(name);
      return await method(...input);
    },
  ];
  return Object.fromEntries((Object.entries(store) as [string, Method][]).map(wrap)) as Store;
}

/** In which of so many shares of everybody an identity is: as by chance, and always the same. */
export function segmentOf(identityId: string, of: number): number {
  let sum = 7;
  for (const character of identityId) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return sum % of;
}
