// One page for whoever is on call: what comes in, what is under way, what fails, what is turned away, and what waits. It finds
// functions by their names, which begin with the stack's: so no stack has to hand them over.
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { LOG_METRICS, type LogMeasure } from '../../lambdas/stores/log/log-metrics.ts';
import { METRIC_NAMES, METRIC_NAMESPACE } from '../../lambdas/stores/revocation-metrics.ts';
import type { Settings } from '../config.ts';
import { ownMetric } from './own-metric.ts';
import type { Tables } from './store-access.ts';

export interface DashboardProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** Name → state machine. */
  readonly stateMachines: Readonly<Record<string, StateMachine>>;
  /** The tables. */
  readonly tables: Tables;
  /** What was given up on. */
  readonly deadLetters: Queue;
}

const WIDTH = 12;

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { settings, stateMachines, tables, deadLetters }: DashboardProps) {
    super(scope, id);
    const machines = Object.entries(stateMachines);
    const ofMachines = (metricName: string) =>
      machines.map(([label, machine]) => machine.metric(metricName, { label, statistic: 'Sum' }));
    const ofFunctions = (metricName: string, statistic = 'Sum') => [functionsOf(settings, metricName, statistic)];
    const ofTables = (metricName: string) =>
      [tables.identities, tables.audit, tables.rateLimits, tables.subjects, tables.activity].map(
        ({ tableName }) =>
          new Metric({
            namespace: 'AWS/DynamoDB',
            metricName,
            dimensionsMap: { TableName: tableName },
            statistic: 'Sum',
          }),
      );
    const widgets: readonly (readonly [string, readonly IMetric[]])[] = [
      ['Executions started', ofMachines('ExecutionsStarted')],
      ['Executions failed', [...ofMachines('ExecutionsFailed'), ...ofMachines('ExecutionsTimedOut')]],
      ['Executions: steps turned away', ofMachines('ExecutionThrottled')],
      ['Functions: calls', ofFunctions('Invocations')],
      ['Functions: errors', ofFunctions('Errors')],
      ['Functions: turned away', ofFunctions('Throttles')],
      ['Functions at a time', ofFunctions('ConcurrentExecutions', 'Maximum')],
      ['Functions: duration, 95th percentile, ms', ofFunctions('Duration', 'p95')],
      ['Tables: reads and writes turned away', [...ofTables('ReadThrottleEvents'), ...ofTables('WriteThrottleEvents')]],
      ['Tables: capacity used', [...ofTables('ConsumedReadCapacityUnits'), ...ofTables('ConsumedWriteCapacityUnits')]],
      ['Given up on', [deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' })]],
      ['The sealed log: entries', (['sequenced', 'recovered', 'refused'] as const).map((each) => ofLog(each, 'Sum'))],
      ['The sealed log: oldest entry not sealed, seconds', [ofLog('unsealedSeconds', 'Maximum')]],
      ['Time to revoke, seconds', Object.values(METRIC_NAMES).map(revocation)],
    ];
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: `${settings.stackPrefix}-${Stack.of(this).region}`,
      defaultInterval: Duration.hours(12),
    });
    dashboard.addWidgets(
      new TextWidget({ width: 2 * WIDTH, height: 1, markdown: 'What to do about it: docs/runbook/README.md' }),
    );
    for (const [title, left] of widgets) {
      dashboard.addWidgets(new GraphWidget({ title, left: [...left], width: WIDTH, period: Duration.minutes(5) }));
    }
  }
}

function ofLog(measure: LogMeasure, statistic: string): IMetric {
  return ownMetric(LOG_METRICS[measure][0], statistic);
}

function functionsOf({ stackPrefix }: Settings, metricName: string, statistic: string): IMetric {
  // Names are searched by their words.
  const query = `{AWS/Lambda,FunctionName} MetricName="${metricName}" ${stackPrefix.replaceAll('-', ' ')}`;
  return new MathExpression({
    expression: `SEARCH('${query}', '${statistic}', 300)`,
    // Each line is then called by its function.
    label: '',
    usingMetrics: {},
    period: Duration.minutes(5),
  });
}

/** Of the system that took longest. */
function revocation(metricName: string): IMetric {
  return new MathExpression({
    expression: `SEARCH('{${METRIC_NAMESPACE},Application,service} MetricName="${metricName}"', 'Maximum', 300)`,
    label: metricName,
    usingMetrics: {},
    period: Duration.minutes(5),
  });
}
