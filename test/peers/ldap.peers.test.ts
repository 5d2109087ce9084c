// The LDAP connector against OpenLDAP's slapd, and against what asks a directory: a VPN's RADIUS server, Git over SSH.
import type { Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { ldap } from '../../lambdas/connectors/directory/ldap.ts';
import { ConflictError, PermanentError } from '../../lambdas/core/errors.ts';
import type { AccountProfile } from '../../lambdas/core/systems/account-profile.ts';
import { describeContract } from '../connectors/contract.ts';
import { type Git, startGit } from './harnesses/git.ts';
import {
  addGroup,
  addKey,
  connectTo,
  countDanglingMembers,
  dnOf,
  ensurePassword,
  ldapHarness,
  PASSWORD,
  set,
  signIn,
} from './harnesses/ldap.ts';
import { startVpn, type Vpn } from './harnesses/vpn.ts';
import { BASE, GROUPS, LEAVERS, PEOPLE, type Slapd, startSlapd, TENURE } from './servers/slapd.ts';

describeContract('ldap', ldapHarness);

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

  it('never takes whom Tenure itself is bound as for anybody’s account', async () => {
    const bindDn = `uid=tenure-itself,${PEOPLE}`;
    const person = { objectClass: 'inetOrgPerson', cn: 'Tenure', sn: 'Tenure', uid: 'tenure-itself' };
    await slapd.asAdministrator((client) => client.add(bindDn, { ...person, userPassword: PASSWORD }));
    const settings = { url: slapd.url, accountsBase: PEOPLE, groupsBase: GROUPS, sessionSeconds: 0 };
    const itself = await ldap.connect({
      applicationId: 'directory',
      settings: ldap.settings.parse(settings),
      secret: { bindDn: `UID=Tenure-Itself, ${PEOPLE}`, password: PASSWORD },
      callTimeoutMs: 10_000,
    });
    const key = { identityId: 'tenure-itself', userName: 'tenure-itself' };
    await expect(itself.findAccount(key)).rejects.toBeInstanceOf(ConflictError);
    expect((await itself.listAccounts?.(undefined))?.accounts.map(({ userName }) => userName)).not.toContain(
      'tenure-itself',
    );
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
  let vpn: Vpn;
  beforeAll(async () => {
    vpn = await startVpn();
  });
  afterAll(() => vpn?.stop());

  it('lets a member of the group in, refuses who left it, and who is locked though a member', async () => {
    const target = await vpn.connect();
    const account = await target.createAccount(newProfile());
    await ensurePassword(vpn.slapd, account);
    const mayOpenTunnel = (password = PASSWORD) => vpn.radius.mayOpenTunnel(account.userName, password);
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
  let git: Git;
  beforeAll(async () => {
    git = await startGit();
  });
  afterAll(() => git?.stop());

  it('refuses who left the group, over open connections too; a locked account’s keys let it in until they are revoked', async () => {
    const target = await git.connect();
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const { server } = git;
    expect(await server.push('host')).toBe('no key');
    await addKey(git.slapd, account, await server.newKey('ada'));
    expect(await server.push('ada')).toBe('no right');
    await target.grant(account, 'git');
    expect(await server.push('ada')).toBe('pushed');
    const connection = await server.open('ada');
    expect(await connection.isAlive()).toBe(true);
    await target.revoke(account, 'git');
    expect(await server.push('ada')).toBe('no right');
    expect(await connection.isAlive()).toBe(false);
    await target.grant(account, 'git');
    await target.disableAccount?.(account);
    expect(await server.push('ada')).toBe('pushed');
    for (const credential of (await target.findAccount(profile))?.credentials ?? [])
      await target.revokeCredential?.(account, credential);
    expect(await server.push('ada')).toBe('no key');
    // What was open before the keys were revoked is ended by the group alone.
    expect(await connection.isAlive()).toBe(true);
    await connection.close();
  });
});
