// Whoever is to be told of requests for access: found, mailed and posted to by the clock. Without a sender nothing is mailed,
// and its function may not; of secrets it reads those that the settings name.
import { Duration, Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnConfigurationSet, CfnConfigurationSetEventDestination } from 'aws-cdk-lib/aws-ses';
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
    const mailing = notices.sender === undefined ? undefined : this.mailingAs(notices.sender);
    const telling = new ServiceFunction(this, 'TellOfRequests', {
      settings,
      tables,
      accessModel,
      handler: 'tell-of-requests',
      facts: ['recordFact'],
      campaigns: ['listCampaigns', 'listQueue'],
      directory: ['load'],
      notices: ['listDue', 'listDueOf', 'listWatched', 'note', 'putBack', 'saveLink', 'saveWatch', 'take', 'wake'],
      environment: {
        notices: JSON.stringify(notices),
        decisionsUrl: notices.linkUrl ?? api.apiEndpoint,
        ...(mailing && { mailConfigurationSet: mailing.configurationSet }),
      },
      permissions: [...(mailing ? [mailing.permission] : []), ...this.readingWebhooks(notices)],
      timeout: Duration.minutes(1),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(telling.function, { retryAttempts: 0 })],
    });
    if (mailing !== undefined) this.noteWhatComesBack(mailing.configurationSet, { settings, tables });
  }

  /** Only AWS puts events of that source onto the default bus, and SES only those of this configuration set into this rule. */
  private noteWhatComesBack(
    configurationSet: string,
    { settings, tables }: Pick<RequestNoticesProps, 'settings' | 'tables'>,
  ): void {
    const noting = new ServiceFunction(this, 'NoteUndelivered', {
      settings,
      tables,
      handler: 'note-undelivered',
      directory: ['load', 'saveUndelivered'],
      notices: ['listAsked', 'wake'],
      environment: { mailConfigurationSet: configurationSet },
    });
    new Rule(this, 'Undelivered', {
      eventPattern: {
        source: ['aws.ses'],
        account: [Stack.of(this).account],
        detailType: ['Email Bounced', 'Email Complaint Received'],
        detail: { mail: { tags: { 'ses:configuration-set': [configurationSet] } } },
      },
      targets: [new LambdaFunction(noting.function)],
    });
  }

  private readingWebhooks(notices: NoticeSettings): readonly PolicyStatement[] {
    const secrets = CHATS.flatMap((chat) => Object.values(notices[chat] ?? {})).filter((one) => one !== undefined);
    if (secrets.length === 0) return [];
    const resources = secrets.map((secret) => secretResource(Stack.of(this), secret));
    return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...new Set(resources)] })];
  }

  /** Under a configuration set of one's own. */
  private mailingAs(sender: string): { readonly configurationSet: string; readonly permission: PolicyStatement } {
    const stack = Stack.of(this);
    const set = new CfnConfigurationSet(this, 'Mails', {});
    new CfnConfigurationSetEventDestination(this, 'MailEvents', {
      configurationSetName: set.ref,
      eventDestination: {
        enabled: true,
        matchingEventTypes: ['bounce', 'complaint'],
        // SES takes the default bus and no other.
        eventBridgeDestination: {
          eventBusArn: stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
        },
      },
    });
    return { configurationSet: set.ref, permission: mailingAs(stack, sender, set.ref) };
  }
}
