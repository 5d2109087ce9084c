// The outbox. The table's stream feeds route-facts: what has effect now goes to the bus, what has later becomes a
// one-time schedule that wakes take-effect.
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { readingStream } from '../reading-stream.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface FactRoutingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables; the stream is that of the identities. */
  readonly tables: Tables;
  /** By which it knows what a move changed. */
  readonly accessModel: AccessModel;
  /** Takes what could not be routed. */
  readonly deadLetters: Queue;
  /** Where its alarm goes. */
  readonly alarmTopic: ITopic;
}

/** A record is tried 10 times, a second or more apart; then it is set aside, and the sweep finds the identity. */
const STREAM_RETRIES = 10;
const BATCH_SIZE = 25;
/** The order of one identity's records is kept; that of different identities does not matter. */
const PARALLEL_BATCHES = 10;
const BEHIND_MS = Duration.minutes(5).toMilliseconds();

export class FactRouting extends Construct {
  readonly bus: EventBus;
  readonly routeFacts: ServiceFunction;

  constructor(scope: Construct, id: string, props: FactRoutingProps) {
    super(scope, id);
    const { settings, tables, accessModel, deadLetters, alarmTopic } = props;
    this.bus = new EventBus(this, 'Bus');
    const takeEffect = new ServiceFunction(this, 'TakeEffect', {
      settings,
      tables,
      handler: 'take-effect',
      facts: ['recordEffect'],
      directory: ['load'],
      deadLetterQueue: deadLetters,
    });
    const schedules = new Schedules(this, 'Schedules', takeEffect);
    this.routeFacts = new ServiceFunction(this, 'RouteFacts', {
      settings,
      tables,
      accessModel,
      handler: 'route-facts',
      facts: ['findAcceptedEvent', 'recordEffect', 'recordFact'],
      tasks: ['forgetWaitingToken', 'listWaitingTokens'],
      directory: ['listOwnedBy', 'load'],
      notices: ['wake'],
      environment: {
        eventBus: this.bus.eventBusName,
        scheduleGroup: schedules.groupName,
        scheduleRoleArn: schedules.roleArn,
        takeEffectArn: takeEffect.function.functionArn,
      },
      permissions: [
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] }),
        ...schedules.creating,
        readingStream(tables.identities.tableStreamArn ?? ''),
      ],
      timeout: Duration.seconds(60),
      reservedConcurrency: settings.concurrency.routing,
    });
    acknowledgeWildcard(this.routeFacts.role, schedules.arns, 'The schedules of one group, each named by its instant.');
    this.followStream(props);
    new RunbookAlarm(this, 'Behind', {
      metric: this.routeFacts.function.metric('IteratorAge', { statistic: 'Maximum' }),
      threshold: BEHIND_MS,
      runbook: 'factsNotRouted',
      topic: alarmTopic,
    });
    new CfnOutput(scope, 'EventBusName', { value: this.bus.eventBusName });
  }

  private followStream({ tables, deadLetters }: FactRoutingProps): void {
    this.routeFacts.function.addEventSourceMapping('Stream', {
      ...(tables.identities.tableStreamArn && { eventSourceArn: tables.identities.tableStreamArn }),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      parallelizationFactor: PARALLEL_BATCHES,
      bisectBatchOnError: true,
      retryAttempts: STREAM_RETRIES,
      onFailure: new SqsDlq(deadLetters),
      filters: [
        FilterCriteria.filter({
          eventName: ['INSERT'],
          dynamodb: { Keys: { sk: { S: [{ prefix: 'FACT#' }, { prefix: 'EFFECT#' }] } } },
        }),
      ],
    });
  }
}

/** The group that one-time schedules are created in, and the role under which they wake take-effect. */
class Schedules extends Construct {
  readonly groupName: string;
  readonly roleArn: string;
  /** Of all schedules in the group. */
  readonly arns: string;
  readonly creating: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, takeEffect: ServiceFunction) {
    super(scope, id);
    const stack = Stack.of(this);
    const group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [takeEffect.function.functionArn] }),
    );
    this.arns = stack.formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${group.scheduleGroupName}/*`,
    });
    this.groupName = group.scheduleGroupName;
    this.roleArn = role.roleArn;
    this.creating = [
      new PolicyStatement({ actions: ['scheduler:CreateSchedule'], resources: [this.arns] }),
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    ];
  }
}
