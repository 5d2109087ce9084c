// Where no Express execution can be started, or one is ended before it answers: a leaver goes on, and what is not known
// counts as failed.
import { describe, expect, it } from 'vitest';
import { outcomesOf } from '../../lambdas/handlers/shared/application-visits.ts';
import { readMachine } from '../simulation/interpreter.ts';
import { readDefinition, type WorkflowName } from '../simulation/workflows.ts';

const BATCHES = [[{ applicationId: 'chat', connector: 'scim', turn: null }]];

interface Asked {
  readonly resource: string;
  readonly parameters: { readonly FunctionName?: string; readonly Payload?: { readonly visits?: unknown } };
}

/** What the workflow asks for, in order, when this is what comes of its visits. */
async function asked(name: WorkflowName, visit: () => unknown): Promise<readonly Asked[]> {
  const all: Asked[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    'fn:fence-off': {
      status: 'fenced',
      epoch: 1,
      judgedMs: 1,
      earlierWorkEndsAt: '2026-11-23T09:00:00Z',
      batches: BATCHES,
    },
    'fn:plan-access': {
      status: 'planned',
      epoch: 1,
      version: 1,
      judgedMs: 1,
      modelBasis: 'm',
      batches: BATCHES,
      progress: {},
    },
    'fn:settle': { next: 'settled' },
    'fn:certify-removal': { status: 'proven', attempt: 1, reads: 1 },
  };
  await readMachine(readDefinition(name))({ identityId: 'E1', trigger: 'fact' }, 'execution-1', {
    instantWaits: true,
    entered: () => {},
    task: async (resource, parameters) => {
      const one = { resource, parameters: parameters as Asked['parameters'] };
      all.push(one);
      if (resource.endsWith('startSyncExecution')) return visit();
      return { Payload: answers[one.parameters.FunctionName ?? ''] ?? {} };
    },
  });
  return all;
}

const refused = () => {
  throw Object.assign(new Error('too many'), { name: 'Sfn.ExecutionLimitExceededException' });
};
const timedOut = () => ({ Status: 'TIMED_OUT', Error: 'States.Timeout' });

describe.each([
  ['is refused', refused, 'Sfn.ExecutionLimitExceededException'],
  ['times out', timedOut, 'States.Timeout'],
])('a visit that %s', (_, visit, error) => {
  const visits = { answers: [], errors: [error] };
  const told = (all: readonly Asked[], name: string) =>
    all.find(({ parameters }) => parameters.FunctionName === name)?.parameters.Payload?.visits;

  it('keeps a leaver from nothing that comes after it, nor from a proof that knows of it', async () => {
    const all = await asked('leaver', visit);
    expect(all.some(({ resource }) => resource.endsWith('startExecution.sync:2'))).toBe(true);
    expect(told(all, 'fn:certify-removal')).toEqual(visits);
  });

  it('is told to whoever settles', async () => {
    expect(told(await asked('converge', visit), 'fn:settle')).toEqual(visits);
  });
});

it('a lock-down that cannot be started is tried more often than anything else', async () => {
  const tries = (await asked('leaver', refused)).filter(({ parameters }) =>
    JSON.stringify(parameters).includes('lock-down'),
  );
  expect(tries.length).toBe(41);
});

it('one system that fails takes nothing from what the others answered', async () => {
  const input = {
    identityId: 'E1',
    trigger: 'fact',
    epoch: 1,
    judgedMs: 1,
    mode: 'converge',
    functionNamePrefix: 'fn:connector-',
    applications: ['chat', 'crm'].map((applicationId) => ({ applicationId, connector: 'scim', turn: null })),
  };
  const output = await readMachine(readDefinition('visit-applications'))(input, 'execution-1', {
    instantWaits: true,
    entered: () => {},
    task: async (_resource, parameters) => {
      const { applicationId } = (parameters as { Payload: { applicationId: string } }).Payload;
      if (applicationId === 'crm') throw Object.assign(new Error('refused'), { name: 'PermanentError' });
      return { Payload: { applicationId, outcome: 'converged', changed: 0 } };
    },
  });
  expect(output).toEqual([
    { applicationId: 'chat', outcome: 'converged', changed: 0 },
    { applicationId: 'crm', outcome: 'failed', error: { Error: 'PermanentError', Cause: 'refused' } },
  ]);
});

describe('one call for several applications', () => {
  const visits = ['chat', 'crm', 'mail'].map((applicationId) => ({ applicationId, turn: null }));
  const input = {
    identityId: 'E1',
    trigger: 'fact',
    epoch: 1,
    judgedMs: 1,
    mode: 'converge',
    functionNamePrefix: 'fn:connector-',
    applications: [{ connector: 'scim', visits }],
  };
  const converged = (applicationId: string) => ({ applicationId, outcome: 'converged', changed: 0 });
  interface Payload {
    readonly visits?: typeof visits;
    readonly applicationId?: string;
  }
  const visit = async (answer: (payload: Payload) => unknown) => {
    const calls: Payload[] = [];
    const output = await readMachine(readDefinition('visit-applications'))(input, 'execution-1', {
      instantWaits: true,
      entered: () => {},
      task: async (_resource, parameters) => {
        const { Payload } = parameters as { readonly Payload: Payload };
        calls.push(Payload);
        return { Payload: answer(Payload) };
      },
    });
    const answers = [JSON.stringify(output)];
    const [batch] = [input.applications];
    return { calls, outcomes: outcomesOf({ batches: [batch], visits: { answers, errors: [] } }) };
  };
  const ids = visits.map(({ applicationId }) => applicationId);

  it('is all there is while none of them fails', async () => {
    const { calls, outcomes } = await visit(() => ({ outcomes: ids.map(converged), left: [] }));
    expect(calls.map((call) => call.visits)).toEqual([visits]);
    expect(outcomes).toEqual(ids.map(converged));
  });

  it('is followed by one for each that failed, alone', async () => {
    const { calls, outcomes } = await visit(({ applicationId }) => {
      if (applicationId === undefined) return { outcomes: [converged('chat')], left: visits.slice(1) };
      if (applicationId === 'crm') throw Object.assign(new Error('refused'), { name: 'PermanentError' });
      return converged(applicationId);
    });
    expect(calls.map(({ applicationId }) => applicationId)).toEqual([undefined, 'crm', 'mail']);
    expect(outcomes).toEqual([
      converged('chat'),
      { applicationId: 'crm', outcome: 'failed', error: 'PermanentError: refused' },
      converged('mail'),
    ]);
  });

  it('that dies is followed by one for each', async () => {
    const { calls, outcomes } = await visit(({ applicationId }) => {
      if (applicationId === undefined) throw Object.assign(new Error('out of memory'), { name: 'Runtime.ExitError' });
      return converged(applicationId);
    });
    expect(calls.map(({ applicationId }) => applicationId)).toEqual([undefined, ...ids]);
    expect(outcomes).toEqual(ids.map(converged));
  });
});
