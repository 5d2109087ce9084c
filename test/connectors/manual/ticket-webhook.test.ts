// Manual tasks as tickets of whoever takes Standard Webhooks.
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { ticketWebhook } from '../../../lambdas/connectors/manual/ticket-webhook.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { describeServiceDesk, type RunningDesk } from './service-desk-contract.ts';
import { SIGNING_SECRET, startReceiver, TOKEN } from './ticket-receiver.ts';

const WRONG_SECRET = `whsec_${Buffer.from('another secret of some 32 bytes .').toString('base64')}`;
const TASK = { assignee: 'frontdesk@acme.example', instructions: 'Open the badge console.' };

async function connect(url: string, secret: { signingSecret: string; token: string }, callTimeoutMs = 5_000) {
  const settings = ticketWebhook.settings.parse({ ...TASK, url: `${url}/tickets` });
  const desk = await ticketWebhook.openServiceDesk?.({ applicationId: 'badge', settings, secret, callTimeoutMs });
  if (desk === undefined) throw new Error('there is no service desk');
  return desk;
}

describeServiceDesk('ticket-webhook', async (): Promise<RunningDesk> => {
  const receiver = await startReceiver();
  const proxy = await startFaultProxy(receiver.url);
  const ticketOf = (id: string) => {
    const ticket = receiver.tickets.find(({ ticketId }) => ticketId === id);
    if (ticket === undefined) throw new Error(`there is no ticket ${id}`);
    return ticket;
  };
  return {
    connect: ({ wrongCredentials = false, callTimeoutMs } = {}) => {
      const token = wrongCredentials ? 'token-of-nobody' : TOKEN;
      return connect(proxy.url, { signingSecret: SIGNING_SECRET, token }, callTimeoutMs);
    },
    resolve: async (id) => {
      Object.assign(ticketOf(id), { status: 'resolved', resolvedBy: 'jane' });
      return 'jane';
    },
    reject: async (id) => {
      ticketOf(id).status = 'closed';
    },
    countTickets: async (taskId) => receiver.tickets.filter((ticket) => ticket.taskId === taskId).length,
    readText: async (id) =>
      Object.values(JSON.parse(ticketOf(id).text).data)
        .flat()
        .join('\n'),
    addFault: (fault) => proxy.faults.add(fault),
    clearFaults: () => proxy.faults.clear(),
    secrets: [TOKEN, SIGNING_SECRET, 'token-of-nobody'],
    stop: async () => {
      await proxy.stop();
      await receiver.stop();
    },
  };
});

it('signs what it sends: with another secret nothing is opened', async () => {
  const receiver = await startReceiver();
  try {
    const desk = await connect(receiver.url, { signingSecret: WRONG_SECRET, token: TOKEN });
    const request = { ...TASK, taskId: 'E1~badge~000000000001', application: 'Badge', steps: [], dueMs: 0 };
    await expect(desk.openTicket(request)).rejects.toThrow(/403/);
    expect(receiver.tickets).toEqual([]);
  } finally {
    await receiver.stop();
  }
});

it('looks before it opens: a receiver need not know a message that comes again', async () => {
  const posts: string[] = [];
  const receiver = createServer((request, response) => {
    if (request.method === 'POST') posts.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ticketId: '4711', status: 'open' }));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    const address = receiver.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const desk = await connect(`http://127.0.0.1:${port}`, { signingSecret: SIGNING_SECRET, token: TOKEN });
    await desk.openTicket({ ...TASK, taskId: 'E1~badge~000000000001', application: 'Badge', steps: [], dueMs: 0 });
    expect(posts).toEqual([]);
  } finally {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  }
});

it.each(['secret', 'whsec_c2hvcnQ=', 'whsec_'])('refuses %s as signing secret', (signingSecret) => {
  expect(ticketWebhook.secret?.safeParse({ signingSecret, token: TOKEN }).success).toBe(false);
});
