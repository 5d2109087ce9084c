// Looks at the tickets of open tasks, since no service desk tells when one is resolved. A resolved one is attested here,
// and the fact does the rest; one that is not there brings a pass over its identity, which alone opens tickets; one that was
// turned down is opened again, since what it asks for is to be done still. Whatever is open costs one question to the desk
// and nothing else.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { ServiceDesk } from '../../connectors/contract/connector.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../core/access-model/connector-function.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { DEFAULT_RATE_LIMIT } from '../../core/systems/rate-limit.ts';
import type { EventBus } from '../../stores/event-bus.ts';
import type { PublishUnreadTickets } from '../../stores/ticket-metrics.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { TICKET_POLL_MS, TICKET_TURN_MS } from '../shared/timing.ts';
import type { Connect } from './connect-application.ts';
import { attestResolved, ticketOf } from './mirror-tickets.ts';

/** 10,000 open tasks: of more than that, the least urgent have no turn until others are done. */
const PAGE_SIZE = 100;
const MAXIMUM_PAGES = 100;
const APPLICATIONS_AT_ONCE = 20;
/** After this a run begins with no further ticket: what is left of the function's time takes the longest question. */
const RUN_MS = 20_000;
/** A desk that failed so often in a row is left in peace until the next turn. */
const FAILURES_IN_A_ROW = 5;
/** Of one ticket: after that a person has to settle it with the desk, and is told once the task is overdue. */
export const MAXIMUM_REOPENINGS = 5;
/** Multiples of it, without their whole part, leave no part of a list out for long, however few of it are reached. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

const logger = new Logger({ serviceName: 'tenure' });

export const ticketsInputSchema = z.strictObject({
  mode: z.literal('look-at-tickets'),
  /** Whose applications: connectorFunctionOf of core/access-model. */
  connectorFunction: z.string(),
});

export interface TicketDependencies extends Dependencies {
  readonly connect: Connect;
  readonly bus: EventBus;
  readonly publishUnreadTickets: PublishUnreadTickets;
}

export interface TicketsLookedAt {
  readonly looked: number;
  /** Had their turn, and could not be read. */
  readonly unread: number;
}

/** What a run has of one application's tasks. */
interface Turn {
  readonly application: Application;
  readonly tasks: readonly TaskRecord[];
  readonly startedMs: number;
}

export async function lookAtTickets(
  dependencies: TicketDependencies,
  { connectorFunction }: z.infer<typeof ticketsInputSchema>,
): Promise<TicketsLookedAt> {
  const { clock, model, publishUnreadTickets } = dependencies;
  const startedMs = clock();
  const own = model().applications.filter((application) => connectorFunctionOf(application) === connectorFunction);
  const tasks = await listTasksOfTurn(dependencies, new Set(own.map(({ id }) => id)), startedMs);
  const turns = own
    .map((application) => ({ application, tasks: tasks.filter((task) => task.applicationId === application.id) }))
    .filter((turn) => turn.tasks.length > 0);
  const unread = await mapBounded(turns, APPLICATIONS_AT_ONCE, (turn) =>
    lookInApplication(dependencies, { ...turn, startedMs }),
  );
  const sum = unread.reduce((total, count) => total + count, 0);
  if (sum > 0) publishUnreadTickets(sum);
  return { looked: tasks.length - sum, unread: sum };
}

/** Those whose turn it is, each once, in another order each time: where not all are reached, none is always the last. */
async function listTasksOfTurn(
  { tasks }: TicketDependencies,
  applicationIds: ReadonlySet<string>,
  startedMs: number,
): Promise<readonly TaskRecord[]> {
  const found = new Map<string, TaskRecord>();
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await tasks.listTasks({ status: 'open', limit: PAGE_SIZE, after });
    for (const task of items) {
      if (applicationIds.has(task.applicationId) && hasTurn(task, startedMs)) found.set(task.taskId, task);
    }
    after = next;
    if (after === undefined) break;
  }
  if (after !== undefined)
    logger.warn('more tasks are open than are looked through', { read: PAGE_SIZE * MAXIMUM_PAGES });
  const listed = [...found.values()];
  const round = Math.floor(startedMs / TICKET_POLL_MS);
  const first = Math.floor(((round * GOLDEN_RATIO) % 1) * listed.length);
  return [...listed.slice(first), ...listed.slice(0, first)];
}

/** The same task always has the same turn among those of a round. */
function hasTurn({ taskId }: TaskRecord, nowMs: number): boolean {
  const turns = TICKET_POLL_MS / TICKET_TURN_MS;
  return Number.parseInt(sha256Hex(taskId).slice(0, 8), 16) % turns === Math.floor(nowMs / TICKET_TURN_MS) % turns;
}

/** @returns how many could not be read; what goes wrong in one application keeps no other from its turn */
async function lookInApplication(dependencies: TicketDependencies, turn: Turn): Promise<number> {
  const { application, tasks, startedMs } = turn;
  const { clock, connect } = dependencies;
  const { concurrentCalls } = application.rateLimit ?? DEFAULT_RATE_LIMIT;
  let inARow = 0;
  let unread = 0;
  try {
    const connected = await connect(application, 'list');
    const desk = connected.kind === 'manual' ? connected.desk : undefined;
    if (desk === undefined) return 0;
    await mapBounded(tasks, concurrentCalls, async (task) => {
      try {
        if (inARow >= FAILURES_IN_A_ROW || clock() - startedMs >= RUN_MS) unread += 1;
        else await lookAtTicket(dependencies, { application, task, desk });
        if (inARow < FAILURES_IN_A_ROW) inARow = 0;
      } catch (error) {
        inARow += 1;
        unread += 1;
        logFailure(error, { applicationId: application.id, taskId: task.taskId });
      }
    });
    return unread;
  } catch (error) {
    logFailure(error, { applicationId: application.id });
    return tasks.length;
  }
}

interface Look {
  readonly application: Application;
  readonly task: TaskRecord;
  readonly desk: ServiceDesk;
}

async function lookAtTicket(dependencies: TicketDependencies, { application, task, desk }: Look): Promise<void> {
  const { taskId, identityId } = task;
  const ticket = await desk.findTicket(taskId);
  if (ticket?.status === 'open') return;
  // The list lags behind: the task may have been done, or superseded, a moment ago.
  const loaded = await findIdentity(dependencies, identityId);
  const open = loaded?.record.tasks.find((one) => one.taskId === taskId && one.status === 'open');
  if (loaded === undefined || open === undefined) return;
  if (ticket !== undefined) {
    const isResolved = ticket.status === 'resolved';
    const said = isResolved ? await attestResolved(dependencies, { ...loaded, application }, open, ticket) : 'refused';
    if (said === 'refused') await reopen(dependencies, { application, task: open, desk });
    return;
  }
  const { version } = loaded.record.header;
  await dependencies.bus.publish('unchanged', { identityId, version, trigger: `tickets:${version}` });
}

/** On record before it is done: nothing is asked of people that is not. */
async function reopen({ tasks, clock }: TicketDependencies, { application, task, desk }: Look): Promise<void> {
  const { taskId, identityId, applicationId, openedMs, reopened = 0 } = task;
  if (reopened >= MAXIMUM_REOPENINGS) return;
  const attempt = reopened + 1;
  const entry: AuditEntry = {
    identityId,
    entryId: `ticket-reopened:${taskId}:${openedMs}:${attempt}`,
    at: toIso(clock()),
    actor: { type: 'tenure', id: `connector:${application.connector}` },
    event: { type: 'ticket-reopened', taskId, applicationId, attempt },
  };
  const saved = await tasks.saveTask({ task: { ...task, reopened: attempt }, audit: [entry] });
  if (saved) await desk.reopenTicket(ticketOf(task, application), attempt);
}

function logFailure(error: unknown, which: { readonly applicationId: string; readonly taskId?: string }): void {
  const { name, message } = error instanceof Error ? error : new Error('not an error');
  logger.error('a ticket could not be looked at', { ...which, error: { name, message } });
}
