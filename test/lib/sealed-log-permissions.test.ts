// What was sealed cannot be altered or removed: by nobody whose role has every right that any of Tenure's functions has, and by
// no administrator. What they can do all the same, docs/reference/audit-log.md says; it is held here, too.
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it, test } from 'vitest';
import { addTenure } from '../../lib/tenure.ts';
import { ACCOUNT, evaluate, type Request, resolvedResources } from '../support/iam.ts';
import { sealingKey } from '../support/sealed-log.ts';
import { newApp, type Resource, type Statement, stacksOf } from '../support/stacks.ts';
import { witnessVkey } from '../support/witness-server.ts';

const resources = resolvedResources(stacksOf(addTenure(newApp())));
const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
const only = (type: string, part: string): Resource => {
  const [found, ...others] = ofType(type).filter(({ logicalId }) => logicalId.includes(part));
  if (found === undefined || others.length > 0) throw new Error(`expected one ${type} called ${part}`);
  return found;
};
const bucket = only('AWS::S3::Bucket', 'SealedLogBucket');
const subjectsTable = only('AWS::DynamoDB::Table', 'SubjectsTable');
const logTable = only('AWS::DynamoDB::Table', 'SealedLogTable');
const auditTable = only('AWS::DynamoDB::Table', 'AuditTable');
const signingKey = only('AWS::KMS::Key', 'SigningKey');
const dataKey = only('AWS::KMS::Key', 'IdentityData.Key');

const roleArn = (path: string) => `arn:aws:iam::${ACCOUNT}:role${path}`;
const ON_THE_LOGS_PATH = roleArn('/tenure/Tenure/log/Everything');
const ON_THE_PATH_OF_ERASURE = roleArn('/tenure/Tenure/erasure/Everything');
const ELSEWHERE = roleArn('/tenure/Tenure/Everything');
const ADMINISTRATOR = roleArn('/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Administrator');
const DEPLOYMENT = roleArn('/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1');

/** Of every role that a function of Tenure runs under. */
const everything: readonly Statement[] = ofType('AWS::IAM::Policy')
  .filter(({ Properties }) => {
    const roles = (Properties['Roles'] ?? []) as readonly string[];
    return roles.some((role) => isOfFunction(resources.find(({ logicalId }) => logicalId === role)));
  })
  .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
const ANYTHING: readonly Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

function isOfFunction(role: Resource | undefined): boolean {
  return JSON.stringify(role?.Properties['AssumeRolePolicyDocument'] ?? '').includes('lambda.amazonaws.com');
}

const arnOf = ({ Type, logicalId }: Resource) =>
  ({
    'AWS::S3::Bucket': `arn:aws:s3:::${logicalId}`,
    'AWS::DynamoDB::Table': `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${logicalId}`,
    'AWS::KMS::Key': `arn:aws:kms:us-east-1:${ACCOUNT}:key/${logicalId}`,
  })[Type] ?? '';

/** What is attached to the resource itself. `*` there is the resource, and what is below it. */
function policyOf(resource: Resource): readonly Statement[] {
  const attached = ofType('AWS::S3::BucketPolicy').find(
    ({ Properties }) => Properties['Bucket'] === resource.logicalId,
  );
  const document =
    attached?.Properties['PolicyDocument'] ??
    resource.Properties['KeyPolicy'] ??
    (resource.Properties['ResourcePolicy'] as { PolicyDocument: unknown } | undefined)?.PolicyDocument;
  return (document as { Statement: Statement[] }).Statement;
}

function may(
  principal: string,
  identity: readonly Statement[],
  on: Resource,
  action: string,
  { key, context }: { readonly key?: string; readonly context?: Request['context'] } = {},
) {
  const resource = key === undefined ? arnOf(on) : `${arnOf(on)}/${key}`;
  return evaluate(
    { principal, action, resource, context: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', ...context } },
    identity,
    policyOf(on),
  ).isAllowed;
}

describe('a log with a second key, whose first signs no longer', () => {
  const rotating = newApp({ 'tenure.sealedLog': { signingKeys: 2, retiredKeys: 1 } });
  const rotated = resolvedResources(stacksOf(addTenure(rotating)));
  const keys = rotated.filter(({ Type, logicalId }) => Type === 'AWS::KMS::Key' && logicalId.includes('SigningKey'));

  const second = keys.find(({ logicalId }) => logicalId !== signingKey.logicalId);
  const of = (type: string) =>
    rotated.filter(({ Type, logicalId }) => Type === type && logicalId.includes('SealingSealLog'));

  it('keeps the first under its name, and lets nobody sign with it', () => {
    expect(keys).toHaveLength(2);
    const maySign = keys.map((key) => {
      const { Statement: policy } = key.Properties['KeyPolicy'] as { readonly Statement: readonly Statement[] };
      const request = { principal: ON_THE_LOGS_PATH, action: 'kms:Sign', resource: arnOf(key), context: {} };
      return [key.logicalId, evaluate(request, ANYTHING, policy).isAllowed];
    });
    expect(Object.fromEntries(maySign)).toEqual({ [signingKey.logicalId]: false, [second?.logicalId ?? '']: true });
  });

  it('gives the sealer both in their order, and the right to sign with the second alone', () => {
    const nameOf = (key: Resource | undefined) => key?.logicalId.split('.')[1] ?? 'none';
    const environment = JSON.stringify(of('AWS::Lambda::Function').map(({ Properties }) => Properties['Environment']));
    expect(environment).toContain('"TENURE_LOG_RETIRED_KEYS":"1"');
    const places = [signingKey, second].map((key) => environment.indexOf(nameOf(key)));
    expect(places[0]).toBeGreaterThan(0);
    expect(places[1]).toBeGreaterThan(places[0] ?? 0);
    const statements = of('AWS::IAM::Policy').flatMap(
      ({ Properties }) => (Properties['PolicyDocument'] as { readonly Statement: readonly Statement[] }).Statement,
    );
    const signing = JSON.stringify(statements.filter((statement) => JSON.stringify(statement).includes('kms:Sign')));
    expect(signing).toContain(nameOf(second));
    expect(signing).not.toContain(nameOf(signingKey));
  });
});

describe('a log with witnesses', () => {
  const url = 'https://witness.example/a';
  const context = { 'tenure.sealedLog': { witnesses: [{ url, key: witnessVkey(sealingKey(21)) }] } };
  const witnessed = resolvedResources(stacksOf(addTenure(newApp(context))));
  const of = (type: string) =>
    witnessed.filter(({ Type, logicalId }) => Type === type && logicalId.includes('WitnessingWitnessLog'));

  it('has them asked by a function of its own, which writes cosignatures and nothing else, and signs nothing', () => {
    const environment = JSON.stringify(of('AWS::Lambda::Function').map(({ Properties }) => Properties['Environment']));
    expect(environment).toContain(url);
    expect(environment).toContain('"TENURE_LOG_QUORUM":"1"');
    const statements = of('AWS::IAM::Policy').flatMap(
      ({ Properties }) => (Properties['PolicyDocument'] as { readonly Statement: readonly Statement[] }).Statement,
    );
    const actions = statements.flatMap(({ Action }) => Action).filter((action) => !/^(?:logs|xray):/.test(action));
    expect(actions.sort()).toEqual(['s3:GetObject', 's3:ListBucket', 's3:PutObject']);
    const writing = JSON.stringify(statements.filter((statement) => JSON.stringify(statement).includes('PutObject')));
    expect(writing).toContain('/witnessed/*');
    expect(writing).not.toContain('tile');
  });

  it('is told when too few cosign, and at once when one knows another history', () => {
    const alarms = witnessed.filter(
      ({ Type, Properties }) =>
        Type === 'AWS::CloudWatch::Alarm' && /LogWitness/.test(String(Properties['MetricName'])),
    );
    expect(
      alarms.map(({ Properties }) =>
        ['MetricName', 'Statistic', 'EvaluationPeriods', 'AlarmDescription'].map((name) => Properties[name]),
      ),
    ).toEqual(
      expect.arrayContaining([
        ['LogWitnessesMissing', 'Minimum', 3, 'Runbook: docs/runbook/log-not-witnessed.md'],
        ['LogWitnessConflicts', 'Sum', 1, 'Runbook: docs/runbook/log-not-witnessed.md'],
      ]),
    );
  });

  it('has none where none is named', () => {
    expect(resources.filter(({ logicalId }) => logicalId.includes('Witness'))).toEqual([]);
  });
});

describe('a log with a replica in another account', () => {
  const replica = { account: '210987654321', bucketArn: 'arn:aws:s3:::acme-audit-replica' };
  const stacks = stacksOf(addTenure(newApp({ 'tenure.sealedLog': { replica } })));
  const replicated = resolvedResources(stacks);
  const source = replicated.find(
    ({ Type, logicalId }) => Type === 'AWS::S3::Bucket' && logicalId.includes('SealedLog'),
  );
  const role = replicated.find(
    ({ Type, Properties }) => Type === 'AWS::IAM::Role' && String(Properties['Path']).endsWith('/replication/'),
  );
  const COPIER = roleArn('/tenure/Tenure/replication/Tenure-Evidence-ReplicaRole-1A2B');

  it('has everything copied, with its lock, and no deletion', () => {
    expect(source?.Properties['ReplicationConfiguration']).toMatchObject({
      Rules: [
        {
          Id: 'sealed-log',
          Priority: 1,
          Status: 'Enabled',
          Filter: { Prefix: '' },
          DeleteMarkerReplication: { Status: 'Disabled' },
          Destination: {
            Bucket: replica.bucketArn,
            Account: replica.account,
            AccessControlTranslation: { Owner: 'Destination' },
            ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
            Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
          },
        },
      ],
    });
    expect(source?.Properties['ObjectLockEnabled']).toBe(true);
  });

  it('has it copied by a role that reads the log, writes copies, and can do nothing else', () => {
    const attached = replicated.filter(
      ({ Type, Properties }) =>
        Type === 'AWS::IAM::Policy' && (Properties['Roles'] as readonly string[]).includes(role?.logicalId ?? 'none'),
    );
    const actions = attached
      .flatMap(
        ({ Properties }) => (Properties['PolicyDocument'] as { readonly Statement: readonly Statement[] }).Statement,
      )
      .flatMap(({ Action }) => Action)
      .sort();
    expect(actions).toEqual([
      's3:GetObjectLegalHold',
      's3:GetObjectRetention',
      's3:GetObjectVersionAcl',
      's3:GetObjectVersionForReplication',
      's3:GetObjectVersionTagging',
      's3:GetReplicationConfiguration',
      's3:ListBucket',
      's3:ObjectOwnerOverrideToBucketOwner',
      's3:ReplicateObject',
    ]);
    expect(JSON.stringify(role?.Properties['AssumeRolePolicyDocument'])).toContain('s3.amazonaws.com');
    expect(
      replicated.filter(
        ({ Type, Properties }) =>
          Type === 'AWS::Lambda::Function' && JSON.stringify(Properties).includes(role?.logicalId ?? 'none'),
      ),
    ).toEqual([]);
  });

  it('tells the other account the policy by which this role alone writes there, and nobody takes away', () => {
    const evidence = stacks.find(({ stackName }) => stackName.endsWith('Evidence'));
    const output = Template.fromStack(evidence as Stack).toJSON()['Outputs']['LogReplicaPolicy'].Value as unknown;
    const policy = joined(output).replaceAll('<AWS::Partition>', 'aws').replaceAll('<AWS::AccountId>', ACCOUNT);
    const { Statement: statements } = JSON.parse(policy) as { readonly Statement: Statement[] };
    const mayThere = (principal: string, action: string, identity: readonly Statement[] = ANYTHING) =>
      evaluate({ principal, action, resource: `${replica.bucketArn}/tile/0/000`, context: {} }, identity, statements)
        .isAllowed;
    expect(mayThere(COPIER, 's3:ReplicateObject')).toBe(true);
    for (const principal of [ADMINISTRATOR, ELSEWHERE, ON_THE_LOGS_PATH])
      for (const action of ['s3:ReplicateObject', 's3:PutObject', 's3:PutObjectRetention'])
        expect(mayThere(principal, action), `${principal} ${action}`).toBe(false);
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'])
      for (const principal of [ADMINISTRATOR, COPIER]) expect(mayThere(principal, action), action).toBe(false);
  });

  it('is told when S3 cannot copy, or is late', () => {
    const alarms = replicated.filter(({ Properties }) => Properties['Namespace'] === 'AWS/S3');
    expect(alarms.map(({ Properties }) => [Properties['MetricName'], Properties['Threshold']])).toEqual([
      ['OperationsFailedReplication', 1],
      ['ReplicationLatency', 900],
    ]);
  });

  /** Fn::Join as text, with what it refers to in angle brackets. */
  function joined(value: unknown): string {
    if (typeof value === 'string') return value;
    const [[name, inner] = ['', '']] = Object.entries(value as object) as [string, unknown][];
    return name === 'Fn::Join' ? (inner as [string, unknown[]])[1].map(joined).join('') : `<${String(inner)}>`;
  }
});

const NEW = { context: { 's3:if-none-match': '*' } };
const TILE = { key: 'tile/0/000' };
const VIA_DYNAMO = { context: { 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' } };

test('every right of every function is looked at', () => {
  expect(everything.length).toBeGreaterThan(100);
  expect(may(ON_THE_LOGS_PATH, everything, bucket, 's3:PutObject', { ...TILE, ...NEW })).toBe(true);
  expect(may(ELSEWHERE, everything, auditTable, 'dynamodb:PutItem')).toBe(true);
  expect(may(ELSEWHERE, everything, dataKey, 'kms:Decrypt', VIA_DYNAMO)).toBe(true);
  expect(may(ON_THE_LOGS_PATH, everything, signingKey, 'kms:Sign')).toBe(true);
});

const PRINCIPALS = [
  ['with all rights of all functions, on the log’s own path', ON_THE_LOGS_PATH, everything],
  ['with all rights of all functions', ELSEWHERE, everything],
  ['an administrator', ADMINISTRATOR, ANYTHING],
  ['an administrator who made a role on the log’s own path', ON_THE_LOGS_PATH, ANYTHING],
] as const;

describe.each(PRINCIPALS)('a role %s', (_, principal, identity) => {
  it.each(['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention', 's3:PutObjectRetention'])(
    'cannot take what was sealed out of the bucket: %s',
    (action) => {
      for (const key of ['tile/0/000', 'tile/entries/000.p/7', 'checkpoint', 'checkpoints/00000000000000000007']) {
        expect(may(principal, identity, bucket, action, { key }), key).toBe(false);
      }
    },
  );

  it.each([
    's3:DeleteBucket',
    's3:DeleteBucketPolicy',
    's3:PutBucketPolicy',
    's3:PutBucketVersioning',
    's3:PutBucketObjectLockConfiguration',
    's3:PutLifecycleConfiguration',
  ])('cannot loosen what holds it there: %s', (action) => {
    expect(may(principal, identity, bucket, action)).toBe(false);
  });

  it('cannot put one object over another, nor the checkpoint over what it has not seen', () => {
    for (const key of [
      'tile/0/000',
      'tile/entries/000',
      'checkpoints/7',
      'keys/0002',
      'witnessed/7/ab',
      'details/abc',
      'log.vkey',
      'checkpoint',
    ]) {
      expect(may(principal, identity, bucket, 's3:PutObject', { key }), key).toBe(false);
    }
    const seen = { context: { 's3:if-match': '"etag"' } };
    expect(may(principal, identity, bucket, 's3:PutObject', { ...TILE, ...seen })).toBe(false);
  });

  it.each([
    'BatchWriteItem',
    'DeleteItem',
    'DeleteTable',
    'PartiQLDelete',
    'PartiQLInsert',
    'PartiQLUpdate',
    'UpdateTimeToLive',
    'UpdateTable',
    'UpdateContinuousBackups',
    'PutResourcePolicy',
    'DeleteResourcePolicy',
  ])('cannot take anything out of the log’s table or the audit table: %s', (action) => {
    for (const table of [logTable, auditTable]) {
      expect(may(principal, identity, table, `dynamodb:${action}`), table.logicalId).toBe(false);
    }
  });

  it('cannot change an audit entry in its place', () => {
    expect(may(principal, identity, auditTable, 'dynamodb:UpdateItem')).toBe(false);
  });

  it.each(['kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:PutKeyPolicy'])('cannot end a key: %s', (action) => {
    for (const key of [signingKey, dataKey]) expect(may(principal, identity, key, action), key.logicalId).toBe(false);
  });
});

describe('a role that is not on the log’s path', () => {
  it.each(PRINCIPALS.filter(([, principal]) => principal !== ON_THE_LOGS_PATH))(
    'can neither sequence, nor seal, nor sign: %s',
    (_, principal, identity) => {
      expect(may(principal, identity, logTable, 'dynamodb:PutItem')).toBe(false);
      expect(may(principal, identity, logTable, 'dynamodb:UpdateItem')).toBe(false);
      expect(may(principal, identity, bucket, 's3:PutObject', { ...TILE, ...NEW })).toBe(false);
      expect(may(principal, identity, signingKey, 'kms:Sign')).toBe(false);
    },
  );

  it('cannot be made by any function', () => {
    for (const action of [
      'iam:CreateRole',
      'iam:PutRolePolicy',
      'iam:AttachRolePolicy',
      'iam:UpdateAssumeRolePolicy',
    ]) {
      const request = { principal: ON_THE_LOGS_PATH, action, resource: roleArn('/tenure/Tenure/log/x') };
      expect(evaluate(request, everything, []).isAllowed, action).toBe(false);
    }
  });
});

describe('the role of erasing', () => {
  const erasing = [
    ['with all rights of all functions', everything],
    ['of whoever made one on its path', ANYTHING],
  ] as const;

  it('is that of one function, and no other stands on its path', () => {
    const roles = ofType('AWS::IAM::Role').filter(({ Properties }) => String(Properties['Path']).endsWith('/erasure/'));
    expect(roles.map(({ logicalId }) => logicalId)).toEqual([expect.stringMatching(/ErasePersonalDataRole/)]);
  });

  it.each(erasing)('takes entries out of the audit table, and alters none: %s', (_, identity) => {
    expect(may(ON_THE_PATH_OF_ERASURE, identity, auditTable, 'dynamodb:DeleteItem')).toBe(true);
    for (const action of [
      'UpdateItem',
      'BatchWriteItem',
      'PartiQLDelete',
      'PartiQLUpdate',
      'DeleteTable',
      'UpdateTable',
    ]) {
      expect(may(ON_THE_PATH_OF_ERASURE, identity, auditTable, `dynamodb:${action}`), action).toBe(false);
    }
  });

  it.each(erasing)('touches nothing of the sealed log: %s', (_, identity) => {
    for (const action of ['DeleteItem', 'PutItem', 'UpdateItem', 'BatchWriteItem']) {
      expect(may(ON_THE_PATH_OF_ERASURE, identity, logTable, `dynamodb:${action}`), action).toBe(false);
    }
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
      expect(may(ON_THE_PATH_OF_ERASURE, identity, bucket, action, TILE), action).toBe(false);
    }
    expect(may(ON_THE_PATH_OF_ERASURE, identity, bucket, 's3:PutObject', { ...TILE, ...NEW })).toBe(false);
    expect(may(ON_THE_PATH_OF_ERASURE, identity, signingKey, 'kms:Sign')).toBe(false);
  });

  it('is the only one of a function that may: by what it is granted as well as by the table', () => {
    const allows = (statement: Statement) =>
      statement.Effect === 'Allow' &&
      evaluate(
        { principal: ON_THE_PATH_OF_ERASURE, action: 'dynamodb:DeleteItem', resource: arnOf(auditTable), context: {} },
        [statement],
        [],
      ).isAllowed;
    const granted = ofType('AWS::IAM::Policy').filter(({ Properties }) =>
      (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.some(allows),
    );
    expect(granted.map(({ logicalId }) => logicalId)).toEqual([expect.stringMatching(/ErasePersonalDataRole/)]);
  });
});

it('who was forgotten is said by the log and by erasing, and by nobody else', () => {
  for (const action of ['PutItem', 'DeleteItem', 'UpdateItem', 'BatchWriteItem', 'PartiQLInsert'].map(
    (one) => `dynamodb:${one}`,
  )) {
    for (const principal of [ELSEWHERE, ADMINISTRATOR]) {
      expect(may(principal, ANYTHING, subjectsTable, action), `${principal} ${action}`).toBe(false);
    }
  }
  for (const principal of [ON_THE_LOGS_PATH, ON_THE_PATH_OF_ERASURE]) {
    expect(may(principal, everything, subjectsTable, 'dynamodb:PutItem')).toBe(true);
  }
});

/** As the table in docs/reference/audit-log.md has it; that the seal shows each, test/handlers/audit/seal-log.test.ts holds. */
describe('what is left', () => {
  it('to the functions together: a put over an audit entry, of which the stream tells', () => {
    expect(may(ELSEWHERE, everything, auditTable, 'dynamodb:PutItem')).toBe(true);
  });

  it('to those on the log’s path: items of its table, and what is not sealed yet', () => {
    expect(may(ON_THE_LOGS_PATH, everything, logTable, 'dynamodb:PutItem')).toBe(true);
    expect(may(ON_THE_LOGS_PATH, everything, bucket, 's3:PutObject', { key: 'tile/0/001', ...NEW })).toBe(true);
    expect(may(ON_THE_LOGS_PATH, everything, signingKey, 'kms:Sign')).toBe(true);
  });

  it('to deployments: the policies themselves, but no version of an object', () => {
    expect(may(DEPLOYMENT, ANYTHING, bucket, 's3:PutBucketPolicy')).toBe(true);
    expect(may(DEPLOYMENT, ANYTHING, logTable, 'dynamodb:PutResourcePolicy')).toBe(true);
    expect(may(DEPLOYMENT, ANYTHING, signingKey, 'kms:PutKeyPolicy')).toBe(true);
    expect(may(DEPLOYMENT, ANYTHING, bucket, 's3:DeleteObjectVersion', TILE)).toBe(false);
  });
});

test('versions are locked for as long as the settings say, for root as well', () => {
  expect(bucket.Properties).toMatchObject({
    ObjectLockEnabled: true,
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 2_557 } },
    },
    VersioningConfiguration: { Status: 'Enabled' },
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
  });
});
