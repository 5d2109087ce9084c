// Rules that did not run to their end, as CloudWatch metrics, in the embedded metric format: a line of the function's log.
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../revocation-metrics.ts';

/** Rules whose query failed, or whose findings could not be judged. */
export const RULES_FAILED_METRIC = 'RulesFailed';
/** Rules that found more than is taken of one, so that some was not judged. */
export const RULES_CUT_METRIC = 'RulesCut';

export interface RuleRun {
  readonly failed: number;
  readonly cut: number;
}

export type PublishRuleRun = (run: RuleRun) => void;

export const publishRuleRun: PublishRuleRun = ({ failed, cut }) => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'tenure' });
  metrics.addMetric(RULES_FAILED_METRIC, MetricUnit.Count, failed);
  metrics.addMetric(RULES_CUT_METRIC, MetricUnit.Count, cut);
  metrics.publishStoredMetrics();
};
