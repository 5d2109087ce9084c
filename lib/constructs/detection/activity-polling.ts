// A system that is asked for its activity: the function that asks, with this source's secret and no other, by the clock.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ACTIVITY_SOURCES_FILE } from '../../../lambdas/stores/deployed-activity-sources.ts';
import type { ActivitySourceSettings } from '../../activity-sources.ts';
import type { Settings } from '../../config.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { ActivityJudging } from './activity-judging.ts';
import type { ActivitySourceSecrets } from './activity-source-secrets.ts';

export interface ActivityPollingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: how far each source was read lies in that of activity. */
  readonly tables: Tables;
  /** Of all sources; the function reads that of its own. */
  readonly secrets: ActivitySourceSecrets;
  /** Where what was read waits. */
  readonly judging: ActivityJudging;
  /** The source that is asked. */
  readonly source: ActivitySourceSettings;
  /** Where alarms go. */
  readonly escalations: EscalationTopic;
}

/** It begins no page after 40 seconds (poll-activity.ts). */
const TIMEOUT = Duration.minutes(1);
/** Every minute it is asked; so many failures in a row are more than a moment's. */
const FAILURES = 10;

export class ActivityPolling extends Construct {
  constructor(scope: Construct, id: string, props: ActivityPollingProps) {
    super(scope, id);
    const { settings, tables, secrets, judging, source, escalations } = props;
    const polling = new ServiceFunction(this, 'PollActivity', {
      settings,
      tables,
      handler: 'poll-activity',
      activity: ['listFetched', 'noteFetched', 'readCursor', 'saveCursor'],
      files: { [ACTIVITY_SOURCES_FILE]: JSON.stringify([source]) },
      environment: {
        activitySource: source.id,
        activitySourceSecrets: JSON.stringify({ [source.id]: secrets.references[source.id] ?? '' }),
        activityQueue: judging.queue.queueUrl,
      },
      permissions: [...secrets.readingOf([source.id]), judging.sending],
      timeout: TIMEOUT,
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(polling.function, { retryAttempts: 0 })],
    });
    new RunbookAlarm(this, 'NotRead', {
      metric: polling.function.metricErrors({ statistic: 'Sum', period: Duration.minutes(15) }),
      threshold: FAILURES,
      runbook: 'activityNotRead',
      topic: escalations.topic,
    });
  }
}
