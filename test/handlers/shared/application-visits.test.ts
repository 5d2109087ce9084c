// What came of visits counts only as far as it was answered: absence of an answer is not absence of access.
import { describe, expect, it } from 'vitest';
import { batchShape, inBatches } from '../../../lambdas/handlers/shared/application-batches.ts';
import { outcomesOf } from '../../../lambdas/handlers/shared/application-visits.ts';

const BATCHES = [[{ applicationId: 'chat' }, { applicationId: 'crm' }], [{ applicationId: 'badge' }]];
const converged = (applicationId: string) => ({ applicationId, outcome: 'converged', changed: 0 }) as const;
const failed = (applicationId: string, error: string) => ({ applicationId, outcome: 'failed', error });
const SILENT = 'its visit gave no answer';

function outcomes(answers: readonly unknown[], errors: string[] = []) {
  const text = answers.map((answer) => (typeof answer === 'string' ? answer : JSON.stringify(answer)));
  return outcomesOf({ batches: BATCHES, visits: { answers: text, errors } });
}

describe('the outcomes of visits', () => {
  it('are what was answered, by application', () => {
    expect(outcomes([[converged('badge')], [converged('chat'), converged('crm')]])).toEqual(
      ['chat', 'crm', 'badge'].map(converged),
    );
  });

  it('are failures where an execution did not end well, and say how', () => {
    expect(outcomes([[converged('badge')]], ['States.Timeout', 'States.Timeout'])).toEqual([
      failed('chat', `${SILENT}: States.Timeout`),
      failed('crm', `${SILENT}: States.Timeout`),
      converged('badge'),
    ]);
  });

  it.each([
    ['no JSON', '['],
    ['no list', '{}'],
    ['nothing', '[]'],
    ['an outcome that nobody knows', [{ applicationId: 'chat', outcome: 'fine' }]],
    ['another application', [converged('mail')]],
  ])('are failures where the answer is %s', (_, answer) => {
    expect(outcomes([answer])).toEqual(['chat', 'crm', 'badge'].map((id) => failed(id, SILENT)));
  });

  it('of one that cannot be read leave the others of its batch', () => {
    expect(outcomes([[{ applicationId: 'chat' }, converged('crm')]])).toEqual([
      failed('chat', SILENT),
      converged('crm'),
      failed('badge', SILENT),
    ]);
  });

  it('keep an error that a Catch put in the place of an answer', () => {
    const error = { Error: 'RetryableError', Cause: '{"errorType":"RetryableError","errorMessage":"503"}' };
    expect(outcomes([[{ applicationId: 'chat', outcome: 'failed', error }]])[0]).toEqual(
      failed('chat', 'RetryableError: 503'),
    );
  });

  describe('of several that one call visits', () => {
    const together = (answers: readonly unknown[]) =>
      outcomesOf({
        batches: [[{ visits: [{ applicationId: 'chat' }, { applicationId: 'crm' }] }, { applicationId: 'badge' }]],
        visits: { answers: [JSON.stringify(answers)], errors: [] },
      });

    it('are what the call answered, and what came of those that were called again alone', () => {
      const group = {
        outcomes: [converged('chat')],
        alone: [{ applicationId: 'crm', outcome: 'conflict', error: 'two' }],
      };
      expect(together([group, converged('badge')])).toEqual([converged('chat'), group.alone[0], converged('badge')]);
    });

    it('are failures where neither answers', () => {
      expect(together([{ outcomes: [], alone: [converged('crm')] }])).toEqual([
        failed('chat', SILENT),
        converged('crm'),
        failed('badge', SILENT),
      ]);
    });
  });

  it('are taken as they are from executions that began before there were batches', () => {
    expect(outcomesOf({ outcomes: [converged('chat')] })).toEqual([converged('chat')]);
  });

  it.each([
    ['/batches', { visits: { answers: [], errors: [] } }],
    ['/visits', { batches: BATCHES }],
  ])('are refused without %s', (pointer, input) => {
    expect(() => outcomesOf(input)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', faults: [{ pointer, detail: 'is missing' }] }),
    );
  });
});

describe('batches', () => {
  const of = (count: number, connector = 'scim') =>
    Array.from({ length: count }, (_, index) => ({ applicationId: `${connector}-${index}`, connector, turn: null }));

  it.each([
    [0, []],
    [20, [20]],
    [21, [20, 1]],
    [1_000, Array.from({ length: 50 }, () => 20)],
  ])('of %i applications', (count, sizes) => {
    const { batches = [] } = inBatches(of(count), { batchSize: 20 });
    expect(batches.map(({ length }) => length)).toEqual(sizes);
    expect(batches.flat()).toEqual(of(count));
  });

  it.each([
    ['batchSize', true, [1, 40]],
    ['batchSize', false, [0, 41, 1.5, '20', null]],
    ['together', true, [1, 20]],
    ['together', false, [0, 21, 1.5, '10', null]],
  ] as const)('are of a size that is taken: %s, %s', (name, isTaken, sizes) => {
    for (const size of sizes) expect(batchShape[name].safeParse(size).success, `${size}`).toBe(isTaken);
  });

  it('are for executions that ask for them', () => {
    expect(inBatches(of(3), {})).toEqual({ applications: of(3) });
  });

  it('have those together that one function reaches, as many as are asked for, and the first first', () => {
    const mixed = [...of(2, 'okta'), ...of(3), ...of(1, 'manual')].toSorted((a, b) =>
      a.applicationId.slice(-1).localeCompare(b.applicationId.slice(-1)),
    );
    const turn = { lane: 'others', startsMs: 1, shiftMs: 0 } as const;
    const { batches } = inBatches([...mixed, ...of(1, 'late').map((one) => ({ ...one, turn }))], {
      batchSize: 6,
      together: 2,
    });
    const visits = (...ids: readonly string[]) => ids.map((applicationId) => ({ applicationId, turn: null }));
    expect(batches).toEqual([
      [
        { connector: 'okta', visits: visits('okta-0', 'okta-1') },
        { connector: 'scim', visits: visits('scim-0', 'scim-1') },
        { connector: 'scim', visits: visits('scim-2') },
        { connector: 'manual', visits: visits('manual-0') },
      ],
      [{ connector: 'late', visits: [{ applicationId: 'late-0', turn }] }],
    ]);
  });
});
