// Nothing is turned away or fails without somebody being told: each function, state machine, table and index has its alarms.
import { expect, test } from 'vitest';
import { IDENTITY_INDEXES } from '../../lambdas/stores/identities/keys.ts';
import { HR_SOURCES, type Resource, synthesiseResources } from '../support/stacks.ts';

const resources = synthesiseResources({
  'tenure.hrSources': JSON.stringify(HR_SOURCES),
  'tenure.stackPrefix': 'Acme-IT',
});
const alarms = ofType('AWS::CloudWatch::Alarm');

interface Watched {
  readonly namespace: string;
  readonly metric: string;
  /** Logical ids and names that the dimensions have. */
  readonly dimensions: string;
  readonly runbook: string;
}
interface WrittenMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Value: unknown }[];
}

const watched: readonly Watched[] = alarms.flatMap(({ Properties }) =>
  metricsOf(Properties).map(({ Namespace, MetricName, Dimensions = [] }) => ({
    namespace: Namespace,
    metric: MetricName,
    dimensions: JSON.stringify(Dimensions.map(({ Value }) => Value)),
    runbook: String(Properties['AlarmDescription']),
  })),
);

test.each(['Errors', 'Throttles'])('%s of every function', (metric) => {
  const functions = ofType('AWS::Lambda::Function');
  expect(functions.length).toBeGreaterThan(40);
  for (const { logicalId } of functions) expect(countOf('AWS/Lambda', metric, logicalId), logicalId).toBeGreaterThan(0);
});

test('failing connectors lead to a page of their own', () => {
  const connectors = ofType('AWS::Lambda::Function').filter(({ logicalId }) => logicalId.startsWith('Connectors'));
  expect(connectors.length).toBeGreaterThan(2);
  for (const { logicalId } of connectors) {
    const pages = watched.filter((one) => one.metric === 'Errors' && one.dimensions.includes(logicalId));
    expect(pages.map(({ runbook }) => runbook)).toEqual(['Runbook: docs/runbook/connector-fails.md']);
  }
});

test.each(['ExecutionThrottled', 'ExecutionsFailed', 'ExecutionsTimedOut'])('%s of every state machine', (metric) => {
  const machines = ofType('AWS::StepFunctions::StateMachine');
  expect(machines.length).toBeGreaterThan(4);
  for (const { logicalId } of machines) expect(countOf('AWS/States', metric, logicalId), logicalId).toBe(1);
});

test.each(['ReadThrottleEvents', 'WriteThrottleEvents'])('%s of every table, and of every index', (metric) => {
  const places = watched.filter((one) => one.namespace === 'AWS/DynamoDB' && one.metric === metric);
  for (const table of [
    'IdentitiesTable',
    'AuditTable',
    'RateLimitsTable',
    'SubjectsTable',
    'ActivityTable',
    'SealedLogTable',
  ]) {
    expect(places.filter(({ dimensions }) => dimensions.includes(table)).length, table).toBeGreaterThan(0);
  }
  for (const { indexName } of Object.values(IDENTITY_INDEXES)) {
    expect(
      places.filter(({ dimensions }) => dimensions.includes(`"${indexName}"`)),
      indexName,
    ).toHaveLength(1);
  }
  // Beside them the index of alerts.
  expect(places).toHaveLength(6 + Object.keys(IDENTITY_INDEXES).length + 1);
});

test('errors of DynamoDB itself, by every operation that a role may carry out, and requests that it refuses', () => {
  const operations = new Set(
    ofType('AWS::IAM::Policy').flatMap(({ Properties }) => {
      return [...JSON.stringify(Properties['PolicyDocument']).matchAll(/"dynamodb:(\w+?)"/g)].map(([, name]) => name);
    }),
  );
  for (const notOfTables of ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']) {
    operations.delete(notOfTables);
  }
  // A condition is checked within a transaction.
  operations.delete('ConditionCheckItem');
  for (const operation of operations) {
    expect(countOf('AWS/DynamoDB', 'SystemErrors', `"${operation}"`), operation).toBe(6);
  }
  expect(countOf('AWS/DynamoDB', 'UserErrors', '')).toBe(1);
});

test('what functions measure themselves, under the dimension that they write it with', () => {
  const own = watched.filter(({ namespace }) => namespace === 'Tenure');
  expect(own.map(({ metric }) => metric)).toEqual(
    expect.arrayContaining([
      'SweepOldestDue',
      'LogUnsealedAge',
      'LogTampered',
      'LogEntriesRefused',
      'LogEntriesRecovered',
    ]),
  );
  // A metric with other dimensions is another metric, which nobody writes.
  for (const { metric, dimensions } of own) expect(dimensions, metric).toBe('["tenure"]');
});

test('what was given up on', () => {
  expect(countOf('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'DeadLetters')).toBeGreaterThan(0);
});

test('no alarm asks for more metrics than CloudWatch takes', () => {
  for (const { Properties, logicalId } of alarms)
    expect(metricsOf(Properties).length, logicalId).toBeLessThanOrEqual(10);
});

test('one dashboard shows what they are about, for functions by the words of their names', () => {
  const dashboards = ofType('AWS::CloudWatch::Dashboard');
  expect(dashboards).toHaveLength(1);
  const body = JSON.stringify(dashboards[0]?.Properties['DashboardBody']);
  for (const metric of [
    'ExecutionThrottled',
    'ExecutionsFailed',
    'Throttles',
    'Errors',
    'ReadThrottleEvents',
    'TimeToDisabled',
  ]) {
    expect(body).toContain(metric);
  }
  expect(body).toContain('Acme IT');
  for (const { logicalId } of ofType('AWS::StepFunctions::StateMachine')) expect(body).toContain(logicalId);
});

function ofType(type: string): readonly Resource[] {
  return resources.filter(({ Type }) => Type === type);
}

function metricsOf(properties: Resource['Properties']): readonly WrittenMetric[] {
  const within = properties['Metrics'] as
    | readonly { readonly MetricStat?: { readonly Metric: WrittenMetric } }[]
    | undefined;
  if (within === undefined) return [properties as unknown as WrittenMetric];
  return within.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
}

function countOf(namespace: string, metric: string, dimension: string): number {
  return watched.filter(
    (one) => one.namespace === namespace && one.metric === metric && one.dimensions.includes(dimension),
  ).length;
}
