// Signing in to the local console: an issuer that asks nobody for a password, and says so. The console speaks to it as to
// any other (OIDC: discovery, code flow with PKCE), and what it hands out are the tokens of the deployment's own user pool.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ROLES, type Role } from '../lambdas/api/roles.ts';
import type { Tokens } from './tokens.ts';

export const SIGN_IN_PATH = '/local-sign-in';
export const LOCAL_CLIENT_ID = 'tenure-local-console';

export interface SignInAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface IssuedCode {
  readonly role: Role;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly expiresMs: number;
}

const CODE_LIFETIME_MS = 60_000;
const MAXIMUM_CODES = 100;

/** What each role comes for. */
const ABOUT: Readonly<Record<Role, string>> = {
  hr: 'events sent, holds and merges, dry runs',
  manager: 'their team, approvals',
  it: 'tasks, reconciliations',
  security: 'who can reach what, duties, holds, what if',
  operations: 'requests on behalf, suspensions, holds',
  auditor: 'everything, to read',
  employee: 'what they asked for',
};

export class LocalIssuer {
  readonly #origin: string;
  readonly #tokens: () => Tokens;
  readonly #codes = new Map<string, IssuedCode>();

  /**
   * @param origin of the console, the only place that codes are sent to
   * @param tokens asked with each sign-in, since they are renewed
   */
  constructor(origin: string, tokens: () => Tokens) {
    this.#origin = origin;
    this.#tokens = tokens;
  }

  /** Undefined: there is nothing at that path. */
  answer(method: string, url: URL, body: string): SignInAnswer | undefined {
    switch (`${method} ${url.pathname.slice(SIGN_IN_PATH.length)}`) {
      case 'GET /.well-known/openid-configuration':
        return json(200, this.#discovery());
      case 'GET /authorize':
        return this.#authorize(url.searchParams);
      case 'POST /token':
        return this.#exchange(new URLSearchParams(body));
      default:
        return undefined;
    }
  }

  #discovery() {
    const issuer = `${this.#origin}${SIGN_IN_PATH}`;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  /** The page; with a role chosen on it, the way back with a code. */
  #authorize(asked: URLSearchParams): SignInAnswer {
    const redirectUri = asked.get('redirect_uri') ?? '';
    const challenge = asked.get('code_challenge') ?? '';
    if (asked.get('client_id') !== LOCAL_CLIENT_ID) return refusal('expected the console as client_id');
    if (redirectUri !== `${this.#origin}/signed-in`) return refusal('expected the console as redirect_uri');
    if (asked.get('response_type') !== 'code') return refusal('expected response_type=code');
    if (asked.get('code_challenge_method') !== 'S256' || challenge === '') return refusal('expected PKCE with S256');
    const role = ROLES.find((one) => one === asked.get('role'));
    if (role === undefined) return page(asked);
    const code = randomBytes(24).toString('base64url');
    if (this.#codes.size >= MAXIMUM_CODES) this.#codes.clear();
    this.#codes.set(code, { role, redirectUri, challenge, expiresMs: Date.now() + CODE_LIFETIME_MS });
    const location = `${redirectUri}?${new URLSearchParams({ code, state: asked.get('state') ?? '' })}`;
    return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
  }

  #exchange(given: URLSearchParams): SignInAnswer {
    const code = given.get('code') ?? '';
    const issued = this.#codes.get(code);
    // A code is good once, whatever comes of it.
    this.#codes.delete(code);
    const isGood =
      issued !== undefined &&
      issued.expiresMs > Date.now() &&
      given.get('redirect_uri') === issued.redirectUri &&
      isVerifierOf(issued.challenge, given.get('code_verifier') ?? '');
    if (!isGood) return json(400, { error: 'invalid_grant' });
    const token = this.#tokens()[issued.role];
    return json(200, {
      token_type: 'Bearer',
      id_token: token,
      access_token: token,
      expires_in: 3_600,
      scope: 'openid',
    });
  }
}

/** RFC 7636, section 4.6. */
function isVerifierOf(challenge: string, verifier: string): boolean {
  const digest = createHash('sha256').update(verifier).digest('base64url');
  return digest.length === challenge.length && timingSafeEqual(Buffer.from(digest), Buffer.from(challenge));
}

function json(status: number, body: object): SignInAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

function refusal(error_description: string): SignInAnswer {
  return json(400, { error: 'invalid_request', error_description });
}

function page(asked: URLSearchParams): SignInAnswer {
  const links = ROLES.map((role) => {
    const query = new URLSearchParams([...asked, ['role', role]]).toString().replaceAll('&', '&amp;');
    return `<li><a href="?${query}"><strong>${role}</strong><span>${ABOUT[role]}</span></a></li>`;
  });
  const body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to the local Tenure</title><link rel="stylesheet" href="${SIGN_IN_PATH}/style.css"></head>
<body><main><h1>Tenure, on this machine</h1>
<p>This is the local cloud: nobody asks who you are. Choose whom to be.
Deployed, the console signs in at the deployment's own issuer.</p>
<ul>${links.join('')}</ul></main></body></html>`;
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body };
}

export const SIGN_IN_STYLE = `:root{color-scheme:light dark}
body{margin:0;font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}
main{max-width:560px;margin:8vh auto;padding:0 20px}
ul{list-style:none;padding:0}
li a{display:flex;gap:16px;padding:12px 16px;margin:8px 0;border:1px solid GrayText;border-radius:12px;color:inherit;text-decoration:none}
li a:hover,li a:focus-visible{outline:2px solid Highlight}
strong{min-width:96px}`;
