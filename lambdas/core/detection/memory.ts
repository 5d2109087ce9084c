// What is remembered of how an identity uses its access, so that what is new can be told from what is usual. It is bounded,
// and a record that comes late, twice or out of order leaves it as if all had come in time.
import { type ActivityRecord, USING_ACTIONS } from './activity.ts';
import { networkKey } from './network.ts';
import { shortHash } from './short-hash.ts';

/** Moments are epoch ms; each collection has a bound, beyond which what was used longest ago is forgotten. */
export interface ActivityMemory {
  readonly version: 1;
  /** The earliest and the latest record that was remembered. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many records, about: one that comes twice long after may be counted twice. */
  readonly records: number;
  /** Application of the access model → last used. */
  readonly applications: Readonly<Record<string, number>>;
  /** `application:entitlement` → last used. */
  readonly entitlements: Readonly<Record<string, number>>;
  /** networkKey → last seen. */
  readonly networks: Readonly<Record<string, number>>;
  readonly clients: Readonly<Record<string, number>>;
  readonly methods: Readonly<Record<string, number>>;
  /** The newest sign-in from each network, newest last. */
  readonly places: readonly RememberedPlace[];
  /** Of its own factors: resets by somebody, newest last. */
  readonly resets: readonly number[];
  /** What it was given or added to itself, newest last. */
  readonly gains: readonly RememberedGain[];
  /** Start of an hour → things read in it. */
  readonly readHours: Readonly<Record<string, number>>;
  /** Start of a day → the most that was read in an hour of it. */
  readonly readPeaks: Readonly<Record<string, number>>;
  /** The ends of the newest counted records' ids, each with its time. */
  readonly counted: readonly (readonly [id: string, atMs: number])[];
  /** Whatever is no later than this may have been counted already, and is not counted again. */
  readonly countedFloorMs: number;
  /** Application → last used, of what was told to be dormant (dormancy.ts). */
  readonly dormant?: Readonly<Record<string, number>> | undefined;
}

export interface RememberedPlace {
  readonly atMs: number;
  readonly network: string;
  readonly country?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
}

export interface RememberedGain {
  readonly atMs: number;
  readonly what: 'grant' | 'factor' | 'key';
}

/** The same of all who do the same work (peerGroupOf): who is unlike the rest can be told by it. */
export interface PeerMemory {
  readonly version: 1;
  readonly firstMs: number;
  /** Short hashes of members, at most MAXIMUM_PEERS. */
  readonly members: readonly string[];
  /** Application → short hashes of who used it, at most 8 each. */
  readonly applications: Readonly<Record<string, readonly string[]>>;
  readonly methods: Readonly<Record<string, readonly string[]>>;
}

const MAXIMUM_APPLICATIONS = 64;
const MAXIMUM_ENTITLEMENTS = 128;
const MAXIMUM_NETWORKS = 48;
const MAXIMUM_CLIENTS = 24;
const MAXIMUM_METHODS = 16;
const MAXIMUM_PLACES = 8;
const MAXIMUM_RESETS = 4;
const MAXIMUM_GAINS = 8;
const MAXIMUM_HOURS = 48;
const MAXIMUM_DAYS = 30;
const MAXIMUM_COUNTED = 128;
const COUNTED_ID = 16;
const MAXIMUM_PEERS = 64;
const MAXIMUM_USERS = 8;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function nothing(atMs: number): ActivityMemory {
  return {
    version: 1,
    firstMs: atMs,
    lastMs: atMs,
    records: 0,
    applications: {},
    entitlements: {},
    networks: {},
    clients: {},
    methods: {},
    places: [],
    resets: [],
    gains: [],
    readHours: {},
    readPeaks: {},
    counted: [],
    countedFloorMs: 0,
  };
}

/** What else is known of a record by whoever judged it. */
export interface RememberedUse {
  /** Entitlements that it used, where the source tells: `application:entitlement`. */
  readonly entitlements?: readonly string[] | undefined;
  /** It was done to oneself. @default false */
  readonly toOneself?: boolean | undefined;
}

/** @param as whether it acted, or was acted on */
export function remember(
  memory: ActivityMemory | undefined,
  record: ActivityRecord,
  as: 'actor' | 'target',
  use: RememberedUse = {},
): ActivityMemory {
  const { timeMs, outcome, clockDoubted } = record;
  // Of when it happened nothing is known, and of what failed nobody had anything.
  if (clockDoubted === true || outcome === 'failure') return memory ?? nothing(timeMs);
  const before = memory ?? nothing(timeMs);
  const seen = {
    ...before,
    firstMs: Math.min(before.firstMs, timeMs),
    lastMs: Math.max(before.lastMs, timeMs),
    records: before.records + 1,
  };
  const acted = as === 'actor' ? withUse(seen, record, use) : seen;
  const isAbout = as === 'target' || use.toOneself === true || record.target === undefined;
  return isAbout ? withChange(acted, record, use.toOneself === true) : acted;
}

function withUse(memory: ActivityMemory, record: ActivityRecord, { entitlements = [] }: RememberedUse): ActivityMemory {
  if (!USING_ACTIONS.includes(record.action)) return memory;
  const { timeMs, network = {}, client, method, action } = record;
  const key = networkKey(network);
  const used = applicationsUsed(record);
  const next = {
    ...memory,
    applications: used.reduce((known, id) => withLatest(known, id, timeMs, MAXIMUM_APPLICATIONS), memory.applications),
    entitlements: entitlements.reduce(
      (known, id) => withLatest(known, id, timeMs, MAXIMUM_ENTITLEMENTS),
      memory.entitlements,
    ),
    networks: withLatest(memory.networks, key, timeMs, MAXIMUM_NETWORKS),
    clients: withLatest(memory.clients, client?.family, timeMs, MAXIMUM_CLIENTS),
    methods: withLatest(memory.methods, action === 'sign-in' ? method : undefined, timeMs, MAXIMUM_METHODS),
  };
  return withReads(action === 'sign-in' ? withPlace(next, record, key) : next, record);
}

/** Those it was signed in to or called, and that whose account was used for it. */
export function applicationsUsed({ application, who }: ActivityRecord): readonly string[] {
  const own = who.clues.find(({ applicationId }) => applicationId !== undefined)?.applicationId;
  return [...new Set([application?.applicationId, own])].filter((id) => id !== undefined);
}

function withPlace(
  memory: ActivityMemory,
  { timeMs, network }: ActivityRecord,
  key: string | undefined,
): ActivityMemory {
  if (key === undefined || network === undefined || (network.country === undefined && network.latitude === undefined)) {
    return memory;
  }
  const { country, latitude, longitude } = network;
  const known = memory.places.find((one) => one.network === key);
  if (known !== undefined && known.atMs >= timeMs) return memory;
  // The newest of each network: many sign-ins at work leave where somebody was at home.
  const others = memory.places.filter((one) => one.network !== key);
  return {
    ...memory,
    places: newest([...others, { atMs: timeMs, network: key, country, latitude, longitude }], MAXIMUM_PLACES),
  };
}

/** Counted once: what may have been counted already is not. */
function withReads(memory: ActivityMemory, record: ActivityRecord): ActivityMemory {
  const { action, reads = 1, timeMs } = record;
  if (action !== 'read' || timeMs <= memory.countedFloorMs) return memory;
  // Of one moment, the end of an id tells records apart.
  const id = record.recordId.slice(-COUNTED_ID);
  if (memory.counted.some(([known, atMs]) => atMs === timeMs && known === id)) return memory;
  const { counted, countedFloorMs } = withCounted(memory, id, timeMs);
  const hour = String(Math.floor(timeMs / HOUR_MS) * HOUR_MS);
  const day = String(Math.floor(timeMs / DAY_MS) * DAY_MS);
  const inHour = (memory.readHours[hour] ?? 0) + Math.max(0, Math.min(reads, 100_000));
  return {
    ...memory,
    counted,
    countedFloorMs,
    readHours: withMoment(memory.readHours, hour, inHour, MAXIMUM_HOURS),
    readPeaks: withMoment(memory.readPeaks, day, Math.max(memory.readPeaks[day] ?? 0, inHour), MAXIMUM_DAYS),
  };
}

/** Where there are too many, the older half of them goes at once: it is sorted once in so many records. */
function withCounted(
  memory: ActivityMemory,
  id: string,
  atMs: number,
): Pick<ActivityMemory, 'counted' | 'countedFloorMs'> {
  const counted = [...memory.counted, [id, atMs] as const];
  if (counted.length <= MAXIMUM_COUNTED) return { counted, countedFloorMs: memory.countedFloorMs };
  const sorted = counted.sort(([, one], [, other]) => one - other);
  const gone = sorted.length - MAXIMUM_COUNTED / 2;
  const countedFloorMs = Math.max(memory.countedFloorMs, sorted[gone - 1]?.[1] ?? 0);
  return { counted: sorted.slice(gone).filter(([, when]) => when > countedFloorMs), countedFloorMs };
}

const GAINS: Partial<Record<ActivityRecord['action'], RememberedGain['what']>> = {
  grant: 'grant',
  'factor-add': 'factor',
  'key-create': 'key',
};

function withChange(memory: ActivityMemory, { action, timeMs }: ActivityRecord, toOneself: boolean): ActivityMemory {
  if (action === 'factor-reset' && !toOneself) {
    return { ...memory, resets: [...new Set([...memory.resets, timeMs])].sort((a, b) => a - b).slice(-MAXIMUM_RESETS) };
  }
  const what = GAINS[action];
  if (what === undefined || memory.gains.some((one) => one.atMs === timeMs && one.what === what)) return memory;
  return { ...memory, gains: newest([...memory.gains, { atMs: timeMs, what }], MAXIMUM_GAINS) };
}

function newest<Item extends { readonly atMs: number }>(items: readonly Item[], most: number): readonly Item[] {
  return items.toSorted((one, other) => one.atMs - other.atMs).slice(-most);
}

type Latest = Readonly<Record<string, number>>;

/** What was used longest ago is forgotten where there are more than may be. */
function withLatest(known: Latest, name: string | undefined, atMs: number, most: number): Latest {
  if (name === undefined) return known;
  const last = Object.hasOwn(known, name) ? known[name] : undefined;
  if (last !== undefined) return last >= atMs ? known : { ...known, [name]: atMs };
  const next: Record<string, number> = { ...known, [name]: atMs };
  if (Object.keys(next).length <= most) return next;
  const [oldest] = Object.entries(next).reduce((one, other) => (other[1] < one[1] ? other : one));
  delete next[oldest];
  return next;
}

/** By the moments that name them, the newest are kept. */
function withMoment(known: Latest, moment: string, count: number, most: number): Latest {
  if (known[moment] === count) return known;
  const next: Record<string, number> = { ...known, [moment]: count };
  const moments = Object.keys(next);
  if (moments.length <= most) return next;
  const oldest = moments.reduce((one, other) => (Number(other) < Number(one) ? other : one));
  delete next[oldest];
  return next;
}

/** Things read in the hour that ends with a moment, about: of the hour before, as much as is left of it. */
export function readsUntil(memory: ActivityMemory | undefined, atMs: number): number {
  const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
  const now = memory?.readHours[String(hourMs)] ?? 0;
  const before = memory?.readHours[String(hourMs - HOUR_MS)] ?? 0;
  return now + Math.round(before * (1 - (atMs - hourMs) / HOUR_MS));
}

/** The most that was read in an hour, on the middle one of the days before. Undefined: there are fewer than three. */
export function usualPeak(memory: ActivityMemory | undefined, atMs: number): number | undefined {
  const today = Math.floor(atMs / DAY_MS) * DAY_MS;
  const peaks = Object.entries(memory?.readPeaks ?? {}).filter(([day]) => Number(day) < today);
  const sorted = peaks.map(([, peak]) => peak).sort((a, b) => a - b);
  return sorted.length < 3 ? undefined : sorted[Math.floor(sorted.length / 2)];
}

/** Of the people (or machines) that do the same work; the record is one of this identity. */
export function rememberPeer(peers: PeerMemory | undefined, identityId: string, record: ActivityRecord): PeerMemory {
  const { timeMs, outcome, clockDoubted, action, method } = record;
  const before = peers ?? { version: 1, firstMs: timeMs, members: [], applications: {}, methods: {} };
  if (clockDoubted === true || outcome === 'failure' || !USING_ACTIONS.includes(action)) return before;
  const member = memberOf(identityId);
  const users = applicationsUsed(record).reduce(
    (known, id) => withUser(known, id, member, MAXIMUM_APPLICATIONS),
    before.applications,
  );
  const methods = withUser(before.methods, action === 'sign-in' ? method : undefined, member, MAXIMUM_METHODS);
  const isKnown = before.members.includes(member) || before.members.length >= MAXIMUM_PEERS;
  const firstMs = Math.min(before.firstMs, timeMs);
  if (isKnown && users === before.applications && methods === before.methods && firstMs === before.firstMs)
    return before;
  return {
    version: 1,
    firstMs,
    members: isKnown ? before.members : [...before.members, member],
    applications: users,
    methods,
  };
}

export function memberOf(identityId: string): string {
  return shortHash(identityId, 10);
}

type Users = PeerMemory['applications'];

function withUser(known: Users, name: string | undefined, member: string, most: number): Users {
  if (name === undefined) return known;
  const users = Object.hasOwn(known, name) ? (known[name] ?? []) : undefined;
  if (users === undefined) return Object.keys(known).length >= most ? known : { ...known, [name]: [member] };
  return users.includes(member) || users.length >= MAXIMUM_USERS ? known : { ...known, [name]: [...users, member] };
}
