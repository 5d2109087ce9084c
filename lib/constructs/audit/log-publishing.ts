// For the SIEM: what gets its place in the log leaves within seconds on a bus of its own, in OCSF.
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { readingStream } from '../reading-stream.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { SealedLog } from './sealed-log.ts';

export interface LogPublishingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** Whoever has a function has all of them. */
  readonly tables: Tables;
  /** Whose table has the stream. */
  readonly log: SealedLog;
  /** Takes what the bus never took. */
  readonly deadLetters: Queue;
  /** Where its alarm goes. */
  readonly alarmTopic: ITopic;
}

const BATCH_SIZE = 10;
const BEHIND_MS = Duration.minutes(15).toMilliseconds();

export class LogPublishing extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { settings, tables, log, deadLetters, alarmTopic }: LogPublishingProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus');
    const publishing = new ServiceFunction(this, 'PublishEntries', {
      settings,
      tables,
      handler: 'publish-entries',
      environment: { auditBus: this.bus.eventBusName, logOrigin: log.origin },
      permissions: [
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] }),
        readingStream(log.table.tableStreamArn ?? ''),
        // The stream is encrypted as its table is, and nothing else of the table is read here.
        log.readingKey,
      ],
      timeout: Duration.minutes(1),
    });
    publishing.function.addEventSourceMapping('Stream', {
      ...(log.table.tableStreamArn && { eventSourceArn: log.table.tableStreamArn }),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      // Tried for as long as the stream has it.
      retryAttempts: -1,
      onFailure: new SqsDlq(deadLetters),
      filters: [
        FilterCriteria.filter({ eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'BATCH#' }] } } } }),
      ],
    });
    new RunbookAlarm(this, 'Behind', {
      metric: publishing.function.metric('IteratorAge', { statistic: 'Maximum' }),
      threshold: BEHIND_MS,
      runbook: 'entriesNotInLog',
      topic: alarmTopic,
    });
    new CfnOutput(scope, 'AuditBusName', { value: this.bus.eventBusName });
  }
}
