// Samba's domain controller as the contract drives it, and ways past the connector.
import { Attribute, Change, type Client } from 'ldapts';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { activeDirectory } from '../../../lambdas/connectors/directory/active-directory.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Harness, Session } from '../../connectors/contract.ts';
import { startTcpFaultProxy } from '../../support/tcp-fault-proxy.ts';
import { startTlsOff, startTlsOn } from '../../support/tls-hops.ts';
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
} from '../servers/samba-ad.ts';

const CALL_TIMEOUT_MS = 10_000;
export const PASSWORD = 'Password-1-of-the-account';

interface Options {
  readonly port: number;
  readonly settings?: object;
  readonly callTimeoutMs?: number | undefined;
  readonly bindDn?: string;
  readonly password?: string;
}

export function connectTo(samba: SambaAd, options: Options): Target | Promise<Target> {
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

export function set(attribute: string, ...values: string[]): Change {
  return new Change({ operation: 'replace', modification: new Attribute({ type: attribute, values }) });
}

export async function dnOf(client: Client, { userName }: Pick<ObservedAccount, 'userName'>): Promise<string> {
  const { searchEntries } = await client.search(BASE, {
    filter: '(objectClass=user)',
    attributes: ['userPrincipalName'],
  });
  const entry = searchEntries.find(({ userPrincipalName }) => userPrincipalName === userName);
  if (entry === undefined) throw new Error('the account is not there');
  return entry.dn;
}

let groupCounter = 0;
export async function addGroup(samba: SambaAd, cn: string): Promise<void> {
  groupCounter += 1;
  const escaped = cn.replaceAll(/[\\,+"<>;=#]/g, '\\$&');
  await samba.asAdministrator((client) =>
    client.add(`CN=${escaped},${GROUPS}`, { objectClass: 'group', sAMAccountName: `group-${groupCounter}` }),
  );
}

/** Gives the account a password as a help desk would, and binds with it. */
export async function signIn(samba: SambaAd, account: ObservedAccount): Promise<Session | undefined> {
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
export let samba: SambaAd;
let starting: Promise<SambaAd> | undefined;

export async function startSamba(): Promise<void> {
  starting ??= startSambaAd();
  samba = await starting;
}

export async function stopSamba(): Promise<void> {
  await samba?.stop();
}

export const activeDirectoryHarness: Harness = {
  speaks: 'tcp',
  findsByIdentity: true,
  start: async (grants) => {
    await startSamba();
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
      residual: activeDirectory.residualWindow?.(settingsFor(samba)),
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

export function settingsFor(server: SambaAd) {
  const bases = { accountsBase: PEOPLE, groupsBase: GROUPS };
  return activeDirectory.settings.parse({ url: `ldaps://127.0.0.1:${server.port}`, ...bases });
}
