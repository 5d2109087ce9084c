// The stages of an identity's life: one state machine each, the functions they call, and the rules that start them.
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { type EventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { type StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { DETAIL_TYPES, EVENT_SOURCE } from '../../../lambdas/stores/event-bus.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { ServiceFunction } from '../service-function.ts';
import type { StoreAccess, Tables } from '../store-access.ts';
import type { ConnectorFunctions } from '../systems/connector-functions.ts';
import { Workflow, type WorkflowProps } from '../workflow.ts';

export interface LifecycleWorkflowsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that the stages read and write. */
  readonly tables: Tables;
  /** What access is decided by. */
  readonly accessModel: AccessModel;
  /** The bus whose events start them. */
  readonly bus: EventBus;
  /** The functions that reach the connected systems. */
  readonly connectors: ConnectorFunctions;
  /** Where a person is told. */
  readonly escalations: EscalationTopic;
  /** Takes events that could not start an execution. */
  readonly deadLetters: Queue;
  /** Wake executions that wait for people, beside await-attestations and settle. */
  readonly wakers: readonly ServiceFunction[];
}

const FENCE: StoreAccess = { leases: ['fenceOff'], directory: ['load'] };
const PLAN: StoreAccess = {
  facts: ['findAcceptedEvent', 'recordFact'],
  leases: ['acquireLease', 'saveConflicts'],
  modelChanges: ['findModel', 'findWalk', 'noteInUse'],
  directory: ['claimAddress', 'load'],
};
const SETTLE: StoreAccess = {
  accounts: ['saveAccount'],
  leases: ['releaseLease', 'settleLease'],
  modelChanges: ['findModel', 'findWalk'],
  tasks: ['forgetWaitingToken', 'listWaitingTokens'],
  directory: ['load'],
  notices: ['wake'],
};
const AWAIT: StoreAccess = {
  tasks: ['forgetWaitingToken', 'listWaitingTokens', 'saveWaitingToken'],
  directory: ['load'],
};
const CERTIFY: StoreAccess = {
  accounts: ['findCertificate', 'saveRemoval'],
  directory: ['listOwnedBy', 'load', 'moveCheck'],
  audit: ['list'],
};
const HAND_OVER: StoreAccess = { facts: ['findAcceptedEvent', 'recordFact'], directory: ['listOwnedBy', 'load'] };

export class LifecycleWorkflows extends Construct {
  /** Stage → its state machine. */
  readonly stateMachines: Readonly<Record<'joiner' | 'mover' | 'leaver' | 'converge', StateMachine>>;
  /** What all of them visit applications by. */
  readonly visits: StateMachine;
  private readonly props: LifecycleWorkflowsProps;
  private readonly logGroup: LogGroup;
  private readonly settle: ServiceFunction;

  constructor(scope: Construct, id: string, props: LifecycleWorkflowsProps) {
    super(scope, id);
    this.props = props;
    const { settings } = props;
    this.logGroup = new LogGroup(this, 'Log', {
      retention: settings.logRetentionDays,
      removalPolicy: removalPolicyOf(settings),
    });
    const retryPolicy = JSON.stringify(settings.convergence);
    this.settle = this.addFunction('Settle', 'settle', SETTLE, { retryPolicy });
    const visits = this.addVisits();
    this.visits = visits.stateMachine;
    const converge = this.addConverge(visits);
    const joiner = this.addWorkflow('Joiner', { file: 'joiner.asl.json', workflows: { Converge: converge } });
    const mover = this.addWorkflow('Mover', { file: 'mover.asl.json', workflows: { Converge: converge } });
    const leaver = this.addLeaver(converge, visits);
    this.startOn(joiner, [DETAIL_TYPES.joiner]);
    this.startOn(mover, [DETAIL_TYPES.mover, DETAIL_TYPES.suspension, DETAIL_TYPES.return]);
    this.startOn(leaver, [DETAIL_TYPES.leaver]);
    this.startOn(converge, [DETAIL_TYPES.unchanged]);
    this.stateMachines = {
      joiner: joiner.stateMachine,
      mover: mover.stateMachine,
      leaver: leaver.stateMachine,
      converge: converge.stateMachine,
    };
    const arns = Object.entries(this.stateMachines).map(([stage, { stateMachineArn }]) => [stage, stateMachineArn]);
    new CfnOutput(scope, 'StateMachines', {
      value: Stack.of(this).toJsonString(Object.fromEntries(arns)),
      description: 'JSON: stage → the ARN of its state machine',
    });
  }

  private addVisits(): Workflow {
    const { connectors } = this.props;
    return this.addWorkflow('VisitApplications', {
      file: 'visit-applications.asl.json',
      type: StateMachineType.EXPRESS,
      callees: [connectors, connectors.lockDown],
    });
  }

  private addConverge(visits: Workflow): Workflow {
    const { connectors, escalations } = this.props;
    return this.addWorkflow('Converge', {
      file: 'converge.asl.json',
      functions: {
        PlanAccess: this.addFunction('PlanAccess', 'plan-access', PLAN),
        Settle: this.settle,
      },
      expressWorkflows: { VisitApplications: visits },
      // It only names them; executions that began before they were called by another call them themselves.
      connectors,
      escalations,
    });
  }

  private addLeaver(converge: Workflow, visits: Workflow): Workflow {
    const { connectors, escalations, wakers, tables, settings, accessModel } = this.props;
    const awaitAttestations = new ServiceFunction(this, 'AwaitAttestations', {
      settings,
      tables,
      handler: 'await-attestations',
      ...AWAIT,
    });
    const leaver = this.addWorkflow('Leaver', {
      file: 'leaver.asl.json',
      functions: {
        FenceOff: new ServiceFunction(this, 'FenceOff', {
          settings,
          tables,
          accessModel,
          handler: 'fence-off',
          ...FENCE,
          reservedConcurrency: settings.concurrency.lockDown,
        }),
        HandOverOwnership: new ServiceFunction(this, 'HandOverOwnership', {
          settings,
          tables,
          handler: 'hand-over-ownership',
          ...HAND_OVER,
          timeout: Duration.seconds(55),
        }),
        AwaitAttestations: awaitAttestations,
        CertifyRemoval: this.addFunction('CertifyRemoval', 'certify-removal', CERTIFY),
      },
      workflows: { Converge: converge },
      expressWorkflows: { VisitApplications: visits },
      connectors,
      lockDown: connectors.lockDown,
      escalations,
      runbook: 'removalNotProven',
    });
    // A policy of its own: in the functions' own policies it would close a circle through the state machine.
    new Policy(this, 'WakeRemovals', {
      roles: [awaitAttestations, this.settle, ...wakers].map(({ role }) => role),
      statements: [
        new PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: [leaver.stateMachine.stateMachineArn] }),
      ],
    });
    return leaver;
  }

  /** A function that decides by the access model. */
  private addFunction(
    id: string,
    handler: string,
    access: StoreAccess,
    environment: ConstructorParameters<typeof ServiceFunction>[2]['environment'] = {},
  ): ServiceFunction {
    const { settings, tables, accessModel } = this.props;
    return new ServiceFunction(this, id, { settings, tables, accessModel, handler, environment, ...access });
  }

  private addWorkflow(
    id: string,
    props: Omit<WorkflowProps, 'logGroup' | 'alarmTopic' | 'runbook'> & Partial<Pick<WorkflowProps, 'runbook'>>,
  ): Workflow {
    const { escalations } = this.props;
    return new Workflow(this, id, {
      runbook: 'accessDidNotConverge',
      logGroup: this.logGroup,
      alarmTopic: escalations,
      ...props,
    });
  }

  private startOn({ node, stateMachine }: Workflow, detailType: string[]): void {
    const { bus, deadLetters } = this.props;
    new Rule(this, `Start${node.id}`, {
      eventBus: bus,
      eventPattern: { source: [EVENT_SOURCE], detailType },
      targets: [
        new SfnStateMachine(stateMachine, {
          input: RuleTargetInput.fromEventPath('$.detail'),
          deadLetterQueue: deadLetters,
          // EventBridge's own bounds; what is then still not started is set aside, and the sweep finds the identity.
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }
}
