// Identity Center with permission sets, on moto. What moto cannot show: that AWS evaluates the deny for live sessions.
import { Identitystore } from '@aws-sdk/client-identitystore';
import { SSOAdmin } from '@aws-sdk/client-sso-admin';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { identityCenter } from '../../lambdas/connectors/aws/identity-center.ts';
import { withDeny } from '../../lambdas/connectors/aws/permission-sets.ts';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { newKey } from './harnesses/aws-iam.ts';
import { type AccessKeys, startMotoIam } from './servers/moto-iam.ts';

const IdentityStoreId = 'd-1234567890';
const HOUR_MS = 3_600_000;
const FULL = { identityStoreId: IdentityStoreId, region: 'us-east-1', endsSessions: true };
const PERMISSIONS =
  identityCenter.permissions?.(
    identityCenter.settings.parse({ ...FULL, instanceArn: 'arn:aws:sso:::instance/ssoins-1234567890abcdef' }),
  ) ?? [];

const saved = { ...process.env };
afterAll(() => {
  process.env = saved;
});

/** With IAM enforced: Tenure's own key may do what the connector asks for and no more. */
async function startIdentityCenter() {
  const moto = await startMotoIam(PERMISSIONS);
  const direct = { region: 'us-east-1', endpoint: moto.url, credentials: moto.administratorKeys };
  const admin = new SSOAdmin(direct);
  const store = new Identitystore(direct);
  const { Instances } = await admin.listInstances({});
  const InstanceArn = Instances?.[0]?.InstanceArn ?? '';
  const connect = (settings: object = {}, keys: AccessKeys = moto.tenureKeys, callTimeoutMs = 10_000) => {
    process.env['AWS_ENDPOINT_URL_IDENTITYSTORE'] = moto.proxy.url;
    process.env['AWS_ENDPOINT_URL_SSO_ADMIN'] = moto.proxy.url;
    process.env['AWS_ACCESS_KEY_ID'] = keys.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = keys.secretAccessKey;
    return identityCenter.connect({
      applicationId: 'aws',
      settings: identityCenter.settings.parse({ ...FULL, instanceArn: InstanceArn, ...settings }),
      secret: undefined,
      callTimeoutMs,
    });
  };
  let counter = 0;
  return {
    ...moto,
    admin,
    store,
    InstanceArn,
    connect,
    newPermissionSet: async (Name: string) => {
      const { PermissionSet } = await admin.createPermissionSet({ Name, InstanceArn });
      return PermissionSet?.PermissionSetArn ?? '';
    },
    newAccount: async (target: Target) => {
      counter += 1;
      const userName = `ada-${counter}@example.com`;
      const profile = { identityId: `E${counter}`, kind: 'employee', userName, displayName: 'Ada' } as const;
      const account = await target.createAccount(profile);
      return { profile, account, find: () => target.findAccount(profile) };
    },
    policyOf: async (PermissionSetArn: string) =>
      (await admin.getInlinePolicyForPermissionSet({ InstanceArn, PermissionSetArn })).InlinePolicy ?? '',
    /** moto tells here what the roles in the accounts have by now (local/targets/moto_sso_admin.py). */
    provisionedOf: async (PermissionSetArn: string) =>
      (await admin.describePermissionSet({ InstanceArn, PermissionSetArn })).PermissionSet?.RelayState,
  };
}
type IdentityCenter = Awaited<ReturnType<typeof startIdentityCenter>>;

const UNKNOWN_KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wrong-secret-of-the-role' };

const harness: Harness = {
  findsByIdentity: false,
  start: async (groups) => {
    const center = await startIdentityCenter();
    for (const DisplayName of groups) await center.store.createGroup({ IdentityStoreId, DisplayName });
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        center.connect(
          smallPages ? { pageSize: 2 } : {},
          wrongCredentials ? UNKNOWN_KEYS : center.tenureKeys,
          callTimeoutMs,
        ),
      addFault: async (fault) => center.proxy.faults.add(fault),
      clearFaults: async () => center.proxy.faults.clear(),
      distort: center.proxy.distort,
      createCall: { pathPrefix: '/CreateUser' },
      secrets: [center.tenureKeys.secretAccessKey, UNKNOWN_KEYS.secretAccessKey],
      stop: center.stop,
    };
  },
};

describeContract('identity-center with permission sets', harness);

describe('identity-center with permission sets', () => {
  let center: IdentityCenter;
  let target: Target;
  let arns: readonly [string, string];
  beforeAll(async () => {
    center = await startIdentityCenter();
    arns = [await center.newPermissionSet('ReadOnly'), await center.newPermissionSet('Administrator')];
    target = await center.connect();
  });
  beforeEach(() => {
    center.operations.length = 0;
  });
  afterAll(() => center?.stop());

  const newAccount = () => center.newAccount(target);

  it('assigns a permission set on an account, waits until it is so, and takes it away; as often as asked', async () => {
    const { account, find, profile } = await newAccount();
    for (let round = 0; round < 2; round += 1) await target.grant(account, 'ReadOnly@111111111111');
    await target.grant(account, 'Administrator@111111111111');
    await target.grant(account, 'ReadOnly@222222222222');
    const all = ['Administrator@111111111111', 'ReadOnly@111111111111', 'ReadOnly@222222222222'];
    expect((await find())?.grants).toEqual(all);
    const paging = await center.connect({ pageSize: 1 });
    expect((await paging.findAccount(profile))?.grants).toEqual(all);
    const { accounts } = (await target.listAccounts?.(undefined)) ?? { accounts: [] };
    expect(accounts.find(({ accountId }) => accountId === account.accountId)).toEqual(await find());
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
      InstanceArn: center.InstanceArn,
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
      InstanceArn: center.InstanceArn,
      PermissionSetArn: arns[1],
      InlinePolicy,
    });
    await target.deleteAccount?.(account);
    const order = ['DeleteAccountAssignment', 'PutInlinePolicyToPermissionSet', 'ProvisionPermissionSet', 'DeleteUser'];
    const places = order.map((operation) => center.operations.lastIndexOf(operation));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(-1);
    for (const arn of arns) {
      const policy = await center.policyOf(arn);
      expect(await center.provisionedOf(arn)).toBe(policy);
      const denies = (JSON.parse(policy) as { Statement: { Effect: string }[] }).Statement.filter(
        ({ Effect }) => Effect === 'Deny',
      );
      expect(JSON.stringify(denies)).toContain(account.accountId);
    }
    expect(JSON.parse(await center.policyOf(arns[1])).Statement[0]).toEqual(foreign);
  });

  it('names the permissions that are lacking, of groups, users and permission sets, and changes nothing', async () => {
    const lacking = [
      'identitystore:GetGroupId',
      'identitystore:ListUsers',
      'sso:ListAccountAssignmentsForPrincipal',
      'sso:PutInlinePolicyToPermissionSet',
    ];
    await newAccount();
    const state = async () => [
      (await center.store.listUsers({ IdentityStoreId })).Users,
      ...(await Promise.all(arns.map(center.policyOf))),
    ];
    const before = await state();
    const limited = await center.connect({}, await newKeys('limited', lacking));
    expect(await limited.checkPrivileges?.()).toEqual(lacking);
    const bare = await center.connect({ endsSessions: false }, await newKeys('bare', lacking));
    expect(await bare.checkPrivileges?.()).toEqual(lacking.slice(0, -1));
    expect(await target.checkPrivileges?.()).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('tries every operation that it asks a permission for, but the one that creates users', async () => {
    await target.checkPrivileges?.();
    const asked = PERMISSIONS.flatMap(({ actions }) => actions.map((action) => action.split(':')[1]));
    expect([...new Set([...center.operations, 'CreateUser'])].sort()).toEqual(asked.sort());
  });

  it('says that there is no such instance, and never takes that for nothing assigned', async () => {
    const elsewhere = await center.connect({ instanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000' });
    expect(await elsewhere.checkPrivileges?.()).toEqual([expect.stringContaining('instanceArn')]);
    const { account } = await newAccount();
    await expect(elsewhere.grant(account, 'ReadOnly@111111111111')).rejects.toThrow('instanceArn');
    await expect(elsewhere.endSessions?.(account)).rejects.toBeInstanceOf(PermanentError);
  });

  /** Of a user with the connector's permissions but these. */
  async function newKeys(UserName: string, lacking: readonly string[]): Promise<AccessKeys> {
    const Action = PERMISSIONS.flatMap(({ actions }) => actions).filter((action) => !lacking.includes(action));
    const Statement = [{ Effect: 'Allow', Action, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await center.administrator.createUser({ UserName });
    await center.administrator.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument });
    return newKey(center, UserName);
  }

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

describe('ending sessions', () => {
  const SETS = 12;
  const WRITE = 'PutInlinePolicyToPermissionSet';
  const PROVISION = 'ProvisionPermissionSet';
  let center: IdentityCenter;
  let target: Target;
  let arns: readonly string[];
  beforeAll(async () => {
    center = await startIdentityCenter();
    target = await center.connect();
    const names = Array.from({ length: SETS }, (_, index) => `Set${index}`);
    arns = await Promise.all(names.map((name) => center.newPermissionSet(name)));
    const { account } = await center.newAccount(target);
    await Promise.all(names.map((name) => target.grant(account, `${name}@111111111111`)));
  });
  beforeEach(() => {
    center.operations.length = 0;
    // Denies end on the hour: no test may begin in one and end in the next.
    vi.spyOn(Date, 'now').mockReturnValue((Math.floor(Date.now() / HOUR_MS) + 0.5) * HOUR_MS);
  });
  afterEach(() => {
    center.proxy.faults.clear();
    vi.restoreAllMocks();
  });
  afterAll(() => center?.stop());

  const count = (operation: string) => center.operations.filter((each) => each === operation).length;
  async function expectDenied(...accounts: readonly ObservedAccount[]) {
    for (const arn of arns) {
      const policy = await center.policyOf(arn);
      expect(await center.provisionedOf(arn)).toBe(policy);
      for (const { accountId } of accounts) expect(policy).toContain(`"${accountId}"`);
    }
  }

  it('works on five permission sets at a time; asked again, it writes nothing', async () => {
    const { account } = await center.newAccount(target);
    await target.endSessions?.(account);
    await expectDenied(account);
    const begun = center.operations.slice(0, center.operations.indexOf('DescribePermissionSetProvisioningStatus'));
    const together = begun.filter((operation) => operation === PROVISION).length;
    expect(together).toBeGreaterThan(1);
    expect(together).toBeLessThanOrEqual(5);
    center.operations.length = 0;
    await target.endSessions?.(account);
    expect([count(WRITE), count(PROVISION)]).toEqual([0, 0]);
  });

  it('goes on where a call ended that died between writing and provisioning', async () => {
    const { account } = await center.newAccount(target);
    center.proxy.faults.add({ kind: 'status', status: 500, match: { pathPrefix: `/${PROVISION}` } });
    await expect(target.endSessions?.(account)).rejects.toBeInstanceOf(RetryableError);
    const written = count(WRITE);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(SETS);
    center.proxy.faults.clear();
    center.operations.length = 0;
    await (await center.connect()).endSessions?.(account);
    expect([count(WRITE), count(PROVISION)]).toEqual([SETS - written, SETS]);
    await expectDenied(account);
  });

  it('provisions what it has written though the answer was lost', async () => {
    const { account } = await center.newAccount(target);
    center.proxy.faults.add({ kind: 'applied-then-reset', times: 1, match: { pathPrefix: `/${WRITE}` } });
    await target.endSessions?.(account);
    const asked = [WRITE, PROVISION, 'ListAccountsForProvisionedPermissionSet'].map(count);
    expect(asked).toEqual([SETS, SETS, 0]);
    await expectDenied(account);
  });

  it('begins with no further permission set once its time is up, and says "retry"', async () => {
    const { account } = await center.newAccount(target);
    const ending = target.endSessions?.(account);
    const outcome = expect(ending).rejects.toBeInstanceOf(RetryableError);
    await vi.waitFor(() => expect(count(WRITE)).toBeGreaterThan(0), 5_000);
    const now = performance.now.bind(performance);
    const late = vi.spyOn(performance, 'now').mockImplementation(() => now() + 40_000);
    await outcome;
    late.mockRestore();
    const written = count(WRITE);
    expect(written).toBeLessThanOrEqual(5);
    await (await center.connect()).endSessions?.(account);
    expect(count(WRITE)).toBe(SETS);
    await expectDenied(account);
  });

  it('writes its deny again where another’s write has undone it, and keeps the other’s', async () => {
    const { account } = await center.newAccount(target);
    const [arn = ''] = arns;
    const stale = await center.policyOf(arn);
    const ending = target.endSessions?.(account);
    await vi.waitFor(async () => expect(await center.policyOf(arn)).toContain(account.accountId), 5_000);
    const others = withDeny(stale, 'somebody-else', Date.now());
    const input = { InstanceArn: center.InstanceArn, PermissionSetArn: arn };
    await center.admin.putInlinePolicyToPermissionSet({ ...input, InlinePolicy: others });
    await ending;
    await expectDenied(account);
    expect(await center.policyOf(arn)).toContain('somebody-else');
    expect(count(WRITE)).toBe(SETS + 1);
  });

  it('reads again before it repeats a write that has failed', async () => {
    const { account } = await center.newAccount(target);
    const [PermissionSetArn = ''] = arns;
    const stale = await center.policyOf(PermissionSetArn);
    await target.endSessions?.(account);
    const put = (InlinePolicy: string) =>
      center.admin.putInlinePolicyToPermissionSet({ InstanceArn: center.InstanceArn, PermissionSetArn, InlinePolicy });
    await put(stale);
    center.operations.length = 0;
    const match = { pathPrefix: `/${WRITE}` };
    center.proxy.faults.add({ kind: 'status', status: 503, retryAfterSeconds: 2, times: 1, match });
    const ending = target.endSessions?.(account);
    await vi.waitFor(() => expect(count(WRITE)).toBe(1), 5_000);
    await put(withDeny(stale, 'yet-another', Date.now()));
    await ending;
    expect(count(WRITE)).toBe(2);
    expect(await center.policyOf(PermissionSetArn)).toContain('yet-another');
    await expectDenied(account);
  });

  it('denies both of two leavers at once, in every permission set', async () => {
    const [one, other] = [await center.newAccount(target), await center.newAccount(target)];
    const targets = [await center.connect(), await center.connect()] as const;
    await Promise.all([targets[0].deleteAccount?.(one.account), targets[1].deleteAccount?.(other.account)]);
    await expectDenied(one.account, other.account);
    expect([await one.find(), await other.find()]).toEqual([undefined, undefined]);
  });

  it('takes a conflict for what passes by itself, as IAM Identity Center means it', async () => {
    const { account } = await center.newAccount(target);
    const body = { __type: 'ConflictException' };
    const match = { pathPrefix: `/${WRITE}` };
    center.proxy.faults.add({ kind: 'status', status: 400, body, times: 1, match });
    await target.endSessions?.(account);
    center.proxy.faults.add({ kind: 'status', status: 400, body, match: { pathPrefix: '/ListPermissionSets' } });
    await expect(target.endSessions?.(account)).rejects.toBeInstanceOf(RetryableError);
  });

  it('does not stumble over a permission set that is deleted meanwhile', async () => {
    const { account } = await center.newAccount(target);
    const PermissionSetArn = await center.newPermissionSet('Gone');
    const ending = target.endSessions?.(account);
    await vi.waitFor(() => expect(count(WRITE)).toBeGreaterThan(0), 5_000);
    await center.admin.deletePermissionSet({ InstanceArn: center.InstanceArn, PermissionSetArn });
    await ending;
    await expectDenied(account);
    expect(count(WRITE)).toBe(SETS);
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

  it('has room for as many leavers in 12 hours as the documentation says', () => {
    const idOf = (index: number) => `1234567890-0d6f2a1e-1111-4222-8333-${String(index).padStart(12, '0')}`;
    let policy = '';
    for (let index = 0; index < 150; index += 1) {
      policy = withDeny(policy, idOf(index), nowMs + Math.floor((index * 12) / 150) * HOUR_MS);
    }
    expect(statementsOf(policy)).toHaveLength(12);
    expect(policy).toContain(idOf(0));
    expect(policy.length).toBeLessThanOrEqual(10_240);
    expect(identityCenter.limits.join()).toContain('150 leavers');
  });

  it('leaves the statements of others as they are, and refuses what is no policy', () => {
    const foreign = { Sid: 'Mine', Effect: 'Deny', NotAction: 'iam:*', Resource: '*' };
    const policy = JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement: [foreign] });
    expect(statementsOf(withDeny(policy, 'u1', nowMs))[0]).toEqual(foreign);
    expect(() => withDeny('not JSON', 'u1', nowMs)).toThrow(PermanentError);
  });
});
