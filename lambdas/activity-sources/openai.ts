// OpenAI's audit logs of an organisation: https://platform.openai.com/docs/api-reference/audit-logs
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
  /** Whether its log is fetched, with an admin key of the organisation. */
  fetched: z.boolean().default(false),
  /** @default https://api.openai.com */
  apiUrl: webAddressSchema.default('https://api.openai.com'),
});
export type OpenAiActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'openai';

export const openAi: ActivitySource<OpenAiActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => splitJson(body, ['data']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ fetched }) => fetched,
};

const LAG_MS = 120_000;
/** OpenAI promises nothing. */
const AGAIN_AFTER_MS = 30 * 60_000;
const PAGE_SIZE = 100;

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<OpenAiActivitySettings>): ActivityFeed {
  const name = 'OpenAI audit logs';
  const http = new HttpClient({
    system: 'OpenAI',
    baseUrl: settings.apiUrl,
    bearerToken: secret.trim(),
    callTimeoutMs,
  });
  return windowedFeed({
    name,
    listings: ['audit_logs'],
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(_listing, { fromMs, toMs }, page) {
      // In seconds: what is on an edge comes twice, under the same id.
      const query = {
        'effective_at[gte]': Math.floor(fromMs / 1_000),
        'effective_at[lt]': Math.ceil(toMs / 1_000),
        limit: PAGE_SIZE,
      };
      const body = await http.send({
        method: 'GET',
        path: '/v1/organization/audit_logs',
        query: page === undefined ? query : { ...query, after: page },
      });
      return {
        records: recordsIn(body, 'data', name),
        next: flagAt(body, 'has_more') === true ? textAt(body, ['last_id'], 2_000) : undefined,
      };
    },
  });
}

const ACTIONS: Readonly<Record<string, ActivityAction>> = {
  'login.succeeded': 'sign-in',
  'login.failed': 'sign-in',
  'logout.succeeded': 'sign-out',
  'api_key.created': 'key-create',
  'api_key.updated': 'key-create',
  'api_key.deleted': 'key-delete',
  'service_account.created': 'account-create',
  'service_account.updated': 'grant',
  'service_account.deleted': 'account-delete',
  'user.added': 'account-create',
  'user.updated': 'grant',
  'user.deleted': 'account-delete',
  'role.assignment.created': 'grant',
  'role.assignment.deleted': 'revoke',
  'scim.enabled': 'trust-change',
  'scim.disabled': 'trust-change',
  'certificates.activated': 'trust-change',
  'certificates.deactivated': 'trust-change',
  'ip_allowlist.config.deactivated': 'trust-change',
};
const BROAD_SCOPE = /^(?:all|\*)$|^organization[:.](?:write|all)|api\.management\.write/;

function read(event: object, { settings }: ActivityOrigin<OpenAiActivitySettings>): Said | undefined {
  const operation = textAt(event, ['type'], 120);
  if (operation === undefined) return undefined;
  const { application } = settings;
  // The details stand under the type, with a dot as OpenAI writes it or with underlines as collectors do.
  const detail = at(event, operation) ?? at(event, operation.replaceAll('.', '_'));
  const change = changeOf(operation, detail);
  const action = actionOf(operation, change);
  const session = at(event, 'actor', 'session');
  return {
    id: at(event, 'id'),
    time: at(event, 'effective_at'),
    action,
    operation,
    outcome: operation.endsWith('.failed') ? 'failure' : 'success',
    who: partyOf(at(event, 'actor'), application),
    target: targetOf(operation, detail, application),
    change,
    application: { applicationId: application, id: at(event, 'project', 'id'), name: at(event, 'project', 'name') },
    network: {
      ip: at(session, 'ip_address'),
      country: at(session, 'ip_address_details', 'country'),
      asn: at(session, 'ip_address_details', 'asn'),
      latitude: at(session, 'ip_address_details', 'latitude'),
      longitude: at(session, 'ip_address_details', 'longitude'),
    },
    userAgent: at(session, 'user_agent'),
    interactive: action === 'sign-in' ? true : undefined,
    product: { name: 'OpenAI API', vendor: 'OpenAI' },
  };
}

function actionOf(operation: string, change: SaidChange | undefined): ActivityAction {
  const action = Object.hasOwn(ACTIONS, operation) ? (ACTIONS[operation] ?? 'other') : 'other';
  // Somebody renamed, and nothing given.
  return operation.endsWith('.updated') && change?.grants?.length === 0 && change.scopes === undefined
    ? 'other'
    : action;
}

function partyOf(actor: unknown, application: string): SaidParty {
  const user = at(actor, 'session', 'user') ?? at(actor, 'api_key', 'user');
  const account = at(actor, 'api_key', 'service_account');
  const email = textAt(user, ['email']);
  return {
    clues: [
      clueOf('account', textAt(user, ['id']) ?? textAt(account, ['id']), application),
      clueOf('key', textAt(actor, ['api_key', 'id']), application),
      clueOf('user-name', email, application),
      clueOf('email', email),
    ],
    kind: account !== undefined ? 'machine' : user === undefined ? 'unknown' : 'person',
  };
}

function targetOf(operation: string, detail: unknown, application: string): SaidParty | undefined {
  const id =
    textAt(detail, ['principal_id']) ??
    (/^(?:user|service_account)\./.test(operation) ? textAt(detail, ['id']) : undefined);
  if (id === undefined) return undefined;
  const isMachine =
    operation.startsWith('service_account.') || textAt(detail, ['principal_type']) === 'service_account';
  return {
    clues: [clueOf('account', id, application), clueOf('email', textAt(detail, ['data', 'email']))],
    kind: isMachine ? 'machine' : 'person',
  };
}

function changeOf(operation: string, detail: unknown): SaidChange | undefined {
  const changed = operation.endsWith('.updated')
    ? (at(detail, 'changes_requested') ?? at(detail, 'data'))
    : at(detail, 'data');
  if (operation.startsWith('api_key.')) {
    const scopes = textsAt(changed, ['scopes']);
    return {
      grants: [],
      scopes: scopes.length === 0 ? undefined : scopes,
      unlimited: scopes.some((scope) => BROAD_SCOPE.test(scope)),
    };
  }
  if (operation.startsWith('role.assignment.')) {
    // `role_assignment_<role>__<resource type>__<resource>_<principal>`
    const id = textAt(detail, ['id']) ?? '';
    const role = textAt(detail, ['role_id']) ?? /^role_assignment_(.+?)__/.exec(id)?.[1];
    return { grants: [role].filter((one) => one !== undefined), administrator: /owner|admin/.test(role ?? '') };
  }
  const role = textAt(changed, ['role']);
  return operation.startsWith('user.') || operation.startsWith('service_account.')
    ? { grants: [role].filter((one) => one !== undefined), administrator: /owner|admin/.test(role ?? '') }
    : undefined;
}
