// What CloudFormation would have to hold to, of a deployment: which stack exports what and imports what, in which order
// they are deployed, and what others know by its address.
import { Template } from 'aws-cdk-lib/assertions';
import { addTenure } from '../../lib/tenure.ts';
import { newApp, stacksOf } from '../support/stacks.ts';

export interface DeployedStack {
  readonly name: string;
  /** Export → the expression of its value. */
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: readonly string[];
  /** By logical id. */
  readonly resources: Readonly<Record<string, KeptResource>>;
}

/** What cannot be another without being replaced. */
export interface KeptResource {
  readonly type: string;
  /** Its physical name, where it has one of its own. */
  readonly name?: string;
  /** Other properties that CloudFormation replaces it for. */
  readonly identity?: string;
}

/** What is called, waited for, written to or signed in at by what is not deployed together with it. */
const ADDRESSED: Readonly<Record<string, readonly [name: string | undefined, ...identity: string[]]>> = {
  'AWS::ApiGatewayV2::Api': [undefined],
  'AWS::Cognito::UserPool': [undefined, 'UsernameAttributes', 'AliasAttributes'],
  'AWS::Cognito::UserPoolClient': [undefined],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema'],
  'AWS::Events::EventBus': ['Name'],
  'AWS::KMS::Key': [undefined],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SNS::Topic': ['TopicName'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};
/** Executions and schedules keep the role that they were started with. */
const ROLES_KEPT_BY = ['states.amazonaws.com', 'scheduler.amazonaws.com'];

type Resource = { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> };

/** In the order in which they are deployed. */
export function deploymentOf(context: Readonly<Record<string, unknown>> = {}): readonly DeployedStack[] {
  return stacksOf(addTenure(newApp(context))).map((stack) => {
    const template = Template.fromStack(stack).toJSON();
    const outputs = Object.values<{ Value: unknown; Export?: { Name: string } }>(template['Outputs'] ?? {});
    return {
      name: stack.stackName,
      exports: Object.fromEntries(
        outputs.flatMap(({ Value, Export }) => (Export ? [[Export.Name, JSON.stringify(Value)]] : [])),
      ),
      imports: [...new Set(importsIn(template))].sort(),
      resources: Object.fromEntries(
        Object.entries<Resource>(template['Resources']).flatMap(([logicalId, resource]) => {
          const kept = keptOf(resource);
          return kept === undefined ? [] : [[logicalId, kept]];
        }),
      ),
    };
  });
}

function keptOf({ Type, Properties = {} }: Resource): KeptResource | undefined {
  if (Type === 'AWS::IAM::Role') {
    const trust = JSON.stringify(Properties['AssumeRolePolicyDocument']);
    if (!ROLES_KEPT_BY.some((service) => trust.includes(service))) return undefined;
    return { type: Type, identity: JSON.stringify([Properties['Path'] ?? '/', Properties['RoleName'] ?? null]) };
  }
  const known = ADDRESSED[Type];
  if (known === undefined) return undefined;
  const [nameMember, ...members] = known;
  const name = nameMember === undefined ? undefined : Properties[nameMember];
  return {
    type: Type,
    ...(name !== undefined && { name: typeof name === 'string' ? name : JSON.stringify(name) }),
    ...(members.length > 0 && { identity: JSON.stringify(members.map((member) => Properties[member] ?? null)) }),
  };
}

function importsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(importsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'Fn::ImportValue' ? [String(inner)] : importsIn(inner),
  );
}
