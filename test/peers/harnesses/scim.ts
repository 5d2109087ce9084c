// scim2-server as the contract drives it.
import { scim } from '../../../lambdas/connectors/scim/scim.ts';
import type { Harness } from '../../connectors/contract.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { type Scim2Server, startScim2Server } from '../servers/scim2.ts';

export const CALL_TIMEOUT_MS = 10_000;

export const scim2Harness: Harness = {
  findsByIdentity: true,
  start: async (groups) => {
    const server = await startScim2Server(groups);
    const proxy = await startFaultProxy(new URL(server.baseUrl).origin);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        scim.connect({
          applicationId: 'crm',
          settings: scim.settings.parse({ baseUrl: `${proxy.url}/v2`, ...(smallPages ? { pageSize: 2 } : {}) }),
          secret: { token: wrongCredentials ? 'token-of-nobody' : server.token },
          callTimeoutMs,
        }),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { method: 'POST', pathPrefix: '/v2/Users' },
      secrets: [server.token, 'token-of-nobody'],
      countLeftovers: async (accountId) => (await groupsListing(server, accountId)).length,
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};

async function groupsListing(server: Scim2Server, accountId: string): Promise<readonly unknown[]> {
  const filter = encodeURIComponent(`members.value eq "${accountId}"`);
  const page = (await server.call('GET', `/Groups?filter=${filter}`)) as { Resources?: readonly unknown[] };
  return page.Resources ?? [];
}
