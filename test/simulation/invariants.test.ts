// That the invariants judge a grant by the entitlement it stands for: a system may have renamed its group, and the access
// model followed.
import { afterEach, expect, it } from 'vitest';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { type Fact, factIdOf } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { MODEL } from './access-model.ts';
import { DUTIES } from './duties.ts';
import { MINUTE_MS, START_MS } from './history.ts';
import { Invariants } from './invariants.ts';
import type { SystemAccount } from './memory-system.ts';
import { VirtualTime } from './virtual-time.ts';
import { World } from './world.ts';

const RETRY_POLICY = { maximumPasses: 4, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const SOURCE = 'acme-hr';
const BEFORE: AccessModel = { ...MODEL, duties: DUTIES };
/** Its entitlement is still called `production-admin`. */
const RENAMED = 'production-admin-emea';
const FOLLOWED: AccessModel = {
  ...BEFORE,
  hash: 'followed',
  applications: BEFORE.applications.map((application) => ({
    ...application,
    entitlements: application.entitlements.map((one) => (one.grant === 'production-admin' ? grantedAs(one) : one)),
  })),
};

let time: VirtualTime | undefined;
afterEach(() => time?.uninstall());

it('expects nothing beside what people have yet to take away, whatever the model calls it by now', async () => {
  const now = new VirtualTime(START_MS);
  time = now;
  const invariants: Invariants = new Invariants(
    () => world.models,
    () => now.nowMs,
  );
  const world: World = new World({
    model: FOLLOWED,
    retryPolicy: RETRY_POLICY,
    onChange: (applicationId, change) =>
      invariants.onChange(applicationId, change, world.systems.get(applicationId)?.accountOf(change.identityId)),
    onCall: (applicationId, method, right) => invariants.onCall(applicationId, method, right),
    onStored: (method, input, outcome) => invariants.onStored(method, input, outcome),
  });
  const accepted = new Map<string, Fact>();
  const tell = async (said: { readonly type: Fact['type']; readonly attributes: object }): Promise<void> => {
    const base = { identityId: 'E1', source: SOURCE, sourceEventId: said.type, factId: factIdOf(SOURCE, said.type) };
    const times = { recordedMs: now.nowMs, receivedMs: now.nowMs, effectiveAt: toIso(now.nowMs) };
    const fact = { ...base, ...times, ...said } as Fact;
    await world.record(fact);
    accepted.set(fact.factId, fact);
    await now.runUntil(now.nowMs + 5 * MINUTE_MS);
  };

  // Whoever enters the office operates nothing; nobody attests that the office was taken away again.
  await tell({ type: 'joiner', attributes: { kind: 'employee', department: 'Engineering', location: 'Berlin' } });
  await tell({ type: 'mover', attributes: { location: 'Hamburg' } });
  await invariants.atRest(world, accepted);

  expect([...(world.systems.get('cloud')?.accountOf('E1')?.grants ?? [])]).toEqual(['developer']);
  expect(invariants.violation).toBeUndefined();
});

it.each([
  ['before', BEFORE, 'production-admin'],
  ['after', FOLLOWED, RENAMED],
])('tells that two sides of a rule are held, %s a group was renamed', (_when, current, shown) => {
  const invariants = new Invariants(
    () => [BEFORE, current],
    () => START_MS,
  );
  const account = { accountId: 'a', identityId: 'E1', userName: 'e1', title: undefined, enabled: true };
  const nothing = { openSessions: 0, credentials: new Set<string>(), owns: new Set<string>() };
  const granted = (grant: string, ...grants: readonly string[]) => {
    const now: SystemAccount = { ...account, ...nothing, grants: new Set(grants) };
    invariants.onStored('saveAccount', announced(grant), true);
    invariants.onChange('cloud', { method: 'grant', identityId: 'E1', grant }, now);
  };

  granted('production-admin', shown);
  expect(invariants.violation).toBeUndefined();
  granted('billing', shown, 'billing');

  expect(invariants.violation?.invariant).toBe('nobody holds two sides of a rule for a moment');
});

function announced(grant: string) {
  const event = { type: 'access-intended', applicationId: 'cloud', callId: grant, steps: [{ action: 'grant', grant }] };
  return { identityId: 'E1', account: { applicationId: 'cloud' }, audit: [{ identityId: 'E1', event }] };
}

function grantedAs<One extends { readonly grant: string }>(one: One): One {
  return { ...one, grant: RENAMED };
}
