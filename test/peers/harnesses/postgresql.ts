// A PostgreSQL cluster as the contract drives it, and ways past the connector.
import { escapeIdentifier } from 'pg';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { postgresql } from '../../../lambdas/connectors/postgresql.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Harness, Session } from '../../connectors/contract.ts';
import { startTcpFaultProxy } from '../../support/tcp-fault-proxy.ts';
import { type Postgresql, SECOND_DATABASE, startPostgresql, TENURE, TENURE_PASSWORD } from '../servers/postgresql.ts';

const CALL_TIMEOUT_MS = 10_000;
export const PASSWORD = 'password of the account';

interface Options {
  readonly port: number;
  readonly settings?: object;
  readonly callTimeoutMs?: number | undefined;
  readonly user?: string;
  readonly password?: string;
}

export function connectTo(options: Options): Target | Promise<Target> {
  const { port, settings = {}, callTimeoutMs = CALL_TIMEOUT_MS, user = TENURE, password = TENURE_PASSWORD } = options;
  return postgresql.connect({
    applicationId: 'warehouse',
    settings: postgresql.settings.parse({ host: '127.0.0.1', port, ...settings }),
    secret: { user, password },
    callTimeoutMs,
  });
}

/** Gives the role a password as an administrator would, and signs in. */
export async function signIn(server: Postgresql, { userName }: ObservedAccount): Promise<Session | undefined> {
  await server.asAdministrator(`ALTER ROLE ${escapeIdentifier(userName)} PASSWORD '${PASSWORD}'`);
  const client = await server.signIn(userName, PASSWORD);
  return (
    client && {
      isAlive: () =>
        client.query('SELECT 1').then(
          () => true,
          () => false,
        ),
      close: () => client.end(),
    }
  );
}

/** A table in each database. */
let tableCounter = 0;
export async function addTables(server: Postgresql, { userName }: ObservedAccount): Promise<string> {
  tableCounter += 1;
  const table = `table_${tableCounter}`;
  for (const database of ['postgres', SECOND_DATABASE]) {
    await server.asAdministrator(`CREATE TABLE ${table} AS SELECT 42 AS answer`, [], database);
    await server.asAdministrator(`ALTER TABLE ${table} OWNER TO ${escapeIdentifier(userName)}`, [], database);
  }
  return table;
}

export const postgresqlHarness: Harness = {
  speaks: 'tcp',
  findsByIdentity: true,
  start: async (grants) => {
    const server = await startPostgresql();
    // The start-up message has no type; `p` answers for the password. Behind them come the queries.
    const isQuery = (chunk: Buffer) => ['Q', 'P'].includes(String.fromCharCode(chunk[0] ?? 0));
    const proxy = await startTcpFaultProxy(server.port, {
      strikesAt: isQuery,
      pathOf: (chunk) => (chunk.includes('CREATE ROLE') ? '/create' : '/'),
    });
    for (const grant of grants) await server.asAdministrator(`CREATE ROLE ${escapeIdentifier(grant)}`);
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        connectTo({
          port: proxy.port,
          callTimeoutMs,
          ...(smallPages ? { settings: { pageSize: 2 } } : {}),
          ...(wrongCredentials ? { password: 'wrong' } : {}),
        }),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      createCall: { pathPrefix: '/create' },
      secrets: [TENURE_PASSWORD],
      countLeftovers: async (accountId) => {
        const members = 'SELECT 1 FROM pg_auth_members WHERE $1::oid IN (member, roleid)';
        const depending = `SELECT 1 FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = $1::oid`;
        return (await server.asAdministrator(`${members} UNION ALL ${depending}`, [accountId])).length;
      },
      signIn: (account) => signIn(server, account),
      addOwned: async (account) => {
        await addTables(server, account);
      },
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};
