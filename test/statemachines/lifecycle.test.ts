// The real state machines and handlers, run in-process: what each stage does to the systems, and how many transitions
// it takes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessModel, Application } from '../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { MODEL } from '../simulation/access-model.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import type { Execution, WorkflowName } from '../simulation/workflows.ts';
import { DUE_HOURS, World, type WorldOptions } from '../simulation/world.ts';
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

function createWorld(model: AccessModel = API_ONLY, options: Pick<WorldOptions, 'residual' | 'plant'> = {}) {
  const executions: { name: WorkflowName; execution: Execution }[] = [];
  const world = new World({
    model,
    retryPolicy,
    ...options,
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
    const record = await world.stores.directory.load('E1');
    expect(record?.header.removal?.provenMs).toBeDefined();
    expect(record?.accounts.every(({ closedMs }) => closedMs !== undefined)).toBe(true);
  });

  it('is left in peace once that is proven: nothing is due, and no further pass is made', async () => {
    const { world, executions, tell } = createWorld();
    await tell(joins, leaves);
    const before = executions.length;
    expect((await world.stores.directory.load('E1'))?.header.nextCheckMs).toBeUndefined();
    await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    world.sweep();
    await time.runUntil(time.nowMs + MINUTE_MS);
    expect(executions.length).toBe(before);
  });

  it('is looked at when an account that is kept for a while is to be deleted, and not before', async () => {
    const [chat, ...others] = API_ONLY.applications;
    const kept = {
      ...API_ONLY,
      applications: [{ ...chat, retention: { deleteAfterDays: 30 } } as Application, ...others],
    };
    const { world, tell } = createWorld(kept);
    await tell(joins, leaves);
    const { nextCheckMs = 0 } = (await world.stores.directory.load('E1'))?.header ?? {};
    expect(nextCheckMs - Date.parse('2026-11-22')).toBeGreaterThan(29 * 24 * 60 * MINUTE_MS);
  });

  it('is locked out before anything else is done, so that it does not depend on what may fail', async () => {
    const later = new Set(['hand-over-ownership', 'plan-access', 'settle', 'await-attestations', 'certify-removal']);
    let isDown = false;
    const { world, tell, held } = createWorld(API_ONLY, {
      plant: (dependencies, functionName) => {
        if (isDown && later.has(functionName)) throw new Error(`${functionName} does not run`);
        return dependencies;
      },
    });
    await tell(joins);
    isDown = true;
    await tell(leaves);
    expect(world.systems.get('chat')?.accountOf('E1')).toMatchObject({ enabled: false, openSessions: 0 });
    expect(held('cloud')?.grants ?? []).toEqual([]);
  });

  it('loses all access but that in a system that does not answer', async () => {
    let isDown = false;
    const { world, tell, held } = createWorld(API_ONLY, {
      plant: (dependencies, functionName) => {
        if (isDown && functionName === 'connector-suspending') throw new Error('the chat does not answer');
        return dependencies;
      },
    });
    await tell(joins);
    isDown = true;
    await tell(leaves);
    await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    expect([held('chat')?.enabled, held('cloud')]).toEqual([true, undefined]);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeUndefined();
  });

  it('is proven only once what somebody gave back meanwhile is gone, too', async () => {
    let given = false;
    const { world, tell, held } = createWorld(API_ONLY, {
      plant: (dependencies, functionName) => {
        if (functionName === 'await-attestations' && !given) {
          given = true;
          world.systems.get('chat')?.accountOf('E1')?.grants.add('sales-room');
        }
        return dependencies;
      },
    });
    await tell(joins, leaves);
    expect(given).toBe(true);
    expect(held('chat')).toEqual({ enabled: false, grants: [] });
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
  });

  it('is proven in the end, though its execution died after all was taken away', async () => {
    let isDown = true;
    const { world, tell } = createWorld(API_ONLY, {
      plant: (dependencies, functionName) => {
        if (isDown && functionName === 'await-attestations') throw new Error(`${functionName} does not run`);
        return dependencies;
      },
    });
    await tell(joins, leaves);
    const provenMs = async () => (await world.stores.directory.load('E1'))?.header.removal?.provenMs;
    await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    expect([world.escalations.length, await provenMs()]).toEqual([1, undefined]);
    isDown = false;
    for (let minute = 0; minute < 60; minute += 5) {
      world.sweep();
      await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    }
    expect(await provenMs()).toBeDefined();
  });

  it('is not proven before the calls of a pass that ran can no longer act', async () => {
    const { world, tell } = createWorld();
    await tell(joins);
    const { nowMs } = time;
    const expiresMs = nowMs + 90_000;
    await world.stores.leases.acquireLease({ identityId: 'E1', holder: 'pass', nowMs, expiresMs, nextCheckMs: nowMs });
    await tell(leaves);
    const provenMs = async () => (await world.stores.directory.load('E1'))?.header.removal?.provenMs;
    expect(await provenMs()).toBeUndefined();
    await time.runUntil(expiresMs + MINUTE_MS);
    expect(await provenMs()).toBeGreaterThanOrEqual(expiresMs);
  });

  it('overtakes a joiner in flight, whichever arrives first', async () => {
    for (const facts of [
      [joins, leaves],
      [leaves, joins],
    ]) {
      const { world, executions, held } = createWorld();
      for (const fact of facts) await world.record(fact);
      await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      expect(new Set(executions.map(({ execution }) => execution.status))).toEqual(new Set(['SUCCEEDED']));
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
    expect((await world.stores.directory.load('E1'))?.header.summary.status).toBe('active');
  });

  it('waits, holding no lease, for the people who must remove access by hand', async () => {
    const { world, tell } = createWorld(MODEL);
    const attest = async () => {
      const task = (await world.stores.directory.load('E1'))?.tasks.find(({ status }) => status === 'open');
      if (task === undefined) throw new Error('no task is open');
      await world.attest(task, 'it-1');
      await time.runUntil(time.nowMs + MINUTE_MS);
      return task.steps.map(({ action }) => action);
    };
    await tell(joiner('2026-11-01', { location: 'Berlin' }));
    expect(await attest()).toEqual(['create-account', 'grant']);
    await tell(leaves);
    const waiting = await world.stores.directory.load('E1');
    expect(waiting?.header.lease).toBeUndefined();
    expect(waiting?.header.removal?.provenMs).toBeUndefined();
    expect(await attest()).toEqual(['disable-account', 'revoke']);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
  });

  it('gives people the hours that the access model says for their tasks', async () => {
    const { world, tell } = createWorld(MODEL);
    await tell(joiner('2026-11-01', { location: 'Berlin' }));
    const [task] = (await world.stores.directory.load('E1'))?.tasks ?? [];
    expect(task?.openedMs).toBeGreaterThanOrEqual(START);
    expect((task?.dueMs ?? 0) - (task?.openedMs ?? 0)).toBe(DUE_HOURS * 60 * MINUTE_MS);
  });

  it('asks for removal of what was asked for and never attested: it may have been done', async () => {
    const { world, tell } = createWorld(MODEL);
    await tell(joiner('2026-11-01', { location: 'Berlin' }), leaves);
    const open = (await world.stores.directory.load('E1'))?.tasks.filter(({ status }) => status === 'open');
    expect(open?.map(({ steps }) => steps.map(({ action }) => action))).toEqual([['disable-account', 'revoke']]);
  });
});

describe('a leaver who leaves more than grants behind', () => {
  const HOUR_MS = 60 * MINUTE_MS;
  const kept = API_ONLY.applications.map((application) => ({ ...application, retention: { deleteAfterDays: 30 } }));
  const record = async (world: World) => {
    const found = await world.stores.directory.load('E1');
    if (found === undefined) throw new Error('E1 is not known');
    return found;
  };
  const chatOf = (world: World, identityId: string) => {
    const account = world.systems.get('chat')?.accountOf(identityId);
    if (account === undefined) throw new Error(`${identityId} has no account`);
    return account;
  };

  it('has sessions ended, credentials revoked and belongings handed to the manager, each step in the audit log', async () => {
    const { world, tell } = createWorld();
    const boss = { ...joins, identityId: 'E2', factId: 'boss', sourceEventId: 'boss' };
    await tell(boss, joiner('2026-11-01', { email: 'eve@acme.example', department: 'Sales', manager: 'E2' }));
    const account = chatOf(world, 'E1');
    account.credentials.add('key-1').add('key-2');
    account.owns.add('project-x');
    await tell(leaver('2026-11-22'));
    expect(account).toMatchObject({ enabled: false, openSessions: 0 });
    expect([...account.credentials, ...account.owns]).toEqual([]);
    expect([...chatOf(world, 'E2').owns]).toEqual(['project-x']);
    const { header } = await record(world);
    const certificate = await world.stores.accounts.findCertificate(`E1.${header.removal?.version}`);
    const chat = certificate?.applications.find(({ applicationId }) => applicationId === 'chat');
    // All within one millisecond here, so in no order of their own.
    expect(chat?.removed.map(({ action, what }) => what ?? action).sort()).toEqual([
      'disable-account',
      'end-sessions',
      'everyone',
      'sales-room',
      'token key-1',
      'token key-2',
      'transfer-ownership',
    ]);
    const { items } = await world.stores.audit.list('E1', { limit: 1_000 });
    const ids = new Set(items.map(({ entryId }) => entryId));
    for (const { entryId } of chat?.removed ?? []) expect(ids.has(entryId)).toBe(true);
    for (const entryId of chat?.verifiedBy ?? []) expect(ids.has(entryId)).toBe(true);
  });

  it('is not proven while somebody must be found who takes over, though access is gone', async () => {
    const { world, tell } = createWorld();
    await tell(joins);
    const account = chatOf(world, 'E1');
    account.owns.add('project-x');
    await tell(leaver('2026-11-22'));
    await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    expect(account).toMatchObject({ enabled: false, openSessions: 0 });
    expect(account.grants.size).toBe(0);
    expect((await record(world)).header.removal?.provenMs).toBeUndefined();
    expect(world.escalations.join()).toContain('there is nobody to take over');
  });

  it('loses what can be taken though one step is refused for good, and that one is told', async () => {
    const { world, tell } = createWorld();
    await tell(joins);
    const account = chatOf(world, 'E1');
    account.credentials.add('key-1');
    const chat = world.systems.get('chat');
    if (chat === undefined) throw new Error('there is no chat');
    chat.refuses = 'endSessions';
    await tell(leaver('2026-11-22'));
    await time.runUntil(time.nowMs + 10 * MINUTE_MS);
    expect(account).toMatchObject({ enabled: false, openSessions: 1 });
    expect([...account.grants, ...account.credentials]).toEqual([]);
    expect(world.escalations.join()).toContain('end-sessions: PermanentError');
    expect((await record(world)).header.removal?.provenMs).toBeUndefined();
    chat.refuses = undefined;
    for (let minute = 0; minute < 40; minute += 5) {
      world.sweep();
      await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    }
    expect(account.openSessions).toBe(0);
    expect((await record(world)).header.removal?.provenMs).toBeDefined();
  });

  it('is proven once what outlasts the removal has run out, read back at growing intervals', async () => {
    const residual = { what: 'access tokens already issued', seconds: 12 * 3_600 };
    const { world, tell } = createWorld(API_ONLY, { residual });
    await tell(joins, leaver('2026-11-22'));
    const readBacks = async () => {
      const { items } = await world.stores.audit.list('E1', { limit: 1_000 });
      return items.flatMap(({ event, at }) => (event.type === 'residual-window' ? Date.parse(at) : []));
    };
    const { header, accounts } = await record(world);
    expect(header.removal?.provenMs).toBeUndefined();
    expect(accounts.find(({ applicationId }) => applicationId === 'chat')?.residual?.what).toBe(residual.what);
    // The sweep leaves the execution that waits alone.
    const before = header.epoch;
    for (let hour = 0; hour < 11; hour += 1) {
      world.sweep();
      await time.runUntil(time.nowMs + HOUR_MS);
    }
    expect((await record(world)).header).toMatchObject({ epoch: before });
    await time.runUntil(time.nowMs + 2 * HOUR_MS);
    const proven = (await record(world)).header.removal;
    expect(proven?.provenMs).toBeDefined();
    const certificate = await world.stores.accounts.findCertificate(`E1.${proven?.version}`);
    const chat = certificate?.applications.find(({ applicationId }) => applicationId === 'chat');
    expect(Date.parse(chat?.residual?.until ?? '') - Date.parse(chat?.closedAt ?? '')).toBe(residual.seconds * 1_000);
    expect(certificate?.lastAccessAt).toBe(chat?.residual?.until);
    const times = await readBacks();
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
  });

  it('has the account deleted once it was kept for as long as the application asks', async () => {
    const { world, tell } = createWorld({ ...API_ONLY, applications: kept });
    await tell(joins, leaver('2026-11-22'));
    const days = (count: number) => Date.parse('2026-11-23T00:00:00Z') + count * 24 * HOUR_MS;
    const sweepUntil = async (untilMs: number) => {
      while (time.nowMs < untilMs) {
        await time.runUntil(Math.min(untilMs, time.nowMs + 6 * HOUR_MS));
        world.sweep();
        await time.runUntil(time.nowMs + MINUTE_MS);
      }
    };
    await sweepUntil(days(29));
    expect(world.systems.get('chat')?.accountOf('E1')?.enabled).toBe(false);
    await sweepUntil(days(31));
    expect(world.systems.get('chat')?.accountOf('E1')).toBeUndefined();
  });
});

describe('a fact that comes in as a pass settles', () => {
  it('is acted on by that pass, without waiting for the sweep', async () => {
    let late: Fact | undefined = mover('2026-11-22', { department: 'Engineering' });
    const { world, tell, held } = createWorld(API_ONLY, {
      plant: (dependencies, functionName) => {
        if (functionName !== 'settle') return dependencies;
        const { leases } = dependencies;
        const settleLease: typeof leases.settleLease = async (input) => {
          const fact = late;
          late = undefined;
          if (fact !== undefined) await world.record(fact);
          return leases.settleLease(input);
        };
        return { ...dependencies, leases: { ...leases, settleLease } };
      },
    });
    await tell(joins);
    expect(held('chat')).toEqual({ enabled: true, grants: ['engineering-room', 'everyone'] });
    const { lease, settledVersion, version } = (await world.stores.directory.load('E1'))?.header ?? {};
    expect({ lease, settledVersion }).toEqual({ lease: undefined, settledVersion: version });
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
