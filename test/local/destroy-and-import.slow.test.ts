// What becomes of the data when somebody destroys its stack, and how it is taken back: as docs/upgrade.md says, by the real
// `cdk destroy` and `cdk import`. The other stacks hold nothing that could not be made anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addTenure } from '../../lib/tenure.ts';
import { runCdk } from '../../local/deploy.ts';
import { ACCOUNT, CREDENTIALS, REGION, startEmulators } from '../../local/emulators.ts';
import { type ClaimedPorts, claimPorts } from '../../local/ports.ts';
import { Processes } from '../../local/processes.ts';
import { ensurePythonEnvironment } from '../../local/python-environment.ts';
import { createRunFolder } from '../../local/run-folder.ts';
import { askCloudFormation } from '../support/ask-emulator.ts';
import { newApp } from '../support/stacks.ts';

const TIMEOUT_MS = 900_000;
const DATA = 'Tenure-IdentityData';
/** What MiniStack imports of what is kept: of everything else the stack has only what can be made anew. */
const IMPORTED: Readonly<Record<string, (physicalId: string, pool: string) => Readonly<Record<string, string>>>> = {
  'AWS::DynamoDB::Table': (TableName) => ({ TableName }),
  'AWS::KMS::Key': (KeyId) => ({ KeyId }),
  'AWS::Cognito::UserPool': (UserPoolId) => ({ UserPoolId }),
  'AWS::Cognito::UserPoolClient': (ClientId, UserPoolId) => ({ UserPoolId, ClientId }),
  'AWS::Cognito::UserPoolGroup': (GroupName, UserPoolId) => ({ UserPoolId, GroupName }),
};
const MARK = { pk: { S: 'MARK' }, sk: { S: 'MARK' } };

let ports: ClaimedPorts;
let processes: Processes;
let folder: string;
let endpoint: string;
let app: string;
beforeAll(async () => {
  ports = await claimPorts();
  folder = await createRunFolder(new Date());
  processes = new Processes(join(folder, 'logs'), () => {});
  const python = await ensurePythonEnvironment(processes, { onInstall: () => {} });
  ({ endpoint } = await startEmulators(processes, python, ports, folder));
  const tenure = newApp({ 'tenure.retainData': 'true' });
  addTenure(tenure);
  app = tenure.synth().directory;
}, TIMEOUT_MS);
afterAll(async () => {
  await processes?.stop();
  await ports?.release();
});

describe('a deployment that keeps its data', { timeout: TIMEOUT_MS }, () => {
  it('is destroyed only after its protection was lifted, leaves the data, and takes it back', async () => {
    await cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
    const { IdentitiesTableName: table } = await deploy();
    await tables().send(new PutItemCommand({ TableName: table, Item: MARK }));
    const kept = await resourcesOf(DATA);

    await expect(cdk('destroy', DATA, '--force')).rejects.toThrow();
    expect(await resourcesOf(DATA)).toEqual(kept);
    const lift = { Action: 'UpdateTerminationProtection', StackName: DATA, EnableTerminationProtection: 'false' };
    await askCloudFormation(endpoint, lift);
    await cdk('destroy', DATA, '--force');
    expect((await tables().send(new GetItemCommand({ TableName: table, Key: MARK }))).Item).toEqual(MARK);

    const pool = kept.find(({ type }) => type === 'AWS::Cognito::UserPool')?.physicalId ?? '';
    const mapping = Object.fromEntries(
      kept.flatMap(({ logicalId, type, physicalId }) => {
        const identifier = IMPORTED[type]?.(physicalId, pool);
        return identifier === undefined ? [] : [[logicalId, identifier]];
      }),
    );
    const file = join(folder, 'mapping.json');
    writeFileSync(file, JSON.stringify(mapping));
    await cdk('import', DATA, '--resource-mapping', file);
    // MiniStack then sees no difference in a template to which only the outputs are new, which AWS adds.
    await deploy();
    expect(await resourcesOf(DATA)).toEqual(
      expect.arrayContaining(kept.filter(({ type }) => Object.hasOwn(IMPORTED, type))),
    );
    expect((await tables().send(new GetItemCommand({ TableName: table, Key: MARK }))).Item).toEqual(MARK);
  });
});

function cdk(...args: readonly string[]): Promise<void> {
  return runCdk(processes, args, { app, endpoint, folder });
}

/** Returns the stack's outputs. */
async function deploy(): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'outputs.json');
  await cdk('deploy', DATA, '--require-approval', 'never', '--outputs-file', file);
  return JSON.parse(readFileSync(file, 'utf8'))[DATA] ?? {};
}

interface Kept {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
}

async function resourcesOf(StackName: string): Promise<readonly Kept[]> {
  const answer = await askCloudFormation(endpoint, { Action: 'DescribeStackResources', StackName });
  return [...answer.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = '']) => {
    const textOf = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(member)?.[1] ?? '';
    return {
      logicalId: textOf('LogicalResourceId'),
      type: textOf('ResourceType'),
      physicalId: textOf('PhysicalResourceId'),
    };
  });
}

function tables(): DynamoDBClient {
  return new DynamoDBClient(connection());
}

function connection() {
  return { region: REGION, endpoint, credentials: CREDENTIALS };
}
