// A small organisation for simulations: two departments whose access differs, a privileged grant, a system that can
// suspend, one that can only delete, and one that only people can change.
import type { AccessModel, Application, Entitlement } from '../../lambdas/core/access-model/access-model.ts';

function application(id: string, connector: string, ...grants: string[]): Application {
  const entitlements = grants.map(
    (grant): Entitlement => ({ id: grant, name: grant, grant, privileged: grant.endsWith('admin') }),
  );
  return { id, name: id, connector, owner: 'E0', settings: {}, entitlements };
}

export const MODEL: AccessModel = {
  hash: 'simulated',
  applications: [
    application('chat', 'suspending', 'everyone', 'sales-room', 'engineering-room'),
    application('cloud', 'deleting', 'developer', 'production-admin', 'billing'),
    application('badge', 'manual', 'office'),
  ],
  profiles: [
    { id: 'everyone', name: 'Everyone', when: { kind: [{ exists: true }] }, entitlements: ['chat:everyone'] },
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['chat:sales-room', 'cloud:billing'] },
    {
      id: 'engineering',
      name: 'Engineering',
      when: { department: ['Engineering'] },
      entitlements: ['chat:engineering-room', 'cloud:developer', 'cloud:production-admin'],
    },
    { id: 'office', name: 'Office', when: { location: ['Berlin'] }, entitlements: ['badge:office'] },
  ],
};
