// GitHub's organisation and enterprise audit log, as its API lists it and as it is streamed to a bucket:
// https://docs.github.com/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization
import * as z from 'zod';
import type { ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, flagAt, textAt, textsAt } from '../core/detection/reading-records.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { linkTo } from '../outbound/paging.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import type { ActivityConnection, ActivityFeed, ActivityOrigin, ActivitySource } from './activity-source.ts';
import { accountsSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';
import { recordsIn, windowedFeed } from './windowed-feed.ts';

const settingsSchema = z.strictObject({
  ...accountsSettings,
  /** The organisation whose log is fetched, with a token that may read its audit log. */
  organization: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,39}$/, 'expected the name of an organisation')
    .optional(),
  /** @default https://api.github.com */
  apiUrl: webAddressSchema.default('https://api.github.com'),
});
export type GitHubActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'github';

export const github: ActivitySource<GitHubActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => splitJson(body, []),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ organization }) => organization !== undefined,
};

const LAG_MS = 120_000;
/** GitHub promises nothing. */
const AGAIN_AFTER_MS = 30 * 60_000;
const PAGE_SIZE = 100;

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<GitHubActivitySettings>): ActivityFeed {
  const name = 'GitHub audit log';
  const http = new HttpClient({
    system: 'GitHub',
    baseUrl: settings.apiUrl,
    bearerToken: secret.trim(),
    headers: { 'x-github-api-version': '2022-11-28' },
    callTimeoutMs,
  });
  return windowedFeed({
    name,
    listings: ['audit-log'],
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(_listing, { fromMs, toMs }, page) {
      // The search knows seconds and both ends: what is on an edge comes twice, under the same id.
      const phrase = `created:${new Date(fromMs).toISOString()}..${new Date(toMs).toISOString()}`;
      const query = { phrase, include: 'all', order: 'asc', per_page: PAGE_SIZE };
      const { body, headers } = await http.sendForHeaders({
        method: 'GET',
        path: '/orgs/{organization}/audit-log',
        parameters: { organization: settings.organization ?? '' },
        query: page === undefined ? query : { ...query, after: page },
      });
      const link = linkTo('next', headers);
      const next = link === undefined ? undefined : (new URL(link).searchParams.get('after') ?? undefined);
      return { records: recordsIn(body, '', name), next };
    },
  });
}

const ACTIONS: Readonly<Record<string, ActivityAction>> = {
  'user.login': 'sign-in',
  'user.failed_login': 'sign-in',
  'org.sso_response': 'sign-in',
  'business.sso_response': 'sign-in',
  'user.logout': 'sign-out',
  'org.add_member': 'grant',
  'org.update_member': 'grant',
  'org.remove_member': 'revoke',
  'org.add_outside_collaborator': 'grant',
  'org.remove_outside_collaborator': 'revoke',
  'business.add_admin': 'grant',
  'business.remove_admin': 'revoke',
  'organization_moderators.add_user': 'grant',
  'organization_moderators.remove_user': 'revoke',
  'organization_role.assign': 'grant',
  'organization_role.revoke': 'revoke',
  'team.add_member': 'grant',
  'team.remove_member': 'revoke',
  'team.promote_maintainer': 'grant',
  'repo.add_member': 'grant',
  'repo.update_member': 'grant',
  'repo.remove_member': 'revoke',
  'personal_access_token.access_granted': 'key-create',
  'personal_access_token.create': 'key-create',
  'public_key.create': 'key-create',
  'deploy_key.create': 'key-create',
  'org_credential_authorization.grant': 'key-create',
  'oauth_access.create': 'key-create',
  'oauth_authorization.create': 'key-create',
  'integration.generate_client_secret': 'key-create',
  'public_key.delete': 'key-delete',
  'personal_access_token.access_revoked': 'key-delete',
  'deploy_key.delete': 'key-delete',
  'two_factor_authentication.enabled': 'factor-add',
  'two_factor_authentication.disabled': 'factor-reset',
  'two_factor_authentication.recovery_codes_regenerated': 'factor-reset',
  'org.enable_saml': 'trust-change',
  'org.disable_saml': 'trust-change',
  'org.update_saml_provider_settings': 'trust-change',
  'org.disable_two_factor_requirement': 'trust-change',
  'business.enable_saml': 'trust-change',
  'business.disable_saml': 'trust-change',
  'business.update_saml_provider_settings': 'trust-change',
  'business.disable_two_factor_requirement': 'trust-change',
  'business.sso_configuration': 'trust-change',
  'oidc_provider.create': 'trust-change',
  'git.clone': 'read',
  'git.fetch': 'read',
  'repo.download_zip': 'read',
  'api.request': 'use',
  'git.push': 'use',
};
const NOT_A_PERSON = new Set(['oauth_access.create', 'api.request']);
const ADMINISTRATORS = new Set(['business.add_admin', 'organization_moderators.add_user', 'organization_role.assign']);
/** Scopes of a token by which all may be done that there is. */
const BROAD_SCOPES = new Set(['admin:org', 'admin:enterprise', 'site_admin', 'delete_repo']);

function read(event: object, { settings }: ActivityOrigin<GitHubActivitySettings>): Said | undefined {
  const operation = textAt(event, ['action'], 120);
  if (operation === undefined) return undefined;
  const action = actionOf(event, operation);
  const { application } = settings;
  const user = textAt(event, ['user']) ?? textAt(event, ['data', 'user']);
  const actorId = textAt(event, ['actor_id']);
  const isMachine =
    flagAt(event, 'actor_is_bot') === true ||
    NOT_A_PERSON.has(operation) ||
    /\[bot\]$/.test(textAt(event, ['actor']) ?? '');
  return {
    id: at(event, '_document_id'),
    time: at(event, '@timestamp') ?? at(event, 'created_at') ?? at(event, 'at_sign_timestamp'),
    action,
    operation,
    outcome: operation === 'user.failed_login' ? 'failure' : 'success',
    who: {
      clues: [
        clueOf('account', actorId, application),
        clueOf('key', textAt(event, ['hashed_token']), application),
        clueOf('user-name', textAt(event, ['actor']), application),
      ],
      kind: isMachine ? 'machine' : 'person',
    },
    target:
      user === undefined
        ? undefined
        : {
            clues: [clueOf('account', textAt(event, ['user_id']), application), clueOf('user-name', user, application)],
            kind: 'person',
          },
    change: changeOf(event, operation, action),
    application: { applicationId: application, id: textAt(event, ['org']) ?? textAt(event, ['business']) },
    network: { ip: at(event, 'actor_ip'), country: at(event, 'actor_location', 'country_code') },
    userAgent: at(event, 'user_agent'),
    method: at(event, 'programmatic_access_type') ?? at(event, 'transport_protocol_name'),
    interactive: action === 'sign-in' ? true : undefined,
    product: { name: 'GitHub', vendor: 'GitHub' },
  };
}

function actionOf(event: object, operation: string): ActivityAction {
  // A member whose role was changed to that of a member has lost something.
  if (operation === 'org.update_member' && textAt(event, ['permission']) === 'read') return 'revoke';
  if (Object.hasOwn(ACTIONS, operation)) return ACTIONS[operation] ?? 'other';
  return at(event, 'programmatic_access_type') === undefined ? 'other' : 'use';
}

function changeOf(event: object, operation: string, action: ActivityAction): SaidChange | undefined {
  const scopes = textsAt(event, ['token_scopes']);
  if (action === 'key-create')
    return {
      scopes: scopes.length === 0 ? undefined : scopes,
      unlimited: scopes.some((scope) => BROAD_SCOPES.has(scope)),
    };
  if (action !== 'grant' && action !== 'revoke') return undefined;
  const permission = textAt(event, ['permission']);
  const role = textAt(event, ['organization_role_name']) ?? textAt(event, ['role']);
  const team = textAt(event, ['team']) ?? textAt(event, ['data', 'team']);
  return {
    grants: [
      team,
      team?.split('/').at(-1),
      role,
      permission,
      team === undefined ? textAt(event, ['repo']) : undefined,
    ].filter((one) => one !== undefined),
    administrator: ADMINISTRATORS.has(operation) || permission === 'admin' || role === 'admin' || role === 'owner',
  };
}
