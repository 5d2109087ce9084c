import { expect, it } from 'vitest';
import { administratorRoleGiven as detection } from '../../../../lambdas/core/detection/detections/administrator-role-given.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

it.each([
  [
    'on what the source calls an administrator',
    activity({ by: 'bob', on: 'ada', action: 'grant', change: { grants: [], administrator: true } }),
    'high',
  ],
  [
    'on what the access model calls privileged',
    activity({ by: 'bob', on: 'ada', action: 'grant', change: { grants: ['crm-admins'] } }),
    'high',
  ],
  [
    'above all on what somebody gives themselves',
    activity({
      by: 'bob',
      on: 'bob',
      in: 'aws',
      action: 'grant',
      change: { grants: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    }),
    'critical',
  ],
  [
    'on somebody unknown as well',
    activity({ on: 'nobody', action: 'grant', change: { grants: ['x'], administrator: true } }),
    'high',
  ],
  [
    'where nobody is named: a role, say',
    activity({ action: 'grant', change: { grants: ['x'], administrator: true } }),
    'high',
  ],
])('fires %s', (_, record, severity) => {
  expect(findingOf(detection, record)).toMatchObject({ severity });
});

it.each([
  ['on an ordinary grant', activity({ on: 'ada', action: 'grant', change: { grants: ['crm-sellers'] } })],
  [
    'on what failed',
    activity({ on: 'ada', action: 'grant', outcome: 'failure', change: { grants: [], administrator: true } }),
  ],
  ['on what was taken away', activity({ on: 'ada', action: 'revoke', change: { grants: [], administrator: true } })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});

it('does not fire on what Tenure gives', () => {
  const record = activity({ by: 'tenure', on: 'ada', action: 'grant', change: { grants: ['crm-admins'] } });
  expect(findingOf(detection, record, { settings: { ownAccounts: ['crm:tenure'] } })).toBeUndefined();
});

it('is low where a reason holds it up: it was given past Tenure, and is no more than was approved', () => {
  const record = activity({ by: 'bob', on: 'ivy', action: 'grant', change: { grants: ['crm-admins'] } });
  expect(findingOf(detection, record)).toMatchObject({ severity: 'low', evidence: { reasons: 1 } });
});
