// What came of visits counts only as far as it was answered: absence of an answer is not absence of access.
import { describe, expect, it } from 'vitest';
import { batchSizeSchema, inBatches } from '../../../lambdas/handlers/shared/application-batches.ts';
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
  const of = (count: number) => Array.from({ length: count }, (_, index) => index);

  it.each([
    [0, []],
    [20, [20]],
    [21, [20, 1]],
    [1_000, Array.from({ length: 50 }, () => 20)],
  ])('of %i applications', (count, sizes) => {
    const { batches } = inBatches(of(count), 20) as { batches: readonly (readonly number[])[] };
    expect(batches.map(({ length }) => length)).toEqual(sizes);
    expect(batches.flat()).toEqual(of(count));
  });

  it.each([
    [true, [1, 40]],
    [false, [0, 41, 1.5, '20', null]],
  ])('are of a size that is taken: %s', (isTaken, sizes) => {
    for (const size of sizes) expect(batchSizeSchema.safeParse(size).success, `${size}`).toBe(isTaken);
  });

  it('are for executions that ask for them', () => {
    expect(inBatches(of(3), undefined)).toEqual({ applications: [0, 1, 2] });
  });
});
