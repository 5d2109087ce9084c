// Systems of any size, and such as misbehave while they are read: what a run counts, where it stops, and what it claims.
import { describe, expect, it } from 'vitest';
import type { AccountPage } from '../../../lambdas/connectors/contract/connector.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { MAXIMUM_KEPT_FINDINGS } from '../../../lambdas/core/reconciliation/kept-findings.ts';
import { beginReconciliation } from '../../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { findMissingAccess } from '../../../lambdas/handlers/reconciliation/find-missing-access.ts';
import { finishReconciliation } from '../../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { repairAccess } from '../../../lambdas/handlers/reconciliation/repair-access.ts';
import {
  FILL_MS,
  MAXIMUM_ACCOUNTS,
  MAXIMUM_PAGES,
  STEPS_OF_AN_EXECUTION,
} from '../../../lambdas/handlers/shared/reconciliation-run.ts';
import { MANY_STRANGERS } from '../../../lambdas/handlers/systems/known-identities.ts';
import { reconcilePage } from '../../../lambdas/handlers/systems/reconcile-page.ts';
import type { ReconciliationRun } from '../../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { reconcileCompany } from '../../bench/reconciliations.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { NOW_MS, reconciling } from '../../support/reconciling.ts';

const DAY_MS = 86_400_000;
const SALES = ['everyone', 'sales-room'];
const RUN = { applicationId: 'chat', runId: 'run' };
const PAGE_CALL = { ...RUN, mode: 'list-accounts' } as const;
const emailOf = (identityId: string) => `${identityId.toLowerCase()}@acme.example`;
const joins = (identityId: string): Fact => ({
  ...joiner('2026-11-01', { department: 'Sales', email: emailOf(identityId) }),
  identityId,
});
const accountOf = (identityId: string) => ({
  accountId: `a-${identityId}`,
  userName: emailOf(identityId),
  enabled: true,
  grants: SALES,
  attributes: {},
});
const strangers = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    accountId: `s-${from + index}`,
    userName: `stranger-${from + index}`,
    enabled: true,
    grants: [],
    attributes: {},
  }));

type World = ReturnType<typeof reconciling>;

/** `pages` by where they begin: the first under an empty cursor. */
function paged(pages: Readonly<Record<string, AccountPage>>, before?: (method: string) => Promise<void>): World {
  const listAccounts = async (from = '') => pages[from] ?? { accounts: [] };
  return reconciling({ listAccounts, ...(before && { before }) });
}

/** A run that has got so far already. */
async function under(world: World, progress: Partial<ReconciliationRun>) {
  await beginReconciliation(world)({ applicationId: 'chat', executionId: 'run' });
  const run = (await world.reconciliations.find('chat'))?.run;
  if (run === undefined) throw new Error('there is no run');
  expect(await world.reconciliations.advance('chat', { ...run, step: run.step + 1, ...progress })).toBe(true);
}

const runOf = async (world: World) => (await world.reconciliations.find('chat'))?.run;
const finish = (world: World) => finishReconciliation(world)({ ...RUN, failed: false });

describe('a system with more accounts than any page', () => {
  it('of 51,000 is read to its end, each counted, and as many shown as anybody could look at', async () => {
    let there = 51_000;
    const world = reconciling({
      listAccounts: async (from = '0') => {
        const start = Number(from);
        const accounts = strangers(start, Math.min(200, there - start));
        return { accounts, ...(start + 200 < there && { next: String(start + 200) }) };
      },
    });
    await world.know(joins('E1'));
    const { status, transitions } = await world.run();
    expect(status).toBe('SUCCEEDED');
    // Pages are put together into steps.
    expect(transitions).toBeLessThan(40);
    expect(await world.report()).toMatchObject({
      accounts: 51_000,
      matched: 0,
      counts: { orphan: 51_000, missing: 1 },
      newOrphans: 51_000,
      incomplete: undefined,
    });
    const shown = await world.reconciliations.listFindings({
      applicationId: 'chat',
      kind: 'orphan',
      sinceMs: NOW_MS,
      limit: 100_000,
    });
    expect(shown.items).toHaveLength(MAXIMUM_KEPT_FINDINGS);
    // Which of them are new cannot be told any more, how many there are can.
    world.passTime(DAY_MS);
    there += 3;
    await world.run();
    expect(await world.report()).toMatchObject({ counts: { orphan: 51_003 }, newOrphans: 3 });
    expect(world.alerts.at(-1)?.message).toMatch(/chat has 3 accounts.*51003 in all/);
  }, 240_000);

  it('that answers slowly is handed from execution to execution before their histories are full', async () => {
    const pages = STEPS_OF_AN_EXECUTION + 50;
    const world: World = reconciling({
      listAccounts: async (from = '0') => {
        world.passTime(FILL_MS);
        const start = Number(from);
        return { accounts: strangers(start, 1), ...(start + 1 < pages && { next: String(start + 1) }) };
      },
    });
    await world.know(joins('E1'));
    const first = await world.run();
    expect(first.status).toBe('SUCCEEDED');
    expect(first.transitions).toBeLessThan(STEPS_OF_AN_EXECUTION * 2 + 10);
    expect(world.listed()).toBe(pages);
    expect(await world.report()).toMatchObject({ accounts: pages, counts: { orphan: pages, missing: 1 } });
  }, 60_000);

  it('is not begun anew by an execution that comes to a run which is over', async () => {
    const world = paged({ '': { accounts: [accountOf('E1')] } });
    await world.run();
    const before = await runOf(world);
    const goesOn = { applicationId: 'chat', executionId: before?.runId ?? '', goesOn: true };
    expect(await beginReconciliation(world)(goesOn)).toEqual({ status: 'under-way' });
    expect(await runOf(world)).toEqual(before);
  });

  it.each([
    ['accounts', { accounts: MAXIMUM_ACCOUNTS - 2 }, { accounts: MAXIMUM_ACCOUNTS - 1 }],
    ['pages', { pages: MAXIMUM_PAGES - 1 }, { pages: MAXIMUM_PAGES - 2 }],
  ])(
    'is stopped at the bound on %s, says so, and claims nothing missing; one before it goes on',
    async (_, last, one) => {
      const progress = 'accounts' in last ? [last, { accounts: last.accounts - 1 }] : [last, one];
      for (const [place, incomplete] of ['too-many-accounts', undefined].entries()) {
        const world = paged({ '': { accounts: strangers(0, 2), next: 'b' }, b: { accounts: [] } });
        await world.know(joins('E1'));
        await under(world, progress[place] ?? {});
        // A run that is not at its end has no report.
        await expect(finish(world)).rejects.toThrow(PermanentError);
        while ((await reconcilePage(world, PAGE_CALL)).next === 'more');
        await findMissingAccess(world)(RUN);
        await finish(world);
        expect(await world.report()).toMatchObject({ incomplete, counts: { missing: incomplete ? 0 : 1 } });
      }
    },
  );
});

describe('a system of many strangers', () => {
  it('is not searched for the identity of each, and everybody who is known is found all the same', async () => {
    const attributed = (userName: string, attributes: Readonly<Record<string, string>>) => ({
      ...accountOf('E0'),
      accountId: `a-${userName}`,
      userName,
      attributes,
    });
    const late = [
      { ...accountOf('E1'), userName: emailOf('E1').toUpperCase() },
      attributed('E2', {}),
      attributed('third', { email: emailOf('E3') }),
      attributed('fourth', { identityId: 'E4' }),
    ];
    const there = 3 * MANY_STRANGERS;
    const world = reconciling({
      listAccounts: async (from = '0') => {
        const start = Number(from);
        if (start >= there) return { accounts: late };
        return { accounts: strangers(start, 200), next: String(start + 200) };
      },
    });
    for (const identityId of ['E1', 'E2', 'E3', 'E4']) await world.know(joins(identityId));
    let looked = 0;
    const { findByEmail } = world.directory;
    Object.assign(world.directory, {
      findByEmail: (email: string) => {
        looked += 1;
        return findByEmail(email);
      },
    });
    await world.run();
    expect(await world.report()).toMatchObject({
      accounts: there + 4,
      matched: 4,
      counts: { orphan: there, missing: 0 },
    });
    expect(looked).toBeLessThan(MANY_STRANGERS + 200 + 10);
  }, 240_000);
});

describe('what a run costs in DynamoDB, by size', () => {
  it('is a read unit and a half for an account that is in order, and no write of its own', async () => {
    const { report, readUnits, writeUnits } = await reconcileCompany({ accounts: 4_000, identities: 4_000 });
    expect(report).toMatchObject({ accounts: 4_000, matched: 3_980, counts: { extra: 20, missing: 40 } });
    expect(readUnits / 4_000).toBeLessThan(1.75);
    expect(writeUnits / 4_000).toBeLessThan(0.1);
  }, 60_000);

  it('grows with the accounts, and hardly with those who need none', async () => {
    const { report, readUnits } = await reconcileCompany({ accounts: 200, identities: 5_000 });
    expect(report).toMatchObject({ accounts: 200, matched: 199, counts: { missing: 2 } });
    expect(readUnits).toBeLessThan(1_000);
  }, 60_000);
});

describe('a system that misbehaves while it is read', () => {
  it('and goes in a circle of any length is not read for ever: the run fails, and the report before stays', async () => {
    for (const length of [1, 2, 3, 7, 50]) {
      const world = reconciling({
        listAccounts: async (from = '0') => ({
          accounts: strangers(Number(from), 1),
          // Not back to its first page, but into the circle.
          next: String(1 + (Number(from) % length)),
        }),
      });
      expect(await world.run()).toMatchObject({ status: 'FAILED' });
      expect(world.listed()).toBeLessThan(5 * (4 * length + 4));
      expect(await world.report()).toBeUndefined();
    }
  });

  it('and names an account on two pages, since it grows or sorts anew, has it counted once', async () => {
    const world = paged({
      '': { accounts: [accountOf('E1'), ...strangers(0, 3)], next: 'b' },
      b: { accounts: [accountOf('E1'), ...strangers(2, 3)], next: 'c' },
      c: { accounts: [accountOf('E2')] },
    });
    for (const identityId of ['E1', 'E2', 'E3']) await world.know(joins(identityId));
    await world.run();
    expect(await world.report()).toMatchObject({
      accounts: 7,
      matched: 2,
      counts: { orphan: 5, ambiguous: 0, missing: 1 },
    });
  });

  it('and fails at a later page loses nothing of the pages before, and is asked for them once', async () => {
    const asked: string[] = [];
    let fails = true;
    const world = reconciling({
      listAccounts: async (from = 'a') => {
        asked.push(from);
        if (from === 'c' && fails) {
          fails = false;
          throw new RetryableError('503');
        }
        if (from === 'a') return { accounts: [accountOf('E1')], next: 'b' };
        return from === 'b' ? { accounts: [accountOf('E2')], next: 'c' } : { accounts: strangers(0, 1) };
      },
    });
    for (const identityId of ['E1', 'E2']) await world.know(joins(identityId));
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(asked).toEqual(['a', 'b', 'c', 'c']);
    expect(await world.report()).toMatchObject({ accounts: 3, matched: 2, counts: { orphan: 1, missing: 0 } });
  });

  it('and ends its list too early is not believed at once: nobody is missing before it says so twice', async () => {
    let accounts = [...strangers(0, 100), accountOf('E1')];
    const world = reconciling({ listAccounts: async () => ({ accounts }) });
    await world.know(joins('E1'));
    await world.run();
    expect(await world.report()).toMatchObject({ accounts: 101, counts: { missing: 0 } });
    accounts = strangers(0, 51);
    world.passTime(DAY_MS);
    await world.run();
    expect(await world.report()).toMatchObject({ incomplete: undefined, counts: { missing: 1 } });
    accounts = [...strangers(0, 100), accountOf('E1')];
    world.passTime(DAY_MS);
    await world.run();
    accounts = strangers(0, 50);
    world.passTime(DAY_MS);
    await world.run();
    expect(await world.report()).toMatchObject({
      accounts: 50,
      incomplete: 'half-as-many-accounts',
      counts: { missing: 0 },
    });
    world.passTime(DAY_MS);
    await world.run();
    expect(await world.report()).toMatchObject({ accounts: 50, incomplete: undefined, counts: { missing: 1 } });
  });

  it('and a step that two functions do at once counts once, whatever the slower one saw', async () => {
    let calls = 0;
    // The second to ask is told of one account less.
    const listAccounts = async (): Promise<AccountPage> => {
      calls += 1;
      return { accounts: calls === 1 ? [accountOf('E1'), accountOf('E2')] : [accountOf('E1')] };
    };
    const world = reconciling({ listAccounts });
    for (const identityId of ['E1', 'E2', 'E3']) await world.know(joins(identityId));
    await beginReconciliation(world)({ applicationId: 'chat', executionId: 'run' });
    const outcomes = await Promise.all([reconcilePage(world, PAGE_CALL), reconcilePage(world, PAGE_CALL)]);
    expect(outcomes.map(({ next }) => next).sort()).toEqual(['end', 'overtaken']);
    await findMissingAccess(world)(RUN);
    await finish(world);
    // Who was seen by either was there.
    expect(await world.report()).toMatchObject({ accounts: 2, matched: 2, counts: { missing: 1 } });
  });
});

describe('whoever is in order', () => {
  async function settled() {
    const world = reconciling();
    for (const identityId of ['E1', 'E2']) {
      await world.know(joins(identityId));
      await world.converge(identityId);
    }
    const loaded: string[] = [];
    const { load, glimpse } = world.directory;
    Object.assign(world.directory, {
      load: (id: string) => {
        loaded.push(`load ${id}`);
        return load(id);
      },
      glimpse: (id: string, applicationId: string) => {
        loaded.push(`glimpse ${id}`);
        return glimpse(id, applicationId);
      },
    });
    return { world, loaded };
  }

  it('is read in part; whoever is not is read whole before anything is said', async () => {
    const { world, loaded } = await settled();
    await world.run();
    expect(loaded.sort()).toEqual(['glimpse E1', 'glimpse E2']);
    loaded.length = 0;
    world.system.accountOf('E2')?.grants.delete('sales-room');
    await world.run();
    expect(loaded.sort()).toEqual(['glimpse E1', 'glimpse E2', 'load E2']);
    expect((await world.report())?.counts).toMatchObject({ missing: 1 });
  });

  it('without an account, and with none due, is not read at all once that was settled', async () => {
    const { world, loaded } = await settled();
    world.grantNothing();
    for (const identityId of ['E1', 'E2']) await world.converge(identityId);
    world.system.accounts.clear();
    loaded.length = 0;
    await world.run();
    expect(loaded).toEqual([]);
    expect((await world.report())?.counts).toMatchObject({ missing: 0 });
  });

  it('and has left counts against no bound', async () => {
    const { world } = await settled();
    await world.know({ ...leaver('2026-11-10'), identityId: 'E1' });
    await world.converge('E1');
    await under(world, { phase: 'identities', pages: 500 });
    expect(await findMissingAccess(world)(RUN)).toEqual({ next: 'end' });
    await finish(world);
    expect(await world.report()).toMatchObject({ incomplete: undefined });
  });
});

it('a repair is handed over before the history of its execution is full', async () => {
  const world = reconciling();
  await world.run();
  const finding = (subject: string) => ({ kind: 'extra', subject, identityId: 'E1', grants: ['everyone'] }) as const;
  const findings = Array.from({ length: 201 }, (_, index) => finding(`s-${String(index).padStart(3, '0')}`));
  await world.reconciliations.saveFindings('chat', findings, { seenMs: NOW_MS, expiresMs: NOW_MS + DAY_MS });
  const from = (pages: number) => ({ kind: 'extra', after: '', pages }) as const;
  const repaired = (pages: number) => repairAccess(world)({ applicationId: 'chat', from: from(pages) });
  expect(await repaired(998)).toMatchObject({ more: true, handOver: false, from: { pages: 999 } });
  expect(await repaired(999)).toMatchObject({ more: true, handOver: true, from: { pages: 1_000 } });
});
