// Anthropic's Compliance API, Activity Feed: https://platform.claude.com/docs/en/manage-claude/compliance-activity-feed
import * as z from 'zod';
import type { ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, flagAt, textAt, textsAt } from '../core/detection/reading-records.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import type { ActivityConnection, ActivityFeed, ActivityOrigin, ActivitySource } from './activity-source.ts';
import { accountsSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';
import { recordsIn, windowedFeed } from './windowed-feed.ts';

const settingsSchema = z.strictObject({
  ...accountsSettings,
  /** Whether its feed is fetched, with a key that has `read:compliance_activities`. */
  fetched: z.boolean().default(false),
  /** @default https://api.anthropic.com */
  apiUrl: webAddressSchema.default('https://api.anthropic.com'),
});
export type AnthropicActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'anthropic';

export const anthropic: ActivitySource<AnthropicActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => splitJson(body, ['data']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ fetched }) => fetched,
};

/** "Queryable within 1 minute". */
const LAG_MS = 120_000;
/** For what took longer than is said. */
const AGAIN_AFTER_MS = 30 * 60_000;
const PAGE_SIZE = 1_000;

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<AnthropicActivitySettings>): ActivityFeed {
  const name = 'Anthropic Activity Feed';
  const headers = { 'x-api-key': secret.trim(), 'anthropic-version': '2023-06-01' };
  const http = new HttpClient({ system: 'Anthropic', baseUrl: settings.apiUrl, headers, callTimeoutMs });
  return windowedFeed({
    name,
    listings: ['activities'],
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(_listing, { fromMs, toMs }, page) {
      const query = {
        'created_at.gte': new Date(fromMs).toISOString(),
        'created_at.lt': new Date(toMs).toISOString(),
        limit: PAGE_SIZE,
      };
      const body = await http.send({
        method: 'GET',
        path: '/v1/compliance/activities',
        query: page === undefined ? query : { ...query, after_id: page },
      });
      return {
        records: recordsIn(body, 'data', name),
        next: flagAt(body, 'has_more') === true ? textAt(body, ['last_id'], 2_000) : undefined,
      };
    },
  });
}

/** In this order: the first that a type matches. Types are many, and their names regular. */
const ACTIONS: readonly (readonly [RegExp, ActivityAction])[] = [
  [/_login_(?:succeeded|failed)$/, 'sign-in'],
  [/logged_out$|^session_revoked$/, 'sign-out'],
  [/_key_created$|_token_(?:created|minted)$/, 'key-create'],
  [/_key_(?:deleted|revoked)$|_token_revoked$/, 'key-delete'],
  [
    /^org_sso_|^org_domain_|^org_magic_link_second_factor|^org_directory_sync_|^org_ip_restriction|^platform_federation_|^org_invite_link_generated/,
    'trust-change',
  ],
  [
    /^primary_owner_transferred$|role_assignment_granted$|^rbac_role_assigned$|user_role_updated$|_member_added$/,
    'grant',
  ],
  [/role_assignment_revoked$|^rbac_role_unassigned$|_member_removed$/, 'revoke'],
  [/^org_user_invite_accepted$|^scim_user_created$/, 'account-create'],
  [/^org_user_(?:deleted|left)$|^scim_user_deleted$/, 'account-delete'],
  [/tool_(?:used|called)$/, 'tool-use'],
  [/_viewed$|_downloaded$|_exported$|_export_accessed$|_export_completed$/, 'read'],
  [/_created$|_updated$|_deleted$|_uploaded$|_accessed$/, 'use'],
];
const ADMINISTRATIVE = /owner|admin/;

function read(event: object, { settings }: ActivityOrigin<AnthropicActivitySettings>): Said | undefined {
  const operation = textAt(event, ['type'], 120);
  if (operation === undefined) return undefined;
  const action = ACTIONS.find(([pattern]) => pattern.test(operation))?.[1] ?? 'other';
  const { application } = settings;
  const actor = at(event, 'actor');
  return {
    id: at(event, 'id'),
    time: at(event, 'created_at'),
    action,
    operation,
    outcome: /_failed$/.test(operation) ? 'failure' : 'success',
    who: partyOf(actor, application),
    target: targetOf(event, application),
    change: changeOf(event, operation, action),
    application: { applicationId: application, id: at(event, 'organization_id') },
    network: { ip: at(actor, 'ip_address') },
    userAgent: at(actor, 'user_agent'),
    method: /^sso_/.test(operation) ? 'sso' : undefined,
    interactive: action === 'sign-in' ? true : undefined,
    product: { name: 'Claude', vendor: 'Anthropic' },
  };
}

function partyOf(actor: unknown, application: string): SaidParty {
  const type = textAt(actor, ['type']) ?? '';
  const email = textAt(actor, ['email_address']) ?? textAt(actor, ['unauthenticated_email_address']);
  const key = textAt(actor, ['api_key_id']) ?? textAt(actor, ['admin_api_key_id']) ?? textAt(actor, ['service_key_id']);
  return {
    clues: [
      clueOf('account', textAt(actor, ['user_id']) ?? textAt(actor, ['agent_id']), application),
      clueOf('key', key, application),
      clueOf('user-name', email, application),
      clueOf('email', email),
    ],
    kind:
      type === 'user_actor'
        ? 'person'
        : /agent/.test(type)
          ? 'agent'
          : /key|api/.test(type)
            ? 'machine'
            : /^anthropic_|^scim_/.test(type)
              ? 'platform'
              : 'unknown',
  };
}

function targetOf(event: object, application: string): SaidParty | undefined {
  const id =
    textAt(event, ['deleted_user_id']) ??
    (textAt(event, ['target_type']) === 'organization_member' ? textAt(event, ['target_id']) : undefined) ??
    textAt(event, ['user_id']) ??
    textAt(event, ['new_owner_id']);
  const email =
    textAt(event, ['deleted_user_email']) ?? textAt(event, ['target_email']) ?? textAt(event, ['user_email']);
  return id === undefined && email === undefined
    ? undefined
    : {
        clues: [clueOf('account', id, application), clueOf('user-name', email, application), clueOf('email', email)],
        kind: 'person',
      };
}

function changeOf(event: object, operation: string, action: ActivityAction): SaidChange | undefined {
  const scopes = textsAt(event, ['scopes']);
  if (action === 'key-create')
    return { scopes: scopes.length === 0 ? undefined : scopes, unlimited: operation.startsWith('admin_api_key') };
  if (action === 'tool-use')
    return {
      grants: [textAt(event, ['tool_name']), textAt(event, ['mcp_server_name'])].filter((one) => one !== undefined),
    };
  if (action === 'trust-change') return { strengthens: flagAt(event, 'is_enabled') === true };
  if (action !== 'grant' && action !== 'revoke') return undefined;
  const role = textAt(event, ['role']) ?? textAt(event, ['new_role']);
  return {
    grants: [role, textAt(event, ['group_id']), textAt(event, ['resource_id'])].filter((one) => one !== undefined),
    administrator: operation === 'primary_owner_transferred' || ADMINISTRATIVE.test(role?.split(':').at(-1) ?? ''),
  };
}
