// The function of one connector, in one network. It sees the secrets and has the permissions of its own applications, and
// no others.
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AWS_ACCOUNT_ID, AWS_PARTITION, type Connector } from '../../../lambdas/connectors/contract/connector.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../../lambdas/core/access-model/connector-function.ts';
import { CONNECTOR_TIMEOUT_MS } from '../../../lambdas/handlers/shared/timing.ts';
import { NETWORK_FILE } from '../../../lambdas/stores/deployed-network.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import { CONNECTOR_TAG, secretNamePrefix } from '../../application-secrets.ts';
import type { Settings } from '../../config.ts';
import type { NetworkSettings } from '../../networks.ts';
import { connectorRolePath } from '../../role-paths.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import { deployedAs, joinVpc, networkPermissions } from './function-network.ts';

export interface ConnectorFunctionProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that converging reads and writes. */
  readonly tables: Tables;
  /** The model whose applications of this connector and network it converges. */
  readonly accessModel: AccessModel;
  /** Where it asks for an identity to be converged whose ticket is gone. @default nowhere */
  readonly bus?: EventBus | undefined;
  /** The connector it runs. */
  readonly connector: Connector;
  /** By which applications are found to be its own: connectorFunctionOf of core/access-model. */
  readonly key: string;
  /** The network it is in. @default none */
  readonly network?: NetworkSettings | undefined;
  /** @default none */
  readonly reservedConcurrency?: number;
  /** Its physical name, by which state machines call it. */
  readonly functionName: string;
}

export class ConnectorFunction extends Construct {
  readonly function: LambdaFunction;
  readonly key: string;

  constructor(scope: Construct, id: string, props: ConnectorFunctionProps) {
    super(scope, id);
    const { connector, accessModel, settings, key, network, bus } = props;
    this.key = key;
    const applications = accessModel.applications.filter((application) => connectorFunctionOf(application) === key);
    const permissions = [
      ...permissionsOf(connector, applications),
      ...this.readingSecrets(props, applications),
      ...networkPermissions(Stack.of(this), props),
      ...(bus ? [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })] : []),
    ];
    const calling = new ServiceFunction(this, 'CallApplication', {
      ...props,
      handler: 'call-application',
      rolePath: connectorRolePath(settings, key),
      facts: ['findAcceptedEvent', 'recordFact'],
      leases: ['readMark', 'renewLease'],
      accounts: ['findLinked', 'saveAccount', 'saveAccounts'],
      tasks: ['listTasks', 'openTask', 'saveTask', 'supersedeTasks'],
      directory: ['findByEmail', 'glimpse', 'listIdentities', 'load'],
      modelChanges: ['findModel', 'findWalk'],
      audit: ['append'],
      rateLimits: ['delay', 'load', 'reserve', 'save'],
      reconciliations: ['advance', 'find', 'readSightings', 'saveFindings', 'saveSightings'],
      environment: {
        connector: connector.type,
        applicationSecrets: secretNamePrefix(settings),
        ...(bus && { eventBus: bus.eventBusName }),
      },
      ...(network && { files: { [NETWORK_FILE]: JSON.stringify(deployedAs(network)) } }),
      permissions,
      timeout: Duration.millis(CONNECTOR_TIMEOUT_MS),
    });
    this.function = calling.function;
    if (network?.subnetIds !== undefined) joinVpc(this.function, network);
    acknowledgeWildcards(calling, permissions);
  }

  /** By their tag, since a role's policies have no room for the names of hundreds of secrets. */
  private readingSecrets(
    { connector, settings, key }: ConnectorFunctionProps,
    applications: readonly Application[],
  ): readonly PolicyStatement[] {
    if (connector.secret === undefined || applications.length === 0) return [];
    const secrets = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: `secret:${secretNamePrefix(settings)}*`,
    });
    return [
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secrets],
        conditions: { StringEquals: { [`aws:ResourceTag/${CONNECTOR_TAG}`]: key } },
      }),
    ];
  }
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

function acknowledgeWildcards({ role }: ServiceFunction, permissions: readonly PolicyStatement[]): void {
  const wild = new Set(permissions.flatMap(({ resources }) => resources.filter((arn) => arn.includes('*'))));
  for (const resource of wild) {
    acknowledgeWildcard(
      role,
      resource,
      'Ids that are only known when it runs (see its permissions()), secrets that a tag confines to it, or network interfaces.',
    );
  }
}
