// The app as tests synthesise it: with the settings of cdk.json, without bundling.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addTenure, type Tenure } from '../../lib/tenure.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CDK_JSON = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

/** One source of each kind, and two tenants of the one whose people are read back. */
export const HR_SOURCES = [
  'acme-hr',
  { id: 'bamboo-us', type: 'bamboohr', settings: { companyDomain: 'acme-us', identityIdPrefix: 'US-' } },
  { id: 'bamboo-eu', type: 'bamboohr', settings: { companyDomain: 'acme-eu' }, secret: 'tenure/bamboo-eu' },
];

/** One that posts, one whose events come by a bus, and one that is asked. */
export const ACTIVITY_SOURCES = [
  { id: 'crm-log', type: 'ocsf', settings: { application: 'crm' } },
  { id: 'aws-log', type: 'aws-cloudtrail', settings: { application: 'aws' } },
  { id: 'okta-log', type: 'okta', settings: { application: 'directory', baseUrl: 'https://acme.okta.com' } },
];

/** One that pushes, and one that is polled. */
export const TRANSMITTERS = [
  { id: 'idp', issuer: 'https://idp.example', audience: ['tenure'], jwksUrl: 'https://idp.example/jwks' },
  {
    id: 'partner',
    issuer: 'https://partner.example/ssf',
    audience: ['tenure'],
    jwksUrl: 'https://partner.example/jwks',
    poll: { url: 'https://partner.example/poll', secret: 'tenure/partner' },
  },
];

/** One to whom is pushed, and one that polls. */
export const RECEIVERS = [
  { id: 'crm', audience: 'https://crm.example', subject: { format: 'email' }, pushTo: ['https://crm.example/signals'] },
  { id: 'siem', audience: 'siem', subject: { format: 'opaque' } },
];
export const SHARED_SIGNALS = { transmitters: TRANSMITTERS, receivers: RECEIVERS };

export function newApp(context: Readonly<Record<string, unknown>> = {}): App {
  return new App({ context: { ...CDK_JSON.context, 'aws:cdk:bundling-stacks': [], ...context } });
}

/** Every resource of every stack. */
export function synthesiseResources(context: Readonly<Record<string, unknown>> = {}): readonly Resource[] {
  return stacksOf(addTenure(newApp(context))).flatMap((stack) =>
    Object.entries<Omit<Resource, 'logicalId'>>(Template.fromStack(stack).toJSON()['Resources']).map(
      ([logicalId, resource]) => ({ logicalId, ...resource }),
    ),
  );
}

export function stacksOf({
  data,
  secrets,
  lifecycle,
  evidence,
  intake,
  detection,
  console,
  governance,
  reviews,
  signals,
}: Tenure): readonly Stack[] {
  const optional = [console, signals].filter((stack) => stack !== undefined);
  return [data, ...secrets, lifecycle, evidence, intake, detection, ...optional, governance, reviews];
}

export interface Resource {
  readonly logicalId: string;
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** The statements that a role has by its policies. */
export function statementsOf(resources: readonly Resource[], roleId: string): readonly Statement[] {
  return resources
    .filter(({ Type, Properties }) => {
      const roles = (Properties?.['Roles'] ?? []) as readonly { readonly Ref: string }[];
      return Type === 'AWS::IAM::Policy' && roles.some(({ Ref }) => Ref === roleId);
    })
    .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
}

/** The role of a function or state machine. */
export function roleIdOf({ Properties }: Resource): string {
  const role = Properties['Role'] ?? Properties['RoleArn'];
  return (role as { 'Fn::GetAtt': readonly [string, string] })['Fn::GetAtt'][0];
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
