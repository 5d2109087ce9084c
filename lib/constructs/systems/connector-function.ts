// The function of one connector. It sees the secrets and has the permissions of its own applications, and no others.
import { Aws, Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AWS_ACCOUNT_ID, AWS_PARTITION, type Connector } from '../../../lambdas/connectors/contract/connector.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import { CONNECTOR_TIMEOUT_MS } from '../../../lambdas/handlers/shared/timing.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface ConnectorFunctionProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that converging reads and writes. */
  readonly tables: Tables;
  /** The model whose applications of this connector it converges. */
  readonly accessModel: AccessModel;
  /** The connector it runs. */
  readonly connector: Connector;
  /** Its physical name, by which state machines call it. */
  readonly functionName: string;
}

export class ConnectorFunction extends Construct {
  readonly function: LambdaFunction;
  /** Application → its secret's ARN; empty when the connector needs none. */
  readonly secretArns: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: ConnectorFunctionProps) {
    super(scope, id);
    const { connector, accessModel, settings } = props;
    const applications = accessModel.applications.filter((application) => application.connector === connector.type);
    const withSecret = needsSecret(connector) ? applications : [];
    this.secretArns = Object.fromEntries(
      withSecret.map((application) => [application.id, addSecret(this, application, settings)]),
    );
    const permissions = [...permissionsOf(connector, applications), ...reading(Object.values(this.secretArns))];
    const calling = new ServiceFunction(this, 'CallApplication', {
      ...props,
      handler: 'call-application',
      facts: ['findAcceptedEvent', 'recordFact'],
      leases: ['readMark', 'renewLease'],
      accounts: ['findLinked', 'saveAccount'],
      tasks: ['openTask', 'supersedeTasks'],
      directory: ['findByEmail', 'load'],
      audit: ['append'],
      rateLimits: ['load', 'save'],
      reconciliations: ['advance', 'find', 'markSeen', 'saveFindings'],
      environment: { connector: connector.type, connectorSecrets: Stack.of(this).toJsonString(this.secretArns) },
      permissions,
      timeout: Duration.millis(CONNECTOR_TIMEOUT_MS),
    });
    this.function = calling.function;
    acknowledgeWildcards(calling, permissions);
  }
}

function needsSecret(connector: Connector): boolean {
  return connector.secret !== undefined;
}

/** Holds nothing of use until the credentials are put in: the connector then names the keys that are missing. */
function addSecret(scope: Construct, { id, name }: Application, settings: Settings): string {
  const secret = new Secret(scope, `Secret-${id}`, {
    description: `Tenure: credentials for ${name}`,
    generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'notYetSet' },
    removalPolicy: removalPolicyOf(settings),
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason: 'The credentials are issued by the application, so they are rotated there and put here.',
  });
  return secret.secretArn;
}

function permissionsOf(connector: Connector, applications: readonly Application[]): readonly PolicyStatement[] {
  if (connector.kind !== 'api') return [];
  return applications.flatMap(({ settings }) =>
    (connector.permissions?.(connector.settings.parse(settings)) ?? []).map(
      ({ actions, resources }) => new PolicyStatement({ actions: [...actions], resources: resources.map(asDeployed) }),
    ),
  );
}

function asDeployed(resource: string): string {
  return resource.replaceAll(AWS_PARTITION, Aws.PARTITION).replaceAll(AWS_ACCOUNT_ID, Aws.ACCOUNT_ID);
}

function reading(secretArns: readonly string[]): readonly PolicyStatement[] {
  if (secretArns.length === 0) return [];
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...secretArns] })];
}

function acknowledgeWildcards({ role }: ServiceFunction, permissions: readonly PolicyStatement[]): void {
  const wild = new Set(permissions.flatMap(({ resources }) => resources.filter((arn) => arn.includes('*'))));
  for (const resource of wild) {
    acknowledgeWildcard(role, resource, 'Its permissions() says why: ids that are only known when it runs.');
  }
}
