// Files of everybody, put to the reference: which are refused, what an accepted one must have brought about whom, and that
// it brought nothing about anybody else. A file is read at some time between its delivery and its answer, and may have died
// in between: of whom it cannot be told what was known then, nothing is asked.
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { weighedBy } from '../../reference/intake.ts';
import {
  isPartOfOne,
  type Meant,
  meantByAbsence,
  meantByRow,
  type PersonRow,
  type Reading,
} from '../../reference/population.ts';
import { referenceOf, turningPoints } from '../../reference/state.ts';
import { SKEW_MS } from '../fate.ts';
import type { Company } from './holds.ts';
import type { Witness } from './witness.ts';

export interface DeliveredFile {
  readonly source: string;
  readonly writtenMs: number;
  readonly isDryRun: boolean;
  readonly rows: readonly PersonRow[];
}

export interface Answered {
  readonly outcome: string;
  /** An attempt came to no end before this one did. */
  readonly isAgain: boolean;
}

export interface Judged {
  /** What the file brought. */
  readonly brought: readonly Fact[];
  readonly faults: readonly string[];
}

interface Person {
  readonly identityId: string;
  readonly known: readonly Fact[];
  readonly row: PersonRow | undefined;
  readonly brought: readonly Fact[];
  /** Undefined: it cannot be told. */
  readonly meant: Meant;
}

const FROM_FILES = 'feed/';
/** As long as it may take from looking at the clock to the write. */
const WRITING_MS = 60_000 + SKEW_MS;

export class FilesOfEverybody {
  readonly #witness: Witness;
  readonly #company: Company;
  readonly #ofFiles = new Set<string>();

  constructor(witness: Witness, company: Company) {
    this.#witness = witness;
    this.#company = company;
  }

  /** A file lies there. @returns what is called with the answer */
  begin(file: DeliveredFile, now: () => number): (answered: Answered) => Judged {
    const startMs = now();
    const before = new Map(this.#witness.identities().map((id) => [id, this.#witness.factsOf(id)]));
    return ({ outcome, isAgain }) => {
      const endMs = now();
      const ids = new Set([...this.#witness.identities(), ...file.rows.map(({ identityId }) => identityId)]);
      const people = [...ids].map((id) => this.#person(file, id, before.get(id) ?? [], { startMs, endMs }));
      const brought = people.flatMap((person) => person.brought);
      const isRefused = this.#refusal(file, people, { startMs, endMs, isAgain });
      for (const { factId } of brought) this.#ofFiles.add(factId);
      return { brought, faults: [...this.#faultsOf(outcome, { file, people, isRefused, isAgain, endMs })] };
    };
  }

  /** What came by a file that nobody was asked about. */
  get unanswered(): readonly Fact[] {
    return this.#witness.identities().flatMap((id) => this.#fresh(this.#witness.factsOf(id)));
  }

  #fresh(facts: readonly Fact[]): readonly Fact[] {
    return facts.filter(
      ({ factId, sourceEventId }) => sourceEventId.startsWith(FROM_FILES) && !this.#ofFiles.has(factId),
    );
  }

  #person(file: DeliveredFile, identityId: string, known: readonly Fact[], { startMs, endMs }: Between): Person {
    const facts = this.#witness.factsOf(identityId);
    const brought = this.#fresh(facts);
    const row = file.rows.find((one) => one.identityId === identityId);
    const isAlone = facts.length === known.length + brought.length;
    const [first, last] = [startMs - SKEW_MS, endMs + SKEW_MS].map((nowMs) => {
      const isOfFile = ({ factId }: Fact) => this.#ofFiles.has(factId);
      const reading: Reading = { ...file, identityId, known, nowMs, isOfFile };
      return row === undefined ? meantByAbsence(reading) : meantByRow(reading, row);
    });
    const isSure = isAlone && JSON.stringify(first) === JSON.stringify(last);
    return { identityId, known, row, brought, meant: isSure ? first : undefined };
  }

  *#faultsOf(outcome: string, { file, people, isRefused, isAgain, endMs }: Judging): Generator<string> {
    const [stray] = people.flatMap(({ brought }) => brought);
    const read = file.isDryRun ? 'dry-run' : 'imported';
    const expected = isRefused === undefined ? [read, 'refused'] : [isRefused ? 'refused' : read];
    if (!expected.includes(outcome)) yield `a file that is to be ${expected} was ${outcome}`;
    if (outcome !== 'imported') {
      // What was begun may become too little meanwhile.
      const mayHaveBegun = !file.isDryRun && isAgain && isRefused !== true;
      if (stray === undefined || mayHaveBegun) return;
      yield `a file that was ${outcome} brought ${stray.type} of ${stray.identityId}`;
      return;
    }
    for (const person of people) yield* this.#faultsAbout(person, endMs);
  }

  *#faultsAbout({ identityId, known, brought, meant }: Person, endMs: number): Generator<string> {
    if (meant === undefined) return;
    const types = brought.map(({ type }) => type);
    if (meant.length === 0 && brought.length > 0) yield `${identityId} is as before, and the file brought ${types}`;
    const { precedence } = this.#company;
    const should = [...known, ...meant.map((fact) => weighedBy(fact, precedence))];
    // Whether it had to wait for a person is another question.
    const is = [...known, ...brought.map(({ held: _hold, ...fact }) => fact as Fact)];
    const instants = [endMs, ...[...turningPoints(should), ...turningPoints(is)].filter((atMs) => atMs > endMs)];
    for (const atMs of instants) {
      const [wanted, found] = [should, is].map((facts) => describe(facts, atMs));
      if (wanted === found) continue;
      yield `${identityId} is to be ${wanted} at ${new Date(atMs).toISOString()}, and is ${found} by ${types}`;
      return;
    }
  }

  /** Undefined: it may be or not. */
  #refusal(file: DeliveredFile, people: readonly Person[], { startMs, endMs, isAgain }: Again): boolean | undefined {
    if (file.rows.length === 0) return true;
    const { missingShare, neverHeld } = this.#company.settings;
    const absent = people.filter(({ row }) => row === undefined);
    const isKnownToLack = absent.filter(({ meant }) => meant !== undefined && meant.length > 0).length;
    const isUnsure = absent.filter(({ meant }) => meant === undefined).length;
    const named = people.filter(({ row }) => row !== undefined);
    const there = named.map(({ identityId, known }) => this.#presence(identityId, known, { startMs, endMs }));
    const isSurelyNamed = named.filter(
      ({ known }, index) =>
        there[index] === 'there' && known.some(({ source, type }) => source === file.source && type === 'joiner'),
    ).length;
    const isPerhapsNamed = isAgain ? named.length : there.filter((one) => one !== 'gone').length;
    const must = isPartOfOne({ lacked: isKnownToLack, named: isPerhapsNamed }, missingShare, neverHeld);
    const may = isPartOfOne({ lacked: isKnownToLack + isUnsure, named: isSurelyNamed }, missingShare, neverHeld);
    return must === may ? must : undefined;
  }

  /** Who is counted is read from a summary, which may lag as far behind as the last word about them. */
  #presence(identityId: string, known: readonly Fact[], { startMs, endMs }: Between): 'there' | 'gone' | 'unsure' {
    const stateAt = referenceOf(known);
    const heardMs = this.#witness.told.of(identityId).findLast(({ fromMs }) => fromMs <= startMs)?.fromMs ?? startMs;
    const turns = turningPoints(known).filter((atMs) => atMs > heardMs - WRITING_MS && atMs <= endMs + SKEW_MS);
    const states = [heardMs - WRITING_MS, heardMs, ...turns, endMs + SKEW_MS].map((atMs) => stateAt(atMs).status);
    const isThere = states.map((status) => status !== 'unknown' && status !== 'departed');
    if (isThere.every(Boolean)) return 'there';
    return isThere.some(Boolean) ? 'unsure' : 'gone';
  }
}

interface Between {
  readonly startMs: number;
  readonly endMs: number;
}

interface Again extends Between {
  readonly isAgain: boolean;
}

interface Judging {
  readonly file: DeliveredFile;
  readonly people: readonly Person[];
  readonly isRefused: boolean | undefined;
  readonly isAgain: boolean;
  readonly endMs: number;
}

function describe(facts: readonly Fact[], atMs: number): string {
  const { status, attributes } = referenceOf(facts)(atMs);
  const told = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return `${status} ${JSON.stringify(told.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}
