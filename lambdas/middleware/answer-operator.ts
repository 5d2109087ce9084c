// What every operators' route does before its own work, by its definition: the operator is authorized, then query and
// body are parsed. Its handler is given nothing that was not, and can answer only what the definition promises.
import type * as z from 'zod';
import type { OperatorRoute } from '../api/route.ts';
import type { RefusedProblem } from '../core/audit/audit.ts';
import { InvalidInputError } from '../core/errors.ts';
import { faultsOf } from '../core/faults.ts';
import { type AuditingDependencies, auditDenial, auditReads, auditRefusal, OnRecord } from './access-entries.ts';
import { problemOf } from './api-problem.ts';
import { authorize, type ClaimNames, type Operator, operatorOf } from './authorize.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from './serve-api.ts';

/** A request of an operator who may make it. */
export interface Asked<Asking extends OperatorRoute> {
  readonly operator: Operator;
  /** By the names in the route's path. */
  readonly parameters: Readonly<Record<ParameterIn<Asking['path']>, string>>;
  readonly query: Asking extends { readonly query: infer Query extends z.ZodType } ? z.output<Query> : undefined;
  readonly body: Asking extends { readonly body: infer Body extends z.ZodType } ? z.output<Body> : undefined;
  /** Names in lower case. */
  readonly headers: ApiRequest['headers'];
  /** The body as it came, where the definition leaves it to the handler. */
  readonly bytes: Buffer;
}

/** One of the definition's answers, or the same as a text of another media type. */
export type Answer<Asking extends OperatorRoute> = Omit<ApiResponse, 'status' | 'body' | 'contentType'> &
  Shown<Asking> &
  (JsonAnswer<Asking['answers']> | { readonly status: 200; readonly body: string; readonly contentType: string });

/**
 * Whom the answer tells of, by `auditKeyOf` (core/audit/subject.ts): identities, or an application whose accounts it names.
 * What only reads says so of every answer.
 */
type Shown<Asking extends OperatorRoute> = Asking extends { readonly method: 'GET' }
  ? { readonly shows: readonly string[] }
  : { readonly shows?: readonly string[] };

type JsonAnswer<Answers> = {
  [Status in keyof Answers & number]: Answers[Status] extends z.ZodType
    ? { readonly status: Status; readonly body: DeepReadonly<z.output<Answers[Status]>> }
    : { readonly status: Status; readonly body: unknown };
}[keyof Answers & number];

type ParameterIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterIn<Rest>
  : never;

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: DeepReadonly<Value[Member]> }
    : Value;

const REFUSED: Readonly<Partial<Record<number, RefusedProblem>>> = {
  404: 'not-found',
  409: 'conflict',
  422: 'invalid-input',
};

/**
 * Throws as `authorize` does, and InvalidInputError (422) when query or body do not hold to the definition. That somebody
 * was shown is on record before the answer is given: where it cannot be put there, nothing is shown (503).
 */
export function answerOperator<Asking extends OperatorRoute, Dependencies>(
  route: Asking,
  answer: (dependencies: Dependencies, asked: Asked<Asking>) => Promise<Answer<Asking>>,
): (dependencies: Dependencies & AuditingDependencies & { readonly claims: ClaimNames }) => ApiHandler {
  return (dependencies) => {
    const onRecord = new OnRecord();
    return async (request) => {
      try {
        return await answerAuthorized(dependencies, request, onRecord);
      } catch (error) {
        await auditRefused(dependencies, request, error);
        throw error;
      }
    };
  };

  async function auditRefused(
    dependencies: AuditingDependencies & { readonly claims: ClaimNames },
    request: ApiRequest,
    error: unknown,
  ): Promise<void> {
    const operatorId = operatorOf(request, dependencies.claims);
    const { status, detail: reason } = problemOf(error, request.requestId);
    if (status === 401 || status === 403) await auditDenial(dependencies, route.name, operatorId);
    const problem = REFUSED[status];
    if (route.auditsRefusals === undefined || problem === undefined || operatorId === undefined) return;
    // Only what was found can be contradicted: any other id may be whatever somebody typed.
    const isOfRequest = problem === 'conflict' && route.path.startsWith('/requests/');
    const found = isOfRequest ? parametersOf(route, request)['id'] : undefined;
    await auditRefusal(dependencies, route.name, operatorId, { problem, reason, request: found });
  }

  async function answerAuthorized(
    dependencies: Dependencies & AuditingDependencies & { readonly claims: ClaimNames },
    request: ApiRequest,
    onRecord: OnRecord,
  ): Promise<ApiResponse> {
    const operator = authorize(route, request, dependencies.claims);
    const asked = {
      operator,
      parameters: parametersOf(route, request),
      query: route.query && readQuery(request, route.query),
      body: route.body && readBody(request, route.body),
      headers: request.headers,
      bytes: request.body,
    };
    // What was parsed is what the route's schemas say, which the type of `asked` says in turn.
    const { shows = [], ...answered }: ApiResponse & { readonly shows?: readonly string[] } = await answer(
      dependencies,
      asked as Asked<Asking>,
    );
    await auditReads(dependencies, route.name, operator.id, { shown: shows, onRecord });
    return { ...answered, log: { operator: operator.id, ...answered.log } };
  }
}

/** One that the gateway left out is empty, which no id is. */
function parametersOf({ path }: OperatorRoute, { pathParameters }: ApiRequest): Readonly<Record<string, string>> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, pathParameters[name] ?? '']));
}

function readQuery({ query }: ApiRequest, schema: z.ZodType): unknown {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('A query parameter is wrong.', faultsOf(parsed.error, '', membersOf(schema)));
}

/** Bodies of operators are a few lines; the text bound comes before any parsing. */
const MAXIMUM_BODY_BYTES = 16_384;

function readBody({ body }: ApiRequest, schema: z.ZodType): unknown {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('The body does not hold to the contract.', faultsOf(parsed.error, '', membersOf(schema)));
}

/** What a caller may send, so that a misspelt name is found. */
function membersOf(schema: z.ZodType): readonly string[] {
  return 'shape' in schema && typeof schema.shape === 'object' ? Object.keys(schema.shape ?? {}) : [];
}

function parseJson(body: Buffer): unknown {
  try {
    if (body.length > MAXIMUM_BODY_BYTES) throw new RangeError('too large');
    return JSON.parse(body.toString('utf8'));
  } catch {
    const detail = `expected JSON (RFC 8259) of at most ${MAXIMUM_BODY_BYTES} bytes`;
    throw new InvalidInputError('The body cannot be read.', [{ pointer: '', detail }]);
  }
}
