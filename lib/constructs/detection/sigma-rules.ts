// The deployment's own rules over the lake of activity, run by the clock: the function that asks Athena what came in since, and
// has what is found judged.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { SigmaRule } from '../../../lambdas/core/detection/sigma-rule.ts';
import { DETECTION_FILE } from '../../../lambdas/stores/deployed-detection.ts';
import { SIGMA_RULES_FILE } from '../../../lambdas/stores/deployed-sigma-rules.ts';
import { RULES_CUT_METRIC, RULES_FAILED_METRIC } from '../../../lambdas/stores/lake/rule-metrics.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { askingLake } from '../audit/asking-lake.ts';
import type { LakeCatalog } from '../audit/lake-queries.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { ownMetric } from '../own-metric.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { ActivityLake } from './activity-lake.ts';
import { ACTIVITY_TABLE } from './activity-lake-table.ts';

export interface SigmaRulesProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: where each rule goes on, and what is found. */
  readonly tables: Tables;
  /** By which it is known what reasons hold up. */
  readonly accessModel: AccessModel;
  /** What is run; at least one. */
  readonly rules: readonly SigmaRule[];
  /** What it is run over. */
  readonly lake: ActivityLake;
  /** Where queries are run. */
  readonly catalog: LakeCatalog;
  /** Where alarms go. */
  readonly escalations: EscalationTopic;
}

const EVERY = Duration.minutes(15);
/** It begins no rule after eight minutes, and waits for two for each. */
const TIMEOUT = Duration.minutes(14);
/** One failed run is made good by the next. */
const FAILED_RUNS = 2;

export class SigmaRules extends Construct {
  constructor(scope: Construct, id: string, props: SigmaRulesProps) {
    super(scope, id);
    const { settings, tables, accessModel, rules, lake, catalog, escalations } = props;
    const { bucketArn } = lake.bucket;
    const { starting, reading } = askingLake(this, { catalog, bucketArn, table: ACTIVITY_TABLE });
    const running = new ServiceFunction(this, 'RunRules', {
      settings,
      tables,
      accessModel,
      handler: 'run-rules',
      accounts: ['findLinked'],
      directory: ['findByEmail', 'load'],
      activity: [
        'findAlerts',
        'findByClues',
        'listEmergencies',
        'listMutes',
        'noteUnknown',
        'readCursor',
        'recall',
        'remember',
        'saveAlert',
        'saveCursor',
      ],
      files: {
        [SIGMA_RULES_FILE]: JSON.stringify(rules),
        [DETECTION_FILE]: JSON.stringify(settings.detection),
      },
      environment: { lakeDatabase: catalog.databaseName, lakeWorkGroup: catalog.workGroup },
      permissions: [...starting, ...reading],
      timeout: TIMEOUT,
    });
    for (const arn of [lake.bucket.arnForObjects('*'), `${catalog.resultsArn}/*`])
      acknowledgeWildcard(running.role, arn, 'What queries read of the lake, and the answers to them.');
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(EVERY),
      targets: [new LambdaFunction(running.function, { retryAttempts: 0 })],
    });
    const common = { runbook: 'rulesNotRun', topic: escalations.topic } as const;
    new RunbookAlarm(this, 'Failed', {
      metric: ownMetric(RULES_FAILED_METRIC, 'Maximum').with({ period: EVERY }),
      periods: FAILED_RUNS,
      ...common,
    });
    new RunbookAlarm(this, 'Cut', { metric: ownMetric(RULES_CUT_METRIC, 'Maximum'), ...common });
    new RunbookAlarm(this, 'NotRun', {
      metric: running.function.metricErrors({ statistic: 'Sum', period: EVERY }),
      periods: FAILED_RUNS,
      ...common,
    });
  }
}
