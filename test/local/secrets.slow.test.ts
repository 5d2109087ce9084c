// A connector's secret appears in no log, error, event, execution history or audit entry, and a person's name or address
// in no log, execution or message: everything is let go wrong that can, and then everything that was kept is searched.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { ACCOUNT, CREDENTIALS, REGION } from '../../local/emulators.ts';
import { loadOrganisation } from '../../local/feed/organisation.ts';
import { type HrSource, postBatch, postEvent } from '../../local/hr-client.ts';
import { OperatorsApi } from '../../local/operators-api.ts';
import { type Outputs, outputsSchema } from '../../local/outputs.ts';
import { type StackOutputs, stackOutputsSchema } from '../../local/stack-outputs.ts';
import type { FaultInput } from '../../local/targets/faults.ts';
import { callAws, everythingKept } from '../support/everything-kept.ts';
import { killWorkers } from '../support/kill-workers.ts';
import { findLeaks, type Marker, type Place, tallyOf } from '../support/leak-search.ts';
import { convergedAt, eventually, joiner, leaver, mover, newIdentityId } from '../support/local-cloud-events.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 300_000;
const APPLICATIONS = ['chat', 'code-hosting', 'crm', 'data-warehouse', 'directory'] as const;
type ApplicationId = (typeof APPLICATIONS)[number];

/** Where no name and no address belongs. */
const IMPERSONAL = /^(?:log stream|file in logs|execution|message .*|printed)$/;
const SALES = { department: 'Sales', title: 'Head of Sales' };
const ENGINEERING = { department: 'Engineering', title: 'Software Engineer' };

interface Cloud {
  readonly outputs: Outputs;
  readonly stacks: StackOutputs;
  readonly folder: string;
  readonly api: OperatorsApi;
  readonly hr: HrSource;
  readonly controlToken: string;
}

const secrets: Marker[] = [];
const people: Marker[] = [];
/** What was answered to whoever asks the API. */
const answers: Place[] = [];
const original = new Map<string, string>();
let starting: ChildProcess;
let outputsFolder: string;
let printed = '';
let cloud: Cloud;

beforeAll(async () => {
  outputsFolder = mkdtempSync(join(tmpdir(), 'tenure-secrets-'));
  cloud = await startByNpm(join(outputsFolder, 'outputs.json'));
  const { outputs, stacks, controlToken } = cloud;
  for (const SecretId of [...Object.values(stacks.ApplicationSecrets), ...Object.values(stacks.HrSourceSecrets)]) {
    const { SecretString = '' } = await secretsManager().send(new GetSecretValueCommand({ SecretId }));
    original.set(SecretId, SecretString);
  }
  for (const [id, { token }] of Object.entries(outputs.targets)) plant(`the token of ${id}`, token);
  for (const [id, { secret }] of Object.entries(outputs.hrSources)) {
    plant(`the secret of ${id}`, secret.replace('whsec_', ''));
  }
  for (const [role, token] of Object.entries(outputs.tokens)) {
    plant(`the signature of the ${role}'s token`, token.split('.')[2] ?? '');
  }
  plant('the token of the fault control', controlToken);
  await listen();
}, START_TIMEOUT_MS);

afterAll(async () => {
  if (/error|unexpected/i.test(printed)) process.stderr.write(printed);
  const ended = new Promise((resolve) => starting.once('close', resolve));
  starting.kill('SIGINT');
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10_000))]);
  starting.kill('SIGKILL');
  rmSync(outputsFolder, { recursive: true, force: true });
});

describe('secrets and personal data', { timeout: STEP_TIMEOUT_MS }, () => {
  const [ada, bob, cyd, dan, eve] = Array.from({ length: 5 }, () => newIdentityId('S')) as [
    string,
    string,
    string,
    string,
    string,
  ];

  it('while systems fail now and then: joiner, mover, leaver', async () => {
    await fault('crm', { kind: 'status', status: 500, body: echoOf('crm'), times: 1 });
    await fault('code-hosting', { kind: 'reset', times: 1 });
    await fault('directory', { kind: 'applied-then-reset', times: 1, match: { method: 'POST' } });
    await fault('chat', { kind: 'timeout', times: 1 });
    await fault('data-warehouse', { kind: 'status', status: 503, body: echoOf('data-warehouse'), times: 1 });
    await postEvent(cloud.hr, joiner(ada, person(SALES)));
    await postEvent(cloud.hr, joiner(cyd, person(SALES)));
    await postEvent(cloud.hr, joiner(eve, person({ ...SALES, location: 'Munich' })));
    await postBatch(cloud.hr, samplePeople());
    await convergedAt(cloud, ada);
    const moved = await postEvent(cloud.hr, mover(ada, ENGINEERING));
    await convergedAt(cloud, ada, moved.version);
    const left = await postEvent(cloud.hr, leaver(ada));
    await agreedAt(ada, left.version);
    await convergedAt(cloud, cyd);
  });

  it('while secrets are malformed, refused and sent back: everybody fails, and somebody is told', async () => {
    // As the console's form has it when key and value change places.
    await putSecret('chat', JSON.stringify({ [plant('a secret as a key', newSecret())]: 'token' }));
    await putSecret('crm', `${plant('a secret that is not JSON', newSecret())} "as it was mailed"`);
    await putSecret('code-hosting', JSON.stringify({ token: plant('a token that is refused', newSecret()) }));
    await fault('directory', { kind: 'status', status: 401, body: echoOf('directory') });
    await fault('data-warehouse', { kind: 'status', status: 400, body: echoOf('data-warehouse') });
    await restartWorkers();
    await postBatch(cloud.hr, [joiner(bob, person(SALES)), joiner(dan, person(ENGINEERING)), leaver(cyd)]);
    const failed = await Promise.all([bob, dan, cyd].map(escalationOf));
    expect([...new Set(failed.flat())].sort()).toEqual([...APPLICATIONS]);
    // A token that no header can carry.
    await putSecret('chat', JSON.stringify({ token: `${plant('a token with a line break', newSecret())}\nand more` }));
    await putSecret('crm', JSON.stringify({ token: { nested: plant('a token that is no text', newSecret()) } }));
    await restartWorkers();
    await postEvent(cloud.hr, mover(bob, { costCenter: '2100' }));
    await failureOf(bob, /the secret of chat is not what its connector needs/);
    await failureOf(bob, /the secret of crm is not what its connector needs/);
  });

  it('while HR is answered: wrong signatures, wrong bodies, a secret that is not one', async () => {
    const event = joiner(newIdentityId('S'), SALES);
    const pasted = plant('a secret pasted into an event', newSecret());
    const wrong = plant('a wrong HR secret', newSecret());
    expect(await deliver(JSON.stringify(event), { key: Buffer.from(wrong) })).toBe(401);
    expect(await deliver(JSON.stringify(event), { signature: `v1,${wrong}` })).toBe(401);
    expect(await deliver(JSON.stringify(event), { sentMs: Date.now() - 3_600_000 })).toBe(401);
    expect(await deliver(`{ "token": "${pasted}" `)).toBe(422);
    expect(await deliver(JSON.stringify({ ...event, time: pasted, data: { attributes: { title: [pasted] } } }))).toBe(
      422,
    );
    const [SecretId = ''] = Object.values(cloud.stacks.HrSourceSecrets);
    const malformed = plant('an HR secret that is not base64', `!${newSecret()}!`);
    await secretsManager().send(new PutSecretValueCommand({ SecretId, SecretString: malformed }));
    await restartWorkers();
    expect(await deliver(JSON.stringify(event))).toBe(500);
    const SecretString = original.get(SecretId);
    // Twice, so that neither the current nor the previous one is malformed.
    await secretsManager().send(new PutSecretValueCommand({ SecretId, SecretString: `whsec_${newKey()}` }));
    await secretsManager().send(new PutSecretValueCommand({ SecretId, SecretString }));
    await restartWorkers();
  });

  it('while messages are given up and brought back', async () => {
    const lost = plant('a secret in a message', newSecret());
    const [redriven, given] = await Promise.all([
      queueUrl('Redriven'),
      queueUrl('LifecycleDeadLetters|Lifecycle-Dead'),
    ]);
    const call = (operation: string, input: object) =>
      callAws(cloud.outputs.aws.endpoint, 'sqs', `AmazonSQS.${operation}`, input);
    for (const MessageBody of [`not JSON: ${lost}`, JSON.stringify({ identityId: cyd, token: lost })]) {
      await call('SendMessage', { QueueUrl: redriven, MessageBody });
    }
    await call('SendMessage', { QueueUrl: given, MessageBody: JSON.stringify({ detail: { identityId: cyd } }) });
    const left = z.object({ Attributes: z.object({ ApproximateNumberOfMessages: z.coerce.number() }) });
    await eventually('the redrive', async () => {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
      const { Attributes } = left.parse(await call('GetQueueAttributes', { QueueUrl: redriven, AttributeNames }));
      return Attributes.ApproximateNumberOfMessages === 0 ? true : undefined;
    });
  });

  it('while operators ask, with and without a right to, on every route', async () => {
    const stranger = plant('a token that is none of ours', newSecret());
    const certificateId = (await cloud.api.findIdentity(ada))?.removal?.certificateId ?? '';
    const ids = [ada, bob, cyd, certificateId, 'data-warehouse', 'nobody'];
    const { tokens } = cloud.outputs;
    for (const { method, path } of ROUTES) {
      const paths = path.includes('{') ? ids.map((id) => path.replace(/\{\w+\}/, encodeURIComponent(id))) : [path];
      for (const each of paths) {
        for (const token of [tokens.auditor, tokens.security, tokens.manager, stranger]) {
          // A POST that is right would change something, and these are not right.
          await ask(method, each, token, method === 'POST' ? { note: stranger } : undefined);
        }
      }
    }
    expect([...new Set(answers.map(({ name }) => name.split(' ')[0]))]).toEqual(
      expect.arrayContaining(['200', '401', '403', '404', '422', '500']),
    );
  });

  it('once all is well again: nothing of it is left over', async () => {
    for (const application of APPLICATIONS) {
      await putSecret(application, original.get(cloud.stacks.ApplicationSecrets[application] ?? '') ?? '');
      await clearFaults(application);
    }
    await restartWorkers();
    const accepted = await postBatch(cloud.hr, [leaver(bob), leaver(dan), mover(cyd, { costCenter: '2100' }, 40)]);
    for (const { identityId, version } of accepted) await agreedAt(identityId, version);
  });

  it('finds none of it anywhere, and finds what was put there on purpose', async () => {
    const control = { name: 'the control', text: 'cOntrol+/"marker"=?&\\ that is found' };
    await plantControl(control.text);
    const places = [
      ...(await everythingKept({ endpoint: cloud.outputs.aws.endpoint, folder: cloud.folder })),
      ...answers,
      { kind: 'printed', name: 'npm start', content: Buffer.from(printed) },
    ];
    const tally = tallyOf(places);
    process.stdout.write(`searched for ${secrets.length} secrets and ${people.length} names and addresses in\n`);
    for (const [kind, { places: count, bytes }] of Object.entries(tally).sort()) {
      process.stdout.write(`  ${String(count).padStart(6)} × ${kind}, ${bytes} bytes\n`);
    }
    const kinds = Object.keys(tally);
    expect
      .soft(kinds)
      .toEqual(expect.arrayContaining(['log stream', 'table item', 'execution', 'object', 'answer', 'printed']));
    expect.soft(kinds).toEqual(expect.arrayContaining(['file in logs', 'file in tmp', 'configuration']));
    expect
      .soft(kinds)
      .toEqual(expect.arrayContaining(['message leak-search-events', 'message leak-search-escalations']));
    const found = findLeaks(places, [control]);
    expect
      .soft([...new Set(found.map(({ place }) => place.split(' ').slice(0, 2).join(' ')))].sort())
      .toEqual(['file in', 'log stream', 'message leak-search-events', 'table item']);
    expect.soft(findLeaks(places, secrets)).toEqual([]);
    const impersonal = places.filter(({ kind }) => IMPERSONAL.test(kind));
    expect.soft(findLeaks(impersonal, people)).toEqual([]);
    // That names would be found: the tables are where they belong.
    const tables = places.filter(({ kind }) => kind === 'table item');
    expect
      .soft(new Set(findLeaks(tables, people).map(({ marker }) => marker)))
      .toEqual(new Set(people.map(({ name }) => name)));
  });
});

/** As its users start it, so that what it prints is searched too. */
async function startByNpm(outputsFile: string): Promise<Cloud> {
  starting = spawn('npm', ['start', '--', '--empty'], {
    cwd: ROOT,
    env: { ...process.env, TENURE_OUTPUTS: outputsFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Without npm, what it started ends by itself.
  process.once('exit', () => starting.kill('SIGKILL'));
  const keep = (chunk: Buffer) => {
    printed += chunk;
  };
  starting.stdout?.on('data', keep);
  starting.stderr?.on('data', keep);
  const folder = await vi.waitFor(
    () => {
      const run = /Logs: (.*)\/logs/.exec(printed)?.[1];
      expect(run, printed).toBeDefined();
      return run ?? '';
    },
    { timeout: START_TIMEOUT_MS, interval: 250 },
  );
  const outputs = outputsSchema.parse(readJson(outputsFile));
  const stacks = Object.assign(
    {},
    ...Object.values(z.record(z.string(), z.looseObject({})).parse(readJson(join(folder, 'stack-outputs.json')))),
  );
  const [[id, { secret }]] = Object.entries(outputs.hrSources) as [[string, { secret: string }]];
  return {
    outputs,
    stacks: stackOutputsSchema.parse(stacks),
    folder,
    api: new OperatorsApi(outputs.apiUrl, () => outputs.tokens),
    hr: { apiUrl: outputs.apiUrl, id, secret },
    controlToken: z.object({ controlToken: z.string() }).parse(readJson(join(folder, 'scim-server.json'))).controlToken,
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function plant(name: string, text: string): string {
  secrets.push({ name, text });
  return text;
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

function newKey(): string {
  return randomBytes(32).toString('base64');
}

/** Somebody whose name and address nobody else has. */
function person<Attributes extends object>(attributes: Attributes) {
  const some = () => randomBytes(5).toString('hex');
  const [givenName, familyName, address] = [`Given${some()}`, `Family${some()}`, `mail-${some()}`];
  for (const text of [givenName, familyName, address]) people.push({ name: text, text });
  return { ...attributes, givenName, familyName, email: `${address}@acme.example` };
}

/** Some of the sample organisation. */
function samplePeople() {
  return loadOrganisation()
    .filter(({ kind, manager }) => kind === 'employee' && manager !== undefined)
    .slice(0, 8)
    .map(({ givenName, familyName, email = '', title, department }) => {
      for (const text of [familyName, email]) people.push({ name: text, text });
      return joiner(newIdentityId('S'), { givenName, familyName, email, title, department });
    });
}

function clientConfiguration() {
  return { endpoint: cloud.outputs.aws.endpoint, region: REGION, credentials: CREDENTIALS };
}

function secretsManager(): SecretsManagerClient {
  return new SecretsManagerClient(clientConfiguration());
}

async function putSecret(application: ApplicationId, SecretString: string): Promise<void> {
  const SecretId = cloud.stacks.ApplicationSecrets[application];
  await secretsManager().send(new PutSecretValueCommand({ SecretId, SecretString }));
}

/** Secrets are kept for a minute by whoever has read them. A worker's death is noticed by the next call to it. */
async function restartWorkers(): Promise<void> {
  killWorkers(cloud);
  await sleep(2_000);
  for (const idle of Array.from({ length: 6 }, (_, index) => index)) await deliver('{}', { signature: `v1,${idle}` });
}

async function fault(application: ApplicationId, input: FaultInput): Promise<void> {
  await control(application, { method: 'POST', body: JSON.stringify(input) });
}

async function clearFaults(application: ApplicationId): Promise<void> {
  await control(application, { method: 'DELETE' });
}

async function control(application: ApplicationId, init: RequestInit): Promise<void> {
  const url = new URL(`/${application}/faults`, cloud.outputs.targets[application]?.baseUrl);
  const headers = { authorization: `Bearer ${cloud.controlToken}`, 'content-type': 'application/json' };
  const { status } = await fetch(url, { ...init, headers });
  expect(status).toBe(204);
}

/** What a careless system answers: the header that it was sent, wherever an error body has room for it. */
function echoOf(application: ApplicationId) {
  const sent = `Bearer ${cloud.outputs.targets[application]?.token}`;
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error', sent],
    scimType: sent,
    detail: `the header "authorization: ${sent}" was not accepted`,
    error: { message: sent, code: sent },
    status: sent,
  };
}

/** Every system agrees; that a removal is proven may take a lease longer. */
async function agreedAt(identityId: string, version: number): Promise<void> {
  await eventually(`the systems agreeing with ${identityId} at version ${version}`, async () => {
    const identity = await cloud.api.findIdentity(identityId);
    return identity?.converged && identity.version >= version ? true : undefined;
  });
}

async function escalationOf(identityId: string): Promise<readonly string[]> {
  const { failed } = await eventually(
    `an escalation for ${identityId}`,
    async () => (await cloud.api.findIdentity(identityId))?.escalation,
    STEP_TIMEOUT_MS / 2,
  );
  return failed.map(({ applicationId }) => applicationId);
}

async function failureOf(identityId: string, pattern: RegExp): Promise<void> {
  await eventually(`${identityId} failing with ${pattern}`, async () => {
    const identity = await cloud.api.findIdentity(identityId);
    const errors = [
      ...(identity?.accounts.map(({ lastError }) => JSON.stringify(lastError ?? '')) ?? []),
      ...(identity?.escalation?.failed.map(({ error }) => error) ?? []),
    ];
    return errors.find((error) => pattern.test(error));
  });
}

/** A delivery as HR makes it, right but for what is said here; what it is answered is kept. */
async function deliver(
  body: string,
  wrong: { readonly key?: Buffer; readonly signature?: string; readonly sentMs?: number } = {},
): Promise<number> {
  const { apiUrl, id, secret } = cloud.hr;
  const key = wrong.key ?? Buffer.from(secret.replace('whsec_', ''), 'base64');
  const messageId = `msg_${randomUUID()}`;
  const timestamp = Math.floor((wrong.sentMs ?? Date.now()) / 1_000);
  const signed = createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/cloudevents+json',
    'webhook-id': messageId,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': wrong.signature ?? `v1,${signed}`,
  };
  const response = await fetch(`${apiUrl}/hr/${id}/events`, { method: 'POST', headers, body });
  await keep(response, `POST /hr/${id}/events`);
  return response.status;
}

async function ask(method: string, path: string, token: string, body?: object): Promise<void> {
  const response = await fetch(`${cloud.outputs.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  await keep(response, `${method} ${path}`);
}

async function keep(response: Response, name: string): Promise<void> {
  const text = `${JSON.stringify([...response.headers])}\n${await response.text()}`;
  answers.push({ kind: 'answer', name: `${response.status} ${name}`, content: Buffer.from(text) });
}

/** Has a copy of every event and of every message to people put into queues of their own. */
async function listen(): Promise<void> {
  const { endpoint } = cloud.outputs.aws;
  const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  for (const QueueName of ['leak-search-events', 'leak-search-escalations']) {
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arnOf(QueueName) }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await callAws(endpoint, 'sqs', 'AmazonSQS.CreateQueue', { QueueName, Attributes: { Policy } });
  }
  const events = new EventBridgeClient(clientConfiguration());
  for (const EventBusName of [cloud.stacks.EventBusName, 'default']) {
    const Rule = `leak-search-${EventBusName}`.slice(0, 64);
    const EventPattern = JSON.stringify({ source: [{ prefix: '' }] });
    await events.send(new PutRuleCommand({ Name: Rule, EventBusName, EventPattern }));
    const Targets = [{ Id: 'queue', Arn: arnOf('leak-search-events') }];
    await events.send(new PutTargetsCommand({ Rule, EventBusName, Targets }));
  }
  const subscription = { TopicArn: cloud.stacks.EscalationTopicArn, Protocol: 'sqs' };
  await new SNSClient(clientConfiguration()).send(
    new SubscribeCommand({ ...subscription, Endpoint: arnOf('leak-search-escalations') }),
  );
}

async function queueUrl(pattern: string): Promise<string> {
  const { endpoint } = cloud.outputs.aws;
  const answer = z.object({ QueueUrls: z.array(z.string()) });
  const { QueueUrls } = answer.parse(await callAws(endpoint, 'sqs', 'AmazonSQS.ListQueues', {}));
  const url = QueueUrls.find((each) => new RegExp(pattern).test(each));
  if (url === undefined) throw new Error(`no queue is called ${pattern}`);
  return url;
}

/** Each in another form. */
async function plantControl(text: string): Promise<void> {
  const { endpoint, tables } = cloud.outputs.aws;
  const [logGroupName, logStreamName] = ['leak-search', 'control'];
  const logs = (operation: string, input: object) => callAws(endpoint, 'logs', `Logs_20140328.${operation}`, input);
  await logs('CreateLogGroup', { logGroupName });
  await logs('CreateLogStream', { logGroupName, logStreamName });
  const message = `Basic ${Buffer.from(`x:${text}`).toString('base64')}`;
  await logs('PutLogEvents', { logGroupName, logStreamName, logEvents: [{ timestamp: Date.now(), message }] });
  const Item = { pk: { S: 'leak-search' }, sk: { S: 'control' }, text: { S: JSON.stringify({ text }) } };
  await new DynamoDBClient(clientConfiguration()).send(new PutItemCommand({ TableName: tables['identities'], Item }));
  const QueueUrl = await queueUrl('leak-search-events');
  const MessageBody = `?token=${encodeURIComponent(text)}`;
  await callAws(endpoint, 'sqs', 'AmazonSQS.SendMessage', { QueueUrl, MessageBody });
  appendFileSync(join(cloud.folder, 'logs', 'leak-search.log'), text);
}
