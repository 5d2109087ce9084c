// Okta's System Log: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/ and its catalogue
// of event types. Log streaming to EventBridge delivers the same objects as `detail`.
import * as z from 'zod';
import type { ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, flagAt, listAt, textAt } from '../core/detection/reading-records.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { linkTo } from '../outbound/paging.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import type { ActivityConnection, ActivityFeed, ActivityOrigin, ActivitySource } from './activity-source.ts';
import { applicationCalled, signOnSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';
import { recordsIn, windowedFeed } from './windowed-feed.ts';

const settingsSchema = z.strictObject({
  ...signOnSettings,
  /** The organisation's address, from which its log is fetched with an API token of a read-only administrator. */
  baseUrl: webAddressSchema.optional(),
});
export type OktaActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'okta';

export const okta: ActivitySource<OktaActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => splitJson(body, ['detail', 'events', 'data']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ baseUrl }) => baseUrl !== undefined,
};

/** What Okta writes is there within seconds; a window is asked for with its end, so that its pages end. */
const LAG_MS = 60_000;
/** Seldom later than that; none is promised. */
const AGAIN_AFTER_MS = 30 * 60_000;
const PAGE_SIZE = 500;

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<OktaActivitySettings>): ActivityFeed {
  const name = 'Okta System Log';
  const http = new HttpClient({
    system: 'Okta',
    baseUrl: settings.baseUrl ?? '',
    headers: { authorization: `SSWS ${secret.trim()}` },
    callTimeoutMs,
  });
  return windowedFeed({
    name,
    listings: ['logs'],
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(_listing, { fromMs, toMs }, page) {
      const query = {
        since: new Date(fromMs).toISOString(),
        until: new Date(toMs).toISOString(),
        sortOrder: 'ASCENDING',
        limit: PAGE_SIZE,
      };
      const { body, headers } = await http.sendForHeaders({
        method: 'GET',
        path: '/api/v1/logs',
        query: page === undefined ? query : { ...query, after: page },
      });
      // Only the position is taken from the link: the address in it might be anybody's, and would be given the token.
      const link = linkTo('next', headers);
      const next = link === undefined ? undefined : (new URL(link).searchParams.get('after') ?? undefined);
      return { records: recordsIn(body, '', name), next };
    },
  });
}

/** In this order: the first that an event type begins with. */
const ACTIONS: readonly (readonly [prefix: string, action: ActivityAction])[] = [
  ['user.session.start', 'sign-in'],
  ['user.session.end', 'sign-out'],
  ['user.session.access_admin_app', 'use'],
  ['user.authentication.slo', 'sign-out'],
  ['user.authentication.', 'sign-in'],
  ['app.oauth2.token.grant', 'use'],
  ['app.oauth2.as.token.grant', 'use'],
  ['user.lifecycle.create', 'account-create'],
  ['user.lifecycle.activate', 'account-enable'],
  ['user.lifecycle.reactivate', 'account-enable'],
  ['user.lifecycle.unsuspend', 'account-enable'],
  ['user.lifecycle.deactivate', 'account-disable'],
  ['user.lifecycle.suspend', 'account-disable'],
  ['user.lifecycle.delete', 'account-delete'],
  ['user.account.reset_password', 'account-recover'],
  ['user.account.unlock', 'account-recover'],
  ['user.account.expire_password', 'account-recover'],
  ['user.account.privilege.grant', 'grant'],
  ['user.account.privilege.revoke', 'revoke'],
  ['group.privilege.grant', 'grant'],
  ['group.privilege.revoke', 'revoke'],
  ['iam.resourceset.bindings.add', 'grant'],
  ['iam.resourceset.bindings.delete', 'revoke'],
  ['group.user_membership.add', 'grant'],
  ['group.user_membership.remove', 'revoke'],
  ['application.user_membership.add', 'grant'],
  ['application.user_membership.remove', 'revoke'],
  ['application.user_membership.show_password', 'read'],
  ['user.mfa.factor.activate', 'factor-add'],
  ['user.mfa.factor.deactivate', 'factor-reset'],
  ['user.mfa.factor.reset_all', 'factor-reset'],
  ['user.mfa.factor.suspend', 'factor-reset'],
  ['system.api_token.create', 'key-create'],
  ['system.api_token.revoke', 'key-delete'],
  ['app.oauth2.credentials.lifecycle.create', 'key-create'],
  ['system.idp.lifecycle.', 'trust-change'],
  ['system.mfa.factor.deactivate', 'trust-change'],
  ['policy.lifecycle.', 'trust-change'],
  ['policy.rule.', 'trust-change'],
  ['application.policy.sign_on.', 'trust-change'],
];
/** Applications by which one Okta organisation trusts another. */
const TRUSTING_APPLICATION = 'org2org';
const ADMINISTRATORS: ReadonlySet<string> = new Set([
  'user.account.privilege.grant',
  'group.privilege.grant',
  'iam.resourceset.bindings.add',
]);

function read(event: object, origin: ActivityOrigin<OktaActivitySettings>): Said | undefined {
  const eventType = textAt(event, ['eventType'], 200);
  if (eventType === undefined) return undefined;
  const targets = listAt(event, ['target'], 32);
  const { application, applications } = origin.settings;
  const action = actionOf(eventType, targets);
  const app = targets.find((target) => textAt(target, ['type']) === 'AppInstance');
  const [appId, appName] = [textAt(app, ['id']), textAt(app, ['displayName'])];
  const about = action === 'sign-in' || action === 'use' ? undefined : targetOf(targets, application);
  return {
    id: at(event, 'uuid'),
    time: at(event, 'published'),
    action,
    operation: eventType,
    outcome: outcomeOf(textAt(event, ['outcome', 'result'])),
    who: partyOf(at(event, 'actor'), application),
    target: about,
    change: changeOf(eventType, targets),
    application:
      app === undefined
        ? { applicationId: application }
        : { applicationId: applicationCalled(applications, appId, appName), id: appId, name: appName },
    network: {
      ip: at(event, 'client', 'ipAddress'),
      country: at(event, 'client', 'geographicalContext', 'country'),
      latitude: at(event, 'client', 'geographicalContext', 'geolocation', 'lat'),
      longitude: at(event, 'client', 'geographicalContext', 'geolocation', 'lon'),
      asn: at(event, 'securityContext', 'asNumber'),
      anonymous: flagAt(event, 'securityContext', 'isProxy'),
    },
    userAgent: at(event, 'client', 'userAgent', 'rawUserAgent'),
    method: at(event, 'authenticationContext', 'credentialType') ?? methodOf(eventType),
    interactive: eventType === 'user.session.start' ? true : undefined,
    version: at(event, 'version'),
    product: { name: 'Okta', vendor: 'Okta' },
  };
}

function actionOf(eventType: string, targets: readonly unknown[]): ActivityAction {
  if (eventType.startsWith('application.lifecycle.') && targets.some(isTrusting)) return 'trust-change';
  return ACTIONS.find(([prefix]) => eventType.startsWith(prefix))?.[1] ?? 'other';
}

function isTrusting(target: unknown): boolean {
  const names = `${textAt(target, ['displayName']) ?? ''} ${textAt(target, ['alternateId']) ?? ''}`;
  return names.toLowerCase().includes(TRUSTING_APPLICATION);
}

function methodOf(eventType: string): string | undefined {
  const named = /^user\.authentication\.(?:auth_via_)?(\w+)$/.exec(eventType)?.[1];
  return named?.toLowerCase();
}

function outcomeOf(result: string | undefined): Said['outcome'] {
  if (result === 'SUCCESS' || result === 'ALLOW') return 'success';
  // Something is still to be shown, or was left out.
  return result === 'FAILURE' || result === 'DENY' ? 'failure' : 'unknown';
}

function partyOf(actor: unknown, application: string): SaidParty {
  const type = textAt(actor, ['type']);
  const name = textAt(actor, ['alternateId']);
  const kind =
    type === 'SystemPrincipal' ? 'platform' : type === 'User' ? 'person' : type === undefined ? 'unknown' : 'machine';
  return {
    clues: [
      clueOf('account', textAt(actor, ['id']), application),
      clueOf('user-name', name, application),
      name?.includes('@') ? clueOf('email', name) : undefined,
    ],
    kind,
  };
}

function targetOf(targets: readonly unknown[], application: string): SaidParty | undefined {
  const user = targets.find((target) => ['User', 'AppUser'].includes(textAt(target, ['type']) ?? ''));
  if (user === undefined) return undefined;
  const party = partyOf(user, application);
  return textAt(user, ['type']) === 'User'
    ? { ...party, kind: 'person' }
    : // An account at an application behind Okta: its id is not Okta's.
      { clues: party.clues.filter((clue) => clue?.by !== 'account'), kind: 'person' };
}

function changeOf(eventType: string, targets: readonly unknown[]): SaidChange | undefined {
  const given = targets.filter((target) => !['User', 'AppUser'].includes(textAt(target, ['type']) ?? ''));
  const grants = given.flatMap((target) => [textAt(target, ['displayName']), textAt(target, ['id'])]);
  const administrator = ADMINISTRATORS.has(eventType);
  return grants.length === 0 && !administrator ? undefined : { grants, administrator };
}
