// Review campaigns: the state machine that opens one, its functions, and the clock that begins those of the access model.
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import type { EvidenceFiles } from '../audit/evidence-files.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import { Workflow } from '../workflow.ts';

export interface ReviewCampaignsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: campaigns lie in that of the identities. */
  readonly tables: Tables;
  /** Which campaigns there are. */
  readonly accessModel: AccessModel;
  /** Where populations lie. */
  readonly evidenceFiles: EvidenceFiles;
  /** Where a person is told. */
  readonly escalations: EscalationTopic;
  /** Takes a beginning that could not be delivered. */
  readonly deadLetters: Queue;
}

/** Its steps work for 200 seconds and then finish a page. */
const STEP_TIMEOUT = Duration.seconds(300);
/** Of a page of 250 people and what is remembered of who is above them. */
const STEP_MEMORY_MB = 1_024;

export class ReviewCampaigns extends Construct {
  readonly stateMachine: StateMachine;
  private readonly props: ReviewCampaignsProps;

  constructor(scope: Construct, id: string, props: ReviewCampaignsProps) {
    super(scope, id);
    this.props = props;
    this.stateMachine = this.addWorkflow().stateMachine;
    this.addClock();
    this.addTending();
    new CfnOutput(scope, 'AccessReviewStateMachine', { value: this.stateMachine.stateMachineArn });
  }

  private addWorkflow(): Workflow {
    const { settings, escalations } = this.props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: settings.logRetentionDays,
      removalPolicy: removalPolicyOf(settings),
    });
    const functions = {
      FixPopulation: this.addStep('FixPopulation', {
        handler: 'fix-population',
        activity: ['recall'],
        campaigns: ['findCampaign', 'listParts', 'savePart'],
        directory: ['listIdentities', 'load'],
        modelChanges: ['findModel'],
        subjects: ['subjectsOf'],
      }),
      JudgePopulation: this.addStep('JudgePopulation', {
        handler: 'judge-population',
        campaigns: ['findCampaign', 'listParts', 'saveCampaign'],
        subjects: ['subjectsOf'],
      }),
      AskReviewers: this.addStep('AskReviewers', {
        handler: 'ask-reviewers',
        campaigns: ['findCampaign', 'listParts', 'savePart', 'savePerson'],
        directory: ['load'],
        facts: ['recordFact'],
        modelChanges: ['findModel'],
        subjects: ['resolve'],
      }),
      OpenCampaign: this.addFunction('OpenCampaign', {
        handler: 'open-campaign',
        campaigns: ['findCampaign', 'listParts', 'saveCampaign'],
      }),
    };
    return new Workflow(this, 'AccessReview', {
      file: 'access-review.asl.json',
      functions,
      logGroup,
      runbook: 'campaignNotOpened',
      alarmTopic: escalations,
    });
  }

  /** One that works through everybody, and on the population. */
  private addStep(id: string, props: Omit<ServiceFunctionProps, 'settings' | 'tables'>): ServiceFunction {
    const { evidenceFiles } = this.props;
    const step = this.addFunction(id, {
      ...props,
      environment: { evidenceBucket: evidenceFiles.bucket.bucketName },
      permissions: id === 'AskReviewers' ? evidenceFiles.readingPopulations : evidenceFiles.addingPopulations,
      timeout: STEP_TIMEOUT,
      memoryMb: STEP_MEMORY_MB,
    });
    acknowledgeWildcard(step.role, evidenceFiles.populations, 'Files of populations, each named by its own hash.');
    return step;
  }

  private addFunction(id: string, props: Omit<ServiceFunctionProps, 'settings' | 'tables'>): ServiceFunction {
    const { settings, tables } = this.props;
    return new ServiceFunction(this, id, { settings, tables, ...props });
  }

  private addClock(): void {
    const { accessModel, deadLetters, escalations } = this.props;
    const { stateMachineArn } = this.stateMachine;
    const starting = this.addFunction('StartDueCampaigns', {
      handler: 'start-due-campaigns',
      accessModel,
      campaigns: ['beginCampaign', 'findCampaign', 'listCampaigns'],
      modelChanges: ['saveModel'],
      environment: { accessReviewArn: stateMachineArn },
      permissions: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })],
      timeout: Duration.seconds(60),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(starting.function, { deadLetterQueue: deadLetters, retryAttempts: 2 })],
    });
    new RunbookAlarm(this, 'NotStarted', {
      metric: starting.function.metricErrors({ statistic: 'Sum' }),
      runbook: 'campaignNotOpened',
      topic: escalations.topic,
    });
  }

  /** What comes by time alone, once a campaign is open. */
  private addTending(): void {
    const { accessModel, deadLetters, escalations } = this.props;
    const tending = this.addFunction('TendCampaigns', {
      handler: 'tend-campaigns',
      accessModel,
      campaigns: [
        ...(['beginBatch', 'countRow', 'endBatch', 'findCampaign', 'findPerson', 'listBatches'] as const),
        ...(['listCampaigns', 'listRows', 'moveRows', 'saveCampaign'] as const),
      ],
      directory: ['load'],
      facts: ['findAcceptedEvent', 'recordFact'],
      notices: ['wake'],
      environment: { escalationTopicArn: escalations.topic.topicArn },
      permissions: escalations.publishing,
      timeout: STEP_TIMEOUT,
    });
    new Rule(this, 'TendingClock', {
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [new LambdaFunction(tending.function, { deadLetterQueue: deadLetters, retryAttempts: 0 })],
    });
    new RunbookAlarm(this, 'NotTended', {
      metric: tending.function.metricErrors({ statistic: 'Sum' }),
      runbook: 'campaignNotTended',
      topic: escalations.topic,
    });
  }
}
