// Once at the size of a real company: 2,000 people join by the real intake, some are moved and some leave, too many of them
// at once. Nothing else goes wrong: what is asked is whether anything depends on how many there are.
import { expect, it } from 'vitest';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { type Fact, factIdOf } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { MODEL } from './access-model.ts';
import { DEPARTMENTS, MINUTE_MS, START_MS } from './history.ts';
import { addressOf, toEvent } from './intake.ts';
import { Invariants } from './invariants.ts';
import { VirtualTime } from './virtual-time.ts';
import { World } from './world.ts';

const PEOPLE = 2_000;
const AT_ONCE = 100;
const SOURCE = 'acme-hr';
const RETRY_POLICY = { maximumPasses: 4, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
/** About 30 s on a machine that has nothing else to do. */
const TIMEOUT_MS = 600_000;

function watched(time: VirtualTime) {
  const settings = massErrorGuardSchema.parse({});
  const invariants: Invariants = new Invariants(
    () => world.models,
    () => time.nowMs,
    { isCalm: true, isHonest: true },
    { settings, precedence: {}, isCalm: true, isPosted: true },
  );
  const world: World = new World({
    model: MODEL,
    retryPolicy: RETRY_POLICY,
    onChange: (applicationId, change) =>
      invariants.onChange(applicationId, change, world.systems.get(applicationId)?.accountOf(change.identityId)),
    onCall: (applicationId, method, right) => invariants.onCall(applicationId, method, right),
    onStored: (method, input, outcome) => invariants.onStored(method, input, outcome),
  });
  return { world, invariants };
}

function tell(identityId: string, name: string, said: object): Fact {
  const sourceEventId = `${name}-${identityId}`;
  const base = { factId: factIdOf(SOURCE, sourceEventId), identityId, source: SOURCE, sourceEventId };
  return { ...base, recordedMs: Date.now(), receivedMs: Date.now(), ...said } as Fact;
}

it(`converges ${PEOPLE} people, and holds what would take access from too many of them`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const time = new VirtualTime(START_MS);
  const { world, invariants } = watched(time);
  const accepted = new Map<string, Fact>();
  const ids = Array.from({ length: PEOPLE }, (_, index) => `E${10_000 + index}`);
  const post = async (facts: readonly Fact[]) => {
    for (let start = 0; start < facts.length; start += AT_ONCE) {
      const some = facts.slice(start, start + AT_ONCE);
      const onAnswer = invariants.onPosted(some);
      const status = await world.post(SOURCE, some.map(toEvent));
      onAnswer(status);
      expect(status).toBe(202);
      for (const fact of some) accepted.set(fact.factId, fact);
      await time.runUntil(time.nowMs + MINUTE_MS);
    }
  };
  const decide = async (decided: 'release' | 'drop') => {
    const [hold] = await world.openHolds();
    const onAnswer = invariants.onDeciding(hold?.holdId ?? '', decided, 'E1');
    onAnswer(await world.decideHold(hold?.holdId ?? '', decided, 'E1'));
  };
  const calls = () => [...world.systems.values()].reduce((sum, system) => sum + system.calls, 0);
  try {
    await post(
      ids.map((id, index) => {
        const person = { kind: 'employee', givenName: 'Ada', familyName: id, email: addressOf(id.toLowerCase()) };
        const attributes = { ...person, department: DEPARTMENTS[index % DEPARTMENTS.length] };
        return tell(id, 'joins', { type: 'joiner', effectiveAt: toIso(START_MS), attributes });
      }),
    );
    expect(world.systems.get('chat')?.accounts.size).toBe(PEOPLE);
    const callsToJoin = calls();
    await post(
      ids
        .slice(0, AT_ONCE)
        .map((id) =>
          tell(id, 'moves', { type: 'mover', effectiveAt: toIso(time.nowMs), attributes: { department: 'Finance' } }),
        ),
    );
    expect(await world.openHolds()).toHaveLength(1);
    await decide('drop');
    await time.runUntil(time.nowMs + 2 * 60 * MINUTE_MS);
    const leaves = (id: string) =>
      tell(id, 'leaves', { type: 'leaver', effectiveAt: toIso(time.nowMs), immediate: false });
    await post(ids.slice(200, 210).map(leaves));
    expect(await world.openHolds()).toEqual([]);
    await post(ids.slice(300, 400).map(leaves));
    expect(await world.openHolds()).toHaveLength(1);
    await decide('release');
    await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    await invariants.atRest(world, accepted);
    expect(invariants.violation).toBeUndefined();
    const enabled = [...(world.systems.get('chat')?.accounts.values() ?? [])].filter((account) => account.enabled);
    expect(enabled).toHaveLength(PEOPLE - 110);
    // Whoever neither moves nor leaves costs nothing more.
    expect(calls() - callsToJoin).toBeLessThan(callsToJoin / 2);
  } finally {
    time.uninstall();
  }
});
