import { expect, it } from 'vitest';
import { expectedCalls } from '../../../lambdas/core/access/expected-calls.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';

const application: Application = {
  ...{ id: 'chat', name: 'Chat', connector: 'scim', owner: 'E0', settings: {} },
  entitlements: ['a', 'b', 'c'].map((id) => ({ id, name: id, grant: `grant-${id}`, privileged: false })),
};
const wants = (entitlements: readonly string[], enabled = true) => ({
  applicationId: 'chat',
  enabled,
  joinedBy: 'fact',
  entitlements: entitlements.map((entitlement) => ({ entitlement, reasons: [] })),
});
const holding = (grants: readonly string[], enabled = true) => ({
  account: { accountId: 'x', userName: 'x', enabled, grants },
});

it.each([
  ['nothing to do is one reading', wants(['a']), holding(['grant-a']), 1],
  ['nobody who has no account and needs none', undefined, undefined, 1],
  ['finding, creating, two grants, reading back', wants(['a', 'b']), undefined, 5],
  ['one given, one taken', wants(['a', 'b']), holding(['grant-a', 'grant-c']), 4],
  ['enabled again', wants(['a']), holding(['grant-a'], false), 3],
  ['disabled, and two taken', undefined, holding(['grant-a', 'grant-b']), 5],
  ['two taken from who is disabled', undefined, holding(['grant-a', 'grant-b'], false), 4],
  ['disabled for a leave, and keeps what it holds', wants(['b'], false), holding(['grant-a']), 3],
])('%s', (_name, desired, known, calls) => {
  expect(expectedCalls({ application, desired, known })).toBe(calls);
});

it('what nobody has looked at is left', () => {
  const known = { ...holding(['grant-a', 'elsewhere']), unreviewed: ['elsewhere'] };
  expect(expectedCalls({ application, desired: wants(['a']), known })).toBe(1);
});
