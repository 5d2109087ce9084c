// Shared secrets on moto, which enforces IAM here: what Tenure may do is what the connector asks for, and not to read.
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsManager } from '../../lambdas/connectors/aws/secrets-manager.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { type AccessKeys, type MotoIam, startMotoIam } from './servers/moto-iam.ts';

const ANY = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:Any-abcdef';
const PERMISSIONS = secretsManager.permissions?.(secretsManager.settings.parse({ secrets: [ANY] })) ?? [];
const ROTATION = 'arn:aws:lambda:us-east-1:123456789012:function:';

const saved = { ...process.env };
afterAll(() => {
  process.env = saved;
});

function managerOf(moto: MotoIam, credentials: AccessKeys = moto.administratorKeys): SecretsManager {
  return new SecretsManager({ region: 'us-east-1', endpoint: moto.url, credentials });
}

/** A secret with a value and, unless told otherwise, a rotation function. */
async function newSecret(moto: MotoIam, Name: string, rotation: string | undefined = 'prompt'): Promise<string> {
  const manager = managerOf(moto);
  const { ARN = '' } = await manager.createSecret({ Name, SecretString: 'first value' });
  if (rotation !== '') await manager.rotateSecret({ SecretId: ARN, RotationLambdaARN: ROTATION + rotation });
  return ARN;
}

function connect(moto: MotoIam, settings: object, keys = moto.tenureKeys, callTimeoutMs = 10_000) {
  process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = moto.proxy.url;
  process.env['AWS_ACCESS_KEY_ID'] = keys.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = keys.secretAccessKey;
  return secretsManager.connect({
    applicationId: 'shared-secrets',
    settings: secretsManager.settings.parse(settings),
    secret: undefined,
    callTimeoutMs,
  });
}

const harness: Harness = {
  findsByIdentity: true,
  omitsEmptyLists: 'AWS leaves out the tags of a secret that has none',
  noAccounts: 'whoever knows no secret is not in the system at all',
  awkwardGrant: 'Sales/+=.@-_EMEA',
  start: async (grants) => {
    const moto = await startMotoIam(PERMISSIONS);
    const secrets: string[] = [];
    for (const grant of grants) secrets.push(await newSecret(moto, grant));
    return {
      connect: ({ callTimeoutMs, wrongCredentials = false } = {}) =>
        connect(
          moto,
          { secrets },
          wrongCredentials ? { ...moto.tenureKeys, secretAccessKey: 'not-the-secret' } : moto.tenureKeys,
          callTimeoutMs,
        ),
      addFault: async (fault) => moto.proxy.faults.add(fault),
      clearFaults: async () => moto.proxy.faults.clear(),
      distort: moto.proxy.distort,
      createCall: { pathPrefix: '/TagResource' },
      secrets: [moto.tenureKeys.secretAccessKey, 'not-the-secret', 'first value'],
      stop: moto.stop,
    };
  },
};

describeContract('secrets-manager', harness);

describe('secrets-manager beyond the contract', () => {
  const ada = { identityId: 'E1', userName: 'ada@example.com' };
  const bob = { identityId: 'E2', userName: 'bob@example.com' };
  let moto: MotoIam;
  beforeAll(async () => {
    moto = await startMotoIam(PERMISSIONS);
  });
  afterAll(() => moto?.stop());

  async function setUp(name: string, rotation?: string, settings: object = {}) {
    const arn = await newSecret(moto, name, rotation);
    const target = await connect(moto, { secrets: [arn], ...settings });
    const accountOf = async (key: typeof ada) => {
      const account = await target.findAccount(key);
      if (account === undefined) throw new Error('nobody');
      return account;
    };
    const versions = async () =>
      Object.keys((await managerOf(moto).describeSecret({ SecretId: arn })).VersionIdsToStages ?? {});
    const current = async () => (await managerOf(moto).getSecretValue({ SecretId: arn })).SecretString;
    return { arn, target, accountOf, versions, current };
  }

  it('has the secret rotated on revoking: what the leaver knew is not current any more', async () => {
    const { target, accountOf, current } = await setUp('crm');
    await target.grant(await accountOf(ada), 'crm');
    const known = await current();
    await target.revoke(await accountOf(ada), 'crm');
    expect(await current()).not.toBe(known);
    expect((await accountOf(ada)).grants).toEqual([]);
  });

  it('rotates again for the next leaver, who was told the new value', async () => {
    const { target, accountOf, current } = await setUp('vpn');
    for (const key of [ada, bob]) await target.grant(await accountOf(key), 'vpn');
    await target.revoke(await accountOf(ada), 'vpn');
    const told = await current();
    expect((await accountOf(bob)).grants).toEqual(['vpn']);
    await target.revoke(await accountOf(bob), 'vpn');
    expect(await current()).not.toBe(told);
  });

  it('waits for a rotation that takes its time', async () => {
    const { target, accountOf, current } = await setUp('slow', 'slow');
    await target.grant(await accountOf(ada), 'slow');
    const known = await current();
    await target.revoke(await accountOf(ada), 'slow');
    expect(await current()).not.toBe(known);
  });

  it('reports the secret as known until the rotation is finished, and asks for one rotation only', async () => {
    const { arn, target, accountOf, versions } = await setUp('late', 'slow', { rotationWaitSeconds: 1 });
    await target.grant(await accountOf(ada), 'late');
    await expect(target.revoke(await accountOf(ada), 'late')).rejects.toBeInstanceOf(RetryableError);
    expect((await accountOf(ada)).grants).toEqual(['late']);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await accountOf(ada)).grants).toEqual(['late']);
    await target.revoke(await accountOf(ada), 'late');
    expect((await accountOf(ada)).grants).toEqual([]);
    expect(await versions()).toHaveLength(2);
    expect((await managerOf(moto).describeSecret({ SecretId: arn })).Tags).toEqual([]);
  });

  it('keeps saying "retry" while the rotation function fails', async () => {
    const { target, accountOf } = await setUp('broken', 'broken', { rotationWaitSeconds: 1 });
    await target.grant(await accountOf(ada), 'broken');
    for (let round = 0; round < 2; round += 1) {
      await expect(target.revoke(await accountOf(ada), 'broken')).rejects.toBeInstanceOf(RetryableError);
    }
    expect((await accountOf(ada)).grants).toEqual(['broken']);
  });

  it('rotates twice where the rotation alternates between two users', async () => {
    const { target, accountOf, versions } = await setUp('database', 'prompt', { rotations: 2 });
    await target.grant(await accountOf(ada), 'database');
    await target.revoke(await accountOf(ada), 'database');
    expect(await versions()).toHaveLength(3);
  });

  it.each([1, 2])(
    'rotates %i times for a service account with a new owner, which goes on knowing it',
    async (rotations) => {
      const name = `service-${rotations}`;
      const { target, accountOf, current, versions } = await setUp(name, 'prompt', { rotations });
      await target.grant(await accountOf(ada), name);
      const known = await current();
      const [credential] = (await accountOf(ada)).credentials ?? [];
      if (credential === undefined) throw new Error('there is no credential');
      for (let round = 0; round < 2; round += 1) await target.revokeCredential?.(await accountOf(ada), credential);
      const after = await accountOf(ada);
      expect(after.grants).toEqual([name]);
      expect(after.credentials).not.toContainEqual(credential);
      expect(await current()).not.toBe(known);
      expect(await versions()).toHaveLength(1 + rotations);
    },
  );

  it('says that a secret without rotation cannot be revoked, and keeps it as known', async () => {
    const { target, accountOf } = await setUp('static', '');
    await target.grant(await accountOf(ada), 'static');
    const refusal = target.revoke(await accountOf(ada), 'static');
    await expect(refusal).rejects.toBeInstanceOf(PermanentError);
    await expect(refusal).rejects.toThrow('no rotation configured');
    expect((await accountOf(ada)).grants).toEqual(['static']);
    expect(await target.checkPrivileges?.()).toEqual([expect.stringContaining('rotation is not configured')]);
  });

  it('may not read the secrets itself', async () => {
    const { arn } = await setUp('unread');
    await expect(managerOf(moto, moto.tenureKeys).getSecretValue({ SecretId: arn })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});
