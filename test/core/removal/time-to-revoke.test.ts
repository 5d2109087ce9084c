import { expect, it } from 'vitest';
import type { Certificate, CertifiedApplication } from '../../../lambdas/core/removal/certificate.ts';
import { revocationTimes, summariseRevocations } from '../../../lambdas/core/removal/time-to-revoke.ts';

const application = (changes: Partial<CertifiedApplication>): CertifiedApplication => ({
  applicationId: 'crm',
  accountId: 'u1',
  outcome: 'disabled',
  removed: [],
  truncated: false,
  disabledAt: undefined,
  lastGrantRemovedAt: undefined,
  closedAt: undefined,
  residual: undefined,
  lastAccessAt: undefined,
  verifiedAt: '2026-11-23T09:01:00.000Z',
  verifiedBy: [],
  ...changes,
});
const certificate: Certificate = {
  certificateId: 'E1.2',
  identityId: 'E1',
  version: 2,
  acceptedAt: '2026-11-23T09:00:00.000Z',
  departedAt: '2026-11-20T09:00:00.000Z',
  startedAt: '2026-11-23T09:00:01.000Z',
  provenAt: '2026-11-23T09:02:00.000Z',
  lastAccessAt: undefined,
  applications: [
    application({ disabledAt: '2026-11-23T09:00:01.500Z', lastGrantRemovedAt: '2026-11-23T09:00:03.000Z' }),
    application({ applicationId: 'wiki' }),
  ],
  handedOver: [],
  attestations: [],
};

it('counts from the acceptance, or from the departure where HR said it ahead', () => {
  expect(revocationTimes(certificate)).toEqual([
    { applicationId: 'crm', disabled: 1.5, lastGrantRemoved: 3, proven: 120 },
    { applicationId: 'wiki', proven: 120 },
  ]);
  const ahead = { ...certificate, acceptedAt: '2026-11-01T09:00:00.000Z', departedAt: '2026-11-23T09:00:01.000Z' };
  expect(revocationTimes(ahead)[0]).toEqual({
    applicationId: 'crm',
    disabled: 0.5,
    lastGrantRemoved: 2,
    proven: 119,
  });
});

it('tells percentiles by nearest rank, and how many were within each deadline', () => {
  const times = Array.from({ length: 200 }, (_, index) => ({ applicationId: 'crm', disabled: index * 10 + 10 }));
  const [crm, wiki] = summariseRevocations([...times, { applicationId: 'wiki', proven: 5 }]);
  expect(crm?.measures.disabled).toEqual({ count: 200, p50Seconds: 1_000, p99Seconds: 1_980 });
  expect(crm?.measures.proven).toBeUndefined();
  // Nothing had to be disabled there: that is no deadline missed.
  expect(wiki).toEqual({ applicationId: 'wiki', measures: { proven: { count: 1, p50Seconds: 5, p99Seconds: 5 } } });
  expect(crm?.withinDeadline).toEqual({ ipsie: 30, 'fedramp-high': 200, 'fedramp-moderate': 200, 'soc-2': 200 });
});
