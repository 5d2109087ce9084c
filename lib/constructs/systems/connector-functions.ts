// One function for each connector that the access model uses and each network it is used in, and the one that asks people:
// it opens the tasks of applications that the model no longer has, too. State machines find a function by its name, since which one is called is
// only known when they run: hence the one case of physical names.
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { connectorOf } from '../../../lambdas/connectors/registry.ts';
import { UNREACHABLE_CONNECTOR } from '../../../lambdas/core/access/unreachable-account.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../../lambdas/core/access-model/connector-function.ts';
import { applicationsWithSecret, secretNamePrefix } from '../../application-secrets.ts';
import type { Settings } from '../../config.ts';
import { addJsonOutputs } from '../../json-outputs.ts';
import type { Tables } from '../store-access.ts';
import { ConnectorFunction } from './connector-function.ts';

export interface ConnectorFunctionsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that converging reads and writes. */
  readonly tables: Tables;
  /** Which applications there are, and which connector each uses. */
  readonly accessModel: AccessModel;
}

export class ConnectorFunctions extends Construct {
  /** A function's name is this and connectorFunctionOf of its applications. */
  readonly namePrefix: string;
  readonly functions: readonly ConnectorFunction[];

  constructor(scope: Construct, id: string, { settings, tables, accessModel }: ConnectorFunctionsProps) {
    super(scope, id);
    this.namePrefix = `${Stack.of(this).stackName}-connector-`;
    this.functions = callersOf(accessModel).map(
      ({ key, type }) =>
        new ConnectorFunction(this, key, {
          settings,
          tables,
          accessModel,
          connector: connectorOf(type),
          key,
          functionName: `${this.namePrefix}${key}`,
        }),
    );
    this.addOutputs(scope, accessModel, secretNamePrefix(settings));
  }

  private addOutputs(scope: Construct, accessModel: AccessModel, secretPrefix: string): void {
    const names = callersOf(accessModel).map(({ key }) => [key, `${this.namePrefix}${key}`]);
    const secrets = applicationsWithSecret(accessModel).map(({ id }) => [id, `${secretPrefix}${id}`]);
    addJsonOutputs(
      scope,
      'ConnectorFunctions',
      Object.fromEntries(names),
      'JSON: connector, and its network if any → the name of its function',
    );
    addJsonOutputs(
      scope,
      'ApplicationSecrets',
      Object.fromEntries(secrets),
      'JSON: application → the name of the secret in which its connector finds the credentials',
    );
  }
}

/** What a connector function goes by, and the connector's type; by the first. */
function callersOf({ applications }: AccessModel): readonly { readonly key: string; readonly type: string }[] {
  const types = new Map(applications.map((application) => [connectorFunctionOf(application), application.connector]));
  types.set(UNREACHABLE_CONNECTOR, UNREACHABLE_CONNECTOR);
  return [...types].map(([key, type]) => ({ key, type })).sort((a, b) => (a.key < b.key ? -1 : 1));
}
