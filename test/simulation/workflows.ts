// The real ASL files, run in-process. Only what the tasks reach is replaced: a Lambda invocation, a nested execution, a
// published message, by calls into the world.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AslMachine, type Machine, readMachine } from './interpreter.ts';

export type WorkflowName =
  | 'joiner'
  | 'mover'
  | 'leaver'
  | 'converge'
  | 'reconcile'
  | 'visit-applications'
  | 'access-review';

export interface WorkflowHost {
  /** `name` is the function's stem as in `${PlanAccessArn}`, or `connector-<type>`. */
  invoke(name: string, payload: unknown): Promise<unknown>;
  publish(message: { readonly Subject: string; readonly Message: string }): Promise<void>;
  /** Where a Wait and a Retry get their time from; undefined: as the definition says. */
  readonly instantWaits?: boolean;
  /** The folder of the definitions that an execution keeps which starts now. @default those at hand */
  readonly definitions?: () => string | undefined;
  /** Told what an execution of a state machine carries, wherever Step Functions bounds it. */
  readonly onCarried?: ((name: WorkflowName, value: unknown) => void) | undefined;
  /** An execution has ended that was started by another which did not wait for it. */
  onHandedOver?(execution: Execution): void;
}

export interface Execution {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output: unknown;
  /** State transitions of this execution and its nested ones, as Step Functions bills them. */
  readonly transitions: number;
  /** How long its nested Express executions lasted: those are billed by that, and have no transitions. */
  readonly expressMs: readonly number[];
}

const CONNECTOR_PREFIX = 'connector-';
const AT_HAND = 'statemachines';
const machines = new Map<string, Machine>();

export class Workflows {
  readonly #host: WorkflowHost;
  #executions = 0;
  readonly #handedOver = new Set<Promise<Execution>>();
  readonly #waiting = new Map<string, () => void>();

  constructor(host: WorkflowHost) {
    this.#host = host;
  }

  async start(name: WorkflowName, input: object): Promise<Execution> {
    const run = loadDefinition(name, this.#host.definitions?.());
    this.#executions += 1;
    const executionId = `${name}-${this.#executions}`;
    let transitions = 0;
    const expressMs: number[] = [];
    let tasks = 0;
    const { onCarried } = this.#host;
    const host = {
      carried: onCarried && ((value: unknown) => onCarried(name, value)),
      newToken: () => {
        tasks += 1;
        return `${executionId}#${tasks}`;
      },
      machineId: `fn:${name}`,
      instantWaits: this.#host.instantWaits,
      entered: () => {
        transitions += 1;
      },
      task: async (resource: string, parameters: unknown, token: string) => {
        const { output, nested } = await this.#runTask(resource, parameters as TaskParameters, token);
        transitions += nested?.transitions ?? 0;
        expressMs.push(...(nested?.expressMs ?? []));
        return output;
      },
    };
    try {
      return { status: 'SUCCEEDED', output: await run(input, executionId, host), transitions, expressMs };
    } catch (error) {
      return { status: 'FAILED', output: error, transitions, expressMs };
    }
  }

  /** Resolves once every execution has ended that was started by another which did not wait for it. */
  async allHandedOver(): Promise<void> {
    while (this.#handedOver.size > 0) await Promise.all(this.#handedOver);
  }

  wake(token: string): void {
    this.#waiting.get(token)?.();
    this.#waiting.delete(token);
  }

  async #runTask(
    resource: string,
    parameters: TaskParameters,
    token: string,
  ): Promise<{ output: unknown; nested?: Pick<Execution, 'transitions' | 'expressMs'> }> {
    if (resource.endsWith('sfn:startSyncExecution')) return await this.#runExpress(parameters);
    if (resource.includes('startExecution.sync')) {
      const nested = await this.start(stemOf(parameters.StateMachineArn) as WorkflowName, parameters.Input as object);
      if (nested.status === 'FAILED') throw named('States.TaskFailed', describeFailed(nested.output as Error));
      return { output: { Output: nested.output }, nested };
    }
    if (resource.endsWith('states:startExecution')) {
      const handedOver = this.start(stemOf(parameters.StateMachineArn) as WorkflowName, parameters.Input as object);
      this.#handedOver.add(handedOver);
      void handedOver.then((execution) => {
        this.#handedOver.delete(handedOver);
        this.#host.onHandedOver?.(execution);
      });
      return { output: { ExecutionArn: 'started' } };
    }
    if (resource.endsWith('sns:publish')) {
      await this.#host.publish(parameters);
      return { output: {} };
    }
    const woken = resource.endsWith('waitForTaskToken')
      ? new Promise<void>((resolve) => this.#waiting.set(token, resolve))
      : undefined;
    const output = await this.#host.invoke(stemOf(parameters.FunctionName), parameters.Payload);
    await woken;
    return { output: { Payload: output ?? null } };
  }

  /** It throws nothing: how it ended is in the answer. */
  async #runExpress({ StateMachineArn, Input }: TaskParameters) {
    const startedMs = Date.now();
    const { status, output } = await this.start(stemOf(StateMachineArn) as WorkflowName, JSON.parse(String(Input)));
    const { name, message } = output as Error;
    const ended = status === 'FAILED' ? { Error: name, Cause: message } : { Output: JSON.stringify(output) };
    // As the service answers: with what it was asked, and who it is.
    const answer = { Input, Name: 'x'.repeat(36), Status: name === 'States.Timeout' ? 'TIMED_OUT' : status, ...ended };
    return { output: answer, nested: { transitions: 0, expressMs: [Date.now() - startedMs] } };
  }
}

interface TaskParameters {
  readonly FunctionName: string;
  readonly Payload: unknown;
  readonly StateMachineArn: string;
  readonly Input: object | string;
  readonly Subject: string;
  readonly Message: string;
}

/** Loaded once: reading a definition costs more than running it. */
function loadDefinition(name: WorkflowName, folder = AT_HAND): Machine {
  const key = `${folder}/${name}`;
  const known = machines.get(key);
  if (known !== undefined) return known;
  const machine = readMachine(readDefinition(name, folder));
  machines.set(key, machine);
  return machine;
}

/** The file, with the name of each function in the place of its ARN. */
export function readDefinition(name: WorkflowName, folder = AT_HAND): AslMachine {
  const text = readFileSync(join(folder, `${name}.asl.json`), 'utf8');
  const substituted = text
    .replaceAll(/\$\{Partition\}/g, 'aws')
    .replaceAll(/\$\{(\w+)Arn\}/g, (_all, stem: string) => `fn:${kebab(stem)}`)
    .replaceAll(/\$\{(?:Connector|LockDown)FunctionNamePrefix\}/g, `fn:${CONNECTOR_PREFIX}`);
  return JSON.parse(substituted) as AslMachine;
}

/** As Step Functions tells of a nested execution: in JSON, with how it ended. */
function describeFailed({ name, message }: Error): string {
  return JSON.stringify({ Status: 'FAILED', Error: name, Cause: message });
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
