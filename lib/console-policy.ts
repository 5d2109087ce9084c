// What the console's pages may do in a browser. Nothing inline, and nothing from elsewhere: the API is under the same origin.

/** @param signIn the origins that signing in calls */
export function contentSecurityPolicy(signIn: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    ['connect-src', "'self'", ...signIn].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Under which the operators' API is reached from the console: one origin, so the API allows no other (no CORS). */
export const CONSOLE_API_PATH = '/api';

/** Beside the policy, with every answer. */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = {
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** `console.json`: what the console has to be told of its deployment. Its shape is console/src/session.ts's. */
export interface ConsoleFacts {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly apiUrl: string;
  readonly groupsClaim: string;
  readonly identityClaim: string;
  readonly signOutUrl?: string;
  readonly local?: true;
}
