// Keycloak's own distribution, from Maven Central, with its database in memory. Fetched and built once into
// .local/peers; each start is a fresh server, on loopback and a free port.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

const run = promisify(execFile);
const VERSION = '26.7.4';
const PEERS = resolve('.local/peers');
const ARTIFACT = 'org.keycloak:keycloak-quarkus-dist';
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get';
const ADMINISTRATOR = { username: 'administrator', password: 'password-of-the-administrator' };
const FETCH_TIMEOUT_MS = 600_000;
const START_TIMEOUT_MS = 240_000;

export interface Keycloak {
  readonly url: string;
  /** Signed in anew for each use: its tokens live for a minute. */
  administrator(): Promise<KeycloakAdminClient>;
  stop(): Promise<void>;
}

export interface KeycloakOptions {
  /** Features beside those that are on by themselves, each of which takes a build of its own. @default none */
  readonly features?: readonly string[];
  /** Options of its providers: name → value. @default none */
  readonly options?: Readonly<Record<string, string>>;
}

export async function startKeycloak({ features = [], options = {} }: KeycloakOptions = {}): Promise<Keycloak> {
  const home = join(PEERS, ['keycloak', VERSION, ...features].join('-'));
  await ensureKeycloak(home, features);
  const port = await freePort();
  const server = await startChildServer({
    // As bin/kc.sh does. Under that script java would be a child, and outlive it when it is killed.
    command: 'java',
    arguments: [
      `-Dkc.home.dir=${home}`,
      `-Djboss.server.config.dir=${join(home, 'conf')}`,
      '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
      '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
      '-Dpicocli.disable.closures=true',
      // A short life: compiling for speed does not pay.
      '-XX:TieredStopAtLevel=1',
      '-XX:+ExitOnOutOfMemoryError',
      ...['util', 'util.concurrent', 'security', 'lang'].map(
        (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
      ),
      '-cp',
      join(home, 'lib/quarkus-run.jar'),
      'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
      'start',
      '--optimized',
      '--http-enabled=true',
      '--hostname-strict=false',
      '--cache=local',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ],
    environment: {
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMINISTRATOR.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMINISTRATOR.password,
    },
    isReady: (line) => line.includes('Listening on:'),
    startTimeoutMs: START_TIMEOUT_MS,
  });
  const url = `http://127.0.0.1:${port}`;
  const administrator = async () => {
    const client = new KeycloakAdminClient({ baseUrl: url });
    await client.auth({ grantType: 'password', clientId: 'admin-cli', ...ADMINISTRATOR });
    return client;
  };
  return { url, administrator, stop: server.stop };
}

async function ensureKeycloak(home: string, features: readonly string[]): Promise<void> {
  if (existsSync(home)) return;
  await ensurePackages(['maven', 'openjdk-17-jre-headless']);
  await mkdir(PEERS, { recursive: true });
  const folder = await mkdtemp(join(PEERS, 'keycloak-'));
  try {
    const options = { timeout: FETCH_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    await run('mvn', ['-q', '-B', PLUGIN, `-Dartifact=${ARTIFACT}:${VERSION}:tar.gz`, '-Dtransitive=false'], options);
    // Where Maven looks, which asks the system who it is rather than HOME.
    const repository = join(userInfo().homedir, '.m2/repository/org/keycloak/keycloak-quarkus-dist', VERSION);
    await run('tar', ['xzf', join(repository, `keycloak-quarkus-dist-${VERSION}.tar.gz`), '-C', folder]);
    const unpacked = join(folder, `keycloak-${VERSION}`);
    await run(
      join(unpacked, 'bin/kc.sh'),
      ['build', '--db=dev-mem', ...features.map((one) => `--features=${one}`)],
      options,
    );
    await rename(unpacked, home);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
