// Several HR sources may know one identity. On each attribute the last word of the source with the higher authority
// counts, whatever one with less says later. Intake stamps the authority onto the fact, so that the states remain a
// function of the facts alone, and a changed setting changes no history. Employment is not ranked: any source's leaver
// ends it, since access that should have ended is worse than access that has to be given back.
import * as z from 'zod';
import { type AttributeName, attributesSchema } from './attributes.ts';
import type { Authority, Fact, JoinerFact, MoverFact } from './facts.ts';

const MAXIMUM_AUTHORITY = 100;
const authoritySchema = z.int().min(0).max(MAXIMUM_AUTHORITY);

/** HR source id → its authority on every attribute, and on those for which it differs. Not listed: 0. */
export const hrSourcePrecedenceSchema = z.record(
  z.string(),
  z.strictObject({
    authority: authoritySchema.default(0),
    attributes: z.partialRecord(attributesSchema.keyof(), authoritySchema).default({}),
  }),
);
export type HrSourcePrecedence = z.infer<typeof hrSourcePrecedenceSchema>;

/** The fact with its source's authority on each attribute it names. */
export function stampAuthority(fact: Fact, precedence: HrSourcePrecedence): Fact {
  const source = Object.hasOwn(precedence, fact.source) ? precedence[fact.source] : undefined;
  if (source === undefined || !hasAttributes(fact)) return fact;
  const ranked = namesIn(fact)
    .map((name) => [name, source.attributes[name] ?? source.authority] as const)
    .filter(([, authority]) => authority > 0);
  return ranked.length === 0 ? fact : { ...fact, authority: Object.fromEntries(ranked) };
}

/** How much each attribute's present value counts. */
export type Weights = Authority;

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
  const weighed = namesIn(fact).map((name) => [name, weigh(fact, name, fromBeforeMerge)] as const);
  const counting = weighed.filter(([name, weight]) => weight >= weightOf(current, name));
  const weights: Weights = Object.fromEntries(counting);
  const attributes = Object.fromEntries(counting.map(([name]) => [name, fact.attributes[name]]));
  const keepsEnd = weights.kind !== undefined && weights.kind < weightOf(current, 'endsAt');
  const renewed = weights.kind === undefined || keepsEnd ? {} : { endsAt: weights.endsAt ?? weights.kind };
  return { fact: { ...fact, attributes }, weights: { ...current, ...weights, ...renewed }, keepsEnd };
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
