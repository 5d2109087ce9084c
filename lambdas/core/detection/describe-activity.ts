// From what a source has read out of one of its records to an activity record, with its bounds and its OCSF event. Sources
// differ in where they find things; what is made of them is the same for all.
import { sha256Hex } from '../canonical-json.ts';
import {
  type AccessedApplication,
  type ActivityAction,
  type ActivityClue,
  type ActivityNetwork,
  type ActivityRecord,
  type Change,
  CLUE_KINDS,
  MAXIMUM_CLUES,
  MAXIMUM_NAMES,
  MAXIMUM_RECORD_BYTES,
  type Party,
  type PartyKind,
  type Translation,
} from './activity.ts';
import { clientFamily } from './client-family.ts';
import { readNetwork } from './network.ts';
import { ACTIVITY_CLASSES, type ActivityClass, OCSF_VERSION, type OcsfActivity } from './ocsf-activity.ts';
import { momentOf, toText } from './reading-records.ts';

export interface Origin {
  readonly source: string;
  readonly sourceType: string;
  readonly receivedMs: number;
}

/** What a source found, as it found it: nothing here needs to be of any length, or there at all. */
export interface Said {
  /** The source's own id. */
  readonly id?: unknown;
  readonly time: unknown;
  readonly action: ActivityAction;
  readonly operation: unknown;
  readonly outcome: ActivityRecord['outcome'];
  readonly who: SaidParty;
  readonly target?: SaidParty | undefined;
  readonly change?: SaidChange | undefined;
  readonly application?: { readonly [Name in keyof AccessedApplication]: unknown } | undefined;
  readonly network?: { readonly [Name in keyof ActivityNetwork]: unknown } | undefined;
  readonly userAgent?: unknown;
  readonly method?: unknown;
  readonly interactive?: boolean | undefined;
  readonly reads?: number | undefined;
  /** As the source numbers its format. */
  readonly version?: unknown;
  readonly product: { readonly name: string; readonly vendor: string };
}

export interface SaidParty {
  readonly clues: readonly (ActivityClue | undefined)[];
  readonly kind: PartyKind;
  readonly breakGlass?: boolean | undefined;
}

export interface SaidChange {
  readonly grants?: readonly unknown[] | undefined;
  readonly administrator?: boolean | undefined;
  readonly strengthens?: boolean | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly unlimited?: boolean | undefined;
}

/** Before this there was none of these sources: a clock that says so was never set. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** A clock may run ahead by so much before nothing is made of it. */
const LATEST_AHEAD_MS = 24 * 3_600_000;
const MAXIMUM_OPERATION = 200;
const MAXIMUM_RAW = 16_384;
const MAXIMUM_USER_AGENT = 300;

/** Never throws: whatever a record does to its reader stays with the record. */
export function describeActivity(raw: unknown, origin: Origin, read: (raw: object) => Said | undefined): Translation {
  try {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse('', 'expected an object');
    const text = JSON.stringify(raw);
    const bytes = bytesOf(text);
    if (bytes > MAXIMUM_RECORD_BYTES) {
      return refuse('', `expected at most ${MAXIMUM_RECORD_BYTES} bytes, found ${bytes}`);
    }
    const said = read(raw);
    if (said === undefined) return refuse('', `expected a record of ${origin.sourceType}`);
    const operation = toWord(said.operation, MAXIMUM_OPERATION);
    if (operation === undefined) return refuse('', 'expected to be told what was done');
    return { record: toRecord(said, operation, text, origin) };
  } catch (error) {
    // By its name alone: messages quote.
    return refuse('', `cannot be read: ${error instanceof Error ? error.name : 'unknown'}`);
  }
}

/** What a source calls something that is told to people, in mails and chats as well: nothing in it may be markup to any of them. */
const NOT_OF_WORDS = /[^\p{L}\p{N} _.,:/()+=-]/gu;

function toWord(value: unknown, maximum: number): string | undefined {
  return toText(value, maximum)?.replace(NOT_OF_WORDS, '_');
}

/** In UTF-8; of a text that cannot be too long however it is encoded, its length. */
function bytesOf(text: string): number {
  return text.length * 3 <= MAXIMUM_RECORD_BYTES ? text.length : Buffer.byteLength(text);
}

function refuse(where: string, why: string): Translation {
  return { refused: { why, where } };
}

function toRecord(said: Said, operation: string, text: string, origin: Origin): ActivityRecord {
  const { source, sourceType, receivedMs } = origin;
  const saidMs = momentOf(said.time);
  const clockDoubted = saidMs === undefined || saidMs < EARLIEST_MS || saidMs > receivedMs + LATEST_AHEAD_MS;
  const userAgent = toText(said.userAgent, MAXIMUM_USER_AGENT);
  const cut = text.length > MAXIMUM_RAW;
  const record = {
    source,
    sourceType,
    recordId: toText(said.id, 200) ?? `sha256:${sha256Hex(text)}`,
    timeMs: clockDoubted ? receivedMs : saidMs,
    ...(clockDoubted && { clockDoubted: true as const }),
    action: said.action,
    operation,
    outcome: said.outcome,
    who: toParty(said.who),
    ...(said.target !== undefined && { target: toParty(said.target) }),
    ...(said.change !== undefined && { change: toChange(said.change) }),
    ...(said.application !== undefined && { application: toApplication(said.application) }),
    ...(said.network !== undefined && { network: readNetwork(said.network) }),
    ...(userAgent !== undefined && { client: { family: clientFamily(userAgent), userAgent } }),
    method: toWord(said.method, 64)?.toLowerCase(),
    interactive: said.interactive,
    reads: said.reads ?? (said.action === 'read' ? 1 : undefined),
    ...(cut && { cut: true as const }),
  };
  return { ...record, ocsf: toOcsf(record, said, cut ? undefined : text) };
}

function toParty({ clues, kind, breakGlass }: SaidParty): Party {
  const known = clues.filter((clue) => clue !== undefined);
  const sorted = CLUE_KINDS.flatMap((by) => known.filter((clue) => clue.by === by)).slice(0, MAXIMUM_CLUES);
  return breakGlass === true ? { clues: sorted, kind, breakGlass } : { clues: sorted, kind };
}

function toChange({ grants = [], administrator, strengthens, scopes, unlimited }: SaidChange): Change {
  return {
    grants: [...new Set(grants.slice(0, MAXIMUM_NAMES).flatMap((grant) => toText(grant) ?? []))],
    ...(administrator === true && { administrator }),
    ...(strengthens === true && { strengthens }),
    ...(scopes !== undefined && { scopes: scopes.slice(0, MAXIMUM_NAMES).map((scope) => scope.slice(0, 200)) }),
    ...(unlimited === true && { unlimited }),
  };
}

function toApplication({ applicationId, id, name }: NonNullable<Said['application']>): AccessedApplication {
  return { applicationId: toText(applicationId), id: toText(id), name: toText(name) };
}

type Described = Omit<ActivityRecord, 'ocsf'>;
type Members = Record<string, unknown>;

const CLASS_OF: Readonly<Partial<Record<ActivityAction, readonly [ActivityClass, number]>>> = {
  'sign-in': ['authentication', 1],
  'sign-out': ['authentication', 2],
  'account-create': ['account_change', 1],
  'account-enable': ['account_change', 2],
  'account-recover': ['account_change', 4],
  'account-disable': ['account_change', 5],
  'account-delete': ['account_change', 6],
  'factor-add': ['account_change', 10],
  'factor-reset': ['account_change', 11],
  grant: ['user_access', 1],
  revoke: ['user_access', 2],
  read: ['api_activity', 2],
  'key-create': ['api_activity', 1],
  'key-delete': ['api_activity', 4],
  'trust-change': ['api_activity', 3],
};
const SEVERITY = { severity_id: 1, severity: 'Informational' } as const;
const STATUS = {
  success: { status_id: 1, status: 'Success' },
  failure: { status_id: 2, status: 'Failure' },
  unknown: { status_id: 0, status: 'Unknown' },
} as const;

/** @param raw as JSON; undefined: it is too long to be kept whole */
function toOcsf(record: Described, { product, version }: Said, raw: string | undefined): OcsfActivity {
  const [name, activity] = CLASS_OF[record.action] ?? ['api_activity', 0];
  const { uid, caption, categoryUid, category, activities } = ACTIVITY_CLASSES[name];
  const activityName = (activities as Readonly<Record<number, string>>)[activity] ?? 'Other';
  return {
    class_uid: uid,
    class_name: caption,
    category_uid: categoryUid,
    category_name: category,
    activity_id: activity,
    activity_name: activityName,
    type_uid: uid * 100 + activity,
    type_name: `${caption}: ${activityName}`,
    time: record.timeMs,
    ...SEVERITY,
    ...STATUS[record.outcome],
    metadata: {
      version: OCSF_VERSION,
      product: { name: product.name, vendor_name: product.vendor },
      uid: record.recordId,
      event_code: record.operation,
      log_name: record.source,
      log_version: toText(version, 32),
      ...(record.cut && { is_truncated: true }),
    },
    ...membersOf(name, record),
    ...(raw !== undefined && { raw_data: raw }),
    unmapped: {
      action: record.action,
      application: record.application?.applicationId,
      method: record.method,
      client: record.client?.family,
      ...(record.clockDoubted && { clock_doubted: true }),
      grants: record.change?.grants,
      scopes: record.change?.scopes,
    },
  };
}

function membersOf(name: ActivityClass, record: Described): Members {
  const actor = { actor: { user: userOf(record.who) } };
  const http = record.client?.userAgent === undefined ? {} : { http_request: { user_agent: record.client.userAgent } };
  const about = { ...actor, ...http, ...endpointOf(record) };
  const user = userOf(record.target ?? record.who);
  switch (name) {
    case 'authentication':
      return { ...about, user: userOf(record.who), service: serviceOf(record) };
    case 'account_change':
      return { ...about, user };
    case 'user_access':
      return { ...about, user, privileges: privilegesOf(record) };
    case 'api_activity':
      return {
        src_endpoint: { name: 'undisclosed' },
        ...about,
        api: { operation: record.operation, service: serviceOf(record) },
      };
  }
}

function privilegesOf({ change, operation }: Described): readonly string[] {
  const { grants = [] } = change ?? {};
  return grants.length === 0 ? [operation] : grants;
}

function serviceOf({ application, source }: Described): Members {
  const uid = application?.applicationId ?? application?.id;
  return { name: application?.name ?? uid ?? source, ...(uid !== undefined && { uid }) };
}

/** As OCSF has it: what is no address is not called one. */
const EMAIL = /^[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/;

const USER_TYPES: Readonly<Record<PartyKind, Members>> = {
  person: { type_id: 1, type: 'User' },
  machine: { type_id: 4, type: 'Service' },
  agent: { type_id: 4, type: 'Service' },
  platform: { type_id: 3, type: 'System' },
  unknown: { type_id: 0, type: 'Unknown' },
};

function userOf({ clues, kind }: Party): Members {
  const named = (by: ActivityClue['by']) => clues.find((clue) => clue.by === by)?.value;
  const name = named('user-name') ?? named('session');
  const uid = named('account');
  return {
    ...USER_TYPES[kind],
    ...(name !== undefined && { name }),
    ...((uid !== undefined || name === undefined) && { uid: uid ?? named('email') ?? 'unknown' }),
    email_addr: EMAIL.test(named('email') ?? '') ? named('email') : undefined,
    credential_uid: named('key'),
  };
}

function endpointOf({ network }: Described): Members {
  if (network?.ip === undefined) return {};
  const { ip, country, asn, latitude, longitude } = network;
  return {
    src_endpoint: {
      ip,
      // A place without a country is none to OCSF.
      ...(country !== undefined && { location: { country, lat: latitude, long: longitude } }),
      ...(asn !== undefined && { autonomous_system: { number: asn } }),
    },
  };
}
