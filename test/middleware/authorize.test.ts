// The operator behind a token.
import { expect, it } from 'vitest';
import { identityRoutes } from '../../lambdas/api/identities.ts';
import { authorize } from '../../lambdas/middleware/authorize.ts';
import { request } from '../support/api-requests.ts';

const NAMES = { groups: 'groups', identity: 'tenure:identity' };
const as = (claims: Record<string, unknown> | undefined) =>
  authorize(identityRoutes['get-identity'], request({ claims }), NAMES);

it('is named by their identity, else by the subject of the token', () => {
  expect(as({ sub: 's', groups: ['hr'], 'tenure:identity': 'E1' })).toMatchObject({ id: 'E1', identityId: 'E1' });
  expect(as({ sub: 's', groups: '[hr]' })).toMatchObject({ id: 's', identityId: undefined, scope: 'all' });
});

it('is refused without a verified token, or without a role', () => {
  expect(() => as(undefined)).toThrow(expect.objectContaining({ status: 401 }));
  expect(() => as({ groups: ['hr'] })).toThrow(expect.objectContaining({ status: 401 }));
  expect(() => as({ sub: 's', groups: ['staff'] })).toThrow(expect.objectContaining({ status: 403 }));
});
