// Two named queries over what a run left in the lake, as a security team asks them: by the command that everybody has, in
// the emulator's Athena.
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CREDENTIALS, REGION } from './emulators.ts';
import type { LocalCloud } from './local-cloud.ts';
import { answerTable, type QueryRow } from './report.ts';

const COMMAND = fileURLToPath(new URL('../bin/tenure-cli.mjs', import.meta.url));
const QUERY_TIMEOUT_MS = 60_000;
const MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024;
/** Its groups are AWS permission sets: who could do what in the account. */
const ASKED_ABOUT = 'aws';

export interface AskedQuery {
  readonly title: string;
  readonly command: string;
  readonly lines: readonly string[];
}

type Asked = Pick<LocalCloud, 'outputs' | 'folder' | 'plan' | 'accessModel'>;

export async function askNamedQueries(cloud: Asked): Promise<readonly AskedQuery[]> {
  const ids = cloud.accessModel.applications.map(({ id }) => id);
  const application = ids.includes(ASKED_ABOUT) ? ASKED_ABOUT : (ids[0] ?? ASKED_ABOUT);
  const asked = [
    {
      title: 'Leavers, and how many seconds until they were out, from the lake',
      query: ['leavers-time-to-revoke'],
      columns: ['subject', 'application', 'disabled_seconds', 'last_grant_removed_seconds', 'proven_seconds'],
    },
    {
      title: `Who has access to ${application}, and what that rests on, from the lake`,
      query: ['access-at', '--application', application],
      columns: ['subject', 'grant_name', 'entitlement', 'privileged', 'basis', 'reasons'],
    },
  ];
  return Promise.all(
    asked.map(async ({ title, query, columns }) => ({
      title,
      command: `npx tenure audit query ${query.join(' ')}`,
      lines: answerTable(await askNamedQuery(cloud, query), columns),
    })),
  );
}

/** @param query its name and options. Ids stand in the place of pseudonyms. Throws with what the command said. */
export async function askNamedQuery(
  { outputs, folder, plan }: Omit<Asked, 'accessModel'>,
  query: readonly string[],
): Promise<readonly QueryRow[]> {
  const token = join(folder, `auditor-${query[0]}.token`);
  writeFileSync(token, outputs.tokens.auditor, { mode: 0o600 });
  const deployment = String(plan.settings['stackPrefix'] ?? 'Tenure');
  const options = ['--format', 'json', '--deployment', deployment, '--api', outputs.apiUrl, '--token-file', token];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, 'audit', 'query', ...query, ...options], {
      timeout: QUERY_TIMEOUT_MS,
      maxBuffer: MAXIMUM_ANSWER_BYTES,
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: outputs.aws.endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      },
    });
    return JSON.parse(stdout) as readonly QueryRow[];
  } finally {
    rmSync(token, { force: true });
  }
}
