// How far the lake is behind the log as a CloudWatch metric, in the embedded metric format: a line of the function's log.
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../revocation-metrics.ts';

/** Sealed entries that were not in the lake when a run ended. */
export const LAKE_BEHIND_METRIC = 'LakeBehindEntries';

export type PublishLakeBehind = (entries: number) => void;

export const publishLakeBehind: PublishLakeBehind = (entries) => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'tenure' });
  metrics.addMetric(LAKE_BEHIND_METRIC, MetricUnit.Count, entries);
  metrics.publishStoredMetrics();
};
