import { describe, expect, it } from 'vitest';
import { grantOutsideTenure as detection } from '../../../../lambdas/core/detection/detections/grant-outside-tenure.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

const grant = (on: string, grants: readonly string[], applicationId = 'crm', more = {}) =>
  activity({ by: 'bob', on, in: applicationId, action: 'grant', change: { grants }, ...more });

describe('fires', () => {
  it.each([
    ['on a group that no reason gives', grant('ada', ['payroll-clerks'], 'payroll'), 'medium'],
    ['on a privileged one above all', grant('ada', ['crm-admins']), 'high'],
    ['whatever the case of its name', grant('ada', ['CRM-Admins']), 'high'],
    ['on one of several', grant('ada', ['crm-sellers', 'crm-admins']), 'high'],
    ['on whoever has left', grant('cy', ['crm-sellers']), 'medium'],
    ['on anything where there should be no account', grant('bob', ['some-list']), 'medium'],
    ['on what somebody gives themselves', grant('bob', ['AdministratorAccess'], 'payroll'), 'medium'],
  ])('%s', (_, record, severity) => {
    expect(findingOf(detection, record)).toMatchObject({ severity, evidence: { reasons: 0 } });
  });
});

describe('does not fire', () => {
  it.each([
    ['on what a reason holds up, whoever gave it', grant('ada', ['crm-sellers'])],
    ['by the id of the entitlement as well', grant('ada', ['seller'])],
    ['on a list that the access model does not know', grant('ada', ['team-lunch'])],
    ['on what failed', grant('ada', ['crm-admins'], 'crm', { outcome: 'failure' })],
    ['on what was taken away', activity({ on: 'ada', action: 'revoke', change: { grants: ['crm-admins'] } })],
    ['in an application that the model does not know', grant('ada', ['crm-admins'], 'wiki')],
    ['on somebody unknown', grant('nobody', ['crm-admins'])],
  ])('%s', (_, record) => {
    expect(findingOf(detection, record)).toBeUndefined();
  });

  it('on what Tenure gives itself', () => {
    expect(
      findingOf(detection, grant('ada', ['crm-admins']), { settings: { ownAccounts: ['crm:bob'] } }),
    ).toBeUndefined();
  });
});

it('knows a grant by the id that the account remembers it by, though it was renamed', () => {
  const granted = [{ grant: 'crm-admins', grantId: 'G-77', entitlement: 'admin', privileged: true, sinceMs: 0 }];
  const accounts = [{ applicationId: 'crm', readMs: 0, revision: 1, granted }];
  expect(findingOf(detection, grant('ada', ['G-77']), { accounts })).toMatchObject({ severity: 'high' });
});
