// litewitness of filippo.io/torchwood: a witness of C2SP tlog-witness that nobody here wrote. Its key lies in an ssh-agent, and
// the logs that it knows in a database of SQLite, which its own tool would fill: that one is not to be had everywhere.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';
import { buildGo } from '../go.ts';

const run = promisify(execFile);
const MODULE = join(import.meta.dirname, '..', 'witness');
const EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

export interface Litewitness {
  readonly url: string;
  /** Its verifier key, as it says it itself. */
  readonly vkey: string;
  /** From now on it takes checkpoints of that log by that key as well. */
  trust(origin: string, vkey: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startLitewitness(name: string): Promise<Litewitness> {
  const program = await buildGo(MODULE, 'filippo.io/torchwood/cmd/litewitness', 'litewitness');
  const folder = mkdtempSync(join(tmpdir(), 'tenure-witness-'));
  const [key, socket, database] = ['key', 'agent', 'witness.db'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const agent = await startChildServer({
    command: 'ssh-agent',
    arguments: ['-D', '-a', socket],
    isReady: (line) => line.includes('SSH_AUTH_SOCK'),
  });
  await run('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  const { stdout } = await run('ssh-keygen', ['-l', '-f', `${key}.pub`]);
  const fingerprint = stdout.split(' ')[1] ?? '';
  const port = await freePort();
  let vkey = '';
  const witness = await startChildServer({
    command: program,
    arguments: [
      `-name=${name}`,
      `-db=${database}`,
      `-ssh-agent=${socket}`,
      `-key=${fingerprint}`,
      `-listen=127.0.0.1:${port}`,
    ],
    isReady: (line) => {
      vkey = /vkey=(\S+)/.exec(line)?.[1] ?? vkey;
      return line.includes('msg=listening');
    },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    vkey: vkey.replaceAll('"', ''),
    trust: async (origin, logKey) => {
      const statements = [
        `INSERT OR IGNORE INTO log (origin, tree_size, tree_hash) VALUES (?1, 0, '${EMPTY_ROOT}')`,
        'INSERT INTO key (origin, key) VALUES (?1, ?2)',
      ];
      const script = `import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
db.execute(sys.argv[4], (sys.argv[2],))
db.execute(sys.argv[5], (sys.argv[2], sys.argv[3]))
db.commit()`;
      await run('python3', ['-c', script, database, origin, logKey, ...statements]);
    },
    stop: async () => {
      await witness.stop();
      await agent.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
