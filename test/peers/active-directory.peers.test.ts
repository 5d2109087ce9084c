// The Active Directory connector against Samba's domain controller, over LDAPS with the domain's own certificate.
import { Attribute, Change, type Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activeDirectory } from '../../lambdas/connectors/active-directory.ts';
import type { ObservedAccount, Target } from '../../lambdas/connectors/connector.ts';
import type { AccountProfile } from '../../lambdas/core/account-profile.ts';
import { PermanentError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness, type Session } from '../connectors/contract.ts';
import { startTcpFaultProxy } from '../support/tcp-fault-proxy.ts';
import { startTlsOff, startTlsOn } from '../support/tls-hops.ts';
import {
  BASE,
  GROUPS,
  LEAVERS,
  PEOPLE,
  type SambaAd,
  SERVER_NAME,
  setPassword,
  startSambaAd,
  TENURE,
  TENURE_PASSWORD,
} from './servers/samba-ad.ts';

const CALL_TIMEOUT_MS = 10_000;
const PASSWORD = 'Password-1-of-the-account';

interface Options {
  readonly port: number;
  readonly settings?: object;
  readonly callTimeoutMs?: number | undefined;
  readonly bindDn?: string;
  readonly password?: string;
}

function connectTo(samba: SambaAd, options: Options): Target | Promise<Target> {
  const { port, settings = {}, callTimeoutMs = CALL_TIMEOUT_MS } = options;
  return activeDirectory.connect({
    applicationId: 'directory',
    settings: activeDirectory.settings.parse({
      url: `ldaps://127.0.0.1:${port}`,
      tlsServerName: SERVER_NAME,
      certificateAuthorities: samba.certificate,
      accountsBase: PEOPLE,
      leaversBase: LEAVERS,
      groupsBase: GROUPS,
      ...settings,
    }),
    secret: { bindDn: options.bindDn ?? TENURE, password: options.password ?? TENURE_PASSWORD },
    callTimeoutMs,
  });
}

function set(attribute: string, ...values: string[]): Change {
  return new Change({ operation: 'replace', modification: new Attribute({ type: attribute, values }) });
}

async function dnOf(client: Client, { userName }: Pick<ObservedAccount, 'userName'>): Promise<string> {
  const { searchEntries } = await client.search(BASE, {
    filter: '(objectClass=user)',
    attributes: ['userPrincipalName'],
  });
  const entry = searchEntries.find(({ userPrincipalName }) => userPrincipalName === userName);
  if (entry === undefined) throw new Error('the account is not there');
  return entry.dn;
}

let groupCounter = 0;
async function addGroup(samba: SambaAd, cn: string): Promise<void> {
  groupCounter += 1;
  const escaped = cn.replaceAll(/[\\,+"<>;=#]/g, '\\$&');
  await samba.asAdministrator((client) =>
    client.add(`CN=${escaped},${GROUPS}`, { objectClass: 'group', sAMAccountName: `group-${groupCounter}` }),
  );
}

/** Gives the account a password as a help desk would, and binds with it. */
async function signIn(samba: SambaAd, account: ObservedAccount): Promise<Session | undefined> {
  await samba.asAdministrator(async (client) => setPassword(client, await dnOf(client, account), PASSWORD));
  const client = await samba.bind(account.userName, PASSWORD);
  return client && { isAlive: () => mayRead(client), close: () => client.unbind() };
}

async function mayRead(client: Client): Promise<boolean> {
  if (!client.isConnected) return false;
  try {
    return (await client.search(PEOPLE, { scope: 'base' })).searchEntries.length === 1;
  } catch {
    return false;
  }
}

const ADD_REQUEST = 0x68;
const BIND_REQUEST = 0x60;

/** The operation's tag follows the message's length and id (RFC 4511 section 4.1.1). */
function operationOf(chunk: Buffer): number | undefined {
  const lengthBytes = (chunk[1] ?? 0) < 0x80 ? 0 : (chunk[1] ?? 0) - 0x80;
  const idAt = 2 + lengthBytes;
  return chunk[idAt + 2 + (chunk[idAt + 1] ?? 0)];
}

/** One server for all: Samba's port is always the same. */
let samba: SambaAd;
beforeAll(async () => {
  samba = await startSambaAd();
});
afterAll(() => samba?.stop());

const harness: Harness = {
  speaks: 'tcp',
  findsByIdentity: true,
  start: async (grants) => {
    const tlsOn = await startTlsOn(samba.port, samba.certificate, SERVER_NAME);
    const proxy = await startTcpFaultProxy(tlsOn.port, {
      strikesAt: (chunk) => operationOf(chunk) !== BIND_REQUEST,
      pathOf: (chunk) => (operationOf(chunk) === ADD_REQUEST ? '/add' : '/'),
    });
    const tlsOff = await startTlsOff(proxy.port, { key: samba.key, cert: samba.certificate });
    for (const grant of grants) await addGroup(samba, grant);
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        connectTo(samba, {
          port: tlsOff.port,
          callTimeoutMs,
          ...(smallPages ? { settings: { pageSize: 2 } } : {}),
          ...(wrongCredentials ? { password: 'Wrong-1-password' } : {}),
        }),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      createCall: { pathPrefix: '/add' },
      secrets: [TENURE_PASSWORD, 'Wrong-1-password'],
      signIn: (account) => signIn(samba, account),
      residualSeconds: activeDirectory.residualWindow?.(settingsFor(samba))?.seconds ?? 0,
      addCredential: (account) =>
        samba.asAdministrator(async (client) => {
          const dn = await dnOf(client, account);
          await setPassword(client, dn, PASSWORD);
          await client.modify(dn, set('altSecurityIdentities', 'X509:<I>CN=ca<S>CN=ada', 'X509:<SKI>0123'));
        }),
      addOwned: (account) =>
        samba.asAdministrator(async (client) => {
          await client.modify(`CN=Sales,${GROUPS}`, set('managedBy', await dnOf(client, account)));
        }),
      stop: async () => {
        await tlsOff.stop();
        await proxy.stop();
        await tlsOn.stop();
      },
    };
  },
};

function settingsFor(server: SambaAd) {
  const bases = { accountsBase: PEOPLE, groupsBase: GROUPS };
  return activeDirectory.settings.parse({ url: `ldaps://127.0.0.1:${server.port}`, ...bases });
}

describeContract('active-directory', harness);

let counter = 0;
function newProfile(): AccountProfile {
  counter += 1;
  const identityId = `A${process.pid}-${counter}`;
  const userName = `ada-${identityId}@example.test`;
  return { identityId, kind: 'employee', userName, displayName: 'Ada Lovelace', familyName: 'Lovelace' };
}

describe('Active Directory: what is special', () => {
  let target: Target;
  beforeAll(async () => {
    target = await connectTo(samba, { port: samba.port });
    await addGroup(samba, 'vpn');
  });

  it('a connection bound before goes on reading after all was done: the residual window is real', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const session = await signIn(samba, account);
    await target.disableAccount?.(account);
    for (const credential of (await target.findAccount(profile))?.credentials ?? [])
      await target.revokeCredential?.(account, credential);
    await target.archiveAccount?.(account);
    expect(await session?.isAlive()).toBe(true);
    expect(activeDirectory.residualWindow?.(settingsFor(samba))).toMatchObject({ seconds: 36_000 });
    await session?.close();
  });

  it('a revoked password opens nothing, even when the account is enabled again', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await (await signIn(samba, account))?.close();
    const held = await target.findAccount(profile);
    expect(held?.credentials).toEqual([{ credentialId: 'password', kind: 'password' }]);
    await target.disableAccount?.(account);
    expect(await samba.bind(account.userName, PASSWORD)).toBeUndefined();
    for (const credential of held?.credentials ?? []) await target.revokeCredential?.(account, credential);
    await target.archiveAccount?.(account);
    await target.enableAccount?.(account);
    expect(await samba.bind(account.userName, PASSWORD)).toBeUndefined();
    expect(await target.findAccount(profile)).toMatchObject({ enabled: true, archived: false, credentials: [] });
  });

  it('sees and revokes a group that was made the primary one, whose members the directory does not list', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await target.grant(account, 'vpn');
    await samba.asAdministrator(async (client) => {
      const { searchEntries } = await client.search(`CN=vpn,${GROUPS}`, {
        scope: 'base',
        attributes: ['primaryGroupToken'],
      });
      await client.modify(
        await dnOf(client, account),
        set('primaryGroupID', String(searchEntries[0]?.['primaryGroupToken'])),
      );
      const shown = await client.search(`CN=vpn,${GROUPS}`, { scope: 'base', attributes: ['member'] });
      expect([shown.searchEntries[0]?.['member'] ?? []].flat()).toEqual([]);
    });
    expect((await target.findAccount(profile))?.grants).toEqual(['vpn']);
    await target.revoke(account, 'vpn');
    expect((await target.findAccount(profile))?.grants).toEqual([]);
  });

  it('adopts an account that was there before, and archives it though another leaver has its name', async () => {
    const names = ['first', 'second'];
    for (const name of names) {
      const profile = { ...newProfile(), userName: `${name}@example.test` };
      await samba.asAdministrator((client) =>
        client.add(`CN=Lovelace\\, Ada,${PEOPLE}`, { objectClass: 'user', sAMAccountName: name }),
      );
      const account = await target.createAccount({ ...profile, userName: name });
      await target.updateAccount?.(account, profile);
      await target.disableAccount?.(account);
      await target.archiveAccount?.(account);
      expect(await target.findAccount(profile)).toMatchObject({
        accountId: account.accountId,
        userName: profile.userName,
        archived: true,
        enabled: false,
      });
    }
  });

  it('needs a custodian to hand over to where there is no successor', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await samba.asAdministrator(async (client) => {
      await client.modify(`CN=vpn,${GROUPS}`, set('managedBy', await dnOf(client, account)));
    });
    await expect(target.transferOwnership?.(account, { account: undefined })).rejects.toBeInstanceOf(PermanentError);
    const custodian = await connectTo(samba, {
      port: samba.port,
      settings: { custodian: `CN=tenure,CN=Users,${BASE}` },
    });
    await custodian.transferOwnership?.(account, { account: undefined });
    expect((await target.findAccount(profile))?.owns).toEqual([]);
  });

  it('trusts the certificate authorities it was given, and no others', async () => {
    const known = await connectTo(samba, { port: samba.port });
    expect(await known.findAccount(newProfile())).toBeUndefined();
    for (const settings of [{ certificateAuthorities: undefined }, { tlsServerName: 'dc2.example.test' }]) {
      const stranger = await connectTo(samba, { port: samba.port, settings });
      await expect(stranger.findAccount(newProfile())).rejects.toThrow(/certificate was not accepted/);
    }
  });

  it('says what its account lacks', async () => {
    const ordinary = await target.createAccount(newProfile());
    await (await signIn(samba, ordinary))?.close();
    const asOrdinary = { port: samba.port, bindDn: ordinary.userName, password: PASSWORD };
    expect(await (await connectTo(samba, asOrdinary)).checkPrivileges?.()).toEqual([
      `to create users in ${PEOPLE}`,
      `write access to userAccountControl of users below ${PEOPLE}`,
      `write access to employeeNumber of users below ${PEOPLE}`,
      `to create users in ${LEAVERS}`,
      `write access to userAccountControl of users below ${LEAVERS}`,
      `write access to employeeNumber of users below ${LEAVERS}`,
      `write access to member of groups below ${GROUPS}`,
      `write access to managedBy of groups below ${GROUPS}`,
    ]);
    const elsewhere = { port: samba.port, settings: { groupsBase: `OU=Elsewhere,${BASE}` } };
    expect(await (await connectTo(samba, elsewhere)).checkPrivileges?.()).toEqual([
      `read access to OU=Elsewhere,${BASE}, or there is no such entry`,
    ]);
  });
});
