// Slack's audit logs of an Enterprise organisation: https://docs.slack.dev/admins/audit-logs-api-call
import * as z from 'zod';
import type { ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, textAt, textsAt } from '../core/detection/reading-records.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import type { ActivityConnection, ActivityFeed, ActivityOrigin, ActivitySource } from './activity-source.ts';
import { accountsSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';
import { recordsIn, windowedFeed } from './windowed-feed.ts';

const settingsSchema = z.strictObject({
  ...accountsSettings,
  /** Whether its log is fetched, with a user token that has `auditlogs:read`. */
  fetched: z.boolean().default(false),
  /** @default https://api.slack.com */
  apiUrl: webAddressSchema.default('https://api.slack.com'),
});
export type SlackActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'slack';

export const slack: ActivitySource<SlackActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => splitJson(body, ['entries']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ fetched }) => fetched,
};

const LAG_MS = 120_000;
/** Slack promises nothing. */
const AGAIN_AFTER_MS = 30 * 60_000;
const PAGE_SIZE = 1_000;

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<SlackActivitySettings>): ActivityFeed {
  const name = 'Slack audit logs';
  const http = new HttpClient({ system: 'Slack', baseUrl: settings.apiUrl, bearerToken: secret.trim(), callTimeoutMs });
  return windowedFeed({
    name,
    listings: ['logs'],
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(_listing, { fromMs, toMs }, page) {
      // In seconds, both ends included: what is on an edge comes twice, under the same id.
      const query = { oldest: Math.floor(fromMs / 1_000), latest: Math.floor(toMs / 1_000), limit: PAGE_SIZE };
      const body = await http.send({
        method: 'GET',
        path: '/audit/v1/logs',
        query: page === undefined ? query : { ...query, cursor: page },
      });
      return {
        records: recordsIn(body, 'entries', name),
        next: textAt(body, ['response_metadata', 'next_cursor'], 2_000),
      };
    },
  });
}

const ACTIONS: Readonly<Record<string, ActivityAction>> = {
  user_login: 'sign-in',
  user_login_failed: 'sign-in',
  user_logout: 'sign-out',
  user_created: 'account-create',
  guest_created: 'account-create',
  user_reactivated: 'account-enable',
  user_deactivated: 'account-disable',
  role_change_to_admin: 'grant',
  role_change_to_owner: 'grant',
  role_change_to_guest: 'revoke',
  role_change_to_user: 'revoke',
  owner_transferred: 'grant',
  service_owner_transferred: 'grant',
  permissions_assigned: 'grant',
  permissions_removed: 'revoke',
  role_assigned: 'grant',
  role_removed: 'revoke',
  user_added_to_usergroup: 'grant',
  user_removed_from_usergroup: 'revoke',
  app_installed: 'key-create',
  app_scopes_expanded: 'key-create',
  bot_token_upgraded: 'key-create',
  app_token_preserved: 'key-create',
  'pref.sso_setting_changed': 'trust-change',
  'pref.two_factor_auth_changed': 'trust-change',
  'pref.enforce_sso': 'trust-change',
  workflow_app_token_provided: 'key-create',
  file_downloaded: 'read',
  file_downloaded_blocked: 'read',
  message_tombstoned: 'other',
};
const ADMINISTRATORS = new Set([
  'role_change_to_admin',
  'role_change_to_owner',
  'owner_transferred',
  'service_owner_transferred',
  'permissions_assigned',
  'role_assigned',
]);
/** By these an app may do whatever an administrator may. */
const BROAD_SCOPE = /^admin(?:$|[.:])/;

function read(event: object, { settings }: ActivityOrigin<SlackActivitySettings>): Said | undefined {
  const operation = textAt(event, ['action'], 120);
  if (operation === undefined) return undefined;
  const action = Object.hasOwn(ACTIONS, operation) ? (ACTIONS[operation] ?? 'other') : 'other';
  const { application } = settings;
  const entity = at(event, 'entity', 'user');
  return {
    id: at(event, 'id'),
    time: at(event, 'date_create'),
    action,
    operation,
    outcome: operation.endsWith('_failed') || operation.endsWith('_blocked') ? 'failure' : 'success',
    who: partyOf(at(event, 'actor', 'user'), application),
    target:
      entity === undefined || action === 'sign-in' || action === 'sign-out' ? undefined : partyOf(entity, application),
    change: changeOf(event, operation, action),
    application: {
      applicationId: application,
      id: at(event, 'context', 'location', 'id'),
      name: at(event, 'context', 'location', 'name'),
    },
    network: { ip: at(event, 'context', 'ip_address') },
    userAgent: at(event, 'context', 'ua'),
    interactive: action === 'sign-in' ? true : undefined,
    product: { name: 'Slack', vendor: 'Slack' },
  };
}

function partyOf(user: unknown, application: string): SaidParty {
  const email = textAt(user, ['email']);
  return {
    clues: [
      clueOf('account', textAt(user, ['id']), application),
      clueOf('user-name', email ?? textAt(user, ['name']), application),
      clueOf('email', email),
    ],
    kind: user === undefined ? 'unknown' : 'person',
  };
}

function changeOf(event: object, operation: string, action: ActivityAction): SaidChange | undefined {
  if (action === 'key-create') {
    const before = new Set(textsAt(event, ['details', 'previous_scopes'], 64));
    const scopes = [
      ...textsAt(event, ['details', 'new_scopes'], 64),
      ...textsAt(event, ['entity', 'app', 'scopes'], 64),
    ].filter((scope) => !before.has(scope));
    return { scopes, unlimited: scopes.some((scope) => BROAD_SCOPE.test(scope)) };
  }
  if (action !== 'grant' && action !== 'revoke') return undefined;
  const role = /^role_change_to_(\w+)$/.exec(operation)?.[1];
  return {
    grants: [
      role,
      textAt(event, ['entity', 'usergroup', 'name']),
      textAt(event, ['entity', 'usergroup', 'id']),
      textAt(event, ['entity', 'role', 'id']),
      textAt(event, ['details', 'role', 'name']),
    ].filter((one) => one !== undefined),
    administrator: ADMINISTRATORS.has(operation),
  };
}
