// How sequencing and sealing fare as CloudWatch metrics, in the embedded metric format: a line of the function's log, no call.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../revocation-metrics.ts';

export const LOG_METRICS = {
  /** Entries that got their place in the log. */
  sequenced: ['LogEntriesSequenced', MetricUnit.Count],
  /** Audit entries that cannot become one. */
  refused: ['LogEntriesRefused', MetricUnit.Count],
  /** Of those that the stream did not bring: found by walking through the audit table. */
  recovered: ['LogEntriesRecovered', MetricUnit.Count],
  /** Signs of somebody having altered what is never altered. */
  tampered: ['LogTampered', MetricUnit.Count],
  /** Witnesses without whose cosignature the published checkpoint has no quorum, when a run ended. */
  witnessesMissing: ['LogWitnessesMissing', MetricUnit.Count],
  /** Witnesses that know of another history, or say so. */
  witnessConflicts: ['LogWitnessConflicts', MetricUnit.Count],
  /** How long the oldest entry that is not sealed had its place when a run began; 0: all are sealed. */
  unsealedSeconds: ['LogUnsealedAge', MetricUnit.Seconds],
} as const;

export type LogMeasure = keyof typeof LOG_METRICS;

export type PublishLogMetrics = (measured: Partial<Readonly<Record<LogMeasure, number>>>) => void;

export const publishLogMetrics: PublishLogMetrics = (measured) => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'tenure' });
  for (const [measure, value] of Object.entries(measured)) {
    const [name, unit] = LOG_METRICS[measure as LogMeasure];
    metrics.addMetric(name, unit, value);
  }
  metrics.publishStoredMetrics();
};
