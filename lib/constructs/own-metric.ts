// A metric that Tenure's functions write into their own logs, found under the dimension that they write it with.
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE } from '../../lambdas/stores/revocation-metrics.ts';

export function ownMetric(metricName: string, statistic: string): Metric {
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, statistic, dimensionsMap: { service: 'tenure' } });
}
