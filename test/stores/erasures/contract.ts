// What erasing does to the tables: what is the identity's goes, what is another's stays, and nobody gets in between.

import { expect, it } from 'vitest';
import { rowsOf } from '../../../lambdas/core/reviews/campaign-review.ts';
import { dynamoActivityStore } from '../../../lambdas/stores/activity/dynamo-activity-store.ts';
import { dynamoCampaignStore } from '../../../lambdas/stores/campaigns/dynamo-campaign-store.ts';
import { dynamoErasureStore } from '../../../lambdas/stores/erasures/dynamo-erasure-store.ts';
import type { HoldStore } from '../../../lambdas/stores/holds/hold-store.ts';
import { dynamoPersonStore } from '../../../lambdas/stores/people/dynamo-person-store.ts';
import type { ReconciliationStore } from '../../../lambdas/stores/reconciliations/reconciliation-store.ts';
import type { Stores } from '../../../lambdas/stores/store-operations.ts';
import { alertOf } from '../activity/contract.ts';
import { accountOf, entryOf, factOf, know, recording } from '../identities/examples.ts';

type Opened = Pick<Stores, 'accounts' | 'audit' | 'directory' | 'facts' | 'leases' | 'modelChanges' | 'tasks'> & {
  readonly holds: HoldStore;
  readonly reconciliations: ReconciliationStore;
};

const NOW = Date.parse('2026-11-28T12:00:00Z');
const LATER = NOW + 86_400_000;
const ELSEWHERE = { sources: ['hr'], applicationIds: ['chat'], holdIds: ['h1'], namingHoldIds: [] };

export function describeErasures(open: () => Promise<Opened>): void {
  const erasures = dynamoErasureStore();
  const load = async (stores: Opened, id = 'E1') => await stores.directory.load(id);
  const freeze = async (stores: Opened, holdId = 'h1') => {
    const { version = 0, epoch = 0 } = (await load(stores))?.header ?? {};
    return await erasures.freeze({ identityId: 'E1', version, epoch, holdId });
  };
  const eraseIdentity = (holdId: string) =>
    erasures.eraseIdentity({ identityId: 'E1', holdId, erasedMs: NOW, expiresMs: LATER });

  it('freezes an identity as it was read, once, and lets nobody work on it from then on', async () => {
    const stores = await open();
    await know(stores, 'E1');
    const { version = 0, epoch = 0 } = (await load(stores))?.header ?? {};
    const as = (mark: object) => erasures.freeze({ identityId: 'E1', version, epoch, holdId: 'h1', ...mark });
    expect(await as({ version: version + 1 })).toBe(false);
    expect(await as({ epoch: epoch + 1 })).toBe(false);
    expect(await as({})).toBe(true);
    expect((await load(stores))?.header).toMatchObject({ erasing: 'h1', version: version + 1, epoch: epoch + 1 });
    expect((await load(stores))?.header.nextCheckMs).toBeUndefined();
    expect(await freeze(stores, 'h2')).toBe(false);
    const lease = { identityId: 'E1', holder: 'x', nowMs: NOW, expiresMs: LATER, nextCheckMs: NOW };
    expect(await stores.leases.acquireLease(lease)).toBeUndefined();
  });

  it('takes the identity away, and what is said of it from before stays out', async () => {
    const stores = await open();
    await know(stores, 'E1');
    await know(stores, 'E2');
    await stores.accounts.saveAccount({ identityId: 'E1', account: accountOf(), audit: [] });
    await stores.tasks.saveWaitingToken('E1', 'token');
    await eraseIdentity('h1');
    expect(await load(stores)).toBeDefined();
    expect(await freeze(stores)).toBe(true);
    await eraseIdentity('another');
    expect(await load(stores)).toBeDefined();
    await eraseIdentity('h1');
    await eraseIdentity('h1');
    expect(await load(stores)).toBeUndefined();
    expect(await stores.tasks.listWaitingTokens('E1')).toEqual([]);
    expect(await load(stores, 'E2')).toBeDefined();
    const told = (id: string, recordedMs: number) =>
      stores.facts.recordFact(recording({ ...factOf('E1', { recordedMs }), factId: `hr:${id}`, sourceEventId: id }));
    expect(await told('old', NOW)).toBe('erased');
    expect(await load(stores)).toBeUndefined();
    expect(await told('new', NOW + 1)).toBe('recorded');
    expect(await load(stores)).toMatchObject({ erasedMs: NOW, header: { version: 1 } });
    // Whoever came since is not erased once more.
    await eraseIdentity('h1');
    expect(await load(stores)).toBeDefined();
  });

  it('takes away how its access was used, and nothing of anybody else', async () => {
    const stores = await open();
    const activity = dynamoActivityStore();
    for (const id of ['E1', 'E2']) {
      await know(stores, id);
      const alert = alertOf({ alertId: `${id}~0123456789abcdef`, subjectId: id });
      const memory = { subjectId: id, memory: { records: 1 }, revision: 1 };
      expect(await activity.remember({ memory, expiresMs: LATER, alerts: [alert], audit: [] })).toBe(true);
      await activity.saveClues(id, 'chat', ['user-name/chat/shared', `account/chat/${id}`]);
    }
    expect(await freeze(stores)).toBe(true);
    await eraseIdentity('h1');
    expect([...(await activity.recall(['E1', 'E2'])).keys()]).toEqual(['E2']);
    const alerts = await activity.findAlerts(['E1~0123456789abcdef', 'E2~0123456789abcdef']);
    expect(alerts.map(({ subjectId }) => subjectId)).toEqual(['E2']);
    const found = await activity.findByClues(['user-name/chat/shared', 'account/chat/E1', 'account/chat/E2']);
    expect([...found.values()].flat()).toEqual(['E2', 'E2']);
  });

  it('takes away what lies elsewhere, and nothing of anybody else', async () => {
    const stores = await open();
    const people = dynamoPersonStore();
    await know(stores, 'E1');
    await know(stores, 'E2');
    await people.tie('hr', 'p1', 'E1');
    await people.tie('hr', 'p2', 'E2');
    await stores.directory.claimAddress({ address: 'a@example.com', identityId: 'E1', epoch: 1 });
    await stores.directory.claimAddress({ address: 'b@example.com', identityId: 'E2', epoch: 1 });
    await stores.modelChanges.noteConcerned(
      'h1',
      [
        { identityId: 'E1', loses: [] },
        { identityId: 'E2', loses: ['x'] },
      ],
      LATER,
    );
    const campaigns = dynamoCampaignStore();
    const campaignId = '2026-10-01.all';
    for (const identityId of ['E1', 'E2']) {
      const items = [{ entitlement: 'crm:user', because: ['gained'], reviewer: 'E9' }] as const;
      const asked = { campaignId, identityId, subject: `of ${identityId}`, reviewId: identityId, stage: 0, items };
      await campaigns.savePerson(asked, rowsOf(asked));
    }
    const events = ((await load(stores))?.facts ?? []).map(({ source, sourceEventId }) => ({ source, sourceEventId }));
    const others = ((await load(stores, 'E2'))?.facts ?? []).map(({ source, sourceEventId }) => ({
      source,
      sourceEventId,
    }));
    const traces = {
      identityId: 'E1',
      // Named, and another's all the same.
      events: [...events, ...others],
      addresses: ['a@example.com', 'b@example.com'],
      certificateIds: [],
      accounts: [],
      campaignIds: [campaignId],
    };
    for (let time = 0; time < 2; time += 1) await erasures.eraseTraces({ ...traces, ...ELSEWHERE });
    expect((await stores.facts.findKnown({ events })).accepted).toEqual([]);
    expect((await stores.facts.findKnown({ events: others })).accepted).toHaveLength(others.length);
    expect(await people.findIdentity('hr', 'p1')).toBeUndefined();
    expect(await people.findPerson('hr', 'E1')).toBeUndefined();
    expect(await people.findIdentity('hr', 'p2')).toBe('E2');
    const holderOf = async (address: string) =>
      await stores.directory.claimAddress({ address, identityId: 'E3', epoch: 1 });
    expect(await holderOf('a@example.com')).toBeUndefined();
    expect(await holderOf('b@example.com')).toMatchObject({ identityId: 'E2' });
    const concerned = async (loses: boolean) =>
      (await stores.modelChanges.listConcerned({ holdId: 'h1', loses, limit: 9 })).items.map(
        ({ identityId }) => identityId,
      );
    expect([await concerned(false), await concerned(true)]).toEqual([[], ['E2']]);
    expect(await campaigns.findPerson(campaignId, 'E1')).toBeUndefined();
    expect(await campaigns.findPerson(campaignId, 'E2')).toBeDefined();
    const { items: rows } = await campaigns.listRows({ campaignId, limit: 10 });
    expect(rows.map(({ identityId }) => identityId)).toEqual(['E2']);
  });

  it('takes entries away up to an instant, page by page', async () => {
    const stores = await open();
    const atOf = (minute: number) => new Date(NOW + minute * 60_000).toISOString();
    await stores.audit.append([0, 1, 2].map((minute) => entryOf('E1', `entry-${minute}`, atOf(minute))));
    await stores.audit.append([entryOf('E2', 'other', atOf(0))]);
    while ((await erasures.eraseEntries('E1', atOf(1))) === 'more');
    const left = async (id: string) => (await stores.audit.list(id, { limit: 9 })).items.map(({ entryId }) => entryId);
    expect(await left('E1')).toEqual(['entry-2']);
    expect(await left('E2')).toEqual(['other']);
  });
}
