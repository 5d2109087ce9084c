// Whether the functions of a stack fail, or are not let run. Several share an alarm: which of them it is, the dashboard shows.
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { RunbookEntry } from '../runbook.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { ServiceFunction } from './service-function.ts';

export interface FunctionAlarmsProps {
  /** Whose alarms they are. */
  readonly functions: readonly LambdaFunction[];
  /**
   * Failures within five minutes from which on somebody must look: single ones are tried again by whoever called.
   *
   * @default 5, whose page is function-fails
   */
  readonly errors?: { readonly threshold: number; readonly runbook: RunbookEntry };
  /** Who is told. */
  readonly topic: ITopic;
}

/** CloudWatch takes ten metrics for an alarm. */
const METRICS_OF_AN_ALARM = 10;
const FAILURES = { threshold: 5, runbook: 'functionFails' } as const;
/** What passes within ten minutes was a burst, which is tried again. */
const PERIODS = 3;

export class FunctionAlarms extends Construct {
  constructor(scope: Construct, id: string, { functions, errors = FAILURES, topic }: FunctionAlarmsProps) {
    super(scope, id);
    for (const [index, some] of inParts(functions).entries()) {
      new RunbookAlarm(this, `Errors${index + 1}`, {
        metric: sumOf(some.map((each) => each.metricErrors({ statistic: 'Sum' }))),
        ...errors,
        periods: PERIODS,
        topic,
      });
      new RunbookAlarm(this, `Throttles${index + 1}`, {
        metric: sumOf(some.map((each) => each.metricThrottles({ statistic: 'Sum' }))),
        periods: PERIODS,
        runbook: 'functionsThrottled',
        topic,
      });
    }
  }
}

/** Every function below a construct, by where it stands. */
export function functionsWithin(scope: Construct): readonly LambdaFunction[] {
  return scope.node.findAll().flatMap((each) => (each instanceof ServiceFunction ? each.function : []));
}

/** Of as many metrics as an alarm takes. */
export function sumOf(metrics: readonly IMetric[]): IMetric {
  const [only, ...others] = metrics;
  if (only !== undefined && others.length === 0) return only;
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  // One that has no data points, since its function did not run, counts for nothing.
  const expression = Object.keys(usingMetrics).map((name) => `FILL(${name},0)`);
  return new MathExpression({ expression: expression.join('+'), usingMetrics, period: Duration.minutes(5) });
}

export function inParts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / METRICS_OF_AN_ALARM);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * METRICS_OF_AN_ALARM, (index + 1) * METRICS_OF_AN_ALARM),
  );
}
