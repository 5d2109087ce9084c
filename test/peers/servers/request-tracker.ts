// Request Tracker 5 on SQLite, in a temporary folder: a queue, Tenure's user with its least rights, and somebody who
// works on tickets, each with a token.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

const run = promisify(execFile);
const SERVER = '/usr/share/request-tracker5/libexec/standalone_httpd';

/** As documented by the connector's `privileges`. Tokens are only ever made within RT: its REST API shows none. */
const PREPARE = `
use lib '/usr/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT::Init();
my $queue = RT::Queue->new(RT->SystemUser);
$queue->Create(Name => 'Access');
sub token_of {
  my ($name, @rights) = @_;
  my $user = RT::User->new(RT->SystemUser);
  $user->Create(Name => $name, Privileged => 1) or die;
  for (@rights) { $user->PrincipalObj->GrantRight(Right => $_, Object => $queue) or die }
  my (undef, undef, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->id, Description => 'test');
  print "$name=$token\\n";
}
token_of('tenure', qw(SeeQueue ShowTicket CreateTicket ModifyTicket));
token_of('jane', qw(SeeQueue ShowTicket ModifyTicket));
`;

export interface RequestTracker {
  readonly url: string;
  readonly queue: string;
  readonly token: string;
  /** As jane, who works there. */
  work(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startRequestTracker(): Promise<RequestTracker> {
  await ensurePackages(['request-tracker5', 'rt5-db-sqlite']);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-request-tracker-'));
  const port = await freePort();
  const environment = await configure(folder, port);
  const options = { env: { ...process.env, ...environment }, timeout: 120_000 };
  await run('rt-setup-database-5', ['--action', 'init', '--skip-create'], options);
  const { stdout } = await run('perl', ['-e', PREPARE], options);
  const tokens = new Map(stdout.split('\n').map((line) => line.split('=') as [string, string]));
  const server = await startChildServer({
    command: SERVER,
    arguments: ['--host', '127.0.0.1', '--port', String(port)],
    environment,
    isReady: (line) => line.includes('Accepting connections'),
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    queue: 'Access',
    token: tokens.get('tenure') ?? '',
    work: (method, path, body) => call(`${url}/REST/2.0${path}`, tokens.get('jane') ?? '', method, body),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function configure(folder: string, port: number): Promise<Readonly<Record<string, string>>> {
  const settings = {
    rtname: 'tenure',
    Organization: 'example.com',
    DatabaseType: 'SQLite',
    DatabaseName: join(folder, 'rt.db'),
    DatabaseHost: '',
    WebDomain: '127.0.0.1',
    WebPort: String(port),
    WebPath: '',
    // Writes mail to a file: none leaves this machine.
    MailCommand: 'testfile',
    LogToSTDERR: 'error',
    MasonDataDir: join(folder, 'mason'),
    MasonSessionDir: join(folder, 'session'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `Set($${name}, '${value}');`);
  const file = join(folder, 'RT_SiteConfig.pm');
  await writeFile(file, [...lines, 'Set($LogToSyslog, undef);', '1;', ''].join('\n'));
  for (const each of ['session', 'conf.d']) await mkdir(join(folder, each));
  return { RT_SITE_CONFIG: file, RT_SITE_CONFIG_DIR: join(folder, 'conf.d') };
}

async function call(url: string, token: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Request Tracker ${method} answered ${response.status}: ${text}`);
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}
