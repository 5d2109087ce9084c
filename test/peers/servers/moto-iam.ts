// moto with IAM enforced: every call is signed by a key that exists and allowed by a policy. What Tenure's own key may
// do is exactly what the connector asks for.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { IAM } from '@aws-sdk/client-iam';
import type { ConnectorPermission } from '../../../lambdas/connectors/contract/connector.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';
import { startMoto } from '../../support/moto.ts';

const PYTHON = '.local/python/bin/python';
const run = promisify(execFile);

export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface MotoIam {
  /** Past the proxy. */
  readonly url: string;
  readonly proxy: FaultProxy;
  /** The account's administrator, past the proxy. */
  readonly administrator: IAM;
  readonly administratorKeys: AccessKeys;
  /** Tenure's own, with the connector's permissions. */
  readonly tenureKeys: AccessKeys;
  /** Operations that came through the proxy. */
  readonly operations: string[];
  iamOf(keys: AccessKeys): IAM;
  /** STS GetSessionToken; undefined when it is refused. */
  sessionOf(keys: AccessKeys): Promise<AccessKeys | undefined>;
  /** STS AssumeRole; undefined when it is refused. */
  roleSessionOf(keys: AccessKeys, roleArn: string): Promise<AccessKeys | undefined>;
  stop(): Promise<void>;
}

export async function startMotoIam(permissions: readonly ConnectorPermission[]): Promise<MotoIam> {
  const moto = await startMoto();
  const operations: string[] = [];
  // The query protocol names its operation in the body, JSON protocols in a header.
  const proxy = await startFaultProxy(moto.url, ({ headers }, body) => {
    const operation = String(headers['x-amz-target'] ?? '').split('.')[1] ?? new URLSearchParams(body).get('Action');
    operations.push(operation ?? '');
    return `/${operation}`;
  });
  const iamOf = (credentials: AccessKeys) => new IAM({ region: 'us-east-1', endpoint: moto.url, credentials });
  const unchecked = iamOf({ accessKeyId: 'test', secretAccessKey: 'test' });
  const newUser = async (UserName: string, Action: readonly string[]): Promise<AccessKeys> => {
    await unchecked.createUser({ UserName });
    // moto compares every IAM call with the resource "*".
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
    });
    await unchecked.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument });
    const { AccessKey } = await unchecked.createAccessKey({ UserName });
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  };
  const administratorKeys = await newUser('administrator', ['*']);
  const tenureKeys = await newUser(
    'tenure',
    permissions.flatMap(({ actions }) => actions),
  );
  await fetch(`${moto.url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  return {
    url: moto.url,
    proxy,
    administrator: iamOf(administratorKeys),
    administratorKeys,
    tenureKeys,
    operations,
    iamOf,
    sessionOf: (keys) => askSts(moto.url, keys, 'get_session_token()'),
    roleSessionOf: (keys, roleArn) =>
      askSts(moto.url, keys, `assume_role(RoleArn=${JSON.stringify(roleArn)}, RoleSessionName="session")`),
    stop: async () => {
      await proxy.stop();
      await moto.stop();
    },
  };
}

/** By boto3, which moto brings along: there is no STS client among the packages. */
async function askSts(url: string, keys: AccessKeys, call: string): Promise<AccessKeys | undefined> {
  const script = `import boto3, json
try:
    print(json.dumps(boto3.client("sts", endpoint_url=${JSON.stringify(url)}, region_name="us-east-1").${call}["Credentials"], default=str))
except Exception as error:
    print(json.dumps({"refused": error.response["Error"]["Code"]}))`;
  const environment = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
  const { stdout } = await run(PYTHON, ['-c', script], { env: { ...process.env, ...environment } });
  const answer = JSON.parse(stdout) as Record<string, string>;
  if (answer['refused'] !== undefined) {
    if (!/^(AccessDenied|InvalidClientTokenId)/.test(answer['refused'])) throw new Error(`STS: ${answer['refused']}`);
    return undefined;
  }
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
