// IAM on moto as the contract drives it, and ways past the connector.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { awsIam } from '../../../lambdas/connectors/aws/aws-iam.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Harness, Session } from '../../connectors/contract.ts';
import { type AccessKeys, type MotoIam, startMotoIam } from '../servers/moto-iam.ts';

const CALL_TIMEOUT_MS = 10_000;
export const PERMISSIONS = awsIam.permissions?.(awsIam.settings.parse({})) ?? [];
export const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

const saved = { ...process.env };
afterAll(() => {
  process.env = saved;
});

export function connect(moto: MotoIam, keys: AccessKeys, settings: object = {}, callTimeoutMs = CALL_TIMEOUT_MS) {
  process.env['AWS_ENDPOINT_URL_IAM'] = moto.proxy.url;
  process.env['AWS_ACCESS_KEY_ID'] = keys.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = keys.secretAccessKey;
  return awsIam.connect({
    applicationId: 'aws',
    settings: awsIam.settings.parse({ region: 'us-east-1', ...settings }),
    secret: undefined,
    callTimeoutMs,
  });
}

export async function newKey(moto: MotoIam, UserName: string): Promise<AccessKeys> {
  const { AccessKey } = await moto.administrator.createAccessKey({ UserName });
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** May somebody with these keys still do anything at all? */
export async function isAllowed(moto: MotoIam, keys: AccessKeys): Promise<boolean> {
  try {
    await moto.iamOf(keys).listGroups({});
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (!/^(AccessDenied|InvalidClientTokenId)/.test(name)) throw error;
    return false;
  }
}

export async function addEveryCredential(moto: MotoIam, UserName: string): Promise<void> {
  const iam = moto.administrator;
  await iam.createLoginProfile({ UserName, Password: 'Correct-horse-9' });
  await newKey(moto, UserName);
  await iam.uploadSSHPublicKey({ UserName, SSHPublicKeyBody: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ' });
  await iam.createServiceSpecificCredential({ UserName, ServiceName: 'codecommit.amazonaws.com' });
  await iam.uploadSigningCertificate({ UserName, CertificateBody: certificate() });
  const { VirtualMFADevice } = await iam.createVirtualMFADevice({ VirtualMFADeviceName: `mfa-${UserName}` });
  const SerialNumber = VirtualMFADevice?.SerialNumber;
  await iam.enableMFADevice({
    UserName,
    SerialNumber,
    AuthenticationCode1: '123456',
    AuthenticationCode2: '654321',
  });
}

function certificate(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-certificate-'));
  try {
    const paths = ['-keyout', join(folder, 'key'), '-out', join(folder, 'certificate')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=ada', ...paths], {
      stdio: 'ignore',
    });
    return readFileSync(join(folder, 'certificate'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param longestRoleSessionHours 0 where users are said to assume no role */
export const awsIamHarnessOf = (longestRoleSessionHours: number): Harness => ({
  // IAM cannot be asked for a tag's bearer.
  findsByIdentity: false,
  awkwardUserName: (identityId) => `a+=,.@-_${identityId}`,
  awkwardGrant: 'Sales+=,.@-_EMEA',
  strayAccountId: 'AIDAFFFFFFFFFFFFFFFFF',
  start: async (groups) => {
    const moto = await startMotoIam(PERMISSIONS);
    for (const GroupName of groups) {
      await moto.administrator.createGroup({ GroupName });
      await moto.administrator.putGroupPolicy({ GroupName, PolicyName: 'allow', PolicyDocument: ALLOW_ALL });
    }
    const settings = { longestRoleSessionHours };
    const keysHeld = new Map<string, AccessKeys>();
    const keysOf = async ({ accountId, userName }: ObservedAccount): Promise<AccessKeys> => {
      const keys = keysHeld.get(accountId) ?? (await newKey(moto, userName));
      keysHeld.set(accountId, keys);
      return keys;
    };
    const sessionWith = (keys: AccessKeys): Session => ({
      isAlive: () => isAllowed(moto, keys),
      close: async () => {},
    });
    const roleArn = await addRole(moto);
    const openRoleSession = async (account: ObservedAccount): Promise<Session> => {
      const keys = await moto.roleSessionOf(await keysOf(account), roleArn);
      if (keys === undefined) throw new Error('the role was refused');
      return sessionWith(keys);
    };
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          moto,
          wrongCredentials ? { ...moto.tenureKeys, secretAccessKey: 'not-the-secret' } : moto.tenureKeys,
          { ...settings, ...(smallPages ? { pageSize: 2 } : {}) },
          callTimeoutMs,
        ),
      addFault: async (fault) => moto.proxy.faults.add(fault),
      clearFaults: async () => moto.proxy.faults.clear(),
      createCall: { pathPrefix: '/CreateUser' },
      secrets: [moto.tenureKeys.secretAccessKey, moto.tenureKeys.accessKeyId, 'not-the-secret'],
      signIn: async (account) => {
        const keys = await moto.sessionOf(await keysOf(account));
        return keys && sessionWith(keys);
      },
      residual: awsIam.residualWindow?.(awsIam.settings.parse(settings)),
      ...(longestRoleSessionHours > 0 ? { openOutlasting: openRoleSession } : {}),
      addCredential: ({ userName }) => addEveryCredential(moto, userName),
      countLeftovers: async (accountId) => {
        const { Users = [] } = await moto.administrator.listUsers({ MaxItems: 1000 });
        return Users.filter(({ UserId }) => UserId === accountId).length;
      },
      stop: moto.stop,
    };
  },
});

/** Whoever may do anything may assume it, and it may do anything. */
async function addRole({ administrator }: MotoIam): Promise<string> {
  const RoleName = 'role-of-people';
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const { Role } = await administrator.createRole({ RoleName, AssumeRolePolicyDocument });
  await administrator.putRolePolicy({ RoleName, PolicyName: 'allow', PolicyDocument: ALLOW_ALL });
  return Role?.Arn ?? '';
}
