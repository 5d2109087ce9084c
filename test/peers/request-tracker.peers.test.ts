// Manual tasks as tickets of a real Request Tracker.
import { requestTracker } from '../../lambdas/connectors/manual/request-tracker.ts';
import { describeServiceDesk } from '../connectors/manual/service-desk-contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startRequestTracker } from './servers/request-tracker.ts';

describeServiceDesk('request-tracker', async () => {
  const server = await startRequestTracker();
  const proxy = await startFaultProxy(server.url);
  const wrongToken = '1-31-00000000000000000000000000000000';
  const setStatus = (id: string, Status: string) => server.work('PUT', `/ticket/${id}`, { Status });
  return {
    connect: async ({ wrongCredentials = false, callTimeoutMs = 20_000 } = {}) => {
      const task = { assignee: 'frontdesk@acme.example', instructions: 'Open the badge console.' };
      const desk = await requestTracker.openServiceDesk?.({
        applicationId: 'badge',
        settings: requestTracker.settings.parse({ ...task, baseUrl: proxy.url, queue: server.queue }),
        secret: { token: wrongCredentials ? wrongToken : server.token },
        callTimeoutMs,
      });
      if (desk === undefined) throw new Error('there is no service desk');
      return desk;
    },
    resolve: async (id) => {
      await setStatus(id, 'resolved');
      return 'jane';
    },
    reject: async (id) => {
      await setStatus(id, 'rejected');
    },
    countTickets: async (taskId) => {
      const query = encodeURIComponent(`Subject = 'Tenure task ${taskId}'`);
      return ((await server.work('GET', `/tickets?query=${query}`)) as { count: number }).count;
    },
    readText: async (id) => {
      const history = (await server.work('GET', `/ticket/${id}/attachments?fields=Content`)) as {
        items: { Content?: string }[];
      };
      return history.items.map(({ Content = '' }) => Content).join('\n');
    },
    addFault: (fault) => proxy.faults.add(fault),
    clearFaults: () => proxy.faults.clear(),
    secrets: [server.token, wrongToken],
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
});
