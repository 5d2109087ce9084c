// SCIMMY, the local cloud's SCIM server, as the contract drives it.
import { scim } from '../../lambdas/connectors/scim/scim.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startScimServer } from '../support/scim-server.ts';
import type { Harness } from './contract.ts';

const CALL_TIMEOUT_MS = 10_000;

interface ListedGroups {
  readonly Resources: readonly { readonly id: string }[];
}

export const scimmyHarness: Harness = {
  findsByIdentity: true,
  start: async (groups) => {
    const token = 'token-of-the-crm';
    const server = await startScimServer({ crm: { token, groups: [...groups] }, other: { token: 'token-of-another' } });
    const { origin, pathname } = new URL(server.baseUrls['crm'] ?? '');
    const proxy = await startFaultProxy(origin);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        scim.connect({
          applicationId: 'crm',
          settings: scim.settings.parse({ baseUrl: `${proxy.url}${pathname}`, ...(smallPages ? { pageSize: 2 } : {}) }),
          // Of another application of the same server: also shows that tokens are kept apart.
          secret: { token: wrongCredentials ? 'token-of-another' : token },
          callTimeoutMs,
        }),
      addFault: (fault) => server.addFault('crm', fault),
      clearFaults: () => server.clearFaults('crm'),
      distort: proxy.distort,
      renameGroup: async (from, to) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
        const groups = `${origin}${pathname}/Groups`;
        const filter = encodeURIComponent(`displayName eq "${from}"`);
        const found = (await (await fetch(`${groups}?filter=${filter}`, { headers })).json()) as ListedGroups;
        const body = JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path: 'displayName', value: to }],
        });
        const changed = await fetch(`${groups}/${found.Resources[0]?.id}`, { method: 'PATCH', headers, body });
        if (!changed.ok) throw new Error(`renaming a group was answered ${changed.status}`);
      },
      createCall: { method: 'POST', pathPrefix: '/Users' },
      secrets: [token, 'token-of-another'],
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};
