// What routes take from operators, at each bound and past it.
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { auditRoutes } from '../../lambdas/api/audit.ts';
import { holdRoutes } from '../../lambdas/api/holds.ts';
import { identityRoutes } from '../../lambdas/api/identities.ts';
import { reconciliationRoutes } from '../../lambdas/api/reconciliations.ts';
import { isOperatorRoute } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { taskRoutes } from '../../lambdas/api/tasks.ts';

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;
/** What a route has to be asked beside its page. */
const ASKED: Readonly<Record<string, object>> = { 'list-audit': { kind: 'deployment', id: 'tenure' } };

describe.each(
  ROUTES.filter(isOperatorRoute).flatMap(({ name, query }) =>
    query !== undefined && 'limit' in query.shape ? [[name, query] as const] : [],
  ),
)('%s', (name, query) => {
  const asked = ASKED[name] ?? {};

  it.each([
    ['1', true],
    ['100', true],
    ['0', false],
    ['101', false],
    ['-1', false],
    ['1.5', false],
    ['', false],
    ['many', false],
  ])('takes a page of "%s": %s', (limit, isTaken) => {
    expect(takes(query, { ...asked, limit })).toBe(isTaken);
  });

  it('has pages of 50 unless told otherwise, and takes no parameter it does not know', () => {
    expect(query.parse(asked)).toMatchObject({ limit: 50 });
    expect(takes(query, { ...asked, limits: '1' })).toBe(false);
  });

  it('takes a cursor of 1 to 2,000 characters', () => {
    expect(takes(query, { ...asked, after: 'a' })).toBe(true);
    expect(takes(query, { ...asked, after: 'a'.repeat(2_000) })).toBe(true);
    expect(takes(query, { ...asked, after: '' })).toBe(false);
    expect(takes(query, { ...asked, after: 'a'.repeat(2_001) })).toBe(false);
  });
});

it.each([
  { kind: 'planet', id: 'x' },
  { kind: 'hold' },
  { kind: 'hold', id: '' },
  { kind: 'hold', id: 'x'.repeat(129) },
])('list-audit is asked about one subject of a known kind, not %j', (asked) => {
  const { query } = auditRoutes['list-audit'];
  expect(takes(query, asked)).toBe(false);
  expect(takes(query, { kind: 'hold', id: 'x'.repeat(128) })).toBe(true);
});

it('every list of operators is paged', () => {
  const lists = ROUTES.filter(isOperatorRoute).filter(
    ({ name, method }) => name.startsWith('list-') && method === 'GET',
  );
  const unpaged = lists.filter(({ query }) => query === undefined || !('limit' in query.shape)).map(({ name }) => name);
  // One item for each application of the access model, or source of the settings, which have bounds of their own; and of
  // delegations there are at most 20.
  expect(unpaged.sort()).toEqual([
    'list-activity-sources',
    'list-applications',
    'list-delegations',
    'list-hr-sources',
    'list-mutes',
    'list-reconciliations',
  ]);
});

describe('a decision', () => {
  const decisions: readonly (readonly [string, z.ZodType, object])[] = [
    ['release-hold', holdRoutes['release-hold'].body, {}],
    ['drop-hold', holdRoutes['drop-hold'].body, {}],
    ['merge-identity', identityRoutes['merge-identity'].body, { duplicate: 'E2' }],
    ['undo-merge', identityRoutes['undo-merge'].body, { duplicate: 'E2' }],
    ['decide-reconciliation', reconciliationRoutes['decide-reconciliation'].body, { answer: 'repair' }],
  ];

  it.each(decisions)('of %s says why, in 1 to 500 characters', (_name, body, others) => {
    expect(takes(body, { ...others, reason: 'x' })).toBe(true);
    expect(takes(body, { ...others, reason: 'x'.repeat(500) })).toBe(true);
    for (const reason of [undefined, '', '   ', 'x'.repeat(501), 7])
      expect(takes(body, { ...others, reason })).toBe(false);
    expect(takes(body, { ...others, reason: 'x', more: 1 })).toBe(false);
  });

  it('on a report is for repair or for the report alone', () => {
    const { body } = reconciliationRoutes['decide-reconciliation'];
    expect(['repair', 'report', 'delete', ''].filter((answer) => takes(body, { answer, reason: 'x' }))).toEqual([
      'repair',
      'report',
    ]);
  });
});

describe('an attestation', () => {
  const { body } = taskRoutes['attest-task'];

  it('says that all was done, and nothing less', () => {
    expect(body.parse({ outcome: 'done' })).toEqual({ outcome: 'done' });
    for (const outcome of [undefined, '', 'skipped', 'partly', true]) expect(takes(body, { outcome })).toBe(false);
  });

  it('shows evidence of 1 to 2,000 characters, or none', () => {
    const withEvidence = (evidence: unknown) => takes(body, { outcome: 'done', evidence });
    expect(['x', 'x'.repeat(2_000)].every(withEvidence)).toBe(true);
    expect(['', '  ', 'x'.repeat(2_001), 7, null].some(withEvidence)).toBe(false);
  });
});

it.each([
  ['holds', holdRoutes['list-holds'].query, ['open', 'releasing', 'dropping', 'released', 'dropped']],
  ['tasks', taskRoutes['list-tasks'].query, ['open', 'done', 'superseded']],
])('a list of %s shows what is open, unless it is asked for another status', (_what, query, statuses) => {
  expect(query.parse({})).toMatchObject({ status: 'open' });
  for (const status of statuses) expect(query.parse({ status })).toMatchObject({ status });
  expect(takes(query, { status: 'all' })).toBe(false);
});
