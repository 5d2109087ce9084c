// Tickets that could not be looked at as a CloudWatch metric, in the embedded metric format: a line of the function's log.
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from './revocation-metrics.ts';

/** How many tickets had their turn and were not read, since their service desk failed or was too slow. */
export const UNREAD_TICKETS_METRIC = 'TicketsUnread';

export type PublishUnreadTickets = (unread: number) => void;

export const publishUnreadTickets: PublishUnreadTickets = (unread) => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'tenure' });
  metrics.addMetric(UNREAD_TICKETS_METRIC, MetricUnit.Count, unread);
  metrics.publishStoredMetrics();
};
