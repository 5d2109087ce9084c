// Git over SSH: OpenSSH's server takes keys from the directory, gitolite asks it for groups. Members of `git` may read
// and write the repository `tool`.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Session } from '../../connectors/contract.ts';
import { startChildServer } from '../../support/child-server.ts';
import { freePort, untilListening } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';

const run = promisify(execFile);

const OPEN_TIMEOUT_MS = 20_000;
const POLL_MS = 20;

/** Of somebody who is not known, or who may not touch the repository. */
type Stopped = 'no key' | 'no right';

export interface GitOverSsh {
  /** Makes a key pair; returns the public half. */
  newKey(name: string): Promise<string>;
  /** Clones, commits and pushes with that key; what stopped it, if something did. */
  push(keyName: string): Promise<'pushed' | Stopped>;
  /** Signs in with that key and keeps the connection, over which the repository is then read without signing in anew. */
  open(keyName: string): Promise<Session>;
  stop(): Promise<void>;
}

export interface GitOverSshOptions {
  readonly ldapUrl: string;
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly accountsBase: string;
  readonly groupsBase: string;
}

export async function startGitOverSsh(options: GitOverSshOptions): Promise<GitOverSsh> {
  await ensurePackages(['git', 'gitolite3', 'ldap-utils', 'openssh-client', 'openssh-server']);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-git-'));
  const newKey = async (name: string) => {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
    return (await readFile(join(folder, `${name}.pub`), 'utf8')).trim();
  };
  await newKey('host');
  await setUpGitolite(folder, options);
  const port = await freePort();
  const user = userInfo().username;
  await writeFile(join(folder, 'keys.pl'), keysProgram(folder, options));
  await writeFile(join(folder, 'sshd_config'), sshdConfiguration(folder, port, user));
  // sshd's privilege separation wants it.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const server = await startChildServer({
    command: '/usr/sbin/sshd',
    arguments: ['-D', '-e', '-f', join(folder, 'sshd_config')],
    isReady: (line) => line.includes('Server listening'),
  });
  await untilListening(port);
  const connections = new Set<ChildProcess>();
  const repository = `ssh://${user}@127.0.0.1:${port}/tool`;
  const unasked = ['-F', '/dev/null', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no'];
  const unknown = [...unasked, '-o', 'UserKnownHostsFile=/dev/null'];
  const withKey = (keyName: string) => [...unknown, '-o', 'IdentitiesOnly=yes', '-i', join(folder, keyName)];
  return {
    newKey,
    push: async (keyName) => {
      const work = await mkdtemp(join(folder, 'work-'));
      const outcome = await git(withKey(keyName), async (run) => {
        await run('-C', work, 'clone', '-q', repository, '.');
        await run('-C', work, 'commit', '-q', '--allow-empty', '-m', 'Work');
        await run('-C', work, 'push', '-q', 'origin', 'HEAD');
      });
      return outcome ?? 'pushed';
    },
    open: async (keyName) => {
      const socket = join(await mkdtemp(join(folder, 'open-')), 'socket');
      const to = ['-p', String(port), `${user}@127.0.0.1`];
      const options = { env: process.env, stdio: 'ignore' } as const;
      const connection = spawn('ssh', [...withKey(keyName), '-M', '-N', '-S', socket, ...to], options);
      const ended = once(connection, 'exit');
      connections.add(connection);
      await untilThere(socket, connection);
      // Without the connection nothing is asked: it would be a new sign-in.
      const over = [...unknown, '-S', socket, '-o', 'ProxyCommand=false'];
      return {
        isAlive: async () =>
          connection.exitCode === null && (await git(over, (run) => run('ls-remote', repository))) === undefined,
        close: async () => {
          connections.delete(connection);
          connection.kill();
          await ended;
        },
      };
    },
    stop: async () => {
      // The server's own process for each would go on without it.
      for (const connection of connections) connection.kill();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type RunGit = (...words: string[]) => Promise<unknown>;

/** What stopped it, if something did. */
async function git(ssh: readonly string[], act: (run: RunGit) => Promise<unknown>): Promise<Stopped | undefined> {
  const who = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_CONFIG_GLOBAL: '/dev/null' };
  const committer = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  const env = { ...process.env, ...who, ...committer, GIT_SSH_COMMAND: ['ssh', ...ssh].join(' ') };
  try {
    await act((...words) => run('git', words, { env }));
    return undefined;
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (/Permission denied/.test(output)) return 'no key';
    if (/DENIED/.test(output)) return 'no right';
    throw error;
  }
}

async function untilThere(socket: string, connection: ChildProcess): Promise<void> {
  const untilMs = performance.now() + OPEN_TIMEOUT_MS;
  while (!existsSync(socket)) {
    if (connection.exitCode !== null) throw new Error(`ssh ended with ${connection.exitCode}`);
    if (performance.now() > untilMs) throw new Error('ssh did not open the connection');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function setUpGitolite(folder: string, options: GitOverSshOptions): Promise<void> {
  const env = { ...process.env, HOME: folder, GIT_CONFIG_GLOBAL: '/dev/null' };
  await run('gitolite', ['setup', '-a', 'admin'], { env, cwd: folder });
  const groups = join(folder, 'groups.pl');
  await writeFile(groups, groupsProgram(options), { mode: 0o755 });
  const settings = join(folder, '.gitolite.rc');
  const standard = await readFile(settings, 'utf8');
  await writeFile(settings, standard.replace('%RC = (', `%RC = (\n    GROUPLIST_PGM => '${groups}',`));
  const configuration = join(folder, '.gitolite/conf/gitolite.conf');
  await writeFile(configuration, 'repo tool\n    RW+ = @git\n');
  await run('gitolite', ['compile'], { env, cwd: folder });
  await run('gitolite', ['trigger', 'POST_COMPILE'], { env, cwd: folder });
}

function ldapsearch({ ldapUrl, bindDn, bindPassword }: GitOverSshOptions): string {
  return `'ldapsearch', '-x', '-LLL', '-o', 'ldif-wrap=no', '-H', '${ldapUrl}', '-D', '${bindDn}', '-w', '${bindPassword}'`;
}

/** Each key with the account it belongs to, as sshd reads them; `AuthorizedKeysCommand` of sshd_config(5). */
function keysProgram(folder: string, options: GitOverSshOptions): string {
  return `
$/ = '';
open(my $entries, '-|', ${ldapsearch(options)}, '-b', '${options.accountsBase}', '(sshPublicKey=*)', 'uid', 'sshPublicKey');
while (my $entry = <$entries>) {
  my ($uid) = $entry =~ /^uid: ([\\w.\\@-]+)$/m or next;
  print qq(command="env HOME=${folder} /usr/share/gitolite3/gitolite-shell $uid",restrict $1\\n)
    while $entry =~ /^sshPublicKey: (.+)$/mg;
}
`;
}

/** The groups of an account; GROUPLIST_PGM of gitolite. */
function groupsProgram(options: GitOverSshOptions): string {
  return `#!/usr/bin/perl
my ($uid) = $ARGV[0] =~ /^([\\w.\\@-]+)$/ or exit 0;
my $filter = "(member=uid=$uid,${options.accountsBase})";
open(my $groups, '-|', ${ldapsearch(options)}, '-b', '${options.groupsBase}', $filter, 'cn');
while (<$groups>) { print "$1 " if /^cn: ([\\w.-]+)$/; }
`;
}

function sshdConfiguration(folder: string, port: number, user: string): string {
  // A program below /tmp would be refused for its folder's mode, so it is an argument.
  return `
ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
PidFile ${folder}/sshd.pid
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
AuthorizedKeysFile none
AuthorizedKeysCommand /usr/bin/perl ${folder}/keys.pl
AuthorizedKeysCommandUser ${user}
`;
}
