// Applications in AWS accounts other than Tenure's own: by a role there, on moto, whose STS gives credentials of the role's
// account. How long credentials are kept is tried on a stub, since no server here issues them for minutes.
import { IAM } from '@aws-sdk/client-iam';
import { Identitystore } from '@aws-sdk/client-identitystore';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { connectorOf } from '../../../lambdas/connectors/registry.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import { type Moto, startMoto } from '../../support/moto.ts';
import { type StubServer, startStubServer } from '../../support/stub-server.ts';

const OTHER_ACCOUNT = '222233334444';
const roleIn = (account: string) => `arn:aws:iam::${account}:role/tenure`;
const roleArn = roleIn(OTHER_ACCOUNT);
const REGION = 'us-east-1';
const STORE = { identityStoreId: 'd-1234567890', region: REGION };
const PROFILE = {
  identityId: 'E1',
  kind: 'employee',
  userName: 'ada@acme.example',
  displayName: 'Ada Lovelace',
  givenName: 'Ada',
  familyName: 'Lovelace',
  email: 'ada@acme.example',
} as const;

const saved = { ...process.env };
let moto: Moto;

beforeAll(async () => {
  moto = await startMoto();
});
beforeEach(() => {
  process.env['AWS_ENDPOINT_URL'] = moto.url;
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  process.env['AWS_REGION'] = REGION;
  delete process.env['AWS_ENDPOINT_URL_STS'];
});
afterAll(async () => {
  process.env = saved;
  await moto.stop();
});

describe('with a role in another account', () => {
  it('AWS IAM makes users there, and none in its own', async () => {
    const target = await connect('aws-iam', { region: REGION, roleArn, externalId: 'acme' });
    await target.createAccount(PROFILE);
    const there = await new IAM(await otherAccount()).listUsers({});
    expect(there.Users?.map(({ Arn }) => Arn)).toEqual([`arn:aws:iam::${OTHER_ACCOUNT}:user/ada@acme.example`]);
    expect((await new IAM({ region: REGION }).listUsers({})).Users).toEqual([]);
  });

  it('Identity Center makes users there, and none in its own', async () => {
    const target = await connect('identity-center', { ...STORE, roleArn });
    await target.createAccount(PROFILE);
    const input = { IdentityStoreId: STORE.identityStoreId };
    const there = await new Identitystore(await otherAccount()).listUsers(input);
    expect(there.Users?.map(({ UserName }) => UserName)).toEqual([PROFILE.userName]);
    expect((await new Identitystore({ region: REGION }).listUsers(input)).Users).toEqual([]);
  });

  it('Secrets Manager notes there who knows a secret', async () => {
    const other = new SecretsManager(await otherAccount());
    const { ARN = '' } = await other.createSecret({ Name: 'shared', SecretString: 'x' });
    expect(ARN).toContain(OTHER_ACCOUNT);
    const target = await connect('secrets-manager', { secrets: [ARN], roleArn });
    await target.grant(await target.createAccount(PROFILE), 'shared');
    const { Tags } = await other.describeSecret({ SecretId: ARN });
    expect(Tags?.map(({ Key }) => Key)).toEqual(['tenure:knows:E1']);
  });
});

describe.each(['aws-iam', 'identity-center', 'secrets-manager'])('%s', (type) => {
  const secrets = [`arn:aws:secretsmanager:${REGION}:${OTHER_ACCOUNT}:secret:shared-AbCdEf`];
  const settings = { 'aws-iam': {}, 'identity-center': STORE, 'secrets-manager': { secrets } }[type];

  it('may then do no more in its own account than to become that role', () => {
    expect(permissionsOf(type, { ...settings, roleArn })).toEqual([
      { actions: ['sts:AssumeRole'], resources: [roleArn] },
    ]);
    expect(JSON.stringify(permissionsOf(type, { ...settings }))).not.toContain('sts:');
  });

  it.each([
    [{ externalId: 'acme' }, 'externalId'],
    [{ roleArn: 'tenure' }, 'roleArn'],
    [{ roleArn: `arn:aws:iam::${OTHER_ACCOUNT}:user/ada` }, 'roleArn'],
    [{ roleArn, externalId: 'x' }, 'externalId'],
    [{ roleArn, externalId: 'a b' }, 'externalId'],
  ])('refuses %j', (wrong, path) => {
    const parsed = connectorOf(type).settings.safeParse({ ...settings, ...wrong });
    expect(parsed.error?.issues.map((issue) => issue.path)).toEqual([[path]]);
  });

  it('takes a role of any partition', () => {
    const chinese = { ...settings, roleArn: 'arn:aws-cn:iam::222233334444:role/teams/tenure' };
    expect(connectorOf(type).settings.safeParse(chinese).success).toBe(true);
  });
});

describe('credentials of a role', () => {
  let sts: StubServer;
  let asked: string[] = [];
  let answer: { readonly status: number; readonly minutes: number };

  beforeAll(async () => {
    sts = await startStubServer((request) => {
      asked.push(String(request.body));
      return { status: answer.status, headers: { 'content-type': 'text/xml' }, body: xmlOf(answer) };
    });
  });
  beforeEach(() => {
    asked = [];
    process.env['AWS_ENDPOINT_URL_STS'] = sts.url;
  });
  afterAll(() => sts.stop());

  it('are kept from one connection to the next', async () => {
    answer = { status: 200, minutes: 60 };
    await findIn('100000000001');
    await findIn('100000000001');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('RoleSessionName=tenure-application-of-mine');
    expect(asked[0]).toContain('ExternalId=acme');
  });

  it('are asked for anew before they end', async () => {
    answer = { status: 200, minutes: 4.9 };
    await findIn('100000000002');
    await findIn('100000000002');
    expect(asked.length).toBeGreaterThanOrEqual(2);
  });

  it('that are refused are no refusal of the call itself', async () => {
    answer = { status: 403, minutes: 0 };
    const error = await findIn('100000000003').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PermanentError);
    expect((error as Error).message).toBe(
      "STS AssumeRole answered 403 (AccessDenied): does the role trust the connector's function, by this external id if any?",
    );
    answer = { status: 200, minutes: 60 };
    await findIn('100000000003');
  });

  it('that cannot be had just now are tried again', async () => {
    answer = { status: 503, minutes: 0 };
    await expect(findIn('100000000004')).rejects.toThrow(RetryableError);
  });
});

function permissionsOf(type: string, settings: object) {
  const connector = connectorOf(type);
  if (connector.kind !== 'api') throw new Error(`${type} has no API`);
  return connector.permissions?.(connector.settings.parse(settings));
}

async function connect(type: string, settings: object): Promise<Target> {
  const connector = connectorOf(type);
  if (connector.kind !== 'api') throw new Error(`${type} has no API`);
  const parsed = connector.settings.parse(settings);
  return connector.connect({
    applicationId: 'application-of-mine',
    settings: parsed,
    secret: undefined,
    callTimeoutMs: 10_000,
  });
}

async function findIn(account: string) {
  const target = await connect('aws-iam', { region: REGION, roleArn: roleIn(account), externalId: 'acme' });
  return target.findAccount({ identityId: 'E1', userName: 'nobody@acme.example' });
}

async function otherAccount() {
  const sts = new STS({ region: REGION, endpoint: moto.url });
  const { Credentials: given } = await sts.assumeRole({ RoleArn: roleArn, RoleSessionName: 'test' });
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  return { region: REGION, endpoint: moto.url, credentials };
}

function xmlOf({ status, minutes }: { readonly status: number; readonly minutes: number }): string {
  if (status !== 200) {
    const code = status === 403 ? 'AccessDenied' : 'ServiceUnavailable';
    return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>User: arn:aws:iam::1:x</Message></Error></ErrorResponse>`;
  }
  const expiration = new Date(Date.now() + minutes * 60_000).toISOString();
  const credentials = `<AccessKeyId>ASIATEST</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${expiration}</Expiration>`;
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}
