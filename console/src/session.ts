// Who is signed in: OIDC's code flow with PKCE against the deployment's issuer. Tokens are in memory and nowhere else, so
// a reload signs in again, which an issuer that still knows its user does without asking.
import { InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { ROLES, type Role } from './api/contract.ts';

/** `console.json`, which the deployment puts beside the console. */
export interface ConsoleSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly apiUrl: string;
  readonly groupsClaim: string;
  readonly identityClaim: string;
  /** Where the issuer forgets its user, where that is not in its discovery document. */
  readonly signOutUrl?: string;
  /** Everything here is a sample on somebody's own machine. */
  readonly local?: true;
}

export interface Session {
  readonly settings: ConsoleSettings;
  readonly roles: readonly Role[];
  /** The operator's own identity, where the token names one. */
  readonly identityId: string | undefined;
  readonly name: string;
  readonly token: () => string | undefined;
  readonly signIn: () => void;
  readonly signOut: () => void;
}

const CALLBACK = '/signed-in';
export const SIGNED_OUT = '/signed-out';

export async function readSettings(): Promise<ConsoleSettings> {
  const response = await fetch('/console.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`console.json: the server answered ${response.status}`);
  return (await response.json()) as ConsoleSettings;
}

/** Undefined while the browser is on its way to the issuer. */
export async function signIn(settings: ConsoleSettings): Promise<Session | undefined> {
  const manager = managerOf(settings);
  const { pathname, search } = window.location;
  if (pathname !== CALLBACK) {
    await manager.signinRedirect({ state: pathname === SIGNED_OUT ? '/' : `${pathname}${search}` });
    return undefined;
  }
  const user = await manager.signinCallback();
  if (user === undefined) throw new Error('the issuer sent nobody back');
  window.history.replaceState(null, '', ownPath(user.state));
  return sessionOf(settings, manager, user);
}

function managerOf({ issuer, clientId, scope }: ConsoleSettings): UserManager {
  const { origin } = window.location;
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: `${origin}${CALLBACK}`,
    post_logout_redirect_uri: `${origin}${SIGNED_OUT}`,
    response_type: 'code',
    scope,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    // What the way to the issuer and back has to survive: the verifier and the state, and no token.
    stateStore: new WebStorageStateStore({ store: window.sessionStorage }),
    automaticSilentRenew: false,
    loadUserInfo: false,
  });
}

function sessionOf(settings: ConsoleSettings, manager: UserManager, signedIn: User): Session {
  let user: User | null = signedIn;
  manager.events.addUserLoaded((renewed) => {
    user = renewed;
  });
  // Without a refresh token the next refusal leads to the issuer.
  manager.events.addAccessTokenExpiring(() => {
    if (user?.refresh_token !== undefined) void manager.signinSilent().catch(() => undefined);
  });
  const { profile } = signedIn;
  const identityId = profile[settings.identityClaim];
  return {
    settings,
    roles: rolesIn(profile[settings.groupsClaim]),
    identityId: typeof identityId === 'string' ? identityId : undefined,
    name: String(profile.name ?? profile.email ?? profile['cognito:username'] ?? profile.sub),
    token: () => user?.id_token,
    signIn: () => void manager.signinRedirect({ state: `${window.location.pathname}${window.location.search}` }),
    signOut: () => void leave(settings, manager),
  };
}

async function leave({ signOutUrl }: ConsoleSettings, manager: UserManager): Promise<void> {
  const endSession = await manager.metadataService.getEndSessionEndpoint().catch(() => undefined);
  if (signOutUrl === undefined && endSession !== undefined) return manager.signoutRedirect();
  await manager.removeUser();
  window.location.assign(signOutUrl ?? SIGNED_OUT);
}

/** What is offered follows from it; what is allowed is the API's to say. */
function rolesIn(claim: unknown): readonly Role[] {
  const groups: readonly unknown[] = Array.isArray(claim) ? claim : String(claim ?? '').split(/[\s,[\]"]+/);
  return ROLES.filter((role) => groups.includes(role));
}

function ownPath(state: unknown): string {
  const isPath = typeof state === 'string' && state.startsWith('/') && !/^\/[/\\]/.test(state);
  return isPath && !state.startsWith(CALLBACK) ? state : '/';
}
