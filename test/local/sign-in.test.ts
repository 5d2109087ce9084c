// The local issuer, as an OIDC client meets it. Whom it makes one is anybody's choice; to whom it gives that is not.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../lambdas/api/roles.ts';
import { LOCAL_CLIENT_ID, LocalIssuer } from '../../local/sign-in.ts';
import type { Tokens } from '../../local/tokens.ts';

const ORIGIN = 'http://127.0.0.1:4569';
const BACK = `${ORIGIN}/signed-in`;
const VERIFIER = 'a'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const TOKENS = Object.fromEntries(ROLES.map((role) => [role, `token of ${role}`])) as Tokens;
const GOOD = {
  client_id: LOCAL_CLIENT_ID,
  redirect_uri: BACK,
  response_type: 'code',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  state: 'state-1',
};

const newIssuer = () => new LocalIssuer(ORIGIN, () => TOKENS);
const authorize = (issuer: LocalIssuer, asked: Readonly<Record<string, string>>) =>
  issuer.answer('GET', new URL(`${ORIGIN}/local-sign-in/authorize?${new URLSearchParams(asked)}`), '');
const exchange = (issuer: LocalIssuer, given: Readonly<Record<string, string>>) =>
  issuer.answer('POST', new URL(`${ORIGIN}/local-sign-in/token`), new URLSearchParams(given).toString());

function codeFor(issuer: LocalIssuer, role: Role): string {
  const back = new URL(authorize(issuer, { ...GOOD, role })?.headers['location'] ?? '');
  expect(`${back.origin}${back.pathname}`).toBe(BACK);
  expect(back.searchParams.get('state')).toBe('state-1');
  return back.searchParams.get('code') ?? '';
}

describe('the local issuer', () => {
  it('offers each role, and says that it is local', () => {
    const { status, body = '' } = authorize(newIssuer(), GOOD) ?? {};
    expect(status).toBe(200);
    expect(body).toContain('This is the local cloud');
    for (const role of ROLES) expect(body).toContain(`<strong>${role}</strong>`);
  });

  it('puts nothing that was asked into its page as markup', () => {
    const { body = '' } = authorize(newIssuer(), { ...GOOD, state: '"><script>alert(1)</script>' }) ?? {};
    expect(body).not.toContain('<script');
  });

  it('gives the token of the chosen role to whoever has the verifier, once', () => {
    const issuer = newIssuer();
    const code = codeFor(issuer, 'security');
    const given = { grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: VERIFIER };
    const first = exchange(issuer, given);
    expect(first?.status).toBe(200);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({ id_token: 'token of security' });
    expect(exchange(issuer, given)?.status).toBe(400);
  });

  it.each([
    ['another verifier', { code_verifier: 'b'.repeat(43) }],
    ['no verifier', { code_verifier: '' }],
    ['another way back', { redirect_uri: `${ORIGIN}/elsewhere` }],
    ['another code', { code: 'made-up' }],
  ])('gives nothing for %s', (_what, wrong) => {
    const issuer = newIssuer();
    const code = codeFor(issuer, 'hr');
    const answer = exchange(issuer, { code, redirect_uri: BACK, code_verifier: VERIFIER, ...wrong });
    expect([answer?.status, answer?.body]).toEqual([400, '{"error":"invalid_grant"}']);
  });

  it.each([
    ['a page of another origin', { redirect_uri: 'https://evil.example/signed-in' }, 'redirect_uri'],
    ['another client', { client_id: 'other' }, 'client_id'],
    ['a flow without a code', { response_type: 'token' }, 'response_type'],
    ['no PKCE', { code_challenge: '' }, 'PKCE'],
    ['PKCE in plain', { code_challenge_method: 'plain' }, 'PKCE'],
  ])('sends nobody back to %s', (_what, wrong, named) => {
    const answer = authorize(newIssuer(), { ...GOOD, role: 'hr', ...wrong });
    expect(answer?.status).toBe(400);
    expect(answer?.headers['location']).toBeUndefined();
    expect(answer?.body).toContain(named);
  });
});
