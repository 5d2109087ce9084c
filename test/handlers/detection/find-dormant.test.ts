// The daily look at those that are no people: what it tells, once, and of whom it does not.
import { describe, expect, it } from 'vitest';
import type { IdentityHeader } from '../../../lambdas/core/access/identity-record.ts';
import { findDormant } from '../../../lambdas/handlers/detection/find-dormant.ts';
import { memoryActivity } from '../../support/memory-activity.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 28, 12);

function world(headers: readonly Partial<IdentityHeader>[], pageSize = 2) {
  const activity = memoryActivity();
  const clock = { nowMs: NOW_MS };
  const logged: string[] = [];
  const directory = {
    listIdentities: async ({ after = '0' }: { readonly after?: string | undefined }) => {
      const from = Number(after);
      const next = from + pageSize < headers.length ? String(from + pageSize) : undefined;
      return { items: headers.slice(from, from + pageSize) as IdentityHeader[], next };
    },
  };
  const dependencies = { directory, activity, clock: () => clock.nowMs, policy: { dormantAfterDays: 90 } };
  const find = findDormant({ ...dependencies, log: (message) => void logged.push(message) });
  return { activity, clock, logged, find };
}

const header = (identityId: string, kind: string, status = 'active') =>
  ({ identityId, applications: ['aws'], summary: { status, kind } }) as Partial<IdentityHeader>;

async function remembers(activity: ReturnType<typeof memoryActivity>, subjectId: string, agoDays: number) {
  const lastMs = NOW_MS - agoDays * DAY_MS;
  const memory = { version: 1, firstMs: lastMs, lastMs, applications: { aws: lastMs } };
  await activity.remember({ memory: { subjectId, memory, revision: 1 }, expiresMs: NOW_MS, alerts: [], audit: [] });
}

describe('the daily look', () => {
  it('tells of service accounts, integrations and agents at work, on every page, and once', async () => {
    const { activity, find } = world([
      header('S1', 'service-account'),
      header('E1', 'employee'),
      header('A1', 'ai-agent'),
      header('S2', 'service-account', 'departed'),
      header('I1', 'integration'),
      header('S3', 'service-account'),
    ]);
    for (const id of ['S1', 'E1', 'A1', 'S2', 'I1']) await remembers(activity, id, 100);
    expect(await find()).toEqual({ told: 3 });
    expect(activity.entries.map(({ identityId, event }) => [identityId, event.type])).toEqual([
      ['S1', 'account-dormant'],
      ['A1', 'account-dormant'],
      ['I1', 'account-dormant'],
    ]);
    expect(await find()).toEqual({ told: 0 });
  });

  it('leaves whoever is used at that moment to the next day', async () => {
    const { activity, find, logged } = world([header('S1', 'service-account')]);
    await remembers(activity, 'S1', 100);
    const { recall } = activity;
    activity.recall = async (ids) => {
      const found = await recall(ids);
      const kept = found.get('S1') ?? expect.fail();
      await activity.remember({
        memory: { ...kept, revision: kept.revision + 1 },
        expiresMs: 0,
        alerts: [],
        audit: [],
      });
      return found;
    };
    expect(await find()).toEqual({ told: 0 });
    expect([activity.entries, logged]).toEqual([[], ['used meanwhile']]);
  });

  it('fails where it cannot come to everybody, rather than to leave somebody out unsaid', async () => {
    const slow = world(Array.from({ length: 10 }, (_, index) => header(`S${index}`, 'service-account')));
    slow.activity.recall = async () => {
      slow.clock.nowMs += 5 * 60_000;
      return new Map();
    };
    await expect(slow.find()).rejects.toThrow('there are too many');
  });
});
