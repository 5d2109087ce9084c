// What the access profiles of a model give to whoever meets their conditions. It is worked out once for each set of profiles,
// since most identities have the set of somebody before them.
import type { AccessModel } from '../access-model/access-model.ts';
import type { RowSet } from '../access-model/attribute-conditions.ts';
import { CompiledPatterns, rowsIn } from '../access-model/compiled-patterns.ts';
import type { AttributeValue } from '../access-model/event-pattern.ts';
import { BoundedMemo } from '../bounded-memo.ts';
import type { GrantBasis } from '../identity/facts.ts';
import type { TimedGrant } from '../identity/timed-grants.ts';

/** Why whoever meets a condition holds an entitlement. */
export interface ProfileReason {
  readonly type: 'birthright';
  /** The access profile whose condition the identity's attributes match. */
  readonly profile: string;
}

/** Why somebody holds an entitlement for a time, whoever else does not. */
export interface TimedReason {
  readonly type: GrantBasis;
  readonly request: string;
  /** The fact that gave it. */
  readonly fact: string;
}

/** Why a mover keeps for a time what no condition gives any more. */
export interface HandoverReason {
  readonly type: 'handover';
  /** The access profile that gave it. */
  readonly profile: string;
  /** The fact that moved the identity. */
  readonly fact: string;
}

export interface GivenEntitlement {
  readonly entitlement: string;
  /** In the model's order of profiles; then what counts for a time, by its start; then what is handed over. */
  readonly reasons: readonly (ProfileReason | TimedReason | HandoverReason)[];
}

export interface GivenAccount {
  readonly applicationId: string;
  /** Sorted by entitlement id. */
  readonly entitlements: readonly GivenEntitlement[];
}

/** What a set of profiles gives: one object, whoever it is given to. */
export interface Given {
  /** Their indexes in the model. */
  readonly profiles: readonly number[];
  /** In the model's order of applications. */
  readonly accounts: readonly GivenAccount[];
}

interface Remembered {
  readonly given: Given;
  /** The set itself. */
  readonly met: RowSet;
  /** What it takes to remember it, about. */
  readonly bytes: number;
}

/**
 * For one model, whatever comes: titles and e-mail addresses have no end, and there may be as many sets of profiles as
 * people. A function has 512 MB.
 */
const MAXIMUM_REMEMBERED_BYTES = 64_000_000;
/** What an entry of a Map takes beside the items of its lists, about; an object with a list that this set alone has. */
const ENTRY_BYTES = 200;
const OBJECT_BYTES = 100;
const ITEM_BYTES = 8;
const WORD_BYTES = 4;
/** Of what is remembered: by values of attributes, and of what several profiles give in one application. The rest is by sets. */
const VALUES_SHARE = 1 / 4;
const SHARED_SHARE = 1 / 8;

const compiledModels = new WeakMap<AccessModel, CompiledModel>();

/** @param model is not changed afterwards */
export function compiled(model: AccessModel): CompiledModel {
  const known = compiledModels.get(model);
  if (known !== undefined) return known;
  const made = new CompiledModel(model);
  compiledModels.set(model, made);
  return made;
}

export class CompiledModel {
  readonly #patterns: CompiledPatterns;
  /**
   * What one profile gives in one application, by application, then by profile: one object for all to whom no other profile
   * gives anything there.
   */
  readonly #parts: readonly GivenAccount[];
  /** For each profile the indexes of its parts. */
  readonly #partsOf: readonly (readonly number[])[];
  readonly #memo: BoundedMemo<number, Remembered>;
  readonly #places: ReadonlyMap<string, readonly Place[]>;
  readonly #order: ReadonlyMap<string, number>;
  /**
   * What one profile, or several, give in an application, and another part gives there beside it: one object for all sets that
   * have these, of which there are many more than of such objects.
   */
  readonly #shared = new Map<GivenAccount, Map<number, GivenAccount>>();
  readonly #maximumSharedBytes: number;
  #sharedBytes = 0;
  /** Written anew by each question: there is no waiting in between. */
  readonly #sorted: Uint32Array;

  constructor(model: AccessModel, maximumBytes = MAXIMUM_REMEMBERED_BYTES) {
    const patterns = model.profiles.map(({ when }) => when);
    const places = placesIn(model);
    const { parts, partsOf } = partsIn(model, places);
    this.#places = withAliases(places, model);
    this.#order = new Map(model.applications.map(({ id }, index) => [id, index]));
    this.#patterns = new CompiledPatterns(patterns, maximumBytes * VALUES_SHARE);
    this.#parts = parts;
    this.#partsOf = partsOf;
    this.#maximumSharedBytes = maximumBytes * SHARED_SHARE;
    this.#memo = new BoundedMemo(maximumBytes * (1 - VALUES_SHARE - SHARED_SHARE), ({ bytes }) => bytes);
    this.#sorted = new Uint32Array(parts.length);
  }

  /** What is remembered (bytes, about). */
  get rememberedBytes(): number {
    return this.#patterns.rememberedBytes + this.#sharedBytes + this.#memo.weight;
  }

  givenTo(attributes: Readonly<Record<string, AttributeValue>>): Given {
    const met = this.#patterns.met(attributes);
    const hash = hashOf(met);
    const known = this.#memo.get(hash);
    if (known !== undefined && isSame(known.met, met)) return known.given;
    const given = this.#give(rowsIn(met));
    if (known === undefined) {
      const { profiles, accounts } = given;
      const bytes = ENTRY_BYTES + ITEM_BYTES * (profiles.length + accounts.length) + WORD_BYTES * met.length;
      this.#memo.remember(hash, { given, met: met.slice(), bytes });
    }
    return given;
  }

  /** What is meant by `application:entitlement`, as the model names it now: each `application:entitlement`. */
  placesOf(entitlement: string): readonly string[] {
    const places = this.#places.get(entitlement) ?? [];
    return places.map(({ applicationId, entitlement: id }) => `${applicationId}:${id}`);
  }

  /** The same with what somebody holds for a time. What the model does not have, or no longer, gives nothing. */
  withGrants(accounts: readonly GivenAccount[], grants: readonly TimedGrant[]): readonly GivenAccount[] {
    const more = grants.flatMap(({ entitlement, basis, requestId, factId }) => {
      const reasons = [{ type: basis, request: requestId, fact: factId }];
      return (this.#places.get(entitlement) ?? []).map(({ applicationId, entitlement: id }): GivenAccount => {
        return { applicationId, entitlements: [{ entitlement: id, reasons }] };
      });
    });
    return this.withMore(accounts, more);
  }

  /** The same with what is given beside it. */
  withMore(accounts: readonly GivenAccount[], more: readonly GivenAccount[]): readonly GivenAccount[] {
    const given = new Map(accounts.map((account) => [account.applicationId, account]));
    for (const account of more) {
      const before = given.get(account.applicationId);
      given.set(account.applicationId, before === undefined ? account : withMore(before, account));
    }
    const placeOf = ({ applicationId }: GivenAccount) => this.#order.get(applicationId) ?? 0;
    return [...given.values()].sort((one, other) => placeOf(one) - placeOf(other));
  }

  #give(profiles: readonly number[]): Given {
    let count = 0;
    for (const profile of profiles) {
      for (const part of this.#partsOf[profile] ?? []) this.#sorted[count++] = part;
    }
    const accounts: GivenAccount[] = [];
    for (const index of this.#sorted.subarray(0, count).sort()) {
      const account = this.#parts[index];
      const before = accounts.at(-1);
      if (account === undefined) continue;
      if (before?.applicationId !== account.applicationId) {
        accounts.push(account);
        continue;
      }
      accounts[accounts.length - 1] = this.#together(before, index);
    }
    // A list that grew has room left over, which would be remembered with it.
    return { profiles, accounts: accounts.slice() };
  }

  /** What is given in an application, and the part beside it. */
  #together(before: GivenAccount, index: number): GivenAccount {
    const known = this.#shared.get(before)?.get(index);
    if (known !== undefined) return known;
    const part = this.#parts[index] ?? before;
    const together = withMore(before, part);
    this.#sharedBytes += ENTRY_BYTES + bytesOfMore(before, part);
    if (this.#sharedBytes > this.#maximumSharedBytes) {
      this.#shared.clear();
      this.#sharedBytes = 0;
      return together;
    }
    const more = this.#shared.get(before) ?? new Map<number, GivenAccount>();
    more.set(index, together);
    this.#shared.set(before, more);
    return together;
  }
}

/** What one gives in an application, and what another gives there beside it, by entitlement id. */
function withMore(one: GivenAccount, other: GivenAccount): GivenAccount {
  const more = new Map(other.entitlements.map((given) => [given.entitlement, given]));
  const held = one.entitlements.map((given): GivenEntitlement => {
    const also = more.get(given.entitlement);
    if (also === undefined) return given;
    more.delete(given.entitlement);
    return { ...given, reasons: [...given.reasons, ...also.reasons] };
  });
  return { ...one, entitlements: [...held, ...more.values()].sort(byId) };
}

function byId(one: GivenEntitlement, other: GivenEntitlement): number {
  return one.entitlement < other.entitlement ? -1 : 1;
}

/** Where an entitlement is. */
interface Place {
  /** Its index in the model. */
  readonly application: number;
  readonly applicationId: string;
  readonly entitlement: string;
}

/** By `application:entitlement`. Nothing in a retired application, whatever still names it, and whenever that was said. */
function placesIn({ applications }: AccessModel): ReadonlyMap<string, Place> {
  return new Map(
    applications.flatMap(({ id, retired, entitlements }, application) =>
      retired
        ? []
        : entitlements.map((one) => [`${id}:${one.id}`, { application, applicationId: id, entitlement: one.id }]),
    ),
  );
}

function withAliases(
  places: ReadonlyMap<string, Place>,
  { alsoGives }: AccessModel,
): ReadonlyMap<string, readonly Place[]> {
  const names = new Set([...places.keys(), ...(alsoGives?.keys() ?? [])]);
  return new Map(
    [...names].map((name) => {
      const all = new Set([name, ...(alsoGives?.get(name) ?? [])]);
      return [name, [...all].flatMap((one) => places.get(one) ?? [])];
    }),
  );
}

function partsIn({ profiles, applications }: AccessModel, places: ReadonlyMap<string, Place>) {
  const given = profiles.flatMap(({ id, entitlements }, profile) => {
    const reasons: readonly ProfileReason[] = [{ type: 'birthright', profile: id }];
    const inEach = new Map<number, GivenEntitlement[]>();
    for (const { application, entitlement } of entitlements.flatMap((one) => places.get(one) ?? [])) {
      inEach.set(application, [...(inEach.get(application) ?? []), { entitlement, reasons }]);
    }
    return [...inEach].map(([application, held]) => {
      const applicationId = applications[application]?.id ?? '';
      return { profile, application, account: { applicationId, entitlements: held.sort(byId) } };
    });
  });
  // Sorting keeps the order of profiles within an application.
  given.sort((one, other) => one.application - other.application);
  const partsOf: number[][] = profiles.map(() => []);
  for (const [index, { profile }] of given.entries()) partsOf[profile]?.push(index);
  return { parts: given.map(({ account }) => account), partsOf };
}

/** A set is found by it much sooner than by a text. Two sets may share one. */
function hashOf(set: RowSet): number {
  let hash = 0x811c9dc5;
  for (let word = 0; word < set.length; word += 1) {
    const mixed = Math.imul(hash ^ (set[word] ?? 0), 0x01000193);
    // Bits above move down, or those of a word would only ever touch what is above them.
    hash = mixed ^ (mixed >>> 15);
  }
  return hash;
}

function isSame(one: RowSet, other: RowSet): boolean {
  for (let word = 0; word < one.length; word += 1) if (one[word] !== other[word]) return false;
  return one.length === other.length;
}

/** At most: an account in which several profiles give something is a set's own, while all others are shared. */
function bytesOfMore(one: GivenAccount, other: GivenAccount): number {
  const entitlements = one.entitlements.length + other.entitlements.length;
  return OBJECT_BYTES + ITEM_BYTES * entitlements + (OBJECT_BYTES + 2 * ITEM_BYTES) * other.entitlements.length;
}
