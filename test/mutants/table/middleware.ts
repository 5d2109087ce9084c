// Mistakes around every request and task.
import { inFile, type Mutant } from '../mutant.ts';

const AUTHORIZE = ['test/middleware/authorize.test.ts', 'test/handlers/api/operators-api.test.ts'] as const;
const SERVE = ['test/middleware/serve-api.test.ts'] as const;
const OPERATOR = ['test/middleware/answer-operator.test.ts'] as const;
const TASK = ['test/middleware/serve-task.test.ts'] as const;

export const MIDDLEWARE_MUTANTS: readonly Mutant[] = [
  ...inFile('lambdas/middleware/answer-operator.ts', {
    id: 'shown-before-on-record',
    find: 'await auditReads(dependencies, route.name',
    replace: 'void auditReads(dependencies, route.name',
    breaks: 'an operator is shown somebody, and nobody will ever know',
    suites: OPERATOR,
  }),
  ...inFile(
    'lambdas/middleware/access-entries.ts',
    {
      id: 'reads-each-on-record',
      find: 'at: toIso(Math.floor(nowMs / MINUTE_MS) * MINUTE_MS)',
      replace: 'at: toIso(nowMs)',
      breaks: 'whoever asks often enough fills the log',
      suites: OPERATOR,
    },
    {
      id: 'refusal-waits-for-log',
      find: '  } catch {\n    // It is in',
      replace: '  } catch (error) {\n    throw error;\n    // It is in',
      breaks: 'who is refused is told something else while the log cannot be written',
      suites: OPERATOR,
    },
  ),
  ...inFile(
    'lambdas/middleware/authorize.ts',
    {
      id: 'no-role-needed',
      find: "if (scope === 'none') throw",
      replace: "if (roles.length === 0 && scope === 'none') throw",
      breaks: 'any role opens every route',
      suites: AUTHORIZE,
    },
    {
      id: 'no-subject-needed',
      find: 'claims === undefined || subject === undefined',
      replace: 'claims === undefined',
      breaks: 'a token of nobody is somebody in the audit log',
      suites: AUTHORIZE,
    },
    {
      id: 'names-by-any-role',
      find: "allowed.filter((role) => scopeOf(access, role) === 'all')",
      replace: 'allowed',
      breaks: 'who is a manager and in operations sees the names of everybody',
      suites: AUTHORIZE,
    },
    {
      id: 'claim-unbounded',
      find: ' && claim.length <= MAXIMUM_CLAIM_LENGTH',
      replace: '',
      breaks: 'whatever an identity provider sends goes into the audit log',
      suites: AUTHORIZE,
    },
    {
      id: 'empty-claim-is-an-identity',
      find: " && claim !== ''",
      replace: '',
      breaks: 'operators without an identity are all one and the same',
      suites: AUTHORIZE,
    },
  ),
  ...inFile('lambdas/middleware/groups-claim.ts', {
    id: 'header-believed',
    find: "listed !== undefined && claim === `[${listed.join(' ')}]`",
    replace: 'listed !== undefined',
    breaks: 'groups come from a token that nobody verified',
    suites: AUTHORIZE,
  }),
  ...inFile(
    'lambdas/middleware/api-problem.ts',
    {
      id: 'inside-shown',
      find: "detail: 'Something went wrong inside Tenure; the log has it under this instance.'",
      replace: 'detail: error instanceof Error ? error.message : String(error)',
      breaks: 'the message of an error inside reaches the caller',
      suites: SERVE,
    },
    {
      id: 'throttle-below-unseen',
      find: ' || isThrottle(error.cause)',
      replace: '',
      breaks: 'a throttled call is a fault of ours, and nobody slows down',
      suites: SERVE,
    },
    {
      id: 'faults-left-out',
      find: '    ...(faults.length > 0 && { errors: faults }),\n',
      replace: '',
      breaks: 'a caller is told that the body is wrong, and not where',
      suites: OPERATOR,
    },
  ),
  ...inFile(
    'lambdas/middleware/serve-api.ts',
    {
      id: 'path-logged',
      find: 'return { route: routeKey,',
      replace: 'return { route: String(Reflect.get(arguments[0], "rawPath")),',
      breaks: 'what callers put into a path, names of people too, is in the log',
      suites: SERVE,
    },
    {
      id: 'no-retry-after-when-throttled',
      find: 'problem.status === 429 || problem.status === 503',
      replace: 'problem.status === 503',
      breaks: 'a throttled caller is not told when to come back',
      suites: SERVE,
    },
    {
      id: 'handler-built-each-time',
      find: 'handle ??= build();',
      replace: 'handle = build();',
      breaks: 'each request pays for a cold start',
      suites: SERVE,
    },
    {
      id: 'base64-body-taken-as-text',
      find: "event.isBase64Encoded ? 'base64' : 'utf8'",
      replace: "'utf8'",
      breaks: 'signatures are checked over other bytes than were signed',
      suites: SERVE,
    },
    {
      id: 'answers-cached',
      find: "  'cache-control': 'no-store',\n",
      replace: '',
      breaks: 'personal data stays in caches on the way',
      suites: SERVE,
    },
    {
      id: 'header-names-as-sent',
      find: 'key.toLowerCase()',
      replace: 'key',
      breaks: 'a header in capitals is not found',
      suites: SERVE,
    },
  ),
  ...inFile(
    'lambdas/middleware/answer-operator.ts',
    {
      id: 'refusals-untold',
      find: 'await auditRefusal(dependencies',
      replace: 'if (operatorId === undefined) await auditRefusal(dependencies',
      breaks: 'who tries what is refused, again and again, is on no record',
      suites: OPERATOR,
    },
    {
      id: 'what-was-typed-on-record',
      find: "isOfRequest ? parametersOf(route, request)['id'] : undefined",
      replace: "parametersOf(route, request)['id']",
      breaks: 'whatever somebody types into a path is in the audit log for good',
      suites: OPERATOR,
    },
    {
      id: 'body-bound-off-by-one',
      find: 'body.length > MAXIMUM_BODY_BYTES',
      replace: 'body.length >= MAXIMUM_BODY_BYTES',
      breaks: 'the largest body that is allowed is refused',
      suites: OPERATOR,
    },
    {
      id: 'query-not-parsed',
      find: 'query: route.query && readQuery(request, route.query)',
      replace: 'query: request.query',
      breaks: 'bounds and defaults of a query do not count',
      suites: OPERATOR,
    },
    {
      id: 'operator-not-logged',
      find: 'log: { operator: operator.id, ...answered.log }',
      replace: 'log: { ...answered.log }',
      breaks: 'nobody can say who asked',
      suites: OPERATOR,
    },
  ),
  ...inFile('lambdas/middleware/serve-task.ts', {
    id: 'task-input-not-parsed',
    find: 'if (parsed.success) return parsed.data;',
    replace: 'if (parsed.success || event !== undefined) return event as Input;',
    breaks: 'a malformed input goes into the handler',
    suites: TASK,
  }),
];
