// When people get what is not urgent, and what is told of how requests stand: whatever was told before, however late it is
// looked at.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessRequestedFact } from '../../../lambdas/core/identity/facts.ts';
import { ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { noticeSettingsSchema } from '../../../lambdas/core/requests/notice-settings.ts';
import { findNotices, type Notice, nextDigestMs, type Watched } from '../../../lambdas/core/requests/notices.ts';
import { requestsIn } from '../../../lambdas/core/requests/request-state.ts';

const SETTINGS = noticeSettingsSchema.parse({});
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-23T09:00:00Z');
const EXPIRES_MS = START_MS + 10 * DAY_MS;

const ASKED: AccessRequestedFact = {
  ...ownFactBase('E1', 'requested/r1', START_MS),
  type: 'access-requested',
  requestId: 'r1',
  entitlement: 'crm:user',
  requestedBy: 'E1',
  reason: 'why not',
  expiresMs: EXPIRES_MS,
  rule: 'hash',
};

function watchedAt(nowMs: number, people: readonly string[]): Watched {
  const [request] = requestsIn([ASKED], nowMs);
  if (request === undefined) throw new Error('nothing was asked');
  const waiting = { stage: 0, sinceMs: START_MS, approvers: { people, security: false } };
  return {
    requests: [{ request, privileged: false, waiting, concerned: ['E1'] }],
    grants: [],
    owed: [],
    given: [],
    isCovering: false,
  };
}

describe('the digest', () => {
  it.each([
    ['later the same day', '2026-11-23T05:00:00Z', 'Europe/Berlin', '2026-11-23T07:00:00.000Z'],
    ['not at the very instant', '2026-11-23T07:00:00Z', 'Europe/Berlin', '2026-11-24T07:00:00.000Z'],
    ['where it is tomorrow already', '2026-11-23T20:00:00Z', 'Pacific/Auckland', '2026-11-24T19:00:00.000Z'],
    ['where it is still yesterday', '2026-11-23T02:00:00Z', 'America/Los_Angeles', '2026-11-23T16:00:00.000Z'],
    ['over the end of summer time', '2026-10-24T22:30:00Z', 'Europe/Berlin', '2026-10-25T06:00:00.000Z'],
  ])('comes %s', (_, now, timeZone, then) => {
    expect(new Date(nextDigestMs(Date.parse(now), timeZone, SETTINGS)).toISOString()).toBe(then);
  });

  it('comes within a day and a bit, wherever somebody works', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu');
    const hours = fc.integer({ min: 0, max: 23 });
    fc.assert(
      fc.property(
        fc.integer({ min: START_MS, max: START_MS + 400 * DAY_MS }),
        zones,
        hours,
        (nowMs, zone, digestHour) => {
          const atMs = nextDigestMs(nowMs, zone, { ...SETTINGS, digestHour });
          expect(atMs).toBeGreaterThan(nowMs);
          expect(atMs).toBeLessThanOrEqual(nowMs + 25 * 3_600_000);
        },
      ),
    );
  });
});

describe('whoever can decide', () => {
  it('is asked once and reminded once a share, however often and late it is looked at', () => {
    const looks = fc.array(fc.integer({ min: 0, max: 12 * 24 }), { maxLength: 40 });
    const chosen = fc.array(fc.constantFrom('E7', 'E8'), { maxLength: 2 }).map((people) => [...new Set(people)]);
    fc.assert(
      fc.property(looks, fc.array(chosen, { minLength: 40, maxLength: 40 }), (hours, people) => {
        let told: readonly string[] = [];
        const notices: Notice[] = [];
        for (const [index, hour] of hours.sort((one, other) => one - other).entries()) {
          const nowMs = START_MS + hour * 3_600_000;
          const found = findNotices(watchedAt(nowMs, people[index] ?? []), told, nowMs, SETTINGS);
          told = found.told;
          notices.push(...found.notices);
          for (const notice of found.notices) {
            // Nobody is told of what is not theirs to decide, nor once it is over.
            if (notice.kind === 'decided') continue;
            expect(people[index]).toContain((notice.recipient as { person: string }).person);
            expect(nowMs).toBeLessThan(EXPIRES_MS);
          }
        }
        const keys = notices.map(({ key, recipient }) => `${key} ${JSON.stringify(recipient)}`);
        expect(new Set(keys).size).toBe(keys.length);
        for (const person of ['E7', 'E8']) {
          const kinds = notices.filter(({ recipient }) => 'person' in recipient && recipient.person === person);
          if (kinds.length > 0) expect(kinds[0]?.kind).toBe('asked');
          expect(kinds.filter(({ kind }) => kind === 'reminder').length).toBeLessThanOrEqual(2);
        }
        expect(told.length).toBeLessThanOrEqual(6);
      }),
    );
  });

  it('decided long ago is no news to whoever asked, and just before that it is', () => {
    const expiredMs = EXPIRES_MS + 7 * DAY_MS;
    expect(findNotices(watchedAt(expiredMs, []), [], expiredMs, SETTINGS).notices).toHaveLength(1);
    expect(findNotices(watchedAt(expiredMs + 1, []), [], expiredMs + 1, SETTINGS)).toMatchObject({
      notices: [],
      told: [],
    });
  });

  it('is looked for again within the hour, and never again once nothing is to come', () => {
    const open = findNotices(watchedAt(START_MS, ['E7']), [], START_MS, SETTINGS);
    expect(open.nextMs).toBe(START_MS + 3_600_000);
    const over = findNotices(watchedAt(EXPIRES_MS, []), open.told, EXPIRES_MS, SETTINGS);
    expect(over).toMatchObject({ nextMs: undefined, notices: [{ kind: 'decided', recipient: { person: 'E1' } }] });
  });
});
