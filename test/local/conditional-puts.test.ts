// The local cloud holds functions to the policy of the sealed log's bucket as AWS does: who writes is known by the path of its
// role, and whether a put is conditional by its headers.
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';

const BUCKET = 'sealed-log';
const ACCOUNT = '000000000000';
let emulator: MiniStack;
const options = () => ({
  endpoint: emulator.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

beforeAll(async () => {
  emulator = await startMiniStack();
  const s3 = new S3Client({ ...options(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const deny = (Sid: string, Condition: object) => ({
    Sid,
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${BUCKET}/*`,
    Condition,
  });
  const Statement = [
    deny('OnlyTheLog', { ArnNotLike: { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/tenure/Tenure/log/*`] } }),
    deny('OnlyNew', { Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' } }),
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
});
afterAll(() => emulator?.stop());

async function bucketOf(Path: string): Promise<S3Client> {
  const iam = new IAMClient(options());
  const RoleName = `role${Path.replaceAll('/', '-')}`;
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' };
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: document(trust) }));
  const PolicyDocument = document({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument }));
  const { Credentials } = await new STSClient(options()).send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return new S3Client({ ...options(), credentials, forcePathStyle: true });
}

it('lets a role on the path put what is new, and nothing over anything', async () => {
  const s3 = await bucketOf('/tenure/Tenure/log/');
  const tile = { Bucket: BUCKET, Key: 'tile/0/000', Body: 'x' };
  await s3.send(new PutObjectCommand({ ...tile, IfNoneMatch: '*' }));
  await expect(s3.send(new PutObjectCommand(tile))).rejects.toThrow(/explicit deny/);
  await expect(s3.send(new PutObjectCommand({ ...tile, IfNoneMatch: '*' }))).rejects.toThrow(/pre-?condition/i);
});

it('lets no role elsewhere put anything', async () => {
  const s3 = await bucketOf('/tenure/Tenure/');
  const put = new PutObjectCommand({ Bucket: BUCKET, Key: 'tile/0/001', Body: 'x', IfNoneMatch: '*' });
  await expect(s3.send(put)).rejects.toThrow(/explicit deny/);
});
