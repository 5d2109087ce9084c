// The operator behind a token.
import { describe, expect, it } from 'vitest';
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

it.each([
  ['empty', ''],
  ['longer than 128 characters', 'E'.repeat(129)],
  ['no text', ['E1']],
])('has no identity by a claim that is %s', (_what, claim) => {
  expect(as({ sub: 's', groups: ['hr'], 'tenure:identity': claim })).toMatchObject({ id: 's', identityId: undefined });
  expect(() => as({ sub: claim, groups: ['hr'] })).toThrow(expect.objectContaining({ status: 401 }));
});

it('may have an identity of 128 characters', () => {
  const identityId = 'E'.repeat(128);
  expect(as({ sub: 's', groups: ['hr'], 'tenure:identity': identityId })).toMatchObject({ identityId });
});

describe('groups', () => {
  const tokenOf = (payload: unknown) =>
    ['{"alg":"RS256"}', JSON.stringify(payload), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  /** The authorizer's text is of `groups`; the header is what came in. */
  const rolesOf = (groups: readonly string[], authorization: string) => {
    const claims = { sub: 's', groups: `[${groups.join(' ')}]` };
    const asked = request({ claims, headers: { authorization } });
    return () => authorize(identityRoutes['get-identity'], asked, NAMES).roles;
  };
  const bearer = (groups: unknown) => `Bearer ${tokenOf({ groups })}`;
  const refused = expect.objectContaining({ status: 403 });

  it('are told apart by the list in the token, which a name with spaces does not fool', () => {
    const helpdesk = ['IT security helpdesk'];
    expect(rolesOf(helpdesk, bearer(helpdesk))).toThrow(refused);
    expect(rolesOf([...helpdesk, 'it'], bearer([...helpdesk, 'it']))()).toEqual(['it']);
    expect(rolesOf(['security it'], bearer(['security it']))).toThrow(refused);
    expect(rolesOf(['hr', 'it', 'staff'], bearer(['hr', 'it', 'staff']))()).toEqual(['hr', 'it']);
  });

  it.each([
    ['a list that the authorizer did not see', bearer(['IT', 'security', 'hr'])],
    ['two tokens', `${bearer(['IT security helpdesk'])},${bearer(['IT', 'security', 'helpdesk'])}`],
    ['no list', bearer('security')],
    ['a list of other things', bearer([['security']])],
    ['no JSON', `Bearer a.${Buffer.from('{').toString('base64url')}.c`],
    ['no object', `Bearer ${tokenOf(null)}`],
    ['no token', 'Bearer'],
  ])('are no roles by text that may be one name, with %s in the header', (_what, authorization) => {
    expect(rolesOf(['IT security helpdesk'], authorization)).toThrow(refused);
  });
});

it('is refused without a verified token, or without a role', () => {
  expect(() => as(undefined)).toThrow(expect.objectContaining({ status: 401 }));
  expect(() => as({ groups: ['hr'] })).toThrow(expect.objectContaining({ status: 401 }));
  expect(() => as({ sub: 's', groups: ['staff'] })).toThrow(expect.objectContaining({ status: 403 }));
});
