// The LDAP connector against OpenLDAP's slapd, and against what asks a directory: a VPN's RADIUS server, Git over SSH.
import { Attribute, Change, type Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObservedAccount, Target } from '../../lambdas/connectors/connector.ts';
import { ldap } from '../../lambdas/connectors/ldap.ts';
import type { AccountProfile } from '../../lambdas/core/account-profile.ts';
import { ConflictError, PermanentError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness, type Session } from '../connectors/contract.ts';
import { startTcpFaultProxy } from '../support/tcp-fault-proxy.ts';
import { type FreeRadius, startFreeRadius } from './servers/freeradius.ts';
import { type GitOverSsh, startGitOverSsh } from './servers/git-over-ssh.ts';
import { BASE, GROUPS, LEAVERS, PEOPLE, type Slapd, startSlapd, TENURE, TENURE_PASSWORD } from './servers/slapd.ts';

const CALL_TIMEOUT_MS = 10_000;
const PASSWORD = 'password of the account';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Zm0a1xVqkq3cX0o6c0H8Y3o4u3oYv3lN0b6mJ4l5K ada@laptop';

function connectTo(url: string, settings: object = {}, callTimeoutMs = CALL_TIMEOUT_MS, password = TENURE_PASSWORD) {
  return ldap.connect({
    applicationId: 'directory',
    settings: ldap.settings.parse({
      url,
      accountsBase: PEOPLE,
      groupsBase: GROUPS,
      leaversBase: LEAVERS,
      sessionSeconds: 0,
      ...settings,
    }),
    secret: { bindDn: TENURE, password },
    callTimeoutMs,
  });
}

async function dnOf(client: Client, { accountId }: Pick<ObservedAccount, 'accountId'>): Promise<string> {
  const { searchEntries } = await client.search(BASE, { filter: `(entryUUID=${accountId})`, attributes: ['1.1'] });
  return searchEntries[0]?.dn ?? '';
}

function set(attribute: string, ...values: string[]): Change {
  return new Change({ operation: 'replace', modification: new Attribute({ type: attribute, values }) });
}

function add(attribute: string, ...values: string[]): Change {
  return new Change({ operation: 'add', modification: new Attribute({ type: attribute, values }) });
}

async function addGroup(slapd: Slapd, cn: string): Promise<void> {
  const escaped = cn.replaceAll(/[\\,+"<>;=#]/g, '\\$&');
  await slapd.asAdministrator((client) =>
    client.add(`cn=${escaped},${GROUPS}`, { objectClass: 'groupOfNames', cn, member: GROUPS }),
  );
}

/** Gives the account a password as a help desk would (once: a new password lifts ppolicy's lock), and binds with it. */
async function signIn(slapd: Slapd, account: ObservedAccount): Promise<Session | undefined> {
  const dn = await slapd.asAdministrator(async (client) => {
    const found = await dnOf(client, account);
    const { searchEntries } = await client.search(found, { scope: 'base', filter: '(!(userPassword=*))' });
    if (searchEntries.length > 0) await client.modify(found, set('userPassword', PASSWORD));
    return found;
  });
  const client = await slapd.bind(dn, PASSWORD);
  return (
    client && {
      isAlive: () => mayRead(client),
      close: () => client.unbind(),
    }
  );
}

/** Over the connection as it is: the library would reconnect, which is not what is asked. */
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

const harness: Harness = {
  speaks: 'tcp',
  findsByIdentity: true,
  start: async (grants) => {
    const slapd = await startSlapd({ refusesLockedAccounts: true });
    const proxy = await startTcpFaultProxy(slapd.port, {
      strikesAt: (chunk) => operationOf(chunk) !== BIND_REQUEST,
      pathOf: (chunk) => (operationOf(chunk) === ADD_REQUEST ? '/add' : '/'),
    });
    const url = `ldap://127.0.0.1:${proxy.port}`;
    for (const grant of grants) await addGroup(slapd, grant);
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        connectTo(url, smallPages ? { pageSize: 2 } : {}, callTimeoutMs, wrongCredentials ? 'wrong' : undefined),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      createCall: { pathPrefix: '/add' },
      secrets: [TENURE_PASSWORD],
      countLeftovers: () => slapd.asAdministrator(countDanglingMembers),
      signIn: (account) => signIn(slapd, account),
      addCredential: (account) =>
        slapd.asAdministrator(async (client) => {
          await client.modify(await dnOf(client, account), [
            add('objectClass', 'ldapPublicKey'),
            add('sshPublicKey', KEY, KEY.replace('AAAAIJ1', 'AAAAIJ2')),
          ]);
        }),
      addOwned: (account) =>
        slapd.asAdministrator(async (client) => {
          await client.modify(`cn=Sales,${GROUPS}`, set('owner', await dnOf(client, account)));
        }),
      stop: async () => {
        await proxy.stop();
        await slapd.stop();
      },
    };
  },
};

/** Members that are no entry: access for whoever gets that name next. */
async function countDanglingMembers(client: Client): Promise<number> {
  const { searchEntries } = await client.search(GROUPS, { filter: '(member=*)', attributes: ['member'] });
  const members = new Set(searchEntries.flatMap(({ member }) => [member ?? []].flat().map(String)));
  let dangling = 0;
  for (const dn of members) {
    const isThere = await client.search(dn, { scope: 'base', attributes: ['1.1'] }).then(
      () => true,
      () => false,
    );
    if (!isThere) dangling += 1;
  }
  return dangling;
}

describeContract('ldap', harness);

let counter = 0;
function newProfile(): AccountProfile {
  counter += 1;
  const identityId = `L${process.pid}-${counter}`;
  return { identityId, kind: 'employee', userName: `ada-${identityId}`, displayName: 'Ada', familyName: 'Lovelace' };
}

describe('LDAP: what is special', () => {
  let slapd: Slapd;
  let target: Target;
  beforeAll(async () => {
    slapd = await startSlapd({ refusesLockedAccounts: false, idleSeconds: 2 });
    for (const group of ['vpn', 'git']) await addGroup(slapd, group);
    target = await connectTo(slapd.url);
  });
  afterAll(() => slapd?.stop());

  it('without the access rule a bound connection survives lock and new password; idletimeout spares it while used', async () => {
    const account = await target.createAccount(newProfile());
    const session = await signIn(slapd, account);
    const idle = await signIn(slapd, account);
    await target.disableAccount?.(account);
    const untilMs = performance.now() + 6_000;
    while (performance.now() < untilMs) {
      expect(await session?.isAlive()).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(await idle?.isAlive()).toBe(false);
    expect(await signIn(slapd, account)).toBeUndefined();
    await session?.close();
    await idle?.close();
    const settings = { url: slapd.url, accountsBase: PEOPLE, groupsBase: GROUPS };
    expect(ldap.residualWindow?.(ldap.settings.parse({ ...settings, sessionSeconds: 3600 }))?.seconds).toBe(3600);
    expect(ldap.settings.safeParse(settings).success).toBe(false);
  });

  it('with the access rule nobody bound before the lock can lift it by a new password; without it, anybody can', async () => {
    const strict = await startSlapd({ refusesLockedAccounts: true });
    try {
      for (const [server, enabled] of [
        [strict, false],
        [slapd, true],
      ] as const) {
        const directory = await connectTo(server.url);
        const profile = newProfile();
        const account = await directory.createAccount(profile);
        await (await signIn(server, account))?.close();
        const client = await server.bind(`uid=${profile.userName},${PEOPLE}`, PASSWORD);
        await directory.disableAccount?.(account);
        await client?.modify(`uid=${profile.userName},${PEOPLE}`, set('userPassword', 'another')).catch(() => {});
        await client?.unbind();
        expect((await directory.findAccount(profile))?.enabled).toBe(enabled);
      }
    } finally {
      await strict.stop();
    }
  });

  it('leaves no old name in a group when an account is renamed, archived and brought back', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await target.grant(account, 'vpn');
    const renamed = { ...profile, userName: `king\\,+${profile.identityId}\\` };
    await target.updateAccount?.(account, renamed);
    expect(await target.findAccount(profile)).toMatchObject({ userName: renamed.userName, grants: ['vpn'] });
    await target.disableAccount?.(account);
    await target.archiveAccount?.(account);
    const archived = await target.findAccount(renamed);
    expect(archived).toMatchObject({ accountId: account.accountId, archived: true, enabled: false, grants: ['vpn'] });
    await target.enableAccount?.(account);
    expect(await target.findAccount(renamed)).toMatchObject({ archived: false, enabled: true, grants: ['vpn'] });
    expect(await slapd.asAdministrator(countDanglingMembers)).toBe(0);
    await target.revoke(account, 'vpn');
  });

  it('leaves the groups as they were when a move is refused', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await target.grant(account, 'vpn');
    const taken = { objectClass: 'inetOrgPerson', cn: 'Another', sn: 'Leaver', uid: profile.userName };
    await slapd.asAdministrator((client) => client.add(`uid=${profile.userName},${LEAVERS}`, taken));
    await expect(target.archiveAccount?.(account)).rejects.toBeInstanceOf(ConflictError);
    expect(await target.findAccount(profile)).toMatchObject({ archived: false, grants: ['vpn'] });
    await target.revoke(account, 'vpn');
  });

  it('adopts an account that was there before and carries no identity, whatever names it', async () => {
    const profile = newProfile();
    const person = { objectClass: 'inetOrgPerson', cn: 'Old Ada', sn: 'Byron', uid: profile.userName };
    await slapd.asAdministrator((client) => client.add(`cn=Old Ada,${PEOPLE}`, person));
    const account = await target.createAccount(profile);
    expect(account.attributes.familyName).toBe('Byron');
    await target.updateAccount?.(account, profile);
    const after = await target.findAccount({ ...profile, userName: 'changed' });
    expect(after).toMatchObject({ accountId: account.accountId, attributes: { familyName: 'Lovelace' } });
  });

  it('does not take the server’s own lock after failed binds for its own', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await slapd.asAdministrator(async (client) => {
      await client.modify(await dnOf(client, account), set('pwdAccountLockedTime', '20261123120000Z'));
    });
    expect((await target.findAccount(profile))?.enabled).toBe(true);
    await target.disableAccount?.(account);
    expect((await target.findAccount(profile))?.enabled).toBe(false);
  });

  it('needs a custodian to hand over to where there is no successor', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const own = (client: Client, dn: string) => client.modify(`cn=git,${GROUPS}`, set('owner', dn));
    await slapd.asAdministrator(async (client) => own(client, await dnOf(client, account)));
    await expect(target.transferOwnership?.(account, { account: undefined })).rejects.toBeInstanceOf(PermanentError);
    const custodian = await connectTo(slapd.url, { custodian: TENURE });
    await custodian.transferOwnership?.(account, { account: undefined });
    expect((await target.findAccount(profile))?.owns).toEqual([]);
  });

  it('says what its account lacks, and changes nothing by asking', async () => {
    const poor = await startSlapd({ refusesLockedAccounts: true, tenureMayWrite: false });
    try {
      await addGroup(poor, 'vpn');
      const person = { objectClass: 'inetOrgPerson', cn: 'Ada', sn: 'Lovelace', uid: 'ada' };
      await poor.asAdministrator((client) => client.add(`uid=ada,${PEOPLE}`, person));
      const lacking = await (await connectTo(poor.url)).checkPrivileges?.();
      expect(lacking).toEqual([
        `to create accounts below ${PEOPLE}`,
        `write access to pwdAccountLockedTime below ${PEOPLE}`,
        `to create accounts below ${LEAVERS}`,
        `write access to member below ${GROUPS}`,
        `write access to owner below ${GROUPS}`,
      ]);
      expect(await target.checkPrivileges?.()).toEqual([]);
      const made = await slapd.asAdministrator((client) => client.search(BASE, { filter: '(cn=privilege check)' }));
      expect(made.searchEntries).toEqual([]);
      const elsewhere = await connectTo(slapd.url, { groupsBase: `ou=elsewhere,${BASE}` });
      expect(await elsewhere.checkPrivileges?.()).toContain(
        `read access to ou=elsewhere,${BASE}, or there is no such entry`,
      );
    } finally {
      await poor.stop();
    }
  });

  it('refuses settings that would send the password in the clear, or bind as nobody', () => {
    const settings = { accountsBase: PEOPLE, groupsBase: GROUPS, sessionSeconds: 0 };
    expect(ldap.settings.safeParse({ ...settings, url: 'ldap://directory.example.com' }).success).toBe(false);
    expect(ldap.settings.safeParse({ ...settings, url: 'ldaps://directory.example.com' }).success).toBe(true);
    expect(ldap.secret?.safeParse({ bindDn: TENURE, password: '' }).success).toBe(false);
  });
});

describe('LDAP: a VPN whose RADIUS server asks the directory', () => {
  let slapd: Slapd;
  let radius: FreeRadius;
  beforeAll(async () => {
    slapd = await startSlapd({ refusesLockedAccounts: true });
    radius = await startFreeRadius({
      ldapUrl: slapd.url,
      bindDn: TENURE,
      bindPassword: TENURE_PASSWORD,
      accountsBase: PEOPLE,
      groupsBase: GROUPS,
    });
  });
  afterAll(async () => {
    await radius?.stop();
    await slapd?.stop();
  });

  it('lets a member of the group in, refuses who left it, and who is locked though a member', async () => {
    await addGroup(slapd, 'vpn');
    const target = await connectTo(slapd.url);
    const account = await target.createAccount(newProfile());
    await (await signIn(slapd, account))?.close();
    const mayOpenTunnel = (password = PASSWORD) => radius.mayOpenTunnel(account.userName, password);
    expect(await mayOpenTunnel()).toBe(false);
    await target.grant(account, 'vpn');
    expect(await mayOpenTunnel()).toBe(true);
    expect(await mayOpenTunnel('wrong')).toBe(false);
    await target.revoke(account, 'vpn');
    expect(await mayOpenTunnel()).toBe(false);
    await target.grant(account, 'vpn');
    expect(await mayOpenTunnel()).toBe(true);
    await target.disableAccount?.(account);
    expect(await mayOpenTunnel()).toBe(false);
  });
});

describe('LDAP: Git over SSH whose keys and groups are in the directory', () => {
  let slapd: Slapd;
  let git: GitOverSsh;
  beforeAll(async () => {
    slapd = await startSlapd({ refusesLockedAccounts: true });
    git = await startGitOverSsh({
      ldapUrl: slapd.url,
      bindDn: TENURE,
      bindPassword: TENURE_PASSWORD,
      accountsBase: PEOPLE,
      groupsBase: GROUPS,
    });
  });
  afterAll(async () => {
    await git?.stop();
    await slapd?.stop();
  });

  it('refuses who left the group; a locked account’s keys let it in until they are revoked', async () => {
    await addGroup(slapd, 'git');
    const target = await connectTo(slapd.url);
    const profile = newProfile();
    const account = await target.createAccount(profile);
    expect(await git.push('host')).toBe('no key');
    const publicKey = await git.newKey('ada');
    await slapd.asAdministrator(async (client) => {
      await client.modify(await dnOf(client, account), [
        add('objectClass', 'ldapPublicKey'),
        add('sshPublicKey', publicKey),
      ]);
    });
    expect(await git.push('ada')).toBe('no right');
    await target.grant(account, 'git');
    expect(await git.push('ada')).toBe('pushed');
    await target.revoke(account, 'git');
    expect(await git.push('ada')).toBe('no right');
    await target.grant(account, 'git');
    await target.disableAccount?.(account);
    expect(await git.push('ada')).toBe('pushed');
    for (const credential of (await target.findAccount(profile))?.credentials ?? [])
      await target.revokeCredential?.(account, credential);
    expect(await git.push('ada')).toBe('no key');
  });
});
