// Where other systems say something of people: the route to which they push, with a bearer token for each, and the function
// that asks those who are polled. Both take signals in the same way, and read no secret but those of their transmitters.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { signalRoutes } from '../../../lambdas/api/signals.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { Transmitter } from '../../../lambdas/core/signals/signal-settings.ts';
import { TRANSMITTERS_FILE } from '../../../lambdas/stores/deployed-transmitters.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { secretResource } from '../../secret-reference.ts';
import { ApiRoute } from '../api/api-route.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface SignalReceivingProps {
  /** The deployment's settings, with transmitters. */
  readonly settings: Settings;
  /** The tables: what was taken is remembered in that of the identities. */
  readonly tables: Tables;
  /** By which the mass-error guard tells who loses access. */
  readonly accessModel: AccessModel;
  /** Where somebody is told of signals. */
  readonly escalations: EscalationTopic;
  /** Where transmitters push to. */
  readonly api: IHttpApi;
}

const TOKEN_LENGTH = 48;
/** It begins no page after half of it (poll-signals.ts). */
const POLL_TIMEOUT = Duration.minutes(2);

export class SignalReceiving extends Construct {
  private readonly props: SignalReceivingProps;

  constructor(scope: Construct, id: string, props: SignalReceivingProps) {
    super(scope, id);
    this.props = props;
    const { transmitters } = props.settings.sharedSignals;
    const pushing = transmitters.filter(({ poll }) => poll === undefined);
    const polled = transmitters.filter(({ poll }) => poll !== undefined);
    if (pushing.length > 0) this.addRoute(pushing);
    if (polled.length > 0) this.addPolling(polled);
  }

  private addRoute(transmitters: readonly Transmitter[]): void {
    const { settings, tables, accessModel, api } = this.props;
    const secrets = transmitters.map(({ id }) => [id, this.addSecret(id)] as const);
    const arns = Stack.of(this).toJsonString(Object.fromEntries(secrets.map(([id, { secretArn }]) => [id, secretArn])));
    new ApiRoute(this, 'ReceiveSignal', {
      api,
      route: signalRoutes['receive-signal'],
      settings,
      tables,
      accessModel,
      files: filesOf(transmitters),
      environment: { ...this.environment(), signalSecrets: arns },
      permissions: this.permissions(secrets.map(([, { secretArn }]) => secretArn)),
    });
    new CfnOutput(Stack.of(this), 'SignalSecrets', {
      value: arns,
      description: 'JSON: transmitter of signals → the secret with the bearer token that it shows',
    });
  }

  private addSecret(id: string): Secret {
    const secret = new Secret(this, `Secret-${id}`, {
      description: `Tenure: the bearer token with which ${id} pushes signals`,
      generateSecretString: { passwordLength: TOKEN_LENGTH, excludePunctuation: true },
      removalPolicy: removalPolicyOf(this.props.settings),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The transmitter must know the new one: put-secret-value, while the old one stays valid beside it.',
    });
    return secret;
  }

  private addPolling(transmitters: readonly Transmitter[]): void {
    const { settings, tables, accessModel } = this.props;
    const { audit: _audit, accessModel: _model, ...stores } = signalRoutes['receive-signal'].uses;
    const secrets = transmitters.flatMap(({ poll }) => (poll === undefined ? [] : [poll.secret]));
    const polling = new ServiceFunction(this, 'PollSignals', {
      settings,
      tables,
      accessModel,
      handler: 'poll-signals',
      ...stores,
      files: filesOf(transmitters),
      environment: this.environment(),
      permissions: this.permissions(secrets.map((secret) => secretResource(Stack.of(this), secret))),
      timeout: POLL_TIMEOUT,
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(polling.function, { retryAttempts: 0 })],
    });
  }

  private environment() {
    const { settings, escalations } = this.props;
    return {
      massErrorGuard: JSON.stringify(settings.massErrorGuard),
      escalationTopicArn: escalations.topic.topicArn,
    };
  }

  private permissions(secrets: readonly string[]): readonly PolicyStatement[] {
    const reading = new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [...new Set(secrets)],
    });
    return [reading, ...this.props.escalations.publishing];
  }
}

function filesOf(transmitters: readonly Transmitter[]): Readonly<Record<string, string>> {
  return { [TRANSMITTERS_FILE]: JSON.stringify(transmitters) };
}
