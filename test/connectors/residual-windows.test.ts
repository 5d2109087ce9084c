// What may outlast a removal in systems that do not run here: it follows from what their vendors document. A window
// that is too short proves a removal too early. Where the system does run, the contract shows that the window is true.
import { describe, expect, it } from 'vitest';
import { CONNECTORS, connectorOf } from '../../lambdas/connectors/registry.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const TENANT = { tenantId: '11111111-2222-4333-8444-555555555555' };
const OKTA = { baseUrl: 'https://acme.okta.com' };
const STORE = { identityStoreId: 'd-1234567890' };
const ENDING = { instanceArn: 'arn:aws:sso:::instance/ssoins-1234567890abcdef', endsSessions: true };

const OKTA_TOKENS = 'access tokens already issued, at applications that check them without asking Okta';
const ENTRA_TOKENS =
  'access tokens already issued; 15 minutes at most at resources with continuous access evaluation (Exchange, SharePoint, Teams, Graph)';
const GOOGLE_TOKENS = 'access tokens already issued to applications that call Google’s APIs';
const ROLES = 'role sessions already open';
const APPLICATIONS = 'sessions of applications behind the access portal';
const ASSUMED = 'sessions of roles that the user had assumed';

type Row = readonly [why: string, settings: object, seconds: number | undefined, what?: string];

const DOCUMENTED: Readonly<Record<string, readonly Row[]>> = {
  okta: [
    ['the organisation’s own authorisation server issues tokens for an hour', OKTA, HOUR, OKTA_TOKENS],
    ['a custom one issues them for 5 minutes at least', { ...OKTA, accessTokenMinutes: 5 }, 5 * MINUTE, OKTA_TOKENS],
    ['and for 24 hours at most', { ...OKTA, accessTokenMinutes: 1_440 }, 24 * HOUR, OKTA_TOKENS],
  ],
  'entra-id': [
    ['without Conditional Access tokens of Microsoft 365 live for two hours', TENANT, 2 * HOUR, ENTRA_TOKENS],
    ['with it for 60 to 90 minutes', { ...TENANT, accessTokenMinutes: 90 }, 90 * MINUTE, ENTRA_TOKENS],
    [
      'the news of a disabled user may take 15 minutes, however short a policy keeps tokens',
      { ...TENANT, accessTokenMinutes: 10 },
      15 * MINUTE,
      ENTRA_TOKENS,
    ],
  ],
  'google-workspace': [['tokens live for an hour, which no setting changes', {}, HOUR, GOOGLE_TOKENS]],
  'identity-center': [
    [
      'a cached sign-in opens role sessions for another hour, and those last for 12 at most',
      STORE,
      13 * HOUR,
      `${ROLES}, ${APPLICATIONS}`,
    ],
    [
      'no longer than the permission sets say',
      { ...STORE, longestSessionHours: 8, opensApplications: false },
      9 * HOUR,
      ROLES,
    ],
    [
      'permission sets of half an hour do not shorten applications',
      { ...STORE, longestSessionHours: 0.5 },
      2 * HOUR,
      `${ROLES}, ${APPLICATIONS}`,
    ],
    ['a deny ends role sessions, not those of applications', { ...STORE, ...ENDING }, 2 * HOUR, APPLICATIONS],
    ['nothing is left where neither is opened', { ...STORE, ...ENDING, opensApplications: false }, undefined],
    ['nor where no role is', { ...STORE, longestSessionHours: 0, opensApplications: false }, undefined],
  ],
  'aws-iam': [
    ['a role’s session lasts for 12 hours at most', {}, 12 * HOUR, ASSUMED],
    ['no longer than the longest role says', { longestRoleSessionHours: 1.5 }, 1.5 * HOUR, ASSUMED],
    ['nothing is left where no role may be assumed', { longestRoleSessionHours: 0 }, undefined],
  ],
};

describe.each(Object.keys(DOCUMENTED))('what may outlast a removal in %s', (type) => {
  it.each(DOCUMENTED[type] ?? [])('%s', (_why, settings, seconds, what) => {
    const connector = connectorOf(type);
    if (connector.kind !== 'api') throw new Error(`${type} has no API`);
    const declared = connector.residualWindow?.(connector.settings.parse(settings));
    expect(declared).toEqual(seconds === undefined ? undefined : { seconds, what });
  });
});

it('is shown here, or by the contract against a server that runs', () => {
  const declaring = CONNECTORS.flatMap((connector) =>
    connector.kind === 'api' && connector.residualWindow !== undefined ? connector.type : [],
  );
  const running = ['active-directory', 'aws-iam', 'http', 'keycloak', 'ldap'];
  expect(declaring).toEqual([...new Set([...Object.keys(DOCUMENTED), ...running])].sort());
});
