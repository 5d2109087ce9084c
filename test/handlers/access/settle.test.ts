// What a pass hands on to the next one, of the same execution or of another.
import { beforeEach, expect, it } from 'vitest';
import type { ApplicationOutcome } from '../../../lambdas/core/access/settlement.ts';
import { planAccess } from '../../../lambdas/handlers/access/plan-access.ts';
import { readProgress } from '../../../lambdas/handlers/access/progress-schema.ts';
import { settle } from '../../../lambdas/handlers/access/settle.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { LEASE_MS } from '../../../lambdas/handlers/shared/timing.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const policy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const HASH = { payloadHash: 'h'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } } as const;
const ended = (applicationId: string): ApplicationOutcome => ({ applicationId, outcome: 'converged', changed: 1 });
const failed = (applicationId: string): ApplicationOutcome => ({ applicationId, outcome: 'failed', error: '503' });
const turn = { lane: 'others', startsMs: NOW_MS + 600_000, shiftMs: 0 } as const;
const queues = (applicationId: string): ApplicationOutcome => {
  return { applicationId, outcome: 'postponed', because: 'busy', retryAfterMs: 600_000, error: 'busy', turn };
};

let stores = memoryStores();
const at = (nowMs: number) => ({
  ...stores,
  clock: () => nowMs,
  newId: () => 'id',
  model: () => MODEL,
  retryPolicy: () => policy,
  executions: { wake: async () => {} },
  notices: { wake: async () => {} },
});

type Carried = Parameters<ReturnType<typeof planAccess>>[0]['progress'];

/** One pass, with what is answered for each application that it visits. */
async function pass(answers: Record<string, ApplicationOutcome>, progress?: Carried, nowMs = NOW_MS) {
  const plan = await planAccess(at(nowMs))({ identityId: 'E1', executionId: 'one', progress });
  if (plan.status !== 'planned') throw new Error('it is not planned');
  const visited = (plan.applications ?? []).map(({ applicationId }) => applicationId);
  const outcomes = visited.map((id) => answers[id] ?? ended(id));
  const { applications: _applications, batches: _batches, status: _status, ...planned } = plan;
  const settlement = await settle(at(nowMs))({ identityId: 'E1', trigger: 't', ...planned, outcomes });
  return { visited, plan, settlement, carried: 'progress' in settlement ? settlement.progress : undefined };
}

beforeEach(async () => {
  stores = memoryStores();
  await appendFact(at(NOW_MS), joiner('2026-11-01T00:00:00Z', { department: 'Sales' }), HASH);
});

it('what is done is not visited again, and what queues not before its turn', async () => {
  const first = await pass({ chat: queues('chat') });
  expect(first.visited).toEqual(['chat', 'cloud']);
  expect(first.settlement).toMatchObject({ next: 'try-again', waitSeconds: 600 });
  const early = await pass({}, first.carried, NOW_MS + 60_000);
  expect(early.visited).toEqual([]);
  const second = await pass({}, early.carried, NOW_MS + 600_000);
  expect(second.plan.applications).toMatchObject([{ applicationId: 'chat', turn }]);
  expect(second.settlement).toEqual({ next: 'settled', openTasks: 0 });
});

it('all is visited again once a fact came in, but for what keeps its turn', async () => {
  const first = await pass({ chat: queues('chat') });
  await appendFact(at(NOW_MS + 1_000), mover('2026-11-02T00:00:00Z', { department: 'Engineering' }), HASH);
  expect((await pass({}, first.carried, NOW_MS + 2_000)).visited).toEqual(['cloud']);
});

it('all is visited again when another pass had the lease meanwhile, but for what keeps its turn', async () => {
  const first = await pass({ chat: queues('chat') });
  const other = await pass({ chat: queues('chat') });
  expect((await pass({}, first.carried, NOW_MS + 60_000)).visited).toEqual(['cloud']);
  expect(other.visited).toEqual(['chat', 'cloud']);
});

it('whoever has left meanwhile does not wait for the turn of a joiner', async () => {
  const first = await pass({ chat: queues('chat'), cloud: queues('cloud') });
  await appendFact(at(NOW_MS + 1_000), leaver('2026-11-20T00:00:00Z'), HASH);
  expect((await pass({}, first.carried, NOW_MS + 2_000)).visited).toEqual(['chat', 'cloud']);
});

it('what failed in an execution that died counts in the next', async () => {
  await pass({ chat: failed('chat') });
  await pass({ chat: failed('chat') }, undefined, NOW_MS + 200_000);
  const { settlement } = await pass({ chat: failed('chat') }, undefined, NOW_MS + 400_000);
  expect(settlement).toMatchObject({ next: 'escalate', goesOn: false });
});

it('an execution whose history is long leaves what it waits for to the sweep', async () => {
  const first = await pass({ chat: queues('chat') });
  const long = first.carried && { ...readProgress(first.carried), history: 12_000 };
  const { settlement } = await pass({ chat: queues('chat') }, long, NOW_MS + 600_000);
  expect(settlement).toEqual({ next: 'handed-over', waitSeconds: 600 });
  const { lease, nextCheckMs } = (await stores.directory.load('E1'))?.header ?? {};
  expect([lease, nextCheckMs]).toEqual([undefined, NOW_MS + 1_200_000]);
});

it('where a call died of which nothing is known, the next pass looks whatever it is for', async () => {
  await pass({ cloud: failed('cloud') });
  await appendFact(at(NOW_MS + 1_000), mover('2026-11-02T00:00:00Z', { department: 'Finance' }), HASH);
  const late = { applicationId: 'cloud', readMs: NOW_MS, revision: 1, openCallId: 'id-9' };
  expect(await stores.accounts.saveAccount({ identityId: 'E1', account: late, audit: [] })).toBe(false);
  const { visited, settlement } = await pass({}, undefined, NOW_MS + 2_000);
  expect(visited).toEqual(['chat', 'cloud']);
  expect(settlement.next).toBe('settled');
  const { header } = (await stores.directory.load('E1')) ?? {};
  expect(header?.nextCheckMs).toBe(NOW_MS + LEASE_MS);
});

it('what is known of an account stays when a call about it dies', async () => {
  const account = { accountId: 'a1', userName: 'e1', enabled: false, grants: [] };
  const closed = { applicationId: 'cloud', account, readMs: NOW_MS - 1_000, revision: 1, closedMs: NOW_MS - 1_000 };
  await stores.accounts.saveAccount({ identityId: 'E1', account: closed, audit: [] });
  await pass({ cloud: failed('cloud') });
  const { accounts } = (await stores.directory.load('E1')) ?? {};
  expect(accounts).toEqual([{ ...closed, revision: 2, doubtUntilMs: NOW_MS + LEASE_MS }]);
});

it('a pass judges by no clock that is behind that of the one before', async () => {
  const joins = joiner('2026-11-23T09:00:00Z', { department: 'Sales' }, { recorded: '2026-11-20T00:00:00Z' });
  await appendFact(at(NOW_MS - 60_000), { ...joins, identityId: 'E2' }, HASH);
  const plan = (nowMs: number, progress?: Carried) =>
    planAccess(at(nowMs))({ identityId: 'E2', executionId: 'one', progress });
  const first = await plan(NOW_MS);
  if (first.status !== 'planned') throw new Error('it is not planned');
  const again = await plan(NOW_MS - 1, first.progress);
  expect(again).toMatchObject({ status: 'planned', judgedMs: NOW_MS });
});

/** Tries, each as soon as it may be, of something that is refused. @returns the waits, in minutes */
async function waitsOf(
  tries: number,
  error = 'PermanentError: there is no such group',
  before = async (_nowMs: number) => {},
): Promise<readonly number[]> {
  const refused: ApplicationOutcome = { applicationId: 'chat', outcome: 'failed', error };
  const waits: number[] = [];
  let nowMs = NOW_MS;
  while (waits.length < tries) {
    await before(nowMs);
    const { settlement } = await pass({ chat: refused }, undefined, nowMs);
    const { nextCheckMs = 0 } = (await stores.directory.load('E1'))?.header ?? {};
    if (settlement.next === 'escalate') waits.push(Math.round((nextCheckMs - nowMs) / 60_000));
    nowMs = settlement.next === 'escalate' ? nextCheckMs : nowMs + 1;
  }
  return waits;
}

it('what is refused for good is tried less and less often', async () => {
  expect(await waitsOf(5)).toEqual([30, 30, 60, 120, 240]);
  await appendFact(at(NOW_MS), mover('2026-11-02T00:00:00Z', { title: 'Clerk' }), HASH);
  expect(await waitsOf(2)).toEqual([30, 30]);
});

it('what is refused for good is tried less and less often, though each refusal leaves it in doubt', async () => {
  let revision = 0;
  const waits = await waitsOf(4, undefined, async (nowMs) => {
    revision += 1;
    const inDoubt = { readMs: nowMs, ofEmployed: true, revision, doubtUntilMs: nowMs + LEASE_MS } as const;
    await stores.accounts.saveAccount({ identityId: 'E1', account: { applicationId: 'chat', ...inDoubt }, audit: [] });
  });
  expect(waits).toEqual([30, 30, 60, 120]);
});

it('what another call may do yet is looked at all the same, whatever is refused', async () => {
  const doubtUntilMs = NOW_MS + 100 * 60_000;
  const inDoubt = { applicationId: 'cloud', readMs: NOW_MS, ofEmployed: true, revision: 1, doubtUntilMs } as const;
  await stores.accounts.saveAccount({ identityId: 'E1', account: inDoubt, audit: [] });
  expect(await waitsOf(3)).toEqual([30, 30, 40]);
});

it('what a system that is down answers is asked for as often as ever, and so is whatever takes something away', async () => {
  expect(await waitsOf(4, '503')).toEqual([30, 30, 30, 30]);
  await appendFact(at(NOW_MS), leaver('2026-11-20T00:00:00Z'), HASH);
  expect(await waitsOf(4)).toEqual([30, 30, 30, 30]);
});

it('what is to be taken away is tried as often as ever, whatever is refused', async () => {
  const granted = [{ entitlement: 'gone', grant: 'gone', privileged: false, sinceMs: NOW_MS }];
  const account = { applicationId: 'cloud', readMs: NOW_MS, ofEmployed: true, revision: 1, granted } as const;
  await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] });
  expect(await waitsOf(4)).toEqual([30, 30, 30, 30]);
});

it('what passes meanwhile is not waited for longer because of what is refused', async () => {
  const endsAt = new Date(NOW_MS + 100 * 60_000).toISOString();
  await appendFact(at(NOW_MS), mover('2026-11-02T00:00:00Z', { kind: 'contractor', endsAt }), HASH);
  expect(await waitsOf(3)).toEqual([30, 30, 41]);
});
