// The mass-error guard: an HR system that goes wrong (half a file, a filter that slipped) must not lock a company out.
// What would disable more identities within a window than is plausible is held until a named person decides. This
// decides alone; counting is the stores' and holding the timeline's. A leaver flagged `immediate` is never judged: it
// is how access is cut off on purpose, and for many at once where that is meant.
import * as z from 'zod';
import type { Fact } from '../identity/facts.ts';
import { identityAt, type Timeline } from '../identity/timeline.ts';

export const massErrorGuardSchema = z.strictObject({
  /** How far back what was disabled counts together. */
  windowMinutes: z.int().min(1).max(1_440).default(60),
  /** More than so many identities within the window are held, however large the company. */
  maximumIdentities: z.int().min(1).max(10_000).default(25),
  /** More than this share of all employed identities is held. */
  maximumShare: z.number().gt(0).max(1).default(0.1),
  /** This share, or more, of those with an account in one application is held. */
  applicationShare: z.number().gt(0).max(1).default(0.5),
  /** So many or fewer are never held: shares say little about a small company. */
  neverHeld: z.int().min(0).max(1_000).default(5),
});
export type MassErrorGuardSettings = z.infer<typeof massErrorGuardSchema>;

/** What one delivery would disable. Delivered again it is the same delivery, and counts once. */
export interface Disabling {
  readonly deliveryId: string;
  readonly atMs: number;
  readonly identities: number;
  /** Application id → how many of them have an account there. */
  readonly applications: Readonly<Record<string, number>>;
}

export interface Population {
  readonly employed: number;
  readonly applications: Readonly<Record<string, number>>;
}

export type HoldReason = {
  readonly count: number;
  /** The number from which on it would not have been held is one below. */
  readonly threshold: number;
} & (
  | { readonly rule: 'number' | 'share' }
  | { readonly rule: 'application'; readonly applicationId: string }
  /** Rows of a file could not be read at all, so that whoever is missing from it may be in one of them. */
  | { readonly rule: 'unreadable-rows' }
);

export type Judgement = { readonly verdict: 'pass' } | { readonly verdict: 'hold'; readonly reason: HoldReason };

const PASS: Judgement = { verdict: 'pass' };

/** Whether the fact is of a kind that can take access away from somebody who did nothing but stay. */
export function mayDisable(fact: Fact): boolean {
  switch (fact.type) {
    case 'leaver':
      return !fact.immediate;
    case 'suspension':
    case 'rescind':
      return true;
    case 'joiner':
    case 'mover':
      return (fact.attributes.endsAt ?? null) !== null;
    default:
      return false;
  }
}

/** Whether there is an instant, now or to come, at which access could be used before and cannot be used after. */
export function disables(before: Timeline, after: Timeline, nowMs: number): boolean {
  const instants = [before, after].flatMap(({ changes }) => changes.map(({ atMs }) => atMs));
  return [nowMs, ...instants.filter((atMs) => atMs > nowMs)].some(
    (atMs) => identityAt(before, atMs).status === 'active' && identityAt(after, atMs).status !== 'active',
  );
}

/** All that was delivered within the window, each delivery once. */
export function sumOf(deliveries: readonly Disabling[], settings: MassErrorGuardSettings, nowMs: number): Disabling {
  const sinceMs = nowMs - settings.windowMinutes * 60_000;
  const known = new Map<string, Disabling>();
  for (const delivery of deliveries) {
    if (delivery.atMs < sinceMs) continue;
    const same = known.get(delivery.deliveryId);
    // Delivered again, less may be left to do than the first time.
    if (same === undefined || same.identities < delivery.identities) known.set(delivery.deliveryId, delivery);
  }
  const applications: Record<string, number> = {};
  let identities = 0;
  for (const delivery of known.values()) {
    identities += delivery.identities;
    for (const [id, count] of Object.entries(delivery.applications)) {
      applications[id] = (Object.hasOwn(applications, id) ? (applications[id] ?? 0) : 0) + count;
    }
  }
  return { deliveryId: 'window', atMs: nowMs, identities, applications };
}

/** Whether it takes the population to judge; most days nothing comes near. */
export function needsPopulation(sum: Disabling, settings: MassErrorGuardSettings): boolean {
  return sum.identities > settings.neverHeld && sum.identities <= settings.maximumIdentities;
}

/** `sum`: everything in the window, the delivery that is judged included. */
export function judge(sum: Disabling, settings: MassErrorGuardSettings, population: Population | undefined): Judgement {
  const { maximumIdentities, maximumShare, applicationShare, neverHeld } = settings;
  const count = sum.identities;
  if (count <= neverHeld) return PASS;
  if (count > maximumIdentities) return hold({ rule: 'number', count, threshold: maximumIdentities + 1 });
  if (population === undefined) return PASS;
  const share = Math.max(neverHeld, Math.floor(population.employed * maximumShare));
  if (count > share) return hold({ rule: 'share', count, threshold: share + 1 });
  const losses = Object.entries(sum.applications).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [applicationId, lost] of losses) {
    const holders = Object.hasOwn(population.applications, applicationId)
      ? (population.applications[applicationId] ?? 0)
      : 0;
    const threshold = Math.max(neverHeld + 1, Math.ceil(holders * applicationShare));
    if (lost >= threshold) return hold({ rule: 'application', applicationId, count: lost, threshold });
  }
  return PASS;
}

function hold(reason: HoldReason): Judgement {
  return { verdict: 'hold', reason };
}
