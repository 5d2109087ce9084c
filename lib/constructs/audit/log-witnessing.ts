// Who has the log's checkpoints cosigned by witnesses outside. A function of its own: it calls the world, and whatever becomes
// of that, sealing does not wait for it.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LOG_METRICS } from '../../../lambdas/stores/log/log-metrics.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { logRolePath } from '../../role-paths.ts';
import { ownMetric } from '../own-metric.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { SealedLog } from './sealed-log.ts';

export interface LogWitnessingProps {
  /** The deployment's settings, with at least one witness. */
  readonly settings: Settings;
  /** The tables, of which it needs none. */
  readonly tables: Tables;
  /** What is cosigned. */
  readonly log: SealedLog;
  /** Where runs go that failed. */
  readonly deadLetters: Queue;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

/** A witness is asked three times, of 5 s each, all of them at once. */
const TIMEOUT = Duration.seconds(50);
/** Of five minutes each, in none of which there was a run with enough of them. */
const PERIODS_WITHOUT = 3;

export class LogWitnessing extends Construct {
  constructor(scope: Construct, id: string, props: LogWitnessingProps) {
    super(scope, id);
    const { settings, tables, log, deadLetters, alarmTopic: topic } = props;
    const { witnesses, witnessQuorum } = settings.sealedLog;
    const cosigned = log.bucket.arnForObjects('witnessed/*');
    const tiles = log.bucket.arnForObjects('tile/*');
    const witnessing = new ServiceFunction(this, 'WitnessLog', {
      settings,
      tables,
      handler: 'witness-log',
      rolePath: logRolePath(settings),
      environment: {
        logBucket: log.bucket.bucketName,
        logWitnesses: JSON.stringify(witnesses),
        logQuorum: String(witnessQuorum ?? witnesses.length),
      },
      permissions: [
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [cosigned] }),
        new PolicyStatement({
          actions: ['s3:GetObject'],
          resources: [log.bucket.arnForObjects('checkpoint'), tiles, cosigned],
        }),
        // Without it S3 says of what is not there that it is forbidden.
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [log.bucket.bucketArn] }),
      ],
      timeout: TIMEOUT,
    });
    for (const arn of [cosigned, tiles])
      acknowledgeWildcard(witnessing.role, arn, 'The log’s objects, each named by its place.');
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(witnessing.function, { deadLetterQueue: deadLetters, retryAttempts: 0 })],
    });
    new RunbookAlarm(this, 'NotWitnessed', {
      metric: ownMetric(LOG_METRICS.witnessesMissing[0], 'Minimum'),
      periods: PERIODS_WITHOUT,
      runbook: 'logNotWitnessed',
      topic,
    });
    new RunbookAlarm(this, 'Conflict', {
      metric: ownMetric(LOG_METRICS.witnessConflicts[0], 'Sum'),
      runbook: 'logNotWitnessed',
      topic,
    });
  }
}
