// IAM as it evaluates a request within one account: a deny of either policy outranks every allow, and who is not denied needs
// an allow by a policy of their own. Templates are read with their intrinsics resolved as far as policies use them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { listOf, type Resource, type Statement } from './stacks.ts';

export const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};
const SERVICES: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'AWS::KMS::Key': (name) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
};

export interface Request {
  /** Of the role, as `aws:PrincipalArn` has it. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Keys that the request has. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Of every stack, with all that refers to another resource resolved to a name of its own. */
export function resolvedResources(stacks: readonly Stack[]): readonly Resource[] {
  const templates = new Map(stacks.map((stack) => [stack.stackName, Template.fromStack(stack).toJSON()]));
  const exported = new Map<string, readonly [stack: string, value: unknown]>();
  for (const [stack, { Outputs = {} }] of templates) {
    for (const { Export, Value } of Object.values<{ Export?: { Name: string }; Value: unknown }>(Outputs)) {
      if (Export !== undefined) exported.set(Export.Name, [stack, Value]);
    }
  }
  const resolve = (value: unknown, stack: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, stack));
    if (typeof value !== 'object' || value === null) return value;
    const [[key, inner] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && key === 'Ref') return PSEUDO[String(inner)] ?? `${stack}.${String(inner)}`;
    if (others.length === 0 && key === 'Fn::Join') return joined(resolve(inner, stack) as [string, unknown[]]);
    if (others.length === 0 && key === 'Fn::GetAtt') return attribute(stack, inner as [string, string]);
    if (others.length === 0 && key === 'Fn::ImportValue') {
      const [from, original] = exported.get(String(inner)) ?? ['', String(inner)];
      return resolve(original, from);
    }
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, stack)]));
  };
  const attribute = (stack: string, [logicalId, name]: readonly [string, string]) => {
    const type = String(templates.get(stack)?.['Resources'][logicalId]?.Type);
    const arn = SERVICES[type]?.(`${stack}.${logicalId}`) ?? `arn:aws:${type}:${stack}.${logicalId}`;
    return name === 'Arn' ? arn : `${arn}/${name}`;
  };
  return [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries<Omit<Resource, 'logicalId'>>(Resources).map(
      ([logicalId, resource]) =>
        ({ ...(resolve(resource, stack) as object), logicalId: `${stack}.${logicalId}` }) as Resource,
    ),
  );
}

function joined([separator, parts]: [string, unknown[]]): string {
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(separator);
}

/** Why it may, or may not: the statement that decided, as far as one did. */
export function evaluate(
  request: Request,
  identity: readonly Statement[],
  resource: readonly Statement[],
): { readonly isAllowed: boolean; readonly by: string } {
  const denying = [...identity, ...resource].find((one) => one.Effect === 'Deny' && concerns(one, request));
  if (denying !== undefined) return { isAllowed: false, by: denying.Sid ?? 'a deny' };
  const isAllowed = identity.some((one) => one.Effect === 'Allow' && concerns(one, request));
  return { isAllowed, by: isAllowed ? 'an allow' : 'nothing allows it' };
}

function concerns({ Action, Resource, Condition }: Statement, request: Request): boolean {
  return (
    listOf(Action).some((pattern) => matches(String(pattern).toLowerCase(), request.action.toLowerCase())) &&
    listOf(Resource).some((pattern) => matches(String(pattern), request.resource)) &&
    holds((Condition ?? {}) as Conditions, request)
  );
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** All of them. A key that the request does not have fails every operator but the negated ones and Null. */
function holds(conditions: Conditions, { principal, context = {} }: Request): boolean {
  const values: Readonly<Record<string, string>> = { 'aws:PrincipalArn': principal, ...context };
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => {
      const value = values[key];
      const is = (compare: (pattern: string, text: string) => boolean) =>
        value !== undefined && listOf(expected).some((pattern) => compare(String(pattern), value));
      switch (operator) {
        case 'Null':
          return String(value === undefined) === String(expected);
        case 'StringEquals':
          return is((pattern, text) => pattern === text);
        case 'Bool':
          return is((pattern, text) => pattern.toLowerCase() === text.toLowerCase());
        case 'ArnLike':
        case 'StringLike':
          return is(matches);
        case 'ArnNotLike':
          return !is(matches);
        case 'NumericLessThan':
          return value !== undefined && Number(value) < Number(expected);
        default:
          throw new Error(`this evaluation does not know the condition ${operator}`);
      }
    }),
  );
}

function matches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}
