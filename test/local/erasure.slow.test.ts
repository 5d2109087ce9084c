// Somebody is erased on the deployed app: markers that were planted in what HR and operators say of them are then nowhere
// that Tenure keeps anything, the key is gone under which the log has the rest, and a copy of log and lake verifies.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { decompress } from 'fzstd';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HoldAnswer, holdDetailSchema } from '../../lambdas/api/holds.ts';
import type { Role } from '../../lambdas/api/roles.ts';
import { verifyAuditLog } from '../../local/audit-log.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { postBatch } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { everythingKept } from '../support/everything-kept.ts';
import { findLeaks, type Marker, type Place, tallyOf } from '../support/leak-search.ts';
import {
  convergedAt,
  eventually,
  immediateLeaver,
  joiner,
  mover,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 600_000;
const DAY_MS = 86_400_000;
const RETRY_MS = 2_000;
const COMPRESSORS = {
  ZSTD: (bytes: Uint8Array) => decompress(bytes),
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
};

const ID = newIdentityId('Erased');
const JOINED = {
  givenName: 'mkGivenName',
  familyName: 'mkFamilyName',
  email: 'mkemail@acme.example',
  title: 'mkTitleOne',
  company: 'mkCompany',
  costCenter: 'mkCostCenter',
};
const SAID = { reason: 'mkReasonOfLeaving', evidence: 'mkEvidence', title: 'mkTitleTwo' };
const MARKERS: readonly Marker[] = [...Object.values(JOINED), ...Object.values(SAID)].map((text) => ({
  name: text,
  text,
}));

let cloud: LocalCloud;
let documents: DynamoDBDocumentClient;
let functions: LambdaClient;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: { erasure: { delayDays: 1 } } } }) });
  const options = { endpoint: cloud.outputs.aws.endpoint, region: REGION, credentials: CREDENTIALS };
  documents = DynamoDBDocumentClient.from(new DynamoDBClient(options));
  functions = new LambdaClient(options);
}, START_TIMEOUT_MS);
afterAll(async () => {
  documents?.destroy();
  functions?.destroy();
  await cloud?.stop();
});

describe('somebody who is erased', { timeout: TEST_TIMEOUT_MS }, () => {
  it('is nowhere any more that Tenure keeps anything, and log and lake verify', async () => {
    // In Munich the badge is a task, so that somebody attests it.
    await postBatch(cloud.hr, [joiner(ID, { ...JOINED, department: 'Sales', location: 'Munich' })]);
    await convergedAt(cloud, ID);
    await attestAll();
    await postBatch(cloud.hr, [mover(ID, { title: SAID.title })]);
    await convergedAt(cloud, ID, 2);
    await postBatch(cloud.hr, [{ ...immediateLeaver(ID), data: { reason: SAID.reason, immediate: true } }]);
    await eventually(`${ID} being gone for good`, async () => {
      await attestAll();
      const identity = await cloud.api.findIdentity(ID);
      return identity?.converged && identity.removal?.provenAt !== undefined ? true : undefined;
    });
    const before = await searched();
    expect(MARKERS.filter((marker) => findLeaks(before, [marker]).length === 0)).toEqual([]);
    const keys = await keysOf();
    expect(keys).toHaveLength(1);

    const { holdId } = await proposed();
    await call('security', 'POST', `/holds/${holdId}/release`, { reason: 'both have looked' });
    await passADay(holdId);
    const done = await eventually('the erasure', async () => {
      await erase();
      const hold = holdDetailSchema.parse(await call('security', 'GET', `/holds/${holdId}`));
      if (hold.erasure?.erasedAt !== undefined) return hold;
      await sleep(RETRY_MS);
      return undefined;
    });
    expect(done).toMatchObject({ status: 'released', erasure: { remains: expect.any(Array) } });
    expect(done.erasure).not.toHaveProperty('identityId');
    expect(await cloud.api.findIdentity(ID)).toBeUndefined();

    const { lake, isWhole, lines } = await verifyAuditLog(cloud);
    console.log(lines.join('\n'));
    expect(isWhole, lines.join('\n')).toBe(true);
    const after = [...(await searched()), ...(await rowsIn(lake))];
    const tally = tallyOf(after);
    console.log('searched:', tally);
    const kinds = ['execution', 'log stream', 'object', 'rows of the lake', 'table item'];
    expect(Object.keys(tally)).toEqual(expect.arrayContaining(kinds));
    expect(findLeaks(after, MARKERS)).toEqual([]);
    expect(await keysOf()).toEqual([]);
    const [key = new Uint8Array()] = keys;
    const encoded = { name: 'key', text: Buffer.from(key).toString('base64') };
    expect(findLeaks(after, [encoded])).toEqual([]);
    expect(after.filter(({ content }) => content.includes(Buffer.from(key))).map(({ name }) => name)).toEqual([]);
    const named = findLeaks(
      after.filter(({ kind }) => kind === 'table item'),
      [{ name: 'id', text: ID }],
    );
    // That somebody of this id was erased, and when.
    const { IdentitiesTableName, SubjectsTableName } = cloud.stacks;
    expect(named.map(({ place }) => place.trim()).sort()).toEqual([
      `table item ${IdentitiesTableName} ${ID} ERASED`,
      `table item ${SubjectsTableName} identity#${ID}`,
    ]);
  });
});

/** Of Tenure itself: what HR and the systems keep of somebody is theirs. */
async function searched(): Promise<readonly Place[]> {
  const { folder, outputs } = cloud;
  const kept = await everythingKept({ endpoint: outputs.aws.endpoint, folder });
  return kept.filter(({ kind }) => !kind.startsWith('file in') || kind === 'file in logs');
}

async function rowsIn(lake: string): Promise<readonly Place[]> {
  const files = readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.parquet'));
  const found = files.map(async (file) => {
    const rows = await parquetReadObjects({
      file: new Uint8Array(readFileSync(join(lake, file))).buffer,
      compressors: COMPRESSORS,
    });
    const text = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    return { kind: 'rows of the lake', name: file, content: Buffer.from(text) };
  });
  expect(files).not.toEqual([]);
  return await Promise.all(found);
}

/** Of the person, as identity and as operator. */
async function keysOf(): Promise<readonly Uint8Array[]> {
  const keys: Uint8Array[] = [];
  const TableName = cloud.stacks.SubjectsTableName;
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName, ConsistentRead: true }))
    for (const { pk, secret } of Items)
      if (String(pk).endsWith(`#${ID}`) && secret instanceof Uint8Array) keys.push(secret);
  return keys;
}

async function attestAll(): Promise<void> {
  const own = (await cloud.api.listOpenTasks()).filter(({ identityId }) => identityId === ID);
  for (const { taskId } of own) await cloud.api.attest(taskId, SAID.evidence);
}

/** Refused for as long as something about them is under way. */
async function proposed(): Promise<{ readonly holdId: string }> {
  return await eventually('its being proposed', async () => {
    const path = `/identities/${ID}/personal-data`;
    return (await call('hr', 'DELETE', path).catch(async () => void (await sleep(RETRY_MS)))) as
      | { readonly holdId: string }
      | undefined;
  });
}

async function call(role: Role, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${cloud.outputs.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${cloud.outputs.tokens[role]}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

/** The hold is as if it had been released a day before: no emulator lets a day pass. */
async function passADay(holdId: HoldAnswer['holdId']): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: cloud.stacks.IdentitiesTableName,
      Key: { pk: 'HOLD#', sk: holdId },
      UpdateExpression: 'SET decision.decidedMs = decision.decidedMs - :day',
      ExpressionAttributeValues: { ':day': DAY_MS },
    }),
  );
}

/** As their clocks do every five minutes: the lake of activity is looked through in between. */
async function erase(): Promise<void> {
  const { Functions = [] } = await functions.send(new ListFunctionsCommand({ MaxItems: 1_000 }));
  const names = Functions.map((each) => each.FunctionName ?? '');
  for (const part of ['ErasePersonalData', 'EraseFromLake']) {
    const FunctionName = names.find((name) => name.includes(part));
    expect(FunctionName, part).toBeDefined();
    await functions.send(new InvokeCommand({ FunctionName }));
  }
}
