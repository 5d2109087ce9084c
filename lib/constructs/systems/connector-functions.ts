// One function for each connector that the access model uses and each network it is used in, and the one that asks people:
// it opens the tasks of applications that the model no longer has, too. State machines find a function by its name, since which one is called is
// only known when they run: hence the one case of physical names.
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { connectorOf } from '../../../lambdas/connectors/registry.ts';
import { UNREACHABLE_CONNECTOR } from '../../../lambdas/core/access/unreachable-account.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../../lambdas/core/access-model/connector-function.ts';
import { AccessModelError } from '../../access-model/access-model-error.ts';
import { applicationsWithSecret, secretNamePrefix } from '../../application-secrets.ts';
import { requireRoomFor, type Settings } from '../../config.ts';
import { addJsonOutputs } from '../../json-outputs.ts';
import type { Tables } from '../store-access.ts';
import type { ConnectorCallees } from '../workflow.ts';
import { ConnectorFunction } from './connector-function.ts';

/** Lambda takes 64 characters. */
const MAXIMUM_NAME = 64;
/** Each is two functions, of four resources each, and a stack takes 500. */
const MAXIMUM_FUNCTIONS = 30;

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
  /** The same once more, for locking leavers out: what joiners and movers are doing takes none of their room. */
  readonly lockDown: ConnectorCallees;

  constructor(scope: Construct, id: string, props: ConnectorFunctionsProps) {
    super(scope, id);
    const { settings, accessModel } = props;
    const { stackName } = Stack.of(this);
    this.namePrefix = `${stackName}-connector-`;
    requireFitting(callersOf(accessModel), this.namePrefix);
    requireRoomFor(settings, callersOf(accessModel).length);
    this.functions = this.addFunctions(this, this.namePrefix, props);
    const namePrefix = `${stackName}-lock-down-`;
    const reserved = settings.concurrency.lockDown;
    const functions = this.addFunctions(new Construct(this, 'LockDown'), namePrefix, props, reserved);
    this.lockDown = { namePrefix, functions };
    this.addOutputs(scope, accessModel, secretNamePrefix(settings));
  }

  private addFunctions(
    scope: Construct,
    namePrefix: string,
    { settings, tables, accessModel }: ConnectorFunctionsProps,
    reservedConcurrency = 0,
  ): readonly ConnectorFunction[] {
    return callersOf(accessModel).map(
      ({ key, type, network }) =>
        new ConnectorFunction(scope, key, {
          settings,
          tables,
          accessModel,
          connector: connectorOf(type),
          key,
          network: network === undefined ? undefined : settings.networks[network],
          functionName: `${namePrefix}${key}`,
          reservedConcurrency,
        }),
    );
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

interface Caller {
  /** What the connector function goes by. */
  readonly key: string;
  /** The connector's type. */
  readonly type: string;
  readonly network?: string | undefined;
}

/** By their keys. */
function callersOf({ applications }: AccessModel): readonly Caller[] {
  const callers = new Map<string, Caller>();
  for (const { connector, network } of [...applications, { connector: UNREACHABLE_CONNECTOR, network: undefined }]) {
    const key = connectorFunctionOf({ connector, network });
    callers.set(key, { key, type: connector, network });
  }
  return [...callers.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** @throws AccessModelError that names each function which could not be deployed */
function requireFitting(callers: readonly Caller[], namePrefix: string): void {
  const tooLong = callers.filter(({ key }) => namePrefix.length + key.length > MAXIMUM_NAME);
  const faults = tooLong.map(
    ({ key }) =>
      `the function ${namePrefix}${key} would have a name of ${namePrefix.length + key.length} characters: expected at most ${MAXIMUM_NAME}, by a shorter network or stackPrefix`,
  );
  if (callers.length > MAXIMUM_FUNCTIONS) {
    faults.push(`${callers.length} pairs of connector and network: expected at most ${MAXIMUM_FUNCTIONS}`);
  }
  if (faults.length === 0) return;
  throw new AccessModelError(faults.map((message) => ({ file: 'applications', line: 0, column: 0, message })));
}
