// A function of Tenure: one handler file, a role of its own that may do exactly what it names, a log that expires.
import { Duration } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type FunctionProps, Function as LambdaFunction, LoggingFormat } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { HrSourcePrecedence } from '../../lambdas/core/identity/source-precedence.ts';
import { ACCESS_MODEL_FILE } from '../../lambdas/stores/deployed-access-model.ts';
import {
  type DeployedHrSource,
  HR_SOURCE_PRECEDENCE_FILE,
  HR_SOURCES_FILE,
} from '../../lambdas/stores/deployed-hr-sources.ts';
import { ENVIRONMENT, type EnvironmentName } from '../../lambdas/stores/environment.ts';
import { bundledHandler, type FolderBeside } from '../bundled-handler.ts';
import { RUNTIME } from '../bundling/bundles.ts';
import type { Settings } from '../config.ts';
import type { HrSourceSettings } from '../hr-sources.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { functionRolePath } from '../role-paths.ts';
import { grantStoreAccess, requireLog, STORES, type StoreAccess, type Tables } from './store-access.ts';

export interface ServiceFunctionProps extends StoreAccess {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The stem of its file under lambdas/handlers/. */
  readonly handler: string;
  /** The tables that its store operations are on. */
  readonly tables: Tables;
  /** The model that it decides by, which then lies beside its code. @default none */
  readonly accessModel?: AccessModel | undefined;
  /** The HR sources that it reads by, which then lie beside its code. @default none */
  readonly hrSources?: readonly HrSourceSettings[];
  /** Whose word it is to count more, which then lies beside its code. @default none */
  readonly hrSourcePrecedence?: HrSourcePrecedence | undefined;
  /** Further files beside its code: name → content. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder beside its code. @default none */
  readonly folder?: FolderBeside;
  /** Environment variables beside the tables' names. @default none */
  readonly environment?: Partial<Record<EnvironmentName, string>>;
  /** Where its role stands. @default functionRolePath, below which it has to be for its entries to be taken */
  readonly rolePath?: string;
  /** Statements of its role beside those of the stores. @default none */
  readonly permissions?: readonly PolicyStatement[];
  /** How long one invocation may take. @default 30 seconds, half of what a state machine waits */
  readonly timeout?: Duration;
  /** @default 512 */
  readonly memoryMb?: number;
  /** How many of it may run at a time, which nothing else in the account can then take; 0: as many as there is room for. @default 0 */
  readonly reservedConcurrency?: number;
  /** A physical name, for the one case in which a function is found by name. @default CloudFormation makes one up */
  readonly functionName?: string;
  /** Takes what asynchronous invocations gave up on. @default none */
  readonly deadLetterQueue?: FunctionProps['deadLetterQueue'];
}

const MEMORY_MB = 512;

export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { settings, handler, functionName, deadLetterQueue, tables, reservedConcurrency = 0 } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: settings.logRetentionDays,
      removalPolicy: removalPolicyOf(settings),
    });
    this.role = new Role(this, 'Role', {
      path: props.rolePath ?? functionRolePath(settings),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(this.role);
    grantStoreAccess(this.role, tables, props);
    for (const statement of props.permissions ?? []) this.role.addToPrincipalPolicy(statement);
    this.function = new LambdaFunction(this, 'Function', {
      runtime: RUNTIME,
      architecture: Architecture.ARM_64,
      code: bundledHandler(handler, filesOf(props), props.folder),
      handler: 'index.handler',
      role: this.role,
      environment: environmentOf(props),
      timeout: props.timeout ?? Duration.seconds(30),
      memorySize: props.memoryMb ?? MEMORY_MB,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...(reservedConcurrency > 0 && { reservedConcurrentExecutions: reservedConcurrency }),
      ...(functionName !== undefined && { functionName }),
      ...(deadLetterQueue !== undefined && { deadLetterQueue }),
    });
  }
}

/** What lies beside its code, by name. */
function filesOf({
  accessModel,
  hrSources,
  hrSourcePrecedence,
  files,
}: ServiceFunctionProps): Readonly<Record<string, string>> {
  return {
    ...(accessModel && { [ACCESS_MODEL_FILE]: JSON.stringify(accessModel) }),
    ...(hrSources && { [HR_SOURCES_FILE]: JSON.stringify(hrSources.map(deployedAs)) }),
    ...(hrSourcePrecedence && { [HR_SOURCE_PRECEDENCE_FILE]: JSON.stringify(hrSourcePrecedence) }),
    ...files,
  };
}

function deployedAs({ id, type, settings }: HrSourceSettings): DeployedHrSource {
  return { id, type, settings };
}

/** Stores that lie in none of the tables of identities. */
const ELSEWHERE: readonly (keyof StoreAccess)[] = ['activity', 'log', 'rateLimits', 'subjects'];

function environmentOf(props: ServiceFunctionProps): Record<string, string> {
  const { tables, environment = {} } = props;
  const tableNames = { identitiesTable: tables.identities.tableName, auditTable: tables.audit.tableName };
  const called = STORES.filter((store) => props[store] !== undefined);
  const values = Object.entries({
    ...(called.some((store) => !ELSEWHERE.includes(store)) && tableNames),
    ...(called.includes('log') && { logTable: requireLog(tables.log).tableName }),
    ...(called.includes('rateLimits') && { rateLimitsTable: tables.rateLimits.tableName }),
    ...(called.includes('subjects') && { subjectsTable: tables.subjects.tableName }),
    ...(called.includes('erasures') && { activityTable: tables.activity.tableName }),
    ...(called.includes('activity') && {
      activityTable: tables.activity.tableName,
      auditTable: tables.audit.tableName,
    }),
    ...environment,
  });
  return Object.fromEntries(values.map(([name, value]) => [ENVIRONMENT[name as EnvironmentName], value]));
}
