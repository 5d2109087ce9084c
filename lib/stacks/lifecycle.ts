// From a recorded fact to access in every connected system.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { ALERTS_INDEX } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { IDENTITY_INDEXES } from '../../lambdas/stores/identities/keys.ts';
import type { Settings } from '../config.ts';
import { LifecycleWorkflows } from '../constructs/access/lifecycle-workflows.ts';
import { PopulationWalk } from '../constructs/access/population-walk.ts';
import type { EvidenceFiles } from '../constructs/audit/evidence-files.ts';
import { Dashboard } from '../constructs/dashboard.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { EscalationTopic } from '../constructs/escalation-topic.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import { HoldDecisions } from '../constructs/hr/hold-decisions.ts';
import { FactRouting } from '../constructs/identity/fact-routing.ts';
import { Sweep } from '../constructs/identity/sweep.ts';
import { Reconciliation } from '../constructs/reconciliation/reconciliation.ts';
import { ReviewCampaigns } from '../constructs/reviews/review-campaigns.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import type { Tables } from '../constructs/store-access.ts';
import { ConnectorFunctions } from '../constructs/systems/connector-functions.ts';
import { TableAlarms } from '../constructs/table-alarms.ts';

export interface LifecycleStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that everything here reads and writes. */
  readonly tables: Tables;
  /** Where populations of review campaigns lie. */
  readonly evidenceFiles: EvidenceFiles;
  /** What access is decided by. */
  readonly accessModel: AccessModel;
}

export class LifecycleStack extends Stack {
  /** Where alarms of every stack go. */
  readonly alarmTopic: ITopic;
  /** Where functions of other stacks tell a person. */
  readonly escalations: EscalationTopic;
  /** On which what has taken effect is told to the state machines. */
  readonly bus: EventBus;
  /** What operators start to have an application reconciled. */
  readonly reconcile: StateMachine;
  /** What opens a review campaign. */
  readonly accessReview: StateMachine;

  constructor(
    scope: Construct,
    id: string,
    { settings, tables, evidenceFiles, accessModel, ...props }: LifecycleStackProps,
  ) {
    super(scope, id, props);
    const escalations = new EscalationTopic(this, 'Escalations', { settings });
    this.escalations = escalations;
    this.alarmTopic = escalations.topic;
    const deadLetters = new DeadLetters(this, 'DeadLetters', { settings, tables, alarmTopic: this.alarmTopic }).queue;
    const shared = { settings, tables, deadLetters, alarmTopic: this.alarmTopic };
    const { bus, routeFacts } = new FactRouting(this, 'FactRouting', { ...shared, accessModel });
    this.bus = bus;
    const connectors = new ConnectorFunctions(this, 'Connectors', { ...shared, accessModel, bus });
    const { stateMachines, visits } = new LifecycleWorkflows(this, 'Workflows', {
      settings,
      tables,
      accessModel,
      bus,
      connectors,
      escalations,
      deadLetters,
      wakers: [routeFacts],
    });
    const reconciling = { settings, tables, accessModel, bus, connectors, escalations, deadLetters };
    this.reconcile = new Reconciliation(this, 'Reconciliation', reconciling).stateMachine;
    const reviewing = { settings, tables, evidenceFiles, accessModel, escalations, deadLetters };
    this.accessReview = new ReviewCampaigns(this, 'ReviewCampaigns', reviewing).stateMachine;
    new PopulationWalk(this, 'PopulationWalk', { ...shared, accessModel, bus, escalations });
    const { joiner, mover, converge } = stateMachines;
    new Sweep(this, 'Sweep', { ...shared, accessModel, bus, escalations, passes: [joiner, mover, converge] });
    new HoldDecisions(this, 'HoldDecisions', shared);
    this.watch(connectors, tables);
    new Dashboard(this, 'Dashboard', {
      settings,
      stateMachines: { ...stateMachines, visits, reconcile: this.reconcile, accessReview: this.accessReview },
      tables,
      deadLetters,
    });
  }

  private watch(connectors: ConnectorFunctions, { identities, audit, rateLimits, subjects, activity }: Tables): void {
    const topic = this.alarmTopic;
    const connecting = functionsWithin(connectors);
    const functions = functionsWithin(this).filter((each) => !connecting.includes(each));
    new FunctionAlarms(this, 'FunctionAlarms', { functions, topic });
    const errors = { threshold: 10, runbook: 'connectorFails' } as const;
    new FunctionAlarms(this, 'ConnectorAlarms', { functions: connecting, errors, topic });
    const indexNames = Object.values(IDENTITY_INDEXES).map(({ indexName }) => indexName);
    new TableAlarms(this, 'IdentitiesAlarms', { table: identities, indexNames, topic });
    new TableAlarms(this, 'AuditAlarms', { table: audit, topic });
    new TableAlarms(this, 'RateLimitsAlarms', { table: rateLimits, topic });
    new TableAlarms(this, 'SubjectsAlarms', { table: subjects, topic });
    new TableAlarms(this, 'ActivityAlarms', { table: activity, indexNames: [ALERTS_INDEX.indexName], topic });
    new RunbookAlarm(this, 'RefusedByDynamoDb', {
      // Of the whole account and region: DynamoDB tells it of no table.
      metric: new Metric({ namespace: 'AWS/DynamoDB', metricName: 'UserErrors', statistic: 'Sum' }),
      threshold: 10,
      periods: 3,
      runbook: 'tableFails',
      topic,
    });
  }
}
