// The one HTTP API: throttled, its access log without personal data.
import { CfnOutput } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpStage, type IHttpApi, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';

export interface ApiProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** Where its alarm goes. */
  readonly alarmTopic: ITopic;
}

/** No caller's address and no path, which may hold anything: the route's pattern says enough. */
const LOGGED = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
};

export class Api extends Construct {
  readonly httpApi: IHttpApi;

  constructor(scope: Construct, id: string, { settings, alarmTopic }: ApiProps) {
    super(scope, id);
    // CDK's own declarations disagree on `undefined` here, hence the assertion.
    this.httpApi = new HttpApi(this, 'HttpApi', { createDefaultStage: false }) as IHttpApi;
    const logGroup = new LogGroup(this, 'AccessLog', {
      retention: settings.logRetentionDays,
      removalPolicy: removalPolicyOf(settings),
    });
    const { ratePerSecond, burst } = settings.throttle;
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(LOGGED)),
      },
    });
    new RunbookAlarm(this, 'ServerErrors', {
      metric: stage.metricServerError({ statistic: 'Sum' }),
      runbook: 'apiFails',
      topic: alarmTopic,
    });
    new CfnOutput(scope, 'ApiUrl', { value: this.httpApi.apiEndpoint, description: 'Where HR and operators call' });
  }
}
