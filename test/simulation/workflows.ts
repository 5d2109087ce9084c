// The real ASL files, run in-process by an independent interpreter. Only what the tasks reach is replaced: a Lambda
// invocation, a nested execution, a published message, by calls into the world.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';

export type WorkflowName = 'joiner' | 'mover' | 'leaver' | 'converge' | 'reconcile';

export interface WorkflowHost {
  /** `name` is the function's stem as in `${PlanAccessArn}`, or `connector-<type>`. */
  invoke(name: string, payload: unknown): Promise<unknown>;
  publish(message: { readonly Subject: string; readonly Message: string }): Promise<void>;
  /** Where a Wait and a Retry get their time from; undefined: as the definition says. */
  readonly instantWaits?: boolean;
}

export interface Execution {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output: unknown;
  /** State transitions of this execution and its nested ones, as Step Functions bills them. */
  readonly transitions: number;
}

interface AslState {
  readonly Type: string;
  readonly Resource?: string;
  readonly Retry?: readonly unknown[];
  readonly ItemProcessor?: { readonly States: Record<string, AslState> };
}

const MAXIMUM_TIMER_SECONDS = Math.floor((2 ** 31 - 1) / 1_000);
const CONNECTOR_PREFIX = 'connector-';
const definitions = new Map<WorkflowName, { states: Record<string, AslState>; machine: StateMachine }>();

export class Workflows {
  readonly #host: WorkflowHost;
  #executions = 0;
  readonly #waiting = new Map<string, () => void>();

  constructor(host: WorkflowHost) {
    this.#host = host;
  }

  async start(name: WorkflowName, input: object): Promise<Execution> {
    const { states, machine } = loadDefinition(name);
    this.#executions += 1;
    const executionId = `${name}-${this.#executions}`;
    let transitions = 0;
    const handlers: Record<string, (input: never) => Promise<unknown>> = {};
    const waits: Record<string, number> = {};
    const retries: Record<string, number> = {};
    for (const [stateName, state] of allStates(states)) {
      if (state.Type === 'Task') {
        handlers[stateName] = async (parameters: never) => {
          const { output, nested } = await this.#runTask(state.Resource ?? '', parameters, executionId);
          transitions += nested;
          return output;
        };
      }
      if (this.#host.instantWaits && state.Type === 'Wait') waits[stateName] = 0;
      if (this.#host.instantWaits && state.Retry) retries[stateName] = 0;
    }
    const { result, eventLogs } = machine.run(input as never, {
      overrides: {
        taskResourceLocalHandlers: handlers as never,
        waitTimeOverrides: waits,
        retryIntervalOverrides: retries,
      },
      context: { Execution: { Name: executionId, Id: executionId }, Task: { Token: executionId } } as never,
    });
    const counting = (async () => {
      for await (const event of eventLogs) if (event.type.endsWith('StateEntered')) transitions += 1;
    })();
    try {
      const output: unknown = await result;
      await counting;
      return { status: 'SUCCEEDED', output, transitions };
    } catch (error) {
      return { status: 'FAILED', output: error, transitions };
    }
  }

  wake(token: string): void {
    this.#waiting.get(token)?.();
    this.#waiting.delete(token);
  }

  async #runTask(
    resource: string,
    parameters: TaskParameters,
    token: string,
  ): Promise<{ output: unknown; nested: number }> {
    if (resource.includes('startExecution.sync')) {
      const nested = await this.start(stemOf(parameters.StateMachineArn) as WorkflowName, parameters.Input);
      if (nested.status === 'FAILED') throw named('States.TaskFailed', 'the nested execution failed');
      return { output: { Output: nested.output }, nested: nested.transitions };
    }
    if (resource.endsWith('sns:publish')) {
      await this.#host.publish(parameters);
      return { output: {}, nested: 0 };
    }
    const woken = resource.endsWith('waitForTaskToken')
      ? new Promise<void>((resolve) => this.#waiting.set(token, resolve))
      : undefined;
    const output = await this.#host.invoke(stemOf(parameters.FunctionName), parameters.Payload);
    await woken;
    return { output: { Payload: output ?? null }, nested: 0 };
  }
}

interface TaskParameters {
  readonly FunctionName: string;
  readonly Payload: unknown;
  readonly StateMachineArn: string;
  readonly Input: object;
  readonly Subject: string;
  readonly Message: string;
}

/** Loaded once: parsing and validating a definition costs more than running it. */
function loadDefinition(name: WorkflowName) {
  const known = definitions.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(join('statemachines', `${name}.asl.json`), 'utf8');
  const substituted = text
    .replaceAll(/\$\{(\w+)Arn\}/g, (_all, stem: string) => `fn:${kebab(stem)}`)
    .replaceAll(/\$\{ConnectorFunctionNamePrefix\}/g, `fn:${CONNECTOR_PREFIX}`);
  // Timers hold 24.8 days at most and fire at once beyond, so whatever may wait longer waits that long here.
  const definition = JSON.parse(substituted, (key, value: unknown) =>
    key === 'TimeoutSeconds' ? Math.min(value as number, MAXIMUM_TIMER_SECONDS) : value,
  ) as { States: Record<string, AslState> };
  const machine = new StateMachine(definition as never, { validationOptions: { checkArn: false } });
  const loaded = { states: definition.States, machine };
  definitions.set(name, loaded);
  return loaded;
}

function allStates(states: Record<string, AslState>): [string, AslState][] {
  return Object.entries(states).flatMap(([name, state]) => [
    [name, state] as [string, AslState],
    ...(state.ItemProcessor ? allStates(state.ItemProcessor.States) : []),
  ]);
}

function stemOf(reference: string): string {
  return reference.replace(/^fn:/, '');
}

function kebab(pascal: string): string {
  return pascal.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
