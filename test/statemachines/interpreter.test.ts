// The simulator's own interpreter does with every state machine what an independent one does: the same tasks with the
// same input, and the same end, whatever functions answer and however they fail.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../support/node-20.ts';
import { StateMachine } from 'aws-local-stepfunctions';
import { type AslMachine, type AslState, readMachine } from '../simulation/interpreter.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import { readDefinition, type WorkflowName } from '../simulation/workflows.ts';

const START_MS = Date.parse('2026-11-23T09:00:00Z');
const DAY_MS = 86_400_000;
const LONGER_THAN_ANY_MS = 100 * DAY_MS;
const RUNS = 200;

const APPLICATIONS = [
  { applicationId: 'chat', connector: 'scim', turn: { lane: 'others', startsMs: START_MS, shiftMs: 0 } },
  { applicationId: 'badge', connector: 'manual', turn: null },
];
const INPUT = {
  identityId: 'E1',
  version: 3,
  trigger: 'fact',
  applicationId: 'chat',
  ask: 'report',
  epoch: 3,
  judgedMs: START_MS,
  mode: 'converge',
  functionNamePrefix: 'fn:connector-',
  applications: [
    ...APPLICATIONS,
    { connector: 'okta', visits: ['crm', 'mail'].map((applicationId) => ({ applicationId, turn: null })) },
  ],
};
const PROGRESS = { done: ['chat'], left: [] };

/**
 * What each function may answer, sensible or not. No quotes in what is put into a text: the independent one takes the
 * backslashes out of it that JSON needs.
 */
const ANSWERS: Readonly<Record<string, readonly unknown[]>> = {
  'plan-access': [
    { status: 'held' },
    {
      status: 'planned',
      epoch: 2,
      version: 3,
      judgedMs: START_MS,
      modelBasis: 'm',
      batches: [APPLICATIONS],
      progress: PROGRESS,
    },
    {
      status: 'planned',
      epoch: 4,
      version: 5,
      judgedMs: START_MS,
      modelBasis: 'm',
      batches: [],
      progress: PROGRESS,
    },
    {},
  ],
  settle: [
    { next: 'settled' },
    { next: 'overtaken' },
    { next: 'plan-again', progress: PROGRESS },
    { next: 'try-again', waitSeconds: 30, progress: PROGRESS },
    { next: 'try-again', waitSeconds: 'soon', progress: PROGRESS },
    ...[true, false].map((goesOn) => ({
      next: 'escalate',
      failed: [{ applicationId: 'chat', error: 'it said no, and {more}' }],
      goesOn,
      waitSeconds: 10,
      progress: PROGRESS,
    })),
    { next: 'given-up' },
  ],
  'fence-off': [
    { status: 'employed' },
    {
      status: 'fenced',
      epoch: 3,
      judgedMs: START_MS,
      batches: [APPLICATIONS],
      earlierWorkEndsAt: new Date(START_MS + 60_000).toISOString(),
    },
  ],
  'certify-removal': [
    { status: 'proven', attempt: 1, reads: 1 },
    { status: 'employed', attempt: 1, reads: 1 },
    { status: 'waiting', attempt: 1, reads: 0 },
    { status: 'left-over', attempt: 2, reads: 1, waitSeconds: 20 },
    { status: 'residual', attempt: 1, reads: 2, waitSeconds: 3_600 },
    { status: 'not-proven', attempt: 3, reads: 1 },
  ],
  'begin-reconciliation': [{ status: 'under-way' }, { status: 'begun', runId: 'run-1', connector: 'scim' }],
  'finish-reconciliation': [{ repair: true }, { repair: false }],
  'repair-access': [
    { from: 10, more: true, handOver: false },
    { from: 20, more: false, handOver: false },
    { from: 30, more: true, handOver: true },
  ],
  'find-missing-access': [{ next: 'more' }, { next: 'done' }, { next: 'overtaken' }, { next: 'hand-over' }],
  connector: [
    { applicationId: 'chat', outcome: 'agrees' },
    { next: 'more' },
    { next: 'done' },
    null,
    { next: 'hand-over' },
  ],
  'connector-okta': [
    { outcomes: [{ applicationId: 'crm', outcome: 'agrees' }], left: [{ applicationId: 'mail', turn: null }] },
    { outcomes: [], left: [] },
  ],
};
/** How an Express execution may have ended. */
const EXPRESS: readonly object[] = [
  { Status: 'SUCCEEDED', Output: JSON.stringify([{ applicationId: 'chat' }]) },
  { Status: 'TIMED_OUT', Error: 'States.Timeout' },
  {},
];
const ERRORS = ['PermanentError', 'ConflictError', 'RetryableError', 'Lambda.Unknown', 'TypeError'];

/** What a task does on its n-th call: answers, fails, or never comes back. */
interface Turn {
  readonly answer: number;
  readonly error: string | undefined;
  readonly isLost: boolean;
}

const turn = fc.record({
  answer: fc.nat({ max: 20 }),
  error: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.constantFrom(...ERRORS)),
  isLost: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, fc.constant(true)),
});

interface Ran {
  readonly tasks: readonly string[];
  readonly end: unknown;
  readonly tookMs: number;
}

type Carry = (resource: string, parameters: unknown) => Promise<unknown>;
type Run = (machine: AslMachine, carry: Carry) => Promise<unknown>;

/** The same turns for the same calls: counted by what is called with what, since items of a Map run side by side. */
async function runWith(run: Run, machine: AslMachine, turns: readonly Turn[]): Promise<Ran> {
  const time = new VirtualTime(START_MS);
  try {
    const calls = new Map<string, number>();
    const tasks: string[] = [];
    let total = 0;
    const carry: Carry = async (resource, parameters) => {
      const call = `${resource} ${JSON.stringify(parameters)}`;
      const nth = (calls.get(call) ?? 0) + 1;
      calls.set(call, nth);
      tasks.push(`${time.nowMs - START_MS} ${call}`);
      total += 1;
      if (total > 60) throw Object.assign(new Error('enough'), { name: 'PermanentError' });
      const { answer, error, isLost } = turns[(nth * 7 + call.length) % turns.length] as Turn;
      if (isLost) return new Promise(() => {});
      await time.sleep(10 + answer);
      if (error !== undefined) throw Object.assign(new Error(`it was ${error}`), { name: error });
      if (resource.endsWith('startSyncExecution')) return EXPRESS[answer % EXPRESS.length];
      return { Payload: answerOf(parameters, answer) };
    };
    let end: unknown;
    let endedMs = 0;
    const ended = run(machine, carry)
      .then(
        (output) => ({ output }),
        (error: Error) => ({ error: nameOf(error) }),
      )
      .then((outcome) => {
        end = outcome;
        endedMs = time.nowMs;
      });
    await time.runUntil(START_MS + LONGER_THAN_ANY_MS);
    await ended;
    return { tasks: tasks.toSorted(), end, tookMs: endedMs - START_MS };
  } finally {
    time.uninstall();
  }
}

function answerOf(parameters: unknown, answer: number): unknown {
  const { FunctionName = '' } = parameters as { readonly FunctionName?: string };
  const name = FunctionName.replace(/^fn:/, '');
  const answers = ANSWERS[name] ?? ANSWERS[name.startsWith('connector-') ? 'connector' : name] ?? [{}];
  return answers[answer % answers.length];
}

/** The independent one hides what failed in a cause, and calls a time-out of all of it by another name. */
function nameOf(error: Error): string {
  if (error.name === 'ExecutionError') return (error.cause as Error).name;
  return error.name === 'ExecutionTimeoutError' ? 'States.Timeout' : error.name;
}

const own: Run = (machine, carry) =>
  readMachine(machine)(INPUT, 'execution-1', {
    task: (resource, parameters) => carry(resource, parameters),
    entered: () => {},
  });

const independent: Run = async (machine, carry) => {
  const handlers = tasksOf(machine).map(([name, { Resource = '' }]) => [
    name,
    (parameters: unknown) => carry(Resource, parameters),
  ]);
  const { result } = new StateMachine(machine as never, {
    validationOptions: { noValidate: true } as never,
  }).run(INPUT as never, {
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
    context: {
      Execution: { Name: 'execution-1', Id: 'execution-1', StartTime: new Date(START_MS).toISOString() },
      StateMachine: { Id: 'machine-1' },
      Task: { Token: 'execution-1' },
    } as never,
  });
  return await result;
};

/** The independent one fails where a path with a wildcard finds nothing; AWS, as RFC 9535, has an empty list there. */
function withoutProjections(machine: AslMachine): AslMachine {
  return JSON.parse(JSON.stringify(machine).replaceAll(/\$\[\*\]\.\w+/g, '$')) as AslMachine;
}

function tasksOf({ States }: AslMachine): readonly [string, AslState][] {
  return Object.entries(States).flatMap(([name, state]): [string, AslState][] => [
    ...(state.Type === 'Task' ? [[name, state] as [string, AslState]] : []),
    ...(state.ItemProcessor === undefined ? [] : tasksOf(state.ItemProcessor)),
  ]);
}

describe('the simulator interprets a state machine as an independent interpreter does', () => {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each<WorkflowName>(['joiner', 'mover', 'leaver', 'converge', 'visit-applications', 'reconcile'])(
    '%s',
    async (name) => {
      const machine = withoutProjections(readDefinition(name));
      const ends = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { minLength: 5, maxLength: 20 }), async (turns) => {
          const expected = await runWith(independent, machine, turns);
          expect(await runWith(own, machine, turns)).toEqual(expected);
          ends.add(JSON.stringify(expected.end));
        }),
        { seed: 27, numRuns: RUNS },
      );
      expect(ends.size).toBeGreaterThan(1);
    },
  );

  it('finds of each item of a list a member, where there is one', async () => {
    const machine: AslMachine = {
      StartAt: 'All',
      States: {
        All: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemSelector: { 'item.$': '$$.Map.Item.Value' },
          ItemProcessor: {
            StartAt: 'One',
            States: {
              One: { Type: 'Task', Resource: 'r', TimeoutSeconds: 1, Parameters: { 'item.$': '$.item' }, End: true },
            },
          },
          ResultSelector: { 'found.$': '$[*].here', 'all.$': '$' },
          End: true,
        },
      },
    };
    const run = (items: readonly unknown[]) =>
      readMachine(machine)({ items }, 'execution-1', {
        task: async (_resource, parameters) => (parameters as { item: unknown }).item,
        entered: () => {},
      });
    const items = [{ here: 1 }, {}, 'text', { here: null }];
    expect(await run(items)).toEqual({ found: [1, null], all: items });
    expect(await run([{}])).toEqual({ found: [], all: [{}] });
    expect(await run([])).toEqual({ found: [], all: [] });
  });

  it('refuses what it does not know', () => {
    const task = { Type: 'Task', Resource: 'r', TimeoutSeconds: 1, Parameters: {}, End: true };
    const withState = (state: object) => () => readMachine({ StartAt: 'A', States: { A: state as AslState } });
    expect(withState(task)).not.toThrow();
    expect(withState({ ...task, HeartbeatSeconds: 5 })).toThrow('HeartbeatSeconds');
    expect(withState({ Type: 'Parallel', Branches: [] })).toThrow('Parallel');
    expect(withState({ ...task, Parameters: { 'a.$': 'States.UUID()' } })).toThrow('States.UUID()');
    expect(withState({ ...task, Parameters: { 'a.$': '$.list[0]' } })).toThrow('$.list[0]');
    expect(withState({ Type: 'Pass', Next: 'B' })).toThrow('B');
  });

  it('does not end at once in real time what may last for 90 days', async () => {
    const task = { Type: 'Task', Resource: 'r', TimeoutSeconds: 90 * 86_400, Parameters: {}, End: true };
    const machine = readMachine({ StartAt: 'A', States: { A: task as AslState }, TimeoutSeconds: 90 * 86_400 });
    const answersLate = () => new Promise((resolve) => setTimeout(() => resolve('done'), 50));
    expect(await machine({}, 'execution-1', { task: answersLate, entered: () => {} })).toBe('done');
  });
});
