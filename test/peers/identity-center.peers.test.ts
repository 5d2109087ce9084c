// Identity Center with permission sets, on moto. What moto cannot show: that AWS evaluates the deny for live sessions.
import { CreateGroupCommand, IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { SSOAdmin } from '@aws-sdk/client-sso-admin';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/connector.ts';
import { identityCenter } from '../../lambdas/connectors/identity-center.ts';
import { withDeny } from '../../lambdas/connectors/permission-sets.ts';
import { PermanentError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startMoto } from '../support/moto.ts';

const IdentityStoreId = 'd-1234567890';
const HOUR_MS = 3_600_000;

const saved = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-of-the-role' });
});
afterAll(() => {
  process.env = saved;
});

async function startIdentityCenter() {
  const moto = await startMoto();
  const operations: string[] = [];
  const proxy = await startFaultProxy(moto.url, ({ headers }) => {
    operations.push(String(headers['x-amz-target']).split('.')[1] ?? '');
    return `/${operations.at(-1)}`;
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const direct = { region: 'us-east-1', endpoint: moto.url, credentials };
  const admin = new SSOAdmin(direct);
  const store = new IdentitystoreClient(direct);
  const { Instances } = await admin.listInstances({});
  const instanceArn = Instances?.[0]?.InstanceArn ?? '';
  const connect = (settings: object = {}, callTimeoutMs = 10_000) => {
    process.env['AWS_ENDPOINT_URL_IDENTITYSTORE'] = proxy.url;
    process.env['AWS_ENDPOINT_URL_SSO_ADMIN'] = proxy.url;
    const own = { identityStoreId: IdentityStoreId, region: 'us-east-1', instanceArn, endsSessions: true };
    return identityCenter.connect({
      applicationId: 'aws',
      settings: identityCenter.settings.parse({ ...own, ...settings }),
      secret: undefined,
      callTimeoutMs,
    });
  };
  return {
    proxy,
    operations,
    admin,
    store,
    instanceArn,
    connect,
    stop: async () => {
      await proxy.stop();
      await moto.stop();
    },
  };
}

const harness: Harness = {
  findsByIdentity: false,
  start: async (groups) => {
    const center = await startIdentityCenter();
    for (const DisplayName of groups) await center.store.send(new CreateGroupCommand({ IdentityStoreId, DisplayName }));
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) => {
        // moto accepts any credentials, so AWS's refusal is put in front of it.
        const body = { __type: 'AccessDeniedException', Message: 'User: arn:aws:iam::1:role/x is not authorized' };
        if (wrongCredentials) center.proxy.faults.add({ kind: 'status', status: 400, body });
        return center.connect(smallPages ? { pageSize: 2 } : {}, callTimeoutMs);
      },
      addFault: async (fault) => center.proxy.faults.add(fault),
      clearFaults: async () => center.proxy.faults.clear(),
      createCall: { pathPrefix: '/CreateUser' },
      secrets: ['secret-of-the-role'],
      stop: center.stop,
    };
  },
};

describeContract('identity-center with permission sets', harness);

describe('identity-center with permission sets', () => {
  let center: Awaited<ReturnType<typeof startIdentityCenter>>;
  let target: Target;
  let arns: readonly [string, string];
  let counter = 0;
  beforeAll(async () => {
    center = await startIdentityCenter();
    const newPermissionSet = async (Name: string) => {
      const { PermissionSet } = await center.admin.createPermissionSet({ Name, InstanceArn: center.instanceArn });
      return PermissionSet?.PermissionSetArn ?? '';
    };
    arns = [await newPermissionSet('ReadOnly'), await newPermissionSet('Administrator')];
    target = await center.connect();
  });
  beforeEach(() => {
    center.operations.length = 0;
  });
  afterAll(() => center?.stop());

  async function newAccount() {
    counter += 1;
    const userName = `ada-${counter}@example.com`;
    const profile = { identityId: `E${counter}`, kind: 'employee', userName, displayName: 'Ada' } as const;
    const account = await target.createAccount(profile);
    return { profile, account, find: () => target.findAccount(profile) };
  }

  const policyOf = async (PermissionSetArn: string) =>
    (await center.admin.getInlinePolicyForPermissionSet({ InstanceArn: center.instanceArn, PermissionSetArn }))
      .InlinePolicy ?? '';
  /** moto tells here what the roles in the accounts have by now (local/targets/moto_sso_admin.py). */
  const provisionedOf = async (PermissionSetArn: string) =>
    (await center.admin.describePermissionSet({ InstanceArn: center.instanceArn, PermissionSetArn })).PermissionSet
      ?.RelayState;

  it('assigns a permission set on an account, waits until it is so, and takes it away; as often as asked', async () => {
    const { account, find } = await newAccount();
    for (let round = 0; round < 2; round += 1) await target.grant(account, 'ReadOnly@111111111111');
    await target.grant(account, 'Administrator@111111111111');
    await target.grant(account, 'ReadOnly@222222222222');
    const all = ['Administrator@111111111111', 'ReadOnly@111111111111', 'ReadOnly@222222222222'];
    expect((await find())?.grants).toEqual(all);
    const paging = await center.connect({ pageSize: 1 });
    expect((await paging.findAccount({ identityId: `E${counter}`, userName: account.userName }))?.grants).toEqual(all);
    for (let round = 0; round < 2; round += 1) await target.revoke(account, 'ReadOnly@111111111111');
    expect((await find())?.grants).toEqual(['Administrator@111111111111', 'ReadOnly@222222222222']);
  });

  it('refuses a permission set that is not there, naming it; revoking it is success', async () => {
    const { account } = await newAccount();
    const refusal = target.grant(account, 'Nothing@111111111111');
    await expect(refusal).rejects.toBeInstanceOf(PermanentError);
    await expect(refusal).rejects.toThrow('"Nothing"');
    await target.revoke(account, 'Nothing@111111111111');
  });

  it('tells nothing of an assignment that a group brings', async () => {
    const { account, find } = await newAccount();
    await center.admin.createAccountAssignment({
      InstanceArn: center.instanceArn,
      PermissionSetArn: arns[0],
      PrincipalType: 'GROUP',
      PrincipalId: account.accountId,
      TargetId: '333333333333',
      TargetType: 'AWS_ACCOUNT',
    });
    expect((await find())?.grants).toEqual([]);
  });

  it('deletes the user only after the assignments, and after the deny is in force in every permission set', async () => {
    const { account } = await newAccount();
    await target.grant(account, 'ReadOnly@111111111111');
    const foreign = { Sid: 'Mine', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
    const InlinePolicy = JSON.stringify({ Version: '2012-10-17', Statement: foreign });
    await center.admin.putInlinePolicyToPermissionSet({
      InstanceArn: center.instanceArn,
      PermissionSetArn: arns[1],
      InlinePolicy,
    });
    await target.deleteAccount?.(account);
    const order = ['DeleteAccountAssignment', 'PutInlinePolicyToPermissionSet', 'ProvisionPermissionSet', 'DeleteUser'];
    const places = order.map((operation) => center.operations.lastIndexOf(operation));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(-1);
    for (const arn of arns) {
      const policy = await policyOf(arn);
      expect(await provisionedOf(arn)).toBe(policy);
      const denies = (JSON.parse(policy) as { Statement: { Effect: string }[] }).Statement.filter(
        ({ Effect }) => Effect === 'Deny',
      );
      expect(JSON.stringify(denies)).toContain(account.accountId);
    }
    expect(JSON.parse(await policyOf(arns[1])).Statement[0]).toEqual(foreign);
  });

  it('does not promise to end sessions where the settings do not ask for it, nor without an instance', async () => {
    expect((await center.connect({ endsSessions: false })).endSessions).toBeUndefined();
    const settings = { identityStoreId: IdentityStoreId, endsSessions: true };
    expect(() => identityCenter.settings.parse(settings)).toThrow('instanceArn');
  });

  it('asks for no more permissions than its settings need, in any partition', () => {
    const actionsOf = (settings: object) =>
      (
        identityCenter.permissions?.(
          identityCenter.settings.parse({ identityStoreId: IdentityStoreId, ...settings }),
        ) ?? []
      )
        .flatMap(({ actions }) => actions)
        .filter((action) => action.startsWith('sso:'));
    const instanceArn = 'arn:aws-cn:sso:::instance/ssoins-1234567890abcdef';
    expect(actionsOf({})).toEqual([]);
    expect(actionsOf({ instanceArn })).not.toContain('sso:PutInlinePolicyToPermissionSet');
    expect(actionsOf({ instanceArn, endsSessions: true })).toContain('sso:PutInlinePolicyToPermissionSet');
  });
});

describe('the deny for a user’s sessions', () => {
  const nowMs = Date.UTC(2026, 10, 23, 12, 30);
  const statementsOf = (policy: string) => JSON.parse(policy).Statement as { Sid?: string; Condition?: unknown }[];

  it('lasts for the longest session that a cached sign-in may still open, and then ends by itself', () => {
    const [deny] = statementsOf(withDeny('', 'u1', nowMs));
    expect(deny).toEqual({
      Sid: expect.any(String),
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: {
        StringEquals: { 'identitystore:UserId': ['u1'] },
        DateLessThan: { 'aws:CurrentTime': '2026-11-24T02:00:00.000Z' },
      },
    });
  });

  it('changes nothing when it is there, and joins those of the same hour', () => {
    const once = withDeny('', 'u1', nowMs);
    expect(withDeny(once, 'u1', nowMs)).toBe(once);
    const both = statementsOf(withDeny(once, 'u2', nowMs));
    expect(both).toHaveLength(1);
    expect(JSON.stringify(both)).toContain('["u1","u2"]');
  });

  it('clears away those that have ended, and keeps those that have not', () => {
    const first = withDeny('', 'u1', nowMs);
    const second = withDeny(first, 'u2', nowMs + 5 * HOUR_MS);
    expect(statementsOf(second)).toHaveLength(2);
    const third = withDeny(second, 'u3', nowMs + 14 * HOUR_MS);
    expect(third).not.toContain('u1');
    expect(third).toContain('u2');
  });

  it('leaves the statements of others as they are, and refuses what is no policy', () => {
    const foreign = { Sid: 'Mine', Effect: 'Deny', NotAction: 'iam:*', Resource: '*' };
    const policy = JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement: [foreign] });
    expect(statementsOf(withDeny(policy, 'u1', nowMs))[0]).toEqual(foreign);
    expect(() => withDeny('not JSON', 'u1', nowMs)).toThrow(PermanentError);
  });
});
