// GitHub's connector over the emulation, every request checked against GitHub's published descriptions.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GithubSecret, github, loginFrom } from '../../lambdas/connectors/github.ts';
import { NotFoundError, PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startStubServer } from '../support/stub-server.ts';
import { startDescription } from './servers/description.ts';
import { type Github, ORGANIZATION, OWNER, OWNER_TOKEN, startGithub } from './servers/github.ts';

const CALL_TIMEOUT_MS = 10_000;
const APP = { id: 12345, installationId: 100, privateKey: newKey() };
const OTHER_KEY = newKey();
const slugOf = (name: string) => name.toLowerCase().replaceAll(' ', '-');
/** Accounts that people have on github.com before anybody invites them. */
const LOGINS = Array.from({ length: 150 }, (_, index) => `E${process.pid}-${index + 1}`).flatMap((id) => [
  `ada-${id}`,
  `OBrien-${id}-X`,
]);

function newKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
}

function secretOf(privateKey: string): GithubSecret {
  return { appId: APP.id, installationId: APP.installationId, privateKey };
}

function connect(
  url: string,
  settings: object = {},
  secret: GithubSecret = { token: OWNER_TOKEN },
  callTimeoutMs = CALL_TIMEOUT_MS,
) {
  return github.connect({
    applicationId: 'github',
    settings: github.settings.parse({ organization: ORGANIZATION, baseUrl: url, ...settings }),
    secret,
    callTimeoutMs,
  });
}

const harness: Harness = {
  findsByIdentity: false,
  keepsNoIdentity: 'GitHub has nowhere to keep the identity’s id',
  userName: (identityId) => `ada-${identityId}`,
  awkwardUserName: (identityId) => `OBrien-${identityId}-X`,
  grantName: slugOf,
  awkwardGrant: 'o-brien-0-1',
  strayAccountId: '999999999',
  start: async (teams) => {
    const server = await startGithub(teams, LOGINS, APP);
    const proxy = await startFaultProxy(server.url);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          proxy.url,
          { credentials: ['fine-grained-tokens', 'sso-authorizations'], ...(smallPages ? { pageSize: 2 } : {}) },
          secretOf(wrongCredentials ? OTHER_KEY : APP.privateKey),
          callTimeoutMs,
        ),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { method: 'PUT', pathPrefix: `/orgs/${ORGANIZATION}/memberships/` },
      secrets: [APP.privateKey, OTHER_KEY, OWNER_TOKEN],
      countLeftovers: async () => 0,
      signIn: async ({ userName }) => {
        const reads = async () => (await server.readAs(userName)) === 200;
        return (await reads()) ? { isAlive: reads, close: async () => {} } : undefined;
      },
      addCredential: async ({ userName }) => {
        server.addFineGrainedToken(userName);
        server.addSsoAuthorization(userName, 'SSH key');
        server.addSsoAuthorization(userName, 'personal access token');
      },
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};

const ROLE_OPERATION = {
  requestBody: {
    content: {
      'application/json': { schema: { type: 'object', properties: { role: { enum: ['admin', 'member'] } } } },
    },
  },
  responses: { 200: { description: 'done' } },
};

describeContract('github', harness);

describe('what is special about GitHub', () => {
  const ada = { identityId: 'E1', kind: 'employee', userName: 'ada@example.com', displayName: 'Ada' } as const;
  let server: Github;
  beforeAll(async () => {
    server = await startGithub(['sales'], ['ada', 'ada_acme', 'bob', 'eve', 'lovelace'], APP);
  });
  afterAll(() => server?.stop());

  it('takes a member out of every team, and private repositories out of reach', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount(ada);
    await target.grant(account, 'sales');
    expect(await server.readAs('ada')).toBe(200);
    await target.deleteAccount?.(account);
    expect(await server.readAs('ada')).toBeGreaterThanOrEqual(403);
    expect(await server.countTeams('ada')).toBe(0);
  });

  it('makes owners and takes the role back, keeping the membership', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount({ ...ada, userName: 'bob@example.com' });
    for (let round = 0; round < 2; round += 1) await target.grant(account, 'org:owner');
    expect((await target.findAccount({ identityId: 'E2', userName: 'bob@example.com' }))?.grants).toEqual([
      'org:owner',
    ]);
    for (let round = 0; round < 2; round += 1) await target.revoke(account, 'org:owner');
    expect(await target.findAccount({ identityId: 'E2', userName: 'bob@example.com' })).toMatchObject({ grants: [] });
  });

  it('finds an outside collaborator, who is no member, and ends that too', async () => {
    const target = await connect(server.url);
    await server.inviteCollaborator('eve');
    const key = { identityId: 'E3', userName: 'eve@example.com' };
    const account = await target.findAccount(key);
    if (account === undefined) throw new Error('the collaborator is not found');
    expect(account.grants).toEqual(['org:outside-collaborator']);
    expect(await server.readAs('eve')).toBe(200);
    await expect(target.grant(account, 'sales')).rejects.toBeInstanceOf(NotFoundError);
    for (let round = 0; round < 2; round += 1) await target.revoke(account, 'org:outside-collaborator');
    expect(await server.readAs('eve')).toBeGreaterThanOrEqual(403);
    expect(await target.findAccount(key)).toBeUndefined();
  });

  it('makes the login as enterprise-managed users are named', async () => {
    const target = await connect(server.url, { login: { from: 'user-name', template: '{local}_acme' } });
    expect(await target.createAccount(ada)).toMatchObject({ userName: 'ada_acme' });
    expect(loginFrom('{local}_acme', "o'brien+x@example.com")).toBe('o-brien-x_acme');
    expect(loginFrom('{local}', `${'a'.repeat(40)}@example.com`)).toBeUndefined();
  });

  it('finds the login that SAML sign-on has linked, and says who has none', async () => {
    const target = await connect(server.url, { login: { from: 'saml' } });
    await expect(target.createAccount(ada)).rejects.toThrow(/sign on once/);
    server.linkThroughSaml(ada.userName, 'lovelace');
    expect(await target.createAccount(ada)).toMatchObject({ userName: 'lovelace' });
  });

  it('works as an installed app, by a token of its own for each connection', async () => {
    const target = await connect(server.url, { credentials: ['fine-grained-tokens'] }, secretOf(APP.privateKey));
    expect(await target.findAccount({ identityId: 'E0', userName: OWNER })).toMatchObject({ grants: ['org:owner'] });
    expect(server.calls.filter((call) => call.startsWith('POST /app/'))).toHaveLength(1);
    expect(await target.checkPrivileges?.()).toEqual([]);
  });

  it('says what a plain token cannot see', async () => {
    const target = await connect(server.url, { credentials: ['fine-grained-tokens'] });
    expect(await target.checkPrivileges?.()).toEqual([expect.stringContaining('GitHub Apps')]);
  });
});

it('shows each request to the published description, which refuses what it does not allow', async () => {
  const document = { openapi: '3.0.3', info: { title: 'x', version: '1' }, paths: { '/a': { put: ROLE_OPERATION } } };
  const description = await startDescription(document, ['/a']);
  const send = (role: string, url = '/a') =>
    description.complaintAbout({
      method: 'PUT',
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ role }),
    });
  expect(await send('admin')).toBeUndefined();
  expect(await send('king')).toContain('UNPROCESSABLE_ENTITY');
  expect(await send('admin', '/b')).toContain('NO_PATH_MATCHED');
  await description.stop();
});

it('waits when the rate limit is used up, which GitHub says with 403', async () => {
  const reset = String(Math.ceil(Date.now() / 1000) + 90);
  const stub = await startStubServer(() => ({
    status: 403,
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, 'content-type': 'application/json' },
    body: { message: 'API rate limit exceeded' },
  }));
  const target = await connect(stub.url);
  const error = await target.findAccount({ identityId: 'E1', userName: 'ada' }).catch((reason: unknown) => reason);
  await stub.stop();
  expect(error).toBeInstanceOf(RetryableError);
  expect((error as RetryableError).retryAfterMs).toBeGreaterThan(80_000);
});

it('refuses a private key that is none, without showing it', async () => {
  const privateKey = '-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----';
  const target = await connect('http://127.0.0.1:9', {}, { appId: 1, installationId: 1, privateKey });
  const error = await target.findAccount({ identityId: 'E1', userName: 'ada' }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PermanentError);
  expect(String(error)).not.toContain('bm90IGEga2V5');
});
