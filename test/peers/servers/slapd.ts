// OpenLDAP's slapd with people, leavers and groups, and Tenure's own account with the access rules that the
// connector's `privileges` ask for and no more.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { startChildServer } from '../../support/child-server.ts';
import { freePort, untilListening } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

export const BASE = 'dc=example,dc=test';
export const PEOPLE = `ou=people,${BASE}`;
export const LEAVERS = `ou=leavers,${BASE}`;
export const GROUPS = `ou=groups,${BASE}`;
const ADMINISTRATOR = `cn=administrator,${BASE}`;
const ADMINISTRATOR_PASSWORD = 'password of the administrator';
export const TENURE = `cn=tenure,${BASE}`;
export const TENURE_PASSWORD = 'password of tenure';

export interface Slapd {
  readonly port: number;
  readonly url: string;
  /** Bound as somebody; undefined when the bind is refused. */
  bind(dn: string, password: string): Promise<Client | undefined>;
  /** Acts as the administrator, whom no access rule binds. */
  asAdministrator<Result>(act: (client: Client) => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

export interface SlapdOptions {
  /** Does every operation ask whether the account that bound is locked? */
  readonly refusesLockedAccounts: boolean;
  /** May Tenure's account write? */
  readonly tenureMayWrite?: boolean;
  readonly idleSeconds?: number;
}

/**
 * A lock ends what is bound already; and so does a new name, since who bound by the old one is nobody any more.
 */
const ONLY_WHO_IS_THERE = `access to *
  by set="user/pwdAccountLockedTime & [00000101000000Z]" none
  by dn.exact="${TENURE}" break
  by anonymous break
  by set="user/objectClass & [inetOrgPerson]" break
  by * none`;

export async function startSlapd(options: SlapdOptions): Promise<Slapd> {
  await ensurePackages(['slapd']);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-slapd-'));
  const port = await freePort();
  const url = `ldap://127.0.0.1:${port}`;
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'slapd.conf'), configurationOf(folder, options));
  const server = await startChildServer({
    command: '/usr/sbin/slapd',
    // `-d stats` keeps it in the foreground.
    arguments: ['-d', 'stats', '-f', join(folder, 'slapd.conf'), '-h', url],
    isReady: (line) => line.includes('slapd starting'),
  });
  await untilListening(port);
  const bind = async (dn: string, password: string) => {
    const client = new Client({ url, timeout: 10_000, connectTimeout: 10_000 });
    try {
      await client.bind(dn, password);
      return client;
    } catch {
      await client.unbind();
      return undefined;
    }
  };
  const asAdministrator = async <Result>(act: (client: Client) => Promise<Result>) => {
    const client = await bind(ADMINISTRATOR, ADMINISTRATOR_PASSWORD);
    if (client === undefined) throw new Error('the administrator could not bind');
    try {
      return await act(client);
    } finally {
      await client.unbind();
    }
  };
  await asAdministrator(async (client) => {
    await client.add(BASE, { objectClass: ['organization', 'dcObject'], dc: 'example', o: 'Example' });
    for (const dn of [PEOPLE, LEAVERS, GROUPS]) {
      await client.add(dn, { objectClass: 'organizationalUnit', ou: /^ou=(\w+)/.exec(dn)?.[1] ?? '' });
    }
    // Without pwdLockout slapd takes no notice of pwdAccountLockedTime.
    const policy = { pwdAttribute: 'userPassword', pwdLockout: 'TRUE' };
    await client.add(`cn=policy,${BASE}`, {
      objectClass: ['applicationProcess', 'pwdPolicy'],
      cn: 'policy',
      ...policy,
    });
    const device = { objectClass: ['applicationProcess', 'simpleSecurityObject'], cn: 'tenure' };
    await client.add(TENURE, { ...device, userPassword: TENURE_PASSWORD });
  });
  return {
    port,
    url,
    bind,
    asAdministrator,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configurationOf(folder: string, options: SlapdOptions): string {
  const { refusesLockedAccounts, tenureMayWrite = true, idleSeconds = 0 } = options;
  const level = tenureMayWrite ? 'write' : 'read';
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey'
  EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY ( sshPublicKey $ uid ) )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile ${folder}/slapd.pid
idletimeout ${idleSeconds}
database mdb
suffix "${BASE}"
rootdn "${ADMINISTRATOR}"
rootpw "${ADMINISTRATOR_PASSWORD}"
directory ${folder}/data
dbnosync
index objectClass,uid,employeeNumber,entryUUID,cn,member,owner eq
overlay ppolicy
ppolicy_default "cn=policy,${BASE}"
${refusesLockedAccounts ? ONLY_WHO_IS_THERE : ''}
access to attrs=userPassword by anonymous auth by self =w by * none
access to dn.subtree="${PEOPLE}" by dn.exact="${TENURE}" ${level} by users read
access to dn.subtree="${LEAVERS}" by dn.exact="${TENURE}" ${level}
access to dn.subtree="${GROUPS}" attrs=member,owner by dn.exact="${TENURE}" ${level} by users read
access to * by users read
`;
}
