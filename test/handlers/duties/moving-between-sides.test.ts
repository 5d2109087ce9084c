// Who moves from one side of a rule to another, through the real functions and state machines over systems in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const RETRY = { maximumPasses: 8, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const rule = (change: Partial<DutyRule> = {}): DutyRule => ({
  id: 'build-and-bill',
  name: 'R',
  severity: 'high',
  mode: 'prevent',
  sides: [
    { name: 'builds', entitlements: ['chat:engineering-room'], profiles: [] },
    { name: 'bills', entitlements: ['cloud:billing'], profiles: [] },
  ],
  exceptions: [],
  ...change,
});
const modelWith = (duties: readonly DutyRule[], profiles = MODEL.profiles): AccessModel => {
  return { ...MODEL, hash: `with ${JSON.stringify(duties)}`, duties, profiles };
};

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

function begin(model: AccessModel) {
  const steps: string[] = [];
  const world = new World({
    model,
    retryPolicy: RETRY,
    onChange: (applicationId, { method, grant }) => {
      if (method === 'grant' || method === 'revoke') steps.push(`${method} ${applicationId}:${grant}`);
      if (method === 'revokeAll') steps.push(`revoke ${applicationId}:${grant}`);
    },
  });
  const tell = async (...facts: Parameters<World['record']>[0][]) => {
    for (const fact of facts) await world.record(fact);
    await time.runUntil(time.nowMs + 600_000);
  };
  const load = async () => (await world.stores.directory.load('E1')) ?? expect.fail();
  const types = async () => {
    const { items } = await world.stores.audit.list('E1', { limit: 1_000 });
    return items.flatMap(({ event }) => (event.type.startsWith('duty-') ? [event.type] : [])).sort();
  };
  return { world, steps, tell, load, types };
}

const SELLING = joiner('2026-11-01T00:00:00Z', { department: 'Sales' });
const BUILDING = mover('2026-11-02T00:00:00Z', { department: 'Engineering' });

describe('who moves from one side of a rule to another', () => {
  it('has the one taken back first, and is given the other once it is gone, in whichever system', async () => {
    const { steps, tell, load } = begin(modelWith([rule()]));
    await tell(SELLING);
    expect(steps).toContain('grant cloud:billing');
    steps.length = 0;
    await tell(BUILDING);
    expect(steps).toContain('revoke cloud:billing');
    expect(steps.indexOf('grant chat:engineering-room')).toBeGreaterThan(steps.indexOf('revoke cloud:billing'));
    const { header } = await load();
    expect(header.settledVersion).toBe(header.version);
  });

  it('waits while the system that has the other side cannot take it back, and a person is told', async () => {
    const { world, steps, tell } = begin(modelWith([rule()]));
    await tell(SELLING);
    const cloud = world.systems.get('cloud') ?? expect.fail();
    cloud.refuses = 'revoke';
    await tell(BUILDING);
    expect(steps).not.toContain('grant chat:engineering-room');
    expect(world.escalations.join()).toContain('engineering-room is not granted while the other side of the rule');
    cloud.refuses = undefined;
    await tell(mover('2026-11-03T00:00:00Z', { title: 'Lead' }));
    expect(steps.indexOf('grant chat:engineering-room')).toBeGreaterThan(steps.indexOf('revoke cloud:billing'));
  });

  it('is cut off by leaving, whatever is waited for', async () => {
    const { world, tell } = begin(modelWith([rule()]));
    await tell(SELLING, BUILDING);
    await tell(leaver('2026-11-04T00:00:00Z'));
    expect(world.systems.get('chat')?.accountOf('E1')?.enabled).toBe(false);
  });
});

describe('whose reasons hold up two sides', () => {
  const everyone = MODEL.profiles.map((profile) =>
    profile.id === 'everyone' ? { ...profile, entitlements: [...profile.entitlements, 'cloud:billing'] } : profile,
  );
  const ENGINEER = joiner('2026-11-01T00:00:00Z', { department: 'Engineering' });

  it('is given the first alone; its beginning and its end are told once', async () => {
    const { steps, tell, load, types } = begin(modelWith([rule()], everyone));
    await tell(ENGINEER);
    expect(steps).toContain('grant chat:engineering-room');
    expect(steps).not.toContain('grant cloud:billing');
    expect((await load()).header.violations).toMatchObject([
      { rule: 'build-and-bill', outcome: 'prevented', held: ['chat:engineering-room'], refused: ['cloud:billing'] },
    ]);
    await tell(mover('2026-11-02T00:00:00Z', { title: 'Lead' }));
    expect(await types()).toEqual(['duty-violation-began']);
    await tell(mover('2026-11-03T00:00:00Z', { department: 'Finance' }));
    expect(await types()).toEqual(['duty-violation-began', 'duty-violation-ended']);
    expect((await load()).header.violations).toBeUndefined();
  });

  it('is given both by an exception, which is looked at again when it ends', async () => {
    const untilMs = START + 3_600_000;
    const exceptions = [{ identityId: 'E1', owner: 'E9', reason: 'year end', untilMs }];
    const excepted = rule({ mode: 'require-exception', exceptions });
    const { steps, tell, load, types } = begin(modelWith([excepted], everyone));
    await tell(ENGINEER);
    expect(steps).toEqual(expect.arrayContaining(['grant chat:engineering-room', 'grant cloud:billing']));
    expect(await types()).toEqual(['duty-exception-granted', 'duty-violation-began']);
    expect((await load()).header.nextCheckMs).toBe(untilMs);
  });

  it('is given both where that is only to be detected', async () => {
    const { steps, tell, types } = begin(modelWith([rule({ mode: 'detect' })], everyone));
    await tell(ENGINEER);
    expect(steps).toEqual(expect.arrayContaining(['grant chat:engineering-room', 'grant cloud:billing']));
    expect(await types()).toEqual(['duty-violation-began']);
  });
});
