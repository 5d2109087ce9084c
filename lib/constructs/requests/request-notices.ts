// Whoever is to be told of requests for access: found, mailed and posted to by the clock. Without a sender nothing is mailed,
// and its function may not; of secrets it reads those that the settings name.
import { Duration, Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { CHATS, type NoticeSettings } from '../../../lambdas/core/requests/notice-settings.ts';
import type { Settings } from '../../config.ts';
import { secretResource } from '../../secret-reference.ts';
import { mailingAs } from '../mailing.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface RequestNoticesProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: notices lie in that of the identities. */
  readonly tables: Tables;
  /** By which it knows who decides. */
  readonly accessModel: AccessModel;
  /** Where links to decide by lead to. */
  readonly api: IHttpApi;
}

export class RequestNotices extends Construct {
  constructor(scope: Construct, id: string, { settings, tables, accessModel, api }: RequestNoticesProps) {
    super(scope, id);
    const { notices } = settings;
    const telling = new ServiceFunction(this, 'TellOfRequests', {
      settings,
      tables,
      accessModel,
      handler: 'tell-of-requests',
      directory: ['load'],
      notices: ['listDue', 'listDueOf', 'listWatched', 'note', 'putBack', 'saveLink', 'saveWatch', 'take', 'wake'],
      environment: { notices: JSON.stringify(notices), decisionsUrl: notices.linkUrl ?? api.apiEndpoint },
      permissions: [
        ...(notices.sender === undefined ? [] : [mailingAs(Stack.of(this), notices.sender)]),
        ...this.readingWebhooks(notices),
      ],
      timeout: Duration.minutes(1),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(telling.function, { retryAttempts: 0 })],
    });
  }

  private readingWebhooks(notices: NoticeSettings): readonly PolicyStatement[] {
    const secrets = CHATS.flatMap((chat) => Object.values(notices[chat] ?? {})).filter((one) => one !== undefined);
    if (secrets.length === 0) return [];
    const resources = secrets.map((secret) => secretResource(Stack.of(this), secret));
    return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...new Set(resources)] })];
  }
}
