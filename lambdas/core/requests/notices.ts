// Who is to be told what of an identity's requests and of what is owed for it, and when to look again: a pure function of how
// they stand, of who can decide now, and of what was told before. Nothing in it decides about access, and access waits for none
// of it.
import type { AccessGrantedFact } from '../identity/facts.ts';
import type { TimedGrant } from '../identity/timed-grants.ts';
import { startOfDayMs } from '../start-of-day.ts';
import type { Approvers } from './approvers.ts';
import { CHATS, type NoticeSettings, type Way } from './notice-settings.ts';
import type { Owed } from './owed.ts';
import type { RequestState } from './request-state.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** While something is open, who can decide on it is found anew at least as often. */
const LOOK_AGAIN_MS = HOUR_MS;
/** The same of what is owed: it is so for months. */
const LOOK_AT_OWED_MS = DAY_MS;
/** What was decided longer ago is no news. */
export const NEWS_MS = 7 * DAY_MS;

/** A person, by the identity at which all about them counts; whoever has the role; or whoever reads the shared channel. */
export type Recipient = { readonly person: string } | { readonly role: 'security' } | { readonly channel: 'requests' };

export type NoticeKind =
  /** That it waits for them. */
  | 'asked'
  /** That it still does. */
  | 'reminder'
  /** How it ended: approved, rejected, or decided by nobody in time. */
  | 'decided'
  /** That access for a time will end. */
  | 'ending'
  /** That they owe something until a time. */
  | 'owed'
  /** That they still do. */
  | 'owed-reminder';

export interface Notice {
  /** Of one recipient each once. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly recipient: Recipient;
  /** Of all but what is owed. */
  readonly requestId?: string | undefined;
  /** Of what is owed: which (owed.ts). */
  readonly owedId?: string | undefined;
  /** Of `asked` and `reminder`: which of the approval chain. */
  readonly stage?: number | undefined;
  /** Of `ending`: the fact that gave it. */
  readonly factId?: string | undefined;
  /** It is mailed at once and by itself. */
  readonly urgent: boolean;
}

export interface WatchedRequest {
  readonly request: RequestState;
  readonly privileged: boolean;
  /** What it waits for; undefined: nobody is to decide on it, or nobody can. */
  readonly waiting?: Waiting | undefined;
  /** The people who are told how it ended. */
  readonly concerned: readonly string[];
}

export interface Waiting {
  readonly stage: number;
  /** When it came to this stage (epoch ms). */
  readonly sinceMs: number;
  /** Who can decide on it now and has not. */
  readonly approvers: Approvers;
}

export interface WatchedGrant {
  readonly grant: TimedGrant;
  readonly privileged: boolean;
  /** The people who are told that it ends. */
  readonly concerned: readonly string[];
}

export interface WatchedOwed {
  readonly owed: Owed;
  /** Who can see to it now. */
  readonly recipients: readonly Recipient[];
}

export interface Watched {
  readonly requests: readonly WatchedRequest[];
  /** What it holds now. */
  readonly grants: readonly WatchedGrant[];
  /** What is owed for it, or will be. */
  readonly owed: readonly WatchedOwed[];
  /** What it was ever given, for when to look again. */
  readonly given: readonly AccessGrantedFact[];
  /** Whether it covers for somebody now, whose right to that may end. */
  readonly isCovering: boolean;
}

export interface Findings {
  readonly notices: readonly Notice[];
  /** What was told by then, as far as it matters any more. */
  readonly told: readonly string[];
  /** When to look again (epoch ms); undefined: when something new is said. */
  readonly nextMs: number | undefined;
}

/** @param told as the last look left it */
export function findNotices(
  watched: Watched,
  told: readonly string[],
  nowMs: number,
  settings: NoticeSettings,
): Findings {
  const known = new Set(told);
  const found = [
    ...watched.requests.map((one) => ofRequest(one, known, nowMs, settings)),
    ...watched.grants.map((one) => ofGrant(one, nowMs, settings)),
    ...watched.owed.map((one) => ofOwed(one, { known, nowMs, settings })),
  ];
  const notices = found.flatMap((one) => one.notices).filter((notice) => !known.has(toldAs(notice)));
  const passed = found.flatMap((one) => one.passed);
  return {
    notices,
    told: [...new Set([...passed.filter((one) => known.has(one)), ...found.flatMap((one) => one.told)])],
    nextMs: nextLookMs(watched, nowMs, settings),
  };
}

/** As a recipient is written in keys. */
export function recipientKey(recipient: Recipient): string {
  if ('person' in recipient) return `PERSON#${recipient.person}`;
  return 'role' in recipient ? `ROLE#${recipient.role}` : `CHANNEL#${recipient.channel}`;
}

/** How a recipient may be reached by these settings. What waits for a person, or for a role, is listed by its mail. */
export function waysTo(recipient: Recipient, settings: NoticeSettings): readonly Way[] {
  const audience = 'person' in recipient ? 'direct' : 'role' in recipient ? 'security' : 'channel';
  const chats = CHATS.filter((chat) => settings[chat]?.[audience] !== undefined);
  return audience === 'channel' ? chats : ['mail', ...chats];
}

/** Whether a look has found before that a request waits for them on that stage. @param told as it left it */
export function wasAsked(told: readonly string[], requestId: string, stage: number, recipient: Recipient): boolean {
  return told.includes(toldAs({ key: `asked/${aboutStage(requestId, stage)}`, recipient }));
}

function aboutStage(requestId: string, stage: number): string {
  return `${requestId}/${stage}`;
}

function toldAs({ key, recipient }: Pick<Notice, 'key' | 'recipient'>): string {
  return `${key} ${recipientKey(recipient)}`;
}

interface Found {
  readonly notices: readonly Notice[];
  /** What is told from now on, beside the notices' own. */
  readonly told: readonly string[];
  /** Of what was told before, what still matters. */
  readonly passed: readonly string[];
}

function ofRequest(
  watched: WatchedRequest,
  known: ReadonlySet<string>,
  nowMs: number,
  settings: NoticeSettings,
): Found {
  const { request, waiting } = watched;
  if (request.status === 'open') {
    return waiting === undefined ? keeping(request, known) : ofWaiting(watched, waiting, { known, nowMs, settings });
  }
  return ofEnded(watched, nowMs);
}

/** It may wait for the same people again. */
function keeping({ asked: { requestId } }: RequestState, known: ReadonlySet<string>): Found {
  return { notices: [], told: [], passed: [...known].filter((one) => one.split('/')[1] === requestId) };
}

function ofWaiting({ request, privileged }: WatchedRequest, { stage, sinceMs, approvers }: Waiting, now: Look): Found {
  const { known, nowMs, settings } = now;
  const { requestId, expiresMs } = request.asked;
  const deciding: readonly Recipient[] = [
    ...approvers.people.map((person) => ({ person })),
    ...(approvers.security ? [{ role: 'security' } as const] : []),
  ];
  const shared: Recipient = { channel: 'requests' };
  const isShared = deciding.length > 0 && waysTo(shared, settings).length > 0;
  const recipients = isShared ? [...deciding, shared] : deciding;
  const span = { fromMs: request.asked.recordedMs, untilMs: expiresMs };
  const asked = tellAndRemind(
    { recipients, first: 'asked', again: 'reminder', about: aboutStage(requestId, stage), span, sinceMs, privileged },
    { known, nowMs, settings },
  );
  const notices = asked.notices.map((one): Notice => ({ ...one, requestId, stage }));
  return { notices, told: asked.told, passed: keeping(request, known).passed };
}

function ofOwed({ owed, recipients }: WatchedOwed, now: Look): Found {
  const { owedId, fromMs, dueMs } = owed;
  const nothing = { notices: [], told: [], passed: [] };
  if (now.nowMs < fromMs) return nothing;
  const span = { fromMs, untilMs: dueMs };
  // That something is suspended, or somebody else has not answered, is said at once, and once.
  const isNews = owed.what === 'lapsed' || owed.what === 'campaign-late';
  const look = isNews ? { ...now, settings: { ...now.settings, reminders: [] } } : now;
  const asked = tellAndRemind(
    { recipients, first: 'owed', again: 'owed-reminder', about: owedId, span, sinceMs: fromMs, privileged: isNews },
    look,
  );
  const notices = asked.notices.map((one): Notice => ({ ...one, owedId }));
  const mine = [`owed/${owedId}`, `owed-reminder/${owedId}`];
  const isAbout = (mark: string) => mine.some((one) => mark.startsWith(`${one} `) || mark.startsWith(`${one}/`));
  return { notices, told: asked.told, passed: [...now.known].filter(isAbout) };
}

interface Look {
  readonly known: ReadonlySet<string>;
  readonly nowMs: number;
  readonly settings: NoticeSettings;
}

interface Telling {
  readonly recipients: readonly Recipient[];
  readonly first: NoticeKind;
  readonly again: NoticeKind;
  /** What stands for it in keys. */
  readonly about: string;
  /** In which it can be seen to (epoch ms). */
  readonly span: Span;
  /** Before this it was nobody's whom it waits for now (epoch ms). */
  readonly sinceMs: number;
  readonly privileged: boolean;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Each recipient once that it waits, and once at each share of its time that it still does. */
function tellAndRemind(
  { recipients, first, again, about, span, sinceMs, privileged }: Telling,
  { known, nowMs, settings }: Look,
): Pick<Found, 'notices' | 'told'> {
  const shares = settings.reminders.toSorted((one, other) => one - other);
  const due = shares.filter((share) => {
    const atMs = reminderMs(span, share);
    return sinceMs < atMs && atMs <= nowMs;
  });
  const isNear = span.untilMs - nowMs <= settings.urgentHours * HOUR_MS;
  const asked = `${first}/${about}`;
  const reminderOf = (share: number) => `${again}/${about}/${share}`;
  const told: string[] = [];
  const notices = recipients.flatMap((recipient): Notice[] => {
    const marks = [asked, ...due.map(reminderOf)].map((key) => toldAs({ key, recipient }));
    told.push(...marks);
    // Whoever is asked only now is not reminded of it as well.
    if (!known.has(toldAs({ key: asked, recipient }))) {
      return [{ key: asked, kind: first, recipient, urgent: privileged || isNear }];
    }
    const last = due.at(-1);
    if (last === undefined) return [];
    const urgent = privileged || isNear || last === shares.at(-1);
    return [{ key: reminderOf(last), kind: again, recipient, urgent }];
  });
  return { notices, told };
}

function ofEnded({ request, privileged, concerned }: WatchedRequest, nowMs: number): Found {
  const { requestId } = request.asked;
  const atMs = endedMs(request);
  if (atMs === undefined || nowMs - atMs > NEWS_MS) return { notices: [], told: [], passed: [] };
  const key = `decided/${requestId}`;
  const notices = concerned.map((person): Notice => {
    return { key, kind: 'decided', recipient: { person }, requestId, urgent: privileged };
  });
  return { notices, told: notices.map(toldAs), passed: [] };
}

/** Undefined: nobody need be told, since who asked took it back, or took it at once in an emergency. */
function endedMs({ asked, decisions, granted, status }: RequestState): number | undefined {
  if (status === 'approved') return granted?.basis === 'break-glass' ? undefined : granted?.recordedMs;
  if (status === 'rejected') return decisions.find(({ answer }) => answer === 'reject')?.recordedMs;
  return status === 'expired' ? asked.expiresMs : undefined;
}

function ofGrant({ grant, privileged, concerned }: WatchedGrant, nowMs: number, settings: NoticeSettings): Found {
  const { factId, requestId, sinceMs, untilMs } = grant;
  const nothing = { notices: [], told: [], passed: [] };
  if (untilMs === undefined || untilMs <= nowMs || nowMs < endingMs(sinceMs, untilMs, settings)) return nothing;
  const urgent = privileged || untilMs - nowMs <= settings.urgentHours * HOUR_MS;
  const notices = concerned.map((person): Notice => {
    // An end that was brought forward is told anew.
    return { key: `ending/${factId}/${untilMs}`, kind: 'ending', recipient: { person }, requestId, factId, urgent };
  });
  return { notices, told: notices.map(toldAs), passed: [] };
}

function reminderMs({ fromMs, untilMs }: Span, share: number): number {
  return fromMs + share * (untilMs - fromMs);
}

function endingMs(sinceMs: number, untilMs: number, { endingDays }: NoticeSettings): number {
  return Math.max(untilMs - endingDays * DAY_MS, sinceMs + (untilMs - sinceMs) / 2);
}

function nextLookMs(
  { requests, owed, given, isCovering }: Watched,
  nowMs: number,
  settings: NoticeSettings,
): number | undefined {
  const open = requests.filter(({ request }) => request.status === 'open');
  const remindersOf = (span: Span) => settings.reminders.map((share) => reminderMs(span, share));
  const instants = [
    ...(isCovering ? [nowMs + LOOK_AGAIN_MS] : []),
    ...open.flatMap(({ request }) => [
      nowMs + LOOK_AGAIN_MS,
      request.asked.expiresMs,
      ...remindersOf({ fromMs: request.asked.recordedMs, untilMs: request.asked.expiresMs }),
    ]),
    ...owed.flatMap(({ owed: { fromMs, dueMs } }) =>
      nowMs < fromMs ? [fromMs] : [nowMs + LOOK_AT_OWED_MS, dueMs, ...remindersOf({ fromMs, untilMs: dueMs })],
    ),
    ...given.flatMap(({ startsMs, recordedMs, endsMs }) =>
      endsMs === undefined ? [] : [endingMs(Math.max(startsMs, recordedMs), endsMs, settings)],
    ),
  ].filter((atMs) => atMs > nowMs);
  return instants.length === 0 ? undefined : Math.ceil(Math.min(...instants));
}

/** The next instant at which somebody gets what is not urgent: once a day, where they work. @param timeZone IANA's */
export function nextDigestMs(nowMs: number, timeZone: string, { digestHour }: NoticeSettings): number {
  const today = new Date(nowMs).toISOString().slice(0, 10);
  // Where they work it may be the day before, or the day after.
  const digests = [-1, 0, 1, 2].map((days) => startOfDayMs(today, timeZone, days) + digestHour * HOUR_MS);
  return digests.find((atMs) => atMs > nowMs) ?? nowMs + DAY_MS;
}
