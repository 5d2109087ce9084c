// What an execution costs where no function does anything: the deployed state machines once more, with the same states,
// each of whose tasks calls one function that only hands back what the real one answered. All else is the engine's own.
import { setTimeout as sleep } from 'node:timers/promises';
import type { IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, type LambdaClient, type Runtime } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  type HistoryEvent,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { RUNTIME } from '../../lib/bundling/bundles.ts';
import type { AslMachine, AslState } from '../simulation/interpreter.ts';
import { createFunctionRole, zipOf } from '../support/small-function.ts';
import { cpuSeconds, cpuSecondsSince } from './cpu-seconds.ts';
import { arnOf, executionsSince, historyOf, nestedIn, staysIn } from './executions.ts';

/** What each task answered, by its state. */
export type Answers = Readonly<Record<string, unknown>>;

const EXPRESS = 'aws-sdk:sfn:startSyncExecution';
const NOTHING_TO_START = 'arn:aws:states:us-east-1:000000000000:stateMachine:nothing-to-start';
const INVOKE = 'arn:aws:states:::lambda:invoke';
const SOURCE = 'exports.handler = async ({ answer }) => answer;\n';
/** Long enough for each of a burst to wait for its turn. */
const TIMEOUT_SECONDS = 30;
const CONCURRENT_STARTS = 16;
const POLL_MS = 500;
/** The state of a leaver at whose end every account is disabled. */
const LOCKED_DOWN = 'Lock down every account';

export interface Substitutes {
  readonly functionArn: string;
  /** What every nested execution is of; undefined: there is none. */
  readonly nestedArn?: string | undefined;
  /** What every nested Express execution is of; undefined: there is none. */
  readonly expressArn?: string | undefined;
  readonly answers: Answers;
}

/**
 * The same states without their work. A task that waits for its token goes on at once instead, and no one is told of
 * anything: the floor is, if anything, too low.
 */
export function withoutWork(machine: AslMachine, substitutes: Substitutes): AslMachine {
  const states = Object.entries(machine.States).map(([name, state]) => [name, idle(name, state, substitutes)]);
  return { ...machine, States: Object.fromEntries(states) };
}

function idle(name: string, state: AslState, substitutes: Substitutes): AslState {
  const { functionArn, nestedArn, expressArn, answers } = substitutes;
  if (state.ItemProcessor !== undefined) {
    // What it hands on names functions that nobody calls.
    const ItemSelector = JSON.parse(JSON.stringify(state.ItemSelector).replaceAll(/\$\{\w+\}/g, '')) as unknown;
    return { ...state, ItemSelector, ItemProcessor: withoutWork(state.ItemProcessor, substitutes) };
  }
  if (state.Type !== 'Task') return state;
  const given = state.Parameters as Readonly<Record<string, unknown>>;
  const isExpress = state.Resource?.endsWith(EXPRESS) === true;
  if (isExpress || state.Resource?.includes('states:startExecution')) {
    // Where the recorded execution left all of it to another pass, so does the copy: it never comes here, and would fail.
    const StateMachineArn = (isExpress ? expressArn : nestedArn) ?? NOTHING_TO_START;
    const Resource = state.Resource?.replace(`arn:\${Partition}:`, 'arn:aws:');
    return { ...state, Resource, Parameters: { ...given, StateMachineArn } } as AslState;
  }
  const { 'token.$': _, ...payload } = (given['Payload'] ?? {}) as Readonly<Record<string, unknown>>;
  const Payload = { ...payload, answer: answers[name] ?? {} };
  return { ...state, Resource: INVOKE, Parameters: { FunctionName: functionArn, Payload } };
}

/** The last answer of each task in an execution: with these a copy takes the way by which it came to its end. */
export function answersIn(machine: AslMachine, events: readonly HistoryEvent[]): Answers {
  const answers: Record<string, unknown> = {};
  let entered = '';
  for (const { stateEnteredEventDetails, taskSucceededEventDetails } of events) {
    entered = stateEnteredEventDetails?.name ?? entered;
    if (taskSucceededEventDetails?.output === undefined) continue;
    const { Payload } = JSON.parse(taskSucceededEventDetails.output) as { Payload?: unknown };
    // The history does not say which state of a Map's items a task belongs to. Of those here each item takes one, the same as
    // the others, and whoever goes by its answer comes by no other.
    const inner = machine.States[entered]?.ItemProcessor;
    const tasks = inner === undefined ? [entered] : tasksOf(inner);
    for (const name of tasks) if (Payload !== undefined) answers[name] = Payload;
  }
  return answers;
}

function tasksOf({ States }: AslMachine): readonly string[] {
  return Object.entries(States).flatMap(([name, { Type }]) => (Type === 'Task' ? name : []));
}

/** Stage → the ARN of its copy. */
export type Floor = Readonly<Record<string, string>>;

export interface Recorded {
  /** Of the stage's own state machine. */
  readonly stateMachineArn: string;
  /** One that came to its end by the usual way. */
  readonly executionArn: string;
}

export interface FloorClients {
  readonly stepFunctions: SFNClient;
  readonly lambda: LambdaClient;
  readonly iam: IAMClient;
}

/** Deploys a copy of each stage, and of what it starts, along the way that the recorded execution took. */
export async function deployFloor(clients: FloorClients, stages: Readonly<Record<string, Recorded>>): Promise<Floor> {
  const floor: Record<string, string> = {};
  const functionArn = await createNoOp(clients);
  for (const [stage, recorded] of Object.entries(stages)) {
    floor[stage] = await copy(clients.stepFunctions, `no-op-${stage}`, functionArn, recorded);
  }
  return floor;
}

async function copy(client: SFNClient, name: string, functionArn: string, recorded: Recorded): Promise<string> {
  const { stateMachineArn, executionArn } = recorded;
  const { definition = '', roleArn, type } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const machine = JSON.parse(definition) as AslMachine;
  const events = await historyOf(client, executionArn);
  const { nested, express } = nestedIn(events);
  const nestedArn = nested && (await copy(client, `${name}-nested`, functionArn, nested));
  const expressArn = express && (await copy(client, `${name}-express`, functionArn, express));
  const copied = withoutWork(machine, { functionArn, nestedArn, expressArn, answers: answersIn(machine, events) });
  const created = await client.send(
    new CreateStateMachineCommand({ name, roleArn, type, definition: JSON.stringify(copied) }),
  );
  return arnOf(created.stateMachineArn, name);
}

async function createNoOp({ iam, lambda }: FloorClients): Promise<string> {
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'no-op',
      Runtime: RUNTIME.name as Runtime,
      Handler: 'index.handler',
      Role: await createFunctionRole(iam, 'no-op'),
      Timeout: TIMEOUT_SECONDS,
      Code: { ZipFile: await zipOf('index.js', SOURCE) },
    }),
  );
  return arnOf(FunctionArn, 'no-op');
}

export interface FloorRun {
  /** From the first start to the last end. */
  readonly tookMs: number;
  /** Of each, from its start to its end. */
  readonly eachMs: readonly number[];
  /** Of each leaver, from its start. */
  readonly lockedDownMs: readonly number[];
  /** CPU seconds until the last end, by who computed. */
  readonly computed: ReadonlyMap<string, number>;
}

/** Starts as many of each stage, evenly mixed, and waits for the last of them. */
export async function runFloor(
  client: SFNClient,
  floor: Floor,
  size: Readonly<Record<string, number>>,
): Promise<FloorRun> {
  const starts = Object.entries(size).flatMap(([stage, length]) =>
    Array.from({ length }, (_, index) => ({ stage, place: (index + 0.5) / length })),
  );
  starts.sort((a, b) => a.place - b.place);
  const sinceMs = Date.now();
  const computedBefore = cpuSeconds();
  const input = JSON.stringify({ identityId: 'nobody', version: 1, trigger: 'bench' });
  const start = async () => {
    for (let next = starts.shift(); next !== undefined; next = starts.shift()) {
      await client.send(new StartExecutionCommand({ stateMachineArn: floor[next.stage], input }));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_STARTS }, start));
  const [eachMs, lockedDownMs]: [number[], number[]] = [[], []];
  let lastMs = 0;
  const ended = await Promise.all(Object.values(floor).map((arn) => allEnded(client, arn, sinceMs)));
  const computed = cpuSecondsSince(computedBefore);
  for (const { executionArn, startMs, stopMs } of ended.flat()) {
    lastMs = Math.max(lastMs, stopMs);
    eachMs.push(stopMs - startMs);
    const locked = staysIn(await historyOf(client, executionArn)).find(({ state }) => state === LOCKED_DOWN);
    if (locked !== undefined) lockedDownMs.push(locked.leftMs - startMs);
  }
  return { tookMs: lastMs - sinceMs, eachMs, lockedDownMs, computed };
}

async function allEnded(client: SFNClient, stateMachineArn: string, sinceMs: number) {
  while ((await executionsSince(client, stateMachineArn, sinceMs, 'RUNNING')).length > 0) await sleep(POLL_MS);
  return (await executionsSince(client, stateMachineArn, sinceMs)).map(
    ({ executionArn, startDate, stopDate, status }) => {
      if (status !== 'SUCCEEDED') throw new Error(`a workflow that does nothing ended as ${status}: ${executionArn}`);
      const [startMs, stopMs] = [startDate?.getTime() ?? Number.NaN, stopDate?.getTime() ?? Number.NaN];
      return { executionArn: arnOf(executionArn, 'an execution'), startMs, stopMs };
    },
  );
}
