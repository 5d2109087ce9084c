// The Active Directory connector against Samba's domain controller, over LDAPS with the domain's own certificate.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { activeDirectory } from '../../lambdas/connectors/directory/active-directory.ts';
import { ConflictError, PermanentError } from '../../lambdas/core/errors.ts';
import type { AccountProfile } from '../../lambdas/core/systems/account-profile.ts';
import { describeContract } from '../connectors/contract.ts';
import {
  activeDirectoryHarness,
  addGroup,
  connectTo,
  dnOf,
  PASSWORD,
  samba,
  set,
  settingsFor,
  signIn,
  startSamba,
  stopSamba,
} from './harnesses/active-directory.ts';
import { BASE, GROUPS, LEAVERS, PEOPLE, setPassword, TENURE } from './servers/samba-ad.ts';

beforeAll(startSamba);
afterAll(stopSamba);

describeContract('active-directory', activeDirectoryHarness);

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

  it.each(['Administrator', 'Guest', 'krbtgt', 'tenure', TENURE])(
    'never takes %s for anybody’s account',
    async (userName) => {
      const settings = { accountsBase: `CN=Users,${BASE}` };
      const everywhere = await connectTo(samba, { port: samba.port, settings });
      const key = { identityId: userName, userName };
      await expect(everywhere.findAccount(key)).rejects.toBeInstanceOf(ConflictError);
    },
  );

  it('a revoked password opens nothing, even when the account is enabled again', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    await (await signIn(samba, account))?.close();
    const held = await target.findAccount(profile);
    expect(held?.credentials).toEqual([{ credentialId: 'password', kind: 'password', setMs: expect.any(Number) }]);
    await target.disableAccount?.(account);
    expect(await samba.bind(account.userName, PASSWORD)).toBeUndefined();
    for (const credential of held?.credentials ?? []) await target.revokeCredential?.(account, credential);
    await target.archiveAccount?.(account);
    await target.enableAccount?.(account);
    expect(await samba.bind(account.userName, PASSWORD)).toBeUndefined();
    expect(await target.findAccount(profile)).toMatchObject({ enabled: true, archived: false, credentials: [] });
  });

  it('tells when a password was set, so that a new one is known for new', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const setMs = async () => (await target.findAccount(profile))?.credentials?.[0]?.setMs ?? 0;
    await (await signIn(samba, account))?.close();
    const first = await setMs();
    expect(Math.abs(first - Date.now())).toBeLessThan(60_000);
    await samba.asAdministrator(async (client) =>
      setPassword(client, await dnOf(client, account), `${PASSWORD}-another`),
    );
    expect(await setMs()).toBeGreaterThan(first);
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
