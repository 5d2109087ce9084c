// The six ways in which access outlives a move, each as a story on the deployed app: it ends with the access gone, looked up in
// the target system itself. Between them they wait for clocks of minutes and deploy twice, which is too long for `npm test`.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { runCommand } from '../../bin/command.ts';
import { requestAnswerSchema } from '../../lambdas/api/requests.ts';
import type { TaskAnswer } from '../../lambdas/api/tasks.ts';
import { CREDENTIALS } from '../../local/emulators.ts';
import { postBatch, postEvent } from '../../local/hr-client.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { planRun } from '../../local/plan.ts';
import { managerOfMost } from '../../local/tokens.ts';
import {
  convergedAt,
  eventually,
  grantsOf,
  joiner,
  LETS_MANY_LEAVE,
  mover,
  newIdentityId,
} from '../support/local-cloud-events.ts';

const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 900_000;
const HELD_MS = 110_000;
const SALES = { department: 'Sales', title: 'Account Executive' };
const ENGINEERING = { department: 'Engineering', title: 'Software Engineer' };
/** A profile as somebody once wrote it in haste: whoever is employed sells. */
const WRITTEN = 'kind: [employee]\n      department: [Sales]\n    entitlements:\n      - chat:sales\n';
const HASTY = WRITTEN.replace('\n      department: [Sales]', '');
/** HR has an interface, and a file for whatever it loses. */
const SETTINGS = { ...LETS_MANY_LEAVE, hrSources: ['acme-hr', 'acme-files'] };

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({ plan: planRun({ given: { tenure: SETTINGS } }) });
}, START_TIMEOUT_MS);
afterAll(() => cloud?.stop());

describe.concurrent('what a move would leave behind', { timeout: TEST_TIMEOUT_MS }, () => {
  it('without a formal process: HR corrects a record, tells nobody, and the old access is gone', async ({ expect }) => {
    const subject = newIdentityId('MA');
    await postEvent(cloud.hr, joiner(subject, SALES));
    await convergedAt(cloud, subject);
    expect(await grantsOf(cloud, subject)).toEqual(expect.arrayContaining(['chat:sales', 'crm:sales-user']));
    // Nobody calls it a move: the same joiner is sent once more, with another department in it.
    const { version } = await postEvent(cloud.hr, joiner(subject, ENGINEERING, 5));
    await convergedAt(cloud, subject, version);
    const grants = await grantsOf(cloud, subject);
    expect(grants).toContain('code-hosting:developer');
    expect(grants.filter((grant) => grant.includes('sales'))).toEqual([]);
  });

  it('with HR and IT loosely joined: the event of the move is lost, the next file of everybody tells it', async ({
    expect,
  }) => {
    const subject = newIdentityId('MB');
    await putFile('acme-files', [row(subject, 'Sales', 'Account Executive')]);
    await eventually('the joiner', async () => await cloud.api.findIdentity(subject));
    await convergedAt(cloud, subject);
    expect(await grantsOf(cloud, subject)).toContain('crm:sales-user');
    await putFile('acme-files', [row(subject, 'Engineering', 'Software Engineer')]);
    await eventually('the move', async () => {
      const grants = await grantsOf(cloud, subject);
      return grants.includes('code-hosting:developer') && !grants.includes('crm:sales-user') ? true : undefined;
    });
    const grants = await grantsOf(cloud, subject);
    expect(grants.filter((grant) => grant.includes('sales'))).toEqual([]);
  });

  it('given by hand: what somebody added in the system itself goes with the move, and is found without one', async ({
    expect,
  }) => {
    const subject = newIdentityId('MC');
    await postEvent(cloud.hr, joiner(subject, SALES));
    await convergedAt(cloud, subject);
    await addByHand('crm', subject, 'marketing-user');
    expect(await grantsOf(cloud, subject)).toContain('crm:marketing-user');
    const { version } = await postEvent(cloud.hr, mover(subject, ENGINEERING, 5));
    await convergedAt(cloud, subject, version);
    expect((await grantsOf(cloud, subject)).filter((grant) => grant.startsWith('crm:'))).toEqual([]);
    // Where nothing moves, the next reconciliation finds it, and somebody decides.
    await addByHand('chat', subject, 'sales');
    expect(await grantsOf(cloud, subject)).toContain('chat:sales');
    await reconcile('chat', subject);
    await eventually('what was added by hand being gone', async () =>
      (await grantsOf(cloud, subject)).includes('chat:sales') ? undefined : true,
    );
    expect(await grantsOf(cloud, subject)).toContain('chat:engineering');
  });

  it('outside the platform: a system without an interface keeps the move open until somebody has seen to it', async ({
    expect,
  }) => {
    const subject = newIdentityId('MD');
    await postEvent(cloud.hr, joiner(subject, { ...SALES, location: 'Munich' }));
    await attestTasksOf(subject);
    await convergedAt(cloud, subject);
    const { version } = await postEvent(cloud.hr, mover(subject, { location: 'Berlin' }, 5));
    const task = await openTaskOf(subject);
    expect(task.steps).toContainEqual(expect.objectContaining({ action: 'revoke', grant: 'Zone Munich' }));
    const held = async () => (await cloud.api.findIdentity(subject))?.accounts.find(isBadge)?.account?.grants ?? [];
    expect(await held()).toContain('Zone Munich');
    await cloud.api.attest(task.taskId, 'badge console, 10:42');
    await convergedAt(cloud, subject, version + 1);
    expect(await held()).toEqual([]);
  });

  it('granted for a time and forgotten: it is gone at its end, though the move came in between', async ({ expect }) => {
    const { apiUrl, tokens } = cloud.outputs;
    const [subject, manager] = [identityIn(tokens.employee), managerOfMost()];
    await postBatch(cloud.hr, [joiner(manager), joiner(subject, { ...SALES, manager })]);
    await Promise.all([convergedAt(cloud, manager), convergedAt(cloud, subject)]);
    const ask = { entitlement: 'crm:marketing-user', reason: 'the fair' };
    const endsMs = Date.now() + HELD_MS;
    const asked = await post(`${apiUrl}/requests`, tokens.employee, { ...ask, endsAt: new Date(endsMs).toISOString() });
    const { requestId } = requestAnswerSchema.parse(asked);
    await post(`${apiUrl}/requests/${requestId}/decisions`, tokens.manager, { decision: 'approve' });
    await eventually('the access', async () =>
      (await grantsOf(cloud, subject)).includes('crm:marketing-user') ? true : undefined,
    );
    await postEvent(cloud.hr, mover(subject, ENGINEERING, 1));
    await eventually('the move', async () =>
      (await grantsOf(cloud, subject)).includes('crm:sales-user') ? undefined : true,
    );
    if (Date.now() < endsMs) expect(await grantsOf(cloud, subject)).toContain('crm:marketing-user');
    await eventually('the end', async () =>
      (await grantsOf(cloud, subject)).includes('crm:marketing-user') ? undefined : true,
    );
    expect(Date.now()).toBeGreaterThanOrEqual(endsMs);
  });
});

describe('what roles would leave behind', { timeout: TEST_TIMEOUT_MS }, () => {
  it('by a role that is poorly defined: the plan names who keeps too much, and with the role mended it is gone', async () => {
    const subject = newIdentityId('ME');
    const hasty = changedModel('hasty-model', WRITTEN, HASTY);
    await cloud.redeploy(planRun({ accessModelFolder: hasty, given: { tenure: SETTINGS } }));
    await postEvent(cloud.hr, joiner(subject, SALES));
    await convergedAt(cloud, subject);
    const { version } = await postEvent(cloud.hr, mover(subject, ENGINEERING, 5));
    await convergedAt(cloud, subject, version);
    expect(await grantsOf(cloud, subject)).toContain('crm:sales-user');
    const plan = await planFrom(hasty);
    expect(plan).toMatch(
      new RegExp(`crm:sales-user[^]*the condition of profile sales no longer holds: .*\\b${subject}\\b`),
    );
    await cloud.redeploy(planRun({ given: { tenure: SETTINGS } }));
    await eventually('the group being taken back', async () =>
      (await grantsOf(cloud, subject)).includes('crm:sales-user') ? undefined : true,
    );
    expect(await grantsOf(cloud, subject)).toContain('code-hosting:developer');
  });
});

function row(id: string, department: string, title: string): string {
  return `${id},2026-01-01,employee,Given,Family${id},${id.toLowerCase()}@acme.example,${department},${title}`;
}

async function putFile(source: string, rows: readonly string[]): Promise<void> {
  const { endpoint, region, buckets } = cloud.outputs.aws;
  const header = 'identityId,effectiveAt,kind,givenName,familyName,email,department,title';
  await new S3Client({ endpoint, region, credentials: CREDENTIALS, forcePathStyle: true }).send(
    new PutObjectCommand({
      Bucket: buckets['population'],
      Key: `${source}/today.csv`,
      Body: [header, ...rows, ''].join('\n'),
    }),
  );
}

/** As an administrator does in the system's own pages. */
async function addByHand(applicationId: string, identityId: string, group: string): Promise<void> {
  const { baseUrl, token } = cloud.outputs.targets[applicationId] ?? expect.fail();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const find = async (type: string, filter: string) => {
    const response = await fetch(`${baseUrl}/${type}?filter=${encodeURIComponent(filter)}`, { headers });
    return z.object({ Resources: z.array(z.object({ id: z.string() })).length(1) }).parse(await response.json())
      .Resources[0]?.id;
  };
  const value = await find('Users', `externalId eq "${identityId}"`);
  const groupId = await find('Groups', `displayName eq "${group}"`);
  const patch = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'add', path: 'members', value: [{ value }] }],
  };
  const answer = await fetch(`${baseUrl}/Groups/${groupId}`, { method: 'PATCH', headers, body: JSON.stringify(patch) });
  expect(answer.ok, await answer.text()).toBe(true);
}

/** Until a run has found it, and somebody has looked at the report and decided. */
async function reconcile(applicationId: string, identityId: string): Promise<void> {
  const url = `${cloud.outputs.apiUrl}/reconciliations/${applicationId}`;
  const { security } = cloud.outputs.tokens;
  await post(`${url}/runs`, security);
  await eventually('a report that names them', async () => {
    const response = await fetch(`${url}?kind=extra`, { headers: { authorization: `Bearer ${security}` } });
    const found = await response.text();
    // What is found is shown while the run goes on; it is decided on once that is over.
    const { report } = z.object({ report: z.unknown().optional() }).parse(JSON.parse(found));
    return found.includes(identityId) && report !== undefined ? true : undefined;
  });
  await post(`${url}/decision`, security, { answer: 'repair', reason: 'nobody has asked for that' });
}

async function post(url: string, token: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  expect(response.ok, answer).toBe(true);
  return JSON.parse(answer);
}

function isBadge({ applicationId }: { readonly applicationId: string }): boolean {
  return applicationId === 'badge';
}

function openTaskOf(identityId: string): Promise<TaskAnswer> {
  return eventually(`a task for ${identityId}`, async () =>
    (await cloud.api.listOpenTasks()).find((open) => open.identityId === identityId),
  );
}

async function attestTasksOf(identityId: string): Promise<void> {
  const { taskId } = await openTaskOf(identityId);
  await cloud.api.attest(taskId, 'done as asked');
}

function identityIn(token: string): string {
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return z.object({ 'custom:identity_id': z.string() }).parse(payload)['custom:identity_id'];
}

function changedModel(name: string, from: string, to: string): string {
  const folder = join(cloud.folder, name);
  cpSync('access-model', folder, { recursive: true });
  const profiles = join(folder, 'profiles/commercial.yaml');
  const before = readFileSync(profiles, 'utf8');
  expect(before).toContain(from);
  writeFileSync(profiles, before.replace(from, to));
  return folder;
}

/** By the commands of a user: what the model as it should be would change for the people of the running cloud. */
async function planFrom(deployed: string): Promise<string> {
  const [token, population] = ['token', 'population.jsonl'].map((name) => join(cloud.folder, name)) as [string, string];
  writeFileSync(token, cloud.outputs.tokens.security);
  writeFileSync(population, await commandOutput('export', '--api', cloud.outputs.apiUrl, '--token-file', token));
  return commandOutput('plan', '--population', population, '--before', deployed, '--after', 'access-model');
}

async function commandOutput(...args: readonly string[]): Promise<string> {
  const [out, errors]: [string[], string[]] = [[], []];
  const code = await runCommand(args, { out: (text) => void out.push(text), error: (text) => void errors.push(text) });
  expect(errors).toEqual([]);
  expect(code).toBe(0);
  return out.join('\n');
}
