// What the stores tell AWS: the bus, the scheduler, executions that wait and queues, against their
// protocols. A refusal must reach whoever called, and "already so" must not.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { RetryableError } from '../../lambdas/core/errors.ts';
import { ENVIRONMENT, fromEnvironment } from '../../lambdas/stores/environment.ts';
import { eventBridgeBus } from '../../lambdas/stores/event-bus.ts';
import { sqsPeopleQueue } from '../../lambdas/stores/people/people-queue.ts';
import { eventBridgeScheduler } from '../../lambdas/stores/transition-scheduler.ts';
import { stepFunctionsExecutions } from '../../lambdas/stores/waiting-executions.ts';
import { type StubAnswer, type StubServer, startStubServer } from '../support/stub-server.ts';

let server: StubServer;
let answer: StubAnswer;
let answerTo: ((body: unknown) => StubAnswer) | undefined;
const bodies: unknown[] = [];

beforeAll(async () => {
  server = await startStubServer((request) => {
    bodies.push(request.body);
    return answerTo?.(request.body) ?? answer;
  });
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENVIRONMENT.eventBus, 'tenure-bus');
  vi.stubEnv(ENVIRONMENT.scheduleGroup, 'tenure-group');
  vi.stubEnv(ENVIRONMENT.takeEffectArn, 'arn:take-effect');
  vi.stubEnv(ENVIRONMENT.scheduleRoleArn, 'arn:role');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});
beforeEach(() => {
  answerTo = undefined;
  bodies.length = 0;
});

const md5Of = (text: string) => createHash('md5').update(text).digest('hex');
const refused = (type: string, status = 400): StubAnswer => ({
  status,
  headers: { 'x-amzn-errortype': type },
  body: { __type: type, message: type },
});

it('a stage goes onto the bus under the name that rules choose by', async () => {
  answer = { body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } };
  await eventBridgeBus().publish('leaver', { identityId: 'E1', version: 7, trigger: 'fact-1' });
  await eventBridgeBus().publish('unchanged', { identityId: 'E1', version: 8, trigger: 'fact-2' });
  expect(bodies).toMatchObject([
    { Entries: [{ EventBusName: 'tenure-bus', Source: 'tenure', DetailType: 'Leaver' }] },
    { Entries: [{ DetailType: 'Refresh' }] },
  ]);
  const [{ Entries }] = bodies as [{ Entries: [{ Detail: string }] }];
  expect(JSON.parse(Entries[0].Detail)).toEqual({ identityId: 'E1', version: 7, trigger: 'fact-1' });
});

it('a stage that the bus does not take, in an answer of 200, is an error', async () => {
  answer = { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] } };
  const published = eventBridgeBus().publish('leaver', { identityId: 'E1', version: 7, trigger: 'fact-1' });
  await expect(published).rejects.toBeInstanceOf(RetryableError);
  await expect(published).rejects.toThrow('ThrottlingException');
});

it('a schedule fires at its instant or just after it, once, and goes away', async () => {
  answer = { body: { ScheduleArn: 'arn:schedule' } };
  const instantMs = Date.parse('2026-12-01T08:00:00.001Z');
  await eventBridgeScheduler().schedule('E1', instantMs);
  await eventBridgeScheduler().schedule('E1', Date.parse('2026-12-01T08:00:00Z'));
  expect(bodies).toMatchObject([
    {
      GroupName: 'tenure-group',
      ScheduleExpression: 'at(2026-12-01T08:00:01)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: 'arn:take-effect', RoleArn: 'arn:role', Input: JSON.stringify({ identityId: 'E1', instantMs }) },
    },
    { ScheduleExpression: 'at(2026-12-01T08:00:00)' },
  ]);
});

it('each identity and instant has a schedule of its own, and asking twice is asking once', async () => {
  answer = { body: { ScheduleArn: 'arn:schedule' } };
  const before = server.requests.length;
  const { schedule } = eventBridgeScheduler();
  for (const [id, atMs] of [
    ['E1', 1_000],
    ['E1', 1_000],
    ['E1', 2_000],
    ['E2', 1_000],
  ] as const) {
    await schedule(id, atMs);
  }
  const names = server.requests.slice(before).map(({ path }) => path);
  expect(names[0]).toBe(names[1]);
  expect(new Set(names).size).toBe(3);
  answer = refused('ConflictException', 409);
  await expect(schedule('E1', 1_000)).resolves.toBeUndefined();
  answer = refused('ServiceQuotaExceededException', 402);
  await expect(schedule('E1', 1_000)).rejects.toThrow('ServiceQuotaExceededException');
});

it('an execution that no longer waits is left in peace, and no other failure is', async () => {
  const { wake } = stepFunctionsExecutions();
  answer = { body: {} };
  await wake('token');
  expect(bodies).toEqual([{ taskToken: 'token', output: '{}' }]);
  for (const gone of ['TaskTimedOut', 'TaskDoesNotExist']) {
    answer = refused(gone);
    await expect(wake('token')).resolves.toBeUndefined();
  }
  answer = refused('InvalidToken');
  await expect(wake('token')).rejects.toThrow('InvalidToken');
});

it('of a batch of people, what the queue refuses is sent again, alone; what it never takes is an error', async () => {
  vi.stubEnv(ENVIRONMENT.hrSourceQueues, JSON.stringify({ bamboo: `${server.url}/queue` }));
  const sent: string[][] = [];
  // Takes the first of each batch.
  answerTo = (body) => {
    const { Entries } = body as { Entries: { Id: string; MessageBody: string; MessageGroupId: string }[] };
    sent.push(Entries.map(({ MessageGroupId }) => MessageGroupId));
    const [first, ...others] = Entries;
    return {
      body: {
        Successful: [{ Id: first?.Id, MessageId: 'm', MD5OfMessageBody: md5Of(first?.MessageBody ?? '') }],
        Failed: others.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      },
    };
  };
  await sqsPeopleQueue().send('bamboo', ['1', '2', '3']);
  expect(sent).toEqual([['1', '2', '3'], ['2', '3'], ['3']]);
  await expect(sqsPeopleQueue().send('bamboo', ['1', '2', '3', '4'])).rejects.toBeInstanceOf(RetryableError);
});

it('an environment variable that is missing or empty is named', () => {
  expect(fromEnvironment('eventBus')).toBe('tenure-bus');
  expect(fromEnvironment('hrSources', '[]')).toBe('[]');
  expect(() => fromEnvironment('hrSources')).toThrow(`${ENVIRONMENT.hrSources} is not set`);
  vi.stubEnv(ENVIRONMENT.auditTable, '');
  expect(() => fromEnvironment('auditTable')).toThrow('is not set');
});
