// Least privilege, checked three ways: no wildcard without a reason, each function's store operations against what its
// code calls, and each connector against its own applications.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connectorOf } from '../../lambdas/connectors/registry.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import type { StoreOperations } from '../../lambdas/stores/store-operations.ts';
import { grantStoreAccess, STORE_NEEDS, STORES } from '../../lib/constructs/store-access.ts';
import { sealingKey } from '../support/sealed-log.ts';
import {
  ACTIVITY_SOURCES,
  HR_SOURCES,
  listOf,
  type Resource,
  roleIdOf,
  SHARED_SIGNALS,
  type Statement,
  statementsOf,
  synthesiseResources,
} from '../support/stacks.ts';
import { witnessVkey } from '../support/witness-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** The files that are functions, by stem. */
const HANDLERS = new Map(
  readdirSync(join(ROOT, 'lambdas/handlers'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(ROOT, 'lambdas/handlers', name))
    .filter((file) => file.endsWith('.ts') && readFileSync(file, 'utf8').includes('\nexport const handler = '))
    .map((file) => [basename(file, '.ts'), file]),
);
/** What has a function of its own only where it is set. */
const WITNESSES = [{ url: 'https://witness.example/a', key: witnessVkey(sealingKey(21)) }];
const resources = synthesiseResources({
  'tenure.notices': JSON.stringify({ sender: 'tenure@acme.example' }),
  'tenure.hrSources': JSON.stringify(HR_SOURCES),
  'tenure.activitySources': JSON.stringify(ACTIVITY_SOURCES),
  'tenure.detection': JSON.stringify({ slack: { channel: 'acme/alerts' } }),
  'tenure.sealedLog': { witnesses: WITNESSES },
  'tenure.sharedSignals': SHARED_SIGNALS,
});
const functions = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
const roles = resources.filter(({ Type }) => Type === 'AWS::IAM::Role');

describe('no role', () => {
  /** Services that know no narrower resource for these (Service Authorization Reference). */
  const WITHOUT_RESOURCE =
    /^(xray:|logs:(Create|Delete|Get|List|Update)LogDeliver|logs:Describe|logs:PutResourcePolicy)/;
  const statements = roles.flatMap(({ logicalId }) => statementsOf(resources, logicalId));

  test('may use a wildcard for actions', () => {
    const wild = statements.flatMap(({ Action }) => listOf(Action)).filter((action) => String(action).includes('*'));
    expect(wild).toEqual([]);
  });

  test('may act on every resource, except where the service knows no narrower one', () => {
    const onEverything = statements.filter(({ Resource }) => listOf(Resource).includes('*'));
    const actions = onEverything.flatMap(({ Action }) => listOf(Action)).map(String);
    expect(actions.filter((action) => !WITHOUT_RESOURCE.test(action))).toEqual([]);
  });

  test('of a function may act on every resource at all', () => {
    for (const role of functions.map(roleIdOf)) {
      const onEverything = statementsOf(resources, role).filter(({ Resource }) => listOf(Resource).includes('*'));
      expect(onEverything).toEqual([]);
    }
  });

  test('may do anything to audit entries but add and read them, and erasing alone takes them out', () => {
    // By the table's logical id, in whatever stack it is imported from.
    const onAudit = statements.filter(({ Resource }) => {
      const written = JSON.stringify(Resource);
      return /AuditTable|AuditLog/i.test(written) && !written.includes('StreamArn');
    });
    const onTable = onAudit
      .flatMap(({ Action }) => listOf(Action))
      .map(String)
      .filter((action) => action.startsWith('dynamodb:'));
    expect([...new Set(onTable)].sort()).toEqual([
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:Scan',
    ]);
    // Whose it is, sealed-log-permissions.test.ts says.
    expect(onTable.filter((action) => action === 'dynamodb:DeleteItem')).toHaveLength(1);
  });

  test('may use the key of the tables but through DynamoDB', () => {
    const onKey = statements.filter(
      ({ Action, Resource }) =>
        listOf(Action).includes('kms:Decrypt') &&
        /Tenure-IdentityData:(?!\w*EvidenceFiles)\w*Key/.test(JSON.stringify(Resource)),
    );
    expect(onKey.length).toBeGreaterThan(10);
    const viaDynamo = { 'Fn::Join': ['', ['dynamodb.', { Ref: 'AWS::Region' }, '.amazonaws.com']] };
    for (const { Condition } of onKey) {
      expect(Condition).toEqual({ StringEquals: { 'kms:ViaService': viaDynamo } });
    }
  });

  test('may use the key of the evidence but through S3, and read of what it encrypts the populations of reviews alone', () => {
    const about = (part: string) =>
      statements.filter(({ Resource }) => JSON.stringify(Resource)?.includes(`EvidenceFiles${part}`));
    const onKey = about('Key');
    expect(onKey.length).toBeGreaterThan(1);
    const viaS3 = { 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.com']] };
    for (const { Condition } of onKey) expect(Condition).toEqual({ StringEquals: { 'kms:ViaService': viaS3 } });
    const actionsOn = (folder: string) => {
      const onFolder = about('Bucket').filter(({ Resource }) => JSON.stringify(Resource).includes(folder));
      return [...new Set(onFolder.flatMap(({ Action }) => listOf(Action)))].sort();
    };
    expect(actionsOn('/tasks/*')).toEqual(['s3:DeleteObjectVersion', 's3:PutObject']);
    expect(actionsOn('/review-campaigns/*')).toEqual(['s3:GetObject', 's3:PutObject']);
    expect(actionsOn('')).toEqual(['s3:DeleteObjectVersion', 's3:GetObject', 's3:ListBucketVersions', 's3:PutObject']);
  });

  test('has a policy that AWS manages', () => {
    expect(roles.filter(({ Properties }) => Properties['ManagedPolicyArns'] !== undefined)).toEqual([]);
  });
});

describe('each function', () => {
  const byHandler = functionsByHandler();

  test('is deployed, and shares its role with no other', () => {
    expect([...byHandler.keys()].sort()).toEqual([...HANDLERS.keys()].sort());
    expect(new Set(functions.map(roleIdOf)).size).toBe(functions.length);
  });

  test.each([...HANDLERS.keys()])('%s may do to the tables exactly what its code does', (handler) => {
    const calls = callsOf(handler);
    for (const lambda of byHandler.get(handler) ?? []) {
      expect(tableActions(statementsOf(resources, roleIdOf(lambda)))).toEqual(expectedActions(calls));
    }
  });

  test('may start a reconciliation exactly where its code does', () => {
    const starting = [...byHandler].filter(([, lambdas]) =>
      lambdas.some((lambda) =>
        statementsOf(resources, roleIdOf(lambda)).some(({ Action }) =>
          listOf(Action).includes('states:StartExecution'),
        ),
      ),
    );
    const asking = [...HANDLERS.keys()].filter((handler) => /\bworkflow\d*\.(?:start|goOn)\(/.test(codeOf(handler)));
    expect(asking.length).toBeGreaterThan(0);
    expect(starting.map(([handler]) => handler).sort()).toEqual(asking.sort());
  });

  test('but those of connectors can neither read nor write the rate limits of target systems, and one may look', () => {
    const others = functions.filter(({ logicalId }) => !logicalId.startsWith('Connectors'));
    expect(others.length).toBeGreaterThan(10);
    const reaching = others.flatMap((lambda) =>
      statementsOf(resources, roleIdOf(lambda))
        .filter(({ Resource }) => JSON.stringify(Resource).includes('RateLimits'))
        .map(({ Action }) => [handlerOf(lambda), ...listOf(Action)]),
    );
    expect(reaching).toEqual([['get-applications-health', 'dynamodb:GetItem']]);
  });

  function functionsByHandler(): ReadonlyMap<string, readonly Resource[]> {
    const found = new Map<string, Resource[]>();
    for (const lambda of functions) {
      const handler = lambda.logicalId.startsWith('Connectors') ? 'call-application' : handlerOf(lambda);
      found.set(handler, [...(found.get(handler) ?? []), lambda]);
    }
    return found;
  }

  /** Construct ids are the handler's stem. */
  function handlerOf({ logicalId }: Resource): string {
    const plain = (text: string) => text.replaceAll('-', '').toLowerCase();
    const matches = [...HANDLERS.keys()].filter((stem) => plain(logicalId).includes(plain(stem)));
    return matches.sort((a, b) => b.length - a.length)[0] ?? logicalId;
  }
});

describe('each connector in use', () => {
  const connectorFunctions = functions.filter(({ logicalId }) => logicalId.startsWith('Connectors'));
  const secrets = resources
    .filter(({ Type, Properties }) => Type === 'AWS::SecretsManager::Secret' && Properties['Name'] !== undefined)
    .map(({ Properties }) => ({
      name: String(Properties['Name']),
      connector: (Properties['Tags'] as { Key: string; Value: string }[]).find(({ Key }) => Key === 'tenure:connector')
        ?.Value,
    }));

  test('has a function of its own name, and a connector without applications has none', () => {
    const names = connectorFunctions.map(({ Properties }) => String(Properties['FunctionName']));
    const folder = join(ROOT, 'access-model/applications');
    const used = readdirSync(folder).map((file) => parse(readFileSync(join(folder, file), 'utf8')).connector as string);
    const types = [...new Set(used)].sort();
    const named = (what: string) => types.map((type) => `Tenure-Lifecycle-${what}-${type}`);
    expect(names.toSorted()).toEqual([...named('connector'), ...named('lock-down')]);
  });

  test.each(connectorFunctions.map((lambda) => [String(lambda.Properties['FunctionName']), lambda] as const))(
    '%s may read the secrets of its own applications, and no other',
    (name, lambda) => {
      const type = typeOf(name);
      const own = secrets.filter(({ connector }) => connector === type).map((secret) => secret.name);
      const reading = statementsOf(resources, roleIdOf(lambda)).filter(({ Action }) =>
        listOf(Action).includes('secretsmanager:GetSecretValue'),
      );
      expect(
        secrets.filter((secret) => reading.some((statement) => lets(statement, secret))).map((one) => one.name),
      ).toEqual(own);
      expect(
        own.every((secret) => secret.startsWith(String(variablesOf(lambda)[ENVIRONMENT.applicationSecrets]))),
      ).toBe(true);
      // What has no tag of Tenure's is nobody's.
      for (const { Condition } of reading)
        expect(Condition).toEqual({ StringEquals: { 'aws:ResourceTag/tenure:connector': type } });
    },
  );

  test('is known in other accounts by the path of its roles, those for lock-downs included', () => {
    for (const lambda of connectorFunctions) {
      const role = roles.find(({ logicalId }) => logicalId === roleIdOf(lambda));
      const type = typeOf(String(lambda.Properties['FunctionName']));
      expect(role?.Properties['Path']).toBe(`/tenure/Tenure/connectors/${type}/`);
    }
  });

  test('has the credentials of every application that signs in with a secret', () => {
    const folder = join(ROOT, 'access-model/applications');
    const signingIn = readdirSync(folder).filter(
      (file) => connectorOf(parse(readFileSync(join(folder, file), 'utf8')).connector).secret !== undefined,
    );
    const names = signingIn.map((file) => `Tenure/applications/${basename(file, '.yaml')}`);
    expect(secrets.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test('has only the permissions it names, beside its tables, secrets and log', () => {
    for (const lambda of connectorFunctions) {
      const type = typeOf(String(lambda.Properties['FunctionName']));
      const connector = connectorOf(type);
      const named = connector.kind === 'api' && connector.permissions !== undefined;
      const others = statementsOf(resources, roleIdOf(lambda))
        .flatMap(({ Action }) => listOf(Action))
        .filter((action) => !/^(dynamodb|kms|logs|secretsmanager):/.test(String(action)));
      expect(others.length > 0).toBe(named);
      expect(others.every((action) => String(action).startsWith('identitystore:'))).toBe(true);
    }
  });
});

describe('each function that fetches people', () => {
  const fetching = functions.filter(({ logicalId }) => logicalId.includes('FetchPeople'));
  const secretsReadBy = (lambda: Resource) =>
    statementsOf(resources, roleIdOf(lambda))
      .filter(({ Action }) => listOf(Action).includes('secretsmanager:GetSecretValue'))
      .flatMap(({ Resource }) => listOf(Resource));

  test('is one for each source whose HR system is asked', () => {
    expect(fetching.map((lambda) => variablesOf(lambda)[ENVIRONMENT.hrSource])).toEqual(['bamboo-us', 'bamboo-eu']);
  });

  test('may read the secret of its own source, and no other', () => {
    const [american, european] = fetching.map(secretsReadBy);
    expect(american).toHaveLength(1);
    expect(JSON.stringify(american)).toContain('HrSourcesbamboous');
    expect(JSON.stringify(european)).toMatch(/secret:tenure\/bamboo-eu-\?{6}/);
  });

  test('takes from its own queue, and puts what it gives up on into that one’s dead letters', () => {
    for (const lambda of fetching) {
      const own = lambda.logicalId.slice(0, lambda.logicalId.indexOf('FetchPeople'));
      const queues = statementsOf(resources, roleIdOf(lambda))
        .filter(({ Action }) => listOf(Action).some((action) => String(action).startsWith('sqs:')))
        .flatMap(({ Resource }) => listOf(Resource).map((queue) => JSON.stringify(queue)));
      expect(queues).toHaveLength(2);
      for (const queue of queues) expect(queue).toContain(`"${own}`);
    }
  });
});

/** Of the connector. */
function typeOf(functionName: string): string {
  return functionName.replace(/^Tenure-Lifecycle-(connector|lock-down)-/, '');
}

function variablesOf({ Properties }: Resource): Record<string, unknown> {
  return (Properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
}

/** As IAM evaluates the statement: the ARN's end against the resource, the secret's tag against the condition. */
function lets(
  { Resource, Condition }: Statement,
  secret: { readonly name: string; readonly connector?: string | undefined },
) {
  const patterns = listOf(Resource).map((resource) => String((resource as Join)['Fn::Join'][1].at(-1)));
  const named = patterns.some(
    (pattern) => `:secret:${secret.name}-AbCdEf`.startsWith(pattern.replace(/\*$/, '')) && pattern.endsWith('*'),
  );
  const conditions = Object.entries(
    (Condition as { StringEquals?: Record<string, string> } | undefined)?.StringEquals ?? {},
  );
  return (
    named &&
    conditions.every(([key, value]) => key === 'aws:ResourceTag/tenure:connector' && value === secret.connector)
  );
}

interface Join {
  readonly 'Fn::Join': readonly [string, readonly unknown[]];
}

/** The handler and what it shares, tree-shaken, without stores and packages: what is left calls what it needs. */
function codeOf(handler: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [HANDLERS.get(handler) ?? handler],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    external: [join(ROOT, 'lambdas/stores/*'), join(ROOT, 'lambdas/connectors/*'), '*.json'],
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

function callsOf(handler: string): StoreOperations {
  const code = codeOf(handler);
  const called = (store: keyof typeof STORE_NEEDS) =>
    Object.keys(STORE_NEEDS[store]).filter((operation) => calls(code, store, operation));
  return Object.fromEntries(STORES.map((store) => [store, called(store)]));
}

/** The bundler numbers names that it meets twice. */
function calls(code: string, store: string, operation: string): boolean {
  return new RegExp(`\\b${store}\\d*\\.${operation}\\(`).test(code);
}

/** What lib/constructs/store-access.ts gives for these calls. */
function expectedActions(calls: StoreOperations): readonly string[] {
  const stack = new Stack(new App(), 'Expected');
  const table = (id: string) => new Table(stack, id, { partitionKey: { name: 'pk', type: AttributeType.STRING } });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const key = new Key(stack, 'Key');
  const tables = {
    identities: table('Identities'),
    audit: table('Audit'),
    rateLimits: table('RateLimits'),
    subjects: table('Subjects'),
    log: table('SealedLog'),
    activity: table('Activity'),
    key,
  };
  grantStoreAccess(role, tables, calls);
  const policies = Object.values<Resource>(Template.fromStack(stack).findResources('AWS::IAM::Policy') as never);
  return tableActions(policies.flatMap(({ Properties }) => (Properties['PolicyDocument'] as Policy).Statement));
}

interface Policy {
  readonly Statement: readonly Statement[];
}

function tableActions(statements: readonly Statement[]): readonly string[] {
  return statements
    .filter(({ Resource }) => !JSON.stringify(Resource).includes('StreamArn'))
    .flatMap(({ Action, Resource }) =>
      listOf(Action).flatMap((action) => listOf(Resource).map((resource) => `${action} ${describeTable(resource)}`)),
    )
    .filter((line) => line.startsWith('dynamodb:'))
    .sort();
}

function describeTable(resource: unknown): string {
  const text = JSON.stringify(resource);
  const [, index] = /\/index\/([\w-]+)/.exec(text) ?? [];
  if (index !== undefined) return index;
  return /Audit|RateLimits|Subjects|SealedLog|Activity/.exec(text)?.[0] ?? 'identities';
}
