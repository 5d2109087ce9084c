// Slack's connector over a SCIM server and a stand-in for the Web API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slack, slackName } from '../../lambdas/connectors/scim/slack.ts';
import { ConflictError, PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { OTHER_TOKEN, SLACK_TOKEN, type Slack, startSlack } from './servers/slack.ts';

const CALL_TIMEOUT_MS = 10_000;

function connect(
  { scimUrl, apiUrl }: Slack,
  settings: object = {},
  token = SLACK_TOKEN,
  callTimeoutMs = CALL_TIMEOUT_MS,
) {
  return slack.connect({
    applicationId: 'slack',
    settings: slack.settings.parse({ scimUrl, apiUrl, ...settings }),
    secret: { token },
    callTimeoutMs,
  });
}

const harness: Harness = {
  findsByIdentity: true,
  userName: (identityId) => `ada-${identityId.toLowerCase()}`,
  awkwardUserName: (identityId) => `o.brien_${identityId.toLowerCase()}`,
  start: async (groups) => {
    const server = await startSlack(groups);
    const { origin, pathname } = new URL(server.scimUrl);
    const proxy = await startFaultProxy(origin);
    const proxied = { ...server, scimUrl: `${proxy.url}${pathname}` };
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          proxied,
          smallPages ? { pageSize: 2 } : {},
          wrongCredentials ? OTHER_TOKEN : SLACK_TOKEN,
          callTimeoutMs,
        ),
      addFault: (fault) => server.scim.addFault('slack', fault),
      clearFaults: () => server.scim.clearFaults('slack'),
      distort: proxy.distort,
      createCall: { method: 'POST', pathPrefix: '/Users' },
      secrets: [SLACK_TOKEN, OTHER_TOKEN],
      signIn: async ({ accountId }) => {
        const session = await server.signIn(accountId);
        return session === undefined
          ? undefined
          : { isAlive: async () => server.isAlive(session), close: async () => {} };
      },
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};

describeContract('slack', harness);

describe('what is special about Slack', () => {
  const ada = {
    identityId: 'E1',
    kind: 'employee',
    userName: 'Ada.Lovelace@example.com',
    displayName: 'Ada',
    email: 'ada.lovelace@example.com',
  } as const;
  let server: Slack;
  beforeAll(async () => {
    server = await startSlack(['Sales']);
  });
  afterAll(() => server?.stop());

  it('makes a user name in Slack’s alphabet, and finds the member by it', async () => {
    const target = await connect(server);
    const account = await target.createAccount(ada);
    expect(account.userName).toBe('ada.lovelace');
    expect(await target.findAccount({ identityId: 'E1', userName: ada.userName })).toEqual(account);
    expect(slackName('María-José.Fernández_de-la-Torre@example.com')).toMatch(/^[a-z0-9._-]{1,21}$/);
  });

  it('ends a session while the member stays active', async () => {
    const target = await connect(server);
    const account = await target.createAccount(ada);
    const session = (await server.signIn(account.accountId)) ?? '';
    expect(server.isAlive(session)).toBe(true);
    await target.endSessions?.(account);
    expect(server.isAlive(session)).toBe(false);
    expect(await target.findAccount(ada)).toMatchObject({ enabled: true });
  });

  it('does not promise to end sessions outside Enterprise plans', async () => {
    expect((await connect(server, { enterprise: false })).endSessions).toBeUndefined();
  });

  it.each([
    ['internal_error', RetryableError],
    ['feature_not_enabled', PermanentError],
    ['cannot_reset_primary_owner', PermanentError],
  ])('takes %s, which comes with 200, for what it is', async (error, kind) => {
    const target = await connect(server);
    const account = await target.createAccount(ada);
    server.failNext('admin.users.session.reset', error);
    await expect(target.endSessions?.(account)).rejects.toBeInstanceOf(kind);
  });

  it('never takes the member whose token it is for anybody’s account', async () => {
    const target = await connect(server);
    const { accountId } = await target.createAccount({ ...ada, identityId: '', userName: 'owner@example.com' });
    server.ownUserId = accountId;
    const key = { identityId: 'E7', userName: 'owner@example.com' };
    await expect(target.findAccount(key)).rejects.toBeInstanceOf(ConflictError);
    server.ownUserId = 'U0';
    expect(await (await connect(server)).findAccount(key)).toMatchObject({ accountId });
  });

  it('says that the token is refused', async () => {
    const target = await connect(server, {}, OTHER_TOKEN);
    expect(await target.checkPrivileges?.()).toEqual([expect.stringContaining('invalid_auth')]);
  });

  it('names what the token lacks: the SCIM API, and the ending of sessions where it promises that', async () => {
    const refusing = async (settings: object = {}) => {
      server.failNext('admin.users.session.reset', 'missing_scope');
      await server.scim.addFault('slack', { kind: 'status', status: 403, match: { method: 'PATCH' } });
      return (await connect(server, settings)).checkPrivileges?.();
    };
    const changing = expect.stringMatching(/^may not change \/Users: .*403.*`admin`/);
    expect(await refusing()).toEqual([changing, 'admin.users.session.reset (missing_scope)']);
    expect(await refusing({ enterprise: false })).toEqual([changing]);
    await server.scim.clearFaults('slack');
  });
});
