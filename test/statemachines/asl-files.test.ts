// Each state machine as a file: valid ASL once its placeholders are filled in, and careful in every Task.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { synthesiseResources } from '../support/stacks.ts';

/** asl-validator comes without types. */
const validate: (definition: object) => { readonly isValid: boolean; errorsText(separator?: string): string } =
  createRequire(import.meta.url)('asl-validator');

const FOLDER = join(import.meta.dirname, '..', '..', 'statemachines');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.asl.json'));
const PLACEHOLDER = /\$\{(\w+)\}/g;
/** A call to a connector may take 60 seconds, and a person 30 days. */
const LONGEST_SECONDS = 30 * 24 * 60 * 60;

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly object[];
  readonly ItemProcessor?: Machine;
  readonly Branches?: readonly Machine[];
}
interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: string;
}
interface Machine {
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

const deployed = synthesiseResources()
  .filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')
  .map(({ Properties }) => ({
    definition: String(Properties['DefinitionString']),
    substitutions: Properties['DefinitionSubstitutions'] as Readonly<Record<string, unknown>>,
  }));

describe.each(FILES)('%s', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const machine = JSON.parse(text) as Machine;
  const placeholders = new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name));
  const tasks = tasksOf(machine);

  test('is valid once its placeholders are filled in', () => {
    const result = validate(JSON.parse(text.replaceAll(PLACEHOLDER, (_, name: string) => filledIn(name))));
    expect(result.isValid, result.errorsText('\n')).toBe(true);
  });

  test('is deployed with each of its placeholders given, and nothing else', () => {
    const match = deployed.find(({ definition }) => definition === text);
    expect(Object.keys(match?.substitutions ?? {}).sort()).toEqual([...placeholders].toSorted());
  });

  test('says what it is for', () => {
    expect(machine.Comment).toMatch(/\w/);
  });

  test.each(tasks)('"%s" has a bound in time', (_, { TimeoutSeconds }) => {
    expect(TimeoutSeconds).toBeGreaterThan(0);
    expect(TimeoutSeconds).toBeLessThanOrEqual(LONGEST_SECONDS);
  });

  test.each(tasks)('"%s" is tried again with backoff, a cap and jitter', (_, { Retry = [] }) => {
    const again = Retry.filter(({ MaxAttempts }) => MaxAttempts !== 0);
    expect(again).not.toEqual([]);
    for (const retrier of again) {
      expect(retrier.MaxAttempts).toBeGreaterThan(0);
      expect(retrier.BackoffRate).toBeGreaterThan(1);
      expect(retrier.MaxDelaySeconds).toBeGreaterThan(0);
      expect(retrier.JitterStrategy).toBe('FULL');
    }
  });

  test.each(tasks)('"%s" calls an integration that is written out', (_, { Resource }) => {
    expect(Resource).toMatch(/^arn:\$\{Partition\}:states:::/);
  });
});

describe('what an Express execution may take', () => {
  /** "Express Workflows: maximum execution time 5 minutes" (Step Functions guide, Quotas). */
  const EXPRESS_SECONDS = 300;
  const visits = readMachine('visit-applications.asl.json');

  test('is enough for each application, however often it is tried', () => {
    const tasks = new Map(tasksOf(visits));
    const longestOf = (name: string) => {
      const { TimeoutSeconds = 0, Retry = [] } = tasks.get(name) ?? expect.fail(name);
      const isThrottling = ({ ErrorEquals }: Retrier) => ErrorEquals.some((error) => error.startsWith('Lambda.'));
      const seconds = Retry.map(
        (retrier) => waitsOf(retrier) + (isThrottling(retrier) ? 0 : triesOf(retrier) * TimeoutSeconds),
      );
      return TimeoutSeconds + seconds.reduce((sum, each) => sum + each, 0);
    };
    expect(tasks.size).toBe(3);
    for (const way of [['Call the application'], ['Call the applications', 'Call it alone']]) {
      const longest = way.map(longestOf).reduce((sum, each) => sum + each, 0);
      expect(longest, way.join()).toBeLessThanOrEqual(visits.TimeoutSeconds ?? 0);
    }
    expect(visits.TimeoutSeconds).toBeLessThan(EXPRESS_SECONDS);
  });

  test.each(['converge.asl.json', 'leaver.asl.json'])('is what %s waits for', (file) => {
    const waits = tasksOf(readMachine(file)).filter(([, { Resource }]) => Resource?.endsWith('startSyncExecution'));
    expect(waits).not.toEqual([]);
    for (const [, { TimeoutSeconds }] of waits) expect(TimeoutSeconds).toBeGreaterThan(visits.TimeoutSeconds ?? 0);
  });
});

test('every state machine that is deployed is one of the files', () => {
  expect(deployed.length).toBe(FILES.length);
});

function readMachine(file: string): Machine {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Machine;
}

function triesOf({ MaxAttempts = 3 }: Retrier): number {
  return MaxAttempts;
}

/** The longest that jitter makes of them, in seconds. */
function waitsOf({ MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY }: Retrier): number {
  return Array.from({ length: MaxAttempts }, (_, tried) => Math.min(BackoffRate ** tried, MaxDelaySeconds)).reduce(
    (sum, seconds) => sum + seconds,
    0,
  );
}

function filledIn(placeholder: string): string {
  if (placeholder === 'Partition') return 'aws';
  return placeholder.endsWith('Arn')
    ? `arn:aws:lambda:us-east-1:123456789012:function:${placeholder}`
    : `${placeholder}-`;
}

function tasksOf({ States }: Machine): readonly (readonly [string, State])[] {
  return Object.entries(States).flatMap(([name, state]) => [
    ...(state.Type === 'Task' ? [[name, state] as const] : []),
    ...(state.ItemProcessor ? tasksOf(state.ItemProcessor) : []),
    ...(state.Branches ?? []).flatMap(tasksOf),
  ]);
}
