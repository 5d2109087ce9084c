// How many there are, of whom shares are taken: in a company of any size, though one judgement counts no more than a part of it.
import { beforeEach, describe, expect, it } from 'vitest';
import type { IdentityHeader } from '../../../lambdas/core/access/identity-record.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { reasonToHold } from '../../../lambdas/handlers/shared/judge-losses.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const PART = 50_000;
const HOUR_MS = 3_600_000;
const SETTINGS = massErrorGuardSchema.parse({});
/** One more than are never held. */
const LOSING = Array.from({ length: SETTINGS.neverHeld + 1 }, (_, index) => {
  return { identityId: `E${index}`, extent: 'all', applications: ['chat'], facts: [] } as const;
});

describe('what a share is taken of', () => {
  const holds = memoryHolds();
  let people = 0;
  /** Those who came first left long ago. */
  let departed = 0;
  let nowMs = NOW_MS;
  beforeEach(() => {
    nowMs += 24 * HOUR_MS;
  });

  const headerOf = (index: number) =>
    ({
      summary: { status: index < departed ? 'departed' : 'active' },
      applications: index < departed ? [] : ['chat'],
    }) as unknown as IdentityHeader;
  const directory = {
    ...memoryStores().directory,
    listIdentities: async ({ limit, after = '0' }: { readonly limit: number; readonly after?: string | undefined }) => {
      const from = Number(after);
      const length = Math.min(limit, people - from);
      const items = Array.from({ length }, (_, index) => headerOf(from + index));
      return { items, next: from + length < people ? String(from + length) : undefined };
    },
  };
  /** Delivered again and again, it counts once. */
  const judge = () =>
    reasonToHold(
      { directory, clock: () => nowMs, guard: { settings: SETTINGS, holds } },
      { deliveryId: `of-${Math.floor(nowMs / (2 * HOUR_MS))}` },
      LOSING,
    );

  it('is counted by one judgement where that reads everybody', async () => {
    [people, departed] = [PART, PART - 59];
    expect(await judge()).toMatchObject({ rule: 'share', count: 6 });
    expect(await holds.findPopulation()).toEqual({ employed: 59, applications: { chat: 59 }, countedMs: nowMs });
    nowMs += 24 * HOUR_MS;
    departed -= 1;
    expect(await judge()).toBeUndefined();
  });

  it('is counted on by the next ones where there are more, and asked about until then', async () => {
    await holds.savePopulation({ employed: 0, applications: {}, countedMs: 0 });
    [people, departed] = [2 * PART + 1, PART];
    expect(await judge()).toMatchObject({ rule: 'share' });
    expect(await judge()).toBeUndefined();
    expect(await judge()).toBeUndefined();
    expect(await holds.findPopulation()).toEqual({
      ...{ employed: PART + 1, applications: { chat: PART + 1 } },
      countedMs: nowMs,
    });
  });

  it('is what was counted last while it is counted anew', async () => {
    const before = { employed: 60, applications: { chat: 60 } };
    await holds.savePopulation({ ...before, countedMs: NOW_MS });
    [people, departed] = [PART + 1, PART];
    expect(await judge()).toBeUndefined();
    const going = { employed: 0, applications: {}, after: String(PART) };
    expect(await holds.findPopulation()).toEqual({ ...before, countedMs: NOW_MS, going });
    expect(await judge()).toMatchObject({ rule: 'share' });
    expect(await holds.findPopulation()).toEqual({ employed: 1, applications: { chat: 1 }, countedMs: nowMs });
  });
});
