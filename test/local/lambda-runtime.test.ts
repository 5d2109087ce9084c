// The emulator's functions run on the Node that AWS will run them on, whatever Node this machine has.
import { IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, type Runtime } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUNTIME } from '../../lib/bundling/bundles.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { createFunctionRole, zipOf } from '../support/small-function.ts';

const HANDLER = `export const handler = async () => { console.log('called'); return process.version; };`;

let ministack: MiniStack;
let lambda: LambdaClient;
let roleArn: string | undefined;
beforeAll(async () => {
  ministack = await startMiniStack();
  const connection = { endpoint: ministack.url, region: REGION, credentials: CREDENTIALS };
  lambda = new LambdaClient(connection);
  roleArn = await createFunctionRole(new IAMClient(connection), 'function');
});
afterAll(() => ministack?.stop());

it('runs a function on the Node of its declared runtime', async () => {
  const { FunctionError, answer } = await runAs(RUNTIME.name as Runtime);
  expect(FunctionError).toBeUndefined();
  const major = /^nodejs(\d+)\.x$/.exec(RUNTIME.name)?.[1];
  expect(answer).toMatch(new RegExp(`^v${major}\\.`));
});

it('fails a function of a runtime that it does not have, rather than running it on another', async () => {
  const { answer } = await runAs('nodejs22.x');
  expect(answer).toMatchObject({ errorMessage: expect.stringContaining('a function declares nodejs22.x') });
});

async function runAs(runtime: Runtime) {
  const FunctionName = `version-${runtime.replace('.', '-')}`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: runtime,
      Handler: 'index.handler',
      Role: roleArn,
      Code: { ZipFile: await zipOf('index.mjs', HANDLER) },
    }),
  );
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  return { FunctionError, answer: JSON.parse(Payload?.transformToString() ?? 'null') as unknown };
}
