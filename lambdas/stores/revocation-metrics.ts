// Time to revoke as CloudWatch metrics, in the embedded metric format: a line of the function's log, no call.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { MEASURES, type Measure, type RevocationTimes } from '../core/removal/time-to-revoke.ts';

export const METRIC_NAMESPACE = 'Tenure';

export const METRIC_NAMES: Readonly<Record<Measure, string>> = {
  disabled: 'TimeToDisabled',
  lastGrantRemoved: 'TimeToLastGrantRemoved',
  proven: 'TimeToProven',
};

export type PublishRevocationTimes = (times: readonly RevocationTimes[]) => void;

/** One line per system, with the system as its dimension; values in seconds. */
export const publishRevocationTimes: PublishRevocationTimes = (times) => {
  for (const { applicationId, ...measured } of times) {
    const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'tenure' });
    metrics.addDimension('Application', applicationId);
    for (const measure of MEASURES) {
      const seconds = measured[measure];
      if (seconds !== undefined) metrics.addMetric(METRIC_NAMES[measure], MetricUnit.Seconds, seconds);
    }
    metrics.publishStoredMetrics();
  }
};
