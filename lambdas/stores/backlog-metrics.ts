// How far the sweep is behind as a CloudWatch metric, in the embedded metric format: a line of the function's log, no call.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from './revocation-metrics.ts';

/** Seconds for which the identity that has waited longest was due when a run began; 0 when nobody was. */
export const OLDEST_DUE_METRIC = 'SweepOldestDue';

export type PublishBacklog = (oldestDueMs: number) => void;

export const publishBacklog: PublishBacklog = (oldestDueMs) => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'tenure' });
  metrics.addMetric(OLDEST_DUE_METRIC, MetricUnit.Seconds, oldestDueMs / 1_000);
  metrics.publishStoredMetrics();
};
