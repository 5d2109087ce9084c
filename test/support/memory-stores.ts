// The stores in memory, on the same conditions as in DynamoDB: test/stores/identities holds both to one contract. Each
// call takes effect at one point after it was made, so that calls in flight interleave as they do over a network.
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import type { Certificate } from '../../lambdas/core/removal/certificate.ts';
import type { AccountStore, SaveAccount } from '../../lambdas/stores/accounts/account-store.ts';
import type { AuditStore } from '../../lambdas/stores/audit/audit-store.ts';
import type { AddressClaim, DirectoryStore } from '../../lambdas/stores/directory/directory-store.ts';
import {
  type AcceptedEvent,
  claimsId,
  type FactStore,
  type FactWithEntries,
  isListed,
  type RaiseVersion,
  type RecordFact,
} from '../../lambdas/stores/facts/fact-store.ts';
import type { IdentityStores } from '../../lambdas/stores/identity-stores.ts';
import type { LeaseStore } from '../../lambdas/stores/leases/lease-store.ts';
import type { KeptRevision, TaskStore } from '../../lambdas/stores/tasks/task-store.ts';
import { memoryModelChanges } from './memory-model-changes.ts';
import {
  entryKey,
  keep,
  MemoryTable,
  type Partition,
  pageOf,
  segmentOf,
  sortable,
  through,
  toRecord,
} from './memory-table.ts';

export interface MemoryStores extends IdentityStores {
  readonly audit: AuditStore;
  /** What all of them lie in: other doubles write into it in one transaction with entries. */
  readonly table: MemoryTable;
  /** The keys of facts and effects in the order in which they were put: what the table's stream would deliver. */
  readonly inserted: readonly { readonly pk: string; readonly sk: string }[];
  /** Whether `listDue` would find anybody. */
  isAnythingDue(nowMs: number): boolean;
}

export interface MemoryOptions {
  /** Awaited before each call takes effect: a simulator delays, crashes or throttles here. */
  readonly before?: ((method: string) => Promise<void>) | undefined;
}

const MAXIMUM_FOUND = 10;

export function memoryStores({ before }: MemoryOptions = {}): MemoryStores {
  const table = new MemoryTable();
  return {
    facts: through(memoryFacts(table), before),
    leases: through(memoryLeases(table), before),
    accounts: through(memoryAccounts(table), before),
    tasks: through(memoryTasks(table), before),
    directory: through(memoryDirectory(table), before),
    modelChanges: through(memoryModelChanges(table), before),
    audit: through(memoryAudit(table), before),
    table,
    inserted: table.inserted,
    isAnythingDue: (nowMs) => table.some(({ nextCheckMs }) => nextCheckMs !== undefined && nextCheckMs <= nowMs),
  };
}

function memoryFacts(table: MemoryTable): FactStore {
  const events = new Map<string, AcceptedEvent>();
  /** The latest first, in a key that sorts ascending. */
  const places = new Map<string, string>();
  const eventKey = (source: string, sourceEventId: string) => `${source}#${sourceEventId}`;
  const isAccepted = ({ fact }: FactWithEntries) => events.has(eventKey(fact.source, fact.sourceEventId));
  const allOf = (input: RecordFact): readonly FactWithEntries[] => [input, ...(input.also ?? [])];
  const versionOf = (identityId: string) => table.header(identityId)?.version ?? 0;
  const isAsRead = ({ fact, expectedVersion, stillSettled }: RecordFact) => {
    const header = table.header(fact.identityId);
    if (stillSettled === undefined) return true;
    return header?.settledVersion === expectedVersion && header.nextCheckMs === stillSettled.nextCheckMs;
  };
  /** In lower case, as it was first used. */
  const spellings = new Map<string, string>();
  const otherSpelling = (identityId: string) => {
    const used = [spellings.get(identityId.toLowerCase()), identityId.toLowerCase(), identityId.toUpperCase()];
    return used.find((one) => one !== undefined && one !== identityId && versionOf(one) > 0);
  };
  const raiseVersion = (
    identityId: string,
    { expectedVersion, summary, nowMs, nextCheckMs, stillSettled }: RaiseVersion,
    byVersions = 1,
  ) => {
    const partition = table.partition(identityId);
    partition.header = keep({
      ...(partition.header ?? { identityId, epoch: 0 }),
      version: expectedVersion + byVersions,
      clockMs: nowMs,
      failedPasses: 0,
      summary,
      nextCheckMs,
      ...(stillSettled && { settledVersion: expectedVersion + byVersions }),
    });
    return partition;
  };
  const putFacts = (input: RecordFact) => {
    const facts = allOf(input);
    const partition = raiseVersion(input.fact.identityId, input, facts.length);
    for (const [index, { fact, payloadHash }] of facts.entries()) {
      const { source, sourceEventId, identityId, held } = fact;
      const version = input.expectedVersion + 1 + index;
      const sk = `FACT#${toIso(fact.recordedMs)}#${fact.factId}`;
      partition.facts.set(sk, keep(fact));
      const accepted = { source, sourceEventId, payloadHash, identityId, version, held };
      const key = eventKey(source, sourceEventId);
      events.set(key, keep(accepted));
      places.set(key, `${sortable(Number.MAX_SAFE_INTEGER - fact.receivedMs)}#${sourceEventId}`);
      table.inserted.push({ pk: identityId, sk });
    }
    if (input.attestedTask !== undefined) table.putTask(input.attestedTask);
  };

  return {
    async findAcceptedEvent(source, sourceEventId) {
      return events.get(eventKey(source, sourceEventId));
    },

    async listAcceptedEvents({ source, ...page }) {
      const ofSource = [...events.values()].filter((event) => event.source === source && isListed(event));
      const keyOf = (event: AcceptedEvent) => places.get(eventKey(event.source, event.sourceEventId)) ?? '';
      return pageOf(`events of ${source}`, ofSource, keyOf, page);
    },

    async findKnown({ events: wanted, identityIds = [] }) {
      const keys = new Set(wanted.map(({ source, sourceEventId }) => eventKey(source, sourceEventId)));
      return {
        accepted: [...keys].flatMap((key) => events.get(key) ?? []),
        identityIds: new Set(identityIds.filter((id) => table.find(id)?.header !== undefined)),
      };
    },

    async findFacts(wanted) {
      const found = wanted.flatMap(({ identityId, recordedMs, factId }): [string, Fact][] => {
        const sk = `FACT#${toIso(recordedMs)}#${factId}`;
        const fact = table.find(identityId)?.facts.get(sk);
        return fact === undefined ? [] : [[`${identityId}|${sk}`, fact]];
      });
      return [...new Map(found).values()];
    },

    async findOtherSpellings(identityIds) {
      return new Map(
        identityIds.flatMap((identityId): [string, string][] => {
          const other = otherSpelling(identityId);
          return other === undefined ? [] : [[identityId, other]];
        }),
      );
    },

    async recordFact(input) {
      if (allOf(input).some(isAccepted)) return 'duplicate';
      const inputs = input.together === undefined ? [input] : [input, input.together];
      const holds = inputs.every(
        (one) =>
          !allOf(one).some(isAccepted) &&
          versionOf(one.fact.identityId) === one.expectedVersion &&
          isAsRead(one) &&
          (one.attestedTask === undefined || isOpen(table, one.attestedTask)),
      );
      const audit = inputs.flatMap((one) => allOf(one).flatMap((each) => each.audit));
      const isClaimed = claimsId(input) && otherSpelling(input.fact.identityId) !== undefined;
      if (holds && isClaimed && audit.every((entry) => table.isNew(entry))) return 'spelling-taken';
      const put = () => {
        inputs.forEach(putFacts);
        if (claimsId(input)) spellings.set(input.fact.identityId.toLowerCase(), input.fact.identityId);
      };
      return table.transact(holds, audit, put) ? 'recorded' : 'version-changed';
    },

    async recordEffect({ identityId, instantMs, audit, ...raise }) {
      if (table.find(identityId)?.effects.has(instantMs)) return 'duplicate';
      const recorded = table.transact(versionOf(identityId) === raise.expectedVersion, audit, () => {
        raiseVersion(identityId, raise).effects.add(instantMs);
        table.inserted.push({ pk: identityId, sk: `EFFECT#${toIso(instantMs)}` });
      });
      return recorded ? 'recorded' : 'version-changed';
    },
  };
}

function memoryLeases(table: MemoryTable): LeaseStore {
  return {
    async acquireLease({
      identityId,
      holder,
      nowMs,
      expiresMs,
      nextCheckMs,
      unlessSettledFromMs = Number.POSITIVE_INFINITY,
    }) {
      const header = table.header(identityId);
      if (header === undefined) return undefined;
      const { lease, epoch, version, settledVersion, settledMs = Number.NEGATIVE_INFINITY, removal } = header;
      if (lease !== undefined && lease.holder !== holder && lease.expiresMs >= nowMs) return undefined;
      const isSettled = settledVersion === version && settledMs >= unlessSettledFromMs;
      if (isSettled && removal === undefined) return undefined;
      table.change(identityId, { lease: { holder, expiresMs }, nextCheckMs, epoch: epoch + 1 });
      return table.header(identityId);
    },

    async renewLease({ identityId, epoch, expiresMs }) {
      const header = table.header(identityId);
      if (header?.lease === undefined || header.epoch !== epoch) return false;
      table.change(identityId, { lease: { ...header.lease, expiresMs } });
      return true;
    },

    async readMark(identityId) {
      const header = table.header(identityId);
      return header && { epoch: header.epoch, version: header.version };
    },

    async saveConflicts({ identityId, epoch, conflicts, audit }) {
      return table.transact(table.header(identityId)?.epoch === epoch, audit, () =>
        table.change(identityId, { conflicts }),
      );
    },

    async fenceOff({ identityId, epoch, removal, audit }) {
      const fenced = table.transact(table.header(identityId)?.epoch === epoch, audit, () =>
        table.change(identityId, { epoch: epoch + 1, removal, lease: undefined }),
      );
      return fenced ? 'fenced' : 'epoch-changed';
    },

    async settleLease(input) {
      const { identityId, epoch, version, nowMs, summary, applications, modelHash, nextCheckMs, audit } = input;
      const { violations = [] } = input;
      const header = table.header(identityId);
      return table.transact(header?.epoch === epoch && header.version === version, audit, () =>
        table.change(identityId, {
          settledVersion: version,
          settledMs: nowMs,
          failedPasses: 0,
          summary,
          applications,
          modelHash,
          violations: violations.length === 0 ? undefined : violations,
          nextCheckMs,
          lease: undefined,
          escalation: undefined,
        }),
      );
    },

    async releaseLease({ identityId, epoch, failedPasses, nextCheckMs, escalation, audit }) {
      return table.transact(table.header(identityId)?.epoch === epoch, audit, () =>
        table.change(identityId, { failedPasses, nextCheckMs, lease: undefined, ...(escalation && { escalation }) }),
      );
    },
  };
}

function memoryAccounts(table: MemoryTable): AccountStore {
  const certificates = new Map<string, Certificate>();
  const saveAccount = ({ identityId, account, audit }: SaveAccount) => {
    const { accounts } = table.partition(identityId);
    const kept = accounts.get(account.applicationId)?.revision ?? 0;
    return table.transact(kept === account.revision - 1, audit, () =>
      accounts.set(account.applicationId, keep(account)),
    );
  };
  return {
    saveAccount: async (input) => saveAccount(input),
    saveAccounts: async (inputs) => inputs.map(saveAccount),

    async findLinked(applicationId, accountId) {
      const isLinked = ({ accounts }: Partition) => accounts.get(applicationId)?.account?.accountId === accountId;
      return table
        .partitionsWhere(isLinked)
        .slice(0, MAXIMUM_FOUND)
        .map(([identityId]) => identityId);
    },

    async saveRemoval({ identityId, removal, judgedVersion, audit, certificate }) {
      const header = table.header(identityId);
      const holds =
        header?.removal?.version === removal.version &&
        (judgedVersion === undefined || header.version === judgedVersion) &&
        (certificate === undefined || !certificates.has(certificate.certificateId));
      return table.transact(holds, audit, () => {
        table.change(identityId, { removal });
        if (certificate !== undefined) certificates.set(certificate.certificateId, keep(certificate));
      });
    },

    async findCertificate(certificateId) {
      return certificates.get(certificateId);
    },

    async listCertificates({ month, ...page }) {
      const ofMonth = [...certificates.values()].filter(({ provenAt }) => provenAt.startsWith(month));
      // The latest first, in a key that sorts ascending.
      const keyOf = ({ provenAt, certificateId }: Certificate) =>
        `${sortable(Number.MAX_SAFE_INTEGER - Date.parse(provenAt))}#${certificateId}`;
      return pageOf(`certificates of ${month}`, ofMonth, keyOf, page);
    },
  };
}

function memoryTasks(table: MemoryTable): TaskStore {
  const supersede = (task: TaskRecord) => table.putTask({ ...task, status: 'superseded' });
  const areOpen = (tasks: readonly TaskRecord[]) => tasks.every((task) => isOpen(table, task));
  const isAsKept = (identityId: string, account: KeptRevision | undefined) =>
    account === undefined ||
    table.partition(identityId).accounts.get(account.applicationId)?.revision === account.revision;
  return {
    async openTask({ task, closed, supersedes, account, audit }) {
      const known = table.task(task);
      const isAsRead =
        known?.status !== 'open' && known?.openedMs === closed?.openedMs && isAsKept(task.identityId, account);
      return table.transact(isAsRead && areOpen(supersedes), audit, () => {
        table.putTask(task);
        supersedes.forEach(supersede);
      });
    },

    async supersedeTasks({ tasks, account, audit }) {
      const [first] = tasks;
      if (first === undefined) return true;
      const isAsRead = areOpen(tasks) && isAsKept(first.identityId, account);
      return table.transact(isAsRead, audit, () => tasks.forEach(supersede));
    },

    async saveTask({ task, audit }) {
      const revised = { ...task, revision: (task.revision ?? 0) + 1 };
      return table.transact(isOpen(table, task), audit, () => table.putTask(revised));
    },

    async listTasks({ status, ...page }) {
      const all = table.partitionsWhere(({ tasks }) => tasks.size > 0).flatMap(([, { tasks }]) => [...tasks.values()]);
      const keyOf = ({ dueMs, taskId }: TaskRecord) => `${sortable(dueMs)}#${taskId}`;
      return pageOf(
        `tasks that are ${status}`,
        all.filter((task) => task.status === status),
        keyOf,
        page,
      );
    },

    async saveWaitingToken(identityId, token) {
      table.partition(identityId).waitingTokens.add(token);
    },

    async listWaitingTokens(identityId) {
      return [...(table.find(identityId)?.waitingTokens ?? [])];
    },

    async forgetWaitingToken(identityId, token) {
      table.find(identityId)?.waitingTokens.delete(token);
    },
  };
}

function memoryDirectory(table: MemoryTable): DirectoryStore {
  const claims = new Map<string, AddressClaim>();
  return {
    async load(identityId) {
      return toRecord(table.find(identityId));
    },

    async glimpse(identityId, applicationId) {
      const record = toRecord(table.find(identityId));
      if (record === undefined) return undefined;
      const accounts = record.accounts.filter((account) => account.applicationId === applicationId);
      return { ...record, accounts, effects: [], tasks: [] };
    },

    async listIdentities({ managerId, segment, ...page }) {
      const chosen = table.headersWhere(
        ({ identityId, summary }) =>
          (managerId === undefined || summary.managerId === managerId) &&
          (segment === undefined || segmentOf(identityId, segment.of) === segment.index),
      );
      return pageOf(`identities of ${managerId}`, chosen, ({ identityId }) => identityId, page);
    },

    async listOwnedBy(ownerId) {
      return table.headersWhere(({ summary }) => summary.ownerId === ownerId);
    },

    async findByEmail(email) {
      const found = table.headersWhere(({ summary }) => summary.email?.toLowerCase() === email.toLowerCase());
      return found.map(({ identityId }) => identityId).slice(0, MAXIMUM_FOUND);
    },

    async claimAddress({ address, identityId, epoch, insteadOf }) {
      const holder = claims.get(address);
      const isOwn = holder?.identityId === identityId;
      const isGiven =
        holder !== undefined && holder.identityId === insteadOf?.identityId && holder.epoch === insteadOf.epoch;
      if (holder === undefined || isGiven || (isOwn && holder.epoch <= epoch)) {
        claims.set(address, keep({ identityId, epoch }));
        return undefined;
      }
      return isOwn ? undefined : holder;
    },

    async listDue(nowMs, limit, except) {
      const dueMs = ({ nextCheckMs = Number.POSITIVE_INFINITY }: { readonly nextCheckMs?: number | undefined }) =>
        nextCheckMs;
      const due = table.headersWhere((header) => dueMs(header) <= nowMs && !except?.has(header.identityId));
      return due.toSorted((a, b) => dueMs(a) - dueMs(b)).slice(0, limit);
    },

    async saveNextCheck(identityId, nextCheckMs) {
      table.change(identityId, { nextCheckMs });
    },

    async saveNextChecks(identityIds, nextCheckMs, audit) {
      if (identityIds.length > 50) throw new Error('too many for one transaction');
      table.transact(true, audit, () => {
        for (const identityId of identityIds) table.change(identityId, { nextCheckMs });
      });
    },

    async moveCheck(identityId, fromMs, toMs) {
      if (fromMs === undefined || table.header(identityId)?.nextCheckMs !== fromMs) return false;
      table.change(identityId, { nextCheckMs: toMs });
      return true;
    },

    async saveUndelivered(identityId, undelivered) {
      if (table.header(identityId) !== undefined) table.change(identityId, { undelivered });
    },
  };
}

function memoryAudit(table: MemoryTable): AuditStore {
  return {
    async append(entries) {
      table.putEntries(entries.filter((entry) => table.isNew(entry)));
    },

    async list(identityId, { since = '', ...page }) {
      const entries = table.entriesOf(identityId).filter(({ at }) => at >= since);
      return pageOf(`entries of ${identityId}`, entries, entryKey, page);
    },

    async listAll(page) {
      return pageOf('entries', table.allEntries(), (entry) => `${entry.identityId}#${entryKey(entry)}`, page);
    },
  };
}

function isOpen(table: MemoryTable, task: TaskRecord): boolean {
  const known = table.task(task);
  const isAsRead = (known?.revision ?? 0) === (task.revision ?? 0);
  return known?.status === 'open' && known.openedMs === task.openedMs && isAsRead;
}
