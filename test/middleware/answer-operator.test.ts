// What every operators' route has in common: the operator first, then query and body by the definition, then the answer.
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineRoutes, type RouteDefinitions } from '../../lambdas/api/route.ts';
import { answerOperator } from '../../lambdas/middleware/answer-operator.ts';
import type { ApiRequest } from '../../lambdas/middleware/serve-api.ts';
import { answer, CLAIMS, request, requestAs } from '../support/api-requests.ts';

const ROUTE = defineRoutes({
  'praise-task': {
    method: 'POST',
    path: '/tasks/{id}/praises/{praiseId}',
    access: { hr: 'none', manager: 'own-reports', it: 'all', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'Praise',
    query: z.strictObject({ times: z.coerce.number().int().max(3).default(1) }),
    body: z.strictObject({ words: z.string() }),
    answers: { 202: z.strictObject({ praised: z.array(z.string()) }) },
    uses: {},
  },
} as const satisfies RouteDefinitions)['praise-task'];

const asked: unknown[] = [];
const praiseTask = answerOperator(ROUTE, async (_dependencies: object, { operator, parameters, query, body }) => {
  asked.push({ scope: operator.scope, parameters, query, body });
  return { status: 202, body: { praised: [parameters.id] }, log: { words: body.words.length } };
});
const handle = praiseTask({ claims: CLAIMS });

const sent = (overrides: Partial<ApiRequest> = {}): Partial<ApiRequest> => ({
  pathParameters: { id: 't-1', praiseId: 'p-1', other: 'x' },
  body: Buffer.from('{"words":"well done"}'),
  ...overrides,
});

describe('a route of operators', () => {
  it('is given what its definition describes, and answers with the operator in the log', async () => {
    asked.length = 0;
    const answered = await handle(requestAs(['it'], 'E1', sent({ query: { times: '2' } })));
    expect(answered).toEqual({ status: 202, body: { praised: ['t-1'] }, log: { operator: 'E1', words: 9 } });
    const parameters = { id: 't-1', praiseId: 'p-1' };
    expect(asked).toEqual([{ scope: 'all', parameters, query: { times: 2 }, body: { words: 'well done' } }]);
  });

  it('says who may not before it says what is wrong', async () => {
    const wrong = sent({ query: { times: '9' }, body: Buffer.from('{') });
    expect(await answer(handle, request(wrong))).toMatchObject({ status: 401 });
    expect(await answer(handle, requestAs(['auditor'], 'E1', wrong))).toMatchObject({ status: 403 });
    expect(await answer(handle, requestAs(['it'], 'E1', wrong))).toMatchObject({ status: 422 });
  });

  it('names the faults of query and body by JSON pointer', async () => {
    const errorsOf = async (overrides: Partial<ApiRequest>) =>
      (await answer(handle, requestAs(['it'], 'E1', sent(overrides)))).body;
    expect(await errorsOf({ query: { times: '4', more: 'x' } })).toMatchObject({
      errors: [{ pointer: '/times' }, { pointer: '/more', detail: 'is not known here' }],
    });
    expect(await errorsOf({ body: Buffer.from('{"words":1}') })).toMatchObject({ errors: [{ pointer: '/words' }] });
    expect(await errorsOf({ body: Buffer.alloc(0) })).toMatchObject({ errors: [{ pointer: '' }] });
  });

  it('reads a body of 16,384 bytes and none of more', async () => {
    const bodyOf = (bytes: number) => Buffer.from(JSON.stringify({ words: 'x'.repeat(bytes - 12) }));
    expect(bodyOf(16_384)).toHaveLength(16_384);
    const statusOf = async (bytes: number) =>
      (await answer(handle, requestAs(['it'], 'E1', sent({ body: bodyOf(bytes) })))).status;
    expect(await statusOf(16_384)).toBe(202);
    expect(await statusOf(16_385)).toBe(422);
  });

  it('takes a parameter that the gateway left out for empty', async () => {
    asked.length = 0;
    await handle(requestAs(['it'], 'E1', sent({ pathParameters: {} })));
    expect(asked).toMatchObject([{ parameters: { id: '', praiseId: '' } }]);
  });

  it('compiles only with parameters and answers that its definition has', () => {
    // @ts-expect-error: the path has no such parameter.
    answerOperator(ROUTE, async (_, { parameters }) => ({ status: 202, body: { praised: [parameters.identityId] } }));
    // @ts-expect-error: the definition has another status.
    answerOperator(ROUTE, async () => ({ status: 200, body: { praised: [] } }));
    // @ts-expect-error: the definition has another answer.
    answerOperator(ROUTE, async () => ({ status: 202, body: { praised: 'all' } }));
  });
});
