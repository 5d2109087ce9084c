// Which accounts are told to be dormant, and when they are told to be used again.
import { describe, expect, it } from 'vitest';
import { dormancyOf } from '../../../lambdas/core/detection/dormancy.ts';
import { type ActivityMemory, remember } from '../../../lambdas/core/detection/memory.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 28, 12);
const AGE = { dormantMs: 90 * DAY_MS, nowMs: NOW_MS };
const BOT = { identityId: 'S1', kind: 'service-account', applications: ['aws', 'crm'] };

const usedBefore = (days: Readonly<Record<string, number>>, dormant?: ActivityMemory['dormant']): ActivityMemory => {
  const record = {
    id: 'r',
    source: 's',
    timeMs: NOW_MS - 200 * DAY_MS,
    action: 'sign-in',
    outcome: 'success',
  } as const;
  const who = { clues: [{ kind: 'account-id', value: 'x', applicationId: 'aws' }] } as const;
  const memory = remember(undefined, { ...record, who } as never, 'actor');
  const applications = Object.fromEntries(Object.entries(days).map(([id, ago]) => [id, NOW_MS - ago * DAY_MS]));
  return { ...memory, applications, ...(dormant && { dormant }) };
};

describe('an account', () => {
  it('is dormant once nobody has used it for as long as is said, and is told to be once', () => {
    expect(dormancyOf(usedBefore({ aws: 89.9 }), BOT, AGE)).toBeUndefined();
    const found = dormancyOf(usedBefore({ aws: 90, crm: 3 }), BOT, AGE);
    expect(found?.audit).toEqual([
      {
        identityId: 'S1',
        entryId: `account-dormant:aws:${NOW_MS - 90 * DAY_MS}`,
        at: '2026-11-28T12:00:00.000Z',
        actor: { type: 'tenure', id: 'find-dormant' },
        event: { type: 'account-dormant', applicationId: 'aws', kind: 'service-account', lastActiveOn: '2026-08-30' },
      },
    ]);
    expect(dormancyOf(found?.memory as ActivityMemory, BOT, { ...AGE, nowMs: NOW_MS + DAY_MS })).toBeUndefined();
  });

  it('is told to be used again, and to be dormant once more after that', () => {
    const told = { aws: NOW_MS - 200 * DAY_MS };
    const again = dormancyOf(usedBefore({ aws: 1 }, told), BOT, AGE);
    expect(again?.audit.map(({ event }) => event)).toEqual([{ type: 'account-active', applicationId: 'aws' }]);
    expect(dormancyOf(again?.memory as ActivityMemory, BOT, AGE)).toBeUndefined();
    const later = dormancyOf(again?.memory as ActivityMemory, BOT, { ...AGE, nowMs: NOW_MS + 90 * DAY_MS });
    expect(later?.audit.map(({ event }) => event.type)).toEqual(['account-dormant']);
  });

  it('is told anew where a late record shows that it was used later, and still long ago', () => {
    const told = { aws: NOW_MS - 200 * DAY_MS };
    const found = dormancyOf(usedBefore({ aws: 120 }, told), BOT, AGE);
    expect(found?.audit.map(({ event }) => event)).toMatchObject([{ lastActiveOn: '2026-07-31' }]);
  });

  it('of whose use nothing is known is not told of, nor one that is gone', () => {
    expect(dormancyOf(usedBefore({}), BOT, AGE)).toBeUndefined();
    expect(dormancyOf(usedBefore({ wiki: 300 }), BOT, AGE)).toBeUndefined();
    expect(dormancyOf(usedBefore({ aws: 300 }), { ...BOT, applications: [] }, AGE)).toBeUndefined();
    const gone = dormancyOf(usedBefore({ aws: 300 }, { aws: 1 }), { ...BOT, applications: [] }, AGE);
    expect([gone?.audit, gone?.memory.dormant]).toEqual([[], {}]);
  });
});
