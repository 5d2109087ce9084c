// Runs the one contract over every API connector of the registry.
import { readdirSync } from 'node:fs';
import {
  CreateGroupCommand,
  IdentitystoreClient,
  ListGroupMembershipsForMemberCommand,
} from '@aws-sdk/client-identitystore';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identityCenter } from '../../lambdas/connectors/aws/identity-center.ts';
import { CONNECTORS } from '../../lambdas/connectors/registry.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startMoto } from '../support/moto.ts';
import { describeContract, type Harness } from './contract.ts';
import { scimmyHarness } from './scimmy-harness.ts';

const CALL_TIMEOUT_MS = 10_000;

const IdentityStoreId = 'd-1234567890';

const identityCenterHarness: Harness = {
  findsByIdentity: false,
  start: async (groups) => {
    const moto = await startMoto();
    const operationOf = (target: unknown) => `/${String(target).split('.')[1]}`;
    const proxy = await startFaultProxy(moto.url, ({ headers }) => operationOf(headers['x-amz-target']));
    const direct = new IdentitystoreClient({ region: 'us-east-1', endpoint: moto.url });
    for (const DisplayName of groups) await direct.send(new CreateGroupCommand({ IdentityStoreId, DisplayName }));
    process.env['AWS_ENDPOINT_URL_IDENTITYSTORE'] = proxy.url;
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) => {
        // moto accepts any credentials, so AWS's refusal is put in front of it.
        const refusal = { __type: 'AccessDeniedException', Message: 'User: arn:aws:iam::1:role/x is not authorized' };
        if (wrongCredentials) proxy.faults.add({ kind: 'status', status: 400, body: refusal });
        const settings = {
          identityStoreId: IdentityStoreId,
          region: 'us-east-1',
          ...(smallPages ? { pageSize: 2 } : {}),
        };
        return identityCenter.connect({
          applicationId: 'aws',
          settings: identityCenter.settings.parse(settings),
          secret: undefined,
          callTimeoutMs,
        });
      },
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { pathPrefix: '/CreateUser' },
      secrets: ['secret-of-the-role'],
      countLeftovers: async (accountId) => {
        const command = new ListGroupMembershipsForMemberCommand({ IdentityStoreId, MemberId: { UserId: accountId } });
        return (await direct.send(command)).GroupMemberships?.length ?? 0;
      },
      stop: async () => {
        delete process.env['AWS_ENDPOINT_URL_IDENTITYSTORE'];
        await proxy.stop();
        await moto.stop();
      },
    };
  },
};

const HARNESSES: Readonly<Record<string, Harness>> = { scim: scimmyHarness, 'identity-center': identityCenterHarness };

const saved = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-of-the-role' });
});
afterAll(() => {
  process.env = saved;
});

const apiConnectors = CONNECTORS.filter((connector) => connector.kind === 'api').map((connector) => connector.type);

it('has a harness for every API connector of the registry, here or among the peers', () => {
  const peers = readdirSync('test/peers').flatMap((name) => /^(.*)\.peers\.test\.ts$/.exec(name)?.[1] ?? []);
  expect(apiConnectors.filter((type) => HARNESSES[type] === undefined && !peers.includes(type))).toEqual([]);
});

for (const type of apiConnectors) {
  const harness = HARNESSES[type];
  if (harness !== undefined) describeContract(type, harness);
}
