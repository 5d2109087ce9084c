// The state as the sealed log alone tells it, held against what the stores had before.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditEvent } from '../../../lambdas/core/audit/audit.ts';
import { type KnownSubject, Rebuilder, type Rebuilt } from '../../../lambdas/core/audit/rebuild.ts';
import type { SubjectName } from '../../../lambdas/core/audit/redaction.ts';
import { auditKeyOf } from '../../../lambdas/core/audit/subject.ts';
import { type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { appendFact, toRecordFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { SubjectStore } from '../../../lambdas/stores/subjects/subject-store.ts';
import { factsAbout, identityIds } from '../../support/every-fact.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';
import { type MemoryStores, memoryStores } from '../../support/memory-stores.ts';
import { memorySubjects } from '../../support/memory-subjects.ts';
import { type SealedHistory, sealedHistory } from '../../support/sealed-history.ts';

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
const HOLD = '20261128T1200.acme-hr.1';
const INCOMPLETE = '20261129T0900.restore.1';
let stores: MemoryStores;
let subjects: SubjectStore;
let nowMs: number;

beforeEach(() => {
  [stores, subjects, nowMs] = [memoryStores(), memorySubjects(), NOW_MS];
});

async function record(...facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    nowMs += 1_000;
    const told = { payloadHash: `hash of ${fact.factId}`, actor: { type: 'hr-source', id: 'acme-hr' } } as const;
    await appendFact({ ...stores, clock: () => nowMs }, fact, told);
  }
}

/** About E1, a second after whatever was before. */
async function happen(event: AuditEvent, more: Partial<AuditEntry> = {}): Promise<void> {
  nowMs += 1_000;
  const at = new Date(nowMs).toISOString();
  const actor = { type: 'tenure', id: 'test' } as const;
  await stores.audit.append([{ identityId: 'E1', entryId: `${event.type}:${nowMs}`, at, actor, event, ...more }]);
}

interface Lost {
  /** Whose key was destroyed. */
  readonly keyOf?: string;
  readonly without?: (entry: AuditEntry) => boolean;
  /** What was sealed before. */
  readonly before?: SealedHistory;
}

async function rebuilt({ keyOf, without, before }: Lost = {}): Promise<Rebuilt> {
  const { entries } = await sealedHistory(stores, subjects, without);
  const names: SubjectName[] = ['identity', 'operator'].flatMap((kind) =>
    ['E1', 'E2', 'Boss', 'E12', 'e-7', 'a.b', 'svc-E1', 'x'.repeat(64), 'op-1', 'sub|ada', OPERATOR].map(
      (id) => ({ kind, id }) as SubjectName,
    ),
  );
  const found = await subjects.findPseudonyms(names);
  const keys = await subjects.subjectsOf(names.filter((name) => found.has(`${name.kind}#${name.id}`)));
  const known = new Map(
    names.flatMap((name): [string, KnownSubject][] => {
      const subject = keys.get(`${name.kind}#${name.id}`);
      return subject === undefined || name.id === keyOf ? [] : [[subject.pseudonym, { ...name, key: subject.key }]];
    }),
  );
  const rebuilder = new Rebuilder(known);
  for (const { entry, detail } of [...(before?.entries ?? []), ...entries]) rebuilder.add(entry, detail);
  return rebuilder.finish(INCOMPLETE, nowMs + 60_000);
}
const OPERATOR = '00000000-1111-2222-3333-444444444444';

const byId = (facts: readonly Fact[]) =>
  JSON.parse(JSON.stringify(facts.toSorted((a, b) => (a.factId < b.factId ? -1 : 1)))) as Fact[];
const factsIn = (state: Rebuilt, id: string) =>
  byId(state.identities.find(({ identityId }) => identityId === id)?.facts.map(({ fact }) => fact) ?? []);

describe('facts', () => {
  it('of every type and about anybody are rebuilt as the store has them', async () => {
    const told = fc.uniqueArray(
      identityIds.chain((id) => factsAbout(id)),
      {
        maxLength: 12,
        minLength: 1,
        selector: ({ factId }) => factId,
      },
    );
    await fc.assert(
      fc.asyncProperty(told, async (facts) => {
        [stores, subjects, nowMs] = [memoryStores(), memorySubjects(), NOW_MS];
        // Written as they are: what merges redirect is tried elsewhere.
        for (const [index, fact] of facts.entries()) {
          const version = facts.slice(0, index).filter(({ identityId }) => identityId === fact.identityId).length;
          nowMs += 1_000;
          const stated = {
            fact,
            payloadHash: `hash of ${fact.factId}`,
            actor: { type: 'tenure', id: 'test' },
          } as const;
          const before = version === 0 ? undefined : await stores.directory.load(fact.identityId);
          await stores.facts.recordFact(toRecordFact(stated, before, nowMs));
        }
        const state = await rebuilt();
        expect(state.counts).toMatchObject({ unreadableFacts: 0, namingForgotten: 0, forgotten: 0 });
        for (const { identityId } of facts) {
          const record = await stores.directory.load(identityId);
          if (record === undefined) continue;
          expect(factsIn(state, identityId)).toEqual(byId(record.facts));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keep the version that each brought, what was received, and go beyond nothing that was seen', async () => {
    const [first, second] = [joiner('2026-11-01'), mover('2026-11-02', { title: 'Lead' })];
    await record(first, second);
    await happen({ type: 'work-fenced-off', epoch: 7 }, { version: 2, epoch: 7 });
    await happen({ type: 'took-effect', instant: '2026-12-01T08:00:00.000Z' }, { version: 3, epoch: 7 });
    const [identity] = (await rebuilt()).identities;
    expect(identity).toMatchObject({ identityId: 'E1', version: 3, epoch: 7, clockMs: nowMs });
    expect(identity?.effects).toEqual([Date.parse('2026-12-01T08:00:00Z')]);
    expect(identity?.facts.map(({ version, payloadHash }) => ({ version, payloadHash }))).toEqual([
      { version: 1, payloadHash: `hash of ${first.factId}` },
      { version: 2, payloadHash: `hash of ${second.factId}` },
    ]);
  });

  it('that were lost to a recovery and sent again are there once, as they were recorded last', async () => {
    const fact = joiner('2026-11-01', {}, { id: 'again' });
    await record(fact);
    const lost = await sealedHistory(stores, subjects);
    stores = memoryStores();
    const again = { ...fact, receivedMs: fact.receivedMs + 5_000 };
    await record(again);
    const state = await rebuilt({ before: lost });
    expect(state.counts).toMatchObject({ entries: 2, facts: 1 });
    expect(factsIn(state, 'E1')).toEqual([again]);
  });
});

describe('of whom the key was destroyed', () => {
  it('nothing is rebuilt, and what others say of them goes by a pseudonym', async () => {
    await record(joiner('2026-11-01', { manager: 'Boss' }), { ...joiner('2026-11-01'), identityId: 'Boss' });
    const state = await rebuilt({ keyOf: 'Boss' });
    expect(state.identities.map(({ identityId }) => identityId)).toEqual(['E1']);
    expect(state.counts).toMatchObject({ forgotten: 1, namingForgotten: 1, unreadableFacts: 0 });
    expect(state.incomplete).toEqual([]);
    expect(JSON.stringify(state)).not.toContain('Boss');
    expect(factsIn(state, 'E1')).toMatchObject([{ attributes: { manager: expect.stringMatching(/^[\w-]{22}$/) } }]);
  });
});

describe('whoever was recorded before facts were sealed', () => {
  const old = (factType: string) => (entry: AuditEntry) =>
    entry.event.type === 'fact-recorded' && entry.event.factType === factType;

  it('gets nothing before a person has decided, and is told by a pseudonym', async () => {
    await record(joiner('2026-11-01'), mover('2026-11-02', { title: 'Lead' }));
    const state = await rebuilt({ without: old('mover') });
    expect(state.counts.unreadableFacts).toBe(1);
    expect(state.incomplete).toEqual([expect.stringMatching(/^[\w-]{22}$/)]);
    expect(state.holds).toEqual([
      {
        holdId: INCOMPLETE,
        source: 'restore',
        openedMs: nowMs + 60_000,
        reason: { rule: 'incomplete-record', count: 1, threshold: 1 },
        identityIds: ['E1'],
      },
    ]);
    const facts = factsIn(state, 'E1');
    expect(identityAt(buildTimeline(facts), nowMs).status).toBe('unknown');
    const decided = { hold: INCOMPLETE, decidedBy: 'op-1', reason: 'looked at' };
    const release = { ...ownFactBase('E1', 'decided', nowMs), type: 'hold-released', ...decided } as const;
    expect(identityAt(buildTimeline([...facts, release]), nowMs).status).toBe('active');
    expect(state.identities[0]?.accounts).toEqual([]);
  });

  it('gets nothing by what a merge brought along either', async () => {
    const brought = joiner('2026-11-01', {}, { id: 'brought' });
    const merge = { decidedBy: 'op-1', reason: 'one', duplicate: 'E2', facts: [{ ...brought, identityId: 'E2' }] };
    await record(joiner('2026-11-01'), { ...ownFactBase('E1', 'merge/E2', NOW_MS), type: 'absorbed', ...merge });
    const state = await rebuilt({ without: old('joiner') });
    expect(identityAt(buildTimeline(factsIn(state, 'E1')), nowMs).status).toBe('unknown');
  });

  it('has nothing come back that was dropped', async () => {
    await record(joiner('2026-11-01'), mover('2026-11-02', { title: 'Lead' }), {
      ...leaver('2026-11-03'),
      held: HOLD,
    } as Fact);
    const decision = { hold: HOLD, decidedBy: 'op-1', reason: 'a mistake' };
    await record({ ...ownFactBase('E1', 'dropped', nowMs), type: 'hold-dropped', ...decision });
    const facts = factsIn(await rebuilt({ without: old('mover') }), 'E1');
    const decided = { hold: INCOMPLETE, decidedBy: 'op-1', reason: 'looked at' };
    const release = { ...ownFactBase('E1', 'decided', nowMs), type: 'hold-released', ...decided } as const;
    expect(identityAt(buildTimeline([...facts, release]), nowMs).status).toBe('active');
  });
});

describe('a leaver who is held', () => {
  const held = { ...leaver('2026-11-03'), held: HOLD } as Fact;

  it('is held again, by the hold that it was', async () => {
    await record(joiner('2026-11-01'), held);
    const opened = { holdId: HOLD, source: 'acme-hr', rule: 'share', count: 40, threshold: 26 };
    await happen({ type: 'hold-opened', ...opened }, { identityId: auditKeyOf({ kind: 'hold', id: HOLD }) });
    const state = await rebuilt();
    const reason = { rule: 'share', count: 40, threshold: 26 };
    expect(state.holds).toEqual([{ holdId: HOLD, source: 'acme-hr', openedMs: nowMs, reason, identityIds: ['E1'] }]);
    expect(identityAt(buildTimeline(factsIn(state, 'E1')), nowMs).status).toBe('active');
  });

  it('is held again though nothing tells of the hold itself', async () => {
    await record(joiner('2026-11-01'), held);
    expect((await rebuilt()).holds).toMatchObject([{ holdId: HOLD, source: 'acme-hr', identityIds: ['E1'] }]);
  });

  it('is not, once a person has decided', async () => {
    await record(joiner('2026-11-01'), held);
    const decision = { hold: HOLD, decidedBy: 'op-1', reason: 'meant so' };
    await record({ ...ownFactBase('E1', 'released', nowMs), type: 'hold-released', ...decision });
    const state = await rebuilt();
    expect(state.holds).toEqual([]);
    expect(identityAt(buildTimeline(factsIn(state, 'E1')), nowMs).status).toBe('departed');
  });
});

describe('an account', () => {
  const call = { applicationId: 'chat', callId: 'call-1' };
  const granting = {
    action: 'grant',
    grant: 'room',
    entitlement: 'chat:room',
    privileged: false,
    reasons: [],
  } as const;
  const seen = (more: object = {}) =>
    happen({
      type: 'access-read-back',
      ...call,
      accountId: 'u-1',
      observed: { enabled: true, grants: ['room'] },
      answered: true,
      ...more,
    } as AuditEvent);
  const accounts = async () => (await rebuilt()).identities[0]?.accounts;

  beforeEach(() => record(joiner('2026-11-01')));

  it('is as its system reported it last, with what was granted there', async () => {
    await happen({ type: 'access-intended', ...call, steps: [granting] });
    await happen({ type: 'access-changed', ...call, accountId: 'u-1', step: granting });
    const grantedMs = nowMs;
    await seen();
    expect(await accounts()).toEqual([
      {
        applicationId: 'chat',
        account: { accountId: 'u-1', userName: 'ada@acme.example', enabled: true, grants: ['room'] },
        granted: [{ grant: 'room', entitlement: 'chat:room', privileged: false, sinceMs: grantedMs }],
        readMs: nowMs,
        revision: 1,
      },
    ]);
  });

  it('is looked into again after a call whose outcome nobody told', async () => {
    await seen();
    await happen({ type: 'access-intended', ...call, callId: 'call-2', steps: [granting] });
    expect(await accounts()).toMatchObject([{ openCallId: 'call-2' }]);
  });

  it('is not taken for read by what was only known before', async () => {
    await seen();
    const readMs = nowMs;
    await seen({ answered: undefined, observed: { enabled: false, grants: [] }, error: 'unreachable' });
    expect(await accounts()).toMatchObject([{ readMs, account: { enabled: true } }]);
  });

  it('is closed since it was first read so, and no longer once it is open again', async () => {
    await seen();
    await seen({ observed: { enabled: false, grants: [] } });
    const closedMs = nowMs;
    await seen({ observed: { enabled: false, grants: [] } });
    expect(await accounts()).toMatchObject([{ closedMs }]);
    await seen();
    expect((await accounts())?.[0]).not.toHaveProperty('closedMs', closedMs);
  });

  it('that was adopted keeps what nobody has looked at, until somebody decides to repair', async () => {
    await happen({ type: 'account-adopted', applicationId: 'chat', accountId: 'u-1', unreviewed: ['attic', 'room'] });
    await seen();
    expect(await accounts()).toMatchObject([{ unreviewed: ['room'] }]);
    const decided = { applicationId: 'chat', answer: 'repair', reason: 'looked at', runId: 'run-1' } as const;
    await happen(
      { type: 'reconciliation-decided', ...decided },
      { identityId: auditKeyOf({ kind: 'application', id: 'chat' }), actor: { type: 'operator', id: 'op-1' } },
    );
    expect((await accounts())?.[0]?.unreviewed).toBeUndefined();
  });

  it('by hand is still asked after: what was asked for may have been done', async () => {
    const task = { taskId: 'E1~badges~0123456789ab', applicationId: 'badges', steps: [granting] };
    await happen({ type: 'task-opened', ...task });
    const [identity] = (await rebuilt()).identities;
    expect(identity?.tasks).toMatchObject([{ ...task, identityId: 'E1', status: 'open', openedMs: nowMs }]);
    expect(identity?.accounts).toMatchObject([{ applicationId: 'badges', byHand: true }]);
    const attested = { taskId: task.taskId, applicationId: 'badges', attestedBy: 'op-1', steps: [] };
    await record({ ...ownFactBase('E1', 'attested', nowMs), type: 'task-attested', ...attested });
    expect((await rebuilt()).identities[0]?.tasks).toEqual([]);
  });
});

it('counts merges that nobody has decided, proofs, and what is of no consequence', async () => {
  await record(joiner('2026-11-01'));
  const merge = { survivor: 'E1', duplicate: 'E2' };
  await happen({ type: 'merge-proposed', holdId: '20261128T1200.merge.one', ...merge });
  await happen({ type: 'merge-proposed', holdId: '20261128T1200.merge.two', ...merge });
  await record({
    ...ownFactBase('E1', 'merge/E2', nowMs),
    type: 'absorbed',
    duplicate: 'E2',
    facts: [],
    decidedBy: 'op-1',
    reason: 'one',
    hold: '20261128T1200.merge.two',
  });
  await happen({ type: 'removal-proven', certificateId: 'E1.4', applications: [] });
  await happen({ type: 'converged', openTasks: 0 });
  expect((await rebuilt()).counts).toMatchObject({ openMerges: 1, certificates: 1, withoutEffect: 1, entries: 6 });
});
