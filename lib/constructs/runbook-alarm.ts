// An alarm that says where to read on. One occurrence in five minutes is enough: none of these is normal.
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type RunbookEntry, runbookLink } from '../runbook.ts';

export interface RunbookAlarmProps {
  /** What is watched. */
  readonly metric: IMetric;
  /** The value from which on somebody must look. @default 1 */
  readonly threshold?: number;
  /** Periods in a row. @default 1 */
  readonly periods?: number;
  /** What to do then. */
  readonly runbook: RunbookEntry;
  /** Who is told. */
  readonly topic: ITopic;
}

export class RunbookAlarm extends Construct {
  constructor(scope: Construct, id: string, { metric, threshold = 1, periods = 1, runbook, topic }: RunbookAlarmProps) {
    super(scope, id);
    const alarm = new Alarm(this, 'Alarm', {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: runbookLink(runbook),
    });
    alarm.addAlarmAction(new SnsAction(topic));
  }
}
