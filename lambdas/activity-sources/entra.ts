// Microsoft Entra: sign-ins, directory audit, and the Azure activity log, as Graph lists them
// (https://learn.microsoft.com/graph/api/resources/signin, .../directoryaudit) or as Azure Monitor exports them, where the
// same object lies in `properties`.
import * as z from 'zod';
import type { ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, flagAt, listAt, numberAt, textAt } from '../core/detection/reading-records.ts';
import { PermanentError } from '../core/errors.ts';
import { HttpClient } from '../outbound/http-client.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import type { ActivityConnection, ActivityFeed, ActivityOrigin, ActivitySource } from './activity-source.ts';
import { applicationCalled, signOnSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';
import { recordsIn, windowedFeed } from './windowed-feed.ts';

const settingsSchema = z.strictObject({
  ...signOnSettings,
  /** The tenant whose logs are fetched, and the application that may (`AuditLog.Read.All`); its client secret is the source's secret. */
  tenantId: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'expected the id of a tenant')
    .optional(),
  clientId: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'expected the id of an application')
    .optional(),
  /** @default https://graph.microsoft.com */
  graphUrl: webAddressSchema.default('https://graph.microsoft.com'),
  /** @default https://login.microsoftonline.com */
  loginUrl: webAddressSchema.default('https://login.microsoftonline.com'),
});
export type EntraActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'entra';
const PRODUCT = { name: 'Entra ID', vendor: 'Microsoft' };

export const entra: ActivitySource<EntraActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'issued',
  split: (body) => splitJson(body, ['records', 'value']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
  connect: feedOf,
  isFetched: ({ tenantId, clientId }) => tenantId !== undefined && clientId !== undefined,
};

/** Entra writes sign-ins within some minutes. */
const LAG_MS = 15 * 60_000;
/** Some take longer, in a disturbance an hour and more. */
const AGAIN_AFTER_MS = 2 * 3_600_000;
const PAGE_SIZE = 500;
/** Listing → by which member its records are asked for. */
const LISTINGS: Readonly<Record<string, string>> = { signIns: 'createdDateTime', directoryAudits: 'activityDateTime' };

function feedOf({ settings, secret, callTimeoutMs }: ActivityConnection<EntraActivitySettings>): ActivityFeed {
  const name = 'Entra audit logs';
  const { graphUrl, loginUrl, tenantId = '', clientId = '' } = settings;
  const login = new HttpClient({ system: 'Entra', baseUrl: loginUrl, bearerToken: '', callTimeoutMs });
  let token: Promise<string> | undefined;
  const fetchToken = async () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret.trim(),
      scope: `${new URL(graphUrl).origin}/.default`,
    };
    const answer = await login.send({
      method: 'POST',
      path: '/{tenant}/oauth2/v2.0/token',
      parameters: { tenant: tenantId },
      form,
      anonymous: true,
      idempotent: true,
    });
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
  const http = new HttpClient({ system: 'Graph', baseUrl: graphUrl, bearerToken, callTimeoutMs });
  return windowedFeed({
    name,
    listings: Object.keys(LISTINGS),
    lagMs: LAG_MS,
    againAfterMs: AGAIN_AFTER_MS,
    async fetchPage(listing, { fromMs, toMs }, page) {
      const member = LISTINGS[listing];
      const filter = `${member} ge ${new Date(fromMs).toISOString()} and ${member} lt ${new Date(toMs).toISOString()}`;
      const query = { $filter: filter, $top: PAGE_SIZE };
      const body = await http.send({
        method: 'GET',
        path: '/v1.0/auditLogs/{listing}',
        parameters: { listing },
        query: page === undefined ? query : { ...query, $skiptoken: page },
      });
      const link = textAt(body, ['@odata.nextLink'], 4_096);
      // Only the position is taken from the link: the address in it would be given the token.
      const next = link === undefined ? undefined : (new URL(link).searchParams.get('$skiptoken') ?? undefined);
      if (link !== undefined && next === undefined)
        throw new PermanentError(`${name}: the next page has no $skiptoken`);
      return { records: recordsIn(body, 'value', name), next };
    },
  });
}

function read(event: object, origin: ActivityOrigin<EntraActivitySettings>): Said | undefined {
  const inner = at(event, 'properties') ?? event;
  if (textAt(inner, ['activityDisplayName']) !== undefined) return readAudit(event, inner, origin);
  const operation = textAt(event, ['operationName', 'value']) ?? textAt(event, ['operationName']);
  if (operation?.includes('/')) return readAzure(event, operation, origin);
  const isSignIn = at(inner, 'status', 'errorCode') !== undefined || at(inner, 'createdDateTime') !== undefined;
  if (isSignIn || textAt(event, ['category'])?.endsWith('SignInLogs')) return readSignIn(event, inner, origin);
  return operation === undefined ? undefined : readAudit(event, inner, origin);
}

function readSignIn(event: object, inner: unknown, { settings }: ActivityOrigin<EntraActivitySettings>): Said {
  const category = textAt(event, ['category']) ?? '';
  const servicePrincipal = textAt(inner, ['servicePrincipalId']);
  const isMachine =
    /ServicePrincipal|ManagedIdentity/.test(category) ||
    (servicePrincipal !== undefined && textAt(inner, ['userId']) === undefined);
  const code = numberAt(inner, 'status', 'errorCode') ?? numberAt(event, 'resultType');
  const name = textAt(inner, ['userPrincipalName']);
  const [appId, appName] = [textAt(inner, ['appId']), textAt(inner, ['appDisplayName'])];
  const [resourceId, resourceName] = [textAt(inner, ['resourceId']), textAt(inner, ['resourceDisplayName'])];
  const known = applicationCalled(settings.applications, appId, appName, resourceId, resourceName);
  return {
    id: at(inner, 'id'),
    time: at(inner, 'createdDateTime') ?? at(event, 'time'),
    action: 'sign-in',
    operation: 'Sign-in activity',
    outcome: code === 0 ? 'success' : code === undefined ? 'unknown' : 'failure',
    who: {
      clues: [
        clueOf('account', isMachine ? (servicePrincipal ?? appId) : textAt(inner, ['userId']), settings.application),
        clueOf('key', textAt(inner, ['servicePrincipalCredentialKeyId']), settings.application),
        ...namesOf(name, settings.application),
      ],
      kind: isMachine ? 'machine' : 'person',
    },
    application: { applicationId: known, id: appId ?? resourceId, name: appName ?? resourceName },
    network: {
      ip: at(inner, 'ipAddress') ?? at(event, 'callerIpAddress'),
      country: at(inner, 'location', 'countryOrRegion') ?? at(event, 'location'),
      latitude: at(inner, 'location', 'geoCoordinates', 'latitude'),
      longitude: at(inner, 'location', 'geoCoordinates', 'longitude'),
      asn: at(inner, 'autonomousSystemNumber'),
      anonymous: listAt(inner, ['riskEventTypes_v2']).includes('anonymizedIPAddress'),
    },
    userAgent: at(inner, 'userAgent'),
    method: methodOf(inner, isMachine),
    interactive: flagAt(inner, 'isInteractive') ?? (category === 'SignInLogs' ? true : undefined),
    version: at(event, 'operationVersion'),
    product: PRODUCT,
  };
}

/** What signs in without a second factor is told from what does with one. */
function methodOf(inner: unknown, isMachine: boolean): string | undefined {
  if (isMachine) return textAt(inner, ['clientCredentialType']);
  const protocol = textAt(inner, ['authenticationProtocol']);
  if (protocol === 'ropc' || protocol === 'deviceCode') return protocol;
  const requirement = textAt(inner, ['authenticationRequirement']);
  return requirement === 'multiFactorAuthentication'
    ? 'mfa'
    : requirement === 'singleFactorAuthentication'
      ? 'single-factor'
      : undefined;
}

function namesOf(name: string | undefined, application: string) {
  return [clueOf('user-name', name, application), name?.includes('@') ? clueOf('email', name) : undefined];
}

/** In this order: the first that the activity's name matches. https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities */
const AUDITED: readonly (readonly [RegExp, ActivityAction])[] = [
  [
    /^add (?:eligible )?member to role|^add app role assignment|^add delegated permission grant|^consent to application|^add member to group|^add owner to|elevated their access|^create role assignment/i,
    'grant',
  ],
  [
    /^remove (?:eligible )?member from (?:role|group)|^remove app role assignment|^remove role assignment|^delete role assignment/i,
    'revoke',
  ],
  [/^add user$|^invite external user$/i, 'account-create'],
  [/^enable account|^restore user/i, 'account-enable'],
  [/^disable account/i, 'account-disable'],
  [/^delete user|^hard delete user/i, 'account-delete'],
  [/^reset (?:user )?password|^unlock user/i, 'account-recover'],
  [/registered (?:all )?(?:required )?security info|^admin registered security info/i, 'factor-add'],
  [/deleted security info|^disable strong authentication|^admin updated security info/i, 'factor-reset'],
  [/^add service principal credentials|certificates and secrets management/i, 'key-create'],
  [/^remove service principal credentials/i, 'key-delete'],
  [
    /federation settings|^set domain authentication|^add (?:un)?verified domain|^verify domain|conditional access policy|^(?:create|update|delete) (?:named location|identity provider)|authentication methods? policy|^set company information|^update policy/i,
    'trust-change',
  ],
];
const ADMINISTRATIVE = /admin|owner|privileged|user access|directory writers|application developer|security operator/i;

function readAudit(
  event: object,
  inner: unknown,
  { settings }: ActivityOrigin<EntraActivitySettings>,
): Said | undefined {
  const operation = textAt(inner, ['activityDisplayName'], 200) ?? textAt(event, ['operationName'], 200);
  if (operation === undefined) return undefined;
  const action = AUDITED.find(([pattern]) => pattern.test(operation))?.[1] ?? 'other';
  const targets = listAt(inner, ['targetResources'], 16);
  const user = at(inner, 'initiatedBy', 'user');
  const app = at(inner, 'initiatedBy', 'app');
  const result = textAt(inner, ['result']) ?? textAt(event, ['result']) ?? textAt(event, ['resultType']);
  return {
    id: at(inner, 'id'),
    time: at(inner, 'activityDateTime') ?? at(event, 'time'),
    action,
    operation,
    outcome: result === undefined ? 'unknown' : /^success$/i.test(result) ? 'success' : 'failure',
    who: {
      clues: [
        clueOf(
          'account',
          textAt(user, ['id']) ?? textAt(app, ['servicePrincipalId']) ?? textAt(app, ['appId']),
          settings.application,
        ),
        ...namesOf(textAt(user, ['userPrincipalName']), settings.application),
      ],
      kind: user !== undefined ? 'person' : app !== undefined ? 'machine' : 'unknown',
    },
    target: targetOf(targets, settings.application),
    change: changeOf(operation, action, targets),
    application: { applicationId: settings.application },
    network: { ip: at(user, 'ipAddress') ?? at(event, 'callerIpAddress') },
    userAgent: at(inner, 'userAgent'),
    version: at(event, 'operationVersion'),
    product: PRODUCT,
  };
}

function targetOf(targets: readonly unknown[], application: string): SaidParty | undefined {
  const user = targets.find(
    (target) =>
      ['User', 'ServicePrincipal'].includes(textAt(target, ['type']) ?? '') ||
      textAt(target, ['userPrincipalName']) !== undefined,
  );
  if (user === undefined) return undefined;
  const name = textAt(user, ['userPrincipalName']);
  const isMachine = textAt(user, ['type']) === 'ServicePrincipal';
  return {
    clues: [clueOf('account', textAt(user, ['id']), application), ...namesOf(name, application)],
    kind: isMachine ? 'machine' : 'person',
  };
}

/** Of roles and groups Entra writes the name among what was changed, each value as JSON of its own: `"\"Global Administrator\""`. */
function changeOf(operation: string, action: ActivityAction, targets: readonly unknown[]): SaidChange | undefined {
  if (action !== 'grant' && action !== 'revoke' && action !== 'key-create') return undefined;
  const changed = targets.flatMap((target) => listAt(target, ['modifiedProperties'], 32));
  const named = changed
    .filter((one) =>
      /^(?:Role|Group|AppRole)\.|^DelegatedPermissionGrant\.Scope/.test(textAt(one, ['displayName']) ?? ''),
    )
    .flatMap((one) => textAt(one, [action === 'revoke' ? 'oldValue' : 'newValue'])?.replaceAll(/^"|"$/g, '') ?? []);
  const others = targets.filter((target) => ['Role', 'Group', 'Other'].includes(textAt(target, ['type']) ?? ''));
  const grants = [...named, ...others.flatMap((target) => [textAt(target, ['displayName']), textAt(target, ['id'])])];
  const isRole = /to role|elevated their access|role assignment/i.test(operation);
  const administrator =
    isRole && (grants.some((grant) => ADMINISTRATIVE.test(grant ?? '')) || /elevated their access/i.test(operation));
  return { grants, administrator };
}

/** The activity log of Azure's resources: `Microsoft.KeyVault/vaults/secrets/read`. */
function readAzure(event: object, operation: string, { settings }: ActivityOrigin<EntraActivitySettings>): Said {
  const lower = operation.toLowerCase();
  const claims = at(event, 'identity', 'claims');
  const result = textAt(event, ['resultType']) ?? textAt(event, ['status', 'value']) ?? '';
  const person =
    textAt(claims, ['http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn']) ?? textAt(event, ['caller']);
  const objectId = textAt(claims, ['http://schemas.microsoft.com/identity/claims/objectidentifier']);
  return {
    id: at(event, 'eventDataId') ?? at(event, 'properties', 'eventDataId'),
    time: at(event, 'time') ?? at(event, 'eventTimestamp'),
    action: azureAction(lower),
    operation,
    outcome: /^(?:success|succeeded|accept|accepted|start|started)$/i.test(result)
      ? 'success'
      : result === ''
        ? 'unknown'
        : 'failure',
    who: {
      clues: [
        clueOf('account', objectId ?? textAt(claims, ['appid']), settings.application),
        ...(person?.includes('@') ? namesOf(person, settings.application) : []),
      ],
      kind: person?.includes('@') ? 'person' : claims === undefined ? 'unknown' : 'machine',
    },
    target: azureTarget(lower, event, settings.application),
    change: azureChange(lower, event),
    application: {
      applicationId: applicationCalled(settings.applications, textAt(event, ['resourceId']), lower.split('/')[0]),
      id: textAt(event, ['resourceId']),
      name: lower.split('/')[0],
    },
    network: { ip: at(event, 'callerIpAddress') ?? at(event, 'properties', 'callerIpAddress') },
    userAgent: at(event, 'properties', 'userAgentHeader') ?? at(event, 'properties', 'userAgent'),
    version: at(event, 'operationVersion'),
    product: { name: 'Azure', vendor: 'Microsoft' },
  };
}

function azureAction(operation: string): ActivityAction {
  if (/roleassignments\/write$|elevateaccess\/action$|rolebindings\/write$/.test(operation)) return 'grant';
  if (/roleassignments\/delete$/.test(operation)) return 'revoke';
  if (/regeneratekey\/action$|listkeys\/action$|listaccountsas|listservicesas/.test(operation)) return 'key-create';
  return /\/(?:secrets|certificates|keys)\/(?:read|getsecret\/action)|blobs\/read$/.test(operation) ? 'read' : 'use';
}

/**
 * Owner, Contributor, User Access Administrator, Role Based Access Control Administrator and those who may have all data of a
 * storage account, by what Azure numbers them everywhere.
 */
const PRIVILEGED_ROLES =
  /8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c|18d7d88d-d35e-4fb5-a5c3-7773c20a72d9|f58310d9-a9f6-439a-9e8d-f62e7b41a168|b7e6dc6d-f1e8-4753-8033-0f276bb0955b|ba92f5b4-2d11-453d-a403-e96b0029c9fe/i;

/** What was asked for lies in a text of JSON; `identity.authorization` says by which role of their own they could ask. */
function azureRequest(event: object): {
  readonly principal: string | undefined;
  readonly isMachine: boolean;
  readonly role: string | undefined;
} {
  const text = textAt(event, ['properties', 'requestbody'], 8_192) ?? '';
  const member = (name: string) => new RegExp(`"${name}"\\s*:\\s*"([^"]{1,300})"`, 'i').exec(text)?.[1];
  return {
    principal: member('principalId'),
    isMachine: member('principalType') === 'ServicePrincipal',
    role: member('roleDefinitionId')?.split('/').at(-1),
  };
}

function azureTarget(operation: string, event: object, application: string): SaidParty | undefined {
  if (azureAction(operation) !== 'grant') return undefined;
  const { principal, isMachine } = azureRequest(event);
  return principal === undefined
    ? undefined
    : { clues: [clueOf('account', principal, application)], kind: isMachine ? 'machine' : 'person' };
}

function azureChange(operation: string, event: object): SaidChange | undefined {
  if (azureAction(operation) !== 'grant') return undefined;
  const { role } = azureRequest(event);
  const administrator =
    operation.endsWith('elevateaccess/action') ||
    PRIVILEGED_ROLES.test(role ?? '') ||
    operation.endsWith('rolebindings/write');
  return { grants: [role].filter((one) => one !== undefined), administrator };
}
