// Who is told what they owe for what they own, and for who has moved: the workflows run as they are, notices are found and mailed hour by hour.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { type DecisionsDelegatedFact, type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { acceptOwnership } from '../../../lambdas/handlers/identity/accept-ownership.ts';
import { decideReview } from '../../../lambdas/handlers/reviews/decide-review.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { accessGranted, joiner, leaver, mover } from '../../support/facts.ts';
import { HOUR_MS, tellingWorld } from '../../support/telling-world.ts';

const DAY = 24;
const ASKED: AccessModel = {
  ...MODEL,
  applications: MODEL.applications.filter(({ connector }) => connector !== 'manual'),
  hash: 'asked',
  nonHuman: { 'service-account': { acceptWithinDays: 10, attestEveryDays: 90 } },
};
const [OWNER, NEXT, ABOVE] = ['E1@acme.example', 'E2@acme.example', 'E7@acme.example'];
const SECURITY = 'security@example.com';
const SUSPENDED = 'Suspended: nobody answered for an identity in time';
const DIGEST = 'Your day: 1 matter of access';
const [ANSWER, ANSWER_STILL] = ['To do: answer for what you own', 'Reminder: answer for what you own'];
const [REPLACE, REPLACE_STILL] = [
  'To do: replace credentials of what you own',
  'Reminder: replace credentials of what you own',
];
/** From 09:00 to 08:00 of the next day. */
const TO_DIGEST = 23;

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
});
afterEach(() => time.uninstall());

const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const person = (id: string, attributes = {}) =>
  of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }));
const service = of('svc', joiner('2026-11-20', { kind: 'service-account', owner: 'E1', department: 'Sales' }));

async function company(model = ASKED) {
  const { world, mails, tell, passHours } = tellingWorld(model, time);
  await tell(person('E7'), person('E1', { manager: 'E7' }), person('E2'), service);
  const accept = async (by: string) => {
    const asked = { name: 'accept-ownership', handle: acceptOwnership, as: by, role: 'employee' } as const;
    const body = { purpose: 'nightly export of Mary' };
    expect(await world.operate({ ...asked, parameters: { id: 'svc' }, body })).toMatchObject({ status: 200 });
  };
  return { world, mails, tell, passHours, accept };
}

describe('an owner', () => {
  it('is told by when to say that they answer for it, reminded half way and at the end, and of nothing once that is over', async () => {
    const { mails, tell, passHours } = await company();
    const told = await passHours(30 * DAY);
    expect(told).toEqual([
      [TO_DIGEST, OWNER, DIGEST],
      [5 * DAY + TO_DIGEST, OWNER, DIGEST],
      [9 * DAY, OWNER, ANSWER_STILL],
      ...[OWNER, ABOVE, SECURITY].map((to) => [10 * DAY, to, SUSPENDED]),
    ]);
    const due = /Say by 2026-12-03T09:0\d:\d\d\.\d{3}Z that you answer for svc: POST \/identities\/svc\/acceptance\./;
    for (const { text, subject } of mails) {
      expect(text).toMatch(subject === SUSPENDED ? /svc is suspended since 2026-12-03T09:0.*\/acceptance/ : due);
      expect(text).not.toContain('/decisions/');
    }
    await tell(of('svc', mover('2026-12-23', { owner: 'E2' })));
    expect(await passHours(3 * DAY)).toEqual([]);
  });

  it('whom HR names once it is suspended is told as well, and nobody is any more once they have said so', async () => {
    const { tell, passHours, accept } = await company();
    await passHours(11 * DAY);
    await tell(of('svc', mover('2026-12-04', { owner: 'E2' })));
    expect(await passHours(2 * DAY)).toEqual([[expect.any(Number), NEXT, SUSPENDED]]);
    await accept('E2');
    expect(await passHours(3 * DAY)).toEqual([]);
  });

  it('is let in again, and lapses once more, and is told of that anew', async () => {
    const { passHours, accept } = await company({
      ...ASKED,
      nonHuman: { 'service-account': { acceptWithinDays: 10, attestEveryDays: 30 } },
    });
    await passHours(11 * DAY);
    await accept('E1');
    const told = await passHours(32 * DAY);
    expect(told.filter(([, , subject]) => subject === SUSPENDED).map(([, to]) => to)).toEqual([OWNER, ABOVE, SECURITY]);
  });

  it('who has said so is not reminded, and is told two weeks before they have to say so again', async () => {
    const { mails, passHours, accept } = await company();
    await accept('E1');
    const told = await passHours(89 * DAY);
    expect(told).toEqual([
      [76 * DAY + TO_DIGEST, OWNER, DIGEST],
      [83 * DAY + TO_DIGEST, OWNER, DIGEST],
      [88 * DAY + 15, OWNER, ANSWER_STILL],
    ]);
    expect(mails.map(({ text }) => text).join()).not.toContain('Mary');
  });

  it('is found anew: whoever takes it over is told, and whoever had it is not any more', async () => {
    const { tell, passHours } = await company();
    await tell(of('svc', mover('2026-11-23', { owner: 'E2' })));
    expect(await passHours(2 * DAY)).toEqual([[TO_DIGEST, NEXT, DIGEST]]);
    await tell(of('svc', leaver('2026-11-25')));
    expect(await passHours(20 * DAY)).toEqual([]);
  });

  it('is found anew before each mail, where nothing is asked of the next one by that', async () => {
    const { tell, passHours } = await company({ ...ASKED, nonHuman: { 'service-account': { attestEveryDays: 90 } } });
    expect(await passHours(1)).toEqual([]);
    await tell(of('svc', mover('2026-11-23', { owner: 'E2' })));
    expect((await passHours(3 * DAY)).map(([, to]) => to)).toEqual([NEXT]);
  });

  it('who left passes it on to whom it is handed over', async () => {
    const { tell, passHours } = await company();
    await tell(of('E1', leaver('2026-11-22')));
    expect((await passHours(2 * DAY)).map(([, to]) => to)).toEqual([ABOVE]);
  });

  it('who delegated is told, and so is who can say so for them', async () => {
    const { tell, passHours } = await company();
    const delegated: DecisionsDelegatedFact = {
      ...ownFactBase('E1', 'delegated', time.nowMs),
      ...{ type: 'decisions-delegated', delegationId: 'd1', to: 'E2' },
      ...{ startsMs: time.nowMs, endsMs: time.nowMs + 20 * DAY * HOUR_MS },
    };
    await tell(delegated);
    expect((await passHours(2 * DAY)).map(([, to]) => to)).toEqual([OWNER, NEXT]);
  });

  it('is told nothing where nobody is asked', async () => {
    const { passHours } = await company({ ...ASKED, nonHuman: {} });
    expect(await passHours(20 * DAY)).toEqual([]);
  });
});

describe('credentials that a former owner may know', () => {
  async function handedOn() {
    const told = await company({ ...ASKED, nonHuman: {} });
    const { world, tell } = told;
    const account = world.systems.get('chat')?.accountOf('svc');
    account?.credentials.add('key-1');
    await tell(of('svc', mover('2026-11-23', { title: 'Bot' })), of('svc', mover('2026-11-23', { owner: 'E2' })));
    return { ...told, account };
  }

  it('are the new owner’s to replace: told at once, with reminders, until they are revoked', async () => {
    const { mails, passHours, account } = await handedOn();
    expect(await passHours(4 * DAY)).toEqual([
      [1, NEXT, REPLACE],
      [12, NEXT, REPLACE_STILL],
      [22, NEXT, REPLACE_STILL],
    ]);
    const said = /A former owner may know 1 credential of svc in chat: replace by 2026-11-24T09:0\d:\d\d\.\d{3}Z what/;
    expect(mails[0]?.text).toMatch(said);
    expect(mails[0]?.text).not.toContain('key-1');
    expect([...(account?.credentials ?? ['gone'])]).toEqual([]);
  });

  it('that are replaced are told of no more', async () => {
    const { tell, passHours, account } = await handedOn();
    expect(await passHours(2)).toHaveLength(1);
    account?.credentials.clear();
    await tell(of('svc', mover('2026-11-23', { title: 'Robot' })));
    expect(await passHours(2 * DAY)).toEqual([]);
  });
});

describe('a review of a move', () => {
  const DUE_DAYS = 10;
  const REVIEWED: AccessModel = {
    ...ASKED,
    hash: 'reviewed',
    applications: ASKED.applications.map((application) => ({
      ...application,
      entitlements: application.entitlements.map((one) =>
        one.id === 'sales-room' ? { ...one, handover: { days: 20 } } : one,
      ),
    })),
    reviews: { movers: { answerDays: DUE_DAYS, asksFor: ['handover', 'request'] } },
  };
  const REVIEW_STILL = 'Reminder: answer a review of access';
  const [FORMER, NOW] = ['E7@acme.example', 'E8@acme.example'];
  const MOVE = '2026-11-23T09:00:00Z';

  /** E1 goes from E7, in Sales, to E8: what Sales gave is handed over, and what was asked for is kept. */
  async function moved(manager: string | null = 'E8') {
    const told = tellingWorld(REVIEWED, time);
    const { world, tell } = told;
    await tell(person('E7'), person('E8'), person('E1', { manager: 'E7' }));
    await tell(accessGranted('chat:engineering-room', '2026-11-01', undefined, { recorded: '2026-11-02T09:00:00Z' }));
    await tell(mover(MOVE, { department: 'Finance', manager }));
    const facts = (await world.stores.directory.load('E1'))?.facts ?? [];
    const id = facts.flatMap((fact) => (fact.type === 'access-review-opened' ? fact.reviewId : []))[0] ?? '';
    expect(id).not.toBe('');
    const keep = async (as: string, entitlement: string) => {
      const operation = {
        name: 'decide-review',
        handle: decideReview,
        as,
        role: 'manager',
        parameters: { id },
      } as const;
      const body = { entitlement, decision: 'keep', reason: 'Mary needs it' };
      expect(await world.operate({ ...operation, body })).toMatchObject({ status: 200 });
    };
    return { ...told, id, keep };
  }

  it('is told to who is above now and who was before, with reminders, and to nobody once it was due', async () => {
    const { mails, passHours, id } = await moved();
    const told = await passHours(30 * DAY);
    const both = (hour: number, subject: string) => [NOW, FORMER].map((to) => [hour, to, subject]);
    expect(told).toEqual([
      ...both(TO_DIGEST, DIGEST),
      ...both(5 * DAY + TO_DIGEST, DIGEST),
      // What was asked for ends when nobody answers: who has it, and who agreed to it, are told.
      ...[OWNER, FORMER].map((to) => [7 * DAY + TO_DIGEST, to, DIGEST]),
      ...both(9 * DAY, REVIEW_STILL),
    ]);
    expect(mails[0]?.text).toMatch(
      /Say by 2026-12-03T09:\d\d:\d\d\.\d{3}Z what E1, who has moved, is to keep: GET \/reviews\//,
    );
    expect(mails[0]?.text).toContain(`GET /reviews/${id}.`);
  });

  it('is told no more to who has nothing left to answer in it', async () => {
    const { mails, passHours, keep } = await moved();
    await passHours(2 * DAY);
    await keep('E7', 'chat:sales-room');
    expect((await passHours(5 * DAY)).map(([, to]) => to)).toEqual([NOW]);
    await keep('E8', 'chat:engineering-room');
    expect(await passHours(10 * DAY)).toEqual([]);
    expect(mails.map(({ text }) => text).join()).not.toContain('Mary');
  });

  it('of which nobody is above any more waits for the role security', async () => {
    const { tell, passHours } = await moved();
    await tell(of('E7', leaver('2026-11-22')), of('E8', leaver('2026-11-22')));
    expect((await passHours(2 * DAY)).map(([, to]) => to)).toEqual(['security@example.com']);
  });

  it('of whoever leaves is over', async () => {
    const { tell, passHours } = await moved();
    await tell(leaver('2026-11-22'));
    expect(await passHours(20 * DAY)).toEqual([]);
  });
});

it('an owner is asked in the mail by itself where little time is left', async () => {
  const { passHours } = await company({
    ...ASKED,
    nonHuman: { 'service-account': { acceptWithinDays: 1 } },
  });
  expect((await passHours(1)).map(([, to, subject]) => [to, subject])).toEqual([[OWNER, ANSWER]]);
});
