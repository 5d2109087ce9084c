// IAM users on moto, which enforces keys and policies here: what a user may do is tried with that user's own keys.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsIam } from '../../lambdas/connectors/aws/aws-iam.ts';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { describeContract } from '../connectors/contract.ts';
import {
  ALLOW_ALL,
  addEveryCredential,
  awsIamHarnessOf,
  connect,
  isAllowed,
  newKey,
  PERMISSIONS,
} from './harnesses/aws-iam.ts';
import { type MotoIam, startMotoIam } from './servers/moto-iam.ts';

// As long as a role's session may last, unless the settings say that it is shorter.
describeContract('aws-iam', awsIamHarnessOf(12));

describe('aws-iam beyond the contract', () => {
  let moto: MotoIam;
  let target: Target;
  let counter = 0;
  beforeAll(async () => {
    moto = await startMotoIam(PERMISSIONS);
    await moto.administrator.createGroup({ GroupName: 'Sales' });
    await moto.administrator.putGroupPolicy({ GroupName: 'Sales', PolicyName: 'allow', PolicyDocument: ALLOW_ALL });
    target = await connect(moto, moto.tenureKeys);
  });
  afterAll(() => moto?.stop());

  async function newAccount() {
    counter += 1;
    const profile = {
      identityId: `E${counter}`,
      kind: 'employee',
      userName: `ada-${counter}`,
      displayName: '',
    } as const;
    const account = await target.createAccount(profile);
    await target.grant(account, 'Sales');
    return { profile, account, find: async () => target.findAccount(profile) };
  }

  it('refuses the keys of a disabled user; enabling puts back in use only what disabling took', async () => {
    const { account } = await newAccount();
    const { userName: UserName } = account;
    const [kept, old] = [await newKey(moto, UserName), await newKey(moto, UserName)];
    await moto.administrator.updateAccessKey({ UserName, AccessKeyId: old.accessKeyId, Status: 'Inactive' });
    expect(await isAllowed(moto, kept)).toBe(true);
    await target.disableAccount?.(account);
    expect(await isAllowed(moto, kept)).toBe(false);
    await target.enableAccount?.(account);
    expect(await isAllowed(moto, kept)).toBe(true);
    expect(await isAllowed(moto, old)).toBe(false);
    const { Tags } = await moto.administrator.listUserTags({ UserName });
    expect(Tags).toEqual([{ Key: 'tenure:identity', Value: expect.any(String) }]);
  });

  it('ends sessions for good: enabling does not bring them back to life, new ones work', async () => {
    const { account } = await newAccount();
    const keys = await newKey(moto, account.userName);
    const session = await moto.sessionOf(keys);
    if (session === undefined) throw new Error('no session');
    expect(await isAllowed(moto, session)).toBe(true);
    await target.endSessions?.(account);
    expect(await isAllowed(moto, session)).toBe(false);
    expect(await isAllowed(moto, keys)).toBe(true);
    await target.disableAccount?.(account);
    await target.enableAccount?.(account);
    expect(await isAllowed(moto, session)).toBe(false);
    // Issue times are whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const later = await moto.sessionOf(keys);
    expect(later && (await isAllowed(moto, later))).toBe(true);
  });

  it('denies also a key that is made after the user was disabled, and reports that user as not disabled', async () => {
    const { account, find } = await newAccount();
    await target.disableAccount?.(account);
    expect((await find())?.enabled).toBe(false);
    const key = await newKey(moto, account.userName);
    expect(await isAllowed(moto, key)).toBe(false);
    expect((await find())?.enabled).toBe(true);
    await target.disableAccount?.(account);
    expect((await find())?.enabled).toBe(false);
  });

  it('does not take a policy for its own deny by the name alone', async () => {
    const { account, find } = await newAccount();
    await target.disableAccount?.(account);
    const changed = { UserName: account.userName, PolicyName: 'TenureDisabled', PolicyDocument: ALLOW_ALL };
    await moto.administrator.putUserPolicy(changed);
    expect((await find())?.enabled).toBe(true);
  });

  it('deletes in the order that IAM demands, the deny only when nothing is left that could be used', async () => {
    const { account, find } = await newAccount();
    const { userName: UserName } = account;
    await addEveryCredential(moto, UserName);
    const { Policy } = await moto.administrator.createPolicy({ PolicyName: 'own', PolicyDocument: ALLOW_ALL });
    await moto.administrator.attachUserPolicy({ UserName, PolicyArn: Policy?.Arn });
    await moto.administrator.putUserPolicy({ UserName, PolicyName: 'ZZZ', PolicyDocument: ALLOW_ALL });
    await expect(moto.administrator.deleteUser({ UserName })).rejects.toThrow('must');
    await target.disableAccount?.(account);
    moto.operations.length = 0;
    await target.deleteAccount?.(account);
    const changes = moto.operations.filter((operation) => !/^(Get|List)/.test(operation));
    expect(changes.slice(-5)).toEqual([
      'RemoveUserFromGroup',
      'DetachUserPolicy',
      'DeleteUserPolicy',
      'DeleteUserPolicy',
      'DeleteUser',
    ]);
    expect(changes.slice(0, -5).sort()).toEqual([
      'DeactivateMFADevice',
      'DeleteAccessKey',
      'DeleteSSHPublicKey',
      'DeleteServiceSpecificCredential',
      'DeleteSigningCertificate',
      'DeleteVirtualMFADevice',
    ]);
    expect(await find()).toBeUndefined();
    const { VirtualMFADevices } = await moto.administrator.listVirtualMFADevices({});
    expect(VirtualMFADevices?.filter(({ SerialNumber }) => SerialNumber?.endsWith(UserName))).toEqual([]);
  });

  it('adopts a user without a tag and marks it; from then on it is nobody else’s', async () => {
    await moto.administrator.createUser({ UserName: 'legacy' });
    const profile = { identityId: 'E900', kind: 'employee', userName: 'legacy', displayName: '' } as const;
    await target.createAccount(profile);
    await expect(target.findAccount({ identityId: 'E901', userName: 'legacy' })).rejects.toThrow('another identity');
  });

  it('follows a renamed user by the link, and touches nobody who has taken the name', async () => {
    const { account } = await newAccount();
    const key = await newKey(moto, account.userName);
    await moto.administrator.updateUser({ UserName: account.userName, NewUserName: 'ada-renamed' });
    await moto.administrator.createUser({ UserName: account.userName });
    await target.disableAccount?.(account);
    expect(await isAllowed(moto, key)).toBe(false);
    const { PolicyNames } = await moto.administrator.listUserPolicies({ UserName: account.userName });
    expect(PolicyNames).toEqual([]);
  });

  it('tells when a key was last used', async () => {
    const { account, find } = await newAccount();
    expect((await find())?.lastActiveMs).toBeUndefined();
    const startedMs = Date.now();
    await isAllowed(moto, await newKey(moto, account.userName));
    expect((await find())?.lastActiveMs).toBeGreaterThan(startedMs - 2_000);
  });

  it('names the privileges that are lacking', async () => {
    const actions = PERMISSIONS.flatMap((statement) => statement.actions);
    const some = actions.filter((action) => !/PutUserPolicy|ListGroupsForUser/.test(action));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: some, Resource: '*' }],
    });
    await moto.administrator.createUser({ UserName: 'limited' });
    await moto.administrator.putUserPolicy({ UserName: 'limited', PolicyName: 'own', PolicyDocument });
    const limited = await connect(moto, await newKey(moto, 'limited'));
    expect(await limited.checkPrivileges?.()).toEqual(['iam:ListGroupsForUser', 'iam:PutUserPolicy']);
  });

  it('confines its function to the path it was given', () => {
    const narrow = awsIam.permissions?.(awsIam.settings.parse({ path: '/people/' })) ?? [];
    expect(narrow[0]?.resources[0]).toMatch(/:user\/people\/\*$/);
    expect(awsIam.settings.safeParse({ path: 'people' }).success).toBe(false);
  });
});
