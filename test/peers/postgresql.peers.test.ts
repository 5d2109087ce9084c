// The PostgreSQL connector against a real cluster of two databases.
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { ConflictError, PermanentError } from '../../lambdas/core/errors.ts';
import type { AccountProfile } from '../../lambdas/core/systems/account-profile.ts';
import { describeContract } from '../connectors/contract.ts';
import { addTables, connectTo, PASSWORD, postgresqlHarness, signIn } from './harnesses/postgresql.ts';
import { type Postgresql, SECOND_DATABASE, startPostgresql, TENURE } from './servers/postgresql.ts';

describeContract('postgresql', postgresqlHarness);

let counter = 0;
function newProfile(): AccountProfile {
  counter += 1;
  const identityId = `P${process.pid}-${counter}`;
  return { identityId, kind: 'employee', userName: `ada-${identityId}@example.com`, displayName: 'Ada Lovelace' };
}

describe('PostgreSQL: what is special', () => {
  let server: Postgresql;
  let target: Target;
  beforeAll(async () => {
    server = await startPostgresql();
    await server.asAdministrator('CREATE ROLE custodian');
    await server.asAdministrator('CREATE ROLE reporting');
    target = await connectTo({ port: server.port });
  });
  afterAll(() => server?.stop());

  it('NOLOGIN alone leaves the open session working: only ending it does', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const session = await signIn(server, account);
    await target.disableAccount?.(account);
    expect(await session?.isAlive()).toBe(true);
    expect(await target.findAccount(profile)).toMatchObject({ enabled: false, openSessions: 1 });
    await target.endSessions?.(account);
    expect(await session?.isAlive()).toBe(false);
    expect(await target.findAccount(profile)).toMatchObject({ enabled: false, openSessions: 0 });
  });

  it.each([
    ['its own role', TENURE, undefined],
    ['a role that Amazon RDS made', 'rds_backup', 'LOGIN'],
    ['the role that the cluster was made with', 'postgres', 'LOGIN SUPERUSER'],
    ['an administrator’s role that nobody has marked', 'dba', 'LOGIN CREATEROLE'],
    ['a role that replicates', 'standby', 'LOGIN REPLICATION'],
  ])('never takes %s for anybody’s account', async (_, name, attributes) => {
    if (attributes !== undefined)
      await server.asAdministrator(`CREATE ROLE ${escapeIdentifier(name)} ${attributes}`).catch(() => {});
    const key = { identityId: name, userName: name };
    await expect(target.findAccount(key)).rejects.toBeInstanceOf(ConflictError);
    await expect(target.createAccount({ ...newProfile(), ...key })).rejects.toBeInstanceOf(ConflictError);
    // Nor where it had been taken for one before.
    if (attributes?.includes('REPLICATION') || attributes?.includes('CREATEROLE')) return;
    const own = await server.asAdministrator(`SELECT oid::text FROM pg_roles WHERE rolname = '${name}'`);
    const accountId = String(own[0]?.['oid']);
    expect(await target.findAccount({ accountId, identityId: name })).toBeUndefined();
    const listed = await target.listAccounts?.(undefined);
    expect(listed?.accounts.map(({ userName }) => userName)).not.toContain(name);
  });

  it('an account enabled again cannot be entered with the old password', async () => {
    const account = await target.createAccount(newProfile());
    await (await signIn(server, account))?.close();
    await target.disableAccount?.(account);
    await target.enableAccount?.(account);
    expect(await server.signIn(account.userName, PASSWORD)).toBeUndefined();
    expect(await signIn(server, account)).toBeDefined();
  });

  it('takes several roles back in one statement, which takes none where one is refused', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const awkward = `a"; DROP ROLE reporting; --`;
    await server.asAdministrator(`CREATE ROLE ${escapeIdentifier(awkward)}`);
    await server.asAdministrator('CREATE ROLE chief SUPERUSER');
    for (const grant of [awkward, 'reporting']) await target.grant(account, grant);
    await server.asAdministrator(`GRANT chief TO ${escapeIdentifier(account.userName)}`);
    expect(await target.revokeAll?.(account, [awkward, 'chief', 'reporting'])).toEqual([]);
    expect((await target.findAccount(profile))?.grants).toEqual([awkward, 'chief', 'reporting']);
    expect(await target.revokeAll?.(account, [awkward, 'reporting', 'unknown'])).toEqual([
      awkward,
      'reporting',
      'unknown',
    ]);
    expect((await target.findAccount(profile))?.grants).toEqual(['chief']);
  });

  it('keeps what a deleted account owned in every database, with the custodian', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const table = await addTables(server, account);
    await server.asAdministrator(
      `GRANT SELECT ON ${table} TO ${escapeIdentifier(account.userName)} WITH GRANT OPTION`,
      [],
      SECOND_DATABASE,
    );
    expect((await target.findAccount(profile))?.owns).toEqual([
      'postgres: 1 in pg_class',
      `${SECOND_DATABASE}: 1 in pg_class`,
    ]);
    await expect(target.deleteAccount?.(account)).rejects.toBeInstanceOf(PermanentError);
    expect(await server.asAdministrator(`SELECT * FROM ${table}`)).toEqual([{ answer: 42 }]);
    const withCustodian = await connectTo({ port: server.port, settings: { custodian: 'custodian' } });
    await withCustodian.deleteAccount?.(account);
    expect(await target.findAccount(profile)).toBeUndefined();
    for (const database of ['postgres', SECOND_DATABASE]) {
      const owner = `SELECT tableowner AS owner FROM pg_tables WHERE tablename = $1`;
      expect(await server.asAdministrator(owner, [table], database)).toEqual([{ owner: 'custodian' }]);
      expect(await server.asAdministrator(`SELECT * FROM ${table}`, [], database)).toEqual([{ answer: 42 }]);
    }
  });

  it('deletes an account that was given rights of its own, unless a superuser must take them back', async () => {
    const profile = newProfile();
    const account = await target.createAccount(profile);
    const name = escapeIdentifier(account.userName);
    const inSecond = (query: string) => server.asAdministrator(query, [], SECOND_DATABASE);
    await inSecond('CREATE TABLE shared (answer int)');
    await inSecond('ALTER TABLE shared OWNER TO custodian');
    await inSecond(`GRANT SELECT ON shared TO ${name}`);
    await server.asAdministrator(`GRANT CREATE ON DATABASE postgres TO ${name}`);
    await expect(target.deleteAccount?.(account)).rejects.toThrow(/only a superuser/);
    expect(await target.findAccount(profile)).toMatchObject({ enabled: false });
    await server.asAdministrator(`REVOKE CREATE ON DATABASE postgres FROM ${name}`);
    await target.deleteAccount?.(account);
    expect(await target.findAccount(profile)).toBeUndefined();
  });

  it('borrows the right to hand over for a transaction only', async () => {
    const [leaver, heir] = [await target.createAccount(newProfile()), await target.createAccount(newProfile())];
    await addTables(server, leaver);
    await target.transferOwnership?.(leaver, { account: heir });
    const memberships = `SELECT roleid::regrole::text AS of FROM pg_auth_members WHERE member = '${TENURE}'::regrole`;
    expect(await server.asAdministrator(memberships)).toEqual([{ of: 'pg_signal_backend' }]);
  });

  it('hands nothing over outside the databases of its settings', async () => {
    const leaver = await target.createAccount(newProfile());
    await addTables(server, leaver);
    const narrow = await connectTo({
      port: server.port,
      settings: { custodian: 'custodian', databases: ['postgres'] },
    });
    await expect(narrow.transferOwnership?.(leaver, { account: undefined })).rejects.toThrow(SECOND_DATABASE);
  });

  it('never takes a role that is a group for an account', async () => {
    await expect(target.createAccount({ ...newProfile(), userName: 'reporting' })).rejects.toBeInstanceOf(
      ConflictError,
    );
    const { accounts } = (await target.listAccounts?.(undefined)) ?? { accounts: [] };
    expect(accounts.map(({ userName }) => userName)).not.toContain('reporting');
  });

  it('adopts a role that was there before, and finds it by its comment after a rename', async () => {
    const profile = newProfile();
    await server.asAdministrator(`CREATE ROLE old_name LOGIN`);
    const account = await target.createAccount({ ...profile, userName: 'old_name' });
    expect(account.attributes.displayName).toBe('');
    await target.updateAccount?.(account, profile);
    expect(await target.findAccount({ ...profile, userName: 'changed' })).toMatchObject({
      accountId: account.accountId,
      userName: profile.userName,
      attributes: { displayName: profile.displayName },
    });
  });

  it('refuses a name that the server would cut off', async () => {
    const profile = { ...newProfile(), userName: `${'ä'.repeat(32)}@example.com` };
    await expect(target.createAccount(profile)).rejects.toBeInstanceOf(PermanentError);
  });

  it('trusts the certificate authorities it was given, and no others', async () => {
    const known = await connectTo({ port: server.port, settings: { certificateAuthorities: server.certificate } });
    const profile = newProfile();
    await known.createAccount(profile);
    const encrypted = `SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = $1`;
    expect(await server.asAdministrator(encrypted, [TENURE])).toContainEqual({ ssl: true });
    const settings = { host: 'localhost', certificateAuthorities: server.certificate };
    const stranger = await connectTo({ port: server.port, settings });
    await expect(stranger.findAccount(profile)).rejects.toThrow(/certificate was not accepted/);
  });

  it('says what its role lacks', async () => {
    await server.asAdministrator(`CREATE ROLE poor LOGIN PASSWORD '${PASSWORD}'`);
    await server.asAdministrator(`REVOKE CONNECT ON DATABASE "${SECOND_DATABASE}" FROM PUBLIC`);
    try {
      const settings = { custodian: 'nobody', databases: ['postgres', SECOND_DATABASE] };
      const poor = await connectTo({ port: server.port, user: 'poor', password: PASSWORD, settings });
      expect(await poor.checkPrivileges?.()).toEqual([
        'CREATEROLE',
        'membership in pg_signal_backend',
        "the custodian's role nobody",
        `CONNECT on database ${SECOND_DATABASE}, or there is none`,
      ]);
    } finally {
      await server.asAdministrator(`GRANT CONNECT ON DATABASE "${SECOND_DATABASE}" TO PUBLIC`);
    }
    expect(await target.checkPrivileges?.()).toEqual([]);
  });
});
