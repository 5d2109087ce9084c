// Who may do what: the whole table, and the reading of groups from a token.
import { describe, expect, it } from 'vitest';
import { mayRead, ROLES, rolesIn, scopeOn, viewOf } from '../../lambdas/api/roles.ts';
import { type OperatorRoute, ROUTES } from '../../lambdas/api/routes.ts';

const OPERATOR_ROUTES = Object.entries(ROUTES)
  .filter(([, { access }]) => access === 'token')
  .map(([name]) => name as OperatorRoute);

describe('scopes', () => {
  it('are these', () => {
    const table = OPERATOR_ROUTES.map((route) => [route, ...ROLES.map((role) => scopeOn(route, [role]))].join(' '));
    expect(table).toEqual([
      'list-identities everyone own-reports everyone everyone everyone everyone',
      'get-identity everyone own-reports everyone everyone everyone everyone',
      'list-identity-audit everyone own-reports nobody everyone everyone everyone',
      'merge-identity everyone nobody nobody nobody nobody nobody',
      'list-tasks nobody nobody everyone everyone everyone everyone',
      'get-task nobody nobody everyone everyone everyone everyone',
      'attest-task nobody nobody everyone nobody nobody nobody',
      'list-holds everyone nobody nobody everyone everyone everyone',
      'get-hold everyone nobody nobody everyone everyone everyone',
      'release-hold nobody nobody nobody everyone everyone nobody',
      'drop-hold nobody nobody nobody everyone everyone nobody',
      'list-reconciliations nobody nobody everyone everyone nobody everyone',
      'get-reconciliation nobody nobody everyone everyone nobody everyone',
      'start-reconciliation nobody nobody everyone everyone nobody nobody',
      'decide-reconciliation nobody nobody everyone everyone nobody nobody',
      'get-certificate everyone own-reports nobody everyone everyone everyone',
      'get-time-to-revoke nobody nobody everyone everyone everyone everyone',
    ]);
  });

  it('of an operator with several roles are the widest of them, without any role none', () => {
    expect(scopeOn('get-identity', ['manager', 'hr'])).toBe('everyone');
    expect(scopeOn('list-tasks', ['manager', 'hr'])).toBe('nobody');
    expect(scopeOn('get-identity', [])).toBe('nobody');
  });

  it('let a manager read what is below them only', () => {
    expect(mayRead('own-reports', 'E7', ['E3', 'E7'])).toBe(true);
    expect(mayRead('own-reports', 'E7', ['E3'])).toBe(false);
    expect(mayRead('own-reports', undefined, ['E3'])).toBe(false);
    expect(mayRead('nobody', 'E7', ['E7'])).toBe(false);
  });
});

describe('views', () => {
  it('hide names from operations and reasons from all but HR and audit', () => {
    expect(ROLES.filter((role) => !viewOf([role]).names)).toEqual(['operations']);
    expect(ROLES.filter((role) => viewOf([role]).reasons)).toEqual(['hr', 'auditor']);
  });
});

describe('groups', () => {
  it.each([
    [
      ['hr', 'it', 'staff'],
      ['hr', 'it'],
    ],
    ['[hr it staff]', ['hr', 'it']],
    ['hr,it', ['hr', 'it']],
    ['["hr", "it"]', ['hr', 'it']],
    ['auditor', ['auditor']],
    ['', []],
    ['[]', []],
    ['hrx', []],
    [undefined, []],
    [{ hr: true }, []],
  ])('reads %j', (claim, roles) => {
    expect(rolesIn(claim)).toEqual(roles);
  });
});
