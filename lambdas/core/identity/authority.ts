// Several HR sources may know one identity. On each attribute the last word of the source with the higher authority
// counts, whatever one with less says later. Intake stamps the authority onto the fact, so that the states remain a
// function of the facts alone, and a changed setting changes no history. Any source's leaver ends an employment and any
// source's suspension suspends it, since access that should have ended is worse than access that has to be given back.
// Beginning one anew or resuming it takes the authority of what ended or suspended it (timeline.ts).
import type { AttributeName } from './attributes.ts';
import { type Authority, type Fact, isEffective, type JoinerFact, MAXIMUM_AUTHORITY, type MoverFact } from './facts.ts';
import type { HrSourcePrecedence } from './source-precedence.ts';

/** Of whom a source may speak. */
export type HrSourceReach = Pick<HrSourcePrecedence[string], 'kinds' | 'idPrefixes'>;

/** Undefined: of everybody. */
export function reachOf(source: string, precedence: HrSourcePrecedence): HrSourceReach | undefined {
  const reach = Object.hasOwn(precedence, source) ? precedence[source] : undefined;
  return reach?.kinds === undefined && reach?.idPrefixes === undefined ? undefined : reach;
}

/** The fact with its source's authority: on who is employed, and on each attribute it names. */
export function stampAuthority(fact: Fact, precedence: HrSourcePrecedence): Fact {
  const source = Object.hasOwn(precedence, fact.source) ? precedence[fact.source] : undefined;
  if (source === undefined || !isEffective(fact)) return fact;
  const stamped = source.authority === 0 ? fact : { ...fact, sourceAuthority: source.authority };
  if (!hasAttributes(stamped)) return stamped;
  const ranked = namesIn(stamped)
    .map((name) => [name, source.attributes[name] ?? source.authority] as const)
    .filter(([, authority]) => authority > 0);
  return ranked.length === 0 ? stamped : { ...stamped, authority: Object.fromEntries(ranked) };
}

/** What it takes to begin an employment after this fact has ended or suspended one. */
export function authorityOf({ sourceAuthority = 0 }: Fact): number {
  return sourceAuthority;
}

/** What Tenure itself states follows from other facts, and is not weighed. */
export function hasAuthority(fact: Fact, needed: number): boolean {
  return fact.cause !== undefined || authorityOf(fact) >= needed;
}

/** How much each attribute's present value counts. */
export interface Weights extends Authority {
  /** The authority on who is employed of whoever said the present end date, or the kind that it belongs to. */
  readonly endSaidWith?: number | undefined;
}

export interface Weighed<Told> {
  /** The fact without what it has too little authority to change. */
  readonly fact: Told;
  readonly weights: Weights;
  /** Whether the present end date stands, though another kind counts: it was said with more authority than that. */
  readonly keepsEnd: boolean;
}

/**
 * What counts of a fact's attributes, given what the present ones weigh. `fromBeforeMerge`: it weighs less than any fact
 * that is not. An end date belongs to the kind of employment it came with, so it weighs as much as that when not named,
 * and a kind ends or renews only one that weighs no more than itself.
 * What Tenure itself states follows from HR's facts: it always counts, and the next word of HR counts as before.
 */
export function applyAuthority<Told extends Fact>(
  fact: Told,
  current: Weights,
  fromBeforeMerge: boolean,
): Weighed<Told> {
  if (!hasAttributes(fact) || fact.cause !== undefined) return { fact, weights: current, keepsEnd: false };
  const weights: Partial<Record<AttributeName, number>> = {};
  const attributes: Partial<Record<AttributeName, unknown>> = {};
  for (const name of namesIn(fact)) {
    const weight = weigh(fact, name, fromBeforeMerge);
    if (weight < weightOf(current, name)) continue;
    weights[name] = weight;
    attributes[name] = fact.attributes[name];
  }
  const keepsEnd = weights.kind !== undefined && weights.kind < weightOf(current, 'endsAt');
  const renewed = weights.kind === undefined || keepsEnd ? {} : { endsAt: weights.endsAt ?? weights.kind };
  const counted = { ...weights, ...renewed };
  const said = counted.endsAt === undefined ? {} : { endSaidWith: authorityOf(fact) };
  return { fact: { ...fact, attributes }, weights: { ...current, ...counted, ...said }, keepsEnd };
}

function weigh({ authority }: JoinerFact | MoverFact, name: AttributeName, fromBeforeMerge: boolean): number {
  return (authority?.[name] ?? 0) - (fromBeforeMerge ? MAXIMUM_AUTHORITY + 1 : 0);
}

function weightOf(current: Weights, name: AttributeName): number {
  return current[name] ?? Number.NEGATIVE_INFINITY;
}

function hasAttributes(fact: Fact): fact is JoinerFact | MoverFact {
  return fact.type === 'joiner' || fact.type === 'mover';
}

function namesIn({ attributes }: JoinerFact | MoverFact): readonly AttributeName[] {
  return Object.keys(attributes) as AttributeName[];
}
