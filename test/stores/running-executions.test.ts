// How many passes are under way, as Step Functions (the emulator's) tells it.
import { IAMClient } from '@aws-sdk/client-iam';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { stepFunctionsRunning } from '../../lambdas/stores/running-executions.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { createFunctionRole } from '../support/small-function.ts';

let emulator: MiniStack;
let client: SFNClient;
const machines: string[] = [];

beforeAll(async () => {
  emulator = await startMiniStack();
  const connection = { endpoint: emulator.url, region: REGION, credentials: CREDENTIALS };
  client = new SFNClient(connection);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  const roleArn = await createFunctionRole(new IAMClient(connection), 'passes');
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } });
  for (const name of ['joiner', 'converge']) {
    const { stateMachineArn = '' } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    machines.push(stateMachineArn);
  }
  vi.stubEnv(ENVIRONMENT.passMachines, JSON.stringify(machines));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await emulator?.stop();
});

it('counts those of every machine that are under way, and no other', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  const running = stepFunctionsRunning();
  expect(await running.areAtLeast(1)).toBe(false);
  const started = [await start(0), await start(0), await start(1), await start(1)];
  expect([await running.areAtLeast(4), await running.areAtLeast(5)]).toEqual([true, false]);
  const [stopped = ''] = started;
  await client.send(new StopExecutionCommand({ executionArn: stopped }));
  await vi.waitFor(async () => expect((await statusOf(stopped)).status).toBe('ABORTED'));
  expect([await running.areAtLeast(3), await running.areAtLeast(4)]).toEqual([true, false]);
});

it('says nothing where nobody answers', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  await expect(stepFunctionsRunning().areAtLeast(1)).rejects.toThrow();
});

async function start(machine: number): Promise<string> {
  const stateMachineArn = machines[machine] ?? '';
  return (await client.send(new StartExecutionCommand({ stateMachineArn }))).executionArn ?? '';
}

function statusOf(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  return client.send(new DescribeExecutionCommand({ executionArn }));
}
