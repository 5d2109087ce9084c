// A state machine from its .asl.json file. Its placeholders, and what its role may call, come from one map each: what
// is not given cannot be called, and what the file does not name is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, Aws, Stack, Validations } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledge.ts';
import type { RunbookEntry } from '../runbook.ts';
import type { EscalationTopic } from './escalation-topic.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import type { ServiceFunction } from './service-function.ts';

/** The functions of a deployment's connectors, which a state machine calls by name. */
export interface ConnectorCallees {
  /** A function's name is this and the connector's type. */
  readonly namePrefix: string;
  readonly functions: readonly { readonly function: IFunction }[];
}

export interface WorkflowProps {
  /** The file's name under statemachines/. */
  readonly file: string;
  /** What `${<stem>Arn}` stands for, by stem. @default none */
  readonly functions?: Readonly<Record<string, ServiceFunction>>;
  /** Nested executions it waits for: what `${<stem>Arn}` stands for, by stem. @default none */
  readonly workflows?: Readonly<Record<string, Workflow>>;
  /** Express workflows whose answer it waits for: what `${<stem>Arn}` stands for, by stem. @default none */
  readonly expressWorkflows?: Readonly<Record<string, Workflow>>;
  /** Express: billed by the call, without a history, for 5 minutes at most. @default standard */
  readonly type?: StateMachineType;
  /** What `${ConnectorFunctionNamePrefix}` stands for. @default it calls no connectors */
  readonly connectors?: ConnectorCallees;
  /** What `${LockDownFunctionNamePrefix}` stands for. @default it locks nobody out */
  readonly lockDown?: ConnectorCallees;
  /** What else it calls by names that its input has. @default nothing */
  readonly callees?: readonly ConnectorCallees[];
  /** What `${EscalationTopicArn}` stands for. @default it tells nobody */
  readonly escalations?: EscalationTopic;
  /** Whether it starts itself once more where an execution's history grows long. @default false */
  readonly handsOver?: boolean;
  /** Where errors are logged. */
  readonly logGroup: LogGroup;
  /** What to do when an execution fails. */
  readonly runbook: RunbookEntry;
  /** Who is told when an execution fails. */
  readonly alarmTopic: EscalationTopic;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'statemachines');

export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    const definition = readFileSync(join(FOLDER, props.file), 'utf8');
    const substitutions = substitutionsOf(props);
    requireSame(props.file, placeholdersIn(definition), Object.keys(substitutions));
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: substitutions,
      stateMachineType: props.type ?? StateMachineType.STANDARD,
      role: this.role,
      tracingEnabled: true,
      logs: { destination: props.logGroup, level: LogLevel.ERROR, includeExecutionData: false },
    });
    this.grantCalls(props);
    if (props.handsOver) this.grantHandOver();
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-SF1',
      reason: 'Errors are logged, without data; every step that has an effect is in the audit log.',
    });
    acknowledgeWildcard(
      this.role,
      '*',
      'X-Ray traces and the delivery of vended logs know no narrower resource (Service Authorization Reference).',
    );
    const { runbook, alarmTopic } = props;
    const failed = this.stateMachine.metricFailed();
    const timedOut = this.stateMachine.metricTimedOut();
    new RunbookAlarm(this, 'Failed', { metric: failed, runbook, topic: alarmTopic.topic });
    new RunbookAlarm(this, 'TimedOut', { metric: timedOut, runbook, topic: alarmTopic.topic });
    new RunbookAlarm(this, 'Throttled', {
      metric: this.stateMachine.metricThrottled(),
      // A burst passes by itself: what is turned away is tried again by Step Functions.
      periods: 3,
      runbook: 'executionsThrottled',
      topic: alarmTopic.topic,
    });
  }

  private grantCalls(props: WorkflowProps): void {
    const { functions = {}, workflows = {}, expressWorkflows = {}, connectors, lockDown, escalations } = props;
    const byName = [connectors, lockDown, ...(props.callees ?? [])];
    const callees = [...Object.values(functions), ...byName.flatMap((named) => named?.functions ?? [])];
    if (callees.length > 0) {
      const resources = callees.map((callee) => callee.function.functionArn);
      this.role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
    }
    for (const workflow of Object.values(workflows)) this.grantNested(workflow.stateMachine);
    for (const { stateMachine } of Object.values(expressWorkflows)) {
      const resources = [stateMachine.stateMachineArn];
      this.role.addToPolicy(new PolicyStatement({ actions: ['states:StartSyncExecution'], resources }));
    }
    for (const statement of escalations?.publishing ?? []) this.role.addToPolicy(statement);
  }

  /** A policy of its own: the machine is only made once the others are, and this one needs its ARN. */
  private grantHandOver(): void {
    new Policy(this, 'HandOver', {
      roles: [this.role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.stateMachine.stateMachineArn] }),
      ],
    });
  }

  /** What `startExecution.sync:2` needs (Step Functions guide, "IAM policies for nested executions"). */
  private grantNested({ stateMachineArn, stateMachineName }: StateMachine): void {
    const stack = Stack.of(this);
    const executions = stack.formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const rule = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
    });
    for (const [actions, resource] of [
      [['states:StartExecution'], stateMachineArn],
      [['states:DescribeExecution', 'states:StopExecution'], executions],
      [['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], rule],
    ] as const) {
      this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
    }
    acknowledgeWildcard(this.role, executions, 'The executions of this one state machine, whose names come with them.');
  }
}

function substitutionsOf(props: WorkflowProps) {
  const { functions = {}, workflows = {}, expressWorkflows = {}, connectors, lockDown, escalations } = props;
  return {
    // Integrations are written out in the files, but for this: `aws` is not the only one.
    Partition: Aws.PARTITION,
    ...mapEntries(functions, (callee) => callee.function.functionArn),
    ...mapEntries({ ...workflows, ...expressWorkflows }, ({ stateMachine }) => stateMachine.stateMachineArn),
    ...(connectors && { ConnectorFunctionNamePrefix: connectors.namePrefix }),
    ...(lockDown && { LockDownFunctionNamePrefix: lockDown.namePrefix }),
    ...(escalations && { EscalationTopicArn: escalations.topic.topicArn }),
  };
}

function mapEntries<Value>(
  map: Readonly<Record<string, Value>>,
  arnOf: (value: Value) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([stem, value]) => [`${stem}Arn`, arnOf(value)]));
}

function placeholdersIn(definition: string): readonly string[] {
  return [...new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ''))];
}

function requireSame(file: string, named: readonly string[], given: readonly string[]): void {
  const missing = named.filter((name) => !given.includes(name));
  const unused = given.filter((name) => !named.includes(name));
  if (missing.length > 0) throw new Error(`${file}: nothing is given for ${missing.join(', ')}`);
  if (unused.length > 0) throw new Error(`${file}: it does not name ${unused.join(', ')}`);
}
