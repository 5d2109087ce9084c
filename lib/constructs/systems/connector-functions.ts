// One function for each connector that the access model uses, and the one that asks people: it opens the tasks of
// applications that the model no longer has, too. State machines find a function by its name, since which one is called is
// only known when they run: hence the one case of physical names.
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { connectorOf } from '../../../lambdas/connectors/registry.ts';
import { UNREACHABLE_CONNECTOR } from '../../../lambdas/core/access/unreachable-account.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { Settings } from '../../config.ts';
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
  /** A function's name is this and the connector's type. */
  readonly namePrefix: string;
  readonly functions: readonly ConnectorFunction[];

  constructor(scope: Construct, id: string, { settings, tables, accessModel }: ConnectorFunctionsProps) {
    super(scope, id);
    this.namePrefix = `${Stack.of(this).stackName}-connector-`;
    const types = [
      ...new Set([UNREACHABLE_CONNECTOR, ...accessModel.applications.map(({ connector }) => connector)]),
    ].sort();
    this.functions = types.map(
      (type) =>
        new ConnectorFunction(this, type, {
          settings,
          tables,
          accessModel,
          connector: connectorOf(type),
          functionName: `${this.namePrefix}${type}`,
        }),
    );
    const stack = Stack.of(this);
    new CfnOutput(scope, 'ConnectorFunctions', {
      value: JSON.stringify(Object.fromEntries(types.map((type) => [type, `${this.namePrefix}${type}`]))),
      description: 'JSON: connector → the name of its function',
    });
    new CfnOutput(scope, 'ApplicationSecrets', {
      value: stack.toJsonString(Object.assign({}, ...this.functions.map(({ secretArns }) => secretArns))),
      description: 'JSON: application → the secret in which its connector finds the credentials',
    });
  }
}
