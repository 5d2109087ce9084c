// Mistakes in who may do what, and in what the API takes and answers.
import { inFile, type Mutant } from '../mutant.ts';

const ROLES = ['test/api/roles.test.ts'] as const;
const BOUNDS = ['test/api/bounds.test.ts'] as const;

export const API_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/api/roles.ts',
    {
      id: 'narrowest-scope',
      find: "['all', 'own-reports', 'self'] as const",
      replace: "['self', 'own-reports', 'all'] as const",
      breaks: 'a further role takes away what another allows',
      suites: ROLES,
    },
    {
      id: 'any-manager',
      find: 'operatorId !== undefined && superiors.includes(operatorId)',
      replace: 'operatorId !== undefined && superiors.length > 0',
      breaks: 'a manager reads the reports of every other',
      suites: ROLES,
    },
    {
      id: 'operations-sees-names',
      find: 'operations: { names: false, reasons: false }',
      replace: 'operations: { names: true, reasons: false }',
      breaks: 'who keeps the system running sees whom it is about',
      suites: ROLES,
    },
    {
      id: 'manager-sees-reasons',
      find: 'manager: { names: true, reasons: false }',
      replace: 'manager: { names: true, reasons: true }',
      breaks: 'a manager reads why somebody is away',
      suites: ROLES,
    },
    {
      id: 'group-by-part-of-its-name',
      find: 'return names.every(isRole) ? names : [];',
      replace: 'return names.filter(isRole);',
      breaks: 'the group `IT security helpdesk` is the role `security`',
      suites: ROLES,
    },
    {
      id: 'json-list-split-as-text',
      find: "if (inBrackets?.startsWith('\"')) return listInJson(text);\n",
      replace: '',
      breaks: 'groups that an issuer writes as JSON are no roles',
      suites: ROLES,
    },
  ),
  ...inFile(
    'lambdas/api/holds.ts',
    {
      id: 'hr-releases-holds',
      find: "path: '/holds/{id}/release',\n    // Not HR's, whose system is what may have gone wrong.\n    access: { hr: 'none'",
      replace: "path: '/holds/{id}/release',\n    access: { hr: 'all'",
      breaks: 'whoever made the mass error lets it through',
      suites: ROLES,
    },
    {
      id: 'hold-without-a-reason',
      find: 'reason: z.string().trim().min(1)',
      replace: 'reason: z.string().trim().min(0)',
      breaks: 'a hold is decided and nobody says why',
      suites: BOUNDS,
    },
    {
      id: 'all-holds-by-default',
      find: "status: holdStatus.default('open')",
      replace: "status: holdStatus.default('released')",
      breaks: 'what waits for a decision is not shown',
      suites: [...BOUNDS, 'test/handlers/hr/mass-error-guard.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/api/tasks.ts',
    {
      id: 'security-attests',
      find: "asked for.\n    access: { hr: 'none', manager: 'none', it: 'all', security: 'none'",
      replace: "asked for.\n    access: { hr: 'none', manager: 'none', it: 'all', security: 'all'",
      breaks: 'those who watch over access say that they took it away',
      suites: ROLES,
    },
    {
      id: 'undone-task-attested',
      find: "outcome: z.literal('done')",
      replace: "outcome: z.enum(['done', 'skipped'])",
      breaks: 'a task that was skipped is proof of removal',
      suites: BOUNDS,
    },
  ),
  ...inFile(
    'lambdas/api/identities.ts',
    {
      id: 'security-merges',
      find: "path: '/identities/{id}/merge/undo',\n    access: { hr: 'all', manager: 'none', it: 'none', security: 'none'",
      replace:
        "path: '/identities/{id}/merge/undo',\n    access: { hr: 'all', manager: 'none', it: 'none', security: 'all'",
      breaks: 'who works with access decides whose access counts together',
      suites: ROLES,
    },
    {
      id: 'manager-lists-everybody',
      find: "path: '/identities',\n    access: { hr: 'all', manager: 'own-reports'",
      replace: "path: '/identities',\n    access: { hr: 'all', manager: 'all'",
      breaks: 'a manager lists everybody',
      suites: ROLES,
    },
  ),
  ...inFile(
    'lambdas/api/audit.ts',
    {
      id: 'it-reads-the-audit-log',
      find: "access: { hr: 'all', manager: 'own-reports', it: 'none'",
      replace: "access: { hr: 'all', manager: 'own-reports', it: 'all'",
      breaks: 'who works in the systems reads what is recorded about everybody',
      suites: ROLES,
    },
    {
      id: 'auditor-blind-to-decisions',
      find: "access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'all' }",
      replace:
        "access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'none' }",
      breaks: 'the auditor cannot see who decided on a report',
      suites: ROLES,
    },
  ),
  ...inFile('lambdas/api/reconciliations.ts', {
    id: 'auditor-decides',
    find: "access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'none' },\n    summary: 'Decide",
    replace:
      "access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'all' },\n    summary: 'Decide",
    breaks: 'the auditor audits their own decision',
    suites: ROLES,
  }),
  ...inFile(
    'lambdas/api/paging.ts',
    {
      id: 'page-unbounded',
      find: '.max(MAXIMUM_PAGE)',
      replace: '.max(10 * MAXIMUM_PAGE)',
      breaks: 'one request reads the whole table',
      suites: BOUNDS,
    },
    {
      id: 'page-of-none',
      find: '.min(1).max(MAXIMUM_PAGE)',
      replace: '.min(0).max(MAXIMUM_PAGE)',
      breaks: 'a page of none reaches the table, which refuses it: 500',
      suites: BOUNDS,
    },
  ),
  ...inFile('lambdas/api/route.ts', {
    id: 'problem-not-promised',
    find: "isOperatorRoute(route) && path.includes('{') && 404",
    replace: 'false',
    breaks: 'the contract does not say that something may not be there',
    suites: ['test/api/openapi.test.ts'],
  }),
  ...inFile('lambdas/api/hr-events.ts', {
    id: 'batch-of-more',
    find: 'z.array(hrEventSchema).max(100)',
    replace: 'z.array(hrEventSchema).max(1000)',
    breaks: 'the contract promises what intake refuses',
    suites: ['test/api/openapi.test.ts', 'test/docs/generated.test.ts'],
  }),
];
