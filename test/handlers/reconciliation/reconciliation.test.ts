// An application with thousands of accounts is connected: what the report says, and that nothing is taken away before
// a named person has decided. Real state machines and handlers over memory.
import { describe, expect, it } from 'vitest';
import { reconciliationAuditPageSchema } from '../../../lambdas/api/audit.ts';
import { reconciliationDetailSchema, reconciliationListSchema } from '../../../lambdas/api/reconciliations.ts';
import type { AccountPage } from '../../../lambdas/connectors/contract/connector.ts';
import { reconciliationSettingsSchema } from '../../../lambdas/core/access-model/reconciliation-settings.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import type { FindingKind } from '../../../lambdas/core/reconciliation/reconciliation.ts';
import { listReconciliationAudit } from '../../../lambdas/handlers/audit/list-reconciliation-audit.ts';
import { beginReconciliation } from '../../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { findMissingAccess } from '../../../lambdas/handlers/reconciliation/find-missing-access.ts';
import { finishReconciliation } from '../../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { FILL_MS } from '../../../lambdas/handlers/shared/reconciliation-run.ts';
import { reconcilePage } from '../../../lambdas/handlers/systems/reconcile-page.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { NOW_MS, type ReconcilingOptions, reconciling } from '../../support/reconciling.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const idOf = (index: number) => `E${String(index).padStart(3, '0')}`;
const emailOf = (identityId: string) => `${identityId.toLowerCase()}@acme.example`;
const joins = (identityId: string, department = 'Sales'): Fact => ({
  ...joiner('2026-11-01', { department, email: emailOf(identityId) }),
  identityId,
});
const leaves = (identityId: string): Fact => ({ ...leaver('2026-11-10'), identityId });
const REPAIR = { answer: 'repair', reason: 'looked at every line' };
const SALES = ['everyone', 'sales-room'];

/** 40 identities known, 5,000 accounts there: see the counts below. */
async function connected(options: ReconcilingOptions = {}) {
  const world = reconciling(options);
  const { system } = world;
  for (let index = 1; index <= 40; index += 1) await world.know(joins(idOf(index)));
  for (let index = 1; index <= 30; index += 1) {
    const email = emailOf(idOf(index));
    const extra = index > 10 && index <= 25;
    system.addEarlier({
      // Of some only the e-mail address says whose they are.
      ...(index > 20 && index <= 25 ? { userName: `legacy.${index}`, email } : { userName: email.toUpperCase() }),
      grants: index > 25 ? ['everyone'] : [...SALES, ...(extra ? ['engineering-room', 'old-wiki'] : [])],
      lastActiveMs: index <= 3 ? NOW_MS - 36 * DAY_MS : NOW_MS - DAY_MS,
    });
  }
  // E031 to E036 have none. E037 and E038 share one, E039 has left, E040 has two.
  system.addEarlier({ userName: emailOf('E037'), employeeId: 'E038', grants: SALES });
  await world.know(leaves('E039'));
  system.addEarlier({ userName: emailOf('E039'), grants: SALES });
  system.addEarlier({ userName: emailOf('E040'), grants: SALES });
  system.addEarlier({ userName: 'second', email: emailOf('E040'), grants: ['engineering-room'] });
  for (let index = system.accounts.size; index < 5_000; index += 1) {
    const dormant = index % 100 === 0;
    const lastActiveMs = dormant ? NOW_MS - 400 * DAY_MS : NOW_MS;
    system.addEarlier({ userName: `stranger-${index}`, grants: ['everyone'], lastActiveMs });
  }
  return world;
}

type World = ReturnType<typeof reconciling>;
/** Each page takes all the time that a step has. */
const takeTime = (method: string, world: World) => {
  if (method === 'saveFindings') world.passTime(FILL_MS);
};
const holdings = ({ system }: World) =>
  [...system.accounts.values()].map(({ accountId, enabled, grants }) => [accountId, enabled, [...grants].sort()]);
async function findingsOf(world: World, kind?: FindingKind) {
  const found = [];
  let after: string | undefined;
  do {
    const { status, body } = await world.get('auditor', {
      limit: '100',
      ...(kind && { kind }),
      ...(after && { after }),
    });
    expect(status).toBe(200);
    const page = reconciliationDetailSchema.parse(body);
    found.push(...page.findings);
    after = page.next;
  } while (after !== undefined);
  return found;
}

describe('the first run over 5,000 accounts', () => {
  it('changes nothing and reports each kind with the right count', async () => {
    const world = await connected();
    const before = holdings(world);
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(holdings(world)).toEqual(before);
    expect(world.published).toEqual([]);
    expect(await world.report()).toMatchObject({
      accounts: 5_000,
      matched: 32,
      // 4,966 strangers and who has left; the shared one and a second one; 3 of ours and 49 strangers; 15; 5 and 6.
      counts: { orphan: 4_967, ambiguous: 2, dormant: 52, extra: 15, missing: 11 },
      newOrphans: 4_967,
      incomplete: undefined,
    });
    expect(await findingsOf(world)).toHaveLength(4_967 + 2 + 52 + 15 + 11);
  });

  it('says for each what it is about', async () => {
    const world = await connected();
    await world.run();
    expect((await findingsOf(world, 'ambiguous')).map(({ candidates }) => candidates?.toSorted())).toEqual(
      expect.arrayContaining([['E037', 'E038'], ['E040']]),
    );
    const extra = await findingsOf(world, 'extra');
    expect(extra.map(({ identityId }) => identityId).sort()).toEqual(
      Array.from({ length: 15 }, (_, i) => idOf(i + 11)),
    );
    for (const finding of extra) {
      expect(finding).toMatchObject({ grants: ['engineering-room'], unknownGrants: ['old-wiki'], unreviewed: true });
    }
    const missing = await findingsOf(world, 'missing');
    const absent = missing.filter(({ account }) => account === 'absent').map(({ identityId }) => identityId);
    expect(absent.sort()).toEqual(['E031', 'E032', 'E033', 'E034', 'E035', 'E036']);
    const orphans = await findingsOf(world, 'orphan');
    const departed = orphans.filter(({ identityId }) => identityId !== undefined);
    expect(departed).toMatchObject([{ identityId: 'E039', identityStatus: 'departed', userName: 'e039@acme.example' }]);
  });

  it('tells a person once of new orphans, and puts no name into alerts or executions', async () => {
    const world = await connected();
    await world.run();
    expect(world.alerts).toHaveLength(1);
    expect(world.alerts[0]?.message).toMatch(/chat has 4967 accounts/);
    world.passTime(DAY_MS);
    await world.run();
    expect(world.alerts).toHaveLength(1);
    world.system.addEarlier({ userName: 'one-more' });
    world.passTime(DAY_MS);
    await world.run();
    expect(world.alerts[1]?.message).toMatch(/chat has 1 accounts.*4968 in all/);
    const told = JSON.stringify([world.alerts, world.seenByWorkflow]);
    expect(told).not.toMatch(/@acme|stranger|legacy/i);
  });

  it('makes known whose account each is, with an audit entry, so that a leaver loses it at once', async () => {
    const world = await connected();
    await world.run();
    const { accounts } = (await world.directory.load('E021')) ?? {};
    expect(accounts).toMatchObject([
      { applicationId: 'chat', account: { userName: 'legacy.21' }, unreviewed: ['engineering-room', 'old-wiki'] },
    ]);
    const { items } = await world.audit.list('E021', { limit: 10 });
    const adopted = items.filter(({ event }) => event.type === 'account-adopted');
    expect(adopted).toMatchObject([{ event: { applicationId: 'chat', unreviewed: ['engineering-room', 'old-wiki'] } }]);
    await world.know(leaves('E021'));
    await world.converge('E021');
    const account = [...world.system.accounts.values()].find(({ userName }) => userName === 'legacy.21');
    expect(account).toMatchObject({ enabled: false });
    expect([...(account?.grants ?? ['?'])]).toEqual([]);
  });
});

describe('until somebody has decided', () => {
  it('converging gives what is missing and takes nothing that was there before', async () => {
    const world = await connected();
    // Without any run: the first contact is the pass itself.
    await world.converge('E012');
    await world.converge('E026');
    await world.converge('E012');
    const grantsOf = (identityId: string) =>
      [...world.system.accounts.values()]
        .filter(({ userName }) => userName.toLowerCase() === emailOf(identityId))
        .flatMap(({ grants }) => [...grants].sort());
    expect(grantsOf('E012')).toEqual(['engineering-room', 'everyone', 'old-wiki', 'sales-room']);
    expect(grantsOf('E026')).toEqual(SALES);
  });

  it('a configured repair converges, and leaves what was there before', async () => {
    const world = await connected({ reconciliation: reconciliationSettingsSchema.parse({ answer: 'repair' }) });
    const before = holdings(world);
    await world.run();
    expect(new Set(world.published.map(({ identityId }) => identityId)).size).toBe(11);
    await world.drain();
    const after = new Map(holdings(world).map(([id, ...held]) => [id, held]));
    for (const [id, enabled, grants] of before) {
      expect(after.get(id)?.[0]).toBe(enabled);
      expect(after.get(id)?.[1]).toEqual(expect.arrayContaining(grants as string[]));
    }
    world.passTime(DAY_MS);
    await world.run();
    expect((await world.report())?.counts).toMatchObject({ extra: 15, missing: 0 });
    expect(world.published).toEqual([]);
  });
});

describe('a decision for repair', () => {
  it('by a named person takes away exactly what no reason holds up', async () => {
    const world = await connected();
    await world.run();
    const before = holdings(world);
    expect(await world.decide('security', REPAIR)).toMatchObject({
      status: 200,
      body: { decision: { ...REPAIR, decidedBy: 'E9' } },
    });
    expect(holdings(world)).toEqual(before);
    await world.drain();
    const changed = holdings(world)
      .slice(0, 5_000)
      .filter((held, index) => String(held) !== String(before[index]));
    // 15 lose a grant, 5 get one; orphans and what may be somebody else's are left alone.
    expect(changed).toHaveLength(20);
    for (const [, enabled, grants] of changed) {
      expect(enabled).toBe(true);
      expect((grants as string[]).filter((grant) => grant !== 'old-wiki')).toEqual(SALES);
    }
    expect(world.system.accounts.size).toBe(5_006);
    world.passTime(DAY_MS);
    await world.run();
    // What the model does not know cannot be granted here, so it stays in the report.
    expect((await world.report())?.counts).toEqual({ orphan: 4_967, ambiguous: 2, dormant: 52, extra: 15, missing: 0 });
    const extra = await findingsOf(world, 'extra');
    expect(new Set(extra.map(({ grants }) => grants?.length))).toEqual(new Set([0]));
  });

  it('is in the audit log with who decided, why, and on which report', async () => {
    const world = await connected();
    await world.run();
    await world.decide('it', REPAIR);
    const { items } = await world.audit.list('APPLICATION#chat', { limit: 10 });
    const { runId } = (await world.report()) ?? {};
    expect(items.filter(({ event }) => event.type === 'reconciliation-decided')).toMatchObject([
      { actor: { type: 'operator', id: 'E9' }, event: { type: 'reconciliation-decided', ...REPAIR, runId } },
    ]);
    const run = { applicationId: 'chat', runId };
    expect(items.map(({ event }) => event)).toContainEqual({ type: 'reconciliation-begun', ...run });
    const counts = expect.arrayContaining([{ kind: 'orphan', count: 4_967 }]);
    expect(items.map(({ event }) => event)).toContainEqual({
      type: 'reconciliation-ended',
      ...run,
      outcome: 'finished',
      counts,
    });
  });

  it('is read with those before it, page by page, by whoever may read the report', async () => {
    const world = await connected();
    await world.run();
    await world.decide('it', REPAIR);
    world.passTime(MINUTE_MS);
    await world.decide('security', { answer: 'report', reason: 'more were imported' });
    const { runId } = (await world.report()) ?? {};
    const seen: unknown[] = [];
    let after: string | undefined;
    do {
      const { status, body } = await world.listDecisions('auditor', { limit: '1', ...(after && { after }) });
      expect(status).toBe(200);
      const { items, next } = reconciliationAuditPageSchema.parse(body);
      seen.push(...items);
      after = next;
    } while (after !== undefined);
    expect(seen).toMatchObject([
      { applicationId: 'chat', actor: { id: 'E9' }, event: { type: 'reconciliation-decided', ...REPAIR, runId } },
      { applicationId: 'chat', event: { answer: 'report', reason: 'more were imported' } },
    ]);
    for (const role of ['hr', 'manager', 'operations'] as const) {
      expect(await world.listDecisions(role)).toMatchObject({ status: 403 });
    }
    for (const applicationId of ['', 'a#b', 'x'.repeat(65)]) {
      const sent = requestAs(['auditor'], 'E9', { pathParameters: { applicationId } });
      expect(await answer(listReconciliationAudit(world), sent)).toMatchObject({ status: 404 });
    }
  });

  it('holds for accounts found later, and is taken back by a decision for the report only', async () => {
    const world = reconciling();
    await world.run();
    for (const identityId of ['E1', 'E2']) await world.know(joins(identityId));
    await world.decide('security', REPAIR);
    await world.drain();
    const heldBy = async (identityId: string) => {
      const account = world.system.addEarlier({ userName: emailOf(identityId), grants: ['engineering-room'] });
      await world.converge(identityId);
      return [...account.grants].sort();
    };
    expect(await heldBy('E1')).toEqual(SALES);
    await world.decide('security', { answer: 'report', reason: 'more were imported' });
    expect(await heldBy('E2')).toEqual(['engineering-room', ...SALES]);
    world.passTime(DAY_MS);
    await world.run();
    expect(world.published.filter(({ identityId }) => identityId === 'E2')).toEqual([]);
  });

  it('closes an account that no reason holds up at all, and not before', async () => {
    const world = reconciling({ grants: false });
    await world.know(joins('E1'));
    const account = world.system.addEarlier({ userName: emailOf('E1') });
    await world.run();
    await world.converge('E1');
    expect(account.enabled).toBe(true);
    expect(await findingsOf(world, 'extra')).toMatchObject([
      { identityId: 'E1', account: 'unjustified', unreviewed: true },
    ]);
    await world.decide('security', REPAIR);
    await world.drain();
    expect(account.enabled).toBe(false);
  });

  it('is refused without a report, without a reason, for an unknown role', async () => {
    const world = await connected();
    expect(await world.decide('security', REPAIR)).toMatchObject({ status: 409 });
    await world.run();
    expect(await world.decide('security', { answer: 'repair' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/reason' }] },
    });
    for (const role of ['auditor', 'manager', 'hr', 'operations'] as const) {
      expect(await world.decide(role, REPAIR)).toMatchObject({ status: 403 });
    }
    expect(world.published).toEqual([]);
  });
});

describe('a run', () => {
  it('that dies half-way is taken up where it stopped', async () => {
    const world: World = await connected({ before: async (method) => takeTime(method, world) });
    await beginReconciliation(world)({ applicationId: 'chat', executionId: 'died' });
    const page = { mode: 'list-accounts', applicationId: 'chat', runId: 'died' } as const;
    for (let count = 1; count <= 10; count += 1) expect(await reconcilePage(world, page)).toEqual({ next: 'more' });
    expect(world.listed()).toBe(10);
    // While it may still be alive, nobody else begins.
    await world.run();
    expect(world.listed()).toBe(10);
    expect(await world.start('it')).toMatchObject({ status: 409 });
    world.passTime(20 * MINUTE_MS);
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.listed()).toBe(25);
    expect(await world.report()).toMatchObject({
      runId: 'died',
      accounts: 5_000,
      counts: { orphan: 4_967, missing: 11 },
    });
    expect(await reconcilePage(world, page)).toEqual({ next: 'overtaken' });
  });

  it('whose function dies between finding and counting counts everything once', async () => {
    let calls = 0;
    const world = await connected({
      before: async (method) => {
        calls += 1;
        if (method === 'advance' && calls % 3 === 0) throw new Error('the function was killed');
      },
    });
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.listed()).toBeGreaterThan(25);
    expect(await world.report()).toMatchObject({
      accounts: 5_000,
      matched: 32,
      counts: { orphan: 4_967, missing: 11 },
    });
  });

  it.each([
    ['begins where it did', { accounts: [], next: 'same' }],
    [
      'holds too many',
      { accounts: Array(201).fill({ accountId: 'a', userName: 'u', enabled: true, grants: [], attributes: {} }) },
    ],
    ['has a cursor without bound', { accounts: [], next: 'x'.repeat(10_000) }],
  ])('whose next page %s fails, keeps the report before, and the next one begins anew', async (_, page) => {
    let broken = false;
    const world = reconciling({ listAccounts: async () => (broken ? page : { accounts: [] }) });
    await world.run();
    const before = await world.report();
    broken = true;
    expect(await world.run()).toMatchObject({ status: 'FAILED' });
    expect(await world.report()).toEqual(before);
    expect(await world.reconciliations.find('chat')).toMatchObject({ run: { status: 'failed' } });
    broken = false;
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('that failed is over: ended once more, it repairs and reports nothing', async () => {
    const world = reconciling({ reconciliation: reconciliationSettingsSchema.parse({ answer: 'repair' }) });
    const run = { applicationId: 'chat', runId: 'run' };
    const end = (failed: boolean) => finishReconciliation(world)({ ...run, failed });
    await beginReconciliation(world)({ applicationId: 'chat', executionId: 'run' });
    expect(await end(true)).toEqual({ repair: false });
    expect(await end(false)).toEqual({ repair: false });
    expect(await world.report()).toBeUndefined();
    expect(await world.reconciliations.find('chat')).toMatchObject({ run: { status: 'failed' } });
  });

  it('gives its place in the system back after each page, and after one that fails', async () => {
    let held = 0;
    let listAccounts = async (): Promise<AccountPage> => ({ accounts: [], next: 'more' });
    const world: World = reconciling({
      listAccounts: () => listAccounts(),
      before: async (method) => takeTime(method, world),
    });
    const connect: typeof world.connect = async () => {
      held += 1;
      const connected = await world.connect();
      const release = async () => {
        held -= 1;
      };
      return { ...connected, release };
    };
    await beginReconciliation(world)({ applicationId: 'chat', executionId: 'run' });
    const page = { mode: 'list-accounts', applicationId: 'chat', runId: 'run' } as const;
    expect(await reconcilePage({ ...world, connect }, page)).toEqual({ next: 'more' });
    expect(held).toBe(0);
    listAccounts = () => Promise.reject(new RetryableError('503'));
    await expect(reconcilePage({ ...world, connect }, page)).rejects.toThrow(RetryableError);
    expect(held).toBe(0);
  });

  it('says nothing of what a pass is changing this moment, and does when it is still so afterwards', async () => {
    const world = reconciling();
    await world.know(joins('E1'));
    await world.converge('E1');
    world.system.accountOf('E1')?.grants.add('engineering-room');
    const lease = { identityId: 'E1', holder: 'pass', nowMs: NOW_MS, expiresMs: NOW_MS + MINUTE_MS };
    await world.leases.acquireLease({ ...lease, nextCheckMs: NOW_MS });
    await world.run();
    expect(await findingsOf(world)).toEqual([]);
    world.passTime(2 * MINUTE_MS);
    await world.run();
    expect(await findingsOf(world)).toMatchObject([{ kind: 'extra', identityId: 'E1', grants: ['engineering-room'] }]);
  });

  it('misses no account that was created after its page was listed', async () => {
    const world = reconciling();
    await world.know(joins('E1'));
    await world.know(joins('E2'));
    const run = { applicationId: 'chat', runId: 'run' };
    await beginReconciliation(world)({ applicationId: 'chat', executionId: 'run' });
    await reconcilePage(world, { ...run, mode: 'list-accounts' });
    world.passTime(MINUTE_MS);
    await world.converge('E1');
    await findMissingAccess(world)(run);
    await finishReconciliation(world)({ ...run, failed: false });
    expect(await findingsOf(world)).toMatchObject([{ kind: 'missing', identityId: 'E2' }]);
  });

  it('forgets from the report what is in order by now', async () => {
    const world = await connected();
    await world.run();
    const stranger = [...world.system.accounts.values()].at(-1)?.accountId ?? '';
    world.system.accounts.delete(stranger);
    world.passTime(DAY_MS);
    await world.run();
    expect((await world.report())?.counts.orphan).toBe(4_966);
    expect(await findingsOf(world, 'orphan')).toHaveLength(4_966);
  });

  it('says what the account that Tenure uses lacks, before a leaver shows it', async () => {
    const world = await connected();
    const lacking = async () => {
      await world.run();
      return reconciliationListSchema.parse((await world.list('auditor')).body).items[0]?.run?.lacking;
    };
    expect(await lacking()).toEqual([]);
    world.system.refuses = 'endSessions';
    expect(await lacking()).toEqual(['the right to endSessions']);
  });

  it('is started by operators, and listed with its counts', async () => {
    const world = await connected();
    expect(await world.start('auditor')).toMatchObject({ status: 403 });
    expect(await world.start('security')).toMatchObject({ status: 202, body: { applicationId: 'chat' } });
    const { items } = await world.audit.list('APPLICATION#chat', { limit: 100 });
    expect(items.filter(({ event }) => event.type === 'reconciliation-asked')).toMatchObject([
      { actor: { type: 'operator', id: 'E9' }, event: { applicationId: 'chat' } },
    ]);
    const { body } = await world.list('auditor');
    expect(reconciliationListSchema.parse(body).items).toMatchObject([
      { applicationId: 'chat', answer: 'report', run: { status: 'finished' }, report: { accounts: 5_000 } },
    ]);
    expect(await world.list('hr')).toMatchObject({ status: 403 });
  });
});

describe('an account that was closed here', () => {
  async function closed() {
    const world = reconciling();
    await world.know(joins('E1'));
    await world.converge('E1');
    await world.know(leaves('E1'));
    await world.converge('E1');
    const account = world.system.accountOf('E1');
    if (account === undefined) throw new Error('there is no account');
    const closedMs = async () => (await world.directory.load('E1'))?.accounts[0]?.closedMs;
    return { world, account, closedMs };
  }

  it('and still is has no finding, and keeps the moment at which it was', async () => {
    const { world, closedMs } = await closed();
    const before = await closedMs();
    expect(before).toBe(NOW_MS);
    world.passTime(DAY_MS);
    await world.run();
    expect(await findingsOf(world)).toEqual([]);
    expect(await closedMs()).toBe(before);
  });

  it('and holds something again is found, and emptied by the next repair', async () => {
    const { world, account } = await closed();
    account.grants.add('sales-room');
    await world.run();
    expect(await findingsOf(world, 'extra')).toMatchObject([{ identityId: 'E1', grants: ['sales-room'] }]);
    await world.decide('security', REPAIR);
    await world.drain();
    expect([...account.grants]).toEqual([]);
  });

  it('and is usable again by somebody who is employed is found, visited by the next repair, and closed', async () => {
    const world = reconciling();
    await world.know(joins('E1'));
    await world.converge('E1');
    world.grantNothing();
    await world.converge('E1');
    const account = world.system.accountOf('E1');
    if (account === undefined) throw new Error('there is no account');
    expect(account.enabled).toBe(false);
    Object.assign(account, { enabled: true });
    account.grants.add('sales-room');
    await world.run();
    const [finding] = await findingsOf(world, 'extra');
    expect(finding).toMatchObject({ identityId: 'E1', account: 'unjustified' });
    expect(finding).not.toHaveProperty('unreviewed');
    await world.decide('it', REPAIR);
    await world.drain();
    expect([account.enabled, ...account.grants]).toEqual([false]);
  });

  it('and is usable again by somebody who has left is an orphan, which no repair touches', async () => {
    const { world, account } = await closed();
    account.enabled = true;
    await world.run();
    expect(await findingsOf(world)).toMatchObject([{ kind: 'orphan', identityId: 'E1', identityStatus: 'departed' }]);
    await world.decide('security', REPAIR);
    expect(world.published).toEqual([]);
  });
});

it('a run finds whoever was left with an account in an application that the access model no longer has', async () => {
  const world = reconciling();
  for (const identityId of ['E1', 'E2']) {
    await world.know(joins(identityId));
    await world.converge(identityId);
  }
  const nowMs = world.clock();
  const lease = { identityId: 'E1', holder: 'pass', nowMs, expiresMs: nowMs + 90_000, nextCheckMs: nowMs };
  const { epoch, version, summary } = (await world.leases.acquireLease(lease)) ?? {};
  if (epoch === undefined || version === undefined || summary === undefined) throw new Error('E1 is not known');
  const settled = { identityId: 'E1', epoch, version, nowMs, summary, nextCheckMs: undefined, audit: [] };
  await world.leases.settleLease({ ...settled, applications: ['chat', 'sold'] });
  await world.run();
  expect(world.published).toMatchObject([{ identityId: 'E1', version }]);
});

describe('what reasons hold up', () => {
  const granted = async ({ directory }: World, identityId: string) =>
    (await directory.load(identityId))?.accounts.map((account) => account.granted?.map(({ grant }) => grant));

  it('is remembered of what is adopted, and by records that were written before anything was', async () => {
    const world = reconciling();
    await world.know(joins('E001'));
    world.system.addEarlier({ userName: emailOf('E001'), grants: [...SALES, 'old-wiki'] });
    await world.run();
    expect(await granted(world, 'E001')).toEqual([SALES]);
    const [kept] = (await world.directory.load('E001'))?.accounts ?? [];
    if (kept === undefined) throw new Error('nothing was kept');
    const before = { ...kept, granted: undefined, revision: kept.revision + 1 };
    expect(await world.accounts.saveAccount({ identityId: 'E001', account: before, audit: [] })).toBe(true);
    world.passTime(DAY_MS);
    await world.run();
    expect(await granted(world, 'E001')).toEqual([SALES]);
    expect(world.published).toEqual([]);
  });
});
