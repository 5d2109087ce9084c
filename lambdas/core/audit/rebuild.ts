// The state of a deployment from its sealed log and the keys of those it is about: every fact as it was recorded, and beside
// the facts what the systems themselves reported last. What the facts add up to is worked out by who records facts, not here.
import type { AccountRecord } from '../access/account-record.ts';
import type { TaskRecord } from '../access/task-record.ts';
import { factHashOf } from '../identity/fact-content.ts';
import { type Fact, isFactType } from '../identity/facts.ts';
import { buildTimeline, identityAt } from '../identity/timeline.ts';
import { accountProfileOf } from '../systems/account-profile.ts';
import { withStrings } from '../well-formed.ts';
import type { AuditEvent } from './audit.ts';
import type { LogEntry } from './log-entry.ts';
import { RebuiltAccounts } from './rebuilt-accounts.ts';
import { type HeldIn, RebuiltHolds, type RestoredHold } from './rebuilt-holds.ts';
import { type ReadEntry, readLogEntry, type SubjectName } from './redaction.ts';

/** Who stands behind a pseudonym, and the key under which what is told of them is encrypted. */
export interface KnownSubject extends SubjectName {
  readonly key: Uint8Array;
}

export interface RestoredFact {
  readonly fact: Fact;
  /** Of what was received; the same id with another is a conflict. */
  readonly payloadHash: string;
  /** The identity's version that it brought, which its sender was answered. */
  readonly version: number;
}

export interface RestoredIdentity {
  readonly identityId: string;
  readonly facts: readonly RestoredFact[];
  /** Instants whose taking effect was recorded (epoch ms). */
  readonly effects: readonly number[];
  readonly accounts: readonly AccountRecord[];
  /** Those that are open. */
  readonly tasks: readonly TaskRecord[];
  /** The highest that the log has seen, and when it was (epoch ms). */
  readonly version: number;
  readonly epoch: number;
  readonly clockMs: number;
}

export interface Rebuilt {
  readonly identities: readonly RestoredIdentity[];
  readonly holds: readonly RestoredHold[];
  readonly counts: RebuiltCounts;
  /** Pseudonyms of those of whom some facts cannot be read: what can be waits in a hold for a person's decision. */
  readonly incomplete: readonly string[];
}

export interface RebuiltCounts {
  readonly entries: number;
  readonly facts: number;
  /** Facts that name people whose keys were destroyed: pseudonyms stand for them. */
  readonly namingForgotten: number;
  /** Identities whose key was destroyed: nothing is restored of them. */
  readonly forgotten: number;
  /** Facts that cannot be read, of those whose key is there. */
  readonly unreadableFacts: number;
  /** Merges that were proposed and not decided, which must be proposed again. */
  readonly openMerges: number;
  /** Proofs of removal, whose certificates only their hashes are left of. */
  readonly certificates: number;
  /** Entries from which no state follows. */
  readonly withoutEffect: number;
}

interface Person {
  readonly pseudonym: string;
  readonly known: KnownSubject | undefined;
  /** By id. */
  readonly facts: Map<string, RestoredFact>;
  readonly effects: Set<number>;
  readonly accounts: RebuiltAccounts;
  /** Whether any fact was recorded, readable or not. */
  isToldOf: boolean;
  isIncomplete: boolean;
  version: number;
  epoch: number;
  clockMs: number;
}

export class Rebuilder {
  readonly #subjects: ReadonlyMap<string, KnownSubject>;
  readonly #people = new Map<string, Person>();
  readonly #holds = new RebuiltHolds();
  readonly #counts = { entries: 0, namingForgotten: 0, unreadableFacts: 0, certificates: 0, withoutEffect: 0 };

  /** @param subjects by pseudonym */
  constructor(subjects: ReadonlyMap<string, KnownSubject>) {
    this.#subjects = subjects;
  }

  /** In the log's order; `detail`: what the entry names as one. */
  add(entry: LogEntry, detail?: Uint8Array): void {
    this.#counts.entries += 1;
    const { subject } = entry;
    const hasEffect =
      subject.kind === 'identity' ? this.#addAbout(this.#person(subject.id), entry, detail) : this.#addOther(entry);
    if (!hasEffect) this.#counts.withoutEffect += 1;
  }

  #addOther({ subject, event, at }: LogEntry): boolean {
    if (subject.kind === 'hold') return this.#holds.take(event, at);
    if (event.type !== 'reconciliation-decided' || event['answer'] !== 'repair') return false;
    for (const { accounts } of this.#people.values()) accounts.review(String(event['applicationId']));
    return true;
  }

  /** @param incompleteHold where the facts of those wait of whom some cannot be read */
  finish(incompleteHold: string, nowMs: number): Rebuilt {
    const people = [...this.#people.values()].filter(({ isToldOf }) => isToldOf);
    const known = people.filter((person) => person.known !== undefined);
    const identities = known
      .filter(({ facts }) => facts.size > 0)
      .map((person) => (person.isIncomplete ? waiting(person, incompleteHold) : restored(person, nowMs)));
    const inHold: HeldIn[] = identities.map(({ identityId, facts }) => ({
      identityId,
      facts: facts.map(({ fact }) => fact),
    }));
    return {
      identities,
      holds: this.#holds.open(inHold, { holdId: incompleteHold, openedMs: nowMs }),
      incomplete: known.filter(({ isIncomplete }) => isIncomplete).map(({ pseudonym }) => pseudonym),
      counts: {
        ...this.#counts,
        facts: identities.reduce((sum, { facts }) => sum + facts.length, 0),
        forgotten: people.length - known.length,
        openMerges: this.#holds.openMerges(inHold),
      },
    };
  }

  #person(pseudonym: string): Person {
    const person = this.#people.get(pseudonym) ?? {
      pseudonym,
      known: this.#subjects.get(pseudonym),
      facts: new Map<string, RestoredFact>(),
      effects: new Set<number>(),
      accounts: new RebuiltAccounts(),
      isToldOf: false,
      isIncomplete: false,
      version: 0,
      epoch: 0,
      clockMs: 0,
    };
    this.#people.set(pseudonym, person);
    return person;
  }

  #addAbout(person: Person, entry: LogEntry, detail: Uint8Array | undefined): boolean {
    const atMs = Date.parse(entry.at);
    person.version = Math.max(person.version, entry.version ?? 0);
    person.epoch = Math.max(person.epoch, entry.epoch ?? 0);
    person.clockMs = Math.max(person.clockMs, atMs);
    if (entry.event.type === 'fact-recorded') {
      this.#addFact(person, entry, detail);
      return true;
    }
    const event = this.#opened(person, entry, detail)?.event as AuditEvent | undefined;
    return event !== undefined && this.#take(person, event, atMs);
  }

  #take(person: Person, event: AuditEvent, atMs: number): boolean {
    switch (event.type) {
      case 'took-effect':
        person.effects.add(Date.parse(event.instant));
        return true;
      case 'work-fenced-off':
        person.epoch = Math.max(person.epoch, event.epoch);
        return true;
      case 'merge-proposed':
      case 'undo-merge-proposed':
        this.#holds.propose(event.holdId);
        return true;
      case 'removal-proven':
        this.#counts.certificates += 1;
        return true;
      default:
        return person.accounts.take(event, atMs);
    }
  }

  #addFact(person: Person, entry: LogEntry, detail: Uint8Array | undefined): void {
    person.isToldOf = true;
    if (person.known === undefined) return;
    const read = this.#opened(person, entry, detail);
    const { fact } = read ?? {};
    const { payloadHash, factHash } = (read?.event ?? {}) as { payloadHash?: unknown; factHash?: unknown };
    if (!isFactAbout(fact, person.known.id) || typeof payloadHash !== 'string') {
      this.#counts.unreadableFacts += 1;
      person.isIncomplete = true;
      return;
    }
    if (factHashOf(fact) !== factHash) this.#counts.namingForgotten += 1;
    // What a recovery to a point in time lost, and its source sent again, is there twice: the last counts.
    person.facts.set(fact.factId, { fact, payloadHash, version: entry.version ?? 0 });
    if (fact.type === 'task-attested') person.accounts.attest(fact.taskId);
  }

  /** With ids for pseudonyms, of those who are known still. Undefined: it cannot be read. */
  #opened({ known }: Person, entry: LogEntry, detail: Uint8Array | undefined): ReadEntry | undefined {
    if (known === undefined || (entry.detail !== undefined && detail === undefined)) return undefined;
    try {
      const read = readLogEntry(entry, known.key, detail);
      return withStrings(read, (text) => this.#withIds(text)) as ReadEntry;
    } catch {
      // Another key, or what is no part of an entry: the log verifies, so that it was sealed so.
      return undefined;
    }
  }

  #withIds(text: string): string {
    return text.replaceAll(WORDS, (word) => {
      let told = '';
      for (let at = 0; at < word.length; ) {
        const id = this.#subjects.get(word.slice(at, at + PSEUDONYM_LENGTH))?.id;
        told += id ?? word[at];
        at += id === undefined ? 1 : PSEUDONYM_LENGTH;
      }
      return told;
    });
  }
}

const PSEUDONYM_LENGTH = 22;
/** What a pseudonym may be in: 128 bits in base64url, with whatever stands beside it. */
const WORDS = /[A-Za-z0-9_-]{22,}/g;

function isFactAbout(value: unknown, identityId: string): value is Fact {
  if (typeof value !== 'object' || value === null) return false;
  const fact = value as Partial<Record<keyof Fact, unknown>>;
  const areTexts = [fact.factId, fact.source, fact.sourceEventId].every((one) => typeof one === 'string');
  const areTimes = [fact.recordedMs, fact.receivedMs].every(Number.isFinite);
  return fact.identityId === identityId && areTexts && areTimes && isFactType(fact.type);
}

function restored(person: Person, nowMs: number): RestoredIdentity {
  const { accounts, effects } = person;
  const { id: identityId } = person.known as KnownSubject;
  const state = identityAt(buildTimeline([...person.facts.values()].map(({ fact }) => fact)), nowMs);
  const userName = 'attributes' in state ? accountProfileOf(identityId, state.attributes).userName : identityId;
  return {
    ...basics(person),
    effects: [...effects].sort((a, b) => a - b),
    accounts: accounts.accounts(userName),
    tasks: accounts.tasks(identityId),
  };
}

/**
 * Nothing of it counts before a person has decided, and no account is known before: so nothing is given, and what nobody
 * can tell the reasons of is not taken away either.
 */
function waiting(person: Person, holdId: string): RestoredIdentity {
  const released = new Set(
    basics(person).facts.flatMap(({ fact }) => (fact.type === 'hold-released' ? fact.hold : [])),
  );
  const facts = basics(person).facts.map((one) => ({ ...one, fact: heldIn(holdId, one.fact, released) }));
  return { ...basics(person), facts, effects: [], accounts: [], tasks: [] };
}

/** What waits in a hold of its own, or was dropped in one, stays there. */
function heldIn(holdId: string, fact: Fact, released: ReadonlySet<string>): Fact {
  const within = 'facts' in fact && fact.facts ? { facts: fact.facts.map((one) => heldIn(holdId, one, released)) } : {};
  const held = fact.held === undefined || released.has(fact.held) ? holdId : fact.held;
  return { ...fact, ...within, held };
}

function basics({ known, facts, version, epoch, clockMs }: Person) {
  return { identityId: (known as KnownSubject).id, facts: [...facts.values()], version, epoch, clockMs };
}
