// What moto cannot show of Identity Center: what is sent, in which order, and how AWS's own errors are taken.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identityCenter } from '../../../lambdas/connectors/aws/identity-center.ts';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { ConflictError, PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import { type StubAnswer, type StubServer, startStubServer } from '../../support/stub-server.ts';

const settings = identityCenter.settings.parse({ identityStoreId: 'd-1234567890', region: 'eu-central-1' });
const account = { accountId: 'u1', userName: 'ada', enabled: true, grants: [], attributes: {} };

const saved = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });
});
afterAll(() => {
  process.env = saved;
});

let server: StubServer | undefined;
afterEach(() => server?.stop());

async function storeOf(answers: Readonly<Record<string, StubAnswer | (() => StubAnswer)>>): Promise<Target> {
  server = await startStubServer(({ headers }) => {
    const answer = answers[operationOf(headers)];
    return (typeof answer === 'function' ? answer() : answer) ?? { body: {} };
  });
  process.env['AWS_ENDPOINT_URL_IDENTITYSTORE'] = server.url;
  return identityCenter.connect({ applicationId: 'aws', settings, secret: undefined, callTimeoutMs: 1_000 });
}

const operationOf = (headers: Readonly<Record<string, unknown>>) => String(headers['x-amz-target']).split('.')[1] ?? '';
const operations = () => server?.requests.map(({ headers }) => operationOf(headers));
const refusal = (name: string, more: object = {}): StubAnswer => ({ status: 400, body: { __type: name, ...more } });

it('updates with SCIM-style paths; an absent attribute is sent without a value', async () => {
  const target = await storeOf({});
  const profile = {
    identityId: 'E1',
    kind: 'employee',
    userName: 'ada',
    displayName: 'Ada K',
    givenName: 'Ada',
    familyName: 'K',
    email: 'a@example.com',
  } as const;
  await target.updateAccount?.(account, profile);
  expect(operations()).toEqual(['UpdateUser']);
  expect(server?.requests[0]?.body).toEqual({
    IdentityStoreId: 'd-1234567890',
    UserId: 'u1',
    Operations: [
      { AttributePath: 'profileUrl', AttributeValue: 'urn:tenure:identity:E1' },
      { AttributePath: 'displayName', AttributeValue: 'Ada K' },
      { AttributePath: 'name.givenName', AttributeValue: 'Ada' },
      { AttributePath: 'name.familyName', AttributeValue: 'K' },
      { AttributePath: 'emails', AttributeValue: [{ value: 'a@example.com', type: 'work', primary: true }] },
      { AttributePath: 'title' },
      { AttributePath: 'timezone' },
    ],
  });
});

describe('deleting', () => {
  it('removes memberships, sees that none is left, and only then deletes the user', async () => {
    const memberships = [
      { MembershipId: 'm1', GroupId: 'g1' },
      { MembershipId: 'm2', GroupId: 'g2' },
    ];
    const target = await storeOf({
      ListGroupMembershipsForMember: () => ({ body: { GroupMemberships: memberships.splice(0) } }),
    });
    await target.deleteAccount?.(account);
    expect(operations()).toEqual([
      'ListGroupMembershipsForMember',
      'DeleteGroupMembership',
      'DeleteGroupMembership',
      'ListGroupMembershipsForMember',
      'DeleteUser',
    ]);
  });

  it('keeps the user while a membership is left', async () => {
    const target = await storeOf({
      ListGroupMembershipsForMember: { body: { GroupMemberships: [{ MembershipId: 'm1', GroupId: 'g1' }] } },
    });
    await expect(target.deleteAccount?.(account)).rejects.toBeInstanceOf(RetryableError);
    expect(operations()).not.toContain('DeleteUser');
  });
});

it('reports a user that Identity Center has disabled as such', async () => {
  const user = { UserId: 'u1', UserName: 'ada', UserStatus: 'DISABLED' };
  const target = await storeOf({
    GetUserId: { body: { UserId: 'u1' } },
    DescribeUser: { body: user },
    ListGroupMembershipsForMember: { body: { GroupMemberships: [] } },
  });
  expect(await target.findAccount({ identityId: 'E1', userName: 'ada' })).toMatchObject({ enabled: false });
});

it('refuses paging that does not advance', async () => {
  const target = await storeOf({
    ListGroupMembershipsForMember: { body: { GroupMemberships: [], NextToken: 'same' } },
    GetGroupId: { body: { GroupId: 'g1' } },
  });
  await expect(target.revoke(account, 'Sales')).rejects.toThrow(/likely a provider bug/);
});

it.each([
  ['ThrottlingException', {}, RetryableError],
  ['ConflictException', { Reason: 'CONCURRENT_MODIFICATION' }, RetryableError],
  ['ConflictException', { Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION' }, ConflictError],
  ['AccessDeniedException', {}, PermanentError],
  ['ValidationException', {}, PermanentError],
  ['ResourceNotFoundException', { ResourceType: 'IDENTITY_STORE' }, PermanentError],
  ['ResourceNotFoundException', { Reason: 'KMS_KEY_NOT_FOUND' }, PermanentError],
])('takes %s %j for a %o', async (name, more, kind) => {
  const target = await storeOf({ GetUserId: refusal(name, more) });
  await expect(target.findAccount({ identityId: 'E1', userName: 'ada' })).rejects.toBeInstanceOf(kind);
});

it('takes "already a member" for success', async () => {
  const target = await storeOf({
    GetGroupId: { body: { GroupId: 'g1' } },
    CreateGroupMembership: refusal('ConflictException'),
  });
  await target.grant(account, 'Sales');
});

describe('checking privileges', () => {
  it.each([
    ['ResourceNotFoundException', { ResourceType: 'IDENTITY_STORE' }],
    ['ResourceNotFoundException', { Reason: 'KMS_KEY_NOT_FOUND' }],
  ])('says once that the store is not there: %s %j', async (name, more) => {
    const target = await storeOf({ ListUsers: refusal(name, more) });
    expect(await target.checkPrivileges?.()).toEqual([expect.stringContaining('identityStoreId')]);
    expect(operations()).toEqual(['ListUsers']);
  });

  it('says that it is the key of the store that may not be used', async () => {
    const target = await storeOf({ DescribeUser: refusal('AccessDeniedException', { Reason: 'KMS_ACCESS_DENIED' }) });
    expect(await target.checkPrivileges?.()).toEqual(['identitystore:DescribeUser (KMS_ACCESS_DENIED)']);
  });
});

it('leaves out of a listing whoever has gone since it was read', async () => {
  const target = await storeOf({
    ListUsers: { body: { Users: [{ UserId: 'u1', UserName: 'ada' }] } },
    ListGroupMembershipsForMember: refusal('ResourceNotFoundException', { ResourceType: 'USER' }),
  });
  expect(await target.listAccounts?.(undefined)).toEqual({ accounts: [], next: undefined });
});

it('asks for each group’s name once, however many of a page are in it', async () => {
  const users = Array.from({ length: 10 }, (_, index) => ({ UserId: `u${index}`, UserName: `user-${index}` }));
  const target = await storeOf({
    ListUsers: { body: { Users: users } },
    ListGroupMembershipsForMember: { body: { GroupMemberships: [{ MembershipId: 'm1', GroupId: 'g1' }] } },
    DescribeGroup: { body: { GroupId: 'g1', DisplayName: 'Sales' } },
  });
  const { accounts } = (await target.listAccounts?.(undefined)) ?? { accounts: [] };
  expect(accounts.map(({ grants }) => grants)).toEqual(users.map(() => ['Sales']));
  expect(operations()).toHaveLength(1 + 10 + 1);
});

it('tells the reason that AWS gives, but no message of its own', async () => {
  const more = { Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION', Message: 'ada is taken' };
  const target = await storeOf({ GetUserId: refusal('ConflictException', more) });
  const found = target.findAccount({ identityId: 'E1', userName: 'ada' });
  await expect(found).rejects.toThrow(
    /^Identity Store GetUserId answered 400 \(ConflictException UNIQUENESS_CONSTRAINT_VIOLATION\)$/,
  );
});

describe('permissions', () => {
  it('name each operation, and the one identity store', () => {
    const narrow = { ...settings, accountId: '123456789012' };
    const statements = identityCenter.permissions?.(narrow) ?? [];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
    const store = 'arn:${AWS::Partition}:identitystore::123456789012:identitystore/d-1234567890';
    for (const { actions, resources } of statements) {
      expect(resources[0]).toBe(store);
      expect(resources).not.toContain('*');
      for (const action of actions) expect(action).toMatch(/^identitystore:[A-Z][A-Za-z]+$/);
    }
  });
});
