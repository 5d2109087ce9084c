// Alerts in chats: for each chat of the settings a rule on the bus of alerts, and the function that posts there. It reads the
// secrets that the settings name, and no others.
import { Stack } from 'aws-cdk-lib';
import { type EventBus, EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { SEVERITY_NAMES } from '../../../lambdas/core/detection/detection.ts';
import { CHATS } from '../../../lambdas/core/requests/notice-settings.ts';
import { ALERT_DETAIL_TYPE, ALERT_SOURCE } from '../../../lambdas/stores/activity/alert-bus.ts';
import { DETECTION_FILE } from '../../../lambdas/stores/deployed-detection.ts';
import type { Settings } from '../../config.ts';
import { secretResource } from '../../secret-reference.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface AlertPostingProps {
  /** The deployment's settings, with a chat at least. */
  readonly settings: Settings;
  /** The tables: of an alert is noted where it was posted. */
  readonly tables: Tables;
  /** On which alerts leave. */
  readonly alertBus: EventBus;
}

export class AlertPosting extends Construct {
  constructor(scope: Construct, id: string, { settings, tables, alertBus }: AlertPostingProps) {
    super(scope, id);
    const { detection } = settings;
    const chats = CHATS.flatMap((chat) => {
      const said = detection[chat];
      return said === undefined ? [] : [{ chat, ...said }];
    });
    const secrets = chats.map(({ channel }) => secretResource(Stack.of(this), channel));
    const posting = new ServiceFunction(this, 'PostAlert', {
      settings,
      tables,
      handler: 'post-alert',
      activity: ['findAlerts', 'saveAlert'],
      files: { [DETECTION_FILE]: JSON.stringify(detection) },
      permissions: [
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...new Set(secrets)] }),
      ],
    });
    for (const { chat, atLeast } of chats) {
      new Rule(this, `Rule-${chat}`, {
        eventBus: alertBus,
        eventPattern: {
          source: [ALERT_SOURCE],
          detailType: [ALERT_DETAIL_TYPE],
          // As OCSF numbers them, from 1.
          detail: { is_alert: [true], severity_id: Match.greaterThanOrEqual(SEVERITY_NAMES.indexOf(atLeast) + 1) },
        },
        targets: [
          new LambdaFunction(posting.function, {
            event: RuleTargetInput.fromObject({ chat, alertId: EventField.fromPath('$.detail.finding_info.uid') }),
          }),
        ],
      });
    }
  }
}
