// Reconciliation: the state machine that lists an application's accounts and reports, its functions, and the clock
// that starts it for each application in its turn.
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { type EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { connectorOf } from '../../../lambdas/connectors/registry.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { reconciliationOf } from '../../../lambdas/core/access-model/reconciliation-settings.ts';
import type { Cadence } from '../../../lambdas/core/reconciliation/cadence.ts';
import { CADENCES_FILE } from '../../../lambdas/stores/reconciliations/deployed-cadences.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { ConnectorFunctions } from '../systems/connector-functions.ts';
import { Workflow } from '../workflow.ts';

export interface ReconciliationProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: what is found lies in that of the identities. */
  readonly tables: Tables;
  /** Which applications there are, how often each is reconciled, and what each identity should have. */
  readonly accessModel: AccessModel;
  /** Where it asks for identities to be converged. */
  readonly bus: EventBus;
  /** The functions that list accounts. */
  readonly connectors: ConnectorFunctions;
  /** Where a person is told. */
  readonly escalations: EscalationTopic;
  /** Takes a run that could not be started. */
  readonly deadLetters: Queue;
}

/** A page of 200 identities, ten at a time. */
const PAGE_TIMEOUT = Duration.seconds(60);

export class Reconciliation extends Construct {
  readonly stateMachine: StateMachine;
  private readonly props: ReconciliationProps;

  constructor(scope: Construct, id: string, props: ReconciliationProps) {
    super(scope, id);
    this.props = props;
    this.stateMachine = this.addWorkflow().stateMachine;
    this.addClock();
    new CfnOutput(scope, 'ReconcileStateMachine', { value: this.stateMachine.stateMachineArn });
  }

  private addWorkflow(): Workflow {
    const { settings, bus, connectors, escalations, accessModel } = this.props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: settings.logRetentionDays,
      removalPolicy: removalPolicyOf(settings),
    });
    const publishing = {
      environment: { eventBus: bus.eventBusName },
      permissions: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })],
    };
    const functions = {
      BeginReconciliation: this.addFunction('BeginReconciliation', {
        handler: 'begin-reconciliation',
        accessModel,
        reconciliations: ['begin', 'find'],
      }),
      FindMissingAccess: this.addFunction('FindMissingAccess', {
        handler: 'find-missing-access',
        accessModel,
        directory: ['glimpse', 'listIdentities', 'load'],
        reconciliations: ['advance', 'find', 'readSightings', 'saveFindings'],
        ...publishing,
        timeout: PAGE_TIMEOUT,
      }),
      FinishReconciliation: this.addFunction('FinishReconciliation', {
        handler: 'finish-reconciliation',
        accessModel,
        reconciliations: ['countFindings', 'find', 'finish', 'readSightings'],
        environment: { escalationTopicArn: escalations.topic.topicArn },
        permissions: [...escalations.publishing],
        timeout: Duration.seconds(55),
      }),
      RepairAccess: this.addFunction('RepairAccess', {
        handler: 'repair-access',
        directory: ['load'],
        facts: ['findAcceptedEvent', 'recordFact'],
        leases: ['readMark'],
        reconciliations: ['find', 'listFindings'],
        ...publishing,
      }),
    };
    return new Workflow(this, 'Reconcile', {
      file: 'reconcile.asl.json',
      functions,
      connectors,
      handsOver: true,
      logGroup,
      runbook: 'reconciliationFails',
      alarmTopic: escalations,
    });
  }

  private addFunction(id: string, props: Omit<ServiceFunctionProps, 'settings' | 'tables'>): ServiceFunction {
    const { settings, tables } = this.props;
    return new ServiceFunction(this, id, { settings, tables, ...props });
  }

  /** One for all: an event bus takes 300 rules, and a stack 500 resources. */
  private addClock(): void {
    const { accessModel, deadLetters, escalations } = this.props;
    const starting = this.addFunction('StartDueReconciliations', {
      handler: 'start-due-reconciliations',
      files: { [CADENCES_FILE]: JSON.stringify(cadencesOf(accessModel)) },
      environment: { reconcileArn: this.stateMachine.stateMachineArn },
      permissions: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.stateMachine.stateMachineArn] }),
      ],
      timeout: PAGE_TIMEOUT,
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(starting.function, { deadLetterQueue: deadLetters, retryAttempts: 2 })],
    });
    new RunbookAlarm(this, 'NotStarted', {
      metric: starting.function.metricErrors({ statistic: 'Sum' }),
      runbook: 'reconciliationFails',
      topic: escalations.topic,
    });
  }
}

/** What people do by hand cannot be listed; who is left in a retired application is told from Tenure's own records. */
function cadencesOf({ applications }: AccessModel): readonly Cadence[] {
  return applications
    .filter(({ connector, retired }) => retired || connectorOf(connector).kind === 'api')
    .map((application) => ({ applicationId: application.id, everyHours: reconciliationOf(application).everyHours }));
}
