// Manual work in any service desk that takes a webhook: a ticket is opened and closed by a signed message (Standard
// Webhooks 1.0), and its state is read back. What the other side answers:
//
//   POST {url}                    the messages `ticket.open` and `ticket.close`; any 2xx. `webhook-id` stays the same
//                                 when a message is sent again, so that it is done once. One that was closed or
//                                 resolved, and whose task is to be done still, is opened again by another `ticket.open`
//                                 with `attempt` (1, 2, ...); the GET then answers for the newest.
//   GET  {url}/{task id}          {"ticketId": "4711", "status": "open" | "resolved" | "closed", "resolvedBy": "jane"},
//                                 or 404 when there is none. `resolvedBy` with `resolved` only.
import type { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { NotFoundError, PermanentError } from '../../core/errors.ts';
import { HttpClient } from '../../outbound/http-client.ts';
import { webAddressSchema } from '../../outbound/web-address.ts';
import type { Connection, ManualConnector, ServiceDesk, Ticket, TicketRequest } from '../contract/connector.ts';
import { manualTaskShape } from '../contract/manual-task.ts';

const settingsSchema = z.strictObject({
  ...manualTaskShape,
  /** Where messages are posted; `/{task id}` after it tells how a ticket stands. */
  url: webAddressSchema,
});
const secretSchema = z.strictObject({
  /** Standard Webhooks, "Signature scheme": 24 to 64 random bytes. */
  signingSecret: z
    .string()
    .max(200)
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'expected "whsec_" and 24 to 64 bytes in base64'),
  /** Sent with every request. */
  token: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9\-._~+/]+=*$/, 'expected a bearer token'),
});
export type TicketWebhookSettings = z.infer<typeof settingsSchema>;
export type TicketWebhookSecret = z.infer<typeof secretSchema>;

export const ticketWebhook: ManualConnector<TicketWebhookSettings, TicketWebhookSecret> = {
  kind: 'manual',
  type: 'ticket-webhook',
  title: 'Manual work in a service desk that takes signed webhooks: each task is a ticket',
  testedAgainst: "a receiver built on Standard Webhooks' own library",
  settings: settingsSchema,
  secret: secretSchema,
  privileges: ['A bearer token that may open, read and close the tickets of this one URL'],
  limits: [
    'A resolved ticket attests its task: whoever may resolve tickets there may attest',
    'It is looked at every 15 minutes, and not told',
  ],
  describeTask: ({ assignee, instructions, dueHours, privilegedRemovalHours }) => ({
    assignee,
    instructions,
    dueHours,
    privilegedRemovalHours,
  }),
  openServiceDesk: async (connection) => {
    const { Webhook: Signer } = await import('standardwebhooks');
    return new WebhookDesk(connection, new Signer(connection.secret.signingSecret));
  },
};

const ticketSchema = z.object({
  ticketId: z.string().min(1).max(200),
  status: z.enum(['open', 'resolved', 'closed']),
  resolvedBy: z.string().min(1).max(200).nullish(),
});

class WebhookDesk implements ServiceDesk {
  readonly #client: HttpClient;
  readonly #signer: Webhook;

  constructor(
    { settings, secret, callTimeoutMs }: Connection<TicketWebhookSettings, TicketWebhookSecret>,
    signer: Webhook,
  ) {
    const { url: baseUrl } = settings;
    this.#client = new HttpClient({ system: 'Service desk', baseUrl, bearerToken: secret.token, callTimeoutMs });
    this.#signer = signer;
  }

  async findTicket(taskId: string): Promise<Ticket | undefined> {
    try {
      const answer = await this.#client.send({ method: 'GET', path: '/{taskId}', parameters: { taskId } });
      const { data } = ticketSchema.safeParse(answer);
      if (data === undefined) throw new PermanentError('Service desk GET /{taskId}: the answer is not a ticket');
      return { ...data, resolvedBy: data.resolvedBy ?? undefined };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  async openTicket(request: TicketRequest): Promise<void> {
    if ((await this.findTicket(request.taskId)) === undefined) await this.#open(request);
  }

  async reopenTicket(request: TicketRequest, attempt: number): Promise<void> {
    const status = (await this.findTicket(request.taskId))?.status;
    if (status === 'closed' || status === 'resolved') await this.#open(request, attempt);
  }

  async #open({ taskId, dueMs, ...request }: TicketRequest, attempt?: number): Promise<void> {
    const body = { ...request, dueAt: new Date(dueMs).toISOString(), ...(attempt !== undefined && { attempt }) };
    await this.#post('open', attempt === undefined ? taskId : `${taskId}/${attempt}`, { taskId, ...body });
  }

  async closeTicket(taskId: string): Promise<void> {
    const ticket = await this.findTicket(taskId);
    if (ticket?.status === 'open') await this.#post('close', `${taskId}/${ticket.ticketId}`, { taskId });
  }

  async #post(action: 'open' | 'close', what: string, data: object): Promise<void> {
    const nowMs = Date.now();
    const body = { type: `ticket.${action}`, timestamp: new Date(nowMs).toISOString(), data };
    const id = `${action}/${what}`;
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(nowMs / 1000)),
      'webhook-signature': this.#signer.sign(id, new Date(nowMs), JSON.stringify(body)),
    };
    await this.#client.send({ method: 'POST', path: '', body, headers, idempotent: true });
  }
}
