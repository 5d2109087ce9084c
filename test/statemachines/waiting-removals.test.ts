// A removal that waits for people ends with its reason: once for each departure, however that was taken back, and
// whatever became of the tasks.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { MODEL } from '../simulation/access-model.ts';
import { MemorySystem } from '../simulation/memory-system.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import type { Execution } from '../simulation/workflows.ts';
import { World } from '../simulation/world.ts';
import { joiner, leaver, mover, rescind, suspension } from '../support/facts.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
/** The one system that only people can change is badge. */
const BERLIN = { department: 'Sales', location: 'Berlin' };

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

/** E1 has left, and its removal waits for the badge to be taken back. */
async function waiting() {
  const badge = new MemorySystem({ canDisable: true });
  const ended: Execution['status'][] = [];
  const world: World = new World({
    model: MODEL,
    retryPolicy,
    connect: async (applicationId) =>
      applicationId === 'badge' && world.model !== MODEL ? { kind: 'api', target: badge.target() } : undefined,
    onExecution: (name, { status }) => void (name === 'leaver' && ended.push(status)),
  });
  const tell = async (...facts: readonly Fact[]) => {
    for (const fact of facts) {
      await world.record(fact);
      await time.runUntil(time.nowMs + MINUTE_MS);
    }
  };
  const record = async () => {
    const found = await world.stores.directory.load('E1');
    if (found === undefined) throw new Error('E1 is not known');
    return found;
  };
  const attest = async () => {
    const task = (await record()).tasks.find(({ status }) => status === 'open');
    if (task === undefined) throw new Error('no task is open');
    await world.attest(task, 'it-1');
    await time.runUntil(time.nowMs + MINUTE_MS);
  };
  /** Nothing is left that would wake up and tell somebody. */
  const isQuietForAMonth = async () => {
    const told = world.escalations.length;
    for (let day = 0; day < 32; day += 1) {
      world.sweep();
      await time.runUntil(time.nowMs + DAY_MS);
    }
    expect(world.escalations.slice(told)).toEqual([]);
    expect(await world.stores.tasks.listWaitingTokens('E1')).toEqual([]);
  };
  await tell(joiner('2026-11-01', BERLIN));
  await attest();
  await tell(LEAVES);
  expect(ended).toEqual([]);
  expect(await world.stores.tasks.listWaitingTokens('E1')).toHaveLength(1);
  const giveBadgeAnApi = () => {
    const applications = MODEL.applications.map((application) =>
      application.id === 'badge' ? { ...application, connector: 'suspending' } : application,
    );
    world.models.push({ ...MODEL, applications });
  };
  return { world, ended, tell, record, attest, isQuietForAMonth, giveBadgeAnApi };
}

const LEAVES = leaver('2026-11-22');
const AT = '2026-11-23T09:02:30Z';
const REHIRED = joiner(AT, BERLIN, { id: 'rehired', recorded: AT });

it.each<[string, readonly Fact[]]>([
  ['a rescind', [rescind(LEAVES, AT)]],
  ['a rehire', [REHIRED]],
  ['a rehire who is on leave', [REHIRED, suspension('2026-11-23T09:03:00Z')]],
  // What the badge is taken back for now is another reason, so a task is open all the while.
  ['a rescind, with another task open', [mover('2026-11-21', { location: 'Rome' }), rescind(LEAVES, AT)]],
])('ends at once, once and quietly, with %s', async (_, facts) => {
  const { ended, tell, isQuietForAMonth } = await waiting();
  await tell(...facts);
  expect(ended).toEqual(['SUCCEEDED']);
  await isQuietForAMonth();
  expect(ended).toEqual(['SUCCEEDED']);
});

it('ends at the instant at which a rehire takes effect', async () => {
  const { ended, tell, isQuietForAMonth } = await waiting();
  await tell(joiner('2026-11-23T12:00:00Z', BERLIN, { id: 'rehired', recorded: AT }));
  expect(ended).toEqual([]);
  await time.runUntil(Date.parse('2026-11-23T12:01:00Z'));
  expect(ended).toEqual(['SUCCEEDED']);
  await isQuietForAMonth();
});

it('ends once for each departure that is taken back', async () => {
  const { world, ended, tell, isQuietForAMonth } = await waiting();
  await tell(rescind(LEAVES, AT));
  const again = leaver('2026-11-23T09:03:00Z', { id: 'again' });
  await tell(again);
  expect(await world.stores.tasks.listWaitingTokens('E1')).toHaveLength(1);
  await tell(rescind(again, '2026-11-23T09:04:00Z'));
  expect(ended).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  await isQuietForAMonth();
  expect(ended).toHaveLength(2);
});

it('waits once, though the departure was taken back and said again before anybody looked', async () => {
  const { world, ended, attest, isQuietForAMonth, record } = await waiting();
  const again = leaver('2026-11-22', { id: 'again', recorded: '2026-11-23T09:03:00Z' });
  await world.record(rescind(LEAVES, AT));
  await world.record(again);
  await time.runUntil(time.nowMs + 5 * MINUTE_MS);
  expect(await world.stores.tasks.listWaitingTokens('E1')).toHaveLength(1);
  await attest();
  expect((await record()).header.removal?.provenMs).toBeDefined();
  expect(new Set(ended)).toEqual(new Set(['SUCCEEDED']));
  await isQuietForAMonth();
});

it('waits once, though its leaver was delivered twice', async () => {
  const { world, ended, attest, record } = await waiting();
  void world.start('leaver', { identityId: 'E1', version: 3, trigger: 'delivered again' });
  await time.runUntil(time.nowMs + 5 * MINUTE_MS);
  // The one before has nothing left to prove.
  expect(ended).toEqual(['SUCCEEDED']);
  expect(await world.stores.tasks.listWaitingTokens('E1')).toHaveLength(1);
  await attest();
  expect((await record()).header.removal?.provenMs).toBeDefined();
});

it('goes on once the task is superseded, since the system has an API now', async () => {
  const { ended, tell, record, giveBadgeAnApi, isQuietForAMonth } = await waiting();
  giveBadgeAnApi();
  await tell(mover('2026-11-21', { title: 'Engineer' }));
  await time.runUntil(time.nowMs + 5 * MINUTE_MS);
  expect((await record()).tasks.map(({ status }) => status)).not.toContain('open');
  expect((await record()).header.removal?.provenMs).toBeDefined();
  expect(ended).toEqual(['SUCCEEDED']);
  await isQuietForAMonth();
});
