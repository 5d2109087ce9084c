// What every operators' route has in common: the operator first, then query and body by the definition, then the answer.

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineRoutes, type RouteDefinitions } from '../../lambdas/api/route.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { ConflictError, NotFoundError } from '../../lambdas/core/errors.ts';
import { answerOperator } from '../../lambdas/middleware/answer-operator.ts';
import type { ApiRequest } from '../../lambdas/middleware/serve-api.ts';
import { answer, CLAIMS, request, requestAs } from '../support/api-requests.ts';
import { memoryStores } from '../support/memory-stores.ts';

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
const NOW_MS = Date.parse('2026-11-28T18:00:59.999Z');
let nowMs = NOW_MS;
const { audit } = memoryStores();
const auditing = { claims: CLAIMS, audit, clock: () => nowMs };
const handle = praiseTask(auditing);

const READING = defineRoutes({
  'read-task': {
    method: 'GET',
    path: '/tasks/{id}/praises',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'Praises',
    answers: { 200: 'any' },
    uses: {},
  },
} as const satisfies RouteDefinitions)['read-task'];
const readTask = answerOperator(READING, async (_dependencies: object, { parameters }) => ({
  status: 200,
  shows: [parameters.id, parameters.id, 'E2'],
  body: { secret: 'Ada Lovelace' },
}));

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
      errors: [{ pointer: '/times' }, { pointer: '/more', detail: 'is not known here: expected times' }],
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
    // @ts-expect-error: what reads says whom it shows.
    answerOperator(READING, async () => ({ status: 200, body: {} }));
  });
});

describe('what an operator is shown', () => {
  const readsOf = async (id: string) => (await audit.list(`READS#${id}`, { limit: 100 })).items;
  const read = (id: string, handler = readTask(auditing)) =>
    answer(handler, requestAs(['it'], 'E9', { pathParameters: { id } }));

  it('is on record of each whom it tells of, once a minute, and apart from what their removal is certified by', async () => {
    nowMs = NOW_MS;
    for (let times = 1; times <= 3; times += 1) expect(await read('E1')).toMatchObject({ status: 200 });
    nowMs = NOW_MS + 1;
    await read('E1');
    const entry = {
      identityId: 'E1',
      entryId: 'personal-data-read:read-task:E9',
      at: '2026-11-28T18:00:00.000Z',
      actor: { type: 'operator', id: 'E9' },
      event: { type: 'personal-data-read', operation: 'read-task' },
    };
    expect(await readsOf('E1')).toEqual([entry, { ...entry, at: '2026-11-28T18:01:00.000Z' }]);
    expect(await readsOf('E2')).toHaveLength(2);
    expect((await audit.list('E1', { limit: 100 })).items).toEqual([]);
  });

  it('is put on record once in a minute by one function, which tries again what it could not put there', async () => {
    nowMs = NOW_MS;
    const put: string[][] = [];
    let fails = true;
    const handler = readTask({
      ...auditing,
      audit: {
        append: async (entries: readonly AuditEntry[]) => {
          put.push(entries.map(({ identityId, at }) => `${identityId} ${at.slice(11, 16)}`));
          if (fails) throw new Error('no table');
        },
      },
    });
    expect(await read('E7', handler)).toMatchObject({ status: 503 });
    fails = false;
    for (const id of ['E7', 'E7', 'E8', 'E7']) expect(await read(id, handler)).toMatchObject({ status: 200 });
    nowMs = NOW_MS + 60_000;
    await read('E7', handler);
    const [before, after] = [NOW_MS, nowMs].map((ms) => new Date(ms).toISOString().slice(11, 16));
    const both = (time: string | undefined) => [`E7 ${time}`, `E2 ${time}`];
    expect(put).toEqual([both(before), both(before), [], [`E8 ${before}`], [], both(after)]);
  });

  it('is not shown while that cannot be put on record', async () => {
    const broken = { append: async () => Promise.reject(new Error('no table')) };
    const { status, body } = await read('E1', readTask({ ...auditing, audit: broken }));
    expect(status).toBe(503);
    expect(JSON.stringify(body)).not.toContain('Lovelace');
  });

  it('is shown after it was put on record, not before', async () => {
    const order: string[] = [];
    const slow = {
      append: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push('on record');
      },
    };
    await read('E1', readTask({ ...auditing, audit: slow }));
    order.push('shown');
    expect(order).toEqual(['on record', 'shown']);
  });
});

describe('who is refused', () => {
  const entriesOf = async (key: string) => (await audit.list(key, { limit: 100 })).items;
  const NOBODY = requestAs([], 'E8', { pathParameters: { id: 'E1' } });

  it('is on record once a minute, however often they try', async () => {
    nowMs = NOW_MS;
    for (let times = 1; times <= 50; times += 1) {
      expect(await answer(readTask(auditing), NOBODY)).toMatchObject({ status: 403 });
    }
    expect(await entriesOf('OPERATOR#E8')).toEqual([
      {
        identityId: 'OPERATOR#E8',
        entryId: 'access-denied:read-task:E8',
        at: '2026-11-28T18:00:00.000Z',
        actor: { type: 'operator', id: 'E8' },
        event: { type: 'access-denied', operation: 'read-task' },
      },
    ]);
  });

  it('is named by nothing they say without a verified token', async () => {
    nowMs = NOW_MS;
    for (const overrides of [{}, { query: { sub: 'E1' }, headers: { authorization: 'Bearer forged' } }]) {
      expect(await answer(readTask(auditing), request(overrides))).toMatchObject({ status: 401 });
    }
    const [entry, ...more] = (await entriesOf('DEPLOYMENT#tenure')).filter(({ entryId }) =>
      entryId.includes('read-task'),
    );
    expect(entry).toMatchObject({ actor: { type: 'unknown', id: '' }, event: { type: 'authentication-failed' } });
    expect(more).toEqual([]);
  });

  it('stays refused though it cannot be put on record', async () => {
    const broken = { append: async () => Promise.reject(new Error('no table')) };
    expect(await answer(readTask({ ...auditing, audit: broken }), NOBODY)).toMatchObject({ status: 403 });
  });
});

describe('what is refused of somebody who may ask', () => {
  const AUDITED = { ...ROUTE, path: '/requests/{id}/praises', auditsRefusals: true } as const;
  const OF_TASKS = { ...ROUTE, auditsRefusals: true } as const;
  const refusing = (
    error: Error,
    route: typeof ROUTE | typeof AUDITED | typeof OF_TASKS = AUDITED,
    audits = auditing,
  ) => answerOperator(route, async (_dependencies: object) => Promise.reject(error))(audits);
  const refusalsOf = async (who: string) => (await audit.list(`OPERATOR#${who}`, { limit: 100 })).items;
  const asking = (who: string) => requestAs(['it'], who, sent());

  it('is on record with why, each reason once a minute', async () => {
    nowMs = NOW_MS;
    for (const error of [
      new ConflictError('It is over.'),
      new ConflictError('It is over.'),
      new NotFoundError('No.'),
    ]) {
      await answer(refusing(error), asking('E20'));
    }
    const entries = await refusalsOf('E20');
    expect(entries.map(({ actor, event }) => ({ actor, event }))).toEqual(
      expect.arrayContaining([
        {
          actor: { type: 'operator', id: 'E20' },
          event: {
            type: 'operation-refused',
            operation: 'praise-task',
            problem: 'conflict',
            reason: 'It is over.',
            request: 't-1',
          },
        },
        {
          actor: { type: 'operator', id: 'E20' },
          event: { type: 'operation-refused', operation: 'praise-task', problem: 'not-found', reason: 'No.' },
        },
      ]),
    );
    expect(entries).toHaveLength(2);
  });

  it('names an access request alone: the id of a task says whose it is', async () => {
    await answer(refusing(new ConflictError('It is over.'), OF_TASKS), asking('E25'));
    const entries = await refusalsOf('E25');
    expect(entries).toMatchObject([{ event: { problem: 'conflict' } }]);
    expect(JSON.stringify(entries)).not.toContain('t-1');
  });

  it('tells nothing of what they sent', async () => {
    const body = Buffer.from('{"Ada Lovelace":"ada@example.com"}');
    const handler = refusing(new Error('is not reached'));
    expect(await answer(handler, requestAs(['it'], 'E21', sent({ body })))).toMatchObject({ status: 422 });
    const entries = await refusalsOf('E21');
    expect(entries).toMatchObject([{ event: { problem: 'invalid-input' } }]);
    expect(JSON.stringify(entries)).not.toMatch(/ada/i);
  });

  it('is not on record where the route does not ask for it, or something went wrong inside', async () => {
    await answer(refusing(new ConflictError('It is over.'), ROUTE), asking('E22'));
    await answer(refusing(new Error('broken')), asking('E22'));
    expect(await refusalsOf('E22')).toEqual([]);
  });

  it('stays refused though it cannot be put on record', async () => {
    const broken = { ...auditing, audit: { ...audit, append: async () => Promise.reject(new Error('no table')) } };
    const handler = refusing(new ConflictError('It is over.'), AUDITED, broken);
    expect(await answer(handler, asking('E23'))).toMatchObject({ status: 409, body: { detail: 'It is over.' } });
  });
});
