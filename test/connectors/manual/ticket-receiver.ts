// A receiver of ticket-webhook.ts that verifies with the specification's own library, keeps its tickets, and answers how
// they stand.
import { createServer, type IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';

export const SIGNING_SECRET = `whsec_${Buffer.from('a signing secret of 32 bytes ....').toString('base64')}`;
export const TOKEN = 'token-of-the-service-desk';

export interface StoredTicket {
  readonly ticketId: string;
  readonly taskId: string;
  readonly text: string;
  status: 'open' | 'resolved' | 'closed';
  resolvedBy?: string;
}
interface Message {
  readonly type: string;
  readonly data: { readonly taskId: string };
}

export async function startReceiver() {
  const tickets: StoredTicket[] = [];
  const handled = new Set<string>();
  const asked: string[] = [];
  const receive = (message: Message, id: string, text: string) => {
    if (handled.has(id)) return;
    handled.add(id);
    const { taskId } = message.data;
    if (message.type === 'ticket.open') tickets.push({ ticketId: `T-${tickets.length}`, taskId, text, status: 'open' });
    const ticket = tickets.findLast((each) => each.taskId === taskId);
    if (message.type === 'ticket.close' && ticket !== undefined) ticket.status = 'closed';
  };
  const answer = async (request: IncomingMessage): Promise<[number, object?]> => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return [401];
    if (request.method === 'GET') {
      const taskId = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
      asked.push(taskId);
      const ticket = tickets.findLast((each) => each.taskId === taskId);
      if (ticket === undefined) return [404];
      const { ticketId, status, resolvedBy = null } = ticket;
      return [200, { ticketId, status, resolvedBy }];
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    try {
      const message = new Webhook(SIGNING_SECRET).verify(text, request.headers as Record<string, string>) as Message;
      receive(message, String(request.headers['webhook-id']), text);
      return [204];
    } catch {
      return [403];
    }
  };
  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${address.port}`, tickets, asked, stop };
}
