// An Active Directory domain controller (Samba) that serves LDAP and LDAPS only, with people, leavers and groups, and
// Tenure's own account with the rights that the connector's `privileges` ask for and no more.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'ldapts';
import { startChildServer } from '../../support/child-server.ts';
import { untilListening } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

const run = promisify(execFile);

export const BASE = 'DC=example,DC=test';
export const PEOPLE = `OU=People,${BASE}`;
export const LEAVERS = `OU=Leavers,${BASE}`;
export const GROUPS = `OU=Groups,${BASE}`;
export const SERVER_NAME = 'dc1.example.test';
export const TENURE = 'tenure@example.test';
export const TENURE_PASSWORD = 'Password-1-of-tenure';
const ADMINISTRATOR = 'administrator@example.test';
const ADMINISTRATOR_PASSWORD = 'Administrator-1-password';
/** Samba has no setting for it. */
const LDAPS_PORT = 636;

const USER = 'bf967aba-0de6-11d0-a285-00aa003049e2';
const GROUP = 'bf967a9c-0de6-11d0-a285-00aa003049e2';
const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2';
const MANAGED_BY = '0296c120-40da-11d1-a9c0-0000f80367c1';
const RESET_PASSWORD = '00299570-246d-11d0-a768-00aa006e0529';

export interface SambaAd {
  readonly port: number;
  /** Of the server, which is its own authority. */
  readonly certificate: string;
  readonly key: string;
  bind(name: string, password: string): Promise<Client | undefined>;
  asAdministrator<Result>(act: (client: Client) => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

export async function startSambaAd(): Promise<SambaAd> {
  await ensurePackages(['samba-ad-dc', 'samba-ad-provision', 'samba-dsdb-modules', 'samba-vfs-modules', 'winbind']);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-samba-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const asked = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${SERVER_NAME}`];
  const named = ['-addext', `subjectAltName=DNS:${SERVER_NAME}`, '-keyout', keyFile, '-out', certificateFile];
  await run('openssl', [...asked, ...named]);
  const options = {
    interfaces: '127.0.0.1/8',
    'bind interfaces only': 'yes',
    'server services': 'ldap',
    'log file': join(folder, 'log'),
    'pid directory': folder,
    'ncalrpc dir': join(folder, 'ncalrpc'),
    'tls keyfile': keyFile,
    'tls certfile': certificateFile,
    'tls cafile': certificateFile,
  };
  await run('samba-tool', [
    ...['domain', 'provision', '--dns-backend=NONE', '--server-role=dc', '--realm=EXAMPLE.TEST', '--domain=EXAMPLE'],
    ...[`--targetdir=${folder}`, `--adminpass=${ADMINISTRATOR_PASSWORD}`, '--host-name=dc1'],
    ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
  ]);
  const server = await startChildServer({
    command: 'samba',
    // One process: nothing is left behind when it is killed.
    arguments: ['-F', '-M', 'single', '--no-process-group', '--debug-stdout', '-s', join(folder, 'etc/smb.conf')],
    isReady: (line) => line.includes("using 'single' process model"),
  });
  await untilListening(LDAPS_PORT);
  const certificate = await readFile(certificateFile, 'utf8');
  const bind = async (name: string, password: string) => {
    const url = `ldaps://127.0.0.1:${LDAPS_PORT}`;
    const tlsOptions = { ca: certificate, servername: SERVER_NAME };
    const client = new Client({ url, tlsOptions, timeout: 10_000, connectTimeout: 10_000 });
    try {
      await client.bind(name, password);
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
  const database = join(folder, 'private/sam.ldb');
  const allow = (dn: string, rules: readonly string[]) =>
    run('samba-tool', ['dsacl', 'set', '-H', database, `--objectdn=${dn}`, `--sddl=${rules.join('')}`]);
  const sid = await asAdministrator(async (client) => {
    for (const dn of [PEOPLE, LEAVERS, GROUPS]) await client.add(dn, { objectClass: 'organizationalUnit' });
    return addTenure(client);
  });
  const forAccounts = [
    `(OA;CI;CCDC;${USER};;${sid})`,
    `(OA;CIIO;RPWP;;${USER};${sid})`,
    `(OA;CIIO;CR;${RESET_PASSWORD};${USER};${sid})`,
  ];
  const forGroups = [`(OA;CIIO;RPWP;${MEMBER};${GROUP};${sid})`, `(OA;CIIO;RPWP;${MANAGED_BY};${GROUP};${sid})`];
  for (const dn of [PEOPLE, LEAVERS]) await allow(dn, forAccounts);
  await allow(GROUPS, forGroups);
  return {
    port: LDAPS_PORT,
    certificate,
    key: await readFile(keyFile, 'utf8'),
    bind,
    asAdministrator,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function addTenure(client: Client): Promise<string> {
  const dn = `CN=tenure,CN=Users,${BASE}`;
  await client.add(dn, { objectClass: 'user', sAMAccountName: 'tenure', userPrincipalName: TENURE });
  await setPassword(client, dn, TENURE_PASSWORD);
  const { searchEntries } = await client.search(dn, {
    scope: 'base',
    attributes: ['objectSid'],
    explicitBufferAttributes: ['objectSid'],
  });
  return sidOf(searchEntries[0]?.['objectSid'] as Buffer);
}

/** Sets it and enables the account. */
export async function setPassword(client: Client, dn: string, password: string): Promise<void> {
  const { Attribute, Change } = await import('ldapts');
  const unicodePwd = new Attribute({ type: 'unicodePwd', values: [Buffer.from(`"${password}"`, 'utf16le')] });
  await client.modify(dn, new Change({ operation: 'replace', modification: unicodePwd }));
  const { searchEntries } = await client.search(dn, { scope: 'base', attributes: ['userAccountControl'] });
  if (searchEntries[0]?.['userAccountControl'] === '512' || !dn.startsWith('CN=tenure,')) return;
  const control = new Attribute({ type: 'userAccountControl', values: ['512'] });
  await client.modify(dn, new Change({ operation: 'replace', modification: control }));
}

/** [MS-DTYP] section 2.4.2. */
function sidOf(binary: Buffer): string {
  const parts = Array.from({ length: binary[1] ?? 0 }, (_, index) => binary.readUInt32LE(8 + 4 * index));
  return ['S', binary[0], binary.readUIntBE(2, 6), ...parts].join('-');
}
