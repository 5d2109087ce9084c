// As many applications as an access model may have, against the limits of CloudFormation, Lambda and IAM, which only a
// deployment would meet.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { AccessModelError } from '../../lib/access-model/access-model-error.ts';
import { addTenure } from '../../lib/tenure.ts';
import { stackOutputsSchema } from '../../local/stack-outputs.ts';
import { newApp, type Resource, stacksOf } from '../support/stacks.ts';

/** AWS's own: CloudFormation quotas, Lambda quotas, IAM and STS quotas, EventBridge quotas. */
const LIMITS = {
  resources: 500,
  outputs: 200,
  outputBytes: 1_024,
  templateBytes: 1_000_000,
  environmentBytes: 4_096,
  inlinePolicyBytes: 10_240,
  rulesOfABus: 300,
};
/** What a token becomes: an ARN of a function, table or role at its longest. */
const TOKEN_BYTES = 170;
const TIMEOUT_MS = 240_000;

type Json = ReturnType<Template['toJSON']>;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe.each([30, 1_000])('%i applications that sign in with a secret', (count) => {
  const ids = Array.from({ length: count }, (_, index) => `application-${index}-with-quite-a-long-name`);

  it('are deployed within every limit, each with its secret', { timeout: TIMEOUT_MS }, () => {
    const stacks = stacksOf(addTenure(newApp({ 'tenure.accessModel': modelOf(ids), ...NO_SETTINGS })));
    const templates = stacks.map((stack) => Template.fromStack(stack).toJSON());
    for (const template of templates) withinLimits(template);
    const resources = templates.flatMap((template) => Object.values<Resource>(template['Resources']));
    const names = resources.flatMap(({ Type, Properties }) =>
      Type === 'AWS::SecretsManager::Secret' ? (Properties['Name'] ?? []) : [],
    );
    expect(names.toSorted()).toEqual(ids.map((id) => `Tenure/applications/${id}`).toSorted());
    expect(ofType(resources, 'AWS::Events::Rule').length).toBeLessThan(LIMITS.rulesOfABus);
    const { ApplicationSecrets } = stackOutputsSchema.parse({ ...OTHER_OUTPUTS, ...literalOutputs(templates) });
    expect(ApplicationSecrets).toEqual(Object.fromEntries(ids.map((id) => [id, `Tenure/applications/${id}`])));
  });
});

it('are refused by name before a stack of secrets is full', { timeout: TIMEOUT_MS }, () => {
  // These all come to lie in the first stack.
  const ids = Array.from({ length: 4_000 }, (_, index) => `app-${index}`).filter((id) => hash(id) % 3 === 0);
  const add = (count: number) => () =>
    addTenure(newApp({ 'tenure.accessModel': modelOf(ids.slice(0, count)), ...NO_SETTINGS }));
  expect(add(480)).not.toThrow();
  expect(add(481)).toThrow(AccessModelError);
  expect(add(481)).toThrow(
    'applications  481 of them would have their secret in the stack Tenure-Secrets-1, which takes at most 480',
  );
});

it('are refused beyond a thousand', { timeout: TIMEOUT_MS }, () => {
  const ids = Array.from({ length: 1_001 }, (_, index) => `app-${index}`);
  const add = () => addTenure(newApp({ 'tenure.accessModel': modelOf(ids), ...NO_SETTINGS }));
  expect(add).toThrow('applications:1:1  1001 files: expected at most 1000');
});

const NO_SETTINGS = { tenure: {} };
const NAMES = '{}';
const OTHER_OUTPUTS = Object.fromEntries(
  [
    'ApiUrl',
    'IdentitiesTableName',
    'AuditTableName',
    'SubjectsTableName',
    'PopulationBucketName',
    'LogBucketName',
    'LogTableName',
    'LakeBucketName',
    'LakeFunctionName',
    'SealQueueUrl',
    'EventBusName',
    'ActivityTableName',
    'ActivityQueueUrl',
    'AlertBusName',
    'EscalationTopicArn',
    'ConsoleUrl',
    'ConsoleBucketName',
  ]
    .concat(['UserPoolId', 'UserPoolClientId'])
    .map((name) => [name, name])
    .concat([
      ['HrSourceSecrets', NAMES],
      ['ActivitySourceSecrets', NAMES],
      ['StateMachines', NAMES],
    ]),
);

function modelOf(ids: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-model-'));
  folders.push(folder);
  mkdirSync(join(folder, 'applications'));
  writeFileSync(join(folder, 'owners.yaml'), 'owners: [{ id: E1, name: Ada, contact: ada@acme.example }]\n');
  for (const id of ids) {
    const settings = `settings: { baseUrl: "https://${id}.acme.example/scim/v2" }`;
    const lines = [
      'name: One of many',
      'connector: scim',
      'owner: E1',
      settings,
      'entitlements: [{ id: member, name: Member }]',
    ];
    writeFileSync(join(folder, 'applications', `${id}.yaml`), `${lines.join('\n')}\n`);
  }
  return folder;
}

function withinLimits(template: Json): void {
  const resources = Object.values<Resource>(template['Resources'] ?? {});
  const outputs = Object.values<{ readonly Value: unknown }>(template['Outputs'] ?? {});
  expect(resources.length).toBeLessThanOrEqual(LIMITS.resources);
  expect(outputs.length).toBeLessThanOrEqual(LIMITS.outputs);
  expect(JSON.stringify(template).length).toBeLessThanOrEqual(LIMITS.templateBytes);
  for (const { Value } of outputs) expect(bytesOf(Value)).toBeLessThanOrEqual(LIMITS.outputBytes);
  for (const { Properties } of ofType(resources, 'AWS::Lambda::Function')) {
    const { Variables = {} } = (Properties['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
    const bytes = Object.entries(Variables).reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0);
    expect(bytes).toBeLessThanOrEqual(LIMITS.environmentBytes);
  }
  for (const { Properties } of ofType(resources, 'AWS::IAM::Policy')) {
    expect(JSON.stringify(Properties['PolicyDocument']).length).toBeLessThanOrEqual(LIMITS.inlinePolicyBytes);
  }
}

function ofType(resources: readonly Resource[], type: string): readonly Resource[] {
  return resources.filter(({ Type }) => Type === type);
}

/** Of the text that CloudFormation makes of it. */
function bytesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return String(value).length;
  const [[intrinsic, argument] = ['', undefined]] = Object.entries(value);
  if (intrinsic !== 'Fn::Join') return TOKEN_BYTES;
  return (argument as [string, unknown[]])[1].reduce<number>((sum, part) => sum + bytesOf(part), 0);
}

function literalOutputs(templates: readonly Json[]): Readonly<Record<string, string>> {
  const outputs = templates.flatMap((template) =>
    Object.entries<{ readonly Value: unknown }>(template['Outputs'] ?? {}),
  );
  return Object.fromEntries(outputs.flatMap(([name, { Value }]) => (typeof Value === 'string' ? [[name, Value]] : [])));
}

function hash(id: string): number {
  return Number.parseInt(createHash('sha256').update(id).digest('hex').slice(0, 8), 16);
}
