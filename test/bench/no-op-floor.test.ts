// The floor that a burst is measured against is worth something only if the copies take the same way as the real ones.
import { readFileSync } from 'node:fs';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { type AslMachine, readMachine } from '../simulation/interpreter.ts';
import { answersIn, withoutWork } from './no-op-floor.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:no-op';
const NESTED = 'arn:aws:states:us-east-1:000000000000:stateMachine:no-op-nested';
const EXPRESS = 'arn:aws:states:us-east-1:000000000000:stateMachine:no-op-express';
const EARLIER = '2026-11-23T08:00:00.000Z';
const APPLICATIONS = ['chat', 'crm'].map((applicationId) => ({ applicationId, connector: 'scim', turn: null }));

const INPUT = {
  identityId: 'E1',
  version: 1,
  trigger: 'fact',
  epoch: 1,
  judgedMs: 1,
  mode: 'converge',
  functionNamePrefix: 'connector-',
  applications: APPLICATIONS,
};

/** What StartSyncExecution answers besides, whatever was executed. */
const SYNC_EXECUTION = { Status: 'SUCCEEDED' };

/** By the state that asks. */
const ANSWERS = {
  'Take the lease and plan': {
    status: 'planned',
    epoch: 1,
    version: 1,
    judgedMs: 1,
    modelBasis: 'm',
    progress: { done: [], left: [] },
    batches: [APPLICATIONS],
  },
  'Call the application': { applicationId: 'chat', outcome: 'settled' },
  Settle: { next: 'settled', openTasks: 0 },
  'Fence off running work': {
    status: 'fenced',
    epoch: 2,
    judgedMs: 1,
    earlierWorkEndsAt: EARLIER,
    batches: [APPLICATIONS],
  },
  'Certify the removal': { status: 'proven', attempt: 1, reads: 1 },
} as const;

function definitionOf(name: string): AslMachine {
  return JSON.parse(readFileSync(`statemachines/${name}.asl.json`, 'utf8'));
}

/** Transitions, and what each task was given. */
async function run(machine: AslMachine, answer: (parameters: Record<string, unknown>) => unknown) {
  let transitions = 0;
  const tasks: { readonly resource: string; readonly parameters: unknown }[] = [];
  await readMachine(machine)(INPUT, 'execution-1', {
    instantWaits: true,
    entered: () => {
      transitions += 1;
    },
    task: async (resource, parameters) => {
      tasks.push({ resource, parameters });
      return answer(parameters as Record<string, unknown>);
    },
  });
  return { transitions, tasks };
}

/** What the real functions answer, by the placeholder that stands for each. */
function realAnswer({ FunctionName }: Record<string, unknown>): unknown {
  const name = String(FunctionName);
  const state =
    Object.entries({
      PlanAccess: 'Take the lease and plan',
      Settle: 'Settle',
      FenceOff: 'Fence off running work',
      CertifyRemoval: 'Certify the removal',
    }).find(([stem]) => name.includes(stem))?.[1] ?? (name.startsWith('connector-') ? 'Call the application' : '');
  return { ...SYNC_EXECUTION, Payload: (ANSWERS as Readonly<Record<string, unknown>>)[state] ?? {} };
}

describe.each(['joiner', 'mover', 'leaver', 'converge', 'visit-applications'])(
  'the copy of %s without work',
  (name) => {
    const machine = definitionOf(name);
    const copy = withoutWork(machine, {
      functionArn: FUNCTION,
      nestedArn: NESTED,
      expressArn: EXPRESS,
      answers: ANSWERS,
    });

    it('takes as many transitions, and asks nobody but the one function and its own nested copy', async () => {
      const real = await run(machine, realAnswer);
      const floor = await run(copy, ({ Payload }) => ({
        ...SYNC_EXECUTION,
        Payload: (Payload as { answer?: unknown } | undefined)?.answer,
      }));
      expect(floor.transitions).toBe(real.transitions);
      expect(floor.tasks).toHaveLength(real.tasks.length);
      for (const { parameters } of floor.tasks) {
        const { FunctionName, StateMachineArn } = parameters as Record<string, unknown>;
        expect([FUNCTION, NESTED, EXPRESS]).toContain(FunctionName ?? StateMachineArn);
      }
    });

    it('has the same states, and nothing left to fill in', () => {
      expect(Object.keys(copy.States)).toEqual(Object.keys(machine.States));
      expect(JSON.stringify(copy)).not.toMatch(/\$\{/);
      expect(Object.values(copy.States).map(({ Type }) => Type)).toEqual(
        Object.values(machine.States).map(({ Type }) => Type),
      );
    });
  },
);

describe('the answers of an execution', () => {
  const entered = (name: string): HistoryEvent => event({ stateEnteredEventDetails: { name } });
  const answered = (output: object): HistoryEvent => {
    const details = { resourceType: 'lambda', resource: 'invoke', output: JSON.stringify(output) };
    return event({ taskSucceededEventDetails: details });
  };
  const event = (details: Partial<HistoryEvent>): HistoryEvent => ({
    timestamp: undefined,
    type: undefined,
    id: 1,
    ...details,
  });

  it('are the last of each state, so that a copy goes on where the execution went on in the end', () => {
    const events = [
      entered('Settle'),
      answered({ Payload: { next: 'plan-again' } }),
      entered('Does everything agree?'),
      entered('Settle'),
      answered({ Payload: { next: 'settled' } }),
    ];
    expect(answersIn(definitionOf('converge'), events)).toEqual({ Settle: { next: 'settled' } });
  });

  it('are those of the task in a Map while the Map runs', () => {
    const told = { outcomes: [{ applicationId: 'crm', outcome: 'settled' }], left: [] };
    const events = [entered('Visit every application'), answered({ Payload: told })];
    // Which of its tasks it was the events do not say: nobody comes by the other.
    const answers = { 'Call the application': told, 'Call the applications': told };
    expect(answersIn(definitionOf('visit-applications'), events)).toEqual(answers);
  });

  it('leave out what a nested execution came to', () => {
    const events = [entered('Grant birthright access'), answered({ ExecutionArn: 'arn', Output: {} })];
    expect(answersIn(definitionOf('joiner'), events)).toEqual({});
  });
});
