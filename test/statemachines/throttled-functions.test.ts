// Functions that have no room for a while, seen from outside: real state machines and handlers, virtual time.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MODEL } from '../simulation/access-model.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import type { Execution } from '../simulation/workflows.ts';
import { type Fate, World } from '../simulation/world.ts';
import { joiner, leaver } from '../support/facts.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const API_ONLY = { ...MODEL, applications: MODEL.applications.filter(({ connector }) => connector !== 'manual') };

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

/** Somebody has joined. What is invoked from then on is refused as `refuse` says. */
async function createWorld() {
  const refusing: { refuse: (name: string) => Error | undefined } = { refuse: () => undefined };
  const ended: Execution[] = [];
  const disabledMs: number[] = [];
  const fate: Fate = {
    invoke: async (name, run) => {
      const error = refusing.refuse(name);
      if (error !== undefined) throw error;
      return run({ name, act: (_label, effect) => effect(), clock: Date.now });
    },
    deliver: (_label, deliver) => void deliver(),
    nowMs: Date.now,
  };
  const world = new World({
    model: API_ONLY,
    retryPolicy,
    fate,
    onExecution: (_name, execution) => ended.push(execution),
    onChange: (_applicationId, { method }) => method === 'disableAccount' && disabledMs.push(Date.now()),
  });
  await world.record(joiner('2026-11-01', { department: 'Sales' }));
  await time.runUntil(time.nowMs + MINUTE_MS);
  ended.length = 0;
  return { world, refusing, ended, disabledMs };
}

const named = (name: string) => Object.assign(new Error(`it was ${name}`), { name });

describe.each(['Lambda.TooManyRequestsException', 'Lambda.ServiceException'])('a leaver met by %s', (error) => {
  it('waits for room, for minutes, and ends as if nothing had happened', async () => {
    const { world, refusing, ended } = await createWorld();
    const untilMs = time.nowMs + 90 * SECOND_MS;
    const isAccepting = (name: string) => ['append-fact', 'route-facts'].includes(name);
    refusing.refuse = (name) => (!isAccepting(name) && Date.now() < untilMs ? named(error) : undefined);
    await world.record(leaver('2026-11-22'));
    await time.runUntil(time.nowMs + 15 * MINUTE_MS);
    expect(ended.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(world.escalations).toEqual([]);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
  });

  it('is locked down within seconds from when there is room', async () => {
    const { world, refusing, disabledMs } = await createWorld();
    const untilMs = time.nowMs + 90 * SECOND_MS;
    const isRefused = (name: string) => name.startsWith('connector-') && Date.now() < untilMs;
    refusing.refuse = (name) => (isRefused(name) ? named(error) : undefined);
    await world.record(leaver('2026-11-22'));
    await time.runUntil(untilMs + 11 * SECOND_MS);
    expect(disabledMs.length).toBe(1);
  });
});

describe('a stage whose nested execution failed', () => {
  it.each(['joiner', 'mover', 'leaver'] as const)('says of a %s what it was', async (stage) => {
    const { world, refusing } = await createWorld();
    refusing.refuse = (name) => (name === 'plan-access' ? named('PermanentError') : undefined);
    if (stage === 'leaver') await world.record(leaver('2026-11-22'));
    const { status, output } = await run(world, stage);
    expect(status).toBe('FAILED');
    expect((output as Error).name).toBe('NotConverged');
    expect((output as Error).message).toContain('PermanentError');
    expect((output as Error).message).not.toContain('escalation');
  });

  it('names the escalation where there was one', async () => {
    const { world } = await createWorld();
    const chat = world.systems.get('chat');
    if (chat === undefined) throw new Error('there is no chat');
    chat.refuses = 'disableAccount';
    await world.record(leaver('2026-11-22'));
    const { output } = await run(world, 'leaver');
    expect((output as Error).message).toContain('the escalation and the audit log name it');
  });
});

describe('a removal that cannot be certified', () => {
  it('is told with what kept it from that', async () => {
    const { world, refusing } = await createWorld();
    refusing.refuse = (name) => (name === 'certify-removal' ? named('PermanentError') : undefined);
    await world.record(leaver('2026-11-22'));
    await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    expect(world.escalations.join()).toContain('PermanentError');
  });
});

async function run(world: World, stage: 'joiner' | 'mover' | 'leaver'): Promise<Execution> {
  const running = world.start(stage, { identityId: 'E1', version: 2, trigger: 'test' });
  await time.runUntil(time.nowMs + 30 * MINUTE_MS);
  return running;
}
