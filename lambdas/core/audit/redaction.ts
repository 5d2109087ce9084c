// From an audit entry to what is sealed of it. Default closed: what event-members.ts does not say to be open is encrypted
// under the key of whom the entry is about, and of whom it is about only a pseudonym stands in the open.
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import { namedInFact } from '../identity/fact-content.ts';
import type { Fact } from '../identity/facts.ts';
import { wellFormed, withStrings } from '../well-formed.ts';
import type { Actor, AuditEntry } from './audit.ts';
import { EVENT_MEMBERS } from './event-members.ts';
import { type LogActor, type LogEntry, type LogSubject, MAXIMUM_LEAF_BYTES } from './log-entry.ts';
import { commitmentTo, openPersonalPart, sealPersonalPart } from './personal-part.ts';
import { subjectOf } from './subject.ts';

/** Who has a pseudonym and a key. An operator who is an identity as well has two of each. */
export interface SubjectName {
  readonly kind: 'identity' | 'operator';
  readonly id: string;
}

export interface Subject {
  /** 128 random bits in base64url. */
  readonly pseudonym: string;
  readonly key: Uint8Array;
  /** RFC 3339: there was another under this id before, who was forgotten then. */
  readonly forgottenAt?: string | undefined;
}

/** By `subjectKey`. */
export type Subjects = ReadonlyMap<string, Subject>;

export interface RedactedEntry {
  readonly entry: LogEntry;
  /** Where the entry would not fit into a leaf: the bytes that `entry.detail` names. */
  readonly detail?: Uint8Array | undefined;
}

type Rule =
  | 'sealed'
  | 'open'
  | 'identity'
  | 'hold'
  | { readonly each: Rule }
  | { readonly members: Readonly<Record<string, Rule>> };

interface Parts {
  readonly open?: unknown;
  readonly sealed?: unknown;
}

export function subjectKey({ kind, id }: SubjectName): string {
  return `${kind}#${id}`;
}

/** Whose pseudonyms an entry takes, sealed with the fact or without: whom it is about, whoever did it, and whom it names. */
export function subjectsIn(entry: AuditEntry, fact?: Fact): readonly SubjectName[] {
  const about = subjectOf(entry.identityId);
  const named = identitiesNamed(entry.event, { members: rulesOf(entry.event.type) });
  const names: SubjectName[] = [
    ...(about.kind === 'identity' || about.kind === 'operator' ? [{ kind: about.kind, id: about.id }] : []),
    ...(entry.actor.type === 'operator' ? [{ kind: 'operator', id: entry.actor.id } as const] : []),
    ...named.map((id) => ({ kind: 'identity', id }) as const),
    ...(fact === undefined ? [] : namesIn(fact)),
  ];
  return [...new Map(names.map((name) => [subjectKey(name), name])).values()];
}

function namesIn(fact: Fact): readonly SubjectName[] {
  const { identities, operators } = namedInFact(fact);
  return [
    ...identities.map((id) => ({ kind: 'identity', id }) as const),
    ...operators.map((id) => ({ kind: 'operator', id }) as const),
  ];
}

/**
 * Whether it was sealed before its subject was forgotten, and is only told once more: under the new key it would be
 * another entry, and would tell of a person again what was destroyed.
 */
export function isForgotten(entry: AuditEntry, subjects: Subjects): boolean {
  const forgottenAt = sealerOf(entry, subjects)?.forgottenAt;
  return forgottenAt !== undefined && entry.at <= forgottenAt;
}

/**
 * The same audit entry always gives the same bytes.
 *
 * @param subjects at least those of `subjectsIn`
 * @param sequence the how-manieth entry about its subject, from 0
 * @param fact the one whose recording this tells of, whole, so that the log alone can say it again
 * @throws Error when one of the subjects is missing
 */
export function toLogEntry(entry: AuditEntry, subjects: Subjects, sequence: number, fact?: Fact): RedactedEntry {
  const key = sealerOf(entry, subjects)?.key;
  const id = logIdOf(entry, key);
  const { type } = entry.event;
  const parts = split(withStrings(entry.event, wellFormed), { members: { ...rulesOf(type), type: 'open' } }, subjects);
  const trigger = entry.trigger === undefined || isOwnTrigger(entry.trigger) ? entry.trigger : undefined;
  const sealed = withoutOthers(
    {
      entryId: wellFormed(entry.entryId),
      ...(trigger === undefined && entry.trigger !== undefined && { trigger: wellFormed(entry.trigger) }),
      ...(entry.correlation !== undefined && { correlation: wellFormed(entry.correlation) }),
      ...(parts.sealed !== undefined && { event: parts.sealed }),
      ...(fact !== undefined && { fact: withStrings(fact, wellFormed) }),
    },
    subjectsIn(entry, fact),
    entry,
    subjects,
  );
  const whole: LogEntry = {
    format: 1,
    id,
    at: entry.at,
    subject: logSubjectOf(entry, subjects),
    sequence,
    actor: logActorOf(entry.actor, subjects),
    ...(trigger !== undefined && { trigger }),
    ...(key && entry.correlation !== undefined && { correlation: correlationOf(key, entry.correlation) }),
    ...(entry.version !== undefined && { version: entry.version }),
    ...(entry.epoch !== undefined && { epoch: entry.epoch }),
    ...(entry.modelHash !== undefined && { modelHash: bounded(entry.modelHash, 64) }),
    event: { type, ...(parts.open as object) },
    // Where there is no key nothing personal is told: what is not open stays in the audit table.
    ...(key && { personal: sealPersonalPart(key, id, sealed) }),
  };
  return withinLeaf(whole);
}

/** What `toLogEntry` was given, with pseudonyms for ids. Without the key: what stands in the open. */
export function readLogEntry(entry: LogEntry, key?: Uint8Array, detail?: Uint8Array): ReadEntry {
  const { event: open, personal } = detail === undefined ? entry : readDetail(entry, detail);
  const sealed = (key && personal ? openPersonalPart(key, entry.id, personal) : {}) as SealedMembers;
  return {
    ...(sealed.entryId !== undefined && { entryId: sealed.entryId }),
    trigger: entry.trigger ?? sealed.trigger,
    correlation: sealed.correlation,
    event: merged(open, sealed.event) as ReadEntry['event'],
    fact: sealed.fact,
  };
}

export interface ReadEntry {
  readonly entryId?: string | undefined;
  readonly trigger: string | undefined;
  readonly correlation: string | undefined;
  readonly event: { readonly type: string };
  /** The fact whose recording it tells of. Absent where it was sealed without, as by earlier versions. */
  readonly fact?: unknown;
}

interface SealedMembers {
  readonly entryId?: string;
  readonly trigger?: string;
  readonly correlation?: string;
  readonly event?: unknown;
  readonly fact?: unknown;
}

/** The event and the personal part of an entry that has a detail. */
export function readDetail(
  { event: { type } }: Pick<LogEntry, 'event'>,
  detail: Uint8Array,
): Pick<LogEntry, 'event' | 'personal'> {
  const { event, personal } = JSON.parse(new TextDecoder().decode(detail)) as {
    event: object;
    personal?: string;
  };
  return { event: { type, ...event }, ...(personal !== undefined && { personal }) };
}

/** Under whose key it is sealed: of whom it is about, or else of the operator who did it. */
function sealerOf(entry: AuditEntry, subjects: Subjects): Subject | undefined {
  const { kind, id } = subjectOf(entry.identityId);
  if (kind === 'identity' || kind === 'operator') return required(subjects, { kind, id });
  return entry.actor.type === 'operator' ? required(subjects, { kind: 'operator', id: entry.actor.id }) : undefined;
}

function required(subjects: Subjects, name: SubjectName): Subject {
  const found = subjects.get(subjectKey(name));
  if (found === undefined) throw new Error(`the pseudonym of an ${name.kind} is missing`);
  return found;
}

/**
 * Unique in the log. Without a key nobody is named in it, and an operator's key is for many subjects.
 *
 * @param key of whom it is about, or else of the operator who did it
 */
export function logIdOf({ identityId, at, entryId }: AuditEntry, key: Uint8Array | undefined): string {
  const about = subjectOf(identityId);
  const own = `${at}#${entryId}`;
  if (key !== undefined) {
    const isOwnKey = about.kind === 'identity' || about.kind === 'operator';
    return commitmentTo(key, isOwnKey ? own : `${about.kind}#${about.id}#${own}`);
  }
  const digest = sha256Hex(`${about.kind}#${about.id}#${own}`);
  return Buffer.from(digest, 'hex').subarray(0, 16).toString('base64url');
}

function correlationOf(key: Uint8Array, correlation: string): string {
  return commitmentTo(key, `correlation#${correlation}`);
}

function logSubjectOf({ identityId }: AuditEntry, subjects: Subjects): LogSubject {
  const { kind, id } = subjectOf(identityId);
  if (kind === 'identity' || kind === 'operator') return { kind, id: required(subjects, { kind, id }).pseudonym };
  return { kind, id: bounded(id, kind === 'hold' ? 128 : 64) };
}

function logActorOf(actor: Actor, subjects: Subjects): LogActor {
  switch (actor.type) {
    case 'operator':
      return { type: 'operator', id: required(subjects, { kind: 'operator', id: actor.id }).pseudonym };
    case 'hr-source':
      return { type: 'hr-source', id: bounded(actor.id, 64) };
    case 'tenure':
      return { type: 'tenure', id: bounded(actor.id, 128) };
    case 'unknown':
      return { type: 'unknown', id: '' };
    default:
      return actor satisfies never;
  }
}

/** What is longer than the log's form allows is named by its digest. */
function bounded(text: string, maximum: number): string {
  return text.length <= maximum ? text : sha256Hex(text);
}

/** What Tenure itself sets off. Anything else may be an id that an HR system gave. */
function isOwnTrigger(trigger: string): boolean {
  return OWN_TRIGGERS.some((pattern) => pattern.test(trigger));
}

const OWN_TRIGGERS = [
  /^instant:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  /^(sweep|planned|tickets):\d{1,6}$/,
  /^model:[0-9a-f]{64}$/,
  /^reconciliation:[\w.-]{1,64}:[0-9a-f-]{36}$/,
];

/** Of a merge, it is derived from the ids of the two. */
const OPEN_HOLD = /^\d{8}T\d{4}(\d\d)?\.(?!merge\.|undo-merge\.)[\w.-]{1,100}$/;

function rulesOf(type: string): Readonly<Record<string, Rule>> {
  return Object.hasOwn(EVENT_MEMBERS, type) ? EVENT_MEMBERS[type as keyof typeof EVENT_MEMBERS] : {};
}

/** What the rule opens of a value, and the rest of it. */
function split(value: unknown, rule: Rule, subjects: Subjects): Parts {
  if (value === undefined) return {};
  if (typeof rule === 'string') return splitAtom(value, rule, subjects);
  if ('each' in rule) {
    if (!Array.isArray(value)) return { sealed: value };
    const items = value.map((item) => split(item, rule.each, subjects));
    const isSealed = items.some(({ sealed }) => sealed !== undefined);
    return {
      open: items.map(({ open }) => open ?? null),
      ...(isSealed && { sealed: items.map(({ sealed }) => sealed ?? null) }),
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { sealed: value };
  return splitObject(value, rule.members, subjects);
}

function splitObject(value: object, rules: Readonly<Record<string, Rule>>, subjects: Subjects): Parts {
  const open: Record<string, unknown> = {};
  const sealed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const parts = split(member, ruleFor(rules, name), subjects);
    if (parts.open !== undefined) open[name] = parts.open;
    if (parts.sealed !== undefined) sealed[name] = parts.sealed;
  }
  return { open, ...(Object.keys(sealed).length > 0 && { sealed }) };
}

function splitAtom(value: unknown, rule: 'sealed' | 'open' | 'identity' | 'hold', subjects: Subjects): Parts {
  const isText = typeof value === 'string';
  switch (rule) {
    case 'open':
      return isText || typeof value === 'number' || typeof value === 'boolean' ? { open: value } : { sealed: value };
    case 'identity': {
      const named = isText ? subjects.get(subjectKey({ kind: 'identity', id: value })) : undefined;
      return named === undefined ? { sealed: value } : { open: named.pseudonym };
    }
    case 'hold':
      return isText && OPEN_HOLD.test(value) ? { open: value } : { sealed: value };
    case 'sealed':
      return { sealed: value };
    default:
      return rule satisfies never;
  }
}

function identitiesNamed(value: unknown, rule: Rule): readonly string[] {
  if (rule === 'identity') return typeof value === 'string' ? [value] : [];
  if (typeof rule === 'string' || typeof value !== 'object' || value === null) return [];
  if ('each' in rule) return Array.isArray(value) ? value.flatMap((item) => identitiesNamed(item, rule.each)) : [];
  return Object.entries(value).flatMap(([name, member]) => identitiesNamed(member, ruleFor(rule.members, name)));
}

/** By own members only: an event of tomorrow may have one called `constructor`. */
function ruleFor(rules: Readonly<Record<string, Rule>>, name: string): Rule {
  return (Object.hasOwn(rules, name) ? rules[name] : undefined) ?? 'sealed';
}

/**
 * Ids of others are in what is sealed, too: in those of facts and entries. Their pseudonyms stand for them, or they would
 * be told of for as long as there is a key of whom the entry is about.
 */
function withoutOthers<Value>(
  value: Value,
  named: readonly SubjectName[],
  entry: AuditEntry,
  subjects: Subjects,
): Value {
  const own = subjectOf(entry.identityId).id;
  const others = named.filter(({ id }) => id !== own);
  if (others.length === 0) return value;
  const pseudonyms = new Map(others.map((name) => [name.id, required(subjects, name).pseudonym]));
  // The longest first: one id may begin as another does.
  const ids = [...pseudonyms.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(`(?<![${ID_CHARACTERS}])(?:${ids.join('|')})(?![${ID_CHARACTERS}])`, 'g');
  return withStrings(value, (text) => text.replace(pattern, (id) => pseudonyms.get(id) ?? id)) as Value;
}

const ID_CHARACTERS = 'A-Za-z0-9';

function escaped(id: string): string {
  return id.replaceAll(/[.*+?^${}()|[\]\\-]/g, '\\$&');
}

/** Measured with the longest sequence number, so that whether it fits depends on nothing but the entry. */
function withinLeaf(entry: LogEntry): RedactedEntry {
  const longest = canonicalJson({ ...entry, sequence: Number.MAX_SAFE_INTEGER });
  if (Buffer.byteLength(longest, 'utf8') <= MAXIMUM_LEAF_BYTES) return { entry };
  const { personal, event, ...rest } = entry;
  const { type, ...members } = event;
  const text = canonicalJson({ event: members, ...(personal !== undefined && { personal }) });
  const detail = Buffer.from(text, 'utf8');
  return { entry: { ...rest, event: { type }, detail: { sha256: sha256Hex(text), bytes: detail.length } }, detail };
}

/** The other way round from `split`. */
function merged(open: unknown, sealed: unknown): unknown {
  if (sealed === undefined || sealed === null) return open;
  if (open === undefined || open === null) return sealed;
  if (Array.isArray(open) && Array.isArray(sealed)) return open.map((item, index) => merged(item, sealed[index]));
  const [one, other] = [open, sealed] as [Record<string, unknown>, Record<string, unknown>];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, merged(one[name], other[name])]));
}
