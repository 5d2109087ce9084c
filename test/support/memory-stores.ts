// The stores in memory, with DynamoDB's semantics: a write happens wholly or not at all, on the same conditions as in
// dynamo-identity-store.ts, and what is kept or read nobody can change. Each call takes effect at one point after it was made, so that
// calls in flight interleave as they do over a network.
import type { AccountRecord } from '../../lambdas/core/access/account-record.ts';
import type { IdentityHeader, IdentityRecord } from '../../lambdas/core/access/identity-record.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { InvalidInputError } from '../../lambdas/core/errors.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import type { Certificate } from '../../lambdas/core/removal/certificate.ts';
import type { AuditStore } from '../../lambdas/stores/audit/audit-store.ts';
import type {
  AcceptedEvent,
  IdentityStore,
  Page,
  RecordEffect,
  RecordFact,
} from '../../lambdas/stores/identities/identity-store.ts';

export interface MemoryStores {
  readonly identities: IdentityStore;
  readonly audit: AuditStore;
  /** The keys of facts and effects in the order in which they were put: what the table's stream would deliver. */
  readonly inserted: readonly { readonly pk: string; readonly sk: string }[];
}

export interface MemoryOptions {
  /** Awaited before each call takes effect: a simulator delays, crashes or throttles here. */
  readonly before?: ((method: string) => Promise<void>) | undefined;
}

interface Identity {
  header: IdentityHeader;
  readonly facts: Map<string, Fact>;
  readonly effects: Set<number>;
  readonly accounts: Map<string, AccountRecord>;
  readonly tasks: Map<string, TaskRecord>;
  readonly waitingTokens: Set<string>;
}

export function memoryStores({ before = async () => {} }: MemoryOptions = {}): MemoryStores {
  const identities = new Map<string, Identity>();
  const events = new Map<string, AcceptedEvent>();
  const log = new Map<string, Map<string, AuditEntry>>();
  const certificates = new Map<string, Certificate>();
  const inserted: { pk: string; sk: string }[] = [];

  const auditKey = ({ at, entryId }: AuditEntry) => `${at}#${entryId}`;
  const isNew = (entry: AuditEntry) => !log.get(entry.identityId)?.has(auditKey(entry));
  const put = (entries: readonly AuditEntry[]) => {
    for (const entry of entries) {
      const ofIdentity = log.get(entry.identityId) ?? new Map<string, AuditEntry>();
      log.set(entry.identityId, ofIdentity.set(auditKey(entry), keep(entry)));
    }
  };
  /** One transaction: all conditions first, the audit entries' own among them, then all writes. */
  const transact = (holds: boolean, audit: readonly AuditEntry[], write: () => void): boolean => {
    if (!holds || !audit.every(isNew)) return false;
    write();
    put(audit);
    return true;
  };
  const headerOf = (identityId: string) => identities.get(identityId)?.header;
  const change = (identityId: string, changes: Partial<IdentityHeader>) => {
    const identity = identities.get(identityId);
    if (identity !== undefined) identity.header = keep({ ...identity.header, ...changes });
  };
  const raiseVersion = (
    identityId: string,
    expectedVersion: number,
    { summary, nowMs, nextCheckMs }: Pick<RecordEffect, 'summary' | 'nowMs' | 'nextCheckMs'>,
  ) => {
    const known = identities.get(identityId);
    const header = known?.header ?? { identityId, version: 0, epoch: 0, failedPasses: 0, clockMs: 0, summary };
    const identity = known ?? {
      header,
      facts: new Map(),
      effects: new Set(),
      accounts: new Map(),
      tasks: new Map(),
      waitingTokens: new Set(),
    };
    identity.header = keep({
      ...header,
      version: expectedVersion + 1,
      clockMs: nowMs,
      failedPasses: 0,
      summary,
      nextCheckMs,
    });
    identities.set(identityId, identity);
    return identity;
  };
  const eventKey = ({ source, sourceEventId }: Pick<Fact, 'source' | 'sourceEventId'>) => `${source}#${sourceEventId}`;
  const putFact = ({ fact, expectedVersion, payloadHash, attestedTask, ...raise }: RecordFact) => {
    const { identityId, source, sourceEventId } = fact;
    const identity = raiseVersion(identityId, expectedVersion, raise);
    const version = expectedVersion + 1;
    events.set(eventKey(fact), keep({ source, sourceEventId, payloadHash, identityId, version, held: fact.held }));
    const sk = `FACT#${toIso(fact.recordedMs)}#${fact.factId}`;
    identity.facts.set(sk, keep(fact));
    inserted.push({ pk: identityId, sk });
    if (attestedTask !== undefined) putTask(attestedTask);
  };
  const isOpen = ({ identityId, taskId }: TaskRecord) =>
    identities.get(identityId)?.tasks.get(taskId)?.status === 'open';
  const putTask = (task: TaskRecord) => identities.get(task.identityId)?.tasks.set(task.taskId, keep(task));
  const supersede = (task: TaskRecord) => putTask({ ...task, status: 'superseded' });

  const store: IdentityStore = {
    async load(identityId) {
      const identity = identities.get(identityId);
      return identity && recordOf(identity);
    },

    async findAcceptedEvent(source, sourceEventId) {
      return events.get(eventKey({ source, sourceEventId }));
    },

    async recordFact(input) {
      const inputs = input.together === undefined ? [input] : [input, input.together];
      if (events.has(eventKey(input.fact))) return 'duplicate';
      const holds = inputs.every(
        ({ fact, expectedVersion, attestedTask }) =>
          !events.has(eventKey(fact)) &&
          (headerOf(fact.identityId)?.version ?? 0) === expectedVersion &&
          (attestedTask === undefined || isOpen(attestedTask)),
      );
      const audit = inputs.flatMap((one) => one.audit);
      return transact(holds, audit, () => inputs.forEach(putFact)) ? 'recorded' : 'version-changed';
    },

    async recordEffect({ identityId, instantMs, expectedVersion, summary, nowMs, nextCheckMs, audit }) {
      if (identities.get(identityId)?.effects.has(instantMs)) return 'duplicate';
      const holds = (headerOf(identityId)?.version ?? 0) === expectedVersion;
      const written = transact(holds, audit, () => {
        raiseVersion(identityId, expectedVersion, { summary, nowMs, nextCheckMs }).effects.add(instantMs);
        inserted.push({ pk: identityId, sk: `EFFECT#${toIso(instantMs)}` });
      });
      return written ? 'recorded' : 'version-changed';
    },

    async acquireLease({ identityId, holder, nowMs, expiresMs, nextCheckMs }) {
      const header = headerOf(identityId);
      if (header === undefined) return undefined;
      const { lease, epoch } = header;
      if (lease !== undefined && lease.holder !== holder && lease.expiresMs >= nowMs) return undefined;
      change(identityId, { lease: { holder, expiresMs }, nextCheckMs, epoch: epoch + 1 });
      return headerOf(identityId);
    },

    async renewLease({ identityId, epoch, expiresMs }) {
      const header = headerOf(identityId);
      if (header?.lease === undefined || header.epoch !== epoch) return false;
      change(identityId, { lease: { ...header.lease, expiresMs } });
      return true;
    },

    async readMark(identityId) {
      const header = headerOf(identityId);
      return { epoch: header?.epoch ?? -1, version: header?.version ?? -1 };
    },

    async fenceOff({ identityId, epoch, removal, audit }) {
      const written = transact(headerOf(identityId)?.epoch === epoch, audit, () =>
        change(identityId, { epoch: epoch + 1, removal, lease: undefined }),
      );
      return written ? 'fenced' : 'epoch-changed';
    },

    async settleLease({ identityId, epoch, version, nowMs, summary, applications, nextCheckMs, audit }) {
      const header = headerOf(identityId);
      return transact(header?.epoch === epoch && header.version === version, audit, () =>
        change(identityId, {
          settledVersion: version,
          settledMs: nowMs,
          failedPasses: 0,
          summary,
          applications,
          nextCheckMs,
          lease: undefined,
          escalation: undefined,
        }),
      );
    },

    async releaseLease({ identityId, epoch, failedPasses, nextCheckMs, escalation, audit }) {
      return transact(headerOf(identityId)?.epoch === epoch, audit, () =>
        change(identityId, { failedPasses, nextCheckMs, lease: undefined, ...(escalation && { escalation }) }),
      );
    },

    async saveAccount({ identityId, account, audit }) {
      const accounts = identities.get(identityId)?.accounts;
      const kept = accounts?.get(account.applicationId)?.revision ?? 0;
      return transact(kept === account.revision - 1, audit, () => accounts?.set(account.applicationId, keep(account)));
    },

    async saveRemoval({ identityId, removal, audit, certificate }) {
      const holds =
        headerOf(identityId)?.removal?.version === removal.version &&
        (certificate === undefined || !certificates.has(certificate.certificateId));
      return transact(holds, audit, () => {
        change(identityId, { removal });
        if (certificate !== undefined) certificates.set(certificate.certificateId, keep(certificate));
      });
    },

    async findCertificate(certificateId) {
      return certificates.get(certificateId);
    },

    async listCertificates({ month, limit, after }) {
      const ofMonth = [...certificates.values()].filter(({ provenAt }) => provenAt.startsWith(month));
      // The latest first, in a key that sorts ascending.
      const keyOf = ({ provenAt, certificateId }: Certificate) =>
        `${String(Number.MAX_SAFE_INTEGER - Date.parse(provenAt)).padStart(16, '0')}#${certificateId}`;
      return pageOf(ofMonth, keyOf, limit, after);
    },

    async saveNextCheck(identityId, nextCheckMs) {
      change(identityId, { nextCheckMs });
    },

    async openTask({ task, supersedes, audit }) {
      transact(!isOpen(task) && supersedes.every(isOpen), audit, () => {
        putTask(task);
        supersedes.forEach(supersede);
      });
    },

    async supersedeTasks({ tasks, audit }) {
      transact(tasks.every(isOpen), audit, () => tasks.forEach(supersede));
    },

    async saveWaitingToken(identityId, token) {
      identities.get(identityId)?.waitingTokens.add(token);
    },

    async listWaitingTokens(identityId) {
      return [...(identities.get(identityId)?.waitingTokens ?? [])];
    },

    async forgetWaitingToken(identityId, token) {
      identities.get(identityId)?.waitingTokens.delete(token);
    },

    async listIdentities({ managerId, limit, after }) {
      const headers = [...identities.values()].map(({ header }) => header);
      const chosen =
        managerId === undefined ? headers : headers.filter(({ summary }) => summary.managerId === managerId);
      return pageOf(chosen, ({ identityId }) => identityId, limit, after);
    },

    async listOwnedBy(ownerId) {
      const headers = [...identities.values()].map(({ header }) => header);
      return headers.filter(({ summary }) => summary.ownerId === ownerId);
    },

    async findLinked(applicationId, accountId) {
      const linked = ({ accounts }: Identity) => accounts.get(applicationId)?.account?.accountId === accountId;
      return [...identities].filter(([, identity]) => linked(identity)).map(([identityId]) => identityId);
    },

    async findByEmail(email) {
      const headers = [...identities.values()].map(({ header }) => header);
      const found = headers.filter(({ summary }) => summary.email === email.toLowerCase());
      return found.map(({ identityId }) => identityId);
    },

    async listTasks({ status, limit, after }) {
      const tasks = [...identities.values()].flatMap((identity) => [...identity.tasks.values()]);
      return pageOf(
        tasks.filter((task) => task.status === status),
        ({ taskId }) => taskId,
        limit,
        after,
      );
    },

    async listDue(nowMs, limit) {
      const headers = [...identities.values()].map(({ header }) => header);
      return headers.filter(({ nextCheckMs }) => nextCheckMs !== undefined && nextCheckMs <= nowMs).slice(0, limit);
    },
  };

  const audit: AuditStore = {
    async append(entries) {
      put(entries.filter(isNew));
    },
    async list(identityId, { limit, after, since = '' }) {
      const entries = [...(log.get(identityId)?.values() ?? [])].filter(({ at }) => at >= since);
      return pageOf(entries, auditKey, limit, after);
    },
  };

  return { identities: through(store, before), audit: through(audit, before), inserted };
}

function recordOf({ header, facts, effects, accounts, tasks }: Identity): IdentityRecord {
  // In the order of their sort keys, as a query of the partition gives them.
  const sorted = <Item>(items: Map<string, Item>) => [...items].sort(byKey).map(([, item]) => item);
  return {
    header,
    facts: sorted(facts),
    effects: [...effects].sort((a, b) => a - b),
    accounts: sorted(accounts),
    tasks: sorted(tasks),
  };
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  limit: number,
  after: string | undefined,
): Page<Item> {
  const start = after === undefined ? undefined : readCursor(after);
  const rest = items
    .map((item): [string, Item] => [keyOf(item), item])
    .sort(byKey)
    .filter(([key]) => start === undefined || key > start);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1)?.[0];
  const next = rest.length > limit && last !== undefined ? Buffer.from(last).toString('base64url') : undefined;
  return { items: shown.map(([, item]) => item), next };
}

function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (Buffer.from(key).toString('base64url') === cursor) return key;
  throw new InvalidInputError('the page cursor cannot be read', [{ pointer: '/after', detail: 'expected a cursor' }]);
}

/**
 * What is kept: a value of its own that nobody can change, so that it can be handed out as often as it is read. Like
 * DynamoDB it keeps no member that is undefined.
 */
function keep<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(keep)) as Value;
  const kept: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== undefined) kept[name] = keep(value[name]);
  return Object.freeze(kept) as Value;
}

type Method = (...arguments_: readonly unknown[]) => Promise<unknown>;

/** Each method after the hook; its own body then runs without a pause, so it is one atomic step. */
function through<Store extends object>(store: Store, before: (method: string) => Promise<void>): Store {
  const wrap = ([name, method]: [string, Method]): [string, Method] => [
    name,
    async (...arguments_) => {
      await before(name);
      return await method(...arguments_);
    },
  ];
  return Object.fromEntries((Object.entries(store) as [string, Method][]).map(wrap)) as Store;
}
