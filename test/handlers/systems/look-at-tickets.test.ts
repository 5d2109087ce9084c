// Looking at the tickets of open tasks, asked over HTTP of a receiver that keeps them: who is asked about, how often, and
// what one desk that fails does to the others.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceDesk } from '../../../lambdas/connectors/contract/connector.ts';
import { ticketWebhook } from '../../../lambdas/connectors/manual/ticket-webhook.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { TICKET_POLL_MS, TICKET_TURN_MS } from '../../../lambdas/handlers/shared/timing.ts';
import { lookAtTickets, type TicketDependencies } from '../../../lambdas/handlers/systems/look-at-tickets.ts';
import type { StageEvent } from '../../../lambdas/stores/event-bus.ts';
import { SIGNING_SECRET, startReceiver, TOKEN } from '../../connectors/manual/ticket-receiver.ts';
import { know, NOW_MS, taskOf } from '../../stores/identities/examples.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { startStubServer } from '../../support/stub-server.ts';

const ROUND_MS = Math.ceil(NOW_MS / TICKET_POLL_MS) * TICKET_POLL_MS;
const TURNS = TICKET_POLL_MS / TICKET_TURN_MS;
/** Of a desk that takes its time. */
const SLOW_MS = 6_000;

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let failingUrl = '';
let stores: ReturnType<typeof memoryStores>;
let published: StageEvent[];
let unread: number[];
let nowMs: number;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver?.stop();
});
beforeEach(() => {
  stores = memoryStores();
  published = [];
  unread = [];
  nowMs = ROUND_MS;
  receiver.tickets.length = 0;
  receiver.asked.length = 0;
});

describe('tickets of open tasks', () => {
  it('are asked about once a round each, a thousand of them, and nothing else happens', {
    timeout: 60_000,
  }, async () => {
    const tasks = await open(1_000);
    const perTurn = await lookForARound();
    expect(receiver.asked.toSorted()).toEqual(tasks.map(({ taskId }) => taskId).toSorted());
    // So that a desk is asked evenly.
    expect(Math.max(...perTurn)).toBeLessThan(120);
    expect([published, unread, stores.inserted.length]).toEqual([[], [], 1]);
  });

  it('attest their tasks once resolved, and no other', async () => {
    const tasks = await open(20);
    const resolved = tasks[7] as TaskRecord;
    Object.assign(ticketOf(resolved), { status: 'resolved', resolvedBy: 'jane' });
    Object.assign(ticketOf(tasks[8] as TaskRecord), { status: 'closed' });
    await lookForARound();
    await lookForARound();
    const done = (await stores.tasks.listTasks({ status: 'done', limit: 100 })).items;
    expect(done).toMatchObject([{ taskId: resolved.taskId, attestedBy: 'ticket-webhook:jane' }]);
    expect(published).toEqual([]);
    // No more, once its task is done.
    expect(receiver.asked.filter((taskId) => taskId === resolved.taskId)).toHaveLength(1);
  });

  it('bring a pass over whose they are when the desk has none', async () => {
    const [lost] = await open(5);
    receiver.tickets.splice(0, 1);
    await lookForARound();
    expect(published).toEqual([{ identityId: lost?.identityId, version: 1, trigger: 'tickets:1' }]);
  });

  it('neither attest nor wake when their task was closed since it was listed', async () => {
    const tasks = await open(2);
    await lookForARound({
      listTasks: async () => {
        await stores.tasks.supersedeTasks({
          tasks: (await stores.tasks.listTasks({ status: 'open', limit: 9 })).items,
          audit: [],
        });
        receiver.tickets.splice(1, 1);
        Object.assign(ticketOf(tasks[0] as TaskRecord), { status: 'resolved', resolvedBy: 'jane' });
        return { items: tasks };
      },
    });
    expect((await stores.tasks.listTasks({ status: 'done', limit: 9 })).items).toEqual([]);
    expect(published).toEqual([]);
    expect(receiver.asked.length).toBeGreaterThan(1);
  });

  it.each(['left-the-model', 'chat'])('are not asked about where their application is %s', async (applicationId) => {
    await open(5, { applicationId });
    await lookForARound();
    expect([receiver.asked, published, unread]).toEqual([[], [], []]);
  });

  it.each([401, 500])(
    'of a desk that answers %i are left in peace until the next turn, and keep no other desk from its own',
    { timeout: 60_000 },
    async (status) => {
      const failing = await startStubServer(() => ({ status }));
      failingUrl = failing.url;
      try {
        await open(100);
        const ofFailing = await open(300, { applicationId: 'failing' });
        const first = nowMs;
        await look();
        const asked = () => new Set(failing.requests.map(({ path }) => path)).size;
        expect(asked()).toBe(5);
        expect(receiver.asked.length).toBeGreaterThan(3);
        // The next round begins elsewhere: what fails for itself is in nobody's way.
        nowMs = first + TICKET_POLL_MS;
        await look();
        expect(asked()).toBe(10);
        expect(unread).toHaveLength(2);
        expect(unread[0]).toBeGreaterThan(5);
        expect(unread[0]).toBeLessThan(ofFailing.length / 5);
      } finally {
        await failing.stop();
      }
    },
  );

  it('of a desk that has no secret yet keep no other from its own', async () => {
    const working = await open(30);
    await open(30, { applicationId: 'without-secret' });
    await lookForARound();
    expect(receiver.asked).toHaveLength(working.length);
    expect(unread.reduce((sum, count) => sum + count, 0)).toBe(30);
  });

  it('of a slow desk are all asked about in a while, whichever are the most urgent', { timeout: 60_000 }, async () => {
    // 20 a turn, of which a run reaches four.
    const tasks = await open(300, { applicationId: 'slow' });
    let rounds = 0;
    while (new Set(receiver.asked).size < tasks.length && rounds < 40) {
      rounds += 1;
      await lookForARound();
    }
    expect(rounds).toBeLessThan(20);
    expect(unread.length).toBeGreaterThan(0);
  });
});

/** Open tasks of one identity, each with a ticket that is open. */
async function open(count: number, { applicationId = 'badge' } = {}): Promise<readonly TaskRecord[]> {
  const identityId = `E-${applicationId}`;
  await know(stores, identityId);
  const tasks = Array.from({ length: count }, (_, index) => {
    const taskId = `${identityId}~${applicationId}~${index.toString(16).padStart(12, '0')}`;
    return taskOf(identityId, '0', { taskId, applicationId, dueMs: NOW_MS + index });
  });
  for (const task of tasks) {
    await stores.tasks.openTask({ task, supersedes: [], audit: [] });
    receiver.tickets.push({ ticketId: task.taskId, taskId: task.taskId, text: '', status: 'open' });
  }
  return tasks;
}

function ticketOf({ taskId }: TaskRecord) {
  const ticket = receiver.tickets.find((one) => one.taskId === taskId);
  if (ticket === undefined) throw new Error(`there is no ticket of ${taskId}`);
  return ticket;
}

/** @returns how many tickets each turn of it asked about */
async function lookForARound(changes: Partial<TicketDependencies['tasks']> = {}): Promise<readonly number[]> {
  const perTurn: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const before = receiver.asked.length;
    await look(changes);
    perTurn.push(receiver.asked.length - before);
  }
  return perTurn;
}

/** One turn; then it is time for the next. */
async function look(changes: Partial<TicketDependencies['tasks']> = {}): Promise<void> {
  const startedMs = nowMs;
  await lookAtTickets(dependencies(changes), { mode: 'look-at-tickets', connectorFunction: 'ticket-webhook' });
  nowMs = startedMs + TICKET_TURN_MS;
}

function dependencies(changes: Partial<TicketDependencies['tasks']>): TicketDependencies {
  return {
    ...stores,
    tasks: { ...stores.tasks, ...changes },
    clock: () => nowMs,
    newId: () => 'id',
    model: () => MODEL,
    connect: async ({ id }) => {
      if (id === 'without-secret') throw new Error('there is no such secret');
      const desk = await openDesk(id === 'failing' ? failingUrl : receiver.url);
      return { kind: 'manual', task: TASK, desk: id === 'slow' ? slowly(desk) : desk };
    },
    bus: { publish: async (_stage, event) => void published.push(event) },
    publishUnreadTickets: (count) => void unread.push(count),
  };
}

function slowly(desk: ServiceDesk): ServiceDesk {
  return {
    findTicket: async (taskId) => {
      nowMs += SLOW_MS;
      return desk.findTicket(taskId);
    },
    openTicket: (request) => desk.openTicket(request),
    reopenTicket: (request, attempt) => desk.reopenTicket(request, attempt),
    closeTicket: (taskId) => desk.closeTicket(taskId),
  };
}

const TASK = { assignee: 'it', instructions: 'by hand', dueHours: 24 };

async function openDesk(url: string): Promise<ServiceDesk> {
  const settings = ticketWebhook.settings.parse({ assignee: 'it@acme.example', instructions: 'by hand', url });
  const secret = { signingSecret: SIGNING_SECRET, token: TOKEN };
  const desk = await ticketWebhook.openServiceDesk?.({
    applicationId: 'badge',
    settings,
    secret,
    callTimeoutMs: 5_000,
  });
  if (desk === undefined) throw new Error('there is no service desk');
  return desk;
}

const MODEL: AccessModel = {
  hash: 'tickets',
  applications: ['badge', 'failing', 'slow', 'without-secret', 'chat'].map((id) => ({
    id,
    name: id,
    connector: id === 'chat' ? 'scim' : 'ticket-webhook',
    owner: 'it',
    settings: {},
    entitlements: [],
    rateLimit: { callsPerSecond: 20, concurrentCalls: id === 'slow' || id === 'failing' ? 1 : 10 },
  })),
  profiles: [],
};
