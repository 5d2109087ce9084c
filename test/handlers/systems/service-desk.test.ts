// Manual tasks mirrored in a service desk, through the real state machines: from the ticket to the proof.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceDesk, Ticket, TicketRequest } from '../../../lambdas/connectors/contract/connector.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import { TICKET_POLL_MS } from '../../../lambdas/handlers/shared/timing.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import { MAXIMUM_REOPENINGS } from '../../../lambdas/handlers/systems/look-at-tickets.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

/** Keeps its tickets in memory; test/connectors/manual/service-desk-contract.ts holds the real ones to the same. */
class MemoryDesk implements ServiceDesk {
  readonly tickets = new Map<string, Ticket & { readonly request: TicketRequest }>();
  opened = 0;
  looks = 0;

  async findTicket(taskId: string) {
    this.looks += 1;
    return this.tickets.get(taskId);
  }

  async openTicket(request: TicketRequest) {
    if (this.tickets.has(request.taskId)) return;
    this.opened += 1;
    this.tickets.set(request.taskId, { ticketId: `T-${this.opened}`, status: 'open', request });
  }

  async reopenTicket({ taskId }: TicketRequest) {
    const ticket = this.tickets.get(taskId);
    if (ticket === undefined || ticket.status === 'open') return;
    const { resolvedBy: _resolvedBy, ...again } = ticket;
    this.tickets.set(taskId, { ...again, status: 'open' });
  }

  reject(taskId: string) {
    const ticket = this.tickets.get(taskId);
    if (ticket !== undefined) this.tickets.set(taskId, { ...ticket, status: 'closed' });
  }

  async closeTicket(taskId: string) {
    const ticket = this.tickets.get(taskId);
    if (ticket?.status === 'open') this.tickets.set(taskId, { ...ticket, status: 'closed' });
  }

  resolve(taskId: string, resolvedBy: string) {
    const ticket = this.tickets.get(taskId);
    if (ticket !== undefined) this.tickets.set(taskId, { ...ticket, status: 'resolved', resolvedBy });
  }
}

describe('a manual task in a service desk', () => {
  let time: VirtualTime;
  let desk: MemoryDesk;
  let world: World;
  const executions: string[] = [];

  beforeEach(() => {
    time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    desk = new MemoryDesk();
    executions.length = 0;
    world = new World({
      model: MODEL,
      retryPolicy,
      onExecution: (name) => executions.push(name),
      plant: (dependencies) => ({
        ...dependencies,
        connect: async (application, mode) => {
          const connected = await dependencies.connect(application, mode);
          return connected.kind === 'manual' ? { ...connected, desk } : connected;
        },
      }),
    });
  });
  afterEach(() => time.uninstall());

  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      await time.runUntil(time.nowMs + MINUTE_MS);
      world.pumpStream();
      world.sweep();
      world.lookAtTickets('manual');
    }
    await time.runUntil(time.nowMs + MINUTE_MS);
  };
  const tasks = async () => (await world.stores.directory.load('E1'))?.tasks ?? [];
  const openTask = async (): Promise<TaskRecord> => {
    const open = (await tasks()).filter(({ status }) => status === 'open');
    if (open[0] === undefined || open.length > 1) throw new Error(`${open.length} tasks are open`);
    return open[0];
  };
  const pollMinutes = TICKET_POLL_MS / MINUTE_MS + 2;

  it('is one ticket that says what the task says, and is attested by whoever resolves it', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2 * pollMinutes);
    const task = await openTask();
    expect(desk.opened).toBe(1);
    expect(desk.tickets.get(task.taskId)?.request).toEqual({
      taskId: task.taskId,
      application: 'badge',
      steps: ['create-account', 'grant: office'],
      assignee: task.assignee,
      instructions: task.instructions,
      dueMs: task.dueMs,
    });
    desk.resolve(task.taskId, 'jane');
    await pass(pollMinutes);
    expect(await tasks()).toMatchObject([{ status: 'done', attestedBy: 'manual:jane', evidence: 'ticket T-1' }]);
    const record = await world.stores.directory.load('E1');
    const { items } = await world.stores.audit.list('E1', { limit: 100 });
    const entry = items.find(({ event }) => event.type === 'fact-recorded' && event.factType === 'task-attested');
    expect(entry?.actor).toEqual({ type: 'operator', id: 'manual:jane' });
    expect(record?.header.settledVersion).toBe(record?.header.version);
    expect(desk.opened).toBe(1);
  });

  it('is looked at now and then while it is open, without a pass over its identity, and no more after', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    const [looksBefore, executionsBefore] = [desk.looks, executions.length];
    await pass(4 * pollMinutes);
    const looks = desk.looks - looksBefore;
    expect(looks).toBeGreaterThanOrEqual(3);
    expect(looks).toBeLessThanOrEqual(5);
    expect(executions.length).toBe(executionsBefore);
    desk.resolve((await openTask()).taskId, 'jane');
    await pass(2 * pollMinutes);
    const settled = desk.looks;
    await pass(4 * pollMinutes);
    expect(desk.looks).toBe(settled);
  });

  it('waits for its ticket as for any person when it is a removal, and reads nothing back meanwhile', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    desk.resolve((await openTask()).taskId, 'jane');
    await pass(pollMinutes);
    await world.record(leaver('2026-11-22'));
    await pass(5);
    const readMs = async () => (await world.stores.directory.load('E1'))?.accounts.map((account) => account.readMs);
    const [before, executionsBefore] = [await readMs(), executions.length];
    await pass(4 * pollMinutes);
    expect([await readMs(), executions.length]).toEqual([before, executionsBefore]);
  });

  it('is opened again when the desk has lost it, though nothing else happens', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    const { taskId } = await openTask();
    desk.tickets.delete(taskId);
    await pass(pollMinutes);
    expect(desk.tickets.get(taskId)?.status).toBe('open');
    expect([desk.opened, (await openTask()).taskId]).toEqual([2, taskId]);
  });

  it('proves a removal once its ticket is resolved', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    desk.resolve((await openTask()).taskId, 'jane');
    await pass(pollMinutes);
    await world.record(leaver('2026-11-22'));
    await pass(pollMinutes);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeUndefined();
    desk.resolve((await openTask()).taskId, 'bob');
    await pass(pollMinutes);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
    expect(executions.filter((name) => name === 'leaver')).toEqual(['leaver']);
  });

  it.each(['open', 'closed'] as const)(
    'is not attested while it is %s, whoever had resolved it before',
    async (status) => {
      await world.record(joiner('2026-11-01', { location: 'Berlin' }));
      await pass(2);
      const { taskId } = await openTask();
      desk.resolve(taskId, 'jane');
      const ticket = desk.tickets.get(taskId);
      if (ticket === undefined) throw new Error('there is no ticket');
      desk.tickets.set(taskId, { ...ticket, status });
      await pass(2 * pollMinutes);
      expect(await openTask()).toMatchObject({ taskId, status: 'open' });
    },
  );

  it('is neither looked at nor changed by a proof, which only reads', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    await world.record(leaver('2026-11-22'));
    await pass(2);
    const { taskId } = await openTask();
    desk.resolve(taskId, 'bob');
    const before = desk.looks;
    const { header } = (await world.stores.directory.load('E1')) ?? {};
    const prove = convergeApplication({
      ...world.stores,
      clock: () => time.nowMs,
      newId: () => 'proof',
      model: () => MODEL,
      reconciliations: { find: async () => undefined },
      connect: async () => ({ kind: 'manual', task: { assignee: 'it', instructions: '', dueHours: 24 }, desk }),
    });
    const call = { identityId: 'E1', applicationId: 'badge', judgedMs: 0, trigger: 'test', mode: 'prove' } as const;
    expect(await prove({ ...call, epoch: header?.epoch ?? 0 })).toMatchObject({ outcome: 'waiting-for-task', taskId });
    expect([desk.looks, (await openTask()).taskId]).toEqual([before, taskId]);
  });

  it('does not hold up the proof until the next look, when the task was attested here', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    desk.resolve((await openTask()).taskId, 'jane');
    await pass(pollMinutes);
    await world.record(leaver('2026-11-22'));
    await pass(2);
    await world.attest(await openTask(), 'it-1');
    await pass(2);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
  });

  it.each(['E1', 'ADA@acme.example'])('is not attested by the one it concerns (%s)', async (user) => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    desk.resolve((await openTask()).taskId, user);
    await pass(2 * pollMinutes);
    const task = await openTask();
    expect(task.attestedBy).toBeUndefined();
    expect([task.reopened, desk.tickets.get(task.taskId)?.status]).toEqual([1, 'open']);
  });

  it('is opened again when the desk turns it down, and proves nothing meanwhile', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    desk.resolve((await openTask()).taskId, 'jane');
    await pass(pollMinutes);
    await world.record(leaver('2026-11-22'));
    await pass(pollMinutes);
    const { taskId } = await openTask();
    desk.reject(taskId);
    await pass(pollMinutes);
    expect(desk.tickets.get(taskId)?.status).toBe('open');
    expect(await openTask()).toMatchObject({ taskId, reopened: 1 });
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeUndefined();
    const { items } = await world.stores.audit.list('E1', { limit: 100 });
    expect(items.find(({ event }) => event.type === 'ticket-reopened')?.event).toMatchObject({ taskId, attempt: 1 });
    desk.resolve(taskId, 'bob');
    await pass(pollMinutes);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
  });

  it('is opened again so often and no oftener by a desk that turns everything down', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    const { taskId } = await openTask();
    for (let round = 0; round <= MAXIMUM_REOPENINGS + 1; round += 1) {
      desk.reject(taskId);
      await pass(pollMinutes);
    }
    expect(await openTask()).toMatchObject({ taskId, reopened: MAXIMUM_REOPENINGS });
    expect(desk.tickets.get(taskId)?.status).toBe('closed');
  });

  it('is opened again when the task is, which nobody wanted done for a while', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    desk.resolve((await openTask()).taskId, 'jane');
    await pass(pollMinutes);
    await world.record(mover('2026-11-22', { location: 'Munich' }));
    await pass(2);
    const { taskId } = await openTask();
    await world.record(mover('2026-11-22T12:00:00Z', { location: 'Berlin' }));
    await pass(2);
    expect([await tasks(), desk.tickets.get(taskId)?.status]).toMatchObject([[{}, { status: 'superseded' }], 'closed']);
    await world.record(mover('2026-11-22T13:00:00Z', { location: 'Munich' }));
    await pass(2 * pollMinutes);
    expect((await openTask()).taskId).toBe(taskId);
    expect(desk.tickets.get(taskId)?.status).toBe('open');
  });

  it('is closed when nobody need do it any more', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    const { taskId } = await openTask();
    await world.record(mover('2026-11-22', { location: 'Munich' }));
    await pass(2);
    // Somebody may have begun: what was asked for is asked to be undone, in a ticket of its own.
    const next = await openTask();
    expect(next.taskId).not.toBe(taskId);
    expect(desk.tickets.get(taskId)?.status).toBe('closed');
    expect(desk.tickets.get(next.taskId)?.status).toBe('open');
  });

  it('is closed when the task was attested here', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(2);
    const task = await openTask();
    await world.attest(task, 'it-1');
    await pass(2);
    expect(desk.tickets.get(task.taskId)?.status).toBe('closed');
    expect(await tasks()).toMatchObject([{ status: 'done', attestedBy: 'it-1' }]);
  });
});
