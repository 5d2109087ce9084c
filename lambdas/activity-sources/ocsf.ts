// Whatever else logs activity, as OCSF 1.x (https://schema.ocsf.io), posted by anybody who can sign Standard Webhooks. OCSF
// says what was done less finely than sources of their own do, so `unmapped.action` may say it in Tenure's words.
import * as z from 'zod';
import { ACTIONS, type ActivityAction } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, flagAt, listAt, numberAt, textAt, textsAt } from '../core/detection/reading-records.ts';
import { verifySignature } from '../outbound/standard-webhooks.ts';
import type { ActivityOrigin, ActivitySource } from './activity-source.ts';
import { applicationCalled, signOnSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';

const settingsSchema = z.strictObject(signOnSettings);
export type OcsfActivitySettings = z.infer<typeof settingsSchema>;

const TYPE = 'ocsf';

export const ocsf: ActivitySource<OcsfActivitySettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'generated',
  authenticate: verifySignature,
  split: (body) => splitJson(body, ['events']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
};

/** By `class.activity`. */
const BY_TYPE: Readonly<Record<string, ActivityAction>> = {
  '3002.1': 'sign-in',
  '3002.2': 'sign-out',
  '3001.1': 'account-create',
  '3001.2': 'account-enable',
  '3001.4': 'account-recover',
  '3001.5': 'account-disable',
  '3001.6': 'account-delete',
  '3001.7': 'grant',
  '3001.8': 'revoke',
  '3001.10': 'factor-add',
  '3001.11': 'factor-reset',
  '3001.12': 'account-recover',
  '3005.1': 'grant',
  '3005.2': 'revoke',
  '3006.3': 'grant',
  '3006.4': 'revoke',
  '6003.1': 'use',
  '6003.2': 'read',
  '6003.3': 'use',
  '6003.4': 'use',
};

function read(event: object, { settings }: ActivityOrigin<OcsfActivitySettings>): Said | undefined {
  const classUid = numberAt(event, 'class_uid');
  const version = textAt(event, ['metadata', 'version'], 32);
  // A second major version may mean anything by the same names.
  if (classUid === undefined || version === undefined || !/^1\.\d/.test(version)) return undefined;
  const { application, applications } = settings;
  const action = actionOf(event, classUid);
  const service = [
    textAt(event, ['service', 'uid']),
    textAt(event, ['service', 'name']),
    textAt(event, ['api', 'service', 'uid']),
    textAt(event, ['api', 'service', 'name']),
  ];
  const acting =
    action === 'sign-in' || action === 'sign-out'
      ? at(event, 'user')
      : (at(event, 'actor', 'user') ?? at(event, 'actor'));
  return {
    id: at(event, 'metadata', 'uid'),
    time: at(event, 'time'),
    action,
    operation:
      textAt(event, ['api', 'operation']) ??
      textAt(event, ['metadata', 'event_code']) ??
      textAt(event, ['type_name']) ??
      `${classUid}`,
    outcome: outcomeOf(numberAt(event, 'status_id')),
    who: partyOf(acting, application),
    target: classUid === 6003 || classUid === 3002 ? undefined : partyOf(at(event, 'user'), application),
    change: changeOf(event, action),
    application: {
      applicationId:
        applicationCalled(applications, ...service) ??
        (service.every((one) => one === undefined) ? application : undefined),
      id: service[0] ?? service[2],
      name: service[1] ?? service[3],
    },
    network: {
      ip: at(event, 'src_endpoint', 'ip'),
      country: at(event, 'src_endpoint', 'location', 'country'),
      latitude:
        at(event, 'src_endpoint', 'location', 'lat') ??
        listAt(event, ['src_endpoint', 'location', 'coordinates'], 2)[1],
      longitude:
        at(event, 'src_endpoint', 'location', 'long') ??
        listAt(event, ['src_endpoint', 'location', 'coordinates'], 2)[0],
      asn: at(event, 'src_endpoint', 'autonomous_system', 'number'),
    },
    userAgent: at(event, 'http_request', 'user_agent'),
    method: textAt(event, ['auth_protocol']) ?? (flagAt(event, 'is_mfa') === true ? 'mfa' : undefined),
    interactive: interactiveAs(numberAt(event, 'logon_type_id')),
    version,
    product: {
      name: textAt(event, ['metadata', 'product', 'name']) ?? 'unknown',
      vendor: textAt(event, ['metadata', 'product', 'vendor_name']) ?? 'unknown',
    },
  };
}

function actionOf(event: object, classUid: number): ActivityAction {
  const said = textAt(event, ['unmapped', 'action']);
  const own = ACTIONS.find((action) => action === said);
  return own ?? BY_TYPE[`${classUid}.${numberAt(event, 'activity_id') ?? 0}`] ?? 'other';
}

function outcomeOf(statusId: number | undefined): Said['outcome'] {
  return statusId === 1 ? 'success' : statusId === 2 ? 'failure' : 'unknown';
}

/** 2: interactive; 5: a service; 4: a batch; 10: remote interactive. */
function interactiveAs(logonType: number | undefined): boolean | undefined {
  if (logonType === 2 || logonType === 10) return true;
  return logonType === 4 || logonType === 5 ? false : undefined;
}

const KINDS: Readonly<Record<number, SaidParty['kind']>> = { 1: 'person', 2: 'person', 3: 'platform', 4: 'machine' };

function partyOf(user: unknown, application: string): SaidParty {
  const [name, email] = [textAt(user, ['name']), textAt(user, ['email_addr'])];
  return {
    clues: [
      clueOf('account', textAt(user, ['uid']) ?? textAt(user, ['app_uid']), application),
      clueOf('key', textAt(user, ['credential_uid']), application),
      clueOf('user-name', name, application),
      clueOf('email', email ?? (name?.includes('@') ? name : undefined)),
    ],
    kind: KINDS[numberAt(user, 'type_id') ?? 0] ?? 'unknown',
    breakGlass: name?.toLowerCase() === 'root' && numberAt(user, 'type_id') === 2,
  };
}

function changeOf(event: object, action: ActivityAction): SaidChange | undefined {
  const group = [textAt(event, ['group', 'name']), textAt(event, ['group', 'uid'])].filter((one) => one !== undefined);
  const grants = [...textsIn(event, 'privileges'), ...textsIn(at(event, 'unmapped') ?? {}, 'grants'), ...group];
  const scopes = textsAt(event, ['unmapped', 'scopes']);
  const administrator = flagAt(event, 'unmapped', 'administrator') === true;
  if (grants.length === 0 && scopes.length === 0 && !administrator && action !== 'key-create') return undefined;
  return {
    grants,
    administrator,
    scopes: scopes.length === 0 ? undefined : scopes,
    unlimited: flagAt(event, 'unmapped', 'unlimited') === true,
  };
}

/** A list of names, which may have blanks in them. */
function textsIn(event: object, member: string): readonly string[] {
  return listAt(event, [member], 32).flatMap((one) => textAt({ one }, ['one']) ?? []);
}
