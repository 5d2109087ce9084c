// An interpreter of the Amazon States Language for speed: a general one took half of the time of a simulated history. It
// knows what statemachines/*.asl.json use, refuses the rest when it reads a definition, and
// test/statemachines/interpreter.test.ts holds it to an independent one.

export interface MachineHost {
  /** Carries out a Task; `token` is what it would be woken by. */
  task(resource: string, parameters: unknown, token: string): Promise<unknown>;
  /** A state is entered: a state transition, as Step Functions bills it. */
  entered(): void;
  /** What a Task is woken by, another each time. @default the execution's id */
  readonly newToken?: (() => string) | undefined;
  /** What `$$.StateMachine.Id` reads. @default nothing that anybody could start */
  readonly machineId?: string | undefined;
  /** Told what is handed on, to a task or from one state to the next, and between the items of a Map and their end. */
  readonly carried?: ((value: unknown) => void) | undefined;
  /** Waits and intervals between tries take no time. @default false */
  readonly instantWaits?: boolean | undefined;
}

/** Runs to its end. @throws ExecutionError */
export type Machine = (input: unknown, executionId: string, host: MachineHost) => Promise<unknown>;

/** How an execution ended that did not succeed. */
export class ExecutionError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string;
  readonly Next: string;
}

export interface AslMachine {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, AslState>>;
}

export interface AslState {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Parameters?: unknown;
  readonly Result?: unknown;
  readonly ResultSelector?: unknown;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string;
  readonly ItemsPath?: string;
  readonly ItemSelector?: unknown;
  readonly ItemProcessor?: AslMachine;
  readonly MaxConcurrency?: number;
  readonly Choices?: readonly Choice[];
  readonly Default?: string;
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly TimestampPath?: string;
  readonly Error?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

interface Choice {
  readonly Variable: string;
  readonly StringEquals?: string;
  readonly BooleanEquals?: boolean;
  readonly IsPresent?: boolean;
  readonly Next: string;
}

const KNOWN: Readonly<Record<string, readonly (keyof AslState)[]>> = {
  Task: ['Resource', 'TimeoutSeconds', 'Parameters', 'ResultSelector', 'ResultPath', 'OutputPath', 'Retry', 'Catch'],
  Map: ['ItemsPath', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency', 'ResultSelector', 'ResultPath', 'Catch'],
  Pass: ['Parameters', 'Result', 'ResultPath'],
  Choice: ['Choices', 'Default'],
  Wait: ['Seconds', 'SecondsPath', 'TimestampPath'],
  Succeed: [],
  Fail: ['Error', 'Cause', 'CausePath'],
};
const IN_ALL = ['Type', 'Comment', 'Next', 'End'];
const SECOND_MS = 1_000;
const ANY_ERROR = 'States.ALL';
/** A definition or its data is wrong: nothing retries or catches that. */
const RUNTIME_ERROR = 'States.Runtime';

/** One execution, or one item of a Map. */
interface Run {
  readonly executionId: string;
  readonly host: MachineHost;
  /** What `$$` reads. */
  readonly context: object;
  /** Its time has run out, or another item of its Map has failed: nothing more is begun. */
  hasEnded: () => boolean;
}

type Read = (data: unknown, run: Run) => unknown;
type Outcome = { readonly output: unknown; readonly next: string | undefined };
type Step = (input: unknown, run: Run) => Promise<Outcome> | Outcome;
type Steps = (input: unknown, run: Run) => Promise<unknown>;

export function readMachine(definition: AslMachine): Machine {
  const steps = readSteps(definition);
  const { TimeoutSeconds } = definition;
  return async (input, executionId, host) => {
    let ended = false;
    const context = {
      Execution: { Name: executionId, Id: executionId, StartTime: new Date().toISOString() },
      StateMachine: { Id: host.machineId ?? 'machine-1' },
    };
    const running = steps(input, { executionId, host, context, hasEnded: () => ended });
    if (TimeoutSeconds === undefined) return running;
    return within(running, TimeoutSeconds, () => {
      ended = true;
    });
  };
}

function readSteps({ StartAt, States }: AslMachine): Steps {
  const states = new Map(Object.entries(States).map(([name, state]) => [name, readState(name, state)]));
  for (const { Next, Choices = [], Default, Catch = [] } of Object.values(States)) {
    for (const next of [Next, Default, ...[...Choices, ...Catch].map((one) => one.Next), StartAt]) {
      if (next !== undefined && !states.has(next)) throw new Error(`there is no state ${next}`);
    }
  }
  return async (input, run) => {
    let data = input;
    let next: string | undefined = StartAt;
    while (next !== undefined) {
      if (run.hasEnded()) return never();
      const step: Step | undefined = states.get(next);
      if (step === undefined) throw new Error(`there is no state ${next}`);
      run.host.entered();
      const done = step(data, run);
      ({ output: data, next } = done instanceof Promise ? await done : done);
      run.host.carried?.(data);
    }
    return data;
  };
}

function readState(name: string, state: AslState): Step {
  const known: readonly string[] = [...(KNOWN[state.Type] ?? []), ...IN_ALL];
  const strange = Object.keys(state).filter((field) => !known.includes(field));
  if (KNOWN[state.Type] === undefined || strange.length > 0) {
    throw new Error(`the interpreter does not know ${state.Type} ${strange.join(', ')} of "${name}"`);
  }
  switch (state.Type) {
    case 'Task':
      return withRetries(state, readTask(state));
    case 'Map':
      return state.Catch === undefined ? readMap(state) : withRetries(state, readMap(state));
    case 'Pass':
      return readPass(state);
    case 'Choice':
      return readChoice(state);
    case 'Wait':
      return readWait(state);
    case 'Succeed':
      return (input) => ({ output: input, next: undefined });
    default:
      return readFail(state);
  }
}

function readTask(state: AslState): Step {
  const { Resource = '', TimeoutSeconds = 0, Parameters, ResultSelector, OutputPath, Next } = state;
  const parameters = readTemplate(Parameters);
  const select = ResultSelector === undefined ? undefined : readTemplate(ResultSelector);
  const place = readResultPath(state.ResultPath);
  const output = OutputPath === undefined ? undefined : readPath(OutputPath);
  return async (input, run) => {
    const token = run.host.newToken?.() ?? run.executionId;
    const context = { ...run.context, Task: { Token: token } };
    const asked = parameters(input, { ...run, context });
    run.host.carried?.(asked);
    const task = run.host.task(Resource, asked, token);
    const result: unknown = await within(task, TimeoutSeconds);
    run.host.carried?.(result);
    const placed = place(input, select === undefined ? result : select(result, run));
    return { output: output === undefined ? placed : output(placed, run), next: Next };
  };
}

function withRetries({ Retry = [], Catch = [] }: AslState, attempt: Step): Step {
  return async (input, run) => {
    const tries = Retry.map(() => 0);
    for (;;) {
      try {
        return await attempt(input, run);
      } catch (thrown) {
        const error = thrown as Error;
        const index = Retry.findIndex(({ ErrorEquals }) => matches(ErrorEquals, error));
        const retrier = Retry[index];
        const tried = tries[index] ?? 0;
        if (retrier === undefined || tried >= (retrier.MaxAttempts ?? 3)) {
          const catcher = Catch.find(({ ErrorEquals }) => matches(ErrorEquals, error));
          if (catcher === undefined) throw error;
          const caught = { Error: error.name, Cause: error.message };
          return { output: readResultPath(catcher.ResultPath)(input, caught), next: catcher.Next };
        }
        tries[index] = tried + 1;
        await sleep(run.host.instantWaits === true ? 0 : waitMs(retrier, tried));
        if (run.hasEnded()) return never();
      }
    }
  };
}

function matches(names: readonly string[], { name }: Error): boolean {
  return name !== RUNTIME_ERROR && names.some((one) => one === ANY_ERROR || one === name);
}

function waitMs(retrier: Retrier, tried: number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  const longestMs = Math.min(IntervalSeconds * BackoffRate ** tried, MaxDelaySeconds) * SECOND_MS;
  return retrier.JitterStrategy === 'FULL' ? Math.random() * longestMs : longestMs;
}

function readMap(state: AslState): Step {
  const { ItemsPath = '$', ItemSelector, ItemProcessor, Next } = state;
  if (ItemProcessor === undefined || ItemSelector === undefined) throw new Error('a Map selects and processes items');
  const items = readPath(ItemsPath);
  const select = readTemplate(ItemSelector);
  const steps = readSteps(ItemProcessor);
  const selectResult = state.ResultSelector === undefined ? undefined : readTemplate(state.ResultSelector);
  const place = readResultPath(state.ResultPath);
  return async (input, run) => {
    const found = items(input, run);
    if (!Array.isArray(found)) throw new ExecutionError(RUNTIME_ERROR, `${ItemsPath} is no list`);
    let failed = false;
    const atOnce = state.MaxConcurrency ?? found.length;
    const results: Promise<unknown>[] = [];
    const process = async (Value: unknown, Index: number): Promise<unknown> => {
      // An item begins once the one has ended that is so many before it.
      if (Index >= atOnce) await results[Index - atOnce];
      if (failed) return never();
      const context = { ...run.context, Map: { Item: { Index, Value } } };
      const selected = select(input, { ...run, context });
      return steps(selected, { ...run, context, hasEnded: () => failed || run.hasEnded() });
    };
    for (const [index, value] of found.entries()) results.push(process(value, index));
    try {
      const all = await Promise.all(results);
      run.host.carried?.(all);
      return { output: place(input, selectResult === undefined ? all : selectResult(all, run)), next: Next };
    } catch (error) {
      failed = true;
      throw error;
    }
  };
}

function readFail({ Error: name = '', Cause = '', CausePath }: AslState): Step {
  const cause = CausePath === undefined ? () => Cause : readPath(CausePath);
  return (input, run) => {
    throw new ExecutionError(name, String(cause(input, run)));
  };
}

function readPass({ Parameters, Result, ResultPath, Next }: AslState): Step {
  const parameters = Parameters === undefined ? (input: unknown) => input : readTemplate(Parameters);
  const place = readResultPath(ResultPath);
  return (input, run) => ({ output: place(input, Result ?? parameters(input, run)), next: Next });
}

function readChoice({ Choices = [], Default }: AslState): Step {
  const rules = Choices.map(({ Variable, StringEquals, BooleanEquals, IsPresent, Next, ...strange }) => {
    if (Object.keys(strange).length > 0) throw new Error(`the interpreter does not know ${Object.keys(strange)}`);
    const read = IsPresent === undefined ? readPath(Variable) : readPresence(Variable);
    return { read, equals: StringEquals ?? BooleanEquals ?? IsPresent, next: Next };
  });
  return (input, run) => {
    const next = rules.find(({ read, equals }) => read(input, run) === equals)?.next ?? Default;
    if (next === undefined) throw new ExecutionError('States.NoChoiceMatched', 'no choice matched');
    return { output: input, next };
  };
}

function readWait({ Seconds, SecondsPath, TimestampPath, Next }: AslState): Step {
  const seconds = SecondsPath === undefined ? () => Seconds : readPath(SecondsPath);
  const until = TimestampPath === undefined ? undefined : readPath(TimestampPath);
  const durationMs = (input: unknown, run: Run) =>
    until === undefined ? Number(seconds(input, run)) * SECOND_MS : Date.parse(String(until(input, run))) - Date.now();
  return async (input, run) => {
    const waits = durationMs(input, run);
    if (Number.isNaN(waits)) throw new ExecutionError(RUNTIME_ERROR, 'a Wait needs a time');
    await sleep(run.host.instantWaits === true ? 0 : waits);
    return { output: input, next: Next };
  };
}

function readResultPath(path: string | null | undefined): (input: unknown, result: unknown) => unknown {
  if (path === undefined) return (_input, result) => result;
  if (path === null) return (input) => input;
  const [name, ...deeper] = segmentsOf(path);
  if (name === undefined || deeper.length > 0) throw new Error(`the interpreter does not know the result path ${path}`);
  return (input, result) => ({ ...(input as object), [name]: result });
}

/** A template whose names that end in `.$` hold a path or a function. */
function readTemplate(template: unknown): Read {
  if (typeof template !== 'object' || template === null) return () => template;
  if (Array.isArray(template)) {
    const items = template.map(readTemplate);
    return (data, run) => items.map((item) => item(data, run));
  }
  const members = Object.entries(template).map(([name, value]: [string, unknown]): [string, Read] =>
    name.endsWith('.$') ? [name.slice(0, -2), readExpression(String(value))] : [name, readTemplate(value)],
  );
  return (data, run) => {
    const filled: Record<string, unknown> = {};
    for (const [name, read] of members) filled[name] = read(data, run);
    return filled;
  };
}

function readExpression(expression: string): Read {
  if (expression.startsWith('$')) return readPath(expression);
  const call = /^States\.(\w+)\((.*)\)$/s.exec(expression);
  const [, name, rest = ''] = call ?? [];
  if (name === 'JsonToString') {
    const value = readExpression(rest);
    return (data, run) => JSON.stringify(value(data, run));
  }
  // The text first, then what its places are filled with: none of these files quotes a quote.
  const format = name === 'Format' ? /^'([^']*)'((?:, [^,]+)*)$/s.exec(rest) : null;
  if (format === null) throw new Error(`the interpreter does not know ${expression}`);
  const parts = (format[1] ?? '').split('{}');
  const values = (format[2] ?? '').split(', ').slice(1).map(readExpression);
  if (values.length !== parts.length - 1) throw new Error(`too many or too few values in ${expression}`);
  return (data, run) =>
    parts.map((part, index) => part + (index < values.length ? String(values[index]?.(data, run)) : '')).join('');
}

/** Of each item of a list the member of this name, where it has one. */
const OF_EACH = /^\$\[\*\]\.(\w+)$/;

function readPath(path: string): Read {
  const [, ofEach] = OF_EACH.exec(path) ?? [];
  if (ofEach !== undefined) return (data) => (data as readonly object[]).flatMap((item) => membersOf(item, ofEach));
  const isContext = path.startsWith('$$');
  const segments = segmentsOf(isContext ? path.slice(1) : path);
  return (data, run) => {
    let value: unknown = isContext ? run.context : data;
    for (const name of segments) value = (value as Record<string, unknown> | null | undefined)?.[name];
    if (value === undefined) throw new ExecutionError(RUNTIME_ERROR, `${path} points to nothing`);
    return value;
  };
}

function readPresence(path: string): Read {
  const segments = segmentsOf(path);
  return (data) => {
    let value: unknown = data;
    for (const name of segments) value = (value as Record<string, unknown> | null | undefined)?.[name];
    return value !== undefined;
  };
}

function membersOf(item: unknown, name: string): readonly unknown[] {
  return typeof item === 'object' && item !== null && name in item ? [(item as Record<string, unknown>)[name]] : [];
}

function segmentsOf(path: string): readonly string[] {
  if (!/^\$(\.\w+)*$/.test(path)) throw new Error(`the interpreter does not know the path ${path}`);
  return path.split('.').slice(1);
}

/** Whatever comes first; what comes later is of no interest to anybody. */
function within<Result>(work: Promise<Result>, seconds: number, onTimeout: () => void = () => {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const forget = after(seconds * SECOND_MS, () => {
      onTimeout();
      reject(new ExecutionError('States.Timeout', 'States.Timeout'));
    });
    work.then(
      (result) => {
        forget();
        resolve(result);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  });
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    after(durationMs, resolve);
  });
}

/** A world in real time has Node's own timers: one that is asked for longer than they last runs at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @returns forgets about it */
function after(durationMs: number, run: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const partMs = Math.min(leftMs, LONGEST_TIMER_MS);
    timer = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : run()), partMs);
  };
  wait(durationMs);
  return () => clearTimeout(timer);
}

function never<Result>(): Promise<Result> {
  return new Promise(() => {});
}
