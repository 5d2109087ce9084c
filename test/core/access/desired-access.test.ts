// Every reason that holds an entitlement up is named, and only entitlements that the model has are held.
import { describe, expect, it } from 'vitest';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, returning, suspension } from '../../support/facts.ts';

const application = (id: string, ...entitlements: string[]): Application => ({
  id,
  name: id,
  connector: 'scim',
  owner: 'E9',
  settings: {},
  entitlements: entitlements.map((grant) => ({ id: grant, name: grant, grant, privileged: false })),
});
const MODEL: AccessModel = {
  hash: '0'.repeat(64),
  applications: [application('crm', 'seller', 'reader'), application('wiki', 'writer')],
  profiles: [
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:seller', 'crm:reader'] },
    { id: 'leads', name: 'Leads', when: { title: ['Lead'] }, entitlements: ['crm:reader', 'wiki:writer'] },
  ],
};
const hired = joiner('2026-03-01T09:00:00Z', { department: 'Sales', title: 'Lead' });
const accessAt = (at: string, ...facts: readonly Fact[]) =>
  desiredAccess(buildTimeline([hired, ...facts]), MODEL, Date.parse(at));

const nothing = { enabled: false, joinedBy: undefined, accounts: [], conflicts: [] };

describe('access', () => {
  it('names every profile that gives an entitlement, and the fact that began the employment', () => {
    const reason = (profile: string) => ({ type: 'birthright', profile });
    expect(accessAt('2026-03-01T09:00:00Z')).toEqual({
      status: 'active',
      enabled: true,
      conflicts: [],
      joinedBy: hired.factId,
      accounts: [
        {
          applicationId: 'crm',
          entitlements: [
            { entitlement: 'reader', reasons: [reason('sales'), reason('leads')] },
            { entitlement: 'seller', reasons: [reason('sales')] },
          ],
        },
        {
          applicationId: 'wiki',
          entitlements: [{ entitlement: 'writer', reasons: [reason('leads')] }],
        },
      ],
    });
  });

  it('is kept and cannot be used on leave, and is gone with the employment', () => {
    const away = suspension('2026-04-01T00:00:00Z');
    const onLeave = accessAt('2026-04-02T00:00:00Z', away);
    expect(onLeave.enabled).toBe(false);
    expect(onLeave.accounts.map(({ entitlements }) => entitlements.length)).toEqual([2, 1]);
    const back = accessAt('2026-05-02T00:00:00Z', away, returning('2026-05-01T00:00:00Z'));
    expect({ ...back, accounts: back.accounts.length }).toMatchObject({ enabled: true, accounts: 2 });
    const left = accessAt('2026-06-02T00:00:00Z', leaver('2026-06-01T00:00:00Z'));
    expect(left).toEqual({ status: 'departed', ...nothing });
    expect(accessAt('2026-02-01T00:00:00Z')).toEqual({ status: 'pending', ...nothing });
  });

  it('has no account where no profile gives anything', () => {
    const [nobody] = [joiner('2026-03-01T09:00:00Z', { department: 'Legal' })];
    const { accounts } = desiredAccess(buildTimeline([nobody as Fact]), MODEL, Date.parse('2026-03-02T00:00:00Z'));
    expect(accounts).toEqual([]);
  });
});
