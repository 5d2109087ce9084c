// One function for each connector that the access model uses and each network it is used in, and the one that asks people:
// it opens the tasks of applications that the model no longer has, too. State machines find a function by its name, since which one is called is
// only known when they run: hence the one case of physical names.
import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { connectorOf } from '../../../lambdas/connectors/registry.ts';
import { UNREACHABLE_CONNECTOR } from '../../../lambdas/core/access/unreachable-account.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { connectorFunctionOf } from '../../../lambdas/core/access-model/connector-function.ts';
import { TICKET_POLL_MS, TICKET_TURN_MS } from '../../../lambdas/handlers/shared/timing.ts';
import { METRIC_NAMESPACE } from '../../../lambdas/stores/revocation-metrics.ts';
import { UNREAD_TICKETS_METRIC } from '../../../lambdas/stores/ticket-metrics.ts';
import { AccessModelError } from '../../access-model/access-model-error.ts';
import { applicationsWithSecret, secretNamePrefix } from '../../application-secrets.ts';
import { requireRoomFor, type Settings } from '../../config.ts';
import { addJsonOutputs } from '../../json-outputs.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
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
  /** Where they ask for identities to be converged. */
  readonly bus: EventBus;
  /** Takes a look at tickets that could not be started. */
  readonly deadLetters: Queue;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

/** Rounds in a row in which tickets of a service desk could not be read. */
const UNREAD_ROUNDS = 4;

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
    this.functions = this.addFunctions(this, this.namePrefix, props, { bus: props.bus });
    const namePrefix = `${stackName}-lock-down-`;
    const functions = this.addFunctions(new Construct(this, 'LockDown'), namePrefix, props, {
      reservedConcurrency: settings.concurrency.lockDown,
    });
    this.lockDown = { namePrefix, functions };
    this.addOutputs(scope, accessModel, secretNamePrefix(settings));
    this.addTicketClock(props);
  }

  /** Where a connector has a service desk, the function that opens its tickets also looks how they stand. */
  private addTicketClock({ accessModel, deadLetters, alarmTopic }: ConnectorFunctionsProps): void {
    const keys = callersOf(accessModel).flatMap(({ key, type }) => (hasServiceDesk(type) ? key : []));
    for (const connectorFunction of keys) {
      const input = RuleTargetInput.fromObject({ mode: 'look-at-tickets', connectorFunction });
      const calling = this.functions.find(({ key }) => key === connectorFunction);
      if (calling === undefined) throw new Error(`there is no function of ${connectorFunction}`);
      new Rule(this, `TicketClock-${connectorFunction}`, {
        schedule: Schedule.rate(Duration.millis(TICKET_TURN_MS)),
        targets: [
          new LambdaFunction(calling.function, { event: input, deadLetterQueue: deadLetters, retryAttempts: 2 }),
        ],
      });
    }
    if (keys.length === 0) return;
    new RunbookAlarm(this, 'TicketsUnread', {
      metric: new Metric({
        namespace: METRIC_NAMESPACE,
        metricName: UNREAD_TICKETS_METRIC,
        statistic: 'Sum',
        period: Duration.millis(TICKET_POLL_MS),
      }),
      periods: UNREAD_ROUNDS,
      runbook: 'connectorFails',
      topic: alarmTopic,
    });
  }

  private addFunctions(
    scope: Construct,
    namePrefix: string,
    { settings, tables, accessModel }: ConnectorFunctionsProps,
    { bus, reservedConcurrency = 0 }: { readonly bus?: EventBus; readonly reservedConcurrency?: number },
  ): readonly ConnectorFunction[] {
    return callersOf(accessModel).map(
      ({ key, type, network }) =>
        new ConnectorFunction(scope, key, {
          settings,
          tables,
          accessModel,
          bus: hasServiceDesk(type) ? bus : undefined,
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

function hasServiceDesk(type: string): boolean {
  const connector = connectorOf(type);
  return connector.kind === 'manual' && connector.openServiceDesk !== undefined;
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
