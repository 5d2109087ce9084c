// What the access profiles of a model give to whoever meets their conditions. It is worked out once for each set of profiles,
// since most identities have the set of somebody before them.
import type { AccessModel, Application } from '../access-model/access-model.ts';
import { CompiledPatterns } from '../access-model/compiled-patterns.ts';
import type { AttributeValue } from '../access-model/event-pattern.ts';
import { BoundedMemo } from '../bounded-memo.ts';

/** One entitlement of an application: one object, whoever gives it to whom. */
export interface Entitled {
  readonly application: Application;
  readonly entitlement: string;
}

/** What a set of profiles gives. */
export interface Given {
  /** Their indexes in the model. */
  readonly profiles: readonly number[];
  /** By application in the model's order, then by entitlement id; as often as there are profiles that give it. */
  readonly entitled: readonly Entitled[];
  /** For each of those who gives it, as an index among the profiles, ascending. */
  readonly givers: readonly number[];
}

interface Gift {
  readonly what: Entitled;
  /** The profile's index in the model. */
  readonly profile: number;
}

/**
 * For one model, whatever comes: titles and e-mail addresses have no end, and there may be as many sets of profiles as
 * people. A function has 512 MB.
 */
const MAXIMUM_REMEMBERED_BYTES = 64_000_000;
/** What an entry of a Map takes beside the items of its three lists, about. */
const ENTRY_BYTES = 300;
const ITEM_BYTES = 8;

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
  /** By application and entitlement as the answer has them, then by profile. */
  readonly #gifts: readonly Gift[];
  /** For each profile the indexes of its gifts. */
  readonly #giftsOf: readonly (readonly number[])[];
  readonly #memo: BoundedMemo<number, Given>;
  /** Both are written anew by each question: there is no waiting in between. */
  readonly #sorted: Uint32Array;
  readonly #giver: Uint32Array;

  constructor(model: AccessModel, maximumBytes = MAXIMUM_REMEMBERED_BYTES) {
    const patterns = model.profiles.map(({ when }) => when);
    const { gifts, giftsOf } = giftsIn(model);
    this.#patterns = new CompiledPatterns(patterns, maximumBytes / 2);
    this.#gifts = gifts;
    this.#giftsOf = giftsOf;
    this.#memo = new BoundedMemo(maximumBytes / 2, bytesOf);
    this.#sorted = new Uint32Array(gifts.length);
    this.#giver = new Uint32Array(model.profiles.length);
  }

  /** What is remembered (bytes, about). */
  get rememberedBytes(): number {
    return this.#patterns.rememberedBytes + this.#memo.weight;
  }

  givenTo(attributes: Readonly<Record<string, AttributeValue>>): Given {
    const profiles = this.#patterns.matching(attributes);
    const hash = hashOf(profiles);
    const known = this.#memo.get(hash);
    if (known !== undefined && isSame(known.profiles, profiles)) return known;
    const given = this.#give(profiles);
    if (known === undefined) this.#memo.remember(hash, given);
    return given;
  }

  #give(profiles: readonly number[]): Given {
    let count = 0;
    for (const [index, profile] of profiles.entries()) {
      this.#giver[profile] = index;
      for (const gift of this.#giftsOf[profile] ?? []) this.#sorted[count++] = gift;
    }
    const entitled: Entitled[] = [];
    const givers: number[] = [];
    for (const index of this.#sorted.subarray(0, count).sort()) {
      const gift = this.#gifts[index];
      if (gift === undefined) continue;
      entitled.push(gift.what);
      givers.push(this.#giver[gift.profile] ?? 0);
    }
    // Lists that grew have room left over, which would be remembered with them.
    return { profiles, entitled: entitled.slice(), givers: givers.slice() };
  }
}

function giftsIn({ profiles, applications }: AccessModel) {
  const givers = new Map(
    applications
      .flatMap(entitlementsIn)
      .map((what) => [`${what.application.id}:${what.entitlement}`, { what, by: [] as number[] }]),
  );
  for (const [profile, { entitlements }] of profiles.entries()) {
    for (const reference of entitlements) givers.get(reference)?.by.push(profile);
  }
  const gifts: Gift[] = [];
  const giftsOf: number[][] = profiles.map(() => []);
  for (const { what, by } of givers.values()) {
    for (const index of by) {
      giftsOf[index]?.push(gifts.length);
      gifts.push({ what, profile: index });
    }
  }
  return { gifts, giftsOf };
}

/** Nothing in a retired application, whatever still names it, and whenever that was said. */
function entitlementsIn(application: Application): readonly Entitled[] {
  if (application.retired) return [];
  const ids = application.entitlements.map(({ id }) => id).sort();
  return ids.map((entitlement) => ({ application, entitlement }));
}

/** FNV-1a over whole numbers: a set is found by it much sooner than by a text. Two sets may share one. */
function hashOf(set: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const index of set) hash = Math.imul(hash ^ index, 0x01000193);
  return hash;
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return one.length === other.length;
}

function bytesOf({ profiles, entitled }: Given): number {
  return ENTRY_BYTES + ITEM_BYTES * (profiles.length + 2 * entitled.length);
}
