// Who may do what: what every route's decision has to hold to, and the reading of groups from a token.
import { describe, expect, it } from 'vitest';
import { mayRead, ROLES, type RoleScopes, rolesIn, type Scope, viewOf, widestScope } from '../../lambdas/api/roles.ts';
import { isOperatorRoute, type OperatorRoute } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';

describe('on every route of people', () => {
  const routes = ROUTES.filter(isOperatorRoute);
  const namesOf = (matches: (route: OperatorRoute) => boolean) => routes.filter(matches).map(({ name }) => name);

  it('somebody may do it', () => {
    expect(namesOf(({ access }) => widestScope(access, ROLES) === 'none')).toEqual([]);
  });

  it('the auditor sees everything and changes nothing', () => {
    // Ids are asked for in a body, so that no address holds them.
    const asking = ['resolve-pseudonyms', 'start-audit-query'];
    const isReading = ({ method, name }: OperatorRoute) => method === 'GET' || asking.includes(name);
    expect(namesOf((route) => route.access.auditor !== (isReading(route) ? 'all' : 'none'))).toEqual([]);
  });

  it('a manager reaches their own reports at most, and nobody else is told apart by reports', () => {
    expect(namesOf(({ access }) => access.manager === 'all')).toEqual([]);
    const others = ROLES.filter((role) => role !== 'manager');
    expect(namesOf(({ access }) => others.some((role) => access[role] === 'own-reports'))).toEqual([]);
  });
});

// Written down once more, by hand: a route's own definition cannot say whether it is right. `own`: their own reports.
const ALLOWED = `
                            hr   manager it   security operations auditor employee
  list-identities           all  own     all  all      all        all     -
  export-population         -    -       -    all      -          all     -
  get-identity              all  own     all  all      all        all     -
  search-everything         all  own     all  all      all        all     self
  list-identity-timeline    all  own     all  all      all        all     -
  list-holders              all  own     all  all      all        all     -
  suspend-identity          -    -       -    all      all        -       -
  resume-identity           -    -       -    all      all        -       -
  accept-ownership          self self    self self     self       -       self
  get-own-access            self self    self self     self       all     self
  list-owned                self self    self self     self       all     self
  merge-identity            all  -       -    -        -          -       -
  undo-merge                all  -       -    -        -          -       -
  propose-erasure           all  -       -    all      -          -       -
  list-identity-audit       all  own     -    all      all        all     -
  list-audit                -    -       -    all      -          all     -
  resolve-pseudonyms        -    -       -    all      -          all     -
  start-audit-query         -    -       -    all      -          all     -
  get-audit-query-execution -    -       -    all      -          all     -
  get-certificate           all  own     -    all      all        all     -
  list-tasks                -    -       all  all      all        all     -
  get-task                  -    -       all  all      all        all     -
  list-applications         -    -       all  all      all        all     -
  get-applications-health   -    -       all  all      all        all     -
  submit-request            all  own     all  all      all        -       self
  list-requests             all  own     all  all      all        all     self
  get-request               all  own     all  all      all        all     self
  decide-request            all  own     all  all      all        -       self
  review-request            all  own     all  all      all        -       self
  withdraw-request          all  own     all  all      all        -       self
  delegate-decisions        self self    self self     self       -       self
  list-delegations          self self    self self     self       all     self
  end-delegation            self self    self self     self       -       self
  list-accounts-by-hand     -    -       all  -        -          -       -
  list-reviews              -    own     all  all      all        all     -
  get-review                -    own     all  all      all        all     self
  decide-review             -    own     all  all      -          -       self
  list-review-campaigns     self self    all  all      all        all     self
  get-review-campaign       self self    self all      self       all     self
  preview-review-campaign   -    -       all  all      -          -       -
  open-review-campaign      -    -       -    all      -          -       -
  get-campaign-queue        self self    self all      self       all     self
  list-campaign-items       -    -       all  all      all        all     -
  get-campaign-person       self self    self all      self       all     self
  decide-campaign-items     self self    self all      self       -       self
  undo-campaign-removal     self self    self all      self       -       self
  reassign-campaign-items   self self    self all      self       -       self
  move-campaign-deadline    -    -       -    all      -          -       -
  get-campaign-pack         -    -       -    all      -          all     -
  add-evidence              -    -       all  -        -          -       -
  attest-task               -    -       all  -        -          -       -
  get-hr-event              all  -       -    all      all        all     -
  list-hr-sources           all  -       -    all      all        all     -
  list-hr-events            all  -       -    all      all        all     -
  list-holds                all  -       -    all      all        all     -
  get-hold                  all  -       -    all      all        all     -
  release-hold              -    -       -    all      all        -       -
  drop-hold                 -    -       -    all      all        -       -
  list-reconciliations      -    -       all  all      -          all     -
  get-reconciliation        -    -       all  all      -          all     -
  list-reconciliation-audit -    -       all  all      -          all     -
  start-reconciliation      -    -       all  all      -          -       -
  decide-reconciliation     -    -       all  all      -          -       -
  grant-duty-exception      -    -       -    all      -          -       -
  end-duty-exceptions       -    -       -    all      -          -       -
  list-duty-violations      -    -       -    all      -          all     -
  simulate-change           all  -       -    all      -          -       -
  get-time-to-revoke        -    -       all  all      all        all     -
  list-alerts               -    -       -    all      all        all     -
  get-alert                 -    -       -    all      all        all     -
  decide-alert              -    -       -    all      all        -       -
  list-mutes                -    -       -    all      all        all     -
  end-mute                  -    -       -    all      all        -       -
  list-activity-sources     -    -       all  all      all        all     -
  list-unknown-actors       -    -       -    all      -          all     -
`;

describe('who may do what', () => {
  const [head = [], ...rows] = ALLOWED.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const SCOPES: Readonly<Record<string, Scope>> = { all: 'all', own: 'own-reports', self: 'self', '-': 'none' };
  const expected = rows.map(([name, ...words]) => [
    name,
    Object.fromEntries(
      // What a route does not say of employees they may not.
      words.flatMap((word, at) => (head[at] === 'employee' && word === '-' ? [] : [[head[at], SCOPES[word]]])),
    ),
  ]);

  it('is what was meant, for every route and role', () => {
    const found = ROUTES.filter(isOperatorRoute).map(({ name, access }) => [name, access]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  it('is for everybody only the contract, by signature only what systems post, by link only decisions', () => {
    const others = ROUTES.filter((route) => !isOperatorRoute(route)).map(({ name, access }) => [name, access]);
    expect(Object.fromEntries(others)).toEqual({
      'receive-hr-event': 'signature',
      'receive-activity': 'signature',
      'receive-signal': 'peer',
      'get-ssf-configuration': 'open',
      'get-signal-keys': 'open',
      'issue-signal-token': 'peer',
      'create-stream': 'peer',
      'read-streams': 'peer',
      'update-stream': 'peer',
      'replace-stream': 'peer',
      'delete-stream': 'peer',
      'read-stream-status': 'peer',
      'update-stream-status': 'peer',
      'verify-stream': 'peer',
      'fetch-signals': 'peer',
      'get-openapi': 'open',
      'show-decision': 'link',
      'decide-by-link': 'link',
      'show-question': 'link',
      'answer-question': 'link',
    });
  });
});

describe('scopes', () => {
  it('of an operator with several roles are the widest of them, without any role none', () => {
    const scopes: RoleScopes = {
      hr: 'all',
      manager: 'own-reports',
      it: 'none',
      security: 'all',
      operations: 'none',
      auditor: 'all',
    };
    expect(widestScope(scopes, ['manager', 'hr'])).toBe('all');
    expect(widestScope(scopes, ['it', 'manager'])).toBe('own-reports');
    expect(widestScope(scopes, ['operations', 'it'])).toBe('none');
    expect(widestScope(scopes, [])).toBe('none');
    expect(widestScope(scopes, ['employee'])).toBe('none');
    expect(widestScope({ ...scopes, employee: 'self' }, ['employee', 'it'])).toBe('self');
    expect(widestScope({ ...scopes, employee: 'self' }, ['employee', 'manager'])).toBe('own-reports');
  });

  it('let a manager read what is below them only', () => {
    expect(mayRead('own-reports', 'E7', ['E3', 'E7'])).toBe(true);
    expect(mayRead('own-reports', 'E7', ['E3'])).toBe(false);
    expect(mayRead('own-reports', undefined, ['E3'])).toBe(false);
    expect(mayRead('none', 'E7', ['E7'])).toBe(false);
    expect(mayRead('self', 'E7', ['E7'])).toBe(false);
  });
});

describe('views', () => {
  it('hide names from operations and employees, and reasons from all but HR and audit', () => {
    expect(ROLES.filter((role) => !viewOf([role]).names)).toEqual(['operations', 'employee']);
    expect(ROLES.filter((role) => viewOf([role]).reasons)).toEqual(['hr', 'auditor']);
  });
});

describe('groups', () => {
  it.each([
    [
      ['hr', 'it', 'staff'],
      ['hr', 'it'],
    ],
    ['[hr it]', ['hr', 'it']],
    // One group's name, or several groups: nothing tells.
    ['[hr it staff]', []],
    ['[IT security helpdesk]', []],
    ['IT security helpdesk', []],
    ['hr it', []],
    ['hr,Vienna', []],
    [['IT security helpdesk', 'hr'], ['hr']],
    ['["IT security helpdesk", "hr"]', ['hr']],
    ['["hr"', []],
    ['["hr" it]', []],
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
