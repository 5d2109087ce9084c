// Manual work in Request Tracker (REST 2): each task is a ticket of one queue, known by its subject. Resolving it attests
// the task in the name of whoever did; a ticket that Tenure no longer needs is rejected.
import * as z from 'zod';
import { PermanentError } from '../../core/errors.ts';
import { answerParser } from '../../outbound/answer-parser.ts';
import { HttpClient } from '../../outbound/http-client.ts';
import { webAddressSchema } from '../../outbound/web-address.ts';
import type { Connection, ManualConnector, ServiceDesk, Ticket, TicketRequest } from '../contract/connector.ts';
import { manualTaskShape } from '../contract/manual-task.ts';

const parse = answerParser('Request Tracker', 'REST 2');

/** Transactions of one ticket that are looked through for who resolved it, the newest first. */
const MAX_TRANSACTIONS = 100;

const settingsSchema = z.strictObject({
  ...manualTaskShape,
  /** Of Request Tracker itself: without `/REST/2.0`. */
  baseUrl: webAddressSchema,
  /** The queue's name; tickets are created in it. */
  queue: z.string().trim().min(1).max(200),
});
const secretSchema = z.strictObject({
  /** An authentication token, from "Logged in as ... > Settings > Auth Tokens". */
  token: z
    .string()
    .max(200)
    .regex(/^\d+(-\d+)*-[0-9a-f]+$/, 'expected a Request Tracker authentication token'),
});
export type RequestTrackerSettings = z.infer<typeof settingsSchema>;
export type RequestTrackerSecret = z.infer<typeof secretSchema>;

export const requestTracker: ManualConnector<RequestTrackerSettings, RequestTrackerSecret> = {
  kind: 'manual',
  type: 'request-tracker',
  title: 'Manual work in Request Tracker: each task is a ticket',
  testedAgainst: 'Request Tracker 5.0.3',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'A privileged user of its own, with the rights SeeQueue, ShowTicket, CreateTicket and ModifyTicket on the one queue',
    'The right ManageAuthTokens while its token is made, and not after',
  ],
  limits: [
    'A resolved ticket attests its task: whoever may resolve tickets in the queue may attest',
    'It is looked at every 15 minutes, and not told',
  ],
  describeTask: ({ assignee, instructions, dueHours, privilegedRemovalHours }) => ({
    assignee,
    instructions,
    dueHours,
    privilegedRemovalHours,
  }),
  openServiceDesk: (connection) => new RequestTrackerDesk(connection),
};

const idSchema = z.union([z.int().positive(), z.string().regex(/^\d+$/)]).transform(String);
const foundSchema = z.object({
  items: z.array(z.object({ id: idSchema, Subject: z.string(), Status: z.string() })),
});
const historySchema = z.object({
  items: z.array(
    z.object({
      Type: z.string().nullish(),
      NewValue: z.string().nullish(),
      Creator: z.object({ id: z.string() }).nullish(),
    }),
  ),
});

class RequestTrackerDesk implements ServiceDesk {
  readonly #client: HttpClient;
  readonly #queue: string;

  constructor({ settings, secret, callTimeoutMs }: Connection<RequestTrackerSettings, RequestTrackerSecret>) {
    this.#queue = settings.queue;
    this.#client = new HttpClient({
      system: 'Request Tracker',
      baseUrl: `${settings.baseUrl}/REST/2.0`,
      headers: { authorization: `token ${secret.token}` },
      callTimeoutMs,
    });
  }

  async findTicket(taskId: string): Promise<Ticket | undefined> {
    const found = await this.#find(taskId);
    if (found === undefined) return undefined;
    const { id: ticketId } = found;
    if (found.Status === 'resolved')
      return { ticketId, status: 'resolved', resolvedBy: await this.#whoResolved(ticketId) };
    return { ticketId, status: ['rejected', 'deleted'].includes(found.Status) ? 'closed' : 'open' };
  }

  /** Not sent again by itself: the next pass looks whether there is one by then. */
  async openTicket(request: TicketRequest): Promise<void> {
    if ((await this.#find(request.taskId)) !== undefined) return;
    const body = {
      Queue: this.#queue,
      Subject: subjectOf(request.taskId),
      Due: new Date(request.dueMs).toISOString().slice(0, 19).replace('T', ' '),
      ContentType: 'text/plain',
      Content: contentOf(request),
    };
    await this.#client.send({ method: 'POST', path: '/ticket', body });
  }

  async reopenTicket({ taskId }: TicketRequest): Promise<void> {
    const ticket = await this.findTicket(taskId);
    if (ticket === undefined || ticket.status === 'open') return;
    await this.#setStatus(ticket, 'open');
    if ((await this.findTicket(taskId))?.status !== 'open')
      throw new PermanentError('Request Tracker: the ticket could not be opened again: is ModifyTicket granted?');
  }

  async closeTicket(taskId: string): Promise<void> {
    const ticket = await this.findTicket(taskId);
    if (ticket?.status !== 'open') return;
    await this.#setStatus(ticket, 'rejected');
    if ((await this.findTicket(taskId))?.status === 'open')
      throw new PermanentError('Request Tracker: the ticket could not be rejected: is ModifyTicket granted?');
  }

  /** PUT answers 200 with a sentence also where it changed nothing: whoever calls this looks once more. */
  async #setStatus({ ticketId: id }: Ticket, Status: 'open' | 'rejected'): Promise<void> {
    await this.#client.send({ method: 'PUT', path: '/ticket/{id}', parameters: { id }, body: { Status } });
  }

  /** By the task's digest, which is hexadecimal and so needs no quoting; the oldest where somebody copied a subject. */
  async #find(taskId: string) {
    const digest = /[0-9a-f]+$/.exec(taskId)?.[0];
    if (digest === undefined) throw new PermanentError('Request Tracker: not the id of a task');
    const query = { query: `Subject LIKE '${digest}'`, fields: 'Subject,Status', orderby: 'id', per_page: 20 };
    const { items } = parse(foundSchema, await this.#client.send({ method: 'GET', path: '/tickets', query }));
    return items.find(({ Subject }) => Subject === subjectOf(taskId));
  }

  async #whoResolved(id: string): Promise<string | undefined> {
    const query = { fields: 'Type,NewValue,Creator', per_page: MAX_TRANSACTIONS, orderby: 'id', order: 'DESC' };
    const request = { method: 'GET', path: '/ticket/{id}/history', parameters: { id }, query } as const;
    const { items } = parse(historySchema, await this.#client.send(request));
    return items.find(({ Type, NewValue }) => Type === 'Status' && NewValue === 'resolved')?.Creator?.id;
  }
}

function subjectOf(taskId: string): string {
  return `Tenure task ${taskId}`;
}

function contentOf({ application, steps, assignee, instructions }: TicketRequest): string {
  const lines = [`Application: ${application}`, `For: ${assignee}`, '', ...steps.map((step) => `- ${step}`)];
  return [...lines, '', instructions, '', 'Resolve this ticket when all of it is done.'].join('\n');
}
