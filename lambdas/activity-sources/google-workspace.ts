// Google Workspace's Reports API (https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities): an
// activity has several events; each is a record of its own. Collectors that flatten them put the event beside the actor.
import * as z from 'zod';
import type { ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, listAt, textAt, textsAt, toText } from '../core/detection/reading-records.ts';
import { PermanentError } from '../core/errors.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { signedToken } from '../outbound/signed-token.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import type {
  ActivityConnection,
  ActivityFeed,
  ActivityOrigin,
  ActivitySource,
  SplitRecords,
} from './activity-source.ts';
import { applicationCalled, signOnSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';
import { recordsIn, windowedFeed } from './windowed-feed.ts';

const settingsSchema = z.strictObject({
  ...signOnSettings,
  /** A service account with domain-wide delegation of `admin.reports.audit.readonly`; its private key (PEM) is the source's secret. */
  clientEmail: z.email().max(254).optional(),
  /** The administrator in whose name the service account reads. */
  administrator: z.email().max(254).optional(),
  /** Of which applications the reports are fetched. */
  reports: z
    .array(z.string().regex(/^[a-z_]{1,40}$/, 'expected the name of an application'))
    .min(1)
    .max(20)
    .default(['login', 'admin', 'token', 'user_accounts', 'groups_enterprise', 'drive']),
  /** @default https://admin.googleapis.com */
  apiUrl: webAddressSchema.default('https://admin.googleapis.com'),
  /** @default https://oauth2.googleapis.com */
  loginUrl: webAddressSchema.default('https://oauth2.googleapis.com'),
});
export type GoogleActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'google-workspace';

export const googleWorkspace: ActivitySource<GoogleActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => eachEvent(splitJson(body, ['items'])),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ clientEmail, administrator }) => clientEmail !== undefined && administrator !== undefined,
};

/** Most reports are there within minutes; Google promises nothing. */
const LAG_MS = 15 * 60_000;
/** "Up to a few hours" for some reports (Data retention and lag times). */
const AGAIN_AFTER_MS = 6 * 3_600_000;
const PAGE_SIZE = 500;
const TOKEN_SECONDS = 3_600;
const SCOPE = 'https://www.googleapis.com/auth/admin.reports.audit.readonly';

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<GoogleActivitySettings>): ActivityFeed {
  const name = 'Google Workspace reports';
  const { apiUrl, loginUrl, clientEmail, administrator, reports } = settings;
  const login = new HttpClient({ system: 'Google', baseUrl: loginUrl, bearerToken: '', callTimeoutMs });
  let token: Promise<string> | undefined;
  const fetchToken = async () => {
    const issuedAt = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: clientEmail,
      sub: administrator,
      scope: SCOPE,
      aud: `${loginUrl}/token`,
      iat: issuedAt,
      exp: issuedAt + TOKEN_SECONDS,
    };
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: signedToken(claims, secret, 'Google: the private key of the service account'),
    };
    const answer = await login.send({ method: 'POST', path: '/token', form, anonymous: true, idempotent: true });
    const found = textAt(answer, ['access_token'], 16_384);
    if (found === undefined) throw new PermanentError(`${name}: no access token was given`);
    return found;
  };
  const bearerToken = () => {
    token ??= fetchToken();
    token.catch(() => {
      token = undefined;
    });
    return token;
  };
  const http = new HttpClient({ system: 'Google', baseUrl: apiUrl, bearerToken, callTimeoutMs });
  return windowedFeed({
    name,
    listings: reports,
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(listing, { fromMs, toMs }, page) {
      const query = {
        startTime: new Date(fromMs).toISOString(),
        endTime: new Date(toMs).toISOString(),
        maxResults: PAGE_SIZE,
      };
      const body = await http.send({
        method: 'GET',
        path: '/admin/reports/v1/activity/users/all/applications/{listing}',
        parameters: { listing },
        query: page === undefined ? query : { ...query, pageToken: page },
      });
      const { records } = eachEvent({ records: recordsIn(body, 'items', name), refused: [] });
      return { records, next: textAt(body, ['nextPageToken'], 2_000) };
    },
  });
}

const MAXIMUM_EVENTS = 100;

/** Each event of an activity with what all of them share, and its place among them. */
function eachEvent({ records, refused }: SplitRecords): SplitRecords {
  const flat = records.flatMap((record) => {
    const events = listAt(record, ['events'], MAXIMUM_EVENTS);
    if (events.length === 0) return [record];
    const { events: _events, ...shared } = record as Record<string, unknown>;
    return events.map((event, place) => ({ ...shared, place, ...(typeof event === 'object' ? event : {}) }));
  });
  return { records: flat, refused };
}

const ACTIONS: Readonly<Record<string, ActivityAction>> = {
  login_success: 'sign-in',
  login_failure: 'sign-in',
  login_challenge: 'other',
  suspicious_login: 'sign-in',
  suspicious_login_less_secure_app: 'sign-in',
  suspicious_programmatic_login: 'sign-in',
  logout: 'sign-out',
  '2sv_enroll': 'factor-add',
  '2sv_disable': 'factor-reset',
  titanium_unenroll: 'factor-reset',
  UNENROLL_USER_FROM_STRONG_AUTH: 'factor-reset',
  TURN_OFF_2_STEP_VERIFICATION: 'factor-reset',
  UNENROLL_USER_FROM_TITANIUM: 'factor-reset',
  recovery_email_edit: 'other',
  CREATE_USER: 'account-create',
  DELETE_USER: 'account-delete',
  UNDELETE_USER: 'account-enable',
  SUSPEND_USER: 'account-disable',
  UNSUSPEND_USER: 'account-enable',
  account_disabled_spamming: 'account-disable',
  account_disabled_hijacked: 'account-disable',
  account_disabled_generic: 'account-disable',
  account_disabled_password_leak: 'account-disable',
  CHANGE_PASSWORD: 'account-recover',
  ASSIGN_ROLE: 'grant',
  UNASSIGN_ROLE: 'revoke',
  GRANT_ADMIN_PRIVILEGE: 'grant',
  GRANT_DELEGATED_ADMIN_PRIVILEGES: 'grant',
  REVOKE_ADMIN_PRIVILEGE: 'revoke',
  ADD_GROUP_MEMBER: 'grant',
  REMOVE_GROUP_MEMBER: 'revoke',
  add_member: 'grant',
  remove_member: 'revoke',
  authorize: 'key-create',
  revoke: 'key-delete',
  ASP_CREATED: 'key-create',
  AUTHORIZE_API_CLIENT_ACCESS: 'key-create',
  TOGGLE_SSO_ENABLED: 'trust-change',
  CHANGE_SSO_SETTINGS: 'trust-change',
  ENFORCE_STRONG_AUTHENTICATION: 'trust-change',
  ALLOW_STRONG_AUTHENTICATION: 'trust-change',
  CREATE_SAML2_SERVICE_PROVIDER_CONFIG: 'trust-change',
  UPDATE_SAML2_SERVICE_PROVIDER_CONFIG: 'trust-change',
  ADD_TRUSTED_DOMAINS: 'trust-change',
  INBOUND_SSO_PROFILE_CREATED: 'trust-change',
  INBOUND_SSO_PROFILE_UPDATED: 'trust-change',
  view: 'read',
  download: 'read',
  copy: 'read',
  print: 'read',
};
const ADMINISTRATOR: ReadonlySet<string> = new Set([
  'ASSIGN_ROLE',
  'GRANT_ADMIN_PRIVILEGE',
  'GRANT_DELEGATED_ADMIN_PRIVILEGES',
]);
/** Of the names above, those that mean this only in one application's log. */
const ONLY_IN: Readonly<Record<string, string>> = {
  view: 'drive',
  download: 'drive',
  copy: 'drive',
  print: 'drive',
  authorize: 'token',
  revoke: 'token',
};
/** What an application may do on behalf of whoever authorised it: everything there is of that kind. */
const BROAD_SCOPE =
  /\/auth\/(?:admin\.|cloud-platform$|drive$|gmail\.(?:modify|settings)|ediscovery)|^https:\/\/mail\.google\.com\/$/;

function read(event: object, { settings }: ActivityOrigin<GoogleActivitySettings>): Said | undefined {
  const inner = listAt(event, ['events'], 1)[0] ?? event;
  const log = textAt(event, ['id', 'applicationName']);
  const name = textAt(inner, ['name'], 120) ?? textAt(inner, ['type'], 120);
  if (log === undefined || name === undefined) return undefined;
  const said = parametersOf(inner);
  const action = actionOf(log, name);
  const { application } = settings;
  const unique = textAt(event, ['id', 'uniqueQualifier']);
  const appName = said('app_name') ?? said('APPLICATION_NAME');
  const affected = said('USER_EMAIL') ?? said('affected_email_address') ?? said('member_id');
  const scopes = textsAt({ scope: scopeOf(inner) }, ['scope']);
  const actor = partyOf(at(event, 'actor'), application);
  return {
    id:
      unique === undefined
        ? undefined
        : [textAt(event, ['id', 'time']), unique, name, toText(at(event, 'place')) ?? '0'].join('/'),
    time: at(event, 'id', 'time'),
    action,
    operation: `${log}:${name}`,
    outcome: name === 'login_failure' ? 'failure' : 'success',
    who:
      actor.clues.length === 0 && log === 'login' && affected !== undefined
        ? personCalled(affected, application)
        : actor,
    target: affected === undefined || action === 'sign-in' ? undefined : personCalled(affected, application),
    change: changeOf(name, action, said, scopes),
    application: {
      applicationId:
        appName === undefined ? application : applicationCalled(settings.applications, said('client_id'), appName),
      id: said('client_id'),
      name: appName ?? log,
    },
    network: {
      ip: at(event, 'ipAddress'),
      country: at(event, 'networkInfo', 'regionCode'),
      asn: listAt(event, ['networkInfo', 'ipAsn'], 1)[0],
    },
    method: said('login_type'),
    interactive: action === 'sign-in' ? true : undefined,
    product: { name: 'Google Workspace', vendor: 'Google' },
  };
}

function actionOf(log: string, name: string): ActivityAction {
  if (!Object.hasOwn(ACTIONS, name)) return 'other';
  const only = ONLY_IN[name];
  return only === undefined || only === log ? (ACTIONS[name] ?? 'other') : 'other';
}

/** Parameters are a list of named values as Google answers them, or one object as collectors flatten them. */
function parametersOf(event: unknown): (name: string) => string | undefined {
  const list = listAt(event, ['parameters'], 100);
  if (list.length === 0) return (name) => textAt(event, ['parameters', name]);
  return (name) => {
    const found = list.find((one) => at(one, 'name') === name);
    return textAt(found, ['value']) ?? textAt(found, ['intValue']) ?? textAt(found, ['multiValue', 0]);
  };
}

function scopeOf(event: unknown): unknown {
  const list = listAt(event, ['parameters'], 100);
  const found = list.find((one) => at(one, 'name') === 'scope');
  return at(event, 'parameters', 'scope') ?? at(found, 'multiValue') ?? at(found, 'value');
}

function partyOf(actor: unknown, application: string): SaidParty {
  const email = textAt(actor, ['email']);
  const isMachine = textAt(actor, ['callerType']) === 'KEY' || email?.endsWith('.gserviceaccount.com');
  return {
    clues: [
      clueOf('account', textAt(actor, ['profileId']), application),
      clueOf('key', textAt(actor, ['key']), application),
      clueOf('user-name', email, application),
      clueOf('email', email),
    ],
    kind: isMachine ? 'machine' : email === undefined ? 'unknown' : 'person',
  };
}

function personCalled(email: string, application: string): SaidParty {
  return { clues: [clueOf('user-name', email, application), clueOf('email', email)], kind: 'person' };
}

function changeOf(
  name: string,
  action: ActivityAction,
  said: (name: string) => string | undefined,
  scopes: readonly string[],
): SaidChange | undefined {
  // What somebody authorises is a key of theirs in the hands of an application.
  if (name === 'authorize') return { scopes, unlimited: scopes.some((scope) => BROAD_SCOPE.test(scope)) };
  if (action !== 'grant' && action !== 'revoke') return scopes.length === 0 ? undefined : { scopes };
  return {
    grants: [said('ROLE_NAME'), said('ROLE_ID'), said('GROUP_EMAIL'), said('group_id')].filter(
      (one) => one !== undefined,
    ),
    administrator: ADMINISTRATOR.has(name),
  };
}
