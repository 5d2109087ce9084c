// One identity in a thousand applications: what the state machines carry stays below what Step Functions takes, and all of
// them are visited, in several passes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver } from '../../support/facts.ts';

const START_MS = Date.parse('2026-11-23T09:00:00Z');
const HOUR_MS = 3_600_000;
/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: input and output of a task, state or execution. */
const MAXIMUM_BYTES = 262_144;
/** And of a message of SNS. */
const MAXIMUM_MESSAGE_BYTES = 262_144;
const retryPolicy = { maximumPasses: 2, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START_MS);
});
afterEach(() => time.uninstall());

function modelOf(count: number): AccessModel {
  const ids = Array.from(
    { length: count },
    (_, index) => `application-of-the-region-${String(index).padStart(4, '0')}`,
  );
  const entitlements = [{ id: 'user', name: 'User', grant: 'users', privileged: false }];
  return {
    hash: 'a'.repeat(64),
    applications: ids.map((id) => ({ id, name: id, connector: 'suspending', owner: 'E0', settings: {}, entitlements })),
    profiles: [
      { id: 'all', name: 'All', when: { kind: [{ exists: true }] }, entitlements: ids.map((id) => `${id}:user`) },
    ],
  };
}

interface Visited {
  readonly applicationId: string;
}

/** @param failing every call to every system fails, and says why at length */
function begin(count: number, failing = false) {
  let largest = 0;
  const visits = new Map<string, number>();
  const passes: number[] = [];
  const down = async (): Promise<never> => {
    throw new RetryableError(`${'"the gateway of the region" said: '.repeat(12)} ${'x'.repeat(100)}`);
  };
  const world = new World({
    model: modelOf(count),
    retryPolicy,
    onCarried: (_name, value) => {
      largest = Math.max(largest, Buffer.byteLength(JSON.stringify(value) ?? ''));
    },
    onInvoked: (name, payload) => {
      if (name === 'plan-access') passes.push(visits.size);
      if (!name.startsWith('connector-')) return;
      const { visits: visited = [payload as Visited] } = payload as { readonly visits?: readonly Visited[] };
      for (const { applicationId } of visited) visits.set(applicationId, (visits.get(applicationId) ?? 0) + 1);
    },
    ...(failing && {
      connect: async () => ({
        kind: 'api',
        target: { findAccount: down, createAccount: down, grant: down, revoke: down, disableAccount: down },
      }),
    }),
  });
  const tell = async (fact: ReturnType<typeof joiner>) => {
    await world.record({ ...fact, receivedMs: time.nowMs });
    await time.runUntil(time.nowMs + HOUR_MS);
  };
  return { world, tell, visits, passes, largest: () => largest };
}

describe.each([150, 151, 1_000])('who is in %i applications', (count) => {
  it('joins them all, each visited once, with no more carried than may be', { timeout: 120_000 }, async () => {
    const { world, tell, visits, passes, largest } = begin(count);
    await tell(joiner('2026-11-01'));
    expect([...visits.values()]).toEqual(Array.from({ length: count }, () => 1));
    expect(passes).toHaveLength(Math.ceil(count / 150));
    expect([...world.systems.values()].every((system) => system.accountOf('E1')?.grants.has('users'))).toBe(true);
    const header = (await world.stores.directory.load('E1'))?.header;
    expect(header).toMatchObject({ settledVersion: 1, failedPasses: 0 });
    expect(header?.applications).toHaveLength(count);
    expect(largest()).toBeLessThan(MAXIMUM_BYTES);
    expect(world.escalations).toEqual([]);
  });
});

describe('who is in 1,000 applications', () => {
  it('is told of once where none of them answers, and no more is carried even then', { timeout: 120_000 }, async () => {
    const { world, tell, visits, largest } = begin(1_000, true);
    await tell(joiner('2026-11-01'));
    expect(visits.size).toBe(1_000);
    expect(largest()).toBeLessThan(MAXIMUM_BYTES);
    expect(world.escalations.every((message) => Buffer.byteLength(message) < MAXIMUM_MESSAGE_BYTES)).toBe(true);
    expect(world.escalations[0]).toContain('(and 950 more applications)');
  });

  it('leaves them all, and that is proven, with no more carried than may be', { timeout: 240_000 }, async () => {
    const { world, tell, largest } = begin(1_000);
    await tell(joiner('2026-11-01'));
    await tell(leaver('2026-11-22') as never);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
    // The service's own answers name their executions as well, some 700 bytes each, of which there are 50.
    expect(largest()).toBeLessThan(MAXIMUM_BYTES - 50 * 700);
    expect([...world.systems.values()].every((system) => system.accountOf('E1')?.enabled === false)).toBe(true);
  });
});
