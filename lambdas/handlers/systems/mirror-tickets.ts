// Manual tasks as tickets of a service desk: what is resolved there is attested here, and no ticket outlives its task.
import type { ServiceDesk, Ticket, TicketRequest } from '../../connectors/contract/connector.ts';
import type { Step } from '../../core/access/difference.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { ConflictError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import type { ConvergenceCall } from './convergence-call.ts';
import { type StatingDependencies, stateDone } from './record-attestation.ts';

/** Whom a task is about, and where it is done. */
type Concerned = Pick<ConvergenceCall, 'application' | 'record' | 'state'>;

/** Records what was resolved since the last look. True when something was: the caller's record is then outdated. */
export async function attestResolvedTickets(
  dependencies: Dependencies,
  call: ConvergenceCall,
  open: readonly TaskRecord[],
  desk: ServiceDesk,
): Promise<boolean> {
  let anyAttested = false;
  for (const task of open) {
    const ticket = await desk.findTicket(task.taskId);
    if (ticket?.status === 'resolved' && (await attestResolved(dependencies, call, task, ticket)) === 'attested')
      anyAttested = true;
  }
  return anyAttested;
}

/** `waits`: for a second person, in whichever order. `refused`: it is nobody's word that counts. */
export type Resolved = 'attested' | 'waits' | 'refused';

/** What a resolved ticket says of its task; `attested` is recorded then, by this call or by another. */
export async function attestResolved(
  dependencies: StatingDependencies,
  concerned: Concerned,
  task: TaskRecord,
  ticket: Ticket,
): Promise<Resolved> {
  const by = attestingUser(ticket, concerned);
  if (by === undefined) return 'refused';
  const identityId = await identityCalled(dependencies, ticket.resolvedBy ?? '');
  if (identityId !== undefined && (await isSamePerson(dependencies, identityId, task.identityId))) return 'refused';
  try {
    const stated = { by, identityId, evidence: `ticket ${ticket.ticketId}` };
    return (await stateDone(dependencies, task, stated)).outcome === 'done' ? 'attested' : 'waits';
  } catch (error) {
    // Somebody attested it here in the same moment, which comes to the same; or the desk's word is not a second person's.
    if (!(error instanceof ConflictError)) throw error;
    const known = await dependencies.directory.load(task.identityId);
    const isDone = known?.tasks.some(({ taskId, status }) => taskId === task.taskId && status === 'done');
    return isDone ? 'attested' : 'waits';
  }
}

async function isSamePerson(dependencies: Pick<Dependencies, 'directory'>, one: string, other: string) {
  return (await personOf(dependencies, one)) === (await personOf(dependencies, other));
}

/** Whom a service desk calls by their id or address; undefined: it cannot be told who that is. */
async function identityCalled(
  { directory }: Pick<Dependencies, 'directory'>,
  name: string,
): Promise<string | undefined> {
  if (identityIdSchema.safeParse(name).success && (await directory.load(name)) !== undefined) return name;
  const [identityId, other] = await directory.findByEmail(name);
  return other === undefined ? identityId : undefined;
}

/** Named apart from Tenure's own operators. Nobody attests what concerns themselves, as far as the names tell. */
function attestingUser({ status, resolvedBy }: Ticket, { application, record, state }: Concerned) {
  if (status !== 'resolved' || resolvedBy === undefined) return undefined;
  const email = 'attributes' in state ? state.attributes.email : undefined;
  const own = [record.header.identityId, email].map((name) => name?.toLowerCase());
  return own.includes(resolvedBy.toLowerCase()) ? undefined : `${application.connector}:${resolvedBy}`;
}

/** Tickets of tasks that were attested here, past the service desk, since the account was last looked at. */
export async function closeAttestedTickets(
  { known, application }: ConvergenceCall,
  tasks: readonly TaskRecord[],
  desk: ServiceDesk,
): Promise<void> {
  for (const { taskId, status, attestedBy, attestedMs } of tasks) {
    const isNew = status === 'done' && (attestedMs ?? 0) >= (known?.readMs ?? 0);
    if (isNew && !attestedBy?.startsWith(`${application.connector}:`)) await desk.closeTicket(taskId);
  }
}

export function ticketOf(task: TaskRecord, { name: application }: Pick<Application, 'name'>): TicketRequest {
  const { taskId, assignee, instructions, dueMs } = task;
  return { taskId, application, steps: task.steps.map(describeStep), assignee, instructions, dueMs };
}

function describeStep(step: Step): string {
  return 'grant' in step ? `${step.action}: ${step.grant}` : step.action;
}
