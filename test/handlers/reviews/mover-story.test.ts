// A mover, from the event to the last thing taken away, as people live it: the workflows run as they are, in a world whose time
// passes at once. What is read is what the system itself has.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { decideReview } from '../../../lambdas/handlers/reviews/decide-review.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { type Fate, World } from '../../simulation/world.ts';
import { accessGranted, joiner, mover } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HIRED = '2026-10-01T09:00:00Z';
const MOVES = '2026-11-23T10:00:00Z';
const REVIEWED: AccessModel = {
  ...MODEL,
  hash: 'reviewed',
  applications: MODEL.applications.map((application) => ({
    ...application,
    entitlements: application.entitlements.map((one) =>
      one.id === 'sales-room' || one.id === 'billing' ? { ...one, handover: { days: 20 } } : one,
    ),
  })),
  reviews: { movers: { answerDays: 10, asksFor: ['handover', 'request'] } },
};

let time: VirtualTime;
let world: World;
beforeEach(async () => {
  time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
  const fate: Fate = {
    invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: Date.now }),
    deliver: (_label, deliver) => void deliver(),
    nowMs: Date.now,
  };
  const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
  world = new World({ model: REVIEWED, retryPolicy, fate });
  const manager = (identityId: string) => ({
    ...joiner(HIRED, { department: 'Finance', email: `${identityId}@acme.example` }),
    identityId,
  });
  await world.record(manager('E7'));
  await world.record(manager('E8'));
  await world.record(joiner(HIRED, { department: 'Sales', manager: 'E7' }));
  await world.record(accessGranted('chat:engineering-room', HIRED, undefined, { recorded: '2026-10-02T09:00:00Z' }));
  await pass(5 * MINUTE_MS);
});
afterEach(() => time.uninstall());

/** The sweep comes every 10 minutes, as far as anything is due. */
async function pass(durationMs: number): Promise<void> {
  const untilMs = time.nowMs + durationMs;
  while (time.nowMs < untilMs) {
    await time.runUntil(Math.min(untilMs, time.nowMs + 10 * MINUTE_MS));
    if (world.isAnythingDue()) world.sweep();
  }
  await time.runUntil(time.nowMs + MINUTE_MS);
}

const inSystem = (application: string) =>
  [...(world.systems.get(application)?.heldBy('E1')?.grants ?? [])].sort().join(' ');

async function move(): Promise<string> {
  await world.record(mover(MOVES, { department: 'Finance', manager: 'E8' }, { recorded: '2026-11-23T09:00:00Z' }));
  await pass(2 * 60 * MINUTE_MS);
  const facts = (await world.stores.directory.load('E1'))?.facts ?? [];
  const [review, ...more] = facts.flatMap((fact) => (fact.type === 'access-review-opened' ? fact.reviewId : []));
  expect(more).toEqual([]);
  return review ?? '';
}

const say = (as: string, id: string, entitlement: string, decision: 'keep' | 'remove') =>
  world.operate({
    ...{ name: 'decide-review', handle: decideReview, as, role: 'manager', parameters: { id } },
    body: { entitlement, decision, reason: 'looked at' },
  });

it('keeps what is handed over until its end, where whoever answers says so', async () => {
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['engineering-room everyone sales-room', 'billing']);
  const review = await move();
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['engineering-room everyone sales-room', 'billing']);
  // The new manager, and of what is handed over the one before.
  expect(await say('E8', review, 'chat:sales-room', 'keep')).toMatchObject({ status: 200 });
  expect(await say('E8', review, 'chat:engineering-room', 'keep')).toMatchObject({ status: 200 });
  expect(await say('E7', review, 'cloud:billing', 'keep')).toMatchObject({ status: 200 });
  await pass(19 * DAY_MS);
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['engineering-room everyone sales-room', 'billing']);
  await pass(DAY_MS);
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['engineering-room everyone', '']);
});

it('takes at once what the new manager removes, and what nobody answers when that was due', async () => {
  const review = await move();
  expect(await say('E1', review, 'chat:sales-room', 'keep')).toMatchObject({ status: 403 });
  expect(await say('E8', review, 'chat:sales-room', 'remove')).toMatchObject({ status: 200 });
  await pass(20 * MINUTE_MS);
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['engineering-room everyone', 'billing']);
  await pass(9 * DAY_MS);
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['engineering-room everyone', 'billing']);
  await pass(DAY_MS);
  expect([inSystem('chat'), inSystem('cloud')]).toEqual(['everyone', '']);
});
