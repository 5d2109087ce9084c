// Which facts are sealed with the entries that tell of them.
import { beforeEach, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { readLogEntry, type SubjectName } from '../../../lambdas/core/audit/redaction.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { redactWith } from '../../../lambdas/handlers/audit/redact-entries.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { SubjectStore } from '../../../lambdas/stores/subjects/subject-store.ts';
import { joiner, mover } from '../../support/facts.ts';
import { type MemoryLog, memoryLog } from '../../support/memory-log.ts';
import { type MemoryStores, memoryStores } from '../../support/memory-stores.ts';
import { memorySubjects } from '../../support/memory-subjects.ts';

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
const at = (ms: number) => new Date(ms).toISOString();
let stores: MemoryStores;
let subjects: SubjectStore;
let log: MemoryLog;
let asked: SubjectName[];
let warnings: unknown[];

beforeEach(() => {
  [stores, subjects, log, asked, warnings] = [memoryStores(), memorySubjects(), memoryLog(), [], []];
});

async function record(fact: Fact): Promise<AuditEntry> {
  const told = { payloadHash: 'a hash', actor: { type: 'hr-source', id: 'acme-hr' } } as const;
  await appendFact({ ...stores, clock: () => NOW_MS }, fact, told);
  const { items } = await stores.audit.list('E1', { limit: 100 });
  return items.find(({ entryId }) => entryId === `fact:${fact.factId}`) as AuditEntry;
}

async function factIn(entry: AuditEntry, ...others: readonly AuditEntry[]): Promise<unknown> {
  const watched: SubjectStore = {
    ...subjects,
    subjectsOf: (names, latest) => {
      asked.push(...names);
      return subjects.subjectsOf(names, latest);
    },
  };
  const warn = (_: string, error: unknown) => void warnings.push(error);
  const redacted = await redactWith({ subjects: watched, facts: stores.facts, log, warn })([entry, ...others]);
  const told = redacted(entry, 0)?.entry;
  const key = (await subjects.subjectsOf([{ kind: 'identity', id: 'E1' }])).get('identity#E1')?.key;
  return told && readLogEntry(told, key).fact;
}

it('is the one that was recorded', async () => {
  const fact = joiner('2026-11-01', { title: 'Engineer' });
  expect(await factIn(await record(fact))).toEqual(JSON.parse(JSON.stringify(fact)));
  expect(warnings).toEqual([]);
});

it('is not in the audit table, out of which nothing is taken', async () => {
  const entry = await record(joiner('2026-11-01', { givenName: 'Augusta', department: 'Engines', manager: 'Boss' }));
  expect(JSON.stringify(entry)).not.toMatch(/Augusta|Engines|Boss/);
});

it('is left out where what lies there is not what was recorded, and somebody is told without a name', async () => {
  const entry = await record(joiner('2026-11-01', {}, { id: 'one' }));
  const other = { ...joiner('2026-11-01', { title: 'Director' }, { id: 'one' }) };
  stores = { ...stores, facts: { ...stores.facts, findFacts: async () => [other] } };
  expect(await factIn(entry)).toBeUndefined();
  expect(warnings.map(String)).toEqual(['PermanentError: it is not what was recorded']);
});

it('is left out of what is told once more, so that nobody it names is given a pseudonym again', async () => {
  const entry = await record(mover('2026-11-01', { manager: 'Boss' }));
  expect(await factIn(entry)).toBeDefined();
  expect(asked).toContainEqual({ kind: 'identity', id: 'Boss' });
  const redacted = await redactWith({ subjects, facts: stores.facts, log, warn: () => {} })([entry]);
  const id = redacted(entry, 0)?.entry.id as string;
  await log.commit({ from: 0, leaves: [new Uint8Array()], entryIds: [id], counts: [], nowMs: 0 });
  asked = [];
  await factIn(entry);
  expect(asked).toEqual([{ kind: 'identity', id: 'E1' }]);
});

it('is left out of entries of earlier versions, which do not say where it lies', async () => {
  const { event, ...entry } = await record(joiner('2026-11-01'));
  const { recordedMs: _recordedMs, factHash: _factHash, ...before } = event as typeof event & { type: 'fact-recorded' };
  expect(await factIn({ ...entry, event: before })).toBeUndefined();
  expect(warnings).toEqual([]);
});

it('makes nobody of whom it names when they were forgotten since, and somebody new where another is meant', async () => {
  const boss = { kind: 'identity', id: 'Boss' } as const;
  await subjects.subjectsOf([boss]);
  await subjects.forget('Boss', NOW_MS, NOW_MS + 1);
  const before = await record(mover('2026-11-01', { manager: 'Boss' }));
  const told = (await factIn(before)) as { readonly attributes: { readonly manager: string } };
  expect(told.attributes.manager).toMatch(/^[\w-]{22}$/);
  expect(await subjects.findPseudonyms([boss])).toHaveProperty('size', 0);
  const after = { ...(await record(mover('2026-11-02', { manager: 'Boss' }, { id: 'two' }))), at: at(NOW_MS + 1) };
  // What the stream tells once more beside it is about whoever was forgotten.
  const meant = (await factIn(after, { ...after, identityId: 'Boss', at: at(NOW_MS) })) as typeof told;
  const pseudonyms = await subjects.findPseudonyms([boss]);
  expect([...pseudonyms.values()]).toEqual([meant.attributes.manager]);
});
