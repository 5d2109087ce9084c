// What comes due after a pass has judged and before it is settled is nobody's, unless settling has somebody look again.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-23T09:00:00Z');
const AHEAD_MS = 2_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START_MS);
});
afterEach(() => time.uninstall());

/** The chat keeps a leaver's account for a day. Whoever settles has a clock that runs ahead. */
function begin() {
  const applications = MODEL.applications.map((one) => ({ ...one, retention: { deleteAfterDays: 1 } }));
  const world = new World({
    model: { ...MODEL, applications },
    retryPolicy,
    plant: (dependencies, name) =>
      name === 'settle' ? { ...dependencies, clock: () => time.nowMs + AHEAD_MS } : dependencies,
  });
  const accountOf = (identityId: string) => world.systems.get('chat')?.accountOf(identityId);
  const tell = async (...facts: readonly Fact[]) => {
    for (const fact of facts) {
      await world.record({ ...fact, receivedMs: time.nowMs });
      await time.runUntil(time.nowMs + MINUTE_MS);
    }
  };
  /** Something is said just before an instant, so that a pass judges before and settles after it. */
  const passBefore = async (instantMs: number, fact: Fact) => {
    await time.runUntil(instantMs - AHEAD_MS / 2);
    await tell(fact);
    for (let minute = 0; minute < 30; minute += 1) {
      world.sweep();
      await time.runUntil(time.nowMs + MINUTE_MS);
    }
  };
  return { world, tell, passBefore, accountOf };
}

it('deletes an account whose time is over while a pass is under way', async () => {
  const { tell, passBefore, accountOf } = begin();
  await tell(joiner('2026-11-01', { department: 'Sales' }));
  const leftMs = time.nowMs;
  await tell(leaver('2026-11-22'));
  expect(accountOf('E1')).toMatchObject({ enabled: false });
  await passBefore(leftMs + DAY_MS, mover('2026-11-23', { title: 'Clerk' }));
  expect(accountOf('E1')).toBeUndefined();
});

it('revokes what a former owner may know when that is due while a pass is under way', async () => {
  const { world, tell, passBefore, accountOf } = begin();
  const of = (identityId: string, fact: Fact): Fact => ({ ...fact, identityId });
  const [owner, next] = ['E2', 'E3'].map((id) => of(id, joiner('2026-11-01', { email: `${id}@acme.example` })));
  await tell(owner as Fact, next as Fact, joiner('2026-11-01', { kind: 'service-account', owner: 'E2' }));
  accountOf('E1')?.credentials.add('key-1');
  await tell(mover('2026-11-23', { title: 'Bot' }), mover('2026-11-23', { owner: 'E3' }));
  const record = await world.stores.directory.load('E1');
  const exposed = record?.accounts.find(({ applicationId }) => applicationId === 'chat')?.exposed;
  expect(exposed?.credentials).toEqual(['key-1']);
  await passBefore(exposed?.dueMs ?? 0, mover('2026-11-23', { title: 'Robot' }));
  expect([...(accountOf('E1')?.credentials ?? ['gone'])]).toEqual([]);
});
