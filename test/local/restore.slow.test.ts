// The drill: a deployment that has worked loses what it knows of people, and has it again from the sealed log and the keys
// alone. What was right in the systems stays as it is, and who left stays out.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DynamoDBClient, RestoreTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdentityAnswer } from '../../lambdas/api/identities.ts';
import { verifyAuditLog } from '../../local/audit-log.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { postBatch } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import {
  accountsOf,
  convergedAt,
  eventually,
  joiner,
  leaver,
  mover,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 600_000;
const SALES = { department: 'Sales', title: 'Account Executive' };
const ENGINEERING = { department: 'Engineering', title: 'Software Engineer' };
/** More than three who lose access within an hour are held already. */
const HOLDS_FOUR = {
  massErrorGuard: { windowMinutes: 60, maximumIdentities: 3, maximumShare: 1, applicationShare: 1, neverHeld: 3 },
};

let cloud: LocalCloud;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: HOLDS_FOUR } }) });
  const { endpoint } = cloud.outputs.aws;
  documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS }));
}, START_TIMEOUT_MS);
afterAll(() => cloud?.stop());

describe('after everything that was known of people is lost', { timeout: TEST_TIMEOUT_MS }, () => {
  it('the log and the keys bring it back, and nobody gains or loses anything by that', async () => {
    const everybody = Array.from({ length: 8 }, () => newIdentityId('R'));
    const [moved = '', left = '', survivor = '', duplicate = '', ...others] = everybody;
    const held = others.slice(0, 3);
    await postBatch(cloud.hr, [
      joiner(moved, SALES),
      ...[left, survivor, ...others].map((id) => joiner(id, ENGINEERING)),
      joiner(duplicate, { ...ENGINEERING, email: `${survivor.toLowerCase()}.again@acme.example` }),
    ]);
    await Promise.all(everybody.map((id) => convergedAt(cloud, id)));
    await postBatch(cloud.hr, [mover(moved, { title: 'Sales Manager' })]);
    await merge(survivor, duplicate);
    await postBatch(cloud.hr, [leaver(left)]);
    await Promise.all([moved, survivor, duplicate, left].map((id) => convergedAt(cloud, id, 2)));
    await postBatch(
      cloud.hr,
      held.map((id) => leaver(id)),
    );
    const [hold] = await holds('acme-hr');
    expect(hold).toBeDefined();

    const before = await look(everybody);
    const { folder, isWhole, lines } = await verifyAuditLog(cloud);
    expect(isWhole, lines.join('\n')).toBe(true);
    await loseEverything();
    expect(await cloud.api.listIdentities()).toEqual([]);

    const planned = await restore(folder);
    expect(planned).toMatch(/^8 identities with/m);
    expect(planned).not.toMatch(new RegExp(everybody.join('|')));
    expect(await cloud.api.listIdentities()).toEqual([]);
    await restore(folder, '--carry-out');

    await Promise.all(everybody.map((id) => convergedAt(cloud, id, 1_000)));
    const after = await look(everybody);
    for (const [id, was] of before) {
      const is = after.get(id);
      expect(is?.accounts, id).toEqual(was.accounts);
      expect(shown(is?.identity), id).toEqual(shown(was.identity));
    }
    const entries = (await Promise.all(everybody.map((id) => cloud.api.listAudit(id)))).flat();
    const changes = entries.filter(({ event }) => event.type === 'access-changed');
    expect(changes).toEqual([]);
    expect(after.get(left)?.accounts.every(({ enabled, grants }) => !enabled && grants.length === 0)).toBe(true);

    expect(await holds('acme-hr')).toEqual([hold]);
    await decide(hold?.holdId ?? '', 'release');
    await Promise.all(held.map((id) => eventually(`${id} leaving`, async () => hasLeft(id))));
  });
});

async function look(ids: readonly string[]) {
  const found = ids.map(async (id) => {
    const identity = await cloud.api.findIdentity(id);
    return [id, { identity, accounts: await accountsOf(cloud, id) }] as const;
  });
  return new Map(await Promise.all(found));
}

/** What does not depend on when it was worked out. */
function shown(identity: IdentityAnswer | undefined) {
  const { state, entitlements, timeline } = identity ?? {};
  const { knownAt: _knownAt, ...known } = (state ?? {}) as Record<string, unknown>;
  return { state: known, entitlements, timeline };
}

async function hasLeft(id: string): Promise<true | undefined> {
  const accounts = await accountsOf(cloud, id);
  return accounts.every(({ enabled }) => !enabled) ? true : undefined;
}

async function call(
  role: 'hr' | 'security' | 'operations',
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${cloud.outputs.apiUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${cloud.outputs.tokens[role]}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  return answer;
}

interface ShownHold {
  readonly holdId: string;
  readonly source: string;
}

async function holds(source: string): Promise<readonly ShownHold[]> {
  const { items } = (await call('security', '/holds?status=open')) as unknown as { items: readonly ShownHold[] };
  return items.filter((hold) => hold.source === source);
}

async function decide(holdId: string, decision: 'release' | 'drop'): Promise<void> {
  await call('operations', `/holds/${encodeURIComponent(holdId)}/${decision}`, { reason: 'looked at' });
}

async function merge(survivor: string, duplicate: string): Promise<void> {
  const { holdId } = await call('hr', `/identities/${survivor}/merge`, { duplicate, reason: 'one person' });
  await decide(String(holdId), 'release');
}

/** The deployment is as one that was only just deployed; the keys are those of a moment before. */
async function loseEverything(): Promise<void> {
  const { IdentitiesTableName, AuditTableName, SubjectsTableName } = cloud.stacks;
  await documents.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: SubjectsTableName,
      TargetTableName: 'recovered-keys',
      UseLatestRestorableTime: true,
    }),
  );
  for (const table of [IdentitiesTableName, AuditTableName, SubjectsTableName]) await empty(table);
}

async function empty(table: string): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: table })) {
    for (let from = 0; from < Items.length; from += 25) {
      const deletions = Items.slice(from, from + 25).map(({ pk, sk }) => ({
        DeleteRequest: { Key: { pk, ...(sk !== undefined && { sk }) } },
      }));
      await documents.send(new BatchWriteCommand({ RequestItems: { [table]: deletions } }));
    }
  }
}

/** As an operator runs it. */
async function restore(folder: string, ...more: readonly string[]): Promise<string> {
  const { IdentitiesTableName, AuditTableName, SubjectsTableName } = cloud.stacks;
  const tables = {
    keys: 'recovered-keys',
    identities: IdentitiesTableName,
    audit: AuditTableName,
    subjects: SubjectsTableName,
  };
  const named = Object.entries(tables).flatMap(([name, table]) => [`--${name}`, table]);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['bin/tenure-cli.mjs', 'restore', '--log', folder, ...named, ...more],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: cloud.outputs.aws.endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      },
    },
  );
  return stdout;
}
