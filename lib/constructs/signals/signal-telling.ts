// The transmitter of shared signals: what takes effect goes into a queue, from there as signed tokens to where each receiver
// has them wait, and to those who have them pushed. Beside it the routes by which receivers manage their streams.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ssfRoutes } from '../../../lambdas/api/ssf.ts';
import { RECEIVERS_FILE } from '../../../lambdas/stores/deployed-receivers.ts';
import type { EnvironmentName } from '../../../lambdas/stores/environment.ts';
import { DETAIL_TYPES, EVENT_SOURCE } from '../../../lambdas/stores/event-bus.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ApiRoute } from '../api/api-route.ts';
import { readingStream } from '../reading-stream.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface SignalTellingProps {
  /** The deployment's settings, with receivers. */
  readonly settings: Settings;
  /** The tables: streams and tokens that wait lie in that of the identities. */
  readonly tables: Tables;
  /** Where receivers call. */
  readonly api: IHttpApi;
  /** Where it is told what takes effect. */
  readonly bus: EventBus;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

const COMMON: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
};
/** First in, first out for each person at each receiver. */
const ORDERED: QueueProps = {
  ...COMMON,
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};
const TELL_TIMEOUT = Duration.minutes(1);
/** Ten receivers that answer in five seconds each, twice over. */
const PUSH_TIMEOUT = Duration.minutes(2);
/** Of what cannot be made: a table or KMS that fails for so long. */
const TELL_TRIES = 20;
/** The function gives up at the 20th try, with the reason; what kills it before that is given up by the queue. */
const PUSH_RECEIVES = 25;
const SECRET_LENGTH = 48;
const WAITING = Duration.minutes(30);
const SIGNING: readonly string[] = ['verify-stream'];
const QUEUEING: readonly string[] = ['verify-stream', 'update-stream', 'replace-stream', 'update-stream-status'];

export class SignalTelling extends Construct {
  private readonly props: SignalTellingProps;
  private readonly queue: Queue;
  private readonly deadLetters: Queue;
  private readonly environment: Partial<Record<EnvironmentName, string>>;
  private readonly keyArns: readonly string[];
  private readonly secretArns: readonly string[];

  constructor(scope: Construct, id: string, props: SignalTellingProps) {
    super(scope, id);
    this.props = props;
    const { settings, api } = props;
    const { receivers, signingKeys, issuer } = settings.sharedSignals;
    this.deadLetters = this.addDeadLetters('PushDeadLetters', ORDERED);
    this.queue = new Queue(this, 'PushQueue', {
      ...ORDERED,
      visibilityTimeout: Duration.seconds(6 * PUSH_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: PUSH_RECEIVES },
    });
    this.keyArns = Array.from({ length: signingKeys }, (_, index) => this.addKey(index + 1).keyArn);
    const secrets = receivers.map((receiver) => [receiver.id, this.addSecret(receiver.id).secretArn] as const);
    this.secretArns = secrets.map(([, arn]) => arn);
    const arns = Stack.of(this).toJsonString(Object.fromEntries(secrets));
    this.environment = {
      signalIssuer: issuer ?? api.apiEndpoint,
      signalSigningKeys: this.keyArns.join(' '),
      signalSecrets: arns,
      signalQueue: this.queue.queueUrl,
      signalDeadLetters: this.deadLetters.queueUrl,
    };
    this.addRoutes();
    this.addTelling();
    this.addPushing();
    new CfnOutput(Stack.of(this), 'ReceiverSecrets', {
      value: arns,
      description: 'JSON: receiver of signals → its client secret',
    });
    new CfnOutput(Stack.of(this), 'SignalIssuer', { value: issuer ?? api.apiEndpoint });
    new CfnOutput(Stack.of(this), 'SignalQueueArn', { value: this.queue.queueArn });
    new CfnOutput(Stack.of(this), 'SignalDeadLettersArn', { value: this.deadLetters.queueArn });
  }

  private addRoutes(): void {
    const { settings, tables, api } = this.props;
    for (const route of Object.values(ssfRoutes)) {
      const authenticates = route.access === 'peer';
      new ApiRoute(this, route.name, {
        api,
        route,
        settings,
        tables,
        files: this.files(),
        environment: this.environment,
        permissions: [
          ...(authenticates ? [this.reading()] : []),
          ...(route.name === 'get-signal-keys' ? [this.readingKeys()] : []),
          ...(SIGNING.includes(route.name) ? this.signing() : []),
          ...(QUEUEING.includes(route.name) ? [sendingTo(this.queue)] : []),
        ],
      });
    }
  }

  private addTelling(): void {
    const { settings, tables, bus } = this.props;
    const deadLetters = this.addDeadLetters('StageDeadLetters', COMMON);
    const stages = new Queue(this, 'Stages', {
      ...COMMON,
      visibilityTimeout: Duration.seconds(6 * TELL_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: TELL_TRIES },
    });
    const { joiner, leaver, suspension, return: returning } = DETAIL_TYPES;
    new Rule(this, 'TakesEffect', {
      eventBus: bus,
      eventPattern: { source: [EVENT_SOURCE], detailType: [joiner, leaver, suspension, returning] },
      targets: [new SqsQueue(stages, { deadLetterQueue: deadLetters })],
    });
    const telling = new ServiceFunction(this, 'TellOfStages', {
      settings,
      tables,
      handler: 'tell-of-stages',
      directory: ['findByEmail', 'load'],
      streams: ['findStream', 'putSignal'],
      files: this.files(),
      environment: this.environment,
      permissions: [...this.signing(), sendingTo(this.queue)],
      timeout: TELL_TIMEOUT,
    });
    telling.function.addEventSource(
      new SqsEventSource(stages, { batchSize: 10, maxConcurrency: 5, reportBatchItemFailures: true }),
    );
    this.addCredentials(deadLetters);
    this.addAlarm('NotTold', deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }));
    this.addAlarm('TellingBehind', stages.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }), WAITING);
  }

  /** Those that were revoked in some system: entries of the audit log, as its stream has them. */
  private addCredentials(deadLetters: Queue): void {
    const { settings, tables } = this.props;
    const streamArn = tables.audit.tableStreamArn ?? '';
    const telling = new ServiceFunction(this, 'TellOfCredentials', {
      settings,
      tables,
      handler: 'tell-of-credentials',
      directory: ['load'],
      streams: ['findStream', 'putSignal'],
      files: this.files(),
      environment: this.environment,
      permissions: [...this.signing(), sendingTo(this.queue), sendingTo(deadLetters), readingStream(streamArn)],
      timeout: TELL_TIMEOUT,
    });
    const revoked = { type: { S: ['access-changed'] }, step: { M: { action: { S: ['revoke-credential'] } } } };
    telling.function.addEventSourceMapping('Entries', {
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.LATEST,
      batchSize: 25,
      reportBatchItemFailures: true,
      retryAttempts: TELL_TRIES,
      onFailure: new SqsDlq(deadLetters),
      filters: [FilterCriteria.filter({ eventName: ['INSERT'], dynamodb: { NewImage: { event: { M: revoked } } } })],
    });
  }

  private addPushing(): void {
    const { settings, tables } = this.props;
    const pushing = new ServiceFunction(this, 'PushSignals', {
      settings,
      tables,
      handler: 'push-signals',
      streams: ['findSignal', 'findStream', 'finishSignals'],
      files: this.files(),
      environment: this.environment,
      permissions: [sendingTo(this.deadLetters)],
      timeout: PUSH_TIMEOUT,
    });
    pushing.function.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency: 5, reportBatchItemFailures: true }),
    );
    this.addAlarm('NotPushed', this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }));
    this.addAlarm('PushingBehind', this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }), WAITING);
  }

  private addAlarm(id: string, metric: ReturnType<Queue['metric']>, waiting?: Duration): void {
    const threshold = waiting === undefined ? {} : { threshold: waiting.toSeconds() };
    new RunbookAlarm(this, id, { metric, ...threshold, runbook: 'signalsNotDelivered', topic: this.props.alarmTopic });
  }

  private addDeadLetters(id: string, props: QueueProps): Queue {
    const queue = new Queue(this, id, props);
    Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is itself the dead-letter queue.' });
    return queue;
  }

  /** RS256 with 2048 bits, as the CAEP interoperability profile asks for at least. */
  private addKey(number: number): Key {
    const key = new Key(this, number === 1 ? 'SigningKey' : `SigningKey${number}`, {
      description: `Tenure: signs what receivers of signals are told${number === 1 ? '' : `, key ${number}`}`,
      keySpec: KeySpec.RSA_2048,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: removalPolicyOf(this.props.settings),
    });
    return key;
  }

  private addSecret(id: string): Secret {
    const secret = new Secret(this, `Secret-${id}`, {
      description: `Tenure: the client secret of the receiver of signals ${id}`,
      generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
      removalPolicy: removalPolicyOf(this.props.settings),
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The receiver must know the new one: put-secret-value, while the old one stays valid beside it.',
    });
    return secret;
  }

  private files(): Readonly<Record<string, string>> {
    return { [RECEIVERS_FILE]: JSON.stringify(this.props.settings.sharedSignals.receivers) };
  }

  private reading(): PolicyStatement {
    return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...this.secretArns] });
  }

  private readingKeys(): PolicyStatement {
    return new PolicyStatement({ actions: ['kms:GetPublicKey'], resources: [...this.keyArns] });
  }

  private signing(): readonly PolicyStatement[] {
    const last = this.keyArns.slice(-1);
    return [this.readingKeys(), new PolicyStatement({ actions: ['kms:Sign'], resources: last })];
  }
}

function sendingTo(queue: Queue): PolicyStatement {
  return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
}
