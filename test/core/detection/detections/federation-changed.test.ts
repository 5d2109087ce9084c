import { expect, it } from 'vitest';
import { federationChanged as detection } from '../../../../lambdas/core/detection/detections/federation-changed.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

it('fires on whoever changes whom a system trusts, and says who', () => {
  expect(
    findingOf(detection, activity({ by: 'bob', action: 'trust-change', operation: 'iam:UpdateSAMLProvider' })),
  ).toMatchObject({ severity: 'high', identityId: 'bob', evidence: { operation: 'iam:UpdateSAMLProvider' } });
  expect(findingOf(detection, activity({ by: 'nobody', action: 'trust-change' }))).toMatchObject({ severity: 'high' });
});

it('is low where more is asked for than before', () => {
  expect(
    findingOf(detection, activity({ action: 'trust-change', change: { grants: [], strengthens: true } }))?.severity,
  ).toBe('low');
});

it('is medium under an open emergency', () => {
  const record = activity({ by: 'bob', action: 'trust-change' });
  expect(findingOf(detection, record, { openBreakGlass: true })).toMatchObject({
    severity: 'medium',
    evidence: { openEmergencyGrant: true },
  });
});

it('does not fire on what failed, on anything else, or on what Tenure does', () => {
  expect(findingOf(detection, activity({ action: 'trust-change', outcome: 'failure' }))).toBeUndefined();
  expect(findingOf(detection, activity({ action: 'grant' }))).toBeUndefined();
  expect(
    findingOf(detection, activity({ by: 'tenure', action: 'trust-change' }), {
      settings: { ownAccounts: ['crm:tenure'] },
    }),
  ).toBeUndefined();
});
