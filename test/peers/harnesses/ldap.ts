// OpenLDAP's slapd as the contract drives it, and ways past the connector.
import { Attribute, Change, type Client } from 'ldapts';
import type { ResidualWindow } from '../../../lambdas/connectors/contract/connector.ts';
import { type LdapSettings, ldap } from '../../../lambdas/connectors/directory/ldap.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Harness, Session } from '../../connectors/contract.ts';
import { startTcpFaultProxy } from '../../support/tcp-fault-proxy.ts';
import { BASE, GROUPS, LEAVERS, PEOPLE, type Slapd, startSlapd, TENURE, TENURE_PASSWORD } from '../servers/slapd.ts';

const CALL_TIMEOUT_MS = 10_000;
export const PASSWORD = 'password of the account';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Zm0a1xVqkq3cX0o6c0H8Y3o4u3oYv3lN0b6mJ4l5K ada@laptop';

function settingsOf(url: string, settings: object = {}): LdapSettings {
  const bases = { accountsBase: PEOPLE, groupsBase: GROUPS, leaversBase: LEAVERS };
  return ldap.settings.parse({ url, ...bases, sessionSeconds: 0, ...settings });
}

export function residualOf(url: string): ResidualWindow | undefined {
  return ldap.residualWindow?.(settingsOf(url));
}

export function connectTo(
  url: string,
  settings: object = {},
  callTimeoutMs = CALL_TIMEOUT_MS,
  password = TENURE_PASSWORD,
) {
  return ldap.connect({
    applicationId: 'directory',
    settings: settingsOf(url, settings),
    secret: { bindDn: TENURE, password },
    callTimeoutMs,
  });
}

export async function dnOf(client: Client, { accountId }: Pick<ObservedAccount, 'accountId'>): Promise<string> {
  const { searchEntries } = await client.search(BASE, { filter: `(entryUUID=${accountId})`, attributes: ['1.1'] });
  return searchEntries[0]?.dn ?? '';
}

export function set(attribute: string, ...values: string[]): Change {
  return new Change({ operation: 'replace', modification: new Attribute({ type: attribute, values }) });
}

function add(attribute: string, ...values: string[]): Change {
  return new Change({ operation: 'add', modification: new Attribute({ type: attribute, values }) });
}

export async function addGroup(slapd: Slapd, cn: string): Promise<void> {
  const escaped = cn.replaceAll(/[\\,+"<>;=#]/g, '\\$&');
  await slapd.asAdministrator((client) =>
    client.add(`cn=${escaped},${GROUPS}`, { objectClass: 'groupOfNames', cn, member: GROUPS }),
  );
}

/** As a help desk would; once, since a new password lifts ppolicy's lock. Returns the account's DN. */
export async function ensurePassword(slapd: Slapd, account: ObservedAccount): Promise<string> {
  return slapd.asAdministrator(async (client) => {
    const dn = await dnOf(client, account);
    const { searchEntries } = await client.search(dn, { scope: 'base', filter: '(!(userPassword=*))' });
    if (searchEntries.length > 0) await client.modify(dn, set('userPassword', PASSWORD));
    return dn;
  });
}

/** Gives the account a password, and binds with it. */
export async function signIn(slapd: Slapd, account: ObservedAccount): Promise<Session | undefined> {
  const client = await slapd.bind(await ensurePassword(slapd, account), PASSWORD);
  return (
    client && {
      isAlive: () => mayRead(client),
      close: () => client.unbind(),
    }
  );
}

/** Publishes a key that lets its holder in, as a self-service page would. */
export async function addKey(slapd: Slapd, account: ObservedAccount, ...keys: readonly string[]): Promise<void> {
  await slapd.asAdministrator(async (client) => {
    await client.modify(await dnOf(client, account), [
      add('objectClass', 'ldapPublicKey'),
      add('sshPublicKey', ...keys),
    ]);
  });
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

export const ldapHarness: Harness = {
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
      residual: residualOf(url),
      addCredential: (account) => addKey(slapd, account, KEY, KEY.replace('AAAAIJ1', 'AAAAIJ2')),
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
export async function countDanglingMembers(client: Client): Promise<number> {
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
