// Whether DynamoDB turns requests away: of a table and its indexes, each of which has a throughput of its own, and by its own
// fault.
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Operation, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { inParts, sumOf } from './function-alarms.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface TableAlarmsProps {
  readonly table: Table;
  /** Of the table's indexes. @default none */
  readonly indexNames?: readonly string[];
  /** Who is told. */
  readonly topic: ITopic;
}

const OPERATIONS = [
  Operation.BATCH_GET_ITEM,
  Operation.DELETE_ITEM,
  Operation.GET_ITEM,
  Operation.PUT_ITEM,
  Operation.QUERY,
  Operation.SCAN,
  Operation.TRANSACT_WRITE_ITEMS,
  Operation.UPDATE_ITEM,
];
/** A burst, which is tried again, ends within ten minutes: on-demand tables double. */
const PERIODS = 3;

export class TableAlarms extends Construct {
  constructor(scope: Construct, id: string, { table, indexNames = [], topic }: TableAlarmsProps) {
    super(scope, id);
    const places = [{}, ...indexNames.map((name) => ({ GlobalSecondaryIndexName: name }))];
    for (const metricName of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      const metrics = places.map(
        (place) =>
          new Metric({
            namespace: 'AWS/DynamoDB',
            metricName,
            dimensionsMap: { TableName: table.tableName, ...place },
            statistic: 'Sum',
          }),
      );
      for (const [index, some] of inParts(metrics).entries()) {
        new RunbookAlarm(this, `${metricName}${index + 1}`, {
          metric: sumOf(some),
          periods: PERIODS,
          runbook: 'tableThrottled',
          topic,
        });
      }
    }
    new RunbookAlarm(this, 'SystemErrors', {
      metric: sumOf(
        OPERATIONS.map(
          (operation) =>
            new Metric({
              namespace: 'AWS/DynamoDB',
              metricName: 'SystemErrors',
              dimensionsMap: { TableName: table.tableName, Operation: operation },
              statistic: 'Sum',
            }),
        ),
      ),
      periods: 2,
      runbook: 'tableFails',
      topic,
    });
  }
}
