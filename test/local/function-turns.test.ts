// On two cores calls of functions wait for one another, those of a function that reserves concurrency for no other's, and so do
// executions.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RUNTIME } from '../../lib/bundling/bundles.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { askCloudFormation } from '../support/ask-emulator.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { createFunctionRole } from '../support/small-function.ts';

/** As many of one function as run at once. */
const AT_ONCE = Math.min(6, cpus().length + 1);
const EXECUTIONS_AT_ONCE = 16 * Math.min(6, cpus().length);
const FUNCTION_ARN = `arn:aws:lambda:${REGION}:000000000000:function:other`;
/** Longer than it takes until all that is called has come. */
const CALL_MS = 1_000;
const HANDLER = `exports.handler = async () => {
  const beganMs = Date.now();
  await new Promise((resolve) => setTimeout(resolve, ${CALL_MS}));
  console.log('called');
  return beganMs;
};`;

let ministack: MiniStack;
let lambda: LambdaClient;
let apiUrl: string;
let roleArn: string | undefined;
beforeAll(async () => {
  ministack = await startMiniStack();
  const connection = { endpoint: ministack.url, region: REGION, credentials: CREDENTIALS };
  lambda = new LambdaClient({ ...connection, maxAttempts: 1 });
  roleArn = await createFunctionRole(new IAMClient(connection), 'function');
  const functionOf = (FunctionName: string, more: object = {}) => {
    const Code = { ZipFile: HANDLER };
    const Properties = {
      FunctionName,
      Runtime: RUNTIME.name,
      Handler: 'index.handler',
      Timeout: 30,
      Role: roleArn,
      Code,
      ...more,
    };
    return { Type: 'AWS::Lambda::Function', Properties };
  };
  const Resources = {
    A: functionOf('other'),
    B: functionOf('reserving', { ReservedConcurrentExecutions: 20 }),
    C: functionOf('answering'),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'answers', ProtocolType: 'HTTP' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['C', 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        RouteKey: 'GET /',
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
      },
    },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'C' },
        Principal: 'apigateway.amazonaws.com',
      },
    },
  };
  const Outputs = { ApiId: { Value: { Ref: 'Api' } } };
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  await askCloudFormation(ministack.url, { Action: 'CreateStack', StackName: 'Functions', TemplateBody });
  apiUrl = await vi.waitFor(
    async () => {
      const answer = await askCloudFormation(ministack.url, { Action: 'DescribeStacks', StackName: 'Functions' });
      expect(answer).toContain('<StackStatus>CREATE_COMPLETE<');
      const apiId = /<OutputValue>([^<]+)</.exec(answer)?.[1];
      return `${ministack.url}/_aws/execute-api/${apiId}/$default`;
    },
    { timeout: 60_000, interval: 200 },
  );
});
afterAll(() => ministack?.stop());

it('begins no call of another function while one waits of a function that reserves concurrency', async () => {
  // No process has to start meanwhile.
  await Promise.all([begin('other', AT_ONCE), begin('reserving', AT_ONCE)]);
  const others = begin('other', 2 * AT_ONCE);
  const reserving = begin('reserving', 3 * AT_ONCE);
  const [other = [], reserved = []] = await Promise.all([others, reserving]);
  expect([other.length, reserved.length]).toEqual([2 * AT_ONCE, 3 * AT_ONCE]);
  // The last of one wait for nobody but their own; the second half of the others waits for those before them as well.
  expect(other[AT_ONCE]).toBeGreaterThan(reserved[2 * AT_ONCE - 1] ?? Number.NaN);
  expect(reserved[AT_ONCE]).toBeGreaterThanOrEqual((reserved[0] ?? Number.NaN) + CALL_MS);
});

it('lets nobody who waits for an answer of the API wait for other functions', async () => {
  const ask = async () => Number(await (await fetch(apiUrl)).text());
  await Promise.all([begin('reserving', AT_ONCE), ask()]);
  const others = begin('other', 2 * AT_ONCE);
  const reserving = begin('reserving', 3 * AT_ONCE);
  // By then as many of both run as may, and the rest waits, of those that reserve the last for as long again.
  await sleep(CALL_MS);
  const askedMs = await ask();
  const [, reserved = []] = await Promise.all([others, reserving]);
  expect(askedMs).toBeGreaterThan(reserved[0] ?? Number.NaN);
  expect(askedMs).toBeLessThan(reserved[2 * AT_ONCE] ?? Number.NaN);
});

it('tells a state machine that there is no room, rather than to run what has been given up on', async () => {
  const client = new SFNClient({ endpoint: ministack.url, region: REGION, credentials: CREDENTIALS });
  const Call = { Type: 'Task', Resource: FUNCTION_ARN, TimeoutSeconds: CALL_MS / 1_000, End: true };
  const definition = JSON.stringify({ StartAt: 'Call', States: { Call } });
  const machine = await client.send(new CreateStateMachineCommand({ name: 'calling', definition, roleArn }));
  const busy = begin('other', AT_ONCE);
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: machine.stateMachineArn }));
  const error = await vi.waitFor(
    async () => {
      const { status, error: found } = await client.send(new DescribeExecutionCommand({ executionArn }));
      expect(status).toBe('FAILED');
      return found;
    },
    { timeout: 10 * CALL_MS, interval: 100 },
  );
  expect(error).toBe('Lambda.TooManyRequestsException');
  await busy;
});

describe('executions', () => {
  const Call = (name: string) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: FUNCTION_ARN.replace('other', name) },
    End: true,
  });
  let client: SFNClient;
  const running: string[] = [];
  beforeAll(() => {
    client = new SFNClient({ endpoint: ministack.url, region: REGION, credentials: CREDENTIALS });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((executionArn) => client.send(new StopExecutionCommand({ executionArn }))));
  });

  it('have room for so many at once, those that come first before the others, and none wait that begin with what is reserved', async () => {
    const calling = await machine('calls-other', Call('other'));
    const reserving = await machine('calls-reserving', Call('reserving'));
    const first = await start(calling, EXECUTIONS_AT_ONCE);
    const [late = ''] = await start(calling, 1);
    const [leaver = ''] = await start(reserving, 1);
    await endOf(leaver);
    const ends = await Promise.all(first.map(endOf));
    await endOf(late);
    expect(await beginOf(late)).toBeGreaterThanOrEqual(Math.min(...ends));
    expect(await beginOf(leaver)).toBeLessThan(Math.min(...ends));
  }, 60_000);

  it('make room while they wait for their time', async () => {
    running.push(
      ...(await start(await machine('waits', { Type: 'Wait', Seconds: 600, End: true }), EXECUTIONS_AT_ONCE)),
    );
    const [passing = ''] = await start(await machine('passes', { Type: 'Pass', End: true }), 1);
    expect(await endOf(passing)).toBeLessThan(Date.now());
  });

  async function machine(name: string, Only: object): Promise<string> {
    const definition = JSON.stringify({ StartAt: 'Only', States: { Only } });
    return (await client.send(new CreateStateMachineCommand({ name, definition, roleArn }))).stateMachineArn ?? '';
  }

  async function start(stateMachineArn: string, count: number): Promise<readonly string[]> {
    const arns: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
      arns.push(executionArn ?? '');
    }
    return arns;
  }

  /** Epoch ms. */
  async function beginOf(executionArn: string): Promise<number> {
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    return events.find(({ type }) => type === 'TaskStateEntered')?.timestamp?.getTime() ?? Number.NaN;
  }

  function endOf(executionArn: string): Promise<number> {
    return vi.waitFor(
      async () => {
        const { status, stopDate } = await client.send(new DescribeExecutionCommand({ executionArn }));
        expect(status).toBe('SUCCEEDED');
        return stopDate?.getTime() ?? Number.NaN;
      },
      { timeout: 50_000, interval: 250 },
    );
  }
});

/** When each began, in order (epoch ms). */
async function begin(FunctionName: string, calls: number): Promise<readonly number[]> {
  const answers = Array.from({ length: calls }, async () => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    return Number(Payload?.transformToString());
  });
  return (await Promise.all(answers)).sort((a, b) => a - b);
}
