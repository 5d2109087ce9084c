// The real state machines and handlers, run in-process: what each stage does to the systems, and how many transitions
// it takes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessModel } from '../../lambdas/core/access-model.ts';
import type { Fact } from '../../lambdas/core/facts.ts';
import { MODEL } from '../simulation/access-model.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import type { Execution, WorkflowName } from '../simulation/workflows.ts';
import { World } from '../simulation/world.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../support/facts.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
/** Without the system that people change, so that nothing waits. */
const API_ONLY = { ...MODEL, applications: MODEL.applications.filter(({ connector }) => connector !== 'manual') };

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

function createWorld(model: AccessModel = API_ONLY) {
  const executions: { name: WorkflowName; execution: Execution }[] = [];
  const world = new World({
    model,
    retryPolicy,
    onExecution: (name, execution) => executions.push({ name, execution }),
  });
  const tell = async (...facts: Fact[]) => {
    for (const fact of facts) {
      await world.record(fact);
      await time.runUntil(time.nowMs + MINUTE_MS);
    }
  };
  const held = (applicationId: string) => {
    const account = world.systems.get(applicationId)?.accountOf('E1');
    return account && { enabled: account.enabled, grants: [...account.grants].sort() };
  };
  return { world, executions, tell, held };
}

const joins = joiner('2026-11-01', { department: 'Sales' });

describe('a joiner', () => {
  it('gets an account and its birthright access in each application', async () => {
    const { tell, held } = createWorld();
    await tell(joins);
    expect(held('chat')).toEqual({ enabled: true, grants: ['everyone', 'sales-room'] });
    expect(held('cloud')).toEqual({ enabled: true, grants: ['billing'] });
  });

  it('that is future-dated gets nothing before its instant, and everything then', async () => {
    const { tell, held } = createWorld();
    await tell(joiner('2026-11-24T08:00:00Z', { department: 'Sales' }, { recorded: '2026-11-20T08:00:00Z' }));
    expect(held('chat')).toBeUndefined();
    await time.runUntil(Date.parse('2026-11-24T07:59:59Z'));
    expect(held('chat')).toBeUndefined();
    await time.runUntil(Date.parse('2026-11-24T08:01:00Z'));
    expect(held('chat')?.grants).toEqual(['everyone', 'sales-room']);
  });
});

describe('a mover', () => {
  it('keeps nothing that no reason holds up any more', async () => {
    const { tell, held } = createWorld();
    await tell(joins, mover('2026-11-23', { department: 'Engineering' }));
    expect(held('chat')).toEqual({ enabled: true, grants: ['engineering-room', 'everyone'] });
    expect(held('cloud')).toEqual({ enabled: true, grants: ['developer', 'production-admin'] });
  });

  it('on leave is disabled and keeps its grants, and is restored on return', async () => {
    const { tell, held } = createWorld();
    await tell(joins, suspension('2026-11-22'));
    expect(held('chat')).toEqual({ enabled: false, grants: ['everyone', 'sales-room'] });
    expect(held('cloud')).toEqual({ enabled: true, grants: [] });
    await tell(returning('2026-11-23'));
    expect(held('chat')).toEqual({ enabled: true, grants: ['everyone', 'sales-room'] });
    expect(held('cloud')).toEqual({ enabled: true, grants: ['billing'] });
  });
});

describe('a leaver', () => {
  const leaves = leaver('2026-11-22');

  it('loses everything, and that is proven by reading back', async () => {
    const { world, tell, held } = createWorld();
    await tell(joins, leaves);
    expect(held('chat')).toEqual({ enabled: false, grants: [] });
    expect(held('cloud')).toBeUndefined();
    const record = await world.stores.identities.load('E1');
    expect(record?.header.removal?.provenMs).toBeDefined();
    expect(record?.accounts.every(({ closedMs }) => closedMs !== undefined)).toBe(true);
  });

  it('overtakes a joiner in flight, whichever arrives first', async () => {
    for (const facts of [
      [joins, leaves],
      [leaves, joins],
    ]) {
      const { world, held } = createWorld();
      for (const fact of facts) await world.record(fact);
      await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      expect(held('chat')?.enabled ?? false).toBe(false);
      expect(held('chat')?.grants ?? []).toEqual([]);
      expect(held('cloud')).toBeUndefined();
    }
  });

  it('that is rescinded gets back exactly what was there', async () => {
    const { world, tell, held } = createWorld();
    await tell(joins);
    const before = [held('chat'), held('cloud')];
    await tell(leaves, rescind(leaves, '2026-11-23T09:10:00Z'));
    expect([held('chat'), held('cloud')]).toEqual(before);
    expect((await world.stores.identities.load('E1'))?.header.summary.status).toBe('active');
  });

  it('waits, holding no lease, for the people who must remove access by hand', async () => {
    const { world, tell } = createWorld(MODEL);
    const attest = async () => {
      const task = (await world.stores.identities.load('E1'))?.tasks.find(({ status }) => status === 'open');
      if (task === undefined) throw new Error('no task is open');
      await world.attest(task, 'it-1');
      await time.runUntil(time.nowMs + MINUTE_MS);
      return task.steps.map(({ action }) => action);
    };
    await tell(joiner('2026-11-01', { location: 'Berlin' }));
    expect(await attest()).toEqual(['create-account', 'grant']);
    await tell(leaves);
    const waiting = await world.stores.identities.load('E1');
    expect(waiting?.header.lease).toBeUndefined();
    expect(waiting?.header.removal?.provenMs).toBeUndefined();
    expect(await attest()).toEqual(['disable-account', 'revoke']);
    expect((await world.stores.identities.load('E1'))?.header.removal?.provenMs).toBeDefined();
  });

  it('asks for removal of what was asked for and never attested: it may have been done', async () => {
    const { world, tell } = createWorld(MODEL);
    await tell(joiner('2026-11-01', { location: 'Berlin' }), leaves);
    const open = (await world.stores.identities.load('E1'))?.tasks.filter(({ status }) => status === 'open');
    expect(open?.map(({ steps }) => steps.map(({ action }) => action))).toEqual([['disable-account', 'revoke']]);
  });
});

describe('a converged identity', () => {
  it('stays quiet: another start reads and changes nothing', async () => {
    const { world, tell } = createWorld();
    await tell(joins);
    const entries = async () => (await world.stores.audit.list('E1', { limit: 1_000 })).items.length;
    const before = await entries();
    const { status } = await world.start('converge', { identityId: 'E1', trigger: 'test' });
    expect(status).toBe('SUCCEEDED');
    // One entry: that the pass settled.
    expect(await entries()).toBe(before + 1);
  });
});

describe('transitions', () => {
  it('do not depend on the number of entitlements', async () => {
    const measured: Record<string, number[]> = {};
    for (const entitlements of [1, 50]) {
      const { tell, executions } = createWorld(modelWith(entitlements));
      await tell(
        joins,
        mover('2026-11-22', { department: 'Engineering' }),
        suspension('2026-11-22'),
        returning('2026-11-22'),
        leaver('2026-11-22'),
      );
      for (const { name, execution } of executions) {
        expect(execution.status).toBe('SUCCEEDED');
        measured[name] = [...(measured[name] ?? []), execution.transitions];
      }
    }
    console.log(
      ['transitions per event, two applications (nested converge included):', ...describeCounts(measured)].join('\n  '),
    );
    for (const counts of Object.values(measured)) {
      expect(counts.slice(counts.length / 2)).toEqual(counts.slice(0, counts.length / 2));
    }
  });
});

function describeCounts(measured: Record<string, number[]>): string[] {
  return Object.entries(measured).map(
    ([name, counts]) => `${name.padEnd(8)} ${counts.slice(0, counts.length / 2).join(', ')}`,
  );
}

/** Two applications; each department has this many entitlements in both. */
function modelWith(entitlements: number): AccessModel {
  const names = (department: string) => Array.from({ length: entitlements }, (_, index) => `${department}-${index}`);
  const departments = ['Sales', 'Engineering'];
  return {
    ...API_ONLY,
    applications: API_ONLY.applications.map((application) => ({
      ...application,
      entitlements: departments.flatMap(names).map((id) => ({ id, name: id, grant: id, privileged: false })),
    })),
    profiles: departments.map((department) => ({
      id: department,
      name: department,
      when: { department: [department] },
      entitlements: API_ONLY.applications.flatMap(({ id }) => names(department).map((name) => `${id}:${name}`)),
    })),
  };
}
