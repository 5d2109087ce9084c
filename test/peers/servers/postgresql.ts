// A PostgreSQL cluster of two databases on a loopback port, with Tenure's own role and the rights that the connector's
// `privileges` ask for and no more.
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startChildServer } from '../../support/child-server.ts';
import { freePort, untilListening } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

const run = promisify(execFile);
const PROGRAMS = '/usr/lib/postgresql/15/bin';

export const TENURE = 'tenure';
export const TENURE_PASSWORD = 'password of tenure';
const ADMINISTRATOR = 'postgres';
const ADMINISTRATOR_PASSWORD = 'password of the administrator';
export const SECOND_DATABASE = 'sales & marketing';

export interface Postgresql {
  readonly port: number;
  /** Of the server, which is its own authority. */
  readonly certificate: string;
  /** Signed in; undefined when the server refuses. */
  signIn(user: string, password: string): Promise<Client | undefined>;
  /** Rows of a query that the administrator runs. */
  asAdministrator(query: string, values?: readonly unknown[], database?: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function startPostgresql(): Promise<Postgresql> {
  await ensurePackages(['postgresql-15']);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-postgresql-'));
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
  await writeFile(passwordFile, ADMINISTRATOR_PASSWORD, { mode: 0o644 });
  await mkdir(data, { mode: 0o700 });
  await chmod(folder, 0o755);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await run('chown', ['postgres:postgres', data]);
  // The server refuses to run as root. setpriv turns into it, so that killing the child kills the server.
  const asPostgres = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : ['env'];
  const [command = 'env', ...before] = asPostgres;
  const initialize = ['-D', data, '-U', ADMINISTRATOR, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  await run(command, [...before, `${PROGRAMS}/initdb`, ...initialize, '-E', 'UTF8', '--no-sync'], { cwd: '/' });
  const [keyFile, certificateFile] = [join(data, 'server.key'), join(data, 'server.crt')];
  const asked = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=database'];
  const named = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certificateFile];
  await run(command, [...before, 'openssl', ...asked, ...named], { cwd: '/' });
  const port = await freePort();
  const options = {
    ssl: 'on',
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    log_min_messages: 'log',
  };
  const server = await startChildServer({
    command,
    arguments: [
      ...before,
      `${PROGRAMS}/postgres`,
      ...['-D', data],
      ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    isReady: (line) => line.includes('ready to accept connections'),
  });
  await untilListening(port);
  const signIn = async (user: string, password: string, database = 'postgres') => {
    const client = new Client({ host: '127.0.0.1', port, database, user, password, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch {
      await client.end();
      return undefined;
    }
  };
  const asAdministrator = async (query: string, values: readonly unknown[] = [], database = 'postgres') => {
    const client = await signIn(ADMINISTRATOR, ADMINISTRATOR_PASSWORD, database);
    if (client === undefined) throw new Error('the administrator could not sign in');
    try {
      return (await client.query<Record<string, unknown>>(query, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  await asAdministrator(`CREATE ROLE ${TENURE} LOGIN CREATEROLE PASSWORD '${TENURE_PASSWORD}'`);
  await asAdministrator(`GRANT pg_signal_backend TO ${TENURE}`);
  await asAdministrator(`CREATE DATABASE "${SECOND_DATABASE}"`);
  return {
    port,
    certificate: await readFile(certificateFile, 'utf8'),
    signIn,
    asAdministrator,
    stop: async () => {
      // The server's own way to stop also waits for its children.
      await run(command, [...before, `${PROGRAMS}/pg_ctl`, '-D', data, 'stop', '-m', 'immediate'], { cwd: '/' });
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
